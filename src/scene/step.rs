//! One step of a block.

use super::Mark;
use super::build::{Builder, How};
use super::value::{FrameId, Term, ValueId};
use crate::program::{Arg, Exit, Language, Local, Op, Step, Value};
use crate::project::Unit;
use crate::source::Span;

impl Builder<'_> {
    pub(super) fn step(
        &mut self,
        frame: FrameId,
        after: &[Step],
        exit: &Exit,
        step: &Step,
        handler: Option<usize>,
    ) {
        match &step.op {
            Op::Let { into, value } => {
                if let Value::Payload { of, .. } | Value::Copy(of) = value
                    && self.borrowed.contains(&(frame, *of))
                {
                    self.borrow(frame, *into);
                }
                let value = match value {
                    Value::Caught => self.caught_value(handler),
                    other => self.eval(frame, other, step.span),
                };
                self.assign(frame, *into, value, step.span);
                self.held_by_name(frame, *into, value, step.span);
            }
            Op::Call { into, callee, args } => {
                let bit = |(at, arg): (usize, &Arg)| u32::from(arg.lent) << at;
                let how = How {
                    lent: args.iter().enumerate().take(u32::BITS as usize).map(bit).sum(),
                    awaited: awaited(*into, after, exit),
                    used: is_used(self.unit(frame), *into, after),
                    span: step.span,
                };
                let value = self.call(frame, callee, args, how);
                let value = self.hand_on(frame, callee, *into, value);
                self.assign(frame, *into, value, step.span);
                self.held_by_name(frame, *into, value, step.span);
            }
            Op::Store { base, key, value } => {
                let base = match self.is_copy(frame, *base) {
                    true => self.copied(frame, *base),
                    false => self.get(frame, *base),
                };
                let value = self.get(frame, *value);
                self.store(frame, base, key, value, step.span);
                // `res.json = (body) => …`: whoever holds the object calls it after this.
                if matches!(self.values.term(value), Term::Closure { .. })
                    && matches!(self.values.term(self.values.root(base)), Term::Param(..))
                {
                    self.deferred.push((frame, self.current, value, step.span));
                }
            }
            Op::Suspend { into, of } => {
                let value = self.get(frame, *of);
                self.handed_on.insert((frame, *of));
                self.end_chain(value);
                self.mark(Mark::Suspend(step.span, frame));
                self.suspends = true;
                self.assign(frame, *into, value, step.span);
                self.held_by_name(frame, *into, value, step.span);
            }
            Op::Release { local } => {
                if !self.handed_on.contains(&(frame, *local))
                    && let Some(value) = self.lookup(frame, *local)
                {
                    self.mark(Mark::Release(value));
                }
            }
        }
    }

    /// A guard that passes through `unwrap` and the like belongs to the result; what is copied out
    /// of it (`clone`, a getter) is no guard any more.
    pub(super) fn hand_on(
        &mut self,
        frame: FrameId,
        callee: &crate::program::Callee,
        into: Local,
        value: ValueId,
    ) -> ValueId {
        let crate::program::Callee::Method { receiver, name } = callee else { return value };
        let is_guard = |builder: &Self, value: ValueId| match builder.values.term(value) {
            Term::Held { event, .. } => {
                builder.events.get(event.0 as usize).is_some_and(|event| event.hold.is_some())
            }
            _ => false,
        };
        if !is_guard(self, value) || self.lookup(frame, *receiver) != Some(value) {
            return value;
        }
        if self.knowledge.is_word("copies", name) {
            return self.values.number(Term::Mix(vec![value]));
        }
        // What is unwrapped of a borrow is a borrow.
        let owned = !self.handed_on.contains(&(frame, *receiver));
        if owned && self.knowledge.is_word("unwraps", name) {
            self.handed_on.insert((frame, *receiver));
        } else {
            // The guard itself stays where it is.
            self.borrow(frame, into);
        }
        value
    }

    /// The end of a borrow ends no hold.
    fn borrow(&mut self, frame: FrameId, into: Local) {
        self.handed_on.insert((frame, into));
        self.borrowed.insert((frame, into));
    }

    /// A variable that a copy was made for: what is written to its fields, nobody else sees.
    fn is_copy(&self, frame: FrameId, local: Local) -> bool {
        let made = match self.unit(frame).definition(local) {
            Some(Op::Let { value: Value::Copy(from), .. }) => *from,
            _ => local,
        };
        self.language == Language::Rust && self.is_copied(frame, made)
    }

    fn is_copied(&self, frame: FrameId, local: Local) -> bool {
        match self.unit(frame).definition(local) {
            Some(Op::Call { callee: crate::program::Callee::Method { name, .. }, args, .. }) => {
                args.is_empty() && self.knowledge.is_word("copies", name)
            }
            _ => false,
        }
    }

    /// The copy as a value of its own, one for each variable.
    fn copied(&mut self, frame: FrameId, local: Local) -> ValueId {
        let of = self.get(frame, local);
        self.values.number(Term::Mix(vec![of]))
    }

    /// Gives a variable a value; a variable that outlives the scene is state.
    pub(super) fn assign(&mut self, frame: FrameId, into: Local, value: ValueId, span: Span) {
        if self.home(frame, into).is_some() {
            return self.set(frame, into, value);
        }
        let file = self.frames[frame.0 as usize].file;
        let place = self.values.number(Term::Place(file, into));
        self.state_write(frame, place, None, value, span);
    }

    pub(super) fn caught_value(&mut self, handler: Option<usize>) -> ValueId {
        let site = self.values.site();
        let caught = self.values.number(Term::Caught(site));
        let raised = handler.map(|scope| self.handlers[scope].raised.clone()).unwrap_or_default();
        for value in raised {
            for event in self.results.get(&value).cloned().unwrap_or_default() {
                self.caught.entry(caught).or_default().push(event);
            }
            let error = self.values.number(Term::Error(value));
            self.values.influence(caught, error);
        }
        caught
    }
}

/// The call's result, or what awaiting it gives, is read by something.
fn is_used(unit: &Unit, into: Local, after: &[Step]) -> bool {
    unit.used.contains(&into)
        || after.iter().take(3).any(|step| match &step.op {
            Op::Suspend { into: awaited, of } => *of == into && unit.used.contains(awaited),
            _ => false,
        })
}

/// Whether a call's result is awaited or returned at once.
fn awaited(into: Local, after: &[Step], exit: &Exit) -> bool {
    // What is called or stored first goes on beside it: a promise that is kept is waited for later.
    let at_once =
        after.iter().take(3).take_while(|step| !matches!(step.op, Op::Call { .. } | Op::Store { .. }));
    let awaits = at_once.into_iter().any(|step| matches!(&step.op, Op::Suspend { of, .. } if *of == into));
    awaits || (after.is_empty() && matches!(exit, Exit::Return(Some(local)) if *local == into))
}
