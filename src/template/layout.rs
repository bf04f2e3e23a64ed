//! An edit cut down to the tokens that differ, so that what stays keeps its white space and comments.

use super::scan::in_name;
use crate::finding::Edit;
use crate::source::{SourceFile, Span};
use similar::{Algorithm, DiffOp, capture_diff_slices};

/// A word, a string or a sign, with the place of what comes before it.
#[derive(Clone, Copy)]
struct Token<'t> {
    text: &'t str,
    /// Where the white space and the comments before it begin.
    from: usize,
    start: usize,
    end: usize,
}

/// The edits that do what one does and leave alone what it only repeats.
pub(super) fn kept(file: &SourceFile, edit: &Edit) -> Vec<Edit> {
    let old = file.slice(edit.span);
    let (old, new) = (tokens(old), tokens(&edit.text));
    let texts = |tokens: &[Token]| tokens.iter().map(|token| token.text.to_owned()).collect::<Vec<_>>();
    let operations = capture_diff_slices(Algorithm::Myers, &texts(&old), &texts(&new));
    if old.is_empty() || !operations.iter().any(|operation| matches!(operation, DiffOp::Equal { .. })) {
        return vec![edit.clone()];
    }
    let base = edit.span.start as usize;
    let mut edits = Vec::new();
    for operation in operations {
        let (old_range, new_range) = (operation.old_range(), operation.new_range());
        if matches!(operation, DiffOp::Equal { .. }) {
            continue;
        }
        let new_end = new_range.end;
        let (gone, come) = (old.get(old_range.clone()), new.get(new_range));
        let (gone, come) = (gone.unwrap_or_default(), come.unwrap_or_default());
        // A comma at the end of a list may stay.
        let next = old.get(old_range.end).map_or("", |token| token.text);
        if come.is_empty() && matches!(gone, [comma] if comma.text == ",") && matches!(next, ")" | "]" | "}")
        {
            continue;
        }
        // An insertion goes behind the token before it.
        let behind = old_range.start.checked_sub(1).and_then(|at| old.get(at)).map_or(0, |token| token.end);
        let is_first = old_range.start == 0;
        let (start, end, text_from) = match (gone.first(), gone.last(), come.first()) {
            (Some(first), Some(last), Some(new)) => (first.start, last.end, new.start),
            (Some(first), Some(last), None) => (if is_first { first.start } else { first.from }, last.end, 0),
            (_, _, Some(new)) => (behind, behind, if is_first { new.start } else { new.from }),
            _ => continue,
        };
        let text_end = come.last().map_or(text_from, |token| token.end);
        let mut text = edit.text.get(text_from..text_end).unwrap_or_default().to_owned();
        // White space before what stays, where there was none.
        if let (Some(next), Some(wanted)) = (old.get(old_range.end), new.get(new_end))
            && next.from == next.start
            && !come.is_empty()
        {
            text.push_str(edit.text.get(wanted.from..wanted.start).unwrap_or_default());
        }
        // Blanks before what stays, where there are none now: `& value`.
        let mut end = end;
        if let (Some(next), Some(wanted)) = (old.get(old_range.end), new.get(new_end))
            && wanted.from == wanted.start
            && !come.is_empty()
            && end == next.from
            && file
                .slice(edit.span)
                .get(next.from..next.start)
                .is_some_and(|gap| gap.chars().all(|c| c == ' '))
        {
            end = next.start;
        }
        edits.push(Edit { span: Span::new(edit.span.file, base + start, base + end), text });
    }
    edits
}

/// The tokens of a text; comments are white space.
fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut from = 0;
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        let rest = text.get(at..).unwrap_or_default();
        let length = if c.is_whitespace() {
            at += c.len_utf8();
            continue;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
            continue;
        } else if rest.starts_with("/*") {
            at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            continue;
        } else if in_name(c) {
            rest.find(|c: char| !in_name(c)).unwrap_or(rest.len())
        } else if matches!(c, '"' | '\'' | '`') {
            string(rest, c)
        } else {
            c.len_utf8()
        };
        tokens.push(Token {
            text: text.get(at..at + length).unwrap_or_default(),
            from,
            start: at,
            end: at + length,
        });
        at += length;
        from = at;
    }
    tokens
}

/// The length of the string at the start of a text; of a quote that nothing closes, its own.
fn string(text: &str, quote: char) -> usize {
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        if !is_escaped && c == quote {
            return at + 1;
        }
        is_escaped = !is_escaped && c == '\\';
    }
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    fn kept_layout(old: &str, new: &str) -> String {
        let file = SourceFile::new("a.ts", old.to_owned());
        let edit = Edit { span: Span::new(FileId(0), 0, old.len()), text: new.to_owned() };
        let mut text = old.to_owned();
        for edit in kept(&file, &edit).iter().rev() {
            text.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
        }
        text
    }

    #[test]
    fn what_stays_keeps_its_lines() {
        assert_eq!(
            kept_layout("f({\n  a,\n  // why\n  b: { c },\n})", "f({ a, x: 1, b: { c } })"),
            "f({\n  a, x: 1,\n  // why\n  b: { c },\n})"
        );
        assert_eq!(kept_layout("f(a,  'b c')", "g(a, 'b c', d)"), "g(a,  'b c', d)");
        assert_eq!(
            kept_layout("await f(id);", "const a = await f({ b: id });"),
            "const a = await f({ b: id });"
        );
        assert_eq!(kept_layout("a", "b c"), "b c");
        assert_eq!(kept_layout("f(a)", "await f(a)"), "await f(a)");
        assert_eq!(kept_layout("f(a, b)", "f(a, &b)"), "f(a, &b)");
    }
}
