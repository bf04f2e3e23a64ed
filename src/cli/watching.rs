//! `--watch`: looks again whenever something in the folders of a run changes.

use super::arguments::CheckArguments;
use super::{Exit, check, output};
use crate::config::read::OWN_NAMES;
use crate::manifest::SchemaKind;
use crate::syntax;
use ignore::WalkBuilder;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

/// Who saves several files is done once nothing has changed for so long.
const QUIET: Duration = Duration::from_millis(150);
/// Where changes are not told, as on some shared folders, it is looked again after so long.
const BLIND: Duration = Duration::from_secs(2);

/// Reports again after each change, until somebody ends it: with Ctrl-C, as exit code 130 says.
pub(super) fn run(arguments: &CheckArguments) -> Result<Exit, String> {
    let (tell, told) = channel();
    // What we write ourselves is no reason to look again.
    let own = |output: &String| {
        let path = Path::new(output.split_once('=').map_or(output.as_str(), |(_, path)| path));
        path.file_name().map(OsStr::to_owned)
    };
    let own: Vec<OsString> = arguments.output.iter().filter_map(own).collect();
    let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
        if event.map_or(true, |event| matters(&event, &own)) {
            // Nobody listens any more once the run is over.
            let _ = tell.send(());
        }
    });
    let mut watched = Watched { watcher: watcher.ok(), folders: BTreeSet::new() };
    let is_terminal = std::io::stdout().is_terminal();
    loop {
        // First, so that what changes while it is looked at is noticed.
        let is_seeing = watched.add_all(arguments);
        if is_terminal {
            output::print("\x1b[2J\x1b[3J\x1b[H")?;
        }
        if let Err(message) = check::run_once(arguments) {
            // A configuration that is broken may be mended.
            output::complain(&message);
        }
        output::say("watching for changes; Ctrl-C ends it");
        wait(&told, is_seeing);
    }
}

/// What is watched so far.
struct Watched {
    watcher: Option<RecommendedWatcher>,
    folders: BTreeSet<PathBuf>,
}

impl Watched {
    /// Watches all folders that a run looks into, and those above for what stands there; whether that
    /// could be done.
    fn add_all(&mut self, arguments: &CheckArguments) -> bool {
        let Some(watcher) = &mut self.watcher else { return false };
        let mut fine = true;
        let now = folders(arguments);
        // A folder that went and came back is another one.
        for folder in self.folders.difference(&now) {
            let _ = watcher.unwatch(folder);
        }
        for folder in now.difference(&self.folders) {
            fine &= watcher.watch(folder, RecursiveMode::NonRecursive).is_ok();
        }
        self.folders = now;
        fine
    }
}

fn folders(arguments: &CheckArguments) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for path in &arguments.paths {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        found.extend(path.ancestors().skip(1).filter(|above| holds_settings(above)).map(Path::to_owned));
        if !path.is_dir() {
            found.extend(path.parent().map(Path::to_owned));
            continue;
        }
        let honour = !arguments.no_ignore;
        let mut walk = WalkBuilder::new(&path);
        walk.standard_filters(honour).require_git(false).hidden(honour).follow_links(false);
        walk.filter_entry(|entry| !matches!(entry.file_name().to_str(), Some(".git" | "node_modules")));
        let folders = walk.build().filter_map(Result::ok);
        let folders = folders.filter(|entry| entry.file_type().is_some_and(|kind| kind.is_dir()));
        found.extend(folders.map(ignore::DirEntry::into_path));
        let pages = path.join(crate::session::USER_PAGES);
        found.extend(pages.is_dir().then_some(pages));
    }
    found
}

/// Whether a folder above says something of what lies beneath.
fn holds_settings(folder: &Path) -> bool {
    let names = OWN_NAMES.iter().chain(&["Cargo.toml", "package.json", "tsconfig.json", ".gitignore"]);
    names.into_iter().any(|name| folder.join(name).is_file())
}

/// Whether something happened to a file that a run may read.
fn matters(event: &Event, own: &[OsString]) -> bool {
    if matches!(event.kind, EventKind::Access(_)) {
        return false;
    }
    let is_read = |path: &PathBuf| {
        let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        let is_ours = path.components().any(|part| part.as_os_str() == crate::cache::FOLDER);
        let is_other =
            matches!(extension, "toml" | "json" | "md") || matches!(name, ".gitignore" | ".ignore");
        !is_ours
            && !path.file_name().is_some_and(|name| own.iter().any(|own| own == name))
            && (is_other
                || syntax::language(path).is_some()
                || SchemaKind::of(path).is_some()
                // A folder, or what was one.
                || (extension.is_empty() && !name.starts_with('.')))
    };
    event.paths.is_empty() || event.paths.iter().any(is_read)
}

/// Until something has changed and nothing does any more.
fn wait(told: &Receiver<()>, is_seeing: bool) {
    let first = if is_seeing {
        told.recv().map_err(|_| RecvTimeoutError::Disconnected)
    } else {
        told.recv_timeout(BLIND)
    };
    if first == Err(RecvTimeoutError::Disconnected) {
        std::thread::sleep(BLIND);
    }
    while told.recv_timeout(QUIET).is_ok() {}
}
