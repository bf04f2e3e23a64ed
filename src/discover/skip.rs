//! Which folders and files no one edits: dependencies, output, minified and generated text.

use crate::source::MARK;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// Why something was left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Reason {
    Dependencies,
    Output,
    Vendored,
    Minified,
    Generated,
    Declarations,
    /// By `exclude` or `include` of a configuration.
    Configured,
}

impl Reason {
    /// What was left out, in the plural.
    pub fn text(self) -> &'static str {
        match self {
            Reason::Dependencies => "folders of dependencies",
            Reason::Output => "folders of build output",
            Reason::Vendored => "folders of vendored code",
            Reason::Minified => "minified files",
            Reason::Generated => "generated files",
            Reason::Declarations => "declaration files",
            Reason::Configured => "files and folders that the configuration leaves out",
        }
    }
}

/// Beyond this average line length a text was written by a program.
const LONGEST_AVERAGE_LINE: usize = 400;
/// Below this size a long line proves nothing.
const SMALLEST_MINIFIED: usize = 4 * 1024;
/// How far from the top a marker counts.
const TOP_LINES: usize = 20;

/// Why a folder is left out; `path` is a folder.
pub(super) fn folder(path: &Path) -> Option<Reason> {
    let sibling = |name: &str| path.parent().is_some_and(|parent| parent.join(name).is_file());
    match path.file_name()?.to_str()? {
        "node_modules" | "bower_components" | "jspm_packages" => Some(Reason::Dependencies),
        "dist" | "coverage" if !is_module(path) => Some(Reason::Output),
        "target" if sibling("Cargo.toml") || path.join("CACHEDIR.TAG").is_file() => Some(Reason::Output),
        "build" | "out" if sibling("package.json") && !holds_sources(path) => Some(Reason::Output),
        "vendor" | "vendored" | "third_party" | "third-party" => Some(Reason::Vendored),
        "__generated__" => Some(Reason::Generated),
        _ => None,
    }
}

/// `src/dist` that holds sources is a module of that name, and `dist` with a manifest a package.
fn is_module(path: &Path) -> bool {
    let is_package =
        |folder: &Path| ["Cargo.toml", "package.json"].iter().any(|name| folder.join(name).is_file());
    // A project that lies below somebody's `src` has none of its own for that.
    let mut above = path.ancestors().skip(1).take_while(|folder| !is_package(folder));
    let mut below_sources = || above.any(|folder| folder.file_name().is_some_and(|name| name == "src"));
    path.join("Cargo.toml").is_file() || (holds_sources(path) && below_sources())
}

/// Whether sources lie directly in it: then `build` is where the build scripts live.
fn holds_sources(path: &Path) -> bool {
    let Ok(entries) = std::fs::read_dir(path) else { return false };
    entries.filter_map(Result::ok).any(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        !name.contains(".d.") && (name.ends_with(".ts") || name.ends_with(".rs") || name.ends_with(".tsx"))
    })
}

/// Why a file is left out, by its name.
pub(super) fn file_name(path: &Path) -> Option<Reason> {
    let name = path.file_name()?.to_str()?;
    let (stem, _) = name.rsplit_once('.')?;
    if stem.ends_with(".d") && !name.ends_with(".rs") {
        Some(Reason::Declarations)
    } else if stem.ends_with(".min") || stem.ends_with("-min") {
        Some(Reason::Minified)
    } else if stem.ends_with(".generated") || stem.ends_with(".gen") {
        Some(Reason::Generated)
    } else {
        None
    }
}

/// Why a file is left out, by its text.
pub(super) fn text(text: &str) -> Option<Reason> {
    if text.lines().take(TOP_LINES).any(is_marker) {
        return Some(Reason::Generated);
    }
    let lines = memchr::memchr_iter(b'\n', text.as_bytes()).count() + 1;
    let minified = text.len() >= SMALLEST_MINIFIED && text.len() / lines > LONGEST_AVERAGE_LINE;
    minified.then_some(Reason::Minified)
}

/// Only comments count: a generator has the words in its strings.
fn is_marker(line: &str) -> bool {
    let line = line.trim_start();
    let comment = ["//", "/*", "*", "#", "<!--"].iter().any(|start| line.starts_with(start));
    // A suppression that gives "do not edit" as its reason says nothing of who wrote the file.
    comment
        && !line.contains(MARK)
        && ["@generated", "DO NOT EDIT", "Do not edit", "do not edit"].iter().any(|mark| line.contains(mark))
}
