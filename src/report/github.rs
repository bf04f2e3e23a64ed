//! Findings to workflow commands, which GitHub Actions shows at the lines of a change.

use super::{Run, first_line, path, printable, sentences};
use crate::book::words::Level;
use crate::finding::Finding;
use std::fmt::Write;

pub fn render(run: &Run) -> String {
    run.findings.iter().fold(String::new(), |mut text, finding| {
        let _ = writeln!(text, "{}", command(finding, run));
        text
    })
}

fn command(finding: &Finding, run: &Run) -> String {
    let kind = match finding.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note | Level::Off => "notice",
    };
    let span = first_line(run.sources, finding.act.span);
    let file = run.sources.file(span.file);
    // Columns count only where both lines are the same, and our act is shown on one line.
    let (start, end) = (file.position(span.start), file.position(span.end));
    format!(
        "::{kind} file={},line={},endLine={},col={},endColumn={},title={}::{}",
        property(&path(run.sources, span)),
        start.line,
        end.line,
        start.column,
        end.column,
        property(&format!("toctou-lint ({})", finding.rule)),
        data(&told(finding, run)),
    )
}

/// The message, and a line for each place that it rests on: an annotation can link to none.
fn told(finding: &Finding, run: &Run) -> String {
    let mut text = sentences(finding);
    for label in &finding.labels {
        let line = run.sources.file(label.span.file).position(label.span.start).line;
        let path = path(run.sources, label.span);
        let _ = write!(text, "\n{}: {} ({path}:{line})", super::json::role(label.role), label.text);
    }
    text
}

/// As the runner reads a message back.
fn data(text: &str) -> String {
    printable(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// As the runner reads a property back.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
