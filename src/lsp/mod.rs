//! Messages of an editor to findings in its files: diagnostics, pages on hover, rewrites as actions.

mod answer;
mod convert;
mod documents;
#[cfg(test)]
mod tests;

use crate::book::Book;
use crate::config::{self, Configs, Severity};
use convert::{Encoding, path_of};
use documents::Documents;
use gen_lsp_types::{
    CodeActionKind, CodeActionOptions, CodeActionParams, CodeActionProvider, DidChangeTextDocumentParams,
    DidCloseTextDocumentParams, DidOpenTextDocumentParams, HoverParams, HoverProvider, InitializeParams,
    ServerCapabilities, TextDocumentContentChangeEvent, TextDocumentSync, TextDocumentSyncKind,
    TextDocumentSyncOptions, Uri,
};
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Serves one editor on standard input and output until it says so.
pub fn serve(request: &config::Request) -> Result<(), String> {
    let (connection, threads) = Connection::stdio();
    // The writer ends when the connection is dropped, which `run` does.
    let result = run(connection, request);
    threads.join().map_err(|error| format!("the editor's pipe broke: {error}"))?;
    result
}

/// Serves one connection.
pub fn run(connection: Connection, request: &config::Request) -> Result<(), String> {
    let told = |error: lsp_server::ProtocolError| error.to_string();
    let (id, params) = connection.initialize_start().map_err(told)?;
    let params: InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let encoding = convert::encoding(&params.capabilities);
    let info = json!({ "name": "toctou-lint", "version": env!("CARGO_PKG_VERSION") });
    let answer = json!({ "capabilities": capabilities(encoding), "serverInfo": info });
    connection.initialize_finish(id, answer).map_err(told)?;
    let root = root(&params).unwrap_or_else(|| PathBuf::from("."));
    let pedantic = params.initialization_options.as_ref().and_then(|options| options.get("pedantic"));
    let pedantic = pedantic == Some(&Value::Bool(true));
    let configs = Configs::new(request)?;
    let (book, errors) = crate::session::configured_book(&root, &configs);
    let documents = Documents::new(encoding, pedantic);
    let (request, stale, told) = (request.clone(), BTreeSet::new(), BTreeSet::new());
    let mut server = Server { connection, book, documents, request, stale, told };
    for error in errors {
        server.notify("window/showMessage", json!({ "type": 2, "message": error.to_string() }));
    }
    server.tell(&configs);
    server.serve()
}

/// The first folder that is open, or what older editors call the root.
fn root(params: &InitializeParams) -> Option<PathBuf> {
    let params = serde_json::to_value(params).ok()?;
    let folder = params.pointer("/workspaceFolders/0/uri").or(params.get("rootUri"))?;
    path_of(&Uri(folder.as_str()?.to_owned()))
}

fn capabilities(encoding: Encoding) -> ServerCapabilities {
    ServerCapabilities {
        position_encoding: Some(encoding.kind()),
        text_document_sync: Some(TextDocumentSync::Options(TextDocumentSyncOptions {
            open_close: Some(true),
            change: Some(TextDocumentSyncKind::Full),
            ..TextDocumentSyncOptions::default()
        })),
        hover_provider: Some(HoverProvider::Bool(true)),
        code_action_provider: Some(CodeActionProvider::CodeActionOptions(CodeActionOptions {
            code_action_kinds: Some(vec![CodeActionKind::QuickFix]),
            ..CodeActionOptions::default()
        })),
        ..ServerCapabilities::default()
    }
}

struct Server {
    connection: Connection,
    book: Book,
    documents: Documents,
    /// What the command line says of configuration.
    request: config::Request,
    /// What has been said of it, so that it is said once.
    told: BTreeSet<String>,
    /// Documents whose text is newer than their findings.
    stale: BTreeSet<String>,
}

impl Server {
    /// Texts are taken in first and analysed once nothing else waits: of ten quick changes only
    /// the last costs an analysis.
    fn serve(&mut self) -> Result<(), String> {
        loop {
            let message = if self.stale.is_empty() || !self.connection.receiver.is_empty() {
                match self.connection.receiver.recv() {
                    Ok(message) => message,
                    // The editor is gone.
                    Err(_) => return Ok(()),
                }
            } else {
                self.refresh();
                continue;
            };
            match message {
                Message::Request(request) => {
                    if self.connection.handle_shutdown(&request).map_err(|error| error.to_string())? {
                        return Ok(());
                    }
                    self.refresh();
                    let response = self.answer(request);
                    self.send(Message::Response(response));
                }
                Message::Notification(note) if note.method == "exit" => return Ok(()),
                Message::Notification(note) => self.take(note),
                Message::Response(_) => {}
            }
        }
    }

    fn take(&mut self, note: Notification) {
        match note.method.as_str() {
            "textDocument/didOpen" => {
                if let Some(DidOpenTextDocumentParams { text_document: one }) = read(note.params) {
                    let language = serde_json::to_value(&one.language_id).unwrap_or_default();
                    let language = language.as_str().unwrap_or_default();
                    self.documents.open(&one.uri.0, one.version, one.text, language);
                    self.stale.insert(one.uri.0);
                }
            }
            "textDocument/didChange" => {
                if let Some(DidChangeTextDocumentParams { text_document: one, content_changes }) =
                    read(note.params)
                {
                    let uri = one.text_document_identifier.uri.0;
                    for change in content_changes {
                        match change {
                            TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                                self.documents.change(&uri, one.version, whole.text);
                            }
                            // Not offered, so not sent.
                            TextDocumentContentChangeEvent::TextDocumentContentChangePartial(_) => {}
                        }
                    }
                    self.stale.insert(uri);
                }
            }
            "textDocument/didClose" => {
                if let Some(DidCloseTextDocumentParams { text_document: one }) = read(note.params) {
                    self.documents.close(&one.uri.0);
                    self.stale.remove(&one.uri.0);
                    self.notify(
                        "textDocument/publishDiagnostics",
                        json!({ "uri": one.uri, "diagnostics": [] }),
                    );
                }
            }
            _ => {}
        }
    }

    /// Analyses what is stale and tells the editor.
    fn refresh(&mut self) {
        // Read anew each time: the files may have been edited since.
        let Ok(configs) = Configs::new(&self.request) else { return self.stale.clear() };
        for uri in std::mem::take(&mut self.stale) {
            if let Some((version, diagnostics)) = self.documents.analyse(&uri, &self.book, &configs) {
                let params = json!({ "uri": Uri(uri), "version": version, "diagnostics": diagnostics });
                self.notify("textDocument/publishDiagnostics", params);
            }
        }
        self.tell(&configs);
    }

    /// Says what is wrong with the configuration; an editor goes on with what is right.
    fn tell(&mut self, configs: &Configs) {
        for trouble in configs.take_troubles() {
            let (path, line) = (trouble.source.path.display(), trouble.source.line(trouble.at.start));
            let message = format!("{path}:{line}: {}", trouble.message);
            let kind = if trouble.severity == Severity::Error { 1 } else { 2 };
            if self.told.insert(message.clone()) {
                self.notify("window/showMessage", json!({ "type": kind, "message": message }));
            }
        }
    }

    fn answer(&self, request: Request) -> Response {
        let Request { id, method, params } = request;
        let result = match method.as_str() {
            "textDocument/hover" => read(params).map(|params: HoverParams| {
                let at = params.text_document_position_params;
                json!(answer::hover(&self.documents, &self.book, &at.text_document.uri.0, at.position))
            }),
            "textDocument/codeAction" => read(params).map(|params: CodeActionParams| {
                json!(answer::actions(&self.documents, &params.text_document.uri, params.range))
            }),
            _ => {
                let message = format!("unknown method `{method}`");
                return Response::new_err(id, ErrorCode::MethodNotFound as i32, message);
            }
        };
        match result {
            Some(result) => Response::new_ok(id, result),
            None => Response::new_err(id, ErrorCode::InvalidParams as i32, "wrong parameters".to_owned()),
        }
    }

    fn notify(&self, method: &str, params: Value) {
        self.send(Message::Notification(Notification { method: method.to_owned(), params }));
    }

    fn send(&self, message: Message) {
        // If the editor is gone, the next read says so.
        let _ = self.connection.sender.send(message);
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Option<T> {
    serde_json::from_value(params).ok()
}

/// Where a path stands whose folder cannot be told: an unsaved file.
fn unsaved(language: &str) -> &'static Path {
    Path::new(match language {
        "rust" => "unsaved.rs",
        "typescriptreact" | "javascriptreact" => "unsaved.tsx",
        _ => "unsaved.ts",
    })
}
