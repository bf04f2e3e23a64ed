//! Findings made by hand for the reports' own tests: one for each marked stretch.

use crate::book::Book;
use crate::book::api::Applicability;
use crate::book::words::Level;
use crate::engine::{Input, Options, Report};
use crate::finding::{Confidence, Edit, Finding, Fix, Interleaving, Label, LabelRole, Turn};
use crate::source::{FileId, SourceFile, Span};

pub(crate) fn check(inputs: Vec<Input>, _book: &Book, _options: &Options) -> Report {
    let mut report = Report::default();
    for input in inputs {
        let found = find(FileId(report.sources.files.len() as u32), &input);
        report.findings.extend(found);
        report.sources.add(SourceFile::new(input.path, input.text));
    }
    report.statistics.files = report.sources.files.len();
    report
}

fn find(file: FileId, input: &Input) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, _) in input.text.match_indices("/*CHECK*/") {
        let Some(act) = input.text.get(at..).and_then(|rest| rest.find("/*ACT*/")).map(|next| at + next)
        else {
            continue;
        };
        let end_of = |from: usize| {
            input.text.get(from..).and_then(|rest| rest.find('\n')).map_or(input.text.len(), |n| from + n)
        };
        let check = Span::new(file, at + 9, end_of(at));
        let act = Span::new(file, act + 7, end_of(act));
        findings.push(Finding {
            rule: "check-then-act".into(),
            level: Level::Warning,
            confidence: Confidence::High,
            message: "`write(path)` relies on what `exists(path)` saw, and `path` may have changed since"
                .to_owned(),
            act: Label { role: LabelRole::Act, span: act, text: "acts on the old answer".to_owned() },
            labels: vec![Label { role: LabelRole::Check, span: check, text: "checked here".to_owned() }],
            interleaving: Interleaving {
                actors: ["request A".to_owned(), "request B".to_owned()],
                steps: vec![
                    Turn { actor: 0, text: "sees `path` absent".to_owned(), span: Some(check) },
                    Turn { actor: 1, text: "creates `path`".to_owned(), span: None },
                    Turn { actor: 0, text: "overwrites `path`".to_owned(), span: Some(act) },
                ],
                cost: "both see it absent, the later write wins".to_owned(),
            },
            notes: vec![],
            fixes: vec![Fix {
                title: "create it exclusively".to_owned(),
                applicability: Applicability::Safe,
                note: Some("the call now fails where it used to overwrite".to_owned()),
                edits: vec![Edit { span: act, text: "writeExclusively(path);".to_owned() }],
            }],
            subject: crate::finding::Subject::default(),
            fingerprint: "0123456789abcdef".to_owned(),
        });
    }
    findings
}
