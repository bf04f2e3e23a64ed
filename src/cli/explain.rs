//! `explain`: a rule's page, or why a line was flagged and why not.

use super::arguments::ExplainArguments;
use super::{Exit, analysis, output, selection};
use crate::book::Book;
use crate::discover::{self, Ignoring};
use crate::finding::Finding;
use crate::report::text::{self, Detail};
use crate::source::Sources;
use crate::suppress;
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub(crate) fn run(arguments: &ExplainArguments) -> Result<Exit, String> {
    match place(&arguments.what) {
        Some((path, line)) => explain_place(&path, line),
        None => explain_rule(&arguments.what),
    }
}

/// `FILE:LINE` or `FILE:LINE:COLUMN`.
fn place(text: &str) -> Option<(PathBuf, u32)> {
    let (before, last) = text.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    if let Some((path, line)) = before.rsplit_once(':')
        && let Ok(line) = line.parse()
    {
        return Some((PathBuf::from(path), line));
    }
    Some((PathBuf::from(before), last))
}

fn explain_rule(name: &str) -> Result<Exit, String> {
    let (book, errors) = analysis::book(Path::new("."));
    for error in &errors {
        output::complain(&error.to_string());
    }
    let rule = selection::find(name, &book)?;
    let cwe: Vec<String> = rule.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    let mut told = format!("# {}\n\n", rule.title);
    let _ = write!(told, "`{}` · {} · {} · precision {}", rule.id, rule.level, rule.status, rule.precision);
    if !cwe.is_empty() {
        let _ = write!(told, " · {}", cwe.join(", "));
    }
    let _ = write!(told, "\n\n{}\n", rule.body.trim());
    output::print(&told)?;
    Ok(if errors.is_empty() { Exit::Clean } else { Exit::Failed })
}

fn explain_place(path: &Path, line: u32) -> Result<Exit, String> {
    let (book, errors) = analysis::book(&analysis::root(&[path.to_owned()]));
    for error in &errors {
        output::complain(&error.to_string());
    }
    let found = discover::discover(&[path.to_owned()], Ignoring::Disregard);
    if let Some(problem) = found.bad_arguments.first() {
        return Err(format!("{}: {}", problem.path.display(), problem.message));
    }
    if path.is_dir() {
        return Err(format!("{}: is a folder", path.display()));
    }
    let outcome = analysis::on_threads(0, || analysis::analyse(found.inputs, &book, found.manifests, true))?;
    for problem in outcome.report.problems.iter().chain(&outcome.failed) {
        output::complain_of(problem);
    }
    let sources = &outcome.report.sources;
    let told = told(&outcome.report.findings, sources, line, &book);
    output::print(&told)?;
    Ok(if outcome.failed.is_empty() && errors.is_empty() { Exit::Clean } else { Exit::Failed })
}

/// The findings that touch the line, in full, or that there is none.
fn told(findings: &[Finding], sources: &Sources, line: u32, book: &Book) -> String {
    let touching: Vec<Finding> =
        findings.iter().filter(|finding| touches(finding, sources, line)).cloned().collect();
    let mut told = String::new();
    let suppressed = suppress::apply(touching, sources, &book.rules);
    for finding in suppressed.kept.iter().chain(&suppressed.silenced) {
        told.push_str(&text::render_finding(finding, sources, Detail::Columns));
    }
    for finding in &suppressed.silenced {
        let _ = writeln!(told, "`{}` is silenced by a comment\n", finding.rule);
    }
    if told.is_empty() {
        told.push_str("nothing is flagged on this line\n");
    }
    told
}

fn touches(finding: &Finding, sources: &Sources, line: u32) -> bool {
    let spans = std::iter::once(finding.act.span).chain(finding.labels.iter().map(|label| label.span));
    let mut spans = spans.filter(|span| span.file == finding.act.span.file);
    spans.any(|span| {
        let file = sources.file(span.file);
        (file.position(span.start).line..=file.position(span.end).line).contains(&line)
    })
}

#[cfg(test)]
mod tests {
    use super::place;
    use std::path::PathBuf;

    #[test]
    fn a_place_ends_in_numbers() {
        assert_eq!(place("a.ts:3"), Some((PathBuf::from("a.ts"), 3)));
        assert_eq!(place("a.ts:3:4"), Some((PathBuf::from("a.ts"), 3)));
        assert_eq!(place("some-rule"), None);
    }
}
