//! What changed since a revision, from a patch or from `git`: which lines of which files are new.
//!
//! The only module that runs another program, and `git` is the only one it runs. It asks for
//! nothing that needs a network.

mod git;
mod index;
mod lines;
pub mod patch;

pub use git::{since, since_merge_base, staged};
pub use index::as_staged;
pub use lines::{Changes, FileChanges};

use crate::discover;
use crate::source::Sources;
use patch::FilePatch;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A patch with the places that its paths may count from.
#[derive(Debug)]
pub struct Patch {
    files: BTreeMap<PathBuf, FilePatch>,
    changes: Changes,
}

impl Patch {
    /// Reads a unified diff. Its paths count from the root of the repository around `here`, as
    /// `git diff` writes them, and where no such file is, from `here`.
    pub fn read(text: &[u8], here: &Path) -> Result<Patch, String> {
        let parsed = patch::parse(text)?;
        let root = root_around(here);
        let files: BTreeMap<PathBuf, FilePatch> = parsed
            .into_iter()
            .map(|file| {
                let from_root = whole(&root.join(&file.path));
                let from_here = whole(&here.join(&file.path));
                let path = if !from_root.exists() && from_here.exists() { from_here } else { from_root };
                (path, file)
            })
            .collect();
        let changes = Changes::of(files.iter().map(|(path, file)| (path.clone(), file.changes())));
        Ok(Patch { files, changes })
    }

    /// Whether the patch leads to the texts that were analysed: otherwise its lines would be those
    /// of other text.
    pub fn check(&self, sources: &Sources) -> Result<(), String> {
        let mut read: BTreeSet<PathBuf> = BTreeSet::new();
        for source in &sources.files {
            let path = whole(&source.path);
            if let Some(file) = self.files.get(&path) {
                file.check(&source.path.to_string_lossy(), &source.text)?;
                read.insert(path);
            }
        }
        let gone = |(path, file): &(&PathBuf, &FilePatch)| {
            file.has_text() && !read.contains(*path) && !path.exists()
        };
        match self.files.iter().find(gone) {
            Some((_, file)) => Err(format!(
                "{} is not there: the patch must lead to the files as they are",
                file.path.display()
            )),
            None => Ok(()),
        }
    }

    /// The lines that it brings.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }
}

/// The nearest folder that holds `.git`, or the one given.
fn root_around(here: &Path) -> PathBuf {
    let here = whole(here);
    let root = here.ancestors().find(|folder| folder.join(".git").exists());
    root.unwrap_or(&here).to_owned()
}

/// An absolute path by which one file has one name, through whatever links its folder is reached; a
/// link itself is a file of its own.
pub fn whole(path: &Path) -> PathBuf {
    let path = discover::whole(path);
    if path.is_dir() {
        return path.canonicalize().unwrap_or(path);
    }
    match (path.parent().and_then(|folder| folder.canonicalize().ok()), path.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => path,
    }
}
