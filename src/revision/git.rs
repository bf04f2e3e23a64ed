//! Questions to the `git` program, and its answers as changes.

use super::lines::{Changes, FileChanges};
use super::{patch, whole};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Whatever the user's settings say of diffs, this is what is asked for: the parser reads any, but
/// colours, words of other programs and paths below a folder would be wrong.
const DIFF: [&str; 14] = [
    "-c",
    "core.quotePath=true",
    "-c",
    "diff.relative=false",
    "diff",
    "--no-color",
    "--no-ext-diff",
    "--no-textconv",
    "--src-prefix=a/",
    "--dst-prefix=b/",
    "--ignore-submodules=all",
    "--find-renames",
    "--unified=0",
    "--submodule=short",
];

/// What the working tree has that a revision has not, files that git does not track yet included.
pub fn since(revision: &str, here: &Path) -> Result<Changes, String> {
    let root = root(here)?;
    let commit = commit(revision, here)?;
    with_untracked(&[commit.as_str(), "--"], &root, here)
}

/// What the working tree has that the last common commit with a branch has not.
pub fn since_merge_base(branch: &str, here: &Path) -> Result<Changes, String> {
    let root = root(here)?;
    let commit = commit(branch, here)?;
    let base = text(here, &["merge-base", &commit, "HEAD"]).map_err(|error| match error {
        Trouble::Refused(_) => {
            format!("`{branch}` and HEAD have no common commit here; a shallow clone needs more history")
        }
        Trouble::Missing(message) => message,
    })?;
    with_untracked(&[base.trim(), "--"], &root, here)
}

/// What the index has that the last commit has not.
pub fn staged(here: &Path) -> Result<Changes, String> {
    let root = root(here)?;
    Ok(Changes::of(files(&["--cached", "--"], &root, here)?).within(&root))
}

/// The folder that paths of git's answers count from.
pub(super) fn root(here: &Path) -> Result<PathBuf, String> {
    let root = text(here, &["rev-parse", "--show-toplevel"]).map_err(|error| match error {
        Trouble::Refused(told) => format!("{}: is in no working tree of git: {told}", here.display()),
        Trouble::Missing(message) => message,
    })?;
    Ok(PathBuf::from(root.trim_end_matches(['\n', '\r'])))
}

fn commit(revision: &str, here: &Path) -> Result<String, String> {
    // What begins with a dash would be an option.
    let wanted = format!("{revision}^{{commit}}");
    let found = match revision.starts_with('-') || revision.is_empty() {
        true => Err(Trouble::Refused(String::new())),
        false => text(here, &["rev-parse", "--verify", "--quiet", &wanted]),
    };
    found.map(|name| name.trim().to_owned()).map_err(|error| match error {
        Trouble::Refused(_) => format!("unknown revision `{revision}`: git finds no such commit here"),
        Trouble::Missing(message) => message,
    })
}

fn with_untracked(what: &[&str], root: &Path, here: &Path) -> Result<Changes, String> {
    let mut changes = files(what, root, here)?;
    let listed = run(root, &["ls-files", "--others", "--exclude-standard", "-z"]).map_err(told)?;
    let is_new = FileChanges { is_new: true, ..FileChanges::default() };
    changes.extend(names(&listed).map(|name| (whole(&root.join(name)), is_new.clone())));
    Ok(Changes::of(changes).within(root))
}

fn files(what: &[&str], root: &Path, here: &Path) -> Result<Vec<(PathBuf, FileChanges)>, String> {
    let arguments: Vec<&str> = DIFF.iter().chain(what).copied().collect();
    let text = run(here, &arguments).map_err(told)?;
    let files = patch::parse(&text).map_err(|error| format!("the diff that git gives: {error}"))?;
    Ok(files.into_iter().map(|file| (whole(&root.join(&file.path)), file.changes())).collect())
}

/// Why git gave no answer.
pub(super) enum Trouble {
    /// It cannot be run.
    Missing(String),
    /// It says no, in its own words.
    Refused(String),
}

pub(super) fn told(trouble: Trouble) -> String {
    match trouble {
        Trouble::Missing(message) => message,
        Trouble::Refused(told) => format!("git: {told}"),
    }
}

/// What git answers.
pub(super) fn run(folder: &Path, arguments: &[&str]) -> Result<Vec<u8>, Trouble> {
    let output = command(folder).args(arguments).output();
    let output = output.map_err(|error| Trouble::Missing(missing(&error)))?;
    if output.status.success() {
        return Ok(output.stdout);
    }
    let told = String::from_utf8_lossy(&output.stderr);
    let line = told.lines().find(|line| !line.trim().is_empty()).unwrap_or("gave no answer");
    Err(Trouble::Refused(line.trim_start_matches("fatal: ").to_owned()))
}

/// The environment stays: a hook's git names its index there.
pub(super) fn command(folder: &Path) -> Command {
    let mut command = Command::new("git");
    // A look must not take a lock that the user's own command may want.
    command.current_dir(folder).env("GIT_OPTIONAL_LOCKS", "0").env("LC_ALL", "C");
    command
}

pub(super) fn missing(error: &std::io::Error) -> String {
    format!("cannot run `git`: {}", crate::discover::plain(error))
}

fn text(folder: &Path, arguments: &[&str]) -> Result<String, Trouble> {
    run(folder, arguments).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Names that end in NUL.
pub(super) fn names(list: &[u8]) -> impl Iterator<Item = PathBuf> + '_ {
    list.split(|byte| *byte == 0).filter(|name| !name.is_empty()).map(patch::path_of)
}
