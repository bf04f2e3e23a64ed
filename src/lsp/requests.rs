//! What the editor asks, and the answers.

use super::actions::{self, Plan, workspace_edit};
use super::commands::{self, ExplainArguments, ShowArguments};
use super::diagnostics::{address, diagnostics, report};
use super::text::uri_of;
use super::{Asked, Server, Waiting, hints, hover};
use crate::book::rule::Rule;
use crate::book::{Book, load};
use gen_lsp_types::{Diagnostic, HoverParams, Range};
use lsp_server::{ErrorCode, Message, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Questions about one text, which are answered once it has been looked at.
const ABOUT_A_TEXT: [&str; 5] = [
    "textDocument/diagnostic",
    "textDocument/hover",
    "textDocument/codeAction",
    "textDocument/codeLens",
    "textDocument/inlayHint",
];

/// Why there is no answer.
struct Refusal(ErrorCode, String);

type Answer = Result<Value, Refusal>;

fn wrong(what: &str) -> Refusal {
    Refusal(ErrorCode::InvalidParams, what.to_owned())
}

fn read<T: DeserializeOwned>(params: Option<&Value>) -> Result<T, Refusal> {
    let params = params.cloned().unwrap_or_default();
    serde_json::from_value(params).map_err(|error| wrong(&error.to_string()))
}

impl Server {
    pub(super) fn question(&mut self, request: Request) {
        let uri = request.params.pointer("/textDocument/uri").and_then(Value::as_str);
        if ABOUT_A_TEXT.contains(&request.method.as_str())
            && let Some(uri) = uri
            && !self.is_known(uri)
        {
            let uri = uri.to_owned();
            self.waiting.push(Waiting { request, uri });
            return;
        }
        self.answer(request);
    }

    /// Whether an open text has been looked at as it is now; of one that is not open nothing is to come.
    fn is_known(&self, uri: &str) -> bool {
        let Some(document) = self.documents.get(uri) else { return true };
        self.results.get(uri).is_some_and(|shown| shown.version >= Some(document.version))
    }

    /// Answers what waited for a text.
    pub(super) fn answer_waiting(&mut self, uri: &str) {
        let (ready, kept): (Vec<Waiting>, Vec<Waiting>) =
            std::mem::take(&mut self.waiting).into_iter().partition(|waiting| waiting.uri == uri);
        self.waiting = kept;
        for waiting in ready {
            self.answer(waiting.request);
        }
    }

    fn answer(&mut self, request: Request) {
        let Request { id, method, params } = request;
        let work = AssertUnwindSafe(|| self.answer_to(&method, &params));
        let answer = catch_unwind(work).unwrap_or_else(|_| {
            Err(Refusal(ErrorCode::InternalError, format!("answering `{method}` panicked; please report it")))
        });
        self.reply(id, answer);
    }

    fn reply(&self, id: RequestId, answer: Answer) {
        match answer {
            Ok(result) => self.send(Message::Response(Response::new_ok(id, result))),
            Err(Refusal(code, message)) => {
                if code as i32 == ErrorCode::InternalError as i32 {
                    self.log(&message);
                }
                self.refuse(id, code, &message);
            }
        }
    }

    fn answer_to(&mut self, method: &str, params: &Value) -> Answer {
        match method {
            "textDocument/diagnostic" => self.pulled(params),
            "workspace/diagnostic" => self.pulled_all(params),
            "textDocument/hover" => {
                let HoverParams { text_document_position_params: at, .. } = read(Some(params))?;
                let shown = self.results.get(&at.text_document.uri.0);
                Ok(json!(shown.and_then(|shown| hover::hover(shown, at.position, &self.client))))
            }
            "textDocument/codeAction" => self.actions(params),
            "codeAction/resolve" => self.resolved(params),
            "textDocument/codeLens" => {
                let uri = uri(params)?;
                let shown = self.results.get(uri).filter(|_| self.settings.code_lens);
                Ok(json!(shown.map(|shown| hints::lenses(shown, uri, &self.client)).unwrap_or_default()))
            }
            "textDocument/inlayHint" => {
                let within: Range = read(params.get("range"))?;
                let shown = self.results.get(uri(params)?).filter(|_| self.settings.inlay_hints);
                Ok(json!(shown.map(|shown| hints::hints(shown, within, &self.client)).unwrap_or_default()))
            }
            "workspace/executeCommand" => self.execute(params),
            _ => Err(Refusal(ErrorCode::MethodNotFound, format!("unknown method `{method}`"))),
        }
    }

    fn pulled(&self, params: &Value) -> Answer {
        let uri = uri(params)?;
        let before = params.get("previousResultId").and_then(Value::as_str);
        let path = Server::path(params.pointer("/textDocument/uri"));
        let closed = path.and_then(|path| self.folders.values().find_map(|files| files.get(&path)));
        let shown = self.results.get(uri).or(closed);
        let known = shown.map(|shown| diagnostics(shown, uri, &self.client)).unwrap_or_default();
        Ok(report(&known, before))
    }

    /// Of all files that have findings, and of those that had some when last asked.
    fn pulled_all(&self, params: &Value) -> Answer {
        let mut before: BTreeMap<&str, &str> = BTreeMap::new();
        for id in params.get("previousResultIds").and_then(Value::as_array).into_iter().flatten() {
            if let (Some(uri), Some(value)) = (id["uri"].as_str(), id["value"].as_str()) {
                before.insert(uri, value);
            }
        }
        let mut items = Vec::new();
        let mut told: BTreeSet<String> = BTreeSet::new();
        let mut tell = |uri: &str, version: Option<i32>, known: Vec<Diagnostic>| {
            if told.insert(uri.to_owned()) {
                let mut item = report(&known, before.get(uri).copied());
                item["uri"] = json!(uri);
                item["version"] = json!(version);
                items.push(item);
            }
        };
        for (uri, document) in self.documents.iter() {
            if let Some(shown) = self.results.get(uri) {
                tell(uri, Some(document.version), diagnostics(shown, uri, &self.client));
            }
        }
        for (path, shown) in self.folders.values().flat_map(|files| files.iter()) {
            if !self.is_open(path) {
                let uri = uri_of(path).0;
                tell(&uri, None, diagnostics(shown, &uri, &self.client));
            }
        }
        for uri in before.keys() {
            tell(uri, None, Vec::new());
        }
        Ok(json!({ "items": items }))
    }

    fn actions(&self, params: &Value) -> Answer {
        let uri = uri(params)?;
        let at: Range = read(params.get("range"))?;
        let only: Option<Vec<String>> = read(params.pointer("/context/only"))?;
        let Some(shown) = self.results.get(uri) else { return Ok(json!([])) };
        Ok(json!(actions::actions(shown, uri, at, only.as_deref(), &self.client, &self.settings)))
    }

    /// An action with what it changes. One that only runs a command has nothing to think out; some
    /// editors ask for it all the same.
    fn resolved(&self, params: &Value) -> Answer {
        if params.get("data").is_none_or(Value::is_null) {
            return Ok(params.clone());
        }
        let plan: Plan = read(params.get("data"))?;
        let mut action = params.clone();
        action["edit"] = self.edit_of(&plan)?;
        Ok(action)
    }

    fn edit_of(&self, plan: &Plan) -> Answer {
        let shown = self.results.get(&plan.uri).ok_or_else(|| wrong("the text is not open"))?;
        let modified = || Refusal(ErrorCode::ContentModified, "the text has changed since".to_owned());
        workspace_edit(plan, shown, &self.client, &self.settings).ok_or_else(modified)
    }

    fn execute(&mut self, params: &Value) -> Answer {
        let command = params.get("command").and_then(Value::as_str).unwrap_or_default();
        match command {
            commands::SHOW => {
                let wanted: ShowArguments = commands::first(params).ok_or_else(|| wrong("no finding"))?;
                let shown = self.results.get(&wanted.uri);
                let text = shown.and_then(|shown| commands::interleaving(shown, &wanted.fingerprint));
                let text = text.ok_or_else(|| wrong("no such finding"))?;
                if !wanted.quiet {
                    self.notify("window/showMessage", json!({ "type": 3, "message": text }));
                }
                Ok(json!({ "text": text }))
            }
            commands::EXPLAIN => {
                let wanted: ExplainArguments = commands::first(params).ok_or_else(|| wrong("no rule"))?;
                self.explain(&wanted)
            }
            commands::APPLY => {
                let plan: Plan = commands::first(params).ok_or_else(|| wrong("no action"))?;
                let edit = self.edit_of(&plan)?;
                self.ask("workspace/applyEdit", json!({ "edit": edit }), Asked::Nothing);
                Ok(Value::Null)
            }
            commands::RESCAN => {
                self.think_over();
                Ok(Value::Null)
            }
            _ => Err(wrong(&format!("unknown command `{command}`"))),
        }
    }

    /// A rule's page: opened where the editor can, and told in any case.
    fn explain(&mut self, wanted: &ExplainArguments) -> Answer {
        let told = |rule: &Rule| {
            (format!("# {}\n\n{}\n", rule.title, rule.body.trim()), address(rule).map(|uri| uri.0))
        };
        let of = |book: &Book| book.rules.iter().find(|rule| *rule.id == *wanted.rule).map(told);
        let all = self.folders.values().flat_map(|files| files.values());
        let known = self.results.values().chain(all).find_map(|shown| of(&shown.book));
        let known = known.or_else(|| of(&load::load_leniently(Vec::new()).0));
        let (text, address) = known.ok_or_else(|| wrong("no such rule"))?;
        if !wanted.quiet {
            match &address {
                Some(address) if self.client.shows_documents => {
                    let is_ours = address.starts_with("http");
                    let params = json!({ "uri": address, "external": is_ours, "takeFocus": true });
                    self.ask("window/showDocument", params, Asked::Nothing);
                }
                _ => self.notify("window/showMessage", json!({ "type": 3, "message": text })),
            }
        }
        Ok(json!({ "text": text, "address": address }))
    }
}

fn uri(params: &Value) -> Result<&str, Refusal> {
    params.pointer("/textDocument/uri").and_then(Value::as_str).ok_or_else(|| wrong("no text is named"))
}
