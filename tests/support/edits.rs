//! Projects to edit, and edits at random.

use std::path::PathBuf;
use toctou_lint::book::load;
use toctou_lint::engine::Input;
use toctou_lint::harness::examples::examples;
use toctou_lint::page;

/// Every so many examples; all of them take too long to be read again for each edit.
const STEP: usize = 6;

/// The examples of all pages as one project.
pub(crate) fn inputs() -> Vec<Input> {
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
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % bound.max(1)
    }
}

/// Another text for a file, made of its own lines and of those of another one.
pub(crate) fn edited(text: &str, other: &str, dice: &mut Dice) -> String {
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
