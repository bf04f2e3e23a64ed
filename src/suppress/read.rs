//! Text to the comments in it that silence findings.

use super::{Named, Scope, Suppression};
use crate::source::{FileId, MARK, SourceFile};

/// How many lines of comment may stand between a comment and the code it speaks of.
const FARTHEST: u32 = 40;

/// All suppression comments of a file, in order.
pub fn read(id: FileId, file: &SourceFile) -> Vec<Suppression> {
    let mut found: Vec<Suppression> = Vec::new();
    // Nearly every file has none.
    if !file.text.has_remarks() {
        return found;
    }
    let mut start = 0;
    for (index, text) in file.text.split_inclusive('\n').enumerate() {
        let line = index as u32 + 1;
        // One comment a line: what follows the words belongs to them.
        if let Some(comment) = in_line(text) {
            let scope = match comment.kind {
                Kind::Line if comment.alone => Scope::Line(next_code_line(file, line)),
                Kind::Line => Scope::Line(line),
                Kind::File => Scope::File,
                // Ends where an end is found, or with the file.
                Kind::Start => Scope::Range { first: line, last: None },
                Kind::End => Scope::End { opens: None },
            };
            let rules = comment.rules.iter();
            let rules = rules.map(|(at, id)| Named {
                id: (*id).to_owned(),
                at: start + at,
                end: start + at + id.len(),
            });
            found.push(Suppression {
                file: id,
                at: start + comment.words,
                whole: start + comment.opens..start + comment.closes,
                line,
                scope,
                rules: rules.collect(),
                reason: comment.reason.map(str::to_owned),
            });
            close(&mut found);
        }
        start += text.len();
    }
    found
}

/// If the last comment ends a range, finds the start that it belongs to: the nearest open one of
/// the same rules, or the nearest at all if it names none.
fn close(found: &mut [Suppression]) {
    let Some((end, before)) = found.split_last_mut() else { return };
    if !matches!(end.scope, Scope::End { .. }) {
        return;
    }
    let ids = |one: &Suppression| one.rules.iter().map(|named| named.id.clone()).collect::<Vec<_>>();
    let wanted = ids(end);
    let open = before.iter_mut().rev().find(|start| {
        matches!(start.scope, Scope::Range { last: None, .. }) && (wanted.is_empty() || ids(start) == wanted)
    });
    if let Some(start) = open
        && let Scope::Range { first, .. } = start.scope
    {
        start.scope = Scope::Range { first, last: Some(end.line) };
        end.scope = Scope::End { opens: Some(start.at) };
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Line,
    File,
    Start,
    End,
}

/// A comment in its line; places count from the start of the line.
struct InLine<'t> {
    kind: Kind,
    /// No code stands before it.
    alone: bool,
    /// Where its marker stands, its words, and where it ends.
    opens: usize,
    words: usize,
    closes: usize,
    rules: Vec<(usize, &'t str)>,
    reason: Option<&'t str>,
}

fn in_line(text: &str) -> Option<InLine<'_>> {
    let (before, _) = text.split_once(MARK)?;
    // The words open the comment, so that prose about them is none.
    let (marker, code) = ["//", "/*", "#"].iter().find_map(|start| {
        let code = before.trim_end().strip_suffix(start)?;
        Some((*start, code))
    })?;
    // Quoted words are no comment.
    if code.ends_with(['"', '\'', '`']) {
        return None;
    }
    let line = text.trim_end_matches(['\n', '\r']);
    let from = before.len() + MARK.len();
    let rest = line.get(from..).unwrap_or_default();
    // Code may follow a comment that is closed.
    let closed = if marker == "/*" { rest.find("*/") } else { None };
    let words = closed.map_or(rest, |end| rest.get(..end).unwrap_or(rest));
    let alone = code.trim().trim_matches(['{', '/', '!', '\u{feff}']).is_empty()
        && closed.is_none_or(|end| is_comment(rest.get(end + 2..).unwrap_or_default()));
    let (kind, rules, reason) = parse(words)?;
    let rules = rules.into_iter().map(|(at, id)| (from + at, id)).collect();
    let closes = closed.map_or(line.len(), |end| from + end + 2);
    Some(InLine { kind, alone, opens: code.len(), words: before.len(), closes, rules, reason })
}

type Words<'t> = (Kind, Vec<(usize, &'t str)>, Option<&'t str>);

/// `ignore[a, b] -- reason`: of what kind, for which rules and where these stand, and why.
fn parse(text: &str) -> Option<Words<'_>> {
    let rest = text.trim_start().strip_prefix("ignore")?;
    let kinds = [("-file", Kind::File), ("-start", Kind::Start), ("-end", Kind::End)];
    let special = kinds.iter().find_map(|(suffix, kind)| Some((*kind, rest.strip_prefix(suffix)?)));
    let (kind, rest) = special.unwrap_or((Kind::Line, rest));
    // A space before the list would otherwise silence every rule.
    let rest = if rest.trim_start().starts_with('[') { rest.trim_start() } else { rest };
    let (list, rest) = match rest.strip_prefix('[') {
        // An empty list names nothing, and silences nothing.
        Some(list) => list.split_once(']').filter(|(list, _)| !list.trim().is_empty())?,
        // Words without brackets may be the name of a rule: they do not silence all of them.
        None if rest.trim().is_empty() || rest.starts_with(" --") => ("", rest),
        None => return None,
    };
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | ',' | ' ' | '_');
    if !list.chars().all(is_name) {
        return None;
    }
    let reason = rest.trim().strip_prefix("--").map(str::trim).filter(|reason| !reason.is_empty());
    let place = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let rules = list.split(',').map(str::trim).filter(|rule| !rule.is_empty());
    Some((kind, rules.map(|rule| (place(rule), rule)).collect(), reason))
}

/// The first line below that is neither empty nor a comment.
fn next_code_line(file: &SourceFile, line: u32) -> u32 {
    let text_of = |line| file.line_range(line).and_then(|range| file.text.get(range)).unwrap_or_default();
    let mut inside = !is_closed(text_of(line));
    let last = file.line_count().min(line + FARTHEST);
    for next in line + 1..=last {
        let mut text = text_of(next).trim();
        if inside {
            let Some((_, after)) = text.split_once("*/") else { continue };
            text = after.trim();
        }
        inside = !is_closed(text);
        if !is_comment(text) {
            return next;
        }
    }
    line
}

/// Whether a line ends outside of a comment that it began.
fn is_closed(text: &str) -> bool {
    let opened = text.trim_start().trim_start_matches('{').starts_with("/*");
    !opened || text.contains("*/")
}

/// Whether nothing but comments and brackets around them stands in a line.
pub(super) fn is_comment(text: &str) -> bool {
    let mut text = text.trim().trim_start_matches('{').trim_end_matches('}').trim();
    while let Some(rest) = text.strip_prefix("/*") {
        let Some((_, after)) = rest.split_once("*/") else { return true };
        text = after.trim();
    }
    text.is_empty() || text.starts_with("//")
}
