//! A project that is edited: what each function was found to do stays until something changes that it
//! rests on.
//!
//! Every root is examined while what it reads is taken down (`program::reads`). An edit is compared
//! with what was there (`project::change`), and only roots that read what changed are examined again;
//! all others keep their findings, moved with the text. What comes out equals a run from the start.

mod edit;
mod marks;
pub mod mend;
mod roots;
#[cfg(test)]
mod tests;

use super::{Input, Loaded, Options, Problem, load, macros, weigh};
use crate::finding::Finding;
use crate::knowledge::Knowledge;
use crate::program::{Language, Name};
use crate::project::Project;
use crate::race::Candidate;
use crate::schema::FileTables;
use crate::source::{FileId, SourceFile, Sources, Span};
use crate::syntax::{self, Macros};
use marks::shown_by;
use rayon::prelude::*;
use roots::{Root, examine_roots, fresh};
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A project that is edited.
pub struct Live {
    options: Options,
    macros: Macros,
    sources: Sources,
    project: Project,
    files: Vec<File>,
    by_path: FxHashMap<PathBuf, FileId>,
    /// How many files show a telling function of a name.
    shown: FxHashMap<Name, usize>,
    /// Whether a called name tells, as far as it was asked.
    tells: FxHashMap<Name, bool>,
}

/// What is known of one file.
#[derive(Default)]
struct File {
    /// Why it gave no program, or which part of it did not.
    problem: Option<Problem>,
    libraries: FxHashSet<Name>,
    tables: FileTables,
    /// Telling functions that others may call.
    shows: FxHashSet<Name>,
    roots: Vec<Root>,
    /// Not among the files that are looked at by themselves.
    is_aside: bool,
    /// What was analysed could be parsed.
    is_whole: bool,
    is_stale: bool,
}

impl Live {
    /// Reads all files and examines none. Paths must be in order, as a run has them.
    pub fn new(inputs: Vec<Input>, knowledge: &Knowledge<'_>, options: Options) -> Live {
        let Loaded { sources, project, problems, libraries, tables, .. } = load(inputs, knowledge, &options);
        let by_path = sources.files.iter().enumerate();
        let by_path = by_path.map(|(at, file)| (file.path.clone(), FileId(at as u32))).collect();
        let file = |(libraries, tables)| File { libraries, tables, ..File::default() };
        let mut files: Vec<File> = libraries.into_iter().zip(tables).map(file).collect();
        let mut live = Live {
            macros: macros(knowledge.book),
            options,
            sources,
            project,
            files: Vec::new(),
            by_path,
            shown: FxHashMap::default(),
            tells: FxHashMap::default(),
        };
        for problem in problems {
            if let Some(at) = live.by_path.get(&problem.path) {
                files[at.0 as usize].problem.get_or_insert(problem);
            }
        }
        live.files = files;
        for at in 0..live.files.len() {
            live.take_in(FileId(at as u32), knowledge);
        }
        live
    }

    /// What a file adds, once it has been read with all others.
    fn take_in(&mut self, id: FileId, knowledge: &Knowledge<'_>) {
        let at = id.0 as usize;
        self.files[at].is_aside = self.options.no_notes && knowledge.is_rough(&self.sources.file(id).path);
        let Some(unit) = self.project.units.get(id) else {
            // Nothing in it can matter; whether it parses was not asked.
            self.files[at].is_whole = false;
            return;
        };
        let shows = shown_by(unit, knowledge, &mut self.tells);
        for name in &shows {
            *self.shown.entry(name.clone()).or_default() += 1;
        }
        let file = &mut self.files[at];
        file.shows = shows;
        file.is_whole = unit.program.errors.is_empty();
        file.roots = fresh(unit, &self.options);
        file.is_stale = true;
    }

    /// The file of a path, spelled as it was given.
    pub fn file(&self, path: &Path) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// All texts as they were analysed.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// What could not be understood, in the order of files.
    pub fn problems(&self) -> Vec<Problem> {
        let of_file = |file: &File| {
            let roots = file.roots.iter().filter(|root| !root.is_covered);
            let inner = roots.filter_map(|root| root.seen.as_ref()?.problem.clone());
            file.problem.clone().into_iter().chain(inner.collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(of_file).collect()
    }

    /// Puts another text in the place of a file's, and tells whether anything must be examined.
    ///
    /// A text that does not parse, where the one before it did, is analysed with the broken lines as
    /// they were: [`Live::sources`] says with which text. With `as_is` it is analysed as a run does.
    pub fn edit(&mut self, id: FileId, text: &str, as_is: bool, knowledge: &Knowledge<'_>) -> bool {
        let at = id.0 as usize;
        let Some(before) = self.sources.files.get(at).cloned() else { return false };
        if before.text == text {
            return self.is_stale();
        }
        // Nobody imports it, and by itself it is not looked at.
        let was_aside = !self.project.units.has(id)
            && self.files[at].is_aside
            && syntax::language(&before.path) == Some(Language::TypeScript);
        let Some(lowered) = self.lowered(id, &before, text, as_is, knowledge) else {
            return self.is_stale();
        };
        let unit = if was_aside { None } else { lowered.unit };
        let after = Arc::new(SourceFile::new(before.path.clone(), lowered.text));
        self.files[at].problem = lowered.problem;
        self.files[at].is_whole = lowered.is_whole;
        self.replace(id, &before, &after, (unit, lowered.before), knowledge);
        self.is_stale()
    }

    /// Whether some file waits to be examined.
    pub fn is_stale(&self) -> bool {
        self.files.iter().any(|file| file.is_stale && !file.is_aside)
    }

    /// The files that wait to be examined, in order.
    pub fn stale(&self) -> Vec<FileId> {
        let stale = self.files.iter().enumerate().filter(|(_, file)| file.is_stale && !file.is_aside);
        stale.map(|(at, _)| FileId(at as u32)).collect()
    }

    /// Examines what waits in these files, on the threads of the current pool.
    pub fn examine(&mut self, files: &[FileId], knowledge: &Knowledge<'_>) {
        let mut taken: Vec<(FileId, Vec<Root>)> = Vec::new();
        for id in files {
            let Some(file) = self.files.get_mut(id.0 as usize) else { continue };
            if file.is_stale && !file.is_aside {
                taken.push((*id, std::mem::take(&mut file.roots)));
            }
        }
        let (project, sources) = (&self.project, &self.sources);
        let work = |(id, roots): &mut (FileId, Vec<Root>)| {
            if let Some(unit) = project.units.get(*id) {
                examine_roots(unit, roots, project, knowledge, sources);
            }
        };
        match taken.as_mut_slice() {
            // Nobody waits for threads to wake up for one file.
            [one] => work(one),
            several => several.par_iter_mut().for_each(work),
        }
        for (id, roots) in taken {
            self.files[id.0 as usize].roots = roots;
            self.files[id.0 as usize].is_stale = false;
        }
    }

    /// All findings, in the order of a report.
    pub fn findings(&self) -> Vec<Finding> {
        weigh(self.candidates())
    }

    /// Those of one file, without weighing what has nothing to do with them.
    pub fn findings_in(&self, id: FileId) -> Vec<Finding> {
        let is_inside = |finding: &Finding| finding.act.span.file == id;
        let inside = self.candidates().filter(|candidate| is_inside(&candidate.finding));
        let sites: FxHashSet<Span> = inside.map(|candidate| candidate.site).collect();
        let mut findings = weigh(self.candidates().filter(|candidate| sites.contains(&candidate.site)));
        findings.retain(is_inside);
        findings
    }

    fn candidates(&self) -> impl Iterator<Item = &Candidate> {
        let roots = self.files.iter().flat_map(|file| &file.roots).filter(|root| !root.is_covered);
        roots.filter_map(|root| root.seen.as_ref()).flat_map(|seen| &seen.candidates)
    }
}
