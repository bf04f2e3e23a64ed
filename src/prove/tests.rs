//! Race tests are what they claim to be: whole where they can be, open where not, and clean themselves.

use super::{Wish, Written, way, write};
use crate::book::load;
use crate::engine::{Input, Options, check};
use std::path::{Path, PathBuf};

/// The race test of the first finding of a file.
fn proof(path: &str, code: &str, wish: &Wish) -> Result<Written, String> {
    let (book, errors) = load::load_leniently(Vec::new());
    assert!(errors.is_empty(), "{errors:?}");
    let inputs = vec![Input { path: PathBuf::from(path), text: code.into() }];
    let report = check(inputs, &book, &Options { no_prefilter: true, ..Options::default() });
    let finding = report.findings.first().expect("a finding");
    write(finding, &report.sources, &book, wish)
}

/// What the engine finds in a text.
fn found(path: &Path, code: &str) -> Vec<String> {
    let (book, _) = load::load_leniently(Vec::new());
    let inputs = vec![Input { path: path.to_owned(), text: code.into() }];
    let report = check(inputs, &book, &Options { no_prefilter: true, ..Options::default() });
    assert!(report.problems.is_empty(), "{:?}", report.problems);
    report.findings.iter().map(|finding| finding.rule.to_string()).collect()
}

const DEFAULTS: &str = "import fs from 'node:fs';\n\
    export function writeDefaults(path: string, text: string) {\n\
    \x20 if (!fs.existsSync(path)) {\n    fs.writeFileSync(path, text);\n  }\n}\n";

const LOG: &str = "use std::fs::File;\nuse std::io::{self, ErrorKind};\nuse std::path::Path;\n\n\
    pub fn start(path: &Path) -> io::Result<()> {\n    if path.try_exists()? {\n        \
    return Err(ErrorKind::AlreadyExists.into());\n    }\n    File::create(path)?;\n    Ok(())\n}\n";

#[test]
fn a_test_says_where_it_is_held_and_has_nothing_open() {
    let written = proof("src/defaults.ts", DEFAULTS, &Wish::default()).unwrap();
    assert_eq!(written.path, Path::new("src/defaults.race.test.mjs"));
    assert!(written.open.is_empty(), "{:?}", written.open);
    assert!(!written.text.contains("{{"), "a hole is left");
    for part in
        ["const HELD = [\"writeFileSync\"];", "race.subject(file, `text of ${actor}`)", "\"./defaults.ts\""]
    {
        assert!(written.text.contains(part), "{part}\n{}", written.text);
    }
}

#[test]
fn a_test_can_stand_elsewhere_and_run_elsewhere() {
    let output = Some(PathBuf::from("tests/race.test.mjs"));
    let wish = Wish { output, framework: Some("vitest".to_owned()), ..Wish::default() };
    let written = proof("src/defaults.ts", DEFAULTS, &wish).unwrap();
    assert!(written.text.contains("\"../src/defaults.ts\""));
    assert!(written.text.contains("from \"vitest\""));
    let wish = Wish { framework: Some("other".to_owned()), ..Wish::default() };
    assert!(proof("src/defaults.ts", DEFAULTS, &wish).unwrap_err().contains("`other`"));
}

#[test]
fn what_cannot_be_known_is_marked() {
    let code = DEFAULTS.replace("text: string", "text: Report").replace("path, text)", "path, text.body)");
    let written = proof("a.ts", &code, &Wish::default()).unwrap();
    assert_eq!(written.open, ["`text`, a Report"]);
    assert!(written.text.contains("FILL IN before it can run: `text`, a Report."));
    assert!(written.text.contains("undefined /* FILL IN: text */"));
}

#[test]
fn a_copy_differs_by_the_hold_alone() {
    let written = proof("src/log.rs", LOG, &Wish::default()).unwrap();
    assert_eq!(written.path, Path::new("src/log_race.rs"));
    assert!(written.open.is_empty() && !written.text.contains("{{"), "{}", written.text);
    let copy = written
        .text
        .split_once("// The copy begins.\n")
        .unwrap()
        .1
        .split_once("// The copy ends.")
        .unwrap()
        .0;
    let held =
        "({ /* A waits */ super::race::hold(); super::race::Act(File::create(path)).count() /* for B */ })?";
    assert_eq!(copy.replace(held, "File::create(path)?").trim(), LOG.trim());
    let wish = Wish { rewritten: true, ..Wish::default() };
    let rewritten = proof("src/log.rs", LOG, &wish).unwrap();
    assert!(rewritten.text.contains("Act(File::create_new(path)).count()"), "{}", rewritten.text);
}

/// No rule of the book finds anything in it; those on race tests are not in the book yet.
#[test]
fn a_race_test_is_clean_itself() {
    let script = proof("src/defaults.ts", DEFAULTS, &Wish::default()).unwrap();
    assert_eq!(found(&script.path, &script.text), Vec::<String>::new());
    let wish = Wish { rewritten: true, ..Wish::default() };
    let rust = proof("src/log.rs", LOG, &wish).unwrap();
    assert_eq!(found(&rust.path, &rust.text), Vec::<String>::new());
}

#[test]
fn what_has_no_test_is_told() {
    let inside = LOG.replace("pub fn", "mod inner {\nuse super::*;\npub fn") + "}\n";
    assert!(proof("src/log.rs", &inside, &Wish::default()).unwrap_err().contains("in a module"));
    let alone = "import fs from 'node:fs';\nif (!fs.existsSync(path)) fs.writeFileSync(path, text);\n";
    assert!(proof("a.ts", alone, &Wish::default()).unwrap_err().contains("in no function"));
}

#[test]
fn ways_lead_from_folder_to_folder() {
    assert_eq!(way(Path::new("tests/a.mjs"), Path::new("src/b.ts")), "../src/b.ts");
    assert_eq!(way(Path::new("a.mjs"), Path::new("./b.ts")), "./b.ts");
}
