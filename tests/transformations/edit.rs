//! A file to transform, and what comes of it.

use std::ops::Range;
use std::path::PathBuf;

/// One file of an example.
pub(crate) struct Site<'a> {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// Checks and acts in it.
    pub(crate) calls: Vec<Range<usize>>,
    /// Whether no page reads anything into a name.
    pub(crate) is_free: &'a dyn Fn(&str) -> bool,
}

/// The file transformed.
#[derive(Default)]
pub(crate) struct Variant {
    pub(crate) text: String,
    /// A file that comes with it.
    pub(crate) more: Option<(PathBuf, String)>,
    /// What the new text calls things, and what the old one did.
    pub(crate) back: Vec<(String, String)>,
}

impl Variant {
    /// All texts that the transformation wrote.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        [self.text.as_str()].into_iter().chain(self.more.iter().map(|(_, text)| text.as_str()))
    }
}

/// The text with edits that do not overlap.
pub(crate) fn apply(text: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| range.start);
    let (mut out, mut at) = (String::new(), 0);
    for (range, new) in edits {
        if range.start >= at {
            out.push_str(&text[at..range.start]);
            out.push_str(&new);
            at = range.end;
        }
    }
    out.push_str(&text[at..]);
    out
}
