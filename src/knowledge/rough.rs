//! Where a race costs little: tests, fixtures, scripts, generated code.

use super::{Knowledge, words};
use crate::program::Name;
use std::path::Path;

/// Whether a file lies where races cost little, by the names of its folders and its own.
pub(super) fn is_rough(knowledge: &Knowledge<'_>, path: &Path) -> bool {
    let mut parts = path.iter().filter_map(|part| part.to_str()).peekable();
    while let Some(part) = parts.next() {
        let is_file = parts.peek().is_none();
        let rough = if is_file {
            let stem: Vec<&str> = part.split('.').collect();
            part == "build.rs"
                || stem.get(1..).is_some_and(|ends| {
                    ends.iter().any(|end| matches!(*end, "test" | "spec" | "stories" | "bench"))
                })
                || stem.first().is_some_and(|stem| {
                    *stem == "tests"
                        || stem.ends_with("_test")
                        || stem.starts_with("test_")
                        || words(stem).iter().any(|word| knowledge.is_word("rough-file", word))
                })
        } else {
            knowledge.is_word("rough", &part.to_lowercase().replace("__", ""))
                || words(part).iter().any(|word| knowledge.is_word("rough-part", word))
        };
        if rough {
            return true;
        }
    }
    false
}

/// Whether a function's name says that it is there for tests: `resetCacheForTests`.
pub(super) fn is_for_trials(knowledge: &Knowledge<'_>, name: &str) -> bool {
    let words = words(name);
    words.windows(2).any(|pair| pair[0] == "for" && knowledge.is_word("trial", &pair[1]))
}

/// Whether a function's marks say that it is a test or a benchmark.
pub fn is_trial<'m>(marks: impl IntoIterator<Item = &'m Name>) -> bool {
    let mut last = marks.into_iter().filter_map(|mark| mark.rsplit('.').next());
    last.any(|last| last == "test" || last == "bench")
}
