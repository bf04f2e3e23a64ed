//! The configuration file that `init` begins with.

use super::schema;
use crate::book::Book;

const TEXT: &str = include_str!("starter.toml");

/// The text, with a rule of the book as the example.
pub fn text(book: &Book) -> String {
    let rule = book.rules.first().map_or("rule", |rule| rule.id.as_str());
    TEXT.replace("RULE", rule).replace("SCHEMA", schema::ADDRESS)
}
