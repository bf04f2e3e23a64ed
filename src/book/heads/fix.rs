//! A `toml fix` fence of a library page turned into a [`FixTemplate`].

use super::Reader;
use super::table::{self, Table};
use crate::book::api::{Applicability, CheckFate, Comparison, FixTemplate, HoleKind, hole};
use crate::book::spell;
use crate::book::words::{Found, Founds};
use crate::page::{Fence, PageError};
use crate::program::Name;

const KEYS: &[&str] = &[
    "rule",
    "act",
    "code",
    "becomes",
    "check",
    "found",
    "title",
    "note",
    "applicability",
    "equal",
    "least",
    "most",
    "more",
    "less",
    "unset",
    "unchanged",
    "between",
    "value",
    "after",
    "import",
    "unused",
    "apart",
    "behind",
    "first",
    "rewrites",
    "result",
    "without",
    "ahead",
];

/// Holes that the engine fills.
const KNOWN: &[&str] = &["conditions", "values", "changed", "exit", "guard", "handle", "checked"];

/// Reads one template: `rule` (one or a list), `act` or `code` (one or a list), `becomes`, `title`;
/// optional `check` (`keep`, the default, or `unwrap`), `found` (what the check must have found),
/// `note`, `applicability` (`safe`, `suggested`, the default, or `sketch`), and what
/// [`FixTemplate`] lists besides.
pub fn parse(path: &str, fence: &Fence) -> Result<FixTemplate, Vec<PageError>> {
    let table = table::parse(path, &fence.body, fence.line).map_err(|error| vec![error])?;
    let mut reader = Reader { path, errors: Vec::new(), head_line: fence.line };
    for entry in &table.entries {
        if !KEYS.contains(&entry.key.as_str()) {
            reader.error(entry.line, spell::unknown("key", &entry.key, KEYS.iter().copied()));
        }
    }
    let fix = read(&table, &mut reader, fence.line);
    check_holes(&fix, &table, &mut reader);
    if reader.errors.is_empty() { Ok(fix) } else { Err(reader.errors) }
}

fn read(table: &Table, reader: &mut Reader, line: u32) -> FixTemplate {
    let rules = reader.required(table, "rule", |reader, entry| Some(reader.texts(entry))).unwrap_or_default();
    let whole = table.has(&["code"]);
    let pattern = if whole { "code" } else { "act" };
    if whole && table.has(&["act"]) {
        reader.error(line, "`act` and `code` exclude each other".to_owned());
    }
    let patterns =
        reader.required(table, pattern, |reader, entry| Some(reader.texts(entry))).unwrap_or_default();
    let check = word(table, reader, "check", &["keep", "unwrap"]);
    let applicability = word(table, reader, "applicability", &["safe", "suggested", "sketch"]);
    let mut spellings = Vec::new();
    for comparison in Comparison::ALL {
        let spelling = reader.optional(table, comparison.key(), Reader::text);
        spellings.extend(spelling.map(|spelling| (comparison, spelling)));
    }
    // Calls of a chain stand behind each other, properties and arguments have commas.
    let is_chain = spellings.first().is_some_and(|(_, spelling): &(_, String)| spelling.starts_with('.'));
    let usual = if is_chain { String::new() } else { ", ".to_owned() };
    FixTemplate {
        rules: rules.iter().map(Name::from).collect(),
        patterns,
        whole,
        first: list(table, reader, "first"),
        rewrites_first: word(table, reader, "rewrites", &["act", "first", "same", "new"]) == Some("first"),
        becomes: reader.required(table, "becomes", Reader::text).unwrap_or_default(),
        check: if check == Some("unwrap") { CheckFate::Unwrap } else { CheckFate::Keep },
        found: table
            .get("found")
            .map_or(Founds::EMPTY, |entry| Founds::of(&reader.words(entry, Found::ALL, Found::parse))),
        spellings,
        between: reader.optional(table, "between", Reader::text).unwrap_or(usual),
        value: reader.optional(table, "value", Reader::text).unwrap_or_default(),
        after: reader.optional(table, "after", Reader::text),
        new_result: word(table, reader, "result", &["same", "new"]) == Some("new"),
        import: list(table, reader, "import"),
        unused: list(table, reader, "unused"),
        apart: list(table, reader, "apart"),
        behind: list(table, reader, "behind"),
        without: list(table, reader, "without"),
        ahead: list(table, reader, "ahead"),
        title: reader.required(table, "title", Reader::text).unwrap_or_default(),
        note: reader.optional(table, "note", Reader::text),
        applicability: match applicability {
            Some("safe") => Applicability::Safe,
            Some("sketch") => Applicability::Sketch,
            _ => Applicability::Suggested,
        },
        line,
    }
}

fn list(table: &Table, reader: &mut Reader, key: &str) -> Vec<String> {
    table.get(key).map(|entry| reader.texts(entry)).unwrap_or_default()
}

/// The words of `check` and `applicability`, in one list, since a reader of words knows no other.
fn word(table: &Table, reader: &mut Reader, key: &str, all: &[&'static str]) -> Option<&'static str> {
    let entry = table.get(key)?;
    reader.word(entry, all, |word| {
        ["keep", "unwrap", "safe", "suggested", "sketch", "act", "first", "same", "new"]
            .into_iter()
            .find(|known| *known == word)
    })
}

/// Every hole has a value, and no list or statement that a pattern takes in is lost.
fn check_holes(fix: &FixTemplate, table: &Table, reader: &mut Reader) {
    let line = |key: &str| table.get(key).map_or(fix.line, |entry| entry.line);
    let pattern = if fix.whole { "code" } else { "act" };
    for text in [Some(&fix.becomes), fix.after.as_ref()].into_iter().flatten() {
        for (_, hole) in holes(text) {
            let captured = |pattern: &String| holes(pattern).iter().any(|(_, known)| *known == hole);
            let is_known = fix.patterns.iter().all(captured)
                || (!fix.first.is_empty() && fix.first.iter().all(captured));
            if !KNOWN.contains(&hole) && !is_known {
                reader.error(line("becomes"), format!("`{{{hole}}}` is not captured by `{pattern}`"));
            }
        }
    }
    let used = holes(&fix.becomes);
    let rewritten = if fix.rewrites_first { &fix.first } else { &fix.patterns };
    let lost = rewritten.iter().flat_map(|pattern| holes(pattern)).find(|(kind, hole)| {
        !matches!(kind, HoleKind::Expression | HoleKind::Operand)
            && !used.iter().any(|(_, known)| known == hole)
    });
    if let Some((_, hole)) = lost {
        reader.error(line("becomes"), format!("what `{{{hole}}}` takes in would be lost"));
    }
}

/// The holes of a text; braces around anything else are code.
pub fn holes(text: &str) -> Vec<(HoleKind, &str)> {
    let found = text.match_indices('{').filter_map(|(at, _)| hole(text.get(at..)?));
    found.map(|(kind, name, _)| (kind, name)).collect()
}
