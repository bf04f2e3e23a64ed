//! The values of module-level variables, from the one step that defines each.

use super::build::{Builder, How};
use super::call::{Call, Called};
use super::event::Recognition;
use super::types::{TypeEvidence, named};
use super::value::{FrameId, Piece, Slot, Term, ValueId};
use crate::program::{Arg, Callee, Entry, FunctionId, Global, Key, Language, Local, Name, Op, Part, Value};
use crate::project::Imported;
use crate::source::FileId;

impl Builder<'_> {
    /// The value of a local of an outer function or module, from the one step that defines it.
    pub(super) fn static_op(&mut self, file: FileId, op: &Op, place: ValueId, depth: u32) -> ValueId {
        let of = |builder: &mut Self, local: Local| builder.static_value(file, local, depth + 1);
        match op {
            Op::Let { value, .. } => match value {
                Value::Copy(local) => of(self, *local),
                Value::Global(global) => self.global(file, global, depth),
                Value::Literal(literal) => self.values.literal(literal.clone()),
                Value::Closure(function) => {
                    self.values.number(Term::Closure { file, function: *function, frame: FrameId(0) })
                }
                Value::Load { base, key: Key::Field(name) } => {
                    let base = of(self, *base);
                    if let Some(value) = self.values.entry(base, name) {
                        return value;
                    }
                    if let Term::Global(global) = self.values.term(base) {
                        let mut global = global.clone();
                        global.path.push(name.clone());
                        return self.global(file, &global, depth);
                    }
                    self.values.number(Term::Load { base, field: name.clone(), version: 0 })
                }
                Value::Template(parts) => {
                    let pieces = parts
                        .iter()
                        .map(|part| match part {
                            Part::Text(text) => Piece::Text(text.clone()),
                            Part::Value(local) => Piece::Value(of(self, *local)),
                        })
                        .collect();
                    self.values.template(pieces)
                }
                Value::Record { name: None, entries } if self.is_shared_literal(file, place, entries) => {
                    if crate::project::is_list(entries) && !self.evidence.contains_key(&place) {
                        let name = Global { module: Name::default(), path: vec![Name::new_static("[]")] };
                        let how = Recognition::Constructed;
                        self.evidence.insert(place, TypeEvidence { ty: named(name), how });
                    }
                    place
                }
                Value::Record { name, entries } => {
                    let mut slots = Vec::with_capacity(entries.len());
                    for entry in entries {
                        match entry {
                            Entry::Named(name, local) => {
                                slots.push((Slot::Named(name.clone()), of(self, *local)));
                            }
                            Entry::Spread(local) => slots.push((Slot::Spread, of(self, *local))),
                            Entry::Computed(..) => {}
                        }
                    }
                    let site = self.values.site();
                    let record =
                        self.values.number(Term::Record { name: name.clone(), entries: slots, site });
                    self.published.insert(record);
                    record
                }
                Value::Apply { .. }
                | Value::Payload { .. }
                | Value::Load { .. }
                | Value::Caught
                | Value::Mix(_) => place,
            },
            Op::Call { callee, args, .. } => self.static_call(file, callee, args, place, depth),
            Op::Suspend { of: local, .. } => of(self, *local),
            Op::Store { .. } | Op::Release { .. } => place,
        }
    }

    /// `let client = null`, and somewhere `client = connect()`: what it is once it is made.
    pub(super) fn made_later(&mut self, file: FileId, local: Local, place: ValueId, depth: u32) {
        let project = self.project;
        let unit = project.unit(file);
        let of_module = unit.program.locals[local.0 as usize].function == FunctionId(0);
        if self.language != Language::TypeScript || !of_module || self.type_of(place).is_some() {
            return;
        }
        let mut op = unit.last_given(local);
        // `client = await connect()`.
        for _ in 0..4 {
            op = match op {
                Some(Op::Let { value: Value::Copy(of), .. } | Op::Suspend { of, .. }) => unit.last_given(*of),
                _ => break,
            };
        }
        if let Some(Op::Call { callee, args, .. }) = op {
            self.static_call(file, callee, args, place, depth);
        }
    }

    /// What an import or a global stands for: memory, a constant or an object of another file as far
    /// as it is known there. Functions stay names, since a page may speak of them by name.
    pub(super) fn global(&mut self, file: FileId, global: &Global, depth: u32) -> ValueId {
        let project = self.project;
        if let Some((at, Imported::Local(local), rest)) = project.imported(file, global)
            && depth <= 16
            && project.unit(at).type_decl(&project.unit(at).program.locals[local.0 as usize].name).is_none()
        {
            let mut value = self.static_value(at, local, depth + 1);
            for name in rest {
                value = match self.values.entry(value, name) {
                    Some(entry) => entry,
                    None => self.values.number(Term::Load { base: value, field: name.clone(), version: 0 }),
                };
            }
            let known = match self.values.term(value) {
                Term::Closure { .. } => false,
                Term::Place(..) => self.is_mutable_place(value) || self.type_of(value).is_some(),
                Term::Load { .. } => self.type_of(value).is_some(),
                _ => true,
            };
            if known {
                return value;
            }
        }
        self.values.number(Term::Global(global.clone()))
    }

    /// A module's array or object that the code changes: memory, not a constant.
    pub(super) fn is_shared_literal(&self, file: FileId, place: ValueId, entries: &[Entry]) -> bool {
        let Term::Place(_, local) = *self.values.term(place) else { return false };
        let unit = self.project.unit(file);
        let is_function = |entry: &Entry| match entry {
            Entry::Named(_, local) | Entry::Computed(_, local) => {
                matches!(unit.definition(*local), Some(Op::Let { value: Value::Closure(_), .. }))
            }
            Entry::Spread(_) => false,
        };
        unit.program.language == Language::TypeScript
            && unit.program.locals[local.0 as usize].function == FunctionId(0)
            && unit.touched.contains(&local)
            && !entries.iter().any(is_function)
    }

    /// A module-level call: what it makes tells the type of the variable it is bound to.
    pub(super) fn static_call(
        &mut self,
        file: FileId,
        callee: &Callee,
        args: &[Arg],
        place: ValueId,
        depth: u32,
    ) -> ValueId {
        let span = self.function(FrameId(0)).span;
        let how = How { lent: 0, awaited: false, used: true, span };
        let values: Vec<ValueId> =
            args.iter().map(|arg| self.static_value(file, arg.value, depth + 1)).collect();
        let (target, receiver, name) = match callee {
            Callee::New(local) | Callee::Value(local) => {
                let value = self.static_value(file, *local, depth + 1);
                let Term::Global(global) = self.values.term(value).clone() else {
                    if matches!(callee, Callee::New(_)) {
                        let name = self.name_of(value).unwrap_or_default();
                        let ty = named(Global { module: Name::default(), path: vec![name] });
                        let evidence = TypeEvidence { ty, how: Recognition::Constructed };
                        self.evidence.entry(place).or_insert(evidence);
                    }
                    return place;
                };
                let global = self.aliased(file, *local, &global);
                let name = global.path.last().cloned().unwrap_or_else(|| global.module.clone());
                let target = match callee {
                    Callee::New(_) => Called::New(global),
                    _ => Called::Path(global),
                };
                (target, None, name)
            }
            Callee::Method { receiver, name } => {
                let receiver = self.static_value(file, *receiver, depth + 1);
                let target = match self.values.term(receiver) {
                    Term::Global(global) => {
                        let mut global = global.clone();
                        global.path.push(name.clone());
                        Called::Path(global)
                    }
                    _ => Called::Method,
                };
                (target, Some(receiver), name.clone())
            }
            Callee::Macro(global) => {
                let name = global.path.last().cloned().unwrap_or_default();
                (Called::Macro(global.clone()), None, name)
            }
        };
        let call = Call { target, receiver, name, args: values, how };
        let declared = self.type_of(place).is_some();
        // A static of a declared type is that, however it is made.
        if (!declared || self.language != Language::Rust)
            && let Some(value) = self.static_fact(&call)
        {
            return value;
        }
        if !declared {
            self.made(&call, place);
        }
        // Like any other call for the builders that follow it.
        self.remember(&call, place);
        place
    }
}
