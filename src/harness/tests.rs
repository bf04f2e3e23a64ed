//! The harness held against a toy engine: `look(` is a check, `act(` after it a finding.

use super::*;
use crate::book::api::Applicability;
use crate::book::words::Level;
use crate::finding::{Confidence, Edit, Fix, Interleaving, Label};
use crate::source::SourceFile;

fn toy(files: Vec<(PathBuf, String)>, _: &Options) -> Examined {
    let mut examined = Examined::default();
    for (path, text) in files {
        let file = examined.sources.add(SourceFile::new(path, text.clone()));
        let call = |word: &str| {
            let start = text.find(word)?;
            Some(Span::new(file, start, start + text[start..].find(')')? + 1))
        };
        let label = |role, span| Label { role, span, text: String::new() };
        for (word, name) in [("look(", "exists file"), ("other(", "read file")] {
            let library = if word == "look(" { "toy" } else { "more" }.into();
            examined.events.extend(call(word).map(|span| SeenEvent { span, label: name.into(), library }));
        }
        let (Some(check), Some(act)) = (call("look("), call("act(")) else { continue };
        let edits = vec![Edit {
            span: Span::new(file, act.start as usize, act.start as usize + 3),
            text: "safe".into(),
        }];
        examined.findings.push(Finding {
            rule: "toy".into(),
            level: Level::Warning,
            confidence: Confidence::High,
            message: String::new(),
            act: label(LabelRole::Act, act),
            labels: vec![label(LabelRole::Check, check)],
            interleaving: Interleaving::default(),
            notes: Vec::new(),
            fixes: vec![Fix { title: String::new(), applicability: Applicability::Safe, note: None, edits }],
            subject: crate::finding::Subject::default(),
            fingerprint: String::new(),
        });
    }
    examined
}

fn run(text: &str) -> (Vec<String>, Option<String>) {
    let outcome = run_page(&page::parse("rules/toy.md", text), &toy);
    (outcome.failures.iter().map(ToString::to_string).collect(), outcome.updated)
}

const GOOD: &str = "# T\n\n## Flagged\n\n```ts\nif (look(a))\n  //^^^^^^^ check\n  act(a);\n//^^^^^^ toy\n```\n\n\
    ```ts fixed\nif (look(a))\n  safe(a);\n```\n\n## Clean\n\n```ts\nact(a);\n```\n";

#[test]
fn a_right_page_is_silent() {
    assert_eq!(run(GOOD), (vec![], None));
}

#[test]
fn wrong_marks_are_named_and_rewritten() {
    let wrong = GOOD.replace("//^^^^^^ toy", "//^^^^ toy").replace("safe(a)", "sound(a)");
    let (failures, updated) = run(&wrong);
    assert_eq!(
        failures,
        [
            "rules/toy.md:9: the mark `toy` covers `act(`, the program means `act(a)`",
            "rules/toy.md:13: the rewrite gives another text, first at `safe(a);`",
        ]
        .map(str::to_owned)
        .to_vec()
    );
    assert_eq!(updated.as_deref(), Some(GOOD));
}

#[test]
fn headings_are_claims() {
    let (failures, updated) = run(
        "# T\n\n## Flagged\n\n```ts\nact(a);\n//< toy\n```\n\n## Known misses\n\n```ts\nlook(a); act(a);\n```\n",
    );
    assert!(failures[0].ends_with("6: `toy` finds nothing in this example"), "{failures:?}");
    assert!(failures.iter().any(|line| line.ends_with("move it to `Flagged`")), "{failures:?}");
    assert_eq!(updated, None);
}

#[test]
fn library_pages_mark_their_own_events() {
    let text = "# T\n\n```library\nlanguage rust\n```\n\n```ts\nlook(a); other(b);\n```\n";
    let (failures, updated) = run(text);
    assert_eq!(failures, ["rules/toy.md:8: `exists file` is found at `look(a)` but not marked"]);
    let updated = updated.unwrap();
    assert!(updated.contains("\n//<^^^^ exists file\n"), "{updated}");
    assert_eq!(run(&updated), (vec![], None));
}
