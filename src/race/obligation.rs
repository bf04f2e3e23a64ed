//! Obligations: what every exit must answer.

use super::compose::Parts;
use super::{Candidate, Races};
use crate::book::rule::{Form, Rule, Select, Shape};
use crate::book::words::{Noun, Trait};
use crate::finding::{Confidence, Label, LabelRole, Turn};
use crate::program::Language;
use crate::scene::event::{EventId, Hold};
use crate::scene::value::{FrameId, ValueId};
use crate::scene::{End, Mark};
use crate::source::Span;
use rustc_hash::FxHashSet;

/// A place of the walk along the ways out: a block, how many of its marks lie behind, and the last
/// call that may have led here by raising.
type Place = (u32, usize, Option<Span>);

/// What ends the walk along one way.
struct Duty<'d> {
    event: EventId,
    answers: &'d [EventId],
    /// What must not come before an answer; without it, no exit must.
    before: Option<&'d [EventId]>,
    /// The caller is handed the hold where a function returns without an answer.
    handed_on: bool,
}

impl Races<'_> {
    pub(super) fn obligations(&self, rule: &Rule, form: &Form, found: &mut Vec<Candidate>) {
        let Shape::Obligation { event: selects, answer, before } = &form.shape else { return };
        for id in self.scene.event_ids() {
            // Where nothing leads, everything holds.
            let runs = self.flow.is_reachable(self.event(id).at.block as usize);
            if !runs || self.selected(selects, id).is_none() {
                continue;
            }
            // A callback's end or a guard's drop answers by itself.
            if matches!(self.event(id).hold, Some(Hold::During | Hold::Value(_) | Hold::Transaction)) {
                continue;
            }
            let of_event = |selects: &[Select]| -> Vec<EventId> {
                let others = self.scene.event_ids().filter(|other| *other != id);
                others.filter(|other| self.answers(selects, id, *other)).collect()
            };
            let answers = of_event(answer);
            let before = before.as_deref().map(|selects| {
                let others = self.scene.event_ids().filter(|other| *other != id);
                others.filter(|other| self.ends_session(selects, id, *other)).collect::<Vec<_>>()
            });
            // Nothing here answers it at all: whoever was handed the lock has to.
            if answers.is_empty() && before.as_ref().is_none_or(Vec::is_empty) {
                continue;
            }
            let handed_on = !answers.iter().any(|answer| self.leads_to_return(*answer));
            let duty = Duty { event: id, answers: &answers, before: before.as_deref(), handed_on };
            if let Some(exit) = self.unanswered(&duty) {
                found.push(self.obligation_finding(rule, form, id, &answers, exit));
            }
        }
    }

    fn answers(&self, answer: &[Select], id: EventId, other: EventId) -> bool {
        self.selected(answer, other).is_some()
            && (self.keys(other) == self.keys(id)
                || self.event(other).resource.keys.first() == Some(&self.event(id).result)
                || self.keys(other).iter().any(|key| self.keys(id).contains(key)))
    }

    /// Gives back the very connection that `id` went through.
    fn ends_session(&self, selects: &[Select], id: EventId, other: EventId) -> bool {
        let Some(client) = self.event(id).client.map(|client| self.canon(client)) else { return false };
        self.selected(selects, other).is_some() && self.keys(other).contains(&client)
    }

    /// What must not be reached from the take without an answer: a return, a throw, or a call that
    /// may raise with nobody to catch it; or what may only come after the answer.
    fn unanswered(&self, duty: &Duty<'_>) -> Option<Span> {
        let start = self.event(duty.event).at;
        let mut seen: FxHashSet<u32> = FxHashSet::default();
        let mut open: Vec<Place> = vec![(start.block, start.index as usize + 1, None)];
        while let Some((block, from, raiser)) = open.pop() {
            if from == 0 && !seen.insert(block) {
                continue;
            }
            let last = match self.along_marks(duty, block, from) {
                Along::Answered => continue,
                Along::Exit(span) => return Some(span),
                Along::Through(last) => last,
            };
            match &self.scene.blocks[block as usize].end {
                End::Raise if duty.before.is_none() => {
                    return Some(raiser.or(last).unwrap_or_else(|| self.exit_span(block, duty.event)));
                }
                End::Return | End::Open if duty.before.is_none() && !duty.handed_on => {
                    return Some(self.exit_span(block, duty.event));
                }
                End::Raise | End::Return | End::Open => {}
                End::Goto(to) => open.push((*to, 0, raiser)),
                End::If { test, yes, no, .. } => {
                    let sides = self.taken_sides(duty, *test, [*yes, *no]);
                    open.extend(sides.into_iter().map(|side| (side, 0, raiser)));
                }
                End::Raises { call, next, handler } => {
                    // Where taking it raised, it is not taken.
                    let is_take = *call == self.event(duty.event).result;
                    open.extend((!is_take).then_some((*handler, 0, last.or(raiser))));
                    open.push((*next, 0, raiser));
                }
            }
        }
        None
    }

    /// The sides of a test on which the lock may be held, if the test is about that.
    fn taken_sides(&self, duty: &Duty<'_>, test: ValueId, sides: [u32; 2]) -> Vec<u32> {
        let id = duty.event;
        let (failed, taken) = (self.told_by(test, id, true), self.told_by(test, id, false));
        if let Some(side) = taken.or(failed.map(|side| !side)).filter(|_| failed != taken) {
            return vec![sides[usize::from(!side)]];
        }
        // A flag that was set with what taking it said: whoever answers knows which side is which.
        let result = self.event(id).result;
        if self.any_part(test, 8, &mut |part| part == result) {
            let answers = |side: &u32| {
                duty.answers.iter().any(|answer| {
                    let at = self.event(*answer).at.block;
                    at == *side || self.follows(*side as usize, at as usize)
                })
            };
            let answering: Vec<u32> = sides.into_iter().filter(answers).collect();
            if !answering.is_empty() {
                return answering;
            }
        }
        sides.to_vec()
    }

    fn along_marks(&self, duty: &Duty<'_>, block: u32, from: usize) -> Along {
        let body = &self.scene.blocks[block as usize];
        let own = self.event(duty.event).span;
        let mut last = None;
        for mark in body.marks.get(from..).unwrap_or(&[]) {
            let (result, span) = match mark {
                Mark::Event(event) if duty.answers.contains(event) => return Along::Answered,
                Mark::Event(event) if duty.before.is_some_and(|before| before.contains(event)) => {
                    return Along::Exit(self.event(*event).span);
                }
                Mark::Event(event) if self.may_fail(*event) => {
                    (self.event(*event).result, self.event(*event).span)
                }
                Mark::Call { result, span, awaited: true, .. } => (*result, *span),
                _ => continue,
            };
            // In Rust nothing leaves by itself: `?` is a branch.
            if span == own || self.language_of(body.frame) == Language::Rust {
                continue;
            }
            let caught = matches!(body.end, End::Raises { call, .. } if call == result);
            if !caught && duty.before.is_none() {
                return Along::Exit(span);
            }
            last = Some(span);
        }
        Along::Through(last)
    }

    fn language_of(&self, frame: FrameId) -> Language {
        let frame = &self.scene.frames[frame.0 as usize];
        self.project.unit(frame.file).program.language
    }

    fn may_fail(&self, id: EventId) -> bool {
        let event = self.event(id);
        !event.library.is_empty() && !matches!(event.resource.noun, Noun::State | Noun::Atomic | Noun::Entry)
    }

    /// After this event some way returns.
    fn leads_to_return(&self, id: EventId) -> bool {
        let from = self.event(id).at.block as usize;
        let returns = |block: usize| matches!(self.scene.blocks[block].end, End::Return | End::Open);
        (0..self.scene.blocks.len()).any(|to| returns(to) && (to == from || self.follows(from, to)))
    }

    fn exit_span(&self, block: u32, id: EventId) -> Span {
        let last = self.scene.blocks[block as usize].marks.iter().rev().find_map(|mark| match mark {
            Mark::Call { span, .. } | Mark::Suspend(span, _) => Some(*span),
            Mark::Event(event) => Some(self.event(*event).span),
            _ => None,
        });
        last.unwrap_or(self.event(id).span)
    }

    fn obligation_finding(
        &self,
        rule: &Rule,
        form: &Form,
        id: EventId,
        answers: &[EventId],
        exit: Span,
    ) -> Candidate {
        let mut labels = Vec::new();
        if exit != self.event(id).span {
            let text = "the hold is not given back if this fails or leaves".to_string();
            labels.push(Label { role: LabelRole::Window, span: exit, text });
        }
        if let Some(answer) = answers.first() {
            let text = "given back only here".to_string();
            labels.push(Label { role: LabelRole::Effect, span: self.event(*answer).span, text });
        }
        self.via(id, &mut labels);
        let expires = self.event(id).traits.has(Trait::Expires);
        let call = self.quote_call(id);
        self.finding(Parts {
            rule,
            form,
            events: vec![id],
            act: id,
            labels,
            holes: vec![
                ("act", call.clone()),
                ("event", call.clone()),
                ("resource", self.resource(id)),
                ("window", format!("`{}`", self.quote(exit))),
            ],
            fields: Vec::new(),
            maybe: false,
            turns: vec![
                Turn { actor: 0, text: call.clone(), span: Some(self.event(id).span) },
                Turn {
                    actor: 0,
                    text: format!("leaves at `{}` without giving it back", self.quote(exit)),
                    span: Some(exit),
                },
                Turn { actor: 1, text: call, span: Some(self.event(id).span) },
            ],
            actors: ["the holder".to_string(), "whoever waits".to_string()],
            notes: Vec::new(),
            drop: if expires { 2 } else { 0 },
            most: Confidence::High,
        })
    }
}

/// Where the marks of one block lead.
enum Along {
    Answered,
    Exit(Span),
    /// To the block's end; with the last call that may raise.
    Through(Option<Span>),
}
