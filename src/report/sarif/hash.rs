//! A file to one hash a line, equal to the one that code scanning computes on upload: it follows a
//! line when others move.

use std::collections::HashMap;
use std::collections::VecDeque;

const WINDOW: usize = 100;
const FACTOR: u64 = 37;

/// `hash:count` of each line, where the count tells equal hashes apart.
pub(super) fn lines(text: &str) -> Vec<String> {
    let mut state = State::new();
    let mut previous = 0;
    for unit in text.encode_utf16() {
        match unit {
            // Space and tab say nothing; a newline after a carriage return ended a line already.
            0x20 | 0x09 => {}
            0x0a if previous == 0x0d => {}
            0x0d => state.take(0x0a),
            other => state.take(other),
        }
        previous = unit;
    }
    state.take(0xffff);
    for _ in 0..WINDOW {
        if state.open.is_empty() {
            break;
        }
        state.take(0);
    }
    state.hashes
}

struct State {
    hash: u64,
    /// The characters that the hash covers.
    window: VecDeque<u16>,
    /// What the leaving character counts for.
    leaving: u64,
    /// Where lines began whose hash is not complete, as numbers of characters taken.
    open: VecDeque<usize>,
    at_start: bool,
    taken: usize,
    seen: HashMap<u64, u32>,
    hashes: Vec<String>,
}

impl State {
    fn new() -> State {
        State {
            hash: 0,
            window: std::iter::repeat_n(0, WINDOW).collect(),
            leaving: (0..WINDOW).fold(1, |power: u64, _| power.wrapping_mul(FACTOR)),
            open: VecDeque::new(),
            at_start: true,
            taken: 0,
            seen: HashMap::new(),
            hashes: Vec::new(),
        }
    }

    fn take(&mut self, unit: u16) {
        if self.open.front().is_some_and(|start| start + WINDOW == self.taken) {
            self.open.pop_front();
            self.close();
        }
        if self.at_start {
            self.at_start = false;
            self.open.push_back(self.taken);
        }
        let begun = self.window.pop_front().unwrap_or_default();
        self.window.push_back(unit);
        self.hash = self
            .hash
            .wrapping_mul(FACTOR)
            .wrapping_add(u64::from(unit))
            .wrapping_sub(self.leaving.wrapping_mul(u64::from(begun)));
        self.taken += 1;
        self.at_start = unit == 0x0a;
    }

    fn close(&mut self) {
        let count = self.seen.entry(self.hash).or_default();
        *count += 1;
        self.hashes.push(format!("{:x}:{count}", self.hash));
    }
}

#[cfg(test)]
mod tests {
    use super::lines;

    #[test]
    fn hashes_are_those_of_code_scanning() {
        assert_eq!(lines(""), ["c129715d7a2bc9a3:1"]);
        assert_eq!(
            lines(" a\nb\n  \t\tc\n d"),
            ["271789c17abda88f:1", "54703d4cd895b18:1", "180aee12dab6264:1", "a23a3dc5e078b07b:1"]
        );
        assert_eq!(
            lines(&"Lorem ipsum dolor sit amet.\n".repeat(10)),
            [
                "a7f2ff13bc495cf2:1",
                "a7f2ff13bc495cf2:2",
                "a7f2ff13bc495cf2:3",
                "a7f2ff13bc495cf2:4",
                "a7f2ff13bc495cf2:5",
                "a7f2ff13bc495cf2:6",
                "a7f2ff1481e87703:1",
                "a9cf91f7bbf1862b:1",
                "55ec222b86bcae53:1",
                "cc97dc7b1d7d8f7b:1",
                "c129715d7a2bc9a3:1"
            ]
        );
    }
}
