//! Applies a line of the book to one call: values, events, callbacks, in the order of its clauses.

use super::arguments::{Holds, Site};
use super::build::Builder;
use super::call::Call;
use super::env::Incoming;
use super::event::{Event, EventId, Hold, OutcomeKind, Point, Recognition, Resource};
use super::recognize::Recognised;
use super::value::{FrameId, Term, ValueId};
use super::{End, Mark};
use crate::book::api::{Api, EventClause, Library, Root, Slot, SlotStep, What};
use crate::book::words::{Adjective, Noun, Region, Regions, Trait, Verb, Verbs};
use crate::program::{Language, Name, Operator};

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
                    if target.root == Root::Result {
                        value = self.same_as(&site, target, source).or(value);
                        value = value.map(|of| self.own_memory(call, of));
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
                    let outcome = self.invokes(frame, &site, target, args, *regions);
                    if let Some(callback) = self.slot(&site, target) {
                        ran.push(callback);
                    }
                    let whole = args.first().is_some_and(|arg| arg.path.is_empty());
                    if regions.is_empty() && whole {
                        returned = outcome.or(returned);
                    } else if let (Some(test), true) = (outcome, regions.is_empty()) {
                        // Which elements are left follows from what was asked of each.
                        self.values.influence(site.result, test);
                    }
                }
                What::Region(_) => {}
            }
        }
        if !site.events.is_empty() && callback_convention(found.line.library, &site) {
            self.callback_result(frame, &site, found.line.library, &mut ran);
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
            None => match returned {
                Some(made) => {
                    self.seen_through(site.result, made);
                    made
                }
                None => site.result,
            },
        }
    }

    /// `Mutex::new(None)` is not `None`, and another one is another.
    fn own_memory(&mut self, call: &Call, of: ValueId) -> ValueId {
        let constant = matches!(self.values.term(of), Term::Literal(_) | Term::Global(_));
        let makes = match &call.target {
            super::call::Called::Path(global) if call.receiver.is_none() => match global.path.as_slice() {
                [.., owner, _] => self.knowledge.is_memory(owner),
                _ => false,
            },
            _ => false,
        };
        if !(constant && makes && self.language == Language::Rust) {
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
        if self.knowledge.is_word("later", &site.call.name) {
            self.let_float(site);
        }
        let elements = args.iter().any(|arg| arg.path.contains(&SlotStep::Each));
        let on_error = args.iter().any(|arg| arg.root == Root::Error);
        if regions.has(Region::Task) {
            let number = self.values.site();
            self.mark(Mark::Task(number));
            let mut outcome = None;
            self.maybe(frame, |builder| {
                let aside = builder.aside(frame, span);
                builder.entering = regions;
                outcome = builder.invoke(aside, callback, &values, span);
                builder.entering = Regions::EMPTY;
            });
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
                self.mark(Mark::Suspend(span, frame));
                return self.invoke(frame, callback, &values, span);
            }
            let mut outcome = None;
            self.maybe(frame, |builder| {
                let aside = builder.aside(frame, span);
                builder.mark(Mark::Suspend(span, aside));
                outcome = builder.invoke(aside, callback, &values, span);
            });
            return outcome;
        }
        if elements || on_error || self.language == crate::program::Language::Rust {
            let mut outcome = None;
            self.maybe(frame, |builder| {
                builder.entering = regions;
                outcome = builder.invoke(frame, callback, &values, span);
                builder.entering = Regions::EMPTY;
            });
            return outcome;
        }
        self.entering = regions;
        let outcome = self.invoke(frame, callback, &values, span);
        self.entering = Regions::EMPTY;
        outcome
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

    /// `change().catch(report);`: the change goes on by itself.
    fn let_float(&mut self, site: &Site<'_>) {
        if site.call.how.awaited || site.call.how.used || self.language != Language::TypeScript {
            return;
        }
        let receiver = site.call.receiver.and_then(|receiver| self.results.get(&receiver));
        for id in receiver.into_iter().flatten() {
            self.events[id.0 as usize].floating = true;
        }
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
            self.mark(Mark::End(id));
            if let Some(value) = outcome {
                self.values.influence(site.result, value);
            }
        }
        outcome
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

    /// A function, or something named like one that is given by the caller, as the last argument of
    /// a call that is not awaited.
    fn has_callback(&self, found: &Recognised<'_>, call: &Call) -> bool {
        if found.line.library.callback.is_empty() || call.how.awaited || call.how.used {
            return false;
        }
        let Some(last) = call.args.last() else { return false };
        let named = Root::Param(call.args.len() - 1);
        let calls_it = |what: &What| matches!(what, What::Invokes { target, .. } if target.root == named);
        if found.line.api.clauses.iter().any(|clause| calls_it(&clause.what)) {
            return false;
        }
        match self.values.term(*last) {
            Term::Closure { .. } => true,
            Term::Param(..) => {
                self.names.get(last).is_some_and(|name| self.knowledge.is_word("callback", name))
            }
            _ => false,
        }
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
        let mut values: Vec<ValueId> = Vec::new();
        for slot in &library.callback {
            values.push(match slot.root {
                Root::Error => {
                    let error = self.values.number(Term::Error(site.result));
                    self.caught.entry(error).or_default().extend(site.events.iter().copied());
                    error
                }
                _ => self.slot(site, slot).unwrap_or(site.result),
            });
        }
        self.maybe(frame, |builder| {
            builder.invoke(frame, callback, &values, site.call.how.span);
        });
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
        let mut fields = self.fields(site, clause);
        fields.extend(self.asked_for(site, clause));
        let changes = clause.sets.as_ref().filter(|_| !Verbs::LOOK.has(clause.verb));
        let data = changes.and_then(|slot| self.slot(site, slot));
        let mut sets = data.map(|data| self.columns(data)).unwrap_or_default();
        let mut traits = traits;
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
        let hold = self.hold(site, clause);
        let given = clause.on.as_ref().and_then(|slot| self.slot(site, slot));
        let client_given = given.is_some_and(|client| {
            !matches!(self.values.term(client), Term::Literal(_)) && !self.is_pooled(client, library)
        }) || self.names_transaction(site.call);
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
            text: None,
            sets,
            data,
            tests,
            traits,
            doubted: self.doubted(site, clause),
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
