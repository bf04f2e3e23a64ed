//! A text to one like it, with a few accidents: what editors, merges and hands do to files.

/// A small generator of numbers: the same ones in each run.
pub(crate) struct Dice(u64);

impl Dice {
    /// `SEED=7` tries others; `salt` keeps tests apart.
    pub(crate) fn new(salt: u64) -> Dice {
        let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1_u64);
        Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ salt)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }

    pub(crate) fn one<'t, T>(&mut self, of: &'t [T]) -> &'t T {
        &of[self.below(of.len())]
    }
}

/// What may be put anywhere: brackets alone, quotes, letters of many bytes, numbers that fit nowhere.
const WORDS: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "(",
    ")",
    "\"",
    "'",
    "`",
    "\"\"\"",
    "/*",
    "*/",
    "//",
    "#",
    "=",
    ":",
    ",",
    ";",
    "\\",
    "\\u{0}",
    "${",
    "<",
    ">",
    "=>",
    "->",
    "...",
    "\u{feff}",
    "é",
    "語",
    "\u{1f600}",
    "e\u{301}",
    "\u{202e}",
    "\r",
    "\r\n",
    "\t",
    "\u{b}",
    "-1",
    "18446744073709551616",
    "1e999",
    "0x",
    "NaN",
    "null",
    "true",
    "",
    "await ",
    "async ",
    "if ",
    "else ",
    "return ",
    "for ",
    "match ",
    "fn ",
    "function ",
    "class ",
    "impl ",
    "?",
    "??",
    "&&",
    "||",
    "!",
    "```",
    "```ts\n",
    "~~~",
    "# ",
    "## Flagged\n",
    "^^^^",
    "//^^^ x",
    "@@ -1,9 +1,9 @@\n",
    "--- a\n",
    "+++ b\n",
    "..",
    "<<<<<<< a\n",
    "toctou-lint: ignore[",
    "SELECT ",
    "FOR UPDATE",
    "%s",
];

/// Openings that are made deep, with what closes them.
const NESTS: &[(&str, &str)] = &[
    ("(", ")"),
    ("[", "]"),
    ("{", "}"),
    ("[[", "]]"),
    ("{\"a\":", "}"),
    ("a.b(", ")"),
    ("!", ""),
    ("-", ""),
    ("> ", ""),
];

const LINE_ENDS: &[&str] = &["\r\n", "\r", "", "\n\n", "\u{2028}"];

/// One to four accidents; `others` are texts to take parts from.
pub(crate) fn mutated(text: &str, others: &[String], dice: &mut Dice) -> String {
    let mut text = text.to_owned();
    // Half of the texts have just one, so that some are still what they were meant to be.
    let more = dice.below(2) * dice.below(4);
    for _ in 0..=more {
        text = once(&text, others, dice);
    }
    text
}

fn once(text: &str, others: &[String], dice: &mut Dice) -> String {
    let (start, end) = stretch(text, dice);
    let (before, part, after) = (&text[..start], &text[start..end], &text[end..]);
    match dice.below(11) {
        0 => format!("{before}{after}"),
        1 => format!("{before}{part}{part}{after}"),
        2 => before.to_owned(),
        3 => lines_swapped(text, dice),
        4 => {
            let other = dice.one(others);
            let (start, end) = stretch(other, dice);
            format!("{before}{}{after}", &other[start..end])
        }
        5 => {
            let (open, close) = dice.one(NESTS);
            let depth = 1 + dice.below(3000);
            format!("{before}{}{part}{}{after}", open.repeat(depth), close.repeat(depth))
        }
        6 => {
            let end: &&str = dice.one(LINE_ENDS);
            text.replace('\n', end)
        }
        7 => format!("{before}{}{after}", dice.one(WORDS).repeat(1 + dice.below(40))),
        _ => format!("{before}{}{part}{after}", dice.one(WORDS)),
    }
}

/// A stretch between letters, mostly a short one.
fn stretch(text: &str, dice: &mut Dice) -> (usize, usize) {
    let boundary = |at: usize| (at..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
    let start = boundary(dice.below(text.len() + 1));
    let most = if dice.below(4) == 0 { text.len() } else { 24 };
    (start, boundary((start + dice.below(most + 1)).min(text.len())).max(start))
}

fn lines_swapped(text: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let (one, other) = (dice.below(lines.len()), dice.below(lines.len()));
    lines.swap(one, other);
    lines.join("\n")
}

/// The same for bytes, which need be no text afterwards.
pub(crate) fn mutated_bytes(text: &str, others: &[String], dice: &mut Dice) -> Vec<u8> {
    let mut bytes = mutated(text, others, dice).into_bytes();
    if dice.below(3) == 0 && !bytes.is_empty() {
        let at = dice.below(bytes.len());
        bytes[at] = dice.below(256) as u8;
    }
    bytes
}
