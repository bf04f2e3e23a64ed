//! One file to a layer of configuration: its keys, and the tree that knows where each stands.

use super::keys::{Keys, OneOrMore};
use super::tree::{self, Node, Step};
use super::trouble::{Place, Source, Trouble};
use super::{check, json, schema};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

/// Files that hold nothing but a configuration, in the order in which they win.
pub const OWN_NAMES: [&str; 2] = ["toctou-lint.toml", ".toctou-lint.toml"];
/// Files that may hold one among other things, in the order in which they win.
pub const SHARED_NAMES: [&str; 2] = ["Cargo.toml", "package.json"];
/// The key in a file that holds other things too.
const KEY: &str = "toctou-lint";
/// Larger files are no configuration.
const LARGEST: u64 = 1024 * 1024;

static SCHEMA: LazyLock<serde_json::Value> = LazyLock::new(schema::schema);

/// What one file says.
#[derive(Clone, Debug)]
pub struct Layer {
    pub source: Arc<Source>,
    pub tree: Arc<Node>,
    pub keys: Arc<Keys>,
    /// The folder that paths in it are relative to; `None` for the command line.
    pub folder: Option<PathBuf>,
}

impl Layer {
    /// Where a key stands.
    pub fn place(&self, way: &[Step<'_>]) -> Place {
        self.tree.place(way)
    }

    /// The files it starts from, with their places.
    pub fn extends(&self) -> Vec<(String, Place)> {
        let key = Step::Key("extends");
        match &self.keys.extends {
            None => Vec::new(),
            Some(OneOrMore::One(path)) => {
                vec![(path.clone(), self.tree.find(&[key]).map_or(self.tree.at, |node| node.at))]
            }
            Some(OneOrMore::More(paths)) => {
                let place = |at| self.place(&[key, Step::Item(at)]);
                paths.iter().enumerate().map(|(at, path)| (path.clone(), place(at))).collect()
            }
        }
    }
}

/// The file of a folder that configures it, and those beside it that are not read for its sake.
pub fn in_folder(
    folder: &Path,
    shown: impl Fn(&Path) -> PathBuf,
) -> (Option<Result<Layer, Vec<Trouble>>>, Vec<Trouble>) {
    let mut found: Option<Result<Layer, Vec<Trouble>>> = None;
    let mut warnings = Vec::new();
    for name in OWN_NAMES.iter().chain(&SHARED_NAMES) {
        let path = folder.join(name);
        let own = OWN_NAMES.contains(name);
        // A folder of our own name is a mistake that would otherwise switch settings off unseen.
        let counts = path.is_file() || (own && path.is_dir());
        if !counts {
            continue;
        }
        // A manifest that cannot be read is not ours to complain about.
        let Some(layer) = file(&path, &shown(&path), own) else { continue };
        match (&found, layer) {
            (None, layer) => found = Some(layer),
            (Some(Ok(first)), Ok(second)) => {
                let first = first.source.path.display();
                let message = format!("is not read: {first} stands beside it");
                warnings.push(Trouble::warning(&second.source, second.tree.at, message));
            }
            (Some(_), _) => {}
        }
    }
    (found, warnings)
}

/// Reads a file; `None` if it holds no configuration, which `own` rules out.
pub fn file(path: &Path, shown: &Path, own: bool) -> Option<Result<Layer, Vec<Trouble>>> {
    let text = match text_of(path) {
        Ok(text) => text,
        Err(_) if !own => return None,
        Err(message) => {
            let source = Arc::new(Source { path: shown.to_owned(), text: String::new() });
            return Some(Err(vec![Trouble::error(&source, Place::default(), message)]));
        }
    };
    let is_shared = SHARED_NAMES.iter().any(|name| path.ends_with(name));
    if is_shared && !own && !text.contains(KEY) {
        return None;
    }
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let parsed = if is_json { json::parse(&text) } else { tree::from_toml(&text) };
    let source = Arc::new(Source { path: shown.to_owned(), text });
    let whole = match parsed {
        Ok(node) => node,
        // Whoever builds the package says what is wrong with its manifest, but for our part of it.
        Err(_) if is_shared && !own && !seems_to_hold_settings(&source.text, is_json) => return None,
        Err((at, message)) => return Some(Err(vec![Trouble::error(&source, at, message)])),
    };
    let node = if is_shared { section(&whole, is_json) } else { Some(whole) };
    let folder = path.parent().map(Path::to_owned);
    match node {
        Some(node) => Some(layer(source, node, folder)),
        None if own => {
            let message = format!("has no settings for {KEY}");
            Some(Err(vec![Trouble::error(&source, Place::default(), message)]))
        }
        None => None,
    }
}

/// Whether a manifest that cannot be read seems to hold settings, and not just the tool's name among
/// its dependencies.
fn seems_to_hold_settings(text: &str, is_json: bool) -> bool {
    if !is_json {
        return text.contains(&format!("metadata.{KEY}"));
    }
    text.split(&format!("\"{KEY}\"")).skip(1).any(|after| {
        let value = after.trim_start().strip_prefix(':').map(str::trim_start);
        value.is_some_and(|value| value.starts_with('{'))
    })
}

fn text_of(path: &Path) -> Result<String, String> {
    let plain = |error: std::io::Error| format!("cannot be read: {}", crate::discover::plain(&error));
    if std::fs::metadata(path).map_err(plain)?.len() > LARGEST {
        return Err("is too large for a configuration".to_owned());
    }
    let text = std::fs::read_to_string(path).map_err(plain)?;
    // Editors of some systems put a byte order mark before it.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

/// The part of a manifest that is ours: the package's before the workspace's.
fn section(whole: &Node, is_json: bool) -> Option<Node> {
    let ways: &[&[Step<'_>]] = if is_json {
        &[&[Step::Key(KEY)]]
    } else {
        &[
            &[Step::Key("package"), Step::Key("metadata"), Step::Key(KEY)],
            &[Step::Key("workspace"), Step::Key("metadata"), Step::Key(KEY)],
        ]
    };
    ways.iter().find_map(|way| whole.find(way)).cloned()
}

/// `key = value` of the command line.
pub fn inline(text: &str) -> Result<Layer, Vec<Trouble>> {
    let source = Arc::new(Source { path: PathBuf::from("--config"), text: text.to_owned() });
    match tree::from_toml(text) {
        Ok(node) => layer(source, node, None),
        Err((at, message)) => {
            let help = "it is TOML: a string needs quotes, as in `--config 'fail-on = \"error\"'`";
            Err(vec![Trouble::error(&source, at, message).with_help(help)])
        }
    }
}

fn layer(source: Arc<Source>, node: Node, folder: Option<PathBuf>) -> Result<Layer, Vec<Trouble>> {
    let mut troubles = check::check(&source, &node, &SCHEMA);
    if folder.is_none()
        && let Some(entry) = node.entry("extends")
    {
        let message = "`extends` stands in a file, not on the command line";
        troubles.push(Trouble::error(&source, entry.key_at, message));
    }
    if !troubles.is_empty() {
        return Err(troubles);
    }
    match Keys::deserialize(node.value()) {
        Ok(keys) => Ok(Layer { source, tree: Arc::new(node), keys: Arc::new(keys), folder }),
        // The schema has let it through; what serde knows better is still an error.
        Err(error) => Err(vec![Trouble::error(&source, node.at, error.to_string())]),
    }
}
