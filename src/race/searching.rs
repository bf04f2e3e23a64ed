//! Loops that search: the test that ends one decides what comes after it, though that runs anyway.

use super::Races;
use super::decide::Decision;
use crate::program::Operator;
use crate::scene::End;
use crate::scene::value::Term;
use rustc_hash::FxHashMap;

/// The edges that lead out of each loop: the block and which of its successors.
pub(super) type Exits = FxHashMap<usize, Vec<(usize, usize)>>;

/// How many loops back the one that found what an act uses is looked for.
const LOOPS: usize = 8;

impl Races<'_> {
    /// The tests that ended the loops before a block, where only one leads on to it:
    /// `while (exists(name)) name = next(); write(name)`.
    pub(super) fn endings(&self, block: u32) -> Vec<Decision> {
        let exits = self.exits.get_or_init(|| self.find_exits());
        let block = block as usize;
        let above = std::iter::successors(self.flow.dominators.parent.get(block).copied().flatten(), |at| {
            self.flow.dominators.parent[*at]
        });
        above
            .filter(|header| !self.flow.loops.contains(*header, block))
            .filter_map(|header| exits.get(&header))
            .take(LOOPS)
            .filter_map(|edges| self.ending(edges, block))
            .collect()
    }

    /// The one test by which a loop is left for a block. That a list has come to its end is no
    /// answer to what was searched for.
    fn ending(&self, edges: &[(usize, usize)], block: usize) -> Option<Decision> {
        let mut leading = edges.iter().filter(|(from, side)| {
            let to = self.flow.successors[*from][*side];
            (to == block || self.follows(to, block)) && !self.runs_out(*from)
        });
        let (from, side) = *leading.next()?;
        if leading.next().is_some() {
            return None;
        }
        match &self.scene.blocks[from].end {
            End::If { test, span, .. } => Some(Decision {
                block: from as u32,
                test: *test,
                outcome: side == 0,
                raises: false,
                span: Some(*span),
            }),
            End::Raises { call, .. } => Some(Decision {
                block: from as u32,
                test: *call,
                outcome: side == 1,
                raises: true,
                span: None,
            }),
            End::Open | End::Goto(_) | End::Return | End::Raise => None,
        }
    }

    fn runs_out(&self, block: usize) -> bool {
        match self.scene.blocks[block].end {
            End::If { test, .. } => {
                matches!(self.scene.values.term(test), Term::Apply(Operator::More, _))
            }
            _ => false,
        }
    }

    fn find_exits(&self) -> Exits {
        let mut exits = Exits::default();
        for from in &self.flow.order {
            for header in self.flow.loops.around(*from) {
                for (side, to) in self.flow.successors[*from].iter().enumerate() {
                    if !self.flow.loops.contains(header, *to) {
                        exits.entry(header).or_default().push((*from, side));
                    }
                }
            }
        }
        exits
    }
}
