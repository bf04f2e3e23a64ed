mod actions;
mod editor;
mod folders;
mod typing;

use editor::{Editor, SILENT, TEXT, full};
use serde_json::{Value, json};

#[test]
fn a_session_from_first_to_last() {
    let mut editor = Editor::start(json!({}), json!({}));
    assert_eq!(editor.capabilities["positionEncoding"], "utf-16");
    assert_eq!(editor.capabilities["textDocumentSync"]["change"], 2);
    assert_eq!(editor.capabilities["diagnosticProvider"], Value::Null);
    let uri = "file:///no%20such/a.ts";
    let shown = editor.open(uri, TEXT);
    let first = &shown["diagnostics"][0];
    assert_eq!(first["severity"], 2);
    assert_eq!(first["range"]["start"], json!({ "line": 2, "character": 7 }));
    // What the editor does not say it can read is not sent.
    assert_eq!((&first["relatedInformation"], &first["data"]), (&Value::Null, &Value::Null));
    let shown = editor.change(uri, 2, json!([{ "text": "f();" }]));
    assert_eq!((&shown["version"], &shown["diagnostics"]), (&json!(2), &json!([])));
    assert_eq!(editor.ask("textDocument/unknown", json!({}))["error"], -32601);
    assert_eq!(editor.ask("textDocument/hover", json!({}))["error"], -32602);
    editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri } }));
    assert_eq!(editor.diagnostics()["diagnostics"], json!([]));
    editor.stop();
}

#[test]
fn a_diagnostic_tells_all_that_the_editor_can_read() {
    let editor = Editor::start(full(), json!({}));
    let mut pushed = full();
    pushed["workspace"]["diagnostics"] = json!({});
    editor.stop();
    let editor = Editor::start(pushed, json!({}));
    let uri = "file:///a/a.ts";
    let shown = editor.open(uri, TEXT);
    let first = &shown["diagnostics"][0];
    let check = &first["relatedInformation"][0];
    assert_eq!(check["location"]["uri"], uri);
    assert_eq!(check["location"]["range"]["start"]["line"], 1);
    let rule = first["code"].as_str().unwrap();
    let page = first["codeDescription"]["href"].as_str().unwrap();
    assert!(page.ends_with(&format!("rules/{rule}.md")), "{page}");
    assert_eq!(first["data"]["rule"], rule);
    assert!(!first["data"]["fingerprint"].as_str().unwrap().is_empty());
    editor.stop();
}

#[test]
fn columns_are_counted_as_agreed() {
    for (kinds, name, column) in [
        (json!(["utf-8", "utf-16"]), "utf-8", 8),
        (json!(["utf-32"]), "utf-32", 7),
        (json!(["utf-16"]), "utf-16", 7),
    ] {
        let editor = Editor::start(json!({ "general": { "positionEncodings": kinds } }), json!({}));
        assert_eq!(editor.capabilities["positionEncoding"], name);
        let shown = editor.open("untitled:Untitled-1", TEXT);
        assert_eq!(shown["diagnostics"][0]["range"]["start"], json!({ "line": 2, "character": column }));
        editor.stop();
    }
}

#[test]
fn suppressions_count() {
    let editor = Editor::start(json!({}), json!({}));
    assert_eq!(editor.open("file:///a.ts", SILENT)["diagnostics"], json!([]));
    editor.stop();
}

#[test]
fn the_configuration_counts_and_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("toctou-lint.toml");
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let uri = format!("file://{}/a.ts", folder.path().display());
    let editor = Editor::start(json!({}), json!({}));
    let level = |shown: &Value| shown["diagnostics"][0]["severity"].clone();
    assert_eq!(level(&editor.open(&uri, TEXT)), 2);
    let rule = editor.open(&uri, TEXT)["diagnostics"][0]["code"].as_str().unwrap().to_owned();
    std::fs::write(&file, format!("[rules]\n{rule} = \"error\"\n")).unwrap();
    assert_eq!(level(&editor.open(&uri, TEXT)), 1);
    std::fs::write(&file, format!("ignore = [\"{rule}\"]\n")).unwrap();
    assert_eq!(editor.open(&uri, TEXT)["diagnostics"], json!([]));
    // What is wrong is said, and the editor still sees findings.
    std::fs::write(&file, "ignroe = []\n").unwrap();
    assert_eq!(level(&editor.open(&uri, TEXT)), 2);
    let said = editor.said();
    assert!(said.contains("toctou-lint.toml:1: unknown key `ignroe`"), "{said}");
    editor.stop();
}

#[test]
fn an_editor_that_asks_is_answered_and_not_told_as_well() {
    let mut editor = Editor::start(full(), json!({}));
    assert_eq!(editor.capabilities["diagnosticProvider"]["interFileDependencies"], true);
    let uri = "file:///a/a.ts";
    editor.open_silently(uri, TEXT);
    let pull = |before: Value| json!({ "textDocument": { "uri": uri }, "previousResultId": before });
    let first = editor.ask("textDocument/diagnostic", pull(Value::Null));
    assert_eq!((&first["kind"], first["items"].as_array().unwrap().len()), (&json!("full"), 1));
    let id = first["resultId"].clone();
    assert!(id.is_string());
    let again = editor.ask("textDocument/diagnostic", pull(id.clone()));
    assert_eq!(again, json!({ "kind": "unchanged", "resultId": id }));
    editor.change_silently(uri, 2, json!([{ "text": "f();" }]));
    let other = editor.ask("textDocument/diagnostic", pull(id.clone()));
    assert_eq!((&other["kind"], &other["items"]), (&json!("full"), &json!([])));
    let ids = json!([{ "uri": uri, "value": id }, { "uri": "file:///gone.ts", "value": "x" }]);
    let all = editor.ask("workspace/diagnostic", json!({ "previousResultIds": ids }));
    let kinds: Vec<&Value> = all["items"].as_array().unwrap().iter().map(|item| &item["uri"]).collect();
    assert_eq!(kinds, [uri, "file:///gone.ts"]);
    assert!(!editor.heard().iter().any(|method| method == "textDocument/publishDiagnostics"));
    editor.stop();
}

#[test]
fn hovering_shows_the_other_end_on_both() {
    let mut editor = Editor::start(full(), json!({}));
    let uri = "file:///a/a.ts";
    editor.open_silently(uri, TEXT);
    let hover = |editor: &mut Editor, line: u32, character: u32| {
        let place = json!({ "line": line, "character": character });
        let params = json!({ "textDocument": { "uri": uri }, "position": place });
        let answer = editor.ask("textDocument/hover", params);
        (answer["contents"]["value"].as_str().unwrap_or_default().to_owned(), answer["range"].clone())
    };
    let (act, at_act) = hover(&mut editor, 2, 15);
    assert!(act.contains("[line 2](file:///a/a.ts#L2)") && act.contains("one run"), "{act}");
    let steps: Vec<&str> =
        act.lines().filter(|line| line.starts_with(|c: char| c.is_ascii_digit())).collect();
    let starts = ["1. one run: ", "2. another: ", "3. another: ", "4. one run: "];
    assert!(
        steps.len() >= 3 && steps.iter().zip(starts).all(|(step, start)| step.starts_with(start)),
        "{act}"
    );
    let shown = act.split("```").nth(1).unwrap();
    assert!(shown.contains("(line 2)") && shown.contains("cost: "), "{act}");
    assert!(shown.lines().all(|line| line.chars().count() <= 52), "{act}");
    let (check, at_check) = hover(&mut editor, 1, 8);
    assert!(check.contains("**act** [line 3]"), "{check}");
    assert_eq!((&at_act["start"]["line"], &at_check["start"]["line"]), (&json!(2), &json!(1)));
    assert_eq!(hover(&mut editor, 0, 0).0, "");
    editor.stop();
}

#[test]
fn what_is_asked_of_a_text_that_is_closed_or_taken_back_is_refused() {
    let mut editor = Editor::start(full(), json!({}));
    let uri = "file:///a/a.ts";
    // Long enough that the question comes before the answer.
    let long = format!("{TEXT}{}", "export function f() { return 1; }\n".repeat(3000));
    let params = json!({ "textDocument": { "uri": uri } });
    editor.open_silently(uri, &long);
    let first = editor.begin("textDocument/diagnostic", params.clone());
    editor.tell("$/cancelRequest", json!({ "id": first }));
    let second = editor.begin("textDocument/diagnostic", params.clone());
    editor.tell("textDocument/didClose", params);
    // Either is done already, or is refused; nothing is left without an answer.
    let (first, second) = (editor.answer_to(first), editor.answer_to(second));
    assert!(first["kind"] == "full" || first["error"] == -32800, "{first}");
    assert!(second["kind"] == "full" || second["error"] == -32801, "{second}");
    editor.tell("$/cancelRequest", json!({ "id": "nobody's" }));
    editor.stop();
}

#[test]
fn a_crash_costs_one_text_and_is_said_once() {
    let editor = Editor::start(json!({}), json!({}));
    let shown = editor.open("file:///a/bad.ts", &format!("{TEXT}// PANIC FOR A TEST\n"));
    assert_eq!(shown["diagnostics"], json!([]));
    assert!(editor.said().contains("bad.ts: internal error"));
    let shown = editor.open("file:///a/good.ts", TEXT);
    assert_eq!(shown["diagnostics"].as_array().unwrap().len(), 1);
    let shown = editor.change("file:///a/bad.ts", 2, json!([{ "text": TEXT }]));
    assert_eq!(shown["diagnostics"].as_array().unwrap().len(), 1, "it is tried again once it is different");
    let said = editor.heard().into_iter().filter(|method| method == "window/showMessage").count();
    assert_eq!(said, 1);
    editor.stop();
}

#[test]
fn a_panic_at_what_is_told_ends_nothing_and_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.ts"), TEXT).unwrap();
    let bad = folder.path().join("panic-for-a-test.ts");
    let mut editor = Editor::start_in(&[folder.path()], full(), json!({}));
    let uri = editor::uri(&folder.path().join("a.ts"));
    for _ in 0..3 {
        editor.tell("$/panicForATest", json!({}));
        let changes = json!([{ "uri": editor::uri(&bad), "type": 2 }]);
        editor.tell("workspace/didChangeWatchedFiles", json!({ "changes": changes }));
        editor.open_silently(&uri, TEXT);
        let pulled = editor.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }));
        assert_eq!(pulled["items"].as_array().unwrap().len(), 1);
    }
    let said = [editor.said(), editor.said()];
    assert!(said.iter().any(|said| said.contains("panicForATest")), "{said:?}");
    assert!(said.iter().any(|said| said.contains("the folder: internal error")), "{said:?}");
    let told = editor.heard().into_iter().filter(|method| method == "window/showMessage").count();
    assert_eq!(told, 2);
    editor.stop();
}
