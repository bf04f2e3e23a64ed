//! What may stand on the command line to report less than all: known findings, unchanged lines.

use super::arguments::{CacheArguments, ConfigFlags, Sureness};
use clap::{Args, Subcommand};
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct AdoptionArguments {
    /// Leave out the findings that this file holds; `toctou-lint-baseline.json` is found by itself.
    #[arg(long, value_name = "FILE", help_heading = "Only what is new")]
    pub(crate) baseline: Option<PathBuf>,
    /// Report what a baseline holds too.
    #[arg(long, conflicts_with = "baseline", help_heading = "Only what is new")]
    pub(crate) no_baseline: bool,
    /// Report only findings on lines changed since a revision, uncommitted and untracked ones too.
    #[arg(
        long,
        value_name = "REV",
        group = "new-from",
        conflicts_with = "stdin_filename",
        help_heading = "Only what is new"
    )]
    pub(crate) new_from_rev: Option<String>,
    /// Report only findings on lines changed since the last common commit with a branch.
    #[arg(
        long,
        value_name = "BRANCH",
        group = "new-from",
        conflicts_with = "stdin_filename",
        help_heading = "Only what is new"
    )]
    pub(crate) new_from_merge_base: Option<String>,
    /// Report only findings on lines that a unified diff brings; `-` reads it from standard input.
    #[arg(long, value_name = "FILE", group = "new-from", help_heading = "Only what is new")]
    pub(crate) new_from_patch: Option<PathBuf>,
    /// Analyse what is staged, and report only findings on staged lines.
    #[arg(long, group = "new-from", conflicts_with_all = ["fix", "stdin_filename"], help_heading = "Only what is new")]
    pub(crate) staged: bool,
    /// Write comments that silence what would be reported; with --diff, show them.
    #[arg(long, requires = "reason", conflicts_with_all = ["fix", "staged", "stdin_filename"], help_heading = "Only what is new")]
    pub(crate) add_ignore: bool,
    /// Why it is all right: for whoever reads the comments of --add-ignore.
    #[arg(long, value_name = "TEXT", requires = "add_ignore", help_heading = "Only what is new")]
    pub(crate) reason: Option<String>,
}

#[derive(Debug, Args)]
pub(crate) struct BaselineArguments {
    #[command(subcommand)]
    pub(crate) action: BaselineAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum BaselineAction {
    /// Write all present findings to a baseline, in the place of what it held.
    Create(CreateArguments),
    /// Drop from a baseline what no longer occurs; nothing is added.
    Prune(PruneArguments),
}

/// What a baseline is made from, and how.
#[derive(Clone, Debug, Args)]
pub(crate) struct LookArguments {
    /// Files and folders; `prune` keeps what stands elsewhere.
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// With ignored, hidden, generated and minified files, dependencies and output.
    #[arg(long)]
    pub(crate) no_ignore: bool,
    /// How many threads work; 0 is one a core.
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    #[command(flatten)]
    pub(crate) cache: CacheArguments,
    #[command(flatten)]
    pub(crate) config: ConfigFlags,
}

#[derive(Debug, Args)]
pub(crate) struct CreateArguments {
    #[command(flatten)]
    pub(crate) look: LookArguments,
    /// The file to write.
    #[arg(long, short, value_name = "FILE", default_value = crate::baseline::FILE)]
    pub(crate) output: PathBuf,
    /// Only findings of these rules, notes included.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Without findings of these rules.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Without findings that are less sure.
    #[arg(long, value_enum)]
    pub(crate) min_confidence: Option<Sureness>,
    /// With notes.
    #[arg(long)]
    pub(crate) pedantic: bool,
}

#[derive(Debug, Args)]
pub(crate) struct PruneArguments {
    #[command(flatten)]
    pub(crate) look: LookArguments,
    /// The file to tidy.
    #[arg(long, value_name = "FILE", default_value = crate::baseline::FILE)]
    pub(crate) baseline: PathBuf,
    /// Say what would go, and change nothing; exit code 1 if that is anything.
    #[arg(long)]
    pub(crate) check: bool,
}
