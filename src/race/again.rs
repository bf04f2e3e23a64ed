//! Rows that are stored again as a whole, and rows that are numbered after the last one.

use super::Races;
use super::decide::Use;
use super::leads::Decided;
use super::relation::fold;
use crate::book::words::{Noun, Trait, Verb, WHOLE};
use crate::program::{Language, Name, Operator};
use crate::scene::event::EventId;
use crate::scene::value::{Term, ValueId};

impl Races<'_> {
    /// Looks whose row the act stores again with all its fields.
    pub(super) fn stored_again(&self, act: EventId, add: &mut dyn FnMut(EventId)) {
        let event = self.event(act);
        let Some(data) = event.data.filter(|_| event.fields.iter().any(|field| field == WHOLE)) else {
            return;
        };
        for seen in self.seen(data, false).iter() {
            let look = self.event(seen.event);
            if seen.event != act
                && seen.what == Use::Any
                && look.resource.noun == Noun::Row
                && look.verb == Verb::Read
                && self.before(look.at, event.at)
                && self.is_row_of(data, seen.event)
            {
                add(seen.event);
            }
        }
    }

    /// The value is the very row that a look gave, not one that is made of it.
    fn is_row_of(&self, value: ValueId, look: EventId) -> bool {
        let values = &self.scene.values;
        let mut at = vec![value];
        for _ in 0..16 {
            let Some(id) = at.pop() else { return false };
            if self.scene.results.get(&id).is_some_and(|ids| ids.contains(&look)) {
                return true;
            }
            match values.term(id) {
                Term::Element { base, .. } | Term::Each { base, .. } | Term::Payload { of: base, .. } => {
                    at.push(*base)
                }
                Term::Phi { .. } => {
                    at.extend(values.phis.get(&id).into_iter().flatten().map(|input| input.value))
                }
                _ => {}
            }
        }
        false
    }

    /// Whether the act stores again what this look gave.
    pub(super) fn is_stored_again(&self, look: EventId, act: EventId) -> bool {
        let mut found = false;
        self.stored_again(act, &mut |id| found |= id == look);
        found
    }

    /// What is written is a step on from what a count of unknown columns gave: `max + 1`.
    pub(super) fn steps_on(&self, value: ValueId, look: EventId) -> bool {
        let event = self.event(look);
        event.verb == Verb::Count && event.fields.is_empty() && self.is_stepped(value)
    }

    fn is_stepped(&self, value: ValueId) -> bool {
        self.any_part(value, 6, &mut |part| {
            matches!(self.scene.values.term(part), Term::Apply(Operator::Add | Operator::Subtract, _))
        })
    }

    /// A new row takes its number from another of the same set: the look asked for one of the set,
    /// not for a row by its own key, and the new row is in the set.
    pub(super) fn is_next_to(&self, look: EventId, act: EventId) -> bool {
        let (from, to) = (self.event(look), self.event(act));
        if from.verb == Verb::Count {
            return true;
        }
        let given =
            |column: &Name| to.sets.iter().find(|(name, _)| fold(name) == fold(column)).map(|(_, v)| *v);
        // A step on from what was read; what only depends on whether a row is there is no number.
        to.sets.iter().any(|(_, value)| self.is_stepped(*value))
            && from.resource.by_id.is_none()
            && from.resource.conditions.iter().filter(|c| c.equal).all(|condition| {
                let Some(value) = condition.value else { return true };
                let fits = given(&condition.column).map(|other| self.equal(value, other).is_some());
                fold(&condition.column) != "id"
                    && fits.unwrap_or(self.scene.values.literal_text(value).is_some())
            })
    }

    /// Why removing a lock file that was looked at does no harm: nobody here takes it again, or
    /// whoever removes it took it before.
    pub(super) fn is_idle_lock(&self, act: EventId) -> Option<&'static str> {
        let takes = |id: EventId| {
            let event = self.event(id);
            event.verb == Verb::Create
                && event.traits.has(Trait::Exclusive)
                && self.keys(id).first() == self.keys(act).first()
        };
        if !self.scene.event_ids().any(takes) {
            return Some("nobody takes the lock here");
        }
        let took = self.decisions(self.event(act).at.block).iter().any(|decision| {
            if decision.raises && self.is_told_by_values() {
                return false;
            }
            if decision.raises {
                let of = self.scene.results.get(&decision.test);
                return !decision.outcome && of.into_iter().flatten().any(|id| takes(*id));
            }
            let won = |id: EventId| takes(id) && self.wins_by(decision, id);
            self.is_told_by_values() && self.looked_at(decision).iter().any(|seen| won(seen.event))
        });
        took.then_some("the lock that is removed was taken before")
    }

    /// An error is a value like others, and what follows runs whether or not there was one.
    fn is_told_by_values(&self) -> bool {
        self.project.unit(self.scene.file).program.language == Language::Rust
    }

    /// Where a row stands among others is a matter of taste: two that stand at one place do no harm.
    pub(super) fn only_orders(&self, decided: &Decided, fields: &[Name]) -> bool {
        // A limit is weighed; `last?.position ?? 0` only asks whether there is one.
        let weighed = decided.decision.as_ref().is_some_and(|decision| self.compares(decision.test));
        let fields = if fields.is_empty() && !weighed { decided.computed.as_slice() } else { fields };
        !fields.is_empty() && fields.iter().all(|field| self.knowledge.is_word("ordering", &fold(field)))
    }
}
