//! Builds a [`Program`] block by block; both front ends write through it.

use crate::program::bodies::Body;
use crate::program::{
    Block, BlockId, Exit, Function, FunctionId, FunctionKind, Language, Local, LocalInfo, Name, Op, Program,
    Step, Type, Value,
};
use crate::source::Span;

/// A program under construction, with a stack of open functions (closures nest).
pub struct Builder {
    pub program: Program,
    open: Vec<OpenFunction>,
    /// What is told outside of an outermost body rests on what stands in one.
    is_entangled: bool,
    /// The body that is open has told something that rests on it outside.
    tells: bool,
}

/// Where the body of an outermost function begins.
pub struct BodyStart {
    functions: u32,
    locals: u32,
    types: u32,
}

struct OpenFunction {
    id: FunctionId,
    /// The block that receives steps now; `None` after an exit: what follows is unreachable
    /// and goes to a fresh block without predecessors.
    current: BlockId,
    /// Handlers of the `try`s around the current place, innermost last.
    handlers: Vec<BlockId>,
    /// How many variables the file had before it.
    locals: u32,
}

impl Builder {
    /// Starts a program whose module function spans the whole file.
    pub fn new(language: Language, span: Span) -> Builder {
        let program = Program::empty(language);
        let mut builder = Builder { program, open: Vec::new(), is_entangled: false, tells: false };
        builder.enter(FunctionKind::Module, Name::default(), span, span);
        builder
    }

    /// Ends the module function and gives the program.
    pub fn finish(mut self) -> Program {
        self.leave(None);
        let mut spans: Vec<Span> = self.program.bodies.iter().map(|body| body.span).collect();
        spans.sort_unstable();
        // What is lowered twice has two bodies in one place.
        if self.is_entangled || spans.windows(2).any(|two| two[0].end > two[1].start) {
            self.program.bodies.clear();
        }
        self.program
    }

    /// Begins the body of the current function, if that is an outermost one.
    pub fn open_body(&mut self) -> Option<BodyStart> {
        self.tells = self.tells && self.open.len() > 2;
        let Program { functions, locals, types, .. } = &self.program;
        let (functions, locals, types) = (functions.len(), locals.len(), types.len());
        (self.open.len() == 2).then_some(BodyStart {
            functions: functions as u32,
            locals: locals as u32,
            types: types as u32,
        })
    }

    /// Ends it; `span` is that of its braces.
    pub fn close_body(&mut self, start: Option<BodyStart>, span: Span) {
        let Some(start) = start else { return };
        let head = self.top().locals..start.locals;
        let Program { functions, locals, types, .. } = &self.program;
        let body = Body {
            span,
            function: self.function_id(),
            head,
            functions: start.functions..functions.len() as u32,
            locals: start.locals..locals.len() as u32,
            types: start.types..types.len() as u32,
            is_apart: !self.tells,
        };
        self.program.bodies.push(body);
    }

    /// The function around, if there is one, decides something outside of it.
    pub fn tell_outside(&mut self) {
        self.tells = true;
    }

    /// A variable is assigned: it counts as one that changes.
    pub fn note_assigned(&mut self, local: Local) {
        let info = self.program.locals.get_mut(local.0 as usize).filter(|info| !info.mutable);
        let Some(info) = info else { return };
        info.mutable = true;
        // Other functions see that, too, if it is not the outermost one's own.
        if self.open.get(1).is_some_and(|outermost| local.0 < outermost.locals) {
            self.entangle();
        }
    }

    /// What is in sight in one function rests on what stands in another.
    pub fn entangle(&mut self) {
        self.is_entangled |= self.open.len() > 1;
    }

    /// Opens a function inside the current one and moves to its entry block.
    pub fn enter(&mut self, kind: FunctionKind, name: Name, span: Span, name_span: Span) -> FunctionId {
        let id = FunctionId(self.program.functions.len() as u32);
        self.program.functions.push(Function {
            name,
            owner: None,
            parent: self.open.last().map(|open| open.id),
            kind,
            receiver: None,
            params: Vec::new(),
            result: None,
            is_async: false,
            exported: false,
            marks: Vec::new(),
            blocks: Vec::new(),
            span,
            name_span,
        });
        let locals = self.program.locals.len() as u32;
        self.open.push(OpenFunction { id, current: BlockId(0), handlers: Vec::new(), locals });
        self.new_block();
        id
    }

    /// Ends the current function with a return of `value` where control can reach its end.
    pub fn leave(&mut self, value: Option<Local>) -> FunctionId {
        self.exit(Exit::Return(value));
        self.open.pop().map_or(FunctionId(0), |open| open.id)
    }

    fn top(&mut self) -> &mut OpenFunction {
        self.open.last_mut().expect("the module function is open until finish")
    }

    /// The function that receives steps now.
    pub fn function_id(&self) -> FunctionId {
        self.open.last().expect("the module function is open until finish").id
    }

    pub fn function(&mut self) -> &mut Function {
        let id = self.function_id();
        &mut self.program.functions[id.0 as usize]
    }

    /// A new local of the current function.
    pub fn local(&mut self, name: Name, ty: Option<Type>, mutable: bool, span: Span) -> Local {
        let function = self.function_id();
        let ty = ty.map(Box::new);
        self.program.locals.push(LocalInfo { name, ty, function, mutable, span });
        Local(self.program.locals.len() as u32 - 1)
    }

    /// A new temporary.
    pub fn temporary(&mut self, span: Span) -> Local {
        self.local(Name::default(), None, false, span)
    }

    /// A new, empty block of the current function; it takes the current handler.
    pub fn new_block(&mut self) -> BlockId {
        let handler = self.top().handlers.last().copied();
        let function = self.function();
        function.blocks.push(Block { steps: Vec::new(), exit: Exit::Never, handler });
        BlockId(function.blocks.len() as u32 - 1)
    }

    /// Makes `block` receive the next steps.
    pub fn move_to(&mut self, block: BlockId) {
        self.top().current = block;
    }

    pub fn current(&mut self) -> BlockId {
        self.top().current
    }

    /// Adds a step to the current block.
    pub fn step(&mut self, op: Op, span: Span) {
        let current = self.current();
        self.function().blocks[current.0 as usize].steps.push(Step { op, span });
    }

    /// Puts a value into a new temporary.
    pub fn value(&mut self, value: Value, span: Span) -> Local {
        let into = self.temporary(span);
        self.step(Op::Let { into, value }, span);
        into
    }

    /// Gives `into` the value of a temporary that nothing else uses: the step that just computed
    /// it writes to `into` instead, if that is the last one; otherwise it is copied.
    pub fn settle(&mut self, into: Local, value: Local, span: Span) {
        let unnamed = self.program.locals.get(value.0 as usize).is_some_and(|local| local.name.is_empty());
        let current = self.current();
        let steps = &mut self.function().blocks[current.0 as usize].steps;
        if unnamed
            && let Some(Step { op, .. }) = steps.last_mut()
            && let Op::Let { into: place, .. }
            | Op::Call { into: place, .. }
            | Op::Suspend { into: place, .. } = op
            && *place == value
        {
            *place = into;
            return;
        }
        self.step(Op::Let { into, value: Value::Copy(value) }, span);
    }

    /// Ends the current block; steps that follow go to a fresh block that nothing reaches.
    pub fn exit(&mut self, exit: Exit) {
        let current = self.current();
        self.function().blocks[current.0 as usize].exit = exit;
        let next = self.new_block();
        self.move_to(next);
    }

    /// Ends the current block with a jump and goes on in `next`.
    pub fn goto_and_move(&mut self, target: BlockId, next: BlockId) {
        let current = self.current();
        self.function().blocks[current.0 as usize].exit = Exit::Goto(target);
        self.move_to(next);
    }

    /// From now on, steps of new blocks raise to `handler`.
    pub fn push_handler(&mut self, handler: BlockId) {
        self.top().handlers.push(handler);
    }

    pub fn pop_handler(&mut self) {
        self.top().handlers.pop();
    }

    /// How many handlers of the current function are in force.
    pub fn handler_count(&mut self) -> usize {
        self.top().handlers.len()
    }

    /// Takes the handlers above `count` out of force, for code that runs on the way out of
    /// their `try`s; give them back with [`Builder::restore_handlers`].
    pub fn split_handlers(&mut self, count: usize) -> Vec<BlockId> {
        let handlers = &mut self.top().handlers;
        handlers.split_off(count.min(handlers.len()))
    }

    pub fn restore_handlers(&mut self, handlers: Vec<BlockId>) {
        self.top().handlers.extend(handlers);
    }

    /// The open function at a depth of nesting, 0 being the module.
    pub fn open_function(&self, depth: usize) -> FunctionId {
        self.open.get(depth).map_or(FunctionId(0), |open| open.id)
    }

    /// Ends the current block with a jump to a new block and goes on there, so that it takes
    /// the handler in force now.
    pub fn next_block(&mut self) -> BlockId {
        let next = self.new_block();
        self.goto_and_move(next, next);
        next
    }
}
