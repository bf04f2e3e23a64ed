//! Blocks and edges: joins with what holds on them, raises, loops.

use super::End;
use super::build::{Builder, Returns};
use super::env::{Incoming, join};
use super::order::LoopAssigned;
use super::value::{FrameId, Term, ValueId};
use crate::program::{BlockId, Exit, Literal, Name, Operator};
use rustc_hash::FxHashMap;

impl Builder<'_> {
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
        let same = incoming.windows(2).all(|pair| pair[0].env.is_same(&pair[1].env));
        let conditions: Vec<Vec<(ValueId, bool)>> =
            if same { Vec::new() } else { incoming.iter().map(|edge| self.conditions(edge, idom)).collect() };
        self.env = join(&mut self.values, &incoming, &conditions, &mut self.meetings);
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
    pub(super) fn common(&self, mut a: u32, mut b: u32) -> u32 {
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

    /// Branch outcomes on the way from `top` to this edge, nearest first, at most a few; that a call
    /// raised is asked of its error.
    pub(super) fn conditions(&mut self, edge: &Incoming, top: u32) -> Vec<(ValueId, bool)> {
        let mut found: Vec<(ValueId, bool)> = Vec::new();
        if let Some(condition) = edge.condition {
            found.push(self.branch_asked(edge.from, condition));
        }
        let mut at = edge.from;
        for _ in 0..64 {
            if at == top || found.len() >= 8 {
                break;
            }
            let block = &self.blocks[at as usize];
            let idom = block.idom;
            if let [(from, Some(condition))] = *block.preds.as_slice() {
                found.push(self.branch_asked(from, condition));
            }
            if at == 0 {
                break;
            }
            at = idom;
        }
        found
    }

    fn branch_asked(&mut self, from: u32, (value, outcome): (ValueId, bool)) -> (ValueId, bool) {
        match self.blocks[from as usize].end {
            End::Raises { .. } => (self.values.number(Term::Error(value)), outcome),
            _ => (value, outcome),
        }
    }

    /// Locals assigned inside a loop have another value in each iteration.
    pub(super) fn loop_values(&mut self, frame: FrameId, assigned: &LoopAssigned) {
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

    /// Leaves a block; whether all ways out of it were gone.
    pub(super) fn exit(
        &mut self,
        frame: FrameId,
        exit: &Exit,
        pending: &mut FxHashMap<BlockId, Vec<Incoming>>,
        entries: &FxHashMap<BlockId, u32>,
        returns: &mut Returns,
    ) -> bool {
        if matches!(exit, Exit::Return(_)) {
            self.run_deferred(frame);
        }
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
                let local = *test;
                let test = self.read_variable(frame, local, *span);
                if yes == no {
                    go(self, *yes, None);
                    return true;
                }
                if let Some(truth) = self.settled(frame, local, test) {
                    go(self, if truth { *yes } else { *no }, None);
                    return false;
                }
                self.blocks[from as usize].end = End::If { test, yes: from, no: from, span: *span };
                go(self, *yes, Some((test, true)));
                go(self, *no, Some((test, false)));
            }
            Exit::Return(value) => {
                let value = value.map(|value| self.get(frame, value));
                let value = value.unwrap_or_else(|| self.values.literal(Literal::Null));
                self.returned.insert(value);
                if !self.is_met_error(from, value) {
                    self.answered.insert(value);
                }
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
        true
    }

    /// A value that is given back where it was asked for its error and had one: `call()?`.
    fn is_met_error(&self, block: u32, value: ValueId) -> bool {
        let mut at = block;
        for _ in 0..4 {
            match *self.blocks[at as usize].preds.as_slice() {
                [(_, Some((test, outcome)))] => {
                    let failed = Name::new_static(if outcome { "Err" } else { "Ok" });
                    return *self.values.term(test) == Term::Apply(Operator::Is(failed), vec![value]);
                }
                [(from, None)] => at = from,
                _ => return false,
            }
        }
        false
    }

    /// Runs the callbacks that this activation put into somebody else's object, once each, where it
    /// returns with them in place.
    fn run_deferred(&mut self, frame: FrameId) {
        let ready = |builder: &Self, block: u32| builder.common(block, builder.current) == block;
        let mut at = 0;
        while let Some((of, block, callback, span)) = self.deferred.get(at).copied() {
            if of != frame || !ready(self, block) {
                at += 1;
                continue;
            }
            self.deferred.remove(at);
            self.maybe(frame, |builder| {
                builder.invoke(frame, callback, &[], span);
            });
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
}
