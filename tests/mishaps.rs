//! What goes wrong in ways that nobody plans: odd paths, odd marks in files, folders where files are
//! meant, one file for two reports, a full disk. Each is told, or made right; none goes unseen.

use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const RACE: &str = "import fs from 'node:fs';\nexport function save(p, d) {\n  if (!fs.existsSync(p)) {\n    fs.writeFileSync(p, d);\n  }\n}\n";

struct Folder(tempfile::TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Folder {
        let folder = Folder(tempfile::tempdir().unwrap());
        files.iter().for_each(|(path, text)| folder.write(path, text));
        folder
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.0.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn lint_in(&self, inner: &str, arguments: &[&str]) -> Told {
        let folder = self.0.path().join(inner);
        Command::new(env!("CARGO_BIN_EXE_toctou-lint"))
            .current_dir(folder)
            .args(arguments)
            .output()
            .unwrap()
            .into()
    }

    fn lint(&self, arguments: &[&str]) -> Told {
        self.lint_in(".", arguments)
    }

    /// The files that something is found in.
    fn flagged(&self, inner: &str, paths: &[&str]) -> Vec<String> {
        let told = self.lint_in(inner, &[&["--format", "concise"], paths].concat());
        told.out.lines().map(|line| line.split(':').next().unwrap().to_owned()).collect()
    }
}

struct Told {
    code: i32,
    out: String,
    err: String,
}

impl From<Output> for Told {
    fn from(output: Output) -> Told {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        Told { code: output.status.code().unwrap(), out: text(&output.stdout), err: text(&output.stderr) }
    }
}

impl Told {
    /// It must have failed, and said this.
    #[track_caller]
    fn refused(&self, words: &str) {
        assert_eq!((self.code, self.err.contains(words)), (2, true), "{} {}", self.out, self.err);
    }
}

#[test]
fn braces_of_a_pattern_are_letters_as_in_git() {
    let folder = Folder::new(&[("a.ts", RACE), ("b.ts", RACE), ("{c}.ts", RACE)]);
    let flagged = |pattern: &str| {
        folder.write("toctou-lint.toml", &format!("exclude = ['{pattern}']\n"));
        folder.flagged(".", &[])
    };
    assert_eq!(flagged("{a"), ["a.ts", "b.ts", "{c}.ts"], "is no error");
    assert_eq!(flagged("{c}.ts"), ["a.ts", "b.ts"]);
    assert_eq!(flagged("[{]c\\}.ts"), ["a.ts", "b.ts"]);
    assert_eq!(flagged("{a,b}.ts"), ["a.ts", "b.ts", "{c}.ts"]);
    assert!(
        folder.lint(&[]).err.contains("braces stand for themselves"),
        "and whoever meant a choice is told"
    );
}

#[test]
fn a_byte_order_mark_hides_no_configuration() {
    let folder = Folder::new(&[("a.ts", RACE)]);
    for (file, ignores, mistake) in [
        (
            "package.json",
            r#"{"toctou-lint":{"ignore":["fs-check-then-create"]}}"#,
            r#"{"toctou-lint":{"ignor":[]}}"#,
        ),
        ("toctou-lint.toml", "ignore = ['fs-check-then-create']", "ignor = []"),
    ] {
        folder.write(file, &format!("\u{feff}{ignores}"));
        assert_eq!(folder.lint(&[]).code, 0, "{file}");
        folder.write(file, &format!("\u{feff}{mistake}"));
        folder.lint(&[]).refused("did you mean `ignore`");
        fs::remove_file(folder.0.path().join(file)).unwrap();
    }
}

#[test]
fn a_folder_where_a_file_is_meant_is_told() {
    let folder = Folder::new(&[("a.ts", RACE), ("d/x", "")]);
    folder.lint(&["--config", "d"]).refused("d: is a folder");
    folder.lint(&["--baseline", "d"]).refused("d: the baseline cannot be read: is a directory");
    folder.lint(&["--new-from-patch", "d"]).refused("d: the patch cannot be read");
    folder.lint(&["--output", "d"]).refused("d: cannot be written");
    folder.lint(&["baseline", "create", "--output", "d"]).refused("d: cannot be written");
    folder.lint(&["init", "--output", "d"]).refused("d: is there already");
    for name in ["toctou-lint.toml", ".toctou-lint.toml", "toctou-lint-baseline.json"] {
        let path = folder.0.path().join(name);
        fs::create_dir(&path).unwrap();
        folder.lint(&[]).refused(&format!("{name}: "));
        fs::remove_dir(path).unwrap();
    }
    fs::create_dir(folder.0.path().join("package.json")).unwrap();
    assert_eq!(folder.lint(&[]).code, 1, "what is not ours is passed over");
}

#[test]
fn a_reason_is_kept_as_it_is_and_says_nothing_of_its_file() {
    let comment = "// toctou-lint: ignore[db-lost-update] -- do not edit without ${the owner}\n";
    let folder = Folder::new(&[("a.ts", &format!("{comment}{RACE}"))]);
    assert_eq!(folder.flagged(".", &[]), ["a.ts"], "not taken for generated");
    let silent = RACE.replace("d);", "d); // toctou-lint: ignore[fs-check-then-create] -- as in ${x}");
    folder.write("a.ts", &silent);
    let told = folder.lint(&["--format", "json", "--report-suppressed"]);
    let document: Value = serde_json::from_str(&told.out).unwrap();
    assert_eq!(document["suppressed"][0]["reason"], "as in ${x}");
}

/// Comments speak before configurations do, so these take nothing from what can be said of them.
#[test]
fn unused_suppressions_are_told_whatever_the_configuration_reports() {
    let silent = RACE.replace("d);", "d); // toctou-lint: ignore[db-lost-update] -- hm");
    let folder = Folder::new(&[("a.ts", &silent)]);
    for text in [
        "",
        "rules = { fs-check-then-create = \"off\" }",
        "rules = { fs-check-then-mkdir = \"error\" }",
        "ignore = [\"fs-check-then-create\"]",
        "min-confidence = \"high\"",
    ] {
        folder.write("toctou-lint.toml", text);
        let told = folder.lint(&["--pedantic"]);
        assert!(
            told.err.contains("this suppression of db-lost-update silences nothing"),
            "{text}: {}",
            told.err
        );
    }
    let told = folder.lint(&["--pedantic", "--ignore", "fs-check-then-create"]);
    assert!(!told.err.contains("silences nothing"), "who narrows a run wants to hear of that alone");
}

#[test]
fn a_way_down_and_up_again_is_no_other_file() {
    let folder = Folder::new(&[("src/a.ts", RACE), ("other/b.ts", RACE), ("src/deep/c.ts", "")]);
    assert_eq!(folder.flagged(".", &["src/../src/a.ts", "src/a.ts", "src/deep/.."]), ["src/a.ts"]);
    assert_eq!(folder.flagged("src", &["../src", "a.ts"]), ["a.ts"]);
    assert_eq!(folder.flagged("src", &["../other/../other", "../src/a.ts"]), ["../other/b.ts", "a.ts"]);
    let told = folder.lint_in("src", &["explain", "deep/../a.ts:4"]);
    assert!(told.out.starts_with("warning[fs-check-then-create]"), "{}", told.out);
    // A baseline that was made by the one spelling holds for the other.
    assert_eq!(folder.lint(&["baseline", "create", "src/deep/.."]).code, 0);
    assert_eq!(folder.lint(&["src"]).code, 0);
}

/// What stands before `..` may lead elsewhere, and then its parent is not the folder that it is in.
#[cfg(unix)]
#[test]
fn a_way_up_out_of_a_link_stays_as_it_is() {
    let folder = Folder::new(&[("other/a.ts", RACE), ("other/deep/x", ""), ("a.ts", "")]);
    std::os::unix::fs::symlink("other/deep", folder.0.path().join("link")).unwrap();
    assert_eq!(folder.flagged(".", &["link/../a.ts", "a.ts"]), ["link/../a.ts"]);
}

#[test]
fn two_reports_to_one_place_are_refused() {
    let folder = Folder::new(&[("a.ts", RACE)]);
    for outputs in [
        ["-o", "sarif=x", "-o", "json=x"],
        ["-o", "sarif=x", "-o", "json=./y/../x"],
        ["-o", "json=-", "-o", "concise=-"],
        ["--format", "full", "-o", "json=-"],
    ] {
        folder.lint(&outputs).refused("two reports to one place");
        assert!(!folder.0.path().join("x").exists());
    }
    assert_eq!(folder.lint(&["-o", "sarif=x", "-o", "json=y", "-o", "concise=-"]).code, 1);
    if cfg!(unix) {
        assert_eq!(folder.lint(&["-o", "sarif=/dev/null", "-o", "json=/dev/null"]).code, 1);
    }
}

#[test]
fn a_list_is_shown_as_a_list_whatever_it_holds() {
    let settings = "ignore = ['fs-check-then-create']\nexclude = ['/x', '/y']\ninclude = ['*.ts']\n";
    let folder = Folder::new(&[("a.ts", RACE), ("toctou-lint.toml", settings)]);
    let told = folder.lint(&["config", "show"]).out;
    let stated: String = told
        .lines()
        .filter(|line| line.contains("toml:"))
        .map(|line| line.split("  ").next().unwrap().to_owned() + "\n")
        .collect();
    // What is shown is what can be written.
    let shown: toml::Table = stated.parse().unwrap_or_else(|error| panic!("{error}: {told}"));
    assert_eq!(shown, settings.parse().unwrap(), "{told}");
    let document: Value =
        serde_json::from_str(&folder.lint(&["config", "show", "--format", "json"]).out).unwrap();
    let of = |key: &str| {
        let mut all = document["settings"].as_array().unwrap().iter();
        all.find(|one| one["key"] == key).unwrap()["value"].clone()
    };
    assert_eq!(of("ignore"), serde_json::json!(["fs-check-then-create"]));
    assert_eq!((of("select"), of("pages")), (serde_json::json!([]), serde_json::json!([])));
}

#[cfg(target_os = "linux")]
#[test]
fn what_does_not_reach_its_reader_is_told() {
    let folder = Folder::new(&[("a.ts", RACE)]);
    for arguments in [&["--help"][..], &["--version"], &["rules"], &["man"], &["completions", "bash"], &[]] {
        let output = Command::new(env!("CARGO_BIN_EXE_toctou-lint"))
            .current_dir(folder.0.path())
            .args(arguments)
            .stdout(fs::OpenOptions::new().write(true).open("/dev/full").unwrap())
            .output()
            .unwrap();
        Told::from(output).refused("cannot write the output: ");
    }
}

/// A disk that is full while a report is written, and a run that is ended meanwhile: what was there
/// before stays whole. A limit on the size of files stands in for the disk.
#[cfg(target_os = "linux")]
#[test]
fn nothing_is_half_written() {
    let many: String = (0..40).map(|at| RACE.replace("save", &format!("save{at}"))).collect();
    let many = many.replace("import fs from 'node:fs';\n", "");
    let folder = Folder::new(&[("a.ts", &format!("import fs from 'node:fs';\n{many}"))]);
    let limited = |before: &str, arguments: &str| {
        let script =
            format!("{before} ulimit -f 4; exec '{}' {arguments}", env!("CARGO_BIN_EXE_toctou-lint"));
        Command::new("bash").current_dir(folder.0.path()).args(["-c", &script]).output().unwrap()
    };
    let files = || {
        let entries = fs::read_dir(folder.0.path()).unwrap().map(|entry| entry.unwrap().file_name());
        let mut names: Vec<String> = entries.map(|name| name.to_string_lossy().into_owned()).collect();
        names.sort();
        names
    };
    let source = fs::read_to_string(folder.0.path().join("a.ts")).unwrap();
    for (arguments, file) in [
        ("--output html=r.html", "r.html"),
        ("--output sarif=r.sarif --output concise=r.txt", "r.sarif"),
        ("baseline create --output b.json", "b.json"),
        ("--fix --unsafe-fixes", "a.ts"),
        ("--add-ignore --reason why", "a.ts"),
    ] {
        if file != "a.ts" {
            folder.write(file, "old");
        }
        let (before, there) = (fs::read_to_string(folder.0.path().join(file)).unwrap(), files());
        let told = Told::from(limited("trap '' XFSZ;", arguments));
        told.refused("ile too large");
        assert_eq!(fs::read_to_string(folder.0.path().join(file)).unwrap(), before, "{arguments}");
        let new: Vec<String> = files().into_iter().filter(|name| !there.contains(name)).collect();
        let expected = |name: &String| name == "r.txt" || name == ".toctou-lint-cache";
        assert!(new.iter().all(expected), "{arguments} leaves {new:?}");
        // Ended by a signal, it can say nothing and tidy nothing, and still spoils nothing.
        assert_eq!(limited("", arguments).status.code(), None, "{arguments}");
        assert_eq!(fs::read_to_string(folder.0.path().join(file)).unwrap(), before, "{arguments}");
    }
    assert_eq!(fs::read_to_string(folder.0.path().join("a.ts")).unwrap(), source);
}

#[test]
fn none_shown_is_not_none_found() {
    let folder = Folder::new(&[("a.ts", RACE), ("b.ts", RACE)]);
    let told = folder.lint(&["--max-findings", "0"]);
    assert_eq!((told.code, told.out.as_str()), (1, "2 findings in 2 files; none shown (`--max-findings`)\n"));
    let junit = folder.lint(&["--max-findings", "0", "--format", "junit"]).out;
    assert!(junit.contains("2 findings not shown") && !junit.contains("no races found"), "{junit}");
}

#[test]
fn a_patch_leads_to_files_that_are_there() {
    let folder = Folder::new(&[("a.ts", RACE)]);
    folder.write("x.diff", "--- a/b.ts\n+++ b/b.ts\n@@ -1,1 +1,2 @@\n one\n+two\n");
    folder.lint(&["--new-from-patch", "x.diff"]).refused("b.ts is not there: the patch must lead to");
    folder.write("x.diff", "--- a/b.ts\n+++ /dev/null\n@@ -1,1 +0,0 @@\n-one\n");
    assert_eq!(folder.lint(&["--new-from-patch", "x.diff"]).code, 0, "a file may be gone");
}

#[test]
fn settings_in_a_manifest_that_cannot_be_read_are_not_passed_over() {
    for (name, text) in [
        ("package.json", "{\"toctou-lint\": {\"ignore\": []},}"),
        ("Cargo.toml", "[package\n[package.metadata.toctou-lint]\nignore = []\n"),
    ] {
        let folder = Folder::new(&[("a.ts", RACE), (name, text)]);
        folder.lint(&[]).refused(name);
    }
    let folder = Folder::new(&[("a.ts", RACE), ("package.json", "{\"x\": {\"toctou-lint\": \"1\"},}")]);
    assert_eq!(folder.lint(&[]).code, 1, "a dependency is no settings");
}

#[test]
fn words_without_brackets_silence_nothing() {
    for comment in ["ignore fs-check-then-create -- why", "ignore[] -- why", "ignore this"] {
        let text = RACE.replace("export", &format!("// toctou-lint: {comment}\nexport"));
        let text = text.replace("  if", &format!("  // toctou-lint: {comment}\n  if"));
        let text = text.replace("fs.write", &format!("/* toctou-lint: {comment} */ fs.write"));
        assert_eq!(Folder::new(&[("a.ts", &text)]).lint(&[]).code, 1, "{text}");
    }
}

/// Every command that reads pages reads those that the configuration names.
#[test]
fn pages_of_the_configuration_are_everywhere() {
    let library = "# Blobs\n\n```library\nlanguage typescript\nmodule @acme/blobs\n\
                   Blobs.has(name): exists object(receiver, name) absent = false\n\
                   Blobs.put(name, data): write object(receiver, name) sets data\n```\n";
    let example = "# More\n\n```library\nlanguage typescript\nmodule @acme/more\n\
                   More.has(name): exists object(receiver, name) absent = false\n```\n\n\
                   ```ts\nimport { Blobs } from '@acme/blobs';\nconst blobs = new Blobs();\n\x20 blobs.put('x', 1);\n\
                   //^^^^^^^^^^^^^^^^^ write object\n```\n";
    let rule =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/fs-check-then-create.md"))
            .unwrap();
    let code = "import { Blobs } from '@acme/blobs';\nexport const blobs = new Blobs();\nif (!blobs.has('x')) blobs.put('x', 1);\n";
    let folder = Folder::new(&[
        ("toctou-lint.toml", "pages = ['ours']\n"),
        ("ours/blobs.md", library),
        ("ours/our-rule.md", &rule),
        ("more/more.md", example),
        ("src/a.ts", code),
    ]);
    assert!(folder.lint(&["rules"]).out.contains("our-rule "));
    assert!(!folder.lint(&["rules", "--isolated"]).out.contains("our-rule "));
    assert!(folder.lint(&["explain", "our-rule"]).out.contains("`our-rule`"));
    assert!(folder.lint(&["debug", "events", "src/a.ts"]).out.contains("[blobs]"));
    assert_eq!(folder.lint(&["test", "more"]).code, 0, "{}", folder.lint(&["test", "more"]).out);
    assert_eq!(folder.lint(&["test", "more", "--isolated"]).code, 1, "nobody knows the other library");
    folder.write("toctou-lint.toml", "pages = ['missing']\n");
    for arguments in
        [&["rules"][..], &["explain", "db-lost-update"], &["debug", "events", "src/a.ts"], &["test", "more"]]
    {
        folder.lint(arguments).refused("missing is no folder of pages");
    }
}

/// The manual page that packages carry is the one that the program prints; `UPDATE=1` writes it.
#[test]
fn the_manual_page_is_up_to_date() {
    let folder = Folder::new(&[]);
    let printed = folder.lint(&["man"]).out;
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packages/wheel/data/share/man/man1/toctou-lint.1");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, &printed).unwrap();
    }
    assert!(printed.starts_with(".ie") || printed.contains("\n.TH toctou-lint 1"), "{}", &printed[..200]);
    let kept = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
    assert!(kept == printed, "packages/wheel holds another page: UPDATE=1 cargo test --test mishaps manual");
}

/// What git would not ignore is looked at, and what it would is not.
#[test]
fn ignore_files_mean_what_git_takes_them_for() {
    let names = [
        "a.ts",
        "b.ts",
        "{a,b}.ts",
        "{c}.ts",
        "x/a.ts",
        "x/y/a.ts",
        "x/y/d{1}.ts",
        "z/a.ts",
        "z/x/a.ts",
        "w!.ts",
        "s p.ts",
    ];
    let patterns = [
        "{a,b}.ts",
        "{c}.ts",
        "x/{a,z}.ts",
        "**/d{1}.ts",
        "d{1}.ts",
        "{a",
        "a}.ts",
        "x/**",
        "!x/y/",
        "/a.ts",
        "a.ts",
        "*.ts",
        "!b.ts",
        "x/*/a.ts",
        "[{]c}.ts",
        "[!a].ts",
        "\\{c\\}.ts",
        "z/",
        "z/x",
        "!z/x/a.ts",
        "s p.ts",
        "s\\ p.ts ",
        "#a.ts",
        "\\!x",
        "w!.ts",
        "?.ts",
        "x/y",
        "/**/a.ts",
        "y/a.ts",
    ];
    let mut dice = 7_usize;
    let mut below = |bound: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % bound
    };
    for round in 0..60 {
        let folder = Folder::new(&names.map(|name| (name, RACE)));
        let git = |arguments: &[&str]| {
            let mut command = Command::new("git");
            command.current_dir(folder.0.path()).args(arguments).env("GIT_CONFIG_GLOBAL", "/dev/null");
            String::from_utf8(command.output().unwrap().stdout).unwrap()
        };
        git(&["init", "-q"]);
        let mut written = String::new();
        for place in [".gitignore", "x/.gitignore", ".git/info/exclude"] {
            let lines: Vec<&str> = (0..below(4)).map(|_| patterns[below(patterns.len())]).collect();
            folder.write(place, &(lines.join("\n") + "\n"));
            written += &format!("{place}: {lines:?}; ");
        }
        let listed = git(&["ls-files", "-z", "--others", "--exclude-standard"]);
        let mut wanted: Vec<&str> = listed.split('\0').filter(|name| name.ends_with(".ts")).collect();
        wanted.sort_unstable();
        let mut found = folder.flagged(".", &[]);
        found.sort_unstable();
        assert_eq!(found, wanted, "round {round}: {written}");
    }
    // Hidden folders are left out, whatever git does, unless a pattern takes them in.
    let folder = Folder::new(&[("a.ts", RACE), (".h/a.ts", RACE)]);
    assert_eq!(folder.flagged(".", &[]), ["a.ts"]);
    folder.write(".gitignore", "!.h/\n");
    assert_eq!(folder.flagged(".", &[]), [".h/a.ts", "a.ts"]);
    // Of two files in one folder, `.ignore` wins.
    folder.write(".gitignore", "{a}.ts\na.ts\n");
    folder.write(".ignore", "!a.ts\n");
    assert_eq!(folder.flagged(".", &[]), ["a.ts"]);
}
