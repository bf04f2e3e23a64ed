//! Runs functions of the project and callbacks in place.

use super::Frame;
use super::again::Asked;
use super::build::{Builder, How, Returns};
use super::call::{Call, Called};
use super::env::Incoming;
use super::event::Recognition;
use super::types::TypeEvidence;
use super::value::{FrameId, Input, Term, ValueId};
use crate::book::words::Regions;
use crate::program::{Callee, Function, FunctionId, Literal, Op};
use crate::source::{FileId, Span};

/// How large a function may be that is run only because it calls what it is given.
const CALLS_BACK: u32 = 160;

/// The function calls one of its parameters: a retry, a wrapper that catches.
fn calls_back(function: &Function) -> bool {
    function.blocks.iter().flat_map(|block| &block.steps).any(|step| {
        matches!(&step.op, Op::Call { callee: Callee::Value(called), .. } if function.params.contains(called))
    })
}

impl Builder<'_> {
    /// Runs a function of the project here, or says what its result is made of.
    pub(super) fn run_function(
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
        let given = |arg: &ValueId| matches!(self.values.term(*arg), Term::Closure { .. });
        let worth = unit.telling[at]
            || unit.sizes[at] <= 24
            || (unit.sizes[at] <= CALLS_BACK && call.args.iter().any(given) && calls_back(body));
        let mut args = call.args.as_slice();
        if matches!(call.target, Called::Path(_)) && body.receiver.is_some() && call.receiver.is_none() {
            args = args.get(1..).unwrap_or(&[]);
        }
        if worth && self.has_room(frame, file, function, unit.sizes[at]) {
            // `const post = (id) => send(id)`: what is given back at once is waited for by the caller.
            let passed_on = !self.function(frame).is_async && self.frames[frame.0 as usize].unwaited;
            let awaited = call.how.awaited && !passed_on;
            let callee = Frame {
                file,
                function,
                unwaited: !body.is_async && !awaited,
                caller: Some((frame, call.how.span)),
                lexical,
                this,
                depth: self.frames[frame.0 as usize].depth + 1,
                regions: std::mem::take(&mut self.entering),
                detached: body.is_async && !awaited,
            };
            let args = args.to_vec();
            let whole = lexical.is_none() && !body.is_async;
            let asked: Asked = (file, function, args.iter().copied().chain(this).collect());
            if whole && let Some(made) = self.made_before.get(&asked) {
                return *made;
            }
            let acts = self.acts;
            let value = self.inline(frame, callee, &args);
            if whole {
                self.remember_made(asked, acts, body.result.as_ref(), value);
            }
            return value;
        }
        let result = body.result.clone();
        let value = self.unresolved(frame, call);
        if let Some(ty) = result {
            let ty = self.unaliased(&ty, file).into_owned();
            self.evidence.entry(value).or_insert(TypeEvidence { ty, how: Recognition::Resolved });
        }
        value
    }

    pub(super) fn has_room(&mut self, frame: FrameId, file: FileId, function: FunctionId, size: u32) -> bool {
        let mut at = Some(frame);
        while let Some(frame) = at {
            let here = &self.frames[frame.0 as usize];
            if here.file == file && here.function == function {
                return false;
            }
            at = here.caller.map(|(frame, _)| frame);
        }
        let deep = self.frames[frame.0 as usize].depth >= self.limits.depth;
        let long = self.steps.saturating_add(size) >= self.limits.steps;
        self.truncated |= long && !deep;
        !deep && !long
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
        let mut returns = self.run(inner);
        if !self.project.unit(file).encloses[function.0 as usize] {
            returns.edges.iter_mut().for_each(|edge| edge.env.forget(inner));
        }
        let value = self.resume(frame, returns);
        if let Some(ty) = &body.result {
            let ty = self.unaliased(ty, file).into_owned();
            self.evidence.entry(value).or_insert(TypeEvidence { ty, how: Recognition::Resolved });
        }
        value
    }

    /// Goes on after a run at the join of its returns.
    pub(super) fn resume(&mut self, frame: FrameId, returns: Returns) -> ValueId {
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
        // What stands in a callback is as near as the function it stands in.
        let outer = &self.frames[lexical.0 as usize];
        let parent = self.project.unit(file).program.functions[function.0 as usize].parent;
        let own = outer.file == file && parent == Some(outer.function) && parent != Some(FunctionId(0));
        let depth = if own { outer.depth } else { self.frames[frame.0 as usize].depth } + 1;
        // `this` of an arrow is found through its lexical frame.
        let callee = Frame {
            file,
            function,
            caller: Some((frame, span)),
            lexical: Some(lexical),
            this: None,
            depth,
            regions: std::mem::take(&mut self.entering),
            detached: false,
            unwaited: false,
        };
        Some(self.inline(frame, callee, args))
    }

    /// An activation of the same code that its own beginning does not wait for: what it runs comes
    /// later than what follows.
    pub(super) fn aside(&mut self, frame: FrameId, span: Span) -> FrameId {
        let here = &self.frames[frame.0 as usize];
        let aside =
            Frame { caller: Some((frame, span)), regions: Regions::EMPTY, detached: true, ..here.clone() };
        self.new_frame(aside)
    }

    /// A callback given by name: a function of the project as a path, or a bound method.
    pub(super) fn invoke_named(
        &mut self,
        frame: FrameId,
        callback: ValueId,
        args: &[ValueId],
        span: Span,
    ) -> Option<ValueId> {
        let how = How { lent: 0, awaited: true, used: true, span };
        let (target, receiver, name) = match self.values.term(callback).clone() {
            Term::Global(global) => (Called::Path(global.clone()), None, global.path.last().cloned()?),
            Term::Load { base, field, .. } => (Called::Method, Some(base), field),
            _ => return None,
        };
        let call = Call { target, receiver, name, args: args.to_vec(), how };
        Some(self.dispatch(frame, &call))
    }
}
