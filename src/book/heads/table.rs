//! TOML text turned into a plain table whose entries know their line in the page.

use crate::page::PageError;
use toml::de::{DeTable, DeValue};

#[derive(Debug, Clone, Default)]
pub(super) struct Table {
    /// In the order of the text.
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub key: String,
    pub value: Value,
    pub line: u32,
}

#[derive(Debug, Clone)]
pub(super) enum Value {
    Text(String),
    Number(f64),
    Flag,
    List(Vec<Value>),
    Table(Table),
    /// A date.
    Other,
}

impl Table {
    pub(super) fn get(&self, key: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.key == key)
    }

    pub(super) fn has(&self, keys: &[&str]) -> bool {
        self.entries.iter().any(|entry| keys.contains(&entry.key.as_str()))
    }
}

impl Value {
    /// How messages call it.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Value::Text(_) => "a string",
            Value::Number(_) => "a number",
            Value::Flag => "a truth value",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
            Value::Other => "a date",
        }
    }
}

/// Reads the TOML of a fence whose body begins on `first_line` of the page.
pub(super) fn parse(path: &str, text: &str, first_line: u32) -> Result<Table, PageError> {
    let lines = Lines { text, first_line };
    match DeTable::parse(text) {
        Ok(table) => Ok(convert(table.get_ref(), &lines)),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            let message = error.message().replace('\n', ", ");
            Err(PageError::new(path, lines.line(at), message))
        }
    }
}

struct Lines<'a> {
    text: &'a str,
    first_line: u32,
}

impl Lines<'_> {
    fn line(&self, offset: usize) -> u32 {
        let before = self.text.as_bytes().get(..offset).unwrap_or_default();
        self.first_line + before.iter().filter(|byte| **byte == b'\n').count() as u32
    }
}

// The TOML reader bounds how deep tables and lists nest, so these recursions are bounded.
fn convert(table: &DeTable, lines: &Lines) -> Table {
    let mut entries: Vec<(usize, Entry)> = table
        .iter()
        .map(|(key, value)| {
            let start = key.span().start;
            let entry = Entry {
                key: key.get_ref().to_string(),
                value: value_of(value.get_ref(), lines),
                line: lines.line(start),
            };
            (start, entry)
        })
        .collect();
    entries.sort_by_key(|(start, _)| *start);
    Table { entries: entries.into_iter().map(|(_, entry)| entry).collect() }
}

fn value_of(value: &DeValue, lines: &Lines) -> Value {
    match value {
        DeValue::String(text) => Value::Text(text.to_string()),
        DeValue::Integer(number) => Value::Number(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Float(number) => Value::Number(number.as_str().parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(_) => Value::Flag,
        DeValue::Array(list) => {
            Value::List(list.iter().map(|item| value_of(item.get_ref(), lines)).collect())
        }
        DeValue::Table(table) => Value::Table(convert(table, lines)),
        DeValue::Datetime(_) => Value::Other,
    }
}
