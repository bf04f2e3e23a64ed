//! An editor's side of a connection in memory.

use crate::lsp::run;
use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// The act stands behind a letter of two bytes.
pub(super) const TEXT: &str =
    "import fs from 'node:fs';\nif (!fs.existsSync(p)) {\n  'ä'; fs.writeFileSync(p, d);\n}\n";
pub(super) const SILENT: &str = "import fs from 'node:fs';\nif (!fs.existsSync(p)) {\n  // toctou-lint: ignore -- one writer\n  fs.writeFileSync(p, d);\n}\n";

/// Longer nothing takes, unless something is lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// What an editor says that can everything.
pub(super) fn full() -> Value {
    json!({
        "general": { "positionEncodings": ["utf-16"] },
        "textDocument": {
            "hover": { "contentFormat": ["markdown", "plaintext"] },
            "publishDiagnostics": { "relatedInformation": true, "codeDescriptionSupport": true, "dataSupport": true, "versionSupport": true },
            "diagnostic": { "dynamicRegistration": true, "relatedDocumentSupport": true },
            "codeAction": {
                "codeActionLiteralSupport": { "codeActionKind": { "valueSet": ["quickfix", "source.fixAll"] } },
                "isPreferredSupport": true,
                "dataSupport": true,
                "resolveSupport": { "properties": ["edit"] },
            },
        },
        "workspace": {
            "diagnostics": { "refreshSupport": true },
            "workspaceEdit": { "documentChanges": true, "changeAnnotationSupport": {} },
            "didChangeWatchedFiles": { "dynamicRegistration": true },
            "codeLens": { "refreshSupport": true },
            "inlayHint": { "refreshSupport": true },
        },
        "window": { "workDoneProgress": true, "showDocument": { "support": true } },
    })
}

pub(super) struct Editor {
    connection: Connection,
    server: std::thread::JoinHandle<Result<(), String>>,
    pub(super) capabilities: Value,
    requests: i32,
    /// Notifications and requests of the server that nobody has asked for yet.
    kept: RefCell<VecDeque<(String, Value)>>,
    answers: RefCell<BTreeMap<i32, Value>>,
    heard: RefCell<Vec<String>>,
}

impl Editor {
    pub(super) fn start(capabilities: Value, options: Value) -> Editor {
        Editor::start_in(&[], capabilities, options)
    }

    pub(super) fn start_in(folders: &[&std::path::Path], capabilities: Value, options: Value) -> Editor {
        let (server, connection) = Connection::memory();
        let server = std::thread::spawn(|| run(server, &crate::config::Request::default()));
        let mut editor = Editor {
            connection,
            server,
            capabilities: Value::Null,
            requests: 0,
            kept: RefCell::default(),
            answers: RefCell::default(),
            heard: RefCell::default(),
        };
        let folder = |path: &&std::path::Path| json!({ "uri": uri(path), "name": "a folder" });
        let folders: Vec<Value> = folders.iter().map(folder).collect();
        let params = json!({ "capabilities": capabilities, "initializationOptions": options, "workspaceFolders": folders });
        editor.capabilities = editor.ask("initialize", params)["capabilities"].clone();
        editor.tell("initialized", json!({}));
        editor
    }

    pub(super) fn tell(&self, method: &str, params: Value) {
        let note = Notification { method: method.to_owned(), params };
        self.connection.sender.send(Message::Notification(note)).unwrap();
    }

    /// Sends a question, and does not wait.
    pub(super) fn begin(&mut self, method: &str, params: Value) -> i32 {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        let request = Request { id, method: method.to_owned(), params };
        self.connection.sender.send(Message::Request(request)).unwrap();
        self.requests
    }

    pub(super) fn ask(&mut self, method: &str, params: Value) -> Value {
        let id = self.begin(method, params);
        self.answer_to(id)
    }

    pub(super) fn answer_to(&mut self, id: i32) -> Value {
        self.wait(|editor| editor.answers.borrow_mut().remove(&id))
    }

    /// The next thing of this kind that the server tells or asks.
    pub(super) fn next(&self, method: &str) -> Value {
        self.wait(|editor| {
            let mut kept = editor.kept.borrow_mut();
            let at = kept.iter().position(|(name, _)| name == method)?;
            kept.remove(at).map(|(_, params)| params)
        })
    }

    fn wait<T>(&self, mut found: impl FnMut(&Editor) -> Option<T>) -> T {
        let until = Instant::now() + PATIENCE;
        loop {
            if let Some(found) = found(self) {
                return found;
            }
            let left = until.saturating_duration_since(Instant::now());
            let message = self.connection.receiver.recv_timeout(left);
            self.take(message.unwrap_or_else(|_| panic!("nothing came; heard: {:?}", self.heard.borrow())));
        }
    }

    fn take(&self, message: Message) {
        match message {
            Message::Response(response) => {
                let id: i32 = response.id.to_string().parse().unwrap();
                let result = response.response_result;
                let result =
                    result.unwrap_or_else(|error| json!({ "error": error.code, "message": error.message }));
                self.answers.borrow_mut().insert(id, result);
            }
            Message::Notification(note) => {
                self.heard.borrow_mut().push(note.method.clone());
                self.kept.borrow_mut().push_back((note.method, note.params));
            }
            Message::Request(request) => {
                self.heard.borrow_mut().push(request.method.clone());
                self.kept.borrow_mut().push_back((request.method, request.params));
                let answer = Response::new_ok(request.id, Value::Null);
                let _ = self.connection.sender.send(Message::Response(answer));
            }
        }
    }

    /// Everything that the server has told or asked so far.
    pub(super) fn heard(&self) -> Vec<String> {
        while let Ok(message) = self.connection.receiver.try_recv() {
            self.take(message);
        }
        self.heard.borrow().clone()
    }

    pub(super) fn diagnostics(&self) -> Value {
        self.next("textDocument/publishDiagnostics")
    }

    pub(super) fn said(&self) -> String {
        self.next("window/showMessage")["message"].as_str().unwrap().to_owned()
    }

    pub(super) fn open(&self, uri: &str, text: &str) -> Value {
        self.open_silently(uri, text);
        self.diagnostics()
    }

    pub(super) fn open_silently(&self, uri: &str, text: &str) {
        let language = if uri.ends_with(".rs") { "rust" } else { "typescript" };
        let document = json!({ "uri": uri, "languageId": language, "version": 1, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    pub(super) fn change(&self, uri: &str, version: i32, changes: Value) -> Value {
        self.change_silently(uri, version, changes);
        self.diagnostics()
    }

    pub(super) fn change_silently(&self, uri: &str, version: i32, changes: Value) {
        let document = json!({ "uri": uri, "version": version });
        self.tell("textDocument/didChange", json!({ "textDocument": document, "contentChanges": changes }));
    }

    pub(super) fn stop(mut self) {
        assert_eq!(self.ask("shutdown", Value::Null), Value::Null);
        self.tell("exit", Value::Null);
        self.server.join().unwrap().unwrap();
    }
}

/// The address of a path.
pub(super) fn uri(path: &std::path::Path) -> String {
    crate::lsp::text::uri_of(path).0
}
