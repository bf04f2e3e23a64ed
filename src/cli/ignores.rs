//! Suppression comments: what is said of them, what `--fix` makes of them, and `--add-ignore`.

use super::arguments::CheckArguments;
use super::check::{self, Answers, Checked};
use super::narrow::Narrowing;
use super::{Exit, fix, output, reports};
use crate::book::Book;
use crate::config::Judge;
use crate::discover::Found;
use crate::report::plural;
use crate::rewrite::{self, Rewritten};
use crate::source::{FileId, Text};
use crate::suppress::{Telling, add};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// An unused comment is one only if everything was looked for that it could silence: notes too.
/// Configurations take nothing from that, since comments speak before they do.
pub(crate) fn telling(judge: &Judge<'_>) -> Telling {
    if judge.is_pedantic() && !judge.is_narrowed() { Telling::All } else { Telling::Mistakes }
}

/// Says what is wrong with suppressions; the exit code does not depend on it.
pub(crate) fn tell(checked: &Checked, telling: Telling) {
    for judged in &checked.comments {
        let remarks = judged.remarks(telling);
        let file = checked.sources.file(judged.comment.file);
        let place = judged.comment.position(&checked.sources);
        let path = file.path.display();
        let (line, column) = (place.line, place.column);
        for remark in remarks {
            output::say(&format!("{path}:{line}:{column}: note: {remark}"));
        }
    }
}

/// The texts after mending what is said.
pub(crate) fn mended(checked: &Checked, telling: Telling) -> Rewritten {
    let mut edits: BTreeMap<FileId, Vec<_>> = BTreeMap::new();
    for judged in &checked.comments {
        let id = judged.comment.file;
        let file = checked.sources.file(id);
        if let Some(edit) = judged.edit(file, telling) {
            edits.entry(id).or_default().push(edit);
        }
    }
    let applied = edits.values().map(Vec::len).sum();
    let texts = edits.iter();
    let texts =
        texts.filter_map(|(id, edits)| Some((*id, rewrite::apply(&checked.sources.file(*id).text, edits)?)));
    Rewritten { texts: texts.collect(), applied }
}

/// `--add-ignore`: writes comments above what would be reported, and looks again whether they do.
pub(crate) fn add(
    arguments: &CheckArguments,
    book: &Book,
    judge: &Judge<'_>,
    mut narrowing: Narrowing,
    found: Found,
) -> Result<Exit, String> {
    let reason = arguments.adoption.reason.as_deref().unwrap_or_default();
    if let Some(why) = add::refuse(reason) {
        return Err(format!("--reason {why}"));
    }
    let bad_arguments = !found.bad_arguments.is_empty();
    let manifests = found.manifests.clone();
    let originals: BTreeMap<PathBuf, Text> =
        found.inputs.iter().map(|input| (input.path.clone(), input.text.clone())).collect();
    let mut checked = check::check(found, book, judge, arguments.no_prefilter, Answers::Engine);
    narrowing.verify(&checked)?;
    narrowing.apply(&mut checked);
    let wanted = checked.findings.len();
    let broken = fix::broken(&checked);
    let edits = add::edits(&checked.findings, &checked.sources, reason);
    let texts = edits.iter();
    let texts: BTreeMap<FileId, String> = texts
        .filter_map(|(id, edits)| Some((*id, rewrite::apply(&checked.sources.file(*id).text, edits)?)))
        .collect();
    let comments: usize = edits.values().map(Vec::len).sum();
    let inputs = fix::next(&mut checked, &texts, &mut narrowing);
    let again = Found { inputs, manifests, ..Found::default() };
    checked = check::check(again, book, judge, arguments.no_prefilter, Answers::Engine);
    narrowing.apply(&mut checked);
    fix::refuse_broken(&broken, &checked, "a comment")?;
    let changed = fix::changed(&checked, &originals);
    if arguments.diff {
        return fix::show(arguments, &changed, bad_arguments || checked.failed > 0);
    }
    if !fix::write_all(&changed) {
        // What is silenced is not known, so nothing is claimed and no report made.
        return Ok(Exit::Failed);
    }
    let mut failed = bad_arguments || checked.failed > 0;
    let silenced = wanted.saturating_sub(checked.findings.len());
    let (comments, files) = (plural(comments, "comment"), plural(changed.len(), "file"));
    output::say(&format!("silenced {} by {comments} in {files}", plural(silenced, "finding")));
    failed |= !reports::write(arguments, &checked, book, &BTreeMap::new())?;
    Ok(if failed { Exit::Failed } else { check::exit(arguments, &checked, judge) })
}
