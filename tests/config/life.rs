//! The life of a rule: in preview, stable, deprecated; and names that it had.

use super::*;

/// The page of a rule that finds the same under another name.
fn page(id: &str, head: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("rules/fs-check-then-create.md");
    let text = fs::read_to_string(path).unwrap().replace("status = \"stable\"\n", "");
    text.replace(RULE, id).replacen("```toml rule\n", &format!("```toml rule\n{head}\n"), 1)
}

/// A project whose own rule takes the place of ours at one act.
fn project(head: &str, configuration: &str) -> tempfile::TempDir {
    let head = format!("{head}\nrefines = [\"{RULE}\"]");
    folder(&[("a.ts", RACE), (".toctou/ours.md", &page("ours", &head)), ("toctou-lint.toml", configuration)])
}

/// The rules of what is reported.
fn reported(folder: &Path, arguments: &[&str]) -> Vec<String> {
    let output = lint(folder, &[&["--format", "concise"], arguments].concat());
    let rule = |line: &str| line.split('[').nth(1).unwrap().split(']').next().unwrap().to_owned();
    stdout(&output).lines().map(rule).collect()
}

#[test]
fn a_rule_in_preview_is_reported_unless_the_configuration_says_no() {
    for (head, status) in
        [("status = \"preview\"", "preview"), ("", "preview"), ("status = \"stable\"", "stable")]
    {
        let folder = project(head, "");
        assert_eq!(reported(folder.path(), &[]), ["ours"], "{head}");
        let without = reported(folder.path(), &["--config", "preview = false"]);
        assert_eq!(without.len(), usize::from(status == "stable"), "{head}");
        // Who asks for it gets it.
        assert_eq!(reported(folder.path(), &["--config", "preview = false", "--select", "ours"]), ["ours"]);
        assert_eq!(
            reported(folder.path(), &["--config", "preview = false", "--config", "rules.ours = 'warning'"]),
            ["ours"]
        );
        let listed = stdout(&lint(folder.path(), &["rules"]));
        let line = listed.lines().find(|line| line.starts_with("ours ")).unwrap();
        assert_eq!(line.ends_with("(preview)"), status == "preview", "{line}");
        assert!(stdout(&lint(folder.path(), &["explain", "ours"])).contains(&format!("· {status} ·")));
        let sarif: serde_json::Value =
            serde_json::from_slice(&lint(folder.path(), &["--format", "sarif"]).stdout).unwrap();
        let rules = sarif.pointer("/runs/0/tool/driver/rules").unwrap().as_array().unwrap();
        let tags = rules.iter().find(|rule| rule["id"] == "ours").unwrap()["properties"]["tags"].to_string();
        assert_eq!(tags.contains("\"preview\""), status == "preview", "{tags}");
    }
}

#[test]
fn a_deprecated_rule_is_reported_where_it_is_asked_for_and_told() {
    let folder = project("status = \"deprecated\"", "");
    assert!(reported(folder.path(), &[]).is_empty());
    for arguments in
        [["--select", "ours"], ["--config", "select = ['ours']"], ["--config", "rules.ours = 'error'"]]
    {
        assert_eq!(reported(folder.path(), &arguments), ["ours"], "{arguments:?}");
        let told = stderr(&lint(folder.path(), &arguments));
        assert!(told.contains("rule `ours` is deprecated; `toctou-lint explain ours` says why"), "{told}");
    }
    assert!(stdout(&lint(folder.path(), &["rules"])).contains("(deprecated)"));
}

#[test]
fn a_former_name_works_wherever_a_rule_is_named() {
    let head = "former = [\"first-name\", \"second-name\"]";
    let folder = project(head, "");
    for former in ["first-name", "second-name"] {
        assert_eq!(reported(folder.path(), &["--select", former]), ["ours"]);
        assert!(reported(folder.path(), &["--ignore", former]).is_empty());
        for setting in [format!("ignore = ['{former}']"), format!("rules.{former} = 'off'")] {
            let output = lint(folder.path(), &["--config", &setting]);
            assert_eq!(code(&output), 0, "{setting}");
            assert!(stderr(&output).contains(&format!("rule `{former}` is now `ours`")), "{output:?}");
        }
        let told = stderr(&lint(folder.path(), &["--select", former]));
        assert!(told.contains(&format!("rule `{former}` is now `ours`")), "{told}");
        assert!(stdout(&lint(folder.path(), &["explain", former])).contains("`ours`"));
        // In a comment, which `--pedantic --fix` brings up to date.
        let comment = format!("// toctou-lint: ignore[{former}] -- once\n");
        let silent = RACE.replace("    fs.write", &format!("    {comment}    fs.write"));
        fs::write(folder.path().join("a.ts"), silent).unwrap();
        assert!(reported(folder.path(), &[]).is_empty());
        let told = stderr(&lint(folder.path(), &["--pedantic"]));
        assert!(told.contains(&format!("the rule `{former}` is now called `ours`")), "{told}");
        assert_eq!(code(&lint(folder.path(), &["--pedantic", "--fix"])), 0);
        let mended = fs::read_to_string(folder.path().join("a.ts")).unwrap();
        assert!(mended.contains("ignore[ours] -- once"), "{mended}");
        fs::write(folder.path().join("a.ts"), RACE).unwrap();
    }
    // In a baseline that was made under the first name.
    let (first, ours) = (folder.path().join(".toctou/first-name.md"), folder.path().join(".toctou/ours.md"));
    fs::remove_file(&ours).unwrap();
    fs::write(&first, page("first-name", &format!("refines = [\"{RULE}\"]"))).unwrap();
    assert_eq!(reported(folder.path(), &[]), ["first-name"]);
    assert_eq!(code(&lint(folder.path(), &["baseline", "create"])), 0);
    let page = page("ours", &format!("{head}\nrefines = [\"{RULE}\"]"));
    fs::remove_file(first).unwrap();
    fs::write(ours, page).unwrap();
    assert!(reported(folder.path(), &[]).is_empty());
    assert_eq!(reported(folder.path(), &["--no-baseline"]), ["ours"]);
}

/// Stable is what has been seen to be right: a page cannot claim it and be mostly noise.
#[test]
fn stable_rules_are_sure_of_themselves() {
    let output = lint(Path::new(env!("CARGO_MANIFEST_DIR")), &["rules", "--format", "json", "--isolated"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let rules = document["rules"].as_array().unwrap();
    let stable: Vec<_> = rules.iter().filter(|rule| rule["status"] == "stable").collect();
    assert!(!stable.is_empty() && stable.len() < rules.len());
    for rule in stable {
        assert_ne!(rule["precision"], "low", "{rule}");
    }
}
