//! The TOML head of a rule page turned into a [`Rule`].
//!
//! The keys tell the shape: `first then` an order, `check effect` a chain, `event answer` an
//! obligation, `event` a misuse, `check act` a pair. An `also` form takes the head's other keys if
//! it is of the same shape. Words and their defaults: see [`super::words`] and [`super::rule`].

pub mod fix;
pub mod select;
mod shape;
mod table;

use super::rule::{HOLES, Rule, Trial};
use super::spell;
use super::words::{Found, Level, Precision, Rival, Status};
use crate::page::{Fence, Page, PageError};
use crate::program::Name;
use table::{Entry, Table, Value};

/// Keys of a head beside those of its shape.
const KEYS: &[&str] = &[
    "format",
    "title",
    "message",
    "cost",
    "level",
    "cwe",
    "score",
    "precision",
    "status",
    "former",
    "refines",
    "also",
    "rival",
    "harm",
];

/// Reads a rule page: its `toml rule` fence and the Markdown around it.
pub fn parse(id: &str, page: &Page) -> Result<Rule, Vec<PageError>> {
    let heads: Vec<&Fence> =
        page.fences.iter().filter(|fence| fence.language == "toml" && fence.has("rule")).collect();
    let [head] = heads.as_slice() else {
        let line = heads.get(1).map_or(1, |second| second.line);
        let message = format!("a rule page has one `toml rule` fence, here are {}", heads.len());
        return Err(vec![PageError::new(page.path.clone(), line, message)]);
    };
    let table = table::parse(&page.path, &head.body, head.line).map_err(|error| vec![error])?;
    let mut reader = Reader { path: &page.path, errors: Vec::new(), head_line: head.line };
    let mut rule = read(id, &table, &mut reader);
    if rule.title.is_empty() {
        rule.title = page.title.clone();
    }
    if rule.title.is_empty() {
        reader.error(1, "the page has no `# Title`".to_owned());
    }
    rule.body = page.text.get(head.range.end..).unwrap_or_default().trim().to_owned();
    if reader.errors.is_empty() { Ok(rule) } else { Err(reader.errors) }
}

fn read(id: &str, table: &Table, reader: &mut Reader) -> Rule {
    reader.known_keys(table, true);
    known_holes(table, reader);
    if let Some(entry) = table.get("format")
        && !matches!(entry.value, Value::Number(1.0))
    {
        reader.error(entry.line, "this program reads pages of format 1".to_owned());
    }
    let names = |reader: &mut Reader, key| {
        table.get(key).map(|entry| reader.texts(entry)).unwrap_or_default().iter().map(Name::from).collect()
    };
    Rule {
        id: id.into(),
        title: reader.optional_text(table, "title"),
        level: reader
            .required(table, "level", |reader, entry| reader.word(entry, Level::ALL, Level::parse))
            .unwrap_or(Level::Warning),
        cwe: cwe(table, reader),
        score: score(table, reader),
        precision: reader
            .optional(table, "precision", |reader, entry| {
                reader.word(entry, Precision::ALL, Precision::parse)
            })
            .unwrap_or(Precision::Medium),
        status: reader
            .optional(table, "status", |reader, entry| reader.word(entry, Status::ALL, Status::parse))
            .unwrap_or(Status::Preview),
        former: names(reader, "former"),
        refines: names(reader, "refines"),
        forms: shape::forms(table, reader),
        message: reader.required(table, "message", Reader::text).unwrap_or_default(),
        cost: reader.optional_text(table, "cost"),
        trial: trial(table, reader),
        body: String::new(),
        path: reader.path.to_owned(),
    }
}

/// `rival = "removes"`, or by what the check found: `rival = { present = "removes" }`; `harm = "fails"`.
fn trial(table: &Table, reader: &mut Reader) -> Trial {
    let mut rivals = Vec::new();
    match table.get("rival") {
        Some(Entry { value: Value::Table(by_found), .. }) => {
            for entry in &by_found.entries {
                let found = Found::parse(&entry.key);
                if found.is_none() {
                    reader.unknown_word(entry, &entry.key, Found::ALL);
                }
                rivals.extend(reader.word(entry, Rival::ALL, Rival::parse).map(|rival| (found, rival)));
            }
        }
        Some(entry) => {
            rivals.extend(reader.word(entry, Rival::ALL, Rival::parse).map(|rival| (None, rival)));
        }
        None => {}
    }
    let fails = |word: &str| (word == "fails").then_some("fails");
    let harm = reader.optional(table, "harm", |reader, entry| reader.word(entry, &["fails"], fails));
    Trial { rivals, failing_is_harm: harm.is_some() }
}

/// Every `{…}` of a text must be one that the engine fills.
fn known_holes(table: &Table, reader: &mut Reader) {
    for key in ["message", "cost"] {
        let Some(Entry { value: Value::Text(text), line, .. }) = table.get(key) else { continue };
        for hole in fix::holes(text).into_iter().map(|(_, hole)| hole).filter(|hole| !HOLES.contains(hole)) {
            reader.error(*line, format!("`{key}`: {}", spell::unknown("hole", hole, HOLES.iter().copied())));
        }
    }
}

/// Reads a `toml values` fence: what is given for a parameter, by names and types.
pub fn values(path: &str, fence: &Fence) -> Result<Vec<(String, String)>, Vec<PageError>> {
    let table = table::parse(path, &fence.body, fence.line).map_err(|error| vec![error])?;
    let mut reader = Reader { path, errors: Vec::new(), head_line: fence.line };
    let mut values = Vec::new();
    for entry in &table.entries {
        values.extend(reader.text(entry).map(|text| (entry.key.clone(), text)));
    }
    if reader.errors.is_empty() { Ok(values) } else { Err(reader.errors) }
}

fn cwe(table: &Table, reader: &mut Reader) -> Vec<u32> {
    let Some(entry) = table.get("cwe") else { return vec![367] };
    let numbers = match &entry.value {
        Value::List(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    let mut cwe = Vec::new();
    for number in numbers {
        match number {
            Value::Number(number) if (1.0..100_000.0).contains(number) => cwe.push(*number as u32),
            other => reader.error(entry.line, format!("`cwe` holds numbers, not {}", other.kind())),
        }
    }
    cwe
}

fn score(table: &Table, reader: &mut Reader) -> f32 {
    match table.get("score").map(|entry| (entry.line, &entry.value)) {
        None => 5.0,
        Some((_, Value::Number(number))) if (0.0..=10.0).contains(number) => *number as f32,
        Some((line, _)) => {
            reader.error(line, "`score` is a number from 0.0 to 10.0".to_owned());
            5.0
        }
    }
}

/// Reads entries and gathers what is wrong with them.
struct Reader<'a> {
    path: &'a str,
    errors: Vec<PageError>,
    /// Where to report what is missing.
    head_line: u32,
}

impl Reader<'_> {
    fn error(&mut self, line: u32, message: String) {
        self.errors.push(PageError::new(self.path, line, message));
    }

    fn known_keys(&mut self, table: &Table, is_head: bool) {
        let meta = if is_head { KEYS } else { &["level"] };
        for entry in &table.entries {
            let known = || meta.iter().chain(shape::KEYS).copied();
            if !known().any(|key| key == entry.key) {
                self.error(entry.line, spell::unknown("key", &entry.key, known()));
            }
        }
    }

    fn text(&mut self, entry: &Entry) -> Option<String> {
        match &entry.value {
            Value::Text(text) if !text.trim().is_empty() => Some(text.clone()),
            Value::Text(_) => {
                self.error(entry.line, format!("`{}` is empty", entry.key));
                None
            }
            other => {
                self.error(entry.line, format!("`{}` is a string, not {}", entry.key, other.kind()));
                None
            }
        }
    }

    /// A string or a list of strings.
    fn texts(&mut self, entry: &Entry) -> Vec<String> {
        let items = match &entry.value {
            Value::List(items) => items.as_slice(),
            one => std::slice::from_ref(one),
        };
        let mut texts = Vec::new();
        for item in items {
            match item {
                Value::Text(text) => texts.push(text.clone()),
                other => {
                    let message = format!("`{}` holds strings, not {}", entry.key, other.kind());
                    self.error(entry.line, message);
                }
            }
        }
        texts
    }

    /// One word of a closed table.
    fn word<T: Copy + std::fmt::Display>(
        &mut self,
        entry: &Entry,
        all: &[T],
        parse: fn(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(entry)?;
        let word = parse(&text);
        if word.is_none() {
            self.unknown_word(entry, &text, all);
        }
        word
    }

    /// Words of a closed table, joined by `|` or as a list.
    fn words<T: Copy + std::fmt::Display>(
        &mut self,
        entry: &Entry,
        all: &[T],
        parse: fn(&str) -> Option<T>,
    ) -> Vec<T> {
        let texts = self.texts(entry);
        let mut found = Vec::new();
        for word in texts.iter().flat_map(|text| text.split('|')).map(str::trim) {
            match parse(word) {
                Some(word) => found.push(word),
                None => self.unknown_word(entry, word, all),
            }
        }
        found
    }

    fn unknown_word<T: std::fmt::Display>(&mut self, entry: &Entry, word: &str, all: &[T]) {
        let known: Vec<String> = all.iter().map(T::to_string).collect();
        let kind = format!("word in `{}`:", entry.key);
        self.error(entry.line, spell::unknown(&kind, word, known.iter().map(String::as_str)));
    }

    fn optional<T>(
        &mut self,
        table: &Table,
        key: &str,
        read: impl FnOnce(&mut Self, &Entry) -> Option<T>,
    ) -> Option<T> {
        table.get(key).and_then(|entry| read(self, entry))
    }

    fn optional_text(&mut self, table: &Table, key: &str) -> String {
        self.optional(table, key, Reader::text).unwrap_or_default()
    }

    fn required<T>(
        &mut self,
        table: &Table,
        key: &str,
        read: impl FnOnce(&mut Self, &Entry) -> Option<T>,
    ) -> Option<T> {
        if table.get(key).is_none() {
            self.error(self.head_line, format!("the head lacks `{key}`"));
        }
        self.optional(table, key, read)
    }
}

#[cfg(test)]
mod tests;
