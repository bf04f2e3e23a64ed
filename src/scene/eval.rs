//! The values of expressions: loads, stores, operators, statics.

use super::Patch;
use super::build::Builder;
use super::value::{FrameId, Input, Piece, Slot, Term, ValueId};
use crate::program::{Entry, Key, Literal, Local, Name, Operator, Part, Value};
use crate::source::{FileId, Span};

/// Through how many meetings of ways a stored field is followed back.
const MEETINGS: u32 = 6;

impl Builder<'_> {
    pub(super) fn store(&mut self, frame: FrameId, base: ValueId, key: &Key, value: ValueId, span: Span) {
        if !matches!(self.values.term(base), Term::Call { .. }) {
            self.acts += 1;
        }
        let part = match key {
            Key::Field(name) => {
                let version = self.values.site();
                self.env.bump(name, version);
                self.forwards.insert((base, name.clone(), version), value);
                let patches = self.patches.entry(base).or_default();
                if patches.len() < 64 {
                    patches.push(Patch { field: name.clone(), value, block: self.current });
                }
                Some(name.clone())
            }
            Key::Element(_) | Key::Each => None,
        };
        if self.is_local_made(base) {
            self.values.influence(base, value);
        }
        let part = match (part, key) {
            (Some(name), _) if name == "*" => None,
            (Some(name), _) => Some(self.values.text(&name)),
            (None, Key::Element(index)) => Some(self.get(frame, *index)),
            (None, _) => None,
        };
        self.state_write(frame, base, part, value, span);
    }

    /// Made in this scene, so that mutating it is visible through this value only.
    pub(super) fn is_local_made(&self, id: ValueId) -> bool {
        matches!(
            self.values.term(self.values.root(id)),
            Term::Record { .. } | Term::Call { .. } | Term::Pure { .. } | Term::Mix(_) | Term::Phi { .. }
        )
    }

    pub(super) fn eval(&mut self, frame: FrameId, value: &Value, span: Span) -> ValueId {
        match value {
            Value::Copy(local) => self.read_variable(frame, *local, span),
            Value::Load { base, key } => {
                let base = self.get(frame, *base);
                self.load(frame, base, key, span)
            }
            Value::Literal(literal) => {
                let value = self.values.literal(literal.clone());
                if matches!(literal, Literal::Text(text) if text.contains(' ')) {
                    self.texts.insert(value, span);
                }
                value
            }
            Value::Global(global) => self.global(self.frames[frame.0 as usize].file, global, 0),
            Value::Closure(function) => {
                let file = self.frames[frame.0 as usize].file;
                self.values.number(Term::Closure { file, function: *function, frame })
            }
            Value::Record { name, entries } => {
                let entries = entries.iter().map(|entry| self.entry(frame, entry)).collect();
                let site = self.values.site();
                self.values.number(Term::Record { name: name.clone(), entries, site })
            }
            Value::Template(parts) => {
                let pieces = parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => Piece::Text(text.clone()),
                        Part::Value(local) => Piece::Value(self.get(frame, *local)),
                    })
                    .collect();
                let value = self.values.template(pieces);
                self.texts.insert(value, span);
                value
            }
            Value::Apply { operator, operands } => {
                let operands: Vec<ValueId> =
                    operands.iter().map(|local| self.read_variable(frame, *local, span)).collect();
                self.apply(operator, operands)
            }
            Value::Payload { of, variant, index } => {
                self.handed_on.insert((frame, *of));
                let of = self.get(frame, *of);
                self.payload(of, variant, *index)
            }
            Value::Caught => self.values.unknown(),
            Value::Mix(locals) => {
                let parts: Vec<ValueId> = locals.iter().map(|local| self.get(frame, *local)).collect();
                if parts.is_empty() { self.values.unknown() } else { self.values.number(Term::Mix(parts)) }
            }
        }
    }

    pub(super) fn entry(&mut self, frame: FrameId, entry: &Entry) -> (Slot, ValueId) {
        match entry {
            Entry::Named(name, local) => (Slot::Named(name.clone()), self.get(frame, *local)),
            Entry::Computed(key, local) => {
                let key = self.get(frame, *key);
                let slot = match self.values.literal_text(key) {
                    Some(text) => Slot::Named(Name::from(text)),
                    None => Slot::Computed(key),
                };
                (slot, self.get(frame, *local))
            }
            Entry::Spread(local) => (Slot::Spread, self.get(frame, *local)),
        }
    }

    pub(super) fn apply(&mut self, operator: &Operator, operands: Vec<ValueId>) -> ValueId {
        if *operator == Operator::Add
            && operands.iter().any(|id| {
                matches!(self.values.term(*id), Term::Literal(Literal::Text(_)) | Term::Template(_))
            })
        {
            return self.values.template(operands.into_iter().map(Piece::Value).collect());
        }
        self.values.number(Term::Apply(operator.clone(), operands))
    }

    /// A variant's content: the whole itself for wrappers, the error for `Err`.
    pub(super) fn payload(&mut self, of: ValueId, variant: &Name, index: u32) -> ValueId {
        if variant == "Err" {
            return self.values.number(Term::Error(of));
        }
        let constructor = variant.rsplit('.').next().unwrap_or(variant);
        let of = self.without(of, constructor == "Some", 0);
        if index == 0 && self.knowledge.is_wrapper(self.language, constructor) {
            return of;
        }
        if let Term::Record { entries, .. } = self.values.term(of)
            && let Some((_, value)) = entries.get(index as usize)
        {
            return *value;
        }
        self.values.number(Term::Payload { of, variant: variant.clone(), index })
    }

    /// What is left of the ways in which something was given where it did not fail: of what a
    /// function gave back, or of a row whose columns could all be read.
    pub(super) fn without_errors(&mut self, of: ValueId) -> ValueId {
        self.without(of, false, 0)
    }

    /// `nothing`: that nothing was there is ruled out, too.
    fn without(&mut self, of: ValueId, nothing: bool, depth: u32) -> ValueId {
        if let Some(known) = self.succeeded.get(&(of, nothing)) {
            return *known;
        }
        if depth > 4 || !self.values.phis.contains_key(&of) {
            return of;
        }
        // Put first, so that a cycle ends at the value itself.
        self.succeeded.insert((of, nothing), of);
        let inputs = self.values.phis[&of].clone();
        let count = inputs.len();
        let left: Vec<Input> = inputs.into_iter().filter(|input| !self.fails(input, nothing)).collect();
        let mut changed = left.len() < count;
        let left: Vec<Input> = left
            .into_iter()
            .map(|input| {
                let value = self.without(input.value, nothing, depth + 1);
                changed |= value != input.value;
                Input { value, ..input }
            })
            .collect();
        if left.is_empty() || !changed {
            return of;
        }
        let value = self.values.phi(left);
        if self.type_of(value).is_none()
            && let Some(known) = self.evidence.get(&of).cloned()
        {
            self.evidence.insert(value, known);
        }
        self.succeeded.insert((of, nothing), value);
        value
    }

    /// A way that ends in an error: one that is made there, or was met and is handed on.
    fn fails(&self, input: &Input, nothing: bool) -> bool {
        let asked = |test: ValueId, variant: &str| {
            matches!(self.values.term(test),
                Term::Apply(Operator::Is(name), of) if name == variant && of.as_slice() == [input.value])
        };
        let handed_on = || {
            input.conditions.iter().any(|(test, outcome)| asked(*test, if *outcome { "Err" } else { "Ok" }))
        };
        match self.values.term(input.value) {
            Term::Pure { callee, name, .. } if name == "Err" => {
                matches!(self.values.term(*callee), Term::Global(_))
            }
            Term::Global(global) if global.path.last().is_some_and(|name| name == "None") => nothing,
            _ => handed_on(),
        }
    }

    /// Reading a variable that outlives the scene, in a test or computation too, is a look at state.
    pub(super) fn read_variable(&mut self, frame: FrameId, local: Local, span: Span) -> ValueId {
        let value = self.get(frame, local);
        if matches!(self.values.term(value), Term::Place(..)) && self.home(frame, local).is_none() {
            return self.state_read(frame, value, None, span);
        }
        value
    }

    /// What was stored to a field as far as a version knows: by the last store, or by those of
    /// several ways that meet. What nobody stored on a way is what it was before.
    fn stored_at(&mut self, base: ValueId, name: &Name, version: u32, depth: u32) -> Option<ValueId> {
        let at = (base, name.clone(), version);
        if let Some(value) = self.forwards.get(&at) {
            return Some(*value);
        }
        let meeting = self.meetings.get(&version).filter(|_| depth > 0)?.clone();
        let mut inputs = Vec::with_capacity(meeting.len());
        let mut is_stored = false;
        for (version, conditions) in meeting {
            let stored = self.stored_at(base, name, version, depth - 1);
            is_stored |= stored.is_some();
            let value = stored
                .or_else(|| self.values.entry(base, name))
                .unwrap_or_else(|| self.values.number(Term::Load { base, field: name.clone(), version: 0 }));
            inputs.push(Input { value, conditions });
        }
        let value = is_stored.then(|| self.values.phi(inputs))?;
        self.forwards.insert(at, value);
        Some(value)
    }

    /// What a page says that a field stands for, of an answer or of what stands in it.
    fn part_named(&self, base: ValueId, name: &Name) -> Option<ValueId> {
        if self.parts.is_empty() {
            return None;
        }
        let mut at = base;
        for _ in 0..4 {
            if let Some(value) = self.parts.get(&(at, name.clone())) {
                return Some(*value);
            }
            match self.values.term(at) {
                Term::Load { base, .. } | Term::Each { base, .. } | Term::Element { base, .. } => at = *base,
                _ => return None,
            }
        }
        None
    }

    pub(super) fn load(&mut self, frame: FrameId, base: ValueId, key: &Key, span: Span) -> ValueId {
        match key {
            Key::Field(name) => {
                // Stored after the object was made.
                let version = self.env.version(name);
                if version != 0
                    && let Some(value) = self.stored_at(base, name, version, MEETINGS)
                {
                    return value;
                }
                if let Some(value) = self.values.entry(base, name) {
                    return value;
                }
                if let Term::Global(global) = self.values.term(base) {
                    let mut global = global.clone();
                    if global.path.len() < 8 {
                        global.path.push(name.clone());
                    }
                    return self.global(self.frames[frame.0 as usize].file, &global, 0);
                }
                if let Some(value) = self.part_named(base, name) {
                    return value;
                }
                if let Some(seen) = self.size_read(frame, base, name, span) {
                    return seen;
                }
                let version = self.env.version(name);
                if let Some(value) = self.forwards.get(&(base, name.clone(), version)) {
                    return *value;
                }
                let value = self.values.number(Term::Load { base, field: name.clone(), version });
                self.field_read(frame, value, name, span)
            }
            Key::Element(index) => {
                let index = self.get(frame, *index);
                if let Some(text) = self.values.literal_text(index) {
                    let text = Name::from(text);
                    if let Some(value) = self.values.entry(base, &text) {
                        return value;
                    }
                }
                let element = self.values.number(Term::Element { base, index });
                self.field_read(frame, element, "", span)
            }
            Key::Each => {
                let site = self.values.site();
                self.values.number(Term::Each { base, site })
            }
        }
    }

    /// The value of a local of an enclosing function or module that is not part of the scene.
    pub(super) fn static_value(&mut self, file: FileId, local: Local, depth: u32) -> ValueId {
        if let Some(value) = self.statics.get(&(file, local)) {
            return *value;
        }
        let place = self.values.number(Term::Place(file, local));
        // Put first, so that a cycle ends at the place itself.
        self.statics.insert((file, local), place);
        let project = self.project;
        if depth > 16 {
            return place;
        }
        let Some(op) = project.unit(file).definition(local) else {
            self.made_later(file, local, place, depth);
            return place;
        };
        let value = self.static_op(file, op, place, depth);
        // `const redis = api.stores.client`: what people call it tells what it is.
        if matches!(self.values.term(value), Term::Load { .. }) {
            let info = &project.unit(file).program.locals[local.0 as usize];
            if !info.name.is_empty() {
                self.names.entry(value).or_insert_with(|| info.name.clone());
            }
        }
        self.statics.insert((file, local), value);
        value
    }
}
