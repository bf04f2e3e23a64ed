//! Looks at and changes of memory that outlives a call: the events no page describes.

use super::build::Builder;
use super::event::{Event, EventId, Happening, Outcome, OutcomeKind, Resource};
use super::value::{FrameId, Term, ValueId};
use crate::book::words::{Noun, Verb};
use crate::program::{FunctionId, Language, Name};
use crate::source::Span;

impl Builder<'_> {
    /// An event that the engine itself adds: a plain look at, or change of, memory.
    #[allow(clippy::too_many_arguments)]
    pub(super) fn plain_event(
        &mut self,
        frame: FrameId,
        verb: Verb,
        place: ValueId,
        part: Option<ValueId>,
        result: ValueId,
        data: Option<ValueId>,
        span: Span,
        callee: &Name,
    ) -> EventId {
        let mut keys = vec![place];
        keys.extend(part);
        let resource = Resource::plain(Noun::State, keys);
        let happening = Happening { at: self.here(), frame, span, result };
        let event = Event {
            data,
            absent: vec![Outcome { kind: OutcomeKind::Null, path: Vec::new() }],
            ..Event::bare(verb, resource, happening, callee.clone())
        };
        self.add_event(event)
    }

    /// A variable or field that outlives the call is read: a look, if something may change it.
    pub(super) fn state_read(
        &mut self,
        frame: FrameId,
        place: ValueId,
        part: Option<ValueId>,
        span: Span,
    ) -> ValueId {
        if self.language != Language::TypeScript || !self.is_mutable_place(place) {
            return place;
        }
        // Each look is a value of its own, so that a decision names the look it rests on.
        let event = EventId(self.events.len() as u32);
        let seen = self.values.number(Term::Held { of: place, event });
        let name = self.name_of(place).unwrap_or_default();
        self.plain_event(frame, Verb::Read, place, part, seen, None, span, &name);
        seen
    }

    pub(super) fn is_mutable_place(&self, place: ValueId) -> bool {
        match self.values.term(place) {
            Term::Place(file, local) => {
                let unit = self.project.unit(*file);
                unit.assigned[local.0 as usize] > 1 && unit.outlives(*local)
            }
            _ => false,
        }
    }

    pub(super) fn field_read(&mut self, frame: FrameId, value: ValueId, field: &str, span: Span) -> ValueId {
        if self.language != Language::TypeScript || field.is_empty() {
            return value;
        }
        let (file, stored) = {
            let unit = self.unit(frame);
            (unit.file, unit.stored.contains(field))
        };
        let root = self.values.root(value);
        let shared = match self.values.term(root) {
            Term::This(..) => true,
            Term::Place(of, local) => {
                *of == file
                    && self.project.unit(*of).program.locals[local.0 as usize].function == FunctionId(0)
            }
            Term::Record { .. } => self.published.contains(&root),
            _ => false,
        };
        if !stored || !shared {
            return value;
        }
        self.seen_place(frame, value, field, span)
    }

    /// The size of a shared collection is a look at the collection.
    pub(super) fn size_read(
        &mut self,
        frame: FrameId,
        base: ValueId,
        field: &str,
        span: Span,
    ) -> Option<ValueId> {
        if self.language != Language::TypeScript || !self.knowledge.is_word("sizes", field) {
            return None;
        }
        let root = self.values.root(base);
        let shared = match self.values.term(root) {
            Term::This(..) => root != base,
            Term::Place(file, local) => {
                let unit = self.project.unit(*file);
                unit.program.locals[local.0 as usize].function == FunctionId(0)
                    && (root != base || unit.touched.contains(local))
            }
            _ => false,
        };
        if !shared {
            return None;
        }
        let seen = self.values.unknown();
        self.plain_event(frame, Verb::Count, base, None, seen, None, span, &Name::from(field));
        Some(seen)
    }

    pub(super) fn seen_place(&mut self, frame: FrameId, value: ValueId, field: &str, span: Span) -> ValueId {
        let event = EventId(self.events.len() as u32);
        let seen = self.values.number(Term::Held { of: value, event });
        self.plain_event(frame, Verb::Read, value, None, seen, None, span, &Name::from(field));
        seen
    }

    /// Memory that outlives the call is changed.
    pub(super) fn state_write(
        &mut self,
        frame: FrameId,
        base: ValueId,
        part: Option<ValueId>,
        value: ValueId,
        span: Span,
    ) {
        let root = self.values.root(base);
        let outlives = match self.values.term(root) {
            Term::This(..) | Term::Place(..) | Term::Global(_) => true,
            _ if self.published.contains(&root) => true,
            _ => matches!(self.values.term(base), Term::Held { .. }),
        };
        if !outlives {
            return;
        }
        // `this.field = v` changes the place `this.field`; `guard.field = v` a part of the place.
        let field = part.and_then(|part| self.values.literal_text(part).map(Name::from));
        let held = match *self.values.term(base) {
            Term::Held { of, event } => Some((of, event)),
            _ => None,
        };
        // What a look saw is the object, not a guard of it.
        let is_guard = held.is_some_and(|(_, event)| self.events[event.0 as usize].verb != Verb::Read)
            || (held.is_some() && self.language == Language::Rust);
        let base = held.filter(|_| !is_guard).map_or(base, |(of, _)| of);
        let (place, part) = match field {
            Some(field) if !is_guard => (self.values.number(Term::Load { base, field, version: 0 }), None),
            _ => (base, part),
        };
        let name = self.name_of(place).unwrap_or_default();
        let result = self.values.unknown();
        self.plain_event(frame, Verb::Write, place, part, result, Some(value), span, &name);
    }
}
