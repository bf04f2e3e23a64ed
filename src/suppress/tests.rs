//! What comments speak of, and what is said of them.

use super::*;
use crate::finding::Edit;
use crate::rewrite;
use crate::source::SourceFile;

fn shape(text: &str) -> Vec<(Scope, String, Option<String>)> {
    let found = read(FileId(0), &SourceFile::new("a.ts", text.to_owned()));
    let ids =
        |one: &Suppression| one.rules.iter().map(|named| named.id.as_str()).collect::<Vec<_>>().join(" ");
    found.into_iter().map(|one| (one.scope, ids(&one), one.reason)).collect()
}

#[test]
fn a_comment_speaks_of_its_line_or_of_the_next() {
    let text = "a(); // toctou-lint: ignore[x, y] -- one writer\n\
                // toctou-lint: ignore[z]\n// more\n\nb();\n\
                /* toctou-lint: ignore */\n/* a\n b */\n/* c */ *d = e;\n";
    assert_eq!(
        shape(text),
        [
            (Scope::Line(1), "x y".to_owned(), Some("one writer".to_owned())),
            (Scope::Line(5), "z".to_owned(), None),
            (Scope::Line(9), String::new(), None),
        ]
    );
}

#[test]
fn a_closed_comment_before_code_speaks_of_its_line() {
    let text = "  /* toctou-lint: ignore[x] -- why */ act();\n{/* toctou-lint: ignore[y] -- so */}\n<A/>\n";
    assert_eq!(
        shape(text),
        [
            (Scope::Line(1), "x".to_owned(), Some("why".to_owned())),
            (Scope::Line(3), "y".to_owned(), Some("so".to_owned())),
        ]
    );
}

#[test]
fn a_file_comment_speaks_of_the_file() {
    assert_eq!(shape("// toctou-lint: ignore-file[x]"), [(Scope::File, "x".to_owned(), None)]);
}

#[test]
fn ranges_nest_and_end_by_their_rules() {
    let text = "// toctou-lint: ignore-start[x]\n// toctou-lint: ignore-start[y]\na();\n\
                // toctou-lint: ignore-end[x]\n// toctou-lint: ignore-end\n// toctou-lint: ignore-end\n\
                // toctou-lint: ignore-start\n";
    let scopes: Vec<Scope> = shape(text).into_iter().map(|(scope, _, _)| scope).collect();
    assert_eq!(scopes[0], Scope::Range { first: 1, last: Some(4) });
    assert_eq!(scopes[1], Scope::Range { first: 2, last: Some(5) });
    assert!(matches!(scopes[3], Scope::End { opens: Some(_) }));
    assert_eq!(scopes[4], Scope::End { opens: None });
    assert_eq!(scopes[5], Scope::Range { first: 7, last: None });
}

#[test]
fn prose_and_other_words_are_no_suppression() {
    assert!(
        shape("// write toctou-lint: ignore[x] here\n'// toctou-lint: ignore'\n// toctou-lint: ignored")
            .is_empty()
    );
    assert_eq!(shape("// toctou-lint: ignore [x]")[0].1, "x", "a space does not silence everything");
}

/// What is said, and the text after mending, if each rule has the verdict.
fn mended(text: &str, verdicts: &[Verdict]) -> (Vec<String>, String) {
    let file = SourceFile::new("a.tsx", text.to_owned());
    let comment = read(FileId(0), &file).remove(0);
    let is_used = verdicts.iter().any(|one| matches!(one, Verdict::Used | Verdict::Renamed(_)));
    let judged = Judged { comment, is_used, verdicts: verdicts.to_vec() };
    let edit: Option<Edit> = judged.edit(&file, Telling::All);
    (judged.remarks(Telling::All), rewrite::apply(text, &edit).unwrap())
}

#[test]
fn what_is_wrong_is_told_and_mended() {
    let near = Verdict::Unknown(Some("yy".to_owned()));
    let text = "// toctou-lint: ignore[x, y, z, q] -- why\nact();\n";
    let verdicts = [Verdict::Unused, near, Verdict::Renamed("zz".to_owned()), Verdict::Used];
    let (told, after) = mended(text, &verdicts);
    assert_eq!(
        told,
        [
            "this suppression of x silences nothing",
            "unknown rule `y`, did you mean `yy`?",
            "the rule `z` is now called `zz`"
        ]
    );
    assert_eq!(after, "// toctou-lint: ignore[yy, zz, q] -- why\nact();\n");
}

#[test]
fn an_unused_comment_goes_without_a_trace() {
    for (before, after) in [
        ("a();\n  // toctou-lint: ignore[x] -- why\nact();\n", "a();\nact();\n"),
        ("a();\r\n// toctou-lint: ignore[x]\r\nact();\r\n", "a();\r\nact();\r\n"),
        ("act(); // toctou-lint: ignore[x] -- why\n", "act();\n"),
        ("f(/* toctou-lint: ignore[x] */ act());\n", "f(act());\n"),
        ("typeof/* toctou-lint: ignore[x] */act;\n", "typeof act;\n"),
        ("a+/* toctou-lint: ignore[x] */+b;\n", "a+ +b;\n"),
        ("<a>\n  {/* toctou-lint: ignore[x] */}\n  {act()}\n</a>;\n", "<a>\n  {act()}\n</a>;\n"),
        ("function f()\n{/* toctou-lint: ignore[x] */}\n", "function f()\n{}\n"),
        ("/* toctou-lint: ignore[x]\n more */\nact();\n", "/* toctou-lint: ignore[x]\n more */\nact();\n"),
    ] {
        assert_eq!(mended(before, &[Verdict::Unused]).1, after);
    }
}
