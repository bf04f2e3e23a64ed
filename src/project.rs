//! All files of a run as programs, with the facts about each that every scene asks for.

use crate::links::Links;
use crate::program::{
    Callee, Entry, Exit, Exported, Function, FunctionId, FunctionKind, Global, Key, Language, Local, Name,
    Op, Part, Program, Type, TypeDecl, Value,
};
use crate::source::FileId;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::PathBuf;
use std::sync::RwLock;

/// One file, lowered, with its facts.
pub struct Unit {
    pub file: FileId,
    pub path: PathBuf,
    pub program: Program,
    /// How often each local is given a value, saturating.
    pub assigned: Vec<u8>,
    /// Where a local that is given a value once gets it: function, block, step.
    pub defined: FxHashMap<Local, (FunctionId, u32, u32)>,
    /// (owner, name) → method.
    pub methods: FxHashMap<(Name, Name), FunctionId>,
    /// Fields that some function other than a constructor stores to.
    pub stored: FxHashSet<Name>,
    /// Variables of the module whose fields or elements some function changes, or that a method is
    /// called on.
    pub touched: FxHashSet<Local>,
    /// Fields that hold a single-assigned function value per owner: object literals of functions.
    pub imports: FxHashSet<Name>,
    /// Every name called in a function, closures inside it not counted.
    pub called: Vec<FxHashSet<Name>>,
    /// All of them together.
    pub called_anywhere: FxHashSet<Name>,
    /// Whether inlining the function can bring in an event.
    pub telling: Vec<bool>,
    /// Locals that something other than a release reads.
    pub used: FxHashSet<Local>,
    /// Some function assigns a variable that outlives a call of it: of the module, or kept.
    pub writes_module_state: bool,
    /// Variables that a function hands out with a closure which changes them: every call of what
    /// it gave away shares them.
    kept: FxHashSet<Local>,
    /// Number of steps per function.
    pub sizes: Vec<u32>,
    /// The first export of each name.
    exports: FxHashMap<Name, u32>,
    /// The places of `export * from` lines.
    stars: Vec<u32>,
    /// Modules that are imported, told apart from first names of paths.
    modules: FxHashSet<Name>,
}

impl Unit {
    pub fn new(file: FileId, path: PathBuf, program: Program) -> Unit {
        let mut unit = Unit {
            file,
            path,
            assigned: vec![0; program.locals.len()],
            defined: FxHashMap::default(),
            methods: FxHashMap::default(),
            stored: FxHashSet::default(),
            touched: FxHashSet::default(),
            imports: FxHashSet::default(),
            called: Vec::with_capacity(program.functions.len()),
            called_anywhere: FxHashSet::default(),
            telling: vec![false; program.functions.len()],
            used: FxHashSet::default(),
            writes_module_state: false,
            kept: FxHashSet::default(),
            sizes: Vec::with_capacity(program.functions.len()),
            exports: FxHashMap::default(),
            stars: Vec::new(),
            modules: FxHashSet::default(),
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
            let Some(decl) = self.program.types.iter_mut().find(|decl| decl.name == owner) else { continue };
            match decl.fields.iter_mut().find(|(name, _)| *name == field) {
                Some((_, known @ None)) => *known = Some(ty),
                Some(_) => {}
                None => decl.fields.push((field, Some(ty))),
            }
        }
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
                    self.defined.insert(into, (id, block_at as u32, step_at as u32));
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
        let mut kept = FxHashSet::default();
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
        if self.assigned[local.0 as usize] != 1 {
            return None;
        }
        let (function, block, step) = self.defined.get(&local)?;
        let block = self.program.functions.get(function.0 as usize)?.blocks.get(*block as usize)?;
        Some(&block.steps.get(*step as usize)?.op)
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
        while let Some(id) = open.pop() {
            if !std::mem::replace(&mut self.telling[id], true) {
                open.extend(callers[id].iter().copied());
            }
        }
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

/// All units of a run; index is the file id.
pub struct Project {
    pub units: Vec<Option<Unit>>,
    /// Functions by exported name, for calls that leave their file.
    pub exported: FxHashMap<Name, Vec<(FileId, FunctionId)>>,
    /// (language, owner, method) → where; `None` if several files have it.
    methods: FxHashMap<(Language, Name, Name), Option<(FileId, FunctionId)>>,
    /// Libraries that some file imports.
    pub libraries: FxHashSet<Name>,
    /// (language, type) → where and which; `None` if several files declare it.
    types: FxHashMap<(Language, Name), Option<(FileId, u32)>>,
    /// (language, trait or interface) → the types that implement it, in the order of files.
    implementers: FxHashMap<(Language, Name), Vec<(FileId, Name)>>,
    links: Links,
    /// What each file's exports have been found to be; barrels are asked for the same ones a lot.
    found: Vec<RwLock<Exports>>,
}

/// What the names of one file's exports lead to.
type Exports = FxHashMap<Name, Option<(FileId, Imported)>>;

/// What an import names in the file that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    Local(Local),
    Type(Name),
}

impl Project {
    /// All files of a run, lowered where they were, and what their imports mean.
    pub fn new(units: Vec<Option<Unit>>, links: Links, libraries: FxHashSet<Name>) -> Project {
        let mut exported: FxHashMap<Name, Vec<(FileId, FunctionId)>> = FxHashMap::default();
        let mut methods = FxHashMap::default();
        let mut types = FxHashMap::default();
        let mut implementers = FxHashMap::default();
        for unit in units.iter().flatten() {
            let language = unit.program.language;
            for ((owner, name), id) in &unit.methods {
                let found = Some((unit.file, *id));
                let key = (language, owner.clone(), name.clone());
                methods.entry(key).and_modify(|other| *other = None).or_insert(found);
            }
            for (at, decl) in unit.program.types.iter().enumerate() {
                let found = Some((unit.file, at as u32));
                types.entry((language, decl.name.clone())).and_modify(|other| *other = None).or_insert(found);
                for base in decl.bases.iter().filter_map(|base| base.name.path.last()) {
                    let list: &mut Vec<(FileId, Name)> =
                        implementers.entry((language, base.clone())).or_default();
                    list.push((unit.file, decl.name.clone()));
                }
            }
            for (id, function) in unit.program.functions.iter().enumerate() {
                if function.exported && function.owner.is_none() && !function.name.is_empty() {
                    let entry = exported.entry(function.name.clone()).or_default();
                    entry.push((unit.file, FunctionId(id as u32)));
                }
            }
        }
        let found = units.iter().map(|_| RwLock::default()).collect();
        Project { units, exported, methods, libraries, types, implementers, links, found }
    }

    pub fn unit(&self, file: FileId) -> &Unit {
        // Every file id in a scene comes from a unit of this project.
        self.units[file.0 as usize].as_ref().expect("scenes only name units of the project")
    }

    pub fn language(&self, file: FileId) -> Language {
        self.unit(file).program.language
    }

    /// The declared type of a local.
    pub fn declared(&self, file: FileId, local: Local) -> Option<&Type> {
        self.unit(file).program.locals[local.0 as usize].ty.as_ref()
    }

    /// The function a module-level local of a file holds, if it is declared there.
    pub fn function_of(&self, file: FileId, local: Local) -> Option<FunctionId> {
        match self.unit(file).definition(local)? {
            Op::Let { value: Value::Closure(id), .. } => Some(*id),
            _ => None,
        }
    }

    /// What an import leads to: the file, what it exports under that name, and what is left of the
    /// path behind it. Re-exports are followed.
    pub fn imported<'g>(&self, file: FileId, global: &'g Global) -> Option<(FileId, Imported, &'g [Name])> {
        if global.module.is_empty() || self.language(file) != Language::TypeScript {
            return None;
        }
        let target = self.links.file(file, &global.module)?;
        let (name, rest) = global.path.split_first()?;
        let (file, found) = self.export(target, name)?;
        Some((file, found, rest))
    }

    fn export(&self, file: FileId, name: &Name) -> Option<(FileId, Imported)> {
        let known = self.found.get(file.0 as usize)?;
        if let Ok(known) = known.read()
            && let Some(found) = known.get(name)
        {
            return found.clone();
        }
        let found = self.look_for_export(file, name, &mut FxHashSet::default());
        if let Ok(mut known) = known.write() {
            known.insert(name.clone(), found.clone());
        }
        found
    }

    fn look_for_export(
        &self,
        file: FileId,
        name: &Name,
        seen: &mut FxHashSet<(FileId, Name)>,
    ) -> Option<(FileId, Imported)> {
        let unit = self.units.get(file.0 as usize)?.as_ref()?;
        // Barrels may re-export each other.
        if seen.len() > 4_000 || !seen.insert((file, name.clone())) {
            return None;
        }
        if let Some(at) = unit.exports.get(name) {
            return match &unit.program.exports[*at as usize].what {
                Exported::Local(local) => Some((file, Imported::Local(*local))),
                Exported::Type(name) => Some((file, Imported::Type(name.clone()))),
                Exported::Elsewhere(global) => {
                    let next = self.links.file(file, &global.module)?;
                    self.look_for_export(next, global.path.first()?, seen)
                }
            };
        }
        // `export * from "./m"`.
        unit.stars.iter().find_map(|at| match &unit.program.exports[*at as usize].what {
            Exported::Elsewhere(global) => {
                self.look_for_export(self.links.file(file, &global.module)?, name, seen)
            }
            Exported::Local(_) | Exported::Type(_) => None,
        })
    }

    /// The file that declares a type as this file means it, if several do.
    fn imported_type(&self, file: FileId, name: &Name) -> Option<(FileId, &TypeDecl)> {
        let unit = self.unit(file);
        if unit.program.language != Language::TypeScript {
            return None;
        }
        for module in &unit.modules {
            let Some(target) = self.links.file(file, module) else { continue };
            if let Some((at, Imported::Type(found))) = self.export(target, name)
                && let Some(decl) = self.unit(at).type_decl(&found)
            {
                return Some((at, decl));
            }
        }
        None
    }

    /// A method by the type that owns it: this file first, then any file that declares the type.
    pub fn method(&self, file: FileId, owner: &str, name: &str) -> Option<(FileId, FunctionId)> {
        let key = (Name::from(owner), Name::from(name));
        if let Some(id) = self.unit(file).methods.get(&key) {
            return Some((file, *id));
        }
        match self.methods.get(&(self.language(file), key.0, key.1.clone()))? {
            Some(found) => Some(*found),
            // Two types of one name in different files: the imports tell which is meant.
            None => {
                let (file, decl) = self.imported_type(file, &Name::from(owner))?;
                let id = self.unit(file).methods.get(&(decl.name.clone(), key.1))?;
                Some((file, *id))
            }
        }
    }

    /// A method by the type that owns it, or by one that it extends.
    pub fn inherited(&self, mut file: FileId, owner: &str, name: &str) -> Option<(FileId, FunctionId)> {
        let mut owner = Name::from(owner);
        for _ in 0..6 {
            if let Some(found) = self.method(file, &owner, name) {
                return Some(found);
            }
            let (at, base) = self.base(file, &owner)?;
            (file, owner) = (at, base.name.path.last()?.clone());
        }
        None
    }

    /// Whether some type of the project implements a trait of this name.
    pub fn is_trait(&self, file: FileId, name: &str) -> bool {
        let language = self.language(file);
        language == Language::Rust && self.implementers.contains_key(&(language, Name::from(name)))
    }

    /// A method of a trait as one of its types does it: the only one, or the first that touches
    /// what a rule speaks of. What holds for one of them happens where that one is used.
    pub fn implementation(&self, file: FileId, of: &str, name: &str) -> Option<(FileId, FunctionId)> {
        let list = self.implementers.get(&(self.language(file), Name::from(of)))?;
        let found = list.iter().take(16).filter_map(|(at, owner)| {
            let unit = self.unit(*at);
            let id = *unit.methods.get(&(owner.clone(), Name::from(name)))?;
            let function = unit.program.functions.get(id.0 as usize)?;
            let is_double = function.marks.iter().any(|mark| mark == "test");
            (!is_double).then_some((*at, id))
        });
        let found: Vec<(FileId, FunctionId)> = found.collect();
        let telling = found.iter().find(|(at, id)| self.unit(*at).telling[id.0 as usize]);
        telling.or(found.first()).copied()
    }

    /// The first type that a declared one extends, as the file that declares it says it.
    pub fn base(&self, file: FileId, owner: &str) -> Option<(FileId, &Type)> {
        let (file, decl) = self.type_decl(file, owner)?;
        Some((file, decl.bases.first()?))
    }

    /// The declaration of a named type: this file first, then the only other one.
    pub fn type_decl(&self, file: FileId, name: &str) -> Option<(FileId, &TypeDecl)> {
        if let Some(decl) = self.unit(file).type_decl(name) {
            return Some((file, decl));
        }
        match *self.types.get(&(self.language(file), Name::from(name)))? {
            Some((file, at)) => Some((file, self.unit(file).program.types.get(at as usize)?)),
            None => self.imported_type(file, &Name::from(name)),
        }
    }

    /// What a global names in this project: the function, if exactly one file exports it so.
    pub fn function_named(&self, file: FileId, global: &Global) -> Option<(FileId, FunctionId)> {
        let name = global.path.last()?;
        let language = self.language(file);
        let unit = self.unit(file);
        if let Some((at, Imported::Local(local), [])) = self.imported(file, global) {
            return Some((at, self.function_of(at, local)?));
        }
        let owner = global.path.len().checked_sub(2).map(|at| &global.path[at]);
        if let Some(owner) = owner
            && let Some(found) = self.method(file, owner, name)
        {
            return Some(found);
        }
        if language == Language::Rust {
            let here = unit.program.functions.iter().position(|function| {
                function.name == *name && function.owner.is_none() && function.kind == FunctionKind::Declared
            });
            if let Some(id) = here
                && global.path.len() == 1
            {
                return Some((file, FunctionId(id as u32)));
            }
        } else if !global.module.starts_with('.')
            && !global.module.starts_with('@')
            && !global.module.starts_with('~')
        {
            return None;
        }
        let found = self.exported.get(name)?;
        let mut same = found.iter().filter(|(at, _)| self.language(*at) == language && *at != file);
        let first = same.next()?;
        same.next().is_none().then_some(*first)
    }
}

fn collect_exit(exit: &Exit, used: &mut FxHashSet<Local>) {
    match exit {
        Exit::If { test, .. } => {
            used.insert(*test);
        }
        Exit::Return(value) | Exit::Raise(value) => used.extend(*value),
        Exit::Goto(_) | Exit::Never => {}
    }
}

fn collect_uses(op: &Op, used: &mut FxHashSet<Local>) {
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
