//! The texts that an editor has open.

use super::text::{Encoding, Lines, path_of};
use crate::syntax;
use gen_lsp_types::TextDocumentContentChangeEvent;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// One open text.
pub(super) struct Document {
    /// Where it is, or would be.
    pub(super) path: PathBuf,
    pub(super) version: i32,
    pub(super) text: Arc<str>,
}

/// All open texts by address.
#[derive(Default)]
pub(super) struct Documents(BTreeMap<String, Document>);

impl Documents {
    pub(super) fn open(&mut self, uri: &str, version: i32, text: String, language: &str) {
        let path = path_of(uri).filter(|path| syntax::language(path).is_some());
        let path = path.unwrap_or_else(|| unsaved(language).to_owned());
        self.0.insert(uri.to_owned(), Document { path, version, text: text.into() });
    }

    /// Applies changes in their order; `false` if the text is not open.
    pub(super) fn change(
        &mut self,
        uri: &str,
        version: i32,
        changes: Vec<TextDocumentContentChangeEvent>,
        encoding: Encoding,
    ) -> bool {
        let Some(document) = self.0.get_mut(uri) else { return false };
        let mut text = document.text.to_string();
        for change in changes {
            match change {
                TextDocumentContentChangeEvent::TextDocumentContentChangeWholeDocument(whole) => {
                    text = whole.text;
                }
                TextDocumentContentChangeEvent::TextDocumentContentChangePartial(part) => {
                    let lines = Lines::new(&text, encoding);
                    let (start, end) = (lines.offset(part.range.start), lines.offset(part.range.end));
                    // An end before the start replaces nothing.
                    text.replace_range(start..end.max(start), &part.text);
                }
            }
        }
        (document.version, document.text) = (version, text.into());
        true
    }

    pub(super) fn close(&mut self, uri: &str) -> Option<Document> {
        self.0.remove(uri)
    }

    pub(super) fn get(&self, uri: &str) -> Option<&Document> {
        self.0.get(uri)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&String, &Document)> {
        self.0.iter()
    }

    /// The address under which a file is open.
    pub(super) fn uri_of(&self, path: &Path) -> Option<&String> {
        self.0
            .iter()
            .find(|(uri, document)| document.path == path && path_of(uri).is_some())
            .map(|(uri, _)| uri)
    }
}

/// Where a text stands whose folder cannot be told: one that was never saved.
fn unsaved(language: &str) -> &'static Path {
    Path::new(match language {
        "rust" => "unsaved.rs",
        "typescriptreact" | "javascriptreact" => "unsaved.tsx",
        _ => "unsaved.ts",
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn changed(text: &str, changes: Value, encoding: Encoding) -> String {
        let mut documents = Documents::default();
        documents.open("file:///a.ts", 1, text.to_owned(), "typescript");
        let changes = serde_json::from_value(changes).unwrap();
        assert!(documents.change("file:///a.ts", 2, changes, encoding));
        documents.get("file:///a.ts").unwrap().text.to_string()
    }

    fn part(start: [u32; 2], end: [u32; 2], text: &str) -> Value {
        let place = |[line, character]: [u32; 2]| json!({ "line": line, "character": character });
        json!({ "range": { "start": place(start), "end": place(end) }, "text": text })
    }

    #[test]
    fn changes_apply_one_after_the_other() {
        let changes = json!([part([0, 1], [0, 2], "XY"), part([0, 3], [0, 3], "!")]);
        assert_eq!(changed("abc", changes, Encoding::Utf8), "aXY!c");
        let whole = json!([{ "text": "new" }, part([0, 0], [0, 1], "")]);
        assert_eq!(changed("abc", whole, Encoding::Utf8), "ew");
    }

    #[test]
    fn emoji_and_line_ends_stay_whole() {
        let text = "'😀';\r\nb\r\n";
        assert_eq!(changed(text, json!([part([0, 3], [0, 3], "ä")]), Encoding::Utf16), "'😀ä';\r\nb\r\n");
        assert_eq!(changed(text, json!([part([0, 2], [0, 2], "ä")]), Encoding::Utf32), "'😀ä';\r\nb\r\n");
        assert_eq!(changed(text, json!([part([0, 5], [1, 1], "")]), Encoding::Utf16), "'😀';\r\n");
        assert_eq!(changed(text, json!([part([9, 0], [9, 9], "c")]), Encoding::Utf16), "'😀';\r\nb\r\nc");
    }
}
