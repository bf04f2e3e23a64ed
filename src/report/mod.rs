//! Findings to output: one module a format, none of which knows how a finding came about.

pub mod checkstyle;
pub mod concise;
mod excerpt;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod interleaving;
pub mod json;
pub mod junit;
pub mod markdown;
mod markup;
pub mod rdjson;
pub mod sarif;
pub mod text;
#[cfg(test)]
mod hostile;
#[cfg(test)]
mod sample;
#[cfg(test)]
mod tests;

use crate::book::rule::Rule;
use crate::book::words::Level;
use crate::engine::Problem;
use crate::finding::{Edit, Finding, Fix};
use crate::rewrite;
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
    /// What comments silenced; empty unless asked for.
    pub suppressed: &'a [Silenced],
    /// How many findings were left out because only so many were asked for.
    pub omitted: usize,
    /// What tells this run from others over the same commit.
    pub category: Option<&'a str>,
    /// What is not reported because it is not new.
    pub hidden: Hidden,
}

/// A finding that a comment silences or a baseline holds, and the reason that is given.
#[derive(Clone, Debug)]
pub struct Silenced {
    pub finding: Finding,
    pub reason: Option<String>,
    pub by: SilencedBy,
}

/// What silences a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SilencedBy {
    Comment,
    Baseline,
}

/// How many findings are not reported because they are not new.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hidden {
    /// Those that the baseline holds; `None` without one.
    pub by_baseline: Option<usize>,
    /// Those that touch no changed line; `None` if all lines count.
    pub unchanged: Option<usize>,
}

impl Hidden {
    /// `2 in the baseline, 3 on unchanged lines`, if there are any.
    pub fn text(self) -> Option<String> {
        let some = |count: Option<usize>, place| {
            count.filter(|count| *count > 0).map(|count| format!("{count} {place}"))
        };
        let told = [some(self.by_baseline, "in the baseline"), some(self.unchanged, "on unchanged lines")];
        let told: Vec<String> = told.into_iter().flatten().collect();
        (!told.is_empty()).then(|| told.join(", "))
    }
}

/// A report, and what whoever asked for it should know about it: that something was cut.
#[derive(Debug, Default)]
pub struct Rendered {
    pub text: String,
    pub remarks: Vec<String>,
}

impl From<String> for Rendered {
    fn from(text: String) -> Rendered {
        Rendered { text, remarks: Vec::new() }
    }
}

impl Run<'_> {
    /// How many findings have this level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// The rule of a finding.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| *rule.id == *id)
    }
}

/// Where our own rule pages can be read.
const PAGES: &str = concat!(env!("CARGO_PKG_REPOSITORY"), "/blob/main/");

/// Where the page of a rule can be read; a user's own page is nowhere but in the project.
pub fn page_address(rule: &Rule) -> Option<String> {
    rule.path.starts_with("rules/").then(|| format!("{PAGES}{}", rule.path))
}

/// The levels that a report may hold, the gravest first.
const LEVELS: [Level; 3] = [Level::Error, Level::Warning, Level::Note];

/// Indices of findings, those that matter most first: by level, then by how sure they are, then in
/// the order of the report. What must be cut is cut from the end.
pub fn by_weight(findings: &[Finding]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..findings.len()).collect();
    order.sort_by_key(|at| findings.get(*at).map(|one| std::cmp::Reverse((one.level, one.confidence))));
    order
}

/// The `most` findings that matter most, in the order of the report.
pub fn heaviest(findings: &[Finding], most: usize) -> Vec<Finding> {
    let mut kept = by_weight(findings);
    kept.truncate(most);
    kept.sort_unstable();
    kept.into_iter().filter_map(|at| findings.get(at).cloned()).collect()
}

/// A fix that may be applied as one replacement, for readers that know no set of edits. A sketch is
/// to be read and not to be applied.
fn replacement(fix: &Fix, sources: &Sources) -> Option<Edit> {
    if fix.applicability > crate::book::api::Applicability::Suggested {
        return None;
    }
    let first = fix.edits.first()?.span;
    let span = fix.edits.iter().fold(first, |span, edit| span.to(edit.span));
    let moved = fix.edits.iter().map(|edit| {
        let (start, end) = (edit.span.start - span.start, edit.span.end - span.start);
        Edit { span: Span { start, end, ..edit.span }, text: edit.text.clone() }
    });
    let moved: Vec<Edit> = moved.collect();
    Some(Edit { span, text: rewrite::apply(sources.slice(span), &moved)? })
}

/// The message as a sentence, and what the race costs as another.
fn sentences(finding: &Finding) -> String {
    let cost = &finding.interleaving.cost;
    if cost.is_empty() { finding.message.clone() } else { format!("{}. Cost: {cost}", finding.message) }
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

/// A fence for a text in Markdown: longer than any row of back quotes in it.
pub fn fence(text: &str) -> String {
    let longest = text.split(|letter| letter != '`').map(str::len).max().unwrap_or_default();
    "`".repeat(longest.max(2) + 1)
}

/// `1 finding`, `2 findings`.
pub fn plural(count: usize, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}

/// The path of a span with forward slashes.
pub fn path(sources: &Sources, span: Span) -> String {
    sources.path(span).to_string_lossy().replace('\\', "/")
}
