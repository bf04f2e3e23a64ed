//! Whether a run uses a cache, and which.

use super::analysis;
use super::arguments::CheckArguments;
use super::check::Setting;
use super::output;
use crate::book::Book;
use crate::cache::{self, Cache, Terms};
use crate::config::read::OWN_NAMES;
use crate::discover::Looked;
use crate::engine::{Input, Options};
use crate::session::Outcome;
use std::path::PathBuf;

/// Names the folder as `--cache-dir` does.
const VARIABLE: &str = "TOCTOU_LINT_CACHE_DIR";

/// The cache of a run that looks at folders as they are: a few files that are named are analysed
/// anyway, and who rewrites files needs all that is known of them.
pub(super) fn open(arguments: &CheckArguments, setting: &Setting<'_>) -> Option<Cache> {
    let CheckArguments { adoption, cache, .. } = arguments;
    let is_other = adoption.staged || adoption.add_ignore || arguments.fix || arguments.diff;
    let is_whole = arguments.stdin_filename.is_none() && arguments.paths.iter().any(|path| path.is_dir());
    if cache.no_cache || is_other || !is_whole {
        return None;
    }
    let terms = Terms {
        book: setting.book,
        arguments: &arguments.paths,
        no_ignore: arguments.no_ignore,
        no_prefilter: arguments.no_prefilter,
        notes: arguments.pedantic || !arguments.select.is_empty(),
    };
    Some(Cache::open(&folder(arguments), &terms))
}

fn folder(arguments: &CheckArguments) -> PathBuf {
    let named = || std::env::var_os(VARIABLE).filter(|value| !value.is_empty()).map(PathBuf::from);
    let marks = [&[".git"], OWN_NAMES.as_slice()].concat();
    arguments.cache.cache_dir.clone().or_else(named).unwrap_or_else(|| cache::default_folder(&marks))
}

pub(super) fn analyse(
    cache: Cache,
    inputs: Vec<Input>,
    looked: Vec<Looked>,
    book: &Book,
    options: &Options,
) -> Outcome {
    let files = inputs.len();
    let (outcome, told) = analysis::with_progress(files, || cache.analyse(inputs, looked, book, options));
    if let Some(told) = told {
        output::detail(&told);
    }
    outcome
}
