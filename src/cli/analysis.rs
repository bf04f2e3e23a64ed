//! An analysis as the command line shows it: with progress, from the folder of its arguments.

use super::arguments::ConfigFlags;
use super::{output, trouble};
use crate::book::Book;
use crate::config::Configs;
use crate::discover::{self, Ignoring};
use crate::engine::{Input, Options};
use crate::report::plural;
use crate::session::{self, Outcome};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Fewer files are done before anyone looks.
const FEW_FILES: usize = 200;

pub(crate) fn analyse(inputs: Vec<Input>, book: &Book, options: &Options) -> Outcome {
    with_progress(inputs.len(), || session::analyse(inputs, book, options))
}

/// Does something with so many files that may take a while.
pub(super) fn with_progress<T>(files: usize, work: impl FnOnce() -> T) -> T {
    let progress = progress(files);
    let result = work();
    progress.finish_and_clear();
    result
}

/// A spinner on a terminal, for runs that take long.
fn progress(files: usize) -> ProgressBar {
    if !std::io::stderr().is_terminal() || files < FEW_FILES {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new_spinner().with_message(format!("analysing {}", plural(files, "file")));
    if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// One file with all that lies beside it in the folder of the run, for what it calls there.
pub(crate) fn with_project(file: &Path) -> discover::Found {
    let inside = discover::shown(file).is_relative() && !file.is_dir();
    let all = [file.to_owned(), PathBuf::from(".")];
    discover::discover(if inside { &all } else { &all[..1] }, Ignoring::Honour)
}

/// The book for what begins in a folder, with the pages that its configuration names. Wrong pages
/// are told, and whether there are any; a wrong configuration is an error.
pub(crate) fn book(from: &Path, flags: &ConfigFlags) -> Result<(Book, bool), String> {
    let configs = Configs::new(&flags.request())?;
    let (book, errors) = session::configured_book(from, &configs);
    trouble::tell(&configs)?;
    for error in &errors {
        output::complain(&error.to_string());
    }
    Ok((book, errors.is_empty()))
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
