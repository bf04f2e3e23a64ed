//! What a run leaves on the disk for the next one over the same files.
//!
//! An entry belongs to one build of the tool, one book of pages, one folder and one set of arguments
//! that decide what is analysed. It holds what was seen of each file, what was found, and on what that
//! rests. Levels, filters, suppressions and baselines are applied to what comes out of it, as they are
//! to what is found anew: no report can tell the two apart.
//!
//! Entries are written beside their place and renamed into it. One that is broken, foreign or of
//! another build is as if it were not there, and what cannot be written is not: a cache never makes a
//! run fail.

pub(crate) mod entry;
mod place;

use crate::book::Book;
use crate::discover::{Looked, Memory};
use crate::engine::again::Known;
use crate::engine::{self, Input, Options, Problem, Report, Statistics};
use crate::finding::Finding;
use crate::session::{self, Outcome};
use crate::source::{FileId, SourceFile, Sources};
use entry::Entry;
pub use place::{FOLDER, default_folder};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// What decides what is analysed, beside the files themselves and their manifests.
pub struct Terms<'t> {
    pub book: &'t Book,
    pub arguments: &'t [PathBuf],
    pub no_ignore: bool,
    pub no_prefilter: bool,
    /// The command line asks for notes.
    pub notes: bool,
}

impl Terms<'_> {
    /// The name of the entry: equal terms in one folder have one.
    fn key(&self) -> [u8; 32] {
        let here = std::env::current_dir().unwrap_or_default();
        let switches = [self.no_ignore, self.no_prefilter, self.notes];
        let terms = (BUILD, self.book.digest, here, self.arguments, switches);
        digest(&terms)
    }
}

/// blake3 of a value as it is written.
pub(crate) fn digest(value: &impl Serialize) -> [u8; 32] {
    *blake3::hash(&postcard::to_stdvec(value).unwrap_or_default()).as_bytes()
}

/// What tells this build from others.
pub(crate) const BUILD: &str = env!("TOCTOU_LINT_BUILD");

/// The parts of an entry.
const SHOWN: usize = 0;
const REST: usize = 1;

/// The part of an entry that every run reads.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Shown {
    /// All files that were looked at, sources or not; the sources in their order are those of a run.
    looked: Vec<Looked>,
    /// Digest of manifests, schemas, databases and what configurations ask for.
    setting: [u8; 32],
    findings: Vec<Finding>,
    problems: Vec<Problem>,
    statistics: Statistics,
}

/// One entry, as far as it is there, and where it goes.
pub struct Cache {
    folder: PathBuf,
    path: PathBuf,
    key: [u8; 32],
    before: Option<Entry>,
    shown: Option<Shown>,
    memory: Memory,
}

impl Cache {
    /// Looks for an entry in a folder, which need not exist.
    pub fn open(folder: &Path, terms: &Terms<'_>) -> Cache {
        let key = terms.key();
        let path = place::file(folder, &key);
        let mut before = Entry::open(&path, &key);
        let mut shown: Option<Shown> = before.as_mut().and_then(|entry| entry.part(SHOWN));
        let looked = shown.as_mut().map(|shown| std::mem::take(&mut shown.looked)).unwrap_or_default();
        Cache { folder: folder.to_owned(), path, key, before, shown, memory: Memory::new(looked) }
    }

    /// What to discover files with.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// What [`session::analyse`] gives, from what is known as far as that goes; and why nothing could
    /// be kept for the next time. `looked` is what discovery saw with the [`Cache::memory`], and the
    /// inputs are the sources among it.
    pub fn analyse(
        mut self,
        inputs: Vec<Input>,
        looked: Vec<Looked>,
        book: &Book,
        options: &Options,
    ) -> (Outcome, Option<String>) {
        let setting = digest(&(&options.manifests, options.no_notes));
        let shown = self.shown.take().filter(|shown| shown.setting == setting);
        let is_known = shown.is_some();
        if let Some(shown) = shown
            && self.memory.knows(&looked)
        {
            let report = shown.report(&inputs);
            // What is to be printed is read now, while there is still another way.
            touch(&report);
            if !self.memory.is_stale() {
                let told = self.refresh(Shown { looked, ..shown });
                return (Outcome::of(report, Vec::new()), told);
            }
        }
        let before: Option<Known> = self
            .before
            .as_mut()
            .filter(|_| is_known)
            .and_then(|entry| options.timings.stage("recall", || entry.part(REST)));
        let again = || engine::again::check(inputs.clone(), book, options, before);
        let attempt = catch_unwind(AssertUnwindSafe(again)).ok();
        if let Some((report, _)) = &attempt {
            touch(report);
        }
        match attempt {
            Some((report, known)) if !self.memory.is_stale() => {
                let outcome = Outcome::of(report, Vec::new());
                let told = if outcome.internal_errors == 0 {
                    let shown = Shown::of(&outcome.report, looked, setting);
                    options.timings.stage("keep", || self.write(&shown, &entry::encoded(&known)))
                } else {
                    None
                };
                (outcome, told)
            }
            // A text is not what it was when it was looked at, or something made us panic.
            _ => (session::analyse(reread(inputs), book, options), None),
        }
    }

    /// Writes what is known again if it can be known sooner the next time.
    fn refresh(&mut self, shown: Shown) -> Option<String> {
        if self.memory.has_all(&shown.looked) {
            return None;
        }
        let rest = self.before.as_mut()?.bytes(REST)?;
        self.write(&shown, &rest)
    }

    fn write(&self, shown: &Shown, rest: &[u8]) -> Option<String> {
        let written = entry::write(&self.path, &self.key, [&entry::encoded(shown), rest]);
        written.err().map(|error| place::told(&self.folder, &error))
    }
}

impl Shown {
    fn of(report: &Report, looked: Vec<Looked>, setting: [u8; 32]) -> Shown {
        let Report { findings, problems, statistics, .. } = report;
        let (findings, problems, statistics) = (findings.clone(), problems.clone(), statistics.clone());
        Shown { looked, setting, findings, problems, statistics }
    }

    fn report(&self, inputs: &[Input]) -> Report {
        let mut sources = Sources::default();
        for input in inputs {
            sources.add(SourceFile::new(input.path.clone(), input.text.clone()));
        }
        Report {
            findings: self.findings.clone(),
            sources,
            problems: self.problems.clone(),
            statistics: self.statistics.clone(),
        }
    }
}

/// The files as they are, whatever was known of them.
fn reread(inputs: Vec<Input>) -> Vec<Input> {
    let held = |input: Input| Input { text: input.text.as_str().into(), ..input };
    inputs.into_par_iter().map(held).collect()
}

/// Reads all texts that a report may show.
fn touch(report: &Report) {
    let labels = |finding: &Finding| {
        let turns = finding.interleaving.steps.iter().filter_map(|turn| turn.span);
        let edits = finding.fixes.iter().flat_map(|fix| &fix.edits).map(|edit| edit.span);
        let labels = finding.labels.iter().map(|label| label.span);
        labels.chain(turns).chain(edits).chain([finding.act.span]).map(|span| span.file).collect::<Vec<_>>()
    };
    let files: BTreeSet<FileId> = report.findings.iter().flat_map(labels).collect();
    let texts = files.iter().filter_map(|file| report.sources.files.get(file.0 as usize));
    let remarks = report.sources.files.iter().filter(|file| file.text.has_remarks());
    let texts: Vec<&str> = texts.chain(remarks).map(|file| file.text.as_str()).collect();
    drop(texts);
}
