//! What type a value has, by evidence: declarations, constructors, pages, names.

use super::build::Builder;
use super::event::Recognition;
use super::value::{Slot, Term, ValueId};
use crate::book::api::{Library, Segment, TypeFact};
use crate::knowledge::matches;
use crate::program::{Borrow, Global, Language, Name, Type};
use crate::source::FileId;
use std::borrow::Cow;

/// A type and how it is known.
#[derive(Clone, Debug)]
pub(super) struct TypeEvidence {
    pub(super) ty: Type,
    pub(super) how: Recognition,
}

/// A type as it stands where it is known from.
pub(super) struct SeenType<'s> {
    pub(super) ty: Cow<'s, Type>,
    pub(super) how: Recognition,
}

impl SeenType<'_> {
    pub(super) fn into_evidence(self) -> TypeEvidence {
        TypeEvidence { ty: self.ty.into_owned(), how: self.how }
    }
}

pub(super) fn named(global: Global) -> Type {
    Type { name: global, args: Vec::new(), borrow: Borrow::Owned }
}

impl Builder<'_> {
    pub(super) fn type_of(&self, id: ValueId) -> Option<SeenType<'_>> {
        self.type_at(id, 0)
    }

    fn type_at(&self, id: ValueId, depth: u32) -> Option<SeenType<'_>> {
        let known = |ty, how| Some(SeenType { ty: Cow::Borrowed(ty), how });
        let made = |name, how| Some(SeenType { ty: Cow::Owned(named(name)), how });
        if let Some(evidence) = self.evidence.get(&id) {
            return known(&evidence.ty, evidence.how);
        }
        if depth > 12 {
            return None;
        }
        let told = |ty, file| Some(SeenType { ty: self.unaliased(ty, file), how: Recognition::Resolved });
        match self.values.term(id) {
            Term::Param(file, local) | Term::Place(file, local) => {
                told(self.project.declared(*file, *local)?, *file)
            }
            Term::This(file, local) => {
                let unit = self.project.unit(*file);
                let owner = &unit.program.locals[local.0 as usize].function;
                let owner = unit.program.functions[owner.0 as usize].owner.clone()?;
                made(Global { module: Name::default(), path: vec![owner] }, Recognition::Resolved)
            }
            Term::Load { base, field, .. } => {
                let of = self.type_at(*base, depth + 1)?;
                let (file, ty) = self.field_type(&of.ty, field)?;
                told(ty, file)
            }
            Term::Held { of, .. } => self.type_at(*of, depth + 1),
            Term::Element { base, .. } | Term::Each { base, .. } => {
                let of = self.type_at(*base, depth + 1)?;
                let ty = match of.ty {
                    Cow::Borrowed(ty) => Cow::Borrowed(ty.args.last()?),
                    Cow::Owned(mut ty) => Cow::Owned(ty.args.pop()?),
                };
                Some(SeenType { ty, how: of.how })
            }
            Term::Phi { .. } => {
                let inputs = self.values.phis.get(&id)?;
                inputs.iter().find_map(|input| self.type_at(input.value, depth + 1))
            }
            Term::Record { name: Some(name), .. } => made(name.clone(), Recognition::Constructed),
            _ => None,
        }
    }

    /// The declared type of a field, looking through wrappers such as `Arc` by their argument.
    fn field_type(&self, of: &Type, field: &str) -> Option<(FileId, &Type)> {
        let mut of = Some(of);
        for _ in 0..6 {
            let ty = of?;
            if let Some(found) = self.declared_field(ty.name.path.last()?, field) {
                return Some(found);
            }
            of = ty.args.first();
        }
        None
    }

    /// A field of a type of the project, or of one that it extends.
    fn declared_field(&self, owner: &str, field: &str) -> Option<(FileId, &Type)> {
        let mut file = self.frames[0].file;
        let mut owner = Name::from(owner);
        for _ in 0..6 {
            let (of, decl) = self.project.type_decl(file, &owner)?;
            if let Some((_, ty)) = decl.fields.iter().find(|(name, _)| name == field) {
                return Some((of, ty.as_ref()?));
            }
            let Some(parent) = self.project.parent(file, &owner) else {
                return self.project.implementers_field(file, &owner, field);
            };
            (file, owner) = parent;
        }
        None
    }

    /// The project type a value has, peeled of wrappers: the name of a type some file declares.
    pub(super) fn project_type(&self, id: ValueId, file: FileId) -> Option<Name> {
        let evidence = self.type_of(id)?;
        let mut ty = &*evidence.ty;
        for _ in 0..6 {
            let name = ty.name.path.last()?;
            if self.project.type_decl(file, name).is_some() || self.project.is_trait(file, name) {
                return Some(name.clone());
            }
            ty = ty.args.first()?;
        }
        None
    }

    /// How sure it is that a value has the type that a page calls `wanted`.
    pub(super) fn has_type(&self, id: ValueId, library: &Library, wanted: &str) -> Option<Recognition> {
        if let Some(evidence) = self.type_of(id) {
            let mut ty = &*evidence.ty;
            for _ in 0..6 {
                if self.type_matches(ty, library, wanted) {
                    return Some(evidence.how);
                }
                // Wrappers are looked through by their last argument: `Arc<Mutex<T>>`,
                // `MutexGuard<'_, HashMap<K, V>>`; collections of other things never match.
                match ty.args.first() {
                    Some(inner) => ty = inner,
                    None => break,
                }
            }
        }
        if let Some(how) = self.extends(id, library, wanted) {
            return Some(how);
        }
        let fits = |page: &Library, fact: &TypeFact| {
            std::ptr::eq(page, library) && self.inherits(library, &fact.name, wanted)
        };
        let suggested = self.hints(id).iter().any(|hint| self.knowledge.suggests(hint, fits));
        (suggested && !self.is_of_another(id, library)).then_some(Recognition::Named)
    }

    /// Whatever it is called: it is declared, or imported, as something of a package that another
    /// page describes, unless the page speaks of that very type as well and the file imports both.
    fn is_of_another(&self, id: ValueId, library: &Library) -> bool {
        let frame = self.blocks[self.current as usize].frame;
        let declared = self.type_of(id).is_some_and(|seen| {
            let name = seen.ty.name.path.last();
            let shared = library.types.iter().any(|fact| Some(&fact.name) == name);
            self.is_elsewhere(library, &seen.ty.name.module) && !(shared && self.imports(frame, library))
        });
        let imported = match self.values.term(id) {
            Term::Global(global) => self.is_elsewhere(library, &global.module),
            _ => false,
        };
        declared || imported
    }

    /// The module is one of a page's, and not of this one.
    fn is_elsewhere(&self, library: &Library, module: &str) -> bool {
        !module.is_empty()
            && self.knowledge.library_of(module).is_some()
            && !library.modules.iter().any(|own| module_matches(&own.name, module))
    }

    /// A class of the project, or something of its type, that extends what a page describes: a
    /// model's own class stands for its table.
    fn extends(&self, id: ValueId, library: &Library, wanted: &str) -> Option<Recognition> {
        if self.language != Language::TypeScript || library.modules.is_empty() {
            return None;
        }
        let mut file = self.frames[0].file;
        let is_class = matches!(self.values.term(id), Term::Global(_) | Term::Place(..));
        let mut owner = match self.values.term(id) {
            Term::Global(global) => match global.path.last() {
                Some(last) if last != "default" => last.clone(),
                _ => self.names.get(&id).cloned().or_else(|| file_stem(&global.module))?,
            },
            Term::Place(file, local) => {
                self.project.unit(*file).program.locals[local.0 as usize].name.clone()
            }
            _ => self.type_of(id)?.ty.name.path.last()?.clone(),
        };
        for _ in 0..6 {
            let (_, base) = self.project.base(file, &owner)?;
            let known = library.types.iter().find(|fact| self.type_matches(base, library, &fact.name));
            if let Some(known) = known {
                let fact = match is_class {
                    true => known,
                    // What `new` of the page's class gives.
                    false => library.instance_of(&known.name).unwrap_or(known),
                };
                return self.inherits(library, &fact.name, wanted).then_some(Recognition::Resolved);
            }
            (file, owner) = self.project.parent(file, &owner)?;
        }
        None
    }

    /// Names by which people tell what a value is: its own, those of what it may be
    /// (`admin ?? client`), the module it comes from.
    fn hints(&self, id: ValueId) -> Vec<Name> {
        let mut hints: Vec<Name> = self.name_of(id).into_iter().collect();
        match self.values.term(id) {
            Term::Phi { .. } => {
                let inputs = self.values.phis.get(&id).into_iter().flatten().take(8);
                hints.extend(inputs.filter_map(|input| self.name_of(input.value)));
            }
            Term::Global(global) if global.module.contains('/') => {
                hints.extend(self.module_hint(&global.module));
            }
            _ => {}
        }
        // `db()`, `getRedis()`.
        if self.language == Language::TypeScript {
            hints.extend(self.given_by.get(&id).cloned());
            hints.extend(self.calls.get(&id).map(|call| call.name.clone()));
        }
        // `slot.path()`.
        if self.language == Language::Rust
            && let Some(call) = self.calls.get(&id)
            && call.args.is_empty()
            && call.receiver.is_some()
            && self.names_part(&call.name)
        {
            hints.push(call.name.clone());
        }
        // `private readonly wallets: WalletRepository`, of a package that is not in sight.
        if self.language == Language::TypeScript
            && let Some(evidence) = self.type_of(id)
        {
            hints.extend(evidence.ty.name.path.last().cloned());
        }
        hints
    }

    /// What a module is called after: its file, or the folder of one that says nothing
    /// (`redis/client`). Folders above it are places in a project (`~/server/…`).
    fn module_hint(&self, module: &str) -> Option<Name> {
        let mut parts = module.rsplit('/').filter(|part| !part.is_empty());
        let last = parts.next()?.split('.').find(|part| !part.is_empty())?;
        match self.knowledge.is_word("plain-module", last) {
            true => parts.next().map(Name::from),
            false => Some(Name::from(last)),
        }
    }

    /// Whether a type is one that a page describes.
    pub(super) fn is_type_of(&self, ty: &Type, library: &Library) -> bool {
        library.types.iter().any(|fact| self.type_matches(ty, library, &fact.name))
    }

    /// `sub` is `wanted`, or inherits from it on the page.
    fn inherits(&self, library: &Library, sub: &str, wanted: &str) -> bool {
        let mut at = Name::from(sub);
        for _ in 0..6 {
            if at == wanted {
                return true;
            }
            let Some(fact) = library.types.iter().find(|fact| fact.name == at) else { return false };
            let Some(is) = &fact.is else { return false };
            at = is.clone();
        }
        false
    }

    fn type_matches(&self, ty: &Type, library: &Library, wanted: &str) -> bool {
        let Some(name) = ty.name.path.last() else { return false };
        if name == "[]" {
            return wanted == "Array";
        }
        // A module's default export is what its page speaks of first.
        let name = match library.types.first() {
            Some(first)
                if name == "default"
                    && library.modules.iter().any(|module| module_matches(&module.name, &ty.name.module)) =>
            {
                &first.name
            }
            _ => name,
        };
        let declared = library.types.iter().any(|fact| fact.name == *name);
        if !(name == wanted
            || (declared && self.inherits(library, name, wanted))
            || self.is_what_makes(ty, library, wanted))
        {
            return false;
        }
        if library.modules.is_empty() {
            return true;
        }
        match self.language {
            Language::Rust => {
                let path = &ty.name.path;
                path.len() == 1
                    || library.modules.iter().any(|module| path.starts_with(&module.path))
                    // Of the project, which may re-export it, unless it has one of its own.
                    || (matches!(path[0].as_str(), "crate" | "self" | "super")
                        && self.project.type_decl(self.frames[0].file, name).is_none())
                    // What the library makes anew for each table of the project.
                    || (self.knowledge.is_word("unnamed", name)
                        && self.project.libraries.contains(&library.name))
            }
            Language::TypeScript => {
                ty.name.module.is_empty()
                    || library.modules.iter().any(|module| module_matches(&module.name, &ty.name.module))
                    // A wrapper module of the project re-exports it under its own name.
                    || (ty.name.module.starts_with(['.', '@', '~'])
                        && !self.is_elsewhere(library, &ty.name.module))
            }
        }
    }

    /// `ReturnType<typeof drizzle>`: named by the function that makes it.
    fn is_what_makes(&self, ty: &Type, library: &Library, wanted: &str) -> bool {
        let Some(name) = ty.name.path.last() else { return false };
        self.language == Language::TypeScript
            && library.modules.iter().any(|module| module_matches(&module.name, &ty.name.module))
            && library.types.iter().filter(|fact| self.inherits(library, &fact.name, wanted)).any(|fact| {
                fact.made_by.iter().any(|maker| {
                    let parts = maker.target.parts.as_slice();
                    matches!(parts, [Segment::Names(names)] if names.contains(name))
                })
            })
    }

    /// The name people use for a value: the variable, field or import.
    pub(super) fn name_of(&self, id: ValueId) -> Option<Name> {
        if let Some(name) = self.names.get(&id) {
            return Some(name.clone());
        }
        match self.values.term(id) {
            Term::Param(file, local) | Term::Place(file, local) | Term::This(file, local) => {
                let name = &self.project.unit(*file).program.locals[local.0 as usize].name;
                (!name.is_empty()).then(|| name.clone())
            }
            Term::Load { field, .. } => Some(field.clone()),
            Term::Global(global) => match global.path.last() {
                Some(last) if last != "default" => Some(last.clone()),
                _ => Some(global.module.clone()),
            },
            Term::Held { of, .. } => self.name_of(*of),
            Term::Record { entries, .. } => entries.iter().find_map(|(slot, _)| match slot {
                Slot::Spread | Slot::Computed(_) | Slot::Named(_) => None,
            }),
            _ => None,
        }
    }

    /// Whether a global is, or lies in, one of a page's modules; gives the rest of its path.
    pub(super) fn in_module<'g>(&self, library: &Library, global: &'g Global) -> Option<&'g [Name]> {
        if self.language == Language::Rust {
            let best = library.modules.iter().filter(|module| global.path.starts_with(&module.path));
            let longest = best.map(|module| module.path.len()).max()?;
            return global.path.get(longest..);
        }
        let found = library.modules.iter().any(|module| module_matches(&module.name, &global.module));
        if !found {
            return None;
        }
        let path = global.path.as_slice();
        Some(match path.first() {
            Some(first) if first == "default" => &path[1..],
            _ => path,
        })
    }
}

/// The file that a module's name ends in, without its ending.
pub(super) fn file_stem(module: &str) -> Option<Name> {
    module
        .rsplit('/')
        .next()
        .and_then(|part| part.split('.').next())
        .filter(|stem| !stem.is_empty())
        .map(Name::from)
}

fn module_matches(page: &str, module: &str) -> bool {
    page == module || module.strip_prefix("node:") == Some(page) || matches(page, module)
}

/// A target's leading segment names a type.
pub(super) fn type_name(parts: &[Segment]) -> Option<&[Name]> {
    match parts {
        [Segment::Names(names), _] => Some(names),
        _ => None,
    }
}
