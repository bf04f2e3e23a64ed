//! Statics and constants of Rust files, as other files name them.

use super::Project;
use crate::program::{Exported, Global, Language, Local, Name, reads};
use crate::source::FileId;
use rustc_hash::FxHashMap;
use std::path::Path;

impl Project {
    /// By name, the files of which others may see a static or constant so called.
    pub(super) fn shown_statics(&self) -> FxHashMap<Name, Vec<FileId>> {
        let mut found: FxHashMap<Name, Vec<FileId>> = FxHashMap::default();
        let mut add = |name: &Name, file: FileId| {
            let files = found.entry(name.clone()).or_default();
            if files.last() != Some(&file) {
                files.push(file);
            }
        };
        for file in (0..self.units.len()).map(|at| FileId(at as u32)) {
            if let Some(outline) = self.units.outline(file) {
                let one = &outline.declarations;
                let own = one.exports.iter().filter(|(name, what)| what == name.as_str());
                own.filter(|_| one.language == Language::Rust).for_each(|(name, _)| add(name, file));
            } else if let Some(unit) = self.units.get(file).filter(|u| u.program.language == Language::Rust) {
                let exports = unit.program.exports.iter();
                let own = exports.filter(|export| matches!(export.what, Exported::Local(_)));
                own.for_each(|export| add(&export.name, file));
            }
        }
        found
    }

    /// The static of another file that a path means: `crate::gauge::HEAT` stands in a file or folder
    /// `gauge`; where none is called so, it is the only one of its name.
    pub(super) fn static_named(&self, file: FileId, global: &Global) -> Option<(FileId, Local)> {
        let (name, above) = global.path.split_last()?;
        reads::declared(name);
        // `Status::OPEN`, a variant or a constant of a type.
        if above.last().is_some_and(|owner| owner.starts_with(char::is_uppercase)) {
            return None;
        }
        let files: Vec<FileId> = self.statics.get(name)?.iter().copied().filter(|at| *at != file).collect();
        let at = self.module_of(&files, above)?;
        let unit = self.units.get(at)?;
        let export = &unit.program.exports[*unit.exports.get(name)? as usize];
        match export.what {
            Exported::Local(local) => Some((at, local)),
            Exported::Type(_) | Exported::Elsewhere(_) => None,
        }
    }

    /// The one file among some that a path of modules leads to.
    fn module_of(&self, files: &[FileId], above: &[Name]) -> Option<FileId> {
        let is_relative = |name: &&Name| matches!(name.as_str(), "crate" | "self" | "super");
        let stands_in = |file: FileId, module: &Name| {
            let path: &Path = &self.unit(file).path;
            path.with_extension("").iter().any(|part| part.to_string_lossy().replace('-', "_") == **module)
        };
        let modules: Vec<&Name> = above.iter().filter(|name| !is_relative(name)).collect();
        let named = |module: &Name| {
            let mut all = files.iter().copied().filter(|file| stands_in(*file, module));
            (all.next(), all.next())
        };
        let only = || if let [only] = files { Some(*only) } else { None };
        match modules.last().map(|module| named(module)) {
            Some((Some(found), None)) => Some(found),
            Some((Some(_), Some(_))) => None,
            // Shown by a module that is not called after it; a path of other packages says nothing.
            _ if above.first().is_none_or(|first| is_relative(&first)) => only(),
            _ => modules.first().and_then(|package| named(package).0).filter(|found| only() == Some(*found)),
        }
    }
}
