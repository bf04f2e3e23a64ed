//! A thread that looks for races in one folder: what is asked of it, and what it tells.
//!
//! Open texts come first. The folder is read as a whole on further threads; until that is done, each
//! open text stands alone. Afterwards an edit is taken into the whole, the edited text is told of at
//! once, and what else depends on it follows when nothing is waiting.

mod desk;
mod look;
mod scan;
mod time;
mod weigh;

use super::client::Settings;
use super::shown::Shown;
use crate::config;
use crossbeam_channel::{Receiver, Sender, unbounded};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

/// Room for lowering and scenes, as the threads of a run have.
const STACK: usize = 64 * 1024 * 1024;

/// What an analyst is told.
pub(super) enum Job {
    /// A text was opened, or is another one now.
    Text {
        uri: String,
        path: PathBuf,
        version: i32,
        text: Arc<str>,
        how: How,
    },
    Close {
        uri: String,
    },
    /// A source on the disk is another one now.
    Disk(PathBuf),
    /// Files came or went, or manifests changed: the folder must be read again.
    Files,
    /// Configuration, pages or settings changed: everything must be thought over.
    Rules(Settings),
}

/// How an open text came to be what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    Opened,
    Changed,
    Saved,
}

/// What an analyst tells.
pub(super) enum Event {
    /// An open text was looked at.
    Text {
        uri: String,
        shown: Arc<Shown>,
    },
    /// All is looked at for now; the files that have findings.
    Settled {
        folder: usize,
        files: Arc<Files>,
    },
    Progress {
        folder: usize,
        progress: Progress,
    },
    /// For the user, once.
    Say {
        is_error: bool,
        message: String,
    },
    Log(String),
}

/// Findings of files by their absolute paths.
pub(super) type Files = BTreeMap<PathBuf, Arc<Shown>>;

/// How far the reading of a folder is.
pub(super) enum Progress {
    Begin,
    /// So many of so many files are looked at.
    At {
        done: usize,
        all: usize,
    },
    End {
        files: usize,
        findings: usize,
    },
}

/// What one analyst works on.
pub(super) struct Assignment {
    /// Its number, which it tells with what it finds.
    pub(super) number: usize,
    /// `None`: texts that lie in no folder that is open.
    pub(super) folder: Option<PathBuf>,
    pub(super) request: config::Request,
    pub(super) settings: Settings,
    /// The editor tells of changed files; without that, configuration is read each time.
    pub(super) is_told: bool,
}

/// An analyst at work. It stops once this is dropped, as soon as it notices.
pub(super) struct Analyst {
    pub(super) folder: Option<PathBuf>,
    jobs: Sender<Job>,
}

impl Analyst {
    pub(super) fn start(assignment: Assignment, events: Sender<Event>) -> Result<Analyst, String> {
        let (jobs, queue) = unbounded();
        let folder = assignment.folder.clone();
        let thread = std::thread::Builder::new().name("analyst".to_owned()).stack_size(STACK);
        let work = move || desk::work(assignment, &queue, &events);
        thread.spawn(work).map_err(|error| format!("cannot start a thread: {error}"))?;
        Ok(Analyst { folder, jobs })
    }

    pub(super) fn give(&self, job: Job) {
        // One that is gone has told why.
        let _ = self.jobs.send(job);
    }
}

/// All jobs that wait, in their order.
fn waiting(queue: &Receiver<Job>) -> Vec<Job> {
    queue.try_iter().collect()
}
