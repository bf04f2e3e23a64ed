//! Findings to diagnostics, and to reports that say when nothing has changed.

use super::client::Client;
use super::shown::Shown;
use super::text::{Lines, uri_of};
use crate::book::rule::Rule;
use crate::book::words::Level;
use crate::finding::Finding;
use crate::report::page_address;
use gen_lsp_types::{
    Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Location, Message,
    Uri,
};
use serde_json::{Value, json};
use std::path::Path;

/// What a file's findings look like in an editor.
pub(super) fn diagnostics(shown: &Shown, uri: &str, client: &Client) -> Vec<Diagnostic> {
    let lines = shown.lines(client.encoding);
    shown.findings.iter().filter_map(|finding| diagnostic(finding, shown, uri, &lines, client)).collect()
}

/// One finding; `None` if its lines are gone from a text that is being edited.
pub(super) fn diagnostic(
    finding: &Finding,
    shown: &Shown,
    uri: &str,
    lines: &Lines<'_>,
    client: &Client,
) -> Option<Diagnostic> {
    let severity = match finding.level {
        Level::Error => DiagnosticSeverity::Error,
        Level::Warning => DiagnosticSeverity::Warning,
        Level::Note | Level::Off => DiagnosticSeverity::Information,
    };
    let address = shown.rule(finding).and_then(address).filter(|_| client.code_description);
    let data = json!({ "rule": finding.rule.as_str(), "fingerprint": finding.fingerprint });
    Some(Diagnostic {
        range: shown.range(finding.act.span, lines)?,
        severity: Some(severity),
        code: Some(Code::String(finding.rule.to_string())),
        code_description: address.map(|href| CodeDescription { href }),
        source: Some("toctou-lint".to_owned()),
        message: Message::String(finding.message.clone()),
        tags: None,
        related_information: client.related.then(|| related(finding, shown, uri, lines, client)),
        data: client.data.then_some(data),
    })
}

/// Where a rule's page can be read.
pub(super) fn address(rule: &Rule) -> Option<Uri> {
    page_address(rule).map(Uri).or_else(|| {
        let path = std::path::absolute(Path::new(&rule.path)).ok()?;
        path.is_file().then(|| uri_of(&path))
    })
}

/// Check, window and whatever else a finding names, in this file or in others.
fn related(
    finding: &Finding,
    shown: &Shown,
    uri: &str,
    lines: &Lines<'_>,
    client: &Client,
) -> Vec<DiagnosticRelatedInformation> {
    let place = |label: &crate::finding::Label| {
        let location = if label.span.file == shown.file {
            Location { uri: Uri(uri.to_owned()), range: shown.range(label.span, lines)? }
        } else {
            let (path, range) = shown.elsewhere(label.span, client);
            Location { uri: uri_of(&path), range }
        };
        Some(DiagnosticRelatedInformation { location, message: label.text.clone() })
    };
    finding.labels.iter().filter_map(place).collect()
}

/// A report on one file: all its diagnostics, or that they are those of an earlier report.
pub(super) fn report(diagnostics: &[Diagnostic], before: Option<&str>) -> Value {
    let items = json!(diagnostics);
    let hash = blake3::hash(items.to_string().as_bytes()).to_hex();
    let id = hash.get(..16).unwrap_or_default();
    if before == Some(id) {
        return json!({ "kind": "unchanged", "resultId": id });
    }
    json!({ "kind": "full", "resultId": id, "items": items })
}
