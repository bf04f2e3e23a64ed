//! Comments that silence findings: `// toctou-lint: ignore[rule] -- reason`, read from text alike in
//! both languages.

pub mod add;
mod judge;
mod read;

pub use judge::{Judged, Telling, Verdict};
pub use read::read;

use crate::book::rule::Rule;
use crate::finding::{Finding, LabelRole};
use crate::source::{FileId, Position, SourceFile, Sources, Span};
use crate::syntax::{self, Place};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::ops::Range;

/// One comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub file: FileId,
    /// Byte offset of the comment's words.
    pub at: usize,
    /// The comment from its marker on, as far as its line goes.
    pub whole: Range<usize>,
    pub line: u32,
    pub scope: Scope,
    /// Rules; none silences all.
    pub rules: Vec<Named>,
    pub reason: Option<String>,
}

/// A rule as a comment names it, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    pub id: String,
    pub at: usize,
    pub end: usize,
}

/// What a comment speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This line: the comment's own, or the next that is not a comment if it stands alone.
    Line(u32),
    File,
    /// From `ignore-start` to `ignore-end`, or to the end of the file if nothing ends it.
    Range {
        first: u32,
        last: Option<u32>,
    },
    /// `ignore-end`: where the words of its `ignore-start` stand, if there is one.
    End {
        opens: Option<usize>,
    },
}

/// Findings kept, and what the comments did.
#[derive(Debug, Default)]
pub struct Suppressed {
    pub kept: Vec<Finding>,
    pub silenced: Vec<Finding>,
    /// Why, of each silenced one, as its comment says.
    pub reasons: Vec<Option<String>>,
    /// All comments, in the order of files and lines.
    pub comments: Vec<Judged>,
}

/// Takes out the findings that a comment silences. `rules` tells former names of a rule.
pub fn apply(findings: Vec<Finding>, sources: &Sources, rules: &[Rule]) -> Suppressed {
    let files = sources.files.par_iter().enumerate();
    let comments: Vec<Suppression> =
        files.flat_map_iter(|(at, file)| spoken(FileId(at as u32), file)).collect();
    let mut used: Vec<Used> = comments.iter().map(Used::by_none).collect();
    let mut result = Suppressed::default();
    for finding in findings {
        // The reason of the first comment that does, once one has.
        let mut silenced: Option<Option<String>> = None;
        for span in places(&finding) {
            // Comments are in the order of files, so those of one file stand together.
            let from = comments.partition_point(|comment| comment.file < span.file);
            let mine = comments.iter().zip(&mut used).skip(from);
            for (comment, used) in mine.take_while(|(comment, _)| comment.file == span.file) {
                if covers(comment, span, sources) && used.names(comment, &finding, rules) {
                    silenced.get_or_insert_with(|| comment.reason.clone());
                }
            }
        }
        match silenced {
            Some(reason) => {
                result.silenced.push(finding);
                result.reasons.push(reason);
            }
            None => result.kept.push(finding),
        }
    }
    result.comments = judge::all(comments, &used, rules);
    result
}

/// The findings that no comment silences. Reads only the files that findings stand in, and says
/// nothing of the comments.
pub fn kept(findings: Vec<Finding>, sources: &Sources, rules: &[Rule]) -> Vec<Finding> {
    let mut comments: BTreeMap<FileId, Vec<Suppression>> = BTreeMap::new();
    for span in findings.iter().flat_map(places) {
        comments.entry(span.file).or_insert_with(|| spoken(span.file, sources.file(span.file)));
    }
    let speaks = |comment: &Suppression, span: Span, finding: &Finding| {
        covers(comment, span, sources) && Used::by_none(comment).names(comment, finding, rules)
    };
    let is_silenced = |finding: &Finding| {
        places(finding).any(|span| comments[&span.file].iter().any(|comment| speaks(comment, span, finding)))
    };
    findings.into_iter().filter(|finding| !is_silenced(finding)).collect()
}

/// The suppressions of a file, without what stands in a literal or in the text of a page.
fn spoken(id: FileId, file: &SourceFile) -> Vec<Suppression> {
    let all = read(id, file);
    if all.is_empty() {
        return all;
    }
    let starts: Vec<usize> = all.iter().map(|comment| comment.whole.start).collect();
    let places = syntax::places(&file.path, &file.text, &starts);
    let is_comment = |place: &Place| !matches!(place, Place::Text | Place::Markup);
    all.into_iter().zip(places).filter(|(_, place)| is_comment(place)).map(|(comment, _)| comment).collect()
}

/// What of a comment has silenced something.
struct Used {
    /// The comment at all.
    any: bool,
    /// Each rule that it names.
    rules: Vec<bool>,
}

impl Used {
    fn by_none(comment: &Suppression) -> Used {
        Used { any: false, rules: vec![false; comment.rules.len()] }
    }

    /// Whether the comment names the finding's rule, which is remembered.
    fn names(&mut self, comment: &Suppression, finding: &Finding, rules: &[Rule]) -> bool {
        let rule = rules.iter().find(|rule| rule.id == finding.rule);
        let is_named = |named: &Named| {
            let former = rule.is_some_and(|rule| rule.former.iter().any(|former| **former == *named.id));
            former || *named.id == *finding.rule
        };
        let mut found = comment.rules.is_empty();
        for (named, used) in comment.rules.iter().zip(&mut self.rules) {
            let is_named = is_named(named);
            *used |= is_named;
            found |= is_named;
        }
        self.any |= found;
        found
    }
}

/// Where a comment may stand: where the finding is shown, and at the act itself inside a helper.
fn places(finding: &Finding) -> impl Iterator<Item = Span> + '_ {
    let acts = finding.labels.iter().filter(|label| label.role == LabelRole::Act);
    std::iter::once(finding.act.span).chain(acts.map(|label| label.span))
}

fn covers(comment: &Suppression, span: Span, sources: &Sources) -> bool {
    let line = || sources.file(span.file).position(span.start).line;
    match comment.scope {
        Scope::File => true,
        Scope::Line(spoken_of) => line() == spoken_of,
        Scope::Range { first, last } => line() >= first && last.is_none_or(|last| line() <= last),
        Scope::End { .. } => false,
    }
}

impl Suppression {
    /// Where it stands.
    pub fn position(&self, sources: &Sources) -> Position {
        sources.file(self.file).position(self.at as u32)
    }
}

#[cfg(test)]
mod tests;
