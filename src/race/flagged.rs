//! Flags that keep a second run out while the first one waits.

use super::Races;
use crate::book::words::{Noun, Verb, Verbs};
use crate::program::Literal;
use crate::scene::event::{Event, EventId};
use crate::scene::value::Term;
use crate::scene::{End, Mark};
use rustc_hash::FxHashSet;

impl Races<'_> {
    /// `if (this.busy) return; this.busy = true; await …`: whoever comes while the first one waits
    /// goes no further. The flag is asked for and raised in one turn with what the act rests on, and
    /// not let down before the act.
    pub(super) fn flagged_before(&self, check: EventId, act: EventId) -> Option<EventId> {
        let change = self.event(act);
        if change.resource.noun != Noun::State {
            return None;
        }
        self.scene.event_ids().find(|flag| {
            let event = self.event(*flag);
            let raised = self.sets_flag(event, true)
                && self.dominates(event.at, change.at)
                && !self.let_down(*flag, act);
            (raised || self.keeps_promise_of(*flag, act))
                && self.keys(*flag) != self.keys(act)
                && self.is_asked_last(*flag)
                && self.is_current(check, act, *flag)
        })
    }

    /// What an act rests on was looked at under a flag, or on every way to where the flag is raised
    /// since others could last run.
    fn is_current(&self, check: EventId, act: EventId, flag: EventId) -> bool {
        let raised = self.event(flag);
        let under = |look: EventId| self.dominates(raised.at, self.event(look).at);
        let again = || {
            let decisions = self.decisions(self.event(act).at.block);
            decisions.iter().filter(|decision| !decision.raises).any(|decision| {
                let seen = self.looked_at(decision);
                seen.iter().any(|look| self.keys(look.event) == self.keys(check) && under(look.event))
            })
        };
        let looks = |id: EventId| {
            Verbs::LOOK.has(self.event(id).verb)
                && self.event(id).resource.noun == Noun::State
                && self.keys(id) == self.keys(check)
        };
        under(check) || again() || self.since_last_wait(raised, &looks)
    }

    /// `this.loading = this.load()`: the promise of the very activation that acts is kept where
    /// others find it, and nobody else begins one.
    fn keeps_promise_of(&self, store: EventId, act: EventId) -> bool {
        let event = self.event(store);
        if event.resource.noun != Noun::State || !matches!(event.verb, Verb::Write | Verb::Update) {
            return false;
        }
        let mut at = Some(self.event(act).frame);
        while let Some(id) = at {
            let frame = &self.scene.frames[id.0 as usize];
            let Some((caller, span)) = frame.caller else { return false };
            // `const start = begin(); pending.set(key, start);`: in one turn, as the question before.
            let kept = event.span.contains(span)
                || (span.end <= event.span.start
                    && event
                        .data
                        .is_some_and(|data| !matches!(self.scene.values.term(data), Term::Literal(_))));
            if frame.detached && event.frame == caller && kept {
                let unit = self.project.unit(frame.file);
                let function = &unit.program.functions[frame.function.0 as usize];
                let owner = function.owner.as_ref();
                return owner.is_none_or(|owner| self.is_called_once(owner, &function.name));
            }
            at = Some(caller);
        }
        false
    }

    /// On every way to where a flag is raised, it was asked for since others could last run, and
    /// whoever found it raised goes another way.
    fn is_asked_last(&self, flag: EventId) -> bool {
        let raised = self.event(flag);
        let asks = |id: EventId| {
            let event = self.event(id);
            event.verb == Verb::Read
                && self.keys(id) == self.keys(flag)
                && self.turns_away(id, raised.at.block as usize)
        };
        self.since_last_wait(raised, &asks)
    }

    /// Something happens on every way to an event since others could last run.
    fn since_last_wait(&self, to: &Event, happens: &dyn Fn(EventId) -> bool) -> bool {
        let around = self.around(to.frame);
        let mut seen = FxHashSet::default();
        let mut open = vec![(to.at.block, to.at.index as usize)];
        while let Some((block, end)) = open.pop() {
            let body = &self.scene.blocks[block as usize];
            let mut asked = false;
            for mark in body.marks.iter().take(end).rev() {
                match mark {
                    Mark::Event(id) if happens(*id) => asked = true,
                    Mark::Suspend(_, frame) if self.goes_on_after(*frame, &around) => return false,
                    _ => {}
                }
                if asked {
                    break;
                }
            }
            if asked {
                continue;
            }
            if body.preds.is_empty() {
                return false;
            }
            for (from, _) in &body.preds {
                if seen.insert(*from) {
                    open.push((*from, usize::MAX));
                }
            }
        }
        true
    }

    /// A branch asks for the answer of a look, and one of its sides does not lead on to a block.
    fn turns_away(&self, look: EventId, to: usize) -> bool {
        let seen = self.event(look).result;
        let reaches = |from: u32| from as usize == to || self.follows(from as usize, to);
        self.scene.blocks.iter().any(|block| match block.end {
            End::If { test, yes, no, .. } => {
                self.any_part(test, 3, &mut |part| part == seen) && reaches(yes) != reaches(no)
            }
            _ => false,
        })
    }

    /// A flag is let down on the way to an act, and others can run before the act.
    fn let_down(&self, flag: EventId, act: EventId) -> bool {
        let (from, to) = (self.event(flag).at, self.event(act).at);
        self.scene.event_ids().any(|id| {
            let event = self.event(id);
            self.sets_flag(event, false)
                && self.keys(id) == self.keys(flag)
                && self.before(from, event.at)
                && self.before(event.at, to)
                && self.suspension(id, act).is_some()
        })
    }

    /// A place in memory is set to true, or to false.
    fn sets_flag(&self, event: &Event, to: bool) -> bool {
        event.resource.noun == Noun::State
            && matches!(event.verb, Verb::Write | Verb::Update)
            && event.data.is_some_and(|data| {
                matches!(self.scene.values.term(data), Term::Literal(Literal::Bool(value)) if *value == to)
            })
    }
}
