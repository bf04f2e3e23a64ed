//! A place to what is to be read about the findings that it is a part of.

use super::client::Client;
use super::shown::Shown;
use super::text::{Lines, uri_of};
use crate::finding::{Finding, LabelRole};
use crate::report::text::USUAL_WIDTH;
use crate::report::{fence, interleaving};
use gen_lsp_types::{Contents, Hover, MarkupContent, MarkupKind, Position, Range};
use std::fmt::Write;

/// So many letters are as wide as a pane surely is.
const PANE: usize = 52;

/// The findings whose act or check stands there: the other end, who gets in between, and the page.
pub(super) fn hover(shown: &Shown, at: Position, client: &Client) -> Option<Hover> {
    let lines = shown.lines(client.encoding);
    let here: Vec<&Finding> = shown.touching(Range { start: at, end: at }, &lines, true).collect();
    let first = here.first()?;
    let range = shown.range(first.act.span, &lines).filter(|range| holds(*range, at));
    let own = first.labels.iter().filter(|label| label.span.file == shown.file);
    let range = range
        .or_else(|| own.filter_map(|label| shown.range(label.span, &lines)).find(|range| holds(*range, at)));
    let texts: Vec<String> = here.iter().map(|finding| page(finding, shown, &lines, client)).collect();
    let kind = if client.markdown { MarkupKind::Markdown } else { MarkupKind::PlainText };
    let value = texts.join("\n\n---\n\n");
    Some(Hover { contents: Contents::MarkupContent(MarkupContent { kind, value }), range })
}

fn holds(range: Range, at: Position) -> bool {
    let key = |position: Position| (position.line, position.character);
    key(range.start) <= key(at) && key(at) <= key(range.end)
}

fn page(finding: &Finding, shown: &Shown, lines: &Lines<'_>, client: &Client) -> String {
    let mut text = format!("**{}** `{}`\n\n{}\n", finding.level, finding.rule, finding.message);
    for (role, place, what) in ends(finding, shown, lines, client) {
        let _ = write!(text, "\n- **{role}** {place}: {what}");
    }
    if let Some(steps) = steps(finding, shown) {
        let _ = write!(text, "\n\n{steps}");
    }
    for note in &finding.notes {
        let _ = write!(text, "\n\n{note}.");
    }
    if let Some(rule) = shown.rule(finding) {
        let _ = write!(text, "\n\n## {}\n\n{}", rule.title, rule.body.trim());
    }
    text
}

/// Both ends of a finding and what lies between, each with a link to it.
fn ends(
    finding: &Finding,
    shown: &Shown,
    lines: &Lines<'_>,
    client: &Client,
) -> Vec<(&'static str, String, String)> {
    let place = |label: &crate::finding::Label| {
        let (path, range) = if label.span.file == shown.file {
            (shown.path.clone(), shown.range(label.span, lines)?)
        } else {
            shown.elsewhere(label.span, client)
        };
        let line = range.start.line + 1;
        let name = if path == shown.path {
            format!("line {line}")
        } else {
            let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!("{file}:{line}")
        };
        let is_linked = client.markdown && path.is_absolute();
        let place = if is_linked { format!("[{name}]({}#L{line})", uri_of(&path).0) } else { name };
        Some((role(label.role), place, label.text.clone()))
    };
    finding.labels.iter().chain([&finding.act]).filter_map(place).collect()
}

pub(super) fn role(role: LabelRole) -> &'static str {
    match role {
        LabelRole::Check => "check",
        LabelRole::Decision => "decides",
        LabelRole::Window => "window",
        LabelRole::Guard => "guard",
        LabelRole::Effect => "effect",
        LabelRole::Via => "via",
        LabelRole::Act => "act",
    }
}

/// The interleaving a step a line, if there is one: a pane is too narrow for two columns.
pub(super) fn steps(finding: &Finding, shown: &Shown) -> Option<String> {
    let lines = interleaving::lines(&finding.interleaving, &shown.sources, PANE)?;
    let fence = fence(&lines);
    Some(format!("{fence}text\n{lines}\n{fence}"))
}

/// The interleaving side by side, if there is one.
pub(super) fn columns(finding: &Finding, shown: &Shown) -> Option<String> {
    let has_steps = !finding.interleaving.steps.is_empty();
    has_steps.then(|| interleaving::columns(&finding.interleaving, &shown.sources, USUAL_WIDTH))
}
