//! What an analyst does with its jobs: open texts first, then what depends on them, then the whole.

use super::super::client::{Settings, When};
use super::super::shown::{self, Shown};
use super::scan::{self, Scan};
use super::weigh::{self, Scales};
use super::{Assignment, Event, Files, How, Job};
use crate::baseline::Baseline;
use crate::book::Book;
use crate::config::{Configs, Flags, Severity};
use crate::discover;
use crate::engine::live::Live;
use crate::finding::Finding;
use crate::knowledge::Knowledge;
use crate::session;
use crate::source::{FileId, Sources};
use crossbeam_channel::{Receiver, Sender, TryRecvError, bounded, select};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Scope;

/// So many files are examined before jobs are looked at again.
const AT_ONCE: usize = 8;

/// One open text.
struct Text {
    path: PathBuf,
    /// As reports spell the path.
    spelled: PathBuf,
    version: i32,
    text: Arc<str>,
    /// It was opened or saved just now: it is analysed as a run would.
    is_settled: bool,
    /// It was opened just now.
    is_new: bool,
    /// It has to be told of.
    waits: bool,
    /// Told of without being analysed: the user wants that on saving only.
    only_moves: bool,
}

/// What outlives a change of the rules.
struct Desk<'a> {
    assignment: Assignment,
    queue: &'a Receiver<Job>,
    events: &'a Sender<Event>,
    texts: BTreeMap<String, Text>,
    told: BTreeSet<String>,
    /// Texts at which the analysis panicked, which are not tried again.
    crashed: BTreeMap<String, Arc<str>>,
    /// Some results are out.
    has_told: bool,
    /// For one text at a time, and for all files at once.
    quick: rayon::ThreadPool,
    wide: rayon::ThreadPool,
}

/// How a time under the same rules ends.
enum End {
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
    fn say(&mut self, is_error: bool, message: String) {
        if self.told.insert(message.clone()) {
            let _ = self.events.send(Event::Say { is_error, message });
        }
    }

    fn folder(&self) -> Option<&Path> {
        self.assignment.folder.as_deref()
    }

    /// Where the paths of the folder's findings begin.
    fn base(&self) -> PathBuf {
        self.folder().map(discover::whole).unwrap_or_default()
    }

    /// An absolute path as reports spell it.
    fn spelled(&self, path: &Path) -> PathBuf {
        self.folder().map_or_else(|| discover::shown(path), |folder| scan::spelled(path, folder))
    }
}

/// A time under the same rules.
struct Time<'t, 'a> {
    desk: &'t mut Desk<'a>,
    book: Arc<Book>,
    knowledge: &'t Knowledge<'t>,
    configs: Arc<Configs>,
    settings: Settings,
    baseline: Option<Baseline>,
    /// The folder, once it has been read.
    whole: Option<Live>,
    /// Open texts that are not of the whole, by their addresses.
    alone: BTreeMap<String, Live>,
    /// Files that changed while the folder was being read.
    missed: BTreeSet<PathBuf>,
    is_scanning: bool,
    scan_again: bool,
    /// Nothing is left to be told.
    is_settled: bool,
    scans: Sender<Option<Live>>,
    is_stopped: &'t AtomicBool,
}

impl<'t> Time<'t, '_> {
    fn pass<'s>(&mut self, scope: &'s Scope<'s, '_>, scanned: &Receiver<Option<Live>>) -> End
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
            self.do_next();
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
        for path in std::mem::take(&mut self.missed) {
            self.read_again(&path);
        }
        let Some(live) = &self.whole else { return };
        self.alone
            .retain(|uri, _| self.desk.texts.get(uri).is_some_and(|text| live.file(&text.spelled).is_none()));
    }

    /// Takes a job; `true` if it brings other rules.
    fn take(&mut self, job: Job) -> bool {
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

    /// The most urgent thing: an open text, then what else is stale, then telling of it all.
    fn do_next(&mut self) {
        let next = self.desk.texts.iter().find(|(_, text)| text.waits).map(|(uri, _)| uri.clone());
        if let Some(uri) = next {
            if !self.desk.assignment.is_told {
                self.read_rules_again();
            }
            return self.look_at(&uri);
        }
        if self.is_settled {
            return;
        }
        let stale = self.whole.as_ref().map(Live::stale).unwrap_or_default();
        if stale.is_empty() {
            return self.settle();
        }
        let chunk: Vec<FileId> = stale.into_iter().take(AT_ONCE).collect();
        let (knowledge, wide) = (self.knowledge, &self.desk.wide);
        if let Some(live) = &mut self.whole {
            let work = || wide.install(|| live.examine(&chunk, knowledge));
            if catch_unwind(AssertUnwindSafe(work)).is_err() {
                self.lose_whole(Path::new("the folder"));
            }
        }
    }

    /// Looks at one open text and tells what is in it.
    fn look_at(&mut self, uri: &str) {
        let Some(text) = self.desk.texts.get_mut(uri) else { return };
        text.waits = false;
        let (path, was_new) = (text.path.clone(), text.is_new);
        text.is_new = false;
        let has_crashed = self.desk.crashed.get(uri).is_some_and(|crashed| *crashed == text.text);
        let found = if has_crashed {
            None
        } else {
            catch_unwind(AssertUnwindSafe(|| self.found_in(uri, was_new))).unwrap_or_else(|_| {
                self.crash(uri, &path);
                None
            })
        };
        let Some(text) = self.desk.texts.get(uri) else { return };
        let shown = match found {
            Some((id, findings, sources)) => {
                let findings = findings.into_iter().filter(|one| one.act.span.file == id).collect();
                self.shown(text, id, findings, &sources)
            }
            None => {
                let mut sources = Sources::default();
                let source = crate::source::SourceFile::new(text.spelled.clone(), text.text.to_string());
                let id = sources.add(source);
                self.shown(text, id, Vec::new(), &Arc::new(sources))
            }
        };
        self.desk.has_told = true;
        let _ = self.desk.events.send(Event::Text { uri: uri.to_owned(), shown: Arc::new(shown) });
        self.tell_troubles();
    }

    /// The findings of what the text belongs to, and its number there.
    fn found_in(&mut self, uri: &str, is_new: bool) -> Option<(FileId, Vec<Finding>, Arc<Sources>)> {
        let text = self.desk.texts.get(uri)?;
        let (knowledge, flags) = (self.knowledge, flags(&self.settings));
        #[cfg(test)]
        assert!(!text.text.contains("PANIC FOR A TEST"), "as a test asks");
        let place = self.whole.as_ref().and_then(|live| live.file(&text.spelled));
        if let (Some(id), Some(live)) = (place, &mut self.whole) {
            if !text.only_moves {
                live.edit(id, &text.text, text.is_settled, knowledge);
                self.desk.quick.install(|| live.examine(&[id], knowledge));
                self.is_settled = false;
            }
        } else if is_new || !self.alone.contains_key(uri) {
            let configs = &self.configs;
            let folder = self.desk.folder();
            let read = || scan::alone(&text.path, &text.text, folder, knowledge, configs, &flags);
            let live = self.desk.quick.install(read)?;
            self.alone.insert(uri.to_owned(), live);
        } else if let (false, Some(live)) = (text.only_moves, self.alone.get_mut(uri)) {
            live.edit(FileId(0), &text.text, text.is_settled, knowledge);
            self.desk.quick.install(|| live.examine(&[FileId(0)], knowledge));
        }
        let id = place.unwrap_or(FileId(0));
        let live = if place.is_some() { self.whole.as_ref()? } else { self.alone.get(uri)? };
        let base = self.desk.base();
        Some((id, self.scales(&base).weigh(live), Arc::new(live.sources().clone())))
    }

    fn scales<'s>(&'s self, base: &'s Path) -> Scales<'s> {
        Scales {
            base,
            configs: &self.configs,
            book: &self.book,
            flags: flags(&self.settings),
            baseline: self.baseline.as_ref(),
        }
    }

    fn shown(&self, text: &Text, file: FileId, findings: Vec<Finding>, sources: &Arc<Sources>) -> Shown {
        Shown {
            base: self.desk.base(),
            version: Some(text.version),
            path: text.path.clone(),
            file,
            findings,
            current: shown::current(&sources.file(file).text, &text.text),
            sources: sources.clone(),
            book: self.book.clone(),
        }
    }

    /// Tells of everything: nothing waits.
    fn settle(&mut self) {
        self.is_settled = true;
        let Some(live) = &self.whole else { return };
        let sources = Arc::new(live.sources().clone());
        let mut by_file: BTreeMap<FileId, Vec<Finding>> = BTreeMap::new();
        let base = self.desk.base();
        for finding in self.scales(&base).weigh(live) {
            by_file.entry(finding.act.span.file).or_default().push(finding);
        }
        let internal: Vec<String> = live
            .problems()
            .into_iter()
            .filter(|problem| problem.message.starts_with(session::INTERNAL))
            .map(|problem| format!("{}: {}", problem.path.display(), problem.message))
            .collect();
        for (uri, text) in &self.desk.texts {
            let Some(id) = live.file(&text.spelled) else { continue };
            let shown = self.shown(text, id, by_file.get(&id).cloned().unwrap_or_default(), &sources);
            let _ = self.desk.events.send(Event::Text { uri: uri.clone(), shown: Arc::new(shown) });
        }
        let files: Files = by_file
            .into_iter()
            .map(|(file, findings)| {
                let path = base.join(&sources.file(file).path);
                let (book, sources) = (self.book.clone(), sources.clone());
                let (base, current) = (base.clone(), None);
                let shown =
                    Shown { version: None, path: path.clone(), base, file, findings, sources, book, current };
                (path, Arc::new(shown))
            })
            .collect();
        for message in internal {
            self.desk.say(true, message);
        }
        self.desk.has_told = true;
        let folder = self.desk.assignment.number;
        let _ = self.desk.events.send(Event::Settled { folder, files: Arc::new(files) });
        self.tell_troubles();
    }

    /// A text made the analysis panic: it is told once and not tried again.
    fn crash(&mut self, uri: &str, path: &Path) {
        let Some(text) = self.desk.texts.get(uri) else { return };
        self.desk.crashed.insert(uri.to_owned(), text.text.clone());
        let is_part = self.whole.as_ref().is_some_and(|live| live.file(&text.spelled).is_some());
        self.alone.remove(uri);
        if is_part {
            self.lose_whole(path);
        } else {
            self.say_of_crash(path);
        }
    }

    /// What was being edited may be half done: the folder is read again.
    fn lose_whole(&mut self, path: &Path) {
        self.whole = None;
        self.scan_again = true;
        self.say_of_crash(path);
    }

    fn say_of_crash(&mut self, path: &Path) {
        let path = discover::shown(path);
        let message =
            format!("{}: {}the analysis panicked; please report it", path.display(), session::INTERNAL);
        self.desk.say(true, message);
    }

    /// Configuration may be another one, and nobody tells.
    fn read_rules_again(&mut self) {
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
    fn tell_troubles(&mut self) {
        for trouble in self.configs.take_troubles() {
            let (path, line) = (trouble.source.path.display(), trouble.source.line(trouble.at.start));
            let message = format!("{path}:{line}: {}", trouble.message);
            self.desk.say(trouble.severity == Severity::Error, message);
        }
    }
}

fn flags(settings: &Settings) -> Flags {
    Flags { pedantic: settings.pedantic, ..Flags::default() }
}
