//! What a run leaves: by file, what it says to others and what was found in it.

use super::super::Problem;
use crate::links::Asked;
use crate::program::Name;
use crate::project::outline::Outline;
use crate::race::Candidate;
use crate::schema::FileTables;
use crate::source::{FileId, Span};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// What is known at the end of a run. File numbers are those of that run.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Known {
    pub(super) files: Vec<KnownFile>,
    /// What imports meant.
    pub(super) links: Vec<Asked>,
}

#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct KnownFile {
    pub(super) path: PathBuf,
    pub(super) hash: [u8; 32],
    /// What its text imports by name, sorted.
    pub(super) libraries: Vec<Name>,
    /// What its text says of tables.
    pub(super) tables: FileTables,
    /// Of a file that has a program.
    pub(super) read: Option<ReadFile>,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct ReadFile {
    pub(super) outline: Outline,
    /// Telling functions that it shows to others by what stands in it alone.
    pub(super) shows: Vec<Name>,
    /// The files that it imports; empty where no file is laid aside.
    pub(super) leads_to: Vec<FileId>,
    pub(super) problem: Option<Problem>,
    /// Nothing for a file that is read for others alone.
    pub(super) found: Option<Found>,
}

/// What the scenes of a file showed, and on what that rests.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Found {
    pub(super) candidates: Vec<Candidate>,
    pub(super) problems: Vec<Problem>,
    pub(super) scenes: u32,
    /// Events by library page.
    pub(super) events: Vec<(Name, u32)>,
    pub(super) rests: Rests,
}

/// What was read of others: files by number, names by their marks; all sorted.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Rests {
    pub(super) files: Vec<FileId>,
    pub(super) declared: Vec<u32>,
    pub(super) called: Vec<u32>,
}

impl Found {
    /// With the numbers that files have now; `None` if one of them is gone.
    pub(super) fn renumbered(mut self, now: &[Option<FileId>]) -> Option<Found> {
        let place = |file: FileId| now.get(file.0 as usize).copied().flatten();
        let mut is_whole = true;
        let mut move_span = |span: &mut Span| match place(span.file) {
            Some(file) => span.file = file,
            None => is_whole = false,
        };
        for candidate in &mut self.candidates {
            move_span(&mut candidate.site);
            candidate.finding.each_span(&mut move_span);
        }
        self.rests.files = self.rests.files.iter().map(|file| place(*file)).collect::<Option<_>>()?;
        is_whole.then_some(self)
    }
}
