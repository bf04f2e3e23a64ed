//! One file of a run, lowered, with the facts that every scene asks for.

use super::locals::LocalSet;
use crate::program::{
    Callee, Entry, Exit, Exported, Function, FunctionId, Global, Key, Language, Local, Name, Op, Part,
    Program, Step, Type, TypeDecl, Value,
};
use crate::source::FileId;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::PathBuf;

/// One file, lowered, with its facts.
pub struct Unit {
    pub file: FileId,
    pub path: PathBuf,
    pub program: Program,
    /// How often each local is given a value, saturating.
    pub assigned: Vec<u8>,
    /// Where a local that is given a value once gets it: function, block, step.
    defined: Vec<Option<(FunctionId, u32, u32)>>,
    /// (owner, name) → method.
    pub methods: FxHashMap<(Name, Name), FunctionId>,
    /// Fields that some function other than a constructor stores to.
    pub stored: FxHashSet<Name>,
    /// Variables of the module whose fields or elements some function changes, or that a method is
    /// called on.
    pub touched: LocalSet,
    /// Fields that hold a single-assigned function value per owner: object literals of functions.
    pub imports: FxHashSet<Name>,
    /// Every name called in a function, closures inside it not counted.
    pub called: Vec<FxHashSet<Name>>,
    /// All of them together.
    pub called_anywhere: FxHashSet<Name>,
    /// Whether inlining the function can bring in an event.
    pub telling: Vec<bool>,
    /// Locals that something other than a release reads.
    pub used: LocalSet,
    /// Some function assigns a variable that outlives a call of it: of the module, or kept.
    pub writes_module_state: bool,
    /// Variables that a function hands out with a closure which changes them: every call of what
    /// it gave away shares them.
    pub(super) kept: LocalSet,
    /// Whether other functions lie in a function.
    pub encloses: Vec<bool>,
    /// The first call that each closure is given to: function, block, step.
    given: FxHashMap<FunctionId, (FunctionId, u32, u32)>,
    /// Number of steps per function.
    pub sizes: Vec<u32>,
    /// The first export of each name.
    pub(super) exports: FxHashMap<Name, u32>,
    /// The places of `export * from` lines.
    pub(super) stars: Vec<u32>,
    /// Modules that are imported, told apart from first names of paths.
    pub(super) modules: FxHashSet<Name>,
    /// The fields of types as they are written, where constructors told more of them.
    pub(super) written: Vec<(usize, Fields)>,
}

/// Fields of a type with what is known of theirs.
pub(super) type Fields = Vec<(Name, Option<Type>)>;

/// Through how many copies a variable is followed back.
const COPIES: usize = 4;

impl Unit {
    pub fn new(file: FileId, path: PathBuf, program: Program) -> Unit {
        let locals = program.locals.len();
        let mut unit = Unit {
            file,
            path,
            assigned: vec![0; locals],
            defined: vec![None; locals],
            methods: FxHashMap::default(),
            stored: FxHashSet::default(),
            touched: LocalSet::none(locals),
            imports: FxHashSet::default(),
            called: Vec::with_capacity(program.functions.len()),
            called_anywhere: FxHashSet::default(),
            telling: vec![false; program.functions.len()],
            used: LocalSet::none(locals),
            writes_module_state: false,
            kept: LocalSet::default(),
            encloses: vec![false; program.functions.len()],
            given: FxHashMap::default(),
            sizes: Vec::with_capacity(program.functions.len()),
            exports: FxHashMap::default(),
            stars: Vec::new(),
            modules: FxHashSet::default(),
            written: Vec::new(),
            program,
        };
        for (at, export) in unit.program.exports.iter().enumerate() {
            match export.name.as_str() {
                "*" => unit.stars.push(at as u32),
                _ => {
                    unit.exports.entry(export.name.clone()).or_insert(at as u32);
                }
            }
        }
        unit.collect();
        unit.collect_given();
        unit.collect_kept();
        unit.made_fields();
        unit
    }

    /// Gives fields without a declared type the type of what the constructor puts there.
    fn made_fields(&mut self) {
        let mut found: Vec<(Name, Name, Type)> = Vec::new();
        for function in &self.program.functions {
            let (Some(owner), Some((this, _))) = (&function.owner, function.receiver) else { continue };
            if !is_constructor(&function.name) {
                continue;
            }
            for step in function.blocks.iter().flat_map(|block| &block.steps) {
                if let Op::Store { base, key: Key::Field(field), value } = &step.op
                    && *base == this
                    && let Some(ty) = self.made_type(*value)
                {
                    found.push((owner.clone(), field.clone(), ty));
                }
            }
        }
        for (owner, field, ty) in found {
            let mut types = self.program.types.iter_mut().enumerate();
            let Some((at, decl)) = types.find(|(_, decl)| decl.name == owner) else { continue };
            if self.written.iter().all(|(known, _)| *known != at) {
                self.written.push((at, decl.fields.clone()));
            }
            match decl.fields.iter_mut().find(|(name, _)| *name == field) {
                Some((_, known @ None)) => *known = Some(ty),
                Some(_) => {}
                None => decl.fields.push((field, Some(ty))),
            }
        }
    }

    /// Takes the program out, as it was lowered; [`Unit::written`] keeps what was told of fields besides.
    pub(super) fn take_program(&mut self) -> Program {
        let nothing = Program::empty(self.program.language);
        let mut program = std::mem::replace(&mut self.program, nothing);
        for (at, fields) in &mut self.written {
            std::mem::swap(fields, &mut program.types[*at].fields);
        }
        program
    }

    /// The type of a value that a `new` or an array literal makes.
    fn made_type(&self, local: Local) -> Option<Type> {
        let name = match self.definition(local)? {
            Op::Call { callee: Callee::New(class), .. } => match self.definition(*class)? {
                Op::Let { value: Value::Global(global), .. } => global.clone(),
                _ => return None,
            },
            Op::Let { value: Value::Record { name: None, entries }, .. } if is_list(entries) => {
                Global { module: Name::default(), path: vec![Name::new_static("[]")] }
            }
            _ => return None,
        };
        Some(Type { name, args: Vec::new(), borrow: crate::program::Borrow::Owned })
    }

    fn collect(&mut self) {
        for (id, function) in self.program.functions.iter().enumerate() {
            let id = FunctionId(id as u32);
            if let Some(parent) = function.parent
                && let Some(encloses) = self.encloses.get_mut(parent.0 as usize)
            {
                *encloses = true;
            }
            if let Some(owner) = &function.owner {
                self.methods.entry((owner.clone(), function.name.clone())).or_insert(id);
            }
            let making = is_constructor(&function.name);
            let mut called = FxHashSet::default();
            let mut size = 0;
            for (block_at, block) in function.blocks.iter().enumerate() {
                size += block.steps.len() as u32 + 1;
                collect_exit(&block.exit, &mut self.used);
                for (step_at, step) in block.steps.iter().enumerate() {
                    collect_uses(&step.op, &mut self.used);
                    self.touched.extend(touched(&step.op));
                    let into = match &step.op {
                        Op::Let { into, value } => {
                            if let Value::Global(global) = value {
                                self.imports.insert(global.module.clone());
                                self.modules.insert(global.module.clone());
                                if let Some(first) = global.path.first() {
                                    self.imports.insert(first.clone());
                                }
                            }
                            *into
                        }
                        Op::Call { into, callee, .. } => {
                            called.extend(self.called_name(callee));
                            *into
                        }
                        Op::Suspend { into, .. } => *into,
                        Op::Store { key: Key::Field(field), .. } => {
                            if !making {
                                self.stored.insert(field.clone());
                            }
                            continue;
                        }
                        Op::Store { .. } | Op::Release { .. } => continue,
                    };
                    if id.0 != 0 && program_local(&self.program, into) {
                        self.writes_module_state = true;
                    }
                    let count = &mut self.assigned[into.0 as usize];
                    *count = count.saturating_add(1);
                    let is_literal = matches!(step.op, Op::Let { value: Value::Literal(_), .. });
                    let known = &mut self.defined[into.0 as usize];
                    // `let client = null`, until it is made.
                    if known.is_none() || !is_literal {
                        *known = Some((id, block_at as u32, step_at as u32));
                    }
                }
            }
            for param in &function.params {
                let count = &mut self.assigned[param.0 as usize];
                *count = count.saturating_add(1);
            }
            self.called_anywhere.extend(called.iter().cloned());
            self.called.push(called);
            self.sizes.push(size);
        }
    }

    fn collect_given(&mut self) {
        let mut given = FxHashMap::default();
        for (at, function) in self.program.functions.iter().enumerate() {
            for (block_at, block) in function.blocks.iter().enumerate() {
                for (step_at, step) in block.steps.iter().enumerate() {
                    let Op::Call { args, .. } = &step.op else { continue };
                    for arg in args {
                        if let Some(Op::Let { value: Value::Closure(id), .. }) = self.definition(arg.value) {
                            let place = (FunctionId(at as u32), block_at as u32, step_at as u32);
                            given.entry(*id).or_insert(place);
                        }
                    }
                }
            }
        }
        self.given = given;
    }

    /// Where a closure is first given to a call: function, block, step.
    pub fn given_at(&self, closure: FunctionId) -> Option<(FunctionId, u32, u32)> {
        self.given.get(&closure).copied()
    }

    /// The first call that a closure is given to.
    pub fn given_to(&self, closure: FunctionId) -> Option<&Step> {
        let (function, block, step) = self.given.get(&closure)?;
        let block = self.program.functions.get(function.0 as usize)?.blocks.get(*block as usize)?;
        block.steps.get(*step as usize)
    }

    /// Whether a value or a declared type is of a module, a crate by its name, that satisfies a test.
    pub fn names_module(&self, is: &dyn Fn(&str) -> bool) -> bool {
        let whole = |module: &Name| module.split("::").next().is_some_and(is);
        let types = self.program.locals.iter().filter_map(|local| local.ty.as_ref());
        self.modules.iter().any(whole) || types.into_iter().any(|ty| whole(&ty.name.module))
    }

    /// What the imports and re-exports of a TypeScript file name as their modules.
    pub fn sources(&self) -> impl Iterator<Item = &Name> {
        let exports = self.program.exports.iter().filter_map(|export| match &export.what {
            Exported::Elsewhere(global) => Some(&global.module),
            Exported::Local(_) | Exported::Type(_) => None,
        });
        let all = self.modules.iter().chain(exports).filter(|module| !module.is_empty());
        all.filter(|_| self.program.language == Language::TypeScript)
    }

    /// The marks of a function and of those it lies in.
    pub fn marks_around(&self, function: FunctionId) -> impl Iterator<Item = &Name> {
        let functions = &self.program.functions;
        let inside_out = std::iter::successors(functions.get(function.0 as usize), |function| {
            functions.get(function.parent?.0 as usize)
        });
        inside_out.flat_map(|function| &function.marks)
    }

    /// Whether a variable lives longer than the calls of the functions that use it.
    pub fn outlives(&self, local: Local) -> bool {
        self.program.locals[local.0 as usize].function == FunctionId(0) || self.kept.contains(&local)
    }

    /// Finds the variables of functions that return a closure which assigns them.
    fn collect_kept(&mut self) {
        if self.program.language != Language::TypeScript {
            return;
        }
        let given: FxHashSet<FunctionId> = (0..self.program.functions.len())
            .flat_map(|at| self.given_away(&self.program.functions[at]))
            .collect();
        let mut kept = LocalSet::none(self.program.locals.len());
        for (at, function) in self.program.functions.iter().enumerate() {
            let assigned =
                function.blocks.iter().flat_map(|block| &block.steps).filter_map(|step| match &step.op {
                    Op::Let { into, .. } | Op::Call { into, .. } | Op::Suspend { into, .. } => Some(*into),
                    Op::Store { .. } | Op::Release { .. } => None,
                });
            let foreign = |local: &Local| {
                let info = &self.program.locals[local.0 as usize];
                info.function.0 != at as u32 && info.function != FunctionId(0) && !info.name.is_empty()
            };
            kept.extend(assigned.filter(foreign).filter(|local| self.leaves(at, *local, &given)));
        }
        self.writes_module_state |= !kept.is_empty();
        self.kept = kept;
    }

    /// Whether the closure below a variable's own function, in which another function lies, is
    /// given away.
    fn leaves(&self, at: usize, local: Local, given: &FxHashSet<FunctionId>) -> bool {
        let home = self.program.locals[local.0 as usize].function;
        let mut id = FunctionId(at as u32);
        while let Some(parent) = self.program.functions[id.0 as usize].parent {
            if parent == home {
                return given.contains(&id);
            }
            id = parent;
        }
        false
    }

    /// The closures that a function returns, bare or in an object.
    fn given_away(&self, function: &Function) -> Vec<FunctionId> {
        let closure = |local: &Local| match self.definition(*local) {
            Some(Op::Let { value: Value::Closure(id), .. }) => Some(*id),
            _ => None,
        };
        let mut found = Vec::new();
        for block in &function.blocks {
            let Exit::Return(Some(value)) = &block.exit else { continue };
            match self.definition(*value) {
                Some(Op::Let { value: Value::Record { entries, .. }, .. }) => {
                    found.extend(entries.iter().filter_map(|entry| match entry {
                        Entry::Named(_, local) | Entry::Computed(_, local) => closure(local),
                        Entry::Spread(_) => None,
                    }));
                }
                _ => found.extend(closure(value)),
            }
        }
        found
    }

    /// The last name of what is called, as far as one step tells.
    fn called_name(&self, callee: &Callee) -> Option<Name> {
        match callee {
            Callee::Method { name, .. } => Some(name.clone()),
            Callee::Macro(global) => global.path.last().cloned(),
            Callee::Value(local) | Callee::New(local) => {
                let info = &self.program.locals[local.0 as usize];
                if !info.name.is_empty() {
                    return Some(info.name.clone());
                }
                match self.definition(*local)? {
                    Op::Let { value: Value::Global(global), .. } => global.path.last().cloned(),
                    Op::Let { value: Value::Load { key: Key::Field(field), .. }, .. } => Some(field.clone()),
                    Op::Let { value: Value::Copy(from), .. } => {
                        Some(self.program.locals[from.0 as usize].name.clone())
                    }
                    _ => None,
                }
            }
        }
    }

    /// The step that gives a single-assigned local its value.
    pub fn definition(&self, local: Local) -> Option<&Op> {
        if self.assigned[local.0 as usize] == 1 { self.last_given(local) } else { None }
    }

    /// The variable that a single-assigned local is a copy of, or itself.
    pub fn original(&self, local: Local) -> Local {
        let mut at = local;
        for _ in 0..COPIES {
            match self.definition(at) {
                Some(Op::Let { value: Value::Copy(of), .. }) => at = *of,
                _ => break,
            }
        }
        at
    }

    /// The last step, in the order of the text, that gives a local another value than a literal.
    pub fn last_given(&self, local: Local) -> Option<&Op> {
        let (function, block, step) = self.defined[local.0 as usize]?;
        let block = self.program.functions.get(function.0 as usize)?.blocks.get(block as usize)?;
        Some(&block.steps.get(step as usize)?.op)
    }

    pub fn type_decl(&self, name: &str) -> Option<&TypeDecl> {
        self.program.types.iter().find(|decl| decl.name == name)
    }

    /// Whether some function of this file calls something of that name.
    pub fn is_called(&self, name: &Name) -> bool {
        self.called_anywhere.contains(name)
    }

    /// Marks functions that contain a call of a telling name, directly, through closures inside
    /// them, or through functions of this file they call by name.
    pub fn mark_telling(&mut self, telling_name: &dyn Fn(&str) -> bool, outside: &dyn Fn(&Name) -> bool) {
        self.telling = self.told(telling_name, outside);
    }

    /// What [`Unit::mark_telling`] would mark.
    pub fn told(&self, telling_name: &dyn Fn(&str) -> bool, outside: &dyn Fn(&Name) -> bool) -> Vec<bool> {
        let functions = &self.program.functions;
        let mut by_name: FxHashMap<&Name, Vec<usize>> = FxHashMap::default();
        for (id, function) in functions.iter().enumerate() {
            if !function.name.is_empty() {
                by_name.entry(&function.name).or_default().push(id);
            }
        }
        // Callers by callee, then a walk from the telling ones.
        let mut callers: Vec<Vec<usize>> = vec![Vec::new(); functions.len()];
        let mut open = Vec::new();
        for (id, function) in functions.iter().enumerate() {
            if let Some(parent) = function.parent {
                callers[id].push(parent.0 as usize);
            }
            let mut telling = false;
            for name in &self.called[id] {
                telling |= telling_name(name) || outside(name);
                for callee in by_name.get(name).into_iter().flatten() {
                    callers[*callee].push(id);
                }
            }
            if telling {
                open.push(id);
            }
        }
        let mut marks = vec![false; functions.len()];
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut marks[id], true) {
                open.extend(callers[id].iter().copied());
            }
        }
        marks
    }
}

/// An array literal, or an empty one of either kind: nobody calls `push` on an object.
pub fn is_list(entries: &[Entry]) -> bool {
    match entries.first() {
        None => true,
        Some(Entry::Named(name, _)) => name == "0",
        Some(Entry::Computed(..) | Entry::Spread(_)) => false,
    }
}

/// The local that a step changes in place, or may change through a method.
fn touched(op: &Op) -> Option<Local> {
    match op {
        Op::Store { base, .. } => Some(*base),
        Op::Call { callee: Callee::Method { receiver, .. }, .. } => Some(*receiver),
        Op::Call { .. } | Op::Let { .. } | Op::Suspend { .. } | Op::Release { .. } => None,
    }
}

/// A variable of the module itself.
fn program_local(program: &Program, local: Local) -> bool {
    let info = &program.locals[local.0 as usize];
    info.function == FunctionId(0) && !info.name.is_empty()
}

pub fn is_constructor(name: &str) -> bool {
    matches!(name, "constructor" | "new")
}

fn collect_exit(exit: &Exit, used: &mut LocalSet) {
    match exit {
        Exit::If { test, .. } => {
            used.insert(*test);
        }
        Exit::Return(value) | Exit::Raise(value) => used.extend(*value),
        Exit::Goto(_) | Exit::Never => {}
    }
}

fn collect_uses(op: &Op, used: &mut LocalSet) {
    match op {
        Op::Let { value, .. } => match value {
            Value::Copy(local) | Value::Payload { of: local, .. } => {
                used.insert(*local);
            }
            Value::Load { base, key } => {
                used.insert(*base);
                if let Key::Element(index) = key {
                    used.insert(*index);
                }
            }
            Value::Record { entries, .. } => used.extend(entries.iter().flat_map(|entry| match entry {
                Entry::Named(_, local) | Entry::Spread(local) => [*local, *local],
                Entry::Computed(key, local) => [*key, *local],
            })),
            Value::Template(parts) => used.extend(parts.iter().filter_map(|part| match part {
                Part::Value(local) => Some(*local),
                Part::Text(_) => None,
            })),
            Value::Apply { operands, .. } | Value::Mix(operands) => used.extend(operands.iter().copied()),
            Value::Literal(_) | Value::Global(_) | Value::Closure(_) | Value::Caught => {}
        },
        Op::Call { callee, args, .. } => {
            match callee {
                Callee::Value(local) | Callee::New(local) | Callee::Method { receiver: local, .. } => {
                    used.insert(*local);
                }
                Callee::Macro(_) => {}
            }
            used.extend(args.iter().map(|arg| arg.value));
        }
        Op::Store { base, key, value } => {
            used.extend([*base, *value]);
            if let Key::Element(index) = key {
                used.insert(*index);
            }
        }
        // Awaiting alone does not use the value: `await f();` ignores what f gives.
        Op::Suspend { .. } | Op::Release { .. } => {}
    }
}
