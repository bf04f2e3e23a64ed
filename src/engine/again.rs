//! A run that goes on where an earlier one ended: files that are as they were are neither read nor
//! lowered unless something that changed concerns them.
//!
//! Each file's scenes are examined while what they read is taken down, as the live engine does for
//! each function (`program::reads`), and what changed between two runs is told in its words
//! (`project::change`). What comes out equals a run from the start.

mod change;
mod known;
mod resume;

use super::examine::{FileOutcome, examine_file, roots};
use super::{Input, Loaded, Options, Problem, Report, load, weigh};
use crate::book::Book;
use crate::knowledge::Knowledge;
use crate::program::{Name, reads};
use crate::project::outline::marks;
use crate::project::{Project, Unit};
use crate::race::Candidate;
use crate::schema::FileTables;
use crate::source::{FileId, Glance, Sources};
pub use known::Known;
use known::{Found, KnownFile, ReadFile, Rests};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::collections::BTreeMap;

/// Where a run stands before it examines what is not known yet.
struct Start {
    sources: Sources,
    project: Project,
    /// By file.
    states: Vec<State>,
}

/// What is known of one file.
struct State {
    hash: [u8; 32],
    libraries: FxHashSet<Name>,
    tables: FileTables,
    /// Of a file that has a program.
    read: Option<Read>,
}

#[derive(Default)]
struct Read {
    shows: Vec<Name>,
    problem: Option<Problem>,
    /// Nothing if it has to be looked at (again).
    found: Option<Found>,
    /// The files that it imports, where that was asked.
    leads_to: Option<Vec<FileId>>,
}

/// Finds the races of a set of files, from what an earlier run with equal options and pages knew of
/// them, if there was one; and what this one knows.
pub fn check(inputs: Vec<Input>, book: &Book, options: &Options, before: Option<Known>) -> (Report, Known) {
    let knowledge = Knowledge::new(book);
    let mut start = match before {
        Some(before) => {
            options.timings.stage("resume", || resume::resume(before, inputs, &knowledge, options))
        }
        None => begin(inputs, &knowledge, options),
    };
    options.timings.stage("examine", || examine(&mut start, &knowledge, options));
    let report = report(&start);
    let known = options.timings.stage("keep", || keep(&start, options));
    let Start { sources, project, .. } = start;
    // What is freed at the end of a run, nobody waits for.
    rayon::spawn(move || drop(project));
    (Report { sources, ..report }, known)
}

fn begin(inputs: Vec<Input>, knowledge: &Knowledge<'_>, options: &Options) -> Start {
    let hashes: Vec<[u8; 32]> = inputs.par_iter().map(hash).collect();
    let Loaded { sources, project, problems, libraries, tables, shows } = load(inputs, knowledge, options);
    let mut problems: FxHashMap<_, _> =
        problems.into_iter().map(|problem| (problem.path.clone(), problem)).collect();
    let files = hashes.into_iter().zip(libraries.into_iter().zip(tables)).zip(shows).enumerate();
    let state = |(at, ((hash, (libraries, tables)), shows)): (usize, (([u8; 32], _), _))| {
        let problem = problems.remove(&sources.files[at].path);
        let is_read = project.units.has(FileId(at as u32));
        let read = is_read.then(|| Read { shows, problem, ..Read::default() });
        State { hash, libraries, tables, read }
    };
    let states = files.map(state).collect();
    Start { sources, project, states }
}

/// The hash of a text, as far as possible without reading it.
fn hash(input: &Input) -> [u8; 32] {
    let known = input.text.glance().map(|glance| glance.hash);
    known.unwrap_or_else(|| Glance::of(&input.text).hash)
}

/// Looks at all files of which nothing is known.
fn examine(start: &mut Start, knowledge: &Knowledge<'_>, options: &Options) {
    let Start { sources, project, states } = start;
    let counts = |at: usize| !options.no_notes || !knowledge.is_rough(&sources.files[at].path);
    let open = |(at, state): &(usize, &mut State)| {
        state.read.as_ref().is_some_and(|read| read.found.is_none()) && counts(*at)
    };
    let all = states.len();
    let mut open: Vec<(usize, &mut State)> = states.iter_mut().enumerate().filter(open).collect();
    if open.len() * 4 > all {
        // Most are asked for sooner or later, and so all threads do it at once.
        project.units.hold_all();
    }
    let (project, sources) = (&*project, &*sources);
    open.par_iter_mut().with_max_len(1).for_each(|(at, state)| {
        let file = FileId(*at as u32);
        if let (Some(unit), Some(read)) = (project.units.get(file), &mut state.read) {
            read.found = Some(examined(unit, project, knowledge, sources, options));
        }
    });
}

fn examined(
    unit: &Unit,
    project: &Project,
    knowledge: &Knowledge<'_>,
    sources: &Sources,
    options: &Options,
) -> Found {
    let no_events = |_: &crate::scene::Scene, _: FileId| Vec::new();
    let look = || examine_file(unit, roots(unit, options), project, knowledge, sources, &no_events);
    let (outcome, reads) = reads::record_files(look);
    let FileOutcome { candidates, libraries, problems, scenes, .. } = outcome;
    let mut files: Vec<FileId> = reads.files.into_iter().filter(|file| *file != unit.file).collect();
    files.sort_unstable();
    let rests = Rests { files, declared: marks(reads.declared.iter()), called: marks(reads.called.iter()) };
    let mut events: BTreeMap<Name, u32> = BTreeMap::new();
    for library in libraries {
        *events.entry(library).or_default() += 1;
    }
    Found { candidates, problems, scenes: scenes as u32, events: events.into_iter().collect(), rests }
}

/// What a run over all files would say.
fn report(start: &Start) -> Report {
    let mut report = Report::default();
    report.statistics.files = start.states.len();
    let mut candidates: Vec<&Candidate> = Vec::new();
    let mut events: BTreeMap<Name, usize> = BTreeMap::new();
    for read in start.states.iter().filter_map(|state| state.read.as_ref()) {
        report.statistics.parsed += 1;
        report.problems.extend(read.problem.clone());
        let Some(found) = &read.found else { continue };
        report.statistics.scenes += found.scenes as usize;
        report.problems.extend(found.problems.iter().cloned());
        candidates.extend(&found.candidates);
        for (library, count) in &found.events {
            *events.entry(library.clone()).or_default() += *count as usize;
        }
    }
    report.statistics.events = events.into_iter().filter(|(name, _)| !name.is_empty()).collect();
    report.findings = weigh(candidates.into_iter());
    report.problems.sort();
    report.problems.dedup();
    report
}

/// What this run knows, for the next one.
fn keep(start: &Start, options: &Options) -> Known {
    let Start { sources, project, states } = start;
    let file = |(at, state): (usize, &State)| {
        let id = FileId(at as u32);
        let read = state.read.as_ref().and_then(|read| {
            let leads_to = match &read.leads_to {
                Some(files) => files.clone(),
                None if options.no_notes => {
                    project.units.get(id).map_or_else(Vec::new, |unit| leads(unit, project))
                }
                None => Vec::new(),
            };
            Some(ReadFile {
                outline: project.units.any_outline(id, || sources.files[at].text.clone())?,
                shows: read.shows.clone(),
                leads_to,
                problem: read.problem.clone(),
                found: read.found.clone(),
            })
        });
        let mut libraries: Vec<Name> = state.libraries.iter().cloned().collect();
        libraries.sort();
        KnownFile {
            path: sources.files[at].path.clone(),
            hash: state.hash,
            libraries,
            tables: state.tables.clone(),
            read,
        }
    };
    let files = states.par_iter().enumerate().map(file).collect();
    Known { files, links: project.links().asked() }
}

/// The files that a file imports, in order.
fn leads(unit: &Unit, project: &Project) -> Vec<FileId> {
    let files = unit.sources().filter_map(|module| project.linked(unit.file, module));
    let mut files: Vec<FileId> = files.collect();
    files.sort_unstable();
    files.dedup();
    files
}
