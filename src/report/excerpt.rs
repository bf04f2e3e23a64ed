//! A finding to the lines of code that it is about, cut into pieces that each have one role.

use super::{first_line, path};
use crate::finding::{Finding, Label, LabelRole};
use crate::source::{FileId, SourceFile, Sources};
use std::collections::BTreeSet;
use std::ops::Range;

/// Lines shown above and below a marked one.
const AROUND: u32 = 1;
/// A window of at most so many lines is shown whole.
const WHOLE: u32 = 24;
/// A longer line is cut, in bytes.
const LONGEST: usize = 300;

/// What is shown of one file.
pub(super) struct Excerpt {
    pub(super) path: String,
    pub(super) lines: Vec<Line>,
}

pub(super) struct Line {
    pub(super) number: u32,
    /// Lines before this one are not shown.
    pub(super) after_gap: bool,
    /// Between check and act.
    pub(super) in_window: bool,
    pub(super) pieces: Vec<Piece>,
    /// What is said of what stands on this line.
    pub(super) notes: Vec<(LabelRole, String)>,
}

pub(super) struct Piece {
    pub(super) text: String,
    pub(super) role: Option<LabelRole>,
}

/// A stretch of one line, and what it is.
struct Mark<'a> {
    range: Range<usize>,
    line: u32,
    label: &'a Label,
}

/// The act's file first, then the others in the order of the labels.
pub(super) fn of(finding: &Finding, sources: &Sources) -> Vec<Excerpt> {
    let mut files: Vec<FileId> = vec![finding.act.span.file];
    for label in &finding.labels {
        if !files.contains(&label.span.file) {
            files.push(label.span.file);
        }
    }
    files.into_iter().map(|file| excerpt(file, finding, sources)).collect()
}

fn excerpt(id: FileId, finding: &Finding, sources: &Sources) -> Excerpt {
    let file = sources.file(id);
    let labels = std::iter::once(&finding.act).chain(&finding.labels);
    let marks: Vec<Mark> = labels
        .filter(|label| label.span.file == id)
        .map(|label| {
            let span = first_line(sources, label.span);
            let line = file.position(span.start).line;
            Mark { range: span.start as usize..span.end as usize, line, label }
        })
        .collect();
    let window = window(&marks);
    let mut lines = Vec::new();
    let mut last = 0;
    for number in shown(&marks, &window, file.line_count()) {
        let in_window = window.contains(&number);
        lines.push(line(file, number, &marks, in_window, last != 0 && number > last + 1));
        last = number;
    }
    let path = marks.first().map_or_else(String::new, |mark| path(sources, mark.label.span));
    Excerpt { path, lines }
}

/// The lines from the first check to the act, both included.
fn window(marks: &[Mark]) -> Range<u32> {
    let of = |role| marks.iter().filter(move |mark| mark.label.role == role).map(|mark| mark.line);
    match (of(LabelRole::Check).min(), of(LabelRole::Act).max()) {
        (Some(check), Some(act)) if check <= act => check..act + 1,
        _ => 0..0,
    }
}

fn shown(marks: &[Mark], window: &Range<u32>, count: u32) -> BTreeSet<u32> {
    let mut lines = BTreeSet::new();
    for mark in marks {
        lines.extend(mark.line.saturating_sub(AROUND).max(1)..=(mark.line + AROUND).min(count));
    }
    if window.end - window.start <= WHOLE {
        lines.extend(window.clone());
    }
    lines
}

fn line(file: &SourceFile, number: u32, marks: &[Mark], in_window: bool, after_gap: bool) -> Line {
    let range = file.line_range(number).unwrap_or(0..0);
    let mine: Vec<&Mark> = marks.iter().filter(|mark| mark.line == number).collect();
    let notes = mine.iter().map(|mark| (mark.label.role, mark.label.text.clone())).collect();
    Line { number, after_gap, in_window, pieces: pieces(file, &range, &mine), notes }
}

/// Cuts a line where marks begin and end; of marks within one another the shortest counts.
fn pieces(file: &SourceFile, line: &Range<usize>, marks: &[&Mark]) -> Vec<Piece> {
    // A line that no one reads whole is shown from shortly before its first mark.
    let first = marks.iter().map(|mark| mark.range.start).min().unwrap_or(line.start);
    let start = if line.len() <= LONGEST { line.start } else { first.max(line.start) };
    let end = line.end.min(start + LONGEST);
    let inside = |at: usize| file.text.floor_char_boundary(at.clamp(start, end));
    let mut cuts: BTreeSet<usize> = BTreeSet::from([inside(start), inside(end)]);
    cuts.extend(marks.iter().flat_map(|mark| [inside(mark.range.start), inside(mark.range.end)]));
    let cuts: Vec<usize> = cuts.into_iter().collect();
    let mut pieces: Vec<Piece> = Vec::new();
    if start > line.start {
        pieces.push(Piece { text: "… ".to_owned(), role: None });
    }
    for pair in cuts.windows(2) {
        let &[from, to] = pair else { continue };
        let covering = marks.iter().filter(|mark| mark.range.start <= from && to <= mark.range.end);
        let role = covering.min_by_key(|mark| mark.range.len()).map(|mark| mark.label.role);
        pieces.push(Piece { text: file.text.get(from..to).unwrap_or_default().to_owned(), role });
    }
    if end < line.end {
        pieces.push(Piece { text: " …".to_owned(), role: None });
    }
    pieces
}
