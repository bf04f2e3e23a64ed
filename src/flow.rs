//! Answers questions of order about a graph: what dominates, what decides, what can follow.
//!
//! A graph is a list of successors per node with entry 0. Everything is iterative and close to
//! linear (dominators after Cooper, Harvey and Kennedy, "A Simple, Fast Dominance Algorithm").

/// Analyses of one graph.
pub struct Flow {
    pub successors: Vec<Vec<usize>>,
    pub predecessors: Vec<Vec<usize>>,
    /// Reachable nodes in reverse postorder.
    pub order: Vec<usize>,
    /// Place in `order`; `usize::MAX` if unreachable.
    pub rank: Vec<usize>,
    dominators: Tree,
    /// Branches that decide whether a node runs, directly: (branch, which successor).
    control: Vec<Vec<(usize, usize)>>,
}

/// A dominator tree with entry and exit numbers, so that ancestry is two comparisons.
struct Tree {
    parent: Vec<usize>,
    enter: Vec<usize>,
    leave: Vec<usize>,
}

const NONE: usize = usize::MAX;

impl Flow {
    pub fn new(successors: Vec<Vec<usize>>) -> Flow {
        let count = successors.len();
        let predecessors = reversed(&successors);
        let order = reverse_postorder(&successors, 0);
        let rank = ranks(&order, count);
        let dominators = Tree::new(&order, &rank, &predecessors, 0);
        // Post-dominators: the reversed graph from a virtual exit that every end, and one node of
        // every endless loop, leads to.
        let exit = count;
        let mut backward: Vec<Vec<usize>> = successors.clone();
        backward.push(Vec::new());
        for node in &order {
            if successors[*node].is_empty() {
                backward[*node].push(exit);
            }
        }
        let mut reached = reverse_postorder(&reversed(&backward), exit);
        let mut seen = ranks(&reached, count + 1);
        for node in order.iter().rev() {
            if seen[*node] == NONE {
                backward[*node].push(exit);
                reached = reverse_postorder(&reversed(&backward), exit);
                seen = ranks(&reached, count + 1);
            }
        }
        let post = Tree::new(&reached, &seen, &backward, exit);
        let control = control(&successors, &order, &post, exit);
        Flow { successors, predecessors, order, rank, dominators, control }
    }

    /// Every path from the entry to `b` passes `a`.
    pub fn dominates(&self, a: usize, b: usize) -> bool {
        self.dominators.above(a, b)
    }

    pub fn is_reachable(&self, node: usize) -> bool {
        self.rank[node] != NONE
    }

    /// The branches that decide `node` directly.
    pub fn control(&self, node: usize) -> &[(usize, usize)] {
        &self.control[node]
    }

    /// Whether control can go from the end of `from` to `to` (through at least one edge).
    pub fn follows(&self, from: usize, to: usize) -> bool {
        let mut seen = vec![false; self.successors.len()];
        let mut open: Vec<usize> = self.successors[from].clone();
        while let Some(node) = open.pop() {
            if node == to {
                return true;
            }
            if !std::mem::replace(&mut seen[node], true) {
                open.extend(&self.successors[node]);
            }
        }
        false
    }
}

impl Tree {
    fn new(order: &[usize], rank: &[usize], predecessors: &[Vec<usize>], entry: usize) -> Tree {
        let count = rank.len();
        let mut parent = vec![NONE; count];
        parent[entry] = entry;
        let mut changed = true;
        while changed {
            changed = false;
            for node in order.iter().skip(1) {
                let mut best = NONE;
                for before in &predecessors[*node] {
                    if rank[*before] == NONE || parent[*before] == NONE {
                        continue;
                    }
                    best = if best == NONE { *before } else { meet(&parent, rank, best, *before) };
                }
                if best != NONE && parent[*node] != best {
                    parent[*node] = best;
                    changed = true;
                }
            }
        }
        let (enter, leave) = number(&parent, order, entry);
        Tree { parent, enter, leave }
    }

    fn above(&self, a: usize, b: usize) -> bool {
        self.enter[a] != NONE
            && self.enter[b] != NONE
            && self.enter[a] <= self.enter[b]
            && self.leave[b] <= self.leave[a]
    }
}

fn meet(parent: &[usize], rank: &[usize], mut a: usize, mut b: usize) -> usize {
    while a != b {
        while rank[a] > rank[b] {
            a = parent[a];
        }
        while rank[b] > rank[a] {
            b = parent[b];
        }
    }
    a
}

/// Entry and exit times of a walk over the tree.
fn number(parent: &[usize], order: &[usize], entry: usize) -> (Vec<usize>, Vec<usize>) {
    let count = parent.len();
    let mut children: Vec<Vec<usize>> = vec![Vec::new(); count];
    for node in order.iter().filter(|node| **node != entry && parent[**node] != NONE) {
        children[parent[*node]].push(*node);
    }
    let (mut enter, mut leave) = (vec![NONE; count], vec![NONE; count]);
    let mut time = 0;
    let mut stack = vec![(entry, 0)];
    while let Some((node, at)) = stack.pop() {
        if at == 0 {
            enter[node] = time;
            time += 1;
        }
        match children[node].get(at) {
            Some(child) => {
                stack.push((node, at + 1));
                stack.push((*child, 0));
            }
            None => {
                leave[node] = time;
                time += 1;
            }
        }
    }
    (enter, leave)
}

fn reversed(successors: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let mut reversed = vec![Vec::new(); successors.len()];
    for (node, targets) in successors.iter().enumerate() {
        for target in targets {
            reversed[*target].push(node);
        }
    }
    reversed
}

fn reverse_postorder(successors: &[Vec<usize>], entry: usize) -> Vec<usize> {
    let mut seen = vec![false; successors.len()];
    let mut order = Vec::new();
    let Some(first) = seen.get_mut(entry) else { return order };
    *first = true;
    let mut stack = vec![(entry, 0)];
    while let Some((node, at)) = stack.pop() {
        match successors[node].get(at) {
            Some(next) => {
                stack.push((node, at + 1));
                if !std::mem::replace(&mut seen[*next], true) {
                    stack.push((*next, 0));
                }
            }
            None => order.push(node),
        }
    }
    order.reverse();
    order
}

fn ranks(order: &[usize], count: usize) -> Vec<usize> {
    let mut rank = vec![NONE; count];
    for (at, node) in order.iter().enumerate() {
        rank[*node] = at;
    }
    rank
}

/// A node is decided by a branch it post-dominates on one side but not on the other.
fn control(successors: &[Vec<usize>], order: &[usize], post: &Tree, exit: usize) -> Vec<Vec<(usize, usize)>> {
    let mut control = vec![Vec::new(); successors.len()];
    for node in order {
        if successors[*node].len() < 2 {
            continue;
        }
        let stop = post.parent[*node];
        for (side, target) in successors[*node].iter().enumerate() {
            let mut at = *target;
            while at != stop && at != exit && at != NONE {
                control[at].push((*node, side));
                if at == post.parent[at] {
                    break;
                }
                at = post.parent[at];
            }
        }
    }
    control
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 0 branches to 1 and 2, which join in 3.
    #[test]
    fn a_diamond_joins_undecided() {
        let flow = Flow::new(vec![vec![1, 2], vec![3], vec![3], vec![]]);
        assert!(flow.dominates(0, 3) && !flow.dominates(1, 3));
        assert_eq!(flow.control(1), [(0, 0)]);
        assert_eq!(flow.control(2), [(0, 1)]);
        assert!(flow.control(3).is_empty());
    }

    /// An early return: what follows runs on the other side only.
    #[test]
    fn an_early_return_decides_what_follows() {
        let flow = Flow::new(vec![vec![1, 2], vec![], vec![3], vec![]]);
        assert_eq!(flow.control(2), [(0, 1)]);
        assert_eq!(flow.control(3), [(0, 1)]);
    }

    #[test]
    fn an_endless_loop_is_no_obstacle() {
        let flow = Flow::new(vec![vec![1], vec![2, 3], vec![1], vec![3]]);
        assert!(flow.follows(1, 2) && flow.follows(2, 1) && !flow.follows(3, 1));
        assert!(!flow.control(2).is_empty());
    }
}
