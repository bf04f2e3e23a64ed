//! The order in which a function's blocks are run, and what its loops assign.

use crate::program::{BlockId, Exit, Function, Key, Local, Name, Op};
use rustc_hash::FxHashMap;

/// Reverse postorder over normal and exceptional edges.
pub(super) fn order(function: &Function) -> Vec<BlockId> {
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

pub(super) fn targets(function: &Function, id: BlockId) -> Vec<BlockId> {
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
pub(super) struct LoopAssigned {
    pub(super) locals: Vec<Local>,
    pub(super) fields: Vec<Name>,
}

/// Loop heads with what their bodies assign; a body is approximated by the blocks that lie
/// between head and back edge in the order, which is exact for structured code.
pub(super) fn loop_heads(
    function: &Function,
    order: &[BlockId],
    rank: &[usize],
) -> FxHashMap<BlockId, LoopAssigned> {
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
