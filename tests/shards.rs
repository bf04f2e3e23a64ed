//! A run in parts reports, to the byte, what the run as a whole does.

#[path = "support/edits.rs"]
mod edits;

use edits::{Dice, edited, inputs};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

struct Project {
    folder: tempfile::TempDir,
}

impl Project {
    fn shop() -> Project {
        let project = Project { folder: tempfile::tempdir().unwrap() };
        let root = Path::new("testdata/projects/shop");
        for entry in walkdir::WalkDir::new(root).into_iter().map(Result::unwrap) {
            if entry.file_type().is_file() {
                let to = project.path("code").join(entry.path().strip_prefix(root).unwrap());
                fs::create_dir_all(to.parent().unwrap()).unwrap();
                fs::write(to, fs::read(entry.path()).unwrap()).unwrap();
            }
        }
        project
    }

    /// The examples of all pages, some of them edited.
    fn pages(dice: &mut Dice) -> Project {
        let project = Project { folder: tempfile::tempdir().unwrap() };
        let (all, others) = (inputs(), inputs());
        for mut input in all {
            if dice.below(4) == 0 {
                let other = &others[dice.below(others.len())].text;
                input.text = edited(&input.text, other, dice).as_str().into();
            }
            let to = project.path("code").join(&input.path);
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, input.text.as_str()).unwrap();
        }
        project
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_toctou-lint"));
        command.current_dir(self.path("code")).args(arguments).output().unwrap()
    }

    /// Makes the parts of a run; their names.
    fn parts(&self, of: usize, options: &[&str]) -> Vec<String> {
        let part = |number: usize| {
            let to = self.path(&format!("{number}-of-{of}.part")).to_str().unwrap().to_owned();
            let shard = format!("{number}/{of}");
            let made = self.run(&[options, &["--shard", &shard, "--output", &to]].concat());
            assert_eq!(made.status.code(), Some(0), "{}", text(&made.stderr));
            assert!(made.stdout.is_empty());
            to
        };
        (1..=of).map(part).collect()
    }

    fn merged(&self, parts: &[String], options: &[&str]) -> Output {
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        self.run(&[&["merge"], &parts[..], options].concat())
    }

    fn same(&self, parts: &[String], options: &[&str]) {
        let (whole, merged) = (self.run(&[options, &["--no-cache"]].concat()), self.merged(parts, options));
        let told = |output: &Output| (output.status.code(), text(&output.stdout), text(&output.stderr));
        assert!(
            told(&whole) == told(&merged),
            "{options:?}: {:#?} is not {:#?}",
            told(&merged),
            told(&whole)
        );
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn parts_are_the_whole() {
    let shop = Project::shop();
    for of in [1, 2, 3, 7] {
        let parts = shop.parts(of, &[]);
        for format in ["sarif", "json", "full", "html", "gitlab"] {
            shop.same(&parts, &["--format", format]);
        }
        shop.same(&parts, &["--format", "sarif", "--category", "server", "--max-findings", "5"]);
        shop.same(&parts, &["--format", "json", "--min-confidence", "high", "--ignore", "db-lost-update"]);
        shop.same(&parts, &["--exit-zero", "--quiet", "--format", "concise", "--fail-on", "never"]);
    }
}

/// Findings across files, notes and suppressed ones among them, whichever way files fall.
#[test]
fn random_splits_of_the_pages_are_the_whole() {
    let seed = std::env::var("SEED").ok().and_then(|seed| seed.parse().ok());
    let mut dice = Dice(seed.unwrap_or(1));
    let pages = Project::pages(&mut dice);
    for _ in 0..3 {
        let parts = pages.parts(2 + dice.below(9), &["--pedantic"]);
        pages.same(&parts, &["--pedantic", "--format", "sarif", "--report-suppressed"]);
        pages.same(&parts, &["--pedantic", "--format", "json"]);
    }
}

#[test]
fn baselines_and_changed_lines_are_for_the_whole() {
    let shop = Project::shop();
    let parts = shop.parts(3, &[]);
    assert_eq!(shop.run(&["baseline", "create"]).status.code(), Some(0));
    shop.same(&parts, &["--format", "sarif", "--report-suppressed"]);
    fs::write(shop.path("p.patch"), "--- a/web/src/exports.ts\n+++ b/web/src/exports.ts\n@@ -0,0 +1,9 @@\n")
        .unwrap();
    shop.same(&parts, &["--no-baseline", "--new-from-patch", shop.path("p.patch").to_str().unwrap()]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let shop = Project::shop();
    let parts = shop.parts(3, &[]);
    let refused = |parts: &[String], options: &[&str], why: &str| {
        let told = shop.merged(parts, options);
        assert_eq!(
            (told.status.code(), text(&told.stderr).contains(why)),
            (Some(2), true),
            "{}",
            text(&told.stderr)
        );
    };
    refused(&parts[..2], &[], "the part of shard 3/3 is missing");
    refused(&[&parts[..], &parts[..1]].concat(), &[], "are both the part of shard 1/3");
    refused(&parts, &["--pedantic"], "notes were asked of merge and not of the shards");
    refused(&parts, &["--fix"], "it changes none");
    let other = shop.parts(2, &[]);
    refused(&[parts[0].clone(), other[1].clone()], &[], "is part of another run");
    let bytes = fs::read(&parts[2]).unwrap();
    fs::write(&parts[2], &bytes[..bytes.len() - 1]).unwrap();
    refused(&parts, &[], "is no part made by this build");
    fs::write(&parts[2], bytes).unwrap();
    refused(&["README.md".to_owned()], &[], "is no part of a run");
    let source = shop.path("code/web/src/exports.ts");
    fs::write(&source, fs::read_to_string(&source).unwrap() + "\n").unwrap();
    refused(&parts, &[], "the files here are not those that the shards looked at");
    for (arguments, why) in [
        (&["--shard", "0/3", "--output", "x"][..], "is no share"),
        (&["--shard", "1/3"], "name it with --output"),
        (&["--shard", "1/3", "--output", "../none/x/"], "cannot be written"),
    ] {
        let told = shop.run(arguments);
        assert_eq!(
            (told.status.code(), text(&told.stderr).contains(why)),
            (Some(2), true),
            "{}",
            text(&told.stderr)
        );
    }
}
