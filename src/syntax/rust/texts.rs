//! Rust text to the statements of SQL that stand in its literals, by a scan of the text alone: what a
//! file says of tables does not depend on whether the rest of it can be parsed.

use crate::program::tables::{Declared, Step, Words, defines_tables, may_define};

/// Longer files are data.
const LONGEST: usize = 1024 * 1024;

/// What a file says of tables: in all its literals but those of functions that take changes back.
pub(in crate::syntax) fn tables(text: &str, words: &Words<'_>) -> Declared {
    if text.len() > LONGEST {
        return Declared::default();
    }
    let mut scan = Scan { text, at: 0, depth: 0, skipped: None };
    let mut statements = Vec::new();
    let mut defines = false;
    while let Some(token) = scan.next() {
        match token {
            Token::Word("fn") => {
                if let Some(Token::Word(name)) = scan.next()
                    && scan.skipped.is_none()
                    && words("takes-back", name)
                {
                    scan.skipped = Some(scan.depth);
                }
            }
            Token::Literal(literal) if scan.skipped.is_none() && may_define(literal) => {
                defines |= defines_tables(literal);
                statements
                    .push(Step::Sql(literal.replace("\\\"", "\"").replace("\\n", " ").replace('\\', " ")));
            }
            Token::Word(_) | Token::Literal(_) => {}
        }
    }
    let steps = if defines { statements } else { Vec::new() };
    Declared { steps, ..Declared::default() }
}

enum Token<'t> {
    Word(&'t str),
    Literal(&'t str),
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    depth: u32,
    /// The depth of braces at which a function began whose body says nothing.
    skipped: Option<u32>,
}

impl<'t> Scan<'t> {
    fn next(&mut self) -> Option<Token<'t>> {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at).copied() {
            match byte {
                b'/' if bytes.get(self.at + 1) == Some(&b'/') => self.go_to("\n"),
                b'/' if bytes.get(self.at + 1) == Some(&b'*') => self.go_to("*/"),
                b'"' => return Some(Token::Literal(self.quoted())),
                b'\'' => self.character(),
                b'{' => {
                    self.depth = self.depth.saturating_add(1);
                    self.at += 1;
                }
                b'}' => {
                    self.depth = self.depth.saturating_sub(1);
                    self.at += 1;
                    if self.skipped.is_some_and(|depth| self.depth <= depth) {
                        self.skipped = None;
                    }
                }
                _ if byte.is_ascii_alphabetic() || byte == b'_' => {
                    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
                    let length = bytes[self.at..].iter().take_while(|byte| is_part(byte)).count();
                    let word = self.text.get(self.at..self.at + length).unwrap_or_default();
                    self.at += length;
                    if matches!(word, "r" | "br" | "cr")
                        && let Some(literal) = self.raw()
                    {
                        return Some(Token::Literal(literal));
                    }
                    return Some(Token::Word(word));
                }
                _ => self.at += 1,
            }
        }
        None
    }

    fn go_to(&mut self, end: &str) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        self.at = rest.find(end).map_or(self.text.len(), |found| self.at + found + end.len());
    }

    /// A literal in plain quotes.
    fn quoted(&mut self) -> &'t str {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut end = start;
        while let Some(byte) = bytes.get(end) {
            match byte {
                b'"' => break,
                b'\\' => end += 2,
                _ => end += 1,
            }
        }
        self.at = end + 1;
        self.text.get(start..end.min(self.text.len())).unwrap_or_default()
    }

    /// What follows an `r`, if it is a literal.
    fn raw(&mut self) -> Option<&'t str> {
        let rest = self.text.get(self.at..)?;
        let signs = rest.bytes().take_while(|byte| *byte == b'#').count();
        if rest.as_bytes().get(signs) != Some(&b'"') {
            return None;
        }
        let inner = rest.get(signs + 1..)?;
        let close = format!("\"{}", "#".repeat(signs));
        let length = inner.find(&close)?;
        self.at += signs + 1 + length + close.len();
        inner.get(..length)
    }

    /// A character, or a lifetime.
    fn character(&mut self) {
        let bytes = self.text.as_bytes();
        let step = match (bytes.get(self.at + 1), bytes.get(self.at + 2), bytes.get(self.at + 3)) {
            (Some(b'\\'), _, Some(b'\'')) => 4,
            (Some(_), Some(b'\''), _) => 3,
            _ => 1,
        };
        self.at += step;
    }
}
