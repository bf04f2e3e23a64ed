//! Where others may run between two points of a scene.

use super::Races;
use crate::flow::Flow;
use crate::scene::event::{EventId, Point};
use crate::scene::value::FrameId;
use crate::scene::{Mark, Scene};
use crate::source::Span;
use rustc_hash::FxHashSet;

/// A place where an activation waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wait {
    /// When its block runs, the block, and the place in it.
    at: (Option<usize>, u32, usize),
    span: Span,
    frame: FrameId,
}

/// The waits of a scene in the order in which they are come to.
pub(super) fn waits(scene: &Scene, flow: &Flow) -> Vec<Wait> {
    let mut waits = Vec::new();
    for (block, rank) in flow.order.iter().zip(0..) {
        for (index, mark) in scene.blocks[*block].marks.iter().enumerate() {
            if let Mark::Suspend(span, frame) = mark {
                waits.push(Wait { at: (Some(rank), *block as u32, index), span: *span, frame: *frame });
            }
        }
    }
    waits
}

impl Races<'_> {
    /// The first place between two points where other tasks may run.
    pub(super) fn suspension(&self, check: EventId, act: EventId) -> Option<Span> {
        if self.waits.is_empty() {
            return None;
        }
        let (from, to) = (self.event(check).at, self.event(act).at);
        let around = self.around(self.event(act).frame);
        let place = |block: u32, index: usize| (self.flow.rank[block as usize], block, index);
        let among = |first: (Option<usize>, u32, usize), last: (Option<usize>, u32, usize)| {
            let first = self.waits.partition_point(|wait| wait.at < first);
            let last = self.waits.partition_point(|wait| wait.at < last).max(first);
            self.waits[first..last].iter().filter(|wait| self.suspends(wait, &around))
        };
        let within =
            |block: u32, first: usize, last: usize| among(place(block, first), place(block, last)).next();
        if from.block == to.block && from.index <= to.index {
            return within(from.block, from.index as usize, to.index as usize).map(|wait| wait.span);
        }
        let near = within(from.block, from.index as usize, usize::MAX)
            .or_else(|| within(to.block, 0, to.index as usize));
        if let Some(wait) = near {
            return Some(wait.span);
        }
        // Outside of loops, only what is run after the look and before the act lies between.
        let (mut first, mut last) = (place(0, 0), (Some(usize::MAX), u32::MAX, usize::MAX));
        if self.flow.reducible && !self.flow.is_in_loop(from.block as usize) {
            first = place(from.block, usize::MAX);
            if !self.flow.is_in_loop(to.block as usize) {
                last = place(to.block, 0);
            }
        }
        if self.flow.rank[from.block as usize].is_none() || self.flow.rank[to.block as usize].is_none() {
            return None;
        }
        let leading = std::cell::OnceCell::new();
        let mut between = among(first, last).filter(|wait| {
            let block = wait.at.1;
            block != from.block
                && block != to.block
                && (self.all_pass(from.block, block, to.block)
                    || (leading.get_or_init(|| self.leading(from.block, to.block)).contains(&block)
                        && self.follows(from.block as usize, block as usize)))
        });
        between.next().map(|wait| wait.span)
    }

    /// Whether nothing is waited for between a look and an act but these two themselves.
    pub(super) fn is_next_step(&self, check: EventId, act: EventId) -> bool {
        let (from, to) = (self.event(check), self.event(act));
        // The calls that lead to the two are waited for as they are.
        let mut calls = vec![from.span, to.span];
        for frame in [from.frame, to.frame] {
            let frames = self.around(frame);
            calls.extend(frames.iter().filter_map(|id| Some(self.scene.frames[id.0 as usize].caller?.1)));
        }
        let own = |span: Span| calls.iter().any(|call| span.contains(*call));
        let around = self.around(to.frame);
        !self.waits.iter().any(|wait| {
            let at = Point { block: wait.at.1, index: wait.at.2 as u32 };
            self.suspends(wait, &around)
                && self.before(from.at, at)
                && self.before(at, to.at)
                && !own(wait.span)
        })
    }

    /// Whether all ways to the last block pass the second, and all ways to that the first.
    fn all_pass(&self, first: u32, second: u32, last: u32) -> bool {
        self.flow.dominates(first as usize, second as usize)
            && self.flow.dominates(second as usize, last as usize)
    }

    /// The blocks from which an act is reached without its look being taken anew: a wait at the
    /// end of a loop lies before the next look.
    fn leading(&self, look: u32, act: u32) -> FxHashSet<u32> {
        let mut seen = FxHashSet::default();
        let mut open = vec![act];
        // What lies before the look outside of loops does not lead from it.
        let earliest = (self.flow.reducible && !self.flow.is_in_loop(look as usize))
            .then(|| self.flow.rank[look as usize])
            .flatten();
        while let Some(block) = open.pop() {
            for (from, _) in &self.scene.blocks[block as usize].preds {
                let is_later = self.flow.rank[*from as usize] >= earliest;
                if *from != look && is_later && seen.insert(*from) {
                    open.push(*from);
                }
            }
        }
        seen
    }

    /// The activations that an activation is part of.
    pub(super) fn around(&self, frame: FrameId) -> Vec<FrameId> {
        let mut around = Vec::new();
        let mut at = Some(frame);
        while let Some(id) = at {
            around.push(id);
            at = self.scene.frames[id.0 as usize].caller.map(|(caller, _)| caller);
        }
        around
    }

    /// Whether these activations go on only when a wait is over: an async function that is called
    /// without `await` waits by itself.
    fn suspends(&self, wait: &Wait, around: &[FrameId]) -> bool {
        self.goes_on_after(wait.frame, around)
    }

    /// Whether these activations go on only when one has waited.
    pub(super) fn goes_on_after(&self, waiting: FrameId, around: &[FrameId]) -> bool {
        let waiting = self.around(waiting);
        let inside = waiting.iter().take_while(|id| !around.contains(id));
        inside.into_iter().all(|id| !self.scene.frames[id.0 as usize].detached)
    }
}
