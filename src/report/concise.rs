//! Findings to one line each: `path:line:column: level[rule] message`.

use super::{Run, path, printable};
use crate::finding::Finding;
use crate::source::Sources;
use std::fmt::Write;

pub fn render(run: &Run) -> String {
    run.findings.iter().fold(String::new(), |mut text, finding| {
        let _ = writeln!(text, "{}", line(finding, run.sources));
        text
    })
}

/// The line of one finding, without its end.
pub fn line(finding: &Finding, sources: &Sources) -> String {
    let place = sources.file(finding.act.span.file).position(finding.act.span.start);
    let path = path(sources, finding.act.span);
    let (level, rule) = (finding.level, &finding.rule);
    let line = format!("{path}:{}:{}: {level}[{rule}] {}", place.line, place.column, finding.message);
    printable(&line).replace(['\n', '\r'], " ")
}
