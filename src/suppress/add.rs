//! Findings to comments that silence them: on a line of their own above the act where a comment may
//! stand there, else right before the act.

use crate::finding::{Edit, Finding};
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::syntax::{self, Place};
use std::collections::{BTreeMap, BTreeSet};

/// Comments that are passed over so that they stay with their code; more would be too far from it.
const MOST_COMMENTS: u32 = 20;

/// Why a reason cannot stand in a comment.
pub fn refuse(reason: &str) -> Option<&'static str> {
    if reason.trim().is_empty() {
        return Some("is empty");
    }
    if reason.chars().any(char::is_control) {
        return Some("must be one line");
    }
    reason.contains("*/").then_some("must not hold `*/`")
}

/// What is to be silenced in one line.
struct Group<'f> {
    rules: BTreeSet<&'f str>,
    /// Where the first act begins.
    at: usize,
}

/// The comments, as insertions; one for all findings of a line.
pub fn edits(findings: &[Finding], sources: &Sources, reason: &str) -> BTreeMap<FileId, Vec<Edit>> {
    let mut groups: BTreeMap<FileId, BTreeMap<u32, Group>> = BTreeMap::new();
    for finding in findings {
        let span = finding.act.span;
        let line = sources.file(span.file).position(span.start).line;
        let group = groups.entry(span.file).or_default().entry(line);
        let group = group.or_insert(Group { rules: BTreeSet::new(), at: span.start as usize });
        group.rules.insert(finding.rule.as_str());
        group.at = group.at.min(span.start as usize);
    }
    groups.into_iter().map(|(id, lines)| (id, in_file(id, sources.file(id), &lines, reason))).collect()
}

fn in_file(id: FileId, file: &SourceFile, lines: &BTreeMap<u32, Group>, reason: &str) -> Vec<Edit> {
    // Of each line where its own code begins, and where that above it that a comment should clear.
    let wanted: Vec<(u32, &Group)> = lines
        .iter()
        .flat_map(|(line, group)| [(*line, group), (above_comments(file, *line), group)])
        .collect();
    let begins: Vec<usize> = wanted.iter().map(|(line, _)| start(file, *line).1).collect();
    let places = syntax::places(&file.path, &file.text, &begins);
    let mut edits = Vec::new();
    for (pair, places) in wanted.chunks_exact(2).zip(places.chunks_exact(2)) {
        let &[(line, group), (above, _)] = pair else { continue };
        let rules: Vec<&str> = group.rules.iter().copied().collect();
        let words = format!("toctou-lint: ignore[{}] -- {}", rules.join(", "), reason.trim());
        let (at, text) = match places {
            [Place::Code, Place::Code] => own_line(file, above, &format!("// {words}")),
            [Place::Code, _] => own_line(file, line, &format!("// {words}")),
            [Place::Markup, _] if !parts_text(file, line) => {
                own_line(file, line, &format!("{{/* {words} */}}"))
            }
            // In a text, also one between elements, only where code stands again: right before the act.
            _ => (group.at, format!("/* {words} */ ")),
        };
        edits.push(Edit { span: Span::new(id, at, at), text });
    }
    edits
}

/// Whether text between elements goes on from the line above into this one: an expression in
/// between would take the space from it that the end of a line stands for.
fn parts_text(file: &SourceFile, line: u32) -> bool {
    let (begins, code) = start(file, line);
    let before = file.text.get(..begins).unwrap_or_default().trim_end();
    let after = file.text.get(code..).unwrap_or_default();
    !before.ends_with(['>', '}']) && !after.starts_with(['<', '{'])
}

/// Where a line begins, and its code.
fn start(file: &SourceFile, line: u32) -> (usize, usize) {
    let range = file.line_range(line).unwrap_or(0..0);
    let text = file.text.get(range.clone()).unwrap_or_default();
    let begins = range.start + if text.starts_with('\u{feff}') { 3 } else { 0 };
    let code = file.text.get(begins..range.end).unwrap_or_default();
    (begins, begins + code.len() - code.trim_start().len())
}

/// A comment above a line, as far to the right as its code.
fn own_line(file: &SourceFile, line: u32, comment: &str) -> (usize, String) {
    let (begins, code) = start(file, line);
    let indent = file.text.get(begins..code).unwrap_or_default();
    (begins, format!("{indent}{comment}\n"))
}

/// The first line of the comments right above a line: some of them speak of the line below them,
/// and must go on to do so.
fn above_comments(file: &SourceFile, line: u32) -> u32 {
    let is_comment = |line: u32| {
        let text = file.line_range(line).and_then(|range| file.text.get(range)).unwrap_or_default().trim();
        // Comments about what is documented stay where they are.
        let line = text.starts_with("//") && !text.starts_with("///") && !text.starts_with("//!");
        let inner = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')).unwrap_or(text).trim();
        let whole = inner.strip_prefix("/*").and_then(|text| text.strip_suffix("*/"));
        line || whole.is_some_and(|text| !text.starts_with(['*', '!']) && !text.contains("*/"))
    };
    let lowest = line.saturating_sub(MOST_COMMENTS).max(1);
    (lowest..line).rev().take_while(|line| is_comment(*line)).last().unwrap_or(line)
}
