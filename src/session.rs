//! Files in memory to a report that survives whatever a file holds: the book to use, threads with
//! room, panics caught.

use crate::book::{Book, load};
use crate::config::Configs;
use crate::discover;
use crate::engine::{self, Input, Options, Problem, Report};
use crate::page::PageError;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Where the user's own pages live.
pub const USER_PAGES: &str = ".toctou";
/// How messages of our own defects begin, the engine's too.
pub const INTERNAL: &str = "internal error: ";
/// Of each worker thread; nesting is bounded elsewhere, this is the reserve.
const STACK: usize = 16 * 1024 * 1024;

/// What a run gives.
#[derive(Debug, Default)]
pub struct Outcome {
    pub report: Report,
    /// Files that made the analysis fail; the report has the others.
    pub failed: Vec<Problem>,
    /// Those, and the functions that did so.
    pub internal_errors: usize,
}

/// The embedded pages and those in `.toctou/` of the folder or above it, as far as they are right.
pub fn book(from: &Path) -> (Book, Vec<PageError>) {
    book_with(from, &[])
}

/// The same, with more folders of pages.
pub fn book_with(from: &Path, more: &[PathBuf]) -> (Book, Vec<PageError>) {
    let absolute = std::path::absolute(from).unwrap_or_else(|_| from.to_owned());
    let folder = absolute.ancestors().map(|folder| folder.join(USER_PAGES)).find(|folder| folder.is_dir());
    let (mut pages, mut errors) = (Vec::new(), Vec::new());
    // A folder that is named twice is read once.
    let mut folders: Vec<&PathBuf> = folder.iter().chain(more).collect();
    let mut seen = BTreeSet::new();
    folders.retain(|folder| seen.insert(folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf())));
    for folder in folders {
        let (more, wrong) = load::read_folder(&discover::shown(folder));
        pages.extend(more);
        errors.extend(wrong);
    }
    let (book, more) = load::load_leniently(pages);
    errors.extend(more);
    (book, errors)
}

/// The book for a run that begins in a folder, with the pages that its configuration names; those
/// that are no folder are taken down as wrong.
pub fn configured_book(from: &Path, configs: &Configs) -> (Book, Vec<PageError>) {
    book_with(from, &configured_pages(from, configs))
}

/// The folders of pages that the configuration of a folder names; those that are none are taken
/// down as wrong.
pub fn configured_pages(from: &Path, configs: &Configs) -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for pages in configs.of_folder(from).pages() {
        if pages.value.is_dir() {
            folders.push(pages.value);
        } else {
            let message = format!("{} is no folder of pages", discover::shown(&pages.value).display());
            configs.note_missing(&pages.source, pages.at, message);
        }
    }
    folders
}

/// Runs on so many threads; 0 is one a core.
pub fn on_threads<T: Send>(threads: usize, work: impl FnOnce() -> T + Send) -> Result<T, String> {
    Ok(pool(threads)?.install(work))
}

/// So many threads with room for what an analysis needs, to be kept; 0 is one a core.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, String> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads.min(1024)).stack_size(STACK);
    pool.build().map_err(|error| format!("cannot start threads: {error}"))
}

/// Analyses the files; those that make it panic are left out and named.
pub fn analyse(inputs: Vec<Input>, book: &Book, options: &Options) -> Outcome {
    survive(inputs, &|inputs| engine::check(inputs, book, options))
}

/// The engine catches what a single function or file makes it do; this catches all else.
fn survive(inputs: Vec<Input>, check: &dyn Fn(Vec<Input>) -> Report) -> Outcome {
    let attempt = |inputs| catch_unwind(AssertUnwindSafe(|| check(inputs))).ok();
    let mut failed = Vec::new();
    let report = attempt(inputs.clone()).unwrap_or_else(|| {
        // Find the files that panic by themselves, and go on without them.
        let (good, bad): (Vec<Input>, Vec<Input>) =
            inputs.into_iter().partition(|input| attempt(vec![input.clone()]).is_some());
        failed.extend(bad.iter().map(|input| internal_error(&input.path)));
        attempt(good).unwrap_or_else(|| {
            failed.push(internal_error(Path::new("all files together")));
            Report::default()
        })
    });
    Outcome::of(report, failed)
}

impl Outcome {
    /// A report without the files that made the analysis fail.
    pub fn of(report: Report, failed: Vec<Problem>) -> Outcome {
        let inside = report.problems.iter().filter(|problem| problem.message.starts_with(INTERNAL));
        let internal_errors = failed.len() + inside.count();
        Outcome { report, failed, internal_errors }
    }
}

fn internal_error(path: &Path) -> Problem {
    let message = format!("{INTERNAL}the analysis panicked; please report it");
    Problem { path: path.to_owned(), position: None, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_panics_costs_only_itself() {
        let input = |name: &str, text: &str| Input { path: PathBuf::from(name), text: text.into() };
        let check = |inputs: Vec<Input>| {
            assert!(!inputs.iter().any(|input| input.text == *"bad"), "asked to");
            Report {
                statistics: engine::Statistics { files: inputs.len(), ..Default::default() },
                ..Report::default()
            }
        };
        let outcome = survive(vec![input("a.ts", "bad"), input("b.ts", "good")], &check);
        assert_eq!(outcome.internal_errors, 1);
        assert_eq!(outcome.failed[0].path, PathBuf::from("a.ts"));
        assert_eq!(outcome.report.statistics.files, 1);
    }
}
