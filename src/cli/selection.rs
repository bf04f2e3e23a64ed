//! `--select`, `--ignore`, `--min-confidence` and `--pedantic` to which findings are reported.

use super::arguments::CheckArguments;
use crate::book::Book;
use crate::book::rule::Rule;
use crate::book::spell;
use crate::book::words::Level;
use crate::finding::{Confidence, Finding};
use crate::program::Name;

pub(crate) struct Selection {
    /// Empty: all.
    select: Vec<Name>,
    ignore: Vec<Name>,
    confidence: Confidence,
    notes: bool,
}

impl Selection {
    /// Fails on a name that no rule has or had.
    pub(crate) fn new(arguments: &CheckArguments, book: &Book) -> Result<Selection, String> {
        let ids = |names: &[String]| -> Result<Vec<Name>, String> {
            names.iter().map(|name| Ok(find(name, book)?.id.clone())).collect()
        };
        Ok(Selection {
            select: ids(&arguments.select)?,
            ignore: ids(&arguments.ignore)?,
            confidence: arguments.min_confidence.confidence(),
            notes: arguments.pedantic,
        })
    }

    pub(crate) fn keeps(&self, finding: &Finding) -> bool {
        let selected = self.select.contains(&finding.rule);
        let by_rule = (self.select.is_empty() || selected) && !self.ignore.contains(&finding.rule);
        let by_level = finding.level >= Level::Warning || self.notes || selected;
        by_rule && by_level && finding.level != Level::Off && finding.confidence >= self.confidence
    }

    /// Whether a note may be among what is reported.
    pub(crate) fn may_keep_notes(&self) -> bool {
        self.notes || !self.select.is_empty()
    }

    /// Whether all rules are looked at, so that an unused suppression is one.
    pub(crate) fn is_complete(&self) -> bool {
        self.select.is_empty() && self.ignore.is_empty() && self.confidence == Confidence::Low
    }
}

/// A rule by its name or a former one.
pub(crate) fn find<'a>(name: &str, book: &'a Book) -> Result<&'a Rule, String> {
    let name = name.trim();
    let is_it = |rule: &&Rule| *rule.id == *name || rule.former.iter().any(|former| **former == *name);
    book.rules
        .iter()
        .find(is_it)
        .ok_or_else(|| spell::unknown("rule", name, book.rules.iter().map(|rule| rule.id.as_str())))
}
