use super::sample;
use super::*;
use crate::book::Book;
use crate::engine::{Input, Options};
use std::path::PathBuf;

const TEXT: &str =
    "function save(path) {\n\tif (/*CHECK*/!exists(path)) {\n    /*ACT*/write(path,\n      'ä');\n  }\n}\n";

pub(super) fn with_run<T>(text: &str, path: &str, then: impl Fn(&Run) -> T) -> T {
    let input = Input { path: PathBuf::from(path), text: text.into() };
    let report = sample::check(vec![input], &Book::default(), &Options::default());
    let skipped = BTreeMap::from([("minified files", 2)]);
    let problems =
        [Problem { path: PathBuf::from("b c.ts"), position: None, message: "is not UTF-8".to_owned() }];
    then(&Run {
        findings: &report.findings,
        sources: &report.sources,
        rules: &[],
        problems: &problems,
        skipped: &skipped,
        files: 1,
        succeeded: true,
        suppressed: &[],
        omitted: 0,
        hidden: super::Hidden::default(),
        category: None,
    })
}

fn full(run: &Run, detail: text::Detail) -> String {
    let text = text::findings(run, &text::Look::plain(detail)) + &text::summary(run);
    anstream::adapter::strip_str(&text).to_string()
}

#[test]
fn full_text() {
    insta::assert_snapshot!(with_run(TEXT, "src/a.ts", |run| full(run, text::Detail::OneLine)));
}

#[test]
fn verbose_text() {
    insta::assert_snapshot!(with_run(TEXT, "src/a.ts", |run| full(run, text::Detail::Columns)));
}

#[test]
fn concise_text() {
    let line = with_run(TEXT, "src/a.ts", concise::render);
    assert_eq!(
        line,
        "src/a.ts:3:12: warning[check-then-act] `write(path)` relies on what `exists(path)` saw, and `path` may have changed since\n"
    );
}

#[test]
fn json_shape() {
    insta::assert_snapshot!(with_run(TEXT, "src/a.ts", json::render));
}

#[test]
fn sarif_shape() {
    insta::assert_snapshot!(with_run(TEXT, "src/ä b.ts", |run| sarif::render(run).text));
}

#[test]
fn other_forms() {
    type Form = (&'static str, fn(&Run) -> String);
    let forms: [Form; 8] = [
        ("jsonl", json::lines),
        ("github", github::render),
        ("gitlab", gitlab::render),
        ("junit", junit::render),
        ("rdjson", rdjson::render),
        ("checkstyle", checkstyle::render),
        ("markdown", |run| markdown::render(run).text),
        ("html", html::render),
    ];
    for (name, render) in forms {
        insta::assert_snapshot!(name, with_run(TEXT, "src/ä b.ts", render));
    }
}

#[test]
fn what_is_silenced_is_marked_where_it_is_asked_for() {
    with_run(TEXT, "a.ts", |run| {
        let finding = run.findings[0].clone();
        let suppressed =
            [Silenced { finding, reason: Some("one writer".to_owned()), by: super::SilencedBy::Comment }];
        let run = Run { suppressed: &suppressed, ..*run };
        let document: serde_json::Value = serde_json::from_str(&sarif::render(&run).text).unwrap();
        let results = document.pointer("/runs/0/results").unwrap();
        assert_eq!(results[0]["suppressions"], serde_json::json!([]));
        let expected = serde_json::json!([{ "kind": "inSource", "justification": "one writer" }]);
        assert_eq!(results[1]["suppressions"], expected);
        let document: serde_json::Value = serde_json::from_str(&json::render(&run)).unwrap();
        assert_eq!(document["suppressed"][0]["reason"], "one writer");
    });
}

#[test]
fn a_category_names_the_run() {
    with_run(TEXT, "a.ts", |run| {
        let run = Run { category: Some("nightly"), ..*run };
        let document: serde_json::Value = serde_json::from_str(&sarif::render(&run).text).unwrap();
        assert_eq!(document.pointer("/runs/0/automationDetails/id").unwrap(), "nightly/");
    });
}

#[test]
fn a_summary_of_a_job_has_at_most_a_mebibyte() {
    let text = TEXT.repeat(2_500);
    let rendered = with_run(&text, "a.ts", markdown::render);
    assert!(rendered.text.len() <= 1 << 20, "{} bytes", rendered.text.len());
    assert!(rendered.remarks[0].contains("left out of the Markdown report"), "{:?}", rendered.remarks);
    assert!(rendered.text.contains("1 MiB"));
}

#[test]
fn columns_fit_the_terminal() {
    with_run(TEXT, "a.ts", |run| {
        let told = interleaving::columns(&run.findings[0].interleaving, run.sources, 60);
        assert!(told.lines().all(|line| line.chars().count() <= 60), "{told}");
    });
}

#[test]
fn a_line_of_a_megabyte_is_not_printed() {
    let text = format!("/*CHECK*/ {} /*ACT*/ b()", "x".repeat(1 << 20));
    let shown = with_run(&text, "a.ts", |run| full(run, text::Detail::OneLine));
    assert!(shown.len() < 2000, "{} bytes", shown.len());
}

#[test]
fn sources_cannot_steer_the_terminal() {
    let text = "/*CHECK*/ a(\u{1b}[2J)\n/*ACT*/ b(\u{202e})\n";
    let shown = with_run(text, "a\u{1b}.ts", |run| full(run, text::Detail::OneLine));
    assert!(!shown.contains('\u{1b}') && !shown.contains('\u{202e}'), "{shown}");
}

#[test]
fn long_steps_are_broken_at_spaces() {
    assert_eq!(interleaving::wrap("aa bb cc", 5), ["aa bb", "cc"]);
    assert_eq!(interleaving::wrap("abcdefgh", 5), ["abcd…"]);
}
