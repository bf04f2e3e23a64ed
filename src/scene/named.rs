//! Holds that only the name of a variable tells: `let _lock = site.enter()?` is never read again and
//! says what it is kept for.

use super::build::Builder;
use super::event::{Event, Happening, Hold, Recognition, Resource};
use super::value::{FrameId, Term, ValueId};
use crate::book::words::{Noun, Verb};
use crate::knowledge::words;
use crate::program::{Language, Local};
use crate::source::Span;

impl Builder<'_> {
    /// A variable that by its name is kept for what its end does holds a lock, whatever gave it.
    pub(super) fn held_by_name(&mut self, frame: FrameId, local: Local, value: ValueId, span: Span) {
        if self.language != Language::Rust || !self.is_kept_as_lock(frame, local) {
            return;
        }
        let answer = matches!(
            self.values.term(value),
            Term::Call { .. } | Term::Pure { .. } | Term::Phi { .. } | Term::Payload { .. }
        );
        if !answer || self.is_held_already(value) {
            return;
        }
        let resource = Resource::plain(Noun::Lock, vec![value]);
        let happening = Happening { at: self.here(), frame, span, result: value };
        let name = self.unit(frame).program.locals[local.0 as usize].name.clone();
        let event = Event {
            hold: Some(Hold::Value(value)),
            recognition: Recognition::Named,
            ..Event::bare(Verb::Take, resource, happening, name)
        };
        self.add_event(event);
        self.used.insert(value);
    }

    fn is_kept_as_lock(&self, frame: FrameId, local: Local) -> bool {
        let name = &self.unit(frame).program.locals[local.0 as usize].name;
        name.starts_with('_') && words(name).iter().any(|word| self.knowledge.is_word("held-as", word))
    }

    /// A page says already what the value holds.
    fn is_held_already(&self, value: ValueId) -> bool {
        let known = self.results.get(&value).into_iter().flatten();
        known.map(|id| &self.events[id.0 as usize]).any(|event| event.verb == Verb::Take)
            || self.events.iter().rev().any(|event| event.hold == Some(Hold::Value(value)))
    }
}
