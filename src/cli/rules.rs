//! The list of rules, for people and for programs.

use super::arguments::{ListFormat, RulesArguments};
use super::{Exit, analysis, output};
use crate::book::rule::Rule;
use crate::book::words::Status;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::Path;

pub(crate) fn run(arguments: &RulesArguments) -> Result<Exit, String> {
    let (book, intact) = analysis::book(Path::new("."), &arguments.config)?;
    let text = match arguments.format {
        ListFormat::Text => text(&book.rules),
        ListFormat::Json => json(&book.rules),
    };
    output::print(&text)?;
    Ok(if intact { Exit::Clean } else { Exit::Failed })
}

fn text(rules: &[Rule]) -> String {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    rules.iter().fold(String::new(), |mut text, rule| {
        let status = match rule.status {
            Status::Stable => String::new(),
            status => format!(" ({})", status.text()),
        };
        let _ = writeln!(text, "{:width$}  {:7}  {}{status}", rule.id, rule.level.text(), rule.title);
        text
    })
}

fn json(rules: &[Rule]) -> String {
    let rules: Vec<Value> = rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id.as_str(),
                "title": rule.title,
                "level": rule.level.text(),
                "status": rule.status.text(),
                "precision": rule.precision.text(),
                "score": (f64::from(rule.score) * 10.0).round() / 10.0,
                "cwe": rule.cwe,
                "former": rule.former.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
                "refines": rule.refines.iter().map(|name| name.as_str()).collect::<Vec<_>>(),
                "page": rule.path,
            })
        })
        .collect();
    let document = json!({ "version": crate::report::json::VERSION, "rules": rules });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
