//! `--fix` from outside: what it writes is understood, clean and stays so, and it keeps what it was
//! not asked to change.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const RACE: &str = "import fs from 'node:fs';\nexport function save(p, d) {\n  if (!fs.existsSync(p)) {\n    fs.writeFileSync(p, d);\n  }\n}\n";
const FIX: [&str; 3] = ["--fix", "--unsafe-fixes", "--pedantic"];

fn lint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_toctou-lint")).current_dir(folder).args(arguments).output().unwrap()
}

fn lint_text(folder: &Path, arguments: &[&str], text: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_toctou-lint"))
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn copy(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from) {
        let entry = entry.unwrap();
        let target = to.join(entry.path().strip_prefix(from).unwrap());
        if entry.file_type().is_dir() {
            fs::create_dir_all(&target).unwrap();
        } else {
            fs::copy(entry.path(), &target).unwrap();
        }
    }
}

/// Rule and path of each finding, counted, and what could not be understood.
fn found(folder: &Path) -> (BTreeMap<(String, String), usize>, usize) {
    let output = lint(folder, &["--pedantic", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut found = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let part = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        *found.entry((part(&finding["rule"]), part(&finding["act"]["location"]["path"]))).or_insert(0) += 1;
    }
    (found, report["problems"].as_array().map_or(0, Vec::len))
}

fn texts(folder: &Path) -> BTreeMap<PathBuf, String> {
    // The cache is ours, and no text.
    let is_code = |entry: &walkdir::DirEntry| entry.file_name() != ".toctou-lint-cache";
    let files = walkdir::WalkDir::new(folder).into_iter().filter_entry(is_code).map(Result::unwrap);
    let files = files.filter(|entry| entry.file_type().is_file());
    files.map(|entry| (entry.path().to_owned(), fs::read_to_string(entry.path()).unwrap())).collect()
}

#[test]
fn the_shop_is_rewritten_once_and_stays_whole() {
    let folder = tempfile::tempdir().unwrap();
    copy(Path::new("testdata/projects/shop"), folder.path());
    let (before, _) = found(folder.path());
    let output = lint(folder.path(), &FIX);
    let said = text(&output.stderr);
    assert!(said.contains("rewrote ") && !said.contains("rewrote 0"), "{said}");
    let (after, problems) = found(folder.path());
    assert_eq!(problems, 0, "all of it is understood");
    for (place, count) in &after {
        let known = before.get(place).copied().unwrap_or(0);
        assert!(*count <= known, "{place:?}: {known} findings before, {count} after");
    }
    assert!(after.values().sum::<usize>() < before.values().sum(), "{after:?}");
    let once = texts(folder.path());
    let again = lint(folder.path(), &FIX);
    assert!(text(&again.stderr).contains("rewrote 0 findings"), "{}", text(&again.stderr));
    assert_eq!(texts(folder.path()), once);
}

#[test]
fn line_endings_and_permissions_stay() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ts");
    let many = "import { existsSync, unlinkSync } from 'node:fs';\nexport function drop(p) {\n  // gone\n  if (existsSync(p)) {\n    unlinkSync(p);\n  }\n}\n";
    fs::write(&path, many.replace('\n', "\r\n")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    lint(folder.path(), &FIX);
    let fixed = fs::read_to_string(&path).unwrap();
    let wanted = "import { existsSync, unlinkSync, rmSync } from 'node:fs';\nexport function drop(p) {\n  // gone\n  rmSync(p, { force: true });\n}\n";
    assert_eq!(fixed, wanted.replace('\n', "\r\n"));
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o640);
}

#[test]
fn a_text_goes_through() {
    let folder = tempfile::tempdir().unwrap();
    let through = ["--fix", "--unsafe-fixes", "--stdin-filename", "a.ts"];
    let output = lint_text(folder.path(), &through, RACE);
    assert!(text(&output.stdout).contains("flag: 'wx'"), "{output:?}");
    assert!(text(&output.stdout).starts_with("import fs"), "no report stands before it: {output:?}");

    let with_report: Vec<&str> = through.iter().copied().chain(["--output", "json=out.json"]).collect();
    let output = lint_text(folder.path(), &with_report, RACE);
    assert!(text(&output.stdout).starts_with("import fs"), "{output:?}");
    let report = fs::read(folder.path().join("out.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 0);
}

#[test]
fn an_excluded_text_comes_back_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("toctou-lint.toml"), "exclude = [\"gen/**\"]\n").unwrap();
    fs::create_dir(folder.path().join("gen")).unwrap();
    let through = ["--fix", "--unsafe-fixes", "--force-exclude", "--stdin-filename", "gen/a.ts"];
    let output = lint_text(folder.path(), &through, RACE);
    assert_eq!(text(&output.stdout), RACE, "{output:?}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn nothing_is_claimed_that_was_not_written() {
    let folder = tempfile::tempdir().unwrap();
    // The name of the temporary file beside it is too long for any file system.
    let name = format!("{}.ts", "a".repeat(250));
    fs::write(folder.path().join(&name), RACE).unwrap();
    for arguments in [&["--add-ignore", "--reason", "ours"][..], &["--fix", "--unsafe-fixes"]] {
        let output = lint(folder.path(), arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("wrote 0 of 1 file"), "{said}");
        assert!(!said.contains("silenced") && !said.contains("rewrote"), "{said}");
        assert_eq!(fs::read_to_string(folder.path().join(&name)).unwrap(), RACE);
    }
}
