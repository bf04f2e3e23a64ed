//! Rows that were fetched and searched in code for one like the row that is written next.

use super::Races;
use super::decide::{Seen, Use};
use super::leads::Decided;
use super::relation::{Related, fold};
use crate::book::words::{Found, Founds, Relation, Verb};
use crate::program::{Literal, Name, Operator};
use crate::scene::event::{Event, EventId};
use crate::scene::value::{Term, ValueId};

impl Races<'_> {
    /// The columns in which the code compares the rows of a look with what an act writes there:
    /// `rows.some((row) => row.name === name)`.
    pub(super) fn searched(&self, look: EventId, act: EventId) -> Vec<Name> {
        if self.event(look).verb != Verb::Read {
            return Vec::new();
        }
        let open = |value: &ValueId| !matches!(self.scene.values.term(*value), Term::Literal(_));
        let sets = self.event(act).sets.iter().filter(|(_, value)| open(value));
        let columns = sets.filter(|(name, value)| {
            let of_look = |side: ValueId| {
                self.seen(side, false).iter().any(|seen| {
                    seen.event == look && matches!(&seen.what, Use::Field(field) if fold(field) == fold(name))
                })
            };
            let is_written = |side: ValueId| self.equal(side, *value).is_some_and(|same| !same.maybe);
            self.comparisons()
                .iter()
                .any(|(a, b)| (is_written(*b) && of_look(*a)) || (is_written(*a) && of_look(*b)))
        });
        columns.map(|(name, _)| name.clone()).collect()
    }

    /// The new row was searched for among those that a look fetched, and is not there. What was
    /// asked of its columns then asks whether it is there.
    pub(super) fn is_missing(&self, look: EventId, act: EventId, decided: &mut Decided) -> Option<Related> {
        let (from, to) = (self.event(look), self.event(act));
        if to.verb != Verb::Create || !self.same_table(look, act) || self.is_another_kind(from, to) {
            return None;
        }
        let searched = self.searched(look, act);
        let is_searched = |name: &Name| searched.iter().any(|column| fold(column) == fold(name));
        let missing = self.decisions(to.at.block).iter().any(|decision| {
            let of_look = |seen: &Seen| {
                seen.event == look
                    && match &seen.what {
                        Use::Field(field) => is_searched(field),
                        // `rows.find((row) => row.name === name)`.
                        Use::Presence => {
                            !matches!(self.scene.values.term(decision.test), Term::Apply(Operator::More, _))
                        }
                        Use::Any => false,
                    }
            };
            !decision.raises
                && decision.outcome != self.says_there(decision.test)
                && self.seen(decision.test, true).iter().any(of_look)
        });
        if searched.is_empty() || !missing {
            return None;
        }
        decided.names.retain(|name| !is_searched(name));
        decided.presence = true;
        decided.found = Founds::of(&[Found::Absent]);
        Some(Related { relation: Relation::Selects, maybe: false })
    }

    /// The look fetched rows of one kind (`kind: "a"`), and the act writes another.
    fn is_another_kind(&self, from: &Event, to: &Event) -> bool {
        from.resource.conditions.iter().filter(|condition| condition.equal).any(|condition| {
            let written = to.sets.iter().find(|(name, _)| fold(name) == fold(&condition.column));
            let pair = condition.value.zip(written.map(|(_, value)| *value));
            pair.is_some_and(|(a, b)| self.both_literal(a, b) && self.equal(a, b).is_none())
        })
    }

    /// Whether a test is true where the row is there.
    fn says_there(&self, test: ValueId) -> bool {
        let null = |id: &ValueId| {
            matches!(self.scene.values.term(*id), Term::Literal(Literal::Null))
                || self.scene.values.literal_text(*id) == Some("undefined")
        };
        match self.scene.values.term(test) {
            Term::Apply(Operator::Not, of) => !of.first().is_some_and(|of| self.says_there(*of)),
            Term::Apply(Operator::Is(name), _) => name != "None" && name != "Err",
            Term::Apply(Operator::Equal, of) => !of.iter().any(null),
            Term::Apply(Operator::NotEqual, of) => of.iter().any(null),
            _ => true,
        }
    }

    /// Pairs of values that the code compares.
    fn comparisons(&self) -> &[(ValueId, ValueId)] {
        self.comparisons.get_or_init(|| {
            let values = &self.scene.values;
            let compared = values.ids().filter_map(|id| match values.term(id) {
                Term::Apply(Operator::Equal | Operator::NotEqual, of) => match of.as_slice() {
                    [a, b] => Some((*a, *b)),
                    _ => None,
                },
                _ => None,
            });
            // `emails.includes(email)`.
            let asked = self.scene.calls.values().filter_map(|call| match call.args.as_slice() {
                [sought] if self.knowledge.is_word("member", &call.name) => Some((call.receiver?, *sought)),
                _ => None,
            });
            let mut pairs: Vec<(ValueId, ValueId)> = compared.collect();
            let mut asked: Vec<(ValueId, ValueId)> = asked.collect();
            asked.sort();
            pairs.extend(asked);
            pairs
        })
    }
}
