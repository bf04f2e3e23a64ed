//! What pages say of code outside the scene: module-level initialisers and entry points.

use super::Frame;
use super::arguments::Site;
use super::build::{Builder, How};
use super::call::{Call, Called};
use super::clauses::isolation_word;
use super::event::{Event, Happening, Hold, Recognition, Resource};
use super::value::{FrameId, Term, ValueId};
use crate::book::api::{Api, Root, What};
use crate::book::words::{Isolation, Noun, Regions, Verb};
use crate::program::{Callee, Entry, FunctionKind, Literal, Local, Name, Op, Step, Value};
use crate::project::Unit;

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

    /// A closure whose call is out of sight, given to something that goes by the name of a
    /// transaction together with how strictly it is to be kept apart: `transaction(client, name,
    /// work, { isolationLevel: "Serializable" })`, the project's own.
    pub(super) fn enter_wrapper(&mut self, frame: FrameId) {
        let Frame { file, function: id, .. } = self.frames[frame.0 as usize];
        let unit = self.project.unit(file);
        let function = self.function(frame);
        if function.kind != FunctionKind::Closure {
            return;
        }
        let Some(Step { op: Op::Call { callee, args, .. }, span }) = unit.given_to(id) else { return };
        let Some(name) = called_name(unit, callee) else { return };
        let begins = crate::knowledge::words(&name).iter().any(|word| self.knowledge.is_word("handed", word));
        let isolation = args.iter().find_map(|arg| self.told_isolation(unit, arg.value));
        if let (true, Some(isolation)) = (begins, isolation) {
            let result = self.values.unknown();
            let resource = Resource::plain(Noun::Transaction, vec![result]);
            let happening = Happening { at: self.here(), frame, span: *span, result };
            let mut event = Event::bare(Verb::Take, resource, happening, name);
            event.hold = Some(Hold::During);
            event.isolation = Some(isolation);
            self.add_event(event);
        }
    }

    /// A parameter of a type of which every value is a serializable transaction: whoever calls the
    /// function has begun one, and it lasts longer than the call.
    pub(super) fn enter_given_transactions(&mut self, frame: FrameId) {
        let Frame { file, .. } = self.frames[frame.0 as usize];
        let function = self.function(frame);
        let (unit, span) = (self.unit(frame), function.name_span);
        for param in &function.params {
            let Some(ty) = &unit.program.locals[param.0 as usize].ty else { continue };
            let [module, .., name] = ty.name.path.as_slice() else { continue };
            if !self.knowledge.is_serializable(self.language, module, name) {
                continue;
            }
            let result = self.values.number(Term::Param(file, *param));
            let resource = Resource::plain(Noun::Transaction, vec![result]);
            let happening = Happening { at: self.here(), frame, span, result };
            let mut event = Event::bare(Verb::Take, resource, happening, name.clone());
            event.hold = Some(Hold::During);
            event.isolation = Some(Isolation::Serializable);
            self.add_event(event);
        }
    }

    /// `{ isolationLevel: "Serializable" }`, written out.
    fn told_isolation(&self, unit: &Unit, local: Local) -> Option<Isolation> {
        let Some(Op::Let { value: Value::Record { entries, .. }, .. }) = unit.definition(local) else {
            return None;
        };
        entries.iter().find_map(|entry| match entry {
            Entry::Named(name, value) if self.knowledge.in_lexicon("isolation", name) => {
                match unit.definition(*value) {
                    Some(Op::Let { value: Value::Literal(Literal::Text(text)), .. }) => isolation_word(text),
                    _ => None,
                }
            }
            _ => None,
        })
    }

    /// A transaction that states no isolation has the one that its database gives it.
    pub(super) fn isolate(&mut self) {
        for event in &mut self.events {
            if event.resource.noun == Noun::Transaction && event.isolation.is_none() {
                event.isolation = self.project.database(event.span.file).isolation;
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
            how: How { lent: 0, awaited: false, used: false, span: function.name_span },
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

fn called_name(unit: &Unit, callee: &Callee) -> Option<Name> {
    match callee {
        Callee::Method { name, .. } => Some(name.clone()),
        Callee::Value(local) => match unit.definition(*local) {
            Some(Op::Let { value: Value::Global(global), .. }) => global.path.last().cloned(),
            _ => Some(unit.program.locals[local.0 as usize].name.clone()),
        },
        Callee::New(_) | Callee::Macro(_) => None,
    }
}

/// An entry line names this function.
fn is_called(api: &Api, name: &str) -> bool {
    matches!(api.target.parts.as_slice(), [crate::book::api::Segment::Names(names)]
        if names.iter().any(|pattern| crate::knowledge::matches(pattern, name)))
}
