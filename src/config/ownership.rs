//! Declarations that nobody else writes something, held against what a finding is about.

use super::chain::{Chain, Stated};
use crate::book::words::Noun;
use crate::finding::Subject;
use globset::{GlobBuilder, GlobMatcher};
use std::path::Path;

/// What a chain declares.
#[derive(Default)]
pub(super) struct Owned {
    directories: Vec<(GlobMatcher, Stated<String>)>,
    paths: Vec<(GlobMatcher, Stated<String>)>,
    tables: Vec<(GlobMatcher, Stated<String>)>,
    keys: Vec<(GlobMatcher, Stated<String>)>,
    pub(super) silences: bool,
}

/// Why nobody else writes it.
pub(super) struct Declared<'o> {
    pub(super) stated: &'o Stated<String>,
    pub(super) why: &'static str,
}

impl Declared<'_> {
    /// `declared in toctou-lint.toml:4: this table has a single writer (`settings`)`.
    pub(super) fn told(&self, origin: &str) -> String {
        format!("declared in {origin}: {} (`{}`)", self.why, self.stated.value)
    }
}

impl Owned {
    pub(super) fn new(chain: &Chain) -> Owned {
        let of = |way: &[&str], get: fn(&super::keys::Ownership) -> &[String]| {
            let all = chain.all(way, |layer| layer.keys.ownership.as_ref().map_or(&[], get));
            all.into_iter().filter_map(|stated| Some((glob(&stated.value)?, stated))).collect()
        };
        let silence = chain.last("ownership", |layer| layer.keys.ownership.as_ref()?.silence);
        Owned {
            directories: of(&["ownership", "private-directories"], |owned| &owned.private_directories),
            paths: of(&["ownership", "single-writer", "paths"], |owned| &owned.single_writer.paths),
            tables: of(&["ownership", "single-writer", "tables"], |owned| &owned.single_writer.tables),
            keys: of(&["ownership", "single-writer", "keys"], |owned| &owned.single_writer.keys),
            silences: silence.is_some_and(|stated| stated.value),
        }
    }

    /// The declaration that a finding falls under.
    pub(super) fn declared(&self, subject: &Subject) -> Option<Declared<'_>> {
        if subject.text.is_empty() {
            return None;
        }
        let found = |list: &'_ [(GlobMatcher, Stated<String>)], texts: &[&str]| {
            list.iter().position(|(glob, _)| texts.iter().any(|text| glob.is_match(text)))
        };
        let text = subject.text.as_str();
        let (list, at, why) = match subject.noun {
            Noun::File | Noun::Directory => {
                let plain = plain(text);
                let above: Vec<&str> = Path::new(&plain).ancestors().filter_map(Path::to_str).collect();
                match found(&self.paths, &above[..1]) {
                    Some(at) => (&self.paths, at, "this file has a single writer"),
                    None => {
                        let at = found(&self.directories, &above)?;
                        (&self.directories, at, "nobody else writes in this directory")
                    }
                }
            }
            Noun::Row => {
                let last = text.rsplit('.').next().unwrap_or(text);
                (&self.tables, found(&self.tables, &[text, last])?, "this table has a single writer")
            }
            Noun::Key | Noun::Object => {
                (&self.keys, found(&self.keys, &[text])?, "this key has a single writer")
            }
            Noun::State
            | Noun::Entry
            | Noun::Atomic
            | Noun::Lock
            | Noun::Delivery
            | Noun::Outside
            | Noun::Handle
            | Noun::Transaction
            | Noun::Session => return None,
        };
        Some(Declared { stated: &list[at].1, why })
    }
}

/// A path as it is declared: `{dir}/a`, a template, is `dir/a`; no separator stands twice.
fn plain(text: &str) -> String {
    let text = text.replace(['{', '}'], "").replace('\\', "/");
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter != '/' || !plain.ends_with('/') {
            plain.push(letter);
        }
    }
    plain
}

/// `*` stands for any letters; everything else for itself.
pub(super) fn glob(text: &str) -> Option<GlobMatcher> {
    let text = plain(text);
    let text = if text.len() > 1 { text.trim_end_matches('/') } else { &text };
    let escaped: String = text
        .chars()
        .map(|letter| match letter {
            '?' | '[' | ']' => format!("[{letter}]"),
            _ => letter.to_string(),
        })
        .collect();
    let glob = GlobBuilder::new(&escaped).case_insensitive(true).backslash_escape(false).build();
    Some(glob.ok()?.compile_matcher())
}
