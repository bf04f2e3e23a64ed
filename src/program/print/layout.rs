//! The order in which a function's blocks are printed, which does not depend on how a front end
//! numbers them.

use crate::program::{BlockId, Exit, Function};

/// Printed blocks, each a run of blocks that control passes through without a choice.
pub(super) struct Layout {
    pub(super) order: Vec<Vec<usize>>,
    /// Where a block ends up, by its own index.
    ranks: Vec<Option<usize>>,
    /// A block without steps that only jumps stands for its target.
    targets: Vec<usize>,
}

impl Layout {
    pub(super) fn of(function: &Function) -> Layout {
        let count = function.blocks.len();
        let targets: Vec<usize> = (0..count).map(|at| target(function, at)).collect();
        let mut layout = Layout { order: Vec::new(), ranks: vec![None; count], targets };
        let reached = layout.reverse_postorder(function);
        let mut joins = vec![0u32; count];
        for at in &reached {
            for next in layout.successors(function, *at) {
                joins[next] += 1;
            }
            if let Some(handler) = handler(function, *at) {
                joins[layout.targets[handler]] += 2;
            }
        }
        for at in reached {
            let goes_on = layout.order.last().and_then(|run| run.last().copied()).is_some_and(|last| {
                let only = joins[at] == 1 && layout.successors(function, last) == [at];
                let jumps = matches!(function.blocks[last].exit, Exit::Goto(_));
                only && jumps && same_handler(function, layout.order.last().map_or(&[], Vec::as_slice), at)
            });
            match layout.order.last_mut().filter(|_| goes_on) {
                Some(run) => run.push(at),
                None => layout.order.push(vec![at]),
            }
            layout.ranks[at] = Some(layout.order.len() - 1);
        }
        layout
    }

    pub(super) fn rank(&self, block: BlockId) -> usize {
        let target = self.targets.get(block.0 as usize).copied().unwrap_or(usize::MAX);
        self.ranks.get(target).copied().flatten().unwrap_or(usize::MAX)
    }

    pub(super) fn handler(&self, function: &Function, run: &[usize]) -> Option<usize> {
        let block = run.iter().find_map(|at| handler(function, *at))?;
        Some(self.rank(BlockId(block as u32)))
    }

    fn successors(&self, function: &Function, at: usize) -> Vec<usize> {
        let next = |block: &BlockId| self.targets.get(block.0 as usize).copied();
        match &function.blocks[at].exit {
            Exit::Goto(to) => next(to).into_iter().collect(),
            Exit::If { yes, no, .. } => next(yes).into_iter().chain(next(no)).collect(),
            Exit::Return(_) | Exit::Raise(_) | Exit::Never => Vec::new(),
        }
    }

    /// What control reaches, every block before what it leads to except round a loop.
    fn reverse_postorder(&self, function: &Function) -> Vec<usize> {
        let Some(entry) = self.targets.first().copied() else { return Vec::new() };
        let mut seen = vec![false; function.blocks.len()];
        let mut done = Vec::new();
        let mut open = vec![(entry, false)];
        while let Some((at, left)) = open.pop() {
            if left {
                done.push(at);
                continue;
            }
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            open.push((at, true));
            // Visited last, printed first: what follows `yes` stands before what follows `no`.
            open.extend(self.successors(function, at).into_iter().map(|next| (next, false)));
            open.extend(handler(function, at).map(|next| (self.targets[next], false)));
        }
        done.reverse();
        done
    }
}

/// Follows blocks that do nothing but jump.
fn target(function: &Function, from: usize) -> usize {
    let mut at = from;
    for _ in 0..function.blocks.len() {
        match function.blocks.get(at) {
            Some(block) if block.steps.is_empty() => match block.exit {
                Exit::Goto(to) if (to.0 as usize) < function.blocks.len() => at = to.0 as usize,
                _ => return at,
            },
            _ => return at,
        }
    }
    from
}

/// The handler of a block that can raise.
fn handler(function: &Function, at: usize) -> Option<usize> {
    let block = function.blocks.get(at)?;
    let can_raise = !block.steps.is_empty() || matches!(block.exit, Exit::Raise(_));
    let handler = block.handler.filter(|_| can_raise)?.0 as usize;
    (handler < function.blocks.len()).then_some(handler)
}

fn same_handler(function: &Function, run: &[usize], next: usize) -> bool {
    let raises = |at: usize| {
        !function.blocks[at].steps.is_empty() || matches!(function.blocks[at].exit, Exit::Raise(_))
    };
    let before = run.iter().copied().find(|at| raises(*at));
    match before.filter(|_| raises(next)) {
        Some(before) => handler(function, before) == handler(function, next),
        None => true,
    }
}
