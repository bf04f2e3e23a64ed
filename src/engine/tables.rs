//! What a run knows of tables: what its schema files say, and what the sources say themselves.

#[cfg(test)]
mod tests;

use super::Input;
use crate::knowledge::{Knowledge, words};
use crate::manifest::{Manifests, SchemaKind};
use crate::program::Language;
use crate::schema::{FileTables, Schema};
use crate::syntax::{self, statements::BEGINNINGS};
use aho_corasick::AhoCorasick;
use rayon::prelude::*;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// How much of the schema files is read, in bytes: migrations are many and small, and what is more
/// is data.
const SCHEMA_TEXT: usize = 16 * 1024 * 1024;

/// Reads what sources say of tables.
pub(super) struct TableReader<'k> {
    knowledge: &'k Knowledge<'k>,
    /// Finds what a file cannot do without that says something: statements first, then words of pages.
    telltales: Option<AhoCorasick>,
}

impl<'k> TableReader<'k> {
    pub(super) fn new(knowledge: &'k Knowledge<'k>) -> TableReader<'k> {
        let mut pages: Vec<&str> = knowledge.words_of("tells-tables").map(|word| word.as_str()).collect();
        pages.sort_unstable();
        let all = BEGINNINGS.iter().copied().chain(pages);
        let telltales = AhoCorasick::builder().ascii_case_insensitive(true).build(all).ok();
        TableReader { knowledge, telltales }
    }

    /// What one file says of tables; those of tests are other tables.
    pub(super) fn read(&self, path: &Path, text: &str) -> FileTables {
        let Some(language) = syntax::language(path) else { return FileTables::default() };
        let Some(telltales) = &self.telltales else { return FileTables::default() };
        let tells = |pattern: usize| language == Language::TypeScript || pattern < BEGINNINGS.len();
        if !telltales.find_iter(text).any(|found| tells(found.pattern().as_usize()))
            || is_trial(self.knowledge, path)
        {
            return FileTables::default();
        }
        let is_word = |lexicon: &str, word: &str| self.knowledge.is_word(lexicon, word);
        catch_unwind(AssertUnwindSafe(|| FileTables::of(path, text, &is_word))).unwrap_or_default()
    }

    /// That of all files, in order.
    pub(super) fn all(&self, inputs: &[Input]) -> Vec<FileTables> {
        inputs.par_iter().map(|input| self.read(&input.path, &input.text)).collect()
    }
}

fn is_trial(knowledge: &Knowledge<'_>, path: &Path) -> bool {
    let is_rough = |folder: &str| knowledge.is_word("rough-part", &folder.to_lowercase());
    path.iter().filter_map(|part| part.to_str()).any(is_rough)
}

/// What the schema files say, in the order of their paths, and then the sources; those of tests say
/// it of other tables.
pub(super) fn schema<'f>(
    knowledge: &Knowledge<'_>,
    manifests: &Manifests,
    tables: impl Iterator<Item = &'f FileTables> + Clone,
) -> Schema {
    let mut schema = Schema::default();
    let mut read = 0;
    for file in &manifests.schemas {
        if is_trial(knowledge, &file.path) {
            continue;
        }
        read += file.text.len();
        if read > SCHEMA_TEXT {
            break;
        }
        match file.kind {
            SchemaKind::Prisma => schema.add_prisma(&file.text),
            SchemaKind::Sql => schema.add_sql(&file.path.to_string_lossy(), &file.text),
        }
    }
    let short = |name: &str| {
        let words = words(name);
        let (last, before) = words.split_last()?;
        (!before.is_empty() && knowledge.is_word("table-suffix", last)).then(|| before.join("_"))
    };
    schema.add_code(tables, &short);
    schema
}
