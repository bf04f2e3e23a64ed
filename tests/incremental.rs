//! A project that is edited gives what a run over the same texts from the start gives, whatever is
//! edited: the examples of all pages as one project, with lines of theirs taken out, doubled, and
//! carried from one file to another.

#[path = "support/edits.rs"]
mod edits;

use edits::{Dice, edited, inputs};
use toctou_lint::book::{Book, load};
use toctou_lint::engine::live::Live;
use toctou_lint::engine::{Input, Options, check};
use toctou_lint::finding::Finding;
use toctou_lint::knowledge::Knowledge;
use toctou_lint::source::FileId;

const EDITS: usize = 120;

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
        let before = live.sources().file(id).text.to_string();
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
        let found = live.findings();
        let of_file: Vec<Finding> = found.iter().filter(|one| one.act.span.file == id).cloned().collect();
        assert_eq!(told(&live.findings_in(id)), told(&of_file));
        let (found, wanted) = (told(&found), from_the_start(&live, &book, no_notes));
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
