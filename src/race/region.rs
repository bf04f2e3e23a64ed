//! How the code around an event runs: under which holds, in a task, in one of several attempts.

use super::Races;
use crate::book::words::{Noun, Region, Regions};
use crate::scene::event::EventId;
use crate::scene::value::{FrameId, Term, ValueId};
use crate::scene::{Frame, Mark};

impl Races<'_> {
    /// Regions around an event: holds over it, tasks nobody awaits, and how its code is called.
    pub(super) fn regions(&self, id: EventId) -> Regions {
        let event = self.event(id);
        let mut regions = Regions::EMPTY;
        for hold in self.holds.at(self.scene, &self.keys, event.at) {
            if hold == id {
                continue;
            }
            regions = match self.event(hold).resource.noun {
                Noun::Transaction => regions.with(Region::Transaction),
                Noun::Lock => regions.with(Region::Lock),
                Noun::Session => regions.with(Region::Session),
                _ => regions,
            };
        }
        if event.floating || self.in_task(id) || self.handed_to_task(id) {
            regions = regions.with(Region::Task);
        }
        // Whoever sent a delivery sends it again until it is answered.
        if self.deliveries().any(|other| other != id && self.dominates(self.event(other).at, event.at)) {
            regions = regions.with(Region::Attempt);
        }
        for frame in self.callers(event.frame) {
            for region in [Region::Attempt, Region::Instance] {
                if self.frame(frame).regions.has(region) {
                    regions = regions.with(region);
                }
            }
        }
        regions
    }

    fn frame(&self, frame: FrameId) -> &Frame {
        &self.scene.frames[frame.0 as usize]
    }

    /// A frame and those that called it, innermost first.
    fn callers(&self, frame: FrameId) -> impl Iterator<Item = FrameId> + '_ {
        std::iter::successors(Some(frame), |frame| self.frame(*frame).caller.map(|(caller, _)| caller))
    }

    fn in_task(&self, id: EventId) -> bool {
        let at = self.event(id).at;
        let mut open = 0i32;
        for mark in self.scene.blocks[at.block as usize].marks.iter().take(at.index as usize) {
            match mark {
                Mark::Task(_) => open += 1,
                Mark::TaskEnd(_) => open -= 1,
                _ => {}
            }
        }
        open > 0
    }

    /// A task that the code starts with something of its own: what is done there is done for
    /// whoever started it. A handler or worker gets what it works on from elsewhere.
    fn handed_to_task(&self, id: EventId) -> bool {
        let event = self.event(id);
        let task = self.callers(event.frame).find(|frame| {
            let frame = self.frame(*frame);
            frame.caller.is_some() && (frame.detached || frame.regions.has(Region::Task))
        });
        let Some(task) = task else { return false };
        let starters: Vec<FrameId> = self.callers(task).skip(1).collect();
        let resource = &event.resource;
        let mut values: Vec<ValueId> = resource.keys.iter().copied().chain(resource.by_id).collect();
        values.extend(resource.conditions.iter().filter_map(|condition| condition.value));
        values.extend(event.sets.iter().map(|(_, value)| *value));
        values.into_iter().any(|value| {
            self.any_part(value, 8, &mut |part| {
                let Term::Param(file, local) = self.scene.values.term(part) else { return false };
                starters.iter().any(|frame| {
                    let frame = self.frame(*frame);
                    let functions = &self.project.unit(frame.file).program.functions;
                    frame.file == *file && functions[frame.function.0 as usize].params.contains(local)
                })
            })
        })
    }

    /// What a value is made of was made once for all attempts: in the text of a function around the
    /// attempt, not of the attempt itself.
    pub(super) fn made_before_attempt(&self, id: EventId, value: ValueId) -> bool {
        let event = self.event(id);
        let attempt = self.callers(event.frame).find(|frame| self.frame(*frame).regions.has(Region::Attempt));
        let Some(attempt) = attempt.filter(|frame| self.frame(*frame).caller.is_some()) else { return false };
        let span_of = |frame: FrameId| {
            let frame = self.frame(frame);
            self.project.unit(frame.file).program.functions[frame.function.0 as usize].span
        };
        let within = |outer: crate::source::Span, inner: crate::source::Span| {
            outer.file == inner.file && outer.start <= inner.start && inner.end <= outer.end
        };
        let mut fresh = Vec::new();
        self.walk_parts(value, 12, &mut |part| {
            if self.scene.values.fresh.contains(&part) {
                fresh.extend(self.scene.calls.get(&part).map(|call| call.span));
            }
            true
        });
        !fresh.is_empty()
            && fresh.iter().all(|made| {
                !within(span_of(attempt), *made)
                    && self.callers(attempt).skip(1).any(|outer| within(span_of(outer), *made))
            })
    }
}
