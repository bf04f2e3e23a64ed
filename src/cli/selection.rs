//! `--select`, `--ignore`, `--min-confidence`, `--pedantic` and `--fail-on` as the configuration takes them.

use super::arguments::CheckArguments;
use super::output;
use crate::book::Book;
use crate::config::{Flags, aging, find_rule};
use crate::program::Name;

/// Fails on a name that no rule has or had.
pub(crate) fn flags(arguments: &CheckArguments, book: &Book) -> Result<Flags, String> {
    let ids = |names: &[String]| -> Result<Vec<Name>, String> {
        let id = |name: &String| {
            let rule = find_rule(name, book)?;
            if let Some(told) = aging(name, rule) {
                output::say(&format!("warning: {told}"));
            }
            Ok(rule.id.clone())
        };
        names.iter().map(id).collect()
    };
    Ok(Flags {
        select: ids(&arguments.select)?,
        ignore: ids(&arguments.ignore)?,
        min_confidence: arguments.min_confidence.map(|word| word.word()),
        pedantic: arguments.pedantic,
        fail_on: arguments.fail_on.map(|word| word.word()),
    })
}
