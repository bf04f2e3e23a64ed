//! Flags that keep a second run out while the first one waits.

use super::Races;
use crate::book::words::{Noun, Verb};
use crate::program::Literal;
use crate::scene::event::{Event, EventId};
use crate::scene::value::Term;

impl Races<'_> {
    /// `if (this.busy) return; this.busy = true; await …`: whoever comes while the first one waits
    /// goes no further. The flag is asked for and raised in one turn with what the act rests on, and
    /// not let down before the act.
    pub(super) fn flagged_before(&self, check: EventId, act: EventId) -> Option<EventId> {
        let change = self.event(act);
        if change.resource.noun != Noun::State {
            return None;
        }
        let raised: Vec<EventId> = self
            .scene
            .event_ids()
            .filter(|id| {
                let event = self.event(*id);
                self.sets_flag(event, true)
                    && self.keys(*id) != self.keys(act)
                    && self.dominates(event.at, change.at)
            })
            .collect();
        if raised.is_empty() {
            return None;
        }
        let decisions = self.decisions(change.at.block);
        let seen = decisions.iter().filter(|decision| !decision.raises).flat_map(|decision| {
            let seen: Vec<EventId> = self.looked_at(decision).iter().map(|seen| seen.event).collect();
            seen
        });
        let seen: Vec<EventId> = seen.collect();
        raised.into_iter().find(|flag| {
            let at_once = |look: EventId| {
                self.before(self.event(look).at, self.event(*flag).at)
                    && self.suspension(look, *flag).is_none()
            };
            let asked = seen.iter().any(|look| self.keys(*look) == self.keys(*flag) && at_once(*look));
            let current = || {
                at_once(check)
                    || seen.iter().any(|look| self.keys(*look) == self.keys(check) && at_once(*look))
            };
            asked && current() && !self.let_down(*flag, act)
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
