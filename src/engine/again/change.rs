//! What differs between two runs, as far as it concerns what was found in files that are the same.

use super::known::Rests;
use crate::program::Name;
use crate::project::change::{all_declarations, declarations};
use crate::project::outline::{Outline, mark};
use crate::source::FileId;
use rustc_hash::FxHashSet;

/// All differences together.
#[derive(Default)]
pub(super) struct Changes {
    /// Numbers in the earlier run.
    files: FxHashSet<FileId>,
    /// Marks of names that are declared otherwise now.
    declared: FxHashSet<u32>,
    /// Marks of names that the files in question mention, before or after.
    called: FxHashSet<u32>,
    /// Exports of whole modules changed: no name tells whom that concerns.
    is_open: bool,
}

impl Changes {
    /// A file is another one now, or gone, or leads elsewhere.
    pub(super) fn add_file(&mut self, file: FileId) {
        self.files.insert(file);
    }

    /// A file says something else; without an outline it said, or says, nothing.
    pub(super) fn add(&mut self, before: Option<&Outline>, after: Option<&Outline>) {
        let (names, is_open) = match (before, after) {
            (Some(before), Some(after)) => declarations(&before.declarations, &after.declarations),
            (Some(one), None) | (None, Some(one)) => all_declarations(&one.declarations),
            (None, None) => return,
        };
        self.add_names(names, is_open);
        for outline in before.into_iter().chain(after) {
            self.called.extend(&outline.mentions);
        }
    }

    /// The imports of a file lead elsewhere, and all that it shows may be something else.
    pub(super) fn add_moved(&mut self, outline: &Outline) {
        let (names, is_open) = all_declarations(&outline.declarations);
        self.add_names(names, is_open);
        self.called.extend(&outline.mentions);
    }

    fn add_names(&mut self, names: FxHashSet<Name>, is_open: bool) {
        self.declared.extend(names.iter().map(|name| mark(name)));
        self.is_open |= is_open;
    }

    /// Whether what was found must be looked for again.
    pub(super) fn concern(&self, rests: &Rests) -> bool {
        let any =
            |marks: &[u32], of: &FxHashSet<u32>| !of.is_empty() && marks.iter().any(|mark| of.contains(mark));
        (self.is_open && !rests.declared.is_empty())
            || any(&rests.declared, &self.declared)
            || any(&rests.called, &self.declared)
            || any(&rests.called, &self.called)
            || rests.files.iter().any(|file| self.files.contains(file))
    }
}
