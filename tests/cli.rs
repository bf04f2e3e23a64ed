//! The program from outside: exit codes, bad input, the same bytes each time.

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const RACE: &str = "import fs from 'node:fs';\nexport function save(p, d) {\n  if (!fs.existsSync(p)) {\n    fs.writeFileSync(p, d);\n  }\n}\n";

fn lint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_toctou-lint")).current_dir(folder).args(arguments).output().unwrap()
}

fn folder(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap_or_else(|| panic!("killed: {output:?}"))
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

#[test]
fn exit_codes_say_what_happened() {
    let racy = folder(&[("a.ts", RACE.as_bytes())]);
    let clean = folder(&[("a.ts", b"export const a = 1;\n")]);
    let empty = folder(&[("notes.md", b"")]);
    assert_eq!(code(&lint(clean.path(), &[])), 0);
    assert_eq!(code(&lint(racy.path(), &[])), 1);
    assert_eq!(code(&lint(racy.path(), &["check", "."])), 1);
    assert_eq!(code(&lint(racy.path(), &["--exit-zero"])), 0);
    assert_eq!(code(&lint(racy.path(), &["--fail-on", "error"])), 0);
    assert_eq!(code(&lint(racy.path(), &["--fail-on", "never"])), 0);
    assert_eq!(code(&lint(racy.path(), &["--no-such-flag"])), 2);
    assert_eq!(code(&lint(racy.path(), &["missing"])), 2);
    assert_eq!(code(&lint(empty.path(), &[])), 3);
    assert_eq!(code(&lint(racy.path(), &["--help"])), 0);
}

#[test]
fn findings_go_to_standard_output_and_all_else_to_standard_error() {
    let racy = folder(&[("a.ts", RACE.as_bytes()), ("b.ts", b"\xff")]);
    let output = lint(racy.path(), &["--format", "concise"]);
    assert!(stdout(&output).starts_with("a.ts:4:5: warning[fs-check-then-create] "), "{output:?}");
    assert_eq!(stdout(&output).lines().count(), 1);
    assert_eq!(stderr(&output), "problem: b.ts:1:1: is not UTF-8\n");
}

#[test]
fn an_unknown_rule_is_an_error_with_the_nearest_name() {
    let racy = folder(&[("a.ts", RACE.as_bytes())]);
    let output = lint(racy.path(), &["--select", "fs-chek-then-create"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("did you mean `fs-check-then-create`"), "{output:?}");
    assert_eq!(code(&lint(racy.path(), &["--ignore", "fs-check-then-create"])), 0);
}

#[test]
fn each_format_is_read_by_a_machine() {
    let racy = folder(&[("a.ts", RACE.as_bytes())]);
    for (format, findings) in [("json", "/findings"), ("sarif", "/runs/0/results")] {
        let output = lint(racy.path(), &["--format", format]);
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(document.pointer(findings).unwrap().as_array().unwrap().len(), 1);
    }
}

#[test]
fn standard_input_is_a_file_of_the_given_name() {
    let empty = folder(&[]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_toctou-lint"))
        .current_dir(empty.path())
        .args(["-", "--stdin-filename", "x/y.ts", "--format", "concise"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(RACE.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(stdout(&output).starts_with("x/y.ts:4:5: "), "{output:?}");
}

#[test]
fn bad_files_cost_only_themselves() {
    let deep_ts = "a(".repeat(10_000) + &")".repeat(10_000);
    let deep_rust = format!("fn f() {{ let x = {}1{}; }}", "(".repeat(10_000), ")".repeat(10_000));
    let blocks = format!("fn f() {}{}", "{".repeat(10_000), "}".repeat(10_000));
    let ifs = format!("function f() {{ {} }}", "if (a) {".repeat(10_000));
    let one_line = "f(1);".repeat(200_000);
    let files: &[(&str, &[u8])] = &[
        ("good.ts", RACE.as_bytes()),
        ("empty.ts", b""),
        ("empty.rs", b""),
        ("latin.ts", b"let a;\nlet \xe9;"),
        ("binary.rs", b"fn f() {}\n\0"),
        ("deep.ts", deep_ts.as_bytes()),
        ("deep.rs", deep_rust.as_bytes()),
        ("blocks.rs", blocks.as_bytes()),
        ("ifs.js", ifs.as_bytes()),
        ("half.ts", &RACE.as_bytes()[..RACE.len() / 2]),
        ("half.rs", b"pub fn save(path: &Path) { if !path.exists() { std::fs::wri"),
        ("line.js", one_line.as_bytes()),
    ];
    let folder = folder(files);
    fs::File::create(folder.path().join("huge.ts")).unwrap().set_len(100 << 20).unwrap();
    #[cfg(unix)]
    std::os::unix::fs::symlink(folder.path(), folder.path().join("loop")).unwrap();
    let output = lint(folder.path(), &["--format", "concise", "--no-prefilter"]);
    let told = stderr(&output);
    assert_eq!(code(&output), 1, "{told}");
    assert!(stdout(&output).contains("good.ts:4:5: warning"), "{output:?}");
    for place in ["binary.rs:2:1: ", "huge.ts: ", "latin.ts:2:5: ", "half.rs:1:"] {
        assert!(told.contains(place), "{place} is missing in {told}");
    }
    assert!(!told.contains("internal error"), "{told}");
}

#[test]
fn a_long_line_is_analysed_when_its_file_is_named() {
    let text = format!("{}{}", RACE.replace('\n', " "), "f(1);".repeat(2_000));
    let folder = folder(&[("a.js", text.as_bytes())]);
    assert_eq!(code(&lint(folder.path(), &[])), 3, "minified when found");
    let output = lint(folder.path(), &["a.js"]);
    assert_eq!(code(&output), 1);
    assert!(output.stdout.len() < 4_000, "the line is not printed");
}

#[test]
fn a_broken_page_is_named_and_the_rest_is_analysed() {
    let page = b"# Mine\n\n```library\nlanguage typescript\nsave(path): wrte file(path)\n```\n";
    let folder = folder(&[("a.ts", RACE.as_bytes()), (".toctou/mine.md", page)]);
    let output = lint(folder.path(), &["--format", "concise"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains(".toctou/mine.md:5: "), "{output:?}");
    assert!(stdout(&output).contains("a.ts:4:5"), "{output:?}");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let racy = folder(&[("a.ts", RACE.repeat(400).as_bytes())]);
    let mut child = Command::new(env!("CARGO_BIN_EXE_toctou-lint"))
        .current_dir(racy.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 1);
    assert_eq!(stderr(&output), "");
}

/// The repository's own pages and projects hold code of every kind.
#[test]
fn the_same_bytes_with_any_number_of_threads_and_without_the_scan() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let run = |more: &[&str]| {
        let mut arguments = vec!["testdata", "--format", "json", "--pedantic"];
        arguments.extend(more);
        lint(root, &arguments).stdout
    };
    let one = run(&["--threads", "1"]);
    assert_eq!(one, run(&["--threads", "8"]));
    assert_eq!(one, run(&["--no-prefilter"]));
    let document: serde_json::Value = serde_json::from_slice(&one).unwrap();
    assert_ne!(document["findings"].as_array().unwrap().len(), 0);
}

#[test]
fn rewrites_change_files_only_when_asked() {
    let racy = folder(&[("a.ts", RACE.as_bytes())]);
    let path = racy.path().join("a.ts");
    let diff = lint(racy.path(), &["--diff", "--unsafe-fixes"]);
    assert_eq!(fs::read_to_string(&path).unwrap(), RACE);
    assert!(stdout(&diff).starts_with("--- a/a.ts\n+++ b/a.ts\n"), "{diff:?}");
    assert_eq!(code(&diff), 1);
    lint(racy.path(), &["--fix", "--unsafe-fixes"]);
    let fixed = fs::read_to_string(&path).unwrap();
    assert!(fixed.contains("flag: 'wx'") || fixed.contains("flag: \"wx\""), "{fixed}");
    assert_eq!(code(&lint(racy.path(), &[])), 0);
    assert_eq!(code(&lint(racy.path(), &["--diff", "--unsafe-fixes"])), 0);
}

#[test]
fn a_comment_silences_and_a_useless_one_is_told() {
    let silent = RACE
        .replace("    fs.write", "    // toctou-lint: ignore[fs-check-then-create] -- ours\n    fs.write");
    let folder = folder(&[("a.ts", silent.as_bytes()), ("b.ts", b"// toctou-lint: ignore[x]\nlet b;\n")]);
    let output = lint(folder.path(), &["--pedantic"]);
    assert_eq!(code(&output), 0, "{output:?}");
    assert!(stderr(&output).contains("b.ts:1:4: note: this suppression of x silences nothing"), "{output:?}");
}

#[test]
fn prove_writes_a_race_test_of_a_finding() {
    let folder = folder(&[("src/a.ts", RACE.as_bytes()), ("src/b.ts", b"export const a = 1;\n")]);
    let prove = |arguments: &[&str]| lint(folder.path(), &[&["prove"], arguments].concat());
    let printed = prove(&["src/a.ts:4"]);
    assert!(stdout(&printed).contains("\"./a.ts\"") && code(&printed) == 0, "{printed:?}");
    let written = prove(&["src/a.ts:3", "--output", "a.test.mjs", "--framework", "vitest"]);
    assert!(stdout(&written).is_empty() && code(&written) == 0, "{written:?}");
    let text = fs::read_to_string(folder.path().join("a.test.mjs")).unwrap();
    assert!(text.contains("\"./src/a.ts\"") && text.contains("vitest"), "{text}");
    fs::write(folder.path().join("package.json"), "{ \"devDependencies\": { \"vitest\": \"4\" } }").unwrap();
    assert!(stdout(&prove(&["src/a.ts:4"])).contains("from \"vitest\""));
    for (arguments, why) in [
        (&["src/a.ts:4", "--output", "a.test.mjs"][..], "a.test.mjs: "),
        (&["src/a.ts:1"], "nothing is found on this line; near it: `fs-check-then-create` on line 4"),
        (&["src/b.ts:1"], "nothing is found in this file"),
        (&["src/a.ts:4", "--rule", "db-lost-update"], "nothing is found in this file"),
        (&["src/a.ts:4", "--rule", "none"], "none"),
        (&["src/a.ts:4", "--framework", "none"], "`none`"),
        (&["src/none.ts:4"], "src/none.ts"),
        (&["src/a.ts"], "a place is FILE:LINE"),
        (&["src:1"], "is a folder"),
    ] {
        let output = prove(arguments);
        assert!(stderr(&output).contains(why) && code(&output) == 2, "{arguments:?}: {output:?}");
    }
}

#[test]
fn explain_tells_pages_and_places() {
    let guarded = RACE.replace("(p, d);", "(p, d, { flag: 'wx' });");
    let folder = folder(&[("a.ts", RACE.as_bytes()), ("b.ts", guarded.as_bytes())]);
    let page = lint(folder.path(), &["explain", "fs-check-then-create"]);
    assert!(stdout(&page).contains("## Flagged") && code(&page) == 0, "{page:?}");
    assert!(stdout(&lint(folder.path(), &["explain", "a.ts:4"])).contains("time  "));
    assert!(stdout(&lint(folder.path(), &["explain", "b.ts:4"])).contains("guarded: exclusive"));
    assert_eq!(code(&lint(folder.path(), &["explain", "no-such-rule"])), 2);
    assert_eq!(code(&lint(folder.path(), &["explain", "none.ts:1"])), 2);
    for stage in ["program", "events", "pairs"] {
        let output = lint(folder.path(), &["debug", stage, "a.ts"]);
        assert!(code(&output) == 0 && !output.stdout.is_empty(), "{output:?}");
    }
}

#[test]
fn rules_are_listed_for_people_and_programs() {
    let empty = folder(&[]);
    assert!(stdout(&lint(empty.path(), &["rules"])).contains("fs-check-then-create"));
    let output = lint(empty.path(), &["rules", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(document["rules"].as_array().unwrap().len() >= 15);
    assert_eq!(code(&lint(empty.path(), &["completions", "bash"])), 0);
}

/// How loud a rewritten file is, in a package with such a manifest.
fn rewritten(manifest: &str, extra: (&str, &[u8]), path: &str) -> bool {
    changed(manifest, extra, path, "text.replace('a', \"b\")")
}

/// The same for a file of which this becomes what `text` holds.
fn changed(manifest: &str, extra: (&str, &[u8]), path: &str, made: &str) -> bool {
    let code = format!(
        "fn main() {{}} pub fn change() {{ let path = {path}; let text = std::fs::read_to_string(&path).unwrap(); \
         std::fs::write(&path, {made}).unwrap(); }}"
    );
    let folder = folder(&[("Cargo.toml", manifest.as_bytes()), ("src/main.rs", code.as_bytes()), extra]);
    let output = lint(folder.path(), &["--format", "concise"]);
    stdout(&output).contains("fs-read-modify-write")
}

#[test]
fn what_one_users_tool_writes_is_its_users_own() {
    let manifest =
        |uses: &str| format!("[package]\nname = \"t\"\nedition = \"2021\"\n[dependencies]\n{uses}\n");
    let readme: (&str, &[u8]) = ("README.md", b"");
    let plain = "std::path::Path::new(\"changes.md\")";
    assert!(!rewritten(&manifest("clap = \"4\""), readme, plain));
    let counted = "(text.parse::<u32>().unwrap() + 1).to_string()";
    assert!(!changed(&manifest("tokio = \"1\""), readme, plain, counted), "at once, and by its own name");
    let named = "std::env::args().nth(1).unwrap()";
    assert!(changed(&manifest("tokio = \"1\""), readme, named, counted), "it may serve, and others name it");
    assert!(rewritten(&manifest("axum = \"1\""), readme, plain), "it answers strangers");
    let library: (&str, &[u8]) = ("src/lib.rs", b"");
    assert!(changed(&manifest(""), library, named, counted), "others build on it");
    assert!(!rewritten(&manifest(""), library, plain), "a document that is edited as text");
    let project = "std::path::Path::new(\"Cargo.toml\")";
    assert!(!changed(&manifest(""), library, project, counted), "it describes a project");
    let home = "std::path::Path::new(\"/home/me/.config/other.json\")";
    assert!(rewritten(&manifest(""), readme, home), "other programs know it");
    let secret = "std::path::Path::new(\"api-key\")";
    assert!(rewritten(&manifest(""), readme, secret), "a secret");
}

#[test]
fn what_start_up_alone_works_on_is_a_note() {
    let told = |code: &str| {
        let code = format!("fn main() {{ start() }}\n{code}");
        let folder = folder(&[
            ("Cargo.toml", b"[package]\nname = \"t\"\n[dependencies]\naxum = \"1\"\n"),
            ("src/main.rs", code.as_bytes()),
        ]);
        stdout(&lint(folder.path(), &["--format", "concise", "--pedantic"]))
    };
    let body = "if !path.exists() { std::fs::write(&path, words()).unwrap(); } }";
    let alone = told(&format!("fn start() {{ let path = settings().path; {body}"));
    assert!(alone.contains("note[fs-check-then-create]"), "{alone}");
    let given =
        told(&format!("fn start() {{ serve(handle) }}\npub fn handle(path: &std::path::Path) {{ {body}"));
    assert!(
        given.contains("warning[fs-check-then-create]"),
        "who is given it may run it at any time: {given}"
    );
}

/// How loud a file that is made where it is absent is, in a package with such a `package.json`.
fn made_where_absent(manifest: &str, head: &str) -> bool {
    let code = format!(
        "{head}import fs from \"node:fs\";\nexport function init(dir, name) {{\n  \
         if (!fs.existsSync(`${{dir}}/${{name}}`)) fs.writeFileSync(`${{dir}}/${{name}}`, read());\n}}\n"
    );
    let folder = folder(&[("package.json", manifest.as_bytes()), ("src/init.js", code.as_bytes())]);
    stdout(&lint(folder.path(), &["--format", "concise"])).contains("fs-check-then-create")
}

#[test]
fn a_package_that_installs_a_command_is_a_tool_unless_it_serves() {
    assert!(made_where_absent("{\"name\":\"t\"}", ""));
    assert!(!made_where_absent("{\"name\":\"t\",\"bin\":{\"t\":\"src/init.js\"}}", ""));
    assert!(!made_where_absent("{\"name\":\"t\"}", "#!/usr/bin/env node\n"));
    let serving = "{\"name\":\"t\",\"bin\":\"src/init.js\",\"dependencies\":{\"express\":\"5\"}}";
    assert!(made_where_absent(serving, ""));
    assert!(made_where_absent("no json", ""));
    let own = "import fs from \"node:fs\";\nexport function init(dir) {\n  \
               if (!fs.existsSync(`${dir}/notes.txt`)) fs.writeFileSync(`${dir}/notes.txt`, read());\n}\n";
    let folder = folder(&[("a.js", own.as_bytes())]);
    let told = stdout(&lint(folder.path(), &["--format", "concise", "--pedantic"]));
    assert!(told.contains("note[fs-check-then-create]"), "a name of its own: {told}");
}

#[test]
fn what_is_read_for_strangers_must_be_what_was_looked_at() {
    let shown = |uses: &str, look: &str| {
        let manifest = format!("[package]\nname = \"t\"\nedition = \"2021\"\n[dependencies]\n{uses}\n");
        let code = format!(
            "pub fn show(path: &std::path::Path) -> Option<Vec<u8>> {{\n    {look}\n    std::fs::read(path).ok()\n}}\n"
        );
        let folder = folder(&[("Cargo.toml", manifest.as_bytes()), ("src/lib.rs", code.as_bytes())]);
        stdout(&lint(folder.path(), &["--format", "concise"])).contains("fs-check-then-use")
    };
    let link = "if path.is_symlink() { return None; }";
    assert!(shown("axum = \"1\"", link));
    assert!(!shown("", link));
    let inside = "if !path.canonicalize().ok()?.starts_with(\"/srv\") { return None; }";
    assert!(shown("", inside), "it keeps somebody in");
}
