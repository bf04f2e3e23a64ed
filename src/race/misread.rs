//! Errors told apart by what this client never shows.

use super::Races;
use crate::program::Operator;
use crate::scene::event::{EventId, OutcomeKind, Recognition};
use crate::scene::value::{Term, ValueId};
use crate::scene::{End, Mark};
use crate::source::Span;

impl Races<'_> {
    /// The branch that asks an act's error for a code by which only other clients refuse a row.
    pub(super) fn misread_code(&self, id: EventId) -> Option<Span> {
        if self.event(id).recognition < Recognition::Distinctive || !self.has_codes(id) {
            return None;
        }
        let asks = |block: &usize| {
            let End::If { test, span, .. } = &self.scene.blocks[*block].end else { return None };
            self.asks_foreign_code(*test, id).then_some(*span)
        };
        let span = self.error_tests().iter().find_map(asks)?;
        self.is_handled(id).is_none().then_some(span)
    }

    fn has_codes(&self, id: EventId) -> bool {
        self.event(id).fails.iter().any(|outcome| matches!(&outcome.kind, OutcomeKind::Throws(Some(_))))
    }

    fn asks_foreign_code(&self, test: ValueId, id: EventId) -> bool {
        let values = &self.scene.values;
        let mut found = false;
        self.walk_parts(test, 6, &mut |part| {
            if let Term::Apply(Operator::Equal | Operator::NotEqual, operands) = values.term(part)
                && let [a, b] = operands.as_slice()
            {
                found |= [(a, b), (b, a)].into_iter().any(|(asked, code)| {
                    values.literal_text(*code).is_some_and(|code| {
                        self.knowledge.is_refusal(code) && self.never_shows(*asked, id, code)
                    })
                });
            }
            !found
        });
        found
    }

    /// A property of an error that is certainly of this act, or of others that show no such code.
    fn never_shows(&self, asked: ValueId, id: EventId, code: &str) -> bool {
        let Term::Load { base, .. } = self.scene.values.term(asked) else { return false };
        let raised = match self.scene.values.term(*base) {
            Term::Error(of) => self.scene.results.get(of).cloned().unwrap_or_default(),
            Term::Caught(_) if self.is_explained(*base) => {
                self.scene.caught.get(base).cloned().unwrap_or_default()
            }
            _ => return false,
        };
        let shows = |id: &EventId| {
            self.event(*id).fails.iter().any(|outcome| match &outcome.kind {
                OutcomeKind::Throws(Some(known)) => known == code,
                _ => false,
            })
        };
        raised.contains(&id) && !raised.iter().any(shows)
    }

    /// All awaited calls whose error may be caught here are known: no helper brings a code of its own.
    fn is_explained(&self, caught: ValueId) -> bool {
        let influences = self.scene.values.influences.get(&caught);
        let raised: Vec<ValueId> = influences
            .into_iter()
            .flatten()
            .filter_map(|error| match self.scene.values.term(*error) {
                Term::Error(of) => Some(*of),
                _ => None,
            })
            .collect();
        let mut marks = self.scene.blocks.iter().flat_map(|block| &block.marks);
        !marks.any(|mark| matches!(mark, Mark::Call { result, awaited: true, .. } if raised.contains(result)))
    }
}
