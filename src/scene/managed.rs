//! A unit of work: rows that were looked up are changed as objects, and written where it is flushed.

use super::arguments::Site;
use super::build::Builder;
use super::event::{Event, EventId, Happening};
use super::recognize::Recognised;
use super::value::{FrameId, Term, ValueId};
use crate::book::words::{Noun, Verb, Verbs};
use crate::program::Name;

/// How many rows one flush writes at most.
const ROWS: usize = 16;

impl Builder<'_> {
    /// Writes every row that was looked up through the page of this call and has changed since.
    pub(super) fn flushes(&mut self, frame: FrameId, site: &mut Site<'_>, found: &Recognised<'_>) {
        for (row, look) in self.changed_rows(&found.line.library.name) {
            let patches = self.patches.get(&row).map(Vec::as_slice).unwrap_or_default();
            let before = self.flushed.insert(row, patches.len()).unwrap_or(0);
            let sets = patches[before..].iter().map(|patch| (patch.field.clone(), patch.value)).collect();
            let of = &self.events[look.0 as usize];
            let resource = of.resource.clone();
            let happening =
                Happening { at: self.here(), frame, span: site.call.how.span, result: site.result };
            let bare = Event::bare(Verb::Write, resource, happening, site.call.name.clone());
            let event = Event {
                sets,
                data: Some(row),
                recognition: found.how,
                library: found.line.library.name.clone(),
                // What a transaction writes at its end goes over its own client.
                client: site.call.receiver.filter(|_| site.callbacks.is_empty()),
                ..bare
            };
            site.events.push(self.add_event(event));
        }
    }

    /// The changed rows that a page's looks gave, with the look, in the order of the looks.
    fn changed_rows(&self, library: &Name) -> Vec<(ValueId, EventId)> {
        let changed = self
            .patches
            .iter()
            .filter(|(row, patches)| self.flushed.get(row).is_none_or(|before| *before < patches.len()));
        let mut rows: Vec<(EventId, ValueId)> =
            changed.filter_map(|(row, _)| Some((self.looked_up(*row, library)?, *row))).collect();
        rows.sort_unstable_by_key(|(look, row)| (look.0, row.0));
        rows.truncate(ROWS);
        rows.into_iter().map(|(look, row)| (row, look)).collect()
    }

    /// The look of a page that gave this row, alone, in a list, or as one of several.
    fn looked_up(&self, row: ValueId, library: &Name) -> Option<EventId> {
        let is_look = |id: &EventId| {
            let event = &self.events[id.0 as usize];
            Verbs::LOOK.has(event.verb) && event.resource.noun == Noun::Row && event.library == *library
        };
        let mut open = vec![row];
        for _ in 0..ROWS {
            let value = open.pop()?;
            if let Some(look) = self.results.get(&value).into_iter().flatten().copied().find(is_look) {
                return Some(look);
            }
            match self.values.term(value) {
                Term::Each { base, .. } | Term::Element { base, .. } | Term::Payload { of: base, .. } => {
                    open.push(*base);
                }
                Term::Phi { .. } => {
                    open.extend(self.values.phis.get(&value).into_iter().flatten().map(|input| input.value));
                }
                _ => {}
            }
        }
        None
    }
}
