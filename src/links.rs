//! Which file of the run an import names: relative paths, `paths` of tsconfig files, packages of
//! the workspace.
//!
//! Resolution is oxc_resolver's, over the files of the run and the manifests beside them as they
//! are in memory: nothing is read from the disk here. A package of the workspace is found by its
//! name without an installed `node_modules`; where its manifest names built files that are not
//! there, its sources are tried.

use crate::manifest::Manifests;
use crate::source::FileId;
use oxc_resolver::{
    FileMetadata, FileSystem, ResolveError, ResolveOptions, ResolverGeneric, TsconfigDiscovery,
};
use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};
use std::ffi::{OsStr, OsString};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, RwLock};

/// Extensions of a source file, in the order in which they are tried.
const EXTENSIONS: &[&str] = &[".ts", ".tsx", ".mts", ".cts", ".d.ts", ".js", ".jsx", ".mjs", ".cjs"];

/// The files of a run by path, and what their imports mean.
pub struct Links {
    memory: Memory,
    relative: ResolverGeneric<Memory>,
    configured: ResolverGeneric<Memory>,
    /// Absolute path of each file by its number.
    paths: Vec<PathBuf>,
    /// Number of the folder that each file lies in.
    folders: Vec<usize>,
    /// What specifiers mean, by folder: files of one folder see the same.
    known: Vec<RwLock<FxHashMap<String, Option<FileId>>>>,
    /// What specifiers of workspace packages mean that no tsconfig gives another meaning: the same
    /// from everywhere.
    packages: RwLock<FxHashMap<String, Option<FileId>>>,
}

/// What imports of one folder were found to mean.
#[derive(Debug, Serialize, Deserialize)]
pub struct Asked {
    /// One of the folder's files.
    pub file: FileId,
    /// Each specifier, and the file that it names from there, if it is one of the run.
    pub meanings: Vec<(String, Option<FileId>)>,
}

impl Links {
    /// Files in the order of their numbers; paths as reports spell them.
    pub fn new<'a>(paths: impl Iterator<Item = &'a Path>, manifests: &Manifests) -> Links {
        let mut disk = Disk::default();
        let paths: Vec<PathBuf> = paths.map(absolute).collect();
        for (at, path) in paths.iter().enumerate() {
            disk.add(path.clone(), Content::Source(FileId(at as u32)));
        }
        for module in &manifests.modules {
            let path = absolute(&module.path);
            if let Some(name) = package_name(&module.text)
                && path.file_name().is_some_and(|file| file == "package.json")
            {
                disk.packages.insert(name, path.parent().unwrap_or(Path::new("/")).to_owned());
            }
            disk.add_config(&path, &module.text);
            disk.add(path, Content::Text(module.text.clone()));
        }
        let mut numbers: FxHashMap<&Path, usize> = FxHashMap::default();
        let folders = paths
            .iter()
            .map(|path| {
                let next = numbers.len();
                *numbers.entry(path.parent().unwrap_or(path)).or_insert(next)
            })
            .collect();
        let known = numbers.iter().map(|_| RwLock::default()).collect();
        let memory = Memory(Arc::new(disk));
        let relative = ResolverGeneric::new_with_file_system(memory.clone(), options(None));
        let configured =
            ResolverGeneric::new_with_file_system(memory.clone(), options(Some(TsconfigDiscovery::Auto)));
        Links { memory, relative, configured, paths, folders, known, packages: RwLock::default() }
    }

    /// The file that an import in another file names, if it is one of the run.
    pub fn file(&self, from: FileId, specifier: &str) -> Option<FileId> {
        let known = self.known.get(*self.folders.get(from.0 as usize)?)?;
        if let Ok(known) = known.read()
            && let Some(found) = known.get(specifier)
        {
            return *found;
        }
        let from = self.paths.get(from.0 as usize)?;
        let found = self.resolve(from, from.parent()?, specifier);
        if let Ok(mut known) = known.write() {
            known.insert(specifier.to_owned(), found);
        }
        found
    }

    /// What was asked of each folder so far, all in order.
    pub fn asked(&self) -> Vec<Asked> {
        let mut first: Vec<Option<FileId>> = vec![None; self.known.len()];
        for (at, folder) in self.folders.iter().enumerate() {
            first[*folder].get_or_insert(FileId(at as u32));
        }
        let asked = first.into_iter().zip(&self.known).filter_map(|(file, known)| {
            let known = known.read().ok()?;
            let mut meanings: Vec<(String, Option<FileId>)> =
                known.iter().map(|(specifier, found)| (specifier.clone(), *found)).collect();
            meanings.sort();
            Some(Asked { file: file?, meanings })
        });
        asked.filter(|asked| !asked.meanings.is_empty()).collect()
    }

    /// Takes over what specifiers mean in the folder of a file, from a run over the same files.
    pub fn learn<'s>(&self, file: FileId, meanings: impl Iterator<Item = (&'s str, Option<FileId>)>) {
        let folder = self.folders.get(file.0 as usize).and_then(|folder| self.known.get(*folder));
        if let Some(Ok(mut known)) = folder.map(RwLock::write) {
            for (specifier, found) in meanings {
                known.entry(specifier.to_owned()).or_insert(found);
            }
        }
    }

    fn resolve(&self, from: &Path, folder: &Path, specifier: &str) -> Option<FileId> {
        if specifier.starts_with('.') {
            if let Some(found) = self.beside(folder, specifier) {
                return Some(found);
            }
            return self.source(self.relative.resolve(folder, specifier).ok()?.path());
        }
        let package = self.memory.0.package_of(specifier);
        // Only packages of the workspace and what a tsconfig maps are ours: most imports are neither.
        if self.memory.0.aliases.may_name(specifier) {
            return self.bare(from, specifier, package);
        }
        let package = package?;
        if let Ok(known) = self.packages.read()
            && let Some(found) = known.get(specifier)
        {
            return *found;
        }
        let found = self.bare(from, specifier, Some(package));
        if let Ok(mut known) = self.packages.write() {
            known.insert(specifier.to_owned(), found);
        }
        found
    }

    /// What a specifier that is no path means.
    fn bare(&self, from: &Path, specifier: &str, package: Option<(&PathBuf, &str)>) -> Option<FileId> {
        if let Ok(found) = self.configured.resolve_file(from, specifier)
            && let Some(file) = self.source(found.path())
        {
            return Some(file);
        }
        let (home, rest) = package?;
        let places = match rest {
            "" => {
                vec!["./src/index".to_owned(), "./src".to_owned(), "./index".to_owned(), "./lib".to_owned()]
            }
            rest => vec![format!("./src/{rest}"), format!("./{rest}")],
        };
        places.iter().find_map(|place| self.source(self.relative.resolve(home, place).ok()?.path()))
    }

    /// A relative import of a file by its name without extension, as nearly all are: what the
    /// resolver would try first.
    fn beside(&self, folder: &Path, specifier: &str) -> Option<FileId> {
        let last = specifier.rsplit('/').next().unwrap_or(specifier);
        if last.contains('.') || last.is_empty() || specifier.contains("node_modules") {
            return None;
        }
        let mut path = folder.to_owned();
        for part in specifier.split('/') {
            match part {
                "." | "" => {}
                ".." if !path.pop() => return None,
                ".." => {}
                name => path.push(name),
            }
        }
        let files = &self.memory.0.files;
        let bare = path.into_os_string();
        if files.contains_key(&bare) {
            return None;
        }
        let found = EXTENSIONS.iter().find_map(|extension| {
            let mut path = bare.clone();
            path.push(extension);
            files.get(&path)
        });
        match found? {
            Content::Source(file) => Some(*file),
            Content::Text(_) => None,
        }
    }

    fn source(&self, path: &Path) -> Option<FileId> {
        match self.memory.0.content(path)? {
            Content::Source(file) => Some(*file),
            Content::Text(_) => None,
        }
    }
}

fn options(tsconfig: Option<TsconfigDiscovery>) -> ResolveOptions {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let alias = |from: &str, to: &[&str]| (from.to_owned(), texts(to));
    ResolveOptions {
        tsconfig,
        extensions: texts(EXTENSIONS),
        // The sources are wanted, not what is built from them.
        extension_alias: vec![
            alias(".js", &[".ts", ".tsx", ".js", ".jsx"]),
            alias(".jsx", &[".tsx", ".jsx"]),
            alias(".mjs", &[".mts", ".mjs"]),
            alias(".cjs", &[".cts", ".cjs"]),
        ],
        condition_names: texts(&["source", "types", "import", "require", "node", "default"]),
        main_fields: texts(&["source", "module", "main", "types"]),
        symlinks: false,
        ..ResolveOptions::default()
    }
}

fn package_name(manifest: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(manifest).ok()?;
    Some(json.get("name")?.as_str()?.to_owned())
}

/// A path without `.` and `..`, below an invented folder deep enough for any `../` in front.
fn absolute(path: &Path) -> PathBuf {
    let base = Path::new("/run/a/b/c/d/e/f/g/h/i/j/k/l/m/n/o/p");
    let mut found = PathBuf::new();
    for part in base.join(path).components() {
        match part {
            Component::ParentDir => {
                found.pop();
            }
            Component::CurDir => {}
            part => found.push(part),
        }
    }
    found
}

/// What stands at a path.
enum Content {
    Source(FileId),
    Text(String),
}

/// The run's files as a disk.
#[derive(Default)]
struct Disk {
    files: FxHashMap<OsString, Content>,
    folders: FxHashSet<OsString>,
    /// Packages of the workspace: name → folder.
    packages: FxHashMap<String, PathBuf>,
    aliases: Aliases,
}

/// What the tsconfig files of the run could give a meaning to, so that the resolver is asked about
/// these specifiers alone.
#[derive(Default)]
struct Aliases {
    /// Keys of `paths` up to their `*`; any other key of the file does no harm here.
    keys: FxHashSet<String>,
    /// Names under which a `baseUrl` may find something; `None` where no file has one.
    base: Option<FxHashSet<OsString>>,
}

impl Aliases {
    fn may_name(&self, specifier: &str) -> bool {
        let ends = specifier.char_indices().map(|(at, _)| at).chain([specifier.len()]);
        let first = specifier.split('/').next().unwrap_or(specifier);
        // `#name` is the importing package's own.
        specifier.starts_with('#')
            || self.base.as_ref().is_some_and(|names| names.contains(OsStr::new(first)))
            || ends.into_iter().any(|end| self.keys.contains(&specifier[..end]))
    }
}

impl Disk {
    fn add(&mut self, path: PathBuf, content: Content) {
        for folder in path.ancestors().skip(1) {
            if !self.folders.insert(folder.as_os_str().to_owned()) {
                break;
            }
        }
        self.files.insert(path.into_os_string(), content);
    }

    /// Notes what a tsconfig maps. The text may have comments, so its keys are found as text.
    fn add_config(&mut self, path: &Path, text: &str) {
        let name = path.file_name().and_then(OsStr::to_str).unwrap_or_default();
        if !name.ends_with(".json") || name == "package.json" {
            return;
        }
        let pieces: Vec<&str> = text.split('"').collect();
        for pair in pieces.windows(2).filter(|pair| pair[1].trim_start().starts_with(':')) {
            let key = pair[0].split('*').next().unwrap_or_default();
            self.aliases.keys.insert(key.to_owned());
        }
        if text.contains("\"baseUrl\"") && self.aliases.base.is_none() {
            let parts = self.files.keys().flat_map(|path| Path::new(path).components());
            let stems = self.files.keys().filter_map(|path| Path::new(path).file_stem());
            let mut names: FxHashSet<OsString> = stems.map(OsStr::to_owned).collect();
            names.extend(parts.map(|part| part.as_os_str().to_owned()));
            self.aliases.base = Some(names);
        }
    }

    /// The workspace package that a bare specifier names, with the rest.
    fn package_of<'s>(&self, specifier: &'s str) -> Option<(&PathBuf, &'s str)> {
        let ends = specifier.match_indices('/').map(|(at, _)| at).chain([specifier.len()]);
        let (at, home) =
            ends.take(2).filter_map(|at| Some((at, self.packages.get(&specifier[..at])?))).last()?;
        Some((home, specifier[at..].trim_start_matches('/')))
    }

    /// Where a path really is: what lies in a `node_modules` may be a package of the workspace.
    fn real(&self, path: &Path) -> Option<PathBuf> {
        let (_, inside) = path.to_str()?.rsplit_once("/node_modules/")?;
        match self.package_of(inside)? {
            (home, "") => Some(home.clone()),
            (home, rest) => Some(home.join(rest)),
        }
    }

    fn content(&self, path: &Path) -> Option<&Content> {
        let known = self.files.get(path.as_os_str());
        known.or_else(|| self.files.get(self.real(path)?.as_os_str()))
    }

    fn is_folder(&self, path: &Path) -> bool {
        let is_store = || {
            path.file_name().is_some_and(|name| name == "node_modules")
                && path.parent().is_some_and(|above| self.folders.contains(above.as_os_str()))
        };
        self.folders.contains(path.as_os_str())
            || is_store()
            || self.real(path).is_some_and(|real| self.folders.contains(real.as_os_str()))
    }
}

/// The disk as the resolver asks for it.
#[derive(Clone)]
struct Memory(Arc<Disk>);

fn absent() -> io::Error {
    io::ErrorKind::NotFound.into()
}

impl FileSystem for Memory {
    fn new() -> Self {
        Memory(Arc::default())
    }

    fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        self.read_to_string(path).map(String::into_bytes)
    }

    fn read_to_string(&self, path: &Path) -> io::Result<String> {
        match self.0.content(path) {
            Some(Content::Text(text)) => Ok(text.clone()),
            Some(Content::Source(_)) | None => Err(absent()),
        }
    }

    fn metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        if self.0.content(path).is_some() {
            Ok(FileMetadata::new(true, false, false))
        } else if self.0.is_folder(path) {
            Ok(FileMetadata::new(false, true, false))
        } else {
            Err(absent())
        }
    }

    fn symlink_metadata(&self, path: &Path) -> io::Result<FileMetadata> {
        self.metadata(path)
    }

    fn read_link(&self, _path: &Path) -> Result<PathBuf, ResolveError> {
        Err(absent().into())
    }

    fn canonicalize(&self, path: &Path) -> io::Result<PathBuf> {
        Ok(path.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::ModuleFile;

    fn links(files: &[&str], manifests: &[(&str, &str)]) -> Links {
        let modules = manifests
            .iter()
            .map(|(path, text)| ModuleFile { path: PathBuf::from(path), text: (*text).to_owned() })
            .collect();
        let manifests = Manifests { modules, ..Manifests::default() };
        Links::new(files.iter().map(Path::new), &manifests)
    }

    #[test]
    fn relative_imports_find_sources_by_any_spelling() {
        let links = links(&["src/a.ts", "src/b.tsx", "src/c/index.ts", "d.js"], &[]);
        let found = |specifier| links.file(FileId(0), specifier).map(|file| file.0);
        assert_eq!(found("./b"), Some(1));
        assert_eq!(found("./b.js"), Some(1));
        assert_eq!(found("./c"), Some(2));
        assert_eq!(found("./c/index.js"), Some(2));
        assert_eq!(found("../d"), Some(3));
        assert_eq!(found("./e"), None);
        assert_eq!(found("react"), None);
    }

    #[test]
    fn configured_paths_are_followed() {
        let config = r#"{ // with a comment
            "compilerOptions": { "baseUrl": ".", "paths": { "@/*": ["./src/*"] } }, }"#;
        let links = links(&["web/src/app/page.ts", "web/src/lib/db.ts"], &[("web/tsconfig.json", config)]);
        assert_eq!(links.file(FileId(0), "@/lib/db"), Some(FileId(1)));
        assert_eq!(links.file(FileId(0), "@/lib/other"), None);
    }

    #[test]
    fn workspace_packages_are_found_by_name_before_they_are_built() {
        let manifest = r#"{ "name": "@shop/db", "main": "dist/index.js" }"#;
        let files = ["apps/web/a.ts", "packages/db/src/index.ts", "packages/db/src/users.ts"];
        let links = links(&files, &[("packages/db/package.json", manifest)]);
        assert_eq!(links.file(FileId(0), "@shop/db"), Some(FileId(1)));
        assert_eq!(links.file(FileId(0), "@shop/db/users"), Some(FileId(2)));
        assert_eq!(links.file(FileId(0), "@shop/other"), None);
    }
}
