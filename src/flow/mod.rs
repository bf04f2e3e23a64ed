//! Turns a graph of blocks into its order, dominators, control dependence and loops.
//!
//! Block 0 is the entry. Blocks it does not reach have no order, dominate nothing and are
//! dominated by nothing. Everything is iterative and near linear, so that a function of a
//! hundred thousand blocks costs no stack and little time.

pub mod tree;

use tree::Tree;

/// Control dependences kept per block on average. Only loops nested thousands deep have more.
const MOST_DEPENDENCES: usize = 64;

/// What is known of a graph.
#[derive(Clone, Debug, Default)]
pub struct Flow {
    pub successors: Vec<Vec<usize>>,
    /// Reached predecessors only.
    pub predecessors: Vec<Vec<usize>>,
    /// Reached blocks in reverse postorder: without loops, each after all its predecessors.
    pub order: Vec<usize>,
    /// The place of each block in `order`.
    pub rank: Vec<Option<usize>>,
    pub dominators: Tree,
    /// Node `successors.len()` stands for the exit; it is the root. A loop that never ends
    /// counts as leaving by its last block.
    pub post_dominators: Tree,
    /// Block → the branches that directly decide whether it runs: the branching block and which
    /// of its successors leads here. A loop's test depends on itself.
    pub depends: Vec<Vec<(usize, usize)>>,
    pub loops: Loops,
    /// Every way back leads to a block that dominates it.
    pub reducible: bool,
}

/// Natural loops: those with one header that dominates the way back.
#[derive(Clone, Debug, Default)]
pub struct Loops {
    /// The header of the innermost loop around each block; a header is in its own loop.
    pub innermost: Vec<Option<usize>>,
    /// For a header: the header of the next loop outside.
    pub outer: Vec<Option<usize>>,
}

impl Flow {
    /// Analyses a graph. Edges to blocks that do not exist are dropped.
    pub fn new(mut successors: Vec<Vec<usize>>) -> Flow {
        let count = successors.len();
        if count == 0 {
            return Flow::default();
        }
        for targets in &mut successors {
            targets.retain(|to| *to < count);
        }
        let order = reverse_postorder(&successors);
        let mut rank = vec![None; count];
        for (at, block) in order.iter().enumerate() {
            rank[*block] = Some(at);
        }
        let mut predecessors = vec![Vec::new(); count];
        for block in &order {
            for to in &successors[*block] {
                predecessors[*to].push(*block);
            }
        }
        let dominators = Tree::new(0, &successors, &predecessors);
        let post_dominators = post_dominators(&successors, &predecessors, &order);
        let depends = depends(&successors, &order, &post_dominators);
        let loops = loops(&predecessors, &order, &dominators);
        let reducible = order.iter().all(|from| {
            successors[*from].iter().all(|to| rank[*to] > rank[*from] || dominators.dominates(*to, *from))
        });
        Flow { successors, predecessors, order, rank, dominators, post_dominators, depends, loops, reducible }
    }

    /// Whether every way from the entry to `b` passes `a`.
    pub fn dominates(&self, a: usize, b: usize) -> bool {
        self.dominators.dominates(a, b)
    }

    /// Whether every way from `b` to the exit passes `a`.
    pub fn post_dominates(&self, a: usize, b: usize) -> bool {
        self.post_dominators.dominates(a, b)
    }

    pub fn is_reachable(&self, block: usize) -> bool {
        self.rank.get(block).is_some_and(Option::is_some)
    }

    /// The branches that directly decide whether a block runs.
    pub fn control(&self, block: usize) -> &[(usize, usize)] {
        self.depends.get(block).map_or(&[], Vec::as_slice)
    }

    /// What dominance and order alone say of [`Flow::follows`], without a walk.
    pub fn follows_at_once(&self, from: usize, to: usize) -> Option<bool> {
        if from != to && self.dominates(from, to) {
            return Some(true);
        }
        // Back to an earlier block it goes only around a loop that `from` is part of.
        let goes_back = self.rank.get(to)? <= self.rank.get(from)?;
        (goes_back && self.reducible && self.is_reachable(to) && !self.is_in_loop(from)).then_some(false)
    }

    /// Whether a block is run again by some loop.
    pub fn is_in_loop(&self, block: usize) -> bool {
        self.loops.innermost.get(block).is_some_and(Option::is_some)
    }

    /// Whether control can go from the end of `from` to `to`, through at least one edge.
    pub fn follows(&self, from: usize, to: usize) -> bool {
        (from != to && self.dominates(from, to)) || self.reaches(from, to, |_| false, &mut Scratch::default())
    }

    /// The blocks on some path of edges from `from` to `to`, both ends only if a cycle meets them,
    /// in `order`. Costs two walks, where asking `follows` of each block costs two walks a block.
    pub fn between(&self, from: usize, to: usize) -> Vec<usize> {
        let after = self.closure(from, &self.successors);
        let before = self.closure(to, &self.predecessors);
        self.order.iter().copied().filter(|block| after[*block] && before[*block]).collect()
    }

    fn closure(&self, from: usize, edges: &[Vec<usize>]) -> Vec<bool> {
        let mut seen = vec![false; edges.len()];
        let mut open = edges.get(from).cloned().unwrap_or_default();
        while let Some(block) = open.pop() {
            if !std::mem::replace(&mut seen[block], true) {
                open.extend(&edges[block]);
            }
        }
        seen
    }

    /// Whether the edge closes a natural loop.
    pub fn is_back_edge(&self, from: usize, to: usize) -> bool {
        self.dominates(to, from) && self.successors[from].contains(&to)
    }

    /// Whether a path of at least one edge leads from `from` to `to` and enters no block that
    /// `without` names, `to` included. A block reaches itself only around a cycle.
    pub fn reaches(
        &self,
        from: usize,
        to: usize,
        without: impl Fn(usize) -> bool,
        scratch: &mut Scratch,
    ) -> bool {
        scratch.start(self.successors.len());
        let mut at = Some(from);
        while let Some(block) = at {
            for next in self.successors.get(block).into_iter().flatten() {
                if without(*next) || !scratch.mark(*next) {
                    continue;
                }
                if *next == to {
                    return true;
                }
                scratch.open.push(*next);
            }
            at = scratch.open.pop();
        }
        false
    }
}

impl Loops {
    /// The headers of the loops around a block, innermost first.
    pub fn around(&self, block: usize) -> impl Iterator<Item = usize> + '_ {
        let innermost = self.innermost.get(block).copied().flatten();
        std::iter::successors(innermost, |header| self.outer.get(*header).copied().flatten())
    }

    /// Whether `block` belongs to the loop of `header`, itself or through an inner loop.
    pub fn contains(&self, header: usize, block: usize) -> bool {
        self.around(block).any(|around| around == header)
    }
}

/// Marks of earlier queries, reused so that a query costs what it visits.
#[derive(Clone, Debug, Default)]
pub struct Scratch {
    seen: Vec<u32>,
    round: u32,
    open: Vec<usize>,
}

impl Scratch {
    fn start(&mut self, count: usize) {
        self.open.clear();
        if self.seen.len() < count || self.round == u32::MAX {
            self.seen = vec![0; count.max(self.seen.len())];
            self.round = 0;
        }
        self.round += 1;
    }

    /// Marks a block; false if it was marked in this round.
    fn mark(&mut self, block: usize) -> bool {
        std::mem::replace(&mut self.seen[block], self.round) != self.round
    }
}

fn reverse_postorder(successors: &[Vec<usize>]) -> Vec<usize> {
    let mut order = Vec::new();
    let mut seen = vec![false; successors.len()];
    seen[0] = true;
    let mut open = vec![(0, 0)];
    while let Some((block, next)) = open.last_mut() {
        // The last successor first, so that the first one comes early in the reversed order.
        let turn = successors[*block].len().checked_sub(*next + 1);
        *next += 1;
        match turn.map(|turn| successors[*block][turn]) {
            Some(to) if !std::mem::replace(&mut seen[to], true) => open.push((to, 0)),
            Some(_) => {}
            None => {
                order.push(*block);
                open.pop();
            }
        }
    }
    order.reverse();
    order
}

/// The dominator tree of the graph turned round, from a made-up exit.
fn post_dominators(successors: &[Vec<usize>], predecessors: &[Vec<usize>], order: &[usize]) -> Tree {
    let exit = successors.len();
    let mut forward = vec![Vec::new(); exit + 1];
    let mut backward = predecessors.to_vec();
    backward.push(Vec::new());
    let mut leaves = vec![false; exit];
    let mut open = Vec::new();
    let ends = order.iter().filter(|block| successors[**block].is_empty());
    // Then whatever still reaches no end, last blocks first: the way back of an endless loop.
    for block in ends.chain(order.iter().rev()) {
        if leaves[*block] {
            continue;
        }
        forward[*block].push(exit);
        backward[exit].push(*block);
        open.push(*block);
        while let Some(at) = open.pop() {
            if !std::mem::replace(&mut leaves[at], true) {
                open.extend(&predecessors[at]);
            }
        }
    }
    for block in order {
        forward[*block].extend(&successors[*block]);
    }
    Tree::new(exit, &backward, &forward)
}

/// Walks from each branch's target up the post-dominators to where the branches join.
fn depends(successors: &[Vec<usize>], order: &[usize], post: &Tree) -> Vec<Vec<(usize, usize)>> {
    let exit = successors.len();
    let mut depends = vec![Vec::new(); exit];
    let mut left = exit.saturating_mul(MOST_DEPENDENCES);
    // A block with one successor decides nothing, even where the made-up exit is its second.
    for block in order.iter().filter(|block| successors[**block].len() > 1) {
        let join = post.parent[*block];
        for (index, to) in successors[*block].iter().enumerate() {
            let mut at = Some(*to);
            while let Some(here) = at
                && at != join
                && here != exit
                && left > 0
            {
                depends[here].push((*block, index));
                left -= 1;
                at = post.parent[here];
            }
        }
    }
    depends
}

/// Inner loops first; a found loop then counts as its header.
fn loops(predecessors: &[Vec<usize>], order: &[usize], dominators: &Tree) -> Loops {
    let count = predecessors.len();
    let mut loops = Loops { innermost: vec![None; count], outer: vec![None; count] };
    let mut outermost: Vec<usize> = (0..count).collect();
    let mut open = Vec::new();
    for header in order.iter().rev() {
        open.extend(predecessors[*header].iter().filter(|from| dominators.dominates(*header, **from)));
        if open.is_empty() {
            continue;
        }
        loops.innermost[*header] = Some(*header);
        while let Some(block) = open.pop() {
            let part = find(&mut outermost, block);
            if part == *header {
                continue;
            }
            match loops.innermost[part] {
                Some(_) => loops.outer[part] = Some(*header),
                None => loops.innermost[part] = Some(*header),
            }
            outermost[part] = *header;
            open.extend(&predecessors[part]);
        }
    }
    loops
}

/// The root of a block's chain, halving the chain on the way.
fn find(outermost: &mut [usize], block: usize) -> usize {
    let mut at = block;
    while outermost[at] != at {
        outermost[at] = outermost[outermost[at]];
        at = outermost[at];
    }
    at
}

#[cfg(test)]
mod tests;
