//! `--shard` and `merge`: a run in parts, and all parts as one.

use super::arguments::CheckArguments;
use super::check::{self, Answers, Setting};
use super::{Exit, output, timings};
use crate::discover::Found;
use crate::engine::Options;
use crate::report::plural;
use crate::shard::{self, Parts, Scope, Shard};
use std::path::PathBuf;
use std::time::Instant;

/// Examines a share and writes the part.
pub(super) fn run(arguments: &CheckArguments, shard: Shard, started: Instant) -> Result<Exit, String> {
    let [file] = arguments.output.as_slice() else {
        return Err("--shard writes its part to one file: name it with --output".to_owned());
    };
    let exit = check::with_book(arguments, |setting, intact| {
        let found = timings::stage("discover", || check::find(arguments, setting.configs, None))?;
        let found = timings::stage("configure", || setting.settled(found))?;
        found.bad_arguments.iter().chain(&found.problems).for_each(output::complain_of);
        let failed = !found.bad_arguments.is_empty() || !intact;
        let (options, Found { inputs, .. }) = options(arguments, setting, found);
        let CheckArguments { paths, no_ignore, no_prefilter, .. } = arguments;
        let scope = Scope { paths: paths.clone(), no_ignore: *no_ignore, no_prefilter: *no_prefilter };
        let files = inputs.len();
        let count = shard::write(&PathBuf::from(file), shard, scope, inputs, setting.book, &options)?;
        output::say(&format!("{file}: shard {shard} examined {count} of {}", plural(files, "file")));
        // What was found is judged once all parts are together.
        Ok(if failed { Exit::Failed } else { Exit::Clean })
    });
    timings::tell(started);
    exit
}

/// Reports what the parts found, as the run would have that they are parts of.
pub(super) fn merge(arguments: CheckArguments) -> Result<Exit, String> {
    let CheckArguments { adoption, .. } = &arguments;
    if arguments.fix || arguments.diff || adoption.add_ignore || adoption.staged {
        return Err("merge reports what shards found in files as they are; it changes none".to_owned());
    }
    if arguments.shard.is_some() || arguments.watch || arguments.stdin_filename.is_some() {
        return Err("merge looks once, at what its parts looked at".to_owned());
    }
    let parts = arguments.paths.clone();
    let scope = shard::scope(parts.first().ok_or("no parts are named")?)?;
    let Scope { paths, no_ignore, no_prefilter } = scope;
    check::run_with(&CheckArguments { paths, no_ignore, no_prefilter, ..arguments }, Some(&parts))
}

/// The answers of parts, if they are about the files at hand.
pub(super) fn answers(
    parts: &[PathBuf],
    arguments: &CheckArguments,
    setting: &Setting<'_>,
    found: Found,
) -> Result<(Answers, Found), String> {
    let parts: Parts = shard::read(parts, setting.book)?;
    let (options, found) = options(arguments, setting, found);
    parts.verify(&found.inputs, &options)?;
    Ok((Answers::Parts(Box::new(parts)), Found { manifests: options.manifests, ..found }))
}

/// What the engine is told, and what it is not.
fn options(arguments: &CheckArguments, setting: &Setting<'_>, mut found: Found) -> (Options, Found) {
    let manifests = std::mem::take(&mut found.manifests);
    let no_notes = !setting.judge.may_keep_notes();
    let (no_prefilter, timings) = (arguments.no_prefilter, timings::timings());
    (Options { no_prefilter, no_notes, manifests, timings, ..Options::default() }, found)
}
