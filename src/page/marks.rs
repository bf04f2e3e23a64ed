//! Marks below code lines (`//  ^^^^ label`) turned into labelled ranges of the code, and back.
//!
//! A mark line holds only `//` (`--` in SQL, `#` nowhere), carets under the columns it names in
//! the nearest code line above, and a label. Its own `//` hides two columns, so a range that
//! begins in column 0, 1 or 2 of an unindented mark is written `//<^^^ label`: it begins at
//! column 0 and ends with the carets.

use std::ops::Range;

/// A labelled range of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Bytes of the clean code.
    pub span: Range<usize>,
    pub label: String,
    /// The clean code's line it marks, counted from 1.
    pub line: u32,
    /// Its own line in the marked code, counted from 1.
    pub own_line: u32,
}

/// Code without its mark lines, and what they said.
pub fn marks(code: &str) -> (String, Vec<Mark>) {
    let mut clean = String::with_capacity(code.len());
    let mut found = Vec::new();
    let mut last = 0..0;
    let mut line_number = 0;
    for (own_line, line) in (1..).zip(code.split_inclusive('\n')) {
        match (parse_mark(line), line_number) {
            (Some(mark), 1..) => {
                let text = clean.get(last.clone()).unwrap_or_default().trim_end_matches('\n');
                let span = columns(text, &mark.columns);
                let span = last.start + span.start..last.start + span.end;
                found.push(Mark { span, label: mark.label, line: line_number, own_line });
            }
            _ => {
                last = clean.len()..clean.len() + line.len();
                clean.push_str(line);
                line_number += 1;
            }
        }
    }
    (clean, found)
}

/// The line of the marked code, counted from 1, on which a byte of its clean code stands.
pub fn marked_line(code: &str, offset: usize) -> u32 {
    let mut at = 0;
    let mut last = 1;
    for (number, line) in (1..).zip(code.split_inclusive('\n')) {
        if parse_mark(line).is_some() && at > 0 {
            continue;
        }
        last = number;
        at += line.len();
        if at > offset {
            break;
        }
    }
    last
}

struct MarkLine {
    columns: Range<usize>,
    label: String,
}

fn parse_mark(line: &str) -> Option<MarkLine> {
    let line = line.trim_end();
    let body = line.trim_start();
    let indent = line.chars().count() - body.chars().count();
    let rest = body.strip_prefix("//").or_else(|| body.strip_prefix("--"))?;
    let (from_start, rest) = match rest.strip_prefix('<') {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let spaces = rest.chars().take_while(|c| *c == ' ').count();
    let after = rest.get(spaces..)?;
    let carets = after.chars().take_while(|c| *c == '^').count();
    let label = after.get(carets..)?.trim();
    if label.is_empty() || (carets == 0 && !from_start) || (from_start && spaces > 0 && carets > 0) {
        return None;
    }
    let first = indent + 2 + usize::from(from_start) + if from_start { 0 } else { spaces };
    let columns = if from_start { 0..first + carets } else { first..first + carets };
    Some(MarkLine { columns, label: label.to_owned() })
}

/// Bytes of the line that these columns (characters) cover, cut at the line's end.
fn columns(line: &str, columns: &Range<usize>) -> Range<usize> {
    let byte = |column: usize| line.char_indices().nth(column).map_or(line.len(), |(at, _)| at);
    byte(columns.start)..byte(columns.end)
}

/// The code with a mark line below each line that a range begins on; a range over several lines
/// is marked on its first. The inverse of [`marks`], up to columns that `//` hides.
pub fn with_marks(clean: &str, labels: &[(Range<usize>, String)]) -> String {
    let mut labels: Vec<_> = labels.iter().collect();
    labels.sort_by(|a, b| (a.0.start, a.0.end, &a.1).cmp(&(b.0.start, b.0.end, &b.1)));
    labels.dedup();
    let mut text = String::with_capacity(clean.len() * 2);
    let mut start = 0;
    let mut pending = labels.into_iter().peekable();
    for line in clean.split_inclusive('\n') {
        let end = start + line.len();
        text.push_str(line);
        while let Some((range, label)) = pending.next_if(|(range, _)| range.start < end) {
            if !text.ends_with('\n') {
                text.push('\n');
            }
            text.push_str(&mark_line(line.trim_end(), range, start, label));
        }
        start = end;
    }
    text
}

fn mark_line(line: &str, range: &Range<usize>, line_start: usize, label: &str) -> String {
    let column = |offset: usize| {
        let mut offset = offset.saturating_sub(line_start).min(line.len());
        while !line.is_char_boundary(offset) {
            offset -= 1;
        }
        line[..offset].chars().count()
    };
    let (from, to) = (column(range.start), column(range.end).max(column(range.start) + 1));
    if from < 2 {
        return format!("//<{} {label}\n", "^".repeat(to.saturating_sub(3)));
    }
    format!("{}//{} {label}\n", " ".repeat(from - 2), "^".repeat(to - from))
}

/// The range as a mark line can say it: cut to its first line, begun at column 0 where `//` would
/// hide it. Two ranges that are equal after this are written alike.
pub fn markable(clean: &str, range: &Range<usize>) -> Range<usize> {
    let shown = with_marks(clean, &[(range.clone(), "x".to_owned())]);
    marks(&shown).1.pop().map_or(range.clone(), |mark| mark.span)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_name_columns_of_the_code_above() {
        let code = "if (a(b)) {\n  //^^^ check\n  c(d);\n//^^^^ act\n//  ^ part\n}\n// no mark ^^\n";
        let (clean, found) = marks(code);
        assert_eq!(clean, "if (a(b)) {\n  c(d);\n}\n// no mark ^^\n");
        let shown: Vec<_> =
            found.iter().map(|m| (&clean[m.span.clone()], m.label.as_str(), m.line)).collect();
        assert_eq!(shown, [("a(b", "check", 1), ("c(d)", "act", 2), ("d", "part", 2)]);
    }

    #[test]
    fn an_arrow_begins_at_column_zero() {
        let (clean, found) = marks("f(x);\n//<^ exists file\n\n");
        assert_eq!(clean, "f(x);\n\n");
        assert_eq!(&clean[found[0].span.clone()], "f(x)");
        assert_eq!(found[0].label, "exists file");
        assert_eq!(with_marks(&clean, &[(0..4, "exists file".into())]), "f(x);\n//<^ exists file\n\n");
    }

    #[test]
    fn writing_marks_is_the_inverse() {
        let code = "  a(é, b);\n    //  ^ y\n  //^^^^^^ z\n  -- sql\nlast(\n  1)";
        let (clean, found) = marks(code);
        let labels: Vec<_> = found.into_iter().map(|mark| (mark.span, mark.label)).collect();
        let text = with_marks(&clean, &labels);
        assert_eq!(marks(&text), marks(&text.clone()));
        let mut again: Vec<_> = marks(&text).1.into_iter().map(|mark| (mark.span, mark.label)).collect();
        let mut labels = labels;
        again.sort_by_key(|(span, label)| (span.start, label.clone()));
        labels.sort_by_key(|(span, label)| (span.start, label.clone()));
        assert_eq!((marks(&text).0, again), (clean, labels));
    }

    #[test]
    fn a_range_over_lines_is_marked_on_its_first() {
        let text = with_marks("x = f(\n  1,\n);\n", &[(4..13, "act".into())]);
        assert_eq!(text, "x = f(\n  //^^ act\n  1,\n);\n");
        assert_eq!(markable("x = f(\n  1,\n);\n", &(4..13)), 4..6);
        assert_eq!(with_marks("a", &[(0..1, "l".into())]), "a\n//< l\n");
        assert_eq!(marks("//^^ nothing above\n").1, []);
    }
}
