//! Broken input of every kind: configurations, pages, baselines, patches, sources and what stands
//! beside them, each with a few accidents. None makes the program panic or hang, what is said of it
//! points into it, and what is accepted is as it claims to be.
//!
//! The accidents are the same in each run; `SEED=7` tries others, and `CASES=20000` more of them.

mod mutate;
#[path = "../../fuzz/targets.rs"]
mod targets;

use mutate::{Dice, mutated, mutated_bytes};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::time::Duration;
use toctou_lint::baseline::Baseline;
use toctou_lint::book::api::Applicability;
use toctou_lint::book::{Book, load};
use toctou_lint::config::{Configs, Flags, Judge, Request, Severity, show, starter};
use toctou_lint::discover::{self, Ignoring};
use toctou_lint::engine::{Input, Options};
use toctou_lint::harness::examples::examples;
use toctou_lint::report::{self, Hidden, Run};
use toctou_lint::revision::Patch;
use toctou_lint::session::{self, Outcome};
use toctou_lint::source::{SourceFile, Sources};
use toctou_lint::{page, rewrite, suppress};

/// Nothing small takes so long, however slow the machine.
const LONGEST: Duration = Duration::from_secs(60);

fn cases() -> usize {
    std::env::var("CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1000)
}

/// Does something with an input, in bounded time; what it panics or hangs on is kept, and named.
fn survives<T: Send + 'static>(
    name: &str,
    inputs: &[(PathBuf, Vec<u8>)],
    work: impl FnOnce() -> T + Send + 'static,
) -> T {
    let (done, wait) = mpsc::channel();
    let worker = std::thread::Builder::new().stack_size(16 * 1024 * 1024).spawn(move || {
        let result = work();
        // Who waits may have given up.
        let _ = done.send(());
        result
    });
    let worker = worker.unwrap();
    let outcome = wait.recv_timeout(LONGEST);
    if outcome == Err(mpsc::RecvTimeoutError::Timeout) {
        panic!("hangs: {}", kept(name, inputs).display());
    }
    worker.join().unwrap_or_else(|_| panic!("panics: {}", kept(name, inputs).display()))
}

fn kept(name: &str, inputs: &[(PathBuf, Vec<u8>)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mutations").join(name);
    for (path, bytes) in inputs {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    folder
}

fn file(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// All Markdown below a folder, by path.
fn markdown(folder: &str) -> Vec<(String, String)> {
    load::read_folder(Path::new(folder)).0
}

/// The code of all examples of all pages, by a path that tells its language.
fn sources() -> Vec<(PathBuf, String)> {
    let mut sources = Vec::new();
    for (path, text) in markdown("rules") {
        let page = page::parse(&path, &text);
        for example in examples(&page, load::is_library(&page)) {
            sources.extend(example.files.into_iter().map(|file| (file.path, file.code)));
        }
    }
    assert!(sources.len() > 300, "{}", sources.len());
    sources
}

/// One of these texts, with accidents.
fn broken(texts: &[String], dice: &mut Dice) -> String {
    let text = dice.one(texts).clone();
    mutated(&text, texts, dice)
}

fn fences(path: &str, language: &str) -> Vec<String> {
    let page = page::parse(path, &file(path));
    page.fences.iter().filter(|fence| fence.language == language).map(|fence| fence.body.clone()).collect()
}

#[test]
fn configurations() {
    let (book, _) = load::load_leniently(Vec::new());
    let mut texts = fences("docs/configuration.md", "toml");
    texts.push(starter::text(&book));
    let all = texts.iter().map(String::as_str).filter(|text| !text.starts_with("extends"));
    texts.push(all.collect::<Vec<_>>().join("\n"));
    let json = |text: &String| {
        let value: toml::Table = text.parse().ok()?;
        serde_json::to_string_pretty(&serde_json::json!({ "name": "x", "toctou-lint": value })).ok()
    };
    let cargo = |text: &String| {
        let mut package = toml::Table::new();
        let value: toml::Table = text.parse().ok()?;
        package.insert(
            "metadata".to_owned(),
            toml::Table::from_iter([("toctou-lint".to_owned(), value.into())]).into(),
        );
        toml::to_string(&toml::Table::from_iter([("package".to_owned(), package.into())])).ok()
    };
    let mut files: Vec<(&str, String)> =
        texts.iter().map(|text| ("toctou-lint.toml", text.clone())).collect();
    files.extend(texts.iter().filter_map(json).map(|text| ("package.json", text)));
    files.extend(texts.iter().filter_map(cargo).map(|text| ("Cargo.toml", text)));
    let all: Vec<String> = files.iter().map(|(_, text)| text.clone()).collect();
    let schema = serde_json::from_str(&file("docs/toctou-lint.schema.json")).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let book = Arc::new(book);
    let mut dice = Dice::new(1);
    let (mut read, mut refused) = (0, 0);
    for case in 0..cases() {
        let (name, text) = dice.one(&files[..]).clone();
        let bytes = mutated_bytes(&text, &all, &mut dice);
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join(".git")).unwrap();
        fs::write(folder.path().join(name), &bytes).unwrap();
        let (path, book) = (folder.path().to_owned(), book.clone());
        let told = survives(&format!("configuration-{case}"), &[(name.into(), bytes.clone())], move || {
            configured(&path, &book)
        });
        for (place, text) in &told.places {
            assert!(text.get(place.clone()).is_some(), "case {case}: {place:?} is no place in {name}");
        }
        refused += usize::from(told.is_broken);
        if !told.is_broken && name == "toctou-lint.toml" {
            read += 1;
            // What is taken is what the schema allows, so that an editor says the same.
            let text = String::from_utf8(bytes).unwrap();
            let value: toml::Table = text.trim_start_matches('\u{feff}').parse().unwrap();
            let value = serde_json::to_value(value).unwrap();
            assert!(schema.is_valid(&value), "case {case}: taken against the schema:\n{text}");
        }
    }
    assert!(
        read > cases() / 40 && refused > cases() / 5,
        "{read} were read, {refused} refused: accidents are too mild or too hard"
    );
}

struct Configured {
    is_broken: bool,
    places: Vec<(std::ops::Range<usize>, String)>,
}

fn configured(folder: &Path, book: &Book) -> Configured {
    let configs = Configs::new(&Request::default()).unwrap();
    let chain = configs.of_folder(folder);
    assert!(chain.folder.starts_with(folder));
    let judge = Judge::new(&configs, book, Flags::default());
    let source = folder.join("src/a.ts");
    let shown = show::text(&show::settings(&judge, &source)) + &show::text(&show::settings(&judge, folder));
    assert!(shown.contains("min-confidence"));
    configs.leaves_out(&source, false);
    judge.check();
    let is_broken = configs.are_broken();
    let troubles = configs.take_troubles();
    assert_eq!(is_broken, troubles.iter().any(|trouble| trouble.severity == Severity::Error));
    let places =
        troubles.iter().map(|trouble| (trouble.at.start..trouble.at.end, trouble.source.text.clone()));
    Configured { is_broken, places: places.collect() }
}

#[test]
fn pages() {
    const BATCH: usize = 50;
    let pages: Vec<String> = markdown("rules").into_iter().map(|(_, text)| text).collect();
    let code: Vec<(PathBuf, String)> = sources().into_iter().step_by(97).collect();
    let mut dice = Dice::new(2);
    let (mut good, mut bad) = (0, 0);
    for batch in 0..cases().div_ceil(BATCH) {
        let broken: Vec<(String, String)> =
            (0..BATCH).map(|at| (format!("ours/p{at}.md"), broken(&pages, &mut dice))).collect();
        let inputs: Vec<(PathBuf, Vec<u8>)> =
            broken.iter().map(|(path, text)| (path.into(), text.clone().into_bytes())).collect();
        let given = broken.clone();
        let code = code.clone();
        let errors = survives(&format!("pages-{batch}"), &inputs, move || {
            for (path, text) in &given {
                let page = page::parse(path, text);
                examples(&page, load::is_library(&page));
            }
            let (book, errors) = load::load_leniently(given);
            // What could be read of them is used.
            let inputs = code.into_iter().map(|(path, text)| Input { path, text: text.into() }).collect();
            let outcome = session::analyse(inputs, &book, &Options::default());
            assert_eq!(outcome.internal_errors, 0, "{:?}", outcome.failed);
            errors
        });
        for (path, text) in &broken {
            let own: Vec<_> = errors.iter().filter(|error| error.path == *path).collect();
            for error in &own {
                let lines = text.lines().count() as u32 + 1;
                assert!(
                    (1..=lines).contains(&error.line),
                    "batch {batch}: {error:?} is not in its {lines} lines"
                );
                assert!(!error.message.is_empty() && !error.message.contains('\n'), "{error:?}");
            }
            *(if own.is_empty() { &mut good } else { &mut bad }) += 1;
        }
    }
    assert!(good > cases() / 20 && bad > cases() / 20, "{good} pages were read, {bad} were not");
}

fn analysed(inputs: Vec<(PathBuf, String)>, book: &Book) -> Outcome {
    let inputs = inputs.into_iter().map(|(path, text)| Input { path, text: text.into() }).collect();
    session::analyse(inputs, book, &Options { no_prefilter: true, ..Options::default() })
}

#[test]
fn baselines() {
    let (book, _) = load::load_leniently(Vec::new());
    let code = sources().into_iter().enumerate().step_by(7);
    let code = code.map(|(at, (path, text))| (PathBuf::from(format!("e{at}")).join(path), text));
    let outcome = analysed(code.collect(), &book);
    let (findings, sources) = (outcome.report.findings, outcome.report.sources);
    assert!(findings.len() > 50, "{}", findings.len());
    let texts: Vec<String> = findings.chunks(3).map(|some| Baseline::of(some, &sources).render()).collect();
    let mut dice = Dice::new(3);
    let (mut read, mut refused) = (0, 0);
    for case in 0..cases() {
        let text = broken(&texts, &mut dice);
        let inputs = [("baseline.json".into(), text.clone().into_bytes())];
        let parsed = {
            let text = text.clone();
            survives(&format!("baseline-{case}"), &inputs, move || Baseline::parse(&text))
        };
        match parsed {
            Ok(baseline) => {
                read += 1;
                assert_eq!(Baseline::parse(&baseline.render()).as_ref(), Ok(&baseline), "case {case}");
                let known = baseline.known(&findings, |_| false).iter().filter(|known| **known).count();
                assert!(known <= baseline.count(), "case {case}");
                let pruned = baseline.pruned(&findings, &sources, |_| true);
                assert!(pruned.count() <= baseline.count(), "case {case}: a prune adds nothing");
                assert_eq!(pruned.count(), known, "case {case}");
            }
            Err(broken) => {
                refused += 1;
                let lines = text.split('\n').count() as u32;
                assert!(
                    (1..=lines).contains(&broken.position.line),
                    "case {case}: {broken:?} of {lines} lines"
                );
            }
        }
    }
    assert!(read > cases() / 50 && refused > cases() / 5, "{read} were read, {refused} refused");
}

#[test]
fn patches() {
    let texts: Vec<String> = sources().into_iter().map(|(_, text)| text).collect();
    let mut dice = Dice::new(4);
    let mut patches: Vec<String> = Vec::new();
    for at in 0..60 {
        let old = dice.one(&texts[..]).clone();
        let new = mutated(&old, &texts, &mut dice);
        let body = rewrite::diff(Path::new("src/a.ts"), &old, &new);
        patches.push(match at % 4 {
            0 => format!("diff --git a/src/a.ts b/src/b.ts\nsimilarity index 90%\nrename from src/a.ts\nrename to src/b.ts\n{body}"),
            1 => format!("From 1234 Mon Sep 17\nSubject: x\n\n---\n src/a.ts | 2 +-\n\n{body}-- \n2.39\n"),
            2 => format!("{body}diff --git a/x.png b/x.png\nindex 1..2 100644\nBinary files a/x.png and b/x.png differ\n{body}"),
            _ => body,
        });
    }
    let mut project = Sources::default();
    project.add(SourceFile::new("src/a.ts", texts[0].clone()));
    let project = Arc::new(project);
    let mut read = 0;
    for case in 0..cases() {
        let bytes = mutated_bytes(&dice.one(&patches[..]).clone(), &patches, &mut dice);
        let inputs = [("a.patch".into(), bytes.clone())];
        let project = project.clone();
        read += usize::from(survives(&format!("patch-{case}"), &inputs, move || {
            let folder = tempfile::tempdir().unwrap();
            let Ok(patch) = Patch::read(&bytes, folder.path()) else { return false };
            // Whether it fits is another question, whose answer is a message.
            let _ = patch.check(&project);
            let lines = (0..40).filter(|line| patch.changes().has_line(&project.files[0], *line));
            assert!(lines.count() <= 40);
            true
        }));
    }
    assert!(read > cases() / 10, "{read} patches were read");
}

#[test]
fn sources_and_reports_of_them() {
    const BATCH: usize = 20;
    let (book, _) = load::load_leniently(Vec::new());
    let book = Arc::new(book);
    let all = sources();
    let texts: Vec<String> = all.iter().map(|(_, text)| text.clone()).collect();
    let mut dice = Dice::new(5);
    let mut found = 0;
    for batch in 0..cases().div_ceil(BATCH) {
        let broken: Vec<(PathBuf, String)> = (0..BATCH)
            .map(|at| {
                let (path, text) = dice.one(&all[..]);
                (PathBuf::from(format!("e{at:02}")).join(path), mutated(text, &texts, &mut dice))
            })
            .collect();
        let inputs: Vec<(PathBuf, Vec<u8>)> =
            broken.iter().map(|(path, text)| (path.clone(), text.clone().into_bytes())).collect();
        let book = book.clone();
        found += survives(&format!("sources-{batch}"), &inputs, move || {
            let outcome = analysed(broken, &book);
            assert_eq!(outcome.internal_errors, 0, "{:?} {:?}", outcome.failed, outcome.report.problems);
            reported(&outcome, &book)
        });
    }
    assert!(found > cases() / 10, "{found} findings in {} files: the accidents leave nothing", cases());
}

/// Suppressions, rewrites and every report of what was found; how much that was.
fn reported(outcome: &Outcome, book: &Book) -> usize {
    let sources = &outcome.report.sources;
    let suppressed = suppress::apply(outcome.report.findings.clone(), sources, &book.rules);
    for comment in &suppressed.comments {
        let file = sources.file(comment.comment.file);
        let edit = comment.edit(file, suppress::Telling::All);
        assert!(edit.is_none_or(|edit| rewrite::apply(&file.text, [&edit]).is_some()));
    }
    for finding in &outcome.report.findings {
        let spans = finding.labels.iter().map(|label| label.span).chain([finding.act.span]);
        for span in spans {
            let text = &sources.file(span.file).text;
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{finding:?} points outside");
        }
    }
    rewrite::rewrite(&outcome.report.findings, sources, Applicability::Suggested);
    suppress::add::edits(&outcome.report.findings, sources, "why");
    let run = Run {
        findings: &outcome.report.findings,
        sources,
        rules: &book.rules,
        problems: &outcome.report.problems,
        skipped: &BTreeMap::new(),
        files: sources.files.len(),
        succeeded: true,
        suppressed: &[],
        omitted: 0,
        category: None,
        hidden: Hidden::default(),
    };
    for json in [
        report::json::render(&run),
        report::sarif::render(&run).text,
        report::gitlab::render(&run),
        report::rdjson::render(&run),
    ] {
        serde_json::from_str::<serde_json::Value>(&json).unwrap();
    }
    for xml in [report::junit::render(&run), report::checkstyle::render(&run)] {
        let mut reader = quick_xml::Reader::from_str(&xml);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
    }
    report::html::render(&run);
    report::markdown::render(&run);
    report::github::render(&run);
    report::text::findings(&run, &report::text::Look::plain(report::text::Detail::Columns));
    outcome.report.findings.len()
}

type Target = fn(&[u8]);

/// What the fuzzer does still does what it should, on inputs that were broken by hand.
#[test]
fn fuzzed_inputs() {
    let sources: Vec<String> =
        sources().into_iter().step_by(20).map(|(path, text)| letter(&path).to_owned() + &text).collect();
    let pages: Vec<String> = markdown("rules").into_iter().step_by(9).map(|(_, text)| text).collect();
    let settings: Vec<String> =
        fences("docs/configuration.md", "toml").into_iter().map(|text| format!("t{text}")).collect();
    let entry = r#"{ "count": 1, "fingerprint": "0a", "level": "note", "message": "m", "path": "a.ts", "rule": "r" }"#;
    let baselines = vec![format!("{{ \"findings\": [ {entry} ], \"version\": 1 }}")];
    let patches = vec![rewrite::diff(Path::new("src/a.ts"), "a\nb\nc\n", "a\nd\nc\n")];
    let kinds: [(&str, &[String], Target); 5] = [
        ("sources", &sources, targets::sources),
        ("pages", &pages, targets::pages),
        ("configuration", &settings, targets::configuration),
        ("baseline", &baselines, targets::baseline),
        ("patch", &patches, targets::patch),
    ];
    let mut dice = Dice::new(7);
    for case in 0..cases() / 20 {
        for (kind, texts, target) in kinds {
            let text = dice.one(texts).clone();
            let bytes = mutated_bytes(&text, texts, &mut dice);
            let inputs = [(kind.into(), bytes.clone())];
            survives(&format!("fuzzed-{kind}-{case}"), &inputs, move || target(&bytes));
        }
    }
}

/// By what the fuzzer knows a language.
fn letter(path: &Path) -> &'static str {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => "r",
        Some("tsx" | "jsx") => "x",
        Some("js" | "mjs" | "cjs") => "j",
        _ => "t",
    }
}

/// Manifests, schemas and module files on the disk beside sources, as a run comes by them.
#[test]
fn what_stands_beside_sources() {
    let prisma = "model User {\n  id Int @id @default(autoincrement())\n  email String @unique\n  @@unique([email, id])\n  @@map(\"users\")\n}\n";
    let sql = "CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE NOT NULL);\nCREATE UNIQUE INDEX CONCURRENTLY i ON users (lower(email));\nALTER TABLE users ADD CONSTRAINT c UNIQUE (id, email);\n";
    let tsconfig = "{ // a comment\n  \"compilerOptions\": { \"baseUrl\": \".\", \"paths\": { \"@/*\": [\"src/*\"] } },\n  \"extends\": \"./base.json\", }\n";
    let package = file("testdata/projects/shop/web/package.json");
    let cargo = file("testdata/projects/shop/server/Cargo.toml");
    let ignore = "/target\n*.log\n!keep.log\nsrc/[a-z]?.ts\n**/x/**\n\\#y\n";
    let files: [(&str, &str); 6] = [
        ("prisma/schema.prisma", prisma),
        ("migrations/1.sql", sql),
        ("tsconfig.json", tsconfig),
        ("package.json", &package),
        ("Cargo.toml", &cargo),
        (".gitignore", ignore),
    ];
    let others: Vec<String> = files.iter().map(|(_, text)| (*text).to_owned()).collect();
    let code = [
        (
            "src/a.ts",
            "import { db } from '@/db';\nexport async function add(email) {\n  if (!(await db.user.findUnique({ where: { email } }))) await db.user.create({ data: { email } });\n}\n",
        ),
        (
            "src/db.ts",
            "import { PrismaClient } from '@prisma/client';\nexport const db = new PrismaClient();\n",
        ),
        ("src/b.rs", "pub fn a(p: &std::path::Path) { if !p.exists() { std::fs::write(p, \"\").ok(); } }\n"),
    ];
    let (book, _) = load::load_leniently(Vec::new());
    let book = Arc::new(book);
    let mut dice = Dice::new(6);
    for case in 0..cases() / 5 {
        let folder = tempfile::tempdir().unwrap();
        let mut inputs: Vec<(PathBuf, Vec<u8>)> = files
            .iter()
            .map(|(path, text)| {
                let bytes = if dice.below(2) == 0 {
                    mutated_bytes(text, &others, &mut dice)
                } else {
                    text.as_bytes().to_vec()
                };
                (PathBuf::from(path), bytes)
            })
            .collect();
        inputs.extend(code.iter().map(|(path, text)| (PathBuf::from(path), text.as_bytes().to_vec())));
        for (path, bytes) in &inputs {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
        }
        let book = book.clone();
        survives(&format!("beside-{case}"), &inputs, move || {
            let found = discover::discover(&[folder.path().to_owned()], Ignoring::Honour);
            let options = Options { manifests: found.manifests, ..Options::default() };
            let outcome = session::analyse(found.inputs, &book, &options);
            assert_eq!(outcome.internal_errors, 0, "{:?}", outcome.failed);
        });
    }
}
