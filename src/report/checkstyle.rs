//! Findings to Checkstyle's XML, which many older tools read.

use super::{Run, markup::xml, path, sentences};
use crate::book::words::Level;
use crate::finding::Finding;
use crate::source::FileId;
use std::fmt::Write;

pub fn render(run: &Run) -> String {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<checkstyle version=\"8.0\">\n");
    let mut open: Option<FileId> = None;
    for finding in run.findings {
        let file = finding.act.span.file;
        if open != Some(file) {
            if open.is_some() {
                text.push_str("  </file>\n");
            }
            let _ = writeln!(text, "  <file name=\"{}\">", xml(&path(run.sources, finding.act.span)));
            open = Some(file);
        }
        text.push_str(&error(finding, run));
    }
    if open.is_some() {
        text.push_str("  </file>\n");
    }
    text.push_str("</checkstyle>\n");
    text
}

fn error(finding: &Finding, run: &Run) -> String {
    let place = run.sources.file(finding.act.span.file).position(finding.act.span.start);
    let severity = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note | Level::Off => "info",
    };
    format!(
        "    <error line=\"{}\" column=\"{}\" severity=\"{severity}\" message=\"{}\" source=\"toctou-lint.{}\"/>\n",
        place.line,
        place.column,
        xml(&sentences(finding)),
        xml(&finding.rule),
    )
}
