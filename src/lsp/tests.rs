use super::*;
use lsp_server::RequestId;

/// The act stands behind a letter of two bytes.
const TEXT: &str = "import fs from 'node:fs';\nif (!fs.existsSync(p)) {\n  'ä'; fs.writeFileSync(p, d);\n}\n";
const SILENT: &str = "import fs from 'node:fs';\nif (!fs.existsSync(p)) {\n  // toctou-lint: ignore -- one writer\n  fs.writeFileSync(p, d);\n}\n";

/// An editor's side of a connection in memory.
struct Editor {
    connection: Connection,
    server: std::thread::JoinHandle<Result<(), String>>,
    requests: i32,
}

impl Editor {
    fn start(capabilities: Value) -> (Editor, Value) {
        let (server, connection) = Connection::memory();
        let server = std::thread::spawn(|| run(server, &crate::config::Request::default()));
        let mut editor = Editor { connection, server, requests: 0 };
        let answer = editor.ask("initialize", json!({ "capabilities": capabilities }));
        editor.tell("initialized", json!({}));
        (editor, answer)
    }

    fn tell(&self, method: &str, params: Value) {
        let note = Notification { method: method.to_owned(), params };
        self.connection.sender.send(Message::Notification(note)).unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        let request = Request { id: id.clone(), method: method.to_owned(), params };
        self.connection.sender.send(Message::Request(request)).unwrap();
        loop {
            match self.connection.receiver.recv().unwrap() {
                Message::Response(response) if response.id == id => {
                    return response.response_result.unwrap_or_else(|error| json!({ "error": error.code }));
                }
                _ => {}
            }
        }
    }

    fn diagnostics(&self) -> Value {
        loop {
            if let Message::Notification(note) = self.connection.receiver.recv().unwrap()
                && note.method == "textDocument/publishDiagnostics"
            {
                return note.params;
            }
        }
    }

    fn open(&self, uri: &str, text: &str) -> Value {
        let document = json!({ "uri": uri, "languageId": "typescript", "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
        self.diagnostics()
    }

    fn stop(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        self.server.join().unwrap().unwrap();
    }
}

#[test]
fn a_session_from_first_to_last() {
    let (mut editor, answer) = Editor::start(json!({}));
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-16");
    assert_eq!(answer["capabilities"]["textDocumentSync"]["change"], 1);
    let uri = "file:///no%20such/a.ts";
    let shown = editor.open(uri, TEXT);
    let first = &shown["diagnostics"][0];
    assert_eq!(first["severity"], 2);
    assert_eq!(first["range"]["start"], json!({ "line": 2, "character": 7 }));
    assert_eq!(first["relatedInformation"][0]["location"]["range"]["start"]["line"], 1);

    let place = json!({ "line": 2, "character": 15 });
    let hover =
        editor.ask("textDocument/hover", json!({ "textDocument": { "uri": uri }, "position": place }));
    assert!(hover["contents"]["value"].as_str().unwrap().contains("one run"), "{hover}");
    let elsewhere = json!({ "line": 0, "character": 0 });
    let none =
        editor.ask("textDocument/hover", json!({ "textDocument": { "uri": uri }, "position": elsewhere }));
    assert_eq!(none, Value::Null);

    let range = json!({ "start": place, "end": place });
    let params = json!({ "textDocument": { "uri": uri }, "range": range, "context": { "diagnostics": [] } });
    let actions = editor.ask("textDocument/codeAction", params);
    // Rewrites come first, the comment that silences last.
    let rewrite = actions[0]["edit"]["changes"][uri][0]["newText"].as_str().unwrap();
    assert!(rewrite.contains("wx"), "{actions}");
    let last = actions.as_array().unwrap().last().unwrap();
    assert!(last["edit"]["changes"][uri][0]["newText"].as_str().unwrap().starts_with("  // toctou-lint"));

    let change =
        json!({ "textDocument": { "uri": uri, "version": 2 }, "contentChanges": [{ "text": "f();" }] });
    editor.tell("textDocument/didChange", change);
    let shown = editor.diagnostics();
    assert_eq!((&shown["version"], &shown["diagnostics"]), (&json!(2), &json!([])));
    assert_eq!(editor.ask("textDocument/unknown", json!({})), json!({ "error": -32601 }));
    assert_eq!(editor.ask("textDocument/hover", json!({})), json!({ "error": -32602 }));
    editor.stop();
}

#[test]
fn bytes_are_counted_if_the_editor_can() {
    let general = json!({ "general": { "positionEncodings": ["utf-8", "utf-16"] } });
    let (editor, answer) = Editor::start(general);
    assert_eq!(answer["capabilities"]["positionEncoding"], "utf-8");
    let shown = editor.open("untitled:Untitled-1", TEXT);
    assert_eq!(shown["diagnostics"][0]["range"]["start"], json!({ "line": 2, "character": 8 }));
    editor.stop();
}

#[test]
fn suppressions_count() {
    let (editor, _) = Editor::start(json!({}));
    let shown = editor.open("file:///a.ts", SILENT);
    assert_eq!(shown["diagnostics"], json!([]));
    editor.stop();
}

#[test]
fn the_configuration_counts_and_is_read_again() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("toctou-lint.toml");
    std::fs::create_dir(folder.path().join(".git")).unwrap();
    let uri = format!("file://{}/a.ts", folder.path().display());
    let (editor, _) = Editor::start(json!({}));
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
    let said = loop {
        if let Message::Notification(note) = editor.connection.receiver.recv().unwrap() {
            break note;
        }
    };
    assert_eq!(said.method, "window/showMessage");
    assert!(said.params["message"].as_str().unwrap().contains("toctou-lint.toml:1: unknown key `ignroe`"));
    editor.stop();
}
