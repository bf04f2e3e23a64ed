//! Comments that silence findings: written, told of, mended.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use toctou_lint::book::load;
use toctou_lint::harness::{self, examples};
use toctou_lint::rewrite;
use toctou_lint::suppress::{self, add};
use toctou_lint::syntax;

struct Told {
    code: i32,
    out: String,
    err: String,
}

fn lint(folder: &Path, arguments: &[&str]) -> Told {
    let output =
        Command::new(env!("CARGO_BIN_EXE_toctou-lint")).current_dir(folder).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Told { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

const ADD: [&str; 3] = ["--add-ignore", "--reason", "one writer"];

/// What `--add-ignore` makes of a file; looked at again, nothing is reported and nothing unused.
fn silenced(name: &str, text: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    let look = ["--format", "concise", "--pedantic", "--fail-on", "note"];
    let before = lint(folder.path(), &look);
    assert_eq!(before.code, 1, "nothing to silence: {}", before.err);
    let add = [&ADD[..], &look].concat();
    let told = lint(folder.path(), &add);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    let after = lint(folder.path(), &look);
    assert_eq!((after.code, after.out.as_str(), after.err.as_str()), (0, "", ""));
    let text = fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(lint(folder.path(), &add).code, 0);
    assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), text, "a second time adds nothing");
    text
}

const COMMENT: &str = "toctou-lint: ignore[fs-check-then-create] -- one writer";

#[test]
fn a_comment_goes_above_the_act_with_its_indentation() {
    let text = "import fs from 'node:fs';\nexport function save(p, d) {\n\tif (!fs.existsSync(p)) {\n\t\tfs.writeFileSync(\n\t\t\tp, d);\n\t}\n}\n";
    let act = "\t\tfs.writeFileSync(";
    assert_eq!(silenced("a.ts", text), text.replace(act, &format!("\t\t// {COMMENT}\n{act}")));
    let crlf = text.replace('\n', "\r\n");
    assert_eq!(
        silenced("a.ts", &crlf),
        text.replace(act, &format!("\t\t// {COMMENT}\n{act}")).replace('\n', "\r\n")
    );
    // A comment that speaks of the next line keeps it.
    let text = text.replace("\t\tfs.w", "\t\t// @ts-ignore\n\t\tfs.w");
    assert_eq!(silenced("a.ts", &text), text.replace("\t\t// @ts", &format!("\t\t// {COMMENT}\n\t\t// @ts")));
}

#[test]
fn a_comment_in_markup_has_braces() {
    let text = "import fs from 'node:fs';\nexport const Page = ({ p, d }) => (\n  <div>\n    some // text\n    {!fs.existsSync(p) && fs.writeFileSync(p, d)}\n  </div>\n);\n";
    let line = "    {!fs.existsSync(p)";
    assert_eq!(silenced("a.tsx", text), text.replace(line, &format!("    {{/* {COMMENT} */}}\n{line}")));
    // Between two lines of one text it would take a space out of what is shown.
    let (text, act) = (text.replace("    {!", "    more {!"), "fs.writeFileSync(p");
    assert_eq!(silenced("a.tsx", &text), text.replace(act, &format!("/* {COMMENT} */ {act}")));
}

#[test]
fn a_comment_never_lands_in_a_text() {
    let text = "import fs from 'node:fs';\nexport const page = (p, d) => `\n  <b>${!fs.existsSync(p) && fs.writeFileSync(p, d)}</b>\n`;\n";
    let act = "fs.writeFileSync(p";
    assert_eq!(silenced("a.ts", text), text.replace(act, &format!("/* {COMMENT} */ {act}")));
    let rust = "use std::path::Path;\npub fn save(p: &Path) {\n    if !p.exists() {\n        log(\"a\n        b\", std::fs::write(p, b\"\"));\n    }\n}\nfn log(_: &str, _: std::io::Result<()>) {}\n";
    let act = "std::fs::write(p";
    assert_eq!(silenced("a.rs", rust), rust.replace(act, &format!("/* {COMMENT} */ {act}")));
}

/// A help text is no comment, and a mark at the front of a file is no code.
#[test]
fn a_comment_in_a_text_silences_nothing_and_one_behind_a_byte_order_mark_does() {
    let race = "import fs from \"node:fs\"; export function f(p, d) { if (!fs.existsSync(p)) fs.writeFileSync(p, d); }\n";
    let folder = tempfile::tempdir().unwrap();
    let quoted = "export const help = `\n  // toctou-lint: ignore-file -- an example\n`;\n";
    fs::write(folder.path().join("a.ts"), format!("{quoted}{race}")).unwrap();
    assert_eq!(lint(folder.path(), &[]).code, 1);
    let text = silenced("b.ts", &format!("\u{feff}{race}"));
    assert!(text.starts_with(&format!("\u{feff}// {COMMENT}\n")), "{text}");
}

/// What speaks of the line below goes on to do so.
#[test]
fn a_comment_stays_above_directives() {
    let race = "import fs from \"node:fs\";\nexport function f(p, d) {\n  if (!fs.existsSync(p)) {\n";
    for directive in ["// eslint-disable-next-line no-eval", "/* eslint-disable-next-line no-eval */"] {
        let text = silenced(
            "a.ts",
            &format!("{race}    {directive}\n    fs.writeFileSync(p, eval(d));\n  }}\n}}\n"),
        );
        assert!(text.contains(&format!("    // {COMMENT}\n    {directive}\n    fs.write")), "{text}");
    }
}

#[test]
fn a_reason_is_needed_and_must_fit() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.ts"), "export const a = 1;\n").unwrap();
    for arguments in [
        &["--add-ignore"][..],
        &["--reason", "x"],
        &["--add-ignore", "--reason", " "],
        &["--add-ignore", "--reason", "a\nb"],
        &["--add-ignore", "--reason", "a */ b"],
        &["--add-ignore", "--reason", "a", "--fix"],
    ] {
        assert_eq!(lint(folder.path(), arguments).code, 2, "{arguments:?}");
    }
}

#[test]
fn a_diff_shows_and_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let text = "import fs from 'node:fs';\nexport function save(p, d) {\n  if (!fs.existsSync(p)) fs.writeFileSync(p, d);\n}\n";
    fs::write(folder.path().join("a.ts"), text).unwrap();
    let told = lint(folder.path(), &[&ADD[..], &["--diff"]].concat());
    assert_eq!(told.code, 1);
    assert!(told.out.contains(&format!("+  // {COMMENT}\n")), "{}", told.out);
    assert_eq!(fs::read_to_string(folder.path().join("a.ts")).unwrap(), text);
}

#[test]
fn a_range_silences_what_stands_in_it() {
    let folder = tempfile::tempdir().unwrap();
    let race = |name: &str| {
        format!("export function {name}(p, d) {{\n  if (!fs.existsSync(p)) fs.writeFileSync(p, d);\n}}\n")
    };
    let text = format!(
        "import fs from 'node:fs';\n{}// toctou-lint: ignore-start[fs-check-then-create] -- the installer\n{}{}// toctou-lint: ignore-end\n{}",
        race("a"),
        race("b"),
        race("c"),
        race("d")
    );
    fs::write(folder.path().join("a.ts"), &text).unwrap();
    let told = lint(folder.path(), &["--format", "concise"]);
    let lines: Vec<&str> = told.out.lines().map(|line| line.split(": ").next().unwrap()).collect();
    assert_eq!(lines, ["a.ts:3:26", "a.ts:14:26"], "{}", told.out);
    assert_eq!(told.err, "");
    fs::write(folder.path().join("a.ts"), text.replace("// toctou-lint: ignore-end\n", "")).unwrap();
    let told = lint(folder.path(), &["--format", "concise"]);
    assert_eq!(told.out.lines().count(), 1);
    assert!(told.err.starts_with("a.ts:5:4: note: no `ignore-end` ends this range"), "{}", told.err);
}

#[test]
fn what_is_wrong_with_comments_is_told_and_mended() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.ts");
    let text = "import fs from 'node:fs';\n// toctou-lint: ignore[db-lost-update] -- old\nexport function save(p, d) {\n  // toctou-lint: ignore[fs-chek-then-create, db-lost-update] -- one writer\n  if (!fs.existsSync(p)) fs.writeFileSync(p, d);\n}\n";
    fs::write(&path, text).unwrap();
    let told = lint(folder.path(), &["--format", "concise"]);
    assert_eq!(told.code, 1);
    assert_eq!(
        told.err,
        "a.ts:4:6: note: unknown rule `fs-chek-then-create`, did you mean `fs-check-then-create`?\n"
    );
    let told = lint(folder.path(), &["--format", "concise", "--pedantic"]);
    assert!(
        told.err.contains("a.ts:2:4: note: this suppression of db-lost-update silences nothing\n"),
        "{}",
        told.err
    );
    assert!(
        told.err.contains("a.ts:4:6: note: this suppression of db-lost-update silences nothing\n"),
        "{}",
        told.err
    );
    let quoted = "export const text = `\n// toctou-lint: ignore[nothing]\n`;\n";
    fs::write(folder.path().join("b.ts"), quoted).unwrap();
    let told = lint(folder.path(), &["--fix", "--pedantic"]);
    assert!(!told.err.contains("b.ts"), "what only looks like a comment: {}", told.err);
    assert_eq!(fs::read_to_string(folder.path().join("b.ts")).unwrap(), quoted);
    assert_eq!(told.code, 0, "{}{}", told.out, told.err);
    assert!(told.err.contains("mended 2 suppressions"), "{}", told.err);
    let expected = "import fs from 'node:fs';\nexport function save(p, d) {\n  // toctou-lint: ignore[fs-check-then-create] -- one writer\n  if (!fs.existsSync(p)) fs.writeFileSync(p, d);\n}\n";
    assert_eq!(fs::read_to_string(&path).unwrap(), expected);
}

/// Every example of every rule: what comments are added silence all that is found, nothing new is
/// found, and the code still parses.
#[test]
fn comments_silence_every_example() {
    let (book, _) = load::load_leniently(Vec::new());
    let mut count = 0;
    for rule in &book.rules {
        let page = toctou_lint::page::parse(&rule.path, &fs::read_to_string(&rule.path).unwrap());
        for example in examples::examples(&page, false) {
            let options = harness::Options { edition: example.edition.clone() };
            let files = example.files.iter().map(|file| (file.path.clone(), file.code.clone()));
            let before = toctou_lint::examine(files.collect(), &book, &options);
            count += before.findings.len();
            let edits = add::edits(&before.findings, &before.sources, "one writer");
            let mut texts: BTreeMap<_, _> =
                example.files.iter().map(|file| (file.path.clone(), file.code.clone())).collect();
            for (id, edits) in &edits {
                let file = before.sources.file(*id);
                texts.insert(file.path.clone(), rewrite::apply(&file.text, edits).unwrap());
            }
            let after = toctou_lint::examine(texts.into_iter().collect(), &book, &options);
            let after = suppress::apply(after.findings, &after.sources, &book.rules);
            assert!(after.kept.is_empty(), "{}: {:#?}", rule.path, after.kept);
            assert_eq!(after.silenced.len(), before.findings.len(), "{}", rule.path);
            assert!(after.comments.iter().all(|judged| judged.is_used), "{}", rule.path);
        }
    }
    assert!(count > 100, "{count}");
}

/// Comments are put at many places of odd texts: always a place, never a panic.
#[test]
fn every_place_of_a_text_is_something() {
    for (path, text) in [
        ("a.tsx", "\u{feff}const a = <b c=\"d\ne\">é{/* f */ `g\n${h}`}</b>; /i\\/j/ // k\n/* l\n*/ `"),
        ("a.rs", "#!/x\nfn a() { \"b\nc\"; r#\"d\n\"#; /* e\n /* f\n */ */ 'g'; } /// h\n fn"),
    ] {
        let offsets: Vec<usize> = (0..text.len() + 3).collect();
        assert_eq!(syntax::places(Path::new(path), text, &offsets).len(), offsets.len());
    }
}
