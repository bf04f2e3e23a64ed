//! Whether an event is one that a part of a rule means.

use super::Races;
use super::decide::{Seen, Use};
use super::relation::{fold, identities};
use crate::book::rule::{Feature, HeldWord, Select, Shape};
use crate::book::words::{Noun, Nouns, Relation, Relations, Role, Roles, Trait, Verb};
use crate::program::{Name, Operator};
use crate::scene::End;
use crate::scene::event::{Event, EventId, Hold};
use crate::scene::value::{Term, ValueId};

/// Whether the events can be every part of a shape, as far as verbs and nouns tell.
pub(super) fn may_fill(shape: &Shape, events: &[Event]) -> bool {
    let any =
        |selects: &[Select]| events.iter().any(|event| selects.iter().any(|select| means(select, event)));
    match shape {
        Shape::Pair { check, act, .. } => any(act) && any(check),
        Shape::Order { first, then, .. } => any(first) && any(then),
        Shape::Chain { check, record, .. } => any(check) && record.as_deref().is_none_or(any),
        Shape::Misuse { event, .. } | Shape::Obligation { event, .. } => any(event),
    }
}

/// Whether verb and noun are those of a part of a rule.
fn means(select: &Select, event: &Event) -> bool {
    verb_fits(select, event) && noun_fits(select.nouns, event)
}

fn verb_fits(select: &Select, event: &Event) -> bool {
    if select.effect && event.verb == Verb::Update {
        let counts = event.traits.has(Trait::Relative) && !event.doubted.has(Trait::Relative);
        return counts && !event.traits.has(Trait::Idempotent);
    }
    if select.effect && event.traits.has(Trait::Idempotent) {
        return false;
    }
    select.verbs.has(event.verb)
        // `write` while exclusive is a create; `create` of a rule means it too.
        || (event.verb == Verb::Write && event.traits.has(Trait::Exclusive) && select.verbs.has(Verb::Create))
        || (event.verb == Verb::Create
            && event.traits.has(Trait::Exclusive)
            && select.verbs.has(Verb::Write)
            && event.resource.noun != Noun::Row)
}

fn noun_fits(nouns: Nouns, event: &Event) -> bool {
    if nouns.is_empty() || nouns.has(event.resource.noun) {
        return true;
    }
    // A directory is a file too, except where it is made.
    event.resource.noun == Noun::Directory
        && nouns.has(Noun::File)
        && !matches!(event.verb, Verb::Create | Verb::Write)
        || event.resource.noun == Noun::File
            && nouns.has(Noun::Directory)
            && matches!(event.verb, Verb::Exists | Verb::Inspect | Verb::Remove)
}

impl Races<'_> {
    /// Whether one of the alternatives means this event; fields are judged elsewhere.
    pub(super) fn selected<'s>(&self, selects: &'s [Select], id: EventId) -> Option<&'s Select> {
        selects.iter().find(|select| self.is_selected(select, id))
    }

    pub(super) fn is_selected(&self, select: &Select, id: EventId) -> bool {
        let event = self.event(id);
        means(select, event)
            && !(select.effect && self.is_log(id))
            && select.with.iter().all(|feature| self.has_feature(id, feature))
            && !select.without.iter().any(|feature| self.has_feature(id, feature))
            && self.held_fits(select, event)
            && (select.roles.is_empty() || self.roles(id).meets(select.roles))
    }

    /// Done inside a function whose name says that it only tells what happened.
    fn is_log(&self, id: EventId) -> bool {
        let mut at = Some(self.event(id).frame);
        while let Some(frame) = at {
            let frame = &self.scene.frames[frame.0 as usize];
            // The root's own name says what it is for as a whole.
            let Some((caller, _)) = frame.caller else { return false };
            let unit = self.project.unit(frame.file);
            let name = &unit.program.functions[frame.function.0 as usize].name;
            let words = crate::knowledge::words(name);
            if words.first().is_some_and(|word| self.knowledge.is_word("logging", word)) {
                return true;
            }
            at = Some(caller);
        }
        false
    }

    pub(super) fn has_feature(&self, id: EventId, feature: &Feature) -> bool {
        let event = self.event(id);
        match feature {
            Feature::Asked => self.is_asked_or_given(id),
            Feature::Trait(traits) => {
                event.traits.meets(*traits) || (traits.has(Trait::Conditional) && self.is_claim(id))
            }
            Feature::Field(field) => {
                event.fields.contains(field) || event.sets.iter().any(|(name, _)| name == field)
            }
            Feature::Absent => !event.absent.is_empty(),
            Feature::Fails => !event.fails.is_empty(),
            Feature::Affected => !event.affected.is_empty(),
            Feature::Part => event.resource.keys.len() > part_at(event.resource.noun),
            Feature::Assumed => self.is_assumed(event),
        }
    }

    /// The code takes it for granted that the event succeeded, and no branch asked before.
    fn is_assumed(&self, event: &Event) -> bool {
        let asked = self.asked.get_or_init(|| {
            let tests = self.scene.blocks.iter().enumerate().filter_map(|(at, block)| match block.end {
                End::If { test, .. } => Some((at as u32, self.seen(test, true))),
                _ => None,
            });
            let presence = |seen: &Seen| (seen.what == Use::Presence).then_some(seen.event);
            let all = tests.flat_map(|(at, seen)| {
                seen.iter().filter_map(presence).map(|event| (event, at)).collect::<Vec<_>>()
            });
            all.collect()
        });
        let results = self.scene.results.get(&event.result);
        let is_result = |id: &EventId| results.is_some_and(|ids| ids.contains(id));
        // What is asked behind that, of `Some(value)`, is not whether it succeeded.
        let assumed = self.scene.values.assumed_in.get(&event.result);
        let behind = |test: u32| assumed.is_some_and(|at| self.flow.dominates(*at as usize, test as usize));
        assumed.is_some() && !asked.iter().any(|(id, test)| is_result(id) && !behind(*test))
    }

    fn held_fits(&self, select: &Select, event: &Event) -> bool {
        match select.held_while {
            None => true,
            Some(HeldWord::Result) => matches!(event.hold, Some(Hold::Value(_))),
            Some(HeldWord::Transaction) => event.hold == Some(Hold::Transaction) && !event.hold_doubted,
            Some(HeldWord::Session) => event.hold == Some(Hold::Session),
        }
    }

    /// What a resource is used as: structure and lexicon together.
    pub(super) fn roles(&self, id: EventId) -> Roles {
        if let Some(known) = self.roles_known.borrow().get(&id) {
            return *known;
        }
        let roles = self.find_roles(id);
        self.roles_known.borrow_mut().insert(id, roles);
        roles
    }

    fn find_roles(&self, id: EventId) -> Roles {
        let event = self.event(id);
        let mut roles = Roles::EMPTY;
        let words = self.resource_words(id);
        let named = |lexicon: &str| words.iter().any(|word| self.knowledge.is_word(lexicon, word));
        // `package.lock.json` holds versions down, and nobody up.
        let is_file = matches!(event.resource.noun, Noun::File | Noun::Directory);
        let is_document = || is_file && named("document-file");
        if (named("lock") || (is_file && named("lock-file")) || self.is_lock_by_function(id))
            && !is_document()
            && self.acts_as_lock(id)
        {
            roles = roles.with(Role::Lock);
        }
        if (named("code") || self.is_found_by_code(id)) && self.is_looked_up(id) && self.spends(id, None) {
            roles = roles.with(Role::Code);
        }
        if event.resource.conditions.iter().any(|c| {
            c.value.is_some_and(|value| {
                self.scene
                    .values
                    .literal_text(value)
                    .is_some_and(|text| self.knowledge.is_word("job", &text.to_lowercase()))
            })
        }) {
            roles = roles.with(Role::Job);
        }
        if self.delivery_of(id).is_some() || named("record") {
            roles = roles.with(Role::Record);
        }
        if named("intent") {
            roles = roles.with(Role::Intent);
        }
        if named("limit") {
            roles = roles.with(Role::Limit);
        }
        roles
    }

    /// `acquireLock(key)`, whose key is all that it is given; `acquire` of a type called `BarnLock`.
    fn is_lock_by_function(&self, id: EventId) -> bool {
        let event = self.event(id);
        let Some(name) = event.resource.keys.last().filter(|_| event.resource.noun == Noun::Key) else {
            return false;
        };
        let frame = &self.scene.frames[event.frame.0 as usize];
        let function = &self.project.unit(frame.file).program.functions[frame.function.0 as usize];
        let words = crate::knowledge::words(&function.name);
        let is_lock = |word: Option<&String>| word.is_some_and(|word| self.knowledge.is_word("lock", word));
        let owner = || function.owner.as_ref().map(|owner| crate::knowledge::words(owner));
        (matches!(self.scene.values.term(*name), Term::Param(..)) && is_lock(words.last()))
            || (words.first().is_some_and(|verb| self.knowledge.is_word("holds", verb))
                && owner().is_some_and(|owner| is_lock(owner.last())))
    }

    /// `delete(row.id)` of a row that was found by a code.
    fn is_found_by_code(&self, id: EventId) -> bool {
        let event = self.event(id);
        let same = Relations::of(&[Relation::Same]);
        let by_code = |look: EventId| {
            let mut columns = self.event(look).resource.conditions.iter().filter(|c| c.equal);
            columns.any(|c| self.knowledge.in_lexicon("code", &c.column) && !self.names_a_class(&c.column))
        };
        let key = event.resource.by_id.filter(|_| {
            event.verb == Verb::Remove
                && event.resource.noun == Noun::Row
                && event.resource.conditions.is_empty()
        });
        key.is_some_and(|key| {
            self.seen(key, false)
                .iter()
                .any(|seen| by_code(seen.event) && self.related(seen.event, id, same).is_some())
        })
    }

    /// `currencyCode`, `country_code`: of many rows, and no secret.
    fn names_a_class(&self, column: &Name) -> bool {
        let words = crate::knowledge::words(column);
        matches!(words.as_slice(), [.., class, code] if code == "code" && self.knowledge.is_word("class", class))
    }

    /// A code is found before it is spent: what is removed by its owner's key, or tidied away, is
    /// no redemption.
    fn is_looked_up(&self, id: EventId) -> bool {
        let event = self.event(id);
        if matches!(event.verb, Verb::Exists | Verb::Inspect | Verb::Read | Verb::Count) {
            return self.names_one(event);
        }
        if event.verb == Verb::Create {
            return true;
        }
        if event.verb == Verb::Remove && (self.names_owner_only(event) || self.tidies(id)) {
            return false;
        }
        let same = Relations::of(&[Relation::Same, Relation::Selects]);
        self.scene.event_ids().any(|other| {
            let look = self.event(other);
            look.resource.noun == event.resource.noun
                && matches!(look.verb, Verb::Exists | Verb::Inspect | Verb::Read)
                && self.before(look.at, event.at)
                && self.related(other, id, same).is_some()
                && !self.reaches_wider(look, event)
        })
    }

    /// What was found by one column is changed by another that says whose it is: with the code itself
    /// all that belong together are revoked, and none is spent.
    fn reaches_wider(&self, look: &Event, act: &Event) -> bool {
        let given =
            |(_, value): &(Name, ValueId)| !matches!(self.scene.values.term(*value), Term::Literal(_));
        let (asked, mut named) = (identities(look), identities(act));
        named.retain(given);
        let pinned = |column: &str| asked.iter().any(|(name, _)| fold(name) == fold(column));
        act.verb == Verb::Update
            && act.resource.noun == Noun::Row
            && act.resource.by_id.is_none()
            && !asked.is_empty()
            && !named.is_empty()
            && named.iter().all(|(column, _)| is_owner(column) && !pinned(column))
    }

    /// Asked for by a value that somebody gave; what is picked by its state alone is worked off.
    fn names_one(&self, event: &Event) -> bool {
        let resource = &event.resource;
        let given = |value: ValueId| !matches!(self.scene.values.term(value), Term::Literal(_));
        resource.noun != Noun::Row
            || resource.conditions.is_empty()
            || resource.by_id.is_some()
            || resource.conditions.iter().any(|c| c.equal && c.value.is_none_or(given))
    }

    /// Everything that belongs to somebody goes: `where: { userId, clientId }`.
    fn names_owner_only(&self, event: &Event) -> bool {
        let resource = &event.resource;
        let columns = &resource.conditions;
        resource.by_id.is_none()
            && resource.noun == Noun::Row
            && !columns.is_empty()
            && columns.iter().all(|condition| condition.equal && is_owner(&condition.column))
    }

    /// What has expired is cleared away, and nobody gets anything for it.
    fn tidies(&self, id: EventId) -> bool {
        self.decisions(self.event(id).at.block).iter().any(|decision| {
            let Term::Apply(operator, operands) = self.scene.values.term(decision.test) else { return false };
            let (less, outcome) = match operator {
                Operator::Less | Operator::LessEqual => (true, decision.outcome),
                Operator::Greater | Operator::GreaterEqual => (false, decision.outcome),
                _ => return false,
            };
            let expiry = |at: usize| {
                operands.get(at).is_some_and(|operand| {
                    let mut words = Vec::new();
                    self.words_of(*operand, &mut words, 0);
                    words.iter().any(|word| self.knowledge.is_word("expiry", word))
                })
            };
            // `expires < now` and so gone, or not `expires > now`.
            !decision.raises && if expiry(0) { less == outcome } else { expiry(1) && less != outcome }
        })
    }

    /// Structure of a lock: taken exclusively, or removed after, or a file that is tested.
    fn acts_as_lock(&self, id: EventId) -> bool {
        let event = self.event(id);
        // Whether a key is there, and nothing else of it, is asked of a lock or a mark.
        event.traits.has(Trait::Exclusive)
            || matches!(event.resource.noun, Noun::File)
            || (event.resource.noun == Noun::Key && event.verb == Verb::Exists)
            || self.scene.event_ids().any(|other| {
                other != id
                    && self.event(other).resource.noun == event.resource.noun
                    && (self.event(other).traits.has(Trait::Exclusive) || event.verb == Verb::Remove)
                    && self.keys(other) == self.keys(id)
            })
            || event.verb == Verb::Remove
    }

    /// The words by which a resource goes: table, key text, names of key values.
    pub(super) fn resource_words(&self, id: EventId) -> Vec<String> {
        let mut words = Vec::new();
        let event = self.event(id);
        for key in &event.resource.keys {
            self.words_of(*key, &mut words, 0);
        }
        if event.resource.noun == Noun::Row {
            for condition in &event.resource.conditions {
                words.extend(crate::knowledge::words(&condition.column));
            }
        }
        words
    }

    pub(super) fn words_of(&self, id: ValueId, words: &mut Vec<String>, depth: u32) {
        let values = &self.scene.values;
        if let Some(name) = self.scene.names.get(&id) {
            words.extend(crate::knowledge::words(name));
        }
        if depth > 4 || words.len() > 60 {
            return;
        }
        match values.term(id) {
            Term::Literal(crate::program::Literal::Text(text)) => words.extend(crate::knowledge::words(text)),
            Term::Global(global) => {
                words.extend(global.path.last().map(|name| crate::knowledge::words(name)).unwrap_or_default())
            }
            Term::Param(file, local) | Term::Place(file, local) => {
                let name = &self.project.unit(*file).program.locals[local.0 as usize].name;
                words.extend(crate::knowledge::words(name));
            }
            Term::Load { field, .. } => words.extend(crate::knowledge::words(field)),
            Term::Pure { name, args, .. } => {
                words.extend(crate::knowledge::words(name));
                for arg in args {
                    self.words_of(*arg, words, depth + 1);
                }
            }
            Term::Held { of, .. } => self.words_of(*of, words, depth + 1),
            Term::Template(pieces) => {
                self.words_of_giver(id, words);
                for piece in pieces {
                    match piece {
                        crate::scene::value::Piece::Text(text) => words.extend(crate::knowledge::words(text)),
                        crate::scene::value::Piece::Value(value) => self.words_of(*value, words, depth + 1),
                    }
                }
            }
            Term::Join(parts) | Term::Apply(Operator::Add, parts) => {
                self.words_of_giver(id, words);
                for part in parts {
                    self.words_of(*part, words, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// `lock_key(id)` says what the text is for that it puts together.
    fn words_of_giver(&self, id: ValueId, words: &mut Vec<String>) {
        let giver = self.scene.given_by.get(&id);
        words.extend(giver.map(|name| crate::knowledge::words(name)).unwrap_or_default());
    }

    /// The delivery whose id an event's key is made of.
    pub(super) fn delivery_of(&self, id: EventId) -> Option<EventId> {
        let event = self.event(id);
        let mut values: Vec<ValueId> = event.resource.keys.clone();
        values.extend(event.resource.conditions.iter().filter_map(|condition| condition.value));
        values.extend(event.resource.by_id);
        if matches!(event.verb, Verb::Create | Verb::Write) {
            values.extend(event.sets.iter().map(|(_, value)| *value));
        }
        let deliveries: Vec<EventId> = self.deliveries().collect();
        values.into_iter().find_map(|value| {
            deliveries.iter().copied().find(|delivery| {
                let key = self.event(*delivery).resource.keys.first().copied();
                key.is_some_and(|key| {
                    let key = self.canon(key);
                    self.any_part(value, 6, &mut |part| self.canon(part) == key)
                })
            })
        })
    }

    /// A change of one row, named by its key, that tests a column which it writes.
    pub(super) fn is_claim(&self, id: EventId) -> bool {
        let event = self.event(id);
        let conditions = &event.resource.conditions;
        let keyed = || {
            event.resource.by_id.is_some()
                || conditions.iter().any(|c| c.equal && self.is_row_key(id, &c.column))
        };
        event.resource.noun == Noun::Row
            && event.verb == Verb::Update
            && conditions.iter().any(|condition| {
                event.sets.iter().any(|(column, value)| {
                    fold(column) == fold(&condition.column) && condition.value != Some(*value)
                })
            })
            && keyed()
    }

    /// `id`, or `order_id` of a table `orders`.
    fn is_row_key(&self, id: EventId, column: &Name) -> bool {
        let column = fold(column);
        let table = || self.keys(id).first().and_then(|key| self.table_text(*key));
        column == "id"
            || column.strip_suffix("id").is_some_and(|one| table().is_some_and(|table| fold(&table) == one))
    }

    pub(super) fn deliveries(&self) -> impl Iterator<Item = EventId> + '_ {
        self.scene.event_ids().filter(|id| self.event(*id).resource.noun == Noun::Delivery)
    }
}

/// `user_id`, `family_id`: what a row belongs to.
fn is_owner(column: &Name) -> bool {
    let words = crate::knowledge::words(column);
    words.len() > 1 && words.last().is_some_and(|word| word == "id")
}

/// How many keys a resource has before its part.
fn part_at(noun: Noun) -> usize {
    match noun {
        Noun::Key => 2,
        Noun::State | Noun::Entry => 1,
        _ => usize::MAX,
    }
}
