//! Every example of every page run through the engine and compared with its marks.
//!
//! Pages are the tests: on a rule page a mark names a finding (its act by the rule's id, its
//! check by `check`), on a library page an event (`exists file`). Each example is examined with
//! the whole book, so a rule that speaks where another's example stands must be marked there too.

pub mod examples;

use crate::book::api::Applicability;
use crate::book::{Book, embedded, load};
use crate::finding::{Finding, LabelRole};
use crate::page::marks;
use crate::page::{self, Page, PageError};
use crate::program::Name;
use crate::rewrite;
use crate::source::{Sources, Span};
use examples::{Example, ExampleFile, Kind};
use rayon::prelude::*;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// What the engine says of the files of one example.
#[derive(Debug, Default)]
pub struct Examined {
    pub sources: Sources,
    pub findings: Vec<Finding>,
    pub events: Vec<SeenEvent>,
    /// What could not be understood, with its place.
    pub problems: Vec<String>,
}

/// An event at a place in code.
#[derive(Debug, Clone)]
pub struct SeenEvent {
    pub span: Span,
    /// `exists file`.
    pub label: String,
    /// The page that told of it.
    pub library: Name,
}

/// Settings of an example.
#[derive(Debug, Default, Clone)]
pub struct Options {
    /// Rust's edition.
    pub edition: Option<String>,
}

/// The engine, as the harness needs it: files in memory to what is in them.
pub type Examine<'a> = dyn Fn(Vec<(PathBuf, String)>, &Options) -> Examined + Sync + 'a;

/// How a page did.
#[derive(Debug)]
pub struct Outcome {
    pub path: String,
    pub examples: usize,
    pub failures: Vec<PageError>,
    /// The page with its marks as the engine sees them, if that is another text.
    pub updated: Option<String>,
}

/// Runs the examples of one page.
pub fn run_page(page: &Page, examine: &Examine) -> Outcome {
    let is_library = load::is_library(page);
    let mut run =
        Run { page, name: load::name(&page.path), examine, failures: Vec::new(), bodies: Vec::new() };
    let examples = examples::examples(page, is_library);
    for example in &examples {
        run.example(example);
    }
    let text = page::with_bodies(page, &run.bodies);
    let updated = (text != page.text).then_some(text);
    run.failures.sort();
    Outcome { path: page.path.clone(), examples: examples.len(), failures: run.failures, updated }
}

/// All pages of a run.
#[derive(Debug, Default)]
pub struct Report {
    pub pages: usize,
    pub examples: usize,
    /// Sorted by page and line.
    pub failures: Vec<PageError>,
    /// Pages and the text they should have.
    pub updates: Vec<(String, String)>,
}

/// Runs every example of these pages, in parallel.
pub fn run_pages(pages: &[(String, String)], examine: &Examine) -> Report {
    let run = |(path, text): &(String, String)| run_page(&page::parse(path, text), examine);
    let outcomes: Vec<Outcome> = pages.par_iter().map(run).collect();
    let mut report = Report { pages: outcomes.len(), ..Report::default() };
    for outcome in outcomes {
        report.examples += outcome.examples;
        report.failures.extend(outcome.failures);
        report.updates.extend(outcome.updated.map(|text| (outcome.path, text)));
    }
    report.failures.sort();
    report
}

/// A folder of pages, read.
#[derive(Debug)]
pub struct Folder {
    /// Path and text.
    pub pages: Vec<(String, String)>,
    pub book: Book,
}

/// The pages below a folder and the book they make together with those of other folders and the
/// embedded ones; a page replaces the embedded page of its name, so that a checkout's `rules/` can
/// be tested unbuilt.
pub fn read_folder(folder: &Path, beside: &[PathBuf]) -> Result<Folder, Vec<PageError>> {
    let (pages, mut errors) = load::read_folder(folder);
    let mut others = Vec::new();
    for beside in beside.iter().filter(|beside| !is_same(beside, folder)) {
        let (more, wrong) = load::read_folder(beside);
        others.extend(more);
        errors.extend(wrong);
    }
    // A page stands in for one of its name: this folder's for those beside it, these for ours.
    let is_among = |name: &str, pages: &[(String, String)]| {
        pages.iter().any(|(own, _)| load::name(own) == load::name(name))
    };
    others.retain(|(path, _)| !is_among(path, &pages));
    let embedded = embedded::PAGES.iter();
    let embedded = embedded.filter(|(path, _)| !is_among(path, &pages) && !is_among(path, &others));
    let embedded = embedded.map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    let all = embedded.chain(others.iter().cloned()).chain(pages.iter().cloned());
    let (book, more) = load::load_pages(all.collect());
    errors.extend(more);
    if errors.is_empty() { Ok(Folder { pages, book }) } else { Err(errors) }
}

fn is_same(one: &Path, other: &Path) -> bool {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    real(one) == real(other)
}

struct Run<'a> {
    page: &'a Page,
    name: &'a str,
    examine: &'a Examine<'a>,
    failures: Vec<PageError>,
    /// New bodies of fences.
    bodies: Vec<(usize, String)>,
}

/// A labelled range of one file of an example.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    file: usize,
    span: Range<usize>,
    label: String,
    /// It must be marked; else it only may be.
    required: bool,
}

impl Run<'_> {
    fn example(&mut self, example: &Example) {
        let files = example.files.iter().map(|file| (file.path.clone(), file.code.clone())).collect();
        let options = Options { edition: example.edition.clone() };
        let examined = (self.examine)(files, &options);
        let seen = match example.kind {
            Kind::Events => events(example, &examined, self.name),
            Kind::Flagged | Kind::Clean | Kind::Missed => findings(example, &examined),
        };
        let as_claimed = self.claim(example, &seen);
        for (at, file) in example.files.iter().enumerate() {
            self.compare(file, at, &seen, as_claimed);
        }
        if !example.fixed.is_empty() {
            self.rewrite(example, &examined, &options);
        }
    }

    fn fail(&mut self, line: u32, message: String) {
        self.failures.push(PageError::new(self.page.path.clone(), line, message));
    }

    /// Whether the page's own rule speaks where the heading says so.
    fn claim(&mut self, example: &Example, seen: &[Seen]) -> bool {
        let own = seen.iter().find(|seen| seen.label == self.name);
        let Some(first) = example.files.first() else { return true };
        let line = self.page.fences.get(first.fence).map_or(1, |fence| fence.line);
        let at = |run: &Self, seen: &Seen| {
            example.files.get(seen.file).map_or(line, |file| run.line(file, seen.span.start))
        };
        match (example.kind, own) {
            (Kind::Flagged, None) => {
                self.fail(line, format!("`{}` finds nothing in this example", self.name))
            }
            (Kind::Clean, Some(own)) => {
                self.fail(at(self, own), format!("`{}` speaks in an example that is clean", self.name));
            }
            (Kind::Missed, Some(own)) => {
                let message = format!("`{}` finds what was a known miss; move it to `Flagged`", self.name);
                self.fail(at(self, own), message);
            }
            (Kind::Flagged, Some(_)) | (Kind::Clean | Kind::Missed, None) | (Kind::Events, _) => return true,
        }
        false
    }

    /// Compares what is seen in one file with its marks.
    fn compare(&mut self, file: &ExampleFile, at: usize, seen: &[Seen], as_claimed: bool) {
        let seen: Vec<&Seen> = seen.iter().filter(|seen| seen.file == at).collect();
        let mut kept: Vec<(Range<usize>, String)> = Vec::new();
        let mut failures = Vec::new();
        let mut explained: Vec<&Seen> = Vec::new();
        for mark in &file.marks {
            let matching = seen.iter().find(|seen| seen.label == mark.label && seen.span == mark.span);
            if matching.is_some() {
                kept.push((mark.span.clone(), mark.label.clone()));
                continue;
            }
            let line = self.page.fences.get(file.fence).map_or(1, |fence| fence.line + mark.own_line - 1);
            let line_start =
                |offset: usize| file.code.get(..offset).map_or(0, |text| text.matches('\n').count());
            let near = seen.iter().find(|seen| {
                seen.label == mark.label && line_start(seen.span.start) == line_start(mark.span.start)
            });
            let renamed = seen.iter().find(|seen| {
                let is_marked =
                    file.marks.iter().any(|mark| mark.label == seen.label && mark.span == seen.span);
                seen.required && seen.span == mark.span && !is_marked
            });
            let near = near.or(renamed);
            explained.extend(near);
            let code = |span: &Range<usize>| file.code.get(span.clone()).unwrap_or_default().to_owned();
            failures.push((
                line,
                match near {
                    Some(near) if near.label != mark.label => {
                        let code = code(&mark.span);
                        format!("`{code}` is marked `{}`, the program says `{}`", mark.label, near.label)
                    }
                    Some(near) => format!(
                        "the mark `{}` covers `{}`, the program means `{}`",
                        mark.label,
                        code(&mark.span),
                        code(&near.span)
                    ),
                    None => format!("`{}` is marked at `{}` but not found", mark.label, code(&mark.span)),
                },
            ));
        }
        for seen in seen.iter().filter(|seen| seen.required) {
            let entry = (seen.span.clone(), seen.label.clone());
            if kept.contains(&entry) {
                continue;
            }
            kept.push(entry);
            if !explained.contains(seen) {
                let code = file.code.get(seen.span.clone()).unwrap_or_default();
                let message = format!("`{}` is found at `{code}` but not marked", seen.label);
                failures.push((self.line(file, seen.span.start), message));
            }
        }
        // A block that fails its heading's claim keeps its marks: they say what is wanted.
        if as_claimed && !failures.is_empty() {
            self.bodies.push((file.fence, marks::with_marks(&file.code, &kept)));
        }
        for (line, message) in failures {
            self.fail(line, message);
        }
    }

    /// The page's line of a byte of an example's code.
    fn line(&self, file: &ExampleFile, offset: usize) -> u32 {
        let Some(fence) = self.page.fences.get(file.fence) else { return 1 };
        fence.line + marks::marked_line(&fence.body, offset) - 1
    }

    /// Applies the rewrites of the page's rule, or on a library page of every rule, compares with
    /// the `fixed` blocks, and looks again: the code is understood, what was rewritten is no longer
    /// found, and nothing else is.
    fn rewrite(&mut self, example: &Example, examined: &Examined, options: &Options) {
        let Rewrite { files, rules, kind } = self.rewritten(example, examined, options);
        for wanted in &example.fixed {
            let fence = self.page.fences.get(wanted.fence);
            let line = fence.map_or(1, |fence| fence.line);
            let Some(kind) = kind else {
                self.fail(line, format!("no rewrite of `{}` is offered", self.name));
                return;
            };
            if fence.is_some_and(|fence| fence.has("sketch")) != (kind == Applicability::Sketch) {
                self.fail(
                    line,
                    "`sketch` stands beside `fixed` where the rewrite is one, and only there".into(),
                );
            }
            let is_one = example.files.len() == 1;
            let Some((_, text)) = files.iter().find(|(path, _)| is_one || *path == wanted.path) else {
                self.fail(line, format!("the example above has no file `{}`", wanted.path.display()));
                continue;
            };
            if text.trim_end() != wanted.code.trim_end() {
                let first = text.lines().zip(wanted.code.lines().chain(std::iter::repeat("")));
                let first = first.filter(|(got, wanted)| got != wanted).map(|(got, _)| got).next();
                let first = first.unwrap_or("the end");
                self.fail(line, format!("the rewrite gives another text, first at `{}`", first.trim()));
                self.bodies.push((wanted.fence, text.clone()));
            }
        }
        let line = example.fixed.first().and_then(|file| self.page.fences.get(file.fence));
        let line = line.map_or(1, |fence| fence.line);
        let again = (self.examine)(files, options);
        for problem in &again.problems {
            self.fail(line, format!("the rewrite is not understood: {problem}"));
        }
        for rule in &rules {
            if again.findings.iter().any(|finding| finding.rule == *rule) {
                self.fail(line, format!("`{rule}` still speaks after the rewrite"));
            }
        }
        let count = |examined: &Examined, rule: &Name| {
            examined.findings.iter().filter(|finding| finding.rule == *rule).count()
        };
        let now: BTreeSet<&Name> = again.findings.iter().map(|finding| &finding.rule).collect();
        for rule in now.into_iter().filter(|rule| count(&again, rule) > count(examined, rule)) {
            self.fail(line, format!("the rewrite brings `{rule}`"));
        }
    }

    /// The files after every rewrite that is offered, in rounds, since one may stand in another's way.
    fn rewritten(&self, example: &Example, examined: &Examined, options: &Options) -> Rewrite {
        let is_library = example.kind == Kind::Events;
        let own = |finding: &Finding| is_library || finding.rule == self.name;
        let mut files: Vec<(PathBuf, String)> =
            example.files.iter().map(|file| (file.path.clone(), file.code.clone())).collect();
        let mut done = Rewrite { files: Vec::new(), rules: BTreeSet::new(), kind: None };
        let mut later: Option<Examined> = None;
        for _ in 0..ROUNDS {
            let now = later.as_ref().unwrap_or(examined);
            let wanted: Vec<Finding> = now.findings.iter().filter(|finding| own(finding)).cloned().collect();
            let offered: Vec<&Finding> = wanted.iter().filter(|finding| !finding.fixes.is_empty()).collect();
            if offered.is_empty() {
                break;
            }
            let kinds = offered.iter().filter_map(|finding| finding.fixes.first());
            done.kind = done.kind.max(kinds.map(|fix| fix.applicability).max());
            done.rules.extend(offered.iter().map(|finding| finding.rule.clone()));
            let rewritten = rewrite::rewrite(&wanted, &now.sources, Applicability::Sketch);
            if rewritten.applied == 0 {
                break;
            }
            for (file, text) in rewritten.texts {
                let path = now.sources.files.get(file.0 as usize).map(|file| &file.path);
                if let Some((_, old)) = files.iter_mut().find(|(known, _)| Some(known) == path) {
                    *old = text;
                }
            }
            later = Some((self.examine)(files.clone(), options));
        }
        done.files = files;
        done
    }
}

/// A rewrite may make room for another.
const ROUNDS: usize = 5;

/// What the rewrites of an example give.
struct Rewrite {
    files: Vec<(PathBuf, String)>,
    /// The rules whose findings were rewritten.
    rules: BTreeSet<Name>,
    /// Of the least certain rewrite; `None` if none is offered.
    kind: Option<Applicability>,
}

/// The file of the example and the range of its code that a span means.
fn place(example: &Example, examined: &Examined, span: Span) -> Option<(usize, Range<usize>)> {
    let path = &examined.sources.files.get(span.file.0 as usize)?.path;
    let file = example.files.iter().position(|file| file.path == *path)?;
    Some((file, span.start as usize..span.end as usize))
}

fn seen(example: &Example, examined: &Examined, span: Span, label: &str, required: bool) -> Option<Seen> {
    let (file, span) = place(example, examined, span)?;
    let span = marks::markable(&example.files.get(file)?.code, &span);
    Some(Seen { file, span, label: label.to_owned(), required })
}

fn findings(example: &Example, examined: &Examined) -> Vec<Seen> {
    let mut all = Vec::new();
    for finding in &examined.findings {
        all.extend(seen(example, examined, finding.act.span, &finding.rule, true));
        let checks = finding.labels.iter().filter(|label| label.role == LabelRole::Check);
        all.extend(checks.filter_map(|label| seen(example, examined, label.span, "check", true)));
    }
    all
}

/// Events of the page's own library must be marked, those of other pages may be.
fn events(example: &Example, examined: &Examined, library: &str) -> Vec<Seen> {
    let events = examined.events.iter();
    let events = events
        .filter_map(|event| seen(example, examined, event.span, &event.label, event.library == library));
    events.collect()
}

#[cfg(test)]
mod tests;
