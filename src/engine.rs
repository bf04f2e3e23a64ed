//! The pipeline as one function: files in memory to findings.
//!
//! Pure: no I/O and no failure. A file that cannot be understood costs its own findings and a
//! [`Problem`]; a defect of ours that panics costs the one root it happened in.

pub mod again;
mod examine;
pub mod live;
pub mod part;
mod read;
mod tables;

use self::examine::{examine_file, roots};
use crate::book::Book;
use crate::book::words::{Isolation, Level};
use crate::finding::{Confidence, Finding, LabelRole};
use crate::knowledge::Knowledge;
use crate::links::Links;
use crate::manifest::{Database, Manifests};
use crate::program::{Edition, Function, Language, Name, Program};
use crate::project::{Part, Project, Unit, Units};
use crate::race::{self, Candidate};
use crate::scene::{self, Limits};
use crate::schema::FileTables;
use crate::source::{FileId, Position, SourceFile, Sources, Span, Text};
use crate::syntax::{self, Macros};
use crate::timing::Timings;
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;
use tables::TableReader;

/// One file to analyse.
#[derive(Debug, Clone)]
pub struct Input {
    pub path: PathBuf,
    pub text: Text,
}

#[derive(Debug, Default)]
pub struct Options {
    pub no_prefilter: bool,
    /// Notes are not asked for: nothing is looked for where no finding can be more.
    pub no_notes: bool,
    pub manifests: Manifests,
    /// The one file that [`events`] and [`trace`] tell of.
    pub focus: Option<PathBuf>,
    /// Takes down how long stages take.
    pub timings: Timings,
}

/// What went wrong with one file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Problem {
    pub path: PathBuf,
    pub position: Option<Position>,
    pub message: String,
}

/// Counts of one run.
#[derive(Debug, Default, Clone, Serialize, Deserialize)]
pub struct Statistics {
    pub files: usize,
    /// Files that the pre-scan let through.
    pub parsed: usize,
    /// Roots analysed.
    pub scenes: usize,
    /// Recognised calls by library page.
    pub events: Vec<(Name, usize)>,
}

#[derive(Debug, Default)]
pub struct Report {
    /// In reporting order.
    pub findings: Vec<Finding>,
    pub sources: Sources,
    pub problems: Vec<Problem>,
    pub statistics: Statistics,
}

/// A recognised event, for `debug events` and library pages.
#[derive(Debug, Clone)]
pub struct SeenEvent {
    pub span: Span,
    /// `exists file`.
    pub label: String,
    pub library: Name,
    /// What it is about, as far as a reader can tell.
    pub detail: String,
}

/// Finds the races of a set of files.
pub fn check(inputs: Vec<Input>, book: &Book, options: &Options) -> Report {
    let (all, sources) = part::examine(inputs, book, options, &|_| true);
    part::joined(vec![all], sources)
}

/// The events of a set of files, in source order, once each.
pub fn events(inputs: Vec<Input>, book: &Book, options: &Options) -> (Sources, Vec<SeenEvent>) {
    let knowledge = Knowledge::new(book);
    let Loaded { sources, project, .. } = load(inputs, &knowledge, options);
    let mut events: Vec<SeenEvent> = focused(&project, options)
        .flat_map(|unit| {
            let roots = roots(unit, options);
            examine_file(unit, roots, &project, &knowledge, &sources, &seen_events).events
        })
        .collect();
    events.sort_by(|a, b| (a.span, &a.label).cmp(&(b.span, &b.label)));
    events.dedup_by(|a, b| a.span == b.span && a.label == b.label);
    (sources, events)
}

/// Why each look and act were, or were not, taken for a race: one line a pair considered.
pub fn trace(inputs: Vec<Input>, book: &Book, options: &Options) -> Vec<String> {
    let knowledge = Knowledge::new(book);
    let Loaded { sources, project, .. } = load(inputs, &knowledge, options);
    let mut lines = Vec::new();
    for unit in focused(&project, options) {
        for root in roots(unit, options) {
            let mut scene = scene::build(&project, &knowledge, unit.file, root, Limits::default());
            let mut trace = Some(Vec::new());
            race::find(&mut scene, &knowledge, &project, &sources, &mut trace);
            let name = &unit.program.functions[root.0 as usize].name;
            let cut = if scene.truncated { " (cut short)" } else { "" };
            lines.push(format!("# {name} in {}{cut}", unit.path.display()));
            lines.extend(trace.unwrap_or_default());
        }
    }
    lines
}

/// The files to tell of: one, with the others read for what it calls, or all.
fn focused<'p>(project: &'p Project, options: &'p Options) -> impl Iterator<Item = &'p Unit> {
    let focus = options.focus.as_deref();
    project.units.iter().filter(move |unit| focus.is_none_or(|path| unit.path == path))
}

/// One file's program as text.
pub fn program(input: Input, book: &Book, options: &Options) -> String {
    let file = FileId(0);
    let program = lower(file, &input, &macros(book), options);
    crate::program::print::program(&program)
}

fn macros(book: &Book) -> Macros {
    let lines = book.libraries.iter().flat_map(|library| &library.macros);
    lines.map(|(name, grammar)| (name.clone(), *grammar)).collect()
}

fn edition(options: &Options, input: &Input) -> Edition {
    Edition::parse(options.manifests.edition(&input.path)).unwrap_or_default()
}

fn lower(file: FileId, input: &Input, macros: &Macros, options: &Options) -> Program {
    syntax::lower(file, &input.path, &input.text, edition(options, input), macros)
}

/// All files, lowered and linked.
struct Loaded {
    sources: Sources,
    project: Project,
    problems: Vec<Problem>,
    /// By file: the libraries that its text imports.
    libraries: Vec<FxHashSet<Name>>,
    /// By file: what it says of tables.
    tables: Vec<FileTables>,
    /// By file: the telling functions that it shows to others by what stands in it alone.
    shows: Vec<Vec<Name>>,
}

/// Lowers what the pre-scan lets through and links it.
fn load(inputs: Vec<Input>, knowledge: &Knowledge<'_>, options: &Options) -> Loaded {
    let macros = macros(knowledge.book);
    let links = Links::new(inputs.iter().map(|input| input.path.as_path()), &options.manifests);
    let all = || read::all(&inputs, knowledge, options, &links, &macros);
    let lowered = options.timings.stage("lower", all);
    let libraries: Vec<FxHashSet<Name>> =
        inputs.par_iter().map(|input| knowledge.libraries_in(&input.text)).collect();
    let tables = options.timings.stage("tables", || TableReader::new(knowledge).all(&inputs));
    let mut sources = Sources::default();
    for input in inputs {
        sources.add(SourceFile::new(input.path, input.text));
    }
    let mut problems = Vec::new();
    let mut units = Vec::with_capacity(lowered.len());
    for (at, (unit, error)) in lowered.into_iter().enumerate() {
        let source = &sources.files[at];
        let problem = |position, message| Problem { path: source.path.clone(), position, message };
        problems.extend(error.map(|message| problem(None, message)));
        if let Some(unit) = &unit {
            // One message a file: the first place tells enough.
            problems.extend(
                unit.program
                    .errors
                    .first()
                    .map(|(span, message)| problem(Some(source.position(span.start)), message.clone())),
            );
        }
        units.push(unit);
    }
    let link = || {
        let shows = mark_telling(&mut units, knowledge);
        (linked(units.into(), links, (&libraries, &tables), &sources, knowledge, options), shows)
    };
    let (project, shows) = options.timings.stage("link", link);
    Loaded { sources, project, problems, libraries, tables, shows }
}

/// The project of all files, with what stands beside them.
fn linked(
    units: Units,
    links: Links,
    (libraries, tables): (&[FxHashSet<Name>], &[FileTables]),
    sources: &Sources,
    knowledge: &Knowledge<'_>,
    options: &Options,
) -> Project {
    let libraries = libraries.iter().flatten().cloned().collect();
    let mut project =
        Project::new(units, links, libraries, tables::schema(knowledge, &options.manifests, tables.iter()));
    let database = |file: &Arc<SourceFile>| database_of(file, knowledge, &options.manifests);
    project.databases = sources.files.iter().map(database).collect();
    project.parts = parts(sources, knowledge, &options.manifests);
    project
}

/// The database behind a file, as a configuration says or as the clients of its own package tell:
/// where each is one for a store that lets one transaction write at a time, all are serializable.
fn database_of(file: &SourceFile, knowledge: &Knowledge<'_>, manifests: &Manifests) -> Database {
    let stated = manifests.database(&file.path);
    let is_script = syntax::language(&file.path) == Some(Language::TypeScript);
    let package = manifests.node_package(&file.path).filter(|_| is_script && stated.isolation.is_none());
    let uses = |lexicon: &str| {
        package.is_some_and(|package| package.uses.iter().any(|name| knowledge.is_word(lexicon, name)))
    };
    if uses("one-writer-client") && !uses("many-writer-client") {
        return Database { isolation: Some(Isolation::Serializable), ..stated };
    }
    stated
}

/// What each file is a part of, by the manifest above it.
fn parts(sources: &Sources, knowledge: &Knowledge<'_>, manifests: &Manifests) -> Vec<Part> {
    sources.files.iter().map(|file| part_of(file, knowledge, manifests)).collect()
}

fn part_of(file: &SourceFile, knowledge: &Knowledge<'_>, manifests: &Manifests) -> Part {
    let uses_any = |uses: &[String], lexicon: &str| {
        uses.iter().any(|name| knowledge.is_word(lexicon, &name.replace('_', "-")))
    };
    let part = |uses: &[String], ends: bool| {
        if uses_any(uses, "answering") {
            Part::Server
        } else if ends && !uses_any(uses, "serving") {
            Part::Tool
        } else {
            Part::Other
        }
    };
    match syntax::language(&file.path) {
        Some(Language::Rust) => manifests
            .package(&file.path)
            .map_or(Part::Other, |package| part(&package.uses, !package.is_library)),
        Some(Language::TypeScript) => {
            let is_script = file.text.is_script();
            let package = manifests.node_package(&file.path);
            package
                .map_or(part(&[], is_script), |package| part(&package.uses, package.is_command || is_script))
        }
        None => Part::Other,
    }
}

/// Marks the functions worth running in place, across files: names of telling exported functions
/// make their callers telling; two rounds carry that through re-exporting layers. Gives, by file, the
/// names that the first round shows to others.
fn mark_telling(units: &mut [Option<Unit>], knowledge: &Knowledge<'_>) -> Vec<Vec<Name>> {
    let mut mark = |outside: &FxHashSet<Name>| {
        units.par_iter_mut().flatten().for_each(|unit| {
            unit.mark_telling(&|name| knowledge.is_telling(name), &|name| outside.contains(name));
        });
        let shown_by = |unit: &Unit| shown(unit, &unit.telling).collect::<Vec<Name>>();
        units.iter().map(|unit| unit.as_ref().map(shown_by).unwrap_or_default()).collect::<Vec<_>>()
    };
    let shows = mark(&FxHashSet::default());
    mark(&shows.iter().flatten().cloned().collect());
    shows
}

/// Names of telling functions that other files may call.
fn shown<'u>(unit: &'u Unit, telling: &'u [bool]) -> impl Iterator<Item = Name> {
    let functions = unit.program.functions.iter().zip(telling);
    let may_be_called =
        |function: &Function| !function.name.is_empty() && (function.exported || function.owner.is_some());
    functions
        .filter(move |(function, telling)| **telling && may_be_called(function))
        .map(|(function, _)| function.name.clone())
}

/// The events of a page that happen in a file itself.
fn named_events(scene: &scene::Scene, file: FileId) -> impl Iterator<Item = &scene::event::Event> {
    scene.events.iter().filter(move |event| event.span.file == file && !event.library.is_empty())
}

fn seen_events(scene: &scene::Scene, file: FileId) -> Vec<SeenEvent> {
    named_events(scene, file)
        .map(|event| SeenEvent {
            span: event.span,
            label: format!("{} {}", event.verb, event.resource.noun),
            library: event.library.clone(),
            detail: format!("{event:?}"),
        })
        .collect()
}

/// One finding an act and function that decides it: the more specific rule wins, then the surer
/// and louder finding.
fn weigh<'c>(candidates: impl Iterator<Item = &'c Candidate>) -> Vec<Finding> {
    let mut by_act: FxHashMap<Span, Vec<&Candidate>> = FxHashMap::default();
    for candidate in candidates {
        if candidate.finding.level != Level::Off {
            by_act.entry(candidate.site).or_default().push(candidate);
        }
    }
    let mut findings: Vec<Finding> = by_act.into_values().flat_map(weigh_act).collect();
    // A helper's several acts are one at the call of it.
    findings.sort_by(|a, b| (a.order(), preference(a)).cmp(&(b.order(), preference(b))));
    findings.dedup_by(|b, a| a.act.span == b.act.span && a.rule == b.rule);
    findings
}

fn preference(finding: &Finding) -> (std::cmp::Reverse<(Confidence, Level)>, bool, usize, &str) {
    let sure = std::cmp::Reverse((finding.confidence, finding.level));
    // What shows the look tells more than what shows the act alone.
    let lone = !finding.labels.iter().any(|label| label.role == LabelRole::Check);
    (sure, lone, finding.labels.len(), &finding.fingerprint)
}

/// Of the findings about one act. What the act's own function does wrong is said there, and not
/// again at every call of it.
fn weigh_act(mut group: Vec<&Candidate>) -> Vec<Finding> {
    group.sort_by(|a, b| {
        let key = |c: &Candidate| (c.finding.act.span != c.site, c.finding.act.span);
        let places = key(a).cmp(&key(b));
        let (a, b) = (&a.finding, &b.finding);
        let told = || (&a.rule, &a.message).cmp(&(&b.rule, &b.message));
        places.then_with(|| preference(a).cmp(&preference(b))).then_with(told)
    });
    let mut findings = Vec::with_capacity(group.len());
    let mut here: FxHashSet<Name> = FxHashSet::default();
    for same in group.chunk_by(|a, b| a.finding.act.span == b.finding.act.span) {
        let mut refined = here.clone();
        // What is only a note does not stand for what is more.
        let outdone = |candidate: &Candidate| {
            candidate.finding.level == Level::Note
                && same.iter().any(|other| {
                    candidate.refines.contains(&other.finding.rule) && other.finding.level > Level::Note
                })
        };
        let weighty = same.iter().filter(|candidate| !outdone(candidate));
        refined.extend(weighty.flat_map(|candidate| candidate.refines.iter().cloned()));
        let mut seen: FxHashSet<Name> = FxHashSet::default();
        for candidate in same {
            let rule = &candidate.finding.rule;
            if !refined.contains(rule) && !outdone(candidate) && seen.insert(rule.clone()) {
                findings.push(candidate.finding.clone());
            }
        }
        // What only a caller's arguments make wrong is nothing that the function does to all of them.
        if same.iter().any(|candidate| candidate.own && candidate.finding.act.span == candidate.site) {
            here = refined;
            here.extend(seen);
        }
    }
    findings
}
