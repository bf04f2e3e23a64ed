//! What a unique key makes of two runs that both found nothing and both insert.

use super::relation::fold;
use super::{Decision, Races};
use crate::book::words::{Noun, Verb};
use crate::program::Name;
use crate::scene::End;
use crate::scene::event::{EventId, Point};

/// The second of two such acts is refused by a unique key.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) columns: Vec<Name>,
    /// Somebody waits for errors of the act, whatever they are.
    pub(super) caught: bool,
}

impl Races<'_> {
    /// A key lets only one of two such rows in: the look asked for all of its columns, and the act
    /// writes what was asked for. What was done between the two is done twice all the same, unless
    /// it is undone with the act; then the key is no help.
    pub(super) fn refused_by(&self, look: EventId, act: EventId) -> Option<Refused> {
        let (from, to) = (self.event(look), self.event(act));
        let inserts = matches!(to.verb, Verb::Create | Verb::Write)
            || (to.verb == Verb::Update && self.taken(look, act).is_some());
        if from.resource.noun != Noun::Row || to.resource.noun != Noun::Row || !inserts {
            return None;
        }
        let table = self.table_text(*self.keys(act).first()?)?;
        let asked = from.resource.conditions.iter().filter(|condition| condition.equal && !condition.aside);
        // A column that gets another value than was asked for keeps no second row out.
        let same = asked.filter(|condition| {
            let written = to.sets.iter().find(|(name, _)| fold(name) == fold(&condition.column));
            match (written, condition.value) {
                (Some((_, written)), Some(value)) => self.equal(*written, value).is_some(),
                // A row that is there keeps what the act does not write.
                (None, _) => to.verb != Verb::Update,
                (Some(_), None) => false,
            }
        });
        let columns: Vec<Name> = same.map(|condition| condition.column.clone()).collect();
        let key = self.project.schema.key_within(&table, &columns)?.columns.clone();
        (!self.spent_between(look, act)).then(|| Refused { columns: key, caught: self.is_caught(act) })
    }

    /// An error of an act meets more than the way out.
    fn is_caught(&self, act: EventId) -> bool {
        let block = self.event(act).at.block;
        match self.scene.blocks[block as usize].end {
            End::Raises { call, .. } => {
                !self.hands_on(&Decision { block, test: call, outcome: false, raises: true, span: None })
            }
            _ => false,
        }
    }

    /// Something that ought to happen once happens on the way from a look to an act, and is not
    /// taken back where the act fails.
    fn spent_between(&self, look: EventId, act: EventId) -> bool {
        let (from, to) = (self.event(look).at, self.event(act).at);
        let between = |at: Point| self.before(from, at) && self.before(at, to);
        let transaction = |at: Point| {
            let mut holds = self.holds.at(self.scene, &self.keys, at).into_iter();
            holds.find(|hold| self.event(*hold).resource.noun == Noun::Transaction)
        };
        let around = transaction(to);
        let done = |id: EventId| {
            let event = self.event(id);
            let undone =
                || event.resource.noun == Noun::Row && around.is_some() && transaction(event.at) == around;
            id != act
                && (matches!(event.verb, Verb::Create | Verb::Perform) || self.is_relative(id))
                && between(event.at)
                && !self.resource_words(id).iter().any(|word| self.knowledge.is_word("logging", word))
                && !undone()
        };
        self.scene.event_ids().any(done) || self.effect_called_between(from, to)
    }
}
