//! A time under the same rules: one book, one configuration, one reading of the folder.

use super::super::client::{Settings, When};
use super::desk::{Desk, End, Text};
use super::scan::Scan;
use super::{How, Job, weigh};
use crate::baseline::Baseline;
use crate::book::Book;
use crate::config::{Configs, Severity};
use crate::discover;
use crate::engine::live::Live;
use crate::knowledge::Knowledge;
use crate::session;
use crossbeam_channel::{Receiver, Sender, TryRecvError, select};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread::Scope;

/// A time under the same rules.
pub(super) struct Time<'t, 'a> {
    pub(super) desk: &'t mut Desk<'a>,
    pub(super) book: Arc<Book>,
    pub(super) knowledge: &'t Knowledge<'t>,
    pub(super) configs: Arc<Configs>,
    pub(super) settings: Settings,
    pub(super) baseline: Option<Baseline>,
    /// The folder, once it has been read.
    pub(super) whole: Option<Live>,
    /// Open texts that are not of the whole, by their addresses.
    pub(super) alone: BTreeMap<String, Live>,
    /// Files that changed while the folder was being read.
    pub(super) missed: BTreeSet<PathBuf>,
    pub(super) is_scanning: bool,
    pub(super) scan_again: bool,
    /// Nothing is left to be told.
    pub(super) is_settled: bool,
    pub(super) scans: Sender<Option<Live>>,
    pub(super) is_stopped: &'t AtomicBool,
}

impl<'t> Time<'t, '_> {
    pub(super) fn pass<'s>(&mut self, scope: &'s Scope<'s, '_>, scanned: &Receiver<Option<Live>>) -> End
    where
        't: 's,
    {
        self.read_baseline();
        let is_whole = self.start_scan(scope);
        // Where something is shown already, it stays until the whole can replace it.
        let wait = is_whole && self.desk.has_told;
        let folder = self.desk.assignment.folder.clone();
        for text in self.desk.texts.values_mut() {
            let inside = folder.as_ref().is_some_and(|folder| text.path.starts_with(folder));
            text.waits = !(wait && inside);
            (text.is_settled, text.only_moves) = (true, false);
        }
        self.tell_troubles();
        let queue = self.desk.queue.clone();
        loop {
            if let Ok(live) = scanned.try_recv() {
                self.adopt(live);
            }
            let first = if self.has_work() {
                match queue.try_recv() {
                    Ok(job) => Some(job),
                    Err(TryRecvError::Empty) => None,
                    Err(TryRecvError::Disconnected) => return End::Gone,
                }
            } else {
                select! {
                    recv(queue) -> job => match job {
                        Ok(job) => Some(job),
                        Err(_) => return End::Gone,
                    },
                    recv(scanned) -> live => {
                        self.adopt(live.ok().flatten());
                        None
                    }
                }
            };
            // Of ten quick changes only the last costs an analysis.
            let mut again = false;
            for job in first.into_iter().chain(super::waiting(&queue)) {
                again |= self.take(job);
            }
            if again {
                return End::Again;
            }
            if self.scan_again && !self.is_scanning {
                self.start_scan(scope);
            }
            let next = || self.do_next();
            if catch_unwind(AssertUnwindSafe(next)).is_err() {
                // The same would happen again and again; what is told next is told of another edit.
                self.desk.texts.values_mut().for_each(|text| text.waits = false);
                self.is_settled = true;
                self.say_of_crash(Path::new("the folder"));
            }
        }
    }

    fn has_work(&self) -> bool {
        self.desk.texts.values().any(|text| text.waits) || !self.is_settled
    }

    fn start_scan<'s>(&mut self, scope: &'s Scope<'s, '_>) -> bool
    where
        't: 's,
    {
        self.scan_again = false;
        let Some(folder) = self.desk.assignment.folder.clone().filter(|_| self.settings.scan) else {
            return false;
        };
        self.is_scanning = true;
        let (number, events) = (self.desk.assignment.number, self.desk.events.clone());
        let (book, knowledge, configs) = (self.book.clone(), self.knowledge, self.configs.clone());
        let (settings, scans) = (self.settings.clone(), self.scans.clone());
        let is_stopped = self.is_stopped;
        scope.spawn(move || {
            let scan = || {
                let pool = session::pool(0).ok()?;
                let scan = Scan {
                    number,
                    folder: &folder,
                    book: &book,
                    knowledge,
                    configs,
                    settings: &settings,
                    pool: &pool,
                    events: &events,
                    is_stopped,
                };
                scan.run()
            };
            let live = catch_unwind(AssertUnwindSafe(scan)).unwrap_or_default();
            let _ = scans.send(live);
        });
        true
    }

    /// Takes the folder as it was read.
    fn adopt(&mut self, live: Option<Live>) {
        self.is_scanning = false;
        // Some of them may have waited for this.
        self.desk.texts.values_mut().for_each(|text| text.waits = true);
        let Some(live) = live else { return };
        self.whole = Some(live);
        self.is_settled = false;
        let missed = std::mem::take(&mut self.missed);
        let read = || missed.iter().for_each(|path| self.read_again(path));
        if catch_unwind(AssertUnwindSafe(read)).is_err() {
            // Reading all of it again would end here again.
            self.whole = None;
            self.say_of_crash(Path::new("the folder"));
        }
        let Some(live) = &self.whole else { return };
        self.alone
            .retain(|uri, _| self.desk.texts.get(uri).is_some_and(|text| live.file(&text.spelled).is_none()));
    }

    /// Takes a job; `true` if it brings other rules. One at which we panic is told of and left, and what
    /// it may have done half is read again.
    fn take(&mut self, job: Job) -> bool {
        let taken = catch_unwind(AssertUnwindSafe(|| self.take_up(job)));
        taken.unwrap_or_else(|_| {
            self.lose_whole(Path::new("the folder"));
            false
        })
    }

    fn take_up(&mut self, job: Job) -> bool {
        match job {
            Job::Text { uri, path, version, text, how } => {
                let is_unseen = |known: &Text| known.is_new && known.waits;
                if how == How::Changed && self.desk.texts.get(&uri).is_some_and(is_unseen) {
                    // What was opened may be whole, and what became of it in the meantime not.
                    self.look_at(&uri);
                }
                let is_new = how == How::Opened;
                let only_moves = self.settings.run == When::OnSave && how == How::Changed && !is_new;
                let spelled = self.desk.spelled(&path);
                let is_settled = how != How::Changed;
                let text = Text { path, spelled, version, text, is_settled, is_new, waits: true, only_moves };
                self.desk.texts.insert(uri, text);
            }
            Job::Close { uri } => {
                self.alone.remove(&uri);
                self.desk.crashed.remove(&uri);
                if let Some(text) = self.desk.texts.remove(&uri) {
                    self.read_again(&text.path);
                }
            }
            Job::Disk(path) => self.read_again(&path),
            Job::Files => self.scan_again = true,
            Job::Rules(settings) => {
                self.desk.assignment.settings = settings;
                return true;
            }
        }
        false
    }

    /// Takes a file as it is on the disk, unless it is open.
    fn read_again(&mut self, path: &Path) {
        #[cfg(test)]
        assert!(!path.ends_with("panic-for-a-test.ts"), "as a test asks");
        if self.desk.texts.values().any(|text| text.path == path) {
            return;
        }
        if self.is_scanning {
            self.missed.insert(path.to_owned());
        }
        let Some(live) = &mut self.whole else { return };
        match (live.file(&self.desk.spelled(path)), discover::read_text(path)) {
            (Some(id), Ok(text)) => {
                live.edit(id, &text, true, self.knowledge);
                self.is_settled = false;
            }
            // It came or went.
            (Some(_), Err(_)) | (None, Ok(_)) => {
                let inside = self.desk.folder().is_some_and(|folder| path.starts_with(folder));
                self.scan_again |= inside;
            }
            (None, Err(_)) => {}
        }
    }

    /// Configuration may be another one, and nobody tells.
    pub(super) fn read_rules_again(&mut self) {
        if let Ok(configs) = Configs::new(&self.desk.assignment.request) {
            self.configs = Arc::new(configs);
        }
        self.read_baseline();
    }

    fn read_baseline(&mut self) {
        match weigh::baseline(self.desk.assignment.folder.as_deref(), &self.settings.baseline) {
            Ok(baseline) => self.baseline = baseline,
            Err(message) => self.desk.say(true, message),
        }
    }

    /// Says what is wrong with the configuration; an editor goes on with what is right.
    pub(super) fn tell_troubles(&mut self) {
        for trouble in self.configs.take_troubles() {
            let (path, line) = (trouble.source.path.display(), trouble.source.line(trouble.at.start));
            let message = format!("{path}:{line}: {}", trouble.message);
            self.desk.say(trouble.severity == Severity::Error, message);
        }
    }
}
