//! Applies a line of the book to one call: values, events, callbacks, in the order of its clauses.

use super::arguments::{Holds, Site};
use super::build::Builder;
use super::call::Call;
use super::clauses::SaidTraits;
use super::env::Incoming;
use super::event::{Event, EventId, Hold, OutcomeKind, Recognition, Resource};
use super::recognize::Recognised;
use super::value::{FrameId, Term, ValueId};
use super::{End, Mark};
use crate::book::api::{Api, EventClause, Library, Root, Slot, SlotStep, What};
use crate::book::words::{Adjective, Noun, Trait, Verb, Verbs, WHOLE};
use crate::program::{Language, Name};

impl<'a> Builder<'a> {
    /// Runs a recognised call.
    pub(super) fn instantiate(&mut self, frame: FrameId, call: &Call, found: &Recognised<'a>) -> ValueId {
        let api = found.line.api;
        let result = self.result_value(frame, call, found);
        let mut site = Site {
            call,
            api,
            bound: &found.bound,
            result,
            has_callback: self.has_callback(found, call),
            callbacks: Vec::new(),
            events: Vec::new(),
        };
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
                What::Event(event) => {
                    returned = self.event(frame, &mut site, found, event, &mut ran).or(returned);
                }
                What::Sql(event) => self.sql_events(frame, &mut site, found, event),
                What::SameAs(target, source) => {
                    if let Some(part) = named_part(target, source) {
                        if let Some(source) = self.slot(&site, source) {
                            self.parts.insert((result, part.clone()), source);
                        }
                    } else if target.root == Root::Result {
                        value = self.same_as(&site, target, source).or(value);
                        value = value.map(|of| self.own_memory(call, of));
                        value = value.map(|of| if assumes(api) { self.without_errors(of) } else { of });
                    } else if let (Some(target), Some(source)) =
                        (self.slot(&site, target), self.slot(&site, source))
                    {
                        self.values.influence(target, source);
                        self.values.aliases.insert(target, source);
                    }
                }
                What::PartOf(whole, parts) => value = self.part_of(&site, whole, parts).or(value),
                What::FieldOf(_, whole, name) => value = self.field_named(&site, whole, name).or(value),
                What::Is(slot, adjective) => self.adjective(frame, &site, slot, *adjective),
                What::Invokes { target, args, regions } => {
                    let settles = |arg: &Slot| arg.root == Root::Result && arg.path.is_empty();
                    if args.iter().any(settles) {
                        self.promised.insert(result, (self.current, Vec::new()));
                    }
                    let outcome = self.invokes(frame, &site, target, args, *regions);
                    if let Some(callback) = self.slot(&site, target) {
                        ran.push(callback);
                    }
                    let whole = args.first().is_some_and(|arg| arg.path.is_empty());
                    match outcome.filter(|_| regions.is_empty()) {
                        // `found.map(|_| 1)` says nothing but whether it was found.
                        Some(value) if whole && matches!(self.values.term(value), Term::Literal(_)) => {
                            match args.first().and_then(|arg| self.slot(&site, arg)) {
                                Some(given) => self.values.influence(site.result, given),
                                None => returned = outcome,
                            }
                        }
                        Some(_) if whole => returned = outcome,
                        // Which elements are left follows from what was asked of each.
                        Some(test) => self.values.influence(site.result, test),
                        None => {}
                    }
                }
                What::Flushes if lasts(api) => {}
                What::Flushes => self.flushes(frame, &mut site, found),
                What::Region(_) => {}
            }
        }
        if let Some((_, given)) = self.promised.remove(&result).filter(|(_, given)| !given.is_empty()) {
            value = Some(self.values.phi(given));
        }
        if let Some(of) = value {
            self.fallback_type(call, of, returned);
        }
        self.callback_result(frame, &site, found.line.library, &mut ran);
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
                self.hand_on_chain(site.result, value, call.how.used);
                value
            }
            None => match returned {
                Some(made) => {
                    self.seen_through(site.result, made);
                    made
                }
                None => site.result,
            },
        }
    }

    /// `given.unwrap_or_else(|| dir.join("x"))`: what is given instead has the type of what is not.
    fn fallback_type(&mut self, call: &Call, of: ValueId, made: Option<ValueId>) {
        if !self.knowledge.is_word("falls-back", &call.name) || self.type_of(of).is_some() {
            return;
        }
        let instead = made.or_else(|| call.args.first().copied());
        if let Some(seen) = instead.and_then(|value| self.type_of(value)) {
            let evidence = seen.into_evidence();
            self.evidence.insert(of, evidence);
        }
    }

    /// `Mutex::new(None)` is not `None`, and another one is another.
    fn own_memory(&mut self, call: &Call, of: ValueId) -> ValueId {
        let constant = matches!(self.values.term(of), Term::Literal(_) | Term::Global(_));
        if !(self.language == Language::Rust && constant && self.is_of_memory(call)) {
            return of;
        }
        let site = self.values.site();
        self.values.number(Term::Call { site })
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

    /// What a callback makes of a call's answer is there where the answer is.
    fn seen_through(&mut self, answer: ValueId, made: ValueId) {
        let Some(events) = self.results.get(&answer).cloned() else { return };
        let inputs = self.values.phis.get(&made).into_iter().flatten().map(|input| input.value);
        for value in inputs.chain([made]).collect::<Vec<_>>() {
            if value != answer && matches!(self.values.term(value), Term::Record { .. }) {
                self.results.entry(value).or_insert_with(|| events.clone());
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

    fn adjective(&mut self, frame: FrameId, site: &Site<'_>, slot: &Slot, adjective: Adjective) {
        let Some(value) = self.slot(site, slot) else { return };
        match adjective {
            Adjective::Fresh => {
                self.values.fresh.insert(value);
            }
            Adjective::Assumed | Adjective::Common | Adjective::Guessable => {
                let said = self.values.said.entry(value).or_default();
                *said = said.with(adjective);
                if adjective == Adjective::Assumed {
                    self.values.assumed_in.entry(value).or_insert(self.current);
                }
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

    /// What a call goes through: `db` of `db.account.update(…)`, imported or not.
    fn client_of(&mut self, receiver: ValueId) -> ValueId {
        let root = self.values.root(receiver);
        match self.values.term(root).clone() {
            Term::Global(mut global) if self.language == Language::TypeScript && global.path.len() > 1 => {
                global.path.truncate(1);
                self.values.number(Term::Global(global))
            }
            _ => root,
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
    ) -> Option<ValueId> {
        let callback = match &clause.during {
            None => None,
            Some((slot, names)) => {
                let callback = self.slot(site, slot)?;
                if !self.is_callable(callback) {
                    return None;
                }
                for name in names {
                    let value = self.values.unknown();
                    if let Some(receiver) = site.call.receiver
                        && let Some(evidence) = self.type_of(receiver).map(|seen| seen.into_evidence())
                    {
                        self.evidence.insert(value, evidence);
                    }
                    self.names.insert(value, name.clone());
                    site.callbacks.push((name.clone(), value));
                }
                Some((callback, names.clone()))
            }
        };
        let resource = self.resource(site, clause)?;
        let id = self.push_event(frame, site, found.how, found.line.library, clause, resource)?;
        self.grows(site, found.line, clause, id);
        let mut outcome = None;
        if let Some((callback, names)) = callback {
            self.events[id.0 as usize].hold = Some(Hold::During);
            let values: Vec<ValueId> = names
                .iter()
                .filter_map(|name| site.callbacks.iter().rev().find(|(bound, _)| bound == name))
                .map(|(_, value)| *value)
                .collect();
            outcome = self.invoke(frame, callback, &values, site.call.how.span);
            ran.push(callback);
            if site.api.clauses.iter().any(|clause| matches!(clause.what, What::Flushes)) {
                self.flushes(frame, site, found);
            }
            self.mark(Mark::End(id));
            if let Some(value) = outcome {
                self.values.influence(site.result, value);
            }
        }
        outcome
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
        let SaidTraits { mut traits, doubted, once, tests } = self.traits(site, clause);
        let mut verb = clause.verb;
        if verb == Verb::Write && traits.has(Trait::Exclusive) {
            verb = Verb::Create;
        }
        let mut fields = self.fields(site, clause);
        fields.extend(self.asked_for(site, clause));
        let changes = clause.sets.as_ref().filter(|_| !Verbs::LOOK.has(clause.verb));
        let data = changes.and_then(|slot| self.slot(site, slot));
        let mut sets = data.map(|data| self.columns(data)).unwrap_or_default();
        if clause.noun == Noun::Row {
            if let Some((column, data)) = data.and_then(|data| Some((self.literal_column(data)?, data))) {
                sets.push((column, data));
            }
            let stored = verb == Verb::Write && clause.fields.iter().any(|(names, _)| is_whole(names));
            if stored && data.is_some_and(|data| self.is_draft(data)) {
                verb = Verb::Create;
            }
        }
        if let Some(data) = data.filter(|_| clause.noun == Noun::Row && self.language == Language::Rust) {
            let (assigned, relative) = self.assigned(data);
            if !assigned.is_empty() {
                sets = assigned;
            }
            if relative {
                traits = traits.with(Trait::Relative);
            }
        }
        if let Some(data) = data
            && clause.noun == Noun::Row
        {
            self.add_stored(data, &mut sets);
        }
        let (hold, hold_doubted) = self.hold(site, clause);
        let given = clause.on.as_ref().and_then(|slot| self.slot(site, slot));
        let client_given = given.is_some_and(|client| {
            !matches!(self.values.term(client), Term::Literal(_)) && !self.is_pooled(client, library)
        }) || self.names_transaction(site.call)
            || (clause.noun == Noun::Row && self.is_handed_connection(site, library));
        let renamed = self.renamed(site, clause, &resource);
        let event = Event {
            verb,
            client: match &clause.on {
                Some(slot) => self.slot(site, slot),
                None => site.call.receiver.map(|receiver| self.client_of(receiver)),
            },
            client_given,
            floating: false,
            client_pooled: clause.on.is_some() && !client_given,
            resource,
            fields,
            answers: Vec::new(),
            renamed,
            text: None,
            sets,
            data,
            tests,
            traits,
            doubted,
            once,
            absent: self.outcomes(site, &clause.absent),
            fails: self.outcomes(site, &clause.fails),
            affected: self.outcomes(site, &clause.affected),
            hold,
            hold_doubted,
            isolation: self.isolation(site, clause),
            result: site.result,
            at: self.here(),
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

    /// What lock guards protect is looked at through them.
    fn guarded_read(&mut self, frame: FrameId, held: ValueId, call: &Call) {
        self.plain_event(frame, Verb::Read, held, None, held, None, call.how.span, &call.name);
    }
}

/// A look whose "not there" is an error: what follows runs only where it is there.
fn raises(event: &Event) -> bool {
    event.absent.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Throws(_)))
        && matches!(event.verb, Verb::Exists | Verb::Inspect | Verb::Read | Verb::Count)
}

/// `result.docs.ref same-as receiver`: a field of what the answer is or holds, unless it is said
/// element by element, which is said of the whole.
fn named_part<'s>(target: &'s Slot, source: &Slot) -> Option<&'s Name> {
    let whole = target.root != Root::Result || source.path.last() == Some(&SlotStep::Each);
    match target.path.last() {
        Some(SlotStep::Property(name)) if !whole => Some(name),
        _ => None,
    }
}

/// All of a row is stored.
fn is_whole(names: &[Name]) -> bool {
    names.iter().any(|name| name == WHOLE)
}

/// Something is held while a callback of the call runs.
fn lasts(api: &Api) -> bool {
    api.clauses.iter().any(|clause| matches!(&clause.what, What::Event(event) if event.during.is_some()))
}

fn api_is_fact(api: &Api) -> bool {
    !api.clauses.iter().any(|clause| matches!(clause.what, What::Event(_) | What::Sql(_)))
}

/// What it gives is taken for granted: where it was an error, nothing follows.
fn assumes(api: &Api) -> bool {
    api.clauses.iter().any(|clause| matches!(clause.what, What::Is(_, Adjective::Assumed)))
}

fn makes_fresh(api: &Api) -> bool {
    api.clauses.iter().any(|clause| matches!(clause.what, What::Is(_, Adjective::Fresh)))
}
