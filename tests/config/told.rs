//! What is said of a configuration: errors, settings in force, schema, page.

use super::*;

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
    check("toctou-lint.toml", "exclude = [\"[z-a]\"]\n", &["is no pattern", ":1:12"]);
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
