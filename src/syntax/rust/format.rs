//! Format strings to templates: text and values in order.

use super::Lowerer;
use super::macros::Argument;
use crate::program::{Local, Name, Part, Value};
use crate::source::Span;
use syn::{Expr, Lit};

/// A template and the arguments that no hole took.
pub(super) struct Template {
    pub(super) value: Local,
    pub(super) left: Vec<Local>,
}

enum Piece {
    Text(String),
    /// `{}`: the next argument.
    Next,
    /// `{0}`.
    At(usize),
    /// `{name}`: an argument or a variable.
    Named(String),
}

impl Lowerer<'_> {
    /// The arguments as a format string with its values. `sure`: the macro is known to format;
    /// otherwise holes and arguments must fit each other, for a query's text has braces too.
    pub(super) fn template(&mut self, args: &[Argument], sure: bool, span: Span) -> Option<Template> {
        let (first, rest) = args.split_first()?;
        let Some(Expr::Lit(lit)) = &first.expr else { return None };
        let Lit::Str(text) = &lit.lit else { return None };
        let at = self.token(text.span());
        let text = text.value();
        let pieces = pieces(&text)?;
        let holes = pieces.iter().any(|piece| !matches!(piece, Piece::Text(_)));
        if !sure && (!holes || !self.fits(&text, &pieces, rest)) {
            return None;
        }
        let values = self.lower_arguments(rest, false);
        let mut used = vec![false; values.len()];
        let mut next = 0;
        let mut parts = Vec::new();
        for piece in pieces {
            let index = match piece {
                Piece::Text(text) => {
                    parts.push(Part::Text(Name::new(text)));
                    continue;
                }
                Piece::Next => {
                    next += 1;
                    Some(next - 1)
                }
                Piece::At(index) => Some(index),
                Piece::Named(name) => {
                    let index = rest.iter().position(|arg| arg.name.as_deref() == Some(name.as_str()));
                    if index.is_none() {
                        parts.extend(self.captured(&name, at).map(Part::Value));
                    }
                    index
                }
            };
            if let Some(index) = index
                && let Some(value) = values.get(index)
            {
                parts.push(Part::Value(*value));
                if let Some(used) = used.get_mut(index) {
                    *used = true;
                }
            }
        }
        let left = values.iter().zip(used).filter(|(_, used)| !used).map(|(value, _)| *value).collect();
        let value = match parts.as_slice() {
            [Part::Text(text)] if !holes => Value::Literal(crate::program::Literal::Text(text.clone())),
            [] => Value::Literal(crate::program::Literal::Text(Name::default())),
            _ => Value::Template(parts),
        };
        let span = if sure { span } else { at };
        Some(Template { value: self.builder.value(value, span), left })
    }

    /// Whether holes and arguments belong together.
    fn fits(&mut self, text: &str, pieces: &[Piece], rest: &[Argument]) -> bool {
        if text.contains("$1") {
            return false;
        }
        let next = pieces.iter().filter(|piece| matches!(piece, Piece::Next)).count();
        next <= rest.len()
            && pieces.iter().all(|piece| match piece {
                Piece::Named(name) => {
                    rest.iter().any(|arg| arg.name.as_deref() == Some(name.as_str()))
                        || self.variable(name).is_some()
                }
                Piece::At(index) => *index < rest.len(),
                Piece::Text(_) | Piece::Next => true,
            })
    }

    fn captured(&mut self, name: &str, span: Span) -> Option<Local> {
        if let Some(local) = self.variable(name) {
            return Some(local);
        }
        match self.resolve(&[Name::new(name)]) {
            super::names::Place::Static(local) => Some(local),
            super::names::Place::Path(path) => {
                let global = crate::program::Global { module: Name::default(), path };
                Some(self.builder.value(Value::Global(global), span))
            }
        }
    }
}

/// Splits a format string; `None` if its braces do not pair.
fn pieces(text: &str) -> Option<Vec<Piece>> {
    let mut pieces = Vec::new();
    let mut plain = String::new();
    let mut rest = text.chars().peekable();
    while let Some(letter) = rest.next() {
        match letter {
            '{' | '}' if rest.peek() == Some(&letter) => {
                rest.next();
                plain.push(letter);
            }
            '}' => return None,
            '{' => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                let mut hole = String::new();
                loop {
                    match rest.next()? {
                        '}' => break,
                        '{' => return None,
                        letter => hole.push(letter),
                    }
                }
                pieces.push(hole_piece(&hole)?);
            }
            letter => plain.push(letter),
        }
    }
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    Some(pieces)
}

fn hole_piece(hole: &str) -> Option<Piece> {
    let name = hole.split(':').next().unwrap_or_default().trim();
    if name.is_empty() {
        return Some(Piece::Next);
    }
    if let Ok(index) = name.parse() {
        return Some(Piece::At(index));
    }
    let word = name.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    word.then(|| Piece::Named(name.to_string()))
}
