//! The lowering pages: what both languages become, side by side.
//!
//! On each page of `testdata/lowering`, code is followed by the program it lowers to: one
//! `program` block for all languages above it, or a block for each (`program rust`).
//! `UPDATE=1 cargo test --test lowering` rewrites the blocks; read the difference.

use std::path::Path;
use toctou_lint::page::{self, Fence, Page};
use toctou_lint::program::{Edition, print};
use toctou_lint::source::{FileId, SourceFile};
use toctou_lint::syntax::{self, Macros};

#[test]
fn every_page_lowers_as_it_says() {
    let mut wrong = Vec::new();
    let mut pages = 0;
    for entry in walkdir::WalkDir::new("testdata/lowering").sort_by_file_name() {
        let entry = entry.unwrap();
        if entry.path().extension().is_some_and(|extension| extension == "md") {
            pages += 1;
            check(entry.path(), &mut wrong);
        }
    }
    assert!(pages > 0, "no lowering pages");
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

fn check(path: &Path, wrong: &mut Vec<String>) {
    let name = path.to_string_lossy().replace('\\', "/");
    let page = page::parse(&name, &std::fs::read_to_string(path).unwrap());
    let update = std::env::var_os("UPDATE").is_some();
    let mut bodies = Vec::new();
    for (at, fence) in page.fences.iter().enumerate().filter(|(_, fence)| fence.language == "program") {
        let programs: Vec<String> = codes(&page, at).into_iter().map(program).collect();
        let place = format!("{name}:{}", fence.line);
        match programs.first() {
            None => wrong.push(format!("{place}: no code above this program")),
            Some(first) if programs.iter().any(|other| other != first) => {
                wrong.push(format!("{place}: the languages differ\n{}", programs.join("\n---\n")));
            }
            Some(first) if update => bodies.push((at, first.clone())),
            Some(first) if *first != fence.body => {
                wrong.push(format!("{place}: lowers to\n{first}"));
            }
            Some(_) => {}
        }
    }
    if !bodies.is_empty() {
        std::fs::write(path, page::with_bodies(&page, &bodies)).unwrap();
    }
}

/// The code that a program block speaks of: the code blocks right above it.
fn codes(page: &Page, at: usize) -> Vec<&Fence> {
    let program = &page.fences[at];
    let above = page.fences[..at].iter().rev();
    let code = above.skip_while(|fence| fence.language == "program");
    let mut code: Vec<&Fence> = code.take_while(|fence| fence.language != "program").collect();
    code.reverse();
    code.retain(|fence| program.attributes.is_empty() || program.has(&fence.language));
    code
}

/// The printed functions, without the module's own.
fn program(code: &Fence) -> String {
    let extension = if code.language == "rust" { "rs" } else { &code.language };
    let path = format!("example.{extension}");
    let edition = match code.value("edition") {
        Some("2015") => Edition::E2015,
        Some("2018") => Edition::E2018,
        Some("2024") => Edition::E2024,
        _ => Edition::default(),
    };
    let lowered = syntax::lower(FileId(0), Path::new(&path), &code.body, edition, &Macros::default());
    let printed = print::program(&lowered);
    let body =
        if code.has("module") { &printed } else { printed.split_once("\n\n").map_or("", |(_, rest)| rest) };
    let source = SourceFile::new(&path, code.body.clone());
    let errors = lowered.errors.iter().map(|(span, reason)| {
        let line = source.position(span.start).line;
        format!("error in line {line}: {reason}\n")
    });
    format!("{body}{}", errors.collect::<String>())
}
