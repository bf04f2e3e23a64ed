//! What of an act overwrites what its decision rests on, and whether anybody misses what was there.

use super::Races;
use super::decide::{Decision, Seen, Use};
use super::leads::Decided;
use super::relation::fold;
use crate::book::api::SlotStep;
use crate::book::words::{Link, Links, Noun, Relation, Trait, Traits, Verb};
use crate::program::{Literal, Name};
use crate::scene::event::{Event, EventId, Outcome, OutcomeKind};
use crate::scene::value::{Term, ValueId};
use crate::scene::{End, Mark};
use crate::source::Span;

/// The written fields that a decision rests on.
#[derive(Debug, Default)]
pub(super) struct Overlap {
    pub(super) fields: Vec<Name>,
    /// Real, but whoever comes second changes nothing that anybody misses.
    pub(super) mild: bool,
}

impl Overlap {
    fn of(fields: Vec<Name>) -> Overlap {
        Overlap { fields, mild: false }
    }
}

/// What it costs when two runs both pass a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Cost {
    Nothing,
    Little,
    Much,
}

impl Races<'_> {
    /// Columns of the look's own filter are decided with its presence.
    pub(super) fn filter_fields(&self, look: &Event, decided: &mut Decided) {
        if look.resource.noun != Noun::Row || !(decided.presence || decided.links.has(Link::Filter)) {
            return;
        }
        for condition in &look.resource.conditions {
            // Columns compared with a constant or a time select by state; the rest is the key, or
            // says who may ask.
            let constant =
                condition.value.is_none_or(|value| self.scene.values.literal_text(value).is_some());
            let compared = !condition.equal && !condition.aside && !self.lasts(&condition.column);
            if constant || compared {
                decided.name(&condition.column);
            }
        }
    }

    /// The act must overwrite what the decision rests on; gives the fields in common.
    pub(super) fn overlap(
        &self,
        look: EventId,
        act: EventId,
        decided: &Decided,
        links: Links,
        relation: Relation,
    ) -> Result<Overlap, &'static str> {
        let (from, to) = (self.event(look), self.event(act));
        if links == Links::of(&[Link::Data]) {
            let computed = &decided.computed;
            return match from.resource.noun == Noun::Row && !to.sets.is_empty() {
                true if computed.is_empty() && self.is_stored_again(look, act) => Ok(Overlap::default()),
                true if computed.is_empty() => {
                    Err("no written field is computed from the same field that was read")
                }
                true => Ok(Overlap::of(computed.clone())),
                false => Ok(Overlap::default()),
            };
        }
        let other_fields = from.resource.noun == Noun::Object
            && to.verb == Verb::Update
            && !to.sets.is_empty()
            && !decided.names.is_empty()
            && !decided.any
            && !decided.data;
        if other_fields
            && !decided.names.iter().any(|name| to.sets.iter().any(|(set, _)| is_below(set, name)))
        {
            return Err("the act does not write a field that the decision rests on");
        }
        if from.resource.noun != Noun::Row || relation == Relation::Any {
            return Ok(Overlap::default());
        }
        let again = from.verb == Verb::Count && matches!(to.verb, Verb::Update | Verb::Remove);
        if again && self.asks_whether_any(look, act) {
            return Err("it is only asked whether there is any, and the act finds that by itself");
        }
        if from.verb == Verb::Count && self.keeps_counted(from, to, decided) {
            return Err("the act moves no row into or out of the counted set");
        }
        let takes = to.verb == Verb::Update && relation == Relation::Selects;
        let creates = to.verb == Verb::Create || takes;
        if creates || from.verb == Verb::Count {
            let presence = decided.presence || decided.any || !decided.names.is_empty() || decided.data;
            return if presence {
                Ok(Overlap::default())
            } else {
                Err("the decision does not rest on the set")
            };
        }
        if to.verb == Verb::Remove {
            return self.removed(look, act, decided);
        }
        if let Some(stored) = self.stored_fields(look, act) {
            return self.written(look, act, decided, &stored);
        }
        if to.sets.is_empty() && to.data.is_some() && (!decided.names.is_empty() || decided.any) {
            return self.unknown_fields(decided);
        }
        self.written(look, act, decided, &to.sets)
    }

    /// An update that leaves every row in or out of the counted set.
    fn keeps_counted(&self, look: &Event, act: &Event, decided: &Decided) -> bool {
        let selects = |name: &Name| look.resource.conditions.iter().any(|c| fold(&c.column) == fold(name));
        act.verb == Verb::Update
            && !act.sets.is_empty()
            && !decided.data
            && !act.sets.iter().any(|(column, _)| selects(column))
    }

    /// Gone is gone: only a state that others change at the same time makes it a race.
    fn removed(&self, look: EventId, act: EventId, decided: &Decided) -> Result<Overlap, &'static str> {
        let at_stake =
            |word: &str| self.knowledge.is_word("contended", word) || self.knowledge.is_word("stage", word);
        let moves = |name: &Name| {
            at_stake(&fold(name)) || crate::knowledge::words(name).iter().any(|word| at_stake(word))
        };
        let names = decided
            .names
            .iter()
            .filter(|name| !self.lasts(name) && moves(name) && !self.asks_whether_gone(look, act, name));
        let names: Vec<Name> = names.cloned().collect();
        if names.is_empty() { Err("the decision rests on fields that last") } else { Ok(Overlap::of(names)) }
    }

    /// That a row was not removed yet is no state that a second removal breaks: `deletedAt: null`, `if
    /// (row.deletedAt) throw`. What lies in the bin and is thrown away for good may have been put back.
    fn asks_whether_gone(&self, look: EventId, act: EventId, name: &Name) -> bool {
        let is_of = |column: &Name| fold(column) == fold(name);
        let nothing = |value: ValueId| {
            self.is_null(value)
                || matches!(self.scene.values.term(value), Term::Literal(Literal::Bool(false)))
        };
        let says = crate::knowledge::words(name).iter().any(|word| self.knowledge.is_word("gone", word));
        let conditions = &self.event(look).resource.conditions;
        let is_still_there =
            Outcome { kind: OutcomeKind::Null, path: vec![SlotStep::Property(name.clone())] };
        says && conditions
            .iter()
            .filter(|condition| is_of(&condition.column))
            .all(|condition| condition.equal && condition.value.is_none_or(nothing))
            && self
                .decisions(self.event(act).at.block)
                .iter()
                .filter(|decision| {
                    let looked = self.looked_at(decision);
                    let asks = |seen: &Seen| matches!(&seen.what, Use::Field(field) if is_of(field));
                    !decision.raises && looked.iter().any(|seen| seen.event == look && asks(seen))
                })
                .all(|decision| {
                    self.told_refused(decision.test, look, &is_still_there, true) != Some(!decision.outcome)
                })
    }

    /// What was stored to the fields of a row that was looked up, which is then saved as a whole.
    fn stored_fields(&self, look: EventId, act: EventId) -> Option<Vec<(Name, ValueId)>> {
        let event = self.event(act);
        let data = event.data.filter(|_| event.verb == Verb::Write && self.is_stored_again(look, act))?;
        let patches = self.scene.patches.get(&data)?.iter();
        Some(patches.map(|patch| (patch.field.clone(), patch.value)).collect())
    }

    /// Which fields are written cannot be told: that they are the decided ones is a guess, unless
    /// it is the looked up row itself that is stored again.
    fn unknown_fields(&self, decided: &Decided) -> Result<Overlap, &'static str> {
        let names: Vec<Name> = decided.names.iter().filter(|name| !self.lasts(name)).cloned().collect();
        match names.is_empty() && !decided.any {
            true => Err("the decision rests on fields that last"),
            false => Ok(Overlap { fields: names, mild: !decided.data }),
        }
    }

    fn written(
        &self,
        look: EventId,
        act: EventId,
        decided: &Decided,
        sets: &[(Name, ValueId)],
    ) -> Result<Overlap, &'static str> {
        let written = |name: &Name| sets.iter().any(|(column, _)| fold(column) == fold(name));
        let mut names: Vec<Name> = decided.names.iter().filter(|name| written(name)).cloned().collect();
        // What people type in: the later of two edits stands, as it would without the test.
        if !names.is_empty() && names.iter().all(|name| self.knowledge.is_word("plain", &fold(name))) {
            return Err("the decision rests on fields of which the last edit stands");
        }
        for proven in &decided.names {
            let attested = sets.iter().filter(|(column, _)| self.attests(proven, column));
            names.extend(attested.map(|(column, _)| column.clone()));
        }
        if names.is_empty() {
            return Err("the act does not write a field that the decision rests on");
        }
        if self.asks_whose(look, act, &names) {
            return Err("the decision asks whose it is, not what state it is in");
        }
        let of_names = |column: &Name| names.iter().any(|name| fold(name) == fold(column));
        let marks = sets.iter().filter(|(column, _)| of_names(column)).map(|(_, value)| *value).collect();
        match self.cost(look, act, decided, &names, marks) {
            Cost::Nothing => Err("whoever comes first or second, the same is written, and both go on alike"),
            cost => Ok(Overlap { fields: names, mild: cost == Cost::Little }),
        }
    }

    /// Fields that seldom change: listed ones, and those that name another row.
    pub(super) fn lasts(&self, name: &Name) -> bool {
        self.knowledge.is_word("lasting", &fold(name))
            || crate::knowledge::words(name).last().is_some_and(|word| matches!(word.as_str(), "id" | "ids"))
    }

    /// `if (!row.verified) update(verified: true)`, or `if (row.name != name) update(name)`: the
    /// later write repeats the earlier one. Where both ways meet again, nobody was told that they
    /// came first. With an effect beside the write, it is a race.
    fn cost(
        &self,
        look: EventId,
        act: EventId,
        decided: &Decided,
        names: &[Name],
        marks: Vec<ValueId>,
    ) -> Cost {
        let event = self.event(act);
        let of_names = |column: &Name| names.iter().any(|name| fold(name) == fold(column));
        if !matches!(event.verb, Verb::Update | Verb::Write)
            || (!event.traits.is_empty() && event.traits != Traits::of(&[Trait::Relative]))
            || self.is_relative(act)
            || marks.is_empty()
            || decided.computed.iter().any(of_names)
        {
            return Cost::Much;
        }
        let decision = self.decision_on(look, act, names, decided);
        let fixed = |value: &ValueId| self.is_mark(*value, decision.as_ref());
        let repeats = marks.iter().all(fixed);
        if !repeats
            && !marks.iter().all(|value| fixed(value) || self.follows_from_others(*value, look, names))
        {
            return Cost::Much;
        }
        // A code that is spent is worth something to whoever spends it.
        let mut words = names.iter().flat_map(|name| crate::knowledge::words(name));
        if words.any(|word| self.knowledge.is_word("token", &word)) {
            return Cost::Much;
        }
        let Some(decision) = decision else {
            // The look's own filter decides: everything that follows it.
            let beside = self.effect_beside(act, &|at| {
                at == event.at.block as usize || self.follows(self.event(look).at.block as usize, at)
            });
            return if beside { Cost::Much } else { Cost::Little };
        };
        let End::If { yes, no, .. } = self.scene.blocks[decision.block as usize].end else {
            return Cost::Much;
        };
        let (mine, other) = if decision.outcome { (yes, no) } else { (no, yes) };
        let reaches = |from: u32, to: usize| from as usize == to || self.follows(from as usize, to);
        // What the next round of a loop leads to is no part of this one.
        let (here, there) =
            (self.within_round(mine, decision.block), self.within_round(other, decision.block));
        if self.effect_beside(act, &|at| here[at] && !there[at]) {
            return Cost::Much;
        }
        // `readAt = now`: when it happened first is all that one run knows better.
        let dated = marks.iter().all(|value| {
            self.is_fresh(*value)
                || self.is_made_here(*value)
                || matches!(self.scene.values.term(*value), Term::Literal(Literal::Null))
        });
        let meets = (0..self.scene.blocks.len()).any(|at| {
            self.follows(event.at.block as usize, at)
                && reaches(other, at)
                && !self.follows(at, decision.block as usize)
        });
        let alike = (dated && self.just_leaves(other)) || meets;
        if alike && repeats && !decided.data { Cost::Nothing } else { Cost::Little }
    }

    /// The blocks that are reached from one without passing a branch again.
    fn within_round(&self, from: u32, branch: u32) -> Vec<bool> {
        let mut seen = vec![false; self.scene.blocks.len()];
        let mut open = vec![from as usize];
        while let Some(at) = open.pop() {
            if at != branch as usize && !std::mem::replace(&mut seen[at], true) {
                open.extend(&self.flow.successors[at]);
            }
        }
        seen
    }

    /// The nearest branch that asked one of these fields of the look; none where only its own
    /// filter did.
    pub(super) fn decision_on(
        &self,
        look: EventId,
        act: EventId,
        names: &[Name],
        decided: &Decided,
    ) -> Option<Decision> {
        let asks = |decision: &Decision| {
            self.looked_at(decision).iter().any(|seen| {
                let named = match &seen.what {
                    Use::Field(field) => names.iter().any(|name| fold(name) == fold(field)),
                    Use::Any => true,
                    Use::Presence => false,
                };
                seen.event == look && named
            })
        };
        let decisions = self.decisions(self.event(act).at.block);
        let found = decisions.iter().find(|decision| !decision.raises && asks(decision)).cloned();
        let filtered = self.event(look).resource.conditions.iter();
        let by_filter = filtered.into_iter().any(|c| names.iter().any(|name| fold(name) == fold(&c.column)));
        found.or_else(|| decided.decision.clone().filter(|decision| !by_filter && !decision.raises))
    }

    /// A flag, nothing, zero, a time, or the very value that the test compared with; a status in words
    /// is a step that somebody takes.
    fn is_mark(&self, value: ValueId, decision: Option<&Decision>) -> bool {
        matches!(self.scene.values.term(value), Term::Literal(Literal::Bool(_) | Literal::Null))
            || self.scene.values.literal_text(value) == Some("0")
            || self.any_part(value, 4, &mut |part| self.scene.values.fresh.contains(&part))
            || self.is_made_here(value)
            || decision.is_some_and(|decision| {
                let of_row = |part| matches!(self.scene.values.term(part), Term::Load { base, .. } if self.scene.results.contains_key(base));
                self.any_part(decision.test, 3, &mut |part| {
                    !of_row(part) && self.canon(part) == self.canon(value)
                })
            })
    }

    /// Computed from other fields of the row: a second run computes the same.
    fn follows_from_others(&self, value: ValueId, look: EventId, names: &[Name]) -> bool {
        let seen = self.seen(value, false);
        let mut of_look = seen.iter().filter(|seen| seen.event == look).peekable();
        of_look.peek().is_some()
            && of_look.all(|seen| match &seen.what {
                Use::Field(field) => !names.iter().any(|name| fold(name) == fold(field)),
                Use::Presence | Use::Any => false,
            })
    }

    /// Something happens beside the act, where a test lets it, that ought to happen once.
    pub(super) fn effect_beside(&self, act: EventId, inside: &dyn Fn(usize) -> bool) -> bool {
        self.effects_beside(act, inside).next().is_some()
    }

    /// Where those effects are.
    pub(super) fn effects_beside<'r>(
        &'r self,
        act: EventId,
        inside: &'r dyn Fn(usize) -> bool,
    ) -> impl Iterator<Item = Span> + 'r {
        let span = self.event(act).span;
        let blocks = self.scene.blocks.iter().enumerate().filter(|(at, _)| inside(*at));
        blocks.flat_map(|(_, block)| &block.marks).filter_map(move |mark| match mark {
            Mark::Event(id) => {
                let event = self.event(*id);
                let is_effect = event.span != span
                    && (matches!(event.verb, Verb::Create | Verb::Perform) || self.is_relative(*id))
                    && !self.resource_words(*id).iter().any(|word| self.knowledge.is_word("logging", word));
                is_effect.then_some(event.span)
            }
            Mark::Call { name, span, .. } => self.knowledge.in_lexicon("effects", name).then_some(*span),
            _ => None,
        })
    }

    /// A way that returns at once and does nothing, as one does who has nothing left to do.
    fn just_leaves(&self, block: u32) -> bool {
        let mut at = block;
        for _ in 0..8 {
            let block = &self.scene.blocks[at as usize];
            let quiet = block.marks.iter().all(|mark| match mark {
                Mark::Release(_) | Mark::End(_) | Mark::Suspend(..) => true,
                Mark::Call { name, .. } => self.knowledge.in_lexicon("logging", name),
                Mark::Event(_) | Mark::Task(_) | Mark::TaskEnd(_) => false,
            });
            match block.end {
                End::Goto(to) if quiet => at = to,
                End::Return => return quiet,
                _ => return false,
            }
        }
        false
    }

    fn attests(&self, proven: &str, written: &str) -> bool {
        let libraries = self.knowledge.book.libraries.iter();
        libraries
            .flat_map(|library| &library.attests)
            .any(|(a, b)| fold(a) == fold(proven) && fold(b) == fold(written))
    }
}

/// `"address.city"` is written where `address` was looked at.
fn is_below(written: &str, name: &str) -> bool {
    fold(written.split('.').next().unwrap_or(written)) == fold(name) || fold(written) == fold(name)
}
