//! Scopes, jumps and drops: which locals end where, and how control joins again.
//!
//! A scope owns the locals that Rust drops at its end. Leaving it in any way (falling through,
//! `break`, `return`, `?`) writes a `Release` for each, last first, unless the local was moved.

use super::Lowerer;
use crate::program::{BlockId, Exit, Local, Name, Op, Value};
use crate::source::Span;
use rustc_hash::{FxHashMap, FxHashSet};

/// One open function.
pub(super) struct Frame {
    pub(super) scopes: Vec<Scope>,
    /// A closure or async block: outer variables can be named.
    pub(super) closure: bool,
    /// Outer variables that were named.
    pub(super) captures: Vec<Local>,
}

impl Frame {
    pub(super) fn new(closure: bool) -> Frame {
        Frame { scopes: vec![Scope::new(ScopeKind::Temporaries)], closure, captures: Vec::new() }
    }
}

pub(super) enum ScopeKind {
    /// Temporaries of the expressions inside end here.
    Temporaries,
    /// Named locals end here.
    Block,
    /// A loop or a labelled block.
    Jump { label: Option<Name>, leave: JoinId, again: Option<JoinId>, result: Option<Local>, is_loop: bool },
}

pub(super) struct Scope {
    pub(super) kind: ScopeKind,
    pub(super) names: FxHashMap<Name, Local>,
    /// `use` and items inside a block.
    pub(super) uses: FxHashMap<Name, Vec<Name>>,
    pub(super) items: FxHashSet<Name>,
    /// What ends with the scope, in the order it began.
    drops: Vec<Local>,
}

impl Scope {
    fn new(kind: ScopeKind) -> Scope {
        Scope {
            kind,
            names: FxHashMap::default(),
            uses: FxHashMap::default(),
            items: FxHashSet::default(),
            drops: Vec::new(),
        }
    }
}

/// What is known of the current place.
#[derive(Clone, Default)]
pub(super) struct Flow {
    /// Nothing gets here.
    pub(super) dead: bool,
    /// Moved on every way here.
    moved: FxHashSet<Local>,
}

impl Flow {
    pub(super) fn has_moved(&self, local: Local) -> bool {
        self.moved.contains(&local)
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) struct JoinId(usize);

/// A block that several places jump to.
pub(super) struct Join {
    block: BlockId,
    /// Merged over the jumps so far; `None`: none yet.
    flow: Option<Flow>,
}

impl Lowerer<'_> {
    pub(super) fn frame(&mut self) -> &mut Frame {
        // A frame is pushed with every function and the module's stays to the end.
        if self.frames.is_empty() {
            self.frames.push(Frame::new(false));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    /// Opens a scope and gives its place.
    pub(super) fn push_scope(&mut self, kind: ScopeKind) -> usize {
        let frame = self.frame();
        frame.scopes.push(Scope::new(kind));
        frame.scopes.len() - 1
    }

    pub(super) fn push_temporaries(&mut self) -> usize {
        self.push_scope(ScopeKind::Temporaries)
    }

    pub(super) fn push_block(&mut self) -> usize {
        self.push_scope(ScopeKind::Block)
    }

    /// Ends the innermost scope: its locals are released here, if control gets here.
    pub(super) fn pop_scope(&mut self, span: Span) {
        let from = self.frame().scopes.len().saturating_sub(1);
        self.release_from(from, span);
        self.pop_silently();
    }

    /// Ends the innermost scope whose locals were released on every way out already.
    pub(super) fn pop_silently(&mut self) {
        if let Some(scope) = self.frame().scopes.pop() {
            for local in scope.drops {
                self.flow.moved.remove(&local);
            }
        }
    }

    /// Releases what the scopes from `from` inwards own, without ending them. The span is the end
    /// of what is left.
    pub(super) fn release_from(&mut self, from: usize, span: Span) {
        if self.flow.dead {
            return;
        }
        let scopes = &self.frame().scopes;
        let drops: Vec<Local> =
            scopes.iter().skip(from).flat_map(|scope| scope.drops.iter().copied()).collect();
        let end = Span { start: span.end.saturating_sub(1).max(span.start), ..span };
        for local in drops.into_iter().rev() {
            if !self.flow.moved.contains(&local) {
                self.builder.step(Op::Release { local }, end);
            }
        }
    }

    /// A variable's value ends because another takes its place.
    pub(super) fn release_one(&mut self, local: Local, span: Span) {
        if !self.flow.dead && !self.flow.moved.contains(&local) {
            self.builder.step(Op::Release { local }, span);
        }
    }

    /// `local` ends with scope `at`.
    pub(super) fn drop_at(&mut self, at: usize, local: Local) {
        if let Some(scope) = self.frame().scopes.get_mut(at)
            && !scope.drops.contains(&local)
        {
            scope.drops.push(local);
        }
    }

    /// Takes back what ends with scope `at` beyond the first `keep`.
    pub(super) fn take_drops(&mut self, at: usize, keep: usize) -> Vec<Local> {
        let scope = self.frame().scopes.get_mut(at);
        scope.map(|scope| scope.drops.split_off(keep.min(scope.drops.len()))).unwrap_or_default()
    }

    pub(super) fn drop_count(&mut self, at: usize) -> usize {
        self.frame().scopes.get(at).map_or(0, |scope| scope.drops.len())
    }

    /// The scope where temporaries end now.
    pub(super) fn temporaries(&mut self) -> usize {
        let scopes = &self.frame().scopes;
        scopes.iter().rposition(|scope| matches!(scope.kind, ScopeKind::Temporaries)).unwrap_or(0)
    }

    /// The scope where a variable declared now ends.
    pub(super) fn innermost(&mut self) -> usize {
        self.frame().scopes.len().saturating_sub(1)
    }

    pub(super) fn move_out(&mut self, local: Local) {
        self.flow.moved.insert(local);
    }

    /// A variable that holds a value again.
    pub(super) fn moved_in(&mut self, local: Local) {
        self.flow.moved.remove(&local);
    }

    /// Whether a scope of this function will release the local.
    pub(super) fn will_drop(&mut self, local: Local) -> bool {
        self.frame().scopes.iter().any(|scope| scope.drops.contains(&local))
    }

    /// Makes a name known in the innermost scope.
    pub(super) fn bind_name(&mut self, name: Name, local: Local) {
        let scope = self.innermost();
        self.bind_name_at(scope, name, local);
    }

    pub(super) fn bind_name_at(&mut self, at: usize, name: Name, local: Local) {
        if let Some(scope) = self.frame().scopes.get_mut(at) {
            scope.names.insert(name, local);
        }
    }

    /// The variable a scope itself binds.
    pub(super) fn name_at(&mut self, at: usize, name: &str) -> Option<Local> {
        self.frame().scopes.get(at)?.names.get(name).copied()
    }

    /// The variable a bare name means: of this function, or captured.
    pub(super) fn variable(&mut self, name: &str) -> Option<Local> {
        let mut found = None;
        for (out, frame) in self.frames.iter().rev().enumerate() {
            found = frame.scopes.iter().rev().find_map(|scope| scope.names.get(name)).map(|at| (*at, out));
            if found.is_some() || !frame.closure {
                break;
            }
        }
        let (local, out) = found?;
        if out > 0 {
            let captures = &mut self.frame().captures;
            if !captures.contains(&local) {
                captures.push(local);
            }
        }
        Some(local)
    }

    // Jumps.

    pub(super) fn new_join(&mut self) -> JoinId {
        let block = self.builder.new_block();
        self.joins.push(Join { block, flow: None });
        JoinId(self.joins.len() - 1)
    }

    fn merge(&mut self, join: JoinId) -> BlockId {
        let dead = self.flow.dead;
        let Some(target) = self.joins.get_mut(join.0) else { return BlockId(0) };
        if !dead {
            match &mut target.flow {
                Some(flow) => flow.moved.retain(|local| self.flow.moved.contains(local)),
                None => target.flow = Some(self.flow.clone()),
            }
        }
        target.block
    }

    /// Jumps to a join; what follows is dead.
    pub(super) fn jump(&mut self, join: JoinId) {
        let to = self.merge(join);
        self.end(Exit::Goto(to));
    }

    /// Goes on at a join with what all jumps to it agree on.
    pub(super) fn land(&mut self, join: JoinId) {
        let Some(target) = self.joins.get_mut(join.0) else { return };
        self.flow = target.flow.clone().unwrap_or(Flow { dead: true, ..Flow::default() });
        let block = target.block;
        self.builder.move_to(block);
    }

    /// Jumps to a join that nothing else has reached yet and goes on there.
    pub(super) fn jump_and_land(&mut self, join: JoinId) {
        self.jump(join);
        self.land(join);
    }

    /// Ends the current block; what follows is dead.
    pub(super) fn end(&mut self, exit: Exit) {
        self.builder.exit(exit);
        self.flow.dead = true;
    }

    /// A branch: goes on where the test holds, and gives the join of where it does not.
    pub(super) fn branch(&mut self, test: Local, span: Span, fail: &Fail) {
        let yes = self.builder.new_block();
        if fail.release.is_none() {
            let no = self.merge(fail.to);
            self.builder.exit(Exit::If { test, yes, no, span });
            self.builder.move_to(yes);
            return;
        }
        let no = self.builder.new_block();
        self.builder.exit(Exit::If { test, yes, no, span });
        let flow = self.flow.clone();
        self.builder.move_to(no);
        self.give_up(fail, span);
        self.flow = flow;
        self.builder.move_to(yes);
    }

    /// Leaves for where a failed test goes.
    pub(super) fn give_up(&mut self, fail: &Fail, span: Span) {
        if let Some(from) = fail.release {
            self.release_from(from, span);
        }
        self.jump(fail.to);
    }

    /// Leaves the function with a value, releasing everything it owns.
    pub(super) fn return_value(&mut self, value: Option<Local>, span: Span) {
        self.release_from(0, span);
        self.end(Exit::Return(value));
    }

    /// A fresh temporary that several branches assign.
    pub(super) fn result(&mut self, span: Span) -> Local {
        self.builder.temporary(span)
    }

    /// Gives a local the value that was just computed for it.
    pub(super) fn settle(&mut self, into: Local, value: Local, span: Span) {
        if self.flow.dead {
            return;
        }
        if self.will_drop(value) {
            self.builder.step(Op::Let { into, value: Value::Copy(value) }, span);
        } else {
            self.builder.settle(into, value, span);
        }
    }

    pub(super) fn assign(&mut self, into: Local, value: Value, span: Span) {
        if !self.flow.dead {
            self.builder.step(Op::Let { into, value }, span);
        }
    }
}

/// Where a failed test goes, and from which scope on locals end on that way.
#[derive(Clone, Copy)]
pub(super) struct Fail {
    pub(super) to: JoinId,
    pub(super) release: Option<usize>,
}

impl Fail {
    pub(super) fn to(to: JoinId) -> Fail {
        Fail { to, release: None }
    }
}
