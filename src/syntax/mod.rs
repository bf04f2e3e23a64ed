//! Text to program: picks a front end by extension. No front end knows a rule, verb or API.

pub mod builder;
mod rust;
pub mod statements;
mod typescript;

use crate::book::api::MacroGrammar;
use crate::program::bodies::{self, Body, Edit};
use crate::program::tables::{Declared, Words};
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

/// Whether a text may decide what other files mean, though it does nothing by itself: a constant, a
/// barrel, the type behind a field.
pub fn may_declare(path: &Path, text: &str) -> bool {
    match language(path) {
        Some(Language::Rust) => rust::may_declare(text),
        Some(Language::TypeScript) => true,
        None => false,
    }
}

/// What a file says of tables: in the words of the pages, and in texts of SQL.
pub fn tables(path: &Path, text: &str, words: &Words<'_>) -> Declared {
    match language(path) {
        Some(Language::Rust) => rust::texts::tables(text, words),
        Some(Language::TypeScript) => typescript::tables::read(path, text, words),
        None => Declared::default(),
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

/// The longest text that is lowered by one of its bodies: in a longer one, what there is in all bodies
/// together may be more than is followed.
const MOST_APART: usize = 512 * 1024;

/// What one body of a file gives.
pub enum Apart {
    /// The file with all other bodies blank.
    Lowered(Program),
    /// The body is broken, and so is the file.
    Broken,
    /// What there is around it must be looked at as well.
    Unknown,
}

/// Lowers one file with all bodies but one blank. Before that one was edited, all of it could be parsed.
pub fn lower_body(
    file: FileId,
    path: &Path,
    text: &str,
    (bodies, edit): (&[Body], Edit),
    edition: Edition,
    macros: &Macros,
) -> Apart {
    let (is_apart, is_rust) = match language(path) {
        Some(Language::Rust) => (true, true),
        Some(Language::TypeScript) => (typescript::are_bodies_apart(path, text), false),
        None => (false, false),
    };
    let skeleton = bodies::skeleton(text, bodies, edit).filter(|_| is_apart && text.len() <= MOST_APART);
    let Some(skeleton) = skeleton else { return Apart::Unknown };
    match lower_whole(file, path, &skeleton, edition, macros) {
        Some(program) => Apart::Lowered(program),
        // What is balanced in itself changes nothing around it; what is around it was parsed before.
        None if is_rust && bodies::inside(text, bodies, edit).is_some_and(rust::is_balanced) => Apart::Broken,
        None => Apart::Unknown,
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
