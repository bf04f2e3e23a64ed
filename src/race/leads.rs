//! The looks that lead to an act, and how: what decides it, what its data is computed from, what
//! gave the row that it names.

use super::Races;
use super::decide::{Decision, Seen, Use};
use super::relation::fold;
use crate::book::words::{Found, Founds, Link, Links, Noun, Verb};
use crate::program::{Name, Operator};
use crate::scene::event::{Event, EventId, Outcome, OutcomeKind};
use crate::scene::value::{Input, Term, ValueId};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// What is known of how a look leads to an act.
#[derive(Clone, Debug)]
pub(super) struct Decided {
    /// Whether it was there.
    pub(super) presence: bool,
    /// A branch asked whether it was there; an error that is only handed on asks nothing.
    pub(super) asked: bool,
    /// Something of it, but which field is not known.
    pub(super) any: bool,
    pub(super) names: Vec<Name>,
    pub(super) found: Founds,
    pub(super) links: Links,
    /// The nearest branch that decides.
    pub(super) decision: Option<Decision>,
    /// Fields of the act that are computed from the look's field of that name.
    pub(super) computed: Vec<Name>,
    /// Some data of the act is computed from the look.
    pub(super) data: bool,
    /// On some paths only.
    pub(super) maybe: bool,
}

impl Decided {
    fn new() -> Decided {
        Decided {
            presence: false,
            asked: false,
            any: false,
            names: Vec::new(),
            found: Founds::of(&[Found::Absent, Found::Present]),
            links: Links::EMPTY,
            decision: None,
            computed: Vec::new(),
            data: false,
            maybe: true,
        }
    }

    pub(super) fn name(&mut self, name: &Name) {
        if !self.names.contains(name) {
            self.names.push(name.clone());
        }
    }
}

/// Looks in the order in which they were met.
#[derive(Default)]
struct Leads {
    found: Vec<(EventId, Decided)>,
    at: FxHashMap<EventId, usize>,
}

impl Leads {
    /// What is known of a look, which leads on this way too.
    fn of(&mut self, look: EventId, link: Link) -> &mut Decided {
        let at = *self.at.entry(look).or_insert_with(|| {
            self.found.push((look, Decided::new()));
            self.found.len() - 1
        });
        let decided = &mut self.found[at].1;
        decided.links = decided.links.with(link);
        decided
    }
}

fn reads_only(look: &Event, column: &Name) -> bool {
    matches!(look.fields.as_slice(), [field] if fold(field) == fold(column))
}

/// A count, or the like, over this column alone.
fn counts_only(look: &Event, column: &Name) -> bool {
    look.verb == Verb::Count && reads_only(look, column)
}

impl Races<'_> {
    /// Every look that an act depends on, with how.
    pub(super) fn leads_to(&self, act: EventId) -> Rc<Vec<(EventId, Decided)>> {
        if let Some(known) = self.leads.borrow().get(&act) {
            return known.clone();
        }
        let found = Rc::new(self.find_leads(act));
        self.leads.borrow_mut().insert(act, found.clone());
        found
    }

    fn find_leads(&self, act: EventId) -> Vec<(EventId, Decided)> {
        let mut leads = Leads::default();
        self.deciding(act, &mut leads);
        self.found_free(act, &mut leads);
        self.giving_data(act, &mut leads);
        self.stored_again(act, &mut |id| {
            let decided = leads.of(id, Link::Data);
            decided.maybe = false;
            decided.data = true;
        });
        self.deciding_parts(act, &mut leads);
        self.filtered(act, &mut |id| {
            let decided = leads.of(id, Link::Filter);
            decided.maybe = false;
            let present = Founds::of(&[Found::Present]);
            decided.found = Founds(decided.found.0 & present.0);
            if decided.found.is_empty() {
                decided.found = present;
            }
        });
        leads.found
    }

    /// What comes before an act; what it looked at itself leads nowhere.
    fn leads_on(&self, look: EventId, act: EventId) -> bool {
        look != act && self.before(self.event(look).at, self.event(act).at)
    }

    /// Looks that a branch on the way asks about.
    fn deciding(&self, act: EventId, leads: &mut Leads) {
        for (decision, is_joint) in self.all_decisions(self.event(act).at.block).all.iter() {
            let asks = !self.hands_on(decision);
            for seen in self.looked_at(decision).iter() {
                // A file that is looked at besides is mostly looked at for something else.
                if *is_joint && self.event(seen.event).resource.noun != Noun::Row {
                    continue;
                }
                if !self.leads_on(seen.event, act) || self.is_stale(decision, seen.event, act) {
                    continue;
                }
                // Whether a value could be had asks nothing of the value: `row.try_get("score")?`.
                if !asks && (seen.what != Use::Presence || self.is_always_there(decision, seen.event)) {
                    continue;
                }
                let decided = leads.of(seen.event, Link::Control);
                decided.maybe &= seen.maybe;
                match &seen.what {
                    Use::Presence => {
                        decided.presence = true;
                        decided.asked |= asks;
                    }
                    Use::Field(name) => decided.name(name),
                    Use::Any => decided.any = true,
                }
                if decided.decision.is_none() {
                    decided.decision = Some(decision.clone());
                }
                let free = !asks && self.was_found_free(decision, seen.event);
                decided.asked |= free;
                let said = if free { Founds::of(&[Found::Absent]) } else { self.found(decision, seen.event) };
                let both = Founds(decided.found.0 & said.0);
                if !both.is_empty() {
                    decided.found = both;
                }
            }
        }
    }

    /// A count has an answer whatever there is: that it could be had says nothing.
    fn is_always_there(&self, decision: &Decision, look: EventId) -> bool {
        let look = self.event(look);
        let raises = |outcome: &Outcome| matches!(outcome.kind, OutcomeKind::Throws(_));
        look.verb == Verb::Count
            && look.resource.noun == Noun::Row
            && !look.absent.iter().any(raises)
            && matches!(self.scene.values.term(decision.test),
                Term::Apply(Operator::Is(_), of) if of.as_slice() == [look.result])
    }

    /// A helper looked, and only where it found nothing it gave something other than an error, which
    /// is then only handed on: `let spot = free(dir)?`.
    fn was_found_free(&self, decision: &Decision, look: EventId) -> bool {
        let values = &self.scene.values;
        let asked = match values.term(decision.test) {
            Term::Apply(Operator::Is(_), of) => of.first(),
            _ => None,
        };
        let Some(inputs) = asked.and_then(|asked| values.phis.get(asked)) else { return false };
        let failed = |input: &Input| {
            let handed_on = |(test, holds): &(ValueId, bool)| {
                *holds
                    && matches!(values.term(*test), Term::Apply(Operator::Is(name), of)
                        if name == "Err" && of.as_slice() == [input.value])
            };
            let made = self.scene.calls.get(&input.value);
            made.is_some_and(|call| call.name == "Err") || input.conditions.iter().any(handed_on)
        };
        let absent = Founds::of(&[Found::Absent]);
        let says_free = |(test, outcome): &(ValueId, bool)| {
            let asked = Decision { test: *test, outcome: *outcome, raises: false, ..decision.clone() };
            self.found(&asked, look) == absent
        };
        let mut given = inputs.iter().filter(|input| !failed(input)).peekable();
        given.peek().is_some() && given.all(|input| input.conditions.iter().any(says_free))
    }

    /// Looks by which a loop found that something is free, before it is made.
    fn found_free(&self, act: EventId, leads: &mut Leads) {
        let event = self.event(act);
        let kept =
            |noun: Noun| matches!(noun, Noun::File | Noun::Directory | Noun::Row | Noun::Key | Noun::Object);
        if !kept(event.resource.noun) || !matches!(event.verb, Verb::Create | Verb::Write) {
            return;
        }
        let absent = Founds::of(&[Found::Absent]);
        for decision in self.endings(event.at.block) {
            for seen in self.looked_at(&decision).iter() {
                if seen.what == Use::Presence
                    && kept(self.event(seen.event).resource.noun)
                    && self.leads_on(seen.event, act)
                    && self.found(&decision, seen.event) == absent
                {
                    let decided = leads.of(seen.event, Link::Control);
                    decided.maybe &= seen.maybe;
                    (decided.presence, decided.asked) = (true, true);
                    decided.found = absent;
                    decided.decision.get_or_insert_with(|| decision.clone());
                }
            }
        }
    }

    /// Looks that the act's data is computed from.
    fn giving_data(&self, act: EventId, leads: &mut Leads) {
        let event = self.event(act);
        let whole = event.data.filter(|_| event.sets.is_empty() || event.resource.noun != Noun::Row);
        let columns = event.sets.iter().map(|(name, value)| (Some(name), *value));
        for (column, value) in columns.chain(whole.map(|value| (None, value))) {
            // `SET id = $1 WHERE id = $1` changes nothing.
            let pinned = column.is_some_and(|column| self.is_pinned(event, column, value));
            if pinned {
                continue;
            }
            let contained = std::cell::OnceCell::new();
            for seen in self.seen(value, false).iter() {
                if !self.leads_on(seen.event, act) {
                    continue;
                }
                let decided = leads.of(seen.event, Link::Data);
                decided.maybe &= seen.maybe;
                decided.data = true;
                // `logo !== old.logo ? upload(logo) : undefined` writes nothing of what was read.
                let mut stands = contained.get_or_init(|| self.contained(value)).iter();
                if let Some(column) = column
                    && stands.any(|other| other.event == seen.event)
                    && self.is_computed(column, value, seen)
                {
                    decided.computed.push(column.clone());
                }
            }
        }
    }

    /// The rows that are changed have this value in the column already: the condition says so.
    fn is_pinned(&self, act: &Event, column: &Name, value: ValueId) -> bool {
        act.verb == Verb::Update
            && act.resource.conditions.iter().any(|condition| {
                let same = condition.value.is_some_and(|asked| self.canon(asked) == self.canon(value));
                condition.equal && same && fold(&condition.column) == fold(column)
            })
    }

    /// A column is given something computed from what the look saw of it.
    fn is_computed(&self, column: &Name, value: ValueId, seen: &Seen) -> bool {
        let look = self.event(seen.event);
        match &seen.what {
            Use::Field(field) => {
                (fold(column) == fold(field) && !self.keeps(value, seen.event, field))
                    // `max(number) AS last`: whatever the one thing it says is called.
                    || counts_only(look, column)
                    || self.steps_on(value, seen.event)
            }
            Use::Any => look.resource.noun != Noun::Row || reads_only(look, column),
            Use::Presence => false,
        }
    }

    /// Looks at the very field of a row that is changed where they say so.
    fn deciding_parts(&self, act: EventId, leads: &mut Leads) {
        let patches = self.event(act).data.and_then(|data| self.scene.patches.get(&data));
        for patch in patches.into_iter().flatten() {
            for decision in self.decisions(patch.block).iter() {
                for seen in self.looked_at(decision).iter() {
                    let Use::Field(name) = &seen.what else { continue };
                    if self.leads_on(seen.event, act) && fold(name) == fold(&patch.field) {
                        let decided = leads.of(seen.event, Link::Control);
                        decided.maybe &= seen.maybe;
                        decided.name(name);
                        decided.decision.get_or_insert_with(|| decision.clone());
                    }
                }
            }
        }
    }

    /// Looks whose own selection gave the row that the act names.
    fn filtered(&self, act: EventId, add: &mut dyn FnMut(EventId)) {
        let event = self.event(act);
        let values = event.resource.conditions.iter().filter(|c| c.equal).filter_map(|c| c.value);
        for value in values.chain(event.resource.by_id) {
            for seen in self.seen(value, false).iter() {
                let look = self.event(seen.event);
                if seen.event != act
                    && look.resource.noun == Noun::Row
                    && look.resource.conditions.iter().any(|c| fold(&c.column) != "id")
                    && self.before(look.at, event.at)
                {
                    add(seen.event);
                }
            }
        }
    }
}
