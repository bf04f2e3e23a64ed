//! Rows that were fetched only to be counted: `rows.length >= LIMIT`.

use super::Races;
use super::decide::Decision;
use crate::program::Operator::{Equal, Greater, GreaterEqual, Less, LessEqual, Not, NotEqual};
use crate::scene::event::EventId;
use crate::scene::value::{Term, ValueId};

impl Races<'_> {
    /// On the way to the act it was asked whether a look gave more rows than some number, and not
    /// only whether it gave any.
    pub(super) fn counts_rows(&self, look: EventId, act: EventId) -> bool {
        let weighs = |decision: &&Decision| !decision.raises && self.weighs_size(decision.test, look);
        self.decisions(self.event(act).at.block).iter().any(|decision| weighs(&decision))
    }

    fn weighs_size(&self, test: ValueId, look: EventId) -> bool {
        match self.scene.values.term(test) {
            Term::Apply(Not, of) => of.iter().any(|of| self.weighs_size(*of, look)),
            Term::Apply(Less | LessEqual | Greater | GreaterEqual, sides) => match sides.as_slice() {
                [a, b] => {
                    (self.is_size_of(*a, look) && !self.is_none_or_one(*b))
                        || (self.is_size_of(*b, look) && !self.is_none_or_one(*a))
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Every test of a count on the way to the act asks whether there is any, and the act is where
    /// there is.
    pub(super) fn asks_whether_any(&self, look: EventId, act: EventId) -> bool {
        let decisions = self.decisions(self.event(act).at.block);
        let mut of_look = decisions
            .iter()
            .filter(|decision| {
                !decision.raises && self.looked_at(decision).iter().any(|seen| seen.event == look)
            })
            .peekable();
        of_look.peek().is_some()
            && of_look.all(|decision| self.says_any(decision.test) == Some(decision.outcome))
    }

    /// Whether a test that holds says that there is any: `n > 0`, not `n === 0`.
    fn says_any(&self, test: ValueId) -> Option<bool> {
        let none =
            |sides: &[ValueId]| matches!(sides, [_, b] if self.scene.values.literal_text(*b) == Some("0"));
        match self.scene.values.term(test) {
            Term::Apply(Not, of) => of.first().and_then(|of| self.says_any(*of)).map(|any| !any),
            Term::Apply(Greater | NotEqual, sides) if none(sides) => Some(true),
            Term::Apply(LessEqual | Equal, sides) if none(sides) => Some(false),
            _ => None,
        }
    }

    /// `0` and `1` ask whether there is any.
    fn is_none_or_one(&self, value: ValueId) -> bool {
        matches!(self.scene.values.literal_text(value), Some("0" | "1"))
    }

    fn is_size_of(&self, value: ValueId, look: EventId) -> bool {
        let (of, name) = match self.scene.values.term(value) {
            Term::Load { base, field, .. } => (*base, field),
            Term::Pure { callee, name, .. } => (*callee, name),
            _ => match self.scene.calls.get(&value) {
                Some(call) if call.args.is_empty() => match call.receiver {
                    Some(receiver) => (receiver, &call.name),
                    None => return false,
                },
                _ => return false,
            },
        };
        self.knowledge.is_word("sizes", name) && self.seen(of, false).iter().any(|seen| seen.event == look)
    }
}
