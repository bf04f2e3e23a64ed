//! Runs a root's blocks, and those of what it calls, into one graph.

use super::chain::Growing;
use super::env::{Env, Incoming, Meeting};
use super::event::{Event, EventId, Point, Recognition};
use super::order::{loop_heads, order};
use super::types::TypeEvidence;
use super::value::{FrameId, Input, Term, ValueId, Values};
use super::{Block, CallInfo, End, Frame, Mark, Patch, Scene};
use crate::book::words::Regions;
use crate::knowledge::Knowledge;
use crate::program::{BlockId, Callee, Function, FunctionId, Language, Local, Name, Op, Value};
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
    /// Which of the first arguments are lent to be changed, a bit each.
    pub(super) lent: u32,
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
    /// What the call at hand makes of what it is asked on, and the variables that were changed so:
    /// what they hold is another value from then on.
    pub(super) grown: Option<ValueId>,
    pub(super) changed: FxHashSet<(FrameId, Local)>,
    pub(super) results: FxHashMap<ValueId, Vec<EventId>>,
    pub(super) caught: FxHashMap<ValueId, Vec<EventId>>,
    pub(super) published: FxHashSet<ValueId>,
    pub(super) used: FxHashSet<ValueId>,
    pub(super) returned: FxHashSet<ValueId>,
    pub(super) answered: FxHashSet<ValueId>,
    pub(super) calls: FxHashMap<ValueId, CallInfo>,
    /// Earlier statement-style calls on one receiver: `options.create_new(true);`.
    pub(super) configured: FxHashMap<ValueId, Vec<ValueId>>,
    /// Calls of a chain that gave back what they were asked on, in order.
    pub(super) asked_on: FxHashMap<ValueId, Vec<ValueId>>,
    /// The first variable a value was bound to.
    pub(super) names: FxHashMap<ValueId, Name>,
    /// The first function of the project that gave a value back.
    pub(super) given_by: FxHashMap<ValueId, Name>,
    /// Events of builder chains that may still go on, by the chain's value so far.
    pub(super) growing: FxHashMap<ValueId, Vec<Growing<'a>>>,
    pub(super) evidence: FxHashMap<ValueId, TypeEvidence>,
    /// Values of the fields of `base` at a version, for loads after stores.
    pub(super) forwards: FxHashMap<(ValueId, Name, u32), ValueId>,
    /// What a field stands for of what a call gave, by itself or deep in it, as a page says.
    pub(super) parts: FxHashMap<(ValueId, Name), ValueId>,
    /// Versions of fields in which others meet.
    pub(super) meetings: FxHashMap<u32, Meeting>,
    /// What was stored to the fields of an object, in order, and in which block.
    pub(super) patches: FxHashMap<ValueId, Vec<Patch>>,
    /// How many of them a unit of work has written.
    pub(super) flushed: FxHashMap<ValueId, usize>,
    /// Where texts of several words were written.
    pub(super) texts: FxHashMap<ValueId, Span>,
    /// What is left of a function's returns where it did not fail; or where something is there, too.
    pub(super) succeeded: FxHashMap<(ValueId, bool), ValueId>,
    /// How often something was done that is more than the making of a value.
    pub(super) acts: u32,
    /// What functions gave that did nothing but make it, by what they were given.
    pub(super) made_before: FxHashMap<super::again::Asked, ValueId>,
    /// Promises that are being made: the block where that began, and what they were resolved with.
    pub(super) promised: FxHashMap<ValueId, (u32, Vec<Input>)>,
    /// Temporaries whose value another name owns now: ending them ends nothing.
    pub(super) handed_on: FxHashSet<(FrameId, Local)>,
    /// Those among them that are borrows of a guard; what is unwrapped of them is one, too.
    pub(super) borrowed: FxHashSet<(FrameId, Local)>,
    /// Callbacks put into objects of the caller: by whom, in which block, where.
    pub(super) deferred: Vec<(FrameId, u32, ValueId, Span)>,
    pub(super) handlers: Vec<Handler>,
    pub(super) handler: Option<usize>,
    /// Rows that are made and not stored yet, by the value.
    pub(super) drafts: FxHashMap<ValueId, super::draft::Draft>,
    pub(super) covered: FxHashSet<(FileId, FunctionId)>,
    /// The calls of functions that put work into a queue, once asked for.
    pub(super) queues: FxHashMap<(FileId, FunctionId), FxHashSet<Span>>,
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
    /// Regions of the next activation.
    pub(super) entering: Regions,
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
        grown: None,
        changed: FxHashSet::default(),
        results: FxHashMap::default(),
        caught: FxHashMap::default(),
        published: FxHashSet::default(),
        acts: 0,
        made_before: FxHashMap::default(),
        promised: FxHashMap::default(),
        used: FxHashSet::default(),
        returned: FxHashSet::default(),
        answered: FxHashSet::default(),
        calls: FxHashMap::default(),
        configured: FxHashMap::default(),
        names: FxHashMap::default(),
        given_by: FxHashMap::default(),
        growing: FxHashMap::default(),
        evidence: FxHashMap::default(),
        forwards: FxHashMap::default(),
        parts: FxHashMap::default(),
        meetings: FxHashMap::default(),
        patches: FxHashMap::default(),
        flushed: FxHashMap::default(),
        texts: FxHashMap::default(),
        succeeded: FxHashMap::default(),
        asked_on: FxHashMap::default(),
        handed_on: FxHashSet::default(),
        borrowed: FxHashSet::default(),
        deferred: Vec::new(),
        handlers: Vec::new(),
        handler: None,
        drafts: FxHashMap::default(),
        queues: FxHashMap::default(),
        covered: FxHashSet::default(),
        statics: FxHashMap::default(),
        current: 0,
        env: Env::default(),
        steps: 0,
        limits,
        truncated: false,
        suspends: root.is_async,
        language: unit.program.language,
        entering: Regions::EMPTY,
    };
    let this = root.receiver.map(|(local, _)| builder.values.number(Term::This(file, local)));
    let frame = builder.new_frame(Frame {
        file,
        function,
        caller: None,
        lexical: None,
        this,
        depth: 0,
        regions: Regions::EMPTY,
        detached: false,
        unwaited: false,
    });
    let entry = builder.new_block(frame);
    builder.current = entry;
    builder.enter_entry_events(frame);
    builder.enter_wrapper(frame);
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
    builder.enter_given_transactions(frame);
    builder.run(frame);
    builder.isolate();
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
        returned: builder.returned,
        answered: builder.answered,
        calls: builder.calls,
        names: builder.names,
        given_by: builder.given_by,
        patches: builder.patches,
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
        self.note_act(&mark);
        self.blocks[self.current as usize].marks.push(mark);
    }

    /// Where the next mark stands.
    pub(super) fn here(&self) -> Point {
        Point { block: self.current, index: self.blocks[self.current as usize].marks.len() as u32 }
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
            complete &= self.exit(frame, &block.exit, &mut pending, &entries, &mut returns);
        }
        if complete {
            let Frame { file, function, .. } = self.frames[frame.0 as usize];
            self.covered.insert((file, function));
        }
        self.handler = outer_handler;
        returns
    }

    /// What a local holds here, if anything is known.
    pub(super) fn lookup(&self, frame: FrameId, local: Local) -> Option<ValueId> {
        let home = self.home(frame, local)?;
        if self.changed.contains(&(home, local))
            && let Some(value) = self.env.get(home, local)
        {
            return Some(value);
        }
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

    /// What a variable holds was made its type at the end: `let new: Target = old.into()`.
    fn is_converted(&self, frame: FrameId, local: Local) -> bool {
        let unit = self.unit(frame);
        let mut at = local;
        for _ in 0..4 {
            at = match unit.definition(at) {
                Some(Op::Let { value: Value::Copy(of) | Value::Payload { of, .. }, .. }) => *of,
                Some(Op::Call { callee: Callee::Method { name, .. }, .. }) => {
                    return self.knowledge.is_word("converts", name);
                }
                _ => return false,
            };
        }
        false
    }

    pub(super) fn set(&mut self, frame: FrameId, local: Local, value: ValueId) {
        let home = self.home(frame, local);
        let info = &self.unit(frame).program.locals[local.0 as usize];
        if !info.name.is_empty() {
            self.names.entry(value).or_insert_with(|| info.name.clone());
        }
        if let Some(ty) = &info.ty {
            let file = self.frames[frame.0 as usize].file;
            let ty = self.unaliased(ty, file).into_owned();
            let evidence = TypeEvidence { ty, how: Recognition::Resolved };
            match self.is_converted(frame, local) {
                true => drop(self.evidence.insert(value, evidence)),
                false => drop(self.evidence.entry(value).or_insert(evidence)),
            }
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
}
