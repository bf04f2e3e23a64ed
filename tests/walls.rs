//! The walls between modules, as `src/lib.rs` states them.

mod support;

use std::collections::{BTreeMap, BTreeSet};
use support::{Source, sources};
use toctou_lint::book::load;
use toctou_lint::book::words::{
    Adjective, Found, Freshness, Guard, Isolation, Level, Link, Noun, Precision, Region, Relation, Role,
    Status, Trait, Verb, Window,
};

/// Words of ordinary English, or of a language, that some library also calls a function by. A
/// word of at most nine small letters names no API by itself and need not stand here.
const ENGLISH: &[&str] = &[
    "default",
    "String",
    // Rust's own variants and macros, which its front end lowers.
    "Ok",
    "Some",
    "debug_assert",
    "format_args",
    "stringify",
    "unimplemented",
    "unreachable",
];

#[test]
fn a_module_uses_only_those_above_it() {
    let root = std::fs::read_to_string("src/lib.rs").unwrap();
    let order: Vec<&str> = root
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ").or(line.strip_prefix("mod "))?.strip_suffix(';'))
        .collect();
    let place = |name: &str| order.iter().position(|module| *module == name);
    let mut wrong = BTreeSet::new();
    for source in sources() {
        let Some(own) = place(source.module()) else { continue };
        for (line, used) in source.used_modules() {
            if place(&used).is_some_and(|used| used > own) {
                wrong.insert(format!("{}:{line}: uses `{used}`, which stands below it", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Crates and the only places that may name them.
const CONFINED: &[(&str, &[&str])] = &[
    ("syn", &["src/syntax/rust", "src/rewrite/rust"]),
    ("quote", &["src/syntax/rust", "src/rewrite/rust"]),
    ("proc_macro2", &["src/syntax/rust", "src/rewrite/rust"]),
    ("prettyplease", &["src/syntax/rust", "src/rewrite/rust"]),
    ("tree_sitter", &["src/syntax/typescript"]),
    ("tree_sitter_typescript", &["src/syntax/typescript"]),
    ("oxc_allocator", &["src/syntax/typescript/quick"]),
    ("oxc_ast", &["src/syntax/typescript/quick"]),
    ("oxc_parser", &["src/syntax/typescript/quick"]),
    ("oxc_span", &["src/syntax/typescript/quick"]),
    ("oxc_resolver", &["src/links"]),
    ("codespan_reporting", &["src/report/text", "src/cli/trouble"]),
    ("schemars", &["src/config"]),
    ("gen_lsp_types", &["src/lsp"]),
    ("lsp_server", &["src/lsp"]),
    ("line_index", &["src/lsp"]),
    ("crossbeam_channel", &["src/lsp"]),
    ("sqlparser", &["src/sql"]),
    ("pulldown_cmark", &["src/page"]),
    ("clap", &["src/cli", "src/main.rs"]),
    ("clap_mangen", &["src/cli/man"]),
    ("flate2", &["src/report/sarif"]),
    ("supports_hyperlinks", &["src/cli"]),
    ("terminal_size", &["src/cli"]),
];

#[test]
fn foreign_types_stay_in_their_module() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (name, places) in CONFINED {
            if places.iter().any(|place| source.path.starts_with(place)) {
                continue;
            }
            for (line, text) in source.code_lines() {
                if names_crate(&text, name) {
                    wrong
                        .push(format!("{}:{line}: names `{name}`, which belongs to {places:?}", source.path));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn only_revision_runs_another_program() {
    let named = |source: &&Source| source.text.contains("std::process::Command");
    let sources = sources();
    let mut wrong = sources.iter().filter(named).filter(|source| source.module() != "revision");
    assert!(wrong.next().is_none());
}

/// Whether a line of code has `name::` or `use name` as whole words.
fn names_crate(line: &str, name: &str) -> bool {
    let mut rest = line;
    while let Some(at) = rest.find(name) {
        let before = rest[..at].chars().next_back();
        let after = &rest[at + name.len()..];
        let starts = before.is_none_or(|c| !c.is_alphanumeric() && !matches!(c, '_' | ':' | '.' | '"'));
        if starts
            && (after.starts_with("::") || (after.starts_with(';') && line.trim_start().starts_with("use ")))
        {
            return true;
        }
        rest = after;
    }
    false
}

#[test]
fn the_source_names_no_api_and_no_rule() {
    let (book, _) = load::load_leniently(Vec::new());
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for library in &book.libraries {
        for api in &library.calls {
            let spelled = api.target.last_names().iter();
            for name in spelled.filter(|name| name.len() > 9 || !name.bytes().all(|c| c.is_ascii_lowercase()))
            {
                names.entry(name.to_string()).or_insert_with(|| format!("a call of {}", library.path));
            }
        }
    }
    names.extend(book.rules.iter().map(|rule| (rule.id.to_string(), "a rule".to_owned())));
    for word in vocabulary().into_iter().chain(ENGLISH.iter().copied()) {
        names.remove(word);
    }
    let mut wrong = Vec::new();
    // The vocabulary's own modules spell its words; front ends spell their language's keywords.
    for source in sources().iter().filter(|source| !source.path.starts_with("src/book/")) {
        for (line, literal) in source.string_literals() {
            if let Some(what) = names.get(&literal) {
                wrong.push(format!("{}:{line}: \"{literal}\" is {what}", source.path));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn vocabulary() -> Vec<&'static str> {
    fn all<T: Copy>(words: &[T], text: fn(T) -> &'static str) -> Vec<&'static str> {
        words.iter().map(|word| text(*word)).collect()
    }
    [
        all(Noun::ALL, Noun::text),
        all(Verb::ALL, Verb::text),
        all(Trait::ALL, Trait::text),
        all(Adjective::ALL, Adjective::text),
        all(Region::ALL, Region::text),
        all(Link::ALL, Link::text),
        all(Relation::ALL, Relation::text),
        all(Window::ALL, Window::text),
        all(Found::ALL, Found::text),
        all(Level::ALL, Level::text),
        all(Guard::ALL, Guard::text),
        all(Role::ALL, Role::text),
        all(Isolation::ALL, Isolation::text),
        all(Freshness::ALL, Freshness::text),
        all(Precision::ALL, Precision::text),
        all(Status::ALL, Status::text),
        toctou_lint::book::words::FIELDS.to_vec(),
    ]
    .concat()
}

#[test]
fn every_file_says_what_it_is() {
    let silent = |source: &&Source| !source.text.starts_with("//! ");
    let wrong: Vec<String> = sources().iter().filter(silent).map(|source| source.path.clone()).collect();
    assert!(wrong.is_empty(), "files without a first `//!` sentence: {wrong:?}");
}
