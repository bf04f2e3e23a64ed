//! Where entries lie: a folder that version control and backups leave alone.

use crate::discover::plain;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

/// The folder of a project's cache, unless another one is named.
pub const FOLDER: &str = ".toctou-lint-cache";
/// The newest entries stay: as many as there are ways in which a project is usually looked at.
const MOST_ENTRIES: usize = 16;
/// What an interrupted run leaves is old after this time.
const ABANDONED: Duration = Duration::from_secs(60 * 60);
const EXTENSION: &str = "entry";
const TAG: &str = "Signature: 8a477f597d28d172789f06886806bc55\n\
                   # This folder holds what toctou-lint knows of unchanged files; it may be removed at any time.\n";

/// `.toctou-lint-cache` in the nearest folder from here up that holds a repository or a
/// configuration file of ours, or here.
pub fn default_folder(marks: &[&str]) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    let is_root = |folder: &&Path| marks.iter().any(|mark| folder.join(mark).exists());
    let root = here.ancestors().find(is_root).unwrap_or(&here).to_owned();
    root.join(FOLDER)
}

pub(super) fn file(folder: &Path, key: &[u8; 32]) -> PathBuf {
    let name: String = key.iter().take(16).map(|byte| format!("{byte:02x}")).collect();
    folder.join(name).with_extension(EXTENSION)
}

/// Puts parts, one after the other, in the place of an entry.
pub(super) fn put(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let Some(folder) = path.parent() else { return Ok(()) };
    prepare(folder)?;
    let written = write(path, parts);
    tidy(folder);
    written
}

/// Writes parts beside a path, and renames what is whole.
pub(super) fn write(path: &Path, parts: &[&[u8]]) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new(""));
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let temporary = folder.join(format!("{}-{number}.part", std::process::id()));
    let written = (|| {
        let mut file = OpenOptions::new().write(true).create_new(true).open(&temporary)?;
        parts.iter().try_for_each(|part| file.write_all(part))?;
        // What is lost in a power cut is found to be broken, so nobody waits for the disk here.
        fs::rename(&temporary, path)
    })();
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn prepare(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    let put = |name: &str, text: &str| match OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(folder.join(name))
    {
        Ok(mut file) => file.write_all(text.as_bytes()),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    };
    put(".gitignore", "*\n")?;
    put("CACHEDIR.TAG", TAG)
}

/// Removes the oldest entries, and what interrupted runs left. Two runs may do so at once.
fn tidy(folder: &Path) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut old: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in entries.filter_map(Result::ok) {
        let path = entry.path();
        let Some(modified) = entry.metadata().ok().and_then(|data| data.modified().ok()) else { continue };
        match path.extension().and_then(|extension| extension.to_str()) {
            Some(EXTENSION) => old.push((modified, path)),
            Some("part") if modified.elapsed().is_ok_and(|age| age > ABANDONED) => {
                let _ = fs::remove_file(path);
            }
            _ => {}
        }
    }
    old.sort();
    let many = old.len().saturating_sub(MOST_ENTRIES);
    for (_, path) in old.into_iter().take(many) {
        let _ = fs::remove_file(path);
    }
}

/// Why nothing can be written, for who asks.
pub(super) fn told(folder: &Path, error: &io::Error) -> String {
    format!("{}: the cache cannot be written: {}", folder.display(), plain(error))
}
