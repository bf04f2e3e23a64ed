//! Typing at random: after each edit the findings are those of a run over the same text from the start,
//! and a file that got another body is the program that its text as a whole is.

#[path = "support/edits.rs"]
mod edits;

use edits::{Dice, edited as edited_by_lines, inputs};
use std::path::Path;
use toctou_lint::book::load;
use toctou_lint::engine::live::Live;
use toctou_lint::engine::{Input, Options, check};
use toctou_lint::finding::Finding;
use toctou_lint::knowledge::Knowledge;
use toctou_lint::program::splice::Graft;
use toctou_lint::program::{Edition, Program, bodies};
use toctou_lint::project::change::edited;
use toctou_lint::source::FileId;
use toctou_lint::syntax::{self, Apart, Macros};

const FILE: FileId = FileId(0);

/// What is typed: whole and broken, opened and closed, of one byte a character and of several.
const TYPED: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "`",
    "${",
    "'",
    "\"",
    "/",
    "/*",
    "*/",
    "//",
    "\\",
    "\r\n",
    "\n",
    "😀",
    "ä",
    "{}",
    "();",
    ";",
    ",",
    " => {}",
    "await ",
    "async ",
    "return ",
    "if (x) {",
    "} else {",
    "let y = 1;",
    "const o = { a: 1 };",
    "x = 1;",
    "p = 1;",
    "cache = {};",
    "this.x = x;",
    "() => { z(); }",
    "<b>{x}</b>",
    "`a ${x} b`",
    "/* ä */",
    "// 😀\r\n",
    "class K { m() { return 1 } }",
    "function inner() { return x; }",
    "fn inner() { go(); }",
    "static S: u8 = 1;",
    "struct Q { a: u8 }",
    "impl Q { fn m(&self) { go() } }",
    "let t: { a: string } = u;",
    "|a| a",
    "'a: loop { break 'a }",
    "r#\"{\"#",
    "'{'",
    "x!",
    "#",
    "?",
    ".await",
    "import.meta",
    "export ",
];

/// A file in each language and dialect, with what is rare on pages.
const TEXTS: &[(&str, &str)] = &[
    (
        "a.ts",
        "import { existsSync, writeFileSync } from 'node:fs';\r\nconst cache: Record<string, { at: number }> = {};\r\n\
         // 😀 { not a brace\r\nexport function keep(p: string, o: { text: string }) {\r\n  if (!existsSync(p)) {\r\n    \
         writeFileSync(p, o.text);\r\n  }\r\n}\r\nconst later = async (id: string) => {\r\n  if (!cache[id]) {\r\n    \
         cache[id] = await load(`/${id}`);\r\n  }\r\n  return () => cache[id];\r\n};\r\nexport class Store<T extends { a: 1 }> {\r\n  \
         private n = 0;\r\n  on = (e: string) => { this.n++; };\r\n  constructor(private path: string) { this.n = 1; }\r\n  \
         async put(text: string) { if (!existsSync(this.path)) { await wait(); writeFileSync(this.path, text); } }\r\n}\r\n\
         const table = { get() { return 1; }, set: function (v: number) { cache['a'] = { at: v }; } };\r\n\
         app.post('/x', async (req, res) => { const u = await db.user.findUnique({ where: { id: req.id } });\r\n  \
         if (!u) { await db.user.create({ data: { id: req.id } }); } res.send(`${u ? 'ä' : '`'}`); });\r\n",
    ),
    (
        "b.tsx",
        "import fs from 'fs';\nexport function View({ path, a }: { path: string; a?: { b: string } }) {\n  const [x, set] = useState(0);\n  \
         const save = () => { if (!fs.existsSync(path)) { fs.writeFileSync(path, 'x'); } };\n  \
         return <div onClick={() => { set(x + 1); save(); }}>{`${x}`} {a && <b>it's 😀 {x}</b>}</div>;\n}\n\
         export default function () { return <></>; }\nexport const Row = (p: { q: string }) => { return <i {...p} />; };\n",
    ),
    (
        "c.js",
        "const fs = require('fs');\nlet count = 0;\nfunction keep(p) {\n  if (!fs.existsSync(p)) { fs.writeFileSync(p, ''); }\n  \
         total = p;\n}\nfunction other() { return total; }\nmodule.exports = { keep, other };\n\
         exports.late = async function () { if (count < 3) { await other(); count = count + 1; } };\n",
    ),
    (
        "d.rs",
        "use std::fs;\nuse std::path::Path;\nuse std::sync::Mutex;\nstatic JOBS: Mutex<Vec<u8>> = Mutex::new(Vec::new());\n\
         pub fn keep(p: &Path) -> std::io::Result<()> {\n    if !p.exists() {\n        fs::write(p, \"ä {\")?;\n    }\n    Ok(())\n}\n\
         pub struct Store { path: String }\nimpl Store {\n    pub fn new(path: String) -> Self { Self { path } }\n    \
         pub fn put(&self) {\n        const MOST: usize = 3;\n        let c = '{';\n        \
         if fs::metadata(&self.path).is_err() { fs::write(&self.path, r#\"}\"#).unwrap(); }\n        \
         let f = |x: u8| { JOBS.lock().unwrap().push(x) };\n        f(MOST as u8);\n    }\n}\n\
         mod inner {\n    use super::*;\n    pub fn go() { if JOBS.lock().unwrap().is_empty() { JOBS.lock().unwrap().push(1); } }\n    \
         #[test]\n    fn t() { struct Local; impl Local { fn a(&self) {} } Local.a() }\n}\n\
         cfg_if! { if #[cfg(unix)] { fn u() { go() } } else { fn w() {} } }\n",
    ),
];

fn seed() -> u64 {
    // `SEED=7` tries others.
    std::env::var("SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1)
}

fn told(findings: &[Finding]) -> Vec<String> {
    findings.iter().map(|finding| format!("{finding:?}")).collect()
}

/// A place between two characters.
fn place(text: &str, dice: &mut Dice) -> usize {
    let mut at = dice.below(text.len() + 1);
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

/// The text with something typed, taken out or put in the place of something else.
fn typed(text: &str, dice: &mut Dice) -> String {
    let start = place(text, dice);
    let mut end = start;
    if dice.below(3) == 0 {
        end = (start + dice.below(12)).min(text.len());
        while !text.is_char_boundary(end) {
            end += 1;
        }
    }
    let mut text = text.to_owned();
    let put = if end > start && dice.below(2) == 0 { "" } else { TYPED[dice.below(TYPED.len())] };
    text.replace_range(start..end, put);
    text
}

#[test]
fn typing_at_random_equals_a_run_from_the_start() {
    let (book, _) = load::load_leniently(Vec::new());
    let knowledge = Knowledge::new(&book);
    for (name, text) in TEXTS {
        let mut dice = Dice(seed());
        let input = |text: &str| Input { path: (*name).into(), text: text.into() };
        let mut live = Live::new(vec![input(text)], &knowledge, Options::default());
        let mut open = (*text).to_owned();
        let mut taken = 0;
        for round in 0..400 {
            // Most of what is typed at random breaks a text, and somebody mends it at some time.
            open = match dice.below(4) {
                0 => live.sources().file(FILE).text.to_string(),
                1 if round % 40 == 0 => (*text).to_owned(),
                1 if round % 5 == 0 => edited_by_lines(&open, text, &mut dice),
                _ => typed(&open, &mut dice),
            };
            let as_is = dice.below(8) == 0;
            live.edit(FILE, &open, as_is, &knowledge);
            live.examine(&live.stale(), &knowledge);
            let analysed = live.sources().file(FILE).text.to_string();
            taken += usize::from(analysed == open);
            let fresh = check(vec![input(&analysed)], &book, &Options::default());
            assert_eq!(told(&live.findings()), told(&fresh.findings), "{name}, edit {round}:\n{analysed}");
            assert_eq!(live.problems(), fresh.problems, "{name}, edit {round}:\n{analysed}");
        }
        assert!(taken > 80, "{name}: of 400 edits {taken} were taken");
    }
}

/// The file as the front end reads all of it.
fn whole(path: &Path, text: &str) -> Option<Program> {
    syntax::lower_whole(FILE, path, text, Edition::E2021, &Macros::default())
        .filter(|program| program.errors.is_empty())
}

/// What became of a text that was typed into, if it is another body.
fn grafted(path: &Path, old: &str, new: &str) -> Option<Program> {
    let mut program = whole(path, old)?;
    let (replaced, length) = edited(old, new);
    let edit = bodies::edit(&program.bodies, FILE, &replaced, length)?;
    let macros = Macros::default();
    match syntax::lower_body(FILE, path, new, (&program.bodies, edit), Edition::E2021, &macros) {
        Apart::Lowered(fresh) => {
            Graft::of(&program, fresh, edit)?.put_into(&mut program);
            Some(program)
        }
        Apart::Broken => {
            assert!(
                whole(path, new).is_none(),
                "{}\n--- before\n{old}\n--- not broken\n{new}",
                path.display()
            );
            None
        }
        Apart::Unknown => None,
    }
}

#[test]
fn another_body_gives_the_program_of_the_whole_text() {
    let mut dice = Dice(seed());
    let mut files: Vec<(String, String)> = inputs()
        .into_iter()
        .map(|input| (input.path.display().to_string(), input.text.to_string()))
        .collect();
    files.extend(TEXTS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())));
    let mut grafts = 0;
    for (name, original) in &files {
        let path = Path::new(name);
        let mut text = original.clone();
        for _ in 0..if TEXTS.iter().any(|(own, _)| own == name) { 400 } else { 24 } {
            let next = typed(&text, &mut dice);
            if let Some(program) = grafted(path, &text, &next) {
                grafts += 1;
                let wanted = whole(path, &next).map(|program| format!("{program:#?}"));
                let found = Some(format!("{program:#?}"));
                assert!(
                    found == wanted,
                    "{name}\n--- before\n{text}\n--- now\n{next}\n{}",
                    differs(found, wanted)
                );
            }
            if whole(path, &next).is_some() {
                text = next;
            }
            if text.len() > original.len() + 400 {
                text = original.clone();
            }
        }
    }
    assert!(grafts > 400, "{grafts}");
}

/// The first lines that differ.
fn differs(found: Option<String>, wanted: Option<String>) -> String {
    let (found, wanted) = (found.unwrap_or_default(), wanted.unwrap_or_default());
    let at = found.lines().zip(wanted.lines()).position(|(one, other)| one != other).unwrap_or_default();
    let near = |text: &str| text.lines().skip(at.saturating_sub(12)).take(20).collect::<Vec<_>>().join("\n");
    format!("--- found\n{}\n--- wanted\n{}", near(&found), near(&wanted))
}
