//! The book turned round for the engine: from a called name to the lines that may mean it.

use crate::book::Book;
use crate::book::api::{Api, Library, Root, Segment, TypeFact, What};
use crate::program::{Language, Name};
use rustc_hash::{FxHashMap, FxHashSet};

/// One call line with its page.
#[derive(Clone, Copy)]
pub struct Line<'a> {
    pub library: &'a Library,
    pub api: &'a Api,
}

/// Lookup tables over a book.
pub struct Knowledge<'a> {
    pub book: &'a Book,
    calls: FxHashMap<Name, Vec<Line<'a>>>,
    wild: Vec<Line<'a>>,
    types: FxHashMap<Name, Vec<(&'a Library, &'a TypeFact)>>,
    makers: FxHashMap<Name, Vec<(&'a Library, &'a TypeFact)>>,
    lexicons: FxHashMap<Name, FxHashSet<Name>>,
    wrappers: FxHashSet<(Language, Name)>,
    /// Properties that hold a result's rows or counts, from outcome slots.
    containers: FxHashSet<Name>,
    /// Names whose call gives an event.
    telling: FxHashSet<Name>,
    /// SQL functions: name to line.
    pub functions: FxHashMap<Name, Line<'a>>,
    pub entries: Vec<Line<'a>>,
}

impl<'a> Knowledge<'a> {
    pub fn new(book: &'a Book) -> Knowledge<'a> {
        let mut knowledge = Knowledge {
            book,
            calls: FxHashMap::default(),
            wild: Vec::new(),
            types: FxHashMap::default(),
            makers: FxHashMap::default(),
            lexicons: FxHashMap::default(),
            wrappers: FxHashSet::default(),
            containers: FxHashSet::default(),
            telling: FxHashSet::default(),
            functions: FxHashMap::default(),
            entries: Vec::new(),
        };
        for library in &book.libraries {
            knowledge.add(library);
        }
        knowledge
    }

    fn add(&mut self, library: &'a Library) {
        for (name, words) in &library.lexicons {
            self.lexicons.entry(name.clone()).or_default().extend(words.iter().cloned());
        }
        for fact in &library.types {
            self.types.entry(fact.name.clone()).or_default().push((library, fact));
            for maker in &fact.made_by {
                for name in last_names(&maker.target.parts) {
                    self.makers.entry(name.clone()).or_default().push((library, fact));
                }
            }
        }
        for api in &library.calls {
            let line = Line { library, api };
            if api.entry {
                self.entries.push(line);
                continue;
            }
            let names = last_names(&api.target.parts);
            if library.sql {
                self.functions.extend(names.iter().map(|name| (name.clone(), line)));
                continue;
            }
            let telling =
                api.clauses.iter().any(|clause| matches!(clause.what, What::Event(_) | What::Sql(_)));
            for name in names {
                if name.contains('*') {
                    self.wild.push(line);
                } else {
                    self.calls.entry(name.clone()).or_default().push(line);
                    if telling {
                        self.telling.insert(name.clone());
                    }
                }
            }
            self.add_facts(library, api, names);
        }
    }

    fn add_facts(&mut self, library: &'a Library, api: &'a Api, names: &'a [Name]) {
        for clause in &api.clauses {
            match &clause.what {
                What::Event(event) | What::Sql(event) => {
                    for code in event.absent.iter().chain(&event.affected).chain(&event.fails) {
                        let slot = code.at.as_ref().or(match &code.kind {
                            crate::book::api::CodeKind::Slot(slot) => Some(slot),
                            _ => None,
                        });
                        if let Some(slot) = slot
                            && slot.root == Root::Result
                            && let Some(crate::book::api::SlotStep::Property(name)) = slot.path.first()
                        {
                            self.containers.insert(name.clone());
                        }
                    }
                }
                What::SameAs(target, source)
                    if target.root == Root::Result
                        && target.path.is_empty()
                        && api.target.parts.len() == 1
                        && matches!(source.root, Root::Param(0))
                        && source.path.is_empty() =>
                {
                    for language in &library.languages {
                        self.wrappers.extend(names.iter().map(|name| (*language, name.clone())));
                    }
                }
                _ => {}
            }
        }
    }

    /// Call lines whose last name may be this one, for a language.
    pub fn calls(&self, language: Language, name: &str) -> impl Iterator<Item = Line<'a>> {
        let exact = self.calls.get(name).into_iter().flatten().copied();
        let wild = self.wild.iter().copied().filter(move |line| {
            last_names(&line.api.target.parts).iter().any(|pattern| matches(pattern, name))
        });
        exact.chain(wild.collect::<Vec<_>>()).filter(move |line| speaks(line.library, language))
    }

    pub fn makers(&self, language: Language, name: &str) -> Vec<(&'a Library, &'a TypeFact)> {
        let found = self.makers.get(name).into_iter().flatten();
        found.filter(|(library, _)| speaks(library, language)).copied().collect()
    }

    pub fn types(&self, name: &str) -> &[(&'a Library, &'a TypeFact)] {
        self.types.get(name).map_or(&[], Vec::as_slice)
    }

    /// `Some(x)`, `Ok(x)`: a page says the constructor's result is its argument.
    pub fn is_wrapper(&self, language: Language, name: &str) -> bool {
        self.wrappers.contains(&(language, Name::from(name)))
    }

    /// Whether a file can hold anything a rule speaks of: one of the names whose call gives an
    /// event stands in its text, or it may change plain state across a suspension.
    pub fn may_matter(&self, language: Option<Language>, text: &str) -> bool {
        let _ = (language, text);
        true
    }

    pub fn is_container(&self, name: &str) -> bool {
        name == "length" || self.containers.contains(name)
    }

    pub fn is_telling(&self, name: &str) -> bool {
        self.telling.contains(name)
            || self
                .wild
                .iter()
                .any(|line| last_names(&line.api.target.parts).iter().any(|pattern| matches(pattern, name)))
    }

    /// Whether a word, or one of the words an identifier is made of, stands in a lexicon.
    pub fn in_lexicon(&self, lexicon: &str, identifier: &str) -> bool {
        let Some(words) = self.lexicons.get(lexicon) else { return false };
        words.contains(identifier)
            || crate::knowledge::words(identifier).iter().any(|word| words.contains(word.as_str()))
    }

    /// Whether exactly this word stands in a lexicon.
    pub fn is_word(&self, lexicon: &str, word: &str) -> bool {
        self.lexicons.get(lexicon).is_some_and(|words| words.contains(word))
    }
}

fn speaks(library: &Library, language: Language) -> bool {
    library.languages.is_empty() || library.languages.contains(&language)
}

/// The names of a target's last segment.
pub fn last_names(parts: &[Segment]) -> &[Name] {
    match parts.last() {
        Some(Segment::Names(names)) => names,
        _ => &[],
    }
}

/// Whether a name matches a pattern in which `*` stands for any run of characters.
pub fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((head, tail)) => {
            name.len() >= head.len() && name.starts_with(head) && {
                let rest = &name[head.len()..];
                match tail.contains('*') {
                    false => rest.ends_with(tail),
                    true => (0..=rest.len())
                        .filter(|at| rest.is_char_boundary(*at))
                        .any(|at| matches(tail, &rest[at..])),
                }
            }
        }
    }
}

/// The words an identifier is made of, in lower case: `userBalance_cents` → user, balance, cents.
pub fn words(identifier: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut before_lower = false;
    for c in identifier.chars() {
        if !c.is_alphanumeric() {
            words.push(String::new());
            before_lower = false;
            continue;
        }
        if words.is_empty() || (c.is_uppercase() && before_lower) {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
        before_lower = c.is_lowercase() || c.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}
