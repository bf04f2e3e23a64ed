//! What the parts of an event clause say of one call: resource, traits, fields, outcomes.

use super::arguments::{Holds, Site};
use super::build::Builder;
use super::event::{Hold, Outcome, OutcomeKind, Recognition, Resource};
use super::recognize::is_in_place;
use super::types::SeenType;
use super::value::{Term, ValueId};
use crate::book::api::{
    Code, CodeKind, EventClause, HeldWhile, IsolationWord, Library, Root, Slot, SlotStep,
};
use crate::book::words::{Isolation, Noun, Trait, Traits, Verb, Verbs};
use crate::program::{Callee, Global, Language, Literal, Name, Op, Step};

/// What a clause says of the way an event happens, at one call.
#[derive(Default)]
pub(super) struct SaidTraits {
    pub(super) traits: Traits,
    /// Those among them whose condition the code does not settle.
    pub(super) doubted: Traits,
    pub(super) once: Option<ValueId>,
    pub(super) tests: Vec<Name>,
}

impl Builder<'_> {
    /// A store that is asked in a function which waits for nothing, and whose answer is used right
    /// there: memory of this process, whatever it is called. A store elsewhere gives a promise.
    fn answers_at_once(&self, site: &Site<'_>, clause: &EventClause) -> bool {
        if self.language != Language::TypeScript
            || !matches!(clause.noun, Noun::Key | Noun::Object)
            || !Verbs::LOOK.has(clause.verb)
            || site.call.how.awaited
            || !site.call.how.used
        {
            return false;
        }
        let function = self.function(self.blocks[self.current as usize].frame);
        let chains = |step: &Step| match &step.op {
            Op::Call { callee: Callee::Method { name, .. }, .. } => self.knowledge.is_word("later", name),
            _ => false,
        };
        !function.is_async && !function.blocks.iter().flat_map(|block| &block.steps).any(chains)
    }

    /// Asked of a parameter that is declared as something which a pool gives, or a transaction: who
    /// hands it over may have begun one.
    pub(super) fn is_handed_connection(&self, site: &Site<'_>, library: &Library) -> bool {
        let Some(client) = site.call.receiver.map(|receiver| self.values.root(receiver)) else {
            return false;
        };
        let declared =
            |of: &SeenType<'_>| of.how == Recognition::Resolved && self.is_type_of(&of.ty, library);
        self.language == Language::TypeScript
            && matches!(self.values.term(client), Term::Param(..))
            && library.types.iter().any(|fact| fact.pooled)
            && self.type_of(client).as_ref().is_some_and(declared)
            && !self.is_pooled(client, library)
    }

    /// What the event is about; `None` if a key slot is empty.
    pub(super) fn resource(&mut self, site: &Site<'_>, clause: &EventClause) -> Option<Resource> {
        if self.answers_at_once(site, clause) {
            return None;
        }
        let mut keys = Vec::with_capacity(clause.slots.len());
        for slot in &clause.slots {
            if matches!(&slot.root, Root::Chain(name) if name == "*") {
                continue;
            }
            match self.slot(site, slot) {
                Some(key) => keys.push(key),
                // `findMany()`: no condition means every row.
                None if clause.noun == Noun::Row && keys.len() == 1 => break,
                None => return None,
            }
        }
        let mut resource = Resource::plain(clause.noun, keys);
        // `update(table.find(id))`: the table that the inner chain begins with.
        if clause.noun == Noun::Row
            && self.language == Language::Rust
            && let (Some(key), Some(Root::Chain(_))) =
                (resource.keys.first().copied(), clause.slots.first().map(|slot| &slot.root))
        {
            resource.keys[0] = self.chain_root(key);
        }
        // `exists(table.filter(…))`: a query that is built but not yet sent.
        if clause.noun == Noun::Row
            && self.language == Language::Rust
            && Verbs::LOOK.has(clause.verb)
            && let ([query], Some(Root::Param(_))) =
                (resource.keys.as_slice(), clause.slots.first().map(|slot| &slot.root))
            && let Some(info) = self.calls.get(query)
            && info.receiver.is_some()
        {
            let query = *query;
            resource.keys[0] = self.chain_root(query);
            self.chain_conditions(query, &mut resource);
            return Some(resource);
        }
        // `update(&user)`: the row that was read.
        if clause.noun == Noun::Row
            && self.language == Language::Rust
            && matches!(clause.verb, Verb::Write | Verb::Update | Verb::Remove)
            && resource.keys.len() == 1
            && clause.slots.len() > 1
            && let Some(table) = self.origin(resource.keys[0])
        {
            resource.by_id = Some(resource.keys[0]);
            resource.keys = vec![table];
            resource.whole = false;
        }
        let by_chain =
            clause.slots.iter().position(|slot| matches!(&slot.root, Root::Chain(name) if name == "*"));
        if let (Some(at), Some(receiver)) = (by_chain, site.call.receiver) {
            resource.keys.truncate(at);
            self.chain_conditions(receiver, &mut resource);
            return Some(resource);
        }
        if clause.noun == Noun::Row
            && resource.keys.len() == 1
            && matches!(clause.verb, Verb::Write | Verb::Update | Verb::Remove)
            && let Term::Record { name: Some(mut name), .. } = self.values.term(resource.keys[0]).clone()
        {
            if self.language == Language::Rust {
                self.name_table(&mut name);
            }
            // A row written out: its own key tells which.
            resource.by_id = self.values.entry(resource.keys[0], "id");
            resource.keys = vec![self.values.number(Term::Global(name))];
            resource.whole = false;
            return Some(resource);
        }
        if clause.noun == Noun::Row
            && resource.keys.len() == 1
            && matches!(clause.verb, Verb::Write | Verb::Update | Verb::Remove)
            && let Some(table) = self.origin(resource.keys[0])
        {
            // An instance stands for the row that it was read from.
            resource.by_id = Some(resource.keys[0]);
            resource.keys = vec![table];
            resource.whole = false;
        }
        // A method of a row's own class: `this` is the row, `this.constructor` the table.
        if clause.noun == Noun::Row
            && self.language == Language::TypeScript
            && let Some(key) = resource.keys.first().copied()
            && let Some((table, is_class)) = self.own_table(key)
        {
            if !is_class && resource.keys.len() == 1 && !Verbs::LOOK.has(clause.verb) {
                resource.by_id = Some(key);
                resource.whole = false;
            }
            resource.keys[0] = table;
        }
        // A new row of the one table that the file declares.
        if clause.noun == Noun::Row
            && self.language == Language::Rust
            && let Some(Term::Record { name: Some(name), .. }) =
                resource.keys.first().map(|key| self.values.term(*key).clone())
            && name.path.iter().all(|part| self.knowledge.is_word("unnamed", part))
        {
            let mut table = name;
            self.name_table(&mut table);
            resource.keys[0] = self.values.number(Term::Global(table));
        }
        if clause.noun == Noun::Row && resource.keys.len() > 1 {
            let condition = resource.keys[1];
            resource.keys.truncate(1);
            self.read_condition(condition, &mut resource);
        }
        Some(resource)
    }

    /// The class of `this` or `this.constructor`, and whether it is the class that is meant.
    fn own_table(&mut self, key: ValueId) -> Option<(ValueId, bool)> {
        let (this, is_class) = match self.values.term(key) {
            Term::Load { base, field, .. } if field == "constructor" => (*base, true),
            _ => (key, false),
        };
        let Term::This(file, local) = *self.values.term(this) else { return None };
        let program = &self.project.unit(file).program;
        let function = &program.functions[program.locals[local.0 as usize].function.0 as usize];
        // `this` of a static method is the class itself, and has no rows' methods.
        let owner = function.owner.clone()?;
        let class = Global { module: Name::default(), path: vec![owner] };
        Some((self.values.number(Term::Global(class)), is_class))
    }

    /// The table of the row that a value was read from or created as.
    pub(super) fn origin(&self, instance: ValueId) -> Option<ValueId> {
        let mut at = instance;
        for _ in 0..4 {
            let events = self.results.get(&at).into_iter().flatten();
            let mut rows = events.map(|id| &self.events[id.0 as usize]).filter(|event| {
                event.resource.noun == Noun::Row && matches!(event.verb, Verb::Read | Verb::Create)
            });
            if let Some(event) = rows.next_back() {
                return event.resource.keys.first().copied();
            }
            at = match self.values.term(at) {
                Term::Element { base, .. } | Term::Each { base, .. } => *base,
                Term::Phi { .. } => self.values.phis.get(&at)?.first()?.value,
                _ => return None,
            };
        }
        None
    }

    /// What was stored to the fields of an object so far, on some way at least: `row.status = 'x'`
    /// before `row.save()`, `if (name) change.name = name` before `update(change)`.
    pub(super) fn add_stored(&self, object: ValueId, columns: &mut Vec<(Name, ValueId)>) {
        for patch in self.patches.get(&object).into_iter().flatten() {
            columns.retain(|(known, _)| *known != patch.field);
            columns.push((patch.field.clone(), patch.value));
        }
    }

    pub(super) fn traits(&mut self, site: &Site<'_>, clause: &EventClause) -> SaidTraits {
        let mut said = SaidTraits::default();
        for (word, slot, cond) in &clause.traits {
            let holds = self.cond(site, cond);
            if holds == Holds::Unknown {
                said.doubted = said.doubted.with(*word);
            }
            // Doubt favours silence: what may be atomic counts as atomic.
            let doubted = !matches!(word, Trait::Pooled | Trait::Shared | Trait::Local);
            if holds == Holds::No || (holds == Holds::Unknown && !doubted) {
                continue;
            }
            let value = match slot {
                None => None,
                Some(slot) => match self.slot(site, slot) {
                    Some(value) => Some(value),
                    None => continue,
                },
            };
            said.traits = said.traits.with(*word);
            match (word, value) {
                (Trait::Once, value) => said.once = value,
                (Trait::Conditional, Some(value)) => {
                    said.tests.extend(self.columns(value).into_iter().map(|(name, _)| name));
                }
                _ => {}
            }
        }
        said
    }

    pub(super) fn fields(&mut self, site: &Site<'_>, clause: &EventClause) -> Vec<Name> {
        let mut fields = Vec::new();
        for (names, cond) in &clause.fields {
            if self.cond(site, cond) != Holds::No {
                fields.extend(names.iter().cloned());
            }
        }
        fields
    }

    /// How long a take or a locking look holds, and whether that is in doubt.
    pub(super) fn hold(&mut self, site: &Site<'_>, clause: &EventClause) -> (Option<Hold>, bool) {
        for (held, cond) in &clause.held {
            let holds = self.cond(site, cond);
            if holds == Holds::No {
                continue;
            }
            let hold = match held {
                HeldWhile::Slot(slot) => match self.slot(site, slot) {
                    Some(value) => Hold::Value(value),
                    None => return (None, false),
                },
                HeldWhile::Transaction => Hold::Transaction,
                HeldWhile::Session => Hold::Session,
            };
            return (Some(hold), holds == Holds::Unknown);
        }
        ((clause.verb == Verb::Take).then_some(Hold::Explicit), false)
    }

    pub(super) fn isolation(&mut self, site: &Site<'_>, clause: &EventClause) -> Option<Isolation> {
        match clause.isolation.as_ref()? {
            IsolationWord::Word(word) => Some(*word),
            IsolationWord::Slot(slot) => {
                let value = self.slot(site, slot)?;
                let text = self.values.literal_text(value)?;
                isolation_word(text)
            }
        }
    }

    pub(super) fn outcomes(&mut self, site: &Site<'_>, codes: &[Code]) -> Vec<Outcome> {
        let mut outcomes = Vec::with_capacity(codes.len());
        for code in codes {
            if self.cond(site, &code.when) == Holds::No {
                continue;
            }
            let slot = match (&code.at, &code.kind) {
                (Some(slot), _) => Some(slot),
                (None, CodeKind::Slot(slot)) => Some(slot),
                (None, _) => None,
            };
            let path = match slot {
                Some(slot) if slot.root == Root::Result => slot.path.clone(),
                Some(_) => continue,
                None => Vec::new(),
            };
            outcomes.push(Outcome { kind: OutcomeKind::of(&code.kind), path });
        }
        outcomes
    }

    pub(super) fn same_as(&mut self, site: &Site<'_>, target: &Slot, source: &Slot) -> Option<ValueId> {
        // `result.* same-as list.*`: element by element, so the whole stands for the whole.
        let mut source = source.clone();
        for step in target.path.iter().rev() {
            match step {
                SlotStep::Each if source.path.last() == Some(&SlotStep::Each) => {
                    source.path.pop();
                }
                SlotStep::Each | SlotStep::Property(_) | SlotStep::Chain(_) => {}
            }
        }
        self.slot(site, &source)
    }

    /// The field of a value that another value names by a text, or by its place.
    pub(super) fn field_named(&mut self, site: &Site<'_>, whole: &Slot, name: &Slot) -> Option<ValueId> {
        let (whole, name) = (self.slot(site, whole)?, self.slot(site, name)?);
        let Term::Literal(Literal::Text(field) | Literal::Number(field)) = self.values.term(name).clone()
        else {
            return None;
        };
        let known = self.values.entry(whole, &field);
        let version = self.env.version(&field);
        Some(known.unwrap_or_else(|| self.values.number(Term::Load { base: whole, field, version })))
    }

    pub(super) fn part_of(&mut self, site: &Site<'_>, whole: &Slot, parts: &[Slot]) -> Option<ValueId> {
        let mut values = Vec::new();
        for part in parts {
            let Some(value) = self.slot(site, part) else { continue };
            match self.values.term(value).clone() {
                // A rest parameter: its elements in order.
                Term::Record { name: None, entries, site: 0 } => {
                    values.extend(entries.iter().map(|(_, value)| *value));
                }
                _ => values.push(value),
            }
        }
        if whole.root == Root::Result && whole.path.is_empty() {
            return Some(self.values.join(values));
        }
        // `receiver part-of receiver part`: it holds more from here on.
        if is_in_place(whole, parts) {
            self.grown = Some(self.grow(site.call.receiver?, values));
            return None;
        }
        // `path part-of result`: the result is a parent of the path.
        let child = self.slot(site, whole)?;
        for parent in values {
            let parents = self.values.parents.entry(child).or_default();
            if !parents.contains(&parent) {
                parents.push(parent);
            }
        }
        None
    }
}

/// The word of an isolation level in any spelling: `Serializable`, `REPEATABLE READ`.
pub(super) fn isolation_word(text: &str) -> Option<Isolation> {
    let words: Vec<String> = crate::knowledge::words(text);
    let has = |word: &str| words.iter().any(|known| known == word);
    if has("serializable") || has("immediate") || has("exclusive") {
        Some(Isolation::Serializable)
    } else if has("snapshot") {
        Some(Isolation::Snapshot)
    } else if has("repeatable") {
        Some(Isolation::RepeatableRead)
    } else if has("committed") || has("uncommitted") {
        Some(Isolation::ReadCommitted)
    } else {
        None
    }
}
