//! `explain`: a rule's page, or why a line was flagged and why not.

use super::arguments::{ConfigFlags, ExplainArguments};
use super::{Exit, analysis, output, trouble};
use crate::book::Book;
use crate::config::{Configs, Flags, Judge, find_rule, judge};
use crate::discover;
use crate::engine::{self, Options};
use crate::finding::Finding;
use crate::report::printable;
use crate::report::text::{self, Detail, Look};
use crate::session;
use crate::source::Sources;
use crate::suppress;
use std::fmt::Write;
use std::path::{Path, PathBuf};

pub(crate) fn run(arguments: &ExplainArguments) -> Result<Exit, String> {
    match place(&arguments.what) {
        Some((path, line)) => explain_place(&path, line, arguments),
        None => explain_rule(&arguments.what, &arguments.config),
    }
}

/// `FILE:LINE` or `FILE:LINE:COLUMN`.
pub(super) fn place(text: &str) -> Option<(PathBuf, u32)> {
    let (before, last) = text.rsplit_once(':')?;
    let last: u32 = last.parse().ok()?;
    if let Some((path, line)) = before.rsplit_once(':')
        && let Ok(line) = line.parse()
    {
        return Some((PathBuf::from(path), line));
    }
    Some((PathBuf::from(before), last))
}

fn explain_rule(name: &str, config: &ConfigFlags) -> Result<Exit, String> {
    let (book, intact) = analysis::book(Path::new("."), config)?;
    let rule = find_rule(name, &book)?;
    let cwe: Vec<String> = rule.cwe.iter().map(|number| format!("CWE-{number}")).collect();
    let mut told = format!("# {}\n\n", rule.title);
    let _ = write!(told, "`{}` · {} · {} · precision {}", rule.id, rule.level, rule.status, rule.precision);
    if !cwe.is_empty() {
        let _ = write!(told, " · {}", cwe.join(", "));
    }
    let _ = write!(told, "\n\n{}\n", rule.body.trim());
    output::print(&told)?;
    Ok(if intact { Exit::Clean } else { Exit::Failed })
}

fn explain_place(path: &Path, line: u32, arguments: &ExplainArguments) -> Result<Exit, String> {
    let configs = Configs::new(&arguments.config.request())?;
    let (book, errors) = session::configured_book(&analysis::root(&[path.to_owned()]), &configs);
    for error in &errors {
        output::complain(&error.to_string());
    }
    let mut found = analysis::with_project(path);
    if let Some(problem) = found.bad_arguments.first() {
        return Err(format!("{}: {}", problem.path.display(), problem.message));
    }
    if path.is_dir() {
        return Err(format!("{}: is a folder", path.display()));
    }
    let judge = Judge::new(&configs, &book, Flags { pedantic: true, ..Flags::default() });
    found.manifests.databases =
        judge::databases(&configs, found.inputs.iter().map(|input| input.path.as_path()));
    judge.check();
    trouble::tell(&configs)?;
    let shown = discover::shown(path);
    let inputs = found.inputs.clone();
    let options =
        Options { manifests: found.manifests.clone(), focus: Some(shown.clone()), ..Options::default() };
    let whole = Options { manifests: found.manifests, ..Options::default() };
    let outcome = session::on_threads(0, || analysis::analyse(found.inputs, &book, &whole))?;
    let problems = outcome.report.problems.iter().filter(|problem| problem.path == shown);
    for problem in problems.chain(&outcome.failed) {
        output::complain_of(problem);
    }
    let sources = &outcome.report.sources;
    let mut told = told(&outcome.report.findings, sources, &shown, line, &judge);
    if told.is_empty() {
        told = "nothing is flagged on this line\n".to_owned();
        told.push_str(&considered(inputs, &book, &options, line));
    }
    output::print(&told)?;
    Ok(if outcome.internal_errors == 0 && errors.is_empty() { Exit::Clean } else { Exit::Failed })
}

/// The findings that touch the line, in full.
fn told(findings: &[Finding], sources: &Sources, path: &Path, line: u32, judge: &Judge<'_>) -> String {
    let touching: Vec<Finding> =
        findings.iter().filter(|finding| touches(finding, sources, path, line)).cloned().collect();
    let mut told = String::new();
    let suppressed = suppress::apply(touching, sources, &judge.book.rules);
    let mut silent = Vec::new();
    let mut shown = Vec::new();
    for finding in &suppressed.kept {
        match judge.judge(vec![finding.clone()], sources).pop() {
            Some(judged) => shown.push(judged),
            None => silent.push(finding),
        }
    }
    for finding in shown.iter().chain(silent.iter().copied()).chain(&suppressed.silenced) {
        told.push_str(&text::render_finding(finding, sources, &Look::plain(Detail::Columns)));
    }
    for finding in silent {
        let why = judge.declared(finding, sources).map_or_else(String::new, |why| format!(": {why}"));
        let _ = writeln!(told, "`{}` is left out by the configuration{why}\n", finding.rule);
    }
    for finding in &suppressed.silenced {
        let _ = writeln!(told, "`{}` is silenced by a comment\n", finding.rule);
    }
    told
}

/// What is recognised on the line, and what the engine says of the pairs it is part of.
fn considered(inputs: Vec<engine::Input>, book: &Book, options: &Options, line: u32) -> String {
    let (sources, events) = engine::events(inputs.clone(), book, options);
    let here = |event: &&engine::SeenEvent| {
        let file = sources.file(event.span.file);
        Some(&file.path) == options.focus.as_ref() && file.position(event.span.start).line == line
    };
    let events: Vec<_> = events.iter().filter(here).collect();
    if events.is_empty() {
        return "no call on it is known to look something up or to change it\n".to_owned();
    }
    let mut told = String::from("recognised:\n");
    for event in &events {
        let code = first_words(sources.slice(event.span));
        let _ = writeln!(told, "  {} `{}` (page {})", event.label, printable(&code), event.library);
    }
    let trace = engine::trace(inputs, book, options);
    // The trace shortens long calls, so their beginnings are compared.
    let mut entries: Vec<&String> = trace
        .iter()
        .filter(|entry| events.iter().any(|event| entry.contains(&first_words(sources.slice(event.span)))))
        .collect();
    entries.dedup();
    if entries.is_empty() {
        told.push_str("no rule pairs it with anything in this file\n");
    } else {
        told.push_str("considered:\n");
        entries.iter().for_each(|entry| told.push_str(&format!("  {}\n", printable(entry))));
    }
    told
}

/// The beginning of a call, as the trace spells it.
fn first_words(code: &str) -> String {
    code.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(50).collect()
}

pub(super) fn touches(finding: &Finding, sources: &Sources, path: &Path, line: u32) -> bool {
    let spans = std::iter::once(finding.act.span).chain(finding.labels.iter().map(|label| label.span));
    let mut spans = spans.filter(|span| sources.path(*span) == path);
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
