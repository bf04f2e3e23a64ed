//! Which files the editor watches for us, and what follows when one changes.

use super::analyst::Job;
use super::{Asked, Server};
use crate::manifest::SchemaKind;
use crate::{baseline, session, syntax};
use serde_json::{Value, json};
use std::path::Path;

/// Sources, manifests and schemas, configuration, pages, known findings, what is to be ignored.
const WATCHED: [&str; 8] = [
    "**/*.{rs,ts,tsx,mts,cts,js,jsx,mjs,cjs}",
    "**/Cargo.toml",
    "**/{package,tsconfig*,jsconfig}.json",
    "**/*.{prisma,sql}",
    "**/{toctou-lint,.toctou-lint}.toml",
    "**/.toctou/**",
    "**/toctou-lint-baseline.json",
    "**/{.gitignore,.ignore}",
];

/// What the change of a file asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Concern {
    /// One source is another text.
    Source,
    /// Files came or went, or what imports and schemas mean is different.
    Files,
    /// Findings are judged otherwise, or other pages speak.
    Rules,
}

impl Server {
    /// Asks the editor to tell of what we cannot see.
    pub(super) fn register(&mut self) {
        let mut registrations = Vec::new();
        if self.client.watches {
            let watchers: Vec<Value> = WATCHED.iter().map(|glob| json!({ "globPattern": glob })).collect();
            registrations.push(json!({
                "id": "toctou-lint-files",
                "method": "workspace/didChangeWatchedFiles",
                "registerOptions": { "watchers": watchers },
            }));
        }
        if self.client.configuration_changes {
            registrations.push(json!({
                "id": "toctou-lint-settings",
                "method": "workspace/didChangeConfiguration",
                "registerOptions": { "section": "toctou-lint" },
            }));
        }
        if !registrations.is_empty() {
            let params = json!({ "registrations": registrations });
            self.ask("client/registerCapability", params, Asked::Nothing);
        }
    }

    /// Hands each change to the folders that it concerns.
    pub(super) fn files_changed(&self, params: &Value) {
        let changes = params.get("changes").and_then(Value::as_array);
        for change in changes.into_iter().flatten() {
            let Some(path) = Server::path(change.get("uri")) else { continue };
            // 1 is created, 2 changed, 3 deleted.
            let is_same_file = change.get("type").and_then(Value::as_u64) == Some(2);
            match concern(&path, is_same_file) {
                None => {}
                Some(Concern::Source) if self.is_open(&path) => {}
                Some(Concern::Source) => self.give(&path, || Job::Disk(path.clone())),
                Some(Concern::Files) => self.give(&path, || Job::Files),
                // A configuration speaks for what lies below it, also where that is open by itself.
                Some(Concern::Rules) => self.think_over(),
            }
        }
    }

    /// Everything is read and thought over again, under the rules as they are now.
    pub(super) fn think_over(&self) {
        self.analysts.values().for_each(|analyst| analyst.give(Job::Rules(self.settings.clone())));
    }

    fn give(&self, path: &Path, job: impl Fn() -> Job) {
        let around = |folder: &std::path::PathBuf| path.starts_with(folder);
        let around = self.analysts.values().filter(|analyst| analyst.folder.as_ref().is_some_and(around));
        around.for_each(|analyst| analyst.give(job()));
    }
}

fn concern(path: &Path, is_same_file: bool) -> Option<Concern> {
    let name = path.file_name()?.to_str()?;
    let is_page = path.components().any(|part| part.as_os_str() == session::USER_PAGES);
    let configures = matches!(name, "toctou-lint.toml" | ".toctou-lint.toml") || name == baseline::FILE;
    // A manifest may hold configuration, and says what imports mean besides.
    let is_manifest = matches!(name, "Cargo.toml" | "package.json");
    if is_page || configures || is_manifest {
        return Some(Concern::Rules);
    }
    if SchemaKind::of(path).is_some() || name.ends_with(".json") || name.ends_with("ignore") {
        return Some(Concern::Files);
    }
    syntax::language(path).map(|_| if is_same_file { Concern::Source } else { Concern::Files })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_concerns_what_reads_it() {
        let of = |path: &str, is_same| concern(Path::new(path), is_same);
        assert_eq!(of("/a/src/b.ts", true), Some(Concern::Source));
        assert_eq!(of("/a/src/b.ts", false), Some(Concern::Files));
        assert_eq!(of("/a/.toctou/blobs.md", true), Some(Concern::Rules));
        assert_eq!(of("/a/toctou-lint.toml", false), Some(Concern::Rules));
        assert_eq!(of("/a/tsconfig.json", true), Some(Concern::Files));
        assert_eq!(of("/a/schema.prisma", true), Some(Concern::Files));
        assert_eq!(of("/a/readme.md", true), None);
    }
}
