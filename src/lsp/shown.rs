//! What was found in one file, with the text that it was found in, and where that is in the text
//! that the editor has.

use super::client::Client;
use super::text::{Encoding, Lines};
use crate::book::Book;
use crate::book::rule::Rule;
use crate::engine::live::mend::{self, Hunk};
use crate::finding::Finding;
use crate::project::change;
use crate::report::first_line;
use crate::source::{FileId, SourceFile, Sources, Span};
use gen_lsp_types::{Position, Range};
use std::path::PathBuf;
use std::sync::Arc;

/// Findings of one file.
pub(super) struct Shown {
    /// Of the open text that was looked at; `None` for a file on the disk.
    pub(super) version: Option<i32>,
    /// Absolute.
    pub(super) path: PathBuf,
    /// Where the paths of the sources begin.
    pub(super) base: PathBuf,
    pub(super) file: FileId,
    pub(super) findings: Vec<Finding>,
    pub(super) sources: Arc<Sources>,
    pub(super) book: Arc<Book>,
    /// The open text, and how the one that was analysed differs from it.
    pub(super) current: Option<(Arc<str>, Vec<Hunk>)>,
}

impl Shown {
    /// The text that was analysed.
    pub(super) fn source(&self) -> &SourceFile {
        self.sources.file(self.file)
    }

    /// The text that positions of this file are counted in.
    pub(super) fn text(&self) -> &str {
        self.current.as_ref().map_or(&self.source().text, |(text, _)| text)
    }

    pub(super) fn rule(&self, finding: &Finding) -> Option<&Rule> {
        self.book.rules.iter().find(|rule| rule.id == finding.rule)
    }

    /// The lines of the text that the editor has.
    pub(super) fn lines(&self, encoding: Encoding) -> Lines<'_> {
        Lines::new(self.text(), encoding)
    }

    /// Where a stretch of this file's analysed text is now; `None` if its lines are gone.
    pub(super) fn now(&self, span: Span) -> Option<std::ops::Range<usize>> {
        let range = span.start as usize..span.end as usize;
        let Some((text, hunks)) = &self.current else { return Some(range) };
        moved(range, &self.source().text, text, hunks)
    }

    /// The same if nothing in it or around it is different, so that it may be replaced.
    pub(super) fn unchanged(&self, span: Span) -> Option<std::ops::Range<usize>> {
        let (start, end) = (span.start as usize, span.end as usize);
        let Some((_, hunks)) = &self.current else { return Some(start..end) };
        let touches = |hunk: &Hunk| hunk.old.start <= end && start <= hunk.old.end;
        if hunks.iter().any(touches) {
            return None;
        }
        self.now(span)
    }

    /// The first line of a stretch of this file, as the editor counts it.
    pub(super) fn range(&self, span: Span, lines: &Lines<'_>) -> Option<Range> {
        let place = self.now(first_line(&self.sources, span))?;
        Some(lines.range(place.start, place.end))
    }

    /// The findings of which the act's first line, or with `checks` any line told of, meets a range.
    pub(super) fn touching<'s>(
        &'s self,
        at: Range,
        lines: &'s Lines<'_>,
        checks: bool,
    ) -> impl Iterator<Item = &'s Finding> {
        let meets = move |span: Span| {
            span.file == self.file && self.range(span, lines).is_some_and(|place| overlap(place, at))
        };
        self.findings.iter().filter(move |finding| {
            meets(finding.act.span) || (checks && finding.labels.iter().any(|label| meets(label.span)))
        })
    }

    /// Where a stretch of another file of the same analysis is.
    pub(super) fn elsewhere(&self, span: Span, client: &Client) -> (PathBuf, Range) {
        let source = self.sources.file(span.file);
        let place = first_line(&self.sources, span);
        let lines = Lines::new(&source.text, client.encoding);
        (
            crate::discover::whole(&self.base.join(&source.path)),
            lines.range(place.start as usize, place.end as usize),
        )
    }

    /// Whether another result says the same in the same places.
    pub(super) fn equals(&self, other: &Shown) -> bool {
        self.version == other.version
            && self.findings == other.findings
            && Arc::ptr_eq(&self.book, &other.book)
            && self.text() == other.text()
            && self.source().text == other.source().text
    }
}

fn overlap(one: Range, other: Range) -> bool {
    let key = |position: Position| (position.line, position.character);
    key(one.start) <= key(other.end) && key(other.start) <= key(one.end)
}

/// Where a stretch of one text is in another; `None` if it lay in lines that are gone.
fn moved(
    range: std::ops::Range<usize>,
    old: &str,
    new: &str,
    hunks: &[Hunk],
) -> Option<std::ops::Range<usize>> {
    let mut by = 0_isize;
    let (mut start, mut end) = (None, None);
    for hunk in hunks {
        let shift = |at: usize| (at as isize + by).max(0) as usize;
        if start.is_none() && range.start < hunk.old.start {
            start = Some(shift(range.start));
        }
        if end.is_none() && range.end <= hunk.old.start && range.end > range.start {
            end = Some(shift(range.end));
        }
        let inside = |at: usize, is_start: bool| within(at, is_start, hunk, old, new);
        if start.is_none() && hunk.old.contains(&range.start) {
            // Lines that are gone show nothing.
            if hunk.new.is_empty() {
                return None;
            }
            start = Some(inside(range.start, true));
        }
        if end.is_none() && hunk.old.start < range.end && range.end <= hunk.old.end {
            end = Some(inside(range.end, false));
        }
        by = hunk.new.end as isize - hunk.old.end as isize;
    }
    let shift = |at: usize| (at as isize + by).max(0) as usize;
    let start = start.unwrap_or_else(|| shift(range.start));
    Some(start..end.unwrap_or_else(|| shift(range.end)).max(start).min(new.len()))
}

/// A place in lines that changed: what stands before and behind the change itself stays. Where
/// something was put in, a stretch that starts there starts behind it, and one that ends there ends
/// before it.
fn within(at: usize, is_start: bool, hunk: &Hunk, old: &str, new: &str) -> usize {
    let (before, after) = (&old[hunk.old.clone()], &new[hunk.new.clone()]);
    let (edit, length) = change::edited(before, after);
    let at = at - hunk.old.start;
    let is_behind = at > edit.end || (at == edit.end && (is_start || edit.end > edit.start));
    let place = if is_behind {
        at - edit.end + edit.start + length
    } else if at <= edit.start {
        at
    } else {
        edit.start + (at - edit.start).min(length)
    };
    hunk.new.start + place.min(after.len())
}

/// The open text and its differences from the one that was analysed; nothing if they are the same.
pub(super) fn current(analysed: &str, open: &Arc<str>) -> Option<(Arc<str>, Vec<Hunk>)> {
    (analysed != &**open).then(|| (open.clone(), mend::hunks(analysed, open)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(old: &str, new: &str, word: &str) -> Option<String> {
        let at = old.find(word).unwrap();
        moved(at..at + word.len(), old, new, &mend::hunks(old, new)).map(|range| new[range].to_owned())
    }

    #[test]
    fn words_are_found_again_around_a_change() {
        let old = "one\ntwo three\nfour\n";
        assert_eq!(place(old, "one\ntwo x( three\nfour\n", "three").as_deref(), Some("three"));
        assert_eq!(place(old, "one\ntwo x( three\nfour\n", "two").as_deref(), Some("two"));
        assert_eq!(place(old, "one\nnew(\ntwo three\nfour\n", "two three").as_deref(), Some("two three"));
        assert_eq!(place(old, "new(\none\ntwo three\nfour\nlast\n", "four").as_deref(), Some("four"));
        assert_eq!(place(old, "one\nfour\n", "three"), None);
        assert_eq!(place(old, "one\nfour\n", "four").as_deref(), Some("four"));
        assert_eq!(place(old, "ä one\ntwo three\nfour\nx\n", "three").as_deref(), Some("three"));
    }
}
