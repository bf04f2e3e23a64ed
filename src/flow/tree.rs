//! Turns a graph with one root into its dominator tree.

/// Immediate dominators, with O(1) ancestry by numbering the tree.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    /// The immediate dominator; `None` for the root and for what the root does not reach.
    pub parent: Vec<Option<usize>>,
    /// When a walk over the tree enters and leaves each node; `None` if the root does not reach it.
    visit: Vec<Option<(usize, usize)>>,
}

impl Tree {
    /// Whether every path from the root to `below` passes `above`; true of a node and itself.
    pub fn dominates(&self, above: usize, below: usize) -> bool {
        match (self.visit.get(above), self.visit.get(below)) {
            (Some(Some(above)), Some(Some(below))) => above.0 <= below.0 && below.1 <= above.1,
            _ => false,
        }
    }

    /// The tree of `successors` from `root`. Lengauer and Tarjan's algorithm, because the
    /// shorter fixpoint ones walk up the whole tree for each predecessor of a shared handler.
    pub(super) fn new(root: usize, successors: &[Vec<usize>], predecessors: &[Vec<usize>]) -> Tree {
        let search = Search::new(root, successors);
        let immediate = search.immediate(predecessors);
        let mut parent = vec![None; successors.len()];
        for (number, node) in search.nodes.iter().enumerate().skip(1) {
            parent[*node] = Some(search.nodes[immediate[number]]);
        }
        let visit = number(&search.nodes, &parent);
        Tree { parent, visit }
    }
}

/// Numbers the tree: `nodes` in depth-first order, so every parent comes before its children.
fn number(nodes: &[usize], parent: &[Option<usize>]) -> Vec<Option<(usize, usize)>> {
    let mut size = vec![1; parent.len()];
    for node in nodes.iter().rev() {
        if let Some(above) = parent[*node] {
            size[above] += size[*node];
        }
    }
    let mut visit = vec![None; parent.len()];
    let mut next = vec![0; parent.len()];
    for node in nodes {
        let enter = parent[*node].map_or(0, |above| next[above]);
        if let Some(above) = parent[*node] {
            next[above] += size[*node];
        }
        next[*node] = enter + 1;
        visit[*node] = Some((enter, enter + size[*node]));
    }
    visit
}

const NONE: usize = usize::MAX;

/// A depth-first spanning tree; all its numbers are depth-first numbers.
struct Search {
    /// Number → node.
    nodes: Vec<usize>,
    /// Node → number.
    number: Vec<usize>,
    /// The parent in the spanning tree.
    parent: Vec<usize>,
}

impl Search {
    fn new(root: usize, successors: &[Vec<usize>]) -> Search {
        let mut search =
            Search { nodes: Vec::new(), number: vec![NONE; successors.len()], parent: Vec::new() };
        let mut open = vec![(root, 0)];
        while let Some((node, from)) = open.pop() {
            if search.number[node] != NONE {
                continue;
            }
            let number = search.nodes.len();
            search.number[node] = number;
            search.nodes.push(node);
            search.parent.push(from);
            open.extend(successors[node].iter().rev().map(|to| (*to, number)));
        }
        search
    }

    /// The immediate dominator of each number.
    fn immediate(&self, predecessors: &[Vec<usize>]) -> Vec<usize> {
        let count = self.nodes.len();
        let mut forest = Forest::new(count);
        let mut bucket = vec![Vec::new(); count];
        let mut immediate = vec![0; count];
        for at in (1..count).rev() {
            for from in &predecessors[self.nodes[at]] {
                let from = self.number[*from];
                if from != NONE {
                    let best = forest.best(from);
                    forest.semi[at] = forest.semi[at].min(forest.semi[best]);
                }
            }
            bucket[forest.semi[at]].push(at);
            let above = self.parent[at];
            forest.above[at] = above;
            for waiting in std::mem::take(&mut bucket[above]) {
                let best = forest.best(waiting);
                immediate[waiting] = if forest.semi[best] < forest.semi[waiting] { best } else { above };
            }
        }
        for at in 1..count {
            if immediate[at] != forest.semi[at] {
                immediate[at] = immediate[immediate[at]];
            }
        }
        immediate
    }
}

/// The part of the spanning tree handled so far, with paths compressed.
struct Forest {
    above: Vec<usize>,
    /// The node of least semidominator between here and the root of its tree.
    label: Vec<usize>,
    semi: Vec<usize>,
    path: Vec<usize>,
}

impl Forest {
    fn new(count: usize) -> Forest {
        let same: Vec<usize> = (0..count).collect();
        Forest { above: vec![NONE; count], label: same.clone(), semi: same, path: Vec::new() }
    }

    fn best(&mut self, node: usize) -> usize {
        if self.above[node] == NONE {
            return node;
        }
        let mut at = node;
        while self.above[self.above[at]] != NONE {
            self.path.push(at);
            at = self.above[at];
        }
        while let Some(at) = self.path.pop() {
            let above = self.above[at];
            if self.semi[self.label[above]] < self.semi[self.label[at]] {
                self.label[at] = self.label[above];
            }
            self.above[at] = self.above[above];
        }
        self.label[node]
    }
}
