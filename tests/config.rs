//! Configuration from outside: which file speaks, what it does to findings, and what is wrong with it.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

const RACE: &str = "import fs from 'node:fs';\nexport function save(p, d) {\n  if (!fs.existsSync(p)) {\n    fs.writeFileSync(p, d);\n  }\n}\n";
const RULE: &str = "fs-check-then-create";

fn lint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_toctou-lint")).current_dir(folder).args(arguments).output().unwrap()
}

/// A repository of these files, so that no configuration above it counts.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
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

/// The level of the finding in each file that has one: `a.ts error`.
fn levels(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let output = lint(folder, &[&["--format", "concise"], arguments].concat());
    assert!(code(&output) < 2 || code(&output) == 3, "{output:?}");
    let line = |line: &str| {
        let (path, rest) = line.split_once(':').unwrap();
        let level = rest.split_once(": ").unwrap().1.split('[').next().unwrap();
        format!("{path} {level}")
    };
    stdout(&output).lines().map(line).collect()
}

fn rules(level: &str) -> String {
    format!("[rules]\n{RULE} = \"{level}\"\n")
}

#[test]
fn the_nearest_file_speaks_and_those_above_it_do_not() {
    let folder = folder(&[
        ("toctou-lint.toml", &rules("error")),
        ("a.ts", RACE),
        ("inner/.toctou-lint.toml", "fail-on = \"never\"\n"),
        ("inner/a.ts", RACE),
        ("inner/deep/a.ts", RACE),
        ("other/a.ts", RACE),
    ]);
    let all = ["a.ts error", "inner/a.ts warning", "inner/deep/a.ts warning", "other/a.ts error"];
    assert_eq!(levels(folder.path(), &[]), all);
    // The run may begin anywhere.
    assert_eq!(
        levels(&folder.path().join("other"), &["../inner", "."]),
        ["../inner/a.ts warning", "../inner/deep/a.ts warning", "a.ts error"]
    );
    assert_eq!(code(&lint(folder.path(), &["inner"])), 0, "its own fail-on");
    assert_eq!(code(&lint(folder.path(), &["inner", "--fail-on", "warning"])), 1, "the flag wins");
    assert_eq!(code(&lint(folder.path(), &["."])), 1);
}

#[test]
fn nothing_above_the_repository_counts() {
    let folder =
        folder(&[("toctou-lint.toml", &rules("off")), ("inner/a.ts", RACE), ("inner/.git/HEAD", "")]);
    assert_eq!(levels(folder.path(), &["inner"]), ["inner/a.ts warning"]);
}

#[test]
fn a_file_starts_from_those_that_it_extends() {
    let folder = folder(&[
        ("base/one.toml", &format!("pedantic = true\nignore = [\"{RULE}\"]\nexclude = [\"left/\"]\n")),
        ("base/two.toml", "extends = \"one.toml\"\nfail-on = \"never\"\n"),
        ("toctou-lint.toml", "extends = [\"base/two.toml\"]\n"),
        ("a.ts", RACE),
        ("left/a.ts", RACE),
        ("other/toctou-lint.toml", &format!("extends = \"../base/two.toml\"\nselect = [\"{RULE}\"]\n")),
        ("other/a.ts", RACE),
    ]);
    // Whoever selects a rule is not put off by what was ignored further down.
    assert_eq!(levels(folder.path(), &[]), ["other/a.ts warning"]);
    assert_eq!(code(&lint(folder.path(), &[])), 0);
}

#[test]
fn a_chain_that_leads_nowhere_is_an_error_that_names_both_ends() {
    let folder = folder(&[
        ("a.ts", RACE),
        ("toctou-lint.toml", "extends = \"two.toml\"\n"),
        ("two.toml", "extends = \"toctou-lint.toml\"\n"),
        ("lost/toctou-lint.toml", "extends = [\"gone.toml\"]\n"),
        ("lost/a.ts", RACE),
    ]);
    let output = lint(folder.path(), &[]);
    assert_eq!(code(&output), 2);
    assert_eq!(stdout(&output), "");
    let told = stderr(&output);
    assert!(told.contains("two.toml extends toctou-lint.toml, which leads back to it"), "{told}");
    assert!(told.contains("lost/toctou-lint.toml extends lost/gone.toml, which is no file"), "{told}");
    assert!(told.contains("2 errors; nothing was analysed"), "{told}");
}

#[test]
fn overrides_speak_of_some_files_and_the_last_one_wins() {
    let text = format!(
        "[[overrides]]\nfiles = [\"tests/\", \"*.mts\"]\nexcluded-files = [\"tests/kept.ts\"]\nignore = [\"{RULE}\"]\n\n\
         [[overrides]]\nfiles = [\"tests/loud.ts\"]\nselect = [\"{RULE}\"]\n"
    );
    let folder = folder(&[
        ("toctou-lint.toml", &text),
        ("a.ts", RACE),
        ("b.mts", RACE),
        ("tests/quiet.ts", RACE),
        ("tests/loud.ts", RACE),
        ("tests/kept.ts", RACE),
    ]);
    assert_eq!(
        levels(folder.path(), &["--pedantic"]),
        ["a.ts warning", "tests/kept.ts note", "tests/loud.ts note"]
    );
}

#[test]
fn a_rule_has_a_level_or_a_table() {
    let check = |text: &str, wanted: &[&str]| {
        let folder = folder(&[("toctou-lint.toml", text), ("a.ts", RACE), ("tests/a.ts", RACE)]);
        assert_eq!(levels(folder.path(), &[]), wanted, "{text}");
    };
    check("", &["a.ts warning"]);
    check(&rules("off"), &[]);
    check(&rules("note"), &[]);
    // Tests stay a step below.
    check(&rules("error"), &["a.ts error", "tests/a.ts warning"]);
    check(&format!("[rules.{RULE}]\nnotes = true\n"), &["a.ts warning", "tests/a.ts note"]);
    check(
        &format!("[rules.{RULE}]\nlevel = \"error\"\nmin-confidence = \"high\"\n"),
        &["a.ts error", "tests/a.ts warning"],
    );
}

#[test]
fn manifests_hold_settings_and_a_file_of_its_own_wins() {
    let cargo =
        format!("[package]\nname = \"a\"\n[package.metadata.toctou-lint.rules]\n{RULE} = \"error\"\n");
    let workspace = format!("[workspace]\n[workspace.metadata.toctou-lint]\nignore = [\"{RULE}\"]\n");
    let node =
        format!("{{ \"name\": \"a\", \"toctou-lint\": {{ \"rules\": {{ \"{RULE}\": \"error\" }} }} }}");
    let folder = folder(&[
        ("cargo/Cargo.toml", &cargo),
        ("cargo/a.ts", RACE),
        ("node/package.json", &node),
        ("node/a.ts", RACE),
        ("own/package.json", &node),
        ("own/toctou-lint.toml", "pedantic = false\n"),
        ("own/a.ts", RACE),
        ("plain/package.json", "{ \"name\": \"plain\" }"),
        ("plain/a.ts", RACE),
        ("broken/package.json", "{ \"toctou-lint\": "),
        ("broken/a.ts", RACE),
        ("workspace/Cargo.toml", &workspace),
        ("workspace/member/Cargo.toml", "[package]\nname = \"b\"\n"),
        ("workspace/member/a.ts", RACE),
    ]);
    let wanted = [
        "broken/a.ts warning",
        "cargo/a.ts error",
        "node/a.ts error",
        "own/a.ts warning",
        "plain/a.ts warning",
    ];
    assert_eq!(levels(folder.path(), &[]), wanted);
    let told = stderr(&lint(folder.path(), &[]));
    assert!(told.contains("own/package.json: is not read: own/toctou-lint.toml stands beside it"), "{told}");
}

#[test]
fn errors_point_into_the_file() {
    let check = |name: &str, text: &str, wanted: &[&str]| {
        let folder = folder(&[(name, text), ("a.ts", RACE)]);
        let output = lint(folder.path(), &[]);
        let told = stderr(&output);
        assert_eq!((code(&output), stdout(&output).as_str()), (2, ""), "{text}: {told}");
        for part in wanted {
            assert!(told.contains(part), "{part} is missing in {told}");
        }
    };
    check(
        "toctou-lint.toml",
        "\nslect = []\n",
        &["unknown key `slect`, did you mean `select`?", "toctou-lint.toml:2:1"],
    );
    check(
        "toctou-lint.toml",
        "threads = \"4\"\n",
        &["`threads` must be a whole number, not a string", ":1:11"],
    );
    check("toctou-lint.toml", "threads = -1\n", &["`threads` must be a whole number from 0 to 65535"]);
    check("toctou-lint.toml", "fail-on = \"eror\"\n", &["unknown value `eror`, did you mean `error`?"]);
    check(
        "toctou-lint.toml",
        "select = [\"x\", 1]\n",
        &["what `select` lists must be a string, not a whole number", ":1:16"],
    );
    check("toctou-lint.toml", "select = [\n", &["toctou-lint.toml: "]);
    check(
        "toctou-lint.toml",
        "[rules]\nfs-chek-then-create = \"off\"\n",
        &["did you mean `fs-check-then-create`?", ":2:1"],
    );
    check(
        "toctou-lint.toml",
        "[rules]\nfs-check-then-create = { levl = \"off\" }\n",
        &["did you mean `level`?", ":2:26"],
    );
    check(
        "toctou-lint.toml",
        "[rules]\nfs-check-then-create = 3\n",
        &["must be a string or a table, not a whole number"],
    );
    check("toctou-lint.toml", "[[overrides]]\nignore = []\n", &["names no `files` that it speaks of"]);
    check("toctou-lint.toml", "exclude = [\"a{b\"]\n", &["is no pattern", ":1:12"]);
    check("toctou-lint.toml", "pages = [\"gone\"]\n", &["gone is no folder of pages", ":1:10"]);
    check(
        "package.json",
        "{\n  \"toctou-lint\": {\n    \"igonre\": []\n  }\n}\n",
        &["did you mean `ignore`?", "package.json:3:5"],
    );
    // Both errors of one file are told.
    check("toctou-lint.toml", "slect = []\nthreads = true\n", &["slect", "`threads` must", "2 errors"]);
}

#[test]
fn the_command_line_wins() {
    let folder =
        folder(&[("toctou-lint.toml", &rules("off")), ("strict.toml", &rules("error")), ("a.ts", RACE)]);
    assert!(levels(folder.path(), &[]).is_empty());
    assert_eq!(levels(folder.path(), &["--isolated"]), ["a.ts warning"]);
    assert_eq!(levels(folder.path(), &["--select", RULE]), ["a.ts warning"]);
    assert_eq!(levels(folder.path(), &["--config", "strict.toml"]), ["a.ts error"]);
    let inline = format!("rules.{RULE} = \"error\"");
    assert_eq!(levels(folder.path(), &["--config", &inline]), ["a.ts error"]);
    assert_eq!(levels(folder.path(), &["--isolated", "--config", &inline]), ["a.ts error"]);
    assert!(
        levels(folder.path(), &["--config", "strict.toml", "--config", "ignore = ['fs-check-then-create']"])
            .is_empty()
    );
    let output = lint(folder.path(), &["--config", "fail-on=error"]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("a string needs quotes"), "{output:?}");
    assert_eq!(code(&lint(folder.path(), &["--isolated", "--config", "strict.toml"])), 2);
    assert_eq!(code(&lint(folder.path(), &["--config", "missing.toml"])), 2);
}

#[test]
fn what_is_excluded_is_analysed_if_it_is_named_unless_that_is_forced() {
    let folder = folder(&[
        ("toctou-lint.toml", "exclude = [\"old/\", \"*.late.ts\", \"!keep.late.ts\"]\n"),
        ("a.ts", RACE),
        ("b.late.ts", RACE),
        ("keep.late.ts", RACE),
        ("old/deep/a.ts", RACE),
        ("only/toctou-lint.toml", "include = [\"src/**/*.ts\"]\nforce-exclude = true\n"),
        ("only/src/a.ts", RACE),
        ("only/src/a.js", RACE),
        ("only/b.ts", RACE),
    ]);
    assert_eq!(levels(folder.path(), &[]), ["a.ts warning", "keep.late.ts warning", "only/src/a.ts warning"]);
    assert_eq!(levels(folder.path(), &["old/deep/a.ts"]), ["old/deep/a.ts warning"]);
    assert_eq!(code(&lint(folder.path(), &["old/deep/a.ts", "--force-exclude"])), 3);
    assert_eq!(code(&lint(folder.path(), &["only/b.ts"])), 3);
    let output = lint(folder.path(), &["--verbose"]);
    assert!(stderr(&output).contains("files and folders that the configuration leaves out"), "{output:?}");
}

#[test]
fn what_only_this_program_changes_is_a_note_that_says_so() {
    let race = RACE
        .replace("existsSync(p)", "existsSync('/var/lib/shop/' + p)")
        .replace("FileSync(p", "FileSync('/var/lib/shop/' + p");
    let text = "pedantic = true\n\n[ownership]\nprivate-directories = [\"/var/lib/shop/\"]\n";
    let folder = folder(&[("toctou-lint.toml", text), ("a.ts", &race), ("b.ts", RACE)]);
    assert_eq!(levels(folder.path(), &[]), ["a.ts note", "b.ts warning"]);
    let told = stdout(&lint(folder.path(), &["a.ts"]));
    assert!(
        told.contains(
            "declared in toctou-lint.toml:4: nobody else writes in this directory (`/var/lib/shop/`)"
        ),
        "{told}"
    );
    fs::write(folder.path().join("toctou-lint.toml"), format!("{text}silence = true\n")).unwrap();
    assert_eq!(levels(folder.path(), &[]), ["b.ts warning"]);
    let told = stdout(&lint(folder.path(), &["explain", "a.ts:4"]));
    assert!(told.contains("is left out by the configuration"), "{told}");
}

#[test]
fn a_table_with_a_single_writer_is_a_note() {
    let code = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\n\
        export async function spend(id: string, n: number) {\n  const a = await prisma.account.findUnique({ where: { id } });\n  \
        if (!a || a.balance < n) throw new Error();\n  await prisma.account.update({ where: { id }, data: { balance: a.balance - n } });\n}\n";
    let folder = folder(&[("a.ts", code)]);
    let loud = levels(folder.path(), &[]);
    assert!(!loud.is_empty());
    let declared = "ownership.single-writer.tables = [\"acc*\"]";
    assert!(levels(folder.path(), &["--config", declared]).is_empty());
    assert_eq!(levels(folder.path(), &["--config", declared, "--pedantic"]), vec!["a.ts note"; loud.len()]);
    let other = "ownership.single-writer.tables = [\"order\"]";
    assert_eq!(levels(folder.path(), &["--config", other]), loud);
}

#[test]
fn the_database_says_what_a_transaction_guards() {
    let code = |options: &str| {
        format!(
            "import {{ PrismaClient }} from '@prisma/client';\nconst prisma = new PrismaClient();\n\
            export async function spend(id: string, n: number) {{\n  await prisma.$transaction(async (tx) => {{\n    \
            const a = await tx.account.findUnique({{ where: {{ id }} }});\n    if (!a || a.balance < n) throw new Error();\n    \
            await tx.account.update({{ where: {{ id }}, data: {{ balance: a.balance - n }} }});\n  }}{options});\n}}\n"
        )
    };
    let stated = code(", { isolationLevel: 'RepeatableRead' }");
    let folder = folder(&[("plain.ts", &code("")), ("stated.ts", &stated)]);
    let flagged = |arguments: &[&str]| -> Vec<String> {
        let mut files: Vec<String> = levels(folder.path(), arguments)
            .iter()
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect();
        files.dedup();
        files
    };
    assert_eq!(flagged(&[]), ["plain.ts"]);
    assert_eq!(flagged(&["--config", "database.kind = 'postgres'"]), ["plain.ts"]);
    assert_eq!(flagged(&["--config", "database.kind = 'mysql'"]), ["plain.ts", "stated.ts"]);
    assert!(flagged(&["--config", "database.kind = 'cockroachdb'"]).is_empty());
    assert!(flagged(&["--config", "database.isolation = 'serializable'"]).is_empty());
}

#[test]
fn names_alone_need_not_be_trusted() {
    let code = "export class S {\n  constructor(private redis: any) {}\n  async add(id: string) {\n    \
        const n = await this.redis.get(id);\n    await this.redis.set(id, Number(n) + 1);\n  }\n}\n";
    let folder = folder(&[("a.ts", code), ("b.ts", RACE)]);
    let named: Vec<String> = levels(folder.path(), &["--pedantic"]);
    assert!(named.iter().any(|line| line.starts_with("a.ts")), "{named:?}");
    assert_eq!(levels(folder.path(), &["--pedantic", "--config", "trust-names = false"]), ["b.ts warning"]);
}

#[test]
fn pages_may_lie_elsewhere() {
    let page = "# Mine\n\n```library\nlanguage typescript\nmodule @acme/files\nFiles.has(path): exists file(path) absent = false\nFiles.put(path, data): write file(path)\n```\n";
    let code = "import { Files } from '@acme/files';\nexport function f(p, d) {\n  if (!Files.has(p)) Files.put(p, d);\n}\n";
    let folder = folder(&[
        ("shared/pages/mine.md", page),
        ("toctou-lint.toml", "pages = [\"shared/pages\"]\n"),
        ("src/a.ts", code),
    ]);
    assert!(!levels(folder.path(), &["--pedantic"]).is_empty());
    assert!(levels(folder.path(), &["--pedantic", "--isolated"]).is_empty());
}

#[test]
fn settings_are_shown_with_where_they_come_from() {
    let folder = folder(&[
        ("base.toml", "min-confidence = \"medium\"\nfail-on = \"error\"\n"),
        (
            "toctou-lint.toml",
            "extends = \"base.toml\"\nfail-on = \"never\"\n\n[[overrides]]\nfiles = [\"tests/\"]\nmin-confidence = \"high\"\n",
        ),
        ("tests/a.ts", RACE),
        ("inner/.toctou-lint.toml", "exclude = [\"x\"]\n"),
    ]);
    let told = stdout(&lint(folder.path(), &["config", "show"]));
    let line = |key: &str| {
        told.lines()
            .find(|line| line.starts_with(key))
            .unwrap()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("min-confidence"), "min-confidence = \"medium\" # base.toml:1");
    assert_eq!(line("fail-on"), "fail-on = \"never\" # toctou-lint.toml:2");
    assert_eq!(line("threads"), "threads = 0 # default");
    let told = lint(folder.path(), &["config", "show", "tests/a.ts", "--format", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&told.stdout).unwrap();
    let settings = document["settings"].as_array().unwrap();
    let setting = settings.iter().find(|one| one["key"] == "min-confidence").unwrap();
    assert_eq!((&setting["value"], &setting["from"]["line"]), (&"high".into(), &6.into()));
    assert_eq!(document["files"], serde_json::json!(["toctou-lint.toml", "base.toml"]));
    let told = stdout(&lint(folder.path(), &["config", "files"]));
    assert_eq!(told, ".: toctou-lint.toml, which extends base.toml\ninner: inner/.toctou-lint.toml\n");
}

#[test]
fn a_first_file_is_right_and_none_is_overwritten() {
    let folder = folder(&[("a.ts", RACE)]);
    assert_eq!(code(&lint(folder.path(), &["init"])), 0);
    let text = fs::read_to_string(folder.path().join("toctou-lint.toml")).unwrap();
    assert_eq!(code(&lint(folder.path(), &["config", "show"])), 0);
    // What is commented out is right too.
    let whole: String = text
        .lines()
        .map(|line| line.strip_prefix("# ").filter(|rest| rest.contains(['=', '['])).unwrap_or(line))
        .map(|line| format!("{line}\n"))
        .collect();
    fs::write(folder.path().join("toctou-lint.toml"), whole).unwrap();
    let output = lint(folder.path(), &["config", "show"]);
    assert_eq!(code(&output), 0, "{output:?}");
    assert_eq!(code(&lint(folder.path(), &["init"])), 2);
    assert_eq!(stdout(&lint(folder.path(), &["init", "--output", "-"])), text);
}

#[test]
fn two_runs_print_the_same() {
    let folder = folder(&[
        ("toctou-lint.toml", "slect = 1\n"),
        ("x/toctou-lint.toml", "threads = true\n"),
        ("y/toctou-lint.toml", "pages = 4\n"),
        ("x/a.ts", RACE),
        ("y/a.ts", RACE),
        ("a.ts", RACE),
    ]);
    let one = lint(folder.path(), &["--threads", "1"]);
    for _ in 0..5 {
        let other = lint(folder.path(), &["--threads", "8"]);
        assert_eq!((&one.stdout, &one.stderr), (&other.stdout, &other.stderr));
    }
}

#[test]
fn the_committed_schema_is_what_the_program_says() {
    let text = toctou_lint::config::schema::text();
    let path = Path::new("docs/toctou-lint.schema.json");
    if std::env::var_os("UPDATE").is_some() {
        fs::write(path, &text).unwrap();
    }
    let committed = fs::read_to_string(path).unwrap_or_default();
    assert_eq!(committed, text, "run `UPDATE=1 cargo test --test config`");
}

#[test]
fn every_key_has_its_place_in_the_documentation() {
    let page = fs::read_to_string("docs/configuration.md").unwrap();
    let schema = toctou_lint::config::schema::schema();
    let definitions = schema["definitions"].as_object().unwrap().values();
    let tables =
        std::iter::once(&schema).chain(definitions).filter_map(|table| table["properties"].as_object());
    let missing: Vec<&String> =
        tables.flat_map(|keys| keys.keys()).filter(|key| !page.contains(&format!("`{key}`"))).collect();
    assert!(missing.is_empty(), "docs/configuration.md says nothing of {missing:?}");
}
