//! Templates held against short texts.

use super::*;
use crate::book::api::Applicability;
use crate::book::words::Found;
use crate::source::FileId;

fn template(act: &str, becomes: &str, check: CheckFate) -> FixTemplate {
    FixTemplate {
        rules: vec!["r".into()],
        patterns: vec![act.into()],
        becomes: becomes.into(),
        check,
        found: Founds::EMPTY,
        title: "t".into(),
        note: None,
        applicability: Applicability::Suggested,
        line: 1,
        ..FixTemplate::default()
    }
}

fn applied(text: &str, edits: &[Edit]) -> Option<String> {
    let mut text = text.to_owned();
    for edit in edits.iter().rev() {
        text.replace_range(edit.span.start as usize..edit.span.end as usize, &edit.text);
    }
    Some(text)
}

fn rewritten(act: &str, becomes: &str, text: &str) -> Option<String> {
    let file = SourceFile::new("a.ts", text.to_owned());
    let span = Span::new(FileId(0), 0, text.len());
    let mut library = crate::book::grammar::empty_library("l", "l.md");
    library.fixes = vec![template(act, becomes, CheckFate::Keep)];
    let act = Act {
        file: &file,
        rule: "r",
        span,
        found: Founds::EMPTY,
        check: None,
        first: None,
        branches: Vec::new(),
        fields: &[],
        moved: false,
    };
    let fix = fixes(&library, &act).pop()?;
    applied(text, &fix.edits)
}

#[test]
fn a_later_call_of_the_chain_is_rewritten() {
    assert_eq!(
        rewritten(
            "set({t}::{f}.eq({r}.{f} + {=by}))",
            "set({t}::{f}.eq({t}::{f} + {by}))",
            "d::update(p::table.find(id)).set(p::n.eq(q.n + 1)).execute(c)"
        )
        .as_deref(),
        Some("d::update(p::table.find(id)).set(p::n.eq(p::n + 1)).execute(c)")
    );
}

#[test]
fn holes_take_whole_arguments() {
    let (act, becomes) = ("write({path}, {data})", "write({path}, {data}, { flag: 'wx' })");
    assert_eq!(
        rewritten(act, becomes, "fs.write(join(a, \"x,)\"), `)${b}`,\n)").as_deref(),
        Some("fs.write(join(a, \"x,)\"), `)${b}`, { flag: \"wx\" }\n)")
    );
    assert_eq!(rewritten(act, becomes, "fs.write(a, b, c)"), None);
    assert_eq!(rewritten(act, becomes, "fs.rewrite(a, b)"), None);
    assert_eq!(rewritten(act, becomes, "write(a, )"), None);
    assert_eq!(
        rewritten("set({k}, {t}, 'NX')", "set({k}, {t}, 'PX', 1, 'NX')", "this.r.set(k, t, \"NX\")")
            .as_deref(),
        Some("this.r.set(k, t, \"PX\", 1, \"NX\")")
    );
    assert_eq!(
        rewritten("File::create({p})", "File::create_new({p})", "std::fs::File::create(&p)").as_deref(),
        Some("std::fs::File::create_new(&p)")
    );
    assert_eq!(rewritten("f({a})", "f({a})", &"(".repeat(3000)), None);
}

fn fixed(source: &str, check: &str, condition: &str, act: &str) -> String {
    let file = SourceFile::new("a", source.to_owned());
    let span = |part: &str| {
        let start = source.find(part).unwrap();
        Span::new(FileId(0), start, start + part.len())
    };
    let library = crate::book::Book::default().libraries.pop().unwrap_or_else(|| {
        let mut library = crate::book::grammar::empty_library("l", "l.md");
        library.fixes = vec![template("mk({p})", "mkAll({p})", CheckFate::Unwrap)];
        library
    });
    let act = Act {
        file: &file,
        rule: "r",
        span: span(act),
        found: Founds::of(&[Found::Absent]),
        check: Some((span(check), span(condition))),
        first: None,
        branches: Vec::new(),
        fields: &[],
        moved: false,
    };
    let fixes = fixes(&library, &act);
    applied(source, &fixes[0].edits).unwrap()
}

#[test]
fn a_check_that_does_nothing_else_goes() {
    assert_eq!(
        fixed("x;\nif (!has(d)) {\n  fs.mk(d);\n}\ny;", "has(d)", "!has(d)", "fs.mk(d)"),
        "x;\nfs.mkAll(d);\ny;"
    );
    assert_eq!(fixed("if !d.has() {\n    mk(d)?;\n}", "d.has()", "!d.has()", "mk(d)"), "mkAll(d)?;");
    assert_eq!(fixed("if (!has(d)) await mk(d);\n", "has(d)", "!has(d)", "mk(d)"), "await mkAll(d);\n");
    let more = "if (!has(d)) { mk(d); log(); }";
    assert_eq!(fixed(more, "has(d)", "!has(d)", "mk(d)"), more.replace("mk(d)", "mkAll(d)"));
    let other = "if (!has(d)) { mk(d); } else { f(); }";
    assert_eq!(fixed(other, "has(d)", "!has(d)", "mk(d)"), other.replace("mk(d)", "mkAll(d)"));
}
