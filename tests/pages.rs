//! The pages are the tests: every example of every page below `rules/`.
//!
//! `UPDATE=1 cargo test --test pages` writes marks and rewritten code as the engine sees them;
//! read the difference before you commit it. `PAGE=fs-` looks only at pages whose path has that.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Mutex;
use toctou_lint::{examine, harness};

fn rules() -> std::path::PathBuf {
    // Relative, so that failures name pages as the repository does.
    Path::new("rules").to_owned()
}

#[test]
fn every_example_holds() {
    let mut folder = match harness::read_folder(&rules()) {
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
    let mut lines: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    lines.extend(badly_worded.into_inner().unwrap());
    let (failures, examples) = (lines.len(), report.examples);
    assert!(lines.is_empty(), "{failures} failures in {examples} examples\n{}", lines.join("\n"));
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
