//! All files of a run as programs, with the facts about each that every scene asks for.

mod callers;
pub mod change;
mod locals;
mod statics;
pub mod outline;
mod unit;
mod units;

pub use callers::{CallSite, Caller, FieldCall};
pub use unit::{Unit, is_constructor, is_list};
pub use units::{Lower, Units};

use crate::links::Links;
use crate::manifest::Database;
use crate::program::{
    Exported, FunctionId, FunctionKind, Global, Language, Local, Name, Op, Type, TypeDecl, Value, reads,
};
use crate::schema::Schema;
use crate::source::FileId;
use outline::Outline;
use rustc_hash::{FxHashMap, FxHashSet};
use std::sync::{Arc, OnceLock, RwLock};

/// All units of a run; index is the file id.
pub struct Project {
    pub units: Units,
    /// Functions by exported name, for calls that leave their file.
    pub exported: FxHashMap<Name, Vec<(FileId, FunctionId)>>,
    /// Statics and constants of Rust files by name, those that others may see.
    statics: FxHashMap<Name, Vec<FileId>>,
    /// (language, owner, method) → where; `None` if several files have it.
    methods: FxHashMap<(Language, Name, Name), Option<(FileId, FunctionId)>>,
    /// Libraries that some file imports.
    pub libraries: FxHashSet<Name>,
    /// (language, type) → where and which; `None` if several files declare it.
    types: FxHashMap<(Language, Name), Option<(FileId, u32)>>,
    /// (language, trait or interface) → the types that implement it, in the order of files.
    implementers: FxHashMap<(Language, Name), Vec<(FileId, Name)>>,
    /// Which columns are unique, as far as the schema files say.
    pub schema: Schema,
    /// By file; empty where nobody asked the manifests.
    pub parts: Vec<Part>,
    /// By file; empty where no configuration speaks of one.
    pub databases: Vec<Database>,
    links: Links,
    /// What each file's exports have been found to be; barrels are asked for the same ones a lot.
    found: Vec<RwLock<Exports>>,
    /// Names of the project's methods, once asked for.
    method_names: OnceLock<FxHashSet<Name>>,
    /// Where methods are called, once asked for.
    callers: callers::Index<CallSite>,
    /// Where functions of Rust files are called or named, once asked for.
    rust_callers: callers::Index<Caller>,
    /// Calls on fields of Rust types, once asked for.
    field_calls: callers::Index<FieldCall>,
    /// Classes of TypeScript files of which one object is kept for the whole run, once asked for.
    kept_classes: OnceLock<FxHashSet<Name>>,
}

/// What a file is a part of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Part {
    /// A program that one user runs to its end.
    Tool,
    /// Something that answers strangers: an HTTP server.
    Server,
    /// A program that takes commands, and among others one to serve.
    Command,
    /// Neither of these, as its manifest says.
    Other,
    /// No manifest tells.
    #[default]
    Unknown,
}

/// What the names of one file's exports lead to, and the files on the way there.
type Exports = FxHashMap<Name, (Option<(FileId, Imported)>, Arc<[FileId]>)>;

/// What an import names in the file that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    Local(Local),
    Type(Name),
}

impl Project {
    /// All files of a run, lowered where they were, and what their imports mean.
    pub fn new(units: Units, links: Links, libraries: FxHashSet<Name>, schema: Schema) -> Project {
        let mut project = Project {
            units,
            exported: FxHashMap::default(),
            statics: FxHashMap::default(),
            methods: FxHashMap::default(),
            libraries,
            types: FxHashMap::default(),
            implementers: FxHashMap::default(),
            schema,
            parts: Vec::new(),
            databases: Vec::new(),
            links,
            found: Vec::new(),
            method_names: OnceLock::new(),
            callers: callers::Index::default(),
            rust_callers: callers::Index::default(),
            field_calls: callers::Index::default(),
            kept_classes: OnceLock::new(),
        };
        project.relink();
        project
    }

    /// Takes down anew what the units say of each other, after some were replaced.
    pub fn relink(&mut self) {
        let mut exported: FxHashMap<Name, Vec<(FileId, FunctionId)>> = FxHashMap::default();
        let mut methods = FxHashMap::default();
        let mut types = FxHashMap::default();
        let mut implementers: FxHashMap<(Language, Name), Vec<(FileId, Name)>> = FxHashMap::default();
        let mut add_method = |file: FileId, language, owner: &Name, name: &Name, id: FunctionId| {
            let found = Some((file, id));
            let key = (language, owner.clone(), name.clone());
            methods.entry(key).and_modify(|other| *other = None).or_insert(found);
        };
        let mut add_type = |file: FileId, language, at: usize, name: &Name| {
            let found = Some((file, at as u32));
            types.entry((language, name.clone())).and_modify(|other| *other = None).or_insert(found);
        };
        let mut add_base = |file: FileId, language, base: &Name, name: &Name| {
            implementers.entry((language, base.clone())).or_default().push((file, name.clone()));
        };
        let mut add_function = |file: FileId, name: &Name, id: FunctionId| {
            if !name.is_empty() {
                exported.entry(name.clone()).or_default().push((file, id));
            }
        };
        for file in (0..self.units.len()).map(|at| FileId(at as u32)) {
            if let Some(Outline { declarations: one, .. }) = self.units.outline(file) {
                let language = one.language;
                one.methods.iter().for_each(|(owner, name, id)| add_method(file, language, owner, name, *id));
                for (at, (name, bases, alias)) in one.types.iter().enumerate() {
                    add_type(file, language, at, name);
                    bases.iter().filter(|_| !alias).for_each(|base| add_base(file, language, base, name));
                }
                one.functions.iter().for_each(|(name, id)| add_function(file, name, *id));
                continue;
            }
            let Some(unit) = self.units.get(file) else { continue };
            let language = unit.program.language;
            for ((owner, name), id) in &unit.methods {
                add_method(file, language, owner, name, *id);
            }
            for (at, decl) in unit.program.types.iter().enumerate() {
                add_type(file, language, at, &decl.name);
                // Who gives a type another name does not make it a trait.
                let bases = decl.bases.iter().filter(|_| !decl.alias);
                let bases = bases.filter_map(|base| base.name.path.last());
                bases.for_each(|base| add_base(file, language, base, &decl.name));
            }
            for (id, function) in unit.program.functions.iter().enumerate() {
                if function.exported && function.owner.is_none() {
                    add_function(file, &function.name, FunctionId(id as u32));
                }
            }
        }
        (self.exported, self.methods, self.types) = (exported, methods, types);
        self.statics = self.shown_statics();
        self.implementers = implementers;
        self.method_names = OnceLock::new();
        self.forget();
    }

    /// Follows the functions of a file of which all from one on have other numbers now; by their names
    /// they are what they were.
    pub fn renumber(&mut self, file: FileId, from: FunctionId, by: i64) {
        let follow = |(of, id): &mut (FileId, FunctionId)| {
            if *of == file && *id >= from {
                id.0 = (i64::from(id.0) + by) as u32;
            }
        };
        if by != 0 {
            self.exported.values_mut().flatten().for_each(follow);
            self.methods.values_mut().flatten().for_each(follow);
        }
        self.forget();
    }

    /// What was found out on demand is found out again.
    fn forget(&mut self) {
        self.found = (0..self.units.len()).map(|_| RwLock::default()).collect();
        self.callers = callers::Index::default();
        self.rust_callers = callers::Index::default();
        self.field_calls = callers::Index::default();
        self.kept_classes = OnceLock::new();
    }

    /// The file that an import in another file names.
    pub fn linked(&self, from: FileId, module: &str) -> Option<FileId> {
        self.links.file(from, module)
    }

    /// What the imports of this run mean.
    pub fn links(&self) -> &Links {
        &self.links
    }

    /// What a file is a part of.
    pub fn part(&self, file: FileId) -> Part {
        self.parts.get(file.0 as usize).copied().unwrap_or_default()
    }

    /// What is known of the database behind a file.
    pub fn database(&self, file: FileId) -> Database {
        self.databases.get(file.0 as usize).copied().unwrap_or_default()
    }

    pub fn unit(&self, file: FileId) -> &Unit {
        // Every file id in a scene comes from a unit of this project.
        self.units.get(file).expect("scenes only name units of the project")
    }

    pub fn language(&self, file: FileId) -> Language {
        self.unit(file).program.language
    }

    /// The declared type of a local.
    pub fn declared(&self, file: FileId, local: Local) -> Option<&Type> {
        self.unit(file).program.locals[local.0 as usize].ty.as_deref()
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
        if self.language(file) == Language::Rust {
            return self.static_named(file, global).map(|(at, local)| (at, Imported::Local(local), &[][..]));
        }
        if global.module.is_empty() {
            return None;
        }
        let target = self.links.file(file, &global.module)?;
        let (name, rest) = global.path.split_first()?;
        let (file, found) = self.export(target, name)?;
        Some((file, found, rest))
    }

    fn export(&self, file: FileId, name: &Name) -> Option<(FileId, Imported)> {
        reads::declared(name);
        let known = self.found.get(file.0 as usize)?;
        if let Ok(known) = known.read()
            && let Some((found, way)) = known.get(name)
        {
            // Who is told what another one found rests on the same.
            way.iter().for_each(|file| reads::file(*file));
            return found.clone();
        }
        let mut seen = FxHashSet::default();
        let found = self.look_for_export(file, name, &mut seen);
        if let Ok(mut known) = known.write() {
            let way = seen.into_iter().map(|(file, _)| file).collect();
            known.insert(name.clone(), (found.clone(), way));
        }
        found
    }

    fn look_for_export(
        &self,
        file: FileId,
        name: &Name,
        seen: &mut FxHashSet<(FileId, Name)>,
    ) -> Option<(FileId, Imported)> {
        // Barrels may re-export each other.
        if seen.len() > 4_000 || !seen.insert((file, name.clone())) {
            return None;
        }
        let unit = self.units.get(file)?;
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
        reads::declared(name);
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
            (file, owner) = self.parent(file, &owner)?;
        }
        None
    }

    /// What a declared type extends first: its name, in a file that declares it or means it. A default
    /// import is called there what the other file calls it.
    pub fn parent(&self, file: FileId, owner: &str) -> Option<(FileId, Name)> {
        let (at, base) = self.base(file, owner)?;
        let last = base.name.path.last()?;
        if last != "default" {
            return Some((at, last.clone()));
        }
        let target = self.links.file(at, &base.name.module)?;
        Some(match self.export(target, last)? {
            (found, Imported::Type(name)) => (found, name),
            (found, Imported::Local(local)) => {
                (found, self.unit(found).program.locals[local.0 as usize].name.clone())
            }
        })
    }

    /// Whether some type of the project implements a trait of this name.
    pub fn is_trait(&self, file: FileId, name: &str) -> bool {
        reads::declared(name);
        let language = self.language(file);
        language == Language::Rust && self.implementers.contains_key(&(language, Name::from(name)))
    }

    /// A method of a trait as one of its types does it: the only one, or the first that touches
    /// what a rule speaks of. What holds for one of them happens where that one is used.
    pub fn implementation(&self, file: FileId, of: &str, name: &str) -> Option<(FileId, FunctionId)> {
        reads::declared(of);
        reads::declared(name);
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

    /// A field of the type that implements a trait, interface or abstract class: the first that
    /// declares one of this name.
    pub fn implementers_field(&self, file: FileId, of: &str, field: &str) -> Option<(FileId, &Type)> {
        reads::declared(of);
        let list = self.implementers.get(&(self.language(file), Name::from(of)))?;
        list.iter().take(16).find_map(|(at, owner)| {
            let decl = self.unit(*at).type_decl(owner)?;
            let (_, ty) = decl.fields.iter().find(|(name, _)| name == field)?;
            Some((*at, ty.as_ref()?))
        })
    }

    /// The first type that a declared one extends, as the file that declares it says it.
    pub fn base(&self, file: FileId, owner: &str) -> Option<(FileId, &Type)> {
        let (file, decl) = self.type_decl(file, owner)?;
        Some((file, decl.bases.first()?))
    }

    /// The declaration of a named type: this file first, then the only other one.
    pub fn type_decl(&self, file: FileId, name: &str) -> Option<(FileId, &TypeDecl)> {
        reads::declared(name);
        if let Some(decl) = self.unit(file).type_decl(name) {
            return Some((file, decl));
        }
        match *self.types.get(&(self.language(file), Name::from(name)))? {
            Some((file, at)) => Some((file, self.unit(file).program.types.get(at as usize)?)),
            None => self.imported_type(file, &Name::from(name)),
        }
    }

    /// A file lets others have something of this name: a class, or an object that it exports.
    pub fn shows(&self, file: FileId, name: &Name) -> bool {
        let unit = self.unit(file);
        unit.type_decl(name).is_some()
            || unit.program.exports.iter().any(|export| match &export.what {
                Exported::Local(local) => unit.program.locals[local.0 as usize].name == *name,
                Exported::Type(_) | Exported::Elsewhere(_) => export.name == *name,
            })
    }

    /// What a global names in this project: the function, if exactly one file exports it so.
    pub fn function_named(&self, file: FileId, global: &Global) -> Option<(FileId, FunctionId)> {
        let name = global.path.last()?;
        reads::declared(name);
        let language = self.language(file);
        let unit = self.unit(file);
        if language == Language::TypeScript
            && let Some((at, Imported::Local(local), [])) = self.imported(file, global)
        {
            return Some((at, self.function_of(at, local)?));
        }
        let owner = global.path.len().checked_sub(2).map(|at| &global.path[at]);
        if let Some(owner) = owner
            && let Some(found) = self.method(file, owner, name)
            && (language == Language::Rust || found.0 == file || self.shows(found.0, owner))
        {
            return Some(found);
        }
        if language == Language::Rust {
            let here = reads::unrecorded(|| {
                unit.program.functions.iter().position(|function| {
                    function.name == *name
                        && function.owner.is_none()
                        && function.kind == FunctionKind::Declared
                })
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
        // A member of what is imported is no function of that name in some other file.
        if language == Language::TypeScript && global.path.len() > 1 && global.path[0] != "default" {
            return None;
        }
        let found = self.exported.get(name)?;
        let mut same = found.iter().filter(|(at, _)| self.language(*at) == language && *at != file);
        let first = same.next()?;
        same.next().is_none().then_some(*first)
    }
}
