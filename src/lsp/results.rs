//! What analysts tell, handed on to the editor.

use super::analyst::{Event, Files, Progress};
use super::client::Extent;
use super::diagnostics::diagnostics;
use super::shown::Shown;
use super::text::uri_of;
use super::{Asked, Server};
use crate::report::plural;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

impl Server {
    pub(super) fn hear(&mut self, event: Event) {
        match event {
            Event::Text { uri, shown } => self.text_is_known(&uri, shown),
            Event::Settled { folder, files } => self.is_settled(folder, files),
            Event::Progress { folder, progress } => self.progress(folder, &progress),
            Event::Say { is_error, message } => {
                self.log(&message);
                self.show_message(is_error, &message);
            }
            Event::Log(message) => self.log(&message),
        }
    }

    fn text_is_known(&mut self, uri: &str, shown: Arc<Shown>) {
        let Some(document) = self.documents.get(uri) else { return };
        let is_older = shown.version.is_some_and(|version| version < document.version);
        let before = self.results.get(uri);
        if before.is_some_and(|before| before.version > shown.version) {
            return;
        }
        let is_same = before.is_some_and(|before| before.equals(&shown));
        // Not by an edit, after which it asks anyway.
        let is_other = before.is_some_and(|before| before.version == shown.version) && !is_same;
        self.results.insert(uri.to_owned(), shown.clone());
        if is_older {
            // A newer text is being looked at: what is told of this one would flicker.
            return;
        }
        if !is_same && !self.client.pulls {
            let diagnostics = diagnostics(&shown, uri, &self.client);
            let params = json!({ "uri": uri, "version": shown.version, "diagnostics": diagnostics });
            self.notify("textDocument/publishDiagnostics", params);
        }
        if is_other {
            self.refresh_diagnostics();
            self.refresh_hints(false, false);
        }
        self.answer_waiting(uri);
    }

    fn is_settled(&mut self, folder: usize, files: Arc<Files>) {
        if !self.analysts.contains_key(&folder) {
            return;
        }
        let is_same = self.folders.get(&folder).is_some_and(|before| {
            let mut pairs = before.iter().zip(files.iter());
            before.len() == files.len() && pairs.all(|(one, other)| one.0 == other.0 && one.1.equals(other.1))
        });
        self.folders.insert(folder, files);
        if !is_same {
            self.publish_closed();
            self.refresh_diagnostics();
            self.refresh_hints(false, false);
        }
    }

    /// Tells of the findings in files that are not open, if that is wanted.
    pub(super) fn publish_closed(&mut self) {
        if self.client.pulls {
            return;
        }
        let mut now: BTreeSet<PathBuf> = BTreeSet::new();
        if self.settings.diagnostics == Extent::Workspace {
            let files = self.folders.values().flat_map(|files| files.keys());
            now = files.filter(|path| !self.is_open(path)).cloned().collect();
        }
        let before = std::mem::take(&mut self.published);
        for path in before.union(&now).filter(|path| !self.is_open(path)) {
            let uri = uri_of(path);
            let params = json!({ "uri": uri, "diagnostics": self.of_closed(path, &uri.0) });
            self.notify("textDocument/publishDiagnostics", params);
        }
        self.published = now;
    }

    /// What is shown of a file that is not open.
    pub(super) fn of_closed(&self, path: &Path, uri: &str) -> Value {
        let shown = self.folders.values().find_map(|files| files.get(path));
        match shown.filter(|_| self.settings.diagnostics == Extent::Workspace) {
            Some(shown) => json!(diagnostics(shown, uri, &self.client)),
            None => json!([]),
        }
    }

    /// One that asks is told when to ask again.
    pub(super) fn refresh_diagnostics(&mut self) {
        if self.client.pulls {
            self.ask("workspace/diagnostic/refresh", Value::Null, Asked::Nothing);
        }
    }

    /// Lenses and hints are asked for again if some are shown, or were.
    pub(super) fn refresh_hints(&mut self, had_lenses: bool, had_hints: bool) {
        if self.client.refreshes_lenses && (self.settings.code_lens || had_lenses) {
            self.ask("workspace/codeLens/refresh", Value::Null, Asked::Nothing);
        }
        if self.client.refreshes_hints && (self.settings.inlay_hints || had_hints) {
            self.ask("workspace/inlayHint/refresh", Value::Null, Asked::Nothing);
        }
    }

    fn progress(&mut self, folder: usize, progress: &Progress) {
        if !self.client.progress || !self.analysts.contains_key(&folder) {
            return;
        }
        match progress {
            Progress::Begin => {
                self.end_progress(folder);
                let token = format!("toctou-lint/{folder}/{}", self.next_request);
                self.ask("window/workDoneProgress/create", json!({ "token": token }), Asked::Nothing);
                self.progress.insert(folder, token);
                let title = "Looking for races";
                self.report_progress(
                    folder,
                    json!({ "kind": "begin", "title": title, "cancellable": false, "percentage": 0 }),
                );
            }
            Progress::At { done, all } => {
                let percentage = done * 100 / (*all).max(1);
                let message = format!("{done} of {}", plural(*all, "file"));
                let value = json!({ "kind": "report", "message": message, "percentage": percentage });
                self.report_progress(folder, value);
            }
            Progress::End { files, findings } => {
                let message = format!("{} in {}", plural(*findings, "finding"), plural(*files, "file"));
                self.report_progress(folder, json!({ "kind": "end", "message": message }));
                self.progress.remove(&folder);
            }
        }
    }

    fn report_progress(&self, folder: usize, value: Value) {
        if let Some(token) = self.progress.get(&folder) {
            self.notify("$/progress", json!({ "token": token, "value": value }));
        }
    }

    /// What is shown as going on ends, whoever began it.
    pub(super) fn end_progress(&mut self, folder: usize) {
        self.report_progress(folder, json!({ "kind": "end" }));
        self.progress.remove(&folder);
    }
}
