use super::editor::{Editor, TEXT, full};
use serde_json::{Value, json};

fn pulled(editor: &mut Editor, uri: &str) -> Vec<(u64, String)> {
    let answer = editor.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri } }));
    let item = |item: &Value| {
        (item["range"]["start"]["line"].as_u64().unwrap(), item["code"].as_str().unwrap().to_owned())
    };
    answer["items"].as_array().unwrap().iter().map(item).collect()
}

fn insert(line: u32, character: u32, text: &str) -> Value {
    let place = json!({ "line": line, "character": character });
    json!([{ "range": { "start": place, "end": place }, "text": text }])
}

const RUST: &str = "use std::path::Path;\n\npub fn idle() -> u32 {\n    1\n}\n\npub fn put(p: &Path, text: &str) {\n    if !p.exists() {\n        std::fs::write(p, text).unwrap();\n    }\n}\n";

/// A line is typed letter by letter into the function before the finding: it moves down by one and is
/// there all the time.
#[test]
fn findings_stay_while_somebody_types() {
    for (uri, text, typed, at) in [
        ("file:///a/a.rs", RUST, "    let x = foo(\"a\", |b| {\n    });\n", (3, 8)),
        ("file:///a/a.ts", &TEXT.replace("if (", "f();\nif ("), "  g('a', (b) => {\n  });\n", (1, 3)),
    ] {
        let mut editor = Editor::start(full(), json!({}));
        editor.open_silently(uri, text);
        let before = pulled(&mut editor, uri);
        assert_eq!(before, [(at.1, before[0].1.clone())]);
        let (mut line, mut column, mut lines) = (at.0, 0, 0);
        for (version, letter) in typed.chars().enumerate() {
            editor.change_silently(uri, version as i32 + 2, insert(line, column, &letter.to_string()));
            if letter == '\n' {
                (line, column, lines) = (line + 1, 0, lines + 1);
            } else {
                column += 1;
            }
            let now = pulled(&mut editor, uri);
            assert_eq!(now, [(at.1 + lines, before[0].1.clone())], "{uri} at letter {version}");
        }
        editor.stop();
    }
}

#[test]
fn an_edit_elsewhere_counts_while_a_function_is_broken() {
    let mut editor = Editor::start(full(), json!({}));
    let uri = "file:///a/a.rs";
    editor.open_silently(uri, RUST);
    editor.change_silently(uri, 2, insert(3, 5, "("));
    assert_eq!(pulled(&mut editor, uri).len(), 1);
    let range = json!({ "start": { "line": 7, "character": 7 }, "end": { "line": 7, "character": 18 } });
    editor.change_silently(uri, 3, json!([{ "range": range, "text": "true" }]));
    assert_eq!(pulled(&mut editor, uri), []);
    editor.stop();
}

#[test]
fn text_that_was_deleted_has_no_findings_though_the_rest_is_broken() {
    let mut editor = Editor::start(full(), json!({}));
    let uri = "file:///a/a.rs";
    editor.open_silently(uri, RUST);
    assert_eq!(pulled(&mut editor, uri).len(), 1);
    // The act and the braces that closed it are gone.
    let range = json!({ "start": { "line": 8, "character": 0 }, "end": { "line": 11, "character": 0 } });
    editor.change_silently(uri, 2, json!([{ "range": range, "text": "" }]));
    assert_eq!(pulled(&mut editor, uri), []);
    editor.stop();
}

#[test]
fn of_many_quick_changes_the_last_counts() {
    let editor = Editor::start(json!({}), json!({}));
    let uri = "file:///a/a.ts";
    editor.open(uri, TEXT);
    for version in 2..202 {
        let text = if version == 201 { "f();".to_owned() } else { format!("// 😀 {version}\r\n{TEXT}") };
        editor.change_silently(uri, version, json!([{ "text": text }]));
    }
    let mut last = editor.diagnostics();
    let mut told = 1;
    while last["version"] != 201 {
        last = editor.diagnostics();
        told += 1;
    }
    assert_eq!(last["diagnostics"], json!([]));
    assert!(told <= 200, "{told}");
    editor.stop();
}

#[test]
fn with_run_on_save_typing_only_moves_findings() {
    let mut editor = Editor::start(full(), json!({ "run": "onSave" }));
    let uri = "file:///a/a.ts";
    editor.open_silently(uri, TEXT);
    assert_eq!(pulled(&mut editor, uri)[0].0, 2);
    editor.change_silently(uri, 2, insert(0, 0, "// one more line\n"));
    assert_eq!(pulled(&mut editor, uri)[0].0, 3);
    let range = json!({ "start": { "line": 2, "character": 4 }, "end": { "line": 2, "character": 21 } });
    editor.change_silently(uri, 3, json!([{ "range": range, "text": "true" }]));
    assert_eq!(pulled(&mut editor, uri).len(), 1, "the check is gone, and nobody has looked");
    editor.tell("textDocument/didSave", json!({ "textDocument": { "uri": uri } }));
    let mut left = 50;
    while !pulled(&mut editor, uri).is_empty() {
        left -= 1;
        assert!(left > 0, "saving makes it look");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    editor.stop();
}
