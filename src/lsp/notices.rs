//! What the editor tells without asking anything.

use super::Server;
use super::analyst::{How, Job};
use super::client::{Settings, folders};
use super::text::path_of;
use crate::session;
use gen_lsp_types::{DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams};
use lsp_server::{ErrorCode, Notification, RequestId};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

impl Server {
    /// Takes what the editor tells. Where we panic at it, that is said once, and the next thing is taken.
    pub(super) fn notice(&mut self, note: Notification) {
        let method = note.method.clone();
        if catch_unwind(AssertUnwindSafe(|| self.take_notice(note))).is_err() {
            self.say_of_panic(&method);
        }
    }

    /// Says that we panicked at something, once for each kind of it.
    pub(super) fn say_of_panic(&mut self, what: &str) {
        let message = format!("{}`{what}` panicked; please report it", session::INTERNAL);
        if !self.said.contains(&message) {
            self.log(&message);
        }
        self.show_message(true, &message);
    }

    fn take_notice(&mut self, note: Notification) {
        let Notification { method, params } = note;
        #[cfg(test)]
        assert!(method != "$/panicForATest", "as a test asks");
        match method.as_str() {
            "textDocument/didOpen" => self.opened(params),
            "textDocument/didChange" => self.changed(params),
            "textDocument/didSave" => {
                if let Some(uri) = params.pointer("/textDocument/uri").and_then(Value::as_str) {
                    self.give_text(uri, How::Saved);
                }
            }
            "textDocument/didClose" => self.closed(params),
            "workspace/didChangeWatchedFiles" => self.files_changed(&params),
            "workspace/didChangeWorkspaceFolders" => self.folders_changed(&params),
            "workspace/didChangeConfiguration" => self.settings_changed(&params),
            "$/cancelRequest" => self.cancelled(&params),
            _ => {}
        }
    }

    fn opened(&mut self, params: Value) {
        let Some(DidOpenTextDocumentParams { text_document: one }) = self.read("didOpen", params) else {
            return;
        };
        let language = serde_json::to_value(&one.language_id).unwrap_or_default();
        let language = language.as_str().unwrap_or_default();
        self.documents.open(&one.uri.0, one.version, one.text, language);
        // What an earlier opening showed says nothing of this one.
        self.results.remove(&one.uri.0);
        self.give_text(&one.uri.0, How::Opened);
    }

    fn changed(&mut self, params: Value) {
        let Some(params) = self.read::<DidChangeTextDocumentParams>("didChange", params) else { return };
        let DidChangeTextDocumentParams { text_document: one, content_changes } = params;
        let uri = one.text_document_identifier.uri.0;
        if self.documents.change(&uri, one.version, content_changes, self.client.encoding) {
            self.give_text(&uri, How::Changed);
        } else {
            self.log(&format!("{uri} changed and is not open"));
        }
    }

    fn closed(&mut self, params: Value) {
        let Some(params) = self.read::<DidCloseTextDocumentParams>("didClose", params) else { return };
        let uri = params.text_document.uri.0;
        let Some(document) = self.documents.close(&uri) else { return };
        self.results.remove(&uri);
        let (dropped, kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|waiting| waiting.uri == uri);
        self.waiting = kept;
        for waiting in dropped {
            self.refuse(waiting.request.id, ErrorCode::ContentModified, "the text was closed");
        }
        if let Some(analyst) = self.analyst(&document.path) {
            analyst.give(Job::Close { uri: uri.clone() });
        }
        if !self.client.pulls {
            let params = json!({ "uri": uri, "diagnostics": self.of_closed(&document.path, &uri) });
            self.notify("textDocument/publishDiagnostics", params);
        }
    }

    /// Hands an open text to whoever looks at it.
    pub(super) fn give_text(&self, uri: &str, how: How) {
        let Some(document) = self.documents.get(uri) else { return };
        if let Some(analyst) = self.analyst(&document.path) {
            let (path, version, text) = (document.path.clone(), document.version, document.text.clone());
            analyst.give(Job::Text { uri: uri.to_owned(), path, version, text, how });
        }
    }

    fn folders_changed(&mut self, params: &Value) {
        let list = |key: &str| -> Vec<PathBuf> {
            let event = params.pointer(&format!("/event/{key}")).cloned().unwrap_or_default();
            folders(&json!({ "workspaceFolders": event }))
        };
        let (added, removed) = (list("added"), list("removed"));
        let is_removed = |folder: &PathBuf| removed.contains(folder);
        let gone: Vec<usize> = self
            .analysts
            .iter()
            .filter(|(_, analyst)| analyst.folder.as_ref().is_some_and(is_removed))
            .map(|(number, _)| *number)
            .collect();
        for number in gone {
            self.end_progress(number);
            self.analysts.remove(&number);
            self.folders.remove(&number);
        }
        for folder in added {
            if let Err(message) = self.add_analyst(Some(folder)) {
                self.show_message(true, &message);
            }
        }
        // Open texts may be somebody else's now.
        for (uri, _) in self.documents.iter() {
            self.give_text(uri, How::Opened);
        }
        self.publish_closed();
        self.refresh_diagnostics();
    }

    fn settings_changed(&mut self, params: &Value) {
        if self.client.configuration {
            return self.ask_settings();
        }
        match params.get("settings") {
            None | Some(Value::Null) => {}
            settings => self.set(Settings::read(settings)),
        }
    }

    /// A question that is not answered yet will not be.
    fn cancelled(&mut self, params: &Value) {
        let Some(id) = params.get("id") else { return };
        let Ok(id) = serde_json::from_value::<RequestId>(id.clone()) else { return };
        if let Some(at) = self.waiting.iter().position(|waiting| waiting.request.id == id) {
            let waiting = self.waiting.remove(at);
            self.refuse(waiting.request.id, ErrorCode::RequestCanceled, "cancelled");
        }
    }

    /// Parameters of a notification; wrong ones are logged, since nobody waits for an answer.
    fn read<T: DeserializeOwned>(&self, what: &str, params: Value) -> Option<T> {
        serde_json::from_value(params).map_err(|error| self.log(&format!("{what}: {error}"))).ok()
    }

    /// Whether a file is open.
    pub(super) fn is_open(&self, path: &Path) -> bool {
        self.documents.uri_of(path).is_some()
    }

    /// The path of an address that the editor sent.
    pub(super) fn path(uri: Option<&Value>) -> Option<PathBuf> {
        path_of(uri?.as_str()?)
    }
}
