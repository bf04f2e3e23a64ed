//! What `.gitignore` and its like leave out, as git reads their patterns.
//!
//! The crate that walks folders takes braces in a pattern for a choice, which git does not: a file
//! that git tracks would then be left out unseen. So the patterns are read here, line by line, with
//! the braces made letters, and the walk asks for each entry.

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustc_hash::FxHashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The ignore files of a walk, read as it comes by them.
pub(super) struct Ignored {
    /// The user's own file, for all repositories.
    global: Gitignore,
    known: Mutex<FxHashMap<PathBuf, Arc<Stack>>>,
}

/// What speaks of the entries of one folder: the nearest first.
#[derive(Default)]
struct Stack {
    /// `.ignore`, which wins over git's files.
    plain: Vec<Arc<Gitignore>>,
    /// `.gitignore`, up to the root of the repository.
    git: Vec<Arc<Gitignore>>,
    /// `.git/info/exclude` of that repository.
    exclude: Option<Arc<Gitignore>>,
}

impl Ignored {
    pub(super) fn new() -> Ignored {
        Ignored { global: Gitignore::global().0, known: Mutex::default() }
    }

    /// Whether an entry of a walk is left out; `path` is absolute. Hidden ones are, unless a pattern
    /// takes them in.
    pub(super) fn leaves_out(&self, path: &Path, is_folder: bool) -> bool {
        let Some(folder) = path.parent() else { return false };
        let stack = self.stack(folder);
        let first = |globs: &[Arc<Gitignore>]| {
            let said = globs.iter().map(|globs| globs.matched(path, is_folder).map(|_| ()));
            said.into_iter().find(|said| !said.is_none()).unwrap_or(Match::None)
        };
        let exclude = || stack.exclude.iter().map(|globs| globs.matched(path, is_folder).map(|_| ()));
        let said = first(&stack.plain)
            .or(first(&stack.git))
            .or(exclude().next().unwrap_or(Match::None))
            .or(self.global.matched(path, is_folder).map(|_| ()));
        match said {
            Match::Ignore(()) => true,
            Match::Whitelist(()) => false,
            Match::None => path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')),
        }
    }

    fn stack(&self, folder: &Path) -> Arc<Stack> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(folder).cloned();
        if let Some(stack) = known {
            return stack;
        }
        let above = folder.parent().map(|above| self.stack(above)).unwrap_or_default();
        let begins = folder.join(".git").exists();
        let own = |name: &str| read(folder, &folder.join(name)).map(Arc::new);
        let with = |own: Option<Arc<Gitignore>>, above: &[Arc<Gitignore>]| -> Vec<Arc<Gitignore>> {
            own.into_iter().chain(above.iter().cloned()).collect()
        };
        let stack = Arc::new(Stack {
            plain: with(own(".ignore"), &above.plain),
            // What stands above a repository is not its own.
            git: with(own(".gitignore"), if begins { &[] } else { &above.git }),
            exclude: if begins { own(".git/info/exclude") } else { above.exclude.clone() },
        });
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.entry(folder.to_owned()).or_insert(stack).clone()
    }
}

/// The patterns of a file, which speak of what lies beneath a folder; nothing if there are none.
fn read(folder: &Path, file: &Path) -> Option<Gitignore> {
    let bytes = std::fs::read(file).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let mut builder = GitignoreBuilder::new(folder);
    for line in text.strip_prefix('\u{feff}').unwrap_or(&text).lines() {
        // A pattern that is none matches nothing, as in git.
        let _ = builder.add_line(Some(file.to_owned()), &with_plain_braces(line));
    }
    builder.build().ok().filter(|globs| !globs.is_empty())
}

/// A pattern whose braces are letters, as git reads them; the matcher would take them for a choice.
pub fn with_plain_braces(pattern: &str) -> String {
    let mut plain = String::with_capacity(pattern.len());
    let (mut escaped, mut in_class) = (false, false);
    for letter in pattern.chars() {
        if matches!(letter, '{' | '}') && !escaped && !in_class {
            plain.push('\\');
        }
        match letter {
            '[' if !escaped => in_class = true,
            ']' if !escaped => in_class = false,
            _ => {}
        }
        escaped = letter == '\\' && !escaped;
        plain.push(letter);
    }
    plain
}
