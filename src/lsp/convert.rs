//! Spans, findings and addresses to the editor's words for them.

use crate::book::words::Level;
use crate::finding::{Finding, Fix};
use crate::report::first_line;
use crate::source::{SourceFile, Sources, Span};
use gen_lsp_types::{
    ClientCapabilities, Code, CodeDescription, Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity,
    Location, Message, Position, PositionEncodingKind, Range, TextEdit, Uri,
};
use std::path::PathBuf;

/// How columns are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
}

impl Encoding {
    pub(super) fn kind(self) -> PositionEncodingKind {
        match self {
            Encoding::Utf8 => PositionEncodingKind::UTF8,
            Encoding::Utf16 => PositionEncodingKind::UTF16,
        }
    }
}

/// Bytes if the editor can, else what every editor can.
pub(super) fn encoding(client: &ClientCapabilities) -> Encoding {
    let offered = client.general.as_ref().and_then(|general| general.position_encodings.as_ref());
    match offered {
        Some(kinds) if kinds.contains(&PositionEncodingKind::UTF8) => Encoding::Utf8,
        _ => Encoding::Utf16,
    }
}

pub(super) fn position(file: &SourceFile, offset: u32, encoding: Encoding) -> Position {
    let line = file.position(offset).line;
    let start = file.line_range(line).map_or(0, |range| range.start);
    let before = file.text.get(start..offset as usize).unwrap_or_default();
    let character = match encoding {
        Encoding::Utf8 => before.len(),
        Encoding::Utf16 => before.encode_utf16().count(),
    };
    Position { line: line - 1, character: character as u32 }
}

pub(super) fn range(sources: &Sources, span: Span, encoding: Encoding) -> Range {
    let file = sources.file(span.file);
    Range { start: position(file, span.start, encoding), end: position(file, span.end, encoding) }
}

pub(super) fn diagnostic(finding: &Finding, sources: &Sources, uri: &Uri, encoding: Encoding) -> Diagnostic {
    let severity = match finding.level {
        Level::Error => DiagnosticSeverity::Error,
        Level::Warning => DiagnosticSeverity::Warning,
        Level::Note | Level::Off => DiagnosticSeverity::Information,
    };
    let page = format!("{}/blob/main/rules/{}.md", env!("CARGO_PKG_REPOSITORY"), finding.rule);
    let related =
        finding.labels.iter().filter(|label| label.span.file == finding.act.span.file).map(|label| {
            let range = range(sources, first_line(sources, label.span), encoding);
            let location = Location { uri: uri.clone(), range };
            DiagnosticRelatedInformation { location, message: label.text.clone() }
        });
    Diagnostic {
        range: range(sources, first_line(sources, finding.act.span), encoding),
        severity: Some(severity),
        code: Some(Code::String(finding.rule.to_string())),
        code_description: Some(CodeDescription { href: Uri(page) }),
        source: Some("toctou-lint".to_owned()),
        message: Message::String(finding.message.clone()),
        tags: None,
        related_information: Some(related.collect()),
        data: None,
    }
}

pub(super) fn edits(fix: &Fix, sources: &Sources, encoding: Encoding) -> Vec<TextEdit> {
    let edit = |edit: &crate::finding::Edit| TextEdit {
        range: range(sources, edit.span, encoding),
        new_text: edit.text.clone(),
    };
    fix.edits.iter().map(edit).collect()
}

/// The path of a `file:` address; `None` for others.
pub(super) fn path_of(uri: &Uri) -> Option<PathBuf> {
    let rest = uri.0.strip_prefix("file://")?;
    let path = decode(rest.get(rest.find('/')?..)?)?;
    // `/c:/folder` is `c:/folder`.
    let windows = path.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    Some(PathBuf::from(if windows { path.get(1..)?.to_owned() } else { path }))
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}
