//! Paths to full names: `use` declarations, inline modules and names of the same file.

use super::{Lowerer, name};
use crate::program::{Global, Local, Name};
use rustc_hash::{FxHashMap, FxHashSet};
use syn::{Item, UseTree};

/// Follows `use` chains this far; longer ones are cycles.
const MOST_STEPS: u32 = 12;

/// Names that every module knows and that a glob import does not bring.
const PRELUDE: &str = "\
    Some None Ok Err Option Result String Vec Box Self ToString Iterator Into From TryFrom TryInto \
    AsRef AsMut Default Clone Copy Drop Fn FnMut FnOnce Send Sync Sized Eq Ord PartialEq PartialOrd \
    ToOwned Extend drop std core alloc crate self super str bool char u8 u16 u32 u64 u128 usize i8 \
    i16 i32 i64 i128 isize f32 f64";

/// An inline module, or the file itself.
#[derive(Default)]
pub(super) struct Module {
    parent: Option<usize>,
    uses: FxHashMap<Name, Vec<Name>>,
    globs: Vec<Vec<Name>>,
    items: FxHashSet<Name>,
    statics: FxHashMap<Name, Local>,
    modules: FxHashMap<Name, usize>,
}

/// What a path means.
pub(super) enum Place {
    Static(Local),
    Path(Vec<Name>),
}

impl Lowerer<'_> {
    /// Learns the names of a module and of the modules inside, and makes locals of its statics.
    pub(super) fn collect_module(&mut self, items: &[Item], parent: Option<usize>) -> usize {
        let id = self.modules.len();
        self.modules.push(Module { parent, ..Module::default() });
        for item in items {
            self.collect_item(item, id);
        }
        id
    }

    fn collect_item(&mut self, item: &Item, module: usize) {
        if let Item::Mod(inner) = item
            && let Some((_, items)) = &inner.content
        {
            let id = self.collect_module(items, Some(module));
            if let Some(outer) = self.modules.get_mut(module) {
                outer.modules.insert(name(&inner.ident), id);
            }
        }
        let statics = self.collect_statics(item);
        let Some(module) = self.modules.get_mut(module) else { return };
        module.statics.extend(statics);
        match item {
            Item::Use(item) => {
                let (uses, globs) = use_names(&item.tree);
                module.uses.extend(uses);
                module.globs.extend(globs);
            }
            Item::ExternCrate(item) => {
                let bound = item.rename.as_ref().map_or(&item.ident, |(_, rename)| rename);
                module.uses.insert(name(bound), vec![name(&item.ident)]);
            }
            other => module.items.extend(item_name(other)),
        }
    }

    /// The module an inline `mod name` of the current module is.
    pub(super) fn inner_module(&self, name: &Name) -> Option<usize> {
        self.modules.get(self.module)?.modules.get(name).copied()
    }

    /// The static or constant of the current module with this name.
    pub(super) fn own_static(&self, name: &Name) -> Option<Local> {
        self.modules.get(self.module)?.statics.get(name).copied()
    }

    /// Resolves a path as it is written here.
    pub(super) fn resolve(&self, path: &[Name]) -> Place {
        let Some(first) = path.first() else { return Place::Path(Vec::new()) };
        if first == "Self" {
            let owner = self.owner.clone().unwrap_or_else(|| first.clone());
            return Place::Path(std::iter::once(owner).chain(path.iter().skip(1).cloned()).collect());
        }
        for frame in self.frames.iter().rev() {
            for scope in frame.scopes.iter().rev() {
                if let (1, Some(local)) = (path.len(), scope.names.get(first)) {
                    return Place::Static(*local);
                }
                if scope.items.contains(first) {
                    return Place::Path(path.to_vec());
                }
                if let Some(target) = scope.uses.get(first) {
                    return self.locate(self.module, &joined(target, path), MOST_STEPS);
                }
            }
        }
        self.locate(self.module, path, MOST_STEPS)
    }

    /// Resolves to a path only.
    pub(super) fn global(&self, path: &[Name]) -> Global {
        let path = match self.resolve(path) {
            Place::Path(path) => path,
            Place::Static(_) => path.to_vec(),
        };
        Global { module: Name::default(), path }
    }

    fn locate(&self, at: usize, path: &[Name], steps: u32) -> Place {
        let as_written = || Place::Path(path.to_vec());
        let (Some(module), Some(first), Some(steps)) =
            (self.modules.get(at), path.first(), steps.checked_sub(1))
        else {
            return as_written();
        };
        let rest = path.get(1..).unwrap_or_default();
        match first.as_str() {
            "crate" => return as_written(),
            "self" if !rest.is_empty() => return self.locate(at, rest, steps),
            "super" => {
                let Some(parent) = module.parent.filter(|_| !rest.is_empty()) else { return as_written() };
                return self.locate(parent, rest, steps);
            }
            _ => {}
        }
        if let (Some(local), true) = (module.statics.get(first), rest.is_empty()) {
            return Place::Static(*local);
        }
        if let Some(target) = module.uses.get(first) {
            let full = joined(target, path);
            let itself = target.first() == Some(first);
            return if itself { Place::Path(full) } else { self.locate(at, &full, steps) };
        }
        if let (Some(inner), false) = (module.modules.get(first), rest.is_empty()) {
            return match self.locate(*inner, rest, steps) {
                Place::Static(local) => Place::Static(local),
                Place::Path(inner) if inner.as_slice() == rest => as_written(),
                Place::Path(inner) => Place::Path(inner),
            };
        }
        if module.items.contains(first) || in_prelude(first) || super::macros::is_own(first) {
            return as_written();
        }
        self.through_globs(at, module, path, steps)
    }

    /// A name nothing else explains, with the globs of the module in sight.
    fn through_globs(&self, at: usize, module: &Module, path: &[Name], steps: u32) -> Place {
        let mut outside: Vec<&Vec<Name>> = Vec::new();
        for glob in &module.globs {
            match glob.first().map(Name::as_str) {
                Some("super" | "self" | "crate") => {
                    if let Some(inner) = self.module_at(at, glob) {
                        if inner == at {
                            continue;
                        }
                        match self.locate(inner, path, steps) {
                            Place::Path(found) if found.as_slice() == path => {}
                            found => return found,
                        }
                    }
                }
                _ => outside.push(glob),
            }
        }
        // A prelude holds a chosen few names: most unknown names do not come from it. What begins
        // like a crate, `tokio::fs`, mostly is one, in whatever sight `use tracing::*` stands.
        let is_crate =
            path.len() > 1 && path.first().is_some_and(|first| !first.contains(char::is_uppercase));
        outside.retain(|glob| glob.last().is_some_and(|last| last != "prelude") && !is_crate);
        match outside.as_slice() {
            [glob] => {
                // The glob's own path: only a `use` can mean something by its first segment.
                let used = glob.first().and_then(|first| module.uses.get(first));
                let known = used.map_or_else(|| glob.to_vec(), |target| joined(target, glob));
                Place::Path(known.into_iter().chain(path.iter().cloned()).collect())
            }
            _ => Place::Path(path.to_vec()),
        }
    }

    /// The inline module that a path of `self`, `super` and module names leads to.
    fn module_at(&self, mut at: usize, path: &[Name]) -> Option<usize> {
        for segment in path {
            let module = self.modules.get(at)?;
            at = match segment.as_str() {
                "self" => at,
                "super" => module.parent?,
                name => *module.modules.get(name)?,
            };
        }
        Some(at)
    }
}

fn in_prelude(name: &str) -> bool {
    PRELUDE.split(' ').any(|known| known == name)
}

/// `target` with what follows the first segment of `path`.
fn joined(target: &[Name], path: &[Name]) -> Vec<Name> {
    target.iter().chain(path.iter().skip(1)).cloned().collect()
}

/// The segments of a path, without generic arguments.
pub(super) fn segments(path: &syn::Path) -> Vec<Name> {
    path.segments.iter().map(|segment| name(&segment.ident)).collect()
}

pub(super) fn item_name(item: &Item) -> Option<Name> {
    match item {
        Item::Fn(item) => Some(name(&item.sig.ident)),
        Item::Struct(item) => Some(name(&item.ident)),
        Item::Enum(item) => Some(name(&item.ident)),
        Item::Union(item) => Some(name(&item.ident)),
        Item::Trait(item) => Some(name(&item.ident)),
        Item::TraitAlias(item) => Some(name(&item.ident)),
        Item::Type(item) => Some(name(&item.ident)),
        Item::Mod(item) => Some(name(&item.ident)),
        _ => None,
    }
}

type Uses = (Vec<(Name, Vec<Name>)>, Vec<Vec<Name>>);

/// What a `use` tree brings: names with their full paths, and globs.
pub(super) fn use_names(tree: &UseTree) -> Uses {
    let mut uses = (Vec::new(), Vec::new());
    walk_use(tree, &mut Vec::new(), &mut uses);
    uses
}

fn walk_use(tree: &UseTree, prefix: &mut Vec<Name>, uses: &mut Uses) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(name(&path.ident));
            walk_use(&path.tree, prefix, uses);
            prefix.pop();
        }
        UseTree::Name(leaf) => add_use(prefix, &name(&leaf.ident), None, uses),
        UseTree::Rename(leaf) => add_use(prefix, &name(&leaf.ident), Some(name(&leaf.rename)), uses),
        UseTree::Glob(_) => uses.1.push(prefix.clone()),
        UseTree::Group(group) => {
            for item in &group.items {
                walk_use(item, prefix, uses);
            }
        }
    }
}

fn add_use(prefix: &[Name], leaf: &Name, rename: Option<Name>, uses: &mut Uses) {
    let mut path = prefix.to_vec();
    if leaf != "self" {
        path.push(leaf.clone());
    }
    let Some(bound) = rename.or_else(|| path.last().cloned()) else { return };
    if bound != "_" {
        uses.0.push((bound, path));
    }
}
