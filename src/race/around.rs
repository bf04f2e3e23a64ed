//! Locks that whoever calls a function holds around it: the function itself does not show them.

use super::Races;
use super::guard::Ineffective;
use super::hold::Holds;
use super::memory::is_memory;
use super::pair::Pair;
use crate::book::words::{Guard, Guards, Noun, Trait};
use crate::flow::Flow;
use crate::knowledge::Knowledge;
use crate::program::{FunctionId, FunctionKind};
use crate::project::{Caller, Project};
use crate::scene::event::{EventId, Point};
use crate::scene::value::{FrameId, Term, ValueId};
use crate::scene::{self, Limits, Mark, Scene};
use crate::source::{FileId, Span};
use rustc_hash::FxHashSet;

/// A function of the project.
type At = (FileId, FunctionId);

/// A lock around every call of a function.
#[derive(Clone, Copy, Debug)]
pub(super) struct Around {
    /// One of the places where it is taken.
    pub(super) span: Span,
    /// Somewhere it keeps out only this process.
    pub(super) local: bool,
}

/// How many scenes are made in search of locks, and how many callers of callers they are.
const SCENES: u32 = 12;
const LAYERS: u32 = 3;

/// What one place that may call a function says.
enum Found {
    /// Another function of that name is called.
    Other,
    Held(Around),
    Free,
}

impl Races<'_> {
    /// The lock of all callers that guards a pair; one that keeps out only this process is noted as
    /// too little.
    pub(super) fn under_callers(&self, safe: Guards, pair: &mut Pair) -> Option<Span> {
        // Memory has many locks, one for each session: what a caller holds may be another's.
        if !safe.has(Guard::Held) || is_memory(self.event(pair.act).resource.noun) {
            return None;
        }
        let around = self.held_by_callers(pair.check, pair.act)?;
        if !around.local {
            return Some(around.span);
        }
        let why = "the lock of its callers keeps out only this process".to_string();
        pair.ineffective.push(Ineffective { span: around.span, why, local: true });
        None
    }

    /// The lock that everybody in the project who calls this scene's root holds meanwhile.
    fn held_by_callers(&self, check: EventId, act: EventId) -> Option<Around> {
        let aside = |id: EventId| {
            let frames = self.around(self.event(id).frame);
            frames.into_iter().any(|frame| self.scene.frames[frame.0 as usize].detached)
        };
        if aside(check) || aside(act) {
            return None;
        }
        *self.held_around.get_or_init(|| {
            let mut search = Search { knowledge: self.knowledge, project: self.project, left: SCENES };
            search.around((self.scene.file, self.scene.function), 0)
        })
    }
}

struct Search<'a> {
    knowledge: &'a Knowledge<'a>,
    project: &'a Project,
    left: u32,
}

impl Search<'_> {
    fn around(&mut self, at: At, layer: u32) -> Option<Around> {
        let unit = self.project.unit(at.0);
        let function = &unit.program.functions[at.1.0 as usize];
        if function.kind != FunctionKind::Declared || function.name.is_empty() || layer >= LAYERS {
            return None;
        }
        let mut held: Option<Around> = None;
        for caller in self.project.callers_of(at) {
            let unit = self.project.unit(caller.file);
            if self.knowledge.is_rough(&unit.path)
                || crate::knowledge::is_trial(unit.marks_around(caller.function))
            {
                continue;
            }
            match self.at_call(at, &caller, layer) {
                Found::Other => {}
                Found::Held(one) => {
                    let local = one.local || held.is_some_and(|held| held.local);
                    held = Some(Around { local, ..held.unwrap_or(one) });
                }
                Found::Free => return None,
            }
        }
        held
    }

    /// What is held at one call: looked for from the outermost function in which it is run.
    fn at_call(&mut self, at: At, caller: &Caller, layer: u32) -> Found {
        let Some(call) = caller.call else { return Found::Free };
        let unit = self.project.unit(caller.file);
        let functions = &unit.program.functions;
        let mut roots: Vec<FunctionId> =
            std::iter::successors(Some(caller.function), |id| functions.get(id.0 as usize)?.parent)
                .filter(|id| functions[id.0 as usize].kind != FunctionKind::Module)
                .collect();
        while let Some(root) = roots.pop() {
            if self.left == 0 {
                return Found::Free;
            }
            self.left -= 1;
            let mut scene = scene::build(self.project, self.knowledge, caller.file, root, Limits::default());
            let points = match called_at(&scene, at, caller.file, call) {
                Called::Not => continue,
                Called::Other => return Found::Other,
                Called::At(points) => points,
            };
            if let Some(held) = over_all(&mut scene, &points) {
                return Found::Held(held);
            }
            let further = self.around((caller.file, root), layer + 1);
            return further.map_or(Found::Free, Found::Held);
        }
        Found::Free
    }
}

/// What a scene says of a call.
enum Called {
    /// It is not run here.
    Not,
    /// It is a call of something else.
    Other,
    /// What happens under it.
    At(Vec<(Point, FrameId)>),
}

fn called_at(scene: &Scene, at: At, file: FileId, call: Span) -> Called {
    let of_call = |frame: FrameId| {
        let here = &scene.frames[frame.0 as usize];
        here.caller.is_some_and(|(caller, span)| {
            span == call && scene.frames[caller.0 as usize].file == file && !here.detached
        })
    };
    let frames: Vec<FrameId> =
        (0..scene.frames.len() as u32).map(FrameId).filter(|id| of_call(*id)).collect();
    let ours = |frame: &FrameId| {
        let here = &scene.frames[frame.0 as usize];
        (here.file, here.function) == at
    };
    if !frames.is_empty() && !frames.iter().any(ours) {
        return Called::Other;
    }
    let under = |frame: FrameId| {
        let chain = std::iter::successors(Some(frame), |id| {
            scene.frames[id.0 as usize].caller.map(|(caller, _)| caller)
        });
        chain.into_iter().find(|id| frames.contains(id) && ours(id))
    };
    let events = scene.events.iter().filter_map(|event| Some((event.at, under(event.frame)?)));
    let mut points: Vec<(Point, FrameId)> = events.collect();
    for (block, body) in scene.blocks.iter().enumerate() {
        for (index, mark) in body.marks.iter().enumerate() {
            if matches!(mark, Mark::Call { span, .. } if *span == call) {
                points.push((Point { block: block as u32, index: index as u32 }, body.frame));
            }
        }
    }
    if points.is_empty() { Called::Not } else { Called::At(points) }
}

/// A lock taken outside of the call that covers all that happens under it.
fn over_all(scene: &mut Scene, points: &[(Point, FrameId)]) -> Option<Around> {
    let (_, keys) = super::keys(scene);
    let flow = Flow::new(scene.successors());
    let holds = Holds::new(scene, &flow, &keys);
    let waits_for = |frame: FrameId| goes_on(scene, frame);
    if !points.iter().all(|(_, frame)| waits_for(*frame)) {
        return None;
    }
    let mut sure: Option<Vec<EventId>> = None;
    for (point, _) in points {
        let here = holds.at(scene, &keys, *point);
        sure = Some(match sure {
            None => here,
            Some(known) => known.into_iter().filter(|id| here.contains(id)).collect(),
        });
    }
    let locks: Vec<EventId> = sure?
        .into_iter()
        .filter(|id| {
            let event = scene.event(*id);
            event.resource.noun == Noun::Lock
                && !event.traits.has(Trait::Shared)
                && !points.iter().any(|(point, _)| *point == event.at)
                && fits(scene, *id, points)
        })
        .collect();
    let wide = locks.iter().find(|id| !scene.event(**id).traits.has(Trait::Local));
    let lock = scene.event(*wide.or(locks.first())?);
    Some(Around { span: lock.span, local: wide.is_none() })
}

/// A lock of one among many (`locks.of(session)`) covers what goes by the same name.
fn fits(scene: &Scene, lock: EventId, points: &[(Point, FrameId)]) -> bool {
    let event = scene.event(lock);
    // What only a variable's name says tells no key.
    let Some(key) = event.resource.keys.first().copied().filter(|_| !event.library.is_empty()) else {
        return true;
    };
    let mut chosen_by = FxHashSet::default();
    choices(scene, key, false, 0, &mut chosen_by);
    let under = scene.events.iter().filter(|event| points.iter().any(|(point, _)| *point == event.at));
    chosen_by.is_empty() || {
        let mut named = FxHashSet::default();
        for key in under.flat_map(|event| &event.resource.keys) {
            choices(scene, *key, true, 0, &mut named);
        }
        chosen_by.iter().any(|value| named.contains(value))
    }
}

/// The parameters that choose a value among many: indexes, arguments and parts of names.
fn choices(scene: &Scene, value: ValueId, chooses: bool, depth: u32, found: &mut FxHashSet<ValueId>) {
    if depth > 8 || found.len() > 16 {
        return;
    }
    let mut go = |value: ValueId, chooses: bool| choices(scene, value, chooses, depth + 1, found);
    // `locks.entry(session)`: what it names besides the place it looks at.
    let looked = scene.results.get(&value).into_iter().flatten();
    let through = match scene.values.term(value) {
        Term::Held { event, .. } => Some(event),
        _ => None,
    };
    for key in looked.chain(through).flat_map(|id| scene.event(*id).resource.keys.iter().skip(1)) {
        go(*key, true);
    }
    match scene.values.term(value) {
        Term::Param(..) if chooses => {
            found.insert(value);
        }
        Term::Load { base, .. } | Term::Held { of: base, .. } | Term::Payload { of: base, .. } => {
            go(*base, chooses);
        }
        Term::Element { base, index } => {
            go(*base, chooses);
            go(*index, true);
        }
        Term::Call { .. } | Term::Pure { .. } => {
            if let Some(call) = scene.calls.get(&value) {
                call.receiver.into_iter().for_each(|of| go(of, chooses));
                call.args.iter().for_each(|arg| go(*arg, true));
            }
        }
        Term::Join(parts) => {
            for (at, part) in parts.iter().enumerate() {
                go(*part, chooses || at > 0);
            }
        }
        Term::Mix(parts) | Term::Apply(_, parts) => {
            parts.iter().for_each(|part| go(*part, true));
        }
        Term::Template(_) | Term::Phi { .. } | Term::Record { .. } => {
            scene.values.parts(value).into_iter().for_each(|part| go(part, chooses));
        }
        _ => {}
    }
}

/// Everything on the way to an activation is waited for: a task is, where its start is awaited.
fn goes_on(scene: &Scene, frame: FrameId) -> bool {
    let awaited = |call: Span| {
        scene.blocks.iter().flat_map(|block| &block.marks).any(|mark| match mark {
            Mark::Suspend(span, _) => {
                span.file == call.file && span.start == call.start && span.end >= call.end
            }
            _ => false,
        })
    };
    let mut chain =
        std::iter::successors(Some(frame), |id| scene.frames[id.0 as usize].caller.map(|(caller, _)| caller));
    chain.all(|id| {
        let here = &scene.frames[id.0 as usize];
        !here.detached || here.caller.is_some_and(|(_, call)| awaited(call))
    })
}
