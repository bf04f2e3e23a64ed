//! Changes that may be refused, and whether anybody reads that they were.

use super::{Decision, Races};
use crate::book::words::{Noun, Trait, Verb};
use crate::program::{Language, Operator};
use crate::scene::End;
use crate::scene::event::{EventId, Outcome, OutcomeKind};
use crate::scene::value::{Term, ValueId};

impl Races<'_> {
    /// The ways in which it shows that a change was refused: nothing was affected, or what its page
    /// lists.
    fn refusals(&self, id: EventId) -> Vec<Outcome> {
        let event = self.event(id);
        let counted = matches!(event.verb, Verb::Update | Verb::Remove) || event.traits.has(Trait::Exclusive);
        if !counted || event.affected.is_empty() {
            return event.fails.clone();
        }
        let none = |outcome: &Outcome| Outcome {
            kind: match &outcome.kind {
                OutcomeKind::Value => OutcomeKind::Zero,
                kind => kind.clone(),
            },
            path: outcome.path.clone(),
        };
        event.affected.iter().map(none).collect()
    }

    /// A decision asks whether a change was refused, and this is the side where it was not; in doubt
    /// it is.
    pub(super) fn wins_by(&self, decision: &Decision, id: EventId) -> bool {
        if decision.raises {
            return !decision.outcome;
        }
        let refusals = self.refusals(id);
        let leads = |answer: bool| answer == decision.outcome;
        refusals.is_empty()
            || refusals.iter().any(|by| {
                let told = |refused| self.told_refused(decision.test, id, by, refused);
                match (told(true), told(false)) {
                    (Some(lost), Some(won)) => lost != won && leads(won),
                    (Some(lost), None) => !leads(lost),
                    (None, Some(won)) => leads(won),
                    (None, None) => true,
                }
            })
    }

    /// What was there is replaced and lost, and all that is done about it is to raise:
    /// `assert!(map.insert(key, value).is_none())`.
    pub(super) fn is_only_told_by_raising(&self, act: EventId) -> bool {
        let event = self.event(act);
        let asks = |test: ValueId| self.seen(test, true).iter().any(|seen| seen.event == act);
        let raises = |at: u32| {
            let block = &self.scene.blocks[at as usize];
            block.marks.is_empty() && matches!(block.end, End::Raise)
        };
        let mut tests = self.scene.blocks.iter().filter_map(|block| match block.end {
            End::If { test, yes, no, .. } if asks(test) => Some(raises(yes) || raises(no)),
            _ => None,
        });
        event.verb == Verb::Write
            && matches!(event.resource.noun, Noun::State | Noun::Entry)
            && tests.next() == Some(true)
            && tests.all(|raises| raises)
    }

    /// It shows in the answer that a change was refused, and of the answer nothing is looked at but
    /// whether there was an error: `delete(code).await?`.
    pub(super) fn is_refusal_unread(&self, id: EventId) -> bool {
        let frame = &self.scene.frames[self.event(id).frame.0 as usize];
        let refusals = self.refusals(id);
        let raises = |by: &Outcome| matches!(by.kind, OutcomeKind::Throws(_) | OutcomeKind::Fine);
        self.project.language(frame.file) == Language::Rust
            && !refusals.is_empty()
            && !refusals.iter().any(raises)
            && !self.scene.answered.contains(&self.event(id).result)
            && !self.goes_on(id)
            && !self.scene.blocks.iter().any(|block| match &block.end {
                End::If { test, .. } => self.may_ask(*test, id, &refusals),
                _ => false,
            })
    }

    /// A test that rests on an answer, and may come out otherwise where the change was refused.
    fn may_ask(&self, test: ValueId, id: EventId, refusals: &[Outcome]) -> bool {
        let result = self.event(id).result;
        self.any_part(test, 8, &mut |part| part == result)
            && refusals.iter().any(|by| {
                let told = |refused| self.told_refused(test, id, by, refused);
                told(true).is_none() || told(true) != told(false)
            })
    }

    /// The answer itself, not only that it is no error, goes into another value or event.
    fn goes_on(&self, id: EventId) -> bool {
        let (values, result) = (&self.scene.values, self.event(id).result);
        let unwraps = |value: ValueId| {
            let call = self.scene.calls.get(&value);
            call.is_some_and(|call| self.knowledge.is_word("unwraps", &call.name))
        };
        let fine = |value: ValueId| match values.term(value) {
            Term::Apply(Operator::Is(name), _) => matches!(name.as_str(), "Ok" | "Err"),
            Term::Error(_) => true,
            // On the way of an error alone.
            Term::Phi { .. } => values.phis.get(&value).into_iter().flatten().all(|input| {
                input.value != result
                    || input.conditions.iter().any(|(test, outcome)| match values.term(*test) {
                        Term::Apply(Operator::Is(name), of) => {
                            of.as_slice() == [result] && name == if *outcome { "Err" } else { "Ok" }
                        }
                        _ => false,
                    })
            }),
            _ => unwraps(value),
        };
        let inside = values.ids().any(|value| values.parts(value).contains(&result) && !fine(value));
        let asked = self.scene.calls.values().any(|call| {
            (call.receiver == Some(result) || call.args.contains(&result))
                && !self.knowledge.is_word("unwraps", &call.name)
        });
        inside
            || asked
            || self.scene.event_ids().any(|other| {
                let event = self.event(other);
                event.data == Some(result)
                    || event.resource.keys.contains(&result)
                    || event.sets.iter().any(|(_, value)| *value == result)
                    || event.resource.conditions.iter().any(|c| c.value == Some(result))
            })
    }
}
