//! Which configuration speaks for a file, and for which files.

use super::*;

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

/// Thirty pairs of files, each of which extends the next pair, have a milliard ways through them.
#[test]
fn a_file_that_is_reached_in_two_ways_counts_once() {
    let names: Vec<[String; 2]> = (0..30).map(|at| [format!("a{at}.toml"), format!("b{at}.toml")]).collect();
    let mut files: Vec<(String, String)> = Vec::new();
    for pair in names.windows(2) {
        let text = format!("extends = [\"{}\", \"{}\"]\n", pair[1][0], pair[1][1]);
        files.extend(pair[0].iter().map(|name| (name.clone(), text.clone())));
    }
    files.extend(names[29].iter().map(|name| (name.clone(), format!("ignore = [\"{RULE}\"]\n"))));
    files.push(("toctou-lint.toml".to_owned(), "extends = [\"a0.toml\", \"b0.toml\"]\n".to_owned()));
    files.push(("a.ts".to_owned(), RACE.to_owned()));
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&files);
    assert!(levels(folder.path(), &[]).is_empty());
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
