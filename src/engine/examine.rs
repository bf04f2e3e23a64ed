//! The functions of one file, one scene after the other.

use super::{Options, Problem, SeenEvent, named_events};
use crate::book::words::Noun;
use crate::knowledge::{Knowledge, is_trial};
use crate::program::{FunctionId, FunctionKind, Language, Name};
use crate::project::{Project, Unit};
use crate::race::{self, Candidate};
use crate::scene::event::Event;
use crate::scene::{self, Limits};
use crate::source::{FileId, Sources, Span};
use rustc_hash::FxHashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How deep the second look at a function goes that the first did not get through.
const SHALLOW: u32 = 3;

/// What one file gave.
#[derive(Default)]
pub(super) struct FileOutcome {
    pub(super) candidates: Vec<Candidate>,
    pub(super) events: Vec<SeenEvent>,
    /// The page of each event.
    pub(super) libraries: Vec<Name>,
    pub(super) problems: Vec<Problem>,
    pub(super) scenes: usize,
}

pub(super) fn examine_file(
    unit: &Unit,
    roots: Vec<FunctionId>,
    project: &Project,
    knowledge: &Knowledge<'_>,
    sources: &Sources,
    seen: &dyn Fn(&scene::Scene, FileId) -> Vec<SeenEvent>,
) -> FileOutcome {
    let mut outcome = FileOutcome::default();
    let mut covered: FxHashSet<(FileId, FunctionId)> = FxHashSet::default();
    let (first, later): (Vec<FunctionId>, Vec<FunctionId>) =
        roots.into_iter().partition(|id| stands_alone(unit, *id));
    for id in first.into_iter().chain(later) {
        if covered.contains(&(unit.file, id)) && !stands_alone(unit, id) {
            continue;
        }
        match examine_root(unit, id, project, knowledge, sources) {
            Ok((scene, found)) => {
                outcome.scenes += 1;
                outcome.candidates.extend(found);
                outcome.events.extend(seen(&scene, unit.file));
                outcome.libraries.extend(named_events(&scene, unit.file).map(|event| event.library.clone()));
                covered.extend(scene.covered.iter().copied());
            }
            Err(problem) => outcome.problems.push(problem),
        }
    }
    outcome
}

/// A function's scene and what is wrong in it, or that looking for it made us panic.
pub(super) fn examine_root(
    unit: &Unit,
    id: FunctionId,
    project: &Project,
    knowledge: &Knowledge<'_>,
    sources: &Sources,
) -> Result<(scene::Scene, Vec<Candidate>), Problem> {
    catch_unwind(AssertUnwindSafe(|| examine(unit, id, project, knowledge, sources))).map_err(|_| {
        let span = unit.program.functions[id.0 as usize].name_span;
        let source = sources.file(unit.file);
        Problem {
            path: source.path.clone(),
            position: Some(source.position(span.start)),
            message: "internal error: analysing this function panicked; please report it".to_string(),
        }
    })
}

/// A function's scene and what is wrong in it. Where the first calls took all the room, another
/// scene looks less deep into each: what the last calls do belongs to the function as well. What
/// happens within one of them is left to the scenes that see all of it.
fn examine(
    unit: &Unit,
    id: FunctionId,
    project: &Project,
    knowledge: &Knowledge<'_>,
    sources: &Sources,
) -> (scene::Scene, Vec<Candidate>) {
    let look = |limits: Limits| {
        let mut scene = scene::build(project, knowledge, unit.file, id, limits);
        let found = race::find(&mut scene, knowledge, project, sources, &mut None);
        (scene, found)
    };
    let limits = Limits::default();
    let (scene, mut found) = look(limits);
    if scene.truncated {
        let own = unit.program.functions[id.0 as usize].span;
        let (shallow, more) = look(Limits { depth: SHALLOW, ..limits });
        // Rows and keys are shared from far apart; a distant pair over a file or memory is mostly
        // one that starts up and is set up again.
        let is_stored = |site: Span| {
            let stored = |event: &Event| matches!(event.resource.noun, Noun::Row | Noun::Key);
            shallow.events.iter().any(|event| event.span == site && stored(event))
        };
        found.extend(
            more.into_iter()
                .filter(|candidate| own.contains(candidate.finding.act.span) && is_stored(candidate.site)),
        );
    }
    (scene, found)
}

/// The functions of a file worth a scene of their own.
pub(super) fn roots(unit: &Unit, options: &Options) -> Vec<FunctionId> {
    (0..unit.program.functions.len())
        .filter(|at| {
            let function = &unit.program.functions[*at];
            if options.no_notes && is_trial(unit.marks_around(FunctionId(*at as u32))) {
                return false;
            }
            unit.telling[*at]
                || (function.is_async && unit.program.language == Language::TypeScript && stores(unit, *at))
        })
        .map(|at| FunctionId(at as u32))
        .collect()
}

/// Plain state may race across a suspension without any call of the book.
fn stores(unit: &Unit, at: usize) -> bool {
    unit.sizes[at] > 2 && (!unit.stored.is_empty() || unit.writes_module_state)
}

/// Others call it in ways this file does not show.
pub(super) fn stands_alone(unit: &Unit, id: FunctionId) -> bool {
    let function = &unit.program.functions[id.0 as usize];
    match function.kind {
        FunctionKind::Module => true,
        FunctionKind::Closure => false,
        FunctionKind::Declared => function.exported || !unit.is_called(&function.name),
    }
}
