//! One call: a function of the project run in place, a line of the book, or neither.

use super::build::{Builder, How};
use super::env::Incoming;
use super::event::Recognition;
use super::recognize::Recognised;
use super::value::{FrameId, Slot, Term, ValueId};
use super::{CallInfo, End, Mark};
use crate::book::api::{Library, Segment, TypeFact};
use crate::book::words::Verb;
use crate::program::{Arg, Callee, FunctionId, Global, Language, Name, Operator};
use crate::source::FileId;

/// A call with everything evaluated.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub(super) target: Called,
    pub(super) receiver: Option<ValueId>,
    /// The called name: the method, or the last segment of the path.
    pub(super) name: Name,
    pub(super) args: Vec<ValueId>,
    /// Where each argument stands, as far as arguments and values correspond.
    pub(super) how: How,
}

#[derive(Clone, Debug)]
pub(super) enum Called {
    /// A path or import, in full.
    Path(Global),
    Method,
    New(Global),
    Macro(Global),
    /// A function value: the value.
    Value(ValueId),
}

impl<'a> Builder<'a> {
    pub(super) fn call(&mut self, frame: FrameId, callee: &Callee, args: &[Arg], how: How) -> ValueId {
        let args = self.arguments(frame, args);
        let file = self.frames[frame.0 as usize].file;
        let call = match callee {
            Callee::Macro(global) => {
                let name = global.path.last().cloned().unwrap_or_default();
                Call { target: Called::Macro(global.clone()), receiver: None, name, args, how }
            }
            Callee::New(local) => {
                let value = self.get(frame, *local);
                let global = match self.values.term(value) {
                    Term::Global(global) => self.aliased(file, *local, global),
                    _ => {
                        let name = self.name_of(value).unwrap_or_default();
                        Global { module: Name::default(), path: vec![name] }
                    }
                };
                let name = global.path.last().cloned().unwrap_or_default();
                Call { target: Called::New(global), receiver: None, name, args, how }
            }
            Callee::Method { receiver: local, name } => {
                let receiver = self.get(frame, *local);
                if args.is_empty() {
                    self.type_by_use(frame, *local, receiver, name);
                }
                let target = match self.values.term(receiver) {
                    Term::Global(global) => {
                        let mut global = self.own_class(file, *local, global.clone());
                        global.path.push(name.clone());
                        Called::Path(global)
                    }
                    _ => Called::Method,
                };
                match self.callable_field(frame, receiver, name, args.len()) {
                    Some((value, name)) => {
                        Call { target: Called::Value(value), receiver: None, name, args, how }
                    }
                    None => Call { target, receiver: Some(receiver), name: name.clone(), args, how },
                }
            }
            Callee::Value(local) => {
                let value = self.get(frame, *local);
                let (target, receiver, name) = match self.values.term(value).clone() {
                    _ if let Some(name) = self.callable(frame, value, args.len()) => {
                        (Called::Value(value), None, name)
                    }
                    Term::Global(global) => {
                        let global = self.aliased(file, *local, &global);
                        let name = global.path.last().cloned().unwrap_or_else(|| global.module.clone());
                        (Called::Path(global), None, name)
                    }
                    // A method taken off its object: `const { get } = client`.
                    Term::Load { base, field, .. } => (Called::Method, Some(base), field),
                    _ => {
                        let info = &self.unit(frame).program.locals[local.0 as usize];
                        (Called::Value(value), None, info.name.clone())
                    }
                };
                Call { target, receiver, name, args, how }
            }
        };
        let stored = match callee {
            Callee::Method { receiver, .. } => self.stored_draft(frame, *receiver, &call),
            _ => None,
        };
        let call = stored.unwrap_or(call);
        self.grown = None;
        let value = self.dispatch(frame, &call);
        self.drafted(frame, callee, &call, value);
        self.made(&call, value);
        self.constructed(frame, &call, value);
        self.configure_in_place(&call, value);
        if let (Callee::Method { receiver, .. }, Some(grown)) = (callee, self.grown.take()) {
            self.change_in_place(frame, *receiver, grown);
        }
        value
    }

    /// `this.db('wallets')`: not a method, but a value that is called.
    fn callable_field(
        &mut self,
        frame: FrameId,
        receiver: ValueId,
        field: &Name,
        args: usize,
    ) -> Option<(ValueId, Name)> {
        let here = |library: &Library| self.project.libraries.contains(&library.name);
        if !self.knowledge.callable(self.language).any(|(library, _)| here(library)) {
            return None;
        }
        let file = self.frames[frame.0 as usize].file;
        let owner = self.project_type(receiver, file);
        if owner.is_some_and(|owner| self.project.inherited(file, &owner, field).is_some()) {
            return None;
        }
        let may_be = |library: &Library, fact: &TypeFact| {
            self.knowledge
                .callable(self.language)
                .any(|(own, known)| std::ptr::eq(own, library) && known.name == fact.name)
        };
        if self.type_of(receiver).is_none() && !self.knowledge.suggests(field, may_be) {
            return None;
        }
        let value = self.values.number(Term::Load { base: receiver, field: field.clone(), version: 0 });
        Some((value, self.callable(frame, value, args)?))
    }

    /// The type that a page gives a value which is itself called: `knex('wallets')`.
    fn callable(&self, frame: FrameId, value: ValueId, args: usize) -> Option<Name> {
        let knowledge = self.knowledge;
        if args == 0 || self.language != Language::TypeScript {
            return None;
        }
        let own = match self.values.term(value) {
            Term::Closure { .. } | Term::Param(..) => true,
            Term::Global(global) => {
                let file = self.frames[frame.0 as usize].file;
                self.project.function_named(file, global).is_some()
            }
            _ => false,
        };
        let mut types = knowledge.callable(self.language);
        types.find_map(|(library, fact)| {
            let how = self.has_type(value, library, &fact.name)?;
            let here = self.project.libraries.contains(&library.name);
            (how >= Recognition::Constructed || (here && !own)).then(|| fact.name.clone())
        })
    }

    fn arguments(&mut self, frame: FrameId, args: &[Arg]) -> Vec<ValueId> {
        let mut values = Vec::with_capacity(args.len());
        for arg in args {
            let value = self.get(frame, arg.value);
            match self.values.term(value) {
                Term::Record { entries, .. } if arg.spread => {
                    let entries: Vec<ValueId> = entries
                        .iter()
                        .filter(|(slot, _)| !matches!(slot, Slot::Spread))
                        .map(|(_, value)| *value)
                        .collect();
                    values.extend(entries);
                }
                _ => values.push(value),
            }
        }
        values
    }

    pub(super) fn dispatch(&mut self, frame: FrameId, call: &Call) -> ValueId {
        self.resolve(call);
        let recognised = self.recognise(frame, call);
        if let Some(found) = &recognised
            && found.how >= Recognition::Constructed
            && !(self.is_by_words(call, found) && self.project_function(frame, call).is_some())
        {
            return match self.is_method_path(call, found.line.api) {
                true => self.instantiate(frame, &as_method(call), found),
                false => self.instantiate(frame, call, found),
            };
        }
        if let Some((file, function, lexical, this)) = self.project_function(frame, call) {
            let before = self.events.len();
            let value = self.run_function(frame, call, file, function, lexical, this);
            if matches!(
                self.values.term(value),
                Term::Place(..)
                    | Term::Phi { .. }
                    | Term::Load { .. }
                    | Term::Call { .. }
                    | Term::Template(_)
                    | Term::Join(_)
            ) {
                self.given_by.entry(value).or_insert_with(|| call.name.clone());
            }
            let taken = self.events[before..].iter().any(|event| event.verb == Verb::Take);
            return match recognised {
                // It says that it takes a lock, but how is out of sight.
                Some(found)
                    if !taken && found.line.api.only_takes() && !self.is_no_guard(file, function, value) =>
                {
                    self.instantiate(frame, call, &found)
                }
                _ => value,
            };
        }
        match recognised {
            Some(found) => self.instantiate(frame, call, &found),
            None => self.unresolved(frame, call),
        }
    }

    /// What a page without modules says of every function of such a name, however it is reached, says
    /// less than the function itself.
    fn is_by_words(&self, call: &Call, found: &Recognised<'_>) -> bool {
        let parts = found.line.api.target.parts.as_slice();
        let open = |part: &Segment| match part {
            Segment::Any => true,
            Segment::Names(names) => names.iter().any(|name| name.contains('*')),
            Segment::Bound(_) => false,
        };
        matches!(call.target, Called::Path(_))
            && self.language == Language::Rust
            && found.line.library.modules.is_empty()
            && parts.iter().any(open)
    }

    /// The function of the project that a call runs: file, function, frame it closes over, `this`.
    #[allow(clippy::type_complexity)]
    fn project_function(
        &mut self,
        frame: FrameId,
        call: &Call,
    ) -> Option<(FileId, FunctionId, Option<FrameId>, Option<ValueId>)> {
        let file = self.frames[frame.0 as usize].file;
        match &call.target {
            Called::Value(value) => match self.values.term(*value) {
                Term::Closure { file, function, frame } => Some((*file, *function, Some(*frame), None)),
                _ => None,
            },
            Called::Path(global) => {
                if let Some(receiver) = call.receiver
                    && let Some(owner) = self.project_type(receiver, file)
                    && let Some((file, function)) = self.project.inherited(file, &owner, &call.name)
                {
                    return Some((file, function, None, Some(receiver)));
                }
                let (file, function) =
                    self.project.function_named(file, global).or_else(|| self.static_method(file, global))?;
                // `Type::method(value, …)` of one's own type passes the receiver first.
                let takes_self = self.project.unit(file).program.functions[function.0 as usize].receiver;
                let this = takes_self.and_then(|_| call.receiver.or(call.args.first().copied()));
                Some((file, function, None, this))
            }
            Called::Method => {
                let receiver = call.receiver?;
                if let Some(value) = self.values.entry(receiver, &call.name)
                    && let Term::Closure { file, function, frame } = *self.values.term(value)
                {
                    return Some((file, function, Some(frame), Some(receiver)));
                }
                let owner = self.project_type(receiver, file)?;
                let known = self.project.inherited(file, &owner, &call.name);
                let (file, function) =
                    known.or_else(|| self.project.implementation(file, &owner, &call.name))?;
                Some((file, function, None, Some(receiver)))
            }
            Called::New(_) | Called::Macro(_) => None,
        }
    }

    /// A call nobody explains: its result is a function of what goes in.
    pub(super) fn unresolved(&mut self, frame: FrameId, call: &Call) -> ValueId {
        if let Some(test) = self.variant_test(call) {
            return test;
        }
        let source = match (&call.target, call.receiver) {
            (_, Some(receiver)) => receiver,
            (Called::Value(value), None) => *value,
            (Called::Path(global) | Called::New(global) | Called::Macro(global), None) => {
                self.values.number(Term::Global(global.clone()))
            }
            (Called::Method, None) => self.values.unknown(),
        };
        self.callbacks(frame, call);
        let said = self.said(call);
        let pure = (!call.args.is_empty() || self.is_getter(call))
            && !matches!(call.target, Called::New(_))
            && said.is_none()
            && !self.makes_memory(call);
        let value = if pure {
            let args = call.args.clone();
            self.values.number(Term::Pure { callee: source, name: call.name.clone(), args })
        } else {
            let site = self.values.site();
            let value = self.values.number(Term::Call { site });
            self.values.influence(value, source);
            for arg in &call.args {
                self.values.influence(value, *arg);
            }
            value
        };
        if let Some(receiver) = call.receiver
            && self.is_local_made(receiver)
        {
            for arg in &call.args {
                self.values.influence(receiver, *arg);
            }
        }
        self.fill_lent(call);
        if let [target, sources @ ..] = call.args.as_slice()
            && matches!(self.values.term(*target), Term::Record { .. })
        {
            for source in sources {
                self.values.influence(*target, *source);
            }
        }
        self.remember(call, value);
        self.continue_chain(call.receiver, value);
        let mut inputs = call.args.clone();
        inputs.extend(call.receiver);
        self.mark(Mark::Call {
            name: call.name.clone(),
            inputs,
            result: value,
            span: call.how.span,
            awaited: call.how.awaited,
        });
        if let Some(said) = said {
            self.facade(frame, call, said, value);
        }
        self.may_raise(value, false);
        value
    }

    /// `patch.apply(&mut model)`: what is lent to be changed carries from now on what it may have been
    /// changed by. A connection or a stream that is lent is worked with, and stays what it is.
    fn fill_lent(&mut self, call: &Call) {
        for (at, target) in call.args.iter().enumerate().take(u32::BITS as usize) {
            let lent = call.how.lent & (1 << at) != 0;
            if !lent || !self.is_local_made(*target) || self.is_worked_with(*target) {
                continue;
            }
            let others = call.args.iter().filter(|arg| *arg != target).copied();
            for source in others.chain(call.receiver).collect::<Vec<_>>() {
                self.values.influence(*target, source);
            }
        }
    }

    /// The answer of an event, or of a type that a page describes and that holds no data.
    fn is_worked_with(&self, value: ValueId) -> bool {
        let described =
            |name: &Name| !self.knowledge.types(name).is_empty() && !self.knowledge.is_memory(name);
        self.results.contains_key(&value)
            || self.type_of(value).is_some_and(|seen| seen.ty.name.path.last().is_some_and(described))
    }

    /// `result.is_ok()`: the same question as a pattern asks.
    fn variant_test(&mut self, call: &Call) -> Option<ValueId> {
        let of = call.receiver.filter(|_| call.args.is_empty() && matches!(call.target, Called::Method))?;
        let variant = ["Ok", "Err", "Some", "None"]
            .into_iter()
            .find(|variant| self.knowledge.is_word(&format!("asks-{variant}"), &call.name))?;
        Some(self.values.number(Term::Apply(Operator::Is(Name::new_static(variant)), vec![of])))
    }

    /// Function arguments of a call nobody explains: run in place where the caller waits for the
    /// call, or where closures are called at once as a rule of the language.
    fn callbacks(&mut self, frame: FrameId, call: &Call) {
        let at_once = self.language == Language::Rust || call.how.awaited;
        if !at_once {
            return;
        }
        for arg in &call.args {
            if matches!(self.values.term(*arg), Term::Closure { .. }) {
                let args: Vec<ValueId> = (0..2).map(|_| self.values.unknown()).collect();
                self.maybe(frame, |builder| {
                    builder.invoke(frame, *arg, &args, call.how.span);
                });
            }
        }
    }

    /// Runs something on a branch that may not be taken.
    pub(super) fn maybe(&mut self, frame: FrameId, body: impl FnOnce(&mut Self)) {
        let test = self.values.unknown();
        self.branch(frame, test, body);
    }

    /// Runs something where a test holds.
    pub(super) fn branch(&mut self, frame: FrameId, test: ValueId, body: impl FnOnce(&mut Self)) {
        let from = self.current;
        let span = self.function(frame).span;
        self.end(End::If { test, yes: from, no: from, span });
        let env = self.env.clone();
        let skipped = Incoming { from, condition: Some((test, false)), env: env.clone() };
        self.start(frame, vec![Incoming { from, condition: Some((test, true)), env }], false);
        body(self);
        let done = Incoming { from: self.current, condition: None, env: self.env.clone() };
        self.start(frame, vec![done, skipped], false);
    }

    /// Every table has an `Entity`: the file that speaks of its own tells which.
    pub(super) fn name_table(&self, table: &mut Global) {
        let telling = table.path.iter().any(|name| !self.knowledge.is_word("unnamed", name));
        let frame = self.blocks[self.current as usize].frame;
        let stem = self.unit(frame).path.file_stem().and_then(|stem| stem.to_str());
        if let Some(stem) = stem.filter(|_| !telling) {
            table.path.insert(0, Name::from(stem));
        }
    }

    pub(super) fn remember(&mut self, call: &Call, value: ValueId) {
        let owner = match &call.target {
            Called::Path(global) if call.receiver.is_none() && global.path.len() > 1 => {
                let mut owner = global.clone();
                owner.path.pop();
                self.name_table(&mut owner);
                Some(self.values.number(Term::Global(owner)))
            }
            _ => None,
        };
        let info = CallInfo {
            name: call.name.clone(),
            receiver: call.receiver,
            owner,
            args: call.args.clone(),
            span: call.how.span,
        };
        self.calls.entry(value).or_insert(info);
        // A call whose result is used continues a chain of its own; siblings do not see it.
        if let Some(receiver) = call.receiver.filter(|_| !call.how.used) {
            let list = self.configured.entry(receiver).or_default();
            if list.len() < 32 {
                list.push(value);
            }
        }
    }
}

/// `Path::exists(file)` as `file.exists()`.
fn as_method(call: &Call) -> Call {
    let (receiver, args) = match call.args.split_first() {
        Some((first, rest)) => (Some(*first), rest.to_vec()),
        None => (None, Vec::new()),
    };
    Call { target: Called::Method, receiver, args, name: call.name.clone(), how: call.how }
}
