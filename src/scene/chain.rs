//! Builder chains read as row conditions: `.where(eq(t.id, id))`, `.eq('id', id)`, `.where({ id })`.
//!
//! A page says `row(table, chain.*)`: the conditions of every call of the chain, earlier or later.

use super::build::Builder;
use super::event::{Condition, EventId, Resource};
use super::value::{Term, ValueId};
use super::{CallInfo, call::Call};
use crate::book::api::{Root, Slot};
use crate::program::Name;

/// Predicates inside predicates deeper than this say nothing.
const DEEPEST: u32 = 8;

/// Whether a slot stands for the conditions of the whole chain.
pub(super) fn is_whole_chain(slot: &Slot) -> bool {
    matches!(&slot.root, Root::Chain(name) if name == "*")
}

impl Builder<'_> {
    /// What the calls of the chain up to here say of columns.
    pub(super) fn chain_conditions(&mut self, receiver: ValueId, resource: &mut Resource) {
        let mut at = Some(receiver);
        for _ in 0..32 {
            let Some(info) = at.and_then(|value| self.calls.get(&value)).cloned() else { return };
            self.call_condition(&info, resource);
            at = info.receiver;
        }
    }

    /// A later call of a chain whose event was made already says more of its columns.
    pub(super) fn extend_row(&mut self, call: &Call) {
        if self.open_rows.is_empty() {
            return;
        }
        let mut at = call.receiver;
        for _ in 0..32 {
            let Some(value) = at else { return };
            let events = self.results.get(&value).cloned().unwrap_or_default();
            let open: Vec<EventId> = events.into_iter().filter(|id| self.open_rows.contains(id)).collect();
            if !open.is_empty() {
                let info = CallInfo {
                    name: call.name.clone(),
                    receiver: call.receiver,
                    args: call.args.clone(),
                    span: call.how.span,
                };
                for id in open {
                    let mut resource = self.events[id.0 as usize].resource.clone();
                    self.call_condition(&info, &mut resource);
                    self.events[id.0 as usize].resource = resource;
                }
                return;
            }
            at = self.calls.get(&value).and_then(|info| info.receiver);
        }
    }

    /// `.where(…)`, `.eq(column, value)`; other calls of a chain say nothing of columns.
    fn call_condition(&mut self, info: &CallInfo, resource: &mut Resource) {
        let is = |lexicon: &str| self.knowledge.is_word(lexicon, &info.name);
        let (holds, equality, comparison, either) =
            (is("conditions"), is("equality"), is("comparison"), is("disjunction"));
        match info.args.as_slice() {
            [predicate] if holds => self.predicate(*predicate, resource, 0),
            [column, value] if holds || equality => self.compare(*column, *value, true, resource),
            [column, operator, value] if holds => {
                let equal = self
                    .values
                    .literal_text(*operator)
                    .is_some_and(|text| self.knowledge.is_word("equality", text));
                self.compare(*column, *value, equal, resource);
            }
            [column, value, ..] if comparison => self.compare(*column, *value, false, resource),
            [column] if equality || comparison => {
                let value = self.values.unknown();
                self.compare(*column, value, equality, resource);
            }
            [] => {}
            _ if holds || either => resource.whole = false,
            _ => {}
        }
    }

    /// A query object or a predicate built by a call: `and(eq(t.id, id), isNull(t.used))`, `col.eq(x)`.
    fn predicate(&mut self, value: ValueId, resource: &mut Resource, depth: u32) {
        if matches!(self.values.term(value), Term::Record { .. }) {
            self.read_condition(value, resource);
            return;
        }
        let Some(info) = self.calls.get(&value).cloned().filter(|_| depth < DEEPEST) else {
            resource.whole = false;
            return;
        };
        let is = |lexicon: &str| self.knowledge.is_word(lexicon, &info.name);
        let (equality, comparison, all) = (is("equality"), is("comparison"), is("conjunction"));
        match (info.receiver, info.args.as_slice()) {
            (receiver, parts) if all => {
                let is_predicate = |value: &ValueId| self.calls.contains_key(value);
                let parts: Vec<ValueId> =
                    receiver.filter(is_predicate).into_iter().chain(parts.iter().copied()).collect();
                for part in parts {
                    self.predicate(part, resource, depth + 1);
                }
            }
            (Some(column), [value]) if equality || comparison => {
                self.compare(column, *value, equality, resource);
            }
            (_, [column, value, ..]) if equality || comparison => {
                self.compare(*column, *value, equality, resource);
            }
            (None, [column]) if equality || comparison => {
                let value = self.values.unknown();
                self.compare(*column, value, equality, resource);
            }
            _ => resource.whole = false,
        }
    }

    fn compare(&mut self, column: ValueId, value: ValueId, equal: bool, resource: &mut Resource) {
        match self.column_name(column) {
            Some(column) => resource.conditions.push(Condition { column, equal, value: Some(value) }),
            None => resource.whole = false,
        }
    }

    /// `users.id`, `'users.id'`, `Column::Id`.
    fn column_name(&self, column: ValueId) -> Option<Name> {
        let text = match self.values.term(column) {
            Term::Load { field, .. } => field.as_str(),
            _ => self.values.literal_text(column)?,
        };
        Some(text.rsplit('.').next().unwrap_or(text).into())
    }
}
