//! Matches the rules' shapes on a scene: pairs, orders, chains, misuses, obligations.
//!
//! Everything a rule asks is answered from the act backwards: which branches decide whether it
//! runs, which events those branches looked at and which of their fields, what its data is
//! computed from. The number of candidates therefore follows the code's own dependences, never
//! checks times acts.

mod again;
mod alike;
mod alone;
mod around;
mod beforehand;
mod chain;
mod columns;
mod compose;
mod confined;
mod contents;
mod decide;
mod describe;
mod documents;
mod driven;
mod either;
mod flagged;
mod flips;
mod guard;
mod guess;
mod hold;
mod identity;
mod lease;
mod leads;
mod level;
mod lone;
mod memory;
mod merge;
mod mild;
mod misread;
mod misuse;
mod obligation;
mod order;
mod overlap;
mod pair;
mod place;
mod refusal;
mod region;
mod rejection;
mod relation;
mod search;
mod searching;
mod select;
mod settled;
mod singleton;
mod size;
mod truth;
mod unique;
mod wait;
mod walk;
mod whole;

use crate::book::rule::{Form, Shape};
use crate::finding::Finding;
use crate::flow::Flow;
use crate::knowledge::Knowledge;
use crate::program::Name;
use crate::project::Project;
use crate::scene::Scene;
use crate::scene::event::{Event, EventId, Point};
use crate::scene::value::{Piece, Slot, Term, ValueId};
use crate::source::{Sources, Span};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::rc::Rc;

pub use decide::{Decision, Seen, Use};

/// A finding before one act's findings are weighed against each other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Candidate {
    pub finding: Finding,
    /// The act's own call; the finding may be shown at a call that leads to it.
    pub site: Span,
    /// The act says itself what it does: not a statement whose text a caller handed in.
    pub own: bool,
    /// Rules this one wins over.
    pub refines: Vec<Name>,
}

/// A scene with everything the matchers ask of it.
pub struct Races<'a> {
    pub scene: &'a Scene,
    pub flow: Flow,
    pub knowledge: &'a Knowledge<'a>,
    pub project: &'a Project,
    pub sources: &'a Sources,
    /// Canonical keys of each event: guards and versions stripped.
    keys: Vec<Vec<ValueId>>,
    canonical: Canonical,
    holds: hold::Holds,
    /// Where others may run, in the order in which blocks run.
    waits: Vec<wait::Wait>,
    /// Blocks that can follow a block, once asked for.
    after: RefCell<FxHashMap<usize, Rc<Vec<bool>>>>,
    leads: RefCell<Leads>,
    /// Blocks whose branch asks something of an error, once asked for.
    error_tests: std::cell::OnceCell<Vec<usize>>,
    /// Events of which some branch asks whether they succeeded, with the branch, once asked for.
    asked: std::cell::OnceCell<FxHashSet<(EventId, u32)>>,
    /// Pairs of values that are compared, once asked for.
    comparisons: std::cell::OnceCell<Vec<(ValueId, ValueId)>>,
    /// Everything some branch asks about, and everything that goes into some call or data.
    tested: FxHashSet<ValueId>,
    passed_on: FxHashSet<ValueId>,
    roles_known: RefCell<FxHashMap<EventId, crate::book::words::Roles>>,
    decisions: RefCell<FxHashMap<u32, decide::Decisions>>,
    /// The ways out of loops, once asked for.
    exits: std::cell::OnceCell<searching::Exits>,
    looks: RefCell<Looks>,
    /// Whether calls of a name do something outside: asked at every step behind a decision.
    sending: RefCell<FxHashMap<Name, bool>>,
    truths: truth::Truths,
    /// The lock that whoever calls the root holds, once asked for.
    held_around: std::cell::OnceCell<Option<around::Around>>,
}

/// The looks that lead to an act.
type Leads = FxHashMap<EventId, Rc<Vec<(EventId, leads::Decided)>>>;

/// Looks behind a value, by whether it is tested.
type Looks = FxHashMap<(ValueId, bool), Rc<Vec<Seen>>>;

/// All candidates of one scene.
pub fn find(
    scene: &mut Scene,
    knowledge: &Knowledge<'_>,
    project: &Project,
    sources: &Sources,
    trace: &mut Option<Vec<String>>,
) -> Vec<Candidate> {
    let may_hold = |form: &Form| select::may_fill(&form.shape, &scene.events);
    if trace.is_none() && !knowledge.book.rules.iter().flat_map(|rule| &rule.forms).any(may_hold) {
        return Vec::new();
    }
    let (mut canonical, keys) = keys(scene);
    beforehand::complete(scene, &keys);
    for at in 0..scene.events.len() {
        let event = &scene.events[at];
        let mut values: Vec<ValueId> = event.resource.conditions.iter().filter_map(|c| c.value).collect();
        values.extend(event.sets.iter().map(|(_, value)| *value));
        values.extend(event.resource.by_id);
        values.extend(event.data);
        for value in values {
            canonical.of(scene, value);
        }
    }
    let flow = Flow::new(scene.successors());
    let holds = hold::Holds::new(scene, &flow, &keys);
    let scene: &Scene = scene;
    let waits = wait::waits(scene, &flow);
    let tested = tested(scene);
    let passed_on = passed_on(scene);
    let races = Races {
        scene,
        flow,
        knowledge,
        project,
        sources,
        keys,
        canonical,
        holds,
        waits,
        after: RefCell::default(),
        leads: RefCell::default(),
        error_tests: std::cell::OnceCell::new(),
        asked: std::cell::OnceCell::new(),
        comparisons: std::cell::OnceCell::new(),
        tested,
        passed_on,
        roles_known: RefCell::default(),
        decisions: RefCell::default(),
        exits: std::cell::OnceCell::new(),
        looks: RefCell::default(),
        sending: RefCell::default(),
        truths: RefCell::default(),
        held_around: std::cell::OnceCell::new(),
    };
    races.all(trace)
}

impl<'a> Races<'a> {
    fn all(&self, trace: &mut Option<Vec<String>>) -> Vec<Candidate> {
        let mut found = Vec::new();
        for rule in &self.knowledge.book.rules {
            for form in &rule.forms {
                if trace.is_none() && !select::may_fill(&form.shape, &self.scene.events) {
                    continue;
                }
                match &form.shape {
                    Shape::Pair { .. } => self.pairs(rule, form, &mut found, trace),
                    Shape::Order { .. } => self.orders(rule, form, &mut found),
                    Shape::Chain { .. } => self.chains(rule, form, &mut found),
                    Shape::Misuse { .. } => self.misuses(rule, form, &mut found),
                    Shape::Obligation { .. } => self.obligations(rule, form, &mut found),
                }
            }
        }
        found
    }

    pub(crate) fn event(&self, id: EventId) -> &'a Event {
        &self.scene.events[id.0 as usize]
    }

    pub(crate) fn keys(&self, id: EventId) -> &[ValueId] {
        &self.keys[id.0 as usize]
    }

    pub(crate) fn canon(&self, id: ValueId) -> ValueId {
        self.canonical.known.get(&id).copied().unwrap_or(id)
    }

    /// Whether `a` comes before `b` in one round of the loops around `b`.
    pub(crate) fn is_ahead(&self, a: Point, b: Point) -> bool {
        if a.block == b.block {
            return a.index < b.index;
        }
        self.ahead_of(b.block as usize).contains(&(a.block as usize))
    }

    /// Whether `a` comes before `b` on some path.
    pub(crate) fn before(&self, a: Point, b: Point) -> bool {
        if a.block == b.block {
            return a.index < b.index;
        }
        self.follows(a.block as usize, b.block as usize)
    }

    /// Whether control can go from the end of a block to another.
    pub(crate) fn follows(&self, from: usize, to: usize) -> bool {
        // Asked of nearly every pair: the graph is walked only where its order does not tell.
        self.flow.follows_at_once(from, to).unwrap_or_else(|| self.after(from)[to])
    }

    fn after(&self, from: usize) -> Rc<Vec<bool>> {
        if let Some(known) = self.after.borrow().get(&from) {
            return known.clone();
        }
        let mut seen = vec![false; self.flow.successors.len()];
        let mut open = self.flow.successors[from].clone();
        while let Some(block) = open.pop() {
            if !std::mem::replace(&mut seen[block], true) {
                open.extend(&self.flow.successors[block]);
            }
        }
        let seen = Rc::new(seen);
        self.after.borrow_mut().insert(from, seen.clone());
        seen
    }

    /// Whether every path to `b` passes `a` first.
    pub(crate) fn dominates(&self, a: Point, b: Point) -> bool {
        if a.block == b.block {
            return a.index < b.index;
        }
        self.flow.dominates(a.block as usize, b.block as usize)
    }

    /// Whether a value is made of something that only this run can name.
    pub(crate) fn is_fresh(&self, id: ValueId) -> bool {
        let mut fresh = false;
        self.walk_parts(id, 12, &mut |part| {
            fresh |= self.scene.values.fresh.contains(&part);
            // A time rounded to its minute is everybody's: arithmetic gives away what was unique.
            !fresh && !matches!(self.scene.values.term(part), Term::Apply(..))
        });
        fresh
    }

    /// Visits a value and what it is made of, into each part for which the visit says so.
    pub(crate) fn walk_parts(&self, id: ValueId, depth: u32, visit: &mut dyn FnMut(ValueId) -> bool) {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut open = vec![(id, depth)];
        while let Some((id, depth)) = open.pop() {
            if seen.insert(id) && seen.len() <= 400 && visit(id) && depth > 0 {
                open.extend(self.scene.values.parts(id).into_iter().map(|part| (part, depth - 1)));
            }
        }
    }

    /// Whether a value is made of something that satisfies a test.
    pub(crate) fn any_part(&self, id: ValueId, depth: u32, test: &mut dyn FnMut(ValueId) -> bool) -> bool {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut open = vec![(id, depth)];
        while let Some((id, depth)) = open.pop() {
            if !seen.insert(id) || seen.len() > 400 {
                continue;
            }
            if test(id) {
                return true;
            }
            if depth > 0 {
                open.extend(self.scene.values.parts(id).into_iter().map(|part| (part, depth - 1)));
            }
        }
        false
    }
}

/// The canonical keys of a scene's events.
fn keys(scene: &mut Scene) -> (Canonical, Vec<Vec<ValueId>>) {
    let mut canonical = Canonical::default();
    let keys = (0..scene.events.len())
        .map(|at| {
            let keys = scene.events[at].resource.keys.clone();
            keys.into_iter().map(|key| canonical.of(scene, key)).collect()
        })
        .collect();
    (canonical, keys)
}

/// All values that the scene's branches ask about, with what they are made of.
fn tested(scene: &Scene) -> FxHashSet<ValueId> {
    let tests = scene.blocks.iter().filter_map(|block| match &block.end {
        crate::scene::End::If { test, .. } => Some(*test),
        _ => None,
    });
    made_of(scene, tests.collect())
}

/// All values that go into calls and data, with what they are made of.
fn passed_on(scene: &Scene) -> FxHashSet<ValueId> {
    let mut values: Vec<ValueId> = Vec::new();
    for mark in scene.blocks.iter().flat_map(|block| &block.marks) {
        match mark {
            crate::scene::Mark::Call { inputs, .. } => values.extend(inputs),
            crate::scene::Mark::Event(id) => {
                let event = scene.event(*id);
                values.extend(event.sets.iter().map(|(_, value)| *value).chain(event.data));
            }
            _ => {}
        }
    }
    made_of(scene, values)
}

fn made_of(scene: &Scene, mut open: Vec<ValueId>) -> FxHashSet<ValueId> {
    let mut seen = FxHashSet::default();
    while let Some(value) = open.pop() {
        if seen.insert(value) {
            open.extend(scene.values.parts(value));
            // What decides between a phi's inputs is asked about with it.
            let inputs = scene.values.phis.get(&value).into_iter().flatten();
            open.extend(inputs.flat_map(|input| input.conditions.iter().map(|(test, _)| *test)));
        }
    }
    seen
}

/// Terms without what does not matter to identity: which hold a place was seen through, and how
/// many stores came before.
#[derive(Default)]
struct Canonical {
    known: FxHashMap<ValueId, ValueId>,
}

impl Canonical {
    fn of(&mut self, scene: &mut Scene, id: ValueId) -> ValueId {
        self.at(scene, id, 0)
    }

    fn at(&mut self, scene: &mut Scene, id: ValueId, depth: u32) -> ValueId {
        if let Some(known) = self.known.get(&id) {
            return *known;
        }
        if depth > 40 {
            return id;
        }
        if let Some(other) = scene.values.aliases.get(&id).copied().filter(|other| *other != id) {
            let value = self.at(scene, other, depth + 1);
            self.known.insert(id, value);
            return value;
        }
        let term = scene.values.term(id).clone();
        let mut go = |scene: &mut Scene, part: ValueId| self.at(scene, part, depth + 1);
        let value = match term {
            Term::Held { of, .. } => go(scene, of),
            Term::Load { base, field, version } => {
                let base = go(scene, base);
                // Only what outlives the call may have been stored to by others in between.
                let version = match scene.values.term(scene.values.root(base)) {
                    Term::This(..) | Term::Place(..) => 0,
                    _ => version,
                };
                scene.values.number(Term::Load { base, field, version })
            }
            Term::Element { base, index } => {
                let (base, index) = (go(scene, base), go(scene, index));
                scene.values.number(Term::Element { base, index })
            }
            Term::Join(parts) => {
                let parts = parts.into_iter().map(|part| go(scene, part)).collect();
                scene.values.join(parts)
            }
            Term::Template(pieces) => {
                let pieces = pieces
                    .into_iter()
                    .map(|piece| match piece {
                        Piece::Value(value) => Piece::Value(go(scene, value)),
                        text => text,
                    })
                    .collect();
                scene.values.template(pieces)
            }
            Term::Apply(operator, parts) => {
                let parts = parts.into_iter().map(|part| go(scene, part)).collect();
                scene.values.number(Term::Apply(operator, parts))
            }
            Term::Pure { callee, name, args } => {
                let callee = go(scene, callee);
                let args = args.into_iter().map(|part| go(scene, part)).collect();
                scene.values.number(Term::Pure { callee, name, args })
            }
            // Two literals with the same content name the same thing.
            Term::Record { name, entries, .. } if entries.len() <= 8 => {
                let entries: Vec<(Slot, ValueId)> =
                    entries.into_iter().map(|(slot, value)| (slot, go(scene, value))).collect();
                scene.values.number(Term::Record { name, entries, site: 0 })
            }
            _ => id,
        };
        self.known.insert(id, value);
        value
    }
}
