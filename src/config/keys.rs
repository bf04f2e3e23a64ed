//! The keys of a configuration file: what serde reads, and what its JSON Schema is made from.

use crate::book::words::{Isolation, Level};
use crate::finding::Confidence;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The configuration of toctou-lint.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Keys {
    /// The schema of this file, for editors. Not read.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// A configuration file to start from, or several: later ones win over earlier ones, and this
    /// file wins over all. Relative to this file.
    pub extends: Option<OneOrMore>,
    /// Report only these rules, notes included. An empty list means all.
    pub select: Option<Vec<String>>,
    /// Do not report these rules.
    pub ignore: Vec<String>,
    /// Leave out findings that are less sure.
    pub min_confidence: Option<Sureness>,
    /// Report notes, and suppressions that silence nothing.
    pub pedantic: Option<bool>,
    /// Believe calls that are known by a common name alone. Without it, findings that rest on
    /// such a call are left out.
    pub trust_names: Option<bool>,
    /// Report rules that are in preview. A rule that is selected is reported all the same.
    pub preview: Option<bool>,
    /// From which level on a finding makes the exit code 1.
    pub fail_on: Option<FailOn>,
    /// Analyse only files that match one of these patterns of `.gitignore`.
    pub include: Option<Vec<String>>,
    /// Leave out files and folders that match one of these patterns of `.gitignore`.
    pub exclude: Vec<String>,
    /// Leave out what `exclude` and `include` leave out even if it is named on the command line.
    pub force_exclude: Option<bool>,
    /// How many threads work; 0 is one a core. Counts where the run begins.
    pub threads: Option<u16>,
    /// More folders of pages of your own, beside `.toctou/`. Relative to this file; counts where
    /// the run begins.
    pub pages: Vec<String>,
    /// By rule: a level, or a table of settings.
    pub rules: BTreeMap<String, RuleSetting>,
    /// Other settings for some of the files. Where several apply, later ones win.
    pub overrides: Vec<Override>,
    /// The database behind the code.
    pub database: Option<Database>,
    /// What only this program changes.
    pub ownership: Option<Ownership>,
}

/// One text or a list of them.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum OneOrMore {
    One(String),
    More(Vec<String>),
}

/// Settings for some of the files.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Override {
    /// The files: patterns of `.gitignore`.
    pub files: Vec<String>,
    /// Files among them that it does not speak of.
    pub excluded_files: Vec<String>,
    /// Report only these rules, notes included. An empty list means all.
    pub select: Option<Vec<String>>,
    /// Do not report these rules.
    pub ignore: Vec<String>,
    /// Leave out findings that are less sure.
    pub min_confidence: Option<Sureness>,
    /// Report notes.
    pub pedantic: Option<bool>,
    /// Believe calls that are known by a common name alone.
    pub trust_names: Option<bool>,
    /// Report rules that are in preview. A rule that is selected is reported all the same.
    pub preview: Option<bool>,
    /// From which level on a finding makes the exit code 1.
    pub fail_on: Option<FailOn>,
    /// By rule: a level, or a table of settings.
    pub rules: BTreeMap<String, RuleSetting>,
}

/// What is said of one rule.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum RuleSetting {
    /// The level alone.
    Level(LevelWord),
    Table(RuleTable),
}

/// The settings of one rule.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct RuleTable {
    /// Its level where the calls are surely recognised.
    pub level: Option<LevelWord>,
    /// Leave out findings of this rule that are less sure.
    pub min_confidence: Option<Sureness>,
    /// Report the notes of this rule.
    pub notes: Option<bool>,
}

/// How loud a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum LevelWord {
    Off,
    Note,
    Warning,
    Error,
}

/// How surely calls were recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sureness {
    Low,
    Medium,
    High,
}

/// The lowest level that makes a run fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FailOn {
    Note,
    Warning,
    Error,
    Never,
}

/// The database behind the code.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Database {
    /// Which one it is: what a transaction guards follows from it.
    pub kind: Option<DatabaseKind>,
    /// The isolation of a transaction that states none.
    pub isolation: Option<IsolationWord>,
}

/// Kinds of databases whose transactions guard different things.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum DatabaseKind {
    Postgres,
    Mysql,
    Mariadb,
    Sqlite,
    Sqlserver,
    Oracle,
    Cockroachdb,
    Mongodb,
}

/// Isolation of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum IsolationWord {
    ReadCommitted,
    RepeatableRead,
    Snapshot,
    Serializable,
}

/// What only this program changes: findings about it become notes that say so.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Ownership {
    /// Directories in which nobody else writes, as the code spells them: `/var/lib/shop`,
    /// `this.cacheDir`. `*` stands for any letters.
    pub private_directories: Vec<String>,
    /// What has a single writer.
    pub single_writer: SingleWriter,
    /// Leave such findings out instead of making them notes.
    pub silence: Option<bool>,
}

/// What has a single writer. `*` stands for any letters.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct SingleWriter {
    /// Files, as the code spells their paths: `/run/shop.pid`, `*.lock`.
    pub paths: Vec<String>,
    /// Tables of a database.
    pub tables: Vec<String>,
    /// Keys of key-value stores and objects of object stores: `cursor:*`.
    pub keys: Vec<String>,
}

impl LevelWord {
    /// The level of a finding.
    pub fn level(self) -> Level {
        match self {
            LevelWord::Off => Level::Off,
            LevelWord::Note => Level::Note,
            LevelWord::Warning => Level::Warning,
            LevelWord::Error => Level::Error,
        }
    }
}

impl Sureness {
    /// The confidence of a finding.
    pub fn confidence(self) -> Confidence {
        match self {
            Sureness::Low => Confidence::Low,
            Sureness::Medium => Confidence::Medium,
            Sureness::High => Confidence::High,
        }
    }
}

impl FailOn {
    /// The lowest level that makes a run fail.
    pub fn level(self) -> Option<Level> {
        match self {
            FailOn::Note => Some(Level::Note),
            FailOn::Warning => Some(Level::Warning),
            FailOn::Error => Some(Level::Error),
            FailOn::Never => None,
        }
    }
}

impl IsolationWord {
    /// The word of the vocabulary.
    pub fn isolation(self) -> Isolation {
        match self {
            IsolationWord::ReadCommitted => Isolation::ReadCommitted,
            IsolationWord::RepeatableRead => Isolation::RepeatableRead,
            IsolationWord::Snapshot => Isolation::Snapshot,
            IsolationWord::Serializable => Isolation::Serializable,
        }
    }
}

impl DatabaseKind {
    /// The isolation of its transactions where nobody states one.
    pub fn isolation(self) -> Isolation {
        match self {
            DatabaseKind::Postgres | DatabaseKind::Sqlserver | DatabaseKind::Oracle => {
                Isolation::ReadCommitted
            }
            DatabaseKind::Mysql | DatabaseKind::Mariadb => Isolation::RepeatableRead,
            // One of two that read and then write is refused, busy.
            DatabaseKind::Sqlite | DatabaseKind::Cockroachdb => Isolation::Serializable,
            DatabaseKind::Mongodb => Isolation::Snapshot,
        }
    }

    /// Whether a plain read at repeatable-read or snapshot does not keep another's write from
    /// being overwritten: the later writer is not refused.
    pub fn overwrites(self) -> bool {
        match self {
            DatabaseKind::Mysql | DatabaseKind::Mariadb => true,
            DatabaseKind::Postgres
            | DatabaseKind::Sqlite
            | DatabaseKind::Sqlserver
            | DatabaseKind::Oracle
            | DatabaseKind::Cockroachdb
            | DatabaseKind::Mongodb => false,
        }
    }
}
