//! toctou-lint finds code whose correctness rests on a fact that may have changed since it was
//! looked up.
//!
//! > A race is a **check** of a resource, an **act** on the same resource that happens **because
//! > of** the check, and no **guard** that holds from one to the other.
//!
//! # The pipeline
//!
//! ```text
//!  rules/*.md, rules/libraries/*.md ── page ──▶ book ──▶ knowledge ───────────────┐
//!  files ── discover ──▶ syntax ──▶ program ──▶ project ──▶ scene ──▶ race ──▶ finding ──▶ report, lsp
//!                     (rust, typescript)        (all files)   │ values, events     │ template, suppress, rewrite
//!                                                     sql ────┘ flow ──────────────┘
//! ```
//!
//! - **program** is what code does, in no language: functions of blocks of steps. A front end lowers
//!   one file to it and knows no rule, verb or API.
//! - **book** is what the pages say: rules in a closed vocabulary, libraries as calls in the same
//!   verbs and nouns. **knowledge** turns it round, from a called name to the lines that may mean it.
//! - **links** says which file of the run an import names; **project** is all files with what each
//!   exports, so that calls and values are followed across files by their imports.
//! - **scene** is one root function with everything it runs, on one graph. The builder interprets
//!   blocks, numbers values, recognises calls through the book as events, and runs callbacks and
//!   project functions in place. A helper that throws, an accessor that locks inside or a callback
//!   in an object is then ordinary control flow. A function's summary is thus its own code, bounded;
//!   it needs no second language of effects that could say less than the code does.
//! - **race** matches the five shapes (pair, order, chain, misuse, obligation) on a scene: from the
//!   act back to the branches that decide it, to the looks these rest on, to the guards in between.
//! - **baseline** is the findings that are known, **revision** the lines that are new; the command
//!   line reports what is neither the one nor outside the other.
//! - **engine** is the whole as one function: files in memory to findings. Its **live** half keeps a
//!   project that is edited, and does again only what rests on an edit.
//! - **cache** is what a run leaves for the next one: an unchanged file is not read again.
//! - **shard** spreads a run over machines and joins what they found.
//! - **config** says of each file which findings are reported and how loudly; it judges findings
//!   once they are made, and tells the engine nothing but which database is behind a file.
//!
//! # Walls
//!
//! Each is held by `tests/walls.rs` or `tests/hygiene.rs` where a test can hold it.
//!
//! 1. A module uses only modules above it in the list below. No cycles.
//! 2. `syn` and `proc-macro2` only in `syntax::rust`; `tree-sitter` and oxc's parser only in
//!    `syntax::typescript`;
//!    `sqlparser` only in `sql`; `oxc_resolver` only in `links`; `codespan-reporting` only in
//!    the text report and in what is said of a configuration; `schemars` only in `config`; LSP types only in `lsp`.
//! 3. No API name stands in `src/`: it stands on a page. Rule pages know no language and no API.
//! 4. The engine never compares a rule id; precedence is `refines`.
//! 5. Reporters and the language server see findings, sources and pages, never programs.
//! 6. Analyses do no I/O and cannot fail: they return what they understood. A half-written or
//!    hostile file costs its own findings and nothing else; a defect of ours costs one function.
//! 7. Findings own their data and have a total order: the same bytes with 1 thread or 64.
//! 8. The way back to text is a span.
//! 9. No other program is run but `git`, and only by `revision`.

pub mod source;
pub mod timing;
pub mod program;
pub mod page;
pub mod book;
pub mod finding;
pub mod syntax;
pub mod sql;
pub mod flow;
pub mod schema;
pub mod template;
pub mod manifest;
pub mod links;
pub mod project;
pub mod knowledge;
pub mod scene;
pub mod race;
pub mod engine;
pub mod suppress;
pub mod rewrite;
pub mod discover;
pub mod config;
pub mod revision;
pub mod harness;
pub mod session;
pub mod prove;
pub mod cache;
pub mod shard;
pub mod report;
pub mod baseline;
pub mod lsp;
pub mod cli;

/// Examines files in memory as one project, schema files among them, with all that the harness compares.
pub fn examine(
    files: Vec<(std::path::PathBuf, String)>,
    book: &book::Book,
    options: &harness::Options,
) -> harness::Examined {
    let inputs = |files: &[(std::path::PathBuf, String)]| {
        files
            .iter()
            .map(|(path, text)| engine::Input { path: path.clone(), text: text.as_str().into() })
            .collect()
    };
    let (schemas, files): (Vec<_>, Vec<_>) =
        files.into_iter().partition(|(path, _)| manifest::SchemaKind::of(path).is_some());
    let mut settings = engine::Options { no_prefilter: true, ..engine::Options::default() };
    if let Some(edition) = &options.edition {
        let folder = std::path::PathBuf::new();
        settings.manifests.packages.push(manifest::RustPackage {
            folder,
            edition: edition.clone(),
            is_library: true,
            uses: Vec::new(),
        });
    }
    settings.manifests.schemas.extend(schemas.into_iter().filter_map(|(path, text)| {
        Some(manifest::Schema { kind: manifest::SchemaKind::of(&path)?, path, text })
    }));
    settings.manifests.schemas.sort_by(|a, b| a.path.cmp(&b.path));
    let report = engine::check(inputs(&files), book, &settings);
    let (_, events) = engine::events(inputs(&files), book, &settings);
    let events = events
        .into_iter()
        .map(|event| harness::SeenEvent { span: event.span, label: event.label, library: event.library })
        .collect();
    let problems =
        report.problems.iter().map(|problem| format!("{}: {}", problem.path.display(), problem.message));
    let problems = problems.collect();
    harness::Examined { sources: report.sources, findings: report.findings, events, problems }
}
