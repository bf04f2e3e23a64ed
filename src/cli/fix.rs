//! `--fix` and `--diff`: rewrites until nothing is left to rewrite.

use super::arguments::CheckArguments;
use super::check::{self, Answers, Checked};
use super::narrow::Narrowing;
use super::{Exit, ignores, output, reports};
use crate::book::Book;
use crate::book::api::Applicability;
use crate::config::Judge;
use crate::discover::Found;
use crate::engine::Input;
use crate::report::plural;
use crate::rewrite;
use crate::source::{FileId, Text};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A rewrite may make room for another; this many rounds are enough for any code.
const ROUNDS: usize = 10;

pub(crate) fn run(
    arguments: &CheckArguments,
    book: &Book,
    judge: &Judge<'_>,
    mut narrowing: Narrowing,
    found: Found,
) -> Result<Exit, String> {
    let from_input = arguments.stdin_filename.is_some();
    let bad_arguments = !found.bad_arguments.is_empty();
    let manifests = found.manifests.clone();
    let originals: BTreeMap<PathBuf, Text> =
        found.inputs.iter().map(|input| (input.path.clone(), input.text.clone())).collect();
    let allowed = if arguments.unsafe_fixes { Applicability::Suggested } else { Applicability::Safe };
    let mut checked = check::check(found, book, judge, arguments.no_prefilter, Answers::Engine);
    narrowing.verify(&checked)?;
    narrowing.apply(&mut checked);
    let (mut applied, mut comments) = (0, 0);
    let broken = broken(&checked);
    for _ in 0..ROUNDS {
        let mut rewritten = rewrite::rewrite(&checked.findings, &checked.sources, allowed);
        applied += rewritten.applied;
        if rewritten.applied == 0 {
            // Comments last: what a rewrite mends needs none.
            rewritten = ignores::mended(&checked, ignores::telling(judge));
            comments += rewritten.applied;
        }
        if rewritten.applied == 0 {
            break;
        }
        let inputs = next(&mut checked, &rewritten.texts, &mut narrowing);
        let again = Found { inputs, manifests: manifests.clone(), ..Found::default() };
        checked = check::check(again, book, judge, arguments.no_prefilter, Answers::Engine);
        narrowing.apply(&mut checked);
    }
    refuse_broken(&broken, &checked, "a rewrite")?;
    let changed = changed(&checked, &originals);
    let mut failed = bad_arguments || checked.failed > 0;
    if arguments.diff {
        return show(arguments, &changed, failed);
    }
    if from_input {
        // The text is the output; findings would spoil it.
        output::print(checked.sources.files.first().map_or("", |file| file.text.as_str()))?;
    } else if write_all(&changed) {
        if comments > 0 {
            output::say(&format!("mended {}", plural(comments, "suppression")));
        }
        output::say(&format!("rewrote {} in {}", plural(applied, "finding"), plural(changed.len(), "file")));
    } else {
        failed = true;
    }
    failed |= !reports::write(arguments, &checked, book, &BTreeMap::new())?;
    Ok(if failed { Exit::Failed } else { check::exit(arguments, &checked, judge) })
}

/// An edit that breaks its file is a defect of ours, or of a page, and not written.
pub(super) fn refuse_broken(before: &BTreeSet<PathBuf>, checked: &Checked, edit: &str) -> Result<(), String> {
    match broken(checked).difference(before).next() {
        Some(path) => Err(format!("{}: {edit} would break it; nothing is written", path.display())),
        None => Ok(()),
    }
}

/// The files that are not wholly understood.
pub(super) fn broken(checked: &Checked) -> BTreeSet<PathBuf> {
    checked.problems.iter().map(|problem| Path::new(&problem.path).to_owned()).collect()
}

/// `--diff`: what would be written.
pub(super) fn show(
    arguments: &CheckArguments,
    changed: &[(&Path, &str, &str)],
    failed: bool,
) -> Result<Exit, String> {
    let diffs: Vec<String> = changed.iter().map(|(path, old, new)| rewrite::diff(path, old, new)).collect();
    output::print(&diffs.concat())?;
    let exit = if changed.is_empty() || arguments.exit_zero { Exit::Clean } else { Exit::Found };
    Ok(if failed { Exit::Failed } else { exit })
}

/// The files for another round, of which the changes are told what became of their lines.
pub(super) fn next(
    checked: &mut Checked,
    texts: &BTreeMap<FileId, String>,
    narrowing: &mut Narrowing,
) -> Vec<Input> {
    let files = std::mem::take(&mut checked.sources.files).into_iter().enumerate();
    let next = files.map(|(at, file)| {
        let text = texts.get(&FileId(at as u32));
        text.inspect(|text| narrowing.follow(&file, text));
        Input {
            text: text.map_or_else(|| file.text.clone(), |text| text.as_str().into()),
            path: file.path.clone(),
        }
    });
    next.collect()
}

/// Path, old and new text of the files that have another text now.
pub(super) fn changed<'a>(
    checked: &'a Checked,
    originals: &'a BTreeMap<PathBuf, Text>,
) -> Vec<(&'a Path, &'a str, &'a str)> {
    let files = checked.sources.files.iter();
    let changed = files.filter_map(|file| {
        let (path, old) = originals.get_key_value(&file.path)?;
        (*old != file.text).then_some((path.as_path(), old.as_str(), file.text.as_str()))
    });
    changed.collect()
}

/// Writes what changed; whether all went well. Where not, what was written is told of, since a
/// claim about the whole would be wrong.
pub(super) fn write_all(changed: &[(&Path, &str, &str)]) -> bool {
    let mut written = 0;
    for (path, old, new) in changed {
        match rewrite::replace(path, old, new) {
            Ok(()) => written += 1,
            Err(error) => {
                output::complain(&format!("{}: {}", path.display(), crate::discover::plain(&error)));
            }
        }
    }
    if written < changed.len() {
        output::say(&format!("wrote {written} of {}", plural(changed.len(), "file")));
    }
    written == changed.len()
}
