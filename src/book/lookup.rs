//! The book turned into an index: which calls may a name in code mean?

use super::Book;
use super::api::{Api, Library, Segment, Target, TypeFact, What};
use crate::program::{Language, Name};
use rustc_hash::FxHashMap;
use std::collections::BTreeSet;

/// One call line of one library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ApiRef {
    /// Index into [`Book::libraries`].
    pub library: u32,
    /// Index into [`Library::calls`].
    pub call: u32,
}

/// One type line of one library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TypeRef {
    pub library: u32,
    /// Index into [`Library::types`].
    pub fact: u32,
}

/// How a call line's name is used in code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Use {
    Call,
    /// `name!(…)`.
    Macro,
    /// `new Name(…)`.
    New,
    /// A function that the outside calls.
    Entry,
}

impl Book {
    pub fn api(&self, at: ApiRef) -> &Api {
        &self.library_of(at).calls[at.call as usize]
    }

    pub fn library_of(&self, at: ApiRef) -> &Library {
        &self.libraries[at.library as usize]
    }

    pub fn type_fact(&self, at: TypeRef) -> &TypeFact {
        &self.libraries[at.library as usize].types[at.fact as usize]
    }
}

/// All names of a book. Every answer is in the order of libraries and lines.
#[derive(Debug, Default)]
pub struct Index {
    exact: FxHashMap<(Language, Use, Name), Vec<ApiRef>>,
    /// Names with `*` in them, and `{name}` at the end of a path, which is `*`.
    wild: Vec<(Language, Use, Name, ApiRef)>,
    /// Functions of SQL, in lower case.
    sql: FxHashMap<Name, Vec<ApiRef>>,
    types: FxHashMap<Name, Vec<TypeRef>>,
    named: FxHashMap<Name, Vec<TypeRef>>,
    supertypes: FxHashMap<Name, BTreeSet<Name>>,
    modules: FxHashMap<Name, Vec<u32>>,
    lexicons: FxHashMap<Name, Vec<Name>>,
    macros: FxHashMap<(Language, Name), super::api::MacroGrammar>,
}

impl Index {
    pub fn new(book: &Book) -> Index {
        let mut index = Index::default();
        for (at, library) in book.libraries.iter().enumerate() {
            index.add(at as u32, library);
        }
        index
    }

    fn add(&mut self, at: u32, library: &Library) {
        for (call, api) in library.calls.iter().enumerate() {
            self.add_call(library, api, ApiRef { library: at, call: call as u32 });
        }
        for (fact_at, fact) in library.types.iter().enumerate() {
            let reference = TypeRef { library: at, fact: fact_at as u32 };
            self.types.entry(fact.name.clone()).or_default().push(reference);
            for name in &fact.named {
                self.named.entry(name.clone()).or_default().push(reference);
            }
            if let Some(is) = &fact.is {
                self.supertypes.entry(fact.name.clone()).or_default().insert(is.clone());
            }
        }
        for module in &library.modules {
            self.modules.entry(module.name.clone()).or_default().push(at);
        }
        for (name, words) in &library.lexicons {
            self.lexicons.entry(name.clone()).or_default().extend(words.iter().cloned());
        }
        for (name, grammar) in &library.macros {
            for language in &library.languages {
                self.macros.insert((*language, name.clone()), *grammar);
            }
        }
    }

    fn add_call(&mut self, library: &Library, api: &Api, reference: ApiRef) {
        let used = match (api.entry, api.is_new, api.target.bang) {
            (true, _, _) => Use::Entry,
            (_, true, _) => Use::New,
            (_, _, true) => Use::Macro,
            _ => Use::Call,
        };
        for name in last_names(&api.target) {
            if library.sql {
                self.sql.entry(name.to_lowercase().into()).or_default().push(reference);
            }
            for language in &library.languages {
                if name.contains('*') {
                    self.wild.push((*language, used, name.clone(), reference));
                } else {
                    self.exact.entry((*language, used, name.clone())).or_default().push(reference);
                }
            }
        }
    }

    /// Calls whose last name is this one: those that name it, then those whose `*` matches it.
    pub fn calls(&self, language: Language, name: &str) -> impl Iterator<Item = ApiRef> {
        self.used(Use::Call, language, name)
    }

    /// The same for macros, constructions and entries.
    pub fn used(&self, used: Use, language: Language, name: &str) -> impl Iterator<Item = ApiRef> {
        let exact = self.exact.get(&(language, used, name.into())).into_iter().flatten().copied();
        let wild = self.wild.iter().filter(move |entry| entry.0 == language && entry.1 == used);
        let matching: Vec<ApiRef> =
            wild.filter(|entry| matches(&entry.2, name)).map(|entry| entry.3).collect();
        exact.chain(matching)
    }

    /// Functions that SQL text calls by this name.
    pub fn sql_calls(&self, name: &str) -> impl Iterator<Item = ApiRef> {
        self.sql.get(name.to_lowercase().as_str()).into_iter().flatten().copied()
    }

    /// Type lines of this name.
    pub fn types(&self, name: &str) -> impl Iterator<Item = TypeRef> {
        self.types.get(name).into_iter().flatten().copied()
    }

    /// Type lines that a receiver of this name suggests (`named redis|kv`).
    pub fn types_named(&self, receiver: &str) -> impl Iterator<Item = TypeRef> {
        self.named.get(receiver).into_iter().flatten().copied()
    }

    /// Whether calls of type `of` are calls of `name` too: it is that type, or `is` one.
    pub fn is_type(&self, name: &str, of: &str) -> bool {
        let mut open = vec![name];
        let mut seen = BTreeSet::new();
        while let Some(next) = open.pop() {
            if next == of {
                return true;
            }
            if seen.insert(next) {
                open.extend(self.supertypes.get(next).into_iter().flatten().map(Name::as_str));
            }
        }
        false
    }

    /// Libraries ([`Book::libraries`]) that code imports by this name.
    pub fn libraries_of(&self, module: &str) -> impl Iterator<Item = u32> {
        self.modules.get(module).into_iter().flatten().copied()
    }

    /// Words of a lexicon, of all pages together.
    pub fn lexicon(&self, name: &str) -> &[Name] {
        self.lexicons.get(name).map_or(&[], Vec::as_slice)
    }

    /// What stands between the parentheses of a macro.
    pub fn macro_grammar(&self, language: Language, name: &str) -> Option<super::api::MacroGrammar> {
        self.macros.get(&(language, name.into())).copied()
    }

    /// Texts of which one must occur in a file of this language for any call with an effect to be
    /// in it: names, or the longest piece of a name with `*`. Sorted, each once.
    pub fn needles(&self, book: &Book, language: Language) -> Vec<Name> {
        let has_event = |at: &ApiRef| {
            let mut clauses = book.api(*at).clauses.iter();
            clauses.any(|clause| matches!(clause.what, What::Event(_) | What::Sql(_) | What::Region(_)))
        };
        let exact = self.exact.iter().filter(|((of, _, _), _)| *of == language);
        let exact = exact.filter(|(_, at)| at.iter().any(has_event)).map(|((_, _, name), _)| name.clone());
        let wild = self.wild.iter().filter(|entry| entry.0 == language && has_event(&entry.3));
        let pieces =
            wild.filter_map(|entry| entry.2.split('*').max_by_key(|piece| piece.len()).map(Name::from));
        let all: BTreeSet<Name> = exact.chain(pieces).filter(|name| !name.is_empty()).collect();
        all.into_iter().collect()
    }
}

/// The names that a call by this path may end in; `*` for any.
pub fn last_names(target: &Target) -> Vec<Name> {
    match target.parts.last() {
        Some(Segment::Names(names)) => names.clone(),
        Some(Segment::Any | Segment::Bound(_)) => vec![Name::from("*")],
        None => Vec::new(),
    }
}

/// Whether a name is what a pattern says, where `*` is any run of characters.
pub fn matches(pattern: &str, name: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = name.strip_prefix(pieces.next().unwrap_or_default()) else { return false };
    let Some(last) = pattern.contains('*').then(|| pieces.next_back().unwrap_or_default()) else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::load::load_pages;

    #[test]
    fn stars_match_any_run() {
        assert!(matches("with*Lock", "withFileLock") && matches("with*Lock", "withLock"));
        assert!(!matches("with*Lock", "withLocks") && !matches("ab*ba", "aba"));
        assert!(matches("*", "x") && matches("a*b*c", "a1b2c") && matches("abc", "abc"));
        assert!(!matches("abc", "abcd") && !matches("a*b*c", "ac"));
    }

    #[test]
    fn names_find_their_lines() {
        let lines = "language rust typescript\nmodule m\ntype A: new A named a|b\ntype B is A\nlexicon money cents\n\
            macro p expressions\nA.get|load(x): read file(x)\nwith*Lock(f): take lock(f)\nnew A(x): x fresh\n\
            check!(x): x asserted\nentry handler(e): attempt\n";
        let sql = "# S\n\n```library\nlanguage sql\nNow(): result fresh\n```\n".to_owned();
        let pages =
            vec![("l.md".to_owned(), format!("# L\n\n```library\n{lines}```\n")), ("s.md".to_owned(), sql)];
        let (book, errors) = load_pages(pages);
        assert_eq!(errors, []);
        let index = Index::new(&book);
        let found = |name| index.calls(Language::Rust, name).map(|at| at.call).collect::<Vec<_>>();
        assert_eq!((found("load"), found("withALock"), found("check")), (vec![0], vec![1], vec![]));
        assert_eq!(index.used(Use::New, Language::TypeScript, "A").count(), 1);
        assert_eq!(index.used(Use::Macro, Language::Rust, "check").count(), 1);
        assert_eq!(index.used(Use::Entry, Language::Rust, "handler").count(), 1);
        assert_eq!(index.sql_calls("NOW").count(), 1);
        assert!(index.is_type("B", "A") && !index.is_type("A", "B"));
        assert_eq!(index.types_named("b").count(), 1);
        assert_eq!(index.lexicon("money"), ["cents"]);
        assert_eq!(index.libraries_of("m").collect::<Vec<_>>(), [0]);
        assert_eq!(index.needles(&book, Language::Rust), ["Lock", "get", "handler", "load"]);
    }
}
