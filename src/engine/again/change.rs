//! What differs between two runs, as far as it concerns what was found in files that are the same.

use super::known::Rests;
use crate::project::change::{all_declarations, declarations};
use crate::project::outline::{Outline, mark};
use crate::source::FileId;
use rustc_hash::FxHashSet;

/// All differences together. What was found tells by itself in which files it looked, those among them
/// that only lead to others, and those that have places of the names it asked for; so names tell only
/// of what is new, or is found by its name alone.
#[derive(Default)]
pub(super) struct Changes {
    /// Numbers in the earlier run.
    files: FxHashSet<FileId>,
    /// Marks of names that are declared otherwise now.
    declared: FxHashSet<u32>,
    /// Marks of names of which a file has places now that had none, whose calls in it are others, or of
    /// which it keeps objects no more.
    called: FxHashSet<u32>,
}

impl Changes {
    /// A file is another one now, or gone, or leads elsewhere.
    pub(super) fn add_file(&mut self, file: FileId) {
        self.files.insert(file);
    }

    /// A file says something else; without an outline it said, or says, nothing.
    pub(super) fn add(&mut self, before: Option<&Outline>, after: Option<&Outline>) {
        let (names, _) = match (before, after) {
            (Some(before), Some(after)) => declarations(&before.declarations, &after.declarations),
            (Some(one), None) | (None, Some(one)) => all_declarations(&one.declarations),
            (None, None) => return,
        };
        self.declared.extend(names.iter().map(|name| mark(name)));
        match (before, after) {
            (before, Some(after)) => {
                self.called.extend(after.new_places(before));
                self.called.extend(after.other_calls(before));
            }
            (Some(before), None) => {
                self.called.extend(before.kept_places());
                self.called.extend(before.other_calls(None));
            }
            (None, None) => {}
        }
    }

    /// Whether what was found must be looked for again.
    pub(super) fn concern(&self, rests: &Rests) -> bool {
        let any =
            |marks: &[u32], of: &FxHashSet<u32>| !of.is_empty() && marks.iter().any(|mark| of.contains(mark));
        any(&rests.declared, &self.declared)
            || any(&rests.called, &self.declared)
            || any(&rests.called, &self.called)
            || rests.files.iter().any(|file| self.files.contains(file))
    }
}
