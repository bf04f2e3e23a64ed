//! What a value is made of: the looks whose answers stand in it, or chose it.

use super::Races;
use super::decide::{Seen, Use};
use super::memory::is_memory;
use crate::book::words::{Noun, Verb};
use crate::program::{Language, Literal, Name, Operator};
use crate::scene::event::EventId;
use crate::scene::value::{Slot, Term, ValueId};
use rustc_hash::FxHashSet;

/// A walk over the values that one is made of.
pub(super) struct Walk<'r, 'a> {
    races: &'r Races<'a>,
    pub(super) found: Vec<Seen>,
    visited: FxHashSet<(ValueId, Use, bool, bool)>,
    /// Only whether something failed is asked: what went into an unknown call decided nothing.
    failing: bool,
    /// Within an object given to an unknown call, or in what is sent somewhere:
    /// `listen({ signal: this.stop?.signal })` asks nothing of memory, nor does an answer from afar.
    boxed: bool,
    /// What chooses between two values counts as a part of them.
    pub(super) chosen: bool,
}

impl<'r, 'a> Walk<'r, 'a> {
    pub(super) fn new(races: &'r Races<'a>) -> Walk<'r, 'a> {
        let (found, visited) = (Vec::new(), FxHashSet::default());
        Walk { races, found, visited, failing: false, boxed: false, chosen: true }
    }

    pub(super) fn visit(&mut self, id: ValueId, what: Use, maybe: bool, depth: u32) {
        let key = (id, what.clone(), self.failing, self.boxed);
        if depth > 60 || self.visited.len() > 1_000 || !self.visited.insert(key) {
            return;
        }
        let scene = self.races.scene;
        if let Some(events) = scene.results.get(&id) {
            for event in events {
                let handed_in = self.failing && what != Use::Presence;
                let look = self.races.event(*event);
                let memory = is_memory(look.resource.noun);
                if (handed_in && (look.verb == Verb::Inspect || memory)) || (self.boxed && memory) {
                    continue;
                }
                let what = self.races.by_position(*event, &what);
                let seen = Seen { event: *event, what, maybe };
                if !self.found.contains(&seen) {
                    self.found.push(seen);
                }
            }
            if let Some(of) = self.iterated(id) {
                return self.visit(of, what, maybe, depth + 1);
            }
            // `new Set(rows.map((row) => row.email)).has(email)`: what it was made of was asked.
            if let Some(own) = events.iter().find_map(|event| self.own_collection(*event)) {
                self.visit(own, what.clone(), maybe, depth + 1);
            }
            if !matches!(scene.values.term(id), Term::Record { .. } | Term::Join(_) | Term::Phi { .. }) {
                return;
            }
        }
        let next = depth + 1;
        match scene.values.term(id) {
            Term::Load { base, field, .. } if self.is_made(*base, field) => {
                for input in scene.values.phis.get(base).into_iter().flatten() {
                    let entry = scene.values.entry(input.value, field).unwrap_or(input.value);
                    self.visit(entry, what.clone(), true, next);
                    let chosen = self.chosen;
                    for (test, _) in input.conditions.iter().filter(|_| chosen) {
                        self.visit(*test, Use::Presence, maybe, next);
                    }
                }
            }
            Term::Load { base, field, .. } => {
                let what =
                    if self.races.is_wrapping(*base, field) { what } else { Use::Field(field.clone()) };
                self.visit(*base, what, maybe, next);
            }
            Term::Element { base, index } => {
                self.visit(*base, what, maybe, next);
                self.visit(*index, Use::Any, maybe, next);
            }
            Term::Each { base, .. } | Term::Payload { of: base, .. } | Term::Held { of: base, .. } => {
                self.visit(*base, what, maybe, next);
            }
            Term::Error(of) => self.visit(*of, Use::Presence, maybe, next),
            Term::Apply(operator, operands) => {
                let failing = self.failing;
                self.failing |=
                    matches!(operator, Operator::Is(name) if matches!(name.as_str(), "Ok" | "Err"));
                self.apply(operator, operands, what, maybe, next);
                self.failing = failing;
            }
            Term::Phi { .. } => {
                let chosen = self.chosen && !(what == Use::Any && self.is_worked_out(id));
                let unsure = maybe || !self.is_one_look(id);
                for input in scene.values.phis.get(&id).into_iter().flatten() {
                    if self.races.is_failed_column(input) {
                        continue;
                    }
                    self.visit(input.value, what.clone(), unsure, next);
                    for (test, _) in input.conditions.iter().filter(|_| chosen) {
                        self.visit(*test, Use::Presence, maybe, next);
                    }
                }
            }
            Term::Record { entries, .. } => {
                let named = match &what {
                    Use::Field(field) => scene.values.entry(id, field),
                    Use::Presence | Use::Any => None,
                };
                if let Some(entry) = named {
                    self.visit(entry, Use::Any, maybe, next);
                    return;
                }
                // An object is there, whatever stands in it: which branch made it is what was asked.
                if what == Use::Presence {
                    return;
                }
                for (slot, value) in entries {
                    let what = match slot {
                        Slot::Spread => what.clone(),
                        Slot::Named(_) | Slot::Computed(_) => Use::Any,
                    };
                    self.visit(*value, what, maybe, next);
                }
            }
            Term::Mix(parts) => {
                for part in parts {
                    self.visit(*part, what.clone(), maybe, next);
                }
            }
            Term::Call { .. } | Term::Pure { .. } if self.iterated(id).is_some() => {
                let of = self.iterated(id).unwrap_or(id);
                return self.visit(of, what, maybe, next);
            }
            // `plain(row).members`: what a call makes of one row has its columns.
            Term::Call { .. } | Term::Pure { .. } if let Some(row) = self.mapped(id, &what) => {
                return self.visit(row, what, true, next);
            }
            term => {
                let put_in = !matches!(term, Term::Template(_) | Term::Join(_));
                let sent = !self.boxed && self.is_sent(id);
                for part in scene.values.parts(id) {
                    let boxed = self.boxed;
                    self.boxed |= sent || (put_in && matches!(scene.values.term(part), Term::Record { .. }));
                    self.visit(part, Use::Any, maybe, next);
                    self.boxed = boxed;
                }
                return;
            }
        }
        for part in scene.values.influences.get(&id).into_iter().flatten() {
            self.visit(*part, Use::Any, true, next);
        }
    }

    /// The same look, made in one way or another: `fast ? await a.count(…) : await b.count(…)`.
    fn is_one_look(&self, id: ValueId) -> bool {
        let look = |value: ValueId| {
            let events = self.races.scene.results.get(&value)?;
            let event = self.races.event(*events.first()?);
            let event = (event.resource.noun == Noun::Row).then_some(event)?;
            Some((event.verb, event.resource.keys.first().and_then(|table| self.races.table_text(*table))?))
        };
        let inputs = self.races.scene.values.phis.get(&id).into_iter().flatten();
        let mut looks =
            inputs.filter(|input| !self.races.is_failed_column(input)).map(|input| look(input.value));
        let Some(Some(first)) = looks.next() else { return false };
        looks.all(|other| other.as_ref() == Some(&first))
    }

    /// One way or another something is worked out, and what is made of it does not tell which way it
    /// was: `let real = if path.exists() { resolve(path) } else { resolve(folder).join(name) }`.
    fn is_worked_out(&self, id: ValueId) -> bool {
        let values = &self.races.scene.values;
        let mut inputs = values.phis.get(&id).into_iter().flatten().peekable();
        inputs.peek().is_some()
            && inputs.all(|input| match values.term(input.value) {
                Term::Pure { .. } | Term::Join(_) | Term::Template(_) => true,
                Term::Call { .. } => self.races.scene.calls.contains_key(&input.value),
                _ => false,
            })
    }

    /// A collection that was made here and that nobody else has, whose members are asked for.
    fn own_collection(&self, look: EventId) -> Option<ValueId> {
        let event = self.races.event(look);
        let place = *event.resource.keys.first()?;
        let made = matches!(self.races.scene.values.term(place), Term::Call { .. } | Term::Pure { .. });
        (is_memory(event.resource.noun)
            && matches!(event.verb, Verb::Exists | Verb::Read)
            && made
            && !self.races.scene.published.contains(&place))
        .then_some(place)
    }

    /// The answer of a call that by its verb does something outside: `sendRequest(request, token)`,
    /// and not `canSend(state)`.
    fn is_sent(&self, id: ValueId) -> bool {
        let Some(call) = self.races.scene.calls.get(&id) else { return false };
        if let Some(known) = self.races.sending.borrow().get(&call.name) {
            return *known;
        }
        let words = crate::knowledge::words(&call.name);
        let sends = words.first().is_some_and(|verb| self.races.knowledge.is_word("performs", verb));
        self.races.sending.borrow_mut().insert(call.name.clone(), sends);
        sends
    }

    /// The one thing that an unexplained call was given and makes something else of, where a field of
    /// that is asked for. Rust gives each of its structs names of its own.
    fn mapped(&self, id: ValueId, what: &Use) -> Option<ValueId> {
        let language = self.races.project.language(self.races.scene.file);
        let asked = matches!(what, Use::Field(_)) && language == Language::TypeScript;
        let call = self.races.scene.calls.get(&id).filter(|_| asked)?;
        match (call.args.as_slice(), call.receiver) {
            ([], Some(receiver)) => Some(receiver),
            ([given], _) if !matches!(self.races.scene.values.term(*given), Term::Record { .. }) => {
                Some(*given)
            }
            _ => None,
        }
    }

    /// What an iterator goes over: `rows` in `rows.iter()`.
    fn iterated(&self, id: ValueId) -> Option<ValueId> {
        let call = self.races.scene.calls.get(&id)?;
        call.receiver.filter(|_| self.races.knowledge.is_word("iterates", &call.name))
    }

    /// One of several tuples or objects that were written out, each with this field.
    fn is_made(&self, base: ValueId, field: &Name) -> bool {
        let values = &self.races.scene.values;
        values
            .phis
            .get(&base)
            .is_some_and(|inputs| inputs.iter().all(|input| values.entry(input.value, field).is_some()))
    }

    fn apply(&mut self, operator: &Operator, operands: &[ValueId], what: Use, maybe: bool, next: u32) {
        let nothing = |id: &ValueId| {
            matches!(self.races.scene.values.term(*id), Term::Literal(Literal::Null))
                || matches!(
                    self.races.scene.values.literal_text(*id),
                    Some("None" | "undefined" | "0" | "" | "-1")
                )
        };
        let presence = match operator {
            Operator::Not | Operator::Is(_) | Operator::TypeOf | Operator::More => true,
            Operator::Equal
            | Operator::NotEqual
            | Operator::Greater
            | Operator::GreaterEqual
            | Operator::Less
            | Operator::LessEqual => operands.iter().any(nothing),
            Operator::Add | Operator::Subtract | Operator::Arithmetic | Operator::In => false,
        };
        let asks_failure = matches!(operator, Operator::Is(name) if matches!(name.as_str(), "Ok" | "Err"));
        for operand in operands {
            // That a column could be read says nothing of what stands in it.
            if asks_failure && self.races.is_column(*operand) {
                continue;
            }
            let what = if presence { what.clone() } else { Use::Any };
            self.visit(*operand, what, maybe, next);
        }
    }
}
