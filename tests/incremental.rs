//! A project that is edited gives what a run over the same texts from the start gives, whatever is
//! edited: the examples of all pages as one project, with lines of theirs taken out, doubled, and
//! carried from one file to another.

use std::path::PathBuf;
use toctou_lint::book::{Book, load};
use toctou_lint::engine::live::Live;
use toctou_lint::engine::{Input, Options, check};
use toctou_lint::finding::Finding;
use toctou_lint::harness::examples::examples;
use toctou_lint::knowledge::Knowledge;
use toctou_lint::page;
use toctou_lint::source::FileId;

/// Every so many examples; all of them take too long to be read again for each edit.
const STEP: usize = 6;
const EDITS: usize = 120;

fn inputs() -> Vec<Input> {
    let (mut inputs, mut number) = (Vec::new(), 0);
    for entry in walkdir::WalkDir::new("rules").sort_by_file_name() {
        let path = entry.unwrap().into_path();
        if path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let path = path.to_string_lossy().into_owned();
        let page = page::parse(&path, &std::fs::read_to_string(&path).unwrap());
        for example in examples(&page, load::is_library(&page)) {
            number += 1;
            // Those of several files are the ones that have something to say to each other.
            if example.files.len() == 1 && number % STEP != 0 {
                continue;
            }
            for file in example.files {
                let path = PathBuf::from(format!("e{number:04}")).join(file.path);
                inputs.push(Input { path, text: file.code.into() });
            }
        }
    }
    inputs.sort_by(|one, other| one.path.cmp(&other.path));
    inputs
}

/// A small generator of numbers: the same ones in each run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// Another text for a file, made of its own lines and of those of another one.
fn edited(text: &str, other: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return other.to_owned();
    }
    let at = dice.below(lines.len());
    let foreign: Vec<&str> = other.lines().collect();
    match dice.below(6) {
        0 => {
            lines.remove(at);
        }
        1 => lines.insert(at, lines[at]),
        2 => lines.insert(at, "  // a comment that moves what is below it"),
        3 if !foreign.is_empty() => lines.insert(at, foreign[dice.below(foreign.len())]),
        4 => lines.swap(0, at),
        _ => {
            let from = dice.below(foreign.len());
            lines.extend(foreign.iter().skip(from));
        }
    }
    lines.join("\n") + "\n"
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{finding:?}")).collect()
}

fn from_the_start(live: &Live, book: &Book, no_notes: bool) -> Vec<String> {
    let files = live.sources().files.iter();
    let inputs = files.map(|file| Input { path: file.path.clone(), text: file.text.clone() }).collect();
    told(&check(inputs, book, &Options { no_notes, ..Options::default() }).findings)
}

fn edits_equal_a_run(no_notes: bool, seed: u64) {
    let (book, _) = load::load_leniently(Vec::new());
    let knowledge = Knowledge::new(&book);
    let inputs = inputs();
    let originals: Vec<String> = inputs.iter().map(|input| input.text.to_string()).collect();
    assert!(originals.len() > 100, "{}", originals.len());
    let mut live = Live::new(inputs, &knowledge, Options { no_notes, ..Options::default() });
    live.examine(&live.stale(), &knowledge);
    assert_eq!(told(&live.findings()), from_the_start(&live, &book, no_notes));
    let mut dice = Dice(seed);
    let (mut taken, mut spread) = (0, 0);
    for round in 0..EDITS {
        let at = dice.below(originals.len());
        let id = FileId(at as u32);
        let before = live.sources().file(id).text.clone();
        // Now and then a file becomes again what it was.
        let text = match dice.below(5) {
            0 => originals[at].clone(),
            _ => edited(&before, &originals[dice.below(originals.len())], &mut dice),
        };
        let as_is = dice.below(4) == 0;
        live.edit(id, &text, as_is, &knowledge);
        taken += usize::from(live.sources().file(id).text != before);
        spread += usize::from(live.stale().iter().any(|other| *other != id));
        live.examine(&live.stale(), &knowledge);
        if round % 4 != 0 && round + 1 != EDITS {
            continue;
        }
        let (found, wanted) = (told(&live.findings()), from_the_start(&live, &book, no_notes));
        let lacks: Vec<&String> = wanted.iter().filter(|one| !found.contains(one)).collect();
        let more: Vec<&String> = found.iter().filter(|one| !wanted.contains(one)).collect();
        assert!(
            found == wanted,
            "after edit {round} of {}:\nlacks {lacks:#?}\nhas besides {more:#?}\nbefore:\n{before}\nnow:\n{text}",
            live.sources().file(id).path.display()
        );
    }
    // Most edits break nothing beyond repair, and some concern other files.
    assert!(taken * 3 > EDITS && spread > 0, "{taken} edits were taken, {spread} concerned others");
}

#[test]
fn edits_equal_a_run_from_the_start() {
    // `SEED=7` tries others.
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    edits_equal_a_run(false, seed.unwrap_or(1));
}

#[test]
fn edits_equal_a_run_that_wants_no_notes() {
    edits_equal_a_run(true, 2);
}
