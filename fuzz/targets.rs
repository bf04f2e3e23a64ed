//! What the fuzzer does with bytes: each kind of input that a stranger may hand to the program. The
//! tests in tests/mutations run the same on inputs of their own, so that this stays right.
#![allow(dead_code, reason = "each program uses one of them")]

use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use toctou_lint::baseline::Baseline;
use toctou_lint::book::api::Applicability;
use toctou_lint::book::{Book, load};
use toctou_lint::config::{Configs, Flags, Judge, Request, show};
use toctou_lint::engine::live::Live;
use toctou_lint::engine::{Input, Options};
use toctou_lint::harness::examples::examples;
use toctou_lint::knowledge::Knowledge;
use toctou_lint::revision::Patch;
use toctou_lint::source::{FileId, SourceFile, Sources};
use toctou_lint::{page, rewrite, suppress};

/// The embedded pages; turning them round takes longer than most inputs do.
static BOOK: LazyLock<Book> = LazyLock::new(|| load::load_leniently(Vec::new()).0);
static KNOWLEDGE: LazyLock<Knowledge<'static>> = LazyLock::new(|| Knowledge::new(&BOOK));

/// A source: its first letter says which language (`r`, `t`, `x`, `j`), the rest is the text.
/// Analysed as one file, edited once, suppressed and rewritten.
pub(crate) fn sources(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let Some(first) = text.chars().next() else { return };
    let name = match first {
        'r' => "src/a.rs",
        'x' => "src/a.tsx",
        'j' => "src/a.js",
        _ => "src/a.ts",
    };
    let text = &text[first.len_utf8()..];
    let inputs = vec![Input { path: PathBuf::from(name), text: text.to_owned().into() }];
    let mut live = Live::new(inputs, &KNOWLEDGE, Options { no_prefilter: true, ..Options::default() });
    live.examine(&live.stale(), &KNOWLEDGE);
    let findings = live.findings();
    let sources = live.sources();
    for finding in &findings {
        let spans = finding.labels.iter().map(|label| label.span).chain([finding.act.span]);
        for span in spans {
            let file = &sources.file(span.file).text;
            assert!(file.get(span.start as usize..span.end as usize).is_some(), "{finding:?}");
        }
    }
    suppress::apply(findings.clone(), sources, &BOOK.rules);
    rewrite::rewrite(&findings, sources, Applicability::Suggested);
    suppress::add::edits(&findings, sources, "why");
    let half: String = text.chars().take(text.chars().count() / 2).collect();
    live.edit(FileId(0), &half, true, &KNOWLEDGE);
    live.examine(&live.stale(), &KNOWLEDGE);
}

/// A configuration: its first letter says in which file it stands (`p`, `c`), the rest is its bytes.
pub(crate) fn configuration(data: &[u8]) {
    let Some((first, bytes)) = data.split_first() else { return };
    let name = match first {
        b'p' => "package.json",
        b'c' => "Cargo.toml",
        _ => "toctou-lint.toml",
    };
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join(".git")).expect("a folder");
    std::fs::write(folder.path().join(name), bytes).expect("a file");
    let configs = Configs::new(&Request::default()).expect("nothing is asked for");
    configs.of_folder(folder.path());
    let judge = Judge::new(&configs, &BOOK, Flags::default());
    let source = folder.path().join("src/a.ts");
    show::text(&show::settings(&judge, &source));
    configs.leaves_out(&source, false);
    judge.check();
    for trouble in configs.take_troubles() {
        let place = trouble.at.start..trouble.at.end;
        assert!(trouble.source.text.get(place.clone()).is_some(), "{place:?} {}", trouble.message);
    }
}

/// A page of a user's own, alone: read, its examples taken out, loaded as rule or library.
pub(crate) fn pages(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let page = page::parse("ours/page.md", text);
    examples(&page, load::is_library(&page));
    let lines = text.lines().count() as u32 + 1;
    let (_, errors) = load::load_pages(vec![("ours/page.md".to_owned(), text.to_owned())]);
    assert!(errors.iter().all(|error| (1..=lines).contains(&error.line)), "{errors:?}");
}

/// A baseline: read, and written as it was read.
pub(crate) fn baseline(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Baseline::parse(text) {
        Ok(baseline) => assert_eq!(Baseline::parse(&baseline.render()).as_ref(), Ok(&baseline)),
        Err(broken) => assert!(broken.position.line >= 1 && !broken.message.is_empty()),
    }
}

/// A patch: read, and held against a file.
pub(crate) fn patch(data: &[u8]) {
    let Ok(patch) = Patch::read(data, Path::new("/nowhere")) else { return };
    let mut sources = Sources::default();
    sources.add(SourceFile::new("src/a.ts", "a\nb\nc\nd\ne\n".to_owned()));
    // Whether it fits is another question, whose answer is a message.
    let _ = patch.check(&sources);
    assert!((0..8).filter(|line| patch.changes().has_line(&sources.files[0], *line)).count() <= 8);
}
