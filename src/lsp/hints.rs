//! The window of each finding, shown at its act: as a lens above the line or a hint behind it.

use super::client::Client;
use super::hover;
use super::shown::Shown;
use super::text::Lines;
use crate::finding::{Finding, LabelRole};
use gen_lsp_types::Range;
use serde_json::{Value, json};

/// A lens above each act that shows how the race goes when it is clicked.
pub(super) fn lenses(shown: &Shown, uri: &str, client: &Client) -> Vec<Value> {
    let lines = shown.lines(client.encoding);
    let lens = |finding: &Finding| {
        let range = shown.range(finding.act.span, &lines)?;
        let arguments = json!([{ "uri": uri, "fingerprint": finding.fingerprint }]);
        let command = json!({
            "title": window(finding, shown, &lines)?,
            "command": super::commands::SHOW,
            "arguments": arguments,
        });
        Some(json!({ "range": range, "command": command }))
    };
    shown.findings.iter().filter_map(lens).collect()
}

/// A hint behind the first line of each act in a range.
pub(super) fn hints(shown: &Shown, within: Range, client: &Client) -> Vec<Value> {
    let lines = shown.lines(client.encoding);
    let hint = |finding: &Finding| {
        let range = shown.range(finding.act.span, &lines)?;
        let inside = within.start.line <= range.start.line && range.start.line <= within.end.line;
        let at = gen_lsp_types::Position { line: range.end.line, character: u32::MAX };
        let position = lines.position(lines.offset(at));
        let tooltip = hover::steps(finding, shown).map(|steps| json!({ "kind": "markdown", "value": steps }));
        let label = window(finding, shown, &lines)?;
        inside
            .then(|| json!({ "position": position, "label": label, "paddingLeft": true, "tooltip": tooltip }))
    };
    shown.findings.iter().filter_map(hint).collect()
}

/// `checked in line 4; others get in at line 6`.
fn window(finding: &Finding, shown: &Shown, lines: &Lines<'_>) -> Option<String> {
    let of = |role: LabelRole| {
        let label = finding.labels.iter().find(|label| label.role == role)?;
        if label.span.file == shown.file {
            return Some(format!("line {}", shown.range(label.span, lines)?.start.line + 1));
        }
        let file = shown.sources.file(label.span.file);
        let name = file.path.file_name()?.to_string_lossy();
        Some(format!("{name}:{}", file.position(label.span.start).line))
    };
    match (of(LabelRole::Check), of(LabelRole::Window)) {
        (Some(check), Some(window)) => Some(format!("checked in {check}; others get in at {window}")),
        (Some(check), None) => Some(format!("checked in {check}; others get in before this")),
        (None, Some(window)) => Some(format!("others get in at {window}")),
        (None, None) => Some(format!("`{}`", finding.rule)),
    }
}
