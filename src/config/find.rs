//! Which configuration speaks for a file: the nearest above it, up to the root of the repository.

use super::chain::Chain;
use super::read::{self, Layer};
use super::trouble::{Place, Severity, Source, Trouble};
use crate::discover::{shown, whole};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

/// Longer chains of `extends` are a mistake.
const LONGEST: usize = 32;

/// What the command line says of configuration.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// `--config`: a file, or TOML.
    pub config: Vec<String>,
    /// `--isolated`: no file is looked for.
    pub isolated: bool,
}

/// All configurations of a run, read as they are asked for.
pub struct Configs {
    /// The file that speaks for all, if one is named or none is looked for.
    fixed: Option<Arc<Chain>>,
    /// What the command line lays over each.
    over: Vec<Layer>,
    by_folder: RwLock<FxHashMap<PathBuf, Arc<Chain>>>,
    troubles: Mutex<BTreeSet<Trouble>>,
}

impl Configs {
    /// Reads what the command line names; fails on arguments that cannot stand together.
    pub fn new(request: &Request) -> Result<Configs, String> {
        let mut configs = Configs {
            fixed: None,
            over: Vec::new(),
            by_folder: RwLock::default(),
            troubles: Mutex::default(),
        };
        let (files, inline): (Vec<&String>, Vec<&String>) =
            request.config.iter().partition(|text| !text.contains('=') || Path::new(text).is_file());
        for text in inline {
            match read::inline(text) {
                Ok(layer) => configs.over.push(layer),
                Err(troubles) => configs.note(troubles),
            }
        }
        match files.as_slice() {
            [] if request.isolated => configs.fixed = Some(configs.chain(Vec::new(), whole(Path::new(".")))),
            [] => {}
            [_] if request.isolated => {
                return Err("`--isolated` looks at no file, and `--config` names one".to_owned());
            }
            [file] => {
                if Path::new(file).is_dir() {
                    return Err(format!("{file}: is a folder; `--config` takes a file or `key = value`"));
                }
                if !Path::new(file).is_file() {
                    return Err(format!("{file}: is no file, and no `key = value` either"));
                }
                let path = whole(Path::new(file));
                let layers = match read::file(&path, &shown(&path), true) {
                    Some(Ok(layer)) => configs.extended(layer, &path),
                    Some(Err(troubles)) => {
                        configs.note(troubles);
                        Vec::new()
                    }
                    None => Vec::new(),
                };
                // Such a file may lie anywhere; its globs speak of where the run begins.
                configs.fixed = Some(configs.chain(layers, whole(Path::new("."))));
            }
            [_, second, ..] => {
                return Err(format!("{second}: is a second file for `--config`, and only one can count"));
            }
        }
        Ok(configs)
    }

    /// What speaks for the files of a folder.
    pub fn of_folder(&self, folder: &Path) -> Arc<Chain> {
        if let Some(fixed) = &self.fixed {
            return fixed.clone();
        }
        self.look(&whole(folder))
    }

    /// What speaks for a file.
    pub fn of_file(&self, file: &Path) -> Arc<Chain> {
        let file = whole(file);
        self.of_folder(file.parent().unwrap_or(&file))
    }

    fn look(&self, folder: &Path) -> Arc<Chain> {
        let known = self.by_folder.read().unwrap_or_else(PoisonError::into_inner).get(folder).cloned();
        if let Some(chain) = known {
            return chain;
        }
        let (found, warnings) = read::in_folder(folder, shown);
        self.note(warnings);
        let chain = match found {
            Some(Ok(layer)) => {
                let path = folder.join(layer.source.path.file_name().unwrap_or_default());
                self.chain(self.extended(layer, &path), folder.to_owned())
            }
            Some(Err(troubles)) => {
                self.note(troubles);
                self.chain(Vec::new(), folder.to_owned())
            }
            None => match folder.parent().filter(|_| !folder.join(".git").exists()) {
                Some(above) => self.look(above),
                None => self.chain(Vec::new(), folder.to_owned()),
            },
        };
        let mut known = self.by_folder.write().unwrap_or_else(PoisonError::into_inner);
        known.entry(folder.to_owned()).or_insert(chain).clone()
    }

    fn chain(&self, mut layers: Vec<Layer>, folder: PathBuf) -> Arc<Chain> {
        layers.extend(self.over.iter().cloned());
        let mut troubles = Vec::new();
        let chain = Chain::new(layers, folder, &mut troubles);
        self.note(troubles);
        Arc::new(chain)
    }

    /// A layer behind all that it extends.
    fn extended(&self, layer: Layer, path: &Path) -> Vec<Layer> {
        let mut layers = Vec::new();
        self.extend(layer, &mut vec![path.to_owned()], &mut layers, &mut BTreeSet::new());
        layers
    }

    /// A file that is extended in two ways counts once, where it is first met: else the number of
    /// ways through a chain of pairs would double with each.
    fn extend(
        &self,
        layer: Layer,
        way: &mut Vec<PathBuf>,
        layers: &mut Vec<Layer>,
        met: &mut BTreeSet<PathBuf>,
    ) {
        for (name, at) in layer.extends() {
            let folder = layer.folder.as_deref().unwrap_or(Path::new(""));
            let path = whole(&folder.join(&name));
            let trouble = |message: String| self.note(vec![Trouble::error(&layer.source, at, message)]);
            let (own, other) = (layer.source.path.display(), shown(&path));
            let other = other.display();
            if way.contains(&path) {
                trouble(format!("{own} extends {other}, which leads back to it"));
            } else if way.len() > LONGEST {
                trouble(format!("{own} extends {other} at the end of too long a chain"));
            } else if !path.is_file() {
                trouble(format!("{own} extends {other}, which is no file"));
            } else if met.insert(path.clone()) {
                match read::file(&path, &shown(&path), true) {
                    Some(Ok(next)) => {
                        way.push(path);
                        self.extend(next, way, layers, met);
                        way.pop();
                    }
                    Some(Err(troubles)) => self.note(troubles),
                    None => {}
                }
            }
        }
        layers.push(layer);
    }

    /// Whether a file or folder is left out, by its own configuration or by that of a folder above.
    pub fn leaves_out(&self, path: &Path, is_folder: bool) -> bool {
        let mut path = whole(path);
        let mut is_folder = is_folder;
        loop {
            let chain = self.of_file(&path);
            if chain.leaves_out(&path, is_folder) {
                return true;
            }
            // The folder of a configuration is itself for the one above to leave out.
            if self.fixed.is_some() || !path.starts_with(&chain.folder) || path == chain.folder {
                return false;
            }
            (path, is_folder) = (chain.folder.clone(), true);
            if path.parent().is_none() || path.join(".git").exists() {
                return false;
            }
        }
    }

    /// Takes down what is wrong.
    pub fn note(&self, troubles: Vec<Trouble>) {
        self.troubles.lock().unwrap_or_else(PoisonError::into_inner).extend(troubles);
    }

    /// What is wrong with a folder of pages that a configuration names.
    pub fn note_missing(&self, source: &Arc<Source>, at: Place, message: String) {
        self.note(vec![Trouble::error(source, at, message)]);
    }

    /// What has been found to be wrong so far, each once, in order; taken away.
    pub fn take_troubles(&self) -> Vec<Trouble> {
        std::mem::take(&mut *self.troubles.lock().unwrap_or_else(PoisonError::into_inner))
            .into_iter()
            .collect()
    }

    /// Whether something stops the run.
    pub fn are_broken(&self) -> bool {
        let troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        troubles.iter().any(|trouble| trouble.severity == Severity::Error)
    }

    /// All that has been read, each once, in the order of their folders.
    pub fn chains(&self) -> Vec<Arc<Chain>> {
        let known = self.by_folder.read().unwrap_or_else(PoisonError::into_inner);
        let mut chains: Vec<Arc<Chain>> = known.values().chain(&self.fixed).cloned().collect();
        chains.sort_by(|one, other| one.folder.cmp(&other.folder));
        chains.dedup_by(|one, other| Arc::ptr_eq(one, other));
        chains
    }
}
