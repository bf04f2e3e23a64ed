//! `prove FILE:LINE`: a race test of what was found there.

use super::arguments::ProveArguments;
use super::{Exit, analysis, explain, output, trouble};
use crate::config::{Configs, find_rule, judge};
use crate::discover;
use crate::engine::Options;
use crate::finding::Finding;
use crate::knowledge::Knowledge;
use crate::prove::{self, Wish};
use crate::session;
use crate::source::Sources;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::Path;

pub(crate) fn run(arguments: &ProveArguments) -> Result<Exit, String> {
    let Some((path, line)) = explain::place(&arguments.what) else {
        return Err(format!("`{}` is no place; a place is FILE:LINE", arguments.what));
    };
    let configs = Configs::new(&arguments.config.request())?;
    let (book, errors) = session::configured_book(&analysis::root(std::slice::from_ref(&path)), &configs);
    for error in &errors {
        output::complain(&error.to_string());
    }
    let rule = arguments.rule.as_ref().map(|name| find_rule(name, &book)).transpose()?;
    let mut found = analysis::with_project(&path);
    if let Some(problem) = found.bad_arguments.first() {
        return Err(format!("{}: {}", problem.path.display(), problem.message));
    }
    if path.is_dir() {
        return Err(format!("{}: is a folder", path.display()));
    }
    found.manifests.databases =
        judge::databases(&configs, found.inputs.iter().map(|input| input.path.as_path()));
    trouble::tell(&configs)?;
    let options = Options { manifests: found.manifests, ..Options::default() };
    let outcome = session::on_threads(0, || analysis::analyse(found.inputs, &book, &options))?;
    let shown = discover::shown(&path);
    outcome.report.problems.iter().filter(|problem| problem.path == shown).for_each(output::complain_of);
    let sources = &outcome.report.sources;
    let in_file: Vec<&Finding> = outcome
        .report
        .findings
        .iter()
        .filter(|finding| sources.path(finding.act.span) == shown)
        .filter(|finding| rule.is_none_or(|rule| rule.id == finding.rule))
        .collect();
    let finding = the_one(&in_file, sources, line, &arguments.what)?;
    let wish = Wish {
        framework: arguments.framework.clone().or_else(|| depended_on(&path, &Knowledge::new(&book))),
        output: arguments.output.as_deref().map(discover::shown),
        rewritten: arguments.rewritten,
    };
    let written = prove::write(finding, sources, &book, &wish)
        .map_err(|why| format!("{}: no race test of `{}`: {why}", arguments.what, finding.rule))?;
    match &arguments.output {
        Some(path) => save(path, &written.text)?,
        None => output::print(&written.text)?,
    }
    for open in &written.open {
        output::say(&format!("to fill in: {open}"));
    }
    Ok(if outcome.internal_errors == 0 && errors.is_empty() { Exit::Clean } else { Exit::Failed })
}

/// The framework that the nearest `package.json` above the file names, if there is a template for it.
fn depended_on(path: &Path, knowledge: &Knowledge<'_>) -> Option<String> {
    let absolute = std::path::absolute(path).ok()?;
    let mut folders = absolute.ancestors().skip(1);
    let manifest = folders.find_map(|folder| std::fs::read_to_string(folder.join("package.json")).ok())?;
    let mut frameworks = knowledge.words_of("race-framework");
    frameworks.find(|name| manifest.contains(&format!("\"{name}\""))).map(ToString::to_string)
}

/// The finding that is meant: by its act's lines, else by a line that it names.
fn the_one<'f>(
    findings: &[&'f Finding],
    sources: &Sources,
    line: u32,
    what: &str,
) -> Result<&'f Finding, String> {
    let acts = |finding: &&&Finding| lines(finding, sources).contains(&line);
    let mut meant: Vec<&Finding> = findings.iter().filter(acts).copied().collect();
    if meant.is_empty() {
        let path = Path::new(what.split(':').next().unwrap_or_default());
        meant = findings.iter().filter(|f| explain::touches(f, sources, path, line)).copied().collect();
    }
    match meant.as_slice() {
        [one] => Ok(one),
        [] if findings.is_empty() => Err(format!("{what}: nothing is found in this file")),
        [] => {
            let mut near: Vec<&&Finding> = findings.iter().collect();
            near.sort_by_key(|finding| lines(finding, sources).start().abs_diff(line));
            let near: Vec<String> = near.iter().take(3).map(|finding| name(finding, sources)).collect();
            Err(format!("{what}: nothing is found on this line; near it: {}", near.join(", ")))
        }
        several => {
            let names: Vec<String> = several.iter().map(|finding| name(finding, sources)).collect();
            Err(format!("{what}: several are found here, choose with --rule: {}", names.join(", ")))
        }
    }
}

fn lines(finding: &Finding, sources: &Sources) -> std::ops::RangeInclusive<u32> {
    let file = sources.file(finding.act.span.file);
    file.position(finding.act.span.start).line..=file.position(finding.act.span.end).line
}

fn name(finding: &Finding, sources: &Sources) -> String {
    format!("`{}` on line {}", finding.rule, lines(finding, sources).start())
}

/// A file that is there already is left as it is: what was filled in is not lost.
fn save(path: &Path, text: &str) -> Result<(), String> {
    let file = OpenOptions::new().write(true).create_new(true).open(path);
    file.and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(|error| format!("{}: {error}", path.display()))
}
