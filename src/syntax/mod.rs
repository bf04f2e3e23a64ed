//! Text to program: picks a front end by extension. No front end knows a rule, verb or API.

pub mod builder;

use crate::book::api::MacroGrammar;
use crate::program::{Language, Name};
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
