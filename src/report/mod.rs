//! Findings to output: one module a format, none of which knows how a finding came about.

pub mod concise;
pub mod interleaving;
pub mod json;
pub mod sarif;
pub mod text;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use crate::book::rule::Rule;
use crate::engine::Problem;
use crate::finding::Finding;
use crate::source::{Sources, Span};
use std::borrow::Cow;
use std::collections::BTreeMap;

/// What every format is made from.
pub struct Run<'a> {
    /// In their total order.
    pub findings: &'a [Finding],
    pub sources: &'a Sources,
    /// All rules of the book, sorted by id.
    pub rules: &'a [Rule],
    pub problems: &'a [Problem],
    /// Reason to count of what was left out.
    pub skipped: &'a BTreeMap<&'static str, usize>,
    /// How many files were analysed.
    pub files: usize,
    /// Whether the run came to its end without an internal error.
    pub succeeded: bool,
}

/// A span cut at the end of its first line: what reports underline.
pub fn first_line(sources: &Sources, span: Span) -> Span {
    let text = sources.slice(span);
    let line = text.lines().next().unwrap_or(text).trim_end();
    Span { end: span.start + line.len() as u32, ..span }
}

/// Text that cannot steer a terminal: control and direction marks become spaces, byte for byte, so
/// that spans still fit.
pub fn printable(text: &str) -> Cow<'_, str> {
    if !text.chars().any(steers) {
        return Cow::Borrowed(text);
    }
    let mut clean = String::with_capacity(text.len());
    for letter in text.chars() {
        if steers(letter) {
            clean.extend(std::iter::repeat_n(' ', letter.len_utf8()));
        } else {
            clean.push(letter);
        }
    }
    Cow::Owned(clean)
}

fn steers(letter: char) -> bool {
    let direction =
        matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    direction || (letter.is_control() && !matches!(letter, '\n' | '\r' | '\t'))
}

/// `1 finding`, `2 findings`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The path of a span with forward slashes.
pub fn path(sources: &Sources, span: Span) -> String {
    sources.path(span).to_string_lossy().replace('\\', "/")
}
