use super::*;
use crate::book::load;
use crate::engine::check;
use std::fmt::Write;

const SHOP: &[(&str, &str)] = &[
    (
        "src/a.ts",
        "import fs from 'node:fs';\nimport { save } from './b';\n\n\
         export function keep(p: string, d: string) {\n  if (!fs.existsSync(p)) {\n    save(p, d);\n  }\n}\n\n\
         export function own(p: string, d: string) {\n  if (!fs.existsSync(p)) {\n    fs.writeFileSync(p, d);\n  }\n}\n",
    ),
    (
        "src/b.ts",
        "import { writeFileSync } from 'node:fs';\n\nexport function save(p: string, d: string) {\n  \
         writeFileSync(p, d);\n}\n\nexport const other = () => 1;\n",
    ),
    (
        "src/c.rs",
        "use std::fs;\n\npub fn put(p: &std::path::Path) {\n    if !p.exists() {\n        \
         fs::write(p, \"x\").unwrap();\n    }\n}\n\npub fn idle() -> u32 {\n    1\n}\n",
    ),
];

fn inputs(files: &[(&str, &str)]) -> Vec<Input> {
    let input = |(path, text): &(&str, &str)| Input { path: PathBuf::from(path), text: (*text).into() };
    files.iter().map(input).collect()
}

fn settled(live: &mut Live, knowledge: &Knowledge<'_>) -> Vec<Finding> {
    live.examine(&live.stale(), knowledge);
    live.findings()
}

/// Everything of each finding, so that a difference shows.
fn told(findings: &[Finding]) -> String {
    findings.iter().fold(String::new(), |mut text, finding| {
        let _ = writeln!(text, "{finding:#?}");
        text
    })
}

fn from_the_start(live: &Live, book: &crate::book::Book) -> Vec<Finding> {
    let files = live.sources.files.iter();
    let inputs = files.map(|file| Input { path: file.path.clone(), text: file.text.clone() }).collect();
    check(inputs, book, &Options::default()).findings
}

#[test]
fn editing_a_helper_changes_its_importers() {
    let (book, _) = load::load_leniently(Vec::new());
    let knowledge = Knowledge::new(&book);
    let mut live = Live::new(inputs(SHOP), &knowledge, Options::default());
    assert_eq!(settled(&mut live, &knowledge).len(), 3);
    let helper = live.file(Path::new("src/b.ts")).unwrap();
    let silent = SHOP[1].1.replace("writeFileSync(p, d);", "writeFileSync(p, d, { flag: 'wx' });");
    assert!(live.edit(helper, &silent, false, &knowledge));
    assert_eq!(live.stale(), [FileId(0), FileId(1)], "the Rust file does not depend on it");
    assert_eq!(settled(&mut live, &knowledge).len(), 2);
    live.edit(helper, SHOP[1].1, false, &knowledge);
    assert_eq!(settled(&mut live, &knowledge).len(), 3);
}

#[test]
fn broken_text_is_taken_as_it_was_and_the_rest_goes_on() {
    let (book, _) = load::load_leniently(Vec::new());
    let knowledge = Knowledge::new(&book);
    let mut live = Live::new(inputs(SHOP), &knowledge, Options::default());
    settled(&mut live, &knowledge);
    let rust = live.file(Path::new("src/c.rs")).unwrap();
    // Somebody begins to type in one function, and then mends another.
    let broken = SHOP[2].1.replace("    1\n", "    let x = foo(\n    1\n");
    live.edit(rust, &broken, false, &knowledge);
    assert_eq!(live.sources.file(rust).text, SHOP[2].1);
    assert_eq!(settled(&mut live, &knowledge).len(), 3);
    let both = broken.replace("if !p.exists() {", "if true {");
    live.edit(rust, &both, false, &knowledge);
    assert_eq!(settled(&mut live, &knowledge).len(), 2, "the half-typed function hides no other");
    live.edit(rust, &both.replace("foo(", "foo();"), false, &knowledge);
    assert_eq!(live.sources.file(rust).text, both.replace("foo(", "foo();"));
}

/// The chief promise: whatever is edited in whatever order, the findings are those of a run over the
/// same texts from the start.
#[test]
fn edits_in_any_order_equal_a_run_from_the_start() {
    let (book, _) = load::load_leniently(Vec::new());
    let knowledge = Knowledge::new(&book);
    let mut live = Live::new(inputs(SHOP), &knowledge, Options::default());
    let edits: &[(usize, &str, &str)] = &[
        (0, "    save(p, d);\n", "    const t = d.trim();\n    save(p, t);\n"),
        (0, "export function own", "export async function own"),
        (1, "=> 1", "=> { const f = () => 2; return f(); }"),
        (1, "export function save", "export function store"),
        (0, "if (!fs.existsSync(p)) {\n    const", "if (p) {\n    const"),
        (1, "export function store", "export function save"),
        (2, "    1\n", "    let x = 1;\n    x\n"),
        (2, "pub fn idle", "// ä comment\npub fn idle"),
        (0, "import { save } from './b';\n", ""),
        (0, "import fs", "import { save } from './b';\nimport fs"),
        (2, "if !p.exists()", "if p.exists()"),
        (1, "export const other", "class Q {}\nexport const other"),
    ];
    for (file, from, to) in edits {
        let id = FileId(*file as u32);
        let text = live.sources.file(id).text.replacen(from, to, 1);
        assert_ne!(live.sources.file(id).text, text, "{from} is there");
        live.edit(id, &text, false, &knowledge);
        let found = settled(&mut live, &knowledge);
        assert_eq!(told(&found), told(&from_the_start(&live, &book)), "after {from:?} became {to:?}");
    }
}

/// What a file says of a table concerns whoever looks into it, wherever that stands.
#[test]
fn a_key_that_is_declared_in_code_concerns_all() {
    let (book, _) = load::load_leniently(Vec::new());
    let knowledge = Knowledge::new(&book);
    let enrol = "import { people, db } from './tables';\nimport { eq } from 'drizzle-orm';\n\
                 export async function enrol(email: string) {\n  \
                 const known = await db.select().from(people).where(eq(people.email, email));\n  \
                 if (known.length > 0) return;\n  \
                 await db.insert(people).values({ email });\n}\n";
    let tables = "import { pgTable, text } from 'drizzle-orm/pg-core';\n\
                  export const db = drizzle();\n\
                  export const people = pgTable('people', { email: text('email').notNull() });\n";
    let files = [("src/enrol.ts", enrol), ("src/tables.ts", tables)];
    let mut live = Live::new(inputs(&files), &knowledge, Options::default());
    let told_at_first = told(&settled(&mut live, &knowledge));
    let keyed = tables.replace(".notNull()", ".notNull().unique()");
    let id = live.file(Path::new("src/tables.ts")).unwrap();
    live.edit(id, &keyed, false, &knowledge);
    let found = told(&settled(&mut live, &knowledge));
    assert_ne!(found, told_at_first, "the second row is refused");
    assert_eq!(found, told(&from_the_start(&live, &book)));
    live.edit(id, tables, false, &knowledge);
    assert_eq!(told(&settled(&mut live, &knowledge)), told_at_first);
}
