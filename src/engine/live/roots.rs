//! What each root of a file was found to do, with what that rests on.

use super::super::examine::{examine_root, roots, stands_alone};
use super::super::{Options, Problem};
use crate::knowledge::Knowledge;
use crate::program::FunctionId;
use crate::program::reads::{self, Reads};
use crate::project::change::{Change, Inside};
use crate::project::{Project, Unit};
use crate::race::Candidate;
use crate::source::{FileId, Sources, Span};
use rustc_hash::FxHashSet;

pub(super) struct Root {
    pub(super) id: FunctionId,
    /// What a scene showed, unless it has to be looked at (again).
    pub(super) seen: Option<Seen>,
    /// Another root runs it in place.
    pub(super) is_covered: bool,
}

pub(super) struct Seen {
    pub(super) candidates: Vec<Candidate>,
    /// Functions of the root's own file that its scene runs.
    pub(super) covered: Vec<u32>,
    pub(super) problem: Option<Problem>,
    pub(super) reads: Reads,
}

/// The roots of a file, of which nothing is known yet.
pub(super) fn fresh(unit: &Unit, options: &Options) -> Vec<Root> {
    let ids = roots(unit, options);
    let (first, later): (Vec<FunctionId>, Vec<FunctionId>) =
        ids.into_iter().partition(|id| stands_alone(unit, *id));
    let all = first.into_iter().chain(later);
    all.map(|id| Root { id, seen: None, is_covered: false }).collect()
}

pub(super) fn examine_roots(
    unit: &Unit,
    roots: &mut [Root],
    project: &Project,
    knowledge: &Knowledge<'_>,
    sources: &Sources,
) {
    let mut covered: FxHashSet<u32> = FxHashSet::default();
    for root in roots {
        root.is_covered = covered.contains(&root.id.0) && !stands_alone(unit, root.id);
        if root.is_covered {
            continue;
        }
        let seen = root.seen.get_or_insert_with(|| {
            let look = || examine_root(unit, root.id, project, knowledge, sources);
            let (found, reads) = reads::record(look);
            match found {
                Ok((scene, candidates)) => {
                    let own = scene.covered.iter().filter(|(file, _)| *file == unit.file);
                    let covered = own.map(|(_, id)| id.0).collect();
                    Seen { candidates, covered, problem: None, reads }
                }
                Err(problem) => {
                    Seen { candidates: Vec::new(), covered: Vec::new(), problem: Some(problem), reads }
                }
            }
        });
        covered.extend(seen.covered.iter().copied());
    }
}

pub(super) fn rests_on(reads: &Reads, id: FileId, change: &Change) -> bool {
    let by_name = !change.declared.is_disjoint(&reads.declared)
        || !change.declared.is_disjoint(&reads.called)
        || !change.called.is_disjoint(&reads.called);
    if by_name || (change.is_open && !reads.declared.is_empty()) {
        return true;
    }
    match &change.inside {
        None => reads.files.contains(&id),
        Some(inside) => {
            reads.whole.contains(&id)
                || reads.functions.iter().any(|(file, at)| *file == id && inside.changed.contains(at))
        }
    }
}

/// Moves what was seen with the text and the numbers of the functions around an edit.
pub(super) fn follow(seen: &mut Seen, id: FileId, inside: &Inside, is_own: bool) {
    let now = |at: u32| inside.now.get(at as usize).copied().unwrap_or(at);
    let moved = inside.now.iter().enumerate().any(|(at, now)| *now != u32::MAX && *now != at as u32);
    if moved {
        let functions = std::mem::take(&mut seen.reads.functions).into_iter();
        seen.reads.functions =
            functions.map(|(file, at)| if file == id { (file, now(at)) } else { (file, at) }).collect();
        if is_own {
            seen.covered.iter_mut().for_each(|at| *at = now(*at));
        }
    }
    if inside.shift.by == 0 {
        return;
    }
    for candidate in &mut seen.candidates {
        let shift = |span: &mut Span| *span = inside.shift.of(*span);
        shift(&mut candidate.site);
        candidate.finding.each_span(shift);
    }
    if let Some(problem) = &mut seen.problem {
        // The line is of no use any more once the text around it moves.
        problem.position = None;
    }
}
