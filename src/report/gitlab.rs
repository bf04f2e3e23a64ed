//! Findings to GitLab's code quality report.

use super::{Run, first_line, path, sentences};
use crate::book::words::Level;
use crate::finding::Finding;
use serde_json::{Value, json};
use std::collections::HashMap;

pub fn render(run: &Run) -> String {
    let mut seen = HashMap::new();
    let issues: Vec<Value> = run.findings.iter().map(|finding| issue(finding, run, &mut seen)).collect();
    let mut text = serde_json::to_string_pretty(&issues).unwrap_or_default();
    text.push('\n');
    text
}

fn issue<'a>(finding: &'a Finding, run: &Run, seen: &mut HashMap<&'a str, u32>) -> Value {
    let span = first_line(run.sources, finding.act.span);
    let file = run.sources.file(span.file);
    json!({
        "type": "issue",
        "description": sentences(finding),
        "check_name": finding.rule.as_str(),
        "fingerprint": fingerprint(finding, seen),
        "severity": severity(finding.level),
        "categories": ["Security"],
        "location": {
            "path": path(run.sources, span),
            "lines": {
                "begin": file.position(span.start).line,
                "end": file.position(span.end).line,
            },
        },
    })
}

/// GitLab shows one issue a fingerprint, so the second of two alike gets another.
fn fingerprint<'a>(finding: &'a Finding, seen: &mut HashMap<&'a str, u32>) -> String {
    let count = seen.entry(&finding.fingerprint).or_default();
    *count += 1;
    if *count == 1 {
        return finding.fingerprint.clone();
    }
    blake3::hash(format!("{}:{count}", finding.fingerprint).as_bytes()).to_hex()[..32].to_owned()
}

fn severity(level: Level) -> &'static str {
    match level {
        Level::Error => "critical",
        Level::Warning => "major",
        Level::Note | Level::Off => "info",
    }
}
