//! Applies a line of the book to one call: values, events, callbacks, in the order of its clauses.

use super::arguments::{Holds, Site};
use super::build::Builder;
use super::call::Call;
use super::env::Incoming;
use super::event::{Event, EventId, Hold, Outcome, OutcomeKind, Point, Recognition, Resource};
use super::recognize::Recognised;
use super::value::{FrameId, Term, ValueId};
use super::{End, Mark};
use crate::book::api::{
    Api, Code, CodeKind, EventClause, HeldWhile, IsolationWord, Library, Root, Slot, SlotStep, What,
};
use crate::book::words::{Adjective, Isolation, Noun, Region, Regions, Trait, Traits, Verb};
use crate::program::{Language, Literal, Name, Operator};

impl<'a> Builder<'a> {
    /// Runs a recognised call.
    pub(super) fn instantiate(&mut self, frame: FrameId, call: &Call, found: &Recognised<'a>) -> ValueId {
        let api = found.line.api;
        let result = self.result_value(frame, call, found);
        let mut site =
            Site { call, api, bound: &found.bound, result, callbacks: Vec::new(), events: Vec::new() };
        self.remember(call, result);
        self.continue_chain(call.receiver, result);
        if call.how.used {
            self.used.insert(result);
        }
        let mut value = None;
        let mut returned = None;
        let mut ran = Vec::new();
        for clause in &api.clauses {
            if let Some(test) = &clause.when
                && self.test(&site, test) == Holds::No
            {
                continue;
            }
            match &clause.what {
                What::Event(event) => self.event(frame, &mut site, found, event, &mut ran),
                What::Sql(event) => self.sql_events(frame, &mut site, found, event),
                What::SameAs(target, source) => {
                    if target.root == Root::Result {
                        value = self.same_as(&site, target, source).or(value);
                    } else if let (Some(target), Some(source)) =
                        (self.slot(&site, target), self.slot(&site, source))
                    {
                        self.values.influence(target, source);
                    }
                }
                What::PartOf(whole, parts) => value = self.part_of(&site, whole, parts).or(value),
                What::Is(slot, adjective) => self.adjective(frame, &site, slot, *adjective),
                What::Invokes { target, args, regions } => {
                    let outcome = self.invokes(frame, &site, target, args, *regions);
                    if let Some(callback) = self.slot(&site, target) {
                        ran.push(callback);
                    }
                    let whole = args.first().is_some_and(|arg| arg.path.is_empty());
                    if regions.is_empty() && whole {
                        returned = outcome.or(returned);
                    }
                }
                What::Region(_) => {}
            }
        }
        self.uncalled(frame, call, &ran);
        if !site.events.is_empty() {
            let raises = site.events.iter().any(|id| raises(&self.events[id.0 as usize]));
            self.may_raise(site.result, raises);
        } else if !api_is_fact(api) {
            self.may_raise(site.result, false);
        }
        match value {
            // A guard is the guarded thing, seen through this hold.
            Some(of) if self.guards_result(&site, of) => {
                let event = *site.events.last().unwrap_or(&EventId(0));
                let held = self.values.number(Term::Held { of, event });
                self.events[event.0 as usize].hold = Some(Hold::Value(held));
                self.alias_result(site.result, held);
                if call.how.used {
                    self.used.insert(held);
                }
                self.guarded_read(frame, held, call);
                held
            }
            // A cell's content, as this look saw it.
            Some(of) if self.reads_result(&site, of) => {
                let event = *site.events.last().unwrap_or(&EventId(0));
                let seen = self.values.number(Term::Held { of, event });
                self.alias_result(site.result, seen);
                seen
            }
            Some(value) => {
                self.alias_result(site.result, value);
                value
            }
            None => returned.unwrap_or(site.result),
        }
    }

    /// The value a call gives unless its page says it is another one.
    fn result_value(&mut self, _frame: FrameId, call: &Call, found: &Recognised<'a>) -> ValueId {
        let api = found.line.api;
        if api_is_fact(api) && !call.args.is_empty() && !makes_fresh(api) {
            let callee = match (call.receiver, &call.target) {
                (Some(receiver), _) => receiver,
                (None, super::call::Called::Path(global) | super::call::Called::Macro(global)) => {
                    self.values.number(Term::Global(global.clone()))
                }
                _ => self.values.unknown(),
            };
            return self.values.number(Term::Pure {
                callee,
                name: call.name.clone(),
                args: call.args.clone(),
            });
        }
        let site = self.values.site();
        let value = self.values.number(Term::Call { site });
        if api_is_fact(api) {
            if let Some(receiver) = call.receiver {
                self.values.influence(value, receiver);
            }
            for arg in &call.args {
                self.values.influence(value, *arg);
            }
        }
        value
    }

    /// Events of a call whose result is another value are found through that value too.
    fn alias_result(&mut self, from: ValueId, to: ValueId) {
        if from == to {
            return;
        }
        if let Some(events) = self.results.get(&from).cloned() {
            let list = self.results.entry(to).or_default();
            for event in events {
                if !list.contains(&event) {
                    list.push(event);
                }
                self.events[event.0 as usize].result = to;
            }
        }
    }

    fn guards_result(&self, site: &Site<'_>, _of: ValueId) -> bool {
        site.events.last().is_some_and(|id| {
            let event = &self.events[id.0 as usize];
            event.verb == Verb::Take
                && event.resource.noun == Noun::Lock
                && matches!(event.hold, Some(Hold::Value(value)) if value == site.result)
        })
    }

    /// The result is the memory that the call looks at.
    fn reads_result(&self, site: &Site<'_>, of: ValueId) -> bool {
        site.events.last().is_some_and(|id| {
            let event = &self.events[id.0 as usize];
            event.verb == Verb::Read
                && event.resource.noun == Noun::State
                && event.resource.keys.first() == Some(&of)
        })
    }

    fn same_as(&mut self, site: &Site<'_>, target: &Slot, source: &Slot) -> Option<ValueId> {
        // `result.* same-as list.*`: element by element, so the whole stands for the whole.
        let mut source = source.clone();
        for step in target.path.iter().rev() {
            match step {
                SlotStep::Each if source.path.last() == Some(&SlotStep::Each) => {
                    source.path.pop();
                }
                SlotStep::Each | SlotStep::Property(_) => {}
            }
        }
        self.slot(site, &source)
    }

    fn part_of(&mut self, site: &Site<'_>, whole: &Slot, parts: &[Slot]) -> Option<ValueId> {
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

    fn adjective(&mut self, frame: FrameId, site: &Site<'_>, slot: &Slot, adjective: Adjective) {
        let Some(value) = self.slot(site, slot) else { return };
        match adjective {
            Adjective::Fresh => {
                self.values.fresh.insert(value);
            }
            Adjective::Published => {
                self.published.insert(value);
            }
            Adjective::Ended => self.mark(Mark::Release(value)),
            Adjective::Asserted => {
                let from = self.current;
                let span = site.call.how.span;
                self.end(End::If { test: value, yes: from, no: from, span });
                let env = self.env.clone();
                let failed = Incoming { from, condition: Some((value, false)), env: env.clone() };
                self.start(frame, vec![failed], false);
                self.raise(None);
                self.start(frame, vec![Incoming { from, condition: Some((value, true)), env }], false);
            }
        }
    }

    /// Runs a callback that the page says is called.
    fn invokes(
        &mut self,
        frame: FrameId,
        site: &Site<'_>,
        target: &Slot,
        args: &[Slot],
        regions: Regions,
    ) -> Option<ValueId> {
        let callback = self.slot(site, target)?;
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            let value = match arg.root {
                Root::Error => self.error_of(site),
                _ => self.slot(site, arg),
            };
            values.push(match value {
                Some(value) => value,
                None => self.values.unknown(),
            });
        }
        let span = site.call.how.span;
        let elements = args.iter().any(|arg| arg.path.contains(&SlotStep::Each));
        let on_error = args.iter().any(|arg| arg.root == Root::Error);
        if regions.has(Region::Task) {
            let number = self.values.site();
            self.mark(Mark::Task(number));
            let mut outcome = None;
            self.maybe(frame, |builder| outcome = builder.invoke(frame, callback, &values, span));
            self.mark(Mark::TaskEnd(number));
            return outcome;
        }
        if on_error && let Some(raised) = self.raised(site) {
            let mut outcome = None;
            self.branch(frame, raised, |builder| outcome = builder.invoke(frame, callback, &values, span));
            return outcome;
        }
        // What is passed to `then` runs when others have run.
        if self.knowledge.is_word("later", &site.call.name) && self.language == Language::TypeScript {
            if site.call.how.awaited && !on_error {
                self.mark(Mark::Suspend(span));
                return self.invoke(frame, callback, &values, span);
            }
            let mut outcome = None;
            self.maybe(frame, |builder| {
                builder.mark(Mark::Suspend(span));
                outcome = builder.invoke(frame, callback, &values, span);
            });
            return outcome;
        }
        if elements || on_error || self.language == crate::program::Language::Rust {
            let mut outcome = None;
            self.maybe(frame, |builder| outcome = builder.invoke(frame, callback, &values, span));
            return outcome;
        }
        self.invoke(frame, callback, &values, span)
    }

    /// That the receiver's call raised, where raising is how it says "not there".
    fn raised(&mut self, site: &Site<'_>) -> Option<ValueId> {
        let of = site.call.receiver?;
        let looks = self.results.get(&of)?.iter().any(|id| {
            let absent = &self.events[id.0 as usize].absent;
            absent.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Throws(_)))
        });
        looks.then(|| self.values.number(Term::Apply(Operator::Is(Name::new_static("Err")), vec![of])))
    }

    /// The error that a promise or result in the receiver carries.
    fn error_of(&mut self, site: &Site<'_>) -> Option<ValueId> {
        let of = site.call.receiver.unwrap_or(site.result);
        let error = self.values.number(Term::Error(of));
        let events = self.results.get(&of).cloned().unwrap_or_default();
        self.caught.entry(error).or_default().extend(events);
        Some(error)
    }

    /// Function arguments that no clause named: the page's callback convention, or at once.
    fn uncalled(&mut self, frame: FrameId, call: &Call, ran: &[ValueId]) {
        if !call.how.awaited && self.language != crate::program::Language::Rust {
            return;
        }
        for arg in &call.args {
            if matches!(self.values.term(*arg), Term::Closure { .. }) && !ran.contains(arg) {
                let args: Vec<ValueId> = (0..2).map(|_| self.values.unknown()).collect();
                self.maybe(frame, |builder| {
                    builder.invoke(frame, *arg, &args, call.how.span);
                });
            }
        }
    }

    /// The event of one clause, with the callback it lasts for.
    fn event(
        &mut self,
        frame: FrameId,
        site: &mut Site<'_>,
        found: &Recognised<'a>,
        clause: &EventClause,
        ran: &mut Vec<ValueId>,
    ) {
        let callback = match &clause.during {
            None => None,
            Some((slot, names)) => {
                let Some(callback) = self.slot(site, slot) else { return };
                if !self.is_callable(callback) {
                    return;
                }
                for name in names {
                    let value = self.values.unknown();
                    if let Some(receiver) = site.call.receiver
                        && let Some(evidence) = self.type_of(receiver)
                    {
                        self.evidence.insert(value, evidence);
                    }
                    self.names.insert(value, name.clone());
                    site.callbacks.push((name.clone(), value));
                }
                Some((callback, names.clone()))
            }
        };
        let Some(resource) = self.resource(site, clause) else { return };
        let Some(id) = self.push_event(frame, site, found.how, found.line.library, clause, resource) else {
            return;
        };
        self.grows(site, found.line, clause, id);
        if let Some((callback, names)) = callback {
            self.events[id.0 as usize].hold = Some(Hold::During);
            let values: Vec<ValueId> = names
                .iter()
                .filter_map(|name| site.callbacks.iter().rev().find(|(bound, _)| bound == name))
                .map(|(_, value)| *value)
                .collect();
            let outcome = self.invoke(frame, callback, &values, site.call.how.span);
            ran.push(callback);
            self.mark(Mark::End(id));
            if let Some(value) = outcome {
                self.values.influence(site.result, value);
            }
        }
        if callback_convention(found.line.library, site) {
            self.callback_result(frame, site, found.line.library, ran);
        }
    }

    fn is_callable(&self, value: ValueId) -> bool {
        !matches!(
            self.values.term(value),
            Term::Record { .. }
                | Term::Literal(_)
                | Term::Template(_)
                | Term::Join(_)
                | Term::This(..)
                | Term::Apply(..)
        )
    }

    /// Node's convention: the last function argument receives error and result.
    fn callback_result(
        &mut self,
        frame: FrameId,
        site: &Site<'_>,
        library: &Library,
        ran: &mut Vec<ValueId>,
    ) {
        let Some(callback) = site.call.args.last().copied() else { return };
        if ran.contains(&callback) {
            return;
        }
        ran.push(callback);
        let values: Vec<ValueId> = library
            .callback
            .iter()
            .map(|slot| match slot.root {
                Root::Error => {
                    let error = self.values.number(Term::Error(site.result));
                    self.caught.entry(error).or_default().extend(site.events.iter().copied());
                    error
                }
                _ => site.result,
            })
            .collect();
        self.maybe(frame, |builder| {
            builder.invoke(frame, callback, &values, site.call.how.span);
        });
    }

    /// What the event is about; `None` if a key slot is empty.
    fn resource(&mut self, site: &Site<'_>, clause: &EventClause) -> Option<Resource> {
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
        let mut resource =
            Resource { noun: clause.noun, keys, conditions: Vec::new(), whole: true, by_id: None };
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
            && let Some(table) = self.origin(resource.keys[0])
        {
            // An instance stands for the row that it was read from.
            resource.by_id = Some(resource.keys[0]);
            resource.keys = vec![table];
            resource.whole = false;
        }
        if clause.noun == Noun::Row && resource.keys.len() > 1 {
            let condition = resource.keys[1];
            resource.keys.truncate(1);
            self.read_condition(condition, &mut resource);
        }
        Some(resource)
    }

    /// The table of the row that a value was read from or created as.
    fn origin(&self, instance: ValueId) -> Option<ValueId> {
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

    /// What was stored to the fields of an object so far: `row.status = 'x'` before `row.save()`.
    fn stored(&self, object: ValueId) -> Vec<(Name, ValueId)> {
        let mut stored: Vec<(Name, ValueId)> = self
            .forwards
            .iter()
            .filter(|((base, name, version), _)| *base == object && self.env.version(name) == *version)
            .map(|((_, name, _), value)| (name.clone(), *value))
            .collect();
        stored.sort_by(|a, b| a.0.cmp(&b.0));
        stored
    }

    /// Makes the event and puts its mark.
    pub(super) fn push_event(
        &mut self,
        frame: FrameId,
        site: &mut Site<'_>,
        how: Recognition,
        library: &Library,
        clause: &EventClause,
        resource: Resource,
    ) -> Option<EventId> {
        let (traits, once, tests) = self.traits(site, clause);
        let mut verb = clause.verb;
        if verb == Verb::Write && traits.has(Trait::Exclusive) {
            verb = Verb::Create;
        }
        let fields = self.fields(site, clause);
        let data = clause.sets.as_ref().and_then(|slot| self.slot(site, slot));
        let mut sets = data.map(|data| self.columns(data)).unwrap_or_default();
        if let Some(data) = data
            && sets.is_empty()
            && clause.noun == Noun::Row
        {
            sets = self.stored(data);
        }
        let hold = self.hold(site, clause);
        let given = clause.on.as_ref().and_then(|slot| self.slot(site, slot));
        let client_given = given.is_some_and(|client| {
            !matches!(self.values.term(client), Term::Literal(_)) && !self.is_pooled(client, library)
        }) || self.names_transaction(site.call);
        let event = Event {
            verb,
            client: match &clause.on {
                Some(slot) => self.slot(site, slot),
                None => site.call.receiver.map(|receiver| self.values.root(receiver)),
            },
            client_given,
            resource,
            fields,
            sets,
            data,
            tests,
            traits,
            once,
            absent: self.outcomes(site, &clause.absent),
            fails: self.outcomes(site, &clause.fails),
            affected: self.outcomes(site, &clause.affected),
            hold,
            isolation: self.isolation(site, clause),
            result: site.result,
            at: Point { block: self.current, index: self.blocks[self.current as usize].marks.len() as u32 },
            frame,
            span: site.call.how.span,
            recognition: how,
            library: library.name.clone(),
            callee: site.call.name.clone(),
            captures: Vec::new(),
        };
        let id = self.add_event(event);
        site.events.push(id);
        Some(id)
    }

    /// Some option of the call hands it a transaction, whatever its page says of it.
    fn names_transaction(&self, call: &Call) -> bool {
        call.args.iter().any(|arg| match self.values.term(*arg) {
            Term::Record { entries, .. } => entries.iter().any(|(slot, _)| match slot {
                super::value::Slot::Named(name) => self.knowledge.is_word("handed", name),
                super::value::Slot::Computed(_) | super::value::Slot::Spread => false,
            }),
            _ => false,
        })
    }

    pub(super) fn add_event(&mut self, event: Event) -> EventId {
        let id = EventId(self.events.len() as u32);
        self.results.entry(event.result).or_default().push(id);
        self.events.push(event);
        self.mark(Mark::Event(id));
        id
    }

    pub(super) fn traits(
        &mut self,
        site: &Site<'_>,
        clause: &EventClause,
    ) -> (Traits, Option<ValueId>, Vec<Name>) {
        let (mut traits, mut once, mut tests) = (Traits::EMPTY, None, Vec::new());
        for (word, slot, cond) in &clause.traits {
            let holds = self.cond(site, cond);
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
            traits = traits.with(*word);
            match (word, value) {
                (Trait::Once, value) => once = value,
                (Trait::Conditional, Some(value)) => {
                    tests.extend(self.columns(value).into_iter().map(|(name, _)| name));
                }
                _ => {}
            }
        }
        (traits, once, tests)
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

    pub(super) fn hold(&mut self, site: &Site<'_>, clause: &EventClause) -> Option<Hold> {
        let hold = match &clause.held {
            Some((held, cond)) if self.cond(site, cond) != Holds::No => match held {
                HeldWhile::Slot(slot) => Some(Hold::Value(self.slot(site, slot)?)),
                HeldWhile::Transaction => Some(Hold::Transaction),
                HeldWhile::Session => Some(Hold::Session),
            },
            _ => None,
        };
        match hold {
            None if clause.verb == Verb::Take => Some(Hold::Explicit),
            hold => hold,
        }
    }

    fn isolation(&mut self, site: &Site<'_>, clause: &EventClause) -> Option<Isolation> {
        match clause.isolation.as_ref()? {
            IsolationWord::Word(word) => Some(*word),
            IsolationWord::Slot(slot) => {
                let value = self.slot(site, slot)?;
                let text = self.values.literal_text(value)?;
                isolation_word(text)
            }
        }
    }

    fn outcomes(&mut self, site: &Site<'_>, codes: &[Code]) -> Vec<Outcome> {
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

    /// What lock guards protect is looked at through them.
    fn guarded_read(&mut self, frame: FrameId, held: ValueId, call: &Call) {
        self.plain_event(frame, Verb::Read, held, None, held, None, call.how.span, &call.name);
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

/// A look whose "not there" is an error: what follows runs only where it is there.
fn raises(event: &Event) -> bool {
    event.absent.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Throws(_)))
        && matches!(event.verb, Verb::Exists | Verb::Inspect | Verb::Read | Verb::Count)
}

fn api_is_fact(api: &Api) -> bool {
    !api.clauses.iter().any(|clause| matches!(clause.what, What::Event(_) | What::Sql(_)))
}

fn makes_fresh(api: &Api) -> bool {
    api.clauses.iter().any(|clause| matches!(clause.what, What::Is(_, Adjective::Fresh)))
}

fn callback_convention(library: &Library, site: &Site<'_>) -> bool {
    !library.callback.is_empty()
        && !site.call.how.awaited
        && !site.call.how.used
        && !site.call.args.is_empty()
}

impl Builder<'_> {
    /// An event that the engine itself adds: a plain look at, or change of, memory.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn plain_event(
        &mut self,
        frame: FrameId,
        verb: Verb,
        place: ValueId,
        part: Option<ValueId>,
        result: ValueId,
        data: Option<ValueId>,
        span: crate::source::Span,
        callee: &Name,
    ) -> EventId {
        let mut keys = vec![place];
        keys.extend(part);
        let event = Event {
            verb,
            resource: Resource { noun: Noun::State, keys, conditions: Vec::new(), whole: true, by_id: None },
            fields: Vec::new(),
            sets: Vec::new(),
            data,
            tests: Vec::new(),
            traits: Traits::EMPTY,
            once: None,
            absent: vec![Outcome { kind: OutcomeKind::Null, path: Vec::new() }],
            fails: Vec::new(),
            affected: Vec::new(),
            hold: None,
            isolation: None,
            client: None,
            client_given: false,
            result,
            at: Point { block: self.current, index: self.blocks[self.current as usize].marks.len() as u32 },
            frame,
            span,
            recognition: Recognition::Resolved,
            library: Name::default(),
            callee: callee.clone(),
            captures: Vec::new(),
        };
        self.add_event(event)
    }

    /// A variable or field that outlives the call is read: a look, if something may change it.
    pub(super) fn state_read(
        &mut self,
        frame: FrameId,
        place: ValueId,
        part: Option<ValueId>,
        span: crate::source::Span,
    ) -> ValueId {
        if self.language != crate::program::Language::TypeScript || !self.is_mutable_place(place) {
            return place;
        }
        // Each look is a value of its own, so that a decision names the look it rests on.
        let event = EventId(self.events.len() as u32);
        let seen = self.values.number(Term::Held { of: place, event });
        let name = self.name_of(place).unwrap_or_default();
        self.plain_event(frame, Verb::Read, place, part, seen, None, span, &name);
        seen
    }

    fn is_mutable_place(&self, place: ValueId) -> bool {
        match self.values.term(place) {
            Term::Place(file, local) => {
                let unit = self.project.unit(*file);
                unit.assigned[local.0 as usize] > 1
                    && unit.program.locals[local.0 as usize].function == crate::program::FunctionId(0)
            }
            _ => false,
        }
    }

    pub(super) fn field_read(
        &mut self,
        frame: FrameId,
        value: ValueId,
        field: &str,
        span: crate::source::Span,
    ) -> ValueId {
        if self.language != crate::program::Language::TypeScript || field.is_empty() {
            return value;
        }
        let (file, stored) = {
            let unit = self.unit(frame);
            (unit.file, unit.stored.contains(field))
        };
        let root = self.values.root(value);
        let shared = match self.values.term(root) {
            Term::This(..) => true,
            Term::Place(of, local) => {
                *of == file
                    && self.project.unit(*of).program.locals[local.0 as usize].function
                        == crate::program::FunctionId(0)
            }
            Term::Record { .. } => self.published.contains(&root),
            _ => false,
        };
        if !stored || !shared {
            return value;
        }
        self.seen_place(frame, value, field, span)
    }

    /// The size of a shared collection is a look at the collection.
    pub(super) fn size_read(
        &mut self,
        frame: FrameId,
        base: ValueId,
        field: &str,
        span: crate::source::Span,
    ) -> Option<ValueId> {
        if self.language != Language::TypeScript || !self.knowledge.is_word("sizes", field) {
            return None;
        }
        let root = self.values.root(base);
        let shared = match self.values.term(root) {
            Term::This(..) => root != base,
            Term::Place(file, local) => {
                let unit = self.project.unit(*file);
                unit.program.locals[local.0 as usize].function == crate::program::FunctionId(0)
                    && (root != base || unit.touched.contains(local))
            }
            _ => false,
        };
        if !shared {
            return None;
        }
        let seen = self.values.unknown();
        self.plain_event(frame, Verb::Count, base, None, seen, None, span, &Name::from(field));
        Some(seen)
    }

    fn seen_place(
        &mut self,
        frame: FrameId,
        value: ValueId,
        field: &str,
        span: crate::source::Span,
    ) -> ValueId {
        let event = EventId(self.events.len() as u32);
        let seen = self.values.number(Term::Held { of: value, event });
        self.plain_event(frame, Verb::Read, value, None, seen, None, span, &Name::from(field));
        seen
    }

    /// Memory that outlives the call is changed.
    pub(super) fn state_write(
        &mut self,
        frame: FrameId,
        base: ValueId,
        part: Option<ValueId>,
        value: ValueId,
        span: crate::source::Span,
    ) {
        let root = self.values.root(base);
        let outlives = match self.values.term(root) {
            Term::This(..) | Term::Place(..) | Term::Global(_) => true,
            _ if self.published.contains(&root) => true,
            _ => matches!(self.values.term(base), Term::Held { .. }),
        };
        if !outlives {
            return;
        }
        // `this.field = v` changes the place `this.field`; `guard.field = v` a part of the place.
        let field = part.and_then(|part| self.values.literal_text(part).map(Name::from));
        let is_guard = matches!(self.values.term(base), Term::Held { .. });
        let (place, part) = match field {
            Some(field) if !is_guard => (self.values.number(Term::Load { base, field, version: 0 }), None),
            _ => (base, part),
        };
        let name = self.name_of(place).unwrap_or_default();
        let result = self.values.unknown();
        self.plain_event(frame, Verb::Write, place, part, result, Some(value), span, &name);
    }

    /// Facts of a page about a call outside the scene (a module-level initialiser).
    pub(super) fn static_fact(&mut self, call: &Call) -> Option<ValueId> {
        let found = self.recognise(FrameId(0), call)?;
        let null = self.values.literal(Literal::Null);
        let bound = found.bound.clone();
        let site = Site {
            call,
            api: found.line.api,
            bound: &bound,
            result: null,
            callbacks: Vec::new(),
            events: Vec::new(),
        };
        let mut value = None;
        for clause in &found.line.api.clauses {
            match &clause.what {
                What::SameAs(target, source) if target.root == Root::Result => {
                    value = self.same_as(&site, target, source).or(value);
                }
                What::PartOf(whole, parts) => value = self.part_of(&site, whole, parts).or(value),
                _ => {}
            }
        }
        value
    }

    /// Events that an entry point's page says happen when the function is called.
    pub(super) fn enter_entry_events(&mut self, frame: FrameId) {
        let function = self.function(frame);
        if !function.exported || function.owner.is_some() {
            return;
        }
        let knowledge = self.knowledge;
        for line in &knowledge.entries {
            // Without a glob a name alone would make every `handler` an entry.
            let here = line.api.within.is_some()
                && line.library.languages.contains(&self.language)
                && is_called(line.api, &function.name)
                && self.within(frame, line.api);
            if here {
                self.enter(frame, line);
            }
        }
    }

    fn enter(&mut self, frame: FrameId, line: &crate::knowledge::Line<'_>) {
        let function = self.function(frame);
        let file = self.frames[frame.0 as usize].file;
        let args =
            function.params.iter().map(|param| self.values.number(Term::Param(file, *param))).collect();
        let call = Call {
            target: super::call::Called::Method,
            receiver: None,
            name: function.name.clone(),
            args,
            how: super::build::How { awaited: false, used: false, span: function.name_span },
        };
        let result = self.values.unknown();
        let mut site = Site {
            call: &call,
            api: line.api,
            bound: &[],
            result,
            callbacks: Vec::new(),
            events: Vec::new(),
        };
        for clause in &line.api.clauses {
            if let What::Event(event) = &clause.what
                && let Some(resource) = self.resource(&site, event)
            {
                self.push_event(frame, &mut site, Recognition::Resolved, line.library, event, resource);
            }
        }
    }
}

/// An entry line names this function.
fn is_called(api: &Api, name: &str) -> bool {
    matches!(api.target.parts.as_slice(), [crate::book::api::Segment::Names(names)]
        if names.iter().any(|pattern| crate::knowledge::matches(pattern, name)))
}
