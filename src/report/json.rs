//! Findings to our own JSON, whose shape `docs/json.md` describes. A field may come; none goes or
//! changes its meaning without a higher `version`.

use super::{Run, Silenced, SilencedBy, path};
use crate::book::api::Applicability;
use crate::book::words::Level;
use crate::engine::Problem;
use crate::finding::{Edit, Finding, Fix, Label, LabelRole, Turn};
use crate::source::{Position, Sources, Span};
use serde_json::{Value, json};

/// Of the shape, not of the program.
pub const VERSION: u32 = 1;

pub fn render(run: &Run) -> String {
    let mut document = json!({
        "version": VERSION,
        "tool": { "name": "toctou-lint", "version": env!("CARGO_PKG_VERSION") },
        "findings": run.findings.iter().map(|finding| self::finding(finding, run)).collect::<Vec<_>>(),
        "problems": run.problems.iter().map(problem).collect::<Vec<_>>(),
        "summary": {
            "files": run.files,
            "findings": run.findings.len(),
            "levels": {
                "error": run.count(Level::Error),
                "warning": run.count(Level::Warning),
                "note": run.count(Level::Note),
            },
            "hidden": {
                "baseline": run.hidden.by_baseline.unwrap_or_default(),
                "unchanged": run.hidden.unchanged.unwrap_or_default(),
            },
            "omitted": run.omitted,
            "skipped": run.skipped,
        },
    });
    if !run.suppressed.is_empty()
        && let Some(document) = document.as_object_mut()
    {
        let suppressed: Vec<Value> = run.suppressed.iter().map(|one| silenced(one, run)).collect();
        document.insert("suppressed".to_owned(), json!(suppressed));
    }
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// The findings alone, each on a line of its own.
pub fn lines(run: &Run) -> String {
    run.findings.iter().fold(String::new(), |mut text, finding| {
        text.push_str(&self::finding(finding, run).to_string());
        text.push('\n');
        text
    })
}

fn silenced(silenced: &Silenced, run: &Run) -> Value {
    let by = match silenced.by {
        SilencedBy::Comment => "comment",
        SilencedBy::Baseline => "baseline",
    };
    json!({ "by": by, "finding": finding(&silenced.finding, run), "reason": silenced.reason })
}

fn finding(finding: &Finding, run: &Run) -> Value {
    let rule = run.rule(&finding.rule);
    json!({
        "rule": finding.rule.as_str(),
        "title": rule.map(|rule| rule.title.as_str()),
        "level": finding.level.text(),
        "confidence": finding.confidence.text(),
        "message": finding.message,
        "cwe": rule.map_or(&[][..], |rule| &rule.cwe[..]),
        "fingerprint": finding.fingerprint,
        "act": label(&finding.act, run.sources),
        "labels": finding.labels.iter().map(|one| label(one, run.sources)).collect::<Vec<_>>(),
        "interleaving": {
            "actors": finding.interleaving.actors,
            "steps": finding.interleaving.steps.iter().map(|turn| step(turn, run.sources)).collect::<Vec<_>>(),
            "cost": finding.interleaving.cost,
        },
        "notes": finding.notes,
        "fixes": finding.fixes.iter().map(|one| fix(one, run.sources)).collect::<Vec<_>>(),
    })
}

fn label(label: &Label, sources: &Sources) -> Value {
    json!({ "role": role(label.role), "text": label.text, "location": location(label.span, sources) })
}

/// The name of a role.
pub fn role(role: LabelRole) -> &'static str {
    match role {
        LabelRole::Check => "check",
        LabelRole::Decision => "decision",
        LabelRole::Window => "window",
        LabelRole::Guard => "guard",
        LabelRole::Effect => "effect",
        LabelRole::Via => "via",
        LabelRole::Act => "act",
    }
}

fn step(turn: &Turn, sources: &Sources) -> Value {
    let place = turn.span.map(|span| location(span, sources));
    json!({ "actor": turn.actor, "text": turn.text, "location": place })
}

fn location(span: Span, sources: &Sources) -> Value {
    let file = sources.file(span.file);
    json!({
        "path": path(sources, span),
        "start": position(file.position(span.start)),
        "end": position(file.position(span.end)),
        "bytes": [span.start, span.end],
    })
}

fn position(position: Position) -> Value {
    json!({ "line": position.line, "column": position.column })
}

fn fix(fix: &Fix, sources: &Sources) -> Value {
    json!({
        "title": fix.title,
        "applicability": applicability(fix.applicability),
        "note": fix.note,
        "edits": fix.edits.iter().map(|one| edit(one, sources)).collect::<Vec<_>>(),
    })
}

/// The name of a degree of safety.
pub fn applicability(applicability: Applicability) -> &'static str {
    match applicability {
        Applicability::Safe => "safe",
        Applicability::Suggested => "suggested",
        Applicability::Sketch => "sketch",
    }
}

fn edit(edit: &Edit, sources: &Sources) -> Value {
    json!({ "location": location(edit.span, sources), "text": edit.text })
}

fn problem(problem: &Problem) -> Value {
    json!({
        "path": problem.path.to_string_lossy().replace('\\', "/"),
        "start": problem.position.map(position),
        "message": problem.message,
    })
}
