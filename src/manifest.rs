//! What the files around the sources say: editions of packages and schemas, as plain data.

use crate::book::words::Isolation;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Everything found beside the sources of a run.
#[derive(Debug, Default, Clone, Serialize)]
pub struct Manifests {
    /// Sorted by folder.
    pub packages: Vec<RustPackage>,
    /// Sorted by folder.
    pub node_packages: Vec<NodePackage>,
    /// Sorted by path.
    pub schemas: Vec<Schema>,
    /// Sorted by path.
    pub modules: Vec<ModuleFile>,
    /// Of the sources whose configuration names one; sorted by path.
    pub databases: Vec<(PathBuf, Database)>,
}

/// What is known of the database behind a file.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Database {
    /// Of a transaction that states none.
    pub isolation: Option<Isolation>,
    /// At repeatable-read and snapshot, what another wrote since a plain read is overwritten.
    pub overwrites: bool,
}

/// A `package.json`, `tsconfig*.json` or `jsconfig.json`: what imports mean below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ModuleFile {
    pub path: PathBuf,
    pub text: String,
}

/// What a `Cargo.toml` says of the Rust files below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RustPackage {
    /// Where the manifest stands, spelled like the paths of the sources.
    pub folder: PathBuf,
    /// `2015`, `2018`, `2021`, `2024`; one inherited from the workspace is resolved.
    pub edition: String,
    /// Others may build on it: it has a library.
    pub is_library: bool,
    /// Names of the packages it runs with, in the order of their names.
    pub uses: Vec<String>,
}

/// What a `package.json` says of the TypeScript and JavaScript files below it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NodePackage {
    /// Where the manifest stands, spelled like the paths of the sources.
    pub folder: PathBuf,
    /// It installs a command (`bin`).
    pub is_command: bool,
    /// Names of the packages it runs with.
    pub uses: Vec<String>,
}

/// A file that may say which columns are unique.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Schema {
    pub path: PathBuf,
    pub kind: SchemaKind,
    pub text: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum SchemaKind {
    Prisma,
    /// A migration or a schema dump.
    Sql,
}

impl SchemaKind {
    /// What a file of this name is, if it may say which columns are unique.
    pub fn of(path: &Path) -> Option<SchemaKind> {
        match path.extension()?.to_str()? {
            "prisma" => Some(SchemaKind::Prisma),
            "sql" => Some(SchemaKind::Sql),
            _ => None,
        }
    }
}

impl Manifests {
    /// The edition of a Rust file: that of the nearest manifest above it, and the newest where
    /// there is none.
    pub fn edition(&self, path: &Path) -> &str {
        self.package(path).map_or("2024", |package| package.edition.as_str())
    }

    /// The package of a Rust file.
    pub fn package(&self, path: &Path) -> Option<&RustPackage> {
        nearest(&self.packages, |package| &package.folder, path)
    }

    /// The database behind a file.
    pub fn database(&self, path: &Path) -> Database {
        let at = self.databases.binary_search_by(|(file, _)| file.as_path().cmp(path));
        at.map(|at| self.databases[at].1).unwrap_or_default()
    }

    /// The package of a TypeScript or JavaScript file.
    pub fn node_package(&self, path: &Path) -> Option<&NodePackage> {
        nearest(&self.node_packages, |package| &package.folder, path)
    }
}

/// The entry of the nearest folder above a file; entries are sorted by folder.
fn nearest<'p, P>(packages: &'p [P], folder: impl Fn(&P) -> &Path, path: &Path) -> Option<&'p P> {
    let at = |above: &Path| packages.binary_search_by(|package| folder(package).cmp(above)).ok();
    path.ancestors().skip(1).find_map(at).map(|at| &packages[at])
}
