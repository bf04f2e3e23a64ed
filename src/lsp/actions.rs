//! Findings to what can be done about them: rewrites, comments that silence, a look at the race.

use super::client::{Client, Settings};
use super::commands;
use super::diagnostics::diagnostic;
use super::shown::Shown;
use super::text::Lines;
use crate::book::api::Applicability;
use crate::finding::{Edit, Finding, Fix};
use crate::rewrite::{self, ended_as};
use crate::source::Span;
use crate::suppress::add;
use gen_lsp_types::Range;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// The kind under which all safe rewrites of a file are applied at once.
pub(super) const FIX_ALL: &str = "source.fixAll.toctou-lint";
const QUICK_FIX: &str = "quickfix";

/// What an action does, as it is carried to the editor and back.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase", tag = "do")]
pub(super) enum Deed {
    /// The rewrite of this number.
    Fix {
        fingerprint: String,
        number: usize,
    },
    Ignore {
        fingerprint: String,
    },
    IgnoreInFile {
        fingerprint: String,
    },
    FixAll,
}

/// A deed and the text that it was thought out for.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Plan {
    pub(super) uri: String,
    pub(super) version: Option<i32>,
    #[serde(flatten)]
    pub(super) deed: Deed,
}

/// An action before it is written as the editor can read it.
struct Offer<'f> {
    title: String,
    kind: &'static str,
    finding: Option<&'f Finding>,
    is_preferred: bool,
    does: Does,
}

enum Does {
    Edit(Deed),
    Command(&'static str, Value),
}

/// Everything on offer for the findings in a range. `only` are the kinds that are asked for.
pub(super) fn actions(
    shown: &Shown,
    uri: &str,
    at: Range,
    only: Option<&[String]>,
    client: &Client,
    settings: &Settings,
) -> Vec<Value> {
    let wanted = |kind: &str| {
        only.is_none_or(|only| {
            only.iter().any(|one| one.is_empty() || kind == one || kind.starts_with(&format!("{one}.")))
        })
    };
    let lines = shown.lines(client.encoding);
    let mut offers: Vec<Offer> = Vec::new();
    if wanted(QUICK_FIX) {
        let here: Vec<&Finding> = shown.touching(at, &lines, false).collect();
        here.iter().for_each(|finding| offers.extend(fixes(finding, shown)));
        here.iter().for_each(|finding| offers.extend(others(finding, shown, uri)));
    }
    // What changes a whole file is offered where it is asked for, not at each place of it.
    if wanted(FIX_ALL) && (only.is_some() || !offers.is_empty()) && has_safe(shown) {
        offers.push(Offer {
            title: "Apply all safe rewrites in this file".to_owned(),
            kind: FIX_ALL,
            finding: None,
            is_preferred: false,
            does: Does::Edit(Deed::FixAll),
        });
    }
    let written = offers.into_iter().filter_map(|offer| write(offer, shown, uri, &lines, client, settings));
    written.collect()
}

fn fixes<'f>(finding: &'f Finding, shown: &Shown) -> Vec<Offer<'f>> {
    let mut has_preferred = false;
    let usable = finding.fixes.iter().enumerate().filter(|(_, fix)| is_usable(fix, shown));
    usable
        .map(|(number, fix)| {
            let title = match &fix.note {
                Some(note) => format!("{} ({note})", fix.title),
                None => fix.title.clone(),
            };
            let is_preferred = fix.applicability == Applicability::Safe && !has_preferred;
            has_preferred |= is_preferred;
            let deed = Deed::Fix { fingerprint: finding.fingerprint.clone(), number };
            Offer { title, kind: QUICK_FIX, finding: Some(finding), is_preferred, does: Does::Edit(deed) }
        })
        .collect()
}

fn is_usable(fix: &Fix, shown: &Shown) -> bool {
    fix.applicability <= Applicability::Suggested
        && !fix.edits.is_empty()
        && fix.edits.iter().all(|edit| edit.span.file == shown.file && shown.unchanged(edit.span).is_some())
}

fn others<'f>(finding: &'f Finding, shown: &Shown, uri: &str) -> Vec<Offer<'f>> {
    let rule = &finding.rule;
    let fingerprint = finding.fingerprint.clone();
    let offer = |title: String, does: Does| Offer {
        title,
        kind: QUICK_FIX,
        finding: Some(finding),
        is_preferred: false,
        does,
    };
    let mut offers = vec![
        offer(
            format!("Silence `{rule}` here, with a reason"),
            Does::Edit(Deed::Ignore { fingerprint: fingerprint.clone() }),
        ),
        offer(
            format!("Silence `{rule}` in this file, with a reason"),
            Does::Edit(Deed::IgnoreInFile { fingerprint: fingerprint.clone() }),
        ),
    ];
    if !finding.interleaving.steps.is_empty() {
        let arguments = json!([{ "uri": uri, "fingerprint": fingerprint }]);
        offers.push(offer("Show how the race goes".to_owned(), Does::Command(commands::SHOW, arguments)));
    }
    if shown.rule(finding).is_some() {
        let arguments = json!([{ "uri": uri, "rule": rule.as_str() }]);
        offers.push(offer(format!("Explain `{rule}`"), Does::Command(commands::EXPLAIN, arguments)));
    }
    offers
}

fn has_safe(shown: &Shown) -> bool {
    let safe = |finding: &Finding| rewrite::applicable(finding, Applicability::Safe).is_some();
    shown.findings.iter().any(safe)
}

/// An offer as the editor can read it; `None` if it has nothing to do after all.
fn write(
    offer: Offer<'_>,
    shown: &Shown,
    uri: &str,
    lines: &Lines<'_>,
    client: &Client,
    settings: &Settings,
) -> Option<Value> {
    let Offer { title, kind, finding, is_preferred, does } = offer;
    let plan = |deed: Deed| Plan { uri: uri.to_owned(), version: shown.version, deed };
    if !client.literals {
        // Such an editor knows commands alone; the edit is sent to it once one is chosen.
        let (command, arguments) = match does {
            Does::Edit(deed) => (commands::APPLY, json!([plan(deed)])),
            Does::Command(command, arguments) => (command, arguments),
        };
        return Some(json!({ "title": title, "command": command, "arguments": arguments }));
    }
    let mut action = json!({ "title": title, "kind": kind });
    if let Some(finding) = finding {
        action["diagnostics"] = json!([diagnostic(finding, shown, uri, lines, client)?]);
    }
    if client.is_preferred && is_preferred {
        action["isPreferred"] = json!(true);
    }
    match does {
        Does::Command(command, arguments) => {
            action["command"] = json!({ "title": title, "command": command, "arguments": arguments });
        }
        Does::Edit(deed) if client.resolves => action["data"] = json!(plan(deed)),
        Does::Edit(deed) => action["edit"] = workspace_edit(&plan(deed), shown, client, settings)?,
    }
    Some(action)
}

/// What an editor has to change; `None` if the text is another one by now.
pub(super) fn workspace_edit(
    plan: &Plan,
    shown: &Shown,
    client: &Client,
    settings: &Settings,
) -> Option<Value> {
    if plan.version != shown.version {
        return None;
    }
    let finding = |fingerprint: &str| shown.findings.iter().find(|one| one.fingerprint == fingerprint);
    let reason = settings.ignore_reason.as_str();
    let mut doubt: Option<(String, Option<String>)> = None;
    let edits: Vec<Edit> = match &plan.deed {
        Deed::Fix { fingerprint, number } => {
            let fix = finding(fingerprint)?.fixes.get(*number)?;
            if fix.applicability > Applicability::Safe {
                doubt = Some((fix.title.clone(), fix.note.clone()));
            }
            fix.edits.clone()
        }
        Deed::Ignore { fingerprint } => {
            let finding = finding(fingerprint)?.clone();
            add::edits(&[finding], &shown.sources, reason).remove(&shown.file)?
        }
        Deed::IgnoreInFile { fingerprint } => vec![in_file(finding(fingerprint)?, shown, reason)],
        Deed::FixAll => {
            let (mut chosen, _) = rewrite::chosen(&shown.findings, Applicability::Safe);
            let edits = chosen.remove(&shown.file)?;
            edits.into_iter().filter(|edit| shown.unchanged(edit.span).is_some()).cloned().collect()
        }
    };
    let lines = shown.lines(client.encoding);
    let edit = |edit: &Edit| {
        let place = shown.unchanged(edit.span)?;
        let text = ended_as(&shown.source().text, &edit.text);
        Some(json!({ "range": lines.range(place.start, place.end), "newText": text }))
    };
    let edits: Option<Vec<Value>> = edits.iter().map(edit).collect();
    let edits = edits.filter(|edits| !edits.is_empty())?;
    Some(as_workspace_edit(&plan.uri, shown.version, edits, doubt, client))
}

/// The comment that silences a rule in a whole file: above all else but what must come first.
fn in_file(finding: &Finding, shown: &Shown, reason: &str) -> Edit {
    let text = shown.source().text.as_str();
    let mut at = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    let rest = text.get(at..).unwrap_or_default();
    let is_script = rest.starts_with("#!") && !rest.starts_with("#![");
    if is_script {
        at += rest.find('\n').map_or(rest.len(), |end| end + 1);
    }
    let text = format!("// toctou-lint: ignore-file[{}] -- {}\n", finding.rule, reason.trim());
    Edit { span: Span::new(shown.file, at, at), text }
}

fn as_workspace_edit(
    uri: &str,
    version: Option<i32>,
    mut edits: Vec<Value>,
    doubt: Option<(String, Option<String>)>,
    client: &Client,
) -> Value {
    if !client.document_changes {
        return json!({ "changes": { uri: edits } });
    }
    let mut annotations = json!({});
    if let Some((label, note)) = doubt.filter(|_| client.annotations) {
        edits.iter_mut().for_each(|edit| edit["annotationId"] = json!("suggested"));
        annotations["suggested"] = json!({ "label": label, "needsConfirmation": true });
        if let Some(note) = note {
            annotations["suggested"]["description"] = json!(note);
        }
    }
    let document = json!({ "uri": uri, "version": version });
    let mut edit = json!({ "documentChanges": [{ "textDocument": document, "edits": edits }] });
    if annotations != json!({}) {
        edit["changeAnnotations"] = annotations;
    }
    edit
}
