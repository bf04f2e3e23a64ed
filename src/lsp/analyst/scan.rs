//! A folder to a project that is looked at as a whole, on threads of its own.

use super::super::client::Settings;
use super::{Event, Progress};
use crate::book::Book;
use crate::config::{Configs, Flags, Judge, judge};
use crate::discover::{self, Filter, Ignoring};
use crate::engine::live::Live;
use crate::engine::{Input, Options};
use crate::knowledge::Knowledge;
use crate::manifest::Manifests;
use crate::source::FileId;
use crossbeam_channel::Sender;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// So many files are examined between two looks at whether the scan is still wanted.
const AT_ONCE: usize = 64;

/// What a scan reads by.
pub(super) struct Scan<'r> {
    pub(super) number: usize,
    pub(super) folder: &'r Path,
    pub(super) book: &'r Book,
    pub(super) knowledge: &'r Knowledge<'r>,
    pub(super) configs: Arc<Configs>,
    pub(super) settings: &'r Settings,
    pub(super) pool: &'r rayon::ThreadPool,
    pub(super) events: &'r Sender<Event>,
    /// Whether it has been called off.
    pub(super) is_stopped: &'r AtomicBool,
}

impl Scan<'_> {
    /// Reads and examines; `None` if it was called off.
    pub(super) fn run(&self) -> Option<Live> {
        self.tell(Progress::Begin);
        let live = self.pool.install(|| self.read());
        let (files, findings) = match &live {
            Some(live) => (live.sources().files.len(), live.findings().len()),
            None => (0, 0),
        };
        self.tell(Progress::End { files, findings });
        live
    }

    fn read(&self) -> Option<Live> {
        let configs = self.configs.clone();
        let leaves_out = move |path: &Path, is_folder: bool| configs.leaves_out(path, is_folder);
        let filter = Filter { leaves_out: Arc::new(leaves_out), force: false };
        let mut found = discover::discover_with(&[self.folder.to_owned()], Ignoring::Honour, &filter);
        for problem in found.bad_arguments.iter().chain(&found.problems) {
            self.log(format!("{}: {}", problem.path.display(), problem.message));
        }
        if self.is_unwanted() {
            return None;
        }
        let paths = found.inputs.iter().map(|input| input.path.as_path());
        found.manifests.databases = judge::databases(&self.configs, paths);
        respell(&mut found.inputs, &mut found.manifests, self.folder);
        let flags = Flags { pedantic: self.settings.pedantic, ..Flags::default() };
        let judge = Judge::new(&self.configs, self.book, flags);
        judge.check();
        let options =
            Options { manifests: found.manifests, no_notes: !judge.may_keep_notes(), ..Options::default() };
        let mut live = Live::new(found.inputs, self.knowledge, options);
        let waiting = live.stale();
        let all = waiting.len();
        for (at, chunk) in waiting.chunks(AT_ONCE).enumerate() {
            if self.is_unwanted() {
                return None;
            }
            self.tell(Progress::At { done: at * AT_ONCE, all });
            live.examine(chunk, self.knowledge);
        }
        Some(live)
    }

    fn is_unwanted(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    fn tell(&self, progress: Progress) {
        let _ = self.events.send(Event::Progress { folder: self.number, progress });
    }

    fn log(&self, message: String) {
        let _ = self.events.send(Event::Log(message));
    }
}

/// Spells all paths from the folder, as a run that begins there does.
fn respell(inputs: &mut [Input], manifests: &mut Manifests, folder: &Path) {
    let respelled = |path: &mut PathBuf| *path = spelled(path, folder);
    inputs.iter_mut().for_each(|input| respelled(&mut input.path));
    manifests.packages.iter_mut().for_each(|package| respelled(&mut package.folder));
    manifests.node_packages.iter_mut().for_each(|package| respelled(&mut package.folder));
    manifests.schemas.iter_mut().for_each(|schema| respelled(&mut schema.path));
    manifests.modules.iter_mut().for_each(|module| respelled(&mut module.path));
    manifests.databases.iter_mut().for_each(|(path, _)| respelled(path));
    // What lies above the folder keeps its absolute path, and so another place.
    manifests.packages.sort_by(|one, other| one.folder.cmp(&other.folder));
    manifests.node_packages.sort_by(|one, other| one.folder.cmp(&other.folder));
    manifests.schemas.sort_by(|one, other| one.path.cmp(&other.path));
    manifests.modules.sort_by(|one, other| one.path.cmp(&other.path));
    manifests.databases.sort_by(|one, other| one.0.cmp(&other.0));
}

/// A path as a run that begins in a folder spells it.
pub(super) fn spelled(path: &Path, folder: &Path) -> PathBuf {
    let whole = discover::whole(path);
    let inner = whole.strip_prefix(discover::whole(folder)).map(Path::to_owned);
    inner.unwrap_or_else(|_| whole.clone())
}

/// One text that stands alone, as a run over that file reads it; begun in the folder, if there is one.
pub(super) fn alone(
    path: &Path,
    text: &str,
    folder: Option<&Path>,
    knowledge: &Knowledge<'_>,
    configs: &Configs,
    flags: &Flags,
) -> Option<Live> {
    if configs.leaves_out(path, false) {
        return None;
    }
    let text = discover::text_of(text.as_bytes().to_vec()).ok()?;
    let path = discover::shown(path);
    let mut manifests = discover::beside(&path);
    manifests.databases = judge::databases(configs, std::iter::once(path.as_path()));
    configs.of_file(&path);
    let judge = Judge::new(configs, knowledge.book, flags.clone());
    judge.check();
    let no_notes = !judge.may_keep_notes();
    let mut inputs = vec![Input { path, text: text.into() }];
    if let Some(folder) = folder {
        respell(&mut inputs, &mut manifests, folder);
    }
    let mut live = Live::new(inputs, knowledge, Options { manifests, no_notes, ..Options::default() });
    live.examine(&[FileId(0)], knowledge);
    Some(live)
}
