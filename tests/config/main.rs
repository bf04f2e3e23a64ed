//! Configuration from outside: which file speaks, what it does to findings, and what is wrong with it.

mod effects;
mod life;
mod told;
mod which;

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

pub(crate) const RACE: &str = "import fs from 'node:fs';\nexport function save(p, d) {\n  if (!fs.existsSync(p)) {\n    fs.writeFileSync(p, d);\n  }\n}\n";
pub(crate) const RULE: &str = "fs-check-then-create";

pub(crate) fn lint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_toctou-lint")).current_dir(folder).args(arguments).output().unwrap()
}

/// A repository of these files, so that no configuration above it counts.
pub(crate) fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {output:?}"))
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// The level of the finding in each file that has one: `a.ts error`.
pub(crate) fn levels(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let output = lint(folder, &[&["--format", "concise"], arguments].concat());
    assert!(code(&output) < 2 || code(&output) == 3, "{output:?}");
    let line = |line: &str| {
        let (path, rest) = line.split_once(':').unwrap();
        let level = rest.split_once(": ").unwrap().1.split('[').next().unwrap();
        format!("{path} {level}")
    };
    stdout(&output).lines().map(line).collect()
}

pub(crate) fn rules(level: &str) -> String {
    format!("[rules]\n{RULE} = \"{level}\"\n")
}
