//! The pages are the tests: every example of every page below `rules/`.
//!
//! `UPDATE=1 cargo test --test pages` writes marks and rewritten code as the engine sees them;
//! read the difference before you commit it. `PAGE=fs-` looks only at pages whose path has that, and
//! shows all their failures.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Mutex;
use toctou_lint::{examine, harness};

fn rules() -> std::path::PathBuf {
    // Relative, so that failures name pages as the repository does.
    Path::new("rules").to_owned()
}

#[test]
fn every_example_holds() {
    let mut folder = match harness::read_folder(&rules(), &[]) {
        Ok(read) => read,
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{} errors on pages\n{}", lines.len(), lines.join("\n"))
        }
    };
    if let Ok(part) = std::env::var("PAGE") {
        folder.pages.retain(|(path, _)| path.contains(&part));
    }
    let badly_worded = Mutex::new(BTreeSet::new());
    let report = harness::run_pages(&folder.pages, &|files, options| {
        let examined = examine(files, &folder.book, options);
        let messages = examined.findings.iter().map(|finding| (&finding.rule, &finding.message));
        let bad = messages.filter(|(_, message)| !is_well_worded(message));
        let bad = bad.map(|(rule, message)| format!("{rule}: badly worded: {message}"));
        badly_worded.lock().unwrap().extend(bad);
        examined
    });
    if std::env::var_os("UPDATE").is_some() {
        for (path, text) in &report.updates {
            std::fs::write(path, text).unwrap();
        }
    }
    let badly_worded = badly_worded.into_inner().unwrap();
    assert!(badly_worded.is_empty(), "{}", badly_worded.into_iter().collect::<Vec<_>>().join("\n"));
    let mut failing: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for failure in &report.failures {
        failing.entry(&failure.path).or_default().push(failure.to_string());
    }
    if std::env::var_os("OPEN").is_some() {
        let list: String = failing.iter().map(|(path, lines)| format!("{path} {}\n", lines.len())).collect();
        std::fs::write(OPEN, list).unwrap();
    }
    // Whoever looks at chosen pages wants to see all that is wrong with them.
    let open = if std::env::var_os("PAGE").is_some() { BTreeMap::new() } else { open() };
    failing.retain(|path, lines| lines.len() > open.get(*path).copied().unwrap_or(0));
    let lines: Vec<String> = failing.into_values().flatten().collect();
    let (failures, examples) = (lines.len(), report.examples);
    assert!(lines.is_empty(), "{failures} failures in {examples} examples\n{}", lines.join("\n"));
}

/// Pages whose examples do not all hold yet, with how many failures each may have. A page may only
/// get better; `OPEN=1 cargo test --test pages` writes the list anew. Empty is the goal.
const OPEN: &str = "tests/open-examples.txt";

fn open() -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(OPEN).unwrap_or_default();
    let lines = text.lines().filter_map(|line| line.rsplit_once(' '));
    lines.map(|(path, count)| (path.to_owned(), count.parse().unwrap())).collect()
}

/// Lower-case, no full stop, no hole left open, code in back quotes.
fn is_well_worded(message: &str) -> bool {
    let begins_small = !message.chars().next().is_some_and(char::is_uppercase);
    let quotes = message.matches('`').count();
    let outside = message.split('`').step_by(2).collect::<String>();
    begins_small
        && !message.ends_with('.')
        && quotes >= 2
        && quotes.is_multiple_of(2)
        && !outside.contains(['{', '}'])
}
