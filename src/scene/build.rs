//! Runs a root's blocks, and those of what it calls, into one graph.

use super::chain::Growing;
use super::env::{Env, Incoming, join};
use super::event::{Event, EventId, Recognition};
use super::types::TypeEvidence;
use super::value::{FrameId, Piece, Slot, Term, ValueId, Values};
use super::{Block, CallInfo, End, Frame, Mark, Scene};
use crate::knowledge::Knowledge;
use crate::program::{
    BlockId, Entry, Exit, Function, FunctionId, Key, Language, Literal, Local, Name, Op, Operator, Part,
    Step, Value,
};
use crate::project::{Project, Unit};
use crate::source::{FileId, Span};
use rustc_hash::{FxHashMap, FxHashSet};

/// How much one scene may hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Steps interpreted, inlined ones included.
    pub steps: u32,
    /// Calls inside calls.
    pub depth: u32,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits { steps: 6_000, depth: 5 }
    }
}

/// Where a raise goes: edges and errors gathered until the handler's block is run.
#[derive(Default)]
pub(super) struct Handler {
    pub(super) incoming: Vec<Incoming>,
    pub(super) raised: Vec<ValueId>,
}

/// What the surroundings of a call say of its result.
#[derive(Clone, Copy, Debug)]
pub(super) struct How {
    /// Awaited or returned at once.
    pub(super) awaited: bool,
    /// Anything but dropping it is done with the result.
    pub(super) used: bool,
    pub(super) span: Span,
}

/// How a run of a function ended: one entry a return.
pub(super) struct Returns {
    pub(super) edges: Vec<Incoming>,
    pub(super) values: Vec<ValueId>,
}

pub(super) struct Builder<'a> {
    pub(super) project: &'a Project,
    pub(super) knowledge: &'a Knowledge<'a>,
    pub(super) values: Values,
    pub(super) blocks: Vec<Block>,
    pub(super) frames: Vec<Frame>,
    pub(super) events: Vec<Event>,
    pub(super) slots: FxHashMap<(FrameId, Local), ValueId>,
    pub(super) results: FxHashMap<ValueId, Vec<EventId>>,
    pub(super) caught: FxHashMap<ValueId, Vec<EventId>>,
    pub(super) published: FxHashSet<ValueId>,
    pub(super) used: FxHashSet<ValueId>,
    pub(super) calls: FxHashMap<ValueId, CallInfo>,
    /// Earlier statement-style calls on one receiver: `options.create_new(true);`.
    pub(super) configured: FxHashMap<ValueId, Vec<ValueId>>,
    /// The first variable a value was bound to.
    pub(super) names: FxHashMap<ValueId, Name>,
    /// Events of builder chains that may still go on, by the chain's value so far.
    pub(super) growing: FxHashMap<ValueId, Vec<Growing<'a>>>,
    pub(super) evidence: FxHashMap<ValueId, TypeEvidence>,
    /// Values of the fields of `base` at a version, for loads after stores.
    pub(super) forwards: FxHashMap<(ValueId, Name, u32), ValueId>,
    /// Temporaries whose value another name owns now: ending them ends nothing.
    pub(super) handed_on: FxHashSet<(FrameId, Local)>,
    pub(super) handlers: Vec<Handler>,
    pub(super) handler: Option<usize>,
    pub(super) covered: FxHashSet<(FileId, FunctionId)>,
    /// Local constants of files, evaluated on demand; guards against cycles.
    pub(super) statics: FxHashMap<(FileId, Local), ValueId>,
    pub(super) current: u32,
    pub(super) env: Env,
    pub(super) steps: u32,
    pub(super) limits: Limits,
    pub(super) truncated: bool,
    /// Some function of the scene suspends: plain state reads matter.
    pub(super) suspends: bool,
    pub(super) language: Language,
}

/// Builds the scene of one root function.
pub fn build(
    project: &Project,
    knowledge: &Knowledge<'_>,
    file: FileId,
    function: FunctionId,
    limits: Limits,
) -> Scene {
    let unit = project.unit(file);
    let root = &unit.program.functions[function.0 as usize];
    let mut builder = Builder {
        project,
        knowledge,
        values: Values::default(),
        blocks: Vec::new(),
        frames: Vec::new(),
        events: Vec::new(),
        slots: FxHashMap::default(),
        results: FxHashMap::default(),
        caught: FxHashMap::default(),
        published: FxHashSet::default(),
        used: FxHashSet::default(),
        calls: FxHashMap::default(),
        configured: FxHashMap::default(),
        names: FxHashMap::default(),
        growing: FxHashMap::default(),
        evidence: FxHashMap::default(),
        forwards: FxHashMap::default(),
        handed_on: FxHashSet::default(),
        handlers: Vec::new(),
        handler: None,
        covered: FxHashSet::default(),
        statics: FxHashMap::default(),
        current: 0,
        env: Env::default(),
        steps: 0,
        limits,
        truncated: false,
        suspends: root.is_async,
        language: unit.program.language,
    };
    let this = root.receiver.map(|(local, _)| builder.values.number(Term::This(file, local)));
    let frame = builder.new_frame(Frame { file, function, caller: None, lexical: None, this, depth: 0 });
    let entry = builder.new_block(frame);
    builder.current = entry;
    builder.enter_entry_events(frame);
    if let (Some((local, _)), Some(this)) = (root.receiver, this) {
        builder.set(frame, local, this);
    }
    for param in &root.params {
        let value = builder.values.number(Term::Param(file, *param));
        builder.set(frame, *param, value);
        let info = &unit.program.locals[param.0 as usize];
        if info.ty.as_ref().is_some_and(|ty| shares(knowledge, ty, 0)) {
            builder.published.insert(value);
        }
    }
    if let (Some((local, _)), Some(this)) = (root.receiver, this) {
        builder.set(frame, local, this);
    }
    builder.run(frame);
    Scene {
        file,
        function,
        values: builder.values,
        blocks: builder.blocks,
        frames: builder.frames,
        events: builder.events,
        results: builder.results,
        caught: builder.caught,
        published: builder.published,
        used: builder.used,
        calls: builder.calls,
        names: builder.names,
        covered: builder.covered,
        truncated: builder.truncated,
    }
}

/// Whether a type lets several owners change what is inside (`Rc<RefCell<T>>`).
fn shares(knowledge: &Knowledge<'_>, ty: &crate::program::Type, depth: u32) -> bool {
    depth < 6
        && (ty.name.path.last().is_some_and(|name| knowledge.is_word("interior", name))
            || ty.args.iter().any(|arg| shares(knowledge, arg, depth + 1)))
}

impl<'a> Builder<'a> {
    pub(super) fn unit(&self, frame: FrameId) -> &'a Unit {
        self.project.unit(self.frames[frame.0 as usize].file)
    }

    pub(super) fn function(&self, frame: FrameId) -> &'a Function {
        let id = self.frames[frame.0 as usize].function;
        &self.unit(frame).program.functions[id.0 as usize]
    }

    pub(super) fn new_frame(&mut self, frame: Frame) -> FrameId {
        self.frames.push(frame);
        FrameId(self.frames.len() as u32 - 1)
    }

    pub(super) fn new_block(&mut self, frame: FrameId) -> u32 {
        let block = Block { marks: Vec::new(), end: End::Open, preds: Vec::new(), idom: 0, depth: 0, frame };
        self.blocks.push(block);
        self.blocks.len() as u32 - 1
    }

    pub(super) fn mark(&mut self, mark: Mark) {
        self.blocks[self.current as usize].marks.push(mark);
    }

    pub(super) fn end(&mut self, end: End) {
        self.blocks[self.current as usize].end = end;
    }

    /// Runs the blocks of a frame's function, starting in the current block.
    pub(super) fn run(&mut self, frame: FrameId) -> Returns {
        let function = self.function(frame);
        let outer_handler = self.handler;
        let order = order(function);
        let mut rank = vec![usize::MAX; function.blocks.len()];
        for (at, block) in order.iter().enumerate() {
            rank[block.0 as usize] = at;
        }
        let mut pending: FxHashMap<BlockId, Vec<Incoming>> = FxHashMap::default();
        let mut handlers: FxHashMap<BlockId, usize> = FxHashMap::default();
        let mut entries: FxHashMap<BlockId, u32> = FxHashMap::default();
        let mut returns = Returns { edges: Vec::new(), values: Vec::new() };
        let loops = loop_heads(function, &order, &rank);
        let mut complete = true;
        let inlined = self.frames[frame.0 as usize].depth > 0;
        for (at, id) in order.iter().enumerate() {
            // The root's own code is always read; the budget is for what it runs.
            if inlined && self.steps > self.limits.steps {
                complete = false;
                self.truncated = true;
                break;
            }
            let block = &function.blocks[id.0 as usize];
            if at > 0 {
                let mut incoming = pending.remove(id).unwrap_or_default();
                if let Some(scope) = handlers.get(id) {
                    incoming.append(&mut self.handlers[*scope].incoming);
                }
                if incoming.is_empty() {
                    continue;
                }
                self.start(frame, incoming, loops.contains_key(id));
            } else if loops.contains_key(id) {
                let from = Incoming { from: self.current, condition: None, env: self.env.clone() };
                self.start(frame, vec![from], true);
            }
            if let Some(assigned) = loops.get(id) {
                self.loop_values(frame, assigned);
            }
            entries.insert(*id, self.current);
            self.handler = match block.handler {
                None => outer_handler,
                Some(handler) => Some(*handlers.entry(handler).or_insert_with(|| {
                    self.handlers.push(Handler::default());
                    self.handlers.len() - 1
                })),
            };
            let caught_here = handlers.get(id).copied();
            for (step_at, step) in block.steps.iter().enumerate() {
                self.steps += u32::from(inlined);
                self.step(
                    frame,
                    block.steps.get(step_at + 1..).unwrap_or(&[]),
                    &block.exit,
                    step,
                    caught_here,
                );
            }
            self.steps += u32::from(inlined);
            self.exit(frame, &block.exit, &mut pending, &entries, &mut returns);
        }
        if complete {
            let Frame { file, function, .. } = self.frames[frame.0 as usize];
            self.covered.insert((file, function));
        }
        self.handler = outer_handler;
        returns
    }

    /// Begins a block with these edges into it; reuses the current one for a plain fallthrough.
    pub(super) fn start(&mut self, frame: FrameId, incoming: Vec<Incoming>, is_loop: bool) {
        if !is_loop
            && let [only] = incoming.as_slice()
            && only.condition.is_none()
            && matches!(self.blocks[only.from as usize].end, End::Open)
        {
            self.current = only.from;
            self.env = only.env.clone();
            return;
        }
        let block = self.new_block(frame);
        for edge in &incoming {
            self.connect(edge.from, block, edge.condition);
        }
        let idom = incoming.iter().map(|edge| edge.from).reduce(|a, b| self.common(a, b)).unwrap_or(0);
        let depth = self.blocks[idom as usize].depth + 1;
        let here = &mut self.blocks[block as usize];
        (here.idom, here.depth) = (idom, depth);
        let conditions: Vec<Vec<(ValueId, bool)>> = if incoming.len() == 1 {
            vec![Vec::new()]
        } else {
            incoming.iter().map(|edge| self.conditions(edge, idom)).collect()
        };
        self.env = join(&mut self.values, &incoming, &conditions);
        self.current = block;
    }

    /// Adds the edge, filling in the source's end where it still points nowhere.
    pub(super) fn connect(&mut self, from: u32, to: u32, condition: Option<(ValueId, bool)>) {
        self.blocks[to as usize].preds.push((from, condition));
        let end = &mut self.blocks[from as usize].end;
        match (end, condition) {
            (End::If { yes, .. }, Some((_, true))) => *yes = to,
            (End::If { no, .. }, Some((_, false))) => *no = to,
            (End::Raises { handler, .. }, Some((_, true))) => *handler = to,
            (End::Raises { next, .. }, Some((_, false))) => *next = to,
            (end @ End::Open, _) => *end = End::Goto(to),
            _ => {}
        }
    }

    /// The nearest common ancestor in the dominator tree.
    fn common(&self, mut a: u32, mut b: u32) -> u32 {
        while a != b {
            let (depth_a, depth_b) = (self.blocks[a as usize].depth, self.blocks[b as usize].depth);
            if depth_a >= depth_b && a != 0 {
                a = self.blocks[a as usize].idom;
            } else if b != 0 {
                b = self.blocks[b as usize].idom;
            } else {
                return 0;
            }
        }
        a
    }

    /// Branch outcomes on the way from `top` to this edge, nearest first, at most a few.
    pub(super) fn conditions(&self, edge: &Incoming, top: u32) -> Vec<(ValueId, bool)> {
        let mut found: Vec<(ValueId, bool)> = edge.condition.into_iter().collect();
        let mut at = edge.from;
        for _ in 0..64 {
            if at == top || found.len() >= 8 {
                break;
            }
            let block = &self.blocks[at as usize];
            if let [(_, Some(condition))] = block.preds.as_slice() {
                found.push(*condition);
            }
            if at == 0 {
                break;
            }
            at = block.idom;
        }
        found
    }

    /// Locals assigned inside a loop have another value in each iteration.
    fn loop_values(&mut self, frame: FrameId, assigned: &LoopAssigned) {
        for local in &assigned.locals {
            if self.unit(frame).assigned[local.0 as usize] > 1
                && let Some(before) = self.lookup(frame, *local)
            {
                let site = self.values.site();
                let value = self.values.number(Term::Phi { site });
                let input = super::value::Input { value: before, conditions: Vec::new() };
                self.values.phis.insert(value, vec![input]);
                self.set(frame, *local, value);
            }
        }
        for field in &assigned.fields {
            let version = self.values.site();
            self.env.bump(field, version);
        }
    }

    fn exit(
        &mut self,
        frame: FrameId,
        exit: &Exit,
        pending: &mut FxHashMap<BlockId, Vec<Incoming>>,
        entries: &FxHashMap<BlockId, u32>,
        returns: &mut Returns,
    ) {
        let from = self.current;
        let mut go = |builder: &mut Self, to: BlockId, condition: Option<(ValueId, bool)>| {
            // Already run: a back edge. Its variables are the loop's own unknowns.
            if let Some(block) = entries.get(&to) {
                builder.connect(from, *block, condition);
            } else {
                let edge = Incoming { from, condition, env: builder.env.clone() };
                pending.entry(to).or_default().push(edge);
            }
        };
        match exit {
            Exit::Goto(to) => go(self, *to, None),
            Exit::If { test, yes, no, span } => {
                let test = self.read_variable(frame, *test, *span);
                if yes == no {
                    return go(self, *yes, None);
                }
                self.blocks[from as usize].end = End::If { test, yes: from, no: from, span: *span };
                go(self, *yes, Some((test, true)));
                go(self, *no, Some((test, false)));
            }
            Exit::Return(value) => {
                let value = value.map(|value| self.get(frame, value));
                let value = value.unwrap_or_else(|| self.values.literal(Literal::Null));
                returns.edges.push(Incoming { from, condition: None, env: self.env.clone() });
                returns.values.push(value);
                self.end(End::Open);
            }
            Exit::Raise(value) => {
                let value = value.map(|value| self.get(frame, value));
                self.raise(value);
            }
            Exit::Never => self.end(End::Return),
        }
    }

    /// Control leaves the current block for the active handler, or for good.
    pub(super) fn raise(&mut self, error: Option<ValueId>) {
        let Some(scope) = self.handler else { return self.end(End::Raise) };
        let edge = Incoming { from: self.current, condition: None, env: self.env.clone() };
        let scope = &mut self.handlers[scope];
        scope.incoming.push(edge);
        scope.raised.extend(error);
    }

    /// The call that gave `call` may raise: splits the block.
    pub(super) fn may_raise(&mut self, call: ValueId, even_unhandled: bool) {
        if self.handler.is_none() && !even_unhandled {
            return;
        }
        let frame = self.blocks[self.current as usize].frame;
        let from = self.current;
        self.end(End::Raises { call, next: from, handler: from });
        let edge = Incoming { from, condition: Some((call, true)), env: self.env.clone() };
        match self.handler {
            Some(scope) => {
                self.handlers[scope].incoming.push(edge);
                self.handlers[scope].raised.push(call);
            }
            None => {
                let exit = self.new_block(frame);
                self.connect(from, exit, Some((call, true)));
                let depth = self.blocks[from as usize].depth + 1;
                let block = &mut self.blocks[exit as usize];
                (block.idom, block.depth, block.end) = (from, depth, End::Raise);
            }
        }
        let env = self.env.clone();
        self.start(frame, vec![Incoming { from, condition: Some((call, false)), env }], false);
    }

    /// What a local holds here, if anything is known.
    pub(super) fn lookup(&self, frame: FrameId, local: Local) -> Option<ValueId> {
        let home = self.home(frame, local)?;
        self.slots.get(&(home, local)).copied().or_else(|| self.env.get(home, local))
    }

    /// The frame that a local lives in, if it is part of this scene.
    pub(super) fn home(&self, frame: FrameId, local: Local) -> Option<FrameId> {
        let file = self.frames[frame.0 as usize].file;
        let owner = self.project.unit(file).program.locals[local.0 as usize].function;
        let mut at = Some(frame);
        while let Some(frame) = at {
            let here = &self.frames[frame.0 as usize];
            if here.function == owner && here.file == file {
                return Some(frame);
            }
            at = here.lexical;
        }
        None
    }

    pub(super) fn get(&mut self, frame: FrameId, local: Local) -> ValueId {
        if let Some(value) = self.lookup(frame, local) {
            return value;
        }
        let file = self.frames[frame.0 as usize].file;
        if self.home(frame, local).is_some() {
            // Read before it is given a value on this path: hoisting, or an unreached branch.
            return self.values.number(Term::Place(file, local));
        }
        if let Some((receiver, _)) = self.function(frame).receiver
            && receiver == local
            && let Some(this) = self.frames[frame.0 as usize].this
        {
            return this;
        }
        self.static_value(file, local, 0)
    }

    pub(super) fn set(&mut self, frame: FrameId, local: Local, value: ValueId) {
        let home = self.home(frame, local);
        let info = &self.unit(frame).program.locals[local.0 as usize];
        if !info.name.is_empty() {
            self.names.entry(value).or_insert_with(|| info.name.clone());
        }
        if let Some(ty) = &info.ty {
            let ty = ty.clone();
            self.evidence.entry(value).or_insert(TypeEvidence { ty, how: Recognition::Resolved });
        }
        let once = self.unit(frame).assigned[local.0 as usize] <= 1;
        match home {
            Some(home) if once => {
                self.slots.insert((home, local), value);
            }
            Some(home) => self.env.set(home, local, value),
            None => {}
        }
    }

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
                let value = match value {
                    Value::Caught => self.caught_value(handler),
                    other => self.eval(frame, other, step.span),
                };
                self.assign(frame, *into, value, step.span);
            }
            Op::Call { into, callee, args } => {
                let how = How {
                    awaited: awaited(*into, after, exit),
                    used: is_used(self.unit(frame), *into, after),
                    span: step.span,
                };
                let value = self.call(frame, callee, args, how);
                let value = self.hand_on(frame, callee, *into, value);
                self.assign(frame, *into, value, step.span);
            }
            Op::Store { base, key, value } => {
                let base = self.get(frame, *base);
                let value = self.get(frame, *value);
                self.store(frame, base, key, value, step.span);
            }
            Op::Suspend { into, of } => {
                let value = self.get(frame, *of);
                self.handed_on.insert((frame, *of));
                self.end_chain(value);
                self.mark(Mark::Suspend(step.span));
                self.suspends = true;
                self.assign(frame, *into, value, step.span);
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
    fn hand_on(
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
        if self.knowledge.is_word("unwraps", name) {
            self.handed_on.insert((frame, *receiver));
        } else {
            // A borrow of it: the guard itself stays where it is.
            self.handed_on.insert((frame, into));
        }
        value
    }

    /// Gives a variable a value; a variable that outlives the scene is state.
    fn assign(&mut self, frame: FrameId, into: Local, value: ValueId, span: Span) {
        if self.home(frame, into).is_some() {
            return self.set(frame, into, value);
        }
        let file = self.frames[frame.0 as usize].file;
        let place = self.values.number(Term::Place(file, into));
        self.state_write(frame, place, None, value, span);
    }

    fn caught_value(&mut self, handler: Option<usize>) -> ValueId {
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

    pub(super) fn store(&mut self, frame: FrameId, base: ValueId, key: &Key, value: ValueId, span: Span) {
        let part = match key {
            Key::Field(name) => {
                let version = self.values.site();
                self.env.bump(name, version);
                self.forwards.insert((base, name.clone(), version), value);
                Some(name.clone())
            }
            Key::Element(_) | Key::Each => None,
        };
        if self.is_local_made(base) {
            self.values.influence(base, value);
        }
        let part = match (part, key) {
            (Some(name), _) if name == "*" => None,
            (Some(name), _) => Some(self.values.text(&name)),
            (None, Key::Element(index)) => Some(self.get(frame, *index)),
            (None, _) => None,
        };
        self.state_write(frame, base, part, value, span);
    }

    /// Made in this scene, so that mutating it is visible through this value only.
    pub(super) fn is_local_made(&self, id: ValueId) -> bool {
        matches!(
            self.values.term(self.values.root(id)),
            Term::Record { .. } | Term::Call { .. } | Term::Pure { .. } | Term::Mix(_) | Term::Phi { .. }
        )
    }

    pub(super) fn eval(&mut self, frame: FrameId, value: &Value, span: Span) -> ValueId {
        match value {
            Value::Copy(local) => self.read_variable(frame, *local, span),
            Value::Load { base, key } => {
                let base = self.get(frame, *base);
                self.load(frame, base, key, span)
            }
            Value::Literal(literal) => self.values.literal(literal.clone()),
            Value::Global(global) => self.values.number(Term::Global(global.clone())),
            Value::Closure(function) => {
                let file = self.frames[frame.0 as usize].file;
                self.values.number(Term::Closure { file, function: *function, frame })
            }
            Value::Record { name, entries } => {
                let entries = entries.iter().map(|entry| self.entry(frame, entry)).collect();
                let site = self.values.site();
                self.values.number(Term::Record { name: name.clone(), entries, site })
            }
            Value::Template(parts) => {
                let pieces = parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => Piece::Text(text.clone()),
                        Part::Value(local) => Piece::Value(self.get(frame, *local)),
                    })
                    .collect();
                self.values.template(pieces)
            }
            Value::Apply { operator, operands } => {
                let operands: Vec<ValueId> =
                    operands.iter().map(|local| self.read_variable(frame, *local, span)).collect();
                self.apply(operator, operands)
            }
            Value::Payload { of, variant, index } => {
                self.handed_on.insert((frame, *of));
                let of = self.get(frame, *of);
                self.payload(of, variant, *index)
            }
            Value::Caught => self.values.unknown(),
            Value::Mix(locals) => {
                let parts: Vec<ValueId> = locals.iter().map(|local| self.get(frame, *local)).collect();
                if parts.is_empty() { self.values.unknown() } else { self.values.number(Term::Mix(parts)) }
            }
        }
    }

    fn entry(&mut self, frame: FrameId, entry: &Entry) -> (Slot, ValueId) {
        match entry {
            Entry::Named(name, local) => (Slot::Named(name.clone()), self.get(frame, *local)),
            Entry::Computed(key, local) => {
                let key = self.get(frame, *key);
                let slot = match self.values.literal_text(key) {
                    Some(text) => Slot::Named(Name::from(text)),
                    None => Slot::Computed(key),
                };
                (slot, self.get(frame, *local))
            }
            Entry::Spread(local) => (Slot::Spread, self.get(frame, *local)),
        }
    }

    fn apply(&mut self, operator: &Operator, operands: Vec<ValueId>) -> ValueId {
        if *operator == Operator::Add
            && operands.iter().any(|id| {
                matches!(self.values.term(*id), Term::Literal(Literal::Text(_)) | Term::Template(_))
            })
        {
            return self.values.template(operands.into_iter().map(Piece::Value).collect());
        }
        self.values.number(Term::Apply(operator.clone(), operands))
    }

    /// A variant's content: the whole itself for wrappers, the error for `Err`.
    fn payload(&mut self, of: ValueId, variant: &Name, index: u32) -> ValueId {
        if variant == "Err" {
            return self.values.number(Term::Error(of));
        }
        let constructor = variant.rsplit('.').next().unwrap_or(variant);
        if index == 0 && self.knowledge.is_wrapper(self.language, constructor) {
            return of;
        }
        if let Term::Record { entries, .. } = self.values.term(of)
            && let Some((_, value)) = entries.get(index as usize)
        {
            return *value;
        }
        self.values.number(Term::Payload { of, variant: variant.clone(), index })
    }

    /// Reading a variable that outlives the scene, in a test or computation too, is a look at state.
    fn read_variable(&mut self, frame: FrameId, local: Local, span: Span) -> ValueId {
        let value = self.get(frame, local);
        if matches!(self.values.term(value), Term::Place(..)) && self.home(frame, local).is_none() {
            return self.state_read(frame, value, None, span);
        }
        value
    }

    pub(super) fn load(&mut self, frame: FrameId, base: ValueId, key: &Key, span: Span) -> ValueId {
        match key {
            Key::Field(name) => {
                if let Some(value) = self.values.entry(base, name) {
                    return value;
                }
                if let Term::Global(global) = self.values.term(base) {
                    let mut global = global.clone();
                    if global.path.len() < 8 {
                        global.path.push(name.clone());
                    }
                    return self.values.number(Term::Global(global));
                }
                if let Some(seen) = self.size_read(frame, base, name, span) {
                    return seen;
                }
                let version = self.env.version(name);
                if let Some(value) = self.forwards.get(&(base, name.clone(), version)) {
                    return *value;
                }
                let value = self.values.number(Term::Load { base, field: name.clone(), version });
                self.field_read(frame, value, name, span)
            }
            Key::Element(index) => {
                let index = self.get(frame, *index);
                if let Some(text) = self.values.literal_text(index) {
                    let text = Name::from(text);
                    if let Some(value) = self.values.entry(base, &text) {
                        return value;
                    }
                }
                let element = self.values.number(Term::Element { base, index });
                self.field_read(frame, element, "", span)
            }
            Key::Each => {
                let site = self.values.site();
                self.values.number(Term::Each { base, site })
            }
        }
    }

    /// The value of a local of an enclosing function or module that is not part of the scene.
    pub(super) fn static_value(&mut self, file: FileId, local: Local, depth: u32) -> ValueId {
        if let Some(value) = self.statics.get(&(file, local)) {
            return *value;
        }
        let place = self.values.number(Term::Place(file, local));
        // Put first, so that a cycle ends at the place itself.
        self.statics.insert((file, local), place);
        let project = self.project;
        let Some(op) = project.unit(file).definition(local) else { return place };
        if depth > 16 {
            return place;
        }
        let value = self.static_op(file, op, place, depth);
        self.statics.insert((file, local), value);
        value
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
    let awaits = after.iter().take(3).any(|step| matches!(&step.op, Op::Suspend { of, .. } if *of == into));
    awaits || (after.is_empty() && matches!(exit, Exit::Return(Some(local)) if *local == into))
}

/// Reverse postorder over normal and exceptional edges.
fn order(function: &Function) -> Vec<BlockId> {
    let mut seen = vec![false; function.blocks.len()];
    let mut order = Vec::with_capacity(function.blocks.len());
    let mut stack: Vec<(BlockId, Vec<BlockId>)> = Vec::new();
    if !function.blocks.is_empty() {
        seen[0] = true;
        stack.push((BlockId(0), targets(function, BlockId(0))));
    }
    while let Some((block, rest)) = stack.last_mut() {
        match rest.pop() {
            Some(next) => {
                if !std::mem::replace(&mut seen[next.0 as usize], true) {
                    stack.push((next, targets(function, next)));
                }
            }
            None => {
                order.push(*block);
                stack.pop();
            }
        }
    }
    order.reverse();
    order
}

fn targets(function: &Function, id: BlockId) -> Vec<BlockId> {
    let block = &function.blocks[id.0 as usize];
    let mut targets: Vec<BlockId> = match block.exit {
        Exit::Goto(to) => vec![to],
        Exit::If { yes, no, .. } => vec![no, yes],
        Exit::Return(_) | Exit::Raise(_) | Exit::Never => Vec::new(),
    };
    // Popped last: handlers come after what they handle.
    if let Some(handler) = block.handler {
        targets.insert(0, handler);
    }
    targets
}

/// What a loop assigns.
struct LoopAssigned {
    locals: Vec<Local>,
    fields: Vec<Name>,
}

/// Loop heads with what their bodies assign; a body is approximated by the blocks that lie
/// between head and back edge in the order, which is exact for structured code.
fn loop_heads(function: &Function, order: &[BlockId], rank: &[usize]) -> FxHashMap<BlockId, LoopAssigned> {
    let mut last: FxHashMap<BlockId, usize> = FxHashMap::default();
    for (at, id) in order.iter().enumerate() {
        for to in targets(function, *id) {
            if rank[to.0 as usize] <= at {
                let end = last.entry(to).or_insert(at);
                *end = (*end).max(at);
            }
        }
    }
    let mut heads = FxHashMap::default();
    for (head, end) in last {
        let mut assigned = LoopAssigned { locals: Vec::new(), fields: Vec::new() };
        for id in &order[rank[head.0 as usize]..=end] {
            for step in &function.blocks[id.0 as usize].steps {
                match &step.op {
                    Op::Let { into, .. } | Op::Call { into, .. } | Op::Suspend { into, .. } => {
                        assigned.locals.push(*into);
                    }
                    Op::Store { key: Key::Field(field), .. } => assigned.fields.push(field.clone()),
                    Op::Store { .. } | Op::Release { .. } => {}
                }
            }
        }
        assigned.locals.sort_unstable();
        assigned.locals.dedup();
        assigned.fields.sort_unstable();
        assigned.fields.dedup();
        heads.insert(head, assigned);
    }
    heads
}
