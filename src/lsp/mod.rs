//! Messages of an editor to findings in its files: diagnostics, pages on hover, rewrites as actions.
//!
//! One thread takes messages in their order and answers at once from what is known; each open folder
//! has an analyst on a thread of its own that makes it known. A question about a text that is still
//! being looked at is kept until that is done, which takes as long as one edit does; nothing waits
//! for a folder to be read.

mod actions;
mod analyst;
mod client;
mod commands;
mod diagnostics;
mod documents;
mod hints;
mod hover;
mod notices;
mod requests;
mod results;
mod shown;
#[cfg(test)]
mod tests;
mod text;
mod transport;
mod watch;

use crate::config;
use analyst::{Analyst, Assignment, Event, Files};
use client::{Client, Settings};
use crossbeam_channel::{Receiver, Sender, select, unbounded};
use documents::Documents;
use lsp_server::{Connection, ErrorCode, Message, Notification, Request, RequestId, Response};
use serde_json::{Value, json};
use shown::Shown;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Serves one editor on standard input and output until it says so.
pub fn serve(request: &config::Request) -> Result<(), String> {
    let (connection, pipes) = transport::stdio().map_err(|error| format!("cannot start threads: {error}"))?;
    let farewell = connection.sender.clone();
    let result = run(connection, request);
    // The reader holds a way to the writer too, so that the end is told and not waited for.
    let _ =
        farewell.send(Message::Notification(Notification { method: "exit".to_owned(), params: Value::Null }));
    pipes.join().map_err(|error| format!("the editor's pipe broke: {error}"))?;
    result
}

/// Serves one connection, from its first message to its last.
pub fn run(connection: Connection, request: &config::Request) -> Result<(), String> {
    let told = |error: lsp_server::ProtocolError| error.to_string();
    let (id, params) = connection.initialize_start().map_err(told)?;
    let client = Client::new(params.get("capabilities").unwrap_or(&Value::Null));
    let info = json!({ "name": "toctou-lint", "version": env!("CARGO_PKG_VERSION") });
    let answer = json!({ "capabilities": capabilities(&client), "serverInfo": info });
    connection.initialize_finish(id, answer).map_err(told)?;
    let folders = client::folders(&params);
    let mut server = Server::new(connection, client, request.clone());
    match Settings::read(params.get("initializationOptions")) {
        Ok(settings) => server.settings = settings,
        Err(message) => server.show_message(false, &message),
    }
    server.begin(folders)?;
    server.serve();
    Ok(())
}

fn capabilities(client: &Client) -> Value {
    let mut capabilities = json!({
        "positionEncoding": client.encoding.name(),
        "textDocumentSync": {
            "openClose": true,
            "change": 2,
            "save": { "includeText": false },
        },
        "hoverProvider": true,
        "codeActionProvider": {
            "codeActionKinds": ["quickfix", actions::FIX_ALL],
            "resolveProvider": client.resolves,
        },
        "codeLensProvider": { "resolveProvider": false },
        "inlayHintProvider": { "resolveProvider": false },
        "executeCommandProvider": { "commands": commands::ALL },
        "workspace": {
            "workspaceFolders": { "supported": true, "changeNotifications": true },
        },
    });
    // One that asks is not told as well; it would see everything twice.
    if client.pulls {
        capabilities["diagnosticProvider"] = json!({
            "identifier": "toctou-lint",
            "interFileDependencies": true,
            "workspaceDiagnostics": true,
        });
    }
    capabilities
}

/// A question that waits until a text has been looked at.
struct Waiting {
    request: Request,
    uri: String,
}

struct Server {
    connection: Connection,
    client: Client,
    settings: Settings,
    request: config::Request,
    documents: Documents,
    /// Analysts by number; those of folders that were closed are gone. Number 0 has no folder.
    analysts: BTreeMap<usize, Analyst>,
    next_number: usize,
    events: (Sender<Event>, Receiver<Event>),
    /// What was found in open texts.
    results: BTreeMap<String, Arc<Shown>>,
    /// What was found in whole folders.
    folders: BTreeMap<usize, Arc<Files>>,
    /// Files of which diagnostics were sent without their being open.
    published: BTreeSet<PathBuf>,
    waiting: Vec<Waiting>,
    /// Our own requests: what is to be done with the answer.
    asked: BTreeMap<RequestId, Asked>,
    next_request: i32,
    /// Tokens of progress that the editor agreed to show, by folder.
    progress: BTreeMap<usize, String>,
    /// What has been said to the user.
    said: BTreeSet<String>,
    /// The editor has said that it will go.
    is_leaving: bool,
}

/// What an answer to one of our requests is for.
enum Asked {
    Settings,
    Nothing,
}

impl Server {
    fn new(connection: Connection, client: Client, request: config::Request) -> Server {
        Server {
            connection,
            client,
            settings: Settings::default(),
            request,
            documents: Documents::default(),
            analysts: BTreeMap::new(),
            next_number: 0,
            events: unbounded(),
            results: BTreeMap::new(),
            folders: BTreeMap::new(),
            published: BTreeSet::new(),
            waiting: Vec::new(),
            asked: BTreeMap::new(),
            next_request: 1,
            progress: BTreeMap::new(),
            said: BTreeSet::new(),
            is_leaving: false,
        }
    }

    /// Sets the analysts to work.
    fn begin(&mut self, folders: Vec<PathBuf>) -> Result<(), String> {
        config::Configs::new(&self.request)?;
        self.add_analyst(None)?;
        for folder in folders {
            self.add_analyst(Some(folder))?;
        }
        self.register();
        if self.client.configuration {
            self.ask_settings();
        }
        Ok(())
    }

    fn add_analyst(&mut self, folder: Option<PathBuf>) -> Result<(), String> {
        let number = self.next_number;
        self.next_number += 1;
        let assignment = Assignment {
            number,
            folder,
            request: self.request.clone(),
            settings: self.settings.clone(),
            is_told: self.client.watches,
        };
        self.analysts.insert(number, Analyst::start(assignment, self.events.0.clone())?);
        Ok(())
    }

    /// The analyst for a path: that of the innermost folder around it.
    fn analyst(&self, path: &Path) -> Option<&Analyst> {
        let around =
            |analyst: &&Analyst| analyst.folder.as_ref().is_none_or(|folder| path.starts_with(folder));
        let depth = |analyst: &&Analyst| analyst.folder.as_ref().map(|folder| folder.components().count());
        self.analysts.values().filter(around).max_by_key(depth)
    }

    fn serve(&mut self) {
        loop {
            let (messages, events) = (self.connection.receiver.clone(), self.events.1.clone());
            select! {
                recv(messages) -> message => match message {
                    // The editor is gone.
                    Err(_) => return,
                    Ok(message) => if self.take(message) {
                        return;
                    },
                },
                recv(events) -> event => match event {
                    Ok(event) if !self.is_leaving => {
                        if catch_unwind(AssertUnwindSafe(|| self.hear(event))).is_err() {
                            self.say_of_panic("publishing");
                        }
                    }
                    Ok(_) | Err(_) => {}
                },
            }
        }
    }

    /// Takes one message; `true` if it was the last.
    fn take(&mut self, message: Message) -> bool {
        match message {
            Message::Request(request) if self.is_leaving => {
                self.refuse(request.id, ErrorCode::InvalidRequest, "the server is shutting down");
            }
            Message::Request(request) if request.method == "shutdown" => self.leave(request.id),
            Message::Request(request) => self.question(request),
            Message::Notification(note) if note.method == "exit" => return true,
            Message::Notification(note) if !self.is_leaving => self.notice(note),
            Message::Notification(_) => {}
            Message::Response(response) => self.answered(response),
        }
        false
    }

    /// Nothing more is looked at or told, until the editor says that it goes.
    fn leave(&mut self, id: RequestId) {
        self.is_leaving = true;
        self.analysts.clear();
        for waiting in std::mem::take(&mut self.waiting) {
            self.refuse(waiting.request.id, ErrorCode::RequestCanceled, "the server is shutting down");
        }
        self.send(Message::Response(Response::new_ok(id, Value::Null)));
    }

    fn notify(&self, method: &str, params: Value) {
        self.send(Message::Notification(Notification { method: method.to_owned(), params }));
    }

    /// Asks the editor for something.
    fn ask(&mut self, method: &str, params: Value, what_for: Asked) {
        let id = RequestId::from(format!("toctou-lint-{}", self.next_request));
        self.next_request += 1;
        self.asked.insert(id.clone(), what_for);
        self.send(Message::Request(Request { id, method: method.to_owned(), params }));
    }

    fn answered(&mut self, response: Response) {
        match (self.asked.remove(&response.id), response.response_result) {
            (Some(Asked::Settings), Ok(settings)) => {
                let own = settings.get(0).filter(|own| !own.is_null()).cloned();
                // One that keeps no settings for us leaves those that it began with.
                if let Some(own) = own {
                    self.set(Settings::read(Some(&own)));
                }
            }
            (Some(Asked::Settings), Err(error)) => self.log(&format!("no settings: {}", error.message)),
            (Some(Asked::Nothing), _) | (None, _) => {}
        }
    }

    fn ask_settings(&mut self) {
        let params = json!({ "items": [{ "section": "toctou-lint" }] });
        self.ask("workspace/configuration", params, Asked::Settings);
    }

    /// Other settings begin to count.
    fn set(&mut self, settings: Result<Settings, String>) {
        match settings {
            Err(message) => self.show_message(false, &message),
            Ok(settings) if settings == self.settings => {}
            Ok(settings) => {
                // What is to vanish has to be asked for again as well.
                let before = std::mem::replace(&mut self.settings, settings);
                self.think_over();
                self.refresh_hints(before.code_lens, before.inlay_hints);
            }
        }
    }

    fn show_message(&mut self, is_error: bool, message: &str) {
        if self.said.insert(message.to_owned()) {
            let kind = if is_error { 1 } else { 2 };
            self.notify("window/showMessage", json!({ "type": kind, "message": message }));
        }
    }

    fn log(&self, message: &str) {
        self.notify("window/logMessage", json!({ "type": 3, "message": message }));
    }

    fn refuse(&self, id: RequestId, code: ErrorCode, message: &str) {
        self.send(Message::Response(Response::new_err(id, code as i32, message.to_owned())));
    }

    fn send(&self, message: Message) {
        // If the editor is gone, the next read says so.
        let _ = self.connection.sender.send(message);
    }
}
