//! Findings to Markdown for the summary of a job: a table by rule and level, and a part to unfold
//! for each finding.

use super::markup::{markdown, with_code};
use super::{LEVELS, Rendered, Run, by_weight, fence, page_address, path, plural, text};
use crate::finding::Finding;
use std::collections::BTreeMap;
use std::fmt::Write;

/// What GitHub accepts as the summary of a step, in bytes.
const LARGEST: usize = 1024 * 1024;
/// Room for what is said of a cut.
const RESERVE: usize = 512;

pub fn render(run: &Run) -> Rendered {
    let mut report = head(run);
    let mut remarks = Vec::new();
    let parts: Vec<String> = run.findings.iter().map(|finding| part(finding, run)).collect();
    let kept = fitting(&parts, &by_weight(run.findings), LARGEST.saturating_sub(report.len() + RESERVE));
    for (part, _) in parts.iter().zip(&kept).filter(|(_, kept)| **kept) {
        report.push_str(part);
    }
    let cut = kept.iter().filter(|kept| !**kept).count();
    if cut > 0 {
        let told = format!("{} left out of the Markdown report: it may have 1 MiB", plural(cut, "finding"));
        let _ = writeln!(report, "_{told}._");
        remarks.push(told);
    }
    Rendered { text: report, remarks }
}

/// Which parts go in; those that matter most first, until one does not fit.
fn fitting(parts: &[String], order: &[usize], mut room: usize) -> Vec<bool> {
    let mut kept = vec![false; parts.len()];
    for at in order {
        let Some(left) = parts.get(*at).and_then(|part| room.checked_sub(part.len())) else { break };
        room = left;
        if let Some(kept) = kept.get_mut(*at) {
            *kept = true;
        }
    }
    kept
}

fn head(run: &Run) -> String {
    let closing = text::summary(run);
    let mut head = format!("## toctou-lint\n\n{}\n\n", markdown(closing.trim_end()));
    if !run.findings.is_empty() {
        head.push_str(&table(run));
    }
    for problem in run.problems {
        let path = problem.path.to_string_lossy().replace('\\', "/");
        let line = problem.position.map_or_else(String::new, |at| format!(":{}", at.line));
        let told = markdown(&format!("{path}{line}: {}", problem.message));
        let _ = writeln!(head, "- problem: {told}");
    }
    if !run.problems.is_empty() {
        head.push('\n');
    }
    head
}

/// A row a rule, a column a level.
fn table(run: &Run) -> String {
    let mut rows: BTreeMap<&str, [usize; 3]> = BTreeMap::new();
    for finding in run.findings {
        let counts = rows.entry(&finding.rule).or_default();
        for (count, level) in counts.iter_mut().zip(LEVELS) {
            *count += usize::from(finding.level == level);
        }
    }
    let mut text = String::from("| rule | error | warning | note |\n|---|---:|---:|---:|\n");
    for (rule, [errors, warnings, notes]) in rows {
        let name = format!("<code>{}</code>", markdown(rule));
        let name = match run.rule(rule).and_then(page_address) {
            Some(page) => format!("<a href=\"{page}\">{name}</a>"),
            None => name,
        };
        let _ = writeln!(text, "| {name} | {errors} | {warnings} | {notes} |");
    }
    text.push('\n');
    text
}

/// One finding: a line, and below it, unfolded, what the terminal shows.
fn part(finding: &Finding, run: &Run) -> String {
    let line = run.sources.file(finding.act.span.file).position(finding.act.span.start).line;
    let place = markdown(&format!("{}:{line}", path(run.sources, finding.act.span)));
    let shown = text::plain(finding, run.sources);
    let fence = fence(&shown);
    format!(
        "<details><summary><b>{}</b> <code>{place}</code> {}</summary>\n\n{fence}text\n{}\n{fence}\n\n</details>\n\n",
        finding.level,
        with_code(&finding.message, markdown),
        shown.trim_end(),
    )
}
