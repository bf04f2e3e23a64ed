//! What an editor is shown equals what the command line reports, for the same bytes: over the examples
//! of all pages, as files of one folder and as open texts.

use lsp_server::{Connection, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};
use toctou_lint::book::load;
use toctou_lint::config;
use toctou_lint::harness::examples::examples;
use toctou_lint::page;

/// Reading all examples takes a few seconds; on a busy machine more.
const PATIENCE: Duration = Duration::from_secs(120);

/// A finding as both tell it: line, column, level, rule, message.
type Told = BTreeSet<(u64, u64, String, String, String)>;

/// Every example of every page as files below a folder of its own; how many files there are.
fn write_examples(root: &Path) -> usize {
    let (mut files, mut number) = (0, 0);
    for entry in walkdir::WalkDir::new("rules").sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.path().extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let path = entry.path().to_string_lossy().into_owned();
        let page = page::parse(&path, &std::fs::read_to_string(entry.path()).unwrap());
        for example in examples(&page, load::is_library(&page)) {
            number += 1;
            let folder = root.join(format!("e{number}"));
            if let Some(edition) = &example.edition {
                std::fs::create_dir_all(&folder).unwrap();
                let manifest = format!("[package]\nname = \"e\"\nedition = \"{edition}\"\n[lib]\n");
                std::fs::write(folder.join("Cargo.toml"), manifest).unwrap();
            }
            for file in &example.files {
                let path = folder.join(&file.path);
                std::fs::create_dir_all(path.parent().unwrap()).unwrap();
                std::fs::write(path, &file.code).unwrap();
                files += 1;
            }
        }
    }
    files
}

/// What the command line reports, by file; empty files are not among them.
fn by_command_line(root: &Path) -> BTreeMap<PathBuf, Told> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_toctou-lint"));
    let (folder, what) = if root.is_dir() { (root, Path::new(".")) } else { (Path::new("."), root) };
    command.args(["--exit-zero", "--no-baseline", "--format", "json"]).arg(what).current_dir(folder);
    let output = command.output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut told: BTreeMap<PathBuf, Told> = BTreeMap::new();
    for finding in report["findings"].as_array().unwrap() {
        let place = &finding["act"]["location"];
        let path = folder.join(place["path"].as_str().unwrap());
        let text = |key: &str| finding[key].as_str().unwrap().to_owned();
        told.entry(path).or_default().insert((
            place["start"]["line"].as_u64().unwrap(),
            place["start"]["column"].as_u64().unwrap(),
            text("level"),
            text("rule"),
            text("message"),
        ));
    }
    told
}

/// What a report on a file says.
fn by_editor(item: &Value) -> Told {
    let told = |diagnostic: &Value| {
        let start = &diagnostic["range"]["start"];
        let level = match diagnostic["severity"].as_u64() {
            Some(1) => "error",
            Some(2) => "warning",
            _ => "note",
        };
        let text = |key: &str| diagnostic[key].as_str().unwrap().to_owned();
        let place = (start["line"].as_u64().unwrap() + 1, start["character"].as_u64().unwrap() + 1);
        (place.0, place.1, level.to_owned(), text("code"), text("message"))
    };
    item["items"].as_array().unwrap().iter().map(told).collect()
}

struct Editor {
    connection: Connection,
    requests: i32,
}

impl Editor {
    /// Counts columns as the JSON report does, and asks for diagnostics.
    fn start(folders: &[&Path]) -> Editor {
        let (server, connection) = Connection::memory();
        std::thread::spawn(|| toctou_lint::lsp::run(server, &config::Request::default()));
        let mut editor = Editor { connection, requests: 0 };
        let capabilities = json!({
            "general": { "positionEncodings": ["utf-32"] },
            "textDocument": { "diagnostic": {} },
            "workspace": {
                "diagnostics": { "refreshSupport": true },
                "didChangeWatchedFiles": { "dynamicRegistration": true },
            },
        });
        let folder = |path: &&Path| json!({ "uri": uri(path), "name": "" });
        let folders: Vec<Value> = folders.iter().map(folder).collect();
        editor.ask("initialize", json!({ "capabilities": capabilities, "workspaceFolders": folders }));
        editor.tell("initialized", json!({}));
        editor
    }

    fn tell(&self, method: &str, params: Value) {
        let note = Notification { method: method.to_owned(), params };
        self.connection.sender.send(Message::Notification(note)).unwrap();
    }

    /// Asks, and waits for the answer.
    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = RequestId::from(self.requests);
        let request = Request { id: id.clone(), method: method.to_owned(), params };
        self.connection.sender.send(Message::Request(request)).unwrap();
        loop {
            if let Message::Response(response) = self.next(None)
                && response.id == id
            {
                return response.response_result.unwrap();
            }
        }
    }

    /// Waits for a request or notification of the server.
    fn wait_for(&self, method: &str) {
        while !matches!(self.next(Some(method)), Message::Notification(note) if note.method == method) {}
    }

    fn next(&self, wanted: Option<&str>) -> Message {
        let until = Instant::now() + PATIENCE;
        match self.connection.receiver.recv_deadline(until).expect("the server answers in time") {
            Message::Request(request) => {
                let answer = Response::new_ok(request.id, Value::Null);
                self.connection.sender.send(Message::Response(answer)).unwrap();
                let is_wanted = wanted == Some(request.method.as_str());
                let method = if is_wanted { request.method } else { String::new() };
                Message::Notification(Notification { method, params: request.params })
            }
            other => other,
        }
    }

    fn open(&self, path: &Path, version: i32, text: &str) {
        let language = if path.extension().is_some_and(|end| end == "rs") { "rust" } else { "typescript" };
        let document = json!({ "uri": uri(path), "languageId": language, "version": version, "text": text });
        self.tell("textDocument/didOpen", json!({ "textDocument": document }));
    }

    fn pull(&mut self, path: &Path) -> Told {
        by_editor(&self.ask("textDocument/diagnostic", json!({ "textDocument": { "uri": uri(path) } })))
    }

    fn leave(mut self) {
        self.ask("shutdown", Value::Null);
        self.tell("exit", Value::Null);
    }
}

/// Names of examples need no escapes.
fn uri(path: &Path) -> String {
    format!("file://{}", path.display())
}

#[test]
fn findings_equal_those_of_the_command_line() {
    let folder = tempfile::Builder::new().prefix("all").tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    let files = write_examples(&root);
    assert!(files > 700, "{files}");
    let wanted = by_command_line(&root);
    assert!(wanted.len() > 200, "{}", wanted.len());

    let mut editor = Editor::start(&[&root]);
    editor.wait_for("workspace/diagnostic/refresh");
    let all = editor.ask("workspace/diagnostic", json!({ "previousResultIds": [] }));
    let found: BTreeMap<PathBuf, Told> = all["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            (PathBuf::from(item["uri"].as_str().unwrap().strip_prefix("file://").unwrap()), by_editor(item))
        })
        .collect();
    assert_same(&wanted, &found);

    // Some of them opened, changed and changed back, as they are typed in.
    for (path, told) in wanted.iter().step_by(40) {
        let text = std::fs::read_to_string(path).unwrap();
        editor.open(path, 1, &text);
        assert_eq!(&editor.pull(path), told, "{} as opened", path.display());
        for (version, text) in [(2, format!("{text}\n// the end\n")), (3, text)] {
            let document = json!({ "uri": uri(path), "version": version });
            let changes = json!([{ "text": text }]);
            editor.tell(
                "textDocument/didChange",
                json!({ "textDocument": document, "contentChanges": changes }),
            );
            assert_eq!(&editor.pull(path), told, "{} at version {version}", path.display());
        }
        editor.tell("textDocument/didClose", json!({ "textDocument": { "uri": uri(path) } }));
    }
    editor.leave();
}

/// Each file by itself, as it is analysed where no folder is open.
#[test]
fn findings_of_single_files_equal_those_of_the_command_line() {
    let folder = tempfile::Builder::new().prefix("one").tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    write_examples(&root);
    let files: Vec<PathBuf> = walkdir::WalkDir::new(&root)
        .sort_by_file_name()
        .into_iter()
        .map(|entry| entry.unwrap().into_path())
        .filter(|path| path.extension().is_some_and(|end| end == "rs" || end == "ts"))
        .step_by(60)
        .collect();
    let mut editor = Editor::start(&[]);
    for path in &files {
        let wanted = by_command_line(path).remove(path).unwrap_or_default();
        editor.open(path, 1, &std::fs::read_to_string(path).unwrap());
        assert_eq!(editor.pull(path), wanted, "{}", path.display());
    }
    editor.leave();
}

fn assert_same(wanted: &BTreeMap<PathBuf, Told>, found: &BTreeMap<PathBuf, Told>) {
    let mut wrong = Vec::new();
    let paths: BTreeSet<&PathBuf> = wanted.keys().chain(found.keys()).collect();
    for path in paths {
        let (wanted, found) =
            (wanted.get(path).cloned().unwrap_or_default(), found.get(path).cloned().unwrap_or_default());
        for one in wanted.difference(&found) {
            wrong.push(format!("{}: the editor lacks {one:?}", path.display()));
        }
        for one in found.difference(&wanted) {
            wrong.push(format!("{}: the command line lacks {one:?}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{} differences\n{}", wrong.len(), wrong.join("\n"));
}
