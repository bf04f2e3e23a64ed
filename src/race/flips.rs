//! Flags of memory whose look only spares a store, or only checks on the programmer.

use super::Races;
use super::decide::Decision;
use super::leads::Decided;
use crate::book::words::{Noun, Verb};
use crate::program::{Language, Literal, Operator};
use crate::scene::End;
use crate::scene::event::EventId;
use crate::scene::value::{Term, ValueId};

impl Races<'_> {
    /// `assert!(flag.load() != new); flag.store(new)`: the look tells of a mistake in the program,
    /// and nothing is done otherwise because of it.
    pub(super) fn is_only_asserted(
        &self,
        act: EventId,
        decided: &Decided,
        decision: Option<&Decision>,
    ) -> bool {
        let event = self.event(act);
        let unit = self.project.unit(self.scene.frames[event.frame.0 as usize].file);
        let Some((_, other)) = decision.and_then(|decision| self.sides(decision)) else { return false };
        let block = &self.scene.blocks[other as usize];
        event.resource.noun == Noun::Atomic
            && event.verb == Verb::Write
            && unit.program.language == Language::Rust
            && !decided.data
            && matches!(block.end, End::Raise)
            && block.marks.is_empty()
    }

    /// `if !flag.load() { flag.store(true) }`, `if *size != wanted { *size = wanted }`, and nothing
    /// else hangs on it: storing it in any case would do the same.
    pub(super) fn is_flip(&self, act: EventId, decided: &Decided, decision: Option<&Decision>) -> bool {
        let event = self.event(act);
        let Some(decision) = decision else { return false };
        let Some(data) = event.data else { return false };
        let constant = matches!(self.scene.values.term(data), Term::Literal(Literal::Bool(_)));
        let asks =
            (constant && self.asks_flag(decision.test, act)) || self.asks_if_other(decision, act, data);
        matches!(event.resource.noun, Noun::Atomic | Noun::State)
            && event.verb == Verb::Write
            && !decided.data
            && asks
            && !self.works_beside(act, decision)
            && (self.joins_again(decision) || self.tells_nothing(decision))
            && !self.chooses(decision.test)
    }

    /// The test asks whether what is there differs from what is stored then.
    fn asks_if_other(&self, decision: &Decision, act: EventId, data: ValueId) -> bool {
        let (mut test, mut differs) = (decision.test, decision.outcome);
        if let Term::Apply(Operator::Not, of) = self.scene.values.term(test)
            && let [inner] = of.as_slice()
        {
            (test, differs) = (*inner, !differs);
        }
        let sides = match self.scene.values.term(test) {
            Term::Apply(Operator::NotEqual, sides) if differs => sides,
            Term::Apply(Operator::Equal, sides) if !differs => sides,
            _ => return false,
        };
        let [one, other] = sides.as_slice() else { return false };
        let data = self.canon(data);
        (self.canon(*one) == data && self.asks_flag(*other, act))
            || (self.canon(*other) == data && self.asks_flag(*one, act))
    }

    /// Whoever calls is given the same, whichever way it went.
    fn tells_nothing(&self, decision: &Decision) -> bool {
        let Some((mine, other)) = self.sides(decision) else { return false };
        let raises = |at: &usize| matches!(self.scene.blocks[*at].end, End::Raise);
        let nothing =
            |value: &ValueId| matches!(self.scene.values.term(*value), Term::Literal(Literal::Null));
        self.scene.returned.iter().all(nothing)
            && !self.only(mine, other).iter().chain(&self.only(other, mine)).any(raises)
    }

    /// The test is the flag itself, or that it is not raised.
    fn asks_flag(&self, test: ValueId, act: EventId) -> bool {
        match self.scene.values.term(test) {
            Term::Apply(Operator::Not, of) => of.first().is_some_and(|of| self.asks_flag(*of, act)),
            _ => self.scene.results.get(&test).is_some_and(|looks| {
                looks.iter().all(|look| self.keys(*look).first() == self.keys(act).first())
            }),
        }
    }

    /// No exit belongs to the side that acts alone.
    fn joins_again(&self, decision: &Decision) -> bool {
        let Some((mine, other)) = self.sides(decision) else { return false };
        let own = self.only(mine, other);
        !own.is_empty()
            && own
                .iter()
                .all(|at| !matches!(self.scene.blocks[*at].end, End::Return | End::Raise | End::Open))
    }

    /// Some value is another one where the test holds.
    fn chooses(&self, test: ValueId) -> bool {
        self.scene
            .values
            .phis
            .values()
            .flatten()
            .any(|input| input.conditions.iter().any(|(asked, _)| *asked == test))
    }
}
