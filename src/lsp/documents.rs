//! The texts that an editor has open, with what was found in each.

use super::convert::{self, Encoding, path_of};
use super::unsaved;
use crate::book::Book;
use crate::config::{Configs, Flags, Judge, judge};
use crate::discover;
use crate::engine::{Input, Options};
use crate::finding::Finding;
use crate::session;
use crate::source::Sources;
use crate::suppress;
use crate::syntax;
use gen_lsp_types::{Diagnostic, Uri};
use std::collections::BTreeMap;
use std::path::PathBuf;

pub(super) struct Documents {
    pub(super) encoding: Encoding,
    /// The editor asks for notes.
    pedantic: bool,
    open: BTreeMap<String, Document>,
}

/// One open text.
pub(super) struct Document {
    path: PathBuf,
    version: i32,
    text: String,
    /// Of the text that was analysed last.
    pub(super) findings: Vec<Finding>,
    pub(super) sources: Sources,
}

impl Documents {
    pub(super) fn new(encoding: Encoding, pedantic: bool) -> Documents {
        Documents { encoding, pedantic, open: BTreeMap::new() }
    }

    pub(super) fn open(&mut self, uri: &str, version: i32, text: String, language: &str) {
        let path = path_of(&Uri(uri.to_owned())).filter(|path| syntax::language(path).is_some());
        let path = path.unwrap_or_else(|| unsaved(language).to_owned());
        let (findings, sources) = (Vec::new(), Sources::default());
        self.open.insert(uri.to_owned(), Document { path, version, text, findings, sources });
    }

    pub(super) fn change(&mut self, uri: &str, version: i32, text: String) {
        if let Some(document) = self.open.get_mut(uri) {
            (document.version, document.text) = (version, text);
        }
    }

    pub(super) fn close(&mut self, uri: &str) {
        self.open.remove(uri);
    }

    pub(super) fn get(&self, uri: &str) -> Option<&Document> {
        self.open.get(uri)
    }

    /// Looks for races in an open text; its version and what to show.
    pub(super) fn analyse(
        &mut self,
        uri: &str,
        book: &Book,
        configs: &Configs,
    ) -> Option<(i32, Vec<Diagnostic>)> {
        let (encoding, pedantic) = (self.encoding, self.pedantic);
        let document = self.open.get_mut(uri)?;
        let inputs = match discover::text_of(document.text.clone().into_bytes()) {
            Ok(_) if configs.leaves_out(&document.path, false) => Vec::new(),
            Ok(text) => vec![Input { path: document.path.clone(), text }],
            Err(_) => Vec::new(),
        };
        let mut manifests = discover::beside(&document.path);
        manifests.databases = judge::databases(configs, std::iter::once(document.path.as_path()));
        let judge = Judge::new(configs, book, Flags { pedantic, ..Flags::default() });
        configs.of_file(&document.path);
        judge.check();
        let options = Options { manifests, no_notes: !judge.may_keep_notes(), ..Options::default() };
        let outcome = session::on_threads(1, || session::analyse(inputs, book, &options)).unwrap_or_default();
        let report = outcome.report;
        let findings = suppress::apply(report.findings, &report.sources, &book.rules).kept;
        let mut findings = judge.judge(findings, &report.sources);
        findings.sort_by(|one, other| one.order().cmp(&other.order()));
        document.sources = report.sources;
        document.findings = findings;
        let uri = Uri(uri.to_owned());
        let shown = document.findings.iter();
        let shown = shown.map(|finding| convert::diagnostic(finding, &document.sources, &uri, encoding));
        Some((document.version, shown.collect()))
    }
}
