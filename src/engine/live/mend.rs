//! A text that is broken where somebody is typing to one that is whole: with the broken lines as
//! they were when the text last was.

use crate::project::change;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use std::ops::Range;

/// Stretches of lines that differ between two texts, and the bytes that these are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    pub old: Range<usize>,
    pub new: Range<usize>,
}

/// More stretches than this are not told apart.
const MOST_HUNKS: usize = 4;

/// The stretches of whole lines by which two texts differ.
pub fn hunks(old: &str, new: &str) -> Vec<Hunk> {
    // Nearly all lines are the same, and nobody waits for them to be told apart.
    let (edit, length) = change::edited(old, new);
    let start = old.as_bytes()[..edit.start].iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let line_end = memchr::memchr(b'\n', &old.as_bytes()[edit.end..]);
    let last = line_end.map_or(old.len(), |at| edit.end + at + 1);
    let last_new = last - edit.end + edit.start + length;
    let part = |text: &'_ str, end: usize| -> Vec<String> {
        let part = text.get(start..end).unwrap_or_default();
        part.split_inclusive('\n').map(str::to_owned).collect()
    };
    let ends = |lines: &[String]| -> Vec<usize> {
        let mut at = start;
        let ends = lines.iter().map(|line| {
            at += line.len();
            at
        });
        std::iter::once(start).chain(ends).collect()
    };
    let (old_lines, new_lines) = (part(old, last), part(new, last_new));
    let (old_ends, new_ends) = (ends(&old_lines), ends(&new_lines));
    let bytes = |ends: &[usize], from: usize, length: usize| ends[from]..ends[from + length];
    let mut hunks: Vec<Hunk> = Vec::new();
    for op in capture_diff_slices(Algorithm::Myers, &old_lines, &new_lines) {
        let (old, new) = match op {
            DiffOp::Equal { .. } => continue,
            DiffOp::Delete { old_index, old_len, new_index } => ((old_index, old_len), (new_index, 0)),
            DiffOp::Insert { old_index, new_index, new_len } => ((old_index, 0), (new_index, new_len)),
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                ((old_index, old_len), (new_index, new_len))
            }
        };
        let (old, new) = (bytes(&old_ends, old.0, old.1), bytes(&new_ends, new.0, new.1));
        match hunks.last_mut() {
            Some(last) if last.old.end == old.start && last.new.end == new.start => {
                (last.old.end, last.new.end) = (old.end, new.end);
            }
            _ => hunks.push(Hunk { old, new }),
        }
    }
    hunks
}

/// Texts that may be whole: the new one with one of its changes taken back, then with all but one.
/// The last resort, the old text itself, is not among them.
pub(super) fn candidates(old: &str, new: &str) -> Vec<String> {
    let hunks = hunks(old, new);
    if hunks.len() < 2 || hunks.len() > MOST_HUNKS {
        return Vec::new();
    }
    let without = |back: &dyn Fn(usize) -> bool| with_some_taken_back(old, new, &hunks, back);
    let one = (0..hunks.len()).map(|at| without(&move |hunk| hunk == at));
    let others = (0..hunks.len()).filter(|_| hunks.len() > 2).map(|at| without(&move |hunk| hunk != at));
    one.chain(others).collect()
}

fn with_some_taken_back(old: &str, new: &str, hunks: &[Hunk], back: &dyn Fn(usize) -> bool) -> String {
    let mut text = String::with_capacity(new.len());
    let mut at = 0;
    for (_, hunk) in hunks.iter().enumerate().filter(|(number, _)| back(*number)) {
        text.push_str(new.get(at..hunk.new.start).unwrap_or_default());
        text.push_str(old.get(hunk.old.clone()).unwrap_or_default());
        at = hunk.new.end;
    }
    text.push_str(new.get(at..).unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_whole_lines() {
        let found = hunks("a\nb\nc\n", "a\nB\nc\nd");
        assert_eq!(found, [Hunk { old: 2..4, new: 2..4 }, Hunk { old: 6..6, new: 6..7 }]);
        assert!(hunks("a\r\n", "a\r\n").is_empty());
    }

    #[test]
    fn each_change_is_taken_back_once() {
        assert_eq!(candidates("a\nb\nc\n", "A\nb\nC\n"), ["a\nb\nC\n", "A\nb\nc\n"]);
        assert!(candidates("a\n", "b\n").is_empty());
    }
}
