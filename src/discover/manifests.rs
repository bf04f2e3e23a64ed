//! Manifests and schema files to the plain data that the engine asks for.

use super::{read_text, shown};
use crate::manifest::{Manifests, ModuleFile, NodePackage, RustPackage, Schema, SchemaKind};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// What the sources of a folder and those below are read by.
const MODULE_FILES: [&str; 3] = ["package.json", "tsconfig.json", "jsconfig.json"];

/// Whether a file may say which columns are unique, or what imports mean.
pub(super) fn is_manifest(path: &Path) -> bool {
    SchemaKind::of(path).is_some() || is_module_file(path)
}

fn is_module_file(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    matches!(name, "package.json" | "jsconfig.json")
        || (name.starts_with("tsconfig") && name.ends_with(".json"))
}

/// Reads the schemas and module files that were come by, those above what was named, and the
/// manifest above each Rust source: what is said of a file must not depend on how much else is
/// looked at. What cannot be read says nothing.
pub(super) fn collect<'a>(
    beside: &BTreeSet<PathBuf>,
    sources: impl Iterator<Item = &'a Path>,
    named: impl Iterator<Item = &'a Path>,
) -> Manifests {
    let schemas = beside.iter().filter_map(|path| {
        Some(Schema { path: shown(path), kind: SchemaKind::of(path)?, text: read_text(path).ok()? })
    });
    let rust = sources.filter(|path| path.extension().is_some_and(|extension| extension == "rs"));
    let packages = folders_above(rust).into_iter().filter_map(|folder| {
        let manifest = table(&folder)?;
        let edition = edition(&folder, &manifest)?;
        let is_library = manifest.contains_key("lib") || folder.join("src").join("lib.rs").is_file();
        let mut uses = uses(&manifest);
        uses.sort();
        Some(RustPackage { folder, edition, is_library, uses })
    });
    let above = folders_above(named);
    let above = above.iter().flat_map(|folder| MODULE_FILES.map(|name| folder.join(name)));
    let come_by = beside.iter().filter(|path| is_module_file(path)).cloned();
    let files: BTreeSet<PathBuf> =
        come_by.chain(above.filter(|path| path.is_file())).map(|path| shown(&path)).collect();
    let modules: Vec<ModuleFile> = files
        .into_iter()
        .filter_map(|path| Some(ModuleFile { text: read_text(&path).ok()?, path }))
        .collect();
    let mut node_packages: Vec<NodePackage> = modules.iter().filter_map(node_package).collect();
    node_packages.sort_by(|one, other| one.folder.cmp(&other.folder));
    Manifests {
        packages: packages.collect(),
        node_packages,
        schemas: schemas.collect(),
        modules,
        databases: Vec::new(),
    }
}

/// The folders around files, as far as their paths tell.
fn folders_above<'a>(files: impl Iterator<Item = &'a Path>) -> BTreeSet<PathBuf> {
    let mut folders = BTreeSet::new();
    for file in files {
        // Once a folder is known, so are those above it.
        for folder in file.ancestors().skip(1) {
            if !folders.insert(folder.to_owned()) {
                break;
            }
        }
    }
    folders
}

/// What a `package.json` says; one that is no JSON says nothing.
fn node_package(file: &ModuleFile) -> Option<NodePackage> {
    if file.path.file_name()? != "package.json" {
        return None;
    }
    let text = file.text.strip_prefix('\u{feff}').unwrap_or(&file.text);
    let json: serde_json::Value = serde_json::from_str(text).ok()?;
    let uses = json.get("dependencies").and_then(serde_json::Value::as_object);
    Some(NodePackage {
        folder: file.path.parent()?.to_owned(),
        is_command: json.get("bin").is_some(),
        uses: uses.into_iter().flat_map(|uses| uses.keys().cloned()).collect(),
    })
}

/// The edition that the manifest in a folder gives; without the key it is the oldest.
fn edition(folder: &Path, manifest: &toml::Table) -> Option<String> {
    let package = manifest.get("package")?;
    match package.get("edition") {
        Some(toml::Value::String(edition)) => Some(edition.clone()),
        Some(_) => Some(workspace_edition(folder, manifest).unwrap_or_else(|| "2021".to_owned())),
        None => Some("2015".to_owned()),
    }
}

/// What a package runs with, on whatever platform.
fn uses(manifest: &toml::Table) -> Vec<String> {
    let targets = manifest.get("target").and_then(toml::Value::as_table).into_iter();
    let tables = targets.flat_map(toml::Table::values).filter_map(toml::Value::as_table);
    let tables = tables.chain([manifest]).filter_map(|table| table.get("dependencies")?.as_table());
    tables.flat_map(|table| table.keys().cloned()).collect()
}

/// `edition.workspace = true`: the nearest workspace above says it.
fn workspace_edition(folder: &Path, own: &toml::Table) -> Option<String> {
    let of = |manifest: &toml::Table| {
        Some(manifest.get("workspace")?.get("package")?.get("edition")?.as_str()?.to_owned())
    };
    let absolute = std::path::absolute(folder).ok()?;
    of(own).or_else(|| absolute.ancestors().skip(1).find_map(|above| of(&table(above)?)))
}

fn table(folder: &Path) -> Option<toml::Table> {
    let path = folder.join("Cargo.toml");
    if !path.is_file() {
        return None;
    }
    read_text(&path).ok()?.parse().ok()
}
