use super::editor::{Editor, TEXT, full};
use serde_json::{Value, json};

const URI: &str = "file:///a/a.ts";

fn actions(editor: &mut Editor, only: Value) -> Vec<Value> {
    let place = json!({ "line": 2, "character": 15 });
    let params = json!({
        "textDocument": { "uri": URI },
        "range": { "start": place, "end": place },
        "context": { "diagnostics": [], "only": only },
    });
    editor.ask("textDocument/codeAction", params).as_array().unwrap().clone()
}

fn titles(actions: &[Value]) -> Vec<&str> {
    actions.iter().map(|action| action["title"].as_str().unwrap()).collect()
}

fn with_title(actions: &[Value], part: &str) -> Value {
    let found = actions.iter().find(|action| action["title"].as_str().unwrap().contains(part));
    found.unwrap_or_else(|| panic!("{part} is among {:?}", titles(actions))).clone()
}

/// Of our own pages none claims to be safe, so a project's own does.
const PAGE: &str = r#"# Blobs

```library
language typescript
module @acme/blobs
Blobs.has(name): exists object(receiver, name) absent = false
Blobs.put(name, data): write object(receiver, name) sets data
Blobs.add(name, data): create object(receiver, name) exclusive sets data fails = throws TAKEN
```

```toml fix
rule = "object-check-then-put"
act = "put({name}, {data})"
becomes = "add({name}, {data})"
title = "add the blob only if it is absent"
applicability = "safe"
```
"#;
const BLOBS: &str = "import { Blobs } from '@acme/blobs';\nconst blobs = new Blobs();\nexport async function f(n: string, d: string) {\n  if (!(await blobs.has(n))) {\n    await blobs.put(n, d);\n  }\n}\n";

#[test]
fn safe_rewrites_are_preferred_and_applied_at_once() {
    let folder = tempfile::Builder::new().prefix("shop").tempdir().unwrap();
    std::fs::create_dir(folder.path().join(".toctou")).unwrap();
    std::fs::write(folder.path().join(".toctou/blobs.md"), PAGE).unwrap();
    let twice = format!(
        "{BLOBS}{}",
        BLOBS
            .split_once(";\n")
            .unwrap()
            .1
            .replace("blobs ", "more ")
            .replace("blobs.", "more.")
            .replace("function f", "function g")
    );
    let file = folder.path().join("a.ts");
    std::fs::write(&file, &twice).unwrap();
    let uri = super::editor::uri(&file);
    let mut editor = Editor::start_in(&[folder.path()], full(), json!({}));
    editor.open_silently(&uri, &twice);
    let ask = |editor: &mut Editor, only: Value| {
        let place = json!({ "line": 4, "character": 12 });
        let range = json!({ "start": place, "end": place });
        let context = json!({ "diagnostics": [], "only": only });
        let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": context });
        editor.ask("textDocument/codeAction", params).as_array().unwrap().clone()
    };
    let all = ask(&mut editor, Value::Null);
    assert_eq!(all[0]["isPreferred"], true, "{:?}", titles(&all));
    assert_eq!(all.iter().filter(|action| action["isPreferred"] == true).count(), 1);
    assert_eq!(all.last().unwrap()["kind"], "source.fixAll.toctou-lint");
    let fix = editor.ask("codeAction/resolve", all[0].clone());
    let change = &fix["edit"]["documentChanges"][0];
    assert!(change["edits"][0]["newText"].as_str().unwrap().contains("add"), "{change}");
    assert_eq!(fix["edit"]["changeAnnotations"], Value::Null, "a safe one needs no confirmation");
    for only in ["source.fixAll", "source.fixAll.toctou-lint"] {
        let all = ask(&mut editor, json!([only]));
        assert_eq!(titles(&all), ["Apply all safe rewrites in this file"]);
        let fixed = editor.ask("codeAction/resolve", all[0].clone());
        let edits = fixed["edit"]["documentChanges"][0]["edits"].as_array().unwrap();
        let lines: Vec<u64> =
            edits.iter().map(|edit| edit["range"]["start"]["line"].as_u64().unwrap()).collect();
        assert!(lines.contains(&4) && lines.contains(&10), "{edits:?}");
    }
    editor.stop();
}

#[test]
fn everything_is_offered_and_thought_out_when_chosen() {
    let mut editor = Editor::start(full(), json!({ "ignoreReason": "one writer" }));
    editor.open_silently(URI, TEXT);
    let all = actions(&mut editor, Value::Null);
    assert!(all.iter().all(|action| action["edit"] == Value::Null), "edits come when asked for");
    assert!(all.iter().all(|action| action["isPreferred"] == Value::Null), "none of these is safe");
    let fix = editor.ask("codeAction/resolve", all[0].clone());
    let change = &fix["edit"]["documentChanges"][0];
    assert_eq!(change["textDocument"], json!({ "uri": URI, "version": 1 }));
    assert!(change["edits"][0]["newText"].as_str().unwrap().contains("wx"), "{change}");
    let annotation = &fix["edit"]["changeAnnotations"][change["edits"][0]["annotationId"].as_str().unwrap()];
    assert_eq!(annotation["needsConfirmation"], true);
    assert!(annotation["description"].as_str().unwrap().contains("EEXIST"), "{annotation}");

    // Some editors resolve every action without an edit, commands too.
    let show = with_title(&all, "how the race goes");
    assert_eq!(editor.ask("codeAction/resolve", show.clone()), show);

    let ignore = editor.ask("codeAction/resolve", with_title(&all, "here"));
    let text = ignore["edit"]["documentChanges"][0]["edits"][0]["newText"].as_str().unwrap().to_owned();
    assert!(text.starts_with("  // toctou-lint: ignore[") && text.ends_with("] -- one writer\n"), "{text}");
    let file = editor.ask("codeAction/resolve", with_title(&all, "in this file, with"));
    let edit = &file["edit"]["documentChanges"][0]["edits"][0];
    assert_eq!(edit["range"]["start"], json!({ "line": 0, "character": 0 }));
    assert!(edit["newText"].as_str().unwrap().starts_with("// toctou-lint: ignore-file["));

    let show = with_title(&all, "how the race goes");
    let command = &show["command"];
    let params = json!({ "command": command["command"], "arguments": command["arguments"] });
    let told = editor.ask("workspace/executeCommand", params);
    assert!(told["text"].as_str().unwrap().contains("time"), "{told}");
    assert_eq!(editor.said(), told["text"].as_str().unwrap());
    let explain = with_title(&all, "Explain")["command"].clone();
    let params = json!({ "command": explain["command"], "arguments": explain["arguments"] });
    let told = editor.ask("workspace/executeCommand", params);
    assert!(told["text"].as_str().unwrap().contains("## Flagged"));
    let address = told["address"].as_str().unwrap();
    let request = editor.next("window/showDocument");
    assert_eq!((&request["uri"], &request["external"]), (&json!(address), &json!(true)));
    editor.stop();
}

#[test]
fn kinds_that_are_not_asked_for_are_not_offered() {
    let mut editor = Editor::start(full(), json!({}));
    editor.open_silently(URI, TEXT);
    assert!(actions(&mut editor, json!(["refactor"])).is_empty());
    let quick = actions(&mut editor, json!(["quickfix"]));
    assert!(!quick.is_empty() && quick.iter().all(|action| action["kind"] == "quickfix"));
    assert!(actions(&mut editor, json!(["source.fixAll"])).is_empty(), "nothing here is safe");
    editor.stop();
}

#[test]
fn an_action_for_a_text_that_has_changed_is_refused() {
    let mut editor = Editor::start(full(), json!({}));
    editor.open_silently(URI, TEXT);
    let all = actions(&mut editor, Value::Null);
    editor.change_silently(URI, 2, json!([{ "text": format!("// new\n{TEXT}") }]));
    actions(&mut editor, Value::Null);
    let refused = editor.ask("codeAction/resolve", all[0].clone());
    assert_eq!(refused["error"], -32801, "{refused}");
    let wrong = editor.ask("codeAction/resolve", json!({ "title": "x", "data": { "uri": 1 } }));
    assert_eq!(wrong["error"], -32602);
    editor.stop();
}

#[test]
fn an_editor_that_knows_commands_alone_gets_commands() {
    let mut editor = Editor::start(json!({}), json!({}));
    editor.open(URI, TEXT);
    let all = actions(&mut editor, Value::Null);
    assert!(all.iter().all(|action| action["command"].is_string()), "{all:?}");
    let params = json!({ "command": all[0]["command"], "arguments": all[0]["arguments"] });
    assert_eq!(editor.ask("workspace/executeCommand", params), Value::Null);
    let edit = editor.next("workspace/applyEdit");
    assert!(edit["edit"]["changes"][URI][0]["newText"].as_str().unwrap().contains("wx"), "{edit}");
    editor.stop();
}

#[test]
fn lenses_and_hints_are_there_once_they_are_wanted() {
    let mut editor = Editor::start(full(), json!({}));
    editor.open_silently(URI, TEXT);
    let lens = json!({ "textDocument": { "uri": URI } });
    let all = json!({ "start": { "line": 0, "character": 0 }, "end": { "line": 9, "character": 0 } });
    let hint = json!({ "textDocument": { "uri": URI }, "range": all });
    assert_eq!(editor.ask("textDocument/codeLens", lens.clone()), json!([]));
    assert_eq!(editor.ask("textDocument/inlayHint", hint.clone()), json!([]));
    let settings = json!({ "settings": { "toctou-lint": { "codeLens": true, "inlayHints": true } } });
    editor.tell("workspace/didChangeConfiguration", settings);
    editor.next("workspace/codeLens/refresh");
    editor.next("workspace/inlayHint/refresh");
    let lenses = editor.ask("textDocument/codeLens", lens);
    assert_eq!(lenses[0]["command"]["title"], "checked in line 2; others get in before this");
    let hints = editor.ask("textDocument/inlayHint", hint);
    assert_eq!(hints[0]["position"], json!({ "line": 2, "character": 30 }), "at the end of the line");
    editor.stop();
}

#[test]
fn new_lines_end_as_those_of_the_text() {
    let mut editor = Editor::start(full(), json!({}));
    editor.open_silently(URI, &TEXT.replace('\n', "\r\n"));
    let all = actions(&mut editor, Value::Null);
    let ignore = editor.ask("codeAction/resolve", with_title(&all, "here"));
    let text = ignore["edit"]["documentChanges"][0]["edits"][0]["newText"].as_str().unwrap().to_owned();
    assert!(text.ends_with("\r\n"), "{text:?}");
    editor.stop();
}
