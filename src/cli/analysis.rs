//! Files in memory to a report that survives whatever a file holds: threads, progress, panics.

use crate::book::{Book, load};
use crate::engine::{self, Input, Options, Problem, Report};
use crate::manifest::Manifests;
use crate::page::PageError;
use crate::report::plural;
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where the user's own pages live.
pub(crate) const USER_PAGES: &str = ".toctou";
/// Of each worker thread; deep nesting is bounded elsewhere, this is the reserve.
const STACK: usize = 16 * 1024 * 1024;

/// The embedded pages and those in `.toctou/` of the folder or above it, as far as they are right.
pub(crate) fn book(from: &Path) -> (Book, Vec<PageError>) {
    let absolute = std::path::absolute(from).unwrap_or_else(|_| from.to_owned());
    let folder = absolute.ancestors().map(|folder| folder.join(USER_PAGES)).find(|folder| folder.is_dir());
    let Some(folder) = folder else { return load::load_leniently(Vec::new()) };
    let (pages, mut errors) = load::read_folder(&crate::discover::shown(&folder));
    let (book, more) = load::load_leniently(pages);
    errors.extend(more);
    (book, errors)
}

/// What a run gives.
pub(crate) struct Outcome {
    pub(crate) report: Report,
    /// Files that made the analysis fail; the report has the others.
    pub(crate) failed: Vec<Problem>,
}

/// Runs on so many threads; 0 is one a core.
pub(crate) fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T, String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.min(1024)).stack_size(STACK);
    let pool = pool.build().map_err(|error| format!("cannot start threads: {error}"))?;
    Ok(pool.install(work))
}

/// Analyses the files; those that make it panic are left out and named.
pub(crate) fn analyse(inputs: Vec<Input>, book: &Book, manifests: Manifests, no_prefilter: bool) -> Outcome {
    let progress = progress(inputs.len());
    let options = Options { no_prefilter, manifests };
    let outcome = guarded(inputs, book, &options);
    progress.finish_and_clear();
    outcome
}

fn guarded(inputs: Vec<Input>, book: &Book, options: &Options) -> Outcome {
    if let Some(report) = attempt(inputs.clone(), book, options) {
        return Outcome { report, failed: Vec::new() };
    }
    // Something panicked: find the files that do so by themselves, and go on without them.
    let (good, bad): (Vec<Input>, Vec<Input>) =
        inputs.into_iter().partition(|input| attempt(vec![input.clone()], book, options).is_some());
    let mut failed: Vec<Problem> = bad.iter().map(|input| internal_error(&input.path)).collect();
    let report = attempt(good, book, options).unwrap_or_else(|| {
        failed.push(internal_error(Path::new("all files together")));
        Report::default()
    });
    Outcome { report, failed }
}

fn attempt(inputs: Vec<Input>, book: &Book, options: &Options) -> Option<Report> {
    catch_unwind(AssertUnwindSafe(|| engine::check(inputs, book, options))).ok()
}

fn internal_error(path: &Path) -> Problem {
    let message = "internal error: the analysis panicked; please report it".to_owned();
    Problem { path: path.to_owned(), position: None, message }
}

/// A spinner on a terminal, for runs that take long.
fn progress(files: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() || files < 200 {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(format!("analysing {}", plural(files, "file")));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// The folder whose `.toctou/` counts: that of the first argument.
pub(crate) fn root(paths: &[PathBuf]) -> PathBuf {
    let first = paths.first().map_or(Path::new("."), PathBuf::as_path);
    let folder = if first.is_file() { first.parent().unwrap_or(first) } else { first };
    if folder.as_os_str().is_empty() || folder == Path::new("-") {
        PathBuf::from(".")
    } else {
        folder.to_owned()
    }
}
