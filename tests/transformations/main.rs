//! What code does not mean differently when it is written differently must be found alike: every
//! example of every page, mechanically rewritten on its parsed source.
//!
//! `OPEN=1` writes the list of known misses anew, `SHOW=fs-` prints the failing variants of pages
//! whose path has that.

mod edit;
mod rust;
mod typescript;

use edit::{Site, Variant};
use rayon::prelude::*;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use toctou_lint::book::words::Level;
use toctou_lint::book::{Book, load};
use toctou_lint::engine::{self, Input};
use toctou_lint::finding::{Confidence, LabelRole};
use toctou_lint::harness::{self, examples};
use toctou_lint::manifest::RustPackage;
use toctou_lint::page;

/// Each transformation, to how many examples it must apply at least, and to how many in which
/// something is found: a test of nothing passes.
const TRANSFORMATIONS: &[(&str, [usize; 2])] = &[
    ("rename", [400, 195]),
    ("reorder", [24, 10]),
    ("helper", [400, 170]),
    ("helper-in-another-file", [390, 155]),
    ("nested-if", [135, 80]),
    ("early-return", [50, 30]),
    ("ternary", [40, 18]),
    ("and", [40, 18]),
    ("then", [170, 75]),
];

/// Of one file and transformation at most as many variants are looked at.
const MOST_VARIANTS: usize = 2;

/// Known misses, `transformation page variants`: where the engine does not yet find the same. A number
/// may only fall; empty is the goal.
const OPEN: &str = "tests/open-transformations.txt";

/// One example of a page.
struct Case {
    page: String,
    files: Vec<(PathBuf, String)>,
    edition: Option<String>,
}

/// Rule and act in the words of the original, with how sure and how bad: sorted, each as often as told.
type Findings = Vec<(String, String, Confidence, Level)>;

/// The examples of all pages, libraries' and rules'.
fn cases(pages: &[(String, String)]) -> Vec<Case> {
    let mut cases = Vec::new();
    for (path, text) in pages {
        let page = page::parse(path, text);
        for example in examples::examples(&page, load::is_library(&page)) {
            let files = example.files.iter().map(|file| (file.path.clone(), file.code.clone())).collect();
            cases.push(Case { page: path.clone(), files, edition: example.edition });
        }
    }
    cases
}

/// The engine's report on files, notes and all.
fn check(files: &[(PathBuf, String)], edition: Option<&String>, book: &Book) -> engine::Report {
    let inputs =
        files.iter().map(|(path, text)| Input { path: path.clone(), text: text.as_str().into() }).collect();
    let mut options = engine::Options { no_prefilter: true, ..engine::Options::default() };
    let package = |edition: &String| RustPackage {
        folder: PathBuf::new(),
        edition: edition.clone(),
        is_library: true,
        uses: Vec::new(),
    };
    options.manifests.packages.extend(edition.map(package));
    engine::check(inputs, book, &options)
}

/// What is told of what, in the words of the text before the transformation.
fn findings(report: &engine::Report, back: &[(String, String)]) -> Findings {
    let of = |finding: &toctou_lint::finding::Finding| {
        let span = finding.act.span;
        let mut text = report.sources.file(span.file).slice(span).to_owned();
        for (new, old) in back.iter().rev() {
            text = text.replace(new, old);
        }
        // What is done in a callback may itself be written differently.
        let head: String = text.split('{').next().unwrap_or_default().split_whitespace().collect();
        // An `await` or `?` may come or go with the call.
        let mut head = head.trim_start_matches("await");
        while let Some(shorter) = head.strip_suffix([';', '?']).or(head.strip_suffix(".await")) {
            head = shorter;
        }
        (finding.rule.to_string(), head.to_owned(), finding.confidence, finding.level)
    };
    let mut findings: Findings = report.findings.iter().map(of).collect();
    findings.sort();
    findings
}

/// Whether both tell the same. A finding may be told with another confidence, and then at another
/// level; with the same confidence its level is the same.
fn is_same(before: &Findings, after: &Findings) -> bool {
    before.len() == after.len()
        && before.iter().zip(after).all(|(one, other)| {
            let same_level = one.2 != other.2 || one.3 == other.3;
            // A call that moved takes with it what is chained to it.
            let chained = other.1.strip_prefix(&one.1).is_some_and(|rest| rest.starts_with('.'));
            one.0 == other.0 && (one.1 == other.1 || chained) && same_level
        })
}

/// The calls that matter, file by file: of findings if there are any, else the first events.
fn calls(case: &Case, report: &engine::Report, book: &Book) -> Vec<Vec<std::ops::Range<usize>>> {
    let mut spans = Vec::new();
    for finding in &report.findings {
        spans.push(finding.act.span);
        spans.extend(finding.labels.iter().filter(|l| l.role == LabelRole::Check).map(|l| l.span));
    }
    if spans.is_empty() {
        let options = harness::Options { edition: case.edition.clone() };
        let examined = toctou_lint::examine(case.files.clone(), book, &options);
        spans.extend(examined.events.iter().take(2).map(|event| event.span));
    }
    let mut files = vec![Vec::new(); case.files.len()];
    for span in spans {
        let range = span.start as usize..span.end as usize;
        let file: &mut Vec<_> = &mut files[span.file.0 as usize];
        if !file.contains(&range) {
            file.push(range);
        }
    }
    files
}

/// The transformations that apply to an example, and those that change what is found in it.
#[derive(Default)]
struct Outcome {
    applied: BTreeSet<&'static str>,
    /// Something is found in the example, and could be lost.
    is_flagged: bool,
    failed: Vec<(&'static str, String)>,
}

/// Every variant of every file of an example, compared with the example.
fn run(case: &Case, book: &Book, taken: &BTreeSet<&str>) -> Outcome {
    let report = check(&case.files, case.edition.as_ref(), book);
    let before = findings(&report, &[]);
    let mut outcome = Outcome { is_flagged: !before.is_empty(), ..Outcome::default() };
    for (at, calls) in calls(case, &report, book).into_iter().enumerate() {
        let (path, text) = case.files[at].clone();
        let is_rust = path.extension().is_some_and(|extension| extension == "rs");
        let site = Site { path, text, calls, is_free: &|name| is_free(taken, name) };
        for (name, _) in TRANSFORMATIONS {
            let variants =
                if is_rust { rust::variants(name, &site) } else { typescript::variants(name, &site) };
            for variant in variants.into_iter().take(MOST_VARIANTS) {
                outcome.applied.insert(name);
                if let Some(told) = difference(case, at, &variant, &before, book) {
                    outcome.failed.push((name, told));
                }
            }
        }
    }
    outcome
}

/// What is lost and what is new when file `at` is as the variant has it.
fn difference(case: &Case, at: usize, variant: &Variant, before: &Findings, book: &Book) -> Option<String> {
    let mut files = case.files.clone();
    files[at].1.clone_from(&variant.text);
    files.extend(variant.more.clone());
    let report = check(&files, case.edition.as_ref(), book);
    let after = findings(&report, &variant.back);
    let only = |these: &Findings, those: &Findings| -> Vec<String> {
        let only = these.iter().filter(|one| !those.contains(one));
        only.map(|(rule, act, confidence, level)| format!("{rule} {act} {confidence:?} {level:?}")).collect()
    };
    let (lost, new) = (only(before, &after), only(&after, before));
    let more = variant.more.as_ref().map_or("", |(_, text)| text);
    (!is_same(before, &after)).then(|| format!("lost {lost:?}, new {new:?}\n{}\n--\n{more}", variant.text))
}

/// Whether no page reads anything into a name.
fn is_free(taken: &BTreeSet<&str>, name: &str) -> bool {
    let words = toctou_lint::knowledge::words(name);
    !taken.contains(name) && !words.iter().any(|word| taken.contains(word.as_str()))
}

#[test]
fn examples_written_differently_are_found_alike() {
    let folder = harness::read_folder(Path::new("rules"), &[]).unwrap();
    let cases = cases(&folder.pages);
    let lists = folder.book.libraries.iter().flat_map(|library| &library.lexicons);
    let taken: BTreeSet<&str> = lists.flat_map(|(_, list)| list).map(|word| word.as_str()).collect();
    let outcomes: Vec<Outcome> = cases.par_iter().map(|case| run(case, &folder.book, &taken)).collect();
    let mut applied: BTreeMap<&str, [usize; 2]> = BTreeMap::new();
    let mut failed: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let show = std::env::var("SHOW").ok();
    for (case, outcome) in cases.iter().zip(&outcomes) {
        for name in &outcome.applied {
            let [all, flagged] = applied.entry(name).or_default();
            *all += 1;
            *flagged += usize::from(outcome.is_flagged);
        }
        for (name, told) in &outcome.failed {
            *failed.entry((name, &case.page)).or_default() += 1;
            if show.as_ref().is_some_and(|part| format!("{name} {}", case.page).contains(part)) {
                println!("{name} {}: {told}\n", case.page);
            }
        }
    }
    for (name, least) in TRANSFORMATIONS {
        let ([count, flagged], of) = (applied.get(name).copied().unwrap_or_default(), cases.len());
        let misses: usize = failed.iter().filter(|((one, _), _)| one == name).map(|(_, n)| n).sum();
        println!("{name:<24} {count:>4} of {of} examples, {flagged:>3} flagged, {misses} known misses");
        assert!(count >= least[0], "{name} applies to {count} examples only, not to {}", least[0]);
        assert!(flagged >= least[1], "{name} applies to {flagged} flagged ones only, not to {}", least[1]);
    }
    if std::env::var_os("OPEN").is_some() {
        let lines = failed.iter().map(|((name, page), count)| format!("{name} {page} {count}\n"));
        std::fs::write(OPEN, lines.collect::<String>()).unwrap();
    }
    let open = std::fs::read_to_string(OPEN).unwrap_or_default();
    let open: BTreeMap<&str, usize> = open
        .lines()
        .filter_map(|line| line.rsplit_once(' '))
        .map(|(what, count)| (what, count.parse().unwrap()))
        .collect();
    let wrong: Vec<String> = failed
        .iter()
        .map(|((name, page), count)| (format!("{name} {page}"), *count))
        .filter(|(what, count)| *count > open.get(what.as_str()).copied().unwrap_or(0))
        .map(|(what, count)| format!("{what}: {count} variants are found otherwise (SHOW={:?})", what))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
