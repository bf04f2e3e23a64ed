//! Turns a Prisma schema into its models: names, columns and keys.

use super::UniqueKey;
use crate::program::Name;

#[derive(Debug, Default)]
pub(super) struct Model {
    pub name: Name,
    /// `@@map`.
    pub mapped: Option<Name>,
    /// With the name that `@map` gives.
    pub columns: Vec<(Name, Option<Name>)>,
    pub unique: Vec<UniqueKey>,
}

pub(super) fn models(text: &str) -> Vec<Model> {
    let mut models = Vec::new();
    let mut current: Option<Model> = None;
    for line in lines(text) {
        let line = line.trim();
        if let Some(model) = &mut current {
            if line.starts_with('}') {
                models.extend(current.take());
            } else {
                entry(model, line);
            }
        } else if let Some(name) = line.strip_prefix("model ").and_then(|rest| rest.strip_suffix('{')) {
            current = Some(Model { name: name.trim().into(), ..Model::default() });
        }
    }
    models
}

/// Lines without comments, those within parentheses joined.
fn lines(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut depth = 0usize;
    for line in text.lines() {
        let continues = depth > 0;
        let mut quoted = false;
        let mut end = line.len();
        for (at, c) in line.char_indices() {
            match c {
                '"' => quoted = !quoted,
                '/' if !quoted && line[at..].starts_with("//") => {
                    end = at;
                    break;
                }
                '(' if !quoted => depth += 1,
                ')' if !quoted => depth = depth.saturating_sub(1),
                // A parenthesis left open does not swallow the rest of the file.
                '{' | '}' if !quoted && line.trim().len() <= at + 1 => depth = 0,
                _ => {}
            }
        }
        let line = line.get(..end).unwrap_or(line);
        match lines.last_mut() {
            Some(last) if continues => {
                last.push(' ');
                last.push_str(line);
            }
            _ => lines.push(line.to_string()),
        }
    }
    lines
}

fn entry(model: &mut Model, line: &str) {
    let key = |columns: Vec<Name>, primary| UniqueKey { columns, partial: false, primary, name: None };
    if let Some(rest) = line.strip_prefix("@@") {
        if let Some(rest) = rest.strip_prefix("map(") {
            model.mapped = quoted(rest);
        } else if let Some(rest) = rest.strip_prefix("unique(") {
            model.unique.push(key(listed(rest), false));
        } else if let Some(rest) = rest.strip_prefix("id(") {
            model.unique.push(key(listed(rest), true));
        }
        return;
    }
    let mut words = line.split_whitespace();
    let (Some(column), Some(_)) = (words.next(), words.next()) else { return };
    if !column.starts_with(char::is_alphabetic) {
        return;
    }
    let mapped = line.split_once("@map(").and_then(|(_, rest)| quoted(rest));
    model.columns.push((column.into(), mapped));
    let has = |attribute: &str| {
        line.match_indices(attribute)
            .any(|(at, _)| !line[at + attribute.len()..].starts_with(char::is_alphanumeric))
    };
    if has("@id") || has("@unique") {
        model.unique.push(key(vec![column.into()], has("@id")));
    }
}

/// The first string.
fn quoted(text: &str) -> Option<Name> {
    let (_, rest) = text.split_once('"')?;
    Some(rest.split_once('"')?.0.into())
}

/// The names between brackets; `name(sort: Desc)` is `name`.
fn listed(text: &str) -> Vec<Name> {
    let inner =
        text.split_once('[').and_then(|(_, rest)| rest.split_once(']')).map_or("", |(inner, _)| inner);
    let names = inner.split(',').map(|part| part.split('(').next().unwrap_or_default().trim());
    names.filter(|name| name.starts_with(char::is_alphabetic)).map(Name::from).collect()
}
