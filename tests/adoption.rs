//! Turning the tool on in a repository that has findings: baselines and changed lines, with real git.

use serde_json::Value;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A function that races, on five lines, the act on the third.
fn race(name: &str) -> String {
    format!(
        "export function {name}({name}Path, data) {{\n  if (!fs.existsSync({name}Path)) {{\n    \
         fs.writeFileSync({name}Path, data);\n  }}\n}}\n"
    )
}

fn file(names: &[&str]) -> String {
    let races: String = names.iter().map(|name| race(name)).collect();
    format!("import fs from 'node:fs';\n{races}")
}

/// A scratch repository.
struct Repository {
    folder: tempfile::TempDir,
}

impl Repository {
    fn new() -> Repository {
        let repository = Repository { folder: tempfile::tempdir().unwrap() };
        repository.git(&["init", "-q", "-b", "main"]);
        repository
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .current_dir(self.folder.path())
            .args(["-c", "user.name=t", "-c", "user.email=t@t", "-c", "commit.gpgsign=false"])
            .args(arguments)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn commit(&self) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--allow-empty", "-m", "a step"]);
    }

    fn lint(&self, arguments: &[&str]) -> Told {
        lint(self.folder.path(), arguments, None)
    }

    /// The places of what is reported.
    fn places(&self, arguments: &[&str]) -> Vec<String> {
        self.lint(&[&["--format", "concise"], arguments].concat()).places()
    }
}

struct Told {
    code: i32,
    out: String,
    err: String,
}

impl Told {
    fn places(&self) -> Vec<String> {
        let place = |line: &str| line.split(": ").next().unwrap().to_owned();
        self.out.lines().map(place).collect()
    }

    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {} {}", self.out, self.err))
    }
}

fn lint(folder: &Path, arguments: &[&str], input: Option<&str>) -> Told {
    let mut child = Command::new(env!("CARGO_BIN_EXE_toctou-lint"))
        .current_dir(folder)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input.unwrap_or_default().as_bytes()).unwrap();
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Told { code: status.code().unwrap(), out: text(stdout), err: text(stderr) }
}

/// A baseline holds what a check would report, so the configuration counts for both.
#[test]
fn a_baseline_goes_by_the_configuration() {
    let repository = Repository::new();
    repository.write("src/a.ts", &file(&["one", "two"]));
    repository.write("old/b.ts", &file(&["three"]));
    repository.write("toctou-lint.toml", "exclude = [\"old/\"]\n");
    let told = repository.lint(&["baseline", "create"]);
    assert_eq!((told.code, told.err.contains("holds 2 findings of 1 file")), (0, true), "{}", told.err);
    let told = repository.lint(&["baseline", "create", "--isolated"]);
    assert!(told.err.contains("holds 3 findings of 2 files"), "{}", told.err);
    repository.write("toctou-lint.toml", "no-such-key = 1\n");
    let told = repository.lint(&["baseline", "create"]);
    assert_eq!((told.code, told.err.contains("no-such-key")), (2, true), "{}", told.err);
}

/// A finding is not lost because its file is reached in another way, or is none of this repository's.
#[cfg(unix)]
#[test]
fn what_git_does_not_know_is_not_taken_for_unchanged() {
    let repository = Repository::new();
    repository.write("src/a.ts", &file(&["one"]));
    repository.commit();
    repository.write("src/b.ts", &file(&["two"]));
    repository.git(&["add", "-A"]);
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link");
    std::os::unix::fs::symlink(repository.folder.path(), &link).unwrap();
    let linked = link.join("src").join("b.ts").to_string_lossy().into_owned();
    for option in [&["--new-from-rev", "HEAD"][..], &["--staged"]] {
        let told = repository.lint(&[option, &[linked.as_str()]].concat());
        assert_eq!(told.code, 1, "{option:?}: {}{}", told.out, told.err);
    }
    fs::write(elsewhere.path().join("c.ts"), file(&["three"])).unwrap();
    let other = elsewhere.path().join("c.ts").to_string_lossy().into_owned();
    for option in [&["--new-from-rev", "HEAD"][..], &["--staged"]] {
        let told = repository.lint(&[option, &[other.as_str()]].concat());
        assert_eq!((told.code, told.err.contains("is not in the working tree")), (2, true), "{}", told.err);
    }
    let odd: std::ffi::OsString = std::os::unix::ffi::OsStringExt::from_vec(b"\xff.ts".to_vec());
    fs::write(repository.folder.path().join(odd), file(&["four"])).unwrap();
    repository.git(&["add", "-A"]);
    for option in [&["--new-from-rev", "HEAD"][..], &["--staged"]] {
        let told = repository.lint(option);
        assert!(told.out.contains("four"), "{option:?}: {}{}", told.out, told.err);
    }
}

/// The manifest above a named file counts, whether or not its folder is walked: a tool's files are
/// its user's own.
#[test]
fn a_named_file_is_part_of_its_package() {
    let repository = Repository::new();
    repository.write("package.json", "{\"name\": \"tool\", \"bin\": \"src/a.js\"}");
    repository.write("src/a.js", &file(&["one"]));
    let look = ["--format", "concise", "--pedantic", "--exit-zero"];
    let whole = repository.lint(&look).out;
    assert!(whole.contains("note[fs-check-then-create]"), "{whole}");
    assert_eq!(repository.lint(&[&look[..], &["src/a.js"]].concat()).out, whole);
}

/// The story of a team: known findings stay quiet, a branch brings one and mends one.
#[test]
fn a_baseline_and_a_branch() {
    let repository = Repository::new();
    repository.write("src/a.ts", &file(&["one", "two"]));
    repository.commit();
    assert_eq!(repository.lint(&[]).code, 1);
    let told = repository.lint(&["baseline", "create"]);
    assert_eq!(
        (told.code, told.err.as_str()),
        (0, "toctou-lint-baseline.json: holds 2 findings of 1 file\n")
    );
    let told = repository.lint(&[]);
    assert_eq!(told.code, 0, "{}", told.out);
    assert_eq!(told.out, "no new races found in 1 file; not shown: 2 in the baseline\n");
    assert_eq!(repository.places(&["--no-baseline"]).len(), 2);
    repository.commit();

    repository.git(&["switch", "-q", "-c", "topic"]);
    // One mended, one new, and all lines moved.
    repository.write("src/a.ts", &format!("// moved\n// down\n{}", file(&["two", "three"])));
    repository.commit();
    let told = repository.lint(&["--format", "concise", "--new-from-merge-base", "main"]);
    assert_eq!((told.code, told.places()), (1, vec!["src/a.ts:11:5".to_owned()]), "{}", told.err);
    assert!(told.err.contains("not shown: 1 in the baseline\n"), "{}", told.err);
    assert!(told.err.contains("1 finding of toctou-lint-baseline.json no longer occurs"), "{}", told.err);

    assert_eq!(repository.lint(&["baseline", "prune", "--check"]).code, 1);
    let told = repository.lint(&["baseline", "prune"]);
    assert_eq!(told.code, 0);
    assert!(told.err.ends_with("1 finding dropped, 1 left\n"), "{}", told.err);
    assert!(!repository.lint(&[]).err.contains("no longer"));
    assert_eq!(repository.lint(&["baseline", "prune", "--check"]).code, 0);
    assert_eq!(repository.places(&[]), ["src/a.ts:11:5"]);
    assert_eq!(repository.places(&["--no-baseline", "--new-from-merge-base", "main"]), ["src/a.ts:11:5"]);
    let threads = ["1", "4"]
        .map(|count| repository.lint(&["--format", "sarif", "--report-suppressed", "--threads", count]).out);
    assert_eq!(threads[0], threads[1]);
}

#[test]
fn sarif_and_json_tell_new_from_known() {
    let repository = Repository::new();
    repository.write("a.ts", &file(&["one"]));
    repository.lint(&["baseline", "create", "--output", "known.json"]);
    repository.write("a.ts", &file(&["one", "two"]));
    let all = ["--baseline", "known.json", "--report-suppressed", "--format"];
    let sarif = repository.lint(&[&all[..], &["sarif"]].concat()).json();
    let results = sarif.pointer("/runs/0/results").unwrap().as_array().unwrap();
    let states: Vec<&str> = results.iter().map(|one| one["baselineState"].as_str().unwrap()).collect();
    assert_eq!(states, ["new", "unchanged"]);
    let suppression = &results[1]["suppressions"][0];
    assert_eq!(
        (&suppression["kind"], &suppression["justification"]),
        (&"external".into(), &"in the baseline known.json".into())
    );
    assert_eq!(results[0]["suppressions"], serde_json::json!([]));
    let json = repository.lint(&[&all[..], &["json"]].concat()).json();
    assert_eq!(json["suppressed"][0]["by"], "baseline");
    assert_eq!(json["summary"]["hidden"]["baseline"], 1);
    let sarif = repository.lint(&["--baseline", "known.json", "--format", "sarif"]).json();
    assert_eq!(sarif.pointer("/runs/0/results").unwrap().as_array().unwrap().len(), 1);
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    assert!(jsonschema::validator_for(&schema).unwrap().is_valid(&json));
}

#[test]
fn a_baseline_outlives_the_new_name_of_a_rule() {
    let page = |head: &str, id: &str| {
        let text = fs::read_to_string("rules/fs-check-then-create.md").unwrap();
        let text = text.replace("fs-check-then-create", id);
        text.replacen("```toml rule\n", &format!("```toml rule\n{head}"), 1)
    };
    let repository = Repository::new();
    repository.write("a.ts", &file(&["one"]));
    repository.write(".toctou/first-name.md", &page("", "first-name"));
    let select = ["--select", "first-name"];
    assert_eq!(repository.places(&select), ["a.ts:4:5"]);
    assert_eq!(repository.lint(&["baseline", "create", "--select", "first-name"]).code, 0);
    fs::remove_file(repository.path(".toctou/first-name.md")).unwrap();
    repository.write(".toctou/second-name.md", &page("former = [\"first-name\"]\n", "second-name"));
    let told = repository.lint(&["--select", "second-name"]);
    assert_eq!(
        (told.code, told.out.as_str()),
        (0, "no new races found in 1 file; not shown: 1 in the baseline\n")
    );
    repository.lint(&["baseline", "prune"]);
    let text = fs::read_to_string(repository.path("toctou-lint-baseline.json")).unwrap();
    assert!(text.contains("\"second-name\"") && !text.contains("first-name"), "{text}");
}

#[test]
fn a_broken_baseline_is_an_error_with_its_place() {
    let repository = Repository::new();
    repository.write("a.ts", &file(&["one"]));
    repository.write("toctou-lint-baseline.json", "{\n  \"version\": 1,\n  \"findings\": [}\n");
    for arguments in [&[][..], &["baseline", "prune"], &["--fix"]] {
        let told = repository.lint(arguments);
        assert_eq!((told.code, told.out.as_str()), (2, ""));
        assert!(told.err.contains("toctou-lint-baseline.json:3:16: the baseline is broken"), "{}", told.err);
    }
    assert_eq!(repository.lint(&["--no-baseline"]).code, 1);
    let told = repository.lint(&["--baseline", "missing.json"]);
    assert!(told.code == 2 && told.err.contains("missing.json: the baseline cannot be read"), "{}", told.err);
    let told = repository.lint(&["baseline", "create", "missing"]);
    assert_eq!(told.code, 2);
    assert!(fs::read_to_string(repository.path("toctou-lint-baseline.json")).unwrap().contains("[}"));
}

#[test]
fn only_changed_lines_of_any_file_count() {
    let repository = Repository::new();
    repository.write("a.ts", &file(&["one", "two"]));
    repository.write("b.ts", &file(&["three"]));
    repository.write("sub/c d.ts", &file(&["four"]));
    repository.commit();
    assert_eq!(repository.places(&["--new-from-rev", "HEAD"]), [""; 0]);
    let told = repository.lint(&["--new-from-rev", "HEAD"]);
    assert_eq!(
        (told.code, told.out.as_str()),
        (0, "no new races found in 3 files; not shown: 4 on unchanged lines\n")
    );
    // The check of one, a comment beside the other; a renamed file; an untracked one.
    repository.write(
        "a.ts",
        &file(&["one", "two"])
            .replace("existsSync(two", "existsSync( two")
            .replace("}\nexport", "}\n// x\nexport"),
    );
    repository.git(&["mv", "b.ts", "moved.ts"]);
    repository.write("é \"new\".ts", &file(&["five"]));
    repository.write("sub/c d.ts", &file(&["four"]).replace("data);", "data );"));
    let expected = ["a.ts:10:5", "sub/c d.ts:4:5", "é \"new\".ts:4:5"];
    assert_eq!(repository.places(&["--new-from-rev", "HEAD"]), expected);
    // From a folder below, paths are told from there.
    let below = lint(&repository.path("sub"), &["--format", "concise", "--new-from-rev", "HEAD", "."], None);
    assert_eq!(below.places(), ["c d.ts:4:5"]);
    let above =
        lint(&repository.path("sub"), &["--format", "concise", "--new-from-rev", "HEAD", "../a.ts"], None);
    assert_eq!(above.places(), ["../a.ts:10:5"]);
}

/// The act is on an old line; its call in the other file is what is new, and so is a lock's absence.
#[test]
fn a_new_call_or_a_lock_that_is_gone_makes_a_race_new() {
    let repository = Repository::new();
    let helper =
        "import fs from 'node:fs';\nexport function put(path, data) {\n  fs.writeFileSync(path, data);\n}\n";
    let caller = "import fs from 'node:fs';\nimport { put } from './put';\nexport function save(path, data) {\n  if (!fs.existsSync(path)) {\n    put(path, data);\n  }\n}\n";
    repository.write("put.ts", helper);
    repository.write("save.ts", caller);
    repository.commit();
    assert_eq!(repository.places(&["--new-from-rev", "HEAD"]), [""; 0]);
    repository.write("put.ts", &helper.replace("path, data);", "path, data );"));
    assert_eq!(repository.places(&["--new-from-rev", "HEAD"]).len(), 1);
    repository.write("put.ts", helper);
    repository.write("save.ts", &caller.replace("    put(path", "    log();\n    put(path"));
    repository.commit();
    repository.write("save.ts", caller);
    assert_eq!(
        repository.places(&["--new-from-rev", "HEAD"]).len(),
        1,
        "a line between check and act is gone"
    );
}

#[test]
fn staged_text_is_what_is_looked_at() {
    let repository = Repository::new();
    repository.write("a.ts", &file(&["one"]));
    repository.write("gone.ts", &file(&["six"]));
    // Before there is a commit, all that is staged is new.
    repository.git(&["add", "a.ts"]);
    assert_eq!(repository.places(&["--staged"]), ["a.ts:4:5"]);
    repository.commit();
    repository.write("a.ts", &file(&["one", "two"]));
    repository.git(&["add", "a.ts"]);
    // What stands in the working tree only is not looked at.
    repository.write("a.ts", &file(&["three", "one", "two"]));
    repository.write("untracked.ts", &file(&["five"]));
    assert_eq!(repository.places(&["--staged"]), ["a.ts:9:5"]);
    repository.write("a.ts", "export const a = 1;\n");
    assert_eq!(repository.places(&["--staged"]), ["a.ts:9:5"]);
    fs::remove_file(repository.path("a.ts")).unwrap();
    assert_eq!(repository.places(&["--staged"]), ["a.ts:9:5"]);
    assert_eq!(repository.places(&["--staged", "a.ts"]), ["a.ts:9:5"]);
    assert_eq!(repository.lint(&["--staged", "--fix"]).code, 2);
}

#[test]
fn a_patch_from_standard_input_or_a_file() {
    let repository = Repository::new();
    repository.write("a.ts", &file(&["one"]).replace('\n', "\r\n"));
    repository.commit();
    repository.write("a.ts", &file(&["one", "two"]).replace('\n', "\r\n"));
    for options in
        [&["diff"][..], &["diff", "--no-prefix"], &["-c", "diff.mnemonicPrefix=true", "diff", "-U0"]]
    {
        let patch = repository.git(options);
        let told =
            lint(repository.folder.path(), &["--format", "concise", "--new-from-patch", "-"], Some(&patch));
        assert_eq!((told.code, told.places()), (1, vec!["a.ts:9:5".to_owned()]), "{options:?} {}", told.err);
    }
    assert_eq!(repository.places(&["--new-from-rev", "HEAD"]), ["a.ts:9:5"]);
    repository.write("p.patch", &repository.git(&["diff"]));
    assert_eq!(repository.places(&["--new-from-patch", "p.patch"]), ["a.ts:9:5"]);
    // The text is no longer what the patch leads to.
    repository.write("a.ts", &file(&["one", "three"]));
    let told = repository.lint(&["--new-from-patch", "p.patch"]);
    assert_eq!(told.code, 2);
    assert!(told.err.contains("p.patch") && told.err.contains("does not fit line 7 of a.ts"), "{}", told.err);
    assert_eq!(lint(repository.folder.path(), &["--new-from-patch", "-"], Some("")).code, 0);
}

#[test]
fn what_git_or_a_patch_cannot_tell_is_an_error() {
    let repository = Repository::new();
    repository.write("a.ts", &file(&["one"]));
    repository.commit();
    for (arguments, words) in [
        (&["--new-from-rev", "nowhere"][..], "unknown revision `nowhere`"),
        (&["--new-from-rev=--output=x"], "unknown revision `--output=x`"),
        (&["--new-from-merge-base", "origin/main"], "unknown revision `origin/main`"),
        (&["--new-from-patch", "missing.patch"], "missing.patch: the patch cannot be read"),
        (&["--new-from-patch", "a.ts"], "a.ts: the patch: holds no unified diff"),
        (&["--new-from-rev", "HEAD", "--staged"], "cannot be used with"),
    ] {
        let told = repository.lint(arguments);
        assert_eq!((told.code, told.out.as_str()), (2, ""), "{arguments:?}");
        assert!(told.err.contains(words), "{arguments:?}: {}", told.err);
    }
    repository.git(&["checkout", "-q", "--orphan", "apart"]);
    repository.write("b.ts", "");
    repository.commit();
    let told = repository.lint(&["--new-from-merge-base", "main"]);
    assert!(told.code == 2 && told.err.contains("no common commit"), "{}", told.err);
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("a.ts"), file(&["one"])).unwrap();
    let told = lint(outside.path(), &["--new-from-rev", "HEAD"], None);
    assert!(told.code == 2 && told.err.contains("is in no working tree of git"), "{}", told.err);
}

#[test]
fn fix_touches_only_what_is_reported() {
    let repository = Repository::new();
    repository.write("a.ts", &file(&["one"]));
    repository.commit();
    repository.write("a.ts", &file(&["one", "two"]));
    let fix = ["--fix", "--unsafe-fixes", "--exit-zero", "--new-from-rev", "HEAD"];
    let told = repository.lint(&fix);
    let text = fs::read_to_string(repository.path("a.ts")).unwrap();
    assert!(text.starts_with(&file(&["one"])), "{text}");
    assert!(text != file(&["one", "two"]), "{}{}", told.out, told.err);
    assert_eq!(told.code, 0);
}
