//! The book: all rule and library pages, loaded and checked.

pub mod api;
pub mod embedded;
pub mod grammar;
pub mod heads;
pub mod load;
pub mod rule;
pub mod spell;
pub mod words;

use api::Library;
use rule::Rule;

/// Everything the pages say.
#[derive(Debug, Default)]
pub struct Book {
    /// Sorted by id.
    pub rules: Vec<Rule>,
    /// Sorted by name.
    pub libraries: Vec<Library>,
    /// blake3 of all pages that it was read from, paths and texts.
    pub digest: [u8; 32],
}
