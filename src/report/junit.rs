//! Findings to JUnit's XML, which most build servers show as failed tests.

use super::{Run, first_line, markup::xml, path, plural, sentences, text};
use crate::engine::Problem;
use crate::finding::Finding;
use crate::source::FileId;
use std::collections::BTreeMap;
use std::fmt::Write;

pub fn render(run: &Run) -> String {
    let mut suites: BTreeMap<FileId, Vec<&Finding>> = BTreeMap::new();
    for finding in run.findings {
        suites.entry(finding.act.span.file).or_default().push(finding);
    }
    let (failures, errors) = (run.findings.len(), run.problems.len());
    let tests = (failures + errors).max(1);
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(
        text,
        "<testsuites name=\"toctou-lint\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">"
    );
    for findings in suites.values() {
        text.push_str(&suite(findings, run));
    }
    for problem in run.problems {
        text.push_str(&trouble(problem));
    }
    if failures + errors == 0 {
        // A report without a test is taken for a run that went wrong.
        text.push_str("  <testsuite name=\"toctou-lint\" tests=\"1\" failures=\"0\" errors=\"0\">\n");
        let name = match run.omitted {
            0 => "no races found".to_owned(),
            omitted => format!("{} not shown (--max-findings)", plural(omitted, "finding")),
        };
        let _ = writeln!(text, "    <testcase name=\"{name}\" classname=\"toctou-lint\"/>\n  </testsuite>");
    }
    text.push_str("</testsuites>\n");
    text
}

/// The findings of one file.
fn suite(findings: &[&Finding], run: &Run) -> String {
    let path = findings.first().map_or_else(String::new, |first| path(run.sources, first.act.span));
    let (path, count) = (xml(&path), findings.len());
    let mut text =
        format!("  <testsuite name=\"{path}\" tests=\"{count}\" failures=\"{count}\" errors=\"0\">\n");
    for finding in findings {
        text.push_str(&case(finding, &path, run));
    }
    text.push_str("  </testsuite>\n");
    text
}

fn case(finding: &Finding, path: &str, run: &Run) -> String {
    let span = first_line(run.sources, finding.act.span);
    let place = run.sources.file(span.file).position(span.start);
    let shown = text::plain(finding, run.sources);
    let (line, column, rule) = (place.line, place.column, xml(&finding.rule));
    format!(
        "    <testcase name=\"{rule} at {line}:{column}\" classname=\"{path}\" file=\"{path}\" line=\"{line}\">\n      \
         <failure type=\"{}\" message=\"{}\">{}</failure>\n    </testcase>\n",
        finding.level,
        xml(&sentences(finding)),
        // Line ends may stand as they are between tags.
        xml(&shown).replace("&#10;", "\n"),
    )
}

/// A file that could not be (wholly) analysed.
fn trouble(problem: &Problem) -> String {
    let path = xml(&problem.path.to_string_lossy().replace('\\', "/"));
    let line = problem.position.map_or_else(String::new, |at| format!(" line=\"{}\"", at.line));
    format!(
        "  <testsuite name=\"{path}\" tests=\"1\" failures=\"0\" errors=\"1\">\n    \
         <testcase name=\"can be analysed\" classname=\"{path}\" file=\"{path}\"{line}>\n      \
         <error type=\"problem\" message=\"{}\"/>\n    </testcase>\n  </testsuite>\n",
        xml(&problem.message),
    )
}
