//! How an edit moves the places of a text.

use super::{FileId, Span};

/// How places behind an edit have moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shift {
    pub file: FileId,
    /// The first byte behind the edit, as counted before it.
    pub from: u32,
    pub by: i64,
}

impl Shift {
    /// A place of the text before the edit in the text after it.
    pub fn of(self, span: Span) -> Span {
        if span.file != self.file {
            return span;
        }
        let moved = |at: u32| if at >= self.from { (i64::from(at) + self.by).max(0) as u32 } else { at };
        Span { start: moved(span.start), end: moved(span.end), ..span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_behind_an_edit_move() {
        let shift = Shift { file: FileId(0), from: 4, by: -2 };
        assert_eq!(shift.of(Span::new(FileId(0), 1, 4)), Span::new(FileId(0), 1, 2));
        assert_eq!(shift.of(Span::new(FileId(1), 1, 9)), Span::new(FileId(1), 1, 9));
    }
}
