//! What an imported name stands for: a class of the project, what a page's module exports, or a
//! function of a class that is extended.

use super::build::Builder;
use crate::book::api::Library;
use crate::program::{FunctionId, Global, Language, Local, Name};
use crate::source::FileId;

impl Builder<'_> {
    /// `Model.findByCode(…)`, where a class that `Model` extends has it.
    pub(super) fn static_method(&self, file: FileId, global: &Global) -> Option<(FileId, FunctionId)> {
        let [.., owner, name] = global.path.as_slice() else { return None };
        let found = self.project.inherited(file, owner, name)?;
        // An object of another file that only goes by the same name is another one.
        let of = self.project.unit(found.0).program.functions[found.1.0 as usize].owner.as_ref();
        let shown = || of.is_some_and(|of| self.project.shows(found.0, of));
        (self.language == Language::Rust || found.0 == file || shown()).then_some(found)
    }

    /// A default import that is called, by a name that means more than `default`: that of a class
    /// of the project, or what a page's module exports.
    pub(super) fn aliased(&self, file: FileId, local: Local, global: &Global) -> Global {
        let mut global = self.own_class(file, local, global.clone());
        if global.path.first().is_none_or(|first| first != "default") {
            return global;
        }
        let alias = &self.project.unit(file).program.locals[local.0 as usize].name;
        if let Some(library) = self.knowledge.library_of(&global.module) {
            global.path[0] = self.exported_name(library, alias, &global.module);
        } else if self.is_said_of_any_module(alias) && self.project.imported(file, &global).is_none() {
            global.path[0] = alias.clone();
        }
        global
    }

    /// A page of all modules (`module *`) speaks of a function of this name.
    fn is_said_of_any_module(&self, name: &str) -> bool {
        let any = |library: &Library| library.modules.iter().any(|module| module.name == "*");
        !name.is_empty() && self.knowledge.calls(self.language, name).any(|line| any(line.library))
    }

    pub(super) fn own_class(&self, file: FileId, local: Local, mut global: Global) -> Global {
        let alias = &self.project.unit(file).program.locals[local.0 as usize].name;
        if global.path.first().is_some_and(|first| first == "default")
            && !alias.is_empty()
            && self.project.type_decl(file, alias).is_some()
        {
            global.path[0] = alias.clone();
        }
        global
    }

    /// What a page calls its module's default export: as the file does, as the module is called, or
    /// the type that the page speaks of first.
    fn exported_name(&self, library: &Library, alias: &Name, module: &str) -> Name {
        let says = |name: &str| {
            let mut lines = self.knowledge.calls(self.language, name);
            let mut makers = self.knowledge.makers(self.language, name).into_iter();
            lines.any(|line| line.library.name == library.name)
                || makers.any(|(of, _)| of.name == library.name)
        };
        let last = module.rsplit('/').next().unwrap_or(module);
        if says(alias) {
            return alias.clone();
        }
        match library.types.first() {
            Some(first) if !says(last) => first.name.clone(),
            _ => Name::from(last),
        }
    }
}
