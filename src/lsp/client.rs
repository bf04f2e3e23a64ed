//! What the editor can, and what its user wants.

use super::text::{Encoding, path_of};
use serde::Deserialize;
use serde_json::Value;
use std::path::PathBuf;

/// What an editor says it can.
#[derive(Clone, Debug)]
pub(super) struct Client {
    pub(super) encoding: Encoding,
    /// It asks for diagnostics itself, and can be told to ask again.
    pub(super) pulls: bool,
    pub(super) related: bool,
    pub(super) code_description: bool,
    pub(super) data: bool,
    /// Actions as such, not only commands.
    pub(super) literals: bool,
    /// Edits of actions may come later.
    pub(super) resolves: bool,
    pub(super) is_preferred: bool,
    pub(super) document_changes: bool,
    pub(super) annotations: bool,
    pub(super) markdown: bool,
    pub(super) progress: bool,
    pub(super) watches: bool,
    pub(super) configuration: bool,
    pub(super) configuration_changes: bool,
    pub(super) shows_documents: bool,
    pub(super) refreshes_lenses: bool,
    pub(super) refreshes_hints: bool,
}

impl Client {
    pub(super) fn new(capabilities: &Value) -> Client {
        let is = |pointer: &str| capabilities.pointer(pointer) == Some(&Value::Bool(true));
        let has = |pointer: &str| capabilities.pointer(pointer).is_some_and(|value| !value.is_null());
        let lists = |pointer: &str, word: &str| {
            let list = capabilities.pointer(pointer).and_then(Value::as_array);
            list.is_some_and(|list| list.iter().any(|one| one == word))
        };
        let action = "/textDocument/codeAction";
        Client {
            encoding: Encoding::of(capabilities),
            pulls: has("/textDocument/diagnostic") && is("/workspace/diagnostics/refreshSupport"),
            related: is("/textDocument/publishDiagnostics/relatedInformation")
                || is("/textDocument/diagnostic/relatedInformation"),
            code_description: is("/textDocument/publishDiagnostics/codeDescriptionSupport")
                || is("/textDocument/diagnostic/codeDescriptionSupport"),
            data: is("/textDocument/publishDiagnostics/dataSupport")
                || is("/textDocument/diagnostic/dataSupport"),
            literals: has(&format!("{action}/codeActionLiteralSupport")),
            resolves: is(&format!("{action}/dataSupport"))
                && lists(&format!("{action}/resolveSupport/properties"), "edit"),
            is_preferred: is(&format!("{action}/isPreferredSupport")),
            document_changes: is("/workspace/workspaceEdit/documentChanges"),
            annotations: has("/workspace/workspaceEdit/changeAnnotationSupport"),
            markdown: lists("/textDocument/hover/contentFormat", "markdown"),
            progress: is("/window/workDoneProgress"),
            watches: is("/workspace/didChangeWatchedFiles/dynamicRegistration"),
            configuration: is("/workspace/configuration"),
            configuration_changes: is("/workspace/didChangeConfiguration/dynamicRegistration"),
            shows_documents: is("/window/showDocument/support"),
            refreshes_lenses: is("/workspace/codeLens/refreshSupport"),
            refreshes_hints: is("/workspace/inlayHint/refreshSupport"),
        }
    }
}

/// What is shown of a workspace without being asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Extent {
    /// Findings of the files that are open.
    #[default]
    Open,
    /// Of all files.
    Workspace,
}

/// When an open text is looked at again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum When {
    #[default]
    OnType,
    OnSave,
}

/// Where known findings stand.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(super) enum BaselineSetting {
    /// `false`: none counts. `true`: that of the folder, as without the setting.
    Whether(bool),
    File(PathBuf),
}

/// Initialization options, and the section `toctou-lint` of an editor's settings.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Settings {
    /// Notes too.
    pub(super) pedantic: bool,
    pub(super) diagnostics: Extent,
    pub(super) run: When,
    /// Whether folders are read as a whole; without it each open file stands alone.
    pub(super) scan: bool,
    pub(super) code_lens: bool,
    pub(super) inlay_hints: bool,
    pub(super) baseline: BaselineSetting,
    /// What stands behind `--` in a new suppression.
    pub(super) ignore_reason: String,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            pedantic: false,
            diagnostics: Extent::Open,
            run: When::OnType,
            scan: true,
            code_lens: false,
            inlay_hints: false,
            baseline: BaselineSetting::Whether(true),
            ignore_reason: "reason".to_owned(),
        }
    }
}

impl Settings {
    /// Reads what an editor sends; nothing at all is the default. Wrong ones are told.
    pub(super) fn read(value: Option<&Value>) -> Result<Settings, String> {
        match value {
            None | Some(Value::Null) => Ok(Settings::default()),
            Some(value) => {
                // Some editors send their whole tree.
                let own = value.get("toctou-lint").unwrap_or(value);
                if own.is_null() {
                    return Ok(Settings::default());
                }
                serde_json::from_value(own.clone()).map_err(|error| format!("settings: {error}"))
            }
        }
    }
}

/// The folders that an editor has open.
pub(super) fn folders(params: &Value) -> Vec<PathBuf> {
    let listed = params.get("workspaceFolders").and_then(Value::as_array);
    let listed: Vec<&str> =
        listed.into_iter().flatten().filter_map(|folder| folder.get("uri")?.as_str()).collect();
    let folders: Vec<PathBuf> = listed.into_iter().filter_map(path_of).collect();
    if !folders.is_empty() {
        return folders;
    }
    let root = params.get("rootUri").and_then(Value::as_str).and_then(path_of);
    let path = || params.get("rootPath").and_then(Value::as_str).map(PathBuf::from);
    root.or_else(path).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn settings_come_bare_or_in_their_section() {
        let bare = Settings::read(Some(&json!({ "pedantic": true, "unknown": 1 }))).unwrap();
        assert!(bare.pedantic && bare.scan);
        let section = json!({ "toctou-lint": { "run": "onSave", "baseline": false } });
        let section = Settings::read(Some(&section)).unwrap();
        assert_eq!((section.run, section.baseline), (When::OnSave, BaselineSetting::Whether(false)));
        assert_eq!(Settings::read(Some(&Value::Null)), Ok(Settings::default()));
        assert!(Settings::read(Some(&json!({ "pedantic": "yes" }))).is_err());
    }

    #[test]
    fn folders_come_in_three_ways() {
        let folders = |value: Value| super::folders(&value);
        let listed = json!({ "rootUri": "file:///r", "workspaceFolders": [{ "uri": "file:///a", "name": "a" }, { "uri": "file:///b", "name": "b" }] });
        assert_eq!(folders(listed), [PathBuf::from("/a"), PathBuf::from("/b")]);
        assert_eq!(
            folders(json!({ "rootUri": "file:///r", "workspaceFolders": null })),
            [PathBuf::from("/r")]
        );
        assert_eq!(folders(json!({ "rootPath": "/p" })), [PathBuf::from("/p")]);
        assert!(folders(json!({ "rootUri": null })).is_empty());
    }
}
