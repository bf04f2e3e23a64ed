//! The bodies of a file's outermost functions: what lies in one of them decides nothing outside it, so
//! that a file of which only one body is another one need not be lowered as a whole.

use super::{FunctionId, Name};
use crate::source::{FileId, Shift, Span};
use std::ops::Range;

/// What stands between the braces of an outermost function. Those of a file are in the order in which
/// they were lowered, which need not be that of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// With the braces.
    pub span: Span,
    pub function: FunctionId,
    /// The variables between the beginning of the function and the body: parameters, for the most part.
    pub head: Range<u32>,
    /// The functions, variables and types that lie in it.
    pub functions: Range<u32>,
    pub locals: Range<u32>,
    pub types: Range<u32>,
    /// Nothing of the file outside rests on what stands in it.
    pub is_apart: bool,
}

/// A text of which everything but one body is as it was.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    /// Which body.
    pub at: usize,
    pub shift: Shift,
}

/// The edit that replaced a stretch of a text, if it lies within one body.
pub fn edit(bodies: &[Body], file: FileId, replaced: &Range<usize>, length: usize) -> Option<Edit> {
    let (start, end) = (replaced.start as u32, replaced.end as u32);
    let at = bodies.iter().position(|body| body.span.start < start && end < body.span.end)?;
    let by = length as i64 - replaced.len() as i64;
    bodies.get(at).filter(|body| body.is_apart)?;
    Some(Edit { at, shift: Shift { file, from: end, by } })
}

/// The text after an edit with all other bodies blank: lowering it gives what the one holds, for a
/// fraction of what the whole text costs.
///
/// In the text before the edit each body was one block. If the one that was edited still is, the text
/// as a whole parses as it did, and the two parse alike outside the other bodies.
pub fn skeleton(text: &str, bodies: &[Body], edit: Edit) -> Option<String> {
    let others = bodies.iter().enumerate().filter(|(at, _)| *at != edit.at);
    let mut spans: Vec<Span> = others.map(|(_, body)| edit.shift.of(body.span)).collect();
    spans.sort_unstable();
    let mut blank: Vec<u8> = Vec::with_capacity(text.len());
    let mut from = 0;
    for span in spans {
        let (start, end) = (span.start as usize + 1, (span.end as usize).checked_sub(1)?);
        let is_block = text.get(start - 1..start) == Some("{") && text.get(end..=end) == Some("}");
        if !is_block || start > end {
            return None;
        }
        blank.extend_from_slice(text.get(from..start)?.as_bytes());
        blank.resize(blank.len() + (end - start), b' ');
        from = end;
    }
    blank.extend_from_slice(text.get(from..)?.as_bytes());
    String::from_utf8(blank).ok()
}

/// What stands between the braces of the body that was edited.
pub fn inside<'t>(text: &'t str, bodies: &[Body], edit: Edit) -> Option<&'t str> {
    let span = edit.shift.of(bodies.get(edit.at)?.span);
    text.get(span.start as usize + 1..(span.end as usize).checked_sub(1)?)
}

/// The name of an object type written in place: by its number among the types of the file, and a mark
/// of the file, so that neither an edit before it nor another file concerns it.
pub fn anonymous(number: u32, mark: u32) -> Name {
    Name::new(format!("{{}}{number}@{mark:x}"))
}

/// The number in such a name, and the rest of it.
pub(super) fn anonymous_number(name: &str) -> Option<(u32, u32)> {
    let (number, mark) = name.strip_prefix("{}")?.split_once('@')?;
    Some((number.parse().ok()?, u32::from_str_radix(mark, 16).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn body(start: usize, end: usize) -> Body {
        let span = Span::new(FileId(0), start, end);
        let function = FunctionId(1);
        Body { span, function, head: 0..0, functions: 0..0, locals: 0..0, types: 0..0, is_apart: true }
    }

    #[test]
    fn all_bodies_but_one_are_blank() {
        let text = "f { ä } g { b } h { }";
        let bodies = [body(11, 16), body(2, 8), body(19, 22)];
        let edit = edit(&bodies, FileId(0), &(13..13), 0).unwrap();
        assert_eq!(edit.at, 0);
        assert_eq!(skeleton(text, &bodies, edit).unwrap(), "f {    } g { b } h { }");
        assert!(super::edit(&bodies, FileId(0), &(11..12), 0).is_none(), "a brace is none of the content");
    }

    #[test]
    fn an_object_type_tells_its_number() {
        assert_eq!(anonymous_number(&anonymous(7, 0xab)), Some((7, 0xab)));
        assert_eq!(anonymous_number("User"), None);
    }
}
