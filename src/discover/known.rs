//! What an earlier run saw of each file, so that a file which has not changed is not read again.

use super::{LARGEST_FILE, Outcome, Reason, read_text, skip};
use crate::engine::{Input, Problem};
use crate::source::{Glance, Text};
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

/// When a file was last changed, as the file system tells, and its size in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stamp {
    /// Since 1970, in nanoseconds.
    modified: u64,
    /// The change of the entry itself, which nobody can set back; 0 where there is no such time.
    changed: u64,
    size: u64,
}

/// File systems count in steps of up to two seconds: what was changed later than this before a run
/// may be changed again without a trace.
const GRANULE: Duration = Duration::from_secs(3);

impl Stamp {
    fn of(data: &Metadata) -> Option<Stamp> {
        let modified = nanoseconds(data.modified().ok()?)?;
        Some(Stamp { modified, changed: changed(data), size: data.len() })
    }

    /// Whether a later change is sure to show in it.
    fn is_settled(&self, started: SystemTime) -> bool {
        let limit = started.checked_sub(GRANULE).and_then(nanoseconds);
        limit.is_some_and(|limit| self.modified.max(self.changed) < limit)
    }
}

fn nanoseconds(time: SystemTime) -> Option<u64> {
    u64::try_from(time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_nanos()).ok()
}

#[cfg(unix)]
fn changed(data: &Metadata) -> u64 {
    use std::os::unix::fs::MetadataExt;
    let (seconds, rest) = (u64::try_from(data.ctime()), u64::try_from(data.ctime_nsec()));
    seconds.unwrap_or_default().saturating_mul(1_000_000_000).saturating_add(rest.unwrap_or_default())
}

#[cfg(not(unix))]
fn changed(_: &Metadata) -> u64 {
    0
}

/// What was seen of one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// As reports spell it.
    pub path: PathBuf,
    /// Without one the file is read again.
    pub stamp: Option<Stamp>,
    pub seen: Seen,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Seen {
    Source(Glance),
    Skipped(Reason),
    Bad(Problem),
}

/// What an earlier run saw, if there was one, and since when this one goes on.
pub struct Memory {
    files: FxHashMap<PathBuf, Looked>,
    started: SystemTime,
    /// Some text that was known is another one by now.
    is_stale: Arc<AtomicBool>,
}

impl Memory {
    /// `files` may be empty: then all is read, and taken down for the next run.
    pub fn new(files: Vec<Looked>) -> Memory {
        Memory {
            files: files.into_iter().map(|looked| (looked.path.clone(), looked)).collect(),
            started: SystemTime::now(),
            is_stale: Arc::default(),
        }
    }

    /// Whether sources are the same as before, all of them and no others.
    pub fn knows(&self, looked: &[Looked]) -> bool {
        let is_source = |looked: &&Looked| matches!(looked.seen, Seen::Source(_));
        let mut now = looked.iter().filter(is_source);
        let before = self.files.values().filter(is_source).count();
        looked.iter().filter(is_source).count() == before
            && now.all(|one| self.files.get(&one.path).is_some_and(|known| known.seen == one.seen))
    }

    /// Whether nothing new can be remembered.
    pub fn has_all(&self, looked: &[Looked]) -> bool {
        looked.len() == self.files.len() && looked.iter().all(|one| self.files.get(&one.path) == Some(one))
    }

    /// Whether a text that seemed to be as it was turned out to be another one, once it was read.
    pub fn is_stale(&self) -> bool {
        self.is_stale.load(Ordering::Relaxed)
    }

    /// A file as it was, if it seems unchanged, or as it is; what is to be remembered of it.
    pub(super) fn outcome(&self, path: &Path, shown: PathBuf, keep: bool) -> (Outcome, Option<Looked>) {
        // Asked for before the file is read: what changes in between shows the next time.
        let stamp = std::fs::metadata(path).ok().and_then(|data| Stamp::of(&data));
        let known = self.files.get(&shown).filter(|known| stamp.is_some() && known.stamp == stamp);
        if let Some(known) = known {
            return (self.recall(path, known), Some(known.clone()));
        }
        let stamp = stamp.filter(|stamp| stamp.is_settled(self.started));
        let (outcome, seen) = match read_text(path) {
            Err((position, message)) => {
                let problem = Problem { path: shown.clone(), position, message };
                // What cannot be read may be readable the next time, whatever its stamp.
                let seen =
                    stamp.filter(|stamp| stamp.size <= LARGEST_FILE).map(|_| Seen::Bad(problem.clone()));
                (Outcome::Bad(problem), seen.filter(|_| std::fs::File::open(path).is_ok()))
            }
            Ok(text) => match skip::text(&text).filter(|_| !keep) {
                Some(reason) => (Outcome::Skipped(reason), Some(Seen::Skipped(reason))),
                None => {
                    let glance = Glance::of(&text);
                    let text = Text::seen(text, glance);
                    (Outcome::Source(Input { path: shown.clone(), text }), Some(Seen::Source(glance)))
                }
            },
        };
        (outcome, seen.map(|seen| Looked { path: shown, stamp, seen }))
    }

    fn recall(&self, path: &Path, known: &Looked) -> Outcome {
        match &known.seen {
            Seen::Skipped(reason) => Outcome::Skipped(*reason),
            Seen::Bad(problem) => Outcome::Bad(problem.clone()),
            Seen::Source(glance) => {
                let (path, glance, is_stale) = (path.to_owned(), *glance, self.is_stale.clone());
                let load = move || {
                    let text = read_text(&path).unwrap_or_default();
                    if blake3::hash(text.as_bytes()).as_bytes() != &glance.hash {
                        is_stale.store(true, Ordering::Relaxed);
                    }
                    text
                };
                Outcome::Source(Input { path: known.path.clone(), text: Text::later(glance, load) })
            }
        }
    }
}
