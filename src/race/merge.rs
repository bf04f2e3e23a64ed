//! Values that are put back with a change, at once.

use super::Races;
use super::leads::Decided;
use super::relation::fold;
use crate::book::words::{Noun, Verb};
use crate::program::{Literal, Name, Operator};
use crate::scene::event::EventId;
use crate::scene::value::{Slot, Term, ValueId};

impl Races<'_> {
    /// What was read is put back in the very next step with something set in it: somebody else's
    /// change is lost only if it comes in that moment, and it is one more setting, no sum.
    pub(super) fn is_merged_at_once(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        let event = self.event(act);
        let computed = |column: &Name| decided.computed.iter().any(|name| fold(name) == fold(column));
        let mut merged = event.sets.iter().filter(|(column, _)| computed(column)).peekable();
        event.resource.noun == Noun::Row
            && event.verb == Verb::Update
            && !self.is_contended(&[look, act], &decided.computed)
            && merged.peek().is_some()
            && merged.all(|(_, value)| self.is_merge(*value, look, 0))
            && self.is_next_step(look, act)
    }

    /// `pinned: !row.pinned`, and no more than that hangs on what was found: two at once turn it the
    /// same way, as if one of them had come.
    pub(super) fn is_toggled(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        let event = self.event(act);
        let of_look = |value: ValueId| self.seen(value, false).iter().any(|seen| seen.event == look);
        let turned = |column: &Name, value: ValueId| match self.scene.values.term(value) {
            Term::Apply(Operator::Not, of) => of.iter().all(|of| self.is_flag(*of, column, look)),
            _ => false,
        };
        let mut taken = event.sets.iter().filter(|(_, value)| of_look(*value)).peekable();
        event.resource.noun == Noun::Row
            && event.verb == Verb::Update
            && taken.peek().is_some()
            && decided
                .names
                .iter()
                .all(|name| event.sets.iter().any(|(column, _)| fold(column) == fold(name)))
            && taken.all(|(column, value)| turned(column, *value))
    }

    /// `row.pinned`, or `row.pinned ?? false`.
    fn is_flag(&self, value: ValueId, column: &Name, look: EventId) -> bool {
        let own = |value: ValueId| match self.scene.values.term(value) {
            Term::Load { base, field, .. } => fold(field) == fold(column) && self.is_found(*base, look),
            _ => false,
        };
        let off = |value: ValueId| {
            matches!(self.scene.values.term(value), Term::Literal(Literal::Bool(false) | Literal::Null))
        };
        match self.scene.values.phis.get(&value) {
            Some(inputs) => {
                inputs.iter().any(|input| own(input.value))
                    && inputs.iter().all(|input| own(input.value) || off(input.value))
            }
            None => own(value),
        }
    }

    /// `{ ...row.settings, theme }`, `theme ?? row.theme`.
    fn is_merge(&self, value: ValueId, look: EventId, depth: u32) -> bool {
        let of_look = |value: ValueId| self.seen(value, false).iter().any(|seen| seen.event == look);
        if depth > 6 || !of_look(value) {
            return depth <= 6;
        }
        let values = &self.scene.values;
        // `row.alerts.push(alert)` has changed what was read.
        if values.influences.contains_key(&value) {
            return false;
        }
        match values.term(value) {
            // `[...row.members, member]`: one more, which another's one more takes the place of.
            Term::Record { entries, .. } if is_longer(entries) => false,
            Term::Record { entries, .. } => entries.iter().all(|(slot, entry)| match slot {
                // `...schema.parse(row.settings ?? {})`.
                Slot::Spread => match values.term(*entry) {
                    Term::Pure { callee, args, .. } => {
                        !of_look(*callee) && args.len() == 1 && self.is_merge(args[0], look, depth + 1)
                    }
                    _ => self.is_merge(*entry, look, depth + 1),
                },
                Slot::Named(_) | Slot::Computed(_) => !of_look(*entry),
            }),
            Term::Phi { .. } => {
                values.parts(value).into_iter().all(|part| self.is_merge(part, look, depth + 1))
            }
            Term::Load { base, .. } => self.is_found(*base, look),
            Term::Payload { of, .. } => self.is_merge(*of, look, depth + 1),
            _ => self.is_found(value, look),
        }
    }

    /// The row that was looked up, or a part of it.
    fn is_found(&self, value: ValueId, look: EventId) -> bool {
        let mut at = value;
        for _ in 0..6 {
            if self.scene.results.get(&at).is_some_and(|ids| ids.contains(&look)) {
                return true;
            }
            at = match self.scene.values.term(at) {
                Term::Load { base, .. } | Term::Each { base, .. } | Term::Element { base, .. } => *base,
                Term::Payload { of, .. } => *of,
                _ => return false,
            };
        }
        false
    }
}

/// A list that holds another one, and something beside it.
fn is_longer(entries: &[(Slot, ValueId)]) -> bool {
    let counted = |slot: &Slot| matches!(slot, Slot::Named(name) if name.bytes().all(|b| b.is_ascii_digit()));
    entries.iter().any(|(slot, _)| matches!(slot, Slot::Spread))
        && entries.iter().any(|(slot, _)| counted(slot))
}
