//! Conditions and columns of rows, from query objects.

use super::arguments::Site;
use super::build::Builder;
use super::event::{Answer, Condition, Recognition, Resource};
use super::value::{Slot, Term, ValueId};
use crate::book::api::EventClause;
use crate::book::words::Verbs;
use crate::program::{Language, Name};

impl Builder<'_> {
    /// Reads a query object (`{ id, status: 'open', cents: { gte: n } }`) or a bare key.
    pub(super) fn read_condition(&mut self, condition: ValueId, resource: &mut Resource) {
        match self.values.term(condition).clone() {
            Term::Record { entries, .. } => {
                for (slot, value) in entries {
                    match slot {
                        Slot::Named(name) => self.read_entry(&name, value, resource, 0),
                        Slot::Spread if matches!(self.values.term(value), Term::Record { .. }) => {
                            self.read_condition(value, resource);
                        }
                        Slot::Spread | Slot::Computed(_) => resource.whole = false,
                    }
                }
            }
            // One object or another: the columns of each.
            Term::Phi { .. } => {
                let inputs = self.values.phis.get(&condition).cloned().unwrap_or_default();
                let records: Vec<ValueId> = inputs
                    .iter()
                    .map(|input| input.value)
                    .filter(|value| matches!(self.values.term(*value), Term::Record { .. }))
                    .collect();
                resource.whole = false;
                match records.is_empty() {
                    true => resource.by_id = Some(condition),
                    false => records.into_iter().for_each(|record| self.read_condition(record, resource)),
                }
            }
            // `where: eq(users.email, email)`.
            _ if self.is_predicate(condition) => self.value_conditions(condition, resource, 0),
            // `findById(id)`, or a condition built elsewhere.
            _ => {
                resource.by_id = Some(condition);
                resource.whole = false;
            }
        }
    }

    fn read_entry(&mut self, name: &Name, value: ValueId, resource: &mut Resource, depth: u32) {
        let all_of = self.knowledge.is_word("conjunction", name);
        if let Term::Record { entries, .. } = self.values.term(value).clone()
            && depth < 4
            && !entries.is_empty()
        {
            let named: Vec<(Name, ValueId)> = entries
                .iter()
                .filter_map(|(slot, value)| match slot {
                    Slot::Named(name) => Some((name.clone(), *value)),
                    Slot::Spread | Slot::Computed(_) => None,
                })
                .collect();
            if all_of {
                // `AND: [{…}, {…}]`.
                for (_, part) in named {
                    self.read_condition(part, resource);
                }
                return;
            }
            if let Some((_, value)) = named.iter().find(|(name, _)| self.knowledge.is_word("equality", name))
            {
                resource.conditions.push(Condition::new(name.clone(), true, Some(*value)));
                return;
            }
            if named.iter().any(|(name, _)| self.knowledge.is_word("comparison", name)) {
                let value = named.first().map(|(_, value)| *value);
                let aside = value.is_some_and(|value| self.is_object(value));
                let condition = Condition::new(name.clone(), false, value);
                resource.conditions.push(Condition { aside, ..condition });
                return;
            }
            if self.knowledge.is_word("disjunction", name) {
                resource.whole = false;
                let either = !self.knowledge.is_word("negation", name);
                for (_, part) in named {
                    for (column, value) in self.columns(part) {
                        let either = either && !self.is_object(value);
                        let condition = Condition::new(column, false, Some(value));
                        resource.conditions.push(Condition { aside: true, either, ..condition });
                    }
                }
                return;
            }
            if !is_compound(name, &named) && (depth > 0 || named.len() == 1) {
                let condition = Condition::new(name.clone(), false, Some(value));
                resource.conditions.push(Condition { aside: self.is_object(value), ..condition });
                return;
            }
            // A compound key: its columns.
            for (name, value) in named {
                self.read_entry(&name, value, resource, depth + 1);
            }
            return;
        }
        resource.conditions.push(Condition::new(name.clone(), true, Some(value)));
    }

    /// A call that says something of a column, or joins such: `eq(…)`, `and(…)`.
    fn is_predicate(&self, value: ValueId) -> bool {
        self.calls.get(&value).is_some_and(|call| call.receiver.is_none() && self.says_of_columns(&call.name))
    }

    /// Whether a predicate function or a builder's call of this name says something of a column.
    pub(super) fn says_of_columns(&self, name: &str) -> bool {
        ["equality", "comparison", "conjunction"].iter().any(|lexicon| self.knowledge.is_word(lexicon, name))
    }

    /// An object with properties: no list, nothing that is compared as a whole.
    fn is_object(&self, value: ValueId) -> bool {
        let Term::Record { entries, .. } = self.values.term(value) else { return false };
        entries.iter().any(|(slot, _)| matches!(slot, Slot::Named(name) if name.parse::<u32>().is_err()))
    }

    /// What a builder says of columns: `balance.eq(5)`, or several of these in a tuple. The
    /// second tells whether some column is computed from itself.
    pub(super) fn assigned(&self, data: ValueId) -> (Vec<(Name, ValueId)>, bool) {
        let parts: Vec<ValueId> = match self.values.term(data) {
            Term::Record { name: None, entries, .. } => entries.iter().map(|(_, value)| *value).collect(),
            _ => vec![data],
        };
        let mut columns = Vec::new();
        let mut relative = false;
        for part in parts.into_iter().take(64) {
            let Some(info) = self.calls.get(&part) else { continue };
            let (Some(receiver), [value]) = (info.receiver, info.args.as_slice()) else { continue };
            if !self.knowledge.is_word("equality", &info.name) {
                continue;
            }
            let Some(column) = self.column(receiver) else { continue };
            relative |= self.values.parts(*value).contains(&receiver);
            columns.push((column, *value));
        }
        (columns, relative)
    }

    /// The columns that a selection names; none if it is not known column by column.
    fn asked(&self, selection: ValueId) -> Vec<Name> {
        let parts: Vec<ValueId> = match self.values.term(selection) {
            Term::Record { entries, .. } => entries.iter().map(|(_, value)| *value).collect(),
            _ => vec![selection],
        };
        let columns: Option<Vec<Name>> = parts
            .into_iter()
            .map(|part| match self.values.term(part) {
                Term::Global(global) if global.path.len() > 1 => self.column(part),
                _ => None,
            })
            .collect();
        columns.unwrap_or_default()
    }

    /// What is read of a row: the columns that the page says are asked for.
    pub(super) fn asked_for(&mut self, site: &Site<'_>, clause: &EventClause) -> Vec<Name> {
        let looks = Verbs::LOOK.has(clause.verb) && self.language == Language::Rust;
        let Some(slot) = clause.sets.as_ref().filter(|_| looks) else { return Vec::new() };
        self.slot(site, slot).map(|selection| self.asked(selection)).unwrap_or_default()
    }

    /// `increment('likes')`: the column that a text names.
    pub(super) fn literal_column(&self, data: ValueId) -> Option<Name> {
        self.values.literal_text(data).map(Name::from)
    }

    /// An object that stands for a row that is not stored yet: made here, without a key of its own.
    pub(super) fn is_draft(&self, data: ValueId) -> bool {
        if self.results.contains_key(&data) {
            return false;
        }
        let patches = self.patches.get(&data).into_iter().flatten();
        let mut stored = patches.map(|patch| &patch.field);
        match self.values.term(data) {
            Term::Record { entries, .. } => entries.iter().all(|(slot, _)| match slot {
                Slot::Named(name) => name != "id",
                Slot::Computed(_) => true,
                Slot::Spread => false,
            }),
            Term::Call { .. } => {
                let made = self.evidence.get(&data).is_some_and(|seen| seen.how == Recognition::Constructed);
                made && !stored.any(|field| field == "id")
            }
            _ => false,
        }
    }

    /// What an answer calls otherwise than the table does: `select({ passId: passes.id })`. Without a
    /// selection, rows of several tables stand side by side under the tables' names.
    pub(super) fn renamed(
        &mut self,
        site: &Site<'_>,
        clause: &EventClause,
        resource: &Resource,
    ) -> Vec<(Name, Answer)> {
        let looks = Verbs::LOOK.has(clause.verb) && self.language == Language::TypeScript;
        let (Some(slot), Some(table)) = (clause.sets.as_ref().filter(|_| looks), resource.keys.first())
        else {
            return Vec::new();
        };
        let selection =
            self.slot(site, slot).filter(|of| matches!(self.values.term(*of), Term::Record { .. }));
        let Some(selection) = selection else {
            return self.column(*table).map(|name| (name, Answer::Row)).into_iter().collect();
        };
        let asked = self.columns(selection).into_iter();
        asked.filter_map(|(name, value)| Some((name, self.answer(value, *table)?))).collect()
    }

    /// A column of a table, or of another one, or all of the table.
    fn answer(&self, value: ValueId, table: ValueId) -> Option<Answer> {
        if value == table {
            return Some(Answer::Row);
        }
        let (of, column) = match self.values.term(value) {
            Term::Load { base, field, .. } => (self.column(*base)?, field.clone()),
            Term::Global(global) => {
                let (column, path) = global.path.split_last()?;
                (path.last()?.clone(), column.clone())
            }
            _ => return None,
        };
        let own = self.column(table).is_some_and(|name| name == of);
        Some(Answer::Column(if own { column } else { Name::from(format!("{of}.{column}")) }))
    }

    /// Named fields of a data object, spreads included as far as they are known.
    pub(super) fn columns(&mut self, data: ValueId) -> Vec<(Name, ValueId)> {
        let mut columns = Vec::new();
        self.gather_spread(data, &mut columns, 0);
        columns
    }

    fn gather(&self, data: ValueId, columns: &mut Vec<(Name, ValueId)>, depth: u32) {
        let Term::Record { entries, .. } = self.values.term(data) else { return };
        for (slot, value) in entries {
            match slot {
                Slot::Named(name) if depth < 3 && name.starts_with('$') => {
                    self.gather_spread(*value, columns, depth + 1)
                }
                Slot::Named(name) => {
                    columns.retain(|(known, _)| known != name);
                    columns.push((name.clone(), *value));
                }
                Slot::Spread if depth < 3 => self.gather_spread(*value, columns, depth + 1),
                Slot::Spread | Slot::Computed(_) => {}
            }
        }
    }

    /// `...(given && { name })`, `change = paid ? { … } : { … }`: the columns of whichever object
    /// it may be.
    fn gather_spread(&self, value: ValueId, columns: &mut Vec<(Name, ValueId)>, depth: u32) {
        let inputs = self.values.phis.get(&value).into_iter().flatten();
        let inputs: Vec<ValueId> = inputs.map(|input| input.value).collect();
        for value in std::iter::once(value).chain(inputs) {
            self.gather(value, columns, depth);
        }
    }
}

/// Whether an entry is named after all of its columns, as the keys of several columns are.
fn is_compound(name: &str, named: &[(Name, ValueId)]) -> bool {
    let all = |name: &str| -> String { name.chars().filter(|c| c.is_alphanumeric()).collect() };
    name.contains('_') || all(name) == named.iter().map(|(name, _)| all(name)).collect::<String>()
}
