//! Where functions of the project are called, by name.

use super::Project;
use super::{Unit, Units};
use crate::program::{
    Callee, Function, FunctionId, FunctionKind, Global, Key, Language, Literal, Local, Name, Op, Type, Value,
    reads,
};
use crate::source::{FileId, Span};
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::{Arc, OnceLock, RwLock};

/// One call of a method by its name; whose method it is, the name alone does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSite {
    pub file: FileId,
    pub function: FunctionId,
    pub block: u32,
    pub step: u32,
    pub receiver: Local,
}

/// Places by name, in the order of files. Where all files are lowered, one look at all of them finds
/// those of every name; otherwise the files that mention a name are looked at when it is asked for.
pub(super) struct Index<T> {
    all: OnceLock<FxHashMap<Name, Arc<[T]>>>,
    some: RwLock<FxHashMap<Name, Arc<[T]>>>,
}

impl<T> Default for Index<T> {
    fn default() -> Index<T> {
        Index { all: OnceLock::new(), some: RwLock::default() }
    }
}

/// Kinds of places that [`sites`] tells apart, as bits.
pub(super) const KEPT: u8 = 8;
pub(super) const CALLED: u8 = 2;

/// The names of the places that a file has, each with what kinds of places these are.
pub(super) fn sites(unit: &Unit) -> Vec<(Name, u8)> {
    let mut found = Vec::new();
    method_calls(unit, &mut |name, _| found.push((name.clone(), 1)));
    rust_mentions(unit, &mut |name, _| found.push((name.clone(), CALLED)));
    field_calls(unit, &mut |name, _| found.push((name.clone(), 4)));
    found.extend(unit.kept_classes().into_iter().map(|name| (name, KEPT)));
    found
}

/// Takes down a place under its name.
type Take<'t, T> = dyn FnMut(&Name, T) + 't;

impl<T> Index<T> {
    /// The places of a name. `look` goes through a file, and `counts` tells of the names that
    /// somebody may ask for.
    fn get(
        &self,
        name: &Name,
        units: &Units,
        counts: impl Fn(&Name) -> bool,
        look: impl Fn(&Unit, &mut Take<'_, T>),
    ) -> Arc<[T]> {
        if let Some(all) = self.all.get() {
            return all.get(name).cloned().unwrap_or_default();
        }
        reads::unrecorded(|| {
            if units.are_held() {
                let all = self.all.get_or_init(|| {
                    let mut found: FxHashMap<Name, Vec<T>> = FxHashMap::default();
                    let mut take = |name: &Name, place: T| {
                        if counts(name) {
                            found.entry(name.clone()).or_default().push(place);
                        }
                    };
                    units.held().for_each(|unit| look(unit, &mut take));
                    found.into_iter().map(|(name, places)| (name, places.into())).collect()
                });
                return all.get(name).cloned().unwrap_or_default();
            }
            if let Ok(known) = self.some.read()
                && let Some(found) = known.get(name)
            {
                return found.clone();
            }
            let mut found = Vec::new();
            let mut take = |other: &Name, place: T| {
                if other == name {
                    found.push(place);
                }
            };
            units.mentioning(name).for_each(|unit| look(unit, &mut take));
            let found: Arc<[T]> = found.into();
            if let Ok(mut known) = self.some.write() {
                known.insert(name.clone(), found.clone());
            }
            found
        })
    }
}

/// A place of a Rust file that may call a function.
#[derive(Clone, Debug)]
pub struct Caller {
    pub file: FileId,
    pub function: FunctionId,
    /// The call; `None` where the function is only named, and somebody else calls it.
    pub call: Option<Span>,
    /// The path that names it; `None` for a method call.
    path: Option<Global>,
    receiver: Option<Local>,
}

/// A function of a Rust file that calls something on a field: `self.jobs.lock()`.
#[derive(Clone, Debug)]
pub struct FieldCall {
    pub file: FileId,
    pub function: FunctionId,
    pub method: Name,
    /// The field is one of the method's own object: `self.jobs`.
    pub own: bool,
    /// The first argument, where it stands in the code: `self.stopped.store(true, …)`.
    pub constant: Option<Literal>,
}

impl Project {
    /// Every call of a method of this name in the project's TypeScript files.
    pub fn call_sites(&self, name: &str) -> Arc<[CallSite]> {
        reads::called(name);
        let all = || self.methods.keys().map(|(_, _, name)| name.clone()).collect();
        // Nobody asks for what is no method of the project, and of that there is most.
        let names: &FxHashSet<Name> = self.method_names.get_or_init(all);
        if !names.contains(name) {
            return Arc::default();
        }
        let found =
            self.callers.get(&Name::from(name), &self.units, |name| names.contains(name), method_calls);
        // Whoever asks looks into these, and into others once they have a place of the name.
        found.iter().for_each(|site| reads::file(site.file));
        found
    }

    /// Somebody keeps an object of this class for the whole run, and whoever comes along asks that
    /// one: the module makes it, or keeps it in a variable of its own or in a static field.
    pub fn is_kept(&self, class: &Name) -> bool {
        reads::called(class);
        self.kept_classes.get_or_init(|| reads::unrecorded(|| self.find_kept_classes())).contains(class)
    }

    fn find_kept_classes(&self) -> FxHashSet<Name> {
        let files = (0..self.units.len()).map(|at| FileId(at as u32));
        files
            .flat_map(|file| match self.units.outline(file) {
                Some(outline) => outline.kept.clone(),
                None => self.units.get(file).map(Unit::kept_classes).unwrap_or_default(),
            })
            .collect()
    }

    /// The places of the project's Rust files that may call a function, as far as names and declared
    /// types tell.
    pub fn callers_of(&self, at: (FileId, FunctionId)) -> Vec<Caller> {
        let function = &self.unit(at.0).program.functions[at.1.0 as usize];
        reads::called(&function.name);
        if function.kind != FunctionKind::Declared {
            // Whether somebody declares a function of the name is known once all files are.
            reads::unrecorded(|| self.units.hold_all());
        }
        let declared = OnceLock::new();
        let counts = |name: &Name| declared.get_or_init(|| self.rust_functions()).contains(name);
        let all = self.rust_callers.get(&function.name, &self.units, counts, rust_mentions);
        // What a caller is taken for is told by the name, the text around it and what it declares
        // ([`crate::project::outline`]); who is one, is looked into.
        let may = |caller: &&Caller| reads::except(caller.file, || self.may_call(caller, at, function));
        let found: Vec<Caller> = all.iter().filter(may).cloned().collect();
        found.iter().for_each(|caller| reads::file(caller.file));
        found
    }

    /// Every call on a field of this name in the project's Rust files, whatever type has the field.
    pub fn calls_on_field(&self, field: &str) -> Arc<[FieldCall]> {
        reads::called(field);
        let found = self.field_calls.get(&Name::from(field), &self.units, |_| true, field_calls);
        found.iter().for_each(|call| reads::file(call.file));
        found
    }

    /// The names of functions that Rust files declare, as far as these are lowered.
    fn rust_functions(&self) -> FxHashSet<Name> {
        let rust = self.units.held().filter(|unit| unit.program.language == Language::Rust);
        let declared = |function: &&Function| function.kind == FunctionKind::Declared;
        let functions = rust.flat_map(|unit| unit.program.functions.iter().filter(declared));
        functions.map(|function| function.name.clone()).collect()
    }

    fn may_call(&self, caller: &Caller, at: (FileId, FunctionId), function: &Function) -> bool {
        let Some(path) = &caller.path else {
            let owner = caller.receiver.and_then(|receiver| self.asked_type(caller, receiver));
            return function.receiver.is_some()
                && (function.exported || self.are_of_one_crate(caller.file, at.0))
                && owner.is_none_or(|owner| {
                    Some(&owner) == function.owner.as_ref() || self.is_trait(caller.file, &owner)
                });
        };
        match self.function_named(caller.file, path) {
            Some(found) => found == at,
            None => {
                let before = path.path.iter().rev().nth(1);
                let of_type = before.filter(|name| name.starts_with(char::is_uppercase));
                of_type.is_none_or(|name| function.owner.as_ref() == Some(name))
                    && (function.owner.is_none() || before.is_some())
            }
        }
    }

    /// Whether two files lie below the same `src`, as what is not public to all must.
    fn are_of_one_crate(&self, one: FileId, other: FileId) -> bool {
        let root = |file: FileId| self.unit(file).path.ancestors().find(|folder| folder.ends_with("src"));
        root(one) == root(other)
    }

    /// The type of this project that a method is called on, by what the receiver or the field it
    /// comes from is declared to be.
    fn asked_type(&self, caller: &Caller, receiver: Local) -> Option<Name> {
        let unit = self.unit(caller.file);
        let mut at = receiver;
        for _ in 0..4 {
            if let Some(ty) = self.declared(caller.file, at) {
                return self.own_type(caller.file, ty);
            }
            at = match unit.definition(at)? {
                Op::Let { value: Value::Copy(from), .. } => *from,
                Op::Let { value: Value::Load { base, key: Key::Field(field) }, .. } => {
                    let function = &unit.program.functions[caller.function.0 as usize];
                    let of_this = function.receiver.is_some_and(|(this, _)| this == *base);
                    let owner = function.owner.as_ref().filter(|_| of_this)?;
                    let (file, decl) = self.type_decl(caller.file, owner)?;
                    let (_, ty) = decl.fields.iter().find(|(name, _)| name == field)?;
                    return self.own_type(file, ty.as_ref()?);
                }
                Op::Let { value: Value::Record { name: Some(name), .. }, .. } => {
                    let name = name.path.last()?;
                    return self.type_decl(caller.file, name).is_some().then(|| name.clone());
                }
                _ => return None,
            };
        }
        None
    }

    /// The first type of the project that a type is or wraps: `Arc<RwLock<Jobs>>` is `Jobs`.
    fn own_type(&self, file: FileId, ty: &Type) -> Option<Name> {
        let mut at = Some(ty);
        while let Some(ty) = at {
            if let Some(name) = ty.name.path.last()
                && (self.type_decl(file, name).is_some() || self.is_trait(file, name))
            {
                return Some(name.clone());
            }
            at = ty.args.first();
        }
        None
    }
}

impl Unit {
    /// Classes of a TypeScript file of which it keeps an object, as far as one file tells.
    pub fn kept_classes(&self) -> Vec<Name> {
        let mut kept = Vec::new();
        if self.program.language != Language::TypeScript {
            return kept;
        }
        for (at, function) in self.program.functions.iter().enumerate() {
            for step in function.blocks.iter().flat_map(|block| &block.steps) {
                let Op::Call { into, callee: Callee::New(class), .. } = &step.op else { continue };
                let of_module = self.program.locals[into.0 as usize].function == FunctionId(0);
                if at == 0 || of_module {
                    kept.extend(class_name(self, *class));
                }
            }
        }
        kept
    }
}

/// Calls of methods in a TypeScript file.
fn method_calls(unit: &Unit, take: &mut Take<'_, CallSite>) {
    if unit.program.language != Language::TypeScript {
        return;
    }
    for (at, function) in unit.program.functions.iter().enumerate() {
        for (block_at, block) in function.blocks.iter().enumerate() {
            for (step_at, step) in block.steps.iter().enumerate() {
                let Op::Call { callee: Callee::Method { receiver, name }, .. } = &step.op else {
                    continue;
                };
                take(
                    name,
                    CallSite {
                        file: unit.file,
                        function: FunctionId(at as u32),
                        block: block_at as u32,
                        step: step_at as u32,
                        receiver: *receiver,
                    },
                );
            }
        }
    }
}

/// Calls of functions in a Rust file, and paths that name them.
fn rust_mentions(unit: &Unit, take: &mut Take<'_, Caller>) {
    if unit.program.language != Language::Rust {
        return;
    }
    for (at, function) in unit.program.functions.iter().enumerate() {
        for (name, caller) in mentions(unit, FunctionId(at as u32), function) {
            take(&name, caller);
        }
    }
}

/// Calls on fields in a Rust file.
fn field_calls(unit: &Unit, take: &mut Take<'_, FieldCall>) {
    if unit.program.language != Language::Rust {
        return;
    }
    for (at, function) in unit.program.functions.iter().enumerate() {
        for step in function.blocks.iter().flat_map(|block| &block.steps) {
            if let Op::Call { callee: Callee::Method { receiver, name }, args, .. } = &step.op
                && let Some(Op::Let { value: Value::Load { key: Key::Field(field), base }, .. }) =
                    unit.definition(*receiver)
            {
                let own = function.receiver.is_some_and(|(this, _)| this == *base);
                let constant = match args.first().and_then(|first| unit.definition(first.value)) {
                    Some(Op::Let { value: Value::Literal(literal), .. }) => Some(literal.clone()),
                    _ => None,
                };
                let (file, function) = (unit.file, FunctionId(at as u32));
                take(field, FieldCall { file, function, method: name.clone(), own, constant });
            }
        }
    }
}

/// What `new` is asked of: the class as it is declared here, or as it is imported.
fn class_name(unit: &Unit, class: Local) -> Option<Name> {
    match unit.definition(class) {
        Some(Op::Let { value: Value::Global(global), .. }) => {
            global.path.last().filter(|name| *name != "default").cloned()
        }
        _ => Some(unit.program.locals[class.0 as usize].name.clone()).filter(|name| !name.is_empty()),
    }
}

/// The calls of a function, and the paths that it names without a call.
pub(super) fn mentions(unit: &Unit, at: FunctionId, function: &Function) -> Vec<(Name, Caller)> {
    let steps = || function.blocks.iter().flat_map(|block| &block.steps);
    let caller = |call, path, receiver| Caller { file: unit.file, function: at, call, path, receiver };
    let mut called: FxHashSet<Local> = FxHashSet::default();
    let mut found = Vec::new();
    for step in steps() {
        match &step.op {
            Op::Call { callee: Callee::Method { receiver, name }, .. } => {
                found.push((name.clone(), caller(Some(step.span), None, Some(*receiver))));
            }
            Op::Call { callee: Callee::Value(local), .. } => {
                if let Some(Op::Let { value: Value::Global(global), .. }) = unit.definition(*local)
                    && let Some(name) = global.path.last()
                {
                    called.insert(*local);
                    found.push((name.clone(), caller(Some(step.span), Some(global.clone()), None)));
                }
            }
            _ => {}
        }
    }
    for step in steps() {
        if let Op::Let { into, value: Value::Global(global) } = &step.op
            && let Some(name) = global.path.last()
            && !called.contains(into)
        {
            found.push((name.clone(), caller(None, Some(global.clone()), None)));
        }
    }
    found
}
