//! Lines of a `library` fence turned into logical lines and tokens.

use super::{Parsed, Problem};

/// A line with the indented lines that continue it.
#[derive(Debug)]
pub(super) struct Logical<'a> {
    /// Counted from 1 in the page.
    pub line: u32,
    parts: Vec<(u32, &'a str)>,
}

impl<'a> Logical<'a> {
    /// Split at white space.
    pub(super) fn words(&self) -> Vec<(&'a str, u32)> {
        let words = |(line, text): &(u32, &'a str)| {
            let line = *line;
            text.split_whitespace().map(move |word| (word, line)).collect::<Vec<_>>()
        };
        self.parts.iter().flat_map(words).collect()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub kind: TokenKind,
    pub line: u32,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    Word(String),
    /// Without its quotes.
    String(String),
    Dot,
    Dots,
    Comma,
    Colon,
    Semicolon,
    Bar,
    Equals,
    Bang,
    LeftParen,
    RightParen,
    LeftBrace,
    RightBrace,
    LeftBracket,
    RightBracket,
}

impl TokenKind {
    /// As error messages quote it.
    pub(super) fn show(&self) -> String {
        match self {
            TokenKind::Word(word) => format!("`{word}`"),
            TokenKind::String(text) => format!("`\"{text}\"`"),
            TokenKind::Dot => "`.`".to_owned(),
            TokenKind::Dots => "`...`".to_owned(),
            TokenKind::Comma => "`,`".to_owned(),
            TokenKind::Colon => "`:`".to_owned(),
            TokenKind::Semicolon => "`;`".to_owned(),
            TokenKind::Bar => "`|`".to_owned(),
            TokenKind::Equals => "`=`".to_owned(),
            TokenKind::Bang => "`!`".to_owned(),
            TokenKind::LeftParen => "`(`".to_owned(),
            TokenKind::RightParen => "`)`".to_owned(),
            TokenKind::LeftBrace => "`{`".to_owned(),
            TokenKind::RightBrace => "`}`".to_owned(),
            TokenKind::LeftBracket => "`[`".to_owned(),
            TokenKind::RightBracket => "`]`".to_owned(),
        }
    }
}

pub(super) fn logical_lines(body: &str, first_line: u32) -> Vec<Logical<'_>> {
    let mut lines: Vec<Logical> = Vec::new();
    for (number, text) in body.lines().enumerate() {
        let line = first_line.saturating_add(number as u32);
        let code = without_comment(text);
        if code.trim().is_empty() {
            continue;
        }
        let continues = code.starts_with([' ', '\t']);
        match lines.last_mut() {
            Some(last) if continues => last.parts.push((line, code)),
            _ => lines.push(Logical { line, parts: vec![(line, code)] }),
        }
    }
    lines
}

/// The line up to a `#` that begins it or follows a space, outside strings.
fn without_comment(line: &str) -> &str {
    let mut in_string = false;
    let mut before = ' ';
    for (at, c) in line.char_indices() {
        match c {
            '"' => in_string = !in_string,
            '#' if !in_string && before.is_whitespace() => return &line[..at],
            _ => {}
        }
        before = c;
    }
    line
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '_' | '$' | '-' | '+' | '*' | '@' | '/' | '#')
}

pub(super) fn tokens(logical: &Logical) -> Parsed<Vec<Token>> {
    let mut tokens = Vec::new();
    for (line, text) in &logical.parts {
        scan(text, *line, &mut tokens)?;
    }
    Ok(tokens)
}

fn scan(text: &str, line: u32, tokens: &mut Vec<Token>) -> Parsed<()> {
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let (kind, length) = if first == '"' {
            let Some(end) = rest[1..].find('"') else {
                return Err(Problem { line, message: "string without its closing quote".to_owned() });
            };
            (TokenKind::String(rest[1..=end].to_owned()), end + 2)
        } else if rest.starts_with("...") {
            (TokenKind::Dots, 3)
        } else if rest.starts_with("::") {
            (TokenKind::Dot, 2)
        } else if let Some(kind) = punctuation(first) {
            (kind, first.len_utf8())
        } else if is_word(first) {
            let length = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
            (TokenKind::Word(rest[..length].to_owned()), length)
        } else {
            return Err(Problem { line, message: format!("`{first}` has no meaning here") });
        };
        tokens.push(Token { kind, line });
        rest = rest[length..].trim_start();
    }
    Ok(())
}

fn punctuation(c: char) -> Option<TokenKind> {
    Some(match c {
        '.' => TokenKind::Dot,
        ',' => TokenKind::Comma,
        ':' => TokenKind::Colon,
        ';' => TokenKind::Semicolon,
        '|' => TokenKind::Bar,
        '=' => TokenKind::Equals,
        '!' => TokenKind::Bang,
        '(' => TokenKind::LeftParen,
        ')' => TokenKind::RightParen,
        '{' => TokenKind::LeftBrace,
        '}' => TokenKind::RightBrace,
        '[' => TokenKind::LeftBracket,
        ']' => TokenKind::RightBracket,
        _ => return None,
    })
}
