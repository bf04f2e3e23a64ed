//! Rule pages to SARIF's descriptions of rules.

use super::{PAGES, level};
use crate::book::rule::Rule;
use crate::book::words::{Level, Precision};
use serde_json::{Value, json};

/// What code hosts accept at most, in characters.
const LONGEST_DESCRIPTION: usize = 1000;

pub(super) fn driver(rules: &[Rule]) -> Value {
    json!({
        "name": "toctou-lint",
        "semanticVersion": env!("CARGO_PKG_VERSION"),
        "informationUri": env!("CARGO_PKG_REPOSITORY"),
        "rules": rules.iter().map(rule).collect::<Vec<_>>(),
    })
}

fn rule(rule: &Rule) -> Value {
    let address = format!("{PAGES}/{}.md", rule.id);
    json!({
        "id": rule.id.as_str(),
        "name": pascal(&rule.id),
        "shortDescription": { "text": sentence(&rule.title) },
        "fullDescription": { "text": sentence(&shorten(first_paragraph(&rule.body, &rule.title))) },
        "helpUri": address,
        "help": { "text": sentence(rule.body.trim()), "markdown": rule.body },
        "defaultConfiguration": { "level": level(rule.level), "enabled": rule.level != Level::Off },
        "properties": properties(rule),
    })
}

fn properties(rule: &Rule) -> Value {
    let mut tags = vec!["security".to_owned(), "concurrency".to_owned()];
    tags.extend(rule.cwe.iter().map(|number| format!("external/cwe/cwe-{number:03}")));
    let mut properties = json!({ "tags": tags, "precision": precision(rule.precision) });
    if let Some(properties) = properties.as_object_mut()
        && rule.score > 0.0
    {
        // A text, not a number: hosts read it so.
        properties.insert("security-severity".to_owned(), json!(format!("{:.1}", rule.score.min(10.0))));
    }
    properties
}

fn precision(precision: Precision) -> &'static str {
    precision.text()
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

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?', ':', '`']) { text.to_owned() } else { format!("{text}.") }
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
