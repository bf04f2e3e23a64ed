//! What pages say of code outside the scene: module-level initialisers and entry points.

use super::arguments::Site;
use super::build::{Builder, How};
use super::call::{Call, Called};
use super::event::Recognition;
use super::value::{FrameId, Term, ValueId};
use crate::book::api::{Api, Root, What};
use crate::book::words::Regions;
use crate::program::Literal;

impl Builder<'_> {
    /// Facts of a page about a call outside the scene (a module-level initialiser).
    pub(super) fn static_fact(&mut self, call: &Call) -> Option<ValueId> {
        let found = self.recognise(FrameId(0), call)?;
        let null = self.values.literal(Literal::Null);
        let bound = found.bound.clone();
        let site = Site {
            call,
            api: found.line.api,
            bound: &bound,
            result: null,
            has_callback: false,
            callbacks: Vec::new(),
            events: Vec::new(),
        };
        let mut value = None;
        for clause in &found.line.api.clauses {
            match &clause.what {
                What::SameAs(target, source) if target.root == Root::Result => {
                    value = self.same_as(&site, target, source).or(value);
                }
                What::FieldOf(_, whole, name) => value = self.field_named(&site, whole, name).or(value),
                What::PartOf(whole, parts) => value = self.part_of(&site, whole, parts).or(value),
                _ => {}
            }
        }
        value
    }

    /// Events that an entry point's page says happen when the function is called.
    pub(super) fn enter_entry_events(&mut self, frame: FrameId) {
        let function = self.function(frame);
        if !function.exported || function.owner.is_some() {
            return;
        }
        let knowledge = self.knowledge;
        for line in &knowledge.entries {
            // Without a glob a name alone would make every `handler` an entry.
            let here = line.api.within.is_some()
                && line.library.languages.contains(&self.language)
                && is_called(line.api, &function.name)
                && self.within(frame, line.api);
            if here {
                self.enter(frame, line);
            }
        }
    }

    pub(super) fn enter(&mut self, frame: FrameId, line: &crate::knowledge::Line<'_>) {
        let function = self.function(frame);
        let file = self.frames[frame.0 as usize].file;
        let args =
            function.params.iter().map(|param| self.values.number(Term::Param(file, *param))).collect();
        let call = Call {
            target: Called::Method,
            receiver: None,
            name: function.name.clone(),
            args,
            how: How { awaited: false, used: false, span: function.name_span },
        };
        let result = self.values.unknown();
        let mut site = Site {
            call: &call,
            api: line.api,
            bound: &[],
            result,
            has_callback: false,
            callbacks: Vec::new(),
            events: Vec::new(),
        };
        for clause in &line.api.clauses {
            match &clause.what {
                What::Event(event) => {
                    if let Some(resource) = self.resource(&site, event) {
                        let how = Recognition::Resolved;
                        self.push_event(frame, &mut site, how, line.library, event, resource);
                    }
                }
                What::Region(regions) => {
                    let here = &mut self.frames[frame.0 as usize].regions;
                    *here = Regions(here.0 | regions.0);
                }
                _ => {}
            }
        }
    }
}

/// An entry line names this function.
fn is_called(api: &Api, name: &str) -> bool {
    matches!(api.target.parts.as_slice(), [crate::book::api::Segment::Names(names)]
        if names.iter().any(|pattern| crate::knowledge::matches(pattern, name)))
}
