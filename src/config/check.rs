//! Holds a tree against the schema: unknown keys, wrong types and unknown words, each with its place.

use super::tree::{Entry, Kind, Node};
use super::trouble::{Source, Trouble};
use crate::book::spell;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Everything that the schema says against a tree.
pub(super) fn check(source: &Arc<Source>, node: &Node, schema: &Value) -> Vec<Trouble> {
    let mut checker = Checker { source, root: schema, troubles: Vec::new() };
    checker.node(node, schema, "the configuration");
    checker.troubles
}

struct Checker<'c> {
    source: &'c Arc<Source>,
    root: &'c Value,
    troubles: Vec<Trouble>,
}

impl<'c> Checker<'c> {
    /// What a reference leads to, and one schema in a list alone.
    fn resolve(&self, schema: &'c Value) -> &'c Value {
        let mut schema = schema;
        // References of our own schema are not deep.
        for _ in 0..8 {
            let only = schema.get("allOf").and_then(|all| all.get(0));
            let target = only.or_else(|| {
                let pointer = schema.get("$ref")?.as_str()?.strip_prefix('#')?;
                self.root.pointer(pointer)
            });
            match target {
                Some(target) => schema = target,
                None => break,
            }
        }
        schema
    }

    /// The alternatives of a schema; itself if there are none.
    fn branches(&self, schema: &'c Value) -> Vec<&'c Value> {
        let schema = self.resolve(schema);
        let either = schema.get("anyOf").or_else(|| schema.get("oneOf")).and_then(Value::as_array);
        match either {
            Some(branches) => branches.iter().flat_map(|branch| self.branches(branch)).collect(),
            None => vec![schema],
        }
    }

    fn node(&mut self, node: &Node, schema: &'c Value, name: &str) {
        let branches = self.branches(schema);
        let fitting: Vec<&Value> =
            branches.iter().copied().filter(|branch| fits(branch, &node.kind)).collect();
        let Some(first) = fitting.first() else {
            let mut wanted: Vec<&str> = branches.iter().map(|branch| noun(branch)).collect();
            wanted.dedup();
            let message = format!("{name} must be {}, not {}", wanted.join(" or "), node.kind.noun());
            self.troubles.push(Trouble::error(self.source, node.at, message));
            return;
        };
        match &node.kind {
            Kind::Table(entries) => self.table(entries, first),
            Kind::List(items) => {
                if let Some(of) = first.get("items") {
                    items.iter().for_each(|item| self.node(item, of, &format!("what {name} lists")));
                }
            }
            Kind::Text(text) => {
                let words: Vec<&str> = fitting.iter().flat_map(|branch| words(branch)).collect();
                if !words.is_empty() && !words.contains(&text.as_str()) {
                    let message = spell::unknown("value", text, words);
                    self.troubles.push(Trouble::error(self.source, node.at, message));
                }
            }
            Kind::Whole(number) => self.bounds(node, *number, first, name),
            Kind::Number(_) | Kind::Truth(_) | Kind::Null | Kind::Date => {}
        }
    }

    fn table(&mut self, entries: &[Entry], schema: &'c Value) {
        let none = Map::new();
        let known = schema.get("properties").and_then(Value::as_object).unwrap_or(&none);
        for entry in entries {
            let name = format!("`{}`", entry.key);
            let rest = schema.get("additionalProperties").filter(|rest| rest.is_object());
            let of = schema.get("properties").and_then(|known| known.get(&entry.key)).or(rest);
            match of {
                Some(of) => self.node(&entry.value, of, &name),
                None => {
                    let message = spell::unknown("key", &entry.key, known.keys().map(String::as_str));
                    self.troubles.push(Trouble::error(self.source, entry.key_at, message));
                }
            }
        }
    }

    fn bounds(&mut self, node: &Node, number: i64, schema: &Value, name: &str) {
        let bound = |key: &str| schema.get(key).and_then(Value::as_i64);
        if bound("minimum").is_some_and(|least| number < least)
            || bound("maximum").is_some_and(|most| number > most)
        {
            let least = bound("minimum").unwrap_or(i64::MIN);
            let most = bound("maximum").unwrap_or(i64::MAX);
            let message = format!("{name} must be a whole number from {least} to {most}");
            self.troubles.push(Trouble::error(self.source, node.at, message));
        }
    }
}

/// Words that a branch allows; empty if it allows all.
fn words(branch: &Value) -> Vec<&str> {
    let listed = branch.get("enum").and_then(Value::as_array).into_iter().flatten();
    listed.chain(branch.get("const")).filter_map(Value::as_str).collect()
}

fn fits(branch: &Value, kind: &Kind) -> bool {
    match branch.get("type").and_then(Value::as_str) {
        Some("object") => matches!(kind, Kind::Table(_)),
        Some("array") => matches!(kind, Kind::List(_)),
        Some("string") => matches!(kind, Kind::Text(_)),
        Some("integer") => matches!(kind, Kind::Whole(_)),
        Some("number") => matches!(kind, Kind::Whole(_) | Kind::Number(_)),
        Some("boolean") => matches!(kind, Kind::Truth(_)),
        Some(_) | None => matches!(kind, Kind::Text(_)) && branch.get("const").is_some(),
    }
}

fn noun(branch: &Value) -> &'static str {
    match branch.get("type").and_then(Value::as_str) {
        Some("object") => "a table",
        Some("array") => "a list",
        Some("integer") => "a whole number",
        Some("number") => "a number",
        Some("boolean") => "true or false",
        Some(_) | None => "a string",
    }
}
