//! Reports from outside: each format over the demo shop, several at once, files that cannot be
//! written, and what makes a run fail.

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const RACE: &str = "import fs from 'node:fs';\nexport function save(p, d) {\n  if (!fs.existsSync(p)) {\n    fs.writeFileSync(p, d);\n  }\n}\n";
const FORMATS: &[&str] = &[
    "full",
    "concise",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "rdjson",
    "checkstyle",
    "markdown",
    "html",
];

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toctou-lint"));
    command.current_dir(folder).args(arguments);
    for name in ["NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"] {
        command.env_remove(name);
    }
    command
}

fn lint(folder: &Path, arguments: &[&str]) -> Output {
    command(folder, arguments).output().unwrap()
}

fn racy() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.ts"), RACE).unwrap();
    fs::write(folder.path().join("b.ts"), RACE).unwrap();
    folder
}

fn shop() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/testdata/projects/shop"))
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {output:?}"))
}

fn stdout(output: &Output) -> &str {
    std::str::from_utf8(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> &str {
    std::str::from_utf8(&output.stderr).unwrap()
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap()
}

/// The schema allows no field that it does not name, so a new one must be described there.
#[test]
fn json_is_as_its_schema_says() {
    let validator = jsonschema::validator_for(&schema()).unwrap();
    for arguments in [&["--pedantic"][..], &["--pedantic", "--report-suppressed", "--max-findings", "3"]] {
        let output = lint(shop(), &[&["--format", "json"], arguments].concat());
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let errors: Vec<String> = validator
            .iter_errors(&document)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        assert!(!document["findings"].as_array().unwrap().is_empty());
    }
    let mut document: Value = serde_json::from_slice(&lint(shop(), &["--format", "json"]).stdout).unwrap();
    document["findings"][0]["surprise"] = Value::Null;
    assert!(!validator.is_valid(&document), "the schema allows anything");
}

#[test]
fn a_line_of_json_is_a_finding_of_the_report() {
    let all: Value = serde_json::from_slice(&lint(shop(), &["--format", "json"]).stdout).unwrap();
    let output = lint(shop(), &["--format", "jsonl"]);
    let lines: Vec<Value> = stdout(&output).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(all["findings"], Value::Array(lines));
}

#[test]
fn standard_input_has_its_name_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    for format in FORMATS {
        let mut child = command(folder.path(), &["-", "--stdin-filename", "x/y.ts", "--format", format])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(RACE.as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(code(&output), 1, "{format}");
        assert!(stdout(&output).contains("x/y.ts"), "{format}: {output:?}");
    }
}

#[test]
fn one_run_writes_many_reports() {
    let folder = racy();
    let mut arguments = vec!["a.ts", "b.ts"];
    let outputs: Vec<String> =
        FORMATS.iter().map(|format| format!("--output={format}=out/{format}")).collect();
    arguments.extend(outputs.iter().map(String::as_str));
    let output = lint(folder.path(), &arguments);
    assert_eq!((code(&output), stdout(&output)), (1, ""));
    assert_eq!(stderr(&output), "2 warnings in 2 files; `--fix --unsafe-fixes` rewrites 2\n");
    for format in FORMATS {
        let alone = lint(folder.path(), &["a.ts", "b.ts", "--format", format]);
        let written = fs::read_to_string(folder.path().join("out").join(format)).unwrap();
        assert_eq!(written, stdout(&alone), "{format}");
    }
    assert_eq!(fs::read_dir(folder.path().join("out")).unwrap().count(), FORMATS.len(), "nothing else stays");
}

#[test]
fn a_named_format_is_printed_beside_the_files() {
    let folder = racy();
    let both = lint(folder.path(), &["--format", "concise", "-o", "json=r.json"]);
    assert_eq!(stdout(&both).lines().count(), 2);
    let report = fs::read(folder.path().join("r.json")).unwrap();
    assert!(serde_json::from_slice::<Value>(&report).is_ok());
    let taken = lint(folder.path(), &["--format", "concise", "-o", "r.txt"]);
    assert_eq!(stdout(&taken), "");
    assert_eq!(fs::read_to_string(folder.path().join("r.txt")).unwrap(), stdout(&both));
    let dash = lint(folder.path(), &["-o", "concise=-", "-o", "json=r.json"]);
    assert_eq!(stdout(&dash), stdout(&both));
}

#[test]
fn what_cannot_be_written_is_told_and_the_rest_is_written() {
    let folder = racy();
    fs::write(folder.path().join("file"), "").unwrap();
    let output = lint(folder.path(), &["-o", "json=file/r.json", "-o", "json=r.json"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("error: file/r.json: cannot be written"), "{output:?}");
    assert!(folder.path().join("r.json").exists());
    let output = lint(folder.path(), &["-o", "srif=r.sarif"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("did you mean `sarif`"), "{output:?}");
}

#[cfg(unix)]
#[test]
fn a_report_keeps_the_mode_of_its_file_and_may_go_to_a_device() {
    use std::os::unix::fs::PermissionsExt;
    let folder = racy();
    let path = folder.path().join("r.json");
    fs::write(&path, "old").unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    lint(folder.path(), &["-o", "json=r.json"]);
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(code(&lint(folder.path(), &["-o", "json=/dev/null"])), 1);
}

#[test]
fn warnings_are_tolerated_up_to_a_number() {
    let folder = racy();
    let exit = |arguments: &[&str]| code(&lint(folder.path(), arguments));
    assert_eq!(exit(&["--max-warnings", "2"]), 0);
    assert_eq!(exit(&["--max-warnings", "1"]), 1);
    assert_eq!(exit(&["--max-warnings", "1", "--fail-on", "error"]), 1);
    assert_eq!(exit(&["--max-warnings", "0", "--exit-zero"]), 0);
    assert_eq!(exit(&["--max-warnings", "2", "--max-findings", "1"]), 0);
    assert_eq!(exit(&["--max-warnings", "1", "--max-findings", "1"]), 1, "what is not shown counts");
}

#[test]
fn findings_are_cut_and_it_is_said() {
    let folder = racy();
    let full = lint(folder.path(), &["--max-findings", "1"]);
    assert!(stdout(&full).contains("1 not shown (`--max-findings`)"), "{full:?}");
    let output = lint(folder.path(), &["--max-findings", "1", "--format", "json"]);
    assert_eq!(stderr(&output), "1 finding not shown (--max-findings)\n");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&document["summary"]["findings"], &document["summary"]["omitted"]), (&1.into(), &1.into()));
}

#[test]
fn quiet_leaves_findings_alone() {
    let folder = racy();
    let loud = lint(folder.path(), &[]);
    let quiet = lint(folder.path(), &["--quiet"]);
    let (summary, quiet_text) = (stdout(&loud).lines().last().unwrap(), stdout(&quiet));
    assert!(summary.starts_with("2 warnings") && !quiet_text.contains(summary));
    assert_eq!(format!("{quiet_text}{summary}\n"), stdout(&loud));
    let silent = lint(folder.path(), &["-q", "-o", "json=r.json"]);
    assert_eq!((stdout(&silent), stderr(&silent), code(&silent)), ("", "", 1));
    assert_eq!(code(&lint(folder.path(), &["-q", "-v"])), 2);
}

#[test]
fn colours_and_links_are_for_those_who_ask() {
    let folder = racy();
    let coloured = |variables: &[(&str, &str)], arguments: &[&str]| {
        let output = command(folder.path(), arguments).envs(variables.iter().copied()).output().unwrap();
        stdout(&output).contains("\x1b[")
    };
    assert!(!coloured(&[], &[]));
    assert!(coloured(&[("FORCE_COLOR", "1")], &[]));
    assert!(coloured(&[("CLICOLOR_FORCE", "1")], &[]));
    assert!(!coloured(&[("FORCE_COLOR", "0")], &[]));
    assert!(!coloured(&[("FORCE_COLOR", "1"), ("NO_COLOR", "1")], &[]));
    assert!(coloured(&[("NO_COLOR", "1")], &["--color", "always"]));
    assert!(!coloured(&[("FORCE_COLOR", "1")], &["--color", "never"]));
    assert!(!stdout(&lint(folder.path(), &[])).contains("\x1b]8;;"));
    let output = lint(folder.path(), &["--hyperlinks", "always"]);
    let shown = stdout(&output);
    assert!(shown.contains("\x1b]8;;file://") && shown.contains("/a.ts\x1b\\a.ts:4:5\x1b]8;;"), "{shown}");
    assert!(shown.contains("rules/fs-check-then-create.md\x1b\\fs-check-then-create\x1b]8;;"), "{shown}");
    assert!(!shown.contains("\x1b["), "links without colours");
}

#[test]
fn what_comments_silence_is_reported_on_demand() {
    let folder = racy();
    let silent = RACE.replace("d);", "d); // toctou-lint: ignore[fs-check-then-create] -- ours");
    fs::write(folder.path().join("b.ts"), silent).unwrap();
    let results = |arguments: &[&str]| {
        let output = lint(folder.path(), &[&["--format", "sarif"], arguments].concat());
        let mut document: Value = serde_json::from_slice(&output.stdout).unwrap();
        document.pointer_mut("/runs/0/results").unwrap().take()
    };
    assert_eq!(results(&[]).as_array().unwrap().len(), 1);
    assert!(results(&[])[0].get("suppressions").is_none());
    assert_eq!(results(&["--report-suppressed"])[1]["suppressions"][0]["justification"], "ours");
}
