//! What decides whether an event runs, and which looks that decision rests on.

use super::Races;
use super::relation::fold;
use super::walk::Walk;
use crate::book::words::Noun;
use crate::program::{Name, Operator};
use crate::scene::event::{Answer, EventId, OutcomeKind};
use crate::scene::value::{FrameId, Input, Term, ValueId};
use crate::scene::{End, Mark};
use crate::source::Span;
use rustc_hash::{FxHashMap, FxHashSet};
use std::rc::Rc;

/// A branch outcome that an event needs in order to run.
#[derive(Clone, Debug)]
pub struct Decision {
    pub block: u32,
    pub test: ValueId,
    /// The outcome: the test is true, or for [`Decision::raises`] the call raised.
    pub outcome: bool,
    /// The branch is whether a call raised; `test` is the call's result.
    pub raises: bool,
    pub span: Option<Span>,
}

/// How a value is used: for its presence, for one field, or as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Use {
    Presence,
    Field(Name),
    Any,
}

/// What decides whether a block runs, nearest first.
#[derive(Clone)]
pub(super) struct Decisions {
    /// Each by itself.
    alone: Rc<Vec<Decision>>,
    /// Each of them, and those that do so only together with another one, which is said.
    pub(super) all: Rc<Vec<(Decision, bool)>>,
}

/// An event whose result a value is made of, and what of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub event: EventId,
    pub what: Use,
    /// Only on some paths.
    pub maybe: bool,
}

/// How many branches back a decision is looked for: in the functions that lead to the act, and in
/// those that are called on the way and give back.
const NEAR: usize = 96;
const BESIDE: usize = 96;
/// How many of them together with the calls that may raise.
const FAR: usize = 768;
/// How many blocks are gone through in search of them.
const BLOCKS: usize = 4096;

impl Races<'_> {
    /// The branch outcomes that decide whether a block runs, nearest first.
    pub(crate) fn decisions(&self, block: u32) -> Rc<Vec<Decision>> {
        self.all_decisions(block).alone
    }

    /// These and, in their places, the outcomes that decide only together with another one, farther
    /// off: without `a` in `if (a && b) return` nobody is turned away, and with it not everybody.
    pub(super) fn all_decisions(&self, block: u32) -> Decisions {
        if let Some(known) = self.decisions.borrow().get(&block) {
            return known.clone();
        }
        let mut found = Vec::new();
        let mut seen: FxHashSet<(usize, usize)> = FxHashSet::default();
        // How many branches lie between each decision and the block.
        let mut depths: Vec<u32> = Vec::new();
        // That a call may raise is asked at every call inside a `try`, and crowds out no test; nor do
        // those of a function that was called on the way.
        let (mut tests, mut beside) = (0, 0);
        let leading = self.frames_up(self.scene.blocks[block as usize].frame);
        let mut open = std::collections::VecDeque::from([(block as usize, 0)]);
        let mut visited: FxHashSet<usize> = FxHashSet::default();
        let ahead = self.ahead_of(block as usize);
        while let Some((at, depth)) = open.pop_front() {
            let spent = tests >= NEAR || found.len() >= FAR || visited.len() >= BLOCKS;
            if !visited.insert(at) || spent {
                continue;
            }
            for (branch, side) in self.flow.control(at) {
                // The side that leads here only in a later round of a loop decides nothing in
                // this one.
                let target = self.flow.successors[*branch].get(*side);
                if ahead.contains(branch) && !target.is_some_and(|target| ahead.contains(target)) {
                    continue;
                }
                if !seen.insert((*branch, *side)) {
                    continue;
                }
                let leads = leading.contains(&self.scene.blocks[*branch].frame);
                match &self.scene.blocks[*branch].end {
                    End::If { .. } if !leads && beside >= BESIDE => {}
                    End::If { test, span, .. } => {
                        if leads {
                            tests += 1;
                        } else {
                            beside += 1;
                        }
                        found.push(Decision {
                            block: *branch as u32,
                            test: *test,
                            outcome: *side == 0,
                            raises: false,
                            span: Some(*span),
                        });
                    }
                    End::Raises { call, .. } => found.push(Decision {
                        block: *branch as u32,
                        test: *call,
                        outcome: *side == 1,
                        raises: true,
                        span: None,
                    }),
                    End::Open | End::Goto(_) | End::Return | End::Raise => {}
                }
                depths.resize(found.len(), depth);
                // That a call may raise on the way is no test of its own.
                let raises = matches!(self.scene.blocks[*branch].end, End::Raises { .. })
                    || found
                        .last()
                        .is_some_and(|last: &Decision| last.block == *branch as u32 && self.hands_on(last));
                open.push_back((*branch, depth + u32::from(!raises)));
            }
        }
        // A branch both of whose sides lead here decides nothing by itself, unless one side leads
        // here at once and the other only where a later test lets it: found and stale, or not found.
        let mut nearest: FxHashMap<(u32, bool, bool), u32> = FxHashMap::default();
        for (decision, depth) in found.iter().zip(&depths) {
            let side = (decision.block, decision.raises, decision.outcome);
            nearest.entry(side).and_modify(|known| *known = (*known).min(*depth)).or_insert(*depth);
        }
        let (mut alone, mut all) = (Vec::new(), Vec::new());
        for (decision, depth) in found.iter().zip(&depths) {
            let other = nearest.get(&(decision.block, decision.raises, !decision.outcome));
            match other {
                Some(beyond) if beyond <= depth => {}
                Some(_) if *depth > 0 => {
                    if self.is_joint(decision) {
                        all.push((decision.clone(), true));
                    }
                }
                _ => {
                    alone.push(decision.clone());
                    all.push((decision.clone(), false));
                }
            }
        }
        let found = Decisions { alone: Rc::new(alone), all: Rc::new(all) };
        self.decisions.borrow_mut().insert(block, found.clone());
        found
    }

    /// The other way leads straight to a further test: `if (a && b) return`.
    fn is_joint(&self, decision: &Decision) -> bool {
        let End::If { yes, no, .. } = self.scene.blocks[decision.block as usize].end else { return false };
        let mut at = if decision.outcome { no } else { yes };
        for _ in 0..4 {
            let block = &self.scene.blocks[at as usize];
            match block.end {
                End::If { .. } => return block.marks.is_empty(),
                End::Goto(to) if block.marks.is_empty() => at = to,
                _ => return false,
            }
        }
        false
    }

    /// Whether one block needs a test to come out the other way than the other block does, asked
    /// twice: `if (!force) look(); … if (force) act()`.
    pub(super) fn exclude_each_other(&self, one: u32, other: u32) -> bool {
        // What every way to the other passes runs with it, whatever loops around them ask.
        if self.flow.dominates(one as usize, other as usize) {
            return false;
        }
        let (one, other) = (self.decisions(one), self.decisions(other));
        let sides: FxHashMap<ValueId, &Decision> = one
            .iter()
            .filter(|decision| !decision.raises)
            .map(|decision| (decision.test, decision))
            .collect();
        other.iter().filter(|decision| !decision.raises).any(|decision| {
            sides
                .get(&decision.test)
                .is_some_and(|side| side.block != decision.block && side.outcome != decision.outcome)
        })
    }

    /// The blocks of the loops around a block from which it is reached in the same round; empty
    /// outside of loops.
    pub(super) fn ahead_of(&self, block: usize) -> FxHashSet<usize> {
        let mut ahead = FxHashSet::default();
        let Some(outermost) = self.flow.loops.around(block).last() else { return ahead };
        ahead.insert(block);
        let mut open = vec![block];
        while let Some(at) = open.pop() {
            if at == outermost {
                continue;
            }
            for from in &self.flow.predecessors[at] {
                if !self.flow.dominates(at, *from) && ahead.insert(*from) {
                    open.push(*from);
                }
            }
        }
        ahead
    }

    /// Whether a decision only hands an error on: the other way is nothing but the way out.
    pub(super) fn hands_on(&self, decision: &Decision) -> bool {
        let block = &self.scene.blocks[decision.block as usize];
        let other = match (&block.end, decision.raises) {
            (End::Raises { handler, .. }, true) if !decision.outcome => *handler,
            (End::If { test, yes, no, .. }, false) => match self.scene.values.term(*test) {
                Term::Apply(Operator::Is(name), _) if name.as_str() == "Err" && !decision.outcome => *yes,
                Term::Apply(Operator::Is(name), _) if name.as_str() == "Ok" && decision.outcome => *no,
                _ => return false,
            },
            _ => return false,
        };
        let mut at = other;
        let mut told = self.asks_failure(decision.test).map(|(told, _)| told);
        for _ in 0..32 {
            let block = &self.scene.blocks[at as usize];
            if !block.marks.iter().all(|mark| matches!(mark, Mark::Release(_) | Mark::End(_))) {
                return false;
            }
            match block.end {
                End::Goto(to) => at = to,
                End::Return | End::Raise | End::Open => return true,
                // Whoever called hands it on in turn.
                End::If { test, yes, no, .. } => match self.asks_failure(test) {
                    Some((asked, failed)) if told.is_some_and(|told| self.may_hand_on(asked, told)) => {
                        (at, told) = (if failed { yes } else { no }, Some(asked));
                    }
                    _ => return false,
                },
                End::Raises { .. } => return false,
            }
        }
        false
    }

    /// What a test asks whether it failed, and how it comes out then.
    fn asks_failure(&self, test: ValueId) -> Option<(ValueId, bool)> {
        match self.scene.values.term(test) {
            Term::Apply(Operator::Is(name), of) if name == "Err" => Some((*of.first()?, true)),
            Term::Apply(Operator::Is(name), of) if name == "Ok" => Some((*of.first()?, false)),
            _ => None,
        }
    }

    /// A value is, on some way, another one.
    fn may_hand_on(&self, value: ValueId, other: ValueId) -> bool {
        let inputs = self.scene.values.phis.get(&value).into_iter().flatten();
        value == other || inputs.take(32).any(|input| input.value == other)
    }

    /// An activation and those that called it, one after the other.
    pub(super) fn frames_up(&self, frame: FrameId) -> Vec<FrameId> {
        let caller = |id: &FrameId| self.scene.frames[id.0 as usize].caller.map(|(caller, _)| caller);
        std::iter::successors(Some(frame), caller).collect()
    }

    /// The events that a decision looked at.
    pub(crate) fn looked_at(&self, decision: &Decision) -> Rc<Vec<Seen>> {
        if decision.raises {
            let events = self.scene.results.get(&decision.test);
            let seen = events
                .into_iter()
                .flatten()
                .filter(|id| {
                    let event = self.event(**id);
                    event.absent.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Throws(_)))
                })
                .map(|event| Seen { event: *event, what: Use::Presence, maybe: false })
                .collect();
            return Rc::new(seen);
        }
        self.seen(decision.test, true)
    }

    /// The answer of a look at rows.
    fn is_row(&self, id: ValueId) -> bool {
        let events = self.scene.results.get(&id);
        events.into_iter().flatten().any(|event| self.event(*event).resource.noun == Noun::Row)
    }

    /// What is handed on where a column could not be read.
    pub(super) fn is_failed_column(&self, input: &Input) -> bool {
        self.is_column(input.value)
            && input.conditions.iter().any(|(test, outcome)| {
                let failed = matches!(self.scene.values.term(*test),
                    Term::Apply(Operator::Is(name), of) if name == "Err" && of.as_slice() == [input.value]);
                failed && *outcome
            })
    }

    /// A column of a row that was looked up.
    pub(super) fn is_column(&self, id: ValueId) -> bool {
        matches!(self.scene.values.term(id), Term::Load { base, .. } if self.is_row(*base))
    }

    /// Whether a field counts the columns of what a look answers.
    pub(super) fn is_place(&self, base: ValueId, field: &Name) -> bool {
        let events = self.scene.results.get(&base).into_iter().flatten();
        field.bytes().all(|byte| byte.is_ascii_digit())
            && events
                .map(|event| self.event(*event))
                .any(|event| !event.answers.is_empty() && !event.lists_rows())
    }

    /// What a use by position, or by a name that the look itself gave, uses: the column that the
    /// look answers there.
    pub(super) fn by_position(&self, event: EventId, what: &Use) -> Use {
        let answers = &self.event(event).answers;
        if let Use::Field(field) = what {
            let renamed = self.event(event).renamed.iter();
            let mut columns = renamed.filter(|(name, _)| fold(name) == fold(field));
            if let Some((_, Answer::Column(column))) = columns.next() {
                // Another table's column is none of this one, whatever it is called.
                return Use::Field(column.replace('.', ":").into());
            }
        }
        match what {
            // Of a list, a number counts the rows.
            Use::Field(field) if self.event(event).lists_rows() && field == "0" => Use::Presence,
            Use::Field(field) if !answers.is_empty() => match field.parse::<usize>() {
                Ok(at) => match answers.get(at).filter(|name| !name.is_empty()) {
                    Some(name) => Use::Field(name.clone()),
                    None => Use::Any,
                },
                Err(_) => what.clone(),
            },
            _ => what.clone(),
        }
    }

    /// The events whose results stand in a value, not those that only chose between two others.
    pub(super) fn contained(&self, value: ValueId) -> Vec<Seen> {
        let mut walk = Walk::new(self);
        walk.chosen = false;
        walk.visit(value, Use::Any, false, 0);
        walk.found
    }

    /// The events a value is made of; `tested` when it is a condition.
    pub(crate) fn seen(&self, value: ValueId, tested: bool) -> Rc<Vec<Seen>> {
        if let Some(known) = self.looks.borrow().get(&(value, tested)) {
            return known.clone();
        }
        let mut walk = Walk::new(self);
        walk.visit(value, if tested { Use::Presence } else { Use::Any }, false, 0);
        let found = Rc::new(walk.found);
        self.looks.borrow_mut().insert((value, tested), found.clone());
        found
    }
}
