//! A `toml fix` fence of a library page turned into a [`FixTemplate`].

use super::Reader;
use super::table::{self, Table};
use crate::book::api::{Applicability, CheckFate, FixTemplate};
use crate::book::spell;
use crate::book::words::{Found, Founds};
use crate::page::{Fence, PageError};
use crate::program::Name;

const KEYS: &[&str] = &["rule", "act", "becomes", "check", "found", "title", "note", "applicability"];

/// Reads one template: `rule` (one or a list), `act`, `becomes`, `title`; optional `check`
/// (`keep`, the default, or `unwrap`), `found` (what the check must have found), `note` and `applicability` (`safe`, `suggested`, the
/// default, or `sketch`).
pub fn parse(path: &str, fence: &Fence) -> Result<FixTemplate, Vec<PageError>> {
    let table = table::parse(path, &fence.body, fence.line).map_err(|error| vec![error])?;
    let mut reader = Reader { path, errors: Vec::new(), head_line: fence.line };
    for entry in &table.entries {
        if !KEYS.contains(&entry.key.as_str()) {
            reader.error(entry.line, spell::unknown("key", &entry.key, KEYS.iter().copied()));
        }
    }
    let fix = read(&table, &mut reader, fence.line);
    if reader.errors.is_empty() { Ok(fix) } else { Err(reader.errors) }
}

fn read(table: &Table, reader: &mut Reader, line: u32) -> FixTemplate {
    let rules = reader.required(table, "rule", |reader, entry| Some(reader.texts(entry))).unwrap_or_default();
    let becomes = reader.required(table, "becomes", super::Reader::text).unwrap_or_default();
    let act = reader.required(table, "act", super::Reader::text).unwrap_or_default();
    let place = table.get("becomes").map_or(line, |entry| entry.line);
    for hole in holes(&becomes) {
        if !holes(&act).contains(&hole) {
            reader.error(place, format!("`{{{hole}}}` is not captured by `act`"));
        }
    }
    let check = table.get("check").and_then(|entry| {
        reader.word(entry, &["keep", "unwrap"], |word| {
            ["keep", "unwrap"].into_iter().find(|known| *known == word)
        })
    });
    let applicability = table.get("applicability").and_then(|entry| {
        let known = ["safe", "suggested", "sketch"];
        reader.word(entry, &known, |word| {
            ["safe", "suggested", "sketch"].into_iter().find(|known| *known == word)
        })
    });
    FixTemplate {
        rules: rules.iter().map(Name::from).collect(),
        act,
        becomes,
        check: if check == Some("unwrap") { CheckFate::Unwrap } else { CheckFate::Keep },
        found: table
            .get("found")
            .map_or(Founds::EMPTY, |entry| Founds::of(&reader.words(entry, Found::ALL, Found::parse))),
        title: reader.required(table, "title", super::Reader::text).unwrap_or_default(),
        note: reader.optional(table, "note", super::Reader::text),
        applicability: match applicability {
            Some("safe") => Applicability::Safe,
            Some("sketch") => Applicability::Sketch,
            _ => Applicability::Suggested,
        },
        line,
    }
}

/// The names in `{name}`; braces around anything else are code.
pub fn holes(text: &str) -> Vec<&str> {
    let mut holes = Vec::new();
    for part in text.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || c == '_')
        {
            holes.push(name);
        }
    }
    holes
}
