//! Findings to Reviewdog Diagnostic Format, with places that matter and rewrites as suggestions.

use super::{Run, first_line, page_address, path, replacement, sentences};
use crate::book::words::Level;
use crate::finding::{Finding, Label};
use crate::source::{SourceFile, Span};
use serde_json::{Value, json};

pub fn render(run: &Run) -> String {
    let document = json!({
        "source": { "name": "toctou-lint", "url": env!("CARGO_PKG_REPOSITORY") },
        "diagnostics": run.findings.iter().map(|finding| diagnostic(finding, run)).collect::<Vec<_>>(),
    });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

fn diagnostic(finding: &Finding, run: &Run) -> Value {
    let edits = finding.fixes.iter().filter_map(|fix| replacement(fix, run.sources));
    let suggestions: Vec<Value> = edits
        .map(|edit| json!({ "range": range(run.sources.file(edit.span.file), edit.span), "text": edit.text }))
        .collect();
    let related: Vec<Value> = finding.labels.iter().map(|label| related(label, run)).collect();
    let code = json!({
        "value": finding.rule.as_str(),
        "url": run.rule(&finding.rule).and_then(page_address).unwrap_or_default(),
    });
    json!({
        "message": sentences(finding),
        "location": location(finding.act.span, run),
        "severity": severity(finding.level),
        "code": code,
        "suggestions": suggestions,
        "related_locations": related,
    })
}

fn related(label: &Label, run: &Run) -> Value {
    let message = format!("{}: {}", super::json::role(label.role), label.text);
    json!({ "message": message, "location": location(label.span, run) })
}

fn location(span: Span, run: &Run) -> Value {
    let span = first_line(run.sources, span);
    json!({ "path": path(run.sources, span), "range": range(run.sources.file(span.file), span) })
}

fn range(file: &SourceFile, span: Span) -> Value {
    json!({ "start": position(file, span.start), "end": position(file, span.end) })
}

/// Both count from 1, and the column counts bytes.
fn position(file: &SourceFile, offset: u32) -> Value {
    let line = file.position(offset).line;
    let start = file.line_range(line).map_or(0, |range| range.start);
    json!({ "line": line, "column": (offset as usize).saturating_sub(start) + 1 })
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "ERROR",
        Level::Warning => "WARNING",
        Level::Note | Level::Off => "INFO",
    }
}
