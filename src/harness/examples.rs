//! A page's code fences grouped into examples: which files, under which heading, with which marks.

use crate::page::marks::{self, Mark};
use crate::page::{Fence, Page};
use std::path::PathBuf;

/// What an example claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The page's rule finds something here.
    Flagged,
    /// It does not, and rightly.
    Clean,
    /// It does not, but should.
    Missed,
    /// On a library page: these events happen.
    Events,
}

/// Files that are examined together.
#[derive(Debug, Clone)]
pub struct Example {
    pub kind: Kind,
    pub files: Vec<ExampleFile>,
    /// The code after the rewrite, one block for each file that changes.
    pub fixed: Vec<ExampleFile>,
    /// `edition=2021`.
    pub edition: Option<String>,
}

#[derive(Debug, Clone)]
pub struct ExampleFile {
    /// Index into [`Page::fences`].
    pub fence: usize,
    pub path: PathBuf,
    /// The code without its marks.
    pub code: String,
    pub marks: Vec<Mark>,
}

/// The extension of a fence's language, if it is one that is analysed.
pub fn extension(language: &str) -> Option<&'static str> {
    Some(match language {
        "rust" | "rs" => "rs",
        "ts" | "typescript" => "ts",
        "js" | "javascript" => "js",
        "tsx" => "tsx",
        "jsx" => "jsx",
        "mts" => "mts",
        "cts" => "cts",
        "mjs" => "mjs",
        "cjs" => "cjs",
        _ => return None,
    })
}

/// The examples of a page in their order. Fences marked `ignore` show code that is not one.
pub fn examples(page: &Page, is_library: bool) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut before: Option<&Fence> = None;
    for (at, fence) in page.fences.iter().enumerate() {
        let Some(kind) = kind(fence, is_library) else { continue };
        let Some(path) = path(fence) else { continue };
        let (code, marks) = marks::marks(&fence.body);
        let file = ExampleFile { fence: at, path, code, marks };
        let joins = before.is_some_and(|last| last.headings == fence.headings);
        let last = examples.last_mut().filter(|last| joins && last.kind == kind);
        match last {
            Some(last) if fence.has("fixed") => last.fixed.push(file),
            Some(last) if continues(last, before, fence, &file) => last.files.push(file),
            _ => {
                let edition = fence.value("edition").map(str::to_owned);
                examples.push(Example { kind, files: vec![file], fixed: Vec::new(), edition });
            }
        }
        before = Some(fence);
    }
    examples
}

/// Fences that name their file belong together until a name comes again.
fn continues(example: &Example, before: Option<&Fence>, fence: &Fence, file: &ExampleFile) -> bool {
    let named = |fence: &Fence| fence.value("file").is_some();
    let is_new = example.files.iter().all(|other| other.path != file.path);
    named(fence) && before.is_some_and(named) && example.fixed.is_empty() && is_new
}

fn kind(fence: &Fence, is_library: bool) -> Option<Kind> {
    let is_statement = fence.language == "library" || fence.has("rule") || fence.has("fix");
    if fence.has("ignore") || is_statement {
        return None;
    }
    if is_library {
        return Some(Kind::Events);
    }
    [("Flagged", Kind::Flagged), ("Clean", Kind::Clean), ("Known misses", Kind::Missed)]
        .into_iter()
        .find(|(heading, _)| fence.is_under(heading))
        .map(|(_, kind)| kind)
}

fn path(fence: &Fence) -> Option<PathBuf> {
    match (fence.value("file"), extension(&fence.language)) {
        (Some(file), _) => Some(PathBuf::from(file)),
        (None, Some(extension)) => Some(PathBuf::from(format!("src/lib.{extension}"))),
        (None, None) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_one_example_stand_together() {
        let text = "# T\n\n## Flagged\n\n```ts file=a.ts\nf();\n//< x\n```\n\n```ts file=b.ts\n```\n\n```ts file=a.ts\n```\n\n\
            ```rust edition=2021\nf();\n```\n\n```rust fixed\ng();\n```\n\n```sh\nls\n```\n\n## Clean\n\n```ts\n```\n\n\
            ```ts ignore\n```\n\n## References\n\n```ts\n```\n";
        let page = crate::page::parse("p.md", text);
        let found = examples(&page, false);
        let shape: Vec<_> = found.iter().map(|e| (e.kind, e.files.len(), e.fixed.len())).collect();
        assert_eq!(
            shape,
            [(Kind::Flagged, 2, 0), (Kind::Flagged, 1, 0), (Kind::Flagged, 1, 1), (Kind::Clean, 1, 0)]
        );
        assert_eq!(found[0].files[0].marks.len(), 1);
        assert_eq!(found[2].edition.as_deref(), Some("2021"));
        assert_eq!(found[3].files[0].path, PathBuf::from("src/lib.ts"));
        assert_eq!(examples(&page, true).len(), 5);
    }
}
