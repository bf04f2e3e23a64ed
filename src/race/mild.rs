//! Races that are real and cost next to nothing, and fields that only seem to be overwritten.

use super::Races;
use super::decide::Use;
use super::leads::Decided;
use super::relation::fold;
use crate::book::words::{Found, Founds, Link, Noun, Relation, Relations, Role, Roles, Trait, Verb};
use crate::program::{Literal, Name, Operator};
use crate::scene::Mark;
use crate::scene::event::{EventId, Point};
use crate::scene::value::{Term, ValueId};

/// Roles of a stored value that is worth something by being there.
const CLAIMS: Roles = Roles::of(&[Role::Lock, Role::Code, Role::Record, Role::Intent, Role::Limit]);

impl Races<'_> {
    /// Whether two runs that both pass the test do no harm that anybody would notice.
    pub(super) fn is_mild(&self, look: EventId, act: EventId, decided: &Decided, fields: &[Name]) -> bool {
        let is_stored = matches!(self.event(act).resource.noun, Noun::Key | Noun::Row);
        if is_stored && self.is_rejection(act) {
            return true;
        }
        match self.event(act).resource.noun {
            Noun::Key => {
                !self.roles(act).meets(CLAIMS)
                    && (self.is_cleared_away(look, act, decided)
                        || self.is_thrown_out(look, act, decided)
                        || self.is_kept_answer(look, act, decided))
                    || self.is_kept_for_a_while(look, act, decided)
                    || self.clears_tally(act)
            }
            Noun::Row => {
                self.is_picked_in_bulk(look, act, decided, fields)
                    || self.only_orders(decided, fields)
                    || self.keeps_books(look, act)
                    || self.is_merged_at_once(look, act, decided)
                    || self.is_toggled(look, act, decided)
                    || self.is_first_told(look, act, decided)
                    || self.counts_one(look, decided)
                    || self.is_marked_in_bulk(look, act)
                    // What others changed beside it is put back, and seldom anybody did.
                    || (fields.is_empty() && self.is_stored_again(look, act))
            }
            Noun::File => {
                self.is_first_content(look, act, decided)
                    || self.is_moved_folder(act)
                    || self.takes_the_name(look, act, decided)
                    || self.is_of_one_user(look, act, decided)
                    || self.edits_document(look, act, decided)
                    || self.reads_for_itself(look, act, decided)
            }
            _ => false,
        }
    }

    /// Another file than the one that was looked at is read, for nobody but the program itself: no
    /// stranger is shown what it may not see. Whoever asks where a path leads keeps somebody in,
    /// unless it only asks whether two paths lead to the same file.
    fn reads_for_itself(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        let from = self.event(look);
        let confines = from.fields.iter().any(|field| field == "target")
            && !decided.decision.as_ref().is_some_and(|decision| self.weighs(decision.test));
        from.verb == Verb::Inspect
            && !confines
            && self.event(act).verb == Verb::Read
            && !self.serves_strangers()
    }

    /// What is no good is removed, and nothing comes of it. What has run out may be renewed
    /// meanwhile.
    fn is_thrown_out(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        let runs_out = decided.decision.as_ref().is_some_and(|decision| {
            self.looked_at(decision).iter().any(|seen| match &seen.what {
                Use::Field(name) => {
                    crate::knowledge::words(name).iter().any(|word| self.knowledge.is_word("expiry", word))
                }
                Use::Any | Use::Presence => false,
            })
        });
        let (from, to) = (self.event(look).at.block as usize, self.event(act).at.block as usize);
        let on_the_way = |at: usize| {
            at == to || self.follows(to, at) || (self.flow.dominates(from, at) && self.follows(at, to))
        };
        !runs_out && self.event(act).verb == Verb::Remove && !self.effect_beside(act, &on_the_way)
    }

    /// The rows that were found are given the same mark, all at once, and nothing that ought to
    /// happen once is done with them: two runs mark them as one does.
    fn is_marked_in_bulk(&self, look: EventId, act: EventId) -> bool {
        let (from, to) = (self.event(look), self.event(act));
        let by_list = to.resource.conditions.iter().any(|c| !c.equal && fold(&c.column) == "id");
        let first = from.at.block as usize;
        from.finds_many()
            && by_list
            && matches!(to.verb, Verb::Update | Verb::Remove)
            && !self.is_relative(act)
            && !self.roles(look).has(Role::Job)
            && !self.effect_beside(act, &|at| at == first || self.follows(first, at))
    }

    /// Failures are forgotten after a success: two of them forget as much as one.
    fn clears_tally(&self, act: EventId) -> bool {
        let event = self.event(act);
        let clears = match event.verb {
            Verb::Remove => true,
            Verb::Write => event.data.is_some_and(|data| self.scene.values.literal_text(data) == Some("0")),
            _ => false,
        };
        clears && self.resource_words(act).iter().any(|word| self.knowledge.is_word("tally", word))
    }

    /// What was found is worked with and cleared away afterwards: that it was there claims
    /// nothing. Nor does it where nothing was found.
    fn is_cleared_away(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        let from = self.event(look);
        self.event(act).verb == Verb::Remove
            && decided.names.is_empty()
            && !decided.any
            && (decided.found == Founds::of(&[Found::Absent])
                || (decided.found == Founds::of(&[Found::Present])
                    && from.verb == Verb::Read
                    && self.passed_on.contains(&from.result)))
    }

    /// One row is counted by its own identifier: it is gone for good, or it is there.
    fn counts_one(&self, look: EventId, decided: &Decided) -> bool {
        let from = self.event(look);
        let conditions = &from.resource.conditions;
        from.verb == Verb::Count
            && decided.found == Founds::of(&[Found::Absent])
            && conditions.iter().any(|condition| condition.equal && fold(&condition.column) == "id")
            // What lasts beside it says whose it is, and nothing of its state.
            && conditions.iter().all(|c| c.equal && (fold(&c.column) == "id" || self.lasts(&c.column)))
    }

    /// Whether it is the first of its kind is told in a column, and decides nothing else.
    fn is_first_told(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        let event = self.event(act);
        let told = |value: &ValueId| {
            !self.seen(*value, false).iter().any(|seen| seen.event == look)
                || matches!(
                    self.scene.values.term(*value),
                    Term::Apply(
                        Operator::Equal
                            | Operator::NotEqual
                            | Operator::Not
                            | Operator::Less
                            | Operator::Greater
                            | Operator::LessEqual
                            | Operator::GreaterEqual,
                        _
                    )
                )
        };
        self.event(look).verb == Verb::Count
            && !decided.links.has(Link::Control)
            && !event.sets.is_empty()
            && event.sets.iter().all(|(_, value)| told(value))
    }

    /// What was not there is asked for elsewhere and kept under the key: a second run keeps an
    /// answer as good.
    fn is_kept_answer(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        let event = self.event(act);
        let Some(data) = event.data else { return false };
        let asked = |part: ValueId| {
            self.scene.results.get(&part).is_some_and(|ids| !ids.contains(&look))
                || matches!(self.scene.values.term(part), Term::Call { .. })
        };
        event.verb == Verb::Write
            && !event.traits.has(Trait::Exclusive)
            && decided.found == Founds::of(&[Found::Absent])
            && !self.is_fresh(data)
            && self.any_part(data, 8, &mut |part| asked(part))
            && !self.done_between(look, act, data)
    }

    /// What was not there is made, kept until it expires, and given back all the same, whatever the
    /// key is called: a second run makes and gives back another that is as good.
    fn is_kept_for_a_while(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        const ONCE: Roles = Roles::of(&[Role::Lock, Role::Record, Role::Intent, Role::Limit]);
        let event = self.event(act);
        let Some(data) = event.data else { return false };
        let expires = |id: EventId| {
            let other = self.event(id);
            other.traits.has(Trait::Expires)
                && !other.doubted.has(Trait::Expires)
                && self.keys(id) == self.keys(act)
        };
        let made = |part: ValueId| {
            let of = self.scene.values.term(self.scene.values.root(part));
            matches!(of, Term::Call { .. } | Term::Pure { .. })
                && self.scene.returned.contains(&part)
                && !self.scene.results.get(&part).is_some_and(|ids| ids.contains(&look))
        };
        event.verb == Verb::Write
            && !event.traits.has(Trait::Exclusive)
            && !decided.data
            && decided.found.has(Found::Absent)
            && !self.roles(act).meets(ONCE)
            && (expires(act) || self.scene.event_ids().any(expires))
            && self.any_part(data, 6, &mut |part| made(part))
            && !self.done_between(look, act, data)
    }

    /// Something that ought to happen once happens between a look and an act; where what is kept
    /// runs out, asking for it does not count.
    fn done_between(&self, look: EventId, act: EventId, data: ValueId) -> bool {
        let (from, to) = (self.event(look).at, self.event(act).at);
        let runs_out = self.event(act).traits.has(Trait::Expires);
        let done = self.scene.event_ids().any(|id| {
            let event = self.event(id);
            let asks = || {
                runs_out
                    && event.verb == Verb::Perform
                    && self.any_part(data, 8, &mut |part| self.canon(part) == self.canon(event.result))
            };
            id != act
                && (matches!(event.verb, Verb::Create | Verb::Perform) || event.traits.has(Trait::Relative))
                && self.before(from, event.at)
                && self.before(event.at, to)
                && !asks()
        });
        done || self.effect_called_between(from, to)
    }

    /// A function whose name says that it does something to the outside is called between two points.
    pub(super) fn effect_called_between(&self, from: Point, to: Point) -> bool {
        self.called_between("effects", from, to)
    }

    /// A function is called between two points whose name has a word of a lexicon.
    pub(super) fn called_between(&self, lexicon: &str, from: Point, to: Point) -> bool {
        self.scene.blocks.iter().enumerate().any(|(block, body)| {
            body.marks.iter().enumerate().any(|(index, mark)| {
                let Mark::Call { name, .. } = mark else { return false };
                let at = Point { block: block as u32, index: index as u32 };
                self.knowledge.in_lexicon(lexicon, name) && self.before(from, at) && self.before(at, to)
            })
        })
    }

    /// Everything that is written says when the row was last made use of, or begins a tally of
    /// failures anew, and the run does nothing else that ought to happen once: whoever comes second
    /// writes as much.
    fn keeps_books(&self, look: EventId, act: EventId) -> bool {
        let (from, event) = (self.event(look).at.block as usize, self.event(act));
        let at = event.at.block as usize;
        event.verb == Verb::Update
            && !event.sets.is_empty()
            && event.sets.iter().all(|(column, value)| self.is_book_entry(column, *value))
            && !self.effect_beside(act, &|block| {
                let on_the_way = block == from || self.follows(from, block);
                block == at || self.follows(at, block) || (on_the_way && self.follows(block, at))
            })
    }

    /// `lastUsedAt = now`, `failedAttempts = 0`.
    fn is_book_entry(&self, column: &Name, value: ValueId) -> bool {
        let words = crate::knowledge::words(column);
        let has = |lexicon: &str| words.iter().any(|word| self.knowledge.is_word(lexicon, word));
        let now = || self.is_fresh(value) || self.is_made_here(value);
        match self.scene.values.literal_text(value) {
            Some(text) => text == "0" && has("tally"),
            None => has("latest") && has("visit") && now(),
        }
    }

    /// Many rows are read by a filter and each is then given what the filter asked for: nobody
    /// decides about the one row, unless picking it is claiming it.
    fn is_picked_in_bulk(&self, look: EventId, act: EventId, decided: &Decided, fields: &[Name]) -> bool {
        let (from, to) = (self.event(look), self.event(act));
        let many = from.finds_many();
        let filters = |name: &Name| {
            from.resource.conditions.iter().any(|condition| fold(&condition.column) == fold(name))
        };
        many && to.verb == Verb::Update
            && !self.is_relative(act)
            && decided.links.has(Link::Filter)
            && !fields.is_empty()
            && fields.iter().all(filters)
            && !fields.iter().any(|field| self.is_asked(look, act, field))
            && !self.roles(look).has(Role::Job)
            && !self.done_for_each(look, act)
    }

    /// Something that ought to happen once happens for a row before the row is marked.
    fn done_for_each(&self, look: EventId, act: EventId) -> bool {
        let (from, to) = (self.event(look).at, self.event(act).at);
        let rounds = &self.flow.loops;
        let Some(header) = rounds.around(to.block as usize).next() else { return false };
        let performed = self.scene.event_ids().any(|id| {
            let event = self.event(id);
            event.verb == Verb::Perform
                && rounds.contains(header, event.at.block as usize)
                && self.before(from, event.at)
                && self.is_ahead(event.at, to)
        });
        performed || self.effect_called_between(from, to)
    }

    /// Some branch on the way to an act asks for a field of what was looked up.
    fn is_asked(&self, look: EventId, act: EventId, field: &Name) -> bool {
        self.decisions(self.event(act).at.block).iter().any(|decision| {
            !decision.raises
                && self.looked_at(decision).iter().any(|seen| {
                    seen.event == look && matches!(&seen.what, Use::Field(name) if fold(name) == fold(field))
                })
        })
    }

    /// `SET sent_at = now() WHERE sent_at IS NULL`, and nothing after it that ought to happen once:
    /// whoever comes second goes on as if it had not asked.
    pub(super) fn only_marks(&self, id: EventId) -> bool {
        let event = self.event(id);
        let asked = |column: &Name| {
            event.resource.conditions.iter().any(|condition| fold(&condition.column) == fold(column))
        };
        let at = event.at.block as usize;
        let mut marks = event.sets.iter().filter(|(column, _)| asked(column)).peekable();
        event.resource.noun == Noun::Row
            && event.verb == Verb::Update
            && marks.peek().is_some()
            && marks.all(|(_, value)| {
                let term = self.scene.values.term(*value);
                matches!(term, Term::Literal(Literal::Null | Literal::Bool(_)))
                    || self.is_fresh(*value)
                    || self.is_made_here(*value)
                    // `credits - 1 WHERE credits > 0`: a floor, or once is enough.
                    || self.is_relative(id)
            })
            && !self.effect_beside(id, &|block| block == at || self.follows(at, block))
    }

    /// Nothing but a time is written, of a row that is no code, and nobody needs to know who wrote
    /// it: it says when the row was last made use of, or the row is read again at once.
    pub(super) fn only_dates(&self, id: EventId) -> bool {
        let event = self.event(id);
        let dates = |(column, value): &(Name, ValueId)| {
            let words = crate::knowledge::words(column);
            let says = words.last().is_some_and(|word| matches!(word.as_str(), "at" | "on" | "time"));
            says && (self.is_fresh(*value) || self.is_made_here(*value))
        };
        event.resource.noun == Noun::Row
            && event.verb == Verb::Update
            && !event.sets.is_empty()
            && event.sets.iter().all(dates)
            && !self.roles(id).has(Role::Code)
            && (event.sets.iter().all(|(column, value)| self.is_book_entry(column, *value))
                || self.is_read_again(id))
    }

    /// The row that is changed is looked up again right after, whoever changed it.
    fn is_read_again(&self, id: EventId) -> bool {
        let same = Relations::of(&[Relation::Same, Relation::Selects]);
        let event = self.event(id);
        self.scene.event_ids().any(|again| {
            let look = self.event(again);
            look.verb == Verb::Read
                && self.before(event.at, look.at)
                && self.related(again, id, same).is_some()
                && !self.effect_beside(id, &|block| {
                    let (from, to) = (event.at.block as usize, look.at.block as usize);
                    (block == from || self.follows(from, block)) && block != to && self.follows(block, to)
                })
        })
    }

    /// A value that this run makes out of nothing: the time, an identifier.
    pub(super) fn is_made_here(&self, value: ValueId) -> bool {
        self.scene.values.fresh.contains(&value)
            || (matches!(self.scene.values.term(value), Term::Call { .. })
                && self
                    .scene
                    .calls
                    .get(&value)
                    .is_some_and(|call| call.receiver.is_none() && call.args.is_empty()))
    }

    /// Surely computed by the store. A page can only say that it may be where the data is not known;
    /// plain values are none.
    pub(super) fn is_relative(&self, id: EventId) -> bool {
        let event = self.event(id);
        let plain = |value: ValueId| {
            matches!(
                self.scene.values.term(value),
                Term::Literal(_)
                    | Term::Call { .. }
                    | Term::Load { .. }
                    | Term::Phi { .. }
                    | Term::Param(..)
                    | Term::Global(_)
                    | Term::Template(_)
            )
        };
        event.traits.has(Trait::Relative)
            && (event.sets.is_empty() || !event.sets.iter().all(|(_, value)| plain(*value)))
    }

    /// What is changed of a row found by a code says that the code is spent: a column that goes by
    /// such a word, or the code itself.
    pub(super) fn spends(&self, id: EventId, look: Option<EventId>) -> bool {
        let event = self.event(id);
        if self.is_rejection(id) {
            return false;
        }
        if event.verb != Verb::Update || event.resource.noun != Noun::Row || event.sets.is_empty() {
            return true;
        }
        let found_by = |column: &Name| {
            look.is_some_and(|look| {
                let conditions = &self.event(look).resource.conditions;
                conditions.iter().any(|condition| fold(&condition.column) == fold(column))
            })
        };
        self.is_relative(id)
            || event.sets.iter().any(|(column, value)| {
                let blank = matches!(
                    self.scene.values.term(*value),
                    Term::Literal(Literal::Null | Literal::Bool(false))
                );
                let words = crate::knowledge::words(column);
                let says = words.iter().chain([&fold(column)]).any(|word| {
                    ["token", "stage", "contended"]
                        .iter()
                        .any(|lexicon| self.knowledge.is_word(lexicon, word))
                });
                let names_other = words.last().is_some_and(|word| word == "id");
                found_by(column) || (says && !blank && !names_other)
            })
    }

    /// `row.since ?? now`, `row.on ? null : now`: what was there is kept or replaced, and nothing is
    /// computed of it.
    pub(super) fn keeps(&self, value: ValueId, look: EventId, field: &Name) -> bool {
        let values = &self.scene.values;
        let of_look = |part: ValueId| self.scene.results.get(&part).is_some_and(|ids| ids.contains(&look));
        let mut open = vec![value];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(id) = open.pop() {
            if !seen.insert(id) {
                continue;
            }
            match values.term(id) {
                Term::Phi { .. } => open.extend(values.parts(id)),
                Term::Literal(_) => {}
                Term::Load { base, field: name, .. }
                    if fold(name) == fold(field) && self.any_part(*base, 4, &mut |part| of_look(part)) => {}
                _ if self.is_made_here(id) => {}
                _ => return false,
            }
        }
        seen.len() > 1
    }

    /// `if (row.ownerId !== caller) throw`: whose it is says who may, not what state it is in.
    pub(super) fn asks_whose(&self, look: EventId, act: EventId, names: &[Name]) -> bool {
        let decisions = self.decisions(self.event(act).at.block);
        let mut asked = decisions
            .iter()
            .filter(|decision| {
                !decision.raises
                    && self.looked_at(decision).iter().any(|seen| {
                        let named = |field: &Name| names.iter().any(|name| fold(name) == fold(field));
                        seen.event == look && matches!(&seen.what, Use::Field(field) if named(field))
                    })
            })
            .peekable();
        names.iter().all(|name| self.lasts(name))
            && asked.peek().is_some()
            && asked.all(|decision| self.weighs(decision.test))
    }

    /// A file is removed because something that this run knows stands in it: `pid === process.pid`.
    pub(super) fn asks_for_own(&self, look: EventId, act: EventId) -> bool {
        self.event(look).verb == Verb::Read
            && self.event(act).verb == Verb::Remove
            && self.decisions(self.event(act).at.block).iter().any(|decision| {
                !decision.raises
                    && self.weighs(decision.test)
                    && self.looked_at(decision).iter().any(|seen| seen.event == look)
            })
    }

    /// A test for equality with something that is no literal.
    fn weighs(&self, test: ValueId) -> bool {
        let literal = |id: &ValueId| match self.scene.values.term(*id) {
            Term::Literal(Literal::Null | Literal::Bool(_)) => true,
            _ => self.scene.values.literal_text(*id).is_some(),
        };
        match self.scene.values.term(test) {
            Term::Apply(Operator::Not, of) => of.first().is_some_and(|of| self.weighs(*of)),
            Term::Apply(Operator::Equal | Operator::NotEqual, sides) => !sides.iter().any(literal),
            _ => false,
        }
    }
}
