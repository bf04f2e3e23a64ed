//! Statements whose text was chosen on a branch before the call.

use super::build::Builder;
use super::value::{FrameId, Input, Term, ValueId};
use crate::program::Operator;

/// Among how many texts a call may choose.
const CHOICES: usize = 4;

impl Builder<'_> {
    /// The texts that a variable may hold, each with the way on which it does: `let text; if (fresh)
    /// text = 'INSERT …' else text = 'UPDATE …'`.
    pub(super) fn chosen_texts(&mut self, text: ValueId) -> Vec<Input> {
        let Some(inputs) = self.values.phis.get(&text).cloned() else { return Vec::new() };
        let known = |builder: &mut Self, input: &Input| builder.sql_pieces(input.value).is_some();
        match (2..=CHOICES).contains(&inputs.len()) && inputs.iter().all(|input| known(self, input)) {
            true => inputs,
            false => Vec::new(),
        }
    }

    /// What was chosen on the same way as a text.
    pub(super) fn chosen_with(&self, values: ValueId, way: &[(ValueId, bool)]) -> ValueId {
        let mut inputs = self.values.phis.get(&values).into_iter().flatten();
        inputs.find(|input| input.conditions == way).map_or(values, |input| input.value)
    }

    /// Runs something where all of some tests came out so.
    pub(super) fn on_ways(
        &mut self,
        frame: FrameId,
        way: &[(ValueId, bool)],
        body: &mut dyn FnMut(&mut Self),
    ) {
        let Some(((test, outcome), rest)) = way.split_last() else { return body(self) };
        let test = match outcome {
            true => *test,
            false => self.values.number(Term::Apply(Operator::Not, vec![*test])),
        };
        self.branch(frame, test, |builder| builder.on_ways(frame, rest, body));
    }
}
