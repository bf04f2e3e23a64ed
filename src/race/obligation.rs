//! Obligations: what every exit must answer.

use super::compose::Parts;
use super::{Candidate, Races};
use crate::book::rule::{Form, Rule, Select, Shape};
use crate::book::words::Trait;
use crate::finding::{Confidence, Label, LabelRole, Turn};
use crate::scene::event::{EventId, Hold};
use crate::scene::value::ValueId;
use crate::scene::{End, Mark};
use crate::source::Span;
use rustc_hash::FxHashSet;

impl Races<'_> {
    pub(super) fn obligations(&self, rule: &Rule, form: &Form, found: &mut Vec<Candidate>) {
        let Shape::Obligation { event: selects, answer, before } = &form.shape else { return };
        if before.is_some() {
            return;
        }
        for id in self.scene.event_ids() {
            if self.selected(selects, id).is_none() {
                continue;
            }
            // A callback's end or a guard's drop answers by itself.
            if matches!(self.event(id).hold, Some(Hold::During | Hold::Value(_) | Hold::Transaction)) {
                continue;
            }
            let answers: Vec<EventId> = self
                .scene
                .event_ids()
                .filter(|other| *other != id && self.answers(answer, id, *other))
                .collect();
            // Nothing here answers it at all: whoever was handed the lock has to.
            if answers.is_empty() {
                continue;
            }
            if let Some(exit) = self.unanswered(id, &answers) {
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

    /// An exit that can be reached from the take without an answer: a return, a throw, or a call
    /// that may raise with nobody to catch it.
    fn unanswered(&self, id: EventId, answers: &[EventId]) -> Option<Span> {
        let start = self.event(id).at;
        let failed = self.failed_side(id);
        let mut seen: FxHashSet<u32> = FxHashSet::default();
        let mut open = vec![(start.block, start.index as usize + 1)];
        while let Some((block, from)) = open.pop() {
            if from == 0 && !seen.insert(block) {
                continue;
            }
            let body = &self.scene.blocks[block as usize];
            let mut answered = false;
            for mark in body.marks.get(from..).unwrap_or(&[]) {
                match mark {
                    Mark::Event(event) if answers.contains(event) => {
                        answered = true;
                        break;
                    }
                    Mark::Call { span, awaited, .. } if *awaited && !self.has_handler(block) => {
                        return Some(*span);
                    }
                    Mark::Event(event)
                        if !self.has_handler(block)
                            && *event != id
                            && self.event(*event).span.start > self.event(id).span.end
                            && self.may_fail(*event) =>
                    {
                        return Some(self.event(*event).span);
                    }
                    _ => {}
                }
            }
            if answered {
                continue;
            }
            match &body.end {
                End::Return if block == start.block || from == 0 => {
                    return Some(self.exit_span(block, id));
                }
                End::Raise => return Some(self.exit_span(block, id)),
                End::Open | End::Return => return Some(self.exit_span(block, id)),
                End::Goto(to) => open.push((*to, 0)),
                End::If { test, yes, no, .. } => {
                    // The side on which the lock was not got owes nothing.
                    let tests_it = failed.is_some()
                        && self.any_part(*test, 8, &mut |part| part == self.event(id).result);
                    if tests_it {
                        // Whichever side answers nothing is taken as the failed one, if the other does.
                        let sides: Vec<u32> = [*yes, *no]
                            .into_iter()
                            .filter(|side| self.reaches_answer(*side, answers))
                            .collect();
                        open.extend(sides.into_iter().map(|side| (side, 0)));
                    } else {
                        open.extend([(*yes, 0), (*no, 0)]);
                    }
                }
                End::Raises { next, handler, .. } => open.extend([(*next, 0), (*handler, 0)]),
            }
        }
        None
    }

    fn may_fail(&self, id: EventId) -> bool {
        let event = self.event(id);
        !event.library.is_empty()
            && !matches!(
                event.resource.noun,
                crate::book::words::Noun::State
                    | crate::book::words::Noun::Atomic
                    | crate::book::words::Noun::Entry
            )
    }

    /// Something in this block's frame, or the frames around it, catches what it raises.
    fn has_handler(&self, block: u32) -> bool {
        self.scene.blocks[block as usize].marks.is_empty()
            || matches!(self.scene.blocks[block as usize].end, End::Raises { handler, next, .. } if handler != next && !matches!(self.scene.blocks[handler as usize].end, End::Raise))
    }

    fn failed_side(&self, id: EventId) -> Option<ValueId> {
        let event = self.event(id);
        (!event.fails.is_empty() || event.traits.has(Trait::Exclusive)).then_some(event.result)
    }

    fn reaches_answer(&self, block: u32, answers: &[EventId]) -> bool {
        answers.iter().any(|answer| {
            let at = self.event(*answer).at.block;
            at == block || self.follows(block as usize, at as usize)
        })
    }

    fn exit_span(&self, block: u32, id: EventId) -> Span {
        let frame = self.scene.blocks[block as usize].frame;
        let last = self.scene.blocks[block as usize].marks.iter().rev().find_map(|mark| match mark {
            Mark::Call { span, .. } | Mark::Suspend(span, _) => Some(*span),
            Mark::Event(event) => Some(self.event(*event).span),
            _ => None,
        });
        let _ = frame;
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
