//! Spans to SARIF locations: encoded addresses, and columns in UTF-16 units.

use crate::report::markup::address;
use crate::source::{Sources, Span};
use serde_json::{Value, json};
use std::path::Path;

pub(super) fn location(sources: &Sources, span: Span) -> Value {
    json!({
        "physicalLocation": {
            "artifactLocation": artifact(sources, span),
            "region": region(sources, span),
        }
    })
}

/// A longer piece of code is not repeated in the report.
const LONGEST_CODE: usize = 400;

/// A location with the code that stands there, for readers that have the report alone.
pub(super) fn with_code(sources: &Sources, span: Span) -> Value {
    let mut place = location(sources, span);
    let code = sources.slice(span);
    if !code.is_empty()
        && code.len() <= LONGEST_CODE
        && let Some(region) = place.pointer_mut("/physicalLocation/region")
    {
        super::set(region, "snippet", json!({ "text": code }));
    }
    place
}

pub(super) fn artifact(sources: &Sources, span: Span) -> Value {
    of_path(sources.path(span))
}

/// Relative paths count from the folder of the run; absolute ones are file addresses.
pub(super) fn of_path(path: &Path) -> Value {
    let text = path.to_string_lossy().replace('\\', "/");
    if path.is_absolute() {
        json!({ "uri": format!("file://{}{}", if text.starts_with('/') { "" } else { "/" }, address(&text)) })
    } else {
        json!({ "uri": address(&text), "uriBaseId": "SRCROOT" })
    }
}

pub(super) fn region(sources: &Sources, span: Span) -> Value {
    let (start_line, start_column) = position(sources, span, span.start);
    let (end_line, end_column) = position(sources, span, span.end);
    json!({
        "startLine": start_line,
        "startColumn": start_column,
        "endLine": end_line,
        "endColumn": end_column,
    })
}

/// Line and column from 1; the column in UTF-16 code units.
fn position(sources: &Sources, span: Span, offset: u32) -> (u32, usize) {
    let file = sources.file(span.file);
    let line = file.position(offset).line;
    let start = file.line_range(line).map_or(0, |range| range.start);
    let before = file.text.get(start..offset as usize).unwrap_or_default();
    (line, before.encode_utf16().count() + 1)
}
