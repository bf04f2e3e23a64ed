//! Findings that are known and let be, by fingerprint: the file that a team keeps beside its code.
//!
//! ```json
//! {
//!   "findings": [
//!     { "count": 1, "fingerprint": "…", "level": "warning", "message": "…", "path": "src/a.ts", "rule": "…" }
//!   ],
//!   "version": 1
//! }
//! ```
//!
//! A fingerprint and its count are what is compared; the rest is for whoever reads the file or a
//! change of it. No line numbers stand there, so that lines may move.

use crate::finding::Finding;
use crate::report;
use crate::source::{Position, Sources};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::num::NonZeroU32;

/// The file that is found by itself in the folder of a run.
pub const FILE: &str = "toctou-lint-baseline.json";
/// Of the shape, not of the program.
pub const VERSION: u32 = 1;

/// Findings that are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Baseline {
    /// By fingerprint.
    entries: BTreeMap<String, Entry>,
}

/// Findings of one fingerprint.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize, Serialize)]
pub struct Entry {
    /// How many findings of the run it stands for.
    count: NonZeroU32,
    fingerprint: String,
    /// As it was when written: a run without notes cannot say that a note is gone.
    #[serde(default)]
    pub level: String,
    #[serde(default)]
    message: String,
    pub path: String,
    pub rule: String,
}

#[derive(Deserialize, Serialize)]
struct Document {
    findings: Vec<Entry>,
    version: u32,
}

/// The number of a file's shape, looked at before the rest, which another number may shape otherwise.
#[derive(Deserialize)]
struct Numbered {
    version: u32,
}

/// What is wrong with a file, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    pub position: Position,
    pub message: String,
}

impl Baseline {
    /// All of these findings.
    pub fn of(findings: &[Finding], sources: &Sources) -> Baseline {
        let mut baseline = Baseline::default();
        for finding in findings {
            baseline.add(entry(finding, sources));
        }
        baseline
    }

    /// Reads the file's text.
    pub fn parse(text: &str) -> Result<Baseline, Broken> {
        if let Some(line) = text.lines().position(|line| line.starts_with("<<<<<<< ")) {
            let position = Position { line: line as u32 + 1, column: 1 };
            return Err(Broken { position, message: "holds the marks of a merge conflict".to_owned() });
        }
        // Editors of some systems put a byte order mark before it.
        let json = text.strip_prefix('\u{feff}').unwrap_or(text);
        let Numbered { version } = serde_json::from_str(json).map_err(|error| broken(&error))?;
        if version != VERSION {
            let message = format!(
                "is of version {version}, and this program knows {VERSION}; `baseline create` writes it anew"
            );
            return Err(Broken { position: Position { line: 1, column: 1 }, message });
        }
        let document: Document = serde_json::from_str(json).map_err(|error| broken(&error))?;
        let mut baseline = Baseline::default();
        for entry in document.findings {
            baseline.add(entry);
        }
        Ok(baseline)
    }

    /// The text of the file: entries by path, rule and fingerprint, keys in order.
    pub fn render(&self) -> String {
        let mut findings: Vec<Entry> = self.entries.values().cloned().collect();
        findings.sort_by(|one, other| {
            let key = |entry: &'_ Entry| (entry.path.clone(), entry.rule.clone(), entry.fingerprint.clone());
            key(one).cmp(&key(other))
        });
        let document = Document { findings, version: VERSION };
        let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
        text.push('\n');
        text
    }

    /// For each finding whether it is known. Of several alike only as many are as were counted, and
    /// those that `first` names before the others.
    pub fn known(&self, findings: &[Finding], first: impl Fn(&Finding) -> bool) -> Vec<bool> {
        let mut left: BTreeMap<&str, u32> = BTreeMap::new();
        let mut known = vec![false; findings.len()];
        let (preferred, others): (Vec<usize>, Vec<usize>) =
            (0..findings.len()).partition(|at| findings.get(*at).is_some_and(&first));
        for at in preferred.into_iter().chain(others) {
            let Some((finding, known)) = findings.get(at).zip(known.get_mut(at)) else { continue };
            let Some(entry) = self.entries.get(&finding.fingerprint) else { continue };
            let left = left.entry(&finding.fingerprint).or_insert(entry.count.get());
            *known = *left > 0;
            *left = left.saturating_sub(1);
        }
        known
    }

    /// Entries that no finding answers, or not as often as they count: with how many are missing.
    pub fn stale<'b>(&'b self, findings: &[Finding]) -> impl Iterator<Item = (&'b Entry, u32)> {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for finding in findings {
            *counts.entry(finding.fingerprint.clone()).or_default() += 1;
        }
        self.entries.iter().filter_map(move |(fingerprint, entry)| {
            let found = counts.get(fingerprint).copied().unwrap_or_default();
            let missing = entry.count.get().saturating_sub(found);
            (missing > 0).then_some((entry, missing))
        })
    }

    /// Without what no longer occurs, of the entries that `may_go`; those that stay are told as the
    /// findings tell them now, a rule by its new name.
    #[must_use]
    pub fn pruned(
        &self,
        findings: &[Finding],
        sources: &Sources,
        may_go: impl Fn(&Entry) -> bool,
    ) -> Baseline {
        let now = Baseline::of(findings, sources);
        let kept = self.entries.iter().filter_map(|(fingerprint, entry)| {
            let found = now.entries.get(fingerprint);
            let count = match found {
                Some(found) if may_go(entry) => found.count.min(entry.count),
                None if may_go(entry) => return None,
                Some(_) | None => entry.count,
            };
            let told = found.unwrap_or(entry).clone();
            Some((fingerprint.clone(), Entry { count, ..told }))
        });
        Baseline { entries: kept.collect() }
    }

    /// How many findings it stands for.
    pub fn count(&self) -> usize {
        self.entries.values().map(|entry| entry.count.get() as usize).sum()
    }

    fn add(&mut self, entry: Entry) {
        match self.entries.get_mut(&entry.fingerprint) {
            Some(present) => present.count = present.count.saturating_add(entry.count.get()),
            None => {
                self.entries.insert(entry.fingerprint.clone(), entry);
            }
        }
    }
}

fn entry(finding: &Finding, sources: &Sources) -> Entry {
    Entry {
        count: NonZeroU32::MIN,
        fingerprint: finding.fingerprint.clone(),
        level: finding.level.text().to_owned(),
        message: finding.message.clone(),
        path: report::path(sources, finding.act.span),
        rule: finding.rule.to_string(),
    }
}

fn broken(error: &serde_json::Error) -> Broken {
    let text = error.to_string();
    // The place is told apart from the message.
    let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message).to_owned();
    let position = Position { line: (error.line() as u32).max(1), column: (error.column() as u32).max(1) };
    Broken { position, message }
}

#[cfg(test)]
mod tests;
