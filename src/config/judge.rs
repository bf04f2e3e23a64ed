//! Findings as the configuration of their file wants them: left out, louder, quieter, explained.

use super::chain::Chain;
use super::find::Configs;
use super::keys::{DatabaseKind, LevelWord, Sureness};
use super::ownership::Owned;
use super::policy::{self, Flags, Policy, RulePolicy};
use crate::book::Book;
use crate::book::words::{Level, Status};
use crate::discover::whole;
use crate::finding::{Confidence, Finding};
use crate::manifest::Database;
use crate::source::Sources;
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The configurations of a run with the book and the flags of the command line.
pub struct Judge<'r> {
    pub configs: &'r Configs,
    pub book: &'r Book,
    pub flags: Flags,
    /// Where the paths of findings begin; where the program runs, if empty.
    pub base: PathBuf,
    known: Mutex<FxHashMap<PathBuf, Arc<Verdict>>>,
}

/// What holds for the findings of one file.
struct Verdict {
    policy: Policy,
    owned: Owned,
    confidence: Confidence,
    notes: bool,
}

impl<'r> Judge<'r> {
    /// Nothing is looked up before it is asked for.
    pub fn new(configs: &'r Configs, book: &'r Book, flags: Flags) -> Judge<'r> {
        Judge { configs, book, flags, base: PathBuf::new(), known: Mutex::default() }
    }

    /// Takes down what is wrong with the names of rules in all configurations read so far.
    pub fn check(&self) {
        for chain in self.configs.chains() {
            self.configs.note(policy::troubles(&chain, self.book));
        }
    }

    /// The settings of a file, flags included.
    pub fn policy(&self, file: &Path) -> Policy {
        self.policy_in(&self.configs.of_file(file), file)
    }

    /// What a configuration says of a file, flags included.
    pub fn policy_in(&self, chain: &Chain, file: &Path) -> Policy {
        let mut policy = policy::of(chain, &whole(file), self.book);
        policy.forget(&self.flags.select);
        policy
    }

    fn verdict(&self, file: &Path) -> Arc<Verdict> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verdict) = known.get(file) {
            return verdict.clone();
        }
        let place = self.base.join(file);
        let policy = self.policy(&place);
        let stated = policy.min_confidence.as_ref().map(|stated| stated.value);
        let verdict = Arc::new(Verdict {
            confidence: self
                .flags
                .min_confidence
                .or(stated)
                .map_or(Confidence::Low, |word| word.confidence()),
            notes: self.flags.pedantic || policy.pedantic.as_ref().is_some_and(|stated| stated.value),
            owned: Owned::new(&self.configs.of_file(&place)),
            policy,
        });
        known.insert(file.to_owned(), verdict.clone());
        verdict
    }

    /// By which declaration a finding is about what nobody else writes, in words; nothing if by none.
    pub fn declared(&self, finding: &Finding, sources: &Sources) -> Option<String> {
        let verdict = self.verdict(sources.path(finding.act.span));
        let declared = verdict.owned.declared(&finding.subject)?;
        Some(declared.told(&declared.stated.origin()))
    }

    /// The findings to report, at the level at which they are.
    pub fn judge(&self, findings: Vec<Finding>, sources: &Sources) -> Vec<Finding> {
        findings.into_iter().filter_map(|finding| self.judged(finding, sources)).collect()
    }

    fn judged(&self, mut finding: Finding, sources: &Sources) -> Option<Finding> {
        let verdict = self.verdict(sources.path(finding.act.span));
        let none = RulePolicy::default();
        let rule = verdict.policy.rules.get(&finding.rule).unwrap_or(&none);
        let selected = self.is_selected(&verdict, &finding)?;
        if !selected && rule.level.is_none() && !self.is_in_force(&verdict, &finding) {
            return None;
        }
        if let Some(level) = &rule.level {
            finding.level = self.level(&finding, level.value);
        }
        if let Some(declared) = verdict.owned.declared(&finding.subject) {
            if verdict.owned.silences {
                return None;
            }
            finding.level = finding.level.min(Level::Note);
            let origin = declared.stated.origin();
            finding.notes.push(declared.told(&origin));
        }
        let confidence = match (&rule.min_confidence, self.flags.min_confidence) {
            (Some(own), None) => own.value.confidence(),
            _ => verdict.confidence,
        };
        let trusts = verdict.policy.trust_names.as_ref().is_none_or(|stated| stated.value);
        let notes = verdict.notes || selected || rule.notes.as_ref().is_some_and(|stated| stated.value);
        let told = finding.level >= Level::Warning || (finding.level == Level::Note && notes);
        let sure = finding.confidence >= confidence && (trusts || !finding.subject.by_name);
        (told && sure).then_some(finding)
    }

    /// Whether a rule is reported without being asked for: not on its way out, and in preview only if
    /// such rules are wanted.
    fn is_in_force(&self, verdict: &Verdict, finding: &Finding) -> bool {
        let status = self.book.rules.iter().find(|rule| rule.id == finding.rule).map(|rule| rule.status);
        match status {
            Some(Status::Preview) => verdict.policy.preview.as_ref().is_none_or(|stated| stated.value),
            Some(Status::Deprecated) => false,
            Some(Status::Stable) | None => true,
        }
    }

    /// Whether a finding's rule is asked for by name; `None` if it is not to be reported.
    fn is_selected(&self, verdict: &Verdict, finding: &Finding) -> Option<bool> {
        let Policy { select, ignore, .. } = &verdict.policy;
        let ignored = ignore.iter().any(|name| name.value == finding.rule);
        if ignored || self.flags.ignore.contains(&finding.rule) {
            return None;
        }
        if !self.flags.select.is_empty() {
            return self.flags.select.contains(&finding.rule).then_some(true);
        }
        match select {
            Some(select) => select.iter().any(|name| name.value == finding.rule).then_some(true),
            None => Some(false),
        }
    }

    /// A stated level stands in for the rule's own. What brings a finding down still does: guessed
    /// calls, tests; nothing brings it above what was stated.
    fn level(&self, finding: &Finding, stated: LevelWord) -> Level {
        let stated = stated.level();
        if stated == Level::Off {
            return Level::Off;
        }
        let own = self.book.rules.iter().find(|rule| rule.id == finding.rule).map(|rule| rule.level);
        let ladder = [Level::Note, Level::Warning, Level::Error];
        let step = |level: Level| ladder.iter().position(|rung| *rung == level).unwrap_or(0);
        let own = own.unwrap_or(stated);
        // What is only guessed is a note, whatever its rule is.
        if finding.confidence == Confidence::Low {
            return Level::Note;
        }
        let moved = step(finding.level) as isize + step(stated) as isize - step(own) as isize;
        let moved = ladder.get(moved.max(0) as usize).copied().unwrap_or(Level::Error);
        moved.min(stated)
    }

    /// Whether a note may be among what is reported.
    pub fn may_keep_notes(&self) -> bool {
        if self.flags.pedantic || !self.flags.select.is_empty() {
            return true;
        }
        let louder = |keys: &super::policy::RuleKeys<'_>| {
            keys.pedantic == Some(true)
                || keys.select.is_some_and(|select| !select.is_empty())
                // A rule that is raised makes more of what is a note by itself.
                || !keys.rules.is_empty()
        };
        self.configs.chains().iter().any(|chain| policy::all_keys(chain).iter().any(louder))
    }

    /// Whether the command line narrows what is looked for, so that little can be said of the rest.
    pub fn is_narrowed(&self) -> bool {
        let Flags { select, ignore, min_confidence, .. } = &self.flags;
        !(select.is_empty() && ignore.is_empty() && lowest(*min_confidence))
    }

    /// Whether everything is reported that is found, so that what a baseline holds and no longer
    /// occurs is gone.
    pub fn is_complete(&self) -> bool {
        let plain = |keys: &super::policy::RuleKeys<'_>| {
            keys.select.is_none_or(|select| select.is_empty())
                && keys.ignore.is_empty()
                && keys.rules.is_empty()
                && lowest(keys.min_confidence)
                && keys.trust_names != Some(false)
                && keys.preview != Some(false)
        };
        let chains = self.configs.chains();
        !self.is_narrowed() && chains.iter().all(|chain| policy::all_keys(chain).iter().all(plain))
    }

    /// Whether some configuration asks for notes, or the command line does.
    pub fn is_pedantic(&self) -> bool {
        let asks = |keys: &super::policy::RuleKeys<'_>| keys.pedantic == Some(true);
        self.flags.pedantic
            || self.configs.chains().iter().any(|chain| policy::all_keys(chain).iter().any(asks))
    }

    /// Whether a finding makes the run fail.
    pub fn fails(&self, finding: &Finding, sources: &Sources) -> bool {
        let verdict = self.verdict(sources.path(finding.act.span));
        let stated = verdict.policy.fail_on.as_ref().map(|stated| stated.value);
        let least = match self.flags.fail_on.or(stated) {
            Some(word) => word.level(),
            None => Some(Level::Warning),
        };
        least.is_some_and(|least| finding.level >= least)
    }
}

/// Whether findings of any confidence are reported.
fn lowest(word: Option<Sureness>) -> bool {
    word.is_none_or(|word| word.confidence() == Confidence::Low)
}

/// The databases behind files, for those whose configuration names one.
pub fn databases<'p>(configs: &Configs, files: impl Iterator<Item = &'p Path>) -> Vec<(PathBuf, Database)> {
    let mut found: Vec<(PathBuf, Database)> = files
        .filter_map(|file| {
            let chain = configs.of_file(file);
            let kind = chain.last("database", |layer| layer.keys.database.as_ref()?.kind);
            let kind = kind.map(|stated| stated.value);
            let stated = chain.last("database", |layer| layer.keys.database.as_ref()?.isolation);
            let stated = stated.map(|stated| stated.value.isolation());
            let isolation = stated.or(kind.map(DatabaseKind::isolation))?;
            let overwrites = kind.is_some_and(DatabaseKind::overwrites);
            Some((file.to_owned(), Database { isolation: Some(isolation), overwrites }))
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}
