//! Rust text to the statements of SQL that stand in its literals. Tokens tell enough: what a file says
//! of tables does not depend on whether the rest of it makes sense.

use super::prepare;
use crate::program::Name;
use crate::program::tables::{Declared, Step, Words};
use crate::syntax::statements::{defines_tables, may_define};
use proc_macro2::token_stream::IntoIter;
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::str::FromStr;

/// Longer files are data.
const LONGEST: usize = 1024 * 1024;

/// Tokens between two brackets.
struct Level {
    tokens: IntoIter,
    /// The last token was `fn`.
    names_function: bool,
    /// The body that comes next is one of a function that takes changes back.
    takes_back: bool,
}

impl Level {
    fn of(tokens: TokenStream) -> Level {
        Level { tokens: tokens.into_iter(), names_function: false, takes_back: false }
    }
}

/// What a file says of tables: in all its literals but those of functions that take changes back.
pub(in crate::syntax) fn tables(text: &str, words: &Words<'_>) -> Declared {
    let tokens = match text.len() {
        0..=LONGEST => TokenStream::from_str(&prepare::blank(text)).unwrap_or_default(),
        _ => TokenStream::new(),
    };
    let mut open = vec![Level::of(tokens)];
    let mut statements = Vec::new();
    let mut defines = false;
    while let Some(level) = open.last_mut() {
        let after_fn = std::mem::take(&mut level.names_function);
        match level.tokens.next() {
            None => {
                open.pop();
            }
            Some(TokenTree::Ident(word)) if after_fn => {
                level.takes_back = words("takes-back", &word.to_string());
            }
            Some(TokenTree::Ident(word)) => level.names_function = word == "fn",
            Some(TokenTree::Group(group)) => {
                let is_body = group.delimiter() == Delimiter::Brace;
                if !(is_body && std::mem::take(&mut level.takes_back)) {
                    open.push(Level::of(group.stream()));
                }
            }
            Some(TokenTree::Literal(literal)) => {
                if let syn::Lit::Str(text) = syn::Lit::new(literal)
                    && may_define(&text.value())
                {
                    defines |= defines_tables(&text.value());
                    statements.push(Step::Sql(Name::new(text.value())));
                }
            }
            Some(TokenTree::Punct(_)) => {}
        }
    }
    let steps = if defines { statements } else { Vec::new() };
    Declared { steps, ..Declared::default() }
}
