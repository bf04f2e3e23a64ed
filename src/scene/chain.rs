//! Builder chains: what the calls of one chain say together, the later ones too.
//!
//! `db.update(t).set({…}).where(eq(t.id, id))` changes rows at its end, but the page names the
//! call that says so most plainly. The event made there is read again as the chain grows, until
//! something awaits it.

use super::CallInfo;
use super::arguments::Site;
use super::build::Builder;
use super::call::Call;
use super::event::{Condition, EventId, Resource};
use super::value::{Slot as Entry, Term, ValueId};
use crate::book::api::{EventClause, Root, Slot, SlotStep, What};
use crate::book::words::{Noun, Trait, Verb};
use crate::knowledge::Line;
use crate::program::{Language, Literal, Name};

/// How many calls of a chain are followed back.
const MOST_LINKS: usize = 32;

/// An event whose page line reads the whole chain.
#[derive(Clone)]
pub(super) struct Growing<'a> {
    pub(super) event: EventId,
    pub(super) line: Line<'a>,
    pub(super) clause: usize,
    pub(super) call: Call,
    pub(super) bound: Vec<(Name, ValueId)>,
}

impl<'a> Builder<'a> {
    /// Every call on the way to a value, first call first.
    pub(super) fn chain(&self, end: ValueId) -> Vec<CallInfo> {
        let mut found: Vec<CallInfo> = Vec::new();
        let mut at = Some(end);
        while let Some(value) = at
            && found.len() < 64
        {
            let said = [self.asked_on.get(&value), self.configured.get(&value)];
            for call in said.into_iter().flatten().flatten().rev() {
                if *call != end
                    && let Some(info) = self.calls.get(call)
                    && !found.iter().any(|known| known.span == info.span)
                {
                    found.push(info.clone());
                }
            }
            let Some(info) = self.calls.get(&value) else { break };
            if !found.iter().any(|known| known.span == info.span && known.name == info.name) {
                found.push(info.clone());
            }
            at = info.receiver;
        }
        found.reverse();
        found
    }

    /// `options.write(true).create(true);`: a builder that is changed in place has been told all that
    /// the statement's chain says, whichever of its calls is asked on which.
    pub(super) fn configure_in_place(&mut self, call: &Call, value: ValueId) {
        if call.how.used || self.language != Language::Rust {
            return;
        }
        let Some(own) = self.described_type(value) else { return };
        let mut links = vec![value];
        let mut at = call.receiver;
        while let Some(link) = at.filter(|_| links.len() < MOST_LINKS)
            && self.described_type(link).as_ref() == Some(&own)
        {
            at = self.calls.get(&link).and_then(|info| info.receiver);
            if at.is_some() {
                links.push(link);
            } else if links.len() > 1 {
                links.reverse();
                self.configured.entry(link).or_default().append(&mut links);
                return;
            }
        }
    }

    /// The name of a value's type, if a page describes it.
    fn described_type(&self, value: ValueId) -> Option<Name> {
        let name = self.type_of(value)?.ty.name.path.last()?.clone();
        (!self.knowledge.types(&name).is_empty()).then_some(name)
    }

    /// What a chain begins with: a table, an entity, a client.
    pub(super) fn chain_root(&self, end: ValueId) -> ValueId {
        let mut at = end;
        for _ in 0..64 {
            match self.calls.get(&at).and_then(|info| info.receiver) {
                Some(receiver) if receiver != at => at = receiver,
                _ => break,
            }
        }
        // `users::Entity::find()` begins with the entity.
        self.calls.get(&at).and_then(|info| info.owner).unwrap_or(at)
    }

    /// The value of `chain.NAME`, `chain.NAME.2`, `chain.NAME.*`, `chain.root`.
    pub(super) fn chain_slot(&mut self, end: ValueId, name: &str, path: &[SlotStep]) -> Option<ValueId> {
        if name == "root" {
            return Some(self.chain_root(end));
        }
        let calls: Vec<CallInfo> = self.chain(end).into_iter().filter(|info| info.name == name).collect();
        let last = calls.last()?;
        let several = calls.len() > 1;
        match path {
            [] => match last.args.first() {
                Some(value) => Some(*value),
                // `.create_new()` without an argument: said is meant.
                None => Some(self.values.literal(Literal::Bool(true))),
            },
            [SlotStep::Property(at)] if at.parse::<usize>().is_ok() => {
                let at = at.parse::<usize>().ok()?;
                if several { calls.get(at)?.args.first().copied() } else { last.args.get(at).copied() }
            }
            [SlotStep::Each] => {
                let values: Vec<ValueId> = calls
                    .iter()
                    .flat_map(|info| info.args.iter().take(if several { 1 } else { 64 }))
                    .copied()
                    .collect();
                Some(self.list(values))
            }
            _ => {
                let mut value = *last.args.first()?;
                for step in path {
                    value = match step {
                        SlotStep::Property(name) => self.property(value, name)?,
                        SlotStep::Each => self.each(value)?,
                        SlotStep::Chain(_) => return None,
                    };
                }
                Some(value)
            }
        }
    }

    /// A list of values as a record of numbered entries.
    pub(super) fn list(&mut self, values: Vec<ValueId>) -> ValueId {
        let entries = values
            .into_iter()
            .enumerate()
            .map(|(at, value)| (Entry::Named(Name::from(at.to_string())), value))
            .collect();
        self.values.number(Term::Record { name: None, entries, site: 0 })
    }

    /// The column conditions that the calls of a chain state together.
    pub(super) fn chain_conditions(&mut self, end: ValueId, resource: &mut Resource) {
        let calls = self.chain(end);
        // `update(table.find(id))`: what the chain begins with is a chain of its own.
        let inner = calls.first().filter(|info| info.receiver.is_none()).and_then(|info| info.args.first());
        if let Some(inner) = inner.copied().filter(|inner| self.calls.contains_key(inner))
            && self.language == Language::Rust
        {
            for info in self.chain(inner) {
                self.call_conditions(&info, resource);
            }
        }
        for info in calls {
            self.call_conditions(&info, resource);
        }
    }

    fn call_conditions(&mut self, info: &CallInfo, resource: &mut Resource) {
        let equality = self.knowledge.is_word("equality", &info.name);
        let comparison = self.knowledge.is_word("comparison", &info.name);
        if equality || comparison {
            if let Some(column) = info.args.first().and_then(|column| self.column(*column)) {
                let value = info.args.get(1).copied();
                let equal = equality && !comparison;
                resource.conditions.push(Condition::new(column, equal, value));
            }
            return;
        }
        if self.knowledge.is_word("keyed", &info.name)
            && self.language == Language::Rust
            && let [key] = info.args.as_slice()
            && !matches!(self.values.term(*key), Term::Record { .. } | Term::Closure { .. })
        {
            resource.by_id = Some(*key);
            resource.whole = false;
            return;
        }
        if !self.knowledge.is_word("conditions", &info.name) {
            return;
        }
        if let [text, ..] = info.args.as_slice()
            && self.is_phrase(*text)
        {
            self.written_conditions(info, resource);
            return;
        }
        // `.where('column', value)`, `.where('column', '>', value)`.
        if let [column, rest @ ..] = info.args.as_slice()
            && matches!(self.values.term(*column), Term::Literal(Literal::Text(_)))
            && let Some(column) = self.column(*column)
        {
            let equal = rest.len() < 2
                || rest
                    .first()
                    .and_then(|op| self.values.literal_text(*op))
                    .is_some_and(|op| matches!(op, "=" | "=="));
            resource.conditions.push(Condition::new(column, equal, rest.last().copied()));
            return;
        }
        for arg in info.args.clone() {
            self.value_conditions(arg, resource, 0);
        }
    }

    /// Conditions stated by a value: `eq(t.id, id)`, `and(…)`, `Column::Id.eq(id)`, `{ id }`.
    pub(super) fn value_conditions(&mut self, value: ValueId, resource: &mut Resource, depth: u32) {
        if depth > 6 {
            resource.whole = false;
            return;
        }
        if let Term::Record { entries, .. } = self.values.term(value).clone() {
            let positional = entries
                .iter()
                .all(|(slot, _)| matches!(slot, Entry::Named(name) if name.parse::<u32>().is_ok()));
            if positional {
                for (_, part) in entries {
                    self.value_conditions(part, resource, depth + 1);
                }
            } else {
                self.read_condition(value, resource);
            }
            return;
        }
        let Some(info) = self.calls.get(&value).cloned() else {
            resource.whole = false;
            return;
        };
        if self.knowledge.is_word("conjunction", &info.name) {
            let first = info.receiver.filter(|part| self.calls.contains_key(part));
            for part in first.into_iter().chain(info.args) {
                self.value_conditions(part, resource, depth + 1);
            }
            return;
        }
        let equality = self.knowledge.is_word("equality", &info.name);
        if !equality && !self.knowledge.is_word("comparison", &info.name) {
            resource.whole = false;
            return;
        }
        // `column.eq(value)` or `eq(column, value)`.
        let method = info.receiver.and_then(|receiver| self.column(receiver)).filter(|_| info.args.len() < 2);
        let (column, compared) = match method {
            Some(column) => (Some(column), info.args.first().copied()),
            None => (info.args.first().and_then(|column| self.column(*column)), info.args.get(1).copied()),
        };
        if let Some(column) = column {
            let compared = match compared {
                Some(value) => value,
                None => self.values.literal(Literal::Null),
            };
            resource.conditions.push(Condition::new(column, equality, Some(compared)));
        }
    }

    /// The column a value names: `users.id`, `Column::Id`, `'id'`, `dsl::id`.
    pub(super) fn column(&self, value: ValueId) -> Option<Name> {
        let name = match self.values.term(value) {
            Term::Literal(Literal::Text(text)) => text.clone(),
            Term::Global(global) => global.path.last()?.clone(),
            Term::Load { field, .. } => field.clone(),
            Term::Place(file, local) => {
                self.project.unit(*file).program.locals[local.0 as usize].name.clone()
            }
            _ => return None,
        };
        let last = name.rsplit('.').next().unwrap_or(&name);
        Some(Name::from(last))
    }

    /// Remembers an event whose line reads the whole chain.
    pub(super) fn grows(&mut self, site: &Site<'_>, line: Line<'a>, clause: &EventClause, event: EventId) {
        if !mentions_chain(clause) {
            return;
        }
        let at = line.api.clauses.iter().position(|known| match &known.what {
            What::Event(known) => std::ptr::eq(known, clause),
            _ => false,
        });
        let Some(clause) = at else { return };
        let growing = Growing { event, line, clause, call: site.call.clone(), bound: site.bound.to_vec() };
        let list = self.growing.entry(site.result).or_default();
        // Another statement that begins alike: what was said of the one before is none of it.
        if list.iter().any(|known| known.call.how.span != site.call.how.span) {
            list.clear();
        }
        list.push(growing);
        self.asked_on.remove(&site.result);
    }

    /// A call on a builder value: the events of the chain so far are read again with it.
    pub(super) fn continue_chain(&mut self, receiver: Option<ValueId>, value: ValueId) {
        let Some(receiver) = receiver else { return };
        if receiver == value {
            return;
        }
        let Some(list) = self.growing.remove(&receiver) else { return };
        for growing in &list {
            self.read_again(growing, value);
        }
        self.growing.insert(value, list);
    }

    /// A page says that a call gives what it was asked on: `where` gives the query. The next call of
    /// the chain is asked on that, and what was said so far is said of it.
    pub(super) fn hand_on_chain(&mut self, result: ValueId, value: ValueId, used: bool) {
        if result == value {
            return;
        }
        if let Some(list) = self.growing.get(&result).cloned() {
            self.growing.insert(value, list);
            self.asked_on.entry(value).or_default().push(result);
            // What is done with the last call's answer is what is done with the chain's.
            if used {
                self.used.insert(value);
            } else {
                self.used.remove(&value);
            }
        }
    }

    fn read_again(&mut self, growing: &Growing<'a>, value: ValueId) {
        let api = growing.line.api;
        let What::Event(clause) = &api.clauses[growing.clause].what else { return };
        let call = Call { receiver: Some(value), ..growing.call.clone() };
        let site = Site {
            call: &call,
            api,
            bound: &growing.bound,
            result: value,
            has_callback: false,
            callbacks: Vec::new(),
            events: Vec::new(),
        };
        let said = self.traits(&site, clause);
        let (hold, doubted) = self.hold(&site, clause);
        let fields = self.fields(&site, clause);
        let affected = self.outcomes(&site, &clause.affected);
        let reads_chain =
            clause.slots.iter().any(|slot| matches!(&slot.root, Root::Chain(name) if name == "*"));
        let mut resource = self.events[growing.event.0 as usize].resource.clone();
        if reads_chain {
            resource.conditions.clear();
            resource.whole = true;
            self.chain_conditions(value, &mut resource);
        }
        let event = &mut self.events[growing.event.0 as usize];
        (event.traits, event.doubted) = (said.traits, said.doubted);
        // An insert that a later call turns into `or update`.
        if event.verb == Verb::Create
            && said.traits.has(Trait::Idempotent)
            && event.resource.noun == Noun::Row
        {
            event.verb = Verb::Write;
        }
        (event.once, event.tests, event.fields) = (said.once, said.tests, fields);
        (event.resource, event.affected) = (resource, affected);
        if hold.is_some() {
            (event.hold, event.hold_doubted) = (hold, doubted);
        }
        event.result = value;
        let list = self.results.entry(value).or_default();
        if !list.contains(&growing.event) {
            list.push(growing.event);
        }
    }

    /// The chain has ended: what is done with its value now is use.
    pub(super) fn end_chain(&mut self, value: ValueId) {
        self.growing.remove(&value);
    }
}

/// Whether a clause reads calls of the chain other than its own.
fn mentions_chain(clause: &EventClause) -> bool {
    let is_chain = |slot: &Slot| matches!(slot.root, Root::Chain(_));
    clause.slots.iter().any(is_chain)
        || clause.traits.iter().any(|(_, slot, cond)| {
            slot.as_ref().is_some_and(is_chain) || cond.as_ref().is_some_and(|test| is_chain(&test.slot))
        })
        || clause.held.iter().any(|(_, cond)| cond.as_ref().is_some_and(|test| is_chain(&test.slot)))
}
