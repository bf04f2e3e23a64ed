//! What is done on the way to saying no.

use super::Races;
use crate::book::words::Verb;
use crate::program::{Block, BlockId, Callee, Exit, Function, Literal, Local, Op, Step, Value};
use crate::project::Unit;
use crate::scene::event::EventId;

impl Races<'_> {
    /// A removal after which the function does nothing but refuse: it gives nothing or raises where
    /// it otherwise gives something. What was found is thrown out, and not honoured.
    pub(super) fn is_rejection(&self, id: EventId) -> bool {
        let event = self.event(id);
        if event.verb != Verb::Remove {
            return false;
        }
        let frame = &self.scene.frames[event.frame.0 as usize];
        let unit = self.project.unit(frame.file);
        let function = &unit.program.functions[frame.function.0 as usize];
        let place = function.blocks.iter().enumerate().find_map(|(at, block)| {
            block.steps.iter().position(|step| step.span == event.span).map(|step| (at, step + 1))
        });
        let Some((block, rest)) = place else { return false };
        let mut seen = vec![false; function.blocks.len()];
        let (mut open, mut gives) = (Vec::new(), Vec::new());
        let first = &function.blocks[block];
        if self.does_more(&first.steps[rest..]) || !follow(first, &mut open, &mut gives) {
            return false;
        }
        while let Some(BlockId(at)) = open.pop() {
            if std::mem::replace(&mut seen[at as usize], true) {
                continue;
            }
            let block = &function.blocks[at as usize];
            if self.does_more(&block.steps) || !follow(block, &mut open, &mut gives) {
                return false;
            }
        }
        gives.iter().all(|given| given.is_none_or(|value| is_nothing(unit, value)))
            && (gives.is_empty() || gives_elsewhere(unit, function))
    }

    /// Something is called that does more than tell of it.
    fn does_more(&self, steps: &[Step]) -> bool {
        steps.iter().any(|step| match &step.op {
            Op::Call { callee: Callee::Method { name, .. }, .. } => {
                !self.knowledge.in_lexicon("logging", name)
            }
            // The error that is raised.
            Op::Call { callee: Callee::New(_), .. } => false,
            Op::Call { .. } | Op::Store { .. } => true,
            Op::Let { .. } | Op::Suspend { .. } | Op::Release { .. } => false,
        })
    }
}

/// Where a block goes on, and what it gives back; `false` if it never ends.
fn follow(block: &Block, open: &mut Vec<BlockId>, gives: &mut Vec<Option<Local>>) -> bool {
    match &block.exit {
        Exit::Goto(next) => open.push(*next),
        Exit::If { yes, no, .. } => open.extend([*yes, *no]),
        Exit::Return(value) => gives.push(*value),
        Exit::Raise(_) => open.extend(block.handler),
        Exit::Never => return false,
    }
    true
}

fn is_nothing(unit: &Unit, value: Local) -> bool {
    matches!(
        unit.definition(value),
        Some(Op::Let { value: Value::Literal(Literal::Null | Literal::Bool(false)), .. })
    )
}

fn gives_elsewhere(unit: &Unit, function: &Function) -> bool {
    function
        .blocks
        .iter()
        .any(|block| matches!(block.exit, Exit::Return(Some(value)) if !is_nothing(unit, value)))
}
