//! What an analyst does with its jobs: open texts first, then what depends on them, then the whole.

use super::time::Time;
use super::{Assignment, Event, Job, scan};
use crate::config::Configs;
use crate::discover;
use crate::knowledge::Knowledge;
use crate::session;
use crossbeam_channel::{Receiver, Sender, bounded};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// One open text.
pub(super) struct Text {
    pub(super) path: PathBuf,
    /// As reports spell the path.
    pub(super) spelled: PathBuf,
    pub(super) version: i32,
    pub(super) text: Arc<str>,
    /// It was opened or saved just now: it is analysed as a run would.
    pub(super) is_settled: bool,
    /// It was opened just now.
    pub(super) is_new: bool,
    /// It has to be told of.
    pub(super) waits: bool,
    /// Told of without being analysed: the user wants that on saving only.
    pub(super) only_moves: bool,
}

/// What outlives a change of the rules.
pub(super) struct Desk<'a> {
    pub(super) assignment: Assignment,
    pub(super) queue: &'a Receiver<Job>,
    pub(super) events: &'a Sender<Event>,
    pub(super) texts: BTreeMap<String, Text>,
    pub(super) told: BTreeSet<String>,
    /// Texts at which the analysis panicked, which are not tried again.
    pub(super) crashed: BTreeMap<String, Arc<str>>,
    /// Some results are out.
    pub(super) has_told: bool,
    /// For one text at a time, and for all files at once.
    pub(super) quick: rayon::ThreadPool,
    pub(super) wide: rayon::ThreadPool,
}

/// How a time under the same rules ends.
pub(super) enum End {
    /// There are other rules now.
    Again,
    Gone,
}

pub(super) fn work(assignment: Assignment, queue: &Receiver<Job>, events: &Sender<Event>) {
    let (quick, wide) = match (session::pool(1), session::pool(0)) {
        (Ok(quick), Ok(wide)) => (quick, wide),
        (Err(message), _) | (_, Err(message)) => {
            let _ = events.send(Event::Say { is_error: true, message });
            return;
        }
    };
    let mut desk = Desk {
        assignment,
        queue,
        events,
        texts: BTreeMap::new(),
        told: BTreeSet::new(),
        crashed: BTreeMap::new(),
        has_told: false,
        quick,
        wide,
    };
    while matches!(desk.under_rules(), End::Again) {}
}

impl Desk<'_> {
    /// Works until the rules change or nobody asks any more.
    fn under_rules(&mut self) -> End {
        let configs = match Configs::new(&self.assignment.request) {
            Ok(configs) => Arc::new(configs),
            Err(message) => {
                self.say(true, message);
                return End::Gone;
            }
        };
        let folder = self.assignment.folder.clone();
        let from = folder.as_deref().unwrap_or(Path::new("."));
        let (book, errors) = session::configured_book(from, &configs);
        for error in errors {
            self.say(false, error.to_string());
        }
        let book = Arc::new(book);
        let knowledge = Knowledge::new(&book);
        let is_stopped = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (scans, scanned) = bounded(1);
            let settings = self.assignment.settings.clone();
            let mut time = Time {
                is_scanning: false,
                scan_again: false,
                whole: None,
                alone: BTreeMap::new(),
                missed: BTreeSet::new(),
                is_settled: true,
                baseline: None,
                settings,
                book: book.clone(),
                knowledge: &knowledge,
                configs,
                scans,
                is_stopped: &is_stopped,
                desk: self,
            };
            let end = time.pass(scope, &scanned);
            is_stopped.store(true, Ordering::Relaxed);
            end
        })
    }

    /// Tells the user something, once.
    pub(super) fn say(&mut self, is_error: bool, message: String) {
        if self.told.insert(message.clone()) {
            let _ = self.events.send(Event::Say { is_error, message });
        }
    }

    pub(super) fn folder(&self) -> Option<&Path> {
        self.assignment.folder.as_deref()
    }

    /// Where the paths of the folder's findings begin.
    pub(super) fn base(&self) -> PathBuf {
        self.folder().map(discover::whole).unwrap_or_default()
    }

    /// An absolute path as reports spell it.
    pub(super) fn spelled(&self, path: &Path) -> PathBuf {
        self.folder().map_or_else(|| discover::shown(path), |folder| scan::spelled(path, folder))
    }
}
