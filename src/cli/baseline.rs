//! `baseline create` and `baseline prune`: findings to the file of those that are known.

use super::adopting::{BaselineAction, BaselineArguments, CreateArguments, LookArguments, PruneArguments};
use super::arguments::{Arguments, CheckArguments};
use super::check::{self, Answers, Checked};
use super::{Exit, caching, fix, narrow, output};
use crate::baseline::{Baseline, Entry};
use crate::discover::plain;
use crate::report::plural;
use crate::rewrite;
use clap::Parser;
use std::path::Path;

pub(crate) fn run(arguments: &BaselineArguments) -> Result<Exit, String> {
    match &arguments.action {
        BaselineAction::Create(arguments) => create(arguments),
        BaselineAction::Prune(arguments) => prune(arguments),
    }
}

fn create(wanted: &CreateArguments) -> Result<Exit, String> {
    let arguments = CheckArguments {
        select: wanted.select.clone(),
        ignore: wanted.ignore.clone(),
        min_confidence: wanted.min_confidence,
        pedantic: wanted.pedantic,
        ..looking(&wanted.look)?
    };
    let Some(checked) = findings(&arguments)? else { return Ok(Exit::Failed) };
    let baseline = Baseline::of(&checked.findings, &checked.sources);
    write(&wanted.output, &baseline)?;
    let files = plural(checked.sources.files.len(), "file");
    let path = wanted.output.display();
    output::say(&format!("{path}: holds {} of {files}", plural(baseline.count(), "finding")));
    Ok(Exit::Clean)
}

/// Looks at all that can be found, so that nothing seems to be gone that a narrower look misses.
fn prune(wanted: &PruneArguments) -> Result<Exit, String> {
    let before = narrow::read(&wanted.baseline)?;
    let arguments = CheckArguments { pedantic: true, ..looking(&wanted.look)? };
    let Some(checked) = findings(&arguments)? else { return Ok(Exit::Failed) };
    // Of a file that was understood in part, what is missing may be in the other part.
    let broken = fix::broken(&checked);
    let may_go =
        |entry: &Entry| narrow::was_seen(entry, &checked) && !broken.contains(Path::new(&entry.path));
    let after = before.pruned(&checked.findings, &checked.sources, may_go);
    let dropped = before.count() - after.count();
    for (entry, missing) in before.stale(&checked.findings).filter(|(entry, _)| may_go(entry)) {
        let times = if missing > 1 { format!(" ({missing} times)") } else { String::new() };
        output::say(&format!("{}: [{}] no longer occurs{times}", entry.path, entry.rule));
    }
    let path = wanted.baseline.display();
    let (gone, left) = (plural(dropped, "finding"), after.count());
    if wanted.check {
        output::say(&format!("{path}: {gone} to drop, {left} left"));
        return Ok(if dropped > 0 { Exit::Found } else { Exit::Clean });
    }
    if after != before {
        write(&wanted.baseline, &after)?;
    }
    output::say(&format!("{path}: {gone} dropped, {left} left"));
    Ok(Exit::Clean)
}

/// A check with nothing else asked for.
fn looking(look: &LookArguments) -> Result<CheckArguments, String> {
    let arguments = Arguments::try_parse_from(["toctou-lint"]).map_err(|error| error.to_string())?;
    Ok(CheckArguments {
        paths: look.paths.clone(),
        no_ignore: look.no_ignore,
        threads: look.threads,
        cache: look.cache.clone(),
        config: look.config.clone(),
        ..arguments.check
    })
}

/// What a check would report without a baseline; nothing if a part of it failed, since a baseline
/// must not rest on half of the findings.
fn findings(arguments: &CheckArguments) -> Result<Option<Checked>, String> {
    check::with_book(arguments, |setting, intact| {
        let cache = caching::open(arguments, setting);
        let found = setting.settled(check::find(arguments, setting.configs, cache.as_ref())?)?;
        for problem in found.bad_arguments.iter().chain(&found.problems) {
            output::complain_of(problem);
        }
        let intact = intact && found.bad_arguments.is_empty();
        let answers = cache.map_or(Answers::Engine, |cache| Answers::Cache(Box::new(cache)));
        let checked = check::check(found, setting.book, &setting.judge, arguments.no_prefilter, answers);
        Ok((intact && checked.failed == 0).then_some(checked))
    })
}

fn write(path: &Path, baseline: &Baseline) -> Result<(), String> {
    rewrite::put(path, &baseline.render())
        .map_err(|error| format!("{}: cannot be written: {}", path.display(), plain(&error)))
}
