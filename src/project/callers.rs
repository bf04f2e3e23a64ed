//! Where functions of the project are called, by name.

use super::Project;
use super::Unit;
use crate::program::{Callee, Function, FunctionId, FunctionKind, Global, Language, Local, Name, Op, Value};
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

impl Project {
    /// Every call of a method of this name in the project's TypeScript files.
    pub fn call_sites(&self, name: &str) -> &[CallSite] {
        let callers = self.callers.get_or_init(|| self.find_callers());
        callers.get(name).map_or(&[], Vec::as_slice)
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
        let callers = self.rust_callers.get_or_init(|| self.find_rust_callers());
        let function = &self.unit(at.0).program.functions[at.1.0 as usize];
        let all = callers.get(&function.name).into_iter().flatten();
        all.filter(|caller| self.may_call(caller, at, function)).cloned().collect()
    }

    fn may_call(&self, caller: &Caller, at: (FileId, FunctionId), function: &Function) -> bool {
        let Some(path) = &caller.path else {
            let declared = caller.receiver.and_then(|receiver| self.declared(caller.file, receiver));
            let ty = declared.and_then(|ty| ty.name.path.last());
            let is_type = |name: &Name| self.type_decl(caller.file, name).is_some();
            return function.receiver.is_some()
                && ty.is_none_or(|ty| Some(ty) == function.owner.as_ref() || !is_type(ty));
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
