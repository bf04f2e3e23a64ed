//! A configuration as a tree that remembers where each part of it stands, whether TOML or JSON.

use super::trouble::Place;
use serde_json::Value;
use toml::de::{DeTable, DeValue};

/// One value and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Node {
    pub at: Place,
    pub kind: Kind,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    Table(Vec<Entry>),
    List(Vec<Node>),
    Text(String),
    /// As large as a whole number can be written.
    Whole(i64),
    /// A number with a fraction, or one that is too large.
    Number(f64),
    Truth(bool),
    Null,
    Date,
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    pub key: String,
    pub key_at: Place,
    pub value: Node,
}

/// A step from a node to one inside it.
#[derive(Clone, Copy, Debug)]
pub enum Step<'s> {
    Key(&'s str),
    Item(usize),
}

impl Kind {
    /// What it is, with its article.
    pub fn noun(&self) -> &'static str {
        match self {
            Kind::Table(_) => "a table",
            Kind::List(_) => "a list",
            Kind::Text(_) => "a string",
            Kind::Whole(_) => "a whole number",
            Kind::Number(_) => "a number",
            Kind::Truth(_) => "true or false",
            Kind::Null => "null",
            Kind::Date => "a date",
        }
    }
}

impl Node {
    /// The entry of a table.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        match &self.kind {
            Kind::Table(entries) => entries.iter().find(|entry| entry.key == key),
            _ => None,
        }
    }

    /// The node at the end of a way.
    pub fn find(&self, way: &[Step<'_>]) -> Option<&Node> {
        let Some((step, rest)) = way.split_first() else { return Some(self) };
        let next = match (step, &self.kind) {
            (Step::Key(key), _) => &self.entry(key)?.value,
            (Step::Item(at), Kind::List(items)) => items.get(*at)?,
            (Step::Item(_), _) => return None,
        };
        next.find(rest)
    }

    /// Where the key at the end of a way stands; the value if it ends in an item.
    pub fn place(&self, way: &[Step<'_>]) -> Place {
        let found = match way.split_last() {
            Some((Step::Key(key), before)) => {
                self.find(before).and_then(|node| node.entry(key)).map(|entry| entry.key_at)
            }
            _ => self.find(way).map(|node| node.at),
        };
        found.unwrap_or(self.at)
    }

    /// Without places, as serde reads it.
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Table(entries) => {
                entries.iter().map(|entry| (entry.key.clone(), entry.value.value())).collect()
            }
            Kind::List(items) => items.iter().map(Node::value).collect(),
            Kind::Text(text) => Value::from(text.as_str()),
            Kind::Whole(number) => Value::from(*number),
            Kind::Number(number) => Value::from(*number),
            Kind::Truth(truth) => Value::from(*truth),
            Kind::Null | Kind::Date => Value::Null,
        }
    }
}

/// Reads TOML; what is wrong with it, and where, otherwise.
pub fn from_toml(text: &str) -> Result<Node, (Place, String)> {
    match DeTable::parse(text) {
        Ok(table) => {
            let at = table.span().into();
            Ok(Node { at, kind: table_kind(table.get_ref()) })
        }
        Err(error) => {
            let at = error.span().map_or(Place::default(), Place::from);
            Err((at, error.message().lines().collect::<Vec<_>>().join("; ")))
        }
    }
}

fn table_kind(table: &DeTable<'_>) -> Kind {
    let mut entries: Vec<Entry> = table
        .iter()
        .map(|(key, value)| Entry {
            key: key.get_ref().to_string(),
            key_at: key.span().into(),
            value: Node { at: value.span().into(), kind: kind(value.get_ref()) },
        })
        .collect();
    // As written, not as the map sorts them.
    entries.sort_by_key(|entry| entry.key_at);
    Kind::Table(entries)
}

fn kind(value: &DeValue<'_>) -> Kind {
    match value {
        DeValue::String(text) => Kind::Text(text.to_string()),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            match i64::from_str_radix(&digits, number.radix()) {
                Ok(number) => Kind::Whole(number),
                Err(_) => Kind::Number(f64::INFINITY),
            }
        }
        DeValue::Float(number) => Kind::Number(number.as_str().replace('_', "").parse().unwrap_or(f64::NAN)),
        DeValue::Boolean(truth) => Kind::Truth(*truth),
        DeValue::Datetime(_) => Kind::Date,
        DeValue::Array(items) => {
            let node = |item: &toml::Spanned<DeValue<'_>>| Node {
                at: item.span().into(),
                kind: kind(item.get_ref()),
            };
            Kind::List(items.iter().map(node).collect())
        }
        DeValue::Table(table) => table_kind(table),
    }
}
