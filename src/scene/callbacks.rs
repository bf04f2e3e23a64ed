//! Functions that a recognised call is given: when they run, with what, and who waits for them.

use super::Mark;
use super::arguments::Site;
use super::build::Builder;
use super::call::{Call, Called};
use super::env::Incoming;
use super::event::OutcomeKind;
use super::recognize::Recognised;
use super::value::{FrameId, Input, Term, ValueId};
use crate::book::api::{Library, Root, Slot, SlotStep, What};
use crate::book::words::{Region, Regions};
use crate::program::{Language, Name, Operator};

impl Builder<'_> {
    /// Runs a callback that the page says is called, under the hold of a queue that it is put into.
    pub(super) fn invokes(
        &mut self,
        frame: FrameId,
        site: &Site<'_>,
        target: &Slot,
        args: &[Slot],
        regions: Regions,
    ) -> Option<ValueId> {
        let queue = self.enter_queue(frame, site);
        let outcome = self.calls_back(frame, site, target, args, regions);
        if let Some(hold) = queue {
            self.mark(Mark::End(hold));
        }
        outcome
    }

    fn calls_back(
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
        // `new Promise(async (resolve) => …)`: whoever makes it does not wait for what runs in it.
        let within = match self.knowledge.is_word("promises", &site.call.name) && self.is_async(callback) {
            true => self.aside(frame, span),
            false => frame,
        };
        self.entering = regions;
        let outcome = self.invoke(within, callback, &values, span);
        self.entering = Regions::EMPTY;
        outcome
    }

    fn is_async(&self, callback: ValueId) -> bool {
        match self.values.term(callback) {
            Term::Closure { file, function, .. } => {
                self.project.unit(*file).program.functions[function.0 as usize].is_async
            }
            _ => false,
        }
    }

    /// `resolve(row)` in what makes a promise: the promise is the row.
    pub(super) fn resolve(&mut self, call: &Call) {
        let (Called::Value(promise), Some(value)) = (&call.target, call.args.first()) else { return };
        let Some((top, _)) = self.promised.get(promise) else { return };
        let edge = Incoming { from: self.current, condition: None, env: self.env.clone() };
        let conditions = self.conditions(&edge, *top);
        if let Some((_, inputs)) = self.promised.get_mut(promise) {
            inputs.push(Input { value: *value, conditions });
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
    pub(super) fn uncalled(&mut self, frame: FrameId, call: &Call, ran: &[ValueId]) {
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

    pub(super) fn is_callable(&self, value: ValueId) -> bool {
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
    pub(super) fn has_callback(&self, found: &Recognised<'_>, call: &Call) -> bool {
        if !callback_convention(found.line.library, call) {
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
    pub(super) fn callback_result(
        &mut self,
        frame: FrameId,
        site: &Site<'_>,
        library: &Library,
        ran: &mut Vec<ValueId>,
    ) {
        if site.events.is_empty() || !callback_convention(library, site.call) {
            return;
        }
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
}

/// Of a library whose functions call their last argument with the outcome, not awaited.
fn callback_convention(library: &Library, call: &Call) -> bool {
    !library.callback.is_empty() && !call.how.awaited && !call.how.used && !call.args.is_empty()
}
