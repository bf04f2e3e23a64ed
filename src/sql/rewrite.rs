//! Turns what `sqlparser` cannot read into equal text that it can.

use super::LockStrength;
use super::token::{Token, TokenKind};

/// Tokens of one statement, ready to parse.
#[derive(Debug)]
pub(super) struct Bridged {
    pub list: Vec<Token>,
    /// A hole was left out because nothing parses with it: it may hold conditions.
    pub dropped: bool,
    /// A lock strength that stands in the text as a stronger one.
    pub weaker: Option<LockStrength>,
}

pub(super) fn bridge(tokens: Vec<Token>) -> Bridged {
    let mut bridge = Bridged { list: Vec::with_capacity(tokens.len()), dropped: false, weaker: None };
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += bridge.step(token, &tokens[at + 1..]);
    }
    bridge
}

fn starts(tokens: &[Token], words: &[&str]) -> bool {
    words.len() <= tokens.len() && words.iter().zip(tokens).all(|(word, token)| token.is(word))
}

impl Bridged {
    /// Takes over a token, or some at once; returns how many.
    fn step(&mut self, token: &Token, rest: &[Token]) -> usize {
        if token.is("for") && starts(rest, &["no", "key", "update"]) {
            self.weaker = Some(LockStrength::NoKeyUpdate);
            return self.words(&["for", "update"], 4);
        }
        if token.is("for") && starts(rest, &["key", "share"]) {
            self.weaker = Some(LockStrength::KeyShare);
            return self.words(&["for", "share"], 3);
        }
        if token.is("lock") && starts(rest, &["in", "share", "mode"]) {
            return self.words(&["for", "share"], 4);
        }
        if token.is("wait") && rest.first().is_some_and(|next| next.kind == TokenKind::Number) {
            return 2;
        }
        let after = rest.first();
        let value = rest.first().filter(|next| next.is_value());
        let ends = |at: usize| {
            rest.get(at)
                .is_none_or(|next| next.is_any(&["where", "returning", "on", "from", ")", ",", "order"]))
        };
        if let Some(value) = value {
            // A value that expands to a list.
            if token.is("in") || (token.is_any(&["values", "value"]) && ends(1)) {
                self.push(token.clone());
                return self.enclosed(value, 2);
            }
            // A value that expands to assignments.
            if token.is("set") && ends(1) {
                self.push(token.clone());
                self.push(value.clone());
                self.symbol("=");
                self.push(value.clone());
                return 2;
            }
        }
        if token.is("into") && rest.first().is_some_and(Token::is_name) {
            let mut end = 1;
            while rest.get(end).is_some_and(|dot| dot.is(".")) {
                end += 2;
            }
            // A value that expands to columns and values.
            if let Some(value) = rest.get(end).filter(|next| next.is_hole() && ends(end + 1)) {
                self.push(token.clone());
                self.list.extend(rest[..end].iter().cloned());
                self.enclosed(value, 0);
                self.words(&["values"], 0);
                self.enclosed(value, 0);
                return end + 2;
            }
        }
        // Trailing commas are left by fragments that turn out empty.
        if token.is(",") && after.is_some_and(|next| next.is_any(&["from", "where", ")"])) {
            return 1;
        }
        self.push(token.clone());
        1
    }

    fn push(&mut self, token: Token) {
        self.list.push(token);
    }

    fn symbol(&mut self, text: &str) {
        self.push(Token { kind: TokenKind::Symbol, text: text.to_string(), spaced: true });
    }

    fn words(&mut self, words: &[&str], taken: usize) -> usize {
        for word in words {
            self.push(Token { kind: TokenKind::Word, text: word.to_string(), spaced: true });
        }
        taken
    }

    fn enclosed(&mut self, value: &Token, taken: usize) -> usize {
        self.symbol("(");
        self.push(value.clone());
        self.symbol(")");
        taken
    }
}

/// The text of tokens for a dialect, with the column at which each token begins.
pub(super) fn text(tokens: &[Token], quote: char) -> (String, Vec<usize>) {
    let (mut text, mut columns) = (String::new(), Vec::with_capacity(tokens.len()));
    let mut length = 0;
    for token in tokens {
        let before = text.len();
        if token.spaced {
            text.push(' ');
        }
        columns.push(length + usize::from(token.spaced));
        match token.kind {
            TokenKind::Quoted => enclose(&mut text, &token.text, quote),
            TokenKind::Text => enclose(&mut text, &token.text, '\''),
            TokenKind::Word | TokenKind::Number | TokenKind::Symbol => text.push_str(&token.text),
        }
        length += text[before..].chars().count();
    }
    (text, columns)
}

fn enclose(text: &mut String, inner: &str, quote: char) {
    text.push(quote);
    for c in inner.chars() {
        match c {
            // One line keeps the places of errors simple; backslashes mean escapes to some dialects.
            '\n' | '\r' | '\\' => text.push(' '),
            _ if c == quote => {
                text.push(quote);
                text.push(quote);
            }
            _ => text.push(c),
        }
    }
    text.push(quote);
}
