//! What configures a folder: the layers of one file and of those that it extends, with globs ready.

use super::read::Layer;
use super::tree::Step;
use super::trouble::{Place, Source, Trouble};
use crate::discover::with_plain_braces;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The layers of one configuration: what is extended first, the command line last.
#[derive(Debug, Default)]
pub struct Chain {
    pub layers: Vec<Layer>,
    /// Where its file lies, and its globs begin.
    pub folder: PathBuf,
    exclude: Option<Gitignore>,
    include: Option<Gitignore>,
    /// The overrides of all layers, in order.
    pub overrides: Vec<Part>,
}

/// One `[[overrides]]`.
#[derive(Debug)]
pub struct Part {
    /// Its layer, and its place among the overrides there.
    pub layer: usize,
    pub at: usize,
    files: Gitignore,
    excluded: Gitignore,
}

/// A text with where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stated<T> {
    pub value: T,
    pub source: Arc<Source>,
    pub at: Place,
}

impl<T> Stated<T> {
    /// `toctou-lint.toml:3`.
    pub fn origin(&self) -> String {
        format!("{}:{}", self.source.path.display(), self.source.line(self.at.start))
    }
}

impl Chain {
    /// Makes the globs of the layers; their troubles are added.
    pub fn new(layers: Vec<Layer>, folder: PathBuf, troubles: &mut Vec<Trouble>) -> Chain {
        let mut chain = Chain { layers, folder, ..Chain::default() };
        let mut exclude = Globs::new();
        let mut include = None;
        for (index, layer) in chain.layers.iter().enumerate() {
            exclude.add(layer, &[Step::Key("exclude")], &layer.keys.exclude, troubles);
            if let Some(patterns) = &layer.keys.include {
                let mut globs = Globs::new();
                globs.add(layer, &[Step::Key("include")], patterns, troubles);
                include = (!patterns.is_empty()).then(|| globs.build());
            }
            for (at, part) in layer.keys.overrides.iter().enumerate() {
                let way = [Step::Key("overrides"), Step::Item(at)];
                let globs = |key, patterns: &[String], troubles: &mut Vec<Trouble>| {
                    let mut globs = Globs::new();
                    globs.add(layer, &[way[0], way[1], Step::Key(key)], patterns, troubles);
                    globs.build()
                };
                if part.files.is_empty() {
                    let message = "names no `files` that it speaks of";
                    troubles.push(Trouble::error(&layer.source, layer.place(&way), message));
                }
                let files = globs("files", &part.files, troubles);
                let excluded = globs("excluded-files", &part.excluded_files, troubles);
                chain.overrides.push(Part { layer: index, at, files, excluded });
            }
        }
        (chain.exclude, chain.include) = (Some(exclude.build()), include);
        chain
    }

    /// Whether the configuration leaves a file or folder out; `path` is absolute.
    pub fn leaves_out(&self, path: &Path, is_folder: bool) -> bool {
        let Ok(inside) = path.strip_prefix(&self.folder) else { return false };
        let excluded = self.exclude.as_ref().is_some_and(|globs| matches(globs, inside, is_folder));
        // A folder may hold what is included.
        let missing = !is_folder && self.include.as_ref().is_some_and(|globs| !matches(globs, inside, false));
        excluded || missing
    }

    /// The overrides that speak of a file.
    pub fn parts_for<'c>(&'c self, path: &Path) -> impl Iterator<Item = &'c Part> + use<'c> {
        let inside = path.strip_prefix(&self.folder).map(Path::to_owned).ok();
        self.overrides.iter().filter(move |part| {
            inside.as_ref().is_some_and(|path| {
                matches(&part.files, path, false) && !matches(&part.excluded, path, false)
            })
        })
    }

    /// The last layer that states something, with where it does.
    pub fn last<T>(&self, key: &str, get: impl Fn(&Layer) -> Option<T>) -> Option<Stated<T>> {
        self.layers.iter().rev().find_map(|layer| {
            let (source, at) = (layer.source.clone(), layer.place(&[Step::Key(key)]));
            Some(Stated { value: get(layer)?, source, at })
        })
    }

    /// The items of a list that adds up over the layers.
    pub fn all(&self, way: &[&str], get: impl Fn(&Layer) -> &[String]) -> Vec<Stated<String>> {
        let mut items = Vec::new();
        for layer in &self.layers {
            let way: Vec<Step<'_>> = way.iter().map(|key| Step::Key(key)).collect();
            for (at, value) in get(layer).iter().enumerate() {
                let at = layer.place(&[&way[..], &[Step::Item(at)]].concat());
                items.push(Stated { value: value.clone(), source: layer.source.clone(), at });
            }
        }
        items
    }

    /// Folders of more pages, as the run can find them.
    pub fn pages(&self) -> Vec<Stated<PathBuf>> {
        let mut pages = Vec::new();
        for layer in &self.layers {
            for (at, path) in layer.keys.pages.iter().enumerate() {
                let at = layer.place(&[Step::Key("pages"), Step::Item(at)]);
                let value = layer.folder.as_deref().unwrap_or(Path::new("")).join(path);
                pages.push(Stated { value, source: layer.source.clone(), at });
            }
        }
        pages
    }
}

fn matches(globs: &Gitignore, path: &Path, is_folder: bool) -> bool {
    globs.matched_path_or_any_parents(path, is_folder).is_ignore()
}

/// Patterns on their way to a matcher.
struct Globs(GitignoreBuilder);

impl Globs {
    fn new() -> Globs {
        // Paths are made relative before they are matched.
        Globs(GitignoreBuilder::new(""))
    }

    fn add(&mut self, layer: &Layer, way: &[Step<'_>], patterns: &[String], troubles: &mut Vec<Trouble>) {
        for (at, pattern) in patterns.iter().enumerate() {
            let place = layer.place(&[way, &[Step::Item(at)]].concat());
            let literal = with_plain_braces(pattern);
            if literal != *pattern && pattern.contains(',') {
                let message =
                    "braces stand for themselves in a pattern of `.gitignore`; write one pattern each";
                troubles.push(Trouble::warning(&layer.source, place, message));
            }
            if let Err(error) = self.0.add_line(None, literal.strip_prefix("./").unwrap_or(&literal)) {
                let message = format!("is no pattern: {error}");
                troubles.push(Trouble::error(&layer.source, place, message));
            }
        }
    }

    fn build(self) -> Gitignore {
        self.0.build().unwrap_or_else(|_| Gitignore::empty())
    }
}
