//! All findings to those that are new: not in the baseline, and on changed lines.

use super::adopting::AdoptionArguments;
use super::arguments::CheckArguments;
use super::check::Checked;
use super::output;
use crate::baseline::{self, Baseline, Entry};
use crate::config::Judge;
use crate::discover::{Found, plain};
use crate::finding::Finding;
use crate::report::{Silenced, SilencedBy, plural};
use crate::revision::{self, Changes, Patch};
use crate::source::{SourceFile, Sources};
use crate::suppress::Suppression;
use std::io::Read;
use std::path::{Path, PathBuf};

/// What a run leaves out; nothing unless asked for.
pub(crate) struct Narrowing {
    baseline: Option<(PathBuf, Baseline)>,
    changes: Option<Changes>,
    /// Where the changes are from, if not from git.
    patch: Option<Patch>,
    patch_name: String,
}

impl Narrowing {
    /// Reads the baseline and asks for the changed lines.
    pub(crate) fn new(arguments: &CheckArguments) -> Result<Narrowing, String> {
        let wanted = &arguments.adoption;
        let reads_input =
            arguments.stdin_filename.is_some() || arguments.paths.iter().any(|path| is_dash(path));
        let patch = match &wanted.new_from_patch {
            Some(path) if is_dash(path) && reads_input => {
                return Err("standard input cannot be both the patch and a file".to_owned());
            }
            Some(path) => Some(patch(path)?),
            None => None,
        };
        let changes = match &patch {
            Some(patch) => Some(patch.changes().clone()),
            None => changes(wanted)?,
        };
        let patch_name = wanted.new_from_patch.as_deref().map(name_of).unwrap_or_default();
        Ok(Narrowing { baseline: known(wanted)?, changes, patch, patch_name })
    }

    /// The texts to analyse: with `--staged` those that are.
    pub(crate) fn texts(&self, found: Found, arguments: &CheckArguments) -> Result<Found, String> {
        if !arguments.adoption.staged {
            return Ok(found);
        }
        revision::as_staged(found, &arguments.paths, Path::new("."))
    }

    /// Whether the changes can speak of what was analysed, and a patch leads to it.
    pub(crate) fn verify(&self, checked: &Checked) -> Result<(), String> {
        if let Some(changes) = &self.changes {
            changes.check(&checked.sources)?;
        }
        let check = |patch: &Patch| patch.check(&checked.sources);
        self.patch
            .as_ref()
            .map_or(Ok(()), check)
            .map_err(|error| format!("{}: the patch: {error}", self.patch_name))
    }

    /// Takes out what is not new.
    pub(crate) fn apply(&self, checked: &mut Checked) {
        let sources = &checked.sources;
        let mut findings = std::mem::take(&mut checked.findings);
        if let Some((path, baseline)) = &self.baseline {
            // Of several alike the changed one is the new one.
            let known = baseline.known(&findings, |finding| !self.is_changed(finding, sources));
            let mut kept = Vec::new();
            let before = checked.silenced.len();
            for (finding, known) in findings.into_iter().zip(known) {
                if known {
                    let reason = Some(format!("in the baseline {}", path.display()));
                    checked.silenced.push(Silenced { finding, reason, by: SilencedBy::Baseline });
                } else {
                    kept.push(finding);
                }
            }
            findings = kept;
            checked.hidden.by_baseline = Some(checked.silenced.len() - before);
        }
        if self.changes.is_some() {
            let all = findings.len();
            findings.retain(|finding| self.is_changed(finding, sources));
            checked.hidden.unchanged = Some(all - findings.len());
            let is_changed = |comment: &Suppression| self.has_line(sources.file(comment.file), comment.line);
            checked.comments.retain(|judged| is_changed(&judged.comment));
        }
        checked.findings = findings;
    }

    /// Tells of changed lines what a rewrite made of a file.
    pub(crate) fn follow(&mut self, old: &SourceFile, new: &str) {
        if let Some(changes) = &mut self.changes {
            changes.follow(old, new);
        }
    }

    /// Says once that the baseline holds what no longer occurs, as far as this run can know.
    pub(crate) fn tell_stale(&self, checked: &Checked, judge: &Judge<'_>) {
        let Some((path, baseline)) = &self.baseline else { return };
        if !judge.is_complete() || checked.failed > 0 {
            return;
        }
        let silenced = checked.silenced.iter().filter(|one| one.by == SilencedBy::Baseline);
        let present: Vec<Finding> =
            silenced.map(|one| &one.finding).chain(&checked.findings).cloned().collect();
        let could_see = |entry: &Entry| {
            let is_note = entry.level == crate::book::words::Level::Note.text();
            (!is_note || judge.may_keep_notes()) && was_seen(entry, checked)
        };
        // Findings on unchanged lines are gone by now, but only those that the baseline lacks.
        let stale: u32 =
            baseline.stale(&present).filter(|(entry, _)| could_see(entry)).map(|(_, missing)| missing).sum();
        if stale > 0 {
            let (told, verb) =
                (plural(stale as usize, "finding"), if stale == 1 { "occurs" } else { "occur" });
            let path = path.display();
            output::say(&format!(
                "{told} of {path} no longer {verb}: `toctou-lint baseline prune` drops them"
            ));
        }
    }

    fn is_changed(&self, finding: &Finding, sources: &Sources) -> bool {
        self.changes.as_ref().is_some_and(|changes| changes.touch(finding, sources))
    }

    fn has_line(&self, file: &SourceFile, line: u32) -> bool {
        self.changes.as_ref().is_none_or(|changes| changes.has_line(file, line))
    }
}

/// Whether a run would have found an entry if it still occurred: its file was understood, or is gone.
pub(super) fn was_seen(entry: &Entry, checked: &Checked) -> bool {
    let path = Path::new(&entry.path);
    let has_problem = checked.problems.iter().any(|problem| problem.path == path);
    let was_read = checked.sources.files.iter().any(|file| file.path == path);
    !has_problem && (was_read || !path.exists())
}

fn is_dash(path: &Path) -> bool {
    path == Path::new("-")
}

/// The baseline that the arguments name, or the one in the folder of the run.
fn known(wanted: &AdoptionArguments) -> Result<Option<(PathBuf, Baseline)>, String> {
    let default = Path::new(baseline::FILE);
    let path = match &wanted.baseline {
        _ if wanted.no_baseline => return Ok(None),
        Some(path) => path.as_path(),
        // What is there and is no file is told, not passed over.
        None if default.exists() => default,
        None => return Ok(None),
    };
    Ok(Some((path.to_owned(), read(path)?)))
}

/// Reads a baseline; what is wrong with it is told with its place.
pub(super) fn read(path: &Path) -> Result<Baseline, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path)
        .map_err(|error| format!("{shown}: the baseline cannot be read: {}", plain(&error)))?;
    Baseline::parse(&text).map_err(|broken| {
        let (line, column) = (broken.position.line, broken.position.column);
        format!("{shown}:{line}:{column}: the baseline is broken: {}", broken.message)
    })
}

fn changes(wanted: &AdoptionArguments) -> Result<Option<Changes>, String> {
    let here = Path::new(".");
    if let Some(revision) = &wanted.new_from_rev {
        return revision::since(revision, here).map(Some);
    }
    if let Some(branch) = &wanted.new_from_merge_base {
        return revision::since_merge_base(branch, here).map(Some);
    }
    if wanted.staged { revision::staged(here).map(Some) } else { Ok(None) }
}

fn name_of(patch: &Path) -> String {
    if is_dash(patch) { "standard input".to_owned() } else { patch.display().to_string() }
}

fn patch(path: &Path) -> Result<Patch, String> {
    let mut bytes = Vec::new();
    let read = if is_dash(path) {
        std::io::stdin().lock().read_to_end(&mut bytes).map(|_| ())
    } else {
        std::fs::read(path).map(|read| bytes = read)
    };
    let name = name_of(path);
    read.map_err(|error| format!("{name}: the patch cannot be read: {}", plain(&error)))?;
    Patch::read(&bytes, Path::new(".")).map_err(|error| format!("{name}: the patch: {error}"))
}
