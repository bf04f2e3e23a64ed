//! What a unique key makes of two runs that both found nothing and both insert.

use super::leads::Decided;
use super::relation::fold;
use super::{Decision, Races};
use crate::book::words::{Level, Link, Noun, Relation, Relations, Role, Verb};
use crate::finding::Finding;
use crate::program::Name;
use crate::scene::event::{EventId, Point};
use crate::scene::value::{Term, ValueId};
use crate::scene::{End, Mark};

/// The second of two such acts is refused by a unique key.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub(super) columns: Vec<Name>,
    /// Somebody waits for errors of the act, whatever they are.
    pub(super) caught: bool,
    /// They end a loop: what stands in its other rounds is left undone.
    halts: bool,
    /// Whoever came second was to have a row of this key, and gets an error for no fault of its own.
    wanted: bool,
}

impl Refused {
    /// Nothing is there twice; what is left is an error, which costs more where it stops others or
    /// meets somebody who asked for what is there.
    pub(super) fn tell(&self, finding: &mut Finding) {
        let columns: Vec<String> = self.columns.iter().map(|column| format!("`{column}`")).collect();
        let error = match (self.halts, self.caught) {
            (true, _) => "with an error that ends the whole loop",
            (false, true) => "and its error is caught",
            (false, false) => "with an error that nobody prepared for",
        };
        finding.interleaving.cost =
            format!("{} can stand there only once: the second run fails, {error}", columns.join(", "));
        let loud = self.halts || (self.wanted && !self.caught);
        finding.level = finding.level.min(if loud { Level::Warning } else { Level::Note });
    }
}

impl Races<'_> {
    /// The key that refuses the second of two runs, and what comes of its error.
    pub(super) fn refused_by(&self, look: EventId, act: EventId, decided: &Decided) -> Option<Refused> {
        if self.spent_between(look, act) {
            return None;
        }
        match self.key_asked(look, act) {
            Some(columns) => Some(self.refused(act, columns, true)),
            None => match self.key_numbered(look, act, decided) {
                Some(columns) => Some(self.refused(act, columns, false)),
                None if self.roles(act).has(Role::Code) => self.gain_refused(look, act),
                None => None,
            },
        }
    }

    fn refused(&self, act: EventId, columns: Vec<Name>, wanted: bool) -> Refused {
        let block = self.event(act).at.block as usize;
        let outermost = self.flow.loops.around(block).last();
        // Whoever meets the error goes on with the next round, or leaves the loop.
        let goes_on = |header: usize| match self.scene.blocks[block].end {
            End::Raises { handler, .. } => self.follows(handler as usize, header),
            _ => false,
        };
        let halts = outermost.is_some_and(|header| !goes_on(header));
        Refused { columns, caught: self.is_caught(act), halts, wanted }
    }

    /// A row of which a key allows one is added on the way from a look to an act, or together with
    /// the act, and all of that key is what the look saw or asked for: the second run ends there.
    pub(super) fn gain_refused(&self, look: EventId, act: EventId) -> Option<Refused> {
        let (from, to) = (self.event(look).at, self.event(act).at);
        let around = self.transaction_at(to);
        self.scene.event_ids().find_map(|id| {
            let event = self.event(id);
            let stops = self.dominates(event.at, to)
                || (around.is_some() && self.transaction_at(event.at) == around && self.before(to, event.at));
            if id == act || event.verb != Verb::Create || !stops || !self.before(from, event.at) {
                return None;
            }
            let columns = self.key_of(id, &|_, value| self.is_told_by(look, value, 3))?;
            (!self.is_caught(id) && !self.spent_between(look, id)).then(|| self.refused(id, columns, false))
        })
    }

    /// What is got for a code that was looked up can be got once.
    pub(super) fn is_spent_once(&self, act: EventId) -> bool {
        let same = Relations::of(&[Relation::Same, Relation::Selects]);
        self.event(act).resource.noun == Noun::Row
            && self.scene.event_ids().any(|look| {
                look != act
                    && self.event(look).verb == Verb::Read
                    && self.before(self.event(look).at, self.event(act).at)
                    && self.related(look, act, same).is_some()
                    && self.gain_refused(look, act).is_some()
            })
    }

    /// Both runs that look have this value: it is what they asked for, or comes from what they saw.
    fn is_told_by(&self, look: EventId, value: ValueId, depth: u32) -> bool {
        if matches!(self.scene.values.term(self.canon(value)), Term::Literal(_)) {
            return true;
        }
        let asked = |condition: &crate::scene::event::Condition| {
            condition.equal && condition.value.is_some_and(|asked| self.canon(asked) == self.canon(value))
        };
        if self.event(look).resource.conditions.iter().any(asked) {
            return true;
        }
        let seen = self.seen(value, false);
        !seen.is_empty()
            && !self.is_fresh(value)
            && seen.iter().all(|seen| {
                let conditions = &self.event(seen.event).resource.conditions;
                seen.event == look
                    || (depth > 0
                        && !conditions.is_empty()
                        && conditions.iter().all(|condition| {
                            let told = |value| self.is_told_by(look, value, depth - 1);
                            condition.equal && condition.value.is_some_and(told)
                        }))
            })
    }

    /// A key over columns that an insert fills with values of this kind.
    fn key_of(&self, act: EventId, fits: &dyn Fn(&Name, ValueId) -> bool) -> Option<Vec<Name>> {
        let to = self.event(act);
        if to.resource.noun != Noun::Row {
            return None;
        }
        let table = self.table_text(*self.keys(act).first()?)?;
        let columns = to.sets.iter().filter(|(name, value)| fits(name, *value));
        let columns: Vec<Name> = columns.map(|(name, _)| name.clone()).collect();
        self.key_within(&table, columns)
    }

    /// What was counted, or the last one's number, gives the new row's number, and a key holds it:
    /// two runs that counted the same are not both let in. A limit that the count is held against
    /// is another matter, and so is a number that was given away before.
    fn key_numbered(&self, look: EventId, act: EventId, decided: &Decided) -> Option<Vec<Name>> {
        let conditions = &self.event(look).resource.conditions;
        if self.event(act).verb != Verb::Create
            || decided.links.has(Link::Control)
            || self.event(look).resource.noun != Noun::Row
            || self.given_away(look, act)
        {
            return None;
        }
        self.key_of(act, &|_, value| {
            let numbered = self.seen(value, false).iter().any(|seen| seen.event == look);
            let asked = || {
                conditions.iter().any(|condition| {
                    condition.equal
                        && condition.value.is_some_and(|asked| self.canon(asked) == self.canon(value))
                })
            };
            (numbered && !self.is_fresh(value)) || asked()
        })
    }

    /// Between two events something that is waited for, now or later, is given what the first one
    /// saw, and not to make the second one's data of it: it is printed, drawn or sent.
    fn given_away(&self, look: EventId, act: EventId) -> bool {
        let (from, to) = (self.event(look).at, self.event(act).at);
        let given = |input: &ValueId| self.seen(*input, false).iter().any(|seen| seen.event == look);
        let written = |result: ValueId| {
            let values = self.event(act).sets.iter().map(|(_, value)| *value);
            values.chain(self.event(act).data).any(|data| self.any_part(data, 12, &mut |part| part == result))
        };
        self.scene.blocks.iter().enumerate().any(|(block, body)| {
            body.marks.iter().enumerate().any(|(index, mark)| {
                let Mark::Call { name, inputs, result, awaited, .. } = mark else { return false };
                let at = Point { block: block as u32, index: index as u32 };
                let later = || {
                    !self.knowledge.in_lexicon("logging", name)
                        && !written(*result)
                        && self.suspends_between(at, to)
                };
                self.before(from, at)
                    && self.before(at, to)
                    && inputs.iter().any(given)
                    && (*awaited || later())
            })
        })
    }

    /// Somebody waits for something between two points.
    fn suspends_between(&self, from: Point, to: Point) -> bool {
        self.scene.blocks.iter().enumerate().any(|(block, body)| {
            body.marks.iter().enumerate().any(|(index, mark)| {
                let at = Point { block: block as u32, index: index as u32 };
                matches!(mark, Mark::Suspend(..)) && self.before(from, at) && self.before(at, to)
            })
        })
    }

    /// A key lets only one of two such rows in: the look asked for all of its columns, and the act
    /// writes what was asked for. What was done between the two is done twice all the same, unless
    /// it is undone with the act; then the key is no help.
    fn key_asked(&self, look: EventId, act: EventId) -> Option<Vec<Name>> {
        let (from, to) = (self.event(look), self.event(act));
        // A row that was found and is stored again was there before.
        let inserts = to.verb == Verb::Create
            || (to.verb == Verb::Write && !self.is_stored_again(look, act))
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
        let mut columns: Vec<Name> = same.map(|condition| condition.column.clone()).collect();
        columns.extend(self.searched(look, act));
        self.key_within(&table, columns)
    }

    /// The columns of a key that lies within these; where no schema shows a table's primary key, it is
    /// its identifier.
    fn key_within(&self, table: &str, columns: Vec<Name>) -> Option<Vec<Name>> {
        let schema = &self.project.schema;
        if let Some(key) = schema.key_within(table, &columns) {
            return Some(key.columns.clone());
        }
        let id = columns.into_iter().find(|column| fold(column) == "id");
        id.filter(|_| !schema.has_primary(table)).map(|id| vec![id])
    }

    /// The innermost transaction around a point.
    pub(super) fn transaction_at(&self, at: Point) -> Option<EventId> {
        let mut holds = self.holds.at(self.scene, &self.keys, at).into_iter();
        holds.find(|hold| self.event(*hold).resource.noun == Noun::Transaction)
    }

    /// An error of an act meets more than the way out. One that is given back and not raised meets
    /// nobody by itself; who tells its code apart is a guard of its own.
    fn is_caught(&self, act: EventId) -> bool {
        let fails = &self.event(act).fails;
        if !fails.is_empty() && fails.iter().all(|outcome| !outcome.path.is_empty()) {
            return false;
        }
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
        let around = self.transaction_at(to);
        let done = |id: EventId| {
            let event = self.event(id);
            let undone = || {
                event.resource.noun == Noun::Row
                    && around.is_some()
                    && self.transaction_at(event.at) == around
            };
            id != act
                && (matches!(event.verb, Verb::Create | Verb::Perform) || self.is_relative(id))
                && between(event.at)
                && !self.resource_words(id).iter().any(|word| self.knowledge.is_word("logging", word))
                && !undone()
        };
        self.scene.event_ids().any(done) || self.effect_called_between(from, to)
    }
}
