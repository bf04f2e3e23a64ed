//! The main job: paths to a report.

use super::analysis;
use super::arguments::CheckArguments;
use super::narrow::Narrowing;
use super::{Exit, caching, fix, ignores, output, reports, selection, sharding, timings, trouble, watching};
use crate::book::Book;
use crate::book::words::Level;
use crate::cache::Cache;
use crate::config::{Configs, Judge, judge};
use crate::discover::{self, Filter, Found, Ignoring};
use crate::engine::{Input, Options, Problem};
use crate::finding::Finding;
use crate::report::{Hidden, Silenced, SilencedBy, plural};
use crate::session::{self, Outcome};
use crate::shard::Parts;
use crate::source::Sources;
use crate::suppress::{self, Judged};
use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

/// Everything that a report and an exit code are made from.
pub(crate) struct Checked {
    pub(crate) findings: Vec<Finding>,
    pub(crate) sources: Sources,
    pub(crate) problems: Vec<Problem>,
    /// Suppression comments, and what they did.
    pub(crate) comments: Vec<Judged>,
    /// What comments silence, of what is selected.
    pub(crate) silenced: Vec<Silenced>,
    /// Files and functions that made the analysis fail.
    pub(crate) failed: usize,
    pub(crate) parsed: usize,
    /// What is left out because it is not new.
    pub(crate) hidden: Hidden,
}

pub(crate) fn run(arguments: &CheckArguments) -> Result<Exit, String> {
    if arguments.watch { watching::run(arguments) } else { run_once(arguments) }
}

/// One look at everything.
pub(super) fn run_once(arguments: &CheckArguments) -> Result<Exit, String> {
    run_with(arguments, None)
}

/// The same, from what shards found if their parts are named.
pub(crate) fn run_with(arguments: &CheckArguments, parts: Option<&[PathBuf]>) -> Result<Exit, String> {
    let started = Instant::now();
    if arguments.quiet {
        output::be_quiet();
    }
    if arguments.verbose {
        output::be_verbose();
    }
    if arguments.timings {
        timings::begin();
    }
    if let Some(shard) = arguments.shard {
        return sharding::run(arguments, shard, started);
    }
    reports::wanted(arguments)?;
    let exit = with_book(arguments, |setting, intact| {
        let exit = inputs_and_check(arguments, parts, setting, started)?;
        // A broken page is an error of configuration, whatever was found.
        Ok(if intact { exit } else { Exit::Failed })
    });
    timings::tell(started);
    exit
}

/// What a run goes by.
pub(crate) struct Setting<'r> {
    pub(crate) book: &'r Book,
    pub(crate) configs: &'r Arc<Configs>,
    pub(crate) judge: Judge<'r>,
}

impl Setting<'_> {
    /// The files, with what the configurations say of them; fails where one of those is broken.
    pub(crate) fn settled(&self, mut found: Found) -> Result<Found, String> {
        let paths = found.inputs.iter().map(|input| input.path.as_path());
        found.manifests.databases = judge::databases(self.configs, paths);
        self.judge.check();
        trouble::tell(self.configs)?;
        Ok(found)
    }
}

/// Does something on as many threads as are asked for, by the pages and the configurations that
/// count; it is told whether all pages could be read.
pub(crate) fn with_book<T: Send>(
    arguments: &CheckArguments,
    work: impl FnOnce(&Setting<'_>, bool) -> Result<T, String> + Send,
) -> Result<T, String> {
    let root = run_root(arguments);
    let configs = Arc::new(Configs::new(&arguments.config.request())?);
    let (book, errors) = timings::stage("pages", || session::configured_book(&root, &configs));
    for error in &errors {
        output::complain(&error.to_string());
    }
    let judge = Judge::new(&configs, &book, selection::flags(arguments, &book)?);
    let threads = configs.of_folder(&root).last("threads", |layer| layer.keys.threads);
    let threads = arguments.threads.or(threads.map(|stated| stated.value.into())).unwrap_or(0);
    let setting = Setting { book: &book, configs: &configs, judge };
    session::on_threads(threads, || work(&setting, errors.is_empty()))?
}

/// Where findings come from.
pub(crate) enum Answers {
    /// An analysis from the start.
    Engine,
    Cache(Box<Cache>),
    Parts(Box<Parts>),
}

fn inputs_and_check(
    arguments: &CheckArguments,
    parts: Option<&[PathBuf]>,
    setting: &Setting<'_>,
    started: Instant,
) -> Result<Exit, String> {
    let Setting { book, configs, judge } = setting;
    let narrowing = Narrowing::new(arguments)?;
    let open = || parts.map_or_else(|| caching::open(arguments, setting), |_| None);
    let cache = timings::stage("recall", open);
    let found = timings::stage("discover", || find(arguments, configs, cache.as_ref()))?;
    let found = narrowing.texts(found, arguments)?;
    let found = timings::stage("configure", || setting.settled(found))?;
    for problem in found.bad_arguments.iter().chain(&found.problems) {
        output::complain_of(problem);
    }
    if arguments.verbose {
        tell_skipped(&found);
    }
    let bad_arguments = !found.bad_arguments.is_empty();
    let nothing = found.inputs.is_empty();
    if nothing {
        output::say("no files to analyse");
        tell_skipped(&found);
    }
    // Nothing to analyse is still a report for who reads it: an empty run.
    if !nothing && arguments.adoption.add_ignore {
        return ignores::add(arguments, book, judge, narrowing, found);
    }
    if !nothing && (arguments.fix || arguments.diff) {
        return fix::run(arguments, book, judge, narrowing, found);
    }
    let skipped: BTreeMap<&'static str, usize> =
        found.skipped.iter().map(|(reason, count)| (reason.text(), *count)).collect();
    let (answers, found) = match (parts, cache) {
        (Some(parts), _) => sharding::answers(parts, arguments, setting, found)?,
        (None, Some(cache)) => (Answers::Cache(Box::new(cache)), found),
        (None, None) => (Answers::Engine, found),
    };
    let mut checked = check(found, book, judge, arguments.no_prefilter, answers);
    narrowing.verify(&checked)?;
    narrowing.apply(&mut checked);
    narrowing.tell_stale(&checked, judge);
    let written = timings::stage("report", || reports::write(arguments, &checked, book, &skipped))?;
    ignores::tell(&checked, ignores::telling(judge));
    if arguments.statistics {
        tell_statistics(&checked, started);
    }
    let failed = bad_arguments || checked.failed > 0 || !written;
    if nothing && !failed {
        // A hook must let a commit through that holds no code, and a text passed on is no failure.
        let is_fine = arguments.adoption.staged || (arguments.fix && arguments.stdin_filename.is_some());
        return Ok(if is_fine { Exit::Clean } else { Exit::NoInput });
    }
    Ok(if failed { Exit::Failed } else { exit(arguments, &checked, judge) })
}

/// The files that the arguments name, or standard input.
pub(crate) fn find(
    arguments: &CheckArguments,
    configs: &Arc<Configs>,
    cache: Option<&Cache>,
) -> Result<Found, String> {
    let ignoring = if arguments.no_ignore { Ignoring::Disregard } else { Ignoring::Honour };
    let is_standard_input = |path: &std::path::PathBuf| path == Path::new("-");
    if !arguments.paths.iter().any(is_standard_input) && arguments.stdin_filename.is_none() {
        let filter = filter(arguments, configs);
        return Ok(discover::discover_again(&arguments.paths, ignoring, &filter, cache.map(Cache::memory)));
    }
    let path = arguments
        .stdin_filename
        .as_ref()
        .ok_or("`-` needs `--stdin-filename PATH`, whose extension tells the language")?;
    if crate::syntax::language(path).is_none() {
        return Err(format!("{}: is not a file of a language that is analysed", path.display()));
    }
    let mut bytes = Vec::new();
    let input = std::io::stdin().lock().take(discover::LARGEST_FILE + 1).read_to_end(&mut bytes);
    input.map_err(|error| format!("cannot read standard input: {error}"))?;
    let filter = filter(arguments, configs);
    let path = discover::shown(path);
    let mut found = Found::default();
    if filter.force && (filter.leaves_out)(&path, false) {
        found.skipped.insert(discover::Reason::Configured, 1);
        if arguments.fix && !arguments.diff {
            // Who pipes a file through gets it back, whether or not it is to be looked at.
            output::pass_on(&bytes)?;
        }
        return Ok(found);
    }
    match discover::text_of(bytes) {
        Ok(text) => found.inputs.push(Input { path, text: text.into() }),
        Err((position, message)) => found.bad_arguments.push(Problem { path, position, message }),
    }
    Ok(found)
}

/// The folder whose configuration speaks for the run as a whole.
fn run_root(arguments: &CheckArguments) -> PathBuf {
    match &arguments.stdin_filename {
        Some(path) => path.parent().filter(|folder| folder.is_dir()).unwrap_or(Path::new(".")).to_owned(),
        None => analysis::root(&arguments.paths),
    }
}

/// What the configurations leave out.
fn filter(arguments: &CheckArguments, configs: &Arc<Configs>) -> Filter {
    let forced =
        configs.of_folder(&run_root(arguments)).last("force-exclude", |layer| layer.keys.force_exclude);
    let force = arguments.force_exclude || forced.is_some_and(|stated| stated.value);
    let configs = configs.clone();
    Filter { leaves_out: Arc::new(move |path, is_folder| configs.leaves_out(path, is_folder)), force }
}

/// Analyses, applies suppressions, judges.
pub(crate) fn check(
    found: Found,
    book: &Book,
    judge: &Judge<'_>,
    no_prefilter: bool,
    answers: Answers,
) -> Checked {
    let Found { inputs, manifests, mut problems, bad_arguments, looked, .. } = found;
    let no_notes = !judge.may_keep_notes();
    let timings = timings::timings();
    let options = Options { no_prefilter, no_notes, manifests, timings, ..Options::default() };
    let Outcome { report, failed, internal_errors } = match answers {
        Answers::Cache(cache) => caching::analyse(*cache, inputs, looked, book, &options),
        Answers::Parts(parts) => Outcome::of(parts.report(inputs), Vec::new()),
        Answers::Engine => analysis::analyse(inputs, book, &options),
    };
    for problem in report.problems.iter().chain(&failed) {
        output::complain_of(problem);
    }
    let apply = || suppress::apply(report.findings, &report.sources, &book.rules);
    let suppressed = timings::stage("suppress", apply);
    let silenced = suppressed.silenced.into_iter().zip(suppressed.reasons);
    let silenced = silenced
        .filter_map(|(finding, reason)| {
            let finding = judge.judge(vec![finding], &report.sources).pop()?;
            Some(Silenced { finding, reason, by: SilencedBy::Comment })
        })
        .collect();
    let mut findings = timings::stage("judge", || judge.judge(suppressed.kept, &report.sources));
    findings.sort_by(|one, other| one.order().cmp(&other.order()));
    problems.extend(bad_arguments);
    problems.extend(report.problems);
    problems.extend(failed.iter().cloned());
    problems.sort();
    Checked {
        findings,
        sources: report.sources,
        problems,
        comments: suppressed.comments,
        silenced,
        failed: internal_errors,
        parsed: report.statistics.parsed,
        hidden: Hidden::default(),
    }
}

/// What the findings make of the exit code.
pub(crate) fn exit(arguments: &CheckArguments, checked: &Checked, judge: &Judge<'_>) -> Exit {
    let warnings = checked.findings.iter().filter(|finding| finding.level == Level::Warning).count();
    // A bound on warnings speaks of them alone, and says what --fail-on says of the others.
    let too_many = arguments.max_warnings.is_some_and(|most| warnings > most);
    let counts = |finding: &Finding| finding.level != Level::Warning || arguments.max_warnings.is_none();
    let fails = |finding: &Finding| counts(finding) && judge.fails(finding, &checked.sources);
    let found = too_many || checked.findings.iter().any(fails);
    if found
        && too_many
        && let Some(most) = arguments.max_warnings
    {
        output::say(&format!("{}, and --max-warnings tolerates {most}", plural(warnings, "warning")));
    }
    if found && !arguments.exit_zero { Exit::Found } else { Exit::Clean }
}

fn tell_skipped(found: &Found) {
    for (reason, count) in &found.skipped {
        output::say(&format!("left out: {count} {}", reason.text()));
    }
}

fn tell_statistics(checked: &Checked, started: Instant) {
    let mut rules: BTreeMap<&str, usize> = BTreeMap::new();
    for finding in &checked.findings {
        *rules.entry(&finding.rule).or_default() += 1;
    }
    let mut rules: Vec<_> = rules.into_iter().collect();
    rules.sort_by_key(|(rule, count)| (std::cmp::Reverse(*count), *rule));
    for (rule, count) in rules {
        output::say(&format!("{count:>6}  {rule}"));
    }
    let lines: u64 = checked.sources.files.iter().map(|file| u64::from(file.line_count())).sum();
    output::say(&format!(
        "{} findings, {} suppressed; {} files, {} parsed, {lines} lines; {:.2} s",
        checked.findings.len(),
        checked.silenced.len(),
        checked.sources.files.len(),
        checked.parsed,
        started.elapsed().as_secs_f64()
    ));
}
