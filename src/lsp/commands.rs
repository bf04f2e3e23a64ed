//! The commands that the server knows.

use super::hover;
use super::shown::Shown;
use serde::Deserialize;
use serde_json::Value;

/// Shows how a race goes: `{ uri, fingerprint, quiet? }`. The answer is `{ text }`.
pub(super) const SHOW: &str = "toctou-lint.showInterleaving";
/// Opens a rule's page: `{ uri?, rule }`. The answer is `{ text, address }`.
pub(super) const EXPLAIN: &str = "toctou-lint.explain";
/// Applies an action, for editors that know commands alone.
pub(super) const APPLY: &str = "toctou-lint.apply";
/// Reads all folders again.
pub(super) const RESCAN: &str = "toctou-lint.rescan";

pub(super) const ALL: [&str; 4] = [SHOW, EXPLAIN, APPLY, RESCAN];

/// Which finding is to be shown.
#[derive(Deserialize)]
pub(super) struct ShowArguments {
    pub(super) uri: String,
    pub(super) fingerprint: String,
    /// The answer is enough: the user is shown it by the editor's own means.
    #[serde(default)]
    pub(super) quiet: bool,
}

/// Which rule is to be explained.
#[derive(Deserialize)]
pub(super) struct ExplainArguments {
    pub(super) rule: String,
    #[serde(default)]
    pub(super) quiet: bool,
}

/// The first argument of a command.
pub(super) fn first<T: serde::de::DeserializeOwned>(params: &Value) -> Option<T> {
    serde_json::from_value(params.pointer("/arguments/0")?.clone()).ok()
}

/// A finding's message and its interleaving.
pub(super) fn interleaving(shown: &Shown, fingerprint: &str) -> Option<String> {
    let finding = shown.findings.iter().find(|finding| finding.fingerprint == fingerprint)?;
    Some(format!("{}\n\n{}", finding.message, hover::columns(finding, shown)?))
}
