//! Cuts SQL text into tokens, the same for all dialects, and tokens into statements.

use super::{Dialect, Piece};

/// Longer texts are cut off: no statement of interest is so long.
pub(super) const LONGEST: usize = 64 * 1024;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub kind: TokenKind,
    /// The word, name, literal or symbol without its quotes.
    pub text: String,
    /// Space stood before it.
    pub spaced: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A keyword, an unquoted name, a placeholder or a hole: see [`bind`], [`named`], [`hole`].
    Word,
    /// A quoted name.
    Quoted,
    /// A string.
    Text,
    Number,
    Symbol,
}

impl Token {
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Symbol) && self.text.eq_ignore_ascii_case(word)
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    /// A name, or a word that may be one.
    pub(super) fn is_name(&self) -> bool {
        matches!(self.kind, TokenKind::Word | TokenKind::Quoted)
    }

    /// Stands for a value of the program.
    pub(super) fn is_value(&self) -> bool {
        self.kind == TokenKind::Word && marked(&self.text).is_some()
    }

    /// Stands for a hole alone, which may be more than a value.
    pub(super) fn is_hole(&self) -> bool {
        self.kind == TokenKind::Word && matches!(marked(&self.text), Some(Mark::Hole(_)))
    }
}

/// What a made-up word stands for. Values become words, because a word parses in every
/// dialect wherever a value, a table or a column may stand.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Mark<'a> {
    Hole(usize),
    Bind(usize),
    Named(&'a str),
}

pub(super) fn hole(index: usize) -> String {
    format!("hole__{index}__")
}

pub(super) fn bind(index: usize) -> String {
    format!("bind__{index}__")
}

pub(super) fn named(name: &str) -> String {
    format!("named__{name}__")
}

/// Reads a made-up word back.
pub(super) fn marked(word: &str) -> Option<Mark<'_>> {
    let inner = |start| word.strip_prefix(start)?.strip_suffix("__");
    if let Some(index) = inner("hole__").and_then(|index| index.parse().ok()) {
        return Some(Mark::Hole(index));
    }
    if let Some(index) = inner("bind__").and_then(|index| index.parse().ok()) {
        return Some(Mark::Bind(index));
    }
    inner("named__").map(Mark::Named)
}

/// The text with its holes as words, cut off at `longest`.
pub(super) fn join(pieces: &[Piece], longest: usize) -> String {
    let mut text = String::new();
    for piece in pieces {
        match piece {
            Piece::Text(part) => text.push_str(part),
            Piece::Hole(index) => text.push_str(&hole(*index)),
        }
        if text.len() > longest {
            let end = (0..=longest).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            text.truncate(end);
            break;
        }
    }
    text
}

pub(super) fn tokens(text: &str, dialect: Dialect) -> Vec<Token> {
    // In MySQL, double quotes hold strings; backticks give it away.
    let mysql = dialect == Dialect::MySql || (dialect == Dialect::Generic && text.contains('`'));
    let mut lexer = Lexer { rest: text, dialect, mysql, binds: 0, tokens: Vec::new(), spaced: false };
    while lexer.step() {}
    lexer.tokens
}

struct Lexer<'a> {
    rest: &'a str,
    dialect: Dialect,
    mysql: bool,
    /// How many `?` there were.
    binds: usize,
    tokens: Vec<Token>,
    spaced: bool,
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

impl<'a> Lexer<'a> {
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        let second = self.rest[first.len_utf8()..].chars().next().unwrap_or(' ');
        match first {
            _ if first.is_whitespace() => {
                self.spaced = true;
                self.take(first.len_utf8());
            }
            '-' if second == '-' => self.skip_to("\n"),
            '#' if self.mysql => self.skip_to("\n"),
            '/' if second == '*' => self.skip_to("*/"),
            '\'' => self.quoted('\'', TokenKind::Text, self.mysql),
            '"' if self.mysql => self.quoted('"', TokenKind::Text, true),
            '"' => self.quoted('"', TokenKind::Quoted, false),
            '`' => self.quoted('`', TokenKind::Quoted, false),
            '[' if self.is_bracket_name() => self.quoted(']', TokenKind::Quoted, false),
            '$' => self.dollar(),
            '?' => self.question(second),
            ':' | '@' if second == first => self.symbol(2),
            ':' | '@' if second.is_alphanumeric() || second == '_' => self.named(),
            _ if first.is_ascii_digit() => self.number(),
            _ if is_word(first) => self.word(),
            _ => self.symbol(first.len_utf8()),
        }
        true
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        taken
    }

    fn push(&mut self, kind: TokenKind, text: impl Into<String>) {
        self.tokens.push(Token { kind, text: text.into(), spaced: self.spaced });
        self.spaced = false;
    }

    fn skip_to(&mut self, end: &str) {
        let length = self.rest.find(end).map_or(self.rest.len(), |at| at + end.len());
        self.take(length);
        self.spaced = true;
    }

    fn symbol(&mut self, length: usize) {
        let text = self.take(length);
        self.push(TokenKind::Symbol, text);
    }

    /// A doubled quote stands for itself; in some texts a backslash keeps the next character.
    fn quoted(&mut self, quote: char, kind: TokenKind, escapes: bool) {
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1).peekable();
        let mut length = self.rest.len();
        while let Some((at, c)) = chars.next() {
            if c == quote {
                if chars.peek().is_some_and(|(_, next)| *next == quote) {
                    chars.next();
                } else {
                    length = at + c.len_utf8();
                    break;
                }
            } else if c == '\\' && escapes {
                if let Some((_, next)) = chars.next() {
                    text.push(next);
                }
                continue;
            }
            text.push(c);
        }
        self.take(length);
        self.push(kind, text);
    }

    /// `[name]` where no array subscript can stand.
    fn is_bracket_name(&self) -> bool {
        let follows = self.tokens.last().is_some_and(|last| !last.is("."));
        // As far as a name goes and no further: many open brackets must not cost a walk each.
        let name = self.rest[1..].trim_start_matches(|c: char| is_word(c) || c == ' ');
        self.dialect != Dialect::Postgres
            && (self.spaced || !follows)
            && self.rest[1..].starts_with(|c: char| c.is_alphabetic() || c == '_')
            && name.starts_with(']')
    }

    /// `$1`, `$name`, or a string between `$tag$`.
    fn dollar(&mut self) {
        let name: &str =
            self.rest[1..].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        let after = 1 + name.len();
        if self.rest[after..].starts_with('$') && !name.starts_with(|c: char| c.is_ascii_digit()) {
            let tag = &self.rest[..=after];
            let body = &self.rest[after + 1..];
            let length = body.find(tag).unwrap_or(body.len());
            let text = &body[..length];
            self.take(2 * (after + 1) + length);
            return self.push(TokenKind::Text, text);
        }
        self.take(after);
        match name.parse::<usize>() {
            Ok(number) => self.push(TokenKind::Word, bind(number.saturating_sub(1))),
            Err(_) => self.push(TokenKind::Word, named(name)),
        }
    }

    /// `?`, `?2` and MySQL's `??` are placeholders; after an operand `?` is an operator.
    fn question(&mut self, second: char) {
        let operator = matches!(second, '|' | '&')
            || (self.tokens.last().is_some_and(ends_operand)
                && self.rest[1..].trim_start().starts_with(['\'', '$']));
        if operator {
            return self.symbol(if matches!(second, '|' | '&') { 2 } else { 1 });
        }
        self.take(if second == '?' { 2 } else { 1 });
        let digits = self.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(self.rest.len());
        let index = match self.take(digits).parse::<usize>() {
            Ok(number) => number.saturating_sub(1),
            Err(_) => {
                self.binds += 1;
                self.binds - 1
            }
        };
        self.push(TokenKind::Word, bind(index));
    }

    fn named(&mut self) {
        let name: &str =
            self.rest[1..].split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        let word = match name.parse::<usize>() {
            Ok(number) => bind(number.saturating_sub(1)),
            Err(_) => named(name),
        };
        self.take(1 + name.len());
        self.push(TokenKind::Word, word);
    }

    fn number(&mut self) {
        let end = |c: char| !c.is_alphanumeric() && c != '.' && c != '_';
        let length = self.rest.find(end).unwrap_or(self.rest.len());
        let text = self.take(length);
        self.push(TokenKind::Number, text);
    }

    fn word(&mut self) {
        let length = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let text = self.take(length);
        // The prefix of a string says how it is written, not what it is.
        if self.rest.starts_with('\'')
            && ["e", "n", "b", "x", "u"].iter().any(|p| text.eq_ignore_ascii_case(p))
        {
            let escapes = text.eq_ignore_ascii_case("e") || self.mysql;
            return self.quoted('\'', TokenKind::Text, escapes);
        }
        self.push(TokenKind::Word, text);
    }
}

/// Whether a value or name ends here, so that an operator must follow.
fn ends_operand(token: &Token) -> bool {
    const BEFORE_VALUES: &[&str] = &[
        "where",
        "and",
        "or",
        "not",
        "in",
        "like",
        "ilike",
        "between",
        "limit",
        "offset",
        "values",
        "set",
        "then",
        "else",
        "when",
        "case",
        "select",
        "returning",
        "from",
        "into",
        "update",
        "table",
        "by",
        "as",
        "on",
        "is",
        "having",
        "any",
        "all",
        "join",
        "distinct",
        "interval",
        "using",
    ];
    match token.kind {
        TokenKind::Word => !token.is_any(BEFORE_VALUES),
        TokenKind::Quoted | TokenKind::Text | TokenKind::Number => true,
        TokenKind::Symbol => token.is(")") || token.is("]"),
    }
}

/// Statements end at semicolons, except within the body of a trigger or procedure.
pub(super) fn split(tokens: Vec<Token>) -> Vec<Vec<Token>> {
    let mut statements = Vec::new();
    let mut current: Vec<Token> = Vec::new();
    let mut body = false;
    for token in tokens {
        if token.is(";") && (!body || current.last().is_some_and(|last| last.is("end"))) {
            body = false;
            statements.push(std::mem::take(&mut current));
            continue;
        }
        if token.is("begin") && current.first().is_some_and(|first| first.is("create")) {
            body = true;
        }
        current.push(token);
    }
    statements.push(current);
    statements.retain(|statement| !statement.is_empty());
    statements
}
