//! Where functions of the project are called, by name.

use super::Project;
use super::Unit;
use crate::program::{
    Callee, Function, FunctionId, FunctionKind, Global, Key, Language, Local, Name, Op, Type, Value, reads,
};
use crate::source::{FileId, Span};
use rustc_hash::{FxHashMap, FxHashSet};

/// One call of a method by its name; whose method it is, the name alone does not tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CallSite {
    pub file: FileId,
    pub function: FunctionId,
    pub block: u32,
    pub step: u32,
    pub receiver: Local,
}

/// Call sites by the called name, in the order of files.
pub(super) type Callers = FxHashMap<Name, Vec<CallSite>>;

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

/// Rust callers by the called name, in the order of files.
pub(super) type RustCallers = FxHashMap<Name, Vec<Caller>>;

/// A function of a Rust file that calls something on a field: `self.jobs.lock()`.
#[derive(Clone, Debug)]
pub struct FieldCall {
    pub file: FileId,
    pub function: FunctionId,
    pub method: Name,
    /// The field is one of the method's own object: `self.jobs`.
    pub own: bool,
}

/// Calls on fields by the field's name, in the order of files.
pub(super) type FieldCalls = FxHashMap<Name, Vec<FieldCall>>;

impl Project {
    /// Every call of a method of this name in the project's TypeScript files.
    pub fn call_sites(&self, name: &str) -> &[CallSite] {
        reads::called(name);
        let callers = self.callers.get_or_init(|| reads::unrecorded(|| self.find_callers()));
        callers.get(name).map_or(&[], Vec::as_slice)
    }

    /// Somebody keeps an object of this class for the whole run, and whoever comes along asks that
    /// one: the module makes it, or keeps it in a variable of its own or in a static field.
    pub fn is_kept(&self, class: &Name) -> bool {
        reads::called(class);
        self.kept_classes.get_or_init(|| reads::unrecorded(|| self.find_kept_classes())).contains(class)
    }

    fn find_kept_classes(&self) -> FxHashSet<Name> {
        let units = self.units.iter().flatten();
        let mut kept = FxHashSet::default();
        for unit in units.filter(|unit| unit.program.language == Language::TypeScript) {
            for (at, function) in unit.program.functions.iter().enumerate() {
                for step in function.blocks.iter().flat_map(|block| &block.steps) {
                    let Op::Call { into, callee: Callee::New(class), .. } = &step.op else { continue };
                    let of_module = unit.program.locals[into.0 as usize].function == FunctionId(0);
                    if at == 0 || of_module {
                        kept.extend(class_name(unit, *class));
                    }
                }
            }
        }
        kept
    }

    fn find_callers(&self) -> Callers {
        let names: FxHashSet<&Name> = self.methods.keys().map(|(_, _, name)| name).collect();
        let mut callers = Callers::default();
        for unit in self.units.iter().flatten() {
            if unit.program.language != Language::TypeScript {
                continue;
            }
            for (at, function) in unit.program.functions.iter().enumerate() {
                for (block_at, block) in function.blocks.iter().enumerate() {
                    for (step_at, step) in block.steps.iter().enumerate() {
                        let Op::Call { callee: Callee::Method { receiver, name }, .. } = &step.op else {
                            continue;
                        };
                        if names.contains(name) {
                            callers.entry(name.clone()).or_default().push(CallSite {
                                file: unit.file,
                                function: FunctionId(at as u32),
                                block: block_at as u32,
                                step: step_at as u32,
                                receiver: *receiver,
                            });
                        }
                    }
                }
            }
        }
        callers
    }

    /// The places of the project's Rust files that may call a function, as far as names and declared
    /// types tell.
    pub fn callers_of(&self, at: (FileId, FunctionId)) -> Vec<Caller> {
        let callers = self.rust_callers.get_or_init(|| reads::unrecorded(|| self.find_rust_callers()));
        let function = &self.unit(at.0).program.functions[at.1.0 as usize];
        reads::called(&function.name);
        let all = callers.get(&function.name).into_iter().flatten();
        all.filter(|caller| self.may_call(caller, at, function)).cloned().collect()
    }

    /// Every call on a field of this name in the project's Rust files, whatever type has the field.
    pub fn calls_on_field(&self, field: &str) -> &[FieldCall] {
        reads::called(field);
        let calls = self.field_calls.get_or_init(|| reads::unrecorded(|| self.find_field_calls()));
        calls.get(field).map_or(&[], Vec::as_slice)
    }

    fn find_field_calls(&self) -> FieldCalls {
        let mut calls = FieldCalls::default();
        for unit in self.units.iter().flatten().filter(|unit| unit.program.language == Language::Rust) {
            for (at, function) in unit.program.functions.iter().enumerate() {
                for step in function.blocks.iter().flat_map(|block| &block.steps) {
                    if let Op::Call { callee: Callee::Method { receiver, name }, .. } = &step.op
                        && let Some(Op::Let { value: Value::Load { key: Key::Field(field), base }, .. }) =
                            unit.definition(*receiver)
                    {
                        let own = function.receiver.is_some_and(|(this, _)| this == *base);
                        calls.entry(field.clone()).or_default().push(FieldCall {
                            file: unit.file,
                            function: FunctionId(at as u32),
                            method: name.clone(),
                            own,
                        });
                    }
                }
            }
        }
        calls
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

    fn find_rust_callers(&self) -> RustCallers {
        let rust = || self.units.iter().flatten().filter(|unit| unit.program.language == Language::Rust);
        let declared = |function: &&Function| function.kind == FunctionKind::Declared;
        let names: FxHashSet<&Name> = rust()
            .flat_map(|unit| unit.program.functions.iter().filter(declared).map(|function| &function.name))
            .collect();
        let mut callers = RustCallers::default();
        for unit in rust() {
            for (at, function) in unit.program.functions.iter().enumerate() {
                for caller in mentions(unit, FunctionId(at as u32), function) {
                    if names.contains(&caller.0) {
                        callers.entry(caller.0).or_default().push(caller.1);
                    }
                }
            }
        }
        callers
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
fn mentions(unit: &Unit, at: FunctionId, function: &Function) -> Vec<(Name, Caller)> {
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
