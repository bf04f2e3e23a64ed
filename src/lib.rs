//! toctou-lint finds code whose correctness rests on a fact that may have changed since it was
//! looked up.
//!
//! The modules below stand in the order of the pipeline; each uses only those above it.

pub mod source;
pub mod program;
pub mod page;
pub mod book;
pub mod finding;
pub mod syntax;
pub mod sql;
pub mod flow;
pub mod schema;
pub mod template;
pub mod project;
pub mod knowledge;
pub mod scene;
pub mod race;
pub mod manifest;
pub mod engine;
pub mod suppress;
pub mod rewrite;
pub mod discover;
pub mod harness;
pub mod session;
pub mod report;
pub mod lsp;
pub mod cli;

/// Examines files in memory as one project, with all that the harness compares.
pub fn examine(
    files: Vec<(std::path::PathBuf, String)>,
    book: &book::Book,
    options: &harness::Options,
) -> harness::Examined {
    let inputs = |files: &[(std::path::PathBuf, String)]| {
        files.iter().map(|(path, text)| engine::Input { path: path.clone(), text: text.clone() }).collect()
    };
    let mut settings = engine::Options { no_prefilter: true, ..engine::Options::default() };
    if let Some(edition) = &options.edition {
        let folder = std::path::PathBuf::new();
        settings.manifests.packages.push(manifest::RustPackage { folder, edition: edition.clone() });
    }
    let report = engine::check(inputs(&files), book, &settings);
    let (_, events) = engine::events(inputs(&files), book, &settings);
    let events = events
        .into_iter()
        .map(|event| harness::SeenEvent { span: event.span, label: event.label, library: event.library })
        .collect();
    harness::Examined { sources: report.sources, findings: report.findings, events }
}
