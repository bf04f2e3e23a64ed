//! `try`, `finally` and `using`: code that runs on every way out of a stretch is lowered once
//! for each way out, so that every path shows what it does.

use super::Lowerer;
use super::grammar::{Field, Kind};
use super::tree::Node;
use crate::program::{BlockId, Exit, FunctionId, Literal, Local, Op, Value};
use rustc_hash::FxHashMap;

/// A `return` after this many copies shares one with the others.
const RETURN_COPIES: u32 = 6;
/// `finally` within `finally` is followed this deep.
const COPY_DEPTH: u32 = 3;

/// Something that a jump out of the current place meets.
pub(super) enum Frame<'t> {
    /// A loop, switch or label.
    Target {
        labels: Vec<&'t str>,
        stop: BlockId,
        next: Option<BlockId>,
        /// A label on another statement: only `break label` goes here.
        only_labelled: bool,
    },
    Cleanup(Cleanup<'t>),
}

/// A stretch that has something to do on every way out.
#[derive(Clone, Copy)]
pub(super) struct Cleanup<'t> {
    what: Leaving<'t>,
    /// Scopes and handlers around the stretch: what the cleanup itself sees.
    scopes: usize,
    handlers: usize,
    returns: u32,
    shared: Option<(BlockId, Local)>,
}

#[derive(Clone, Copy)]
pub(super) enum Leaving<'t> {
    /// A `finally` block.
    Finally(Node<'t>),
    /// A `using` declaration, perhaps an awaited one.
    Release { local: Local, node: Node<'t>, awaited: bool },
}

/// What copies of one stretch of code share: names and closures.
#[derive(Default)]
pub(super) struct Copies {
    depth: u32,
    locals: FxHashMap<u32, Local>,
    functions: FxHashMap<u32, FunctionId>,
}

impl Copies {
    pub(super) fn local(&self, start: u32) -> Option<Local> {
        self.locals.get(&start).copied().filter(|_| self.depth > 0)
    }

    pub(super) fn keep_local(&mut self, start: u32, local: Local) {
        if self.depth > 0 {
            self.locals.insert(start, local);
        }
    }

    pub(super) fn function(&self, start: u32) -> Option<FunctionId> {
        self.functions.get(&start).copied().filter(|_| self.depth > 0)
    }

    pub(super) fn keep_function(&mut self, start: u32, function: FunctionId) {
        if self.depth > 0 {
            self.functions.insert(start, function);
        }
    }
}

impl<'t> Lowerer<'t> {
    pub(super) fn frames(&mut self) -> &mut Vec<Frame<'t>> {
        let at = self.open.len() - 1;
        &mut self.open[at].frames
    }

    pub(super) fn try_statement(&mut self, node: Node<'t>) {
        let finalizer = self.field(node, Field::finalizer);
        match finalizer.and_then(|finalizer| self.field(finalizer, Field::body)) {
            Some(body) => self.guarded(Leaving::Finally(body), |this| this.try_catch(node)),
            None => self.try_catch(node),
        }
    }

    fn try_catch(&mut self, node: Node<'t>) {
        let body = self.field(node, Field::body);
        let Some(handler) = self.field(node, Field::handler) else {
            return self.optional_statement(body);
        };
        let caught = self.build.new_block();
        let after = self.build.new_block();
        self.build.push_handler(caught);
        self.build.next_block();
        self.optional_statement(body);
        self.build.pop_handler();
        self.build.goto_and_move(after, caught);
        self.catch(handler);
        self.build.goto_and_move(after, after);
    }

    fn catch(&mut self, handler: Node<'t>) {
        self.scopes.push();
        if let Some(parameter) = self.field(handler, Field::parameter) {
            self.declare_pattern(parameter, None, false);
            if self.kind(parameter) == Kind::Identifier {
                let into = self.scopes.find(self.text(parameter));
                self.put(into, Value::Caught, parameter);
            } else {
                let error = self.put(None, Value::Caught, parameter);
                self.bind_pattern(parameter, error);
            }
        }
        let body = self.field(handler, Field::body);
        self.optional_statement(body);
        self.scopes.pop();
    }

    /// Lowers a stretch with something to do on every way out of it.
    pub(super) fn guarded(&mut self, what: Leaving<'t>, stretch: impl FnOnce(&mut Self)) {
        let raised = self.build.new_block();
        let scopes = self.scopes.depth();
        let handlers = self.build.handler_count();
        self.frames().push(Frame::Cleanup(Cleanup { what, scopes, handlers, returns: 0, shared: None }));
        self.build.push_handler(raised);
        self.build.next_block();
        stretch(self);
        self.build.pop_handler();
        self.frames().pop();
        self.build.next_block();
        self.leave_by(what);
        let after = self.build.new_block();
        self.build.goto_and_move(after, raised);
        let (Leaving::Finally(node) | Leaving::Release { node, .. }) = what;
        let error = self.put(None, Value::Caught, node);
        self.leave_by(what);
        self.build.exit(Exit::Raise(Some(error)));
        self.build.move_to(after);
    }

    fn leave_by(&mut self, what: Leaving<'t>) {
        match what {
            // Copies within copies grow without bound; nobody writes that many by hand.
            Leaving::Finally(_) if self.copies.depth > COPY_DEPTH => {}
            Leaving::Finally(body) => {
                self.copies.depth += 1;
                self.statement(body);
                self.copies.depth -= 1;
            }
            Leaving::Release { local, node, awaited } => {
                let span = self.span(node);
                self.build.step(Op::Release { local }, span);
                if awaited {
                    let into = self.build.temporary(span);
                    self.build.step(Op::Suspend { into, of: local }, span);
                }
            }
        }
    }

    /// Lowers the cleanup of the frame `at`, as seen from outside it.
    fn run_cleanup(&mut self, at: usize) {
        let rest = self.frames().split_off(at);
        if let Some(Frame::Cleanup(cleanup)) = rest.first() {
            let hidden = self.scopes.hide(cleanup.scopes);
            let handlers = self.build.split_handlers(cleanup.handlers);
            self.build.next_block();
            self.leave_by(cleanup.what);
            self.build.restore_handlers(handlers);
            self.scopes.restore(hidden);
        }
        self.frames().extend(rest);
    }

    /// Goes to a block outside the frames from `from` on.
    fn jump(&mut self, from: usize, to: BlockId) {
        for at in (from..self.frames().len()).rev() {
            self.run_cleanup(at);
        }
        self.build.exit(Exit::Goto(to));
    }

    pub(super) fn jump_statement(&mut self, node: Node<'t>, continues: bool) {
        let label = self.field(node, Field::label).map(|label| self.text(label));
        let target = self.frames().iter().enumerate().rev().find_map(|(at, frame)| match frame {
            Frame::Target { labels, stop, next, only_labelled } => {
                let meant = match label {
                    Some(label) => labels.contains(&label),
                    None => !only_labelled,
                };
                let to = if continues { *next } else { Some(*stop) };
                to.filter(|_| meant).map(|to| (at, to))
            }
            Frame::Cleanup(_) => None,
        });
        match target {
            Some((at, to)) => self.jump(at, to),
            None => self.fail(node, "jumps to no loop or label around it"),
        }
    }

    pub(super) fn return_value(&mut self, value: Option<Local>, node: Node<'t>) {
        let from = self.frames().len();
        self.return_through(from, value, node);
    }

    fn return_through(&mut self, from: usize, value: Option<Local>, node: Node<'t>) {
        for at in (0..from).rev() {
            let returns = match self.frames().get_mut(at) {
                Some(Frame::Cleanup(cleanup)) => {
                    cleanup.returns += 1;
                    cleanup.returns
                }
                _ => continue,
            };
            if returns <= RETURN_COPIES {
                self.run_cleanup(at);
            } else {
                let (block, local) = self.shared_return(at, node);
                let value = value.map_or(Value::Literal(Literal::Null), Value::Copy);
                self.put(Some(local), value, node);
                return self.build.exit(Exit::Goto(block));
            }
        }
        self.build.exit(Exit::Return(value));
    }

    /// The one copy of a cleanup that all further `return`s share.
    fn shared_return(&mut self, at: usize, node: Node<'t>) -> (BlockId, Local) {
        if let Some(Frame::Cleanup(Cleanup { shared: Some(shared), .. })) = self.frames().get(at) {
            return *shared;
        }
        let span = self.span(node);
        let shared = (self.build.new_block(), self.build.temporary(span));
        let resume = self.build.current();
        self.build.move_to(shared.0);
        self.run_cleanup(at);
        self.return_through(at, Some(shared.1), node);
        self.build.move_to(resume);
        if let Some(Frame::Cleanup(cleanup)) = self.frames().get_mut(at) {
            cleanup.shared = Some(shared);
        }
        shared
    }
}
