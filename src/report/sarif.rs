//! Findings to SARIF 2.1.0 as code hosts and editors read it: the act on one line, check and window
//! as related locations, the interleaving as a code flow of two threads.

mod hash;
mod limits;
mod place;
mod rules;

use super::{Rendered, Run, SilencedBy, first_line, plural};
use crate::book::api::Applicability;
use crate::book::words::Level;
use crate::engine::Problem;
use crate::finding::{Finding, Fix, Label, Turn};
use crate::source::{FileId, Span};
use place::{artifact, location, region};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";
/// Of several runs over one commit, the one that no category tells apart.
const CATEGORY: &str = "toctou-lint";

pub fn render(run: &Run) -> Rendered {
    limits::keep(rows(run), |results, remarks| {
        let mut text = serde_json::to_string_pretty(&document(run, results, remarks)).unwrap_or_default();
        text.push('\n');
        text
    })
}

/// All results, and how much each matters.
fn rows(run: &Run) -> Vec<limits::Row> {
    let hashes = line_hashes(run);
    let row = |finding: &Finding, is_open: bool| limits::Row {
        weight: (is_open, finding.level, finding.confidence),
        result: result(finding, run, &hashes),
    };
    let mut rows: Vec<limits::Row> = run.findings.iter().map(|finding| row(finding, true)).collect();
    if run.hidden.by_baseline.is_some() {
        rows.iter_mut().for_each(|row| set(&mut row.result, "baselineState", json!("new")));
    }
    if run.suppressed.is_empty() {
        return rows;
    }
    // Once one result tells of suppressions, all must.
    for row in &mut rows {
        set(&mut row.result, "suppressions", json!([]));
    }
    for silenced in run.suppressed {
        let mut row = row(&silenced.finding, false);
        let mut suppression = match silenced.by {
            SilencedBy::Comment => json!({ "kind": "inSource" }),
            SilencedBy::Baseline => json!({ "kind": "external", "status": "accepted" }),
        };
        if run.hidden.by_baseline.is_some() {
            set(&mut row.result, "baselineState", json!(state(silenced.by)));
        }
        if let Some(reason) = &silenced.reason {
            set(&mut suppression, "justification", json!(reason));
        }
        set(&mut row.result, "suppressions", json!([suppression]));
        rows.push(row);
    }
    rows
}

/// What a comment silences is no part of the baseline.
fn state(by: SilencedBy) -> &'static str {
    match by {
        SilencedBy::Comment => "new",
        SilencedBy::Baseline => "unchanged",
    }
}

fn document(run: &Run, results: &[&Value], remarks: &[String]) -> Value {
    let category = run.category.map_or(CATEGORY, |category| category.trim_end_matches('/'));
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": rules::driver(run.rules) },
            // Without a number behind the slash the id is the category alone.
            "automationDetails": { "id": format!("{category}/") },
            "columnKind": "utf16CodeUnits",
            "originalUriBaseIds": {
                "SRCROOT": { "description": { "text": "The folder that the run started in." } }
            },
            "invocations": [{
                "executionSuccessful": run.succeeded,
                "toolExecutionNotifications": notifications(run, remarks),
            }],
            "results": results,
        }],
    })
}

/// Adds a field to an object.
fn set(object: &mut Value, name: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(name.to_owned(), value);
    }
}

/// What was not, or not wholly, analysed or reported.
fn notifications(run: &Run, remarks: &[String]) -> Vec<Value> {
    let told = |level: &str, text: &str| json!({ "level": level, "message": { "text": sentence(text) } });
    let mut all: Vec<Value> = run.problems.iter().map(notification).collect();
    let skipped = run.skipped.iter().map(|(reason, count)| format!("left out: {count} {reason}"));
    all.extend(skipped.map(|text| told("note", &text)));
    if run.omitted > 0 {
        let text = format!("{} left out: only so many were asked for", plural(run.omitted, "finding"));
        all.push(told("warning", &text));
    }
    all.extend(remarks.iter().map(|text| told("warning", text)));
    all
}

/// Ends as sentences do.
fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?', ':', '`']) { text.to_owned() } else { format!("{text}.") }
}

fn level(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "note",
        Level::Off => "none",
    }
}

/// The hash of every line of the files that have findings.
fn line_hashes(run: &Run) -> BTreeMap<FileId, Vec<String>> {
    let mut hashes = BTreeMap::new();
    let silenced = run.suppressed.iter().map(|silenced| &silenced.finding);
    for finding in run.findings.iter().chain(silenced) {
        let file = finding.act.span.file;
        hashes.entry(file).or_insert_with(|| hash::lines(&run.sources.file(file).text));
    }
    hashes
}

fn result(finding: &Finding, run: &Run, hashes: &BTreeMap<FileId, Vec<String>>) -> Value {
    let act = first_line(run.sources, finding.act.span);
    let line = run.sources.file(act.file).position(act.start).line;
    let mut fingerprints = Map::new();
    fingerprints.insert("toctouLint/v1".to_owned(), json!(finding.fingerprint));
    if let Some(hash) = hashes.get(&act.file).and_then(|lines| lines.get(line as usize - 1)) {
        fingerprints.insert("primaryLocationLineHash".to_owned(), json!(hash));
    }
    let mut result = json!({
        "ruleId": finding.rule.as_str(),
        "level": level(finding.level),
        "message": { "text": message(finding) },
        "locations": [place::with_code(run.sources, act)],
        "relatedLocations": related(finding, run),
        "codeFlows": code_flows(finding, run),
        "partialFingerprints": fingerprints,
        "properties": { "confidence": finding.confidence.text(), "notes": finding.notes },
    });
    let index = run.rules.iter().position(|rule| rule.id == finding.rule);
    let fixes: Vec<Value> = finding.fixes.iter().filter_map(|one| fix(one, run)).collect();
    if let Some(index) = index {
        set(&mut result, "ruleIndex", json!(index));
    }
    if !fixes.is_empty() {
        set(&mut result, "fixes", json!(fixes));
    }
    result
}

/// The sentence, then links to the related places: hosts show those only where the text links them.
fn message(finding: &Finding) -> String {
    // A bracket followed by a parenthesis would be a link.
    let mut text = finding.message.replace("](", "] (");
    text.push('.');
    for (at, label) in finding.labels.iter().enumerate() {
        let words = label.text.replace(['[', ']'], "");
        text.push_str(&format!(" [{}: {words}]({}).", super::json::role(label.role), at + 1));
    }
    if !finding.interleaving.cost.is_empty() {
        text.push_str(&format!(" Cost: {}.", finding.interleaving.cost.replace("](", "] (")));
    }
    text
}

fn related(finding: &Finding, run: &Run) -> Vec<Value> {
    let one = |(at, label): (usize, &Label)| {
        let mut place = place::with_code(run.sources, first_line(run.sources, label.span));
        set(&mut place, "id", json!(at + 1));
        set(&mut place, "message", json!({ "text": label.text }));
        place
    };
    finding.labels.iter().enumerate().map(one).collect()
}

/// Two threads, one an actor, whose steps are numbered through both in the order of time.
fn code_flows(finding: &Finding, run: &Run) -> Value {
    let told = &finding.interleaving;
    let turns: Vec<Turn> = if told.steps.is_empty() { from_labels(finding) } else { told.steps.clone() };
    let mut threads: [Vec<Value>; 2] = [Vec::new(), Vec::new()];
    for (order, turn) in turns.iter().enumerate() {
        let span = first_line(run.sources, turn.span.unwrap_or(finding.act.span));
        let mut place = location(run.sources, span);
        set(&mut place, "message", json!({ "text": turn.text }));
        let step = json!({ "location": place, "executionOrder": order + 1, "importance": "essential" });
        if let Some(thread) = threads.get_mut(usize::from(turn.actor)) {
            thread.push(step);
        }
    }
    let flows = threads.into_iter().zip(&told.actors).enumerate().filter(|(_, (steps, _))| !steps.is_empty());
    let flows: Vec<Value> = flows
        .map(|(at, (steps, actor))| json!({ "id": format!("{}: {actor}", at + 1), "locations": steps }))
        .collect();
    let cost = if told.cost.is_empty() { "two runs of this code, interleaved" } else { told.cost.as_str() };
    json!([{ "message": { "text": cost }, "threadFlows": flows }])
}

fn from_labels(finding: &Finding) -> Vec<Turn> {
    let labels = finding.labels.iter().chain([&finding.act]);
    labels.map(|one| Turn { actor: 0, text: one.text.clone(), span: Some(one.span) }).collect()
}

/// A rewrite that may be applied; readers would offer to apply a sketch too.
fn fix(fix: &Fix, run: &Run) -> Option<Value> {
    if fix.applicability > Applicability::Suggested {
        return None;
    }
    let file = fix.edits.first()?.span.file;
    let replacements: Vec<Value> = fix
        .edits
        .iter()
        .map(|edit| json!({ "deletedRegion": region(run.sources, edit.span), "insertedContent": { "text": edit.text } }))
        .collect();
    let words = match &fix.note {
        Some(note) => format!("{} ({note})", fix.title),
        None => fix.title.clone(),
    };
    Some(json!({
        "description": { "text": words },
        "artifactChanges": [{
            "artifactLocation": artifact(run.sources, Span::new(file, 0, 0)),
            "replacements": replacements,
        }],
    }))
}

fn notification(problem: &Problem) -> Value {
    let mut place = json!({ "artifactLocation": place::of_path(&problem.path) });
    if let Some(position) = problem.position {
        let region = json!({ "startLine": position.line, "startColumn": position.column });
        set(&mut place, "region", region);
    }
    json!({
        "level": "warning",
        "message": { "text": sentence(&problem.message) },
        "locations": [{ "physicalLocation": place }],
    })
}
