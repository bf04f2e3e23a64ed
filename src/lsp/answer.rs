//! Questions about a place to pages and rewrites.

use super::convert::{self, Encoding};
use super::documents::{Document, Documents};
use crate::book::Book;
use crate::book::api::Applicability;
use crate::finding::Finding;
use crate::report::text::USUAL_WIDTH;
use crate::report::{first_line, interleaving};
use gen_lsp_types::{
    CodeAction, CodeActionKind, Contents, Hover, MarkupContent, MarkupKind, Position, Range, TextEdit, Uri,
    WorkspaceEdit,
};

/// The findings there, each with its interleaving and its rule's page.
pub(super) fn hover(documents: &Documents, book: &Book, uri: &str, at: Position) -> Option<Hover> {
    let document = documents.get(uri)?;
    let here: Vec<&Finding> = touching(document, Range { start: at, end: at }, documents.encoding).collect();
    let first = here.first()?;
    let range =
        convert::range(&document.sources, first_line(&document.sources, first.act.span), documents.encoding);
    let texts: Vec<String> = here.into_iter().map(|finding| page(finding, document, book)).collect();
    let value = texts.join("\n\n---\n\n");
    let contents = Contents::MarkupContent(MarkupContent { kind: MarkupKind::Markdown, value });
    Some(Hover { contents, range: Some(range) })
}

fn page(finding: &Finding, document: &Document, book: &Book) -> String {
    let mut text = format!("**{}** `{}`\n\n{}", finding.level, finding.rule, finding.message);
    if !finding.interleaving.steps.is_empty() {
        let columns = interleaving::columns(&finding.interleaving, &document.sources, USUAL_WIDTH);
        text.push_str(&format!("\n\n```text\n{columns}\n```"));
    }
    if let Some(rule) = book.rules.iter().find(|rule| rule.id == finding.rule) {
        text.push_str(&format!("\n\n## {}\n\n{}", rule.title, rule.body.trim()));
    }
    text
}

/// Every rewrite of the findings there, and a comment that silences each.
pub(super) fn actions(documents: &Documents, uri: &Uri, at: Range) -> Vec<CodeAction> {
    let Some(document) = documents.get(&uri.0) else { return Vec::new() };
    let mut actions = Vec::new();
    for finding in touching(document, at, documents.encoding) {
        let diagnostic = convert::diagnostic(finding, &document.sources, uri, documents.encoding);
        for fix in &finding.fixes {
            if fix.applicability == Applicability::Sketch || fix.edits.is_empty() {
                continue;
            }
            let title = match &fix.note {
                Some(note) => format!("{} ({note})", fix.title),
                None => fix.title.clone(),
            };
            let edits = convert::edits(fix, &document.sources, documents.encoding);
            let safe = fix.applicability == Applicability::Safe;
            actions.push(action(title, edits, uri, &diagnostic, safe));
        }
        let title = format!("Silence `{}` here", finding.rule);
        actions.push(action(title, vec![silence(finding, document)], uri, &diagnostic, false));
    }
    actions
}

fn action(
    title: String,
    edits: Vec<TextEdit>,
    uri: &Uri,
    diagnostic: &gen_lsp_types::Diagnostic,
    preferred: bool,
) -> CodeAction {
    let changes = [(uri.clone(), edits)].into_iter().collect();
    CodeAction {
        title,
        kind: Some(CodeActionKind::QuickFix),
        diagnostics: Some(vec![diagnostic.clone()]),
        is_preferred: Some(preferred),
        edit: Some(WorkspaceEdit { changes: Some(changes), ..WorkspaceEdit::default() }),
        ..CodeAction::default()
    }
}

/// A comment on its own line above, indented as the code is.
fn silence(finding: &Finding, document: &Document) -> TextEdit {
    let file = document.sources.file(finding.act.span.file);
    let line = file.position(finding.act.span.start).line;
    let text = file.line_range(line).and_then(|range| file.text.get(range)).unwrap_or_default();
    let indent: String = text.chars().take_while(|letter| letter.is_whitespace()).collect();
    let start = Position { line: line - 1, character: 0 };
    let new_text = format!("{indent}// toctou-lint: ignore[{}] -- reason\n", finding.rule);
    TextEdit { range: Range { start, end: start }, new_text }
}

/// Findings whose act's first line meets a range.
fn touching(document: &Document, at: Range, encoding: Encoding) -> impl Iterator<Item = &Finding> {
    let key = |position: Position| (position.line, position.character);
    document.findings.iter().filter(move |finding| {
        let act =
            convert::range(&document.sources, first_line(&document.sources, finding.act.span), encoding);
        key(act.start) <= key(at.end) && key(at.start) <= key(act.end)
    })
}
