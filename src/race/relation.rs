//! Whether two events concern the same thing, and how.

use super::Races;
use super::columns;
use super::decide::Use;
use crate::book::words::{Noun, Relation, Relations, Verb};
use crate::program::{Language, Literal, Name};
use crate::scene::event::{Condition, Event, EventId};
use crate::scene::value::{Piece, Slot, Term, ValueId};

/// How two keys relate, and whether on every path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Related {
    pub(super) relation: Relation,
    /// Equal on some paths only.
    pub(super) maybe: bool,
}

const SURE: Related = Related { relation: Relation::Same, maybe: false };

impl Races<'_> {
    /// How the act's resource relates to the look's, among the relations a rule allows.
    pub(super) fn related(&self, check: EventId, act: EventId, wanted: Relations) -> Option<Related> {
        if wanted.has(Relation::Any) {
            return Some(Related { relation: Relation::Any, maybe: false });
        }
        let (from, to) = (self.event(check), self.event(act));
        let related = match from.resource.noun {
            Noun::Row if to.verb == Verb::Update && wanted == Relations::of(&[Relation::Selects]) => {
                self.taken(check, act)?
            }
            Noun::Row => self.rows(check, act)?,
            Noun::File | Noun::Directory => self.files(check, act, wanted)?,
            Noun::State | Noun::Entry => self.places(check, act)?,
            Noun::Key | Noun::Object | Noun::Lock | Noun::Atomic | Noun::Handle | Noun::Delivery => {
                self.named(check, act)?
            }
            Noun::Transaction | Noun::Session | Noun::Outside => return None,
        };
        let same = from.resource.noun == to.resource.noun
            || matches!(
                (from.resource.noun, to.resource.noun),
                (Noun::File | Noun::Directory, Noun::File | Noun::Directory)
            );
        let allowed = wanted.has(related.relation)
            || (related.relation == Relation::Selects
                && wanted.has(Relation::Same)
                && to.verb != Verb::Create);
        (same && allowed).then_some(related)
    }

    /// Equal values, or values that may be equal.
    pub(super) fn equal(&self, a: ValueId, b: ValueId) -> Option<Related> {
        let (a, b) = (self.canon(a), self.canon(b));
        if a == b {
            return Some(SURE);
        }
        if self.was_asked_for(a, b) || self.was_asked_for(b, a) || self.is_made_alike(a, b, 0) {
            return Some(SURE);
        }
        let may = self.may_be(a, b, 0) || self.may_be(b, a, 0);
        may.then_some(Related { relation: Relation::Same, maybe: true })
    }

    /// `row.email` of a row that was looked up by that very email.
    fn was_asked_for(&self, column: ValueId, value: ValueId) -> bool {
        let Term::Load { base, field, .. } = self.scene.values.term(column) else { return false };
        let row = match self.scene.values.term(*base) {
            Term::Each { base, .. } => base,
            _ => base,
        };
        self.scene.results.get(row).into_iter().flatten().any(|look| {
            let look = self.event(*look);
            look.resource.noun == Noun::Row
                && look.resource.conditions.iter().any(|condition| {
                    condition.equal
                        && !condition.aside
                        && fold(&condition.column) == fold(field)
                        && condition.value.is_some_and(|asked| self.canon(asked) == value)
                })
        })
    }

    /// `b` is one of the inputs that `a` may be.
    fn may_be(&self, a: ValueId, b: ValueId, depth: u32) -> bool {
        let Some(inputs) = self.scene.values.phis.get(&a) else { return false };
        depth < 4
            && !matches!(self.scene.values.term(b), Term::Literal(_))
            && inputs.iter().any(|input| {
                let value = self.canon(input.value);
                value == b || self.may_be(value, b, depth + 1)
            })
    }

    fn files(&self, check: EventId, act: EventId, wanted: Relations) -> Option<Related> {
        let (from, to) = (*self.keys(check).first()?, *self.keys(act).first()?);
        if let Some(related) = self.equal(from, to) {
            return Some(related);
        }
        let ancestor = Related { relation: Relation::Ancestor, maybe: false };
        (wanted.has(Relation::Ancestor) && self.is_ancestor(from, to, 0)).then_some(ancestor)
    }

    /// Whether a path lies below another.
    fn is_ancestor(&self, parent: ValueId, child: ValueId, depth: u32) -> bool {
        if depth > 4 {
            return false;
        }
        let values = &self.scene.values;
        if values
            .parents
            .get(&child)
            .is_some_and(|parents| parents.iter().any(|known| self.canon(*known) == parent))
        {
            return true;
        }
        match (values.term(parent), values.term(child)) {
            (Term::Join(above), Term::Join(below)) => below.len() > above.len() && below.starts_with(above),
            (_, Term::Join(below)) => below
                .first()
                .is_some_and(|first| *first == parent || self.is_ancestor(parent, *first, depth + 1)),
            (_, Term::Template(pieces)) => match pieces.as_slice() {
                [Piece::Value(first), Piece::Text(text), ..] => *first == parent && text.starts_with('/'),
                _ => false,
            },
            _ => false,
        }
    }

    fn named(&self, check: EventId, act: EventId) -> Option<Related> {
        let (from, to) = (self.keys(check), self.keys(act));
        let mut related = SURE;
        for (at, (a, b)) in from.iter().zip(to).enumerate() {
            let here = match self.equal(*a, *b) {
                Some(here) => here,
                None if at == 0 && self.store_of(*a) == self.store_of(*b) => SURE,
                None if at == 0 && from.len() > 1 && self.is_same_store(*a, *b) => SURE,
                None => return None,
            };
            related.maybe |= here.maybe;
        }
        if from.len() > to.len() && self.gives_other_parts(from, act) {
            return None;
        }
        (!from.is_empty() && !to.is_empty()).then_some(related)
    }

    /// The store behind a queue of commands: `redis` of `redis.multi()`.
    fn store_of(&self, client: ValueId) -> ValueId {
        let mut events = self.scene.results.get(&client).into_iter().flatten().map(|id| self.event(*id));
        let queues = events.any(|event| {
            event.verb == Verb::Take && event.resource.noun == Noun::Transaction && event.result == client
        });
        let asked = self.scene.calls.get(&client).and_then(|call| call.receiver).filter(|_| queues);
        asked.map_or(client, |asked| self.canon(asked))
    }

    /// Two connections that one pool or client gave, by the same call, lead to one store.
    fn is_same_store(&self, a: ValueId, b: ValueId) -> bool {
        let source = |id: ValueId| {
            let call = self.scene.calls.get(&id)?;
            let from = call.receiver.filter(|_| call.args.is_empty())?;
            Some((call.name.clone(), self.canon(from)))
        };
        source(a).is_some_and(|from| source(b) == Some(from))
    }

    /// One part was looked at by its name (`HGET order paid`), and the act gives parts of other names.
    fn gives_other_parts(&self, looked: &[ValueId], act: EventId) -> bool {
        let event = self.event(act);
        let Some(part) = looked.last().and_then(|part| self.scene.values.literal_text(*part)) else {
            return false;
        };
        let named = |data: ValueId| match self.scene.values.term(data) {
            Term::Record { entries, .. } => entries.iter().all(|(slot, _)| matches!(slot, Slot::Named(_))),
            _ => false,
        };
        event.resource.noun == Noun::Key
            && event.data.is_some_and(named)
            && !event.sets.is_empty()
            && event.sets.iter().all(|(name, _)| name != part)
    }

    /// Memory: the same place, and parts that do not differ.
    fn places(&self, check: EventId, act: EventId) -> Option<Related> {
        let (from, to) = (self.keys(check), self.keys(act));
        let field = || self.field_of_part(from, to) || self.field_of_part(to, from);
        let mut related = self.equal(*from.first()?, *to.first()?).or_else(|| {
            // A field of the guarded thing is changed: the whole was looked at. A reference says
            // nothing of what it refers to.
            let language = self.project.unit(self.scene.file).program.language;
            let inner = self.scene.values.root(*to.first()?) == *from.first()?;
            ((inner && language == Language::Rust) || field()).then_some(SURE)
        })?;
        if let (Some(a), Some(b)) = (from.get(1), to.get(1)) {
            related.maybe |= self.equal(*a, *b)?.maybe;
        }
        Some(related)
    }

    /// A part that a text names is that field of the whole, or lies around what is looked at in it:
    /// `guard.owner = name` is keyed by the guarded thing and `owner`, `guard.owner.is_some()` by the
    /// field.
    fn field_of_part(&self, place: &[ValueId], keyed: &[ValueId]) -> bool {
        let (Some(mut at), [whole, part]) = (place.first().copied(), keyed) else { return false };
        let Term::Literal(Literal::Text(name)) = self.scene.values.term(*part) else { return false };
        while let Term::Load { base, field, .. } = self.scene.values.term(at) {
            let base = self.canon(*base);
            if base == *whole {
                return field == name;
            }
            at = base;
        }
        false
    }

    fn rows(&self, check: EventId, act: EventId) -> Option<Related> {
        let (from, to) = (self.event(check), self.event(act));
        if from.resource.noun != to.resource.noun || !self.same_table(check, act) {
            return None;
        }
        if from.verb == Verb::Count {
            return self.member(from, to);
        }
        if self.is_stored_again(check, act) {
            return Some(SURE);
        }
        let creates =
            to.verb == Verb::Create || (to.verb == Verb::Write && to.resource.conditions.is_empty());
        if creates {
            return self.selects(from, to);
        }
        if self.names_row(to, check) {
            return Some(SURE);
        }
        if self.row_is_made_here(check, act) {
            return None;
        }
        self.same_row(from, to)
    }

    /// The act names the row that was created after the look: the look found another one, or none.
    fn row_is_made_here(&self, check: EventId, act: EventId) -> bool {
        let looked = self.event(check).result;
        let mut made = false;
        let mut found = false;
        for (_, value) in identities(self.event(act)) {
            self.walk_parts(value, 8, &mut |part| {
                found |= part == looked;
                made |= self.scene.results.get(&part).into_iter().flatten().any(|id| {
                    self.event(*id).verb == Verb::Create
                        && self.before(self.event(check).at, self.event(*id).at)
                        && self.same_table(*id, act)
                });
                !made && !found
            });
        }
        made && !found
    }

    pub(super) fn same_table(&self, a: EventId, b: EventId) -> bool {
        let (Some(a), Some(b)) = (self.keys(a).first(), self.keys(b).first()) else { return false };
        if a == b {
            return true;
        }
        match (self.table_text(*a), self.table_text(*b)) {
            (Some(a), Some(b)) => fold(&a) == fold(&b),
            _ => false,
        }
    }

    pub(super) fn table_text(&self, id: ValueId) -> Option<Name> {
        match self.scene.values.term(id) {
            Term::Literal(Literal::Text(text)) => Some(text.clone()),
            _ => Some(self.without_suffix(self.table_name(id)?)),
        }
    }

    /// `ridesRepository` is of the rides.
    fn without_suffix(&self, name: Name) -> Name {
        let words = crate::knowledge::words(&name);
        match words.split_last() {
            Some((last, before)) if !before.is_empty() && self.knowledge.is_word("table-suffix", last) => {
                before.join("_").into()
            }
            _ => name,
        }
    }

    fn table_name(&self, id: ValueId) -> Option<Name> {
        match self.scene.values.term(id) {
            // A default import is known by its file.
            Term::Global(global) => match self.telling_name(&global.path) {
                Some(last) if last != "default" => Some(last.clone()),
                _ => global
                    .module
                    .rsplit('/')
                    .find_map(|part| part.split('.').next().filter(|stem| !stem.is_empty()).map(Name::from)),
            },
            Term::Place(file, local) => {
                Some(self.project.unit(*file).program.locals[local.0 as usize].name.clone())
            }
            // Every repository's own `Model` or `MongooseModel` is of whatever the repository is of.
            Term::Load { base, field, .. } if let Some(owner) = self.layer_of(*base, field) => Some(owner),
            Term::Load { field, .. } => Some(field.clone()),
            // A collection of a store is a table by its path's last name.
            Term::Join(path) => self.scene.values.literal_text(*path.last()?).map(Name::from),
            Term::Param(..) => self.scene.names.get(&id).cloned(),
            Term::Record { name: Some(global), .. } => self.telling_name(&global.path).cloned(),
            _ => None,
        }
    }

    /// The repository that a field belongs to which each of them has: of `ridesRepository.model` that
    /// is what tells the table, and of `client.model` it is not, for there a table may be called so.
    fn layer_of(&self, base: ValueId, field: &str) -> Option<Name> {
        let words = crate::knowledge::words(field);
        let common = |word: &String| {
            ["table-suffix", "unnamed-part"].iter().any(|list| self.knowledge.is_word(list, word))
        };
        let owner = self.table_name(base).filter(|_| !words.is_empty() && words.iter().all(common))?;
        (self.without_suffix(owner.clone()) != owner).then_some(owner)
    }

    /// The last name of a path that tells one from another: every table has an `Entity`.
    fn telling_name<'n>(&self, path: &'n [Name]) -> Option<&'n Name> {
        let telling = path.iter().rev().find(|name| !self.knowledge.is_word("unnamed", name));
        telling.or(path.last())
    }

    /// The act's condition names the row that the look gave: `where: { id: row.id }`.
    fn names_row(&self, act: &Event, check: EventId) -> bool {
        let shown = |value: ValueId, fits: &dyn Fn(&str) -> bool| {
            self.seen(value, false).iter().any(|seen| {
                seen.event == check
                    && match &seen.what {
                        Use::Field(field) => fits(field),
                        Use::Any => true,
                        Use::Presence => false,
                    }
            })
        };
        // What the row says of another row (`row.partner.id`) names that one.
        // `id in (ids of the rows that were found)` names each of them.
        let names = |c: &&Condition| c.equal || (fold(&c.column) == "id" && self.event(check).finds_many());
        let named = act.resource.conditions.iter().filter(names).any(|condition| {
            let fits = |field: &str| fold(field) == fold(&condition.column);
            condition.value.is_some_and(|value| shown(value, &fits))
        });
        let whole =
            act.resource.by_id.into_iter().chain(act.data.filter(|_| act.resource.conditions.is_empty()));
        named || whole.into_iter().any(|value| shown(value, &|_| true))
    }

    /// Both conditions pin the same row: equality columns in common are equal, and none differs.
    fn same_row(&self, from: &Event, to: &Event) -> Option<Related> {
        let mut found: Option<Related> = None;
        let known = identities(from);
        for (column, value) in identities(to) {
            let known = known.iter().map(|(name, value)| (name, *value));
            let Some(other) = columns::nearest(known, &column) else { continue };
            match self.equal(value, other) {
                Some(related) => {
                    let maybe = related.maybe || found.is_some_and(|found| found.maybe);
                    found = Some(Related { relation: Relation::Same, maybe });
                }
                None => return None,
            }
        }
        found
    }

    /// The look's condition selects the created row: its columns are among the data.
    fn selects(&self, from: &Event, to: &Event) -> Option<Related> {
        let mut found: Option<Related> = None;
        let asks = |condition: &&Condition| condition.equal || condition.either;
        for condition in from.resource.conditions.iter().filter(asks) {
            let (Some(value), column) = (condition.value, fold(&condition.column)) else { continue };
            let data = columns::given_or_asked(to, &condition.column);
            if data.is_none() && to.data.is_some_and(|of| self.brings(of, value, &column, 0)) {
                found = Some(Related { relation: Relation::Selects, maybe: false });
            }
            let Some(data) = data else { continue };
            match self.equal(value, data) {
                // One column that is surely equal is enough: the rest are alternatives.
                Some(related) => {
                    let maybe = related.maybe && found.is_none_or(|found| found.maybe);
                    found = Some(Related { relation: Relation::Selects, maybe });
                }
                // A literal that differs (`deleted: false` created as true) selects another row.
                None if condition.equal && self.both_literal(value, data) => return None,
                None => {}
            }
        }
        // `find(key)` and a row made with that very key.
        if let Some(key) = from.resource.by_id.filter(|_| found.is_none())
            && !matches!(self.scene.values.term(key), Term::Literal(_))
        {
            let mut columns = to.sets.iter().map(|(_, value)| *value);
            found = columns.find_map(|value| self.equal(key, value).filter(|related| !related.maybe));
            if let Some(found) = &mut found {
                found.relation = Relation::Selects;
            }
        }
        if found.is_none() && to.sets.is_empty() {
            // The data is one object whose columns nobody lists: the same values go in.
            let data = to.data?;
            let shared =
                from.resource.conditions.iter().filter(|c| c.equal).filter_map(|c| c.value).any(|value| {
                    let value = self.canon(value);
                    self.any_part(data, 6, &mut |part| self.canon(part) == value)
                        || self.scene.values.root(value) == self.scene.values.root(data)
                });
            return shared.then_some(Related { relation: Relation::Selects, maybe: true });
        }
        found
    }

    /// The data is or spreads the very object that a column's value was read from: `{ ...input }`
    /// after a look for `input.email`.
    fn brings(&self, data: ValueId, value: ValueId, column: &str, depth: u32) -> bool {
        let of = match self.scene.values.term(self.canon(value)) {
            Term::Load { base, field, .. } if fold(field) == column => self.canon(*base),
            _ => return false,
        };
        let data = self.canon(data);
        data == of
            || match self.scene.values.term(data) {
                Term::Record { entries, .. } if depth < 3 => entries.iter().any(|(slot, part)| {
                    matches!(slot, Slot::Spread) && self.brings(*part, value, column, depth + 1)
                }),
                _ => false,
            }
    }

    /// The look asked whether another row holds a value that the act gives to its own.
    pub(super) fn taken(&self, check: EventId, act: EventId) -> Option<Related> {
        let (from, to) = (self.event(check), self.event(act));
        if !self.same_table(check, act) || self.names_row(to, check) || self.same_row(from, to).is_some() {
            return None;
        }
        let identifies = |column: &str| {
            crate::knowledge::words(column).last().is_some_and(|word| matches!(word.as_str(), "id" | "ids"))
        };
        let asked = from.resource.conditions.iter().filter(|c| c.equal && !identifies(&c.column));
        let related = asked.filter_map(|condition| {
            let value = condition.value?;
            let given = columns::given(to, &condition.column)?;
            let open = !matches!(self.scene.values.term(self.canon(value)), Term::Literal(_));
            self.equal(value, given).filter(|related| open && !related.maybe)
        });
        related.last().map(|_| Related { relation: Relation::Selects, maybe: false })
    }

    pub(super) fn both_literal(&self, a: ValueId, b: ValueId) -> bool {
        let literal = |id| matches!(self.scene.values.term(id), Term::Literal(_));
        literal(a) && literal(b)
    }

    /// The changed row belongs to the counted set: no column of the count's condition differs.
    fn member(&self, from: &Event, to: &Event) -> Option<Related> {
        for condition in from.resource.conditions.iter().filter(|condition| condition.equal) {
            let Some(value) = condition.value else { continue };
            if let Some(other) = columns::given_or_asked(to, &condition.column)
                && self.equal(value, other).is_none()
                && self.both_literal(value, other)
                && to.verb == Verb::Create
            {
                return None;
            }
        }
        Some(Related { relation: Relation::Member, maybe: false })
    }
}

/// Equality conditions with a value; a bare key is the column `id`.
pub(super) fn identities(event: &Event) -> Vec<(Name, ValueId)> {
    let mut found: Vec<(Name, ValueId)> = event
        .resource
        .conditions
        .iter()
        .filter(|condition| condition.equal)
        .filter_map(|condition| Some((condition.column.clone(), condition.value?)))
        .collect();
    found.extend(event.resource.by_id.map(|value| (Name::new_static("id"), value)));
    found
}

/// Names of tables and columns in one spelling: no case, no underscores, no plural, no owner.
pub(super) fn fold(name: &str) -> String {
    let name = name.rsplit('.').next().unwrap_or(name);
    let mut folded: String =
        name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    if folded == "uuid" {
        folded = "id".to_string();
    }
    if folded.len() > 3 && folded.ends_with('s') && !folded.ends_with("ss") {
        folded.pop();
        if folded.ends_with("ie") {
            folded.truncate(folded.len() - 2);
            folded.push('y');
        }
    }
    folded
}
