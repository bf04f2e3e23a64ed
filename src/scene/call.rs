//! One call: a function of the project run in place, a line of the book, or neither.

use super::build::{Builder, How, Returns};
use super::env::Incoming;
use super::event::Recognition;
use super::types::{TypeEvidence, named};
use super::value::{FrameId, Input, Slot, Term, ValueId};
use super::{CallInfo, End, Frame, Mark};
use crate::program::{Arg, Callee, FunctionId, Global, Language, Literal, Local, Name, Op, Type, Value};
use crate::source::{FileId, Span};

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

impl Builder<'_> {
    pub(super) fn call(&mut self, frame: FrameId, callee: &Callee, args: &[Arg], how: How) -> ValueId {
        let args = self.arguments(frame, args);
        let call = match callee {
            Callee::Macro(global) => {
                let name = global.path.last().cloned().unwrap_or_default();
                Call { target: Called::Macro(global.clone()), receiver: None, name, args, how }
            }
            Callee::New(local) => {
                let value = self.get(frame, *local);
                let global = match self.values.term(value) {
                    Term::Global(global) => global.clone(),
                    _ => {
                        let name = self.name_of(value).unwrap_or_default();
                        Global { module: Name::default(), path: vec![name] }
                    }
                };
                let name = global.path.last().cloned().unwrap_or_default();
                Call { target: Called::New(global), receiver: None, name, args, how }
            }
            Callee::Method { receiver, name } => {
                let receiver = self.get(frame, *receiver);
                let target = match self.values.term(receiver) {
                    Term::Global(global) => {
                        let mut global = global.clone();
                        global.path.push(name.clone());
                        Called::Path(global)
                    }
                    _ => Called::Method,
                };
                Call { target, receiver: Some(receiver), name: name.clone(), args, how }
            }
            Callee::Value(local) => {
                let value = self.get(frame, *local);
                let (target, receiver, name) = match self.values.term(value).clone() {
                    Term::Global(global) => {
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
        let value = self.dispatch(frame, &call);
        self.made(&call, value);
        value
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

    fn dispatch(&mut self, frame: FrameId, call: &Call) -> ValueId {
        let recognised = self.recognise(frame, call);
        if let Some(found) = &recognised
            && found.how >= Recognition::Constructed
        {
            return self.instantiate(frame, call, found);
        }
        if let Some((file, function, lexical, this)) = self.project_function(frame, call) {
            return self.run_function(frame, call, file, function, lexical, this);
        }
        match recognised {
            Some(found) => self.instantiate(frame, call, &found),
            None => self.unresolved(frame, call),
        }
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
                    && let Some((file, function)) = self.project.method(file, &owner, &call.name)
                {
                    return Some((file, function, None, Some(receiver)));
                }
                let (file, function) = self.project.function_named(file, global)?;
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
                let (file, function) = self.project.method(file, &owner, &call.name)?;
                Some((file, function, None, Some(receiver)))
            }
            Called::New(_) | Called::Macro(_) => None,
        }
    }

    /// Runs a function of the project here, or says what its result is made of.
    fn run_function(
        &mut self,
        frame: FrameId,
        call: &Call,
        file: FileId,
        function: FunctionId,
        lexical: Option<FrameId>,
        this: Option<ValueId>,
    ) -> ValueId {
        let unit = self.project.unit(file);
        let at = function.0 as usize;
        let body = &unit.program.functions[at];
        let worth = unit.telling[at] || unit.sizes[at] <= 24;
        let mut args = call.args.as_slice();
        if matches!(call.target, Called::Path(_)) && body.receiver.is_some() && call.receiver.is_none() {
            args = args.get(1..).unwrap_or(&[]);
        }
        if worth && self.has_room(frame, file, function, unit.sizes[at]) {
            let callee = Frame {
                file,
                function,
                caller: Some((frame, call.how.span)),
                lexical,
                this,
                depth: self.frames[frame.0 as usize].depth + 1,
            };
            let args = args.to_vec();
            return self.inline(frame, callee, &args);
        }
        let result = body.result.clone();
        let value = self.unresolved(frame, call);
        if let Some(ty) = result {
            self.evidence.entry(value).or_insert(TypeEvidence { ty, how: Recognition::Resolved });
        }
        value
    }

    fn has_room(&mut self, frame: FrameId, file: FileId, function: FunctionId, size: u32) -> bool {
        let mut at = Some(frame);
        while let Some(frame) = at {
            let here = &self.frames[frame.0 as usize];
            if here.file == file && here.function == function {
                return false;
            }
            at = here.caller.map(|(frame, _)| frame);
        }
        let fits = self.frames[frame.0 as usize].depth < self.limits.depth
            && self.steps.saturating_add(size) < self.limits.steps;
        self.truncated |= !fits;
        fits
    }

    /// Runs a frame's function from here and goes on where it returns; gives its result.
    pub(super) fn inline(&mut self, frame: FrameId, callee: Frame, args: &[ValueId]) -> ValueId {
        let (file, function) = (callee.file, callee.function);
        let inner = self.new_frame(callee);
        let body = &self.project.unit(file).program.functions[function.0 as usize];
        for (at, param) in body.params.iter().enumerate() {
            let value = match args.get(at) {
                Some(value) => *value,
                None => self.values.literal(Literal::Null),
            };
            self.set(inner, *param, value);
        }
        if let (Some((local, _)), Some(this)) = (body.receiver, self.frames[inner.0 as usize].this) {
            self.set(inner, local, this);
        }
        let returns = self.run(inner);
        let value = self.resume(frame, returns);
        if let Some(ty) = body.result.clone() {
            self.evidence.entry(value).or_insert(TypeEvidence { ty, how: Recognition::Resolved });
        }
        value
    }

    /// Goes on after a run at the join of its returns.
    fn resume(&mut self, frame: FrameId, returns: Returns) -> ValueId {
        if returns.edges.is_empty() {
            // It never returns: what follows is dead, but still worth numbering.
            let before = self.current;
            let dead = self.new_block(frame);
            let depth = self.blocks[before as usize].depth + 1;
            let block = &mut self.blocks[dead as usize];
            (block.idom, block.depth) = (before, depth);
            self.current = dead;
            return self.values.unknown();
        }
        if returns.edges.len() == 1 {
            self.start(frame, returns.edges, false);
            return returns.values[0];
        }
        let edges: Vec<Incoming> = returns.edges.clone();
        self.start(frame, returns.edges, false);
        let top = self.blocks[self.current as usize].idom;
        let inputs = edges
            .iter()
            .zip(returns.values)
            .map(|(edge, value)| Input { value, conditions: self.conditions(edge, top) })
            .collect();
        self.values.phi(inputs)
    }

    /// Runs a callback value with these arguments; `None` if it is not a function we see.
    pub(super) fn invoke(
        &mut self,
        frame: FrameId,
        callback: ValueId,
        args: &[ValueId],
        span: Span,
    ) -> Option<ValueId> {
        let Term::Closure { file, function, frame: lexical } = *self.values.term(callback) else {
            return self.invoke_named(frame, callback, args, span);
        };
        let size = self.project.unit(file).sizes[function.0 as usize];
        if !self.has_room(frame, file, function, size) {
            return None;
        }
        let depth = self.frames[frame.0 as usize].depth + 1;
        // `this` of an arrow is found through its lexical frame.
        let callee =
            Frame { file, function, caller: Some((frame, span)), lexical: Some(lexical), this: None, depth };
        Some(self.inline(frame, callee, args))
    }

    /// A callback given by name: a function of the project as a path, or a bound method.
    fn invoke_named(
        &mut self,
        frame: FrameId,
        callback: ValueId,
        args: &[ValueId],
        span: Span,
    ) -> Option<ValueId> {
        let how = How { awaited: true, used: true, span };
        let (target, receiver, name) = match self.values.term(callback).clone() {
            Term::Global(global) => (Called::Path(global.clone()), None, global.path.last().cloned()?),
            Term::Load { base, field, .. } => (Called::Method, Some(base), field),
            _ => return None,
        };
        let call = Call { target, receiver, name, args: args.to_vec(), how };
        Some(self.dispatch(frame, &call))
    }

    /// A call nobody explains: its result is a function of what goes in.
    fn unresolved(&mut self, frame: FrameId, call: &Call) -> ValueId {
        let source = match (&call.target, call.receiver) {
            (_, Some(receiver)) => receiver,
            (Called::Value(value), None) => *value,
            (Called::Path(global) | Called::New(global) | Called::Macro(global), None) => {
                self.values.number(Term::Global(global.clone()))
            }
            (Called::Method, None) => self.values.unknown(),
        };
        self.callbacks(frame, call);
        let pure = !call.args.is_empty() && !matches!(call.target, Called::New(_));
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
        self.may_raise(value, false);
        value
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

    pub(super) fn remember(&mut self, call: &Call, value: ValueId) {
        let info = CallInfo {
            name: call.name.clone(),
            receiver: call.receiver,
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

    /// Type evidence from what was called: constructors, makers on pages, Rust's `Type::new`.
    fn made(&mut self, call: &Call, value: ValueId) {
        if self.evidence.contains_key(&value) {
            return;
        }
        let how = Recognition::Constructed;
        for (library, fact) in self.knowledge.makers(self.language, &call.name) {
            let by = fact.made_by.iter().find(|maker| {
                let names = crate::knowledge::last_names(&maker.target.parts);
                maker.is_new == matches!(call.target, Called::New(_))
                    && names.contains(&call.name)
                    && self.fits(call, library, &maker.target, &mut Vec::new()).is_some()
            });
            if by.is_some() {
                let module = library.modules.first().map(|module| module.name.clone()).unwrap_or_default();
                let name = match self.language {
                    Language::TypeScript => Global { module, path: vec![fact.name.clone()] },
                    Language::Rust => Global { module: Name::default(), path: vec![fact.name.clone()] },
                };
                let args = call.args.iter().find_map(|arg| self.type_of(*arg)).map(|evidence| evidence.ty);
                // What is made from something of the same page is not a wrapper of it: a file
                // opened by its path.
                let apart = args.filter(|ty| !self.is_type_of(ty, library));
                let ty = Type { args: apart.into_iter().collect(), ..named(name) };
                self.evidence.insert(value, TypeEvidence { ty, how });
                return;
            }
        }
        match &call.target {
            Called::New(global) => {
                self.evidence.insert(value, TypeEvidence { ty: named(global.clone()), how });
            }
            Called::Path(global) if self.language == Language::Rust && call.receiver.is_none() => {
                // `HashMap::new()`, `PathBuf::from(x)`: the type before the last segment.
                let Some((_, owner)) = global.path.split_last() else { return };
                if owner.last().is_some_and(|name| name.starts_with(char::is_uppercase))
                    && !matches!(self.values.term(value), Term::Literal(_))
                    && !self.is_bound(value)
                {
                    let args =
                        call.args.iter().find_map(|arg| self.type_of(*arg)).map(|evidence| evidence.ty);
                    let name = Global { module: Name::default(), path: owner.to_vec() };
                    let ty = Type { args: args.into_iter().collect(), ..named(name) };
                    self.evidence.insert(value, TypeEvidence { ty, how });
                }
            }
            _ => {}
        }
    }

    /// The value already stood for something before this call (a page said `same-as`).
    fn is_bound(&self, value: ValueId) -> bool {
        matches!(
            self.values.term(value),
            Term::Param(..) | Term::This(..) | Term::Place(..) | Term::Load { .. } | Term::Join(_)
        )
    }

    /// The value of a local of an outer function or module, from the one step that defines it.
    pub(super) fn static_op(&mut self, file: FileId, op: &Op, place: ValueId, depth: u32) -> ValueId {
        let of = |builder: &mut Self, local: Local| builder.static_value(file, local, depth + 1);
        match op {
            Op::Let { value, .. } => match value {
                Value::Copy(local) => of(self, *local),
                Value::Global(global) => self.values.number(Term::Global(global.clone())),
                Value::Literal(literal) => self.values.literal(literal.clone()),
                Value::Closure(function) => {
                    self.values.number(Term::Closure { file, function: *function, frame: FrameId(0) })
                }
                Value::Load { base, key: crate::program::Key::Field(name) } => {
                    let base = of(self, *base);
                    if let Some(value) = self.values.entry(base, name) {
                        return value;
                    }
                    if let Term::Global(global) = self.values.term(base) {
                        let mut global = global.clone();
                        global.path.push(name.clone());
                        return self.values.number(Term::Global(global));
                    }
                    self.values.number(Term::Load { base, field: name.clone(), version: 0 })
                }
                Value::Template(parts) => {
                    let pieces = parts
                        .iter()
                        .map(|part| match part {
                            crate::program::Part::Text(text) => super::value::Piece::Text(text.clone()),
                            crate::program::Part::Value(local) => {
                                super::value::Piece::Value(of(self, *local))
                            }
                        })
                        .collect();
                    self.values.template(pieces)
                }
                Value::Record { name: None, entries } if self.is_shared_literal(file, place, entries) => {
                    if crate::project::is_list(entries) && !self.evidence.contains_key(&place) {
                        let name = Global { module: Name::default(), path: vec![Name::new_static("[]")] };
                        let how = Recognition::Constructed;
                        self.evidence.insert(place, TypeEvidence { ty: named(name), how });
                    }
                    place
                }
                Value::Record { name, entries } => {
                    let mut slots = Vec::with_capacity(entries.len());
                    for entry in entries {
                        match entry {
                            crate::program::Entry::Named(name, local) => {
                                slots.push((Slot::Named(name.clone()), of(self, *local)));
                            }
                            crate::program::Entry::Spread(local) => {
                                slots.push((Slot::Spread, of(self, *local)))
                            }
                            crate::program::Entry::Computed(..) => {}
                        }
                    }
                    let site = self.values.site();
                    let record =
                        self.values.number(Term::Record { name: name.clone(), entries: slots, site });
                    self.published.insert(record);
                    record
                }
                Value::Apply { .. }
                | Value::Payload { .. }
                | Value::Load { .. }
                | Value::Caught
                | Value::Mix(_) => place,
            },
            Op::Call { callee, args, .. } => self.static_call(file, callee, args, place, depth),
            Op::Suspend { of: local, .. } => of(self, *local),
            Op::Store { .. } | Op::Release { .. } => place,
        }
    }

    /// A module's array or object that the code changes: memory, not a constant.
    fn is_shared_literal(&self, file: FileId, place: ValueId, entries: &[crate::program::Entry]) -> bool {
        let Term::Place(_, local) = *self.values.term(place) else { return false };
        let unit = self.project.unit(file);
        let is_function = |entry: &crate::program::Entry| match entry {
            crate::program::Entry::Named(_, local) | crate::program::Entry::Computed(_, local) => {
                matches!(unit.definition(*local), Some(Op::Let { value: Value::Closure(_), .. }))
            }
            crate::program::Entry::Spread(_) => false,
        };
        unit.program.language == Language::TypeScript
            && unit.program.locals[local.0 as usize].function == FunctionId(0)
            && unit.touched.contains(&local)
            && !entries.iter().any(is_function)
    }

    /// A module-level call: what it makes tells the type of the variable it is bound to.
    fn static_call(
        &mut self,
        file: FileId,
        callee: &Callee,
        args: &[Arg],
        place: ValueId,
        depth: u32,
    ) -> ValueId {
        let span = self.function(FrameId(0)).span;
        let how = How { awaited: false, used: true, span };
        let values: Vec<ValueId> =
            args.iter().map(|arg| self.static_value(file, arg.value, depth + 1)).collect();
        let (target, receiver, name) = match callee {
            Callee::New(local) | Callee::Value(local) => {
                let value = self.static_value(file, *local, depth + 1);
                let Term::Global(global) = self.values.term(value).clone() else {
                    if matches!(callee, Callee::New(_)) {
                        let name = self.name_of(value).unwrap_or_default();
                        let ty = named(Global { module: Name::default(), path: vec![name] });
                        let evidence = TypeEvidence { ty, how: Recognition::Constructed };
                        self.evidence.entry(place).or_insert(evidence);
                    }
                    return place;
                };
                let name = global.path.last().cloned().unwrap_or_else(|| global.module.clone());
                let target = match callee {
                    Callee::New(_) => Called::New(global),
                    _ => Called::Path(global),
                };
                (target, None, name)
            }
            Callee::Method { receiver, name } => {
                let receiver = self.static_value(file, *receiver, depth + 1);
                let target = match self.values.term(receiver) {
                    Term::Global(global) => {
                        let mut global = global.clone();
                        global.path.push(name.clone());
                        Called::Path(global)
                    }
                    _ => Called::Method,
                };
                (target, Some(receiver), name.clone())
            }
            Callee::Macro(global) => {
                let name = global.path.last().cloned().unwrap_or_default();
                (Called::Macro(global.clone()), None, name)
            }
        };
        let call = Call { target, receiver, name, args: values, how };
        let declared = self.type_of(place);
        // A static of a declared type is that, however it is made.
        if (declared.is_none() || self.language != Language::Rust)
            && let Some(value) = self.static_fact(&call)
        {
            return value;
        }
        if declared.is_none() {
            self.made(&call, place);
        }
        // Like any other call for the builders that follow it.
        self.remember(&call, place);
        place
    }
}
