//! Rule pages to SARIF's descriptions of rules.

use super::{level, sentence, set};
use crate::book::rule::Rule;
use crate::book::words::{Level, Status};
use crate::report::page_address;
use serde_json::{Value, json};

/// What code hosts accept at most, in characters.
const LONGEST_DESCRIPTION: usize = 1000;
/// What code hosts keep of the tags of a rule.
const MOST_TAGS: usize = 10;

pub(super) fn driver(rules: &[Rule]) -> Value {
    json!({
        "name": "toctou-lint",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules.iter().map(rule).collect::<Vec<_>>(),
    })
}

fn rule(rule: &Rule) -> Value {
    let mut told = json!({
        "id": rule.id.as_str(),
        "name": pascal(&rule.id),
        "shortDescription": { "text": sentence(&rule.title) },
        "fullDescription": { "text": sentence(&shorten(first_paragraph(&rule.body, &rule.title))) },
        "help": { "text": sentence(rule.body.trim()), "markdown": rule.body },
        "defaultConfiguration": { "level": level(rule.level), "enabled": rule.level != Level::Off },
        "properties": properties(rule),
    });
    if let Some(address) = page_address(rule) {
        set(&mut told, "helpUri", json!(address));
    }
    told
}

/// A rule with a score is about security; hosts sort the others by `problem.severity`.
fn properties(rule: &Rule) -> Value {
    let mut tags = vec!["concurrency".to_owned()];
    if rule.score > 0.0 {
        tags.push("security".to_owned());
    }
    tags.extend(rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")));
    if rule.status != Status::Stable {
        tags.push(rule.status.text().to_owned());
    }
    tags.truncate(MOST_TAGS);
    let mut properties = json!({ "tags": tags, "precision": rule.precision.text() });
    if rule.score > 0.0 {
        // A text, not a number: hosts read it so.
        set(&mut properties, "security-severity", json!(format!("{:.1}", rule.score.min(10.0))));
    }
    let severity = match rule.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note | Level::Off => "recommendation",
    };
    set(&mut properties, "problem.severity", json!(severity));
    properties
}

/// The first paragraph of a page that is neither heading nor code.
fn first_paragraph<'a>(body: &'a str, title: &'a str) -> &'a str {
    let mut paragraphs = body.split("\n\n").map(str::trim);
    paragraphs.find(|text| !text.is_empty() && !text.starts_with(['#', '`'])).unwrap_or(title)
}

fn shorten(text: &str) -> String {
    let text = text.replace('\n', " ");
    if text.chars().count() <= LONGEST_DESCRIPTION {
        return text;
    }
    text.chars().take(LONGEST_DESCRIPTION - 1).chain(['…']).collect()
}

/// `fs-check-then-create` is `FsCheckThenCreate`.
fn pascal(id: &str) -> String {
    id.split('-')
        .flat_map(|word| {
            let mut letters = word.chars();
            letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect::<Vec<_>>()
        })
        .collect()
}
