//! Which types of the pages a name suggests, each name worked out once a run.

use super::{matches, words};
use crate::book::Book;
use crate::book::api::{Library, TypeFact};
use crate::program::Name;
use rustc_hash::FxHashMap;
use std::sync::{Arc, RwLock};

/// A type and the page that describes it.
type Suggested<'a> = (&'a Library, &'a TypeFact);

/// The `named` patterns of all pages, made ready, and what was asked of them so far.
pub(super) struct Hints<'a> {
    patterns: Vec<(Pattern<'a>, Suggested<'a>)>,
    /// By name, places in `patterns`.
    known: RwLock<FxHashMap<Name, Arc<[u32]>>>,
}

enum Pattern<'a> {
    /// With `*` for any run of characters.
    Wild(&'a str),
    /// A name, folded, and the words it is made of.
    Plain { folded: String, words: Vec<String> },
}

impl<'a> Hints<'a> {
    pub(super) fn new(book: &'a Book) -> Hints<'a> {
        let facts = book.libraries.iter().flat_map(|page| page.types.iter().map(move |fact| (page, fact)));
        let patterns = facts
            .flat_map(|suggested| suggested.1.named.iter().map(move |name| (Pattern::new(name), suggested)))
            .collect();
        Hints { patterns, known: RwLock::default() }
    }

    /// Whether a value of this name may have a type of a page that satisfies a test.
    pub(super) fn any(&self, hint: &Name, mut test: impl FnMut(&'a Library, &'a TypeFact) -> bool) -> bool {
        self.of(hint).iter().any(|at| {
            let (_, (library, fact)) = &self.patterns[*at as usize];
            test(library, fact)
        })
    }

    fn of(&self, hint: &Name) -> Arc<[u32]> {
        if let Ok(known) = self.known.read()
            && let Some(found) = known.get(hint)
        {
            return found.clone();
        }
        let (folded, words) = (fold(hint), words(hint));
        let places = (0..).zip(&self.patterns);
        let found: Arc<[u32]> = places
            .filter(|(_, (pattern, _))| pattern.suggests(hint, &folded, &words))
            .map(|(at, _)| at)
            .collect();
        if let Ok(mut known) = self.known.write() {
            known.insert(hint.clone(), found.clone());
        }
        found
    }
}

impl<'a> Pattern<'a> {
    fn new(pattern: &'a str) -> Pattern<'a> {
        match pattern.contains('*') {
            true => Pattern::Wild(pattern),
            false => Pattern::Plain { folded: fold(pattern), words: words(pattern) },
        }
    }

    /// Whether a name is this one but for case, or begins or ends in its words.
    fn suggests(&self, hint: &str, hint_folded: &str, hint_words: &[String]) -> bool {
        match self {
            Pattern::Wild(pattern) => matches(pattern, hint),
            Pattern::Plain { folded, words } => {
                hint_folded == folded
                    || hint_words.ends_with(words)
                    || (hint_words.len() > words.len() && hint_words.starts_with(words))
            }
        }
    }
}

fn fold(text: &str) -> String {
    text.to_lowercase().replace('_', "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_suggest_by_whole_words() {
        let says =
            |pattern: &str, hint: &str| Pattern::new(pattern).suggests(hint, &fold(hint), &words(hint));
        assert!(says("redis", "redisClient") && says("redis", "sessionRedis") && says("redis", "Redis"));
        assert!(!says("redis", "predis") && !says("db", "dbase"));
        assert!(says("*Repository", "walletRepository") && !says("*Repository", "repositoryOfWallets"));
    }
}
