//! Where a finding is shown: in the function in which its check and its act come together.

use super::Races;
use crate::book::words::Noun;
use crate::finding::{Confidence, Label, LabelRole};
use crate::program::FunctionKind;
use crate::scene::event::EventId;
use crate::scene::value::FrameId;
use crate::source::Span;

/// How many calls may lie between a look and an act.
const FAR: usize = 2;

impl Races<'_> {
    /// The innermost activation that all of the events are part of.
    pub(super) fn meeting(&self, events: &[EventId]) -> FrameId {
        let mut frames = events.iter().map(|id| self.event(*id).frame);
        let first = frames.next().unwrap_or(FrameId(0));
        frames.fold(first, |a, b| self.common(a, b))
    }

    /// Memory and files that far-apart functions look at and change are mostly not the same for two
    /// runs, or are set up before they meet; rows and keys are shared from anywhere.
    pub(super) fn at_most(&self, events: &[EventId]) -> Confidence {
        let meeting = self.meeting(events);
        let far: usize = events.iter().map(|id| self.distance(*id, meeting)).sum();
        let stored =
            |id: &EventId| matches!(self.event(*id).resource.noun, Noun::Row | Noun::Key | Noun::Object);
        if far > FAR && !events.iter().any(stored) { Confidence::Medium } else { Confidence::High }
    }

    /// How many calls of functions by their names lead from an activation to an event: what stands
    /// in a callback stands in the text of whoever gives it.
    fn distance(&self, id: EventId, from: FrameId) -> usize {
        let mut far = 0;
        let mut at = self.event(id).frame;
        while at != from {
            let frame = &self.scene.frames[at.0 as usize];
            let function = &self.project.unit(frame.file).program.functions[frame.function.0 as usize];
            far += usize::from(function.kind != FunctionKind::Closure);
            let Some((caller, _)) = frame.caller else { break };
            at = caller;
        }
        far
    }

    fn common(&self, mut a: FrameId, mut b: FrameId) -> FrameId {
        let frame = |id: FrameId| &self.scene.frames[id.0 as usize];
        while a != b {
            let up = if frame(a).depth >= frame(b).depth { &mut a } else { &mut b };
            match frame(*up).caller {
                Some((caller, _)) => *up = caller,
                None => return FrameId(0),
            }
        }
        a
    }

    /// A helper that only writes is not wrong: who looked before calling it is. The act is shown
    /// as the call through which the function that also looked reaches it.
    pub(super) fn shown(&self, act: EventId, meeting: FrameId) -> Span {
        let own = self.event(act).span;
        if let Some(span) = self.written_in(act, meeting) {
            return span;
        }
        self.calls_below(act, meeting).into_iter().find(|span| !span.contains(own)).unwrap_or(own)
    }

    /// Where the way to an act last leaves a callback that is written in the function itself: a
    /// helper only calls it back.
    fn written_in(&self, act: EventId, meeting: FrameId) -> Option<Span> {
        let frame = |id: FrameId| &self.scene.frames[id.0 as usize];
        let (mut at, mut leaves) = (self.event(act).frame, self.event(act).span);
        while at != meeting {
            let around = std::iter::successors(self.written_around(at), |id| self.written_around(*id));
            if around.take(16).any(|id| id == meeting) {
                return Some(leaves);
            }
            let (caller, span) = frame(at).caller?;
            (at, leaves) = (caller, span);
        }
        None
    }

    /// The activation in whose text a callback stands.
    fn written_around(&self, at: FrameId) -> Option<FrameId> {
        let frame = &self.scene.frames[at.0 as usize];
        let functions = &self.project.unit(frame.file).program.functions;
        let parent = functions[frame.function.0 as usize].parent?;
        frame.lexical.filter(|outer| {
            let outer = &self.scene.frames[outer.0 as usize];
            outer.file == frame.file && outer.function == parent
        })
    }

    /// Labels for the calls through which an event is reached from where the finding is shown.
    pub(super) fn through(&self, id: EventId, meeting: FrameId, shown: Span, labels: &mut Vec<Label>) {
        let own = self.event(id).span;
        let calls = self.calls_below(id, meeting);
        labels.extend(
            calls.into_iter().filter(|span| *span != shown && !span.contains(own)).map(|span| Label {
                role: LabelRole::Via,
                span,
                text: "through this call".to_string(),
            }),
        );
    }

    /// Labels for the calls through which an event is reached.
    pub(super) fn via(&self, id: EventId, labels: &mut Vec<Label>) {
        let own = self.event(id).span;
        for span in self.scene.via(self.event(id).frame) {
            if !span.contains(own) {
                let text = "reached through this call".to_string();
                labels.push(Label { role: LabelRole::Via, span, text });
            }
        }
    }

    /// The calls that lead from an activation to an event, outermost first.
    fn calls_below(&self, id: EventId, from: FrameId) -> Vec<Span> {
        let mut calls = Vec::new();
        let mut at = self.event(id).frame;
        while at != from {
            let Some((caller, span)) = self.scene.frames[at.0 as usize].caller else { break };
            calls.push(span);
            at = caller;
        }
        calls.reverse();
        calls
    }
}
