use super::editor::{Editor, TEXT, full, uri};
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

const IMPORTER: &str = "import fs from 'node:fs';\nimport { save } from './save';\n\nexport function keep(p: string, d: string) {\n  if (!fs.existsSync(p)) {\n    save(p, d);\n  }\n}\n";
const HELPER: &str = "import { writeFileSync } from 'node:fs';\n\nexport function save(p: string, d: string) {\n  writeFileSync(p, d);\n}\n";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("shop").tempdir().unwrap();
    fs::create_dir(folder.path().join(".git")).unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

/// Asks for all diagnostics until they are as wanted: a scan is not waited for.
fn eventually(editor: &mut Editor, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut last = Value::Null;
    for _ in 0..300 {
        last = editor.ask("workspace/diagnostic", json!({ "previousResultIds": [] }));
        if wanted(&last) {
            return last;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("not what was wanted: {last:#}");
}

fn files_with_findings(answer: &Value) -> Vec<String> {
    let items = answer["items"].as_array().unwrap().iter();
    let some = items.filter(|item| item["items"].as_array().is_some_and(|items| !items.is_empty()));
    let name = |item: &Value| item["uri"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let mut names: Vec<String> = some.map(name).collect();
    names.sort();
    names
}

fn of(path: &Path) -> Value {
    json!({ "textDocument": { "uri": uri(path) } })
}

#[test]
fn a_folder_is_read_and_its_progress_told() {
    let folder = folder(&[("src/keep.ts", IMPORTER), ("src/save.ts", HELPER), ("dist/x.ts", TEXT)]);
    let mut editor = Editor::start_in(&[folder.path()], full(), json!({}));
    let all = eventually(&mut editor, |all| files_with_findings(all) == ["keep.ts"]);
    assert_eq!(all["items"][0]["version"], Value::Null);
    editor.next("window/workDoneProgress/create");
    let begin = editor.next("$/progress");
    assert_eq!(begin["value"]["kind"], "begin");
    while editor.next("$/progress")["value"]["kind"] != "end" {}
    editor.next("workspace/diagnostic/refresh");
    let watched = editor.next("client/registerCapability");
    assert_eq!(watched["registrations"][0]["method"], "workspace/didChangeWatchedFiles");
    editor.stop();
}

#[test]
fn an_edit_of_a_helper_that_nobody_saved_changes_its_importer() {
    let folder = folder(&[("keep.ts", IMPORTER), ("save.ts", HELPER)]);
    let mut editor = Editor::start_in(&[folder.path()], full(), json!({}));
    eventually(&mut editor, |all| files_with_findings(all) == ["keep.ts"]);
    let helper = folder.path().join("save.ts");
    editor.open_silently(&uri(&helper), HELPER);
    let silent = HELPER.replace("(p, d);\n", "(p, d, { flag: 'wx' });\n");
    editor.change_silently(&uri(&helper), 2, json!([{ "text": silent }]));
    eventually(&mut editor, |all| files_with_findings(all).is_empty());
    // Once it is closed, what is on the disk counts again.
    editor.tell("textDocument/didClose", of(&helper));
    eventually(&mut editor, |all| files_with_findings(all) == ["keep.ts"]);
    // The importer has the helper's line among the places that it tells of.
    let importer = folder.path().join("keep.ts");
    editor.open_silently(&uri(&importer), IMPORTER);
    let mut found = editor.ask("textDocument/diagnostic", of(&importer));
    while found["items"][0].is_null() {
        found = editor.ask("textDocument/diagnostic", of(&importer));
    }
    let related = found["items"][0]["relatedInformation"].as_array().unwrap();
    assert!(related.iter().any(|one| one["location"]["uri"] == uri(&helper)), "{related:?}");
    editor.stop();
}

#[test]
fn changes_on_the_disk_are_picked_up() {
    let folder = folder(&[("a.ts", "f();\n"), ("tsconfig.json", "{}")]);
    let mut editor = Editor::start_in(&[folder.path()], full(), json!({}));
    eventually(&mut editor, |_| true);
    editor.next("workspace/diagnostic/refresh");
    let changed = |editor: &Editor, name: &str, text: Option<&str>, kind: u32| {
        let path = folder.path().join(name);
        match text {
            Some(text) => {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(&path, text).unwrap();
            }
            None => fs::remove_file(&path).unwrap(),
        }
        let change = json!({ "uri": uri(&path), "type": kind });
        editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    };
    changed(&editor, "a.ts", Some(TEXT), 2);
    let all = eventually(&mut editor, |all| files_with_findings(all) == ["a.ts"]);
    let rule = all["items"][0]["items"][0]["code"].as_str().unwrap().to_owned();
    changed(&editor, "b.ts", Some(TEXT), 1);
    eventually(&mut editor, |all| files_with_findings(all) == ["a.ts", "b.ts"]);
    changed(&editor, "b.ts", None, 3);
    eventually(&mut editor, |all| files_with_findings(all) == ["a.ts"]);
    changed(&editor, "toctou-lint.toml", Some(&format!("ignore = [\"{rule}\"]\n")), 1);
    eventually(&mut editor, |all| files_with_findings(all).is_empty());
    changed(&editor, "toctou-lint.toml", Some("exclude = []\n"), 2);
    eventually(&mut editor, |all| files_with_findings(all) == ["a.ts"]);
    // A page of the project's own says what a call of its own does.
    let page = "# Blobs\n\n```library\nlanguage typescript\nmodule @acme/blobs\nBlobs.has(name): exists object(receiver, name) absent = false\nBlobs.put(name, data): write object(receiver, name) sets data\n```\n";
    let user = "import { Blobs } from '@acme/blobs';\nconst blobs = new Blobs();\nexport async function f(n: string, d: string) {\n  if (!(await blobs.has(n))) {\n    await blobs.put(n, d);\n  }\n}\n";
    changed(&editor, "c.ts", Some(user), 1);
    changed(&editor, ".toctou/blobs.md", Some(page), 1);
    eventually(&mut editor, |all| files_with_findings(all) == ["a.ts", "c.ts"]);
    editor.stop();
}

#[test]
fn several_folders_come_and_go() {
    let (one, two) = (folder(&[("a.ts", TEXT)]), folder(&[("b.ts", TEXT)]));
    let mut editor = Editor::start_in(&[one.path()], full(), json!({}));
    eventually(&mut editor, |all| files_with_findings(all) == ["a.ts"]);
    let event = |added: &[&Path], removed: &[&Path]| {
        let list = |paths: &[&Path]| -> Vec<Value> {
            paths.iter().map(|path| json!({ "uri": uri(path), "name": "" })).collect()
        };
        json!({ "event": { "added": list(added), "removed": list(removed) } })
    };
    editor.tell("workspace/didChangeWorkspaceFolders", event(&[two.path()], &[]));
    eventually(&mut editor, |all| files_with_findings(all) == ["a.ts", "b.ts"]);
    editor.tell("workspace/didChangeWorkspaceFolders", event(&[], &[one.path()]));
    eventually(&mut editor, |all| files_with_findings(all) == ["b.ts"]);
    editor.stop();
}

#[test]
fn known_findings_are_left_out_if_there_is_a_baseline() {
    let folder = folder(&[("a.ts", TEXT)]);
    // As a run that begins in the folder makes it.
    let inputs = vec![crate::engine::Input { path: "a.ts".into(), text: TEXT.into() }];
    let (book, _) = crate::session::book(folder.path());
    let report = crate::engine::check(inputs, &book, &crate::engine::Options::default());
    let baseline = crate::baseline::Baseline::of(&report.findings, &report.sources);
    fs::write(folder.path().join(crate::baseline::FILE), baseline.render()).unwrap();
    let mut editor = Editor::start_in(&[folder.path()], full(), json!({}));
    editor.next("workspace/diagnostic/refresh");
    assert!(
        files_with_findings(&editor.ask("workspace/diagnostic", json!({ "previousResultIds": [] })))
            .is_empty()
    );
    editor.tell("workspace/didChangeConfiguration", json!({ "settings": { "baseline": false } }));
    eventually(&mut editor, |all| files_with_findings(all) == ["a.ts"]);
    editor.stop();
}

#[test]
fn an_editor_that_is_told_hears_of_all_files_if_that_is_wanted() {
    let folder = folder(&[("a.ts", TEXT)]);
    let editor = Editor::start_in(&[folder.path()], json!({}), json!({ "diagnostics": "workspace" }));
    let told = editor.diagnostics();
    assert_eq!(told["uri"], uri(&folder.path().join("a.ts")));
    assert_eq!(told["diagnostics"].as_array().unwrap().len(), 1);
    editor.stop();
}

#[test]
fn leaving_while_a_folder_is_read_is_quick() {
    let many: Vec<(String, String)> = (0..400)
        .map(|at| (format!("f{at}.ts"), format!("{TEXT}{}", "export function f() {}\n".repeat(50))))
        .collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let folder = folder(&many);
    let mut editor = Editor::start_in(&[folder.path()], full(), json!({}));
    let path = folder.path().join("f7.ts");
    // An open text does not wait for the others, nor does leaving.
    editor.open_silently(&uri(&path), TEXT);
    let found = editor.ask("textDocument/diagnostic", of(&path));
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    editor.stop();
}
