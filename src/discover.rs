//! Arguments to source files in memory: the only reader of the disk for sources.

mod known;
mod ignored;
mod manifests;
mod skip;
#[cfg(test)]
mod tests;

use crate::engine::{Input, Problem};
use crate::manifest::Manifests;
use crate::source::{Position, SourceFile};
use crate::syntax;
use ignore::{DirEntry, WalkBuilder};
pub use ignored::with_plain_braces;
pub use known::{Looked, Memory, Seen, Stamp};
use rayon::prelude::*;
pub use skip::Reason;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex};

/// Files larger than this are named and left out: no one writes them by hand.
pub const LARGEST_FILE: u64 = 5 * 1024 * 1024;

/// Whether ignore files and the list of output folders are respected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ignoring {
    Honour,
    Disregard,
}

/// Whether a path is left out, given whether it is a folder.
pub type LeavesOut = dyn Fn(&Path, bool) -> bool + Send + Sync;

/// What a configuration leaves out.
#[derive(Clone)]
pub struct Filter {
    pub leaves_out: Arc<LeavesOut>,
    /// Whether what an argument names is left out too.
    pub force: bool,
}

impl Filter {
    /// Leaves nothing out.
    pub fn none() -> Filter {
        Filter { leaves_out: Arc::new(|_, _| false), force: false }
    }

    fn refuses(&self, argument: &Path, is_folder: bool) -> bool {
        self.force && (self.leaves_out)(argument, is_folder)
    }
}

/// What a run looks at.
#[derive(Debug, Default)]
pub struct Found {
    /// Sorted by path, each once.
    pub inputs: Vec<Input>,
    pub manifests: Manifests,
    /// Files that could not be read, sorted.
    pub problems: Vec<Problem>,
    /// Arguments that name nothing, or a file that cannot be analysed.
    pub bad_arguments: Vec<Problem>,
    /// How many files and folders were left out, and why.
    pub skipped: BTreeMap<Reason, usize>,
    /// What was seen of each file, where somebody remembers it; sorted by path.
    pub looked: Vec<Looked>,
}

/// A file on its way in.
struct Candidate {
    path: PathBuf,
    /// Named by an argument: never skipped.
    explicit: bool,
}

/// Walks the arguments and reads every source file.
pub fn discover(arguments: &[PathBuf], ignoring: Ignoring) -> Found {
    discover_with(arguments, ignoring, &Filter::none())
}

/// The same without what a configuration leaves out.
pub fn discover_with(arguments: &[PathBuf], ignoring: Ignoring, filter: &Filter) -> Found {
    discover_again(arguments, ignoring, filter, None)
}

/// The same, where files that have not changed since an earlier run are not read before somebody asks
/// for their text.
pub fn discover_again(
    arguments: &[PathBuf],
    ignoring: Ignoring,
    filter: &Filter,
    memory: Option<&Memory>,
) -> Found {
    let mut found = Found::default();
    let mut candidates = BTreeMap::new();
    let mut beside = BTreeSet::new();
    for argument in arguments {
        match std::fs::metadata(argument) {
            Err(error) => found.bad_arguments.push(problem(argument, None, plain(&error))),
            Ok(data) if filter.refuses(argument, data.is_dir()) => {
                *found.skipped.entry(Reason::Configured).or_default() += 1;
            }
            Ok(data) if data.is_dir() => {
                walk(argument, ignoring, filter, &mut candidates, &mut beside, &mut found);
            }
            Ok(data) if !data.is_file() => {
                found.bad_arguments.push(problem(
                    argument,
                    None,
                    "is neither a file nor a folder".to_owned(),
                ));
            }
            Ok(_) if syntax::language(argument).is_none() => {
                let message = "is not a file of a language that is analysed".to_owned();
                found.bad_arguments.push(problem(argument, None, message));
            }
            Ok(_) => {
                candidates.insert(shown(argument), Candidate { path: argument.clone(), explicit: true });
            }
        }
    }
    read_all(candidates, ignoring, memory, &mut found);
    found.manifests = manifests::collect(
        &beside,
        found.inputs.iter().map(|input| input.path.as_path()),
        arguments.iter().map(PathBuf::as_path),
    );
    found.problems.sort();
    found.bad_arguments.sort();
    found
}

fn walk(
    root: &Path,
    ignoring: Ignoring,
    filter: &Filter,
    candidates: &mut BTreeMap<PathBuf, Candidate>,
    beside: &mut BTreeSet<PathBuf>,
    found: &mut Found,
) {
    let honour = ignoring == Ignoring::Honour;
    let left_out = Arc::new(Mutex::new(BTreeMap::<Reason, usize>::new()));
    let counted = left_out.clone();
    let leaves_out = filter.leaves_out.clone();
    let ignored = honour.then(ignored::Ignored::new);
    let mut builder = WalkBuilder::new(root);
    // What is ignored is asked for below.
    builder.standard_filters(false).follow_links(false);
    builder.sort_by_file_name(std::ffi::OsStr::cmp).filter_entry(move |entry| {
        let configured = || {
            let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
            let counts = entry.depth() > 0 && (is_folder || syntax::language(entry.path()).is_some());
            (counts && leaves_out(entry.path(), is_folder)).then_some(Reason::Configured)
        };
        // Links are named by what they are, whatever they lead to.
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        let is_ignored = |ignored: &ignored::Ignored| {
            entry.depth() > 0 && ignored.leaves_out(&whole(entry.path()), is_folder)
        };
        if ignored.as_ref().is_some_and(is_ignored) {
            return false;
        }
        match folder_reason(entry, honour).or_else(configured) {
            None => true,
            Some(reason) => {
                if let Ok(mut counts) = counted.lock() {
                    *counts.entry(reason).or_default() += 1;
                }
                false
            }
        }
    });
    for entry in builder.build() {
        match entry {
            Ok(entry) if entry.file_type().is_some_and(|kind| kind.is_file()) => {
                let path = entry.into_path();
                if syntax::language(&path).is_some() {
                    candidates.entry(shown(&path)).or_insert(Candidate { path, explicit: false });
                } else if manifests::is_manifest(&path) {
                    beside.insert(path);
                }
            }
            Ok(_) => {}
            Err(error) => found.problems.push(walk_problem(root, &error)),
        }
    }
    if let Ok(counts) = left_out.lock() {
        for (reason, count) in counts.iter() {
            *found.skipped.entry(*reason).or_default() += count;
        }
    }
}

fn folder_reason(entry: &DirEntry, honour: bool) -> Option<Reason> {
    let is_folder = entry.depth() > 0 && entry.file_type().is_some_and(|kind| kind.is_dir());
    if !is_folder {
        return None;
    }
    // The store of a version control system is never source, whatever is asked for.
    if entry.file_name() == ".git" {
        return Some(Reason::Output);
    }
    if honour { skip::folder(entry.path()) } else { None }
}

fn walk_problem(root: &Path, error: &ignore::Error) -> Problem {
    let mut error = error;
    let mut path = root;
    let mut line = None;
    loop {
        match error {
            ignore::Error::WithPath { path: at, err } => (path, error) = (at, err),
            ignore::Error::WithLineNumber { line: at, err } => (line, error) = (Some(*at as u32), err),
            ignore::Error::WithDepth { err, .. } => error = err,
            ignore::Error::Io(io) => return problem(path, None, plain(io)),
            other => {
                let position = line.map(|line| Position { line, column: 1 });
                return problem(path, position, other.to_string());
            }
        }
    }
}

/// What reading one file gives.
enum Outcome {
    Source(Input),
    Skipped(Reason),
    Bad(Problem),
}

fn read_all(
    candidates: BTreeMap<PathBuf, Candidate>,
    ignoring: Ignoring,
    memory: Option<&Memory>,
    found: &mut Found,
) {
    let candidates: Vec<_> = candidates.into_iter().collect();
    let outcomes: Vec<(bool, (Outcome, Option<Looked>))> = candidates
        .into_par_iter()
        .map(|(shown, candidate)| {
            let keep = candidate.explicit || ignoring == Ignoring::Disregard;
            let skipped = if keep { None } else { skip::file_name(&candidate.path) };
            let outcome = match skipped {
                Some(reason) => (Outcome::Skipped(reason), None),
                None => match memory {
                    Some(memory) => memory.outcome(&candidate.path, shown, keep),
                    None => (read(&candidate.path, shown, keep), None),
                },
            };
            (candidate.explicit, outcome)
        })
        .collect();
    for (explicit, (outcome, looked)) in outcomes {
        found.looked.extend(looked);
        match outcome {
            Outcome::Source(input) => found.inputs.push(input),
            Outcome::Skipped(reason) => *found.skipped.entry(reason).or_default() += 1,
            Outcome::Bad(problem) if explicit => found.bad_arguments.push(problem),
            Outcome::Bad(problem) => found.problems.push(problem),
        }
    }
}

fn read(path: &Path, shown: PathBuf, keep: bool) -> Outcome {
    let text = match read_text(path) {
        Ok(text) => text,
        Err((position, message)) => return Outcome::Bad(Problem { path: shown, position, message }),
    };
    match skip::text(&text) {
        Some(reason) if !keep => Outcome::Skipped(reason),
        _ => Outcome::Source(Input { path: shown, text: text.into() }),
    }
}

/// The text of a file, or what is wrong with it and where.
pub fn read_text(path: &Path) -> Result<String, (Option<Position>, String)> {
    let unreadable = |error: std::io::Error| (None, format!("cannot be read: {}", plain(&error)));
    let file = File::open(path).map_err(unreadable)?;
    let mut bytes = Vec::new();
    // One byte more than allowed tells too large a file, even one that grows meanwhile.
    file.take(LARGEST_FILE + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    text_of(bytes)
}

/// Bytes as source text, or what is wrong with them and where.
pub fn text_of(bytes: Vec<u8>) -> Result<String, (Option<Position>, String)> {
    if bytes.len() as u64 > LARGEST_FILE {
        return Err((None, format!("is larger than {} MB", LARGEST_FILE / 1024 / 1024)));
    }
    if let Some(at) = memchr::memchr(0, &bytes) {
        return Err((Some(position_of(&bytes, at)), "is binary: holds a NUL byte".to_owned()));
    }
    String::from_utf8(bytes).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        (Some(position_of(error.as_bytes(), at)), "is not UTF-8".to_owned())
    })
}

fn position_of(bytes: &[u8], at: usize) -> Position {
    let before = String::from_utf8_lossy(bytes.get(..at).unwrap_or(bytes)).into_owned();
    SourceFile::new("", before).position(u32::MAX)
}

fn problem(path: &Path, position: Option<Position>, message: String) -> Problem {
    Problem { path: shown(path), position, message }
}

/// The system's words without its number: `no such file or directory`.
pub fn plain(error: &std::io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

/// Absolute, without `.` and `..`: the way up is then the way of the name.
pub fn whole(path: &Path) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut parts = PathBuf::new();
    for part in absolute.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop();
            }
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => parts.push(part),
        }
    }
    parts
}

/// A path as reports spell it: forward slashes, no `./`, no way down and up again, relative to the
/// current folder if below it.
pub fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let straight = straight(path, &here);
    let path = straight.as_deref().unwrap_or(path);
    let path = if path.is_absolute() { path.strip_prefix(&here).unwrap_or(path) } else { path };
    let parts: PathBuf = path.components().filter(|part| *part != Component::CurDir).collect();
    let text = if cfg!(windows) { PathBuf::from(parts.to_string_lossy().replace('\\', "/")) } else { parts };
    if text.as_os_str().is_empty() { PathBuf::from(".") } else { text }
}

/// A path with `..` as it is spelled without detours, if that leads to the same place: what stands
/// before a `..` may be a link to elsewhere.
fn straight(path: &Path, here: &Path) -> Option<PathBuf> {
    path.components().find(|part| *part == Component::ParentDir)?;
    let whole = whole(path);
    let mut ways_up = PathBuf::new();
    let mut above = here;
    // A path that was given as absolute stays so outside of the current folder.
    let straight = loop {
        match whole.strip_prefix(above) {
            Ok(below) => break ways_up.join(below),
            Err(_) if path.is_absolute() => break whole,
            Err(_) => (ways_up, above) = (ways_up.join(".."), above.parent()?),
        }
    };
    let straight = if straight.as_os_str().is_empty() { PathBuf::from(".") } else { straight };
    let is_same = match (path.canonicalize(), straight.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        // What is not there has no links in it.
        (Err(_), Err(_)) => true,
        _ => false,
    };
    is_same.then_some(straight)
}

/// Whether neither the name of a file nor the folders around it, below a root, say that no one
/// edits it.
pub fn is_written_by_hand(path: &Path, root: &Path) -> bool {
    let is_below = |folder: &&Path| folder.starts_with(root) && *folder != root;
    let mut folders = path.ancestors().skip(1).take_while(is_below);
    skip::file_name(path).is_none() && folders.all(|folder| skip::folder(folder).is_none())
}

/// What stands around one file that is not read from the disk.
pub fn beside(path: &Path) -> Manifests {
    manifests::collect(&BTreeSet::new(), std::iter::once(path), std::iter::once(path))
}
