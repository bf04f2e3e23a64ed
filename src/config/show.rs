//! The settings of one file or folder, each with where it comes from: text and JSON.

use super::chain::{Chain, Stated};
use super::find::Configs;
use super::judge::Judge;
use super::policy::Policy;
use super::trouble::Source;
use crate::discover::{shown, whole};
use serde::Serialize;
use serde_json::{Value, json};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// One setting in force.
#[derive(Clone, Debug)]
pub struct Setting {
    pub key: String,
    pub value: Value,
    /// The file and line, or `None` for what holds if nobody says otherwise.
    pub from: Option<(PathBuf, u32)>,
}

/// All settings for a path: those of rules as a file there has them.
pub fn settings(judge: &Judge<'_>, path: &Path) -> Vec<Setting> {
    let chain = chain(judge.configs, path);
    let policy = judge.policy_in(&chain, path);
    let mut list = List(Vec::new());
    list.names("select", policy.select.as_deref().unwrap_or_default(), policy.select.is_none());
    list.names("ignore", &policy.ignore, policy.ignore.is_empty());
    list.one("min-confidence", &policy.min_confidence, "low");
    list.one("pedantic", &policy.pedantic, false);
    list.one("trust-names", &policy.trust_names, true);
    list.one("preview", &policy.preview, true);
    list.one("fail-on", &policy.fail_on, "warning");
    list.include(&chain);
    list.all("exclude", &chain.all(&["exclude"], |layer| &layer.keys.exclude));
    list.one("force-exclude", &chain.last("force-exclude", |layer| layer.keys.force_exclude), false);
    list.one("threads", &chain.last("threads", |layer| layer.keys.threads), 0);
    list.all("pages", &chain.all(&["pages"], |layer| &layer.keys.pages));
    list.rules(&policy);
    list.database(&chain);
    list.ownership(&chain);
    list.0
}

/// What speaks for a path, which may be a folder.
fn chain(configs: &Configs, path: &Path) -> std::sync::Arc<Chain> {
    if path.is_dir() { configs.of_folder(path) } else { configs.of_file(path) }
}

struct List(Vec<Setting>);

fn origin(source: &Source, start: usize) -> Option<(PathBuf, u32)> {
    Some((source.path.clone(), source.line(start)))
}

impl List {
    fn push(&mut self, key: &str, value: Value, from: Option<(PathBuf, u32)>) {
        self.0.push(Setting { key: key.to_owned(), value, from });
    }

    fn one<T: Serialize>(&mut self, key: &str, stated: &Option<Stated<T>>, otherwise: impl Into<Value>) {
        match stated {
            Some(stated) => {
                self.push(key, json!(stated.value), origin(&stated.source, stated.at.start));
            }
            None => self.push(key, otherwise.into(), None),
        }
    }

    fn some<T: Serialize>(&mut self, key: &str, stated: &Option<Stated<T>>) {
        if stated.is_some() {
            self.one(key, stated, Value::Null);
        }
    }

    fn names(&mut self, key: &str, names: &[Stated<crate::program::Name>], none: bool) {
        if none {
            self.push(key, json!([]), None);
        }
        for name in names {
            self.item(key, json!(name.value.as_str()), origin(&name.source, name.at.start));
        }
    }

    /// One of a list: what one line states stands together.
    fn item(&mut self, key: &str, item: Value, from: Option<(PathBuf, u32)>) {
        if let Some(last) = self.0.last_mut()
            && (last.key == key && last.from == from)
            && let Value::Array(items) = &mut last.value
        {
            items.push(item);
        } else {
            self.push(key, json!([item]), from);
        }
    }

    fn all(&mut self, key: &str, items: &[Stated<String>]) {
        if items.is_empty() {
            self.push(key, json!([]), None);
        }
        for item in items {
            self.item(key, json!(item.value), origin(&item.source, item.at.start));
        }
    }

    fn include(&mut self, chain: &Chain) {
        match chain.last("include", |layer| layer.keys.include.clone()) {
            Some(stated) => {
                self.push("include", json!(stated.value), origin(&stated.source, stated.at.start))
            }
            None => self.push("include", json!([]), None),
        }
    }

    fn rules(&mut self, policy: &Policy) {
        for (name, rule) in &policy.rules {
            self.some(&format!("rules.{name}.level"), &rule.level);
            self.some(&format!("rules.{name}.min-confidence"), &rule.min_confidence);
            self.some(&format!("rules.{name}.notes"), &rule.notes);
        }
    }

    fn database(&mut self, chain: &Chain) {
        let kind = chain.last("database", |layer| layer.keys.database.as_ref()?.kind);
        let isolation = chain.last("database", |layer| layer.keys.database.as_ref()?.isolation);
        self.some("database.kind", &kind);
        self.some("database.isolation", &isolation);
    }

    fn ownership(&mut self, chain: &Chain) {
        let owned = |way: &[&str], get: fn(&super::keys::Ownership) -> &[String]| {
            chain.all(way, |layer| layer.keys.ownership.as_ref().map_or(&[], get))
        };
        let lists = [
            owned(&["ownership", "private-directories"], |owned| &owned.private_directories),
            owned(&["ownership", "single-writer", "paths"], |owned| &owned.single_writer.paths),
            owned(&["ownership", "single-writer", "tables"], |owned| &owned.single_writer.tables),
            owned(&["ownership", "single-writer", "keys"], |owned| &owned.single_writer.keys),
        ];
        let keys =
            ["private-directories", "single-writer.paths", "single-writer.tables", "single-writer.keys"];
        for (key, items) in keys.iter().zip(lists).filter(|(_, items)| !items.is_empty()) {
            self.all(&format!("ownership.{key}"), &items);
        }
        let silence = chain.last("ownership", |layer| layer.keys.ownership.as_ref()?.silence);
        self.some("ownership.silence", &silence);
    }
}

/// `key = value  # toctou-lint.toml:3`, a line each.
pub fn text(settings: &[Setting]) -> String {
    let value = |value: &Value| match value {
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(Value::to_string).collect();
            format!("[{}]", items.join(", "))
        }
        other => other.to_string(),
    };
    let lines: Vec<String> =
        settings.iter().map(|one| format!("{} = {}", one.key, value(&one.value))).collect();
    let width = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default().min(60);
    let mut text = String::new();
    for (line, setting) in lines.iter().zip(settings) {
        let from = match &setting.from {
            Some((path, line)) => format!("{}:{line}", path.display()),
            None => "default".to_owned(),
        };
        let _ = writeln!(text, "{line:width$}  # {from}");
    }
    text
}

/// The same for programs.
pub fn json(path: &Path, files: &[PathBuf], settings: &[Setting]) -> String {
    let settings: Vec<Value> = settings
        .iter()
        .map(|one| {
            let from = one.from.as_ref().map(|(path, line)| json!({ "file": path, "line": line }));
            json!({ "key": one.key, "value": one.value, "from": from })
        })
        .collect();
    let document = json!({ "version": 1, "path": shown(path), "files": files, "settings": settings });
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

/// The files that speak for a path, the nearest first and what it extends behind it.
pub fn files(configs: &Configs, path: &Path) -> Vec<PathBuf> {
    let chain = chain(configs, path);
    let mut files: Vec<PathBuf> = Vec::new();
    for layer in chain.layers.iter().rev().filter(|layer| layer.folder.is_some()) {
        if !files.contains(&layer.source.path) {
            files.push(layer.source.path.clone());
        }
    }
    files
}

/// Every configuration that speaks for something beneath a path: the folder, and its files.
pub fn beneath(configs: &Configs, path: &Path) -> Vec<(PathBuf, Vec<PathBuf>)> {
    let mut found = vec![(shown(path), files(configs, path))];
    let mut walk = ignore::WalkBuilder::new(path);
    walk.require_git(false).sort_by_file_name(std::ffi::OsStr::cmp);
    walk.filter_entry(|entry| entry.file_name() != "node_modules");
    let folders = walk.build().filter_map(Result::ok);
    for entry in folders.filter(|entry| entry.depth() > 0 && entry.path().is_dir()) {
        let chain = configs.of_folder(entry.path());
        if chain.folder == whole(entry.path()) && chain.layers.iter().any(|layer| layer.folder.is_some()) {
            found.push((shown(entry.path()), files(configs, entry.path())));
        }
    }
    found
}
