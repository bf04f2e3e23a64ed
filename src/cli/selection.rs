//! `--select`, `--ignore`, `--min-confidence`, `--pedantic` and `--fail-on` as the configuration takes them.

use super::arguments::CheckArguments;
use crate::book::Book;
use crate::config::{Flags, find_rule};
use crate::program::Name;

/// Fails on a name that no rule has or had.
pub(crate) fn flags(arguments: &CheckArguments, book: &Book) -> Result<Flags, String> {
    let ids = |names: &[String]| -> Result<Vec<Name>, String> {
        names.iter().map(|name| Ok(find_rule(name, book)?.id.clone())).collect()
    };
    Ok(Flags {
        select: ids(&arguments.select)?,
        ignore: ids(&arguments.ignore)?,
        min_confidence: arguments.min_confidence.map(|word| word.word()),
        pedantic: arguments.pedantic,
        fail_on: arguments.fail_on.map(|word| word.word()),
    })
}
