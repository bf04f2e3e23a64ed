//! What may stand on the command line.

use super::adopting::{AdoptionArguments, BaselineArguments};
use crate::config::Request;
use crate::config::keys;
use crate::shard::Shard;
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::path::PathBuf;

/// Finds check-then-act races in Rust, TypeScript and JavaScript.
///
/// Exit codes: 0 clean, 1 findings at or above --fail-on, 2 wrong usage, broken page, baseline
/// or patch, or internal error, 3 no input files.
#[derive(Debug, Parser)]
#[command(name = "toctou-lint", version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) check: CheckArguments,
    /// When to colour.
    #[arg(long, value_enum, default_value_t, global = true)]
    pub(crate) color: Color,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Look for races; what happens without a command too.
    Check(Box<CheckArguments>),
    /// Report what all shards of a run found, named as PATHS, as the whole run would have.
    Merge(Box<CheckArguments>),
    /// Show a rule's page, or say why a line was (not) flagged.
    Explain(ExplainArguments),
    /// Write a race test of what was found at a place: it fails as long as the race is there.
    Prove(ProveArguments),
    /// List the rules.
    Rules(RulesArguments),
    /// Write or tidy the file of findings that are known and let be.
    Baseline(BaselineArguments),
    /// Run the examples of a folder of pages.
    Test(TestArguments),
    /// Print what a stage makes of a file.
    Debug(DebugArguments),
    /// Write a first configuration file; one that is there already is left as it is.
    Init(InitArguments),
    /// Show what configuration files come to.
    Config(ConfigArguments),
    /// Serve an editor over standard input and output.
    Lsp {
        #[command(flatten)]
        config: ConfigFlags,
    },
    /// Print a completion script.
    Completions { shell: clap_complete::Shell },
    /// Print the manual page, for `man`.
    Man,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// Files and folders; `-` reads standard input.
    #[arg(default_value = ".")]
    pub(crate) paths: Vec<PathBuf>,
    /// The form of the report; `full` if none is named.
    #[arg(long, value_enum)]
    pub(crate) format: Option<Format>,
    /// Report only these rules, notes included.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) select: Vec<String>,
    /// Do not report these rules.
    #[arg(long, value_name = "RULE", value_delimiter = ',')]
    pub(crate) ignore: Vec<String>,
    /// Leave out findings that are less sure [default: low]
    #[arg(long, value_enum)]
    pub(crate) min_confidence: Option<Sureness>,
    /// Report notes, and suppressions that silence nothing.
    #[arg(long)]
    pub(crate) pedantic: bool,
    /// From which level on findings make the exit code 1 [default: warning]
    #[arg(long, value_enum)]
    pub(crate) fail_on: Option<FailOn>,
    /// Exit with 0 even with findings.
    #[arg(long)]
    pub(crate) exit_zero: bool,
    /// How many threads work; 0 is one a core [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) threads: Option<usize>,
    /// The path that standard input is taken for.
    #[arg(long, value_name = "PATH")]
    pub(crate) stdin_filename: Option<PathBuf>,
    /// Analyse every file, even one that cannot hold a finding.
    #[arg(long)]
    pub(crate) no_prefilter: bool,
    /// Also analyse ignored, hidden, generated and minified files, dependencies and output.
    #[arg(long)]
    pub(crate) no_ignore: bool,
    #[command(flatten)]
    pub(crate) cache: CacheArguments,
    #[command(flatten)]
    pub(crate) config: ConfigFlags,
    /// Leave out what the configuration excludes even if it is named.
    #[arg(long)]
    pub(crate) force_exclude: bool,
    /// Apply safe rewrites.
    #[arg(long)]
    pub(crate) fix: bool,
    /// Apply rewrites that may shift meaning too.
    #[arg(long)]
    pub(crate) unsafe_fixes: bool,
    /// Print what --fix would change, and change nothing; exit code 1 if that is anything.
    #[arg(long)]
    pub(crate) diff: bool,
    /// Show interleavings in full, and what was left out.
    #[arg(long, short)]
    pub(crate) verbose: bool,
    /// Findings alone: no summary and no remarks.
    #[arg(long, short, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Write a report to a file, in the format before `=` or that of --format; may be repeated.
    #[arg(long, short, value_name = "[FORMAT=]FILE")]
    pub(crate) output: Vec<String>,
    /// Tolerate so many warnings, and exit with 1 if there are more.
    #[arg(long, value_name = "N")]
    pub(crate) max_warnings: Option<usize>,
    /// Report at most so many findings, those that matter most; the exit code is that of all.
    #[arg(long, value_name = "N")]
    pub(crate) max_findings: Option<usize>,
    /// Also report what comments silence, marked so, in JSON and SARIF.
    #[arg(long)]
    pub(crate) report_suppressed: bool,
    /// What tells this SARIF report from others of one commit.
    #[arg(long, value_name = "NAME")]
    pub(crate) category: Option<String>,
    /// When rules and places are links.
    #[arg(long, value_enum, default_value_t, value_name = "WHEN")]
    pub(crate) hyperlinks: Color,
    /// Print findings a rule and the time taken, to standard error.
    #[arg(long)]
    pub(crate) statistics: bool,
    /// Examine the I-th of N shares of the files, and write what was found to --output, for `merge`.
    #[arg(long, value_name = "I/N", conflicts_with_all = ["format", "fix", "diff", "stdin_filename", "staged", "add_ignore", "baseline", "new-from"])]
    pub(crate) shard: Option<Shard>,
    /// Report again after each change, until Ctrl-C ends it with exit code 130.
    #[arg(long, conflicts_with_all = ["fix", "diff", "stdin_filename", "add_ignore", "shard", "timings"])]
    pub(crate) watch: bool,
    /// Print how long each stage took, to standard error.
    #[arg(long)]
    pub(crate) timings: bool,
    #[command(flatten)]
    pub(crate) adoption: AdoptionArguments,
}

/// What is kept from run to run.
#[derive(Clone, Debug, Args)]
pub(crate) struct CacheArguments {
    /// Neither use nor keep what is known of unchanged files.
    #[arg(long)]
    pub(crate) no_cache: bool,
    /// The folder to keep it in [default: .toctou-lint-cache of the project, or $TOCTOU_LINT_CACHE_DIR]
    #[arg(long, value_name = "DIR")]
    pub(crate) cache_dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// A rule, or a place: `FILE:LINE`.
    #[arg(value_name = "RULE|FILE:LINE")]
    pub(crate) what: String,
    #[command(flatten)]
    pub(crate) config: ConfigFlags,
}

#[derive(Debug, Args)]
pub(crate) struct ProveArguments {
    /// The place of a finding: `FILE:LINE`.
    #[arg(value_name = "FILE:LINE")]
    pub(crate) what: String,
    /// Which finding, where a line has several.
    #[arg(long)]
    pub(crate) rule: Option<String>,
    /// Write the test to a new file instead of standard output.
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// What runs the test: `node` or `vitest` [default: by `package.json`]
    #[arg(long, value_name = "NAME")]
    pub(crate) framework: Option<String>,
    /// Test the code as the finding's rewrite leaves it.
    #[arg(long)]
    pub(crate) rewritten: bool,
    #[command(flatten)]
    pub(crate) config: ConfigFlags,
}

/// Which configuration counts.
#[derive(Clone, Debug, Args)]
pub(crate) struct ConfigFlags {
    /// A configuration file instead of those that are found, or a setting as TOML; may be repeated.
    #[arg(long, value_name = "FILE|KEY=VALUE")]
    pub(crate) config: Vec<String>,
    /// Look for no configuration file.
    #[arg(long)]
    pub(crate) isolated: bool,
}

impl ConfigFlags {
    /// As the configuration takes them.
    pub(crate) fn request(&self) -> Request {
        Request { config: self.config.clone(), isolated: self.isolated }
    }
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// Where to write it; `-` is standard output.
    #[arg(long, short, value_name = "FILE", default_value = "toctou-lint.toml")]
    pub(crate) output: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArguments {
    #[command(subcommand)]
    pub(crate) command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// The settings for a file or folder, each with where it comes from.
    Show {
        #[arg(default_value = ".")]
        path: PathBuf,
        #[arg(long, value_enum, default_value_t)]
        format: ListFormat,
        #[command(flatten)]
        flags: ConfigFlags,
    },
    /// The configuration files that speak for what lies beneath a path.
    Files {
        #[arg(default_value = ".")]
        path: PathBuf,
        #[command(flatten)]
        flags: ConfigFlags,
    },
    /// The JSON Schema of a configuration file.
    Schema,
}

#[derive(Debug, Args)]
pub(crate) struct RulesArguments {
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: ListFormat,
    #[command(flatten)]
    pub(crate) config: ConfigFlags,
}

#[derive(Debug, Args)]
pub(crate) struct TestArguments {
    /// A folder of pages.
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    #[command(flatten)]
    pub(crate) config: ConfigFlags,
}

#[derive(Debug, Args)]
pub(crate) struct DebugArguments {
    #[arg(value_enum)]
    pub(crate) stage: Stage,
    pub(crate) file: PathBuf,
    #[command(flatten)]
    pub(crate) config: ConfigFlags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Stage {
    /// The file as the neutral program.
    Program,
    /// What the book recognises in it.
    Events,
    /// What could race, and what guards it.
    Pairs,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Code underlined, interleavings, rewrites.
    #[default]
    Full,
    /// A line each.
    Concise,
    /// One object; docs/json.md says what it holds.
    Json,
    /// An object a line.
    Jsonl,
    /// For code scanning and editors.
    Sarif,
    /// Workflow commands of GitHub Actions.
    Github,
    /// GitLab's code quality report.
    Gitlab,
    /// Failed tests for build servers.
    Junit,
    /// Reviewdog's diagnostics.
    Rdjson,
    /// Checkstyle's XML.
    Checkstyle,
    /// The summary of a job.
    Markdown,
    /// One page to look at and to pass on.
    Html,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    #[default]
    Text,
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sureness {
    Low,
    Medium,
    High,
}

impl Sureness {
    /// The word of the configuration.
    pub(crate) fn word(self) -> keys::Sureness {
        match self {
            Sureness::Low => keys::Sureness::Low,
            Sureness::Medium => keys::Sureness::Medium,
            Sureness::High => keys::Sureness::High,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    Note,
    Warning,
    Error,
    Never,
}

impl FailOn {
    /// The word of the configuration.
    pub(crate) fn word(self) -> keys::FailOn {
        match self {
            FailOn::Note => keys::FailOn::Note,
            FailOn::Warning => keys::FailOn::Warning,
            FailOn::Error => keys::FailOn::Error,
            FailOn::Never => keys::FailOn::Never,
        }
    }
}
