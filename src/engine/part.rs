//! A run in parts: each reads all files and examines its share of them; joined, they are the run.

use super::examine::{FileOutcome, examine_file, roots};
use super::{Input, Loaded, Options, Problem, Report, Statistics, load, weigh};
use crate::book::Book;
use crate::knowledge::Knowledge;
use crate::program::Name;
use crate::project::Unit;
use crate::race::Candidate;
use crate::scene;
use crate::source::{FileId, Sources};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;

/// What the examination of some files gives.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Part {
    /// By examined file, in order: findings that are yet to be weighed against those of other files.
    candidates: Vec<(FileId, Vec<Candidate>)>,
    problems: Vec<Problem>,
    statistics: Statistics,
}

/// Reads all files and examines those that the share holds.
pub fn examine(
    inputs: Vec<Input>,
    book: &Book,
    options: &Options,
    share: &(dyn Fn(&Path) -> bool + Sync),
) -> (Part, Sources) {
    let knowledge = Knowledge::new(book);
    let Loaded { sources, project, problems, .. } = load(inputs, &knowledge, options);
    let parsed = project.units.iter().count();
    let counts = |unit: &&Unit| (!options.no_notes || !knowledge.is_rough(&unit.path)) && share(&unit.path);
    let files: Vec<&Unit> = project.units.iter().filter(counts).collect();
    let no_events = |_: &scene::Scene, _: FileId| Vec::new();
    let look = |unit: &&Unit| {
        let outcome = examine_file(unit, roots(unit, options), &project, &knowledge, &sources, &no_events);
        (unit.file, outcome)
    };
    // One file can take as long as a thousand others: threads share them out one at a time.
    let all = || files.par_iter().with_max_len(1).map(look).collect();
    let outcomes: Vec<(FileId, FileOutcome)> = options.timings.stage("examine", all);
    let mut part = Part { problems, ..Part::default() };
    let mut events: BTreeMap<Name, usize> = BTreeMap::new();
    for (file, outcome) in outcomes {
        part.candidates.push((file, outcome.candidates));
        part.problems.extend(outcome.problems);
        part.statistics.scenes += outcome.scenes;
        for library in outcome.libraries.into_iter().filter(|library| !library.is_empty()) {
            *events.entry(library).or_default() += 1;
        }
    }
    // What is freed at the end of a run, nobody waits for.
    rayon::spawn(move || drop(project));
    part.statistics.files = sources.files.len();
    part.statistics.parsed = parsed;
    part.statistics.events = events.into_iter().collect();
    (part, sources)
}

/// The run that all parts together are.
pub fn joined(parts: Vec<Part>, sources: Sources) -> Report {
    let mut report = Report { sources, ..Report::default() };
    let mut candidates = Vec::new();
    let mut events: BTreeMap<Name, usize> = BTreeMap::new();
    for part in parts {
        candidates.extend(part.candidates);
        report.problems.extend(part.problems);
        report.statistics.files = part.statistics.files;
        report.statistics.parsed = part.statistics.parsed;
        report.statistics.scenes += part.statistics.scenes;
        for (library, count) in part.statistics.events {
            *events.entry(library).or_default() += count;
        }
    }
    // As if all of them had been examined one after the other.
    candidates.sort_by_key(|(file, _)| *file);
    report.statistics.events = events.into_iter().collect();
    report.findings = weigh(candidates.iter().flat_map(|(_, candidates)| candidates));
    report.problems.sort();
    report.problems.dedup();
    report
}
