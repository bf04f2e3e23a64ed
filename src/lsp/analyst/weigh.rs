//! Findings of an analysis to those that are shown: without what comments silence, the configuration
//! leaves out, or the baseline holds.

use super::super::client::BaselineSetting;
use crate::baseline::{self, Baseline};
use crate::book::Book;
use crate::config::{Configs, Flags, Judge};
use crate::engine::live::Live;
use crate::finding::Finding;
use crate::source::FileId;
use crate::suppress;
use std::path::{Path, PathBuf};

/// What the findings of a folder are held against.
pub(super) struct Scales<'r> {
    pub(super) configs: &'r Configs,
    pub(super) book: &'r Book,
    pub(super) flags: Flags,
    pub(super) baseline: Option<&'r Baseline>,
    /// Where the paths of findings begin.
    pub(super) base: &'r Path,
}

impl Scales<'_> {
    /// The findings to show, in the order of a report: those that the command line reports.
    pub(super) fn weigh(&self, live: &Live) -> Vec<Finding> {
        self.weighed(live.findings(), live)
    }

    /// Those of one file.
    pub(super) fn weigh_file(&self, live: &Live, file: FileId) -> Vec<Finding> {
        // Which of equal findings a baseline knows, all of them together decide.
        let findings = if self.baseline.is_some() { live.findings() } else { live.findings_in(file) };
        let mut findings = self.weighed(findings, live);
        findings.retain(|finding| finding.act.span.file == file);
        findings
    }

    fn weighed(&self, findings: Vec<Finding>, live: &Live) -> Vec<Finding> {
        let sources = live.sources();
        let findings = suppress::kept(findings, sources, &self.book.rules);
        let mut judge = Judge::new(self.configs, self.book, self.flags.clone());
        judge.base = self.base.to_owned();
        let mut findings = judge.judge(findings, sources);
        findings.sort_by(|one, other| one.order().cmp(&other.order()));
        if let Some(baseline) = self.baseline {
            let known = baseline.known(&findings, |_| false);
            let mut known = known.into_iter();
            findings.retain(|_| known.next() != Some(true));
        }
        findings
    }
}

/// The baseline that counts in a folder, or what is wrong with it.
pub(super) fn baseline(folder: Option<&Path>, setting: &BaselineSetting) -> Result<Option<Baseline>, String> {
    let beside = |path: &Path| folder.map_or_else(|| path.to_owned(), |folder| folder.join(path));
    let path: PathBuf = match setting {
        BaselineSetting::Whether(false) => return Ok(None),
        BaselineSetting::Whether(true) => match folder {
            Some(folder) if folder.join(baseline::FILE).is_file() => folder.join(baseline::FILE),
            _ => return Ok(None),
        },
        BaselineSetting::File(path) => beside(path),
    };
    let shown = crate::discover::shown(&path);
    let shown = shown.display();
    let text = std::fs::read_to_string(&path).map_err(|error| {
        format!("{shown}: the baseline cannot be read: {}", crate::discover::plain(&error))
    })?;
    let parsed = Baseline::parse(&text);
    parsed.map(Some).map_err(|broken| {
        let (line, column) = (broken.position.line, broken.position.column);
        format!("{shown}:{line}:{column}: the baseline is broken: {}", broken.message)
    })
}
