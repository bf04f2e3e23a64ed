//! Text to program: picks a front end by extension. No front end knows a rule, verb or API.

pub mod builder;
mod rust;
mod typescript;

use crate::book::api::MacroGrammar;
use crate::program::{Edition, Language, Name, Program};
use crate::source::{FileId, Span};
use rustc_hash::FxHashMap;
use std::path::Path;

/// What the pages say of Rust macros: full path (`sqlx.query`) or bare name to grammar.
pub type Macros = FxHashMap<Name, MacroGrammar>;

/// The language of a path by its extension; `None` if we do not read it.
pub fn language(path: &Path) -> Option<Language> {
    match path.extension()?.to_str()? {
        "rs" => Some(Language::Rust),
        "ts" | "tsx" | "mts" | "cts" | "js" | "jsx" | "mjs" | "cjs" => Some(Language::TypeScript),
        _ => None,
    }
}

/// What a place in a text is inside of, which says what a comment there must look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Any comment may stand here.
    Code,
    /// Between elements, where a comment needs braces.
    Markup,
    /// A literal or a comment, or nothing that is understood: what is put here is no comment.
    Text,
}

/// What each byte offset of a text is inside of.
pub fn places(path: &Path, text: &str, offsets: &[usize]) -> Vec<Place> {
    match language(path) {
        Some(Language::Rust) => rust::place::places(text, offsets),
        Some(Language::TypeScript) => typescript::place::places(path, text, offsets),
        None => vec![Place::Text; offsets.len()],
    }
}

/// Lowers one file with the front end for its language; a file we do not read is empty.
pub fn lower(file: FileId, path: &Path, text: &str, edition: Edition, macros: &Macros) -> Program {
    match language(path) {
        Some(Language::Rust) => rust::lower(file, path, text, edition, macros),
        Some(Language::TypeScript) => typescript::lower(file, path, text),
        None => builder::Builder::new(Language::Rust, Span::new(file, 0, text.len())).finish(),
    }
}

/// Lowers one file if all of it can be parsed. `None` says nothing of how much else can be made of
/// it: that is what [`lower`] finds out.
pub fn lower_whole(
    file: FileId,
    path: &Path,
    text: &str,
    edition: Edition,
    macros: &Macros,
) -> Option<Program> {
    match language(path)? {
        Language::Rust => rust::lower_whole(file, text, edition, macros),
        Language::TypeScript => typescript::lower_whole(file, path, text),
    }
}
