//! The pages are the tests: every example of every page below `rules/`.
//!
//! `UPDATE=1 cargo test --test pages` writes marks and rewritten code as the engine sees them;
//! read the difference before you commit it.

use std::path::Path;
use toctou_lint::{examine, harness};

fn rules() -> std::path::PathBuf {
    // Relative, so that failures name pages as the repository does.
    Path::new("rules").to_owned()
}

#[test]
#[ignore = "waits for the engine"]
fn every_example_holds() {
    let folder = match harness::read_folder(&rules()) {
        Ok(read) => read,
        Err(errors) => {
            let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
            panic!("{} errors on pages\n{}", lines.len(), lines.join("\n"))
        }
    };
    let report = harness::run_pages(&folder.pages, &|files, options| examine(files, &folder.book, options));
    if std::env::var_os("UPDATE").is_some() {
        for (path, text) in &report.updates {
            std::fs::write(path, text).unwrap();
        }
    }
    let lines: Vec<String> = report.failures.iter().map(ToString::to_string).collect();
    let (failures, examples) = (lines.len(), report.examples);
    assert!(lines.is_empty(), "{failures} failures in {examples} examples\n{}", lines.join("\n"));
}
