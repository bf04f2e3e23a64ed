//! Whether a field of an answer is the answer itself, in what wraps it, or a part of what was found.

use super::Races;
use crate::book::api::SlotStep;
use crate::book::words::Noun;
use crate::program::Name;
use crate::scene::event::{Answer, Event};
use crate::scene::value::{Term, ValueId};

impl Races<'_> {
    /// `result.rows` wraps what was found. `row.count` is a column of it, though other calls answer
    /// with a `count` of what they changed.
    pub(super) fn is_wrapping(&self, base: ValueId, field: &Name) -> bool {
        if self.stands_beside(base, field) {
            return true;
        }
        if !self.knowledge.is_container(field) || self.is_place(base, field) {
            return false;
        }
        field == "length" || !self.is_of_row(base, field)
    }

    /// `row.passes.entered`: the row of the table that was asked for, beside those of others.
    fn stands_beside(&self, base: ValueId, field: &Name) -> bool {
        let values = &self.scene.values;
        let list = match values.term(base) {
            Term::Each { base, .. } | Term::Element { base, .. } | Term::Load { base, .. } => Some(*base),
            _ => None,
        };
        std::iter::once(base).chain(list).any(|of| {
            let mut events = self.scene.results.get(&of).into_iter().flatten().map(|id| self.event(*id));
            let is_row = |(name, what): &(Name, Answer)| name == field && *what == Answer::Row;
            events.any(|event| event.renamed.iter().any(is_row))
        })
    }

    /// The base is a row that was looked up, and no answer with rows in it.
    fn is_of_row(&self, base: ValueId, field: &Name) -> bool {
        let events = self.scene.results.get(&base).into_iter().flatten();
        let mut events = events.map(|id| self.event(*id)).peekable();
        if events.peek().is_some() {
            return events.all(|event| event.resource.noun == Noun::Row && !wraps_in(event, field));
        }
        let base = match self.scene.values.term(base) {
            Term::Each { base, .. } | Term::Element { base, .. } => base,
            Term::Load { base, field, .. } if is_place(field) => base,
            _ => return false,
        };
        // One of the rows of a list, or of what wraps it.
        let list = match self.scene.values.term(*base) {
            Term::Load { base, .. } => base,
            _ => base,
        };
        let of_rows = |list: &ValueId| {
            let mut events = self.scene.results.get(list).into_iter().flatten();
            events.any(|id| self.event(*id).resource.noun == Noun::Row)
        };
        of_rows(base) || of_rows(list)
    }
}

/// The page says that something stands at this field of the answer, or that it is a list of which
/// this is an element.
fn wraps_in(event: &Event, field: &Name) -> bool {
    if event.lists_rows() && is_place(field) {
        return true;
    }
    let outcomes = event.absent.iter().chain(&event.affected).chain(&event.fails);
    let mut firsts = outcomes.filter_map(|outcome| outcome.path.first());
    firsts.any(|step| matches!(step, SlotStep::Property(name) if name == field))
}

/// `rows[0]`.
fn is_place(field: &Name) -> bool {
    field.bytes().all(|byte| byte.is_ascii_digit())
}
