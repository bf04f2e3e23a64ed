//! The book turned round for the engine: from a called name to the lines that may mean it.

mod hints;
mod rough;

pub use rough::is_trial;

use crate::book::Book;
use crate::book::api::{Api, IsolationWord, Library, Root, Segment, Target, TypeFact, What};
use crate::book::words::{Adjective, Isolation, Noun, Region, Trait, Verb, Verbs};
use crate::program::{Language, Name};
use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use globset::{Glob, GlobSet, GlobSetBuilder};
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
    /// Lines whose name is a pattern, in the order of `patterns`.
    wild: Vec<Line<'a>>,
    patterns: GlobSet,
    /// Finds names whose call gives an event in a text.
    needles: Option<AhoCorasick>,
    /// Needles up to this one are whole names; the rest are pieces of patterns.
    whole: usize,
    /// Finds the pages' modules as imports spell them, and whose page each is.
    mentions: Option<AhoCorasick>,
    mentioned: Vec<&'a Library>,
    callable: Vec<(&'a Library, &'a TypeFact)>,
    hints: hints::Hints<'a>,
    types: FxHashMap<Name, Vec<(&'a Library, &'a TypeFact)>>,
    makers: FxHashMap<Name, Vec<(&'a Library, &'a TypeFact)>>,
    lexicons: FxHashMap<Name, FxHashSet<Name>>,
    wrappers: FxHashSet<(Language, Name)>,
    /// Calls that run what they are given beside everything else.
    starters: FxHashSet<(Language, Name)>,
    /// Types whose constructor shares what it is given.
    sharing: FxHashSet<(Language, Name)>,
    /// Properties that hold a result's rows or counts, from outcome slots.
    containers: FxHashSet<Name>,
    /// Names whose call gives an event.
    telling: FxHashSet<Name>,
    /// Codes by which one client or another tells a refused row: `P2002`, `23505`.
    refusals: FxHashSet<Name>,
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
            patterns: GlobSet::empty(),
            needles: None,
            whole: 0,
            mentions: None,
            mentioned: Vec::new(),
            callable: Vec::new(),
            hints: hints::Hints::new(book),
            types: FxHashMap::default(),
            makers: FxHashMap::default(),
            lexicons: FxHashMap::default(),
            wrappers: FxHashSet::default(),
            starters: FxHashSet::default(),
            sharing: FxHashSet::default(),
            containers: FxHashSet::default(),
            telling: FxHashSet::default(),
            refusals: FxHashSet::default(),
            functions: FxHashMap::default(),
            entries: Vec::new(),
        };
        for library in &book.libraries {
            knowledge.add(library);
        }
        knowledge.index_patterns();
        knowledge.index_modules();
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
        let callable = library.types.iter().filter(|fact| {
            let called = |target: &crate::book::api::Target| {
                matches!(target.parts.as_slice(), [Segment::Names(names)] if names.contains(&fact.name))
            };
            library.types.iter().flat_map(|fact| &fact.made_by).any(|maker| !maker.is_new && called(&maker.target))
                || library.calls.iter().any(|api| !api.entry && called(&api.target))
        });
        self.callable.extend(callable.map(|fact| (library, fact)));
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
                    if !self.wild.last().is_some_and(|last| std::ptr::eq(last.api, api)) {
                        self.wild.push(line);
                    }
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
                    if event.noun == crate::book::words::Noun::Row || matches!(clause.what, What::Sql(_)) {
                        self.refusals.extend(event.fails.iter().filter_map(|code| match &code.kind {
                            crate::book::api::CodeKind::Throws(code) => code.clone(),
                            _ => None,
                        }));
                    }
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
                What::Invokes { regions, .. } if regions.has(Region::Task) => {
                    for language in &library.languages {
                        self.starters.extend(names.iter().map(|name| (*language, name.clone())));
                    }
                }
                What::Is(slot, Adjective::Published) if matches!(slot.root, Root::Param(0)) => {
                    if let [Segment::Names(types), Segment::Names(makers)] = api.target.parts.as_slice()
                        && makers.iter().any(|name| name == "new")
                    {
                        for language in &library.languages {
                            self.sharing.extend(types.iter().map(|name| (*language, name.clone())));
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Call lines whose last name may be this one, for a language.
    pub fn calls(&self, language: Language, name: &str) -> impl Iterator<Item = Line<'a>> {
        let exact = self.calls.get(name).into_iter().flatten().copied();
        let wild: Vec<Line<'a>> = self.patterns.matches(name).into_iter().map(|at| self.wild[at]).collect();
        exact.chain(wild).filter(move |line| speaks(line.library, language))
    }

    /// Patterns as one set, and the needles of the pre-scan.
    fn index_patterns(&mut self) {
        let mut builder = GlobSetBuilder::new();
        let mut lines = Vec::new();
        let mut pieces: Vec<String> = Vec::new();
        for line in &self.wild {
            for pattern in last_names(&line.api.target.parts).iter().filter(|name| name.contains('*')) {
                let Ok(glob) = Glob::new(pattern) else { continue };
                builder.add(glob);
                lines.push(*line);
                if is_telling_line(line.api) {
                    let longest = pattern.split('*').max_by_key(|piece| piece.len());
                    pieces.extend(longest.map(str::to_owned));
                }
            }
        }
        self.wild = lines;
        self.patterns = builder.build().unwrap_or_else(|_| GlobSet::empty());
        let mut needles: Vec<String> = self.telling.iter().map(|name| name.to_string()).collect();
        needles.sort();
        pieces.sort();
        pieces.dedup();
        self.whole = needles.len();
        // A pattern without a literal piece could match anything: then nothing is filtered.
        if pieces.iter().all(|piece| piece.len() > 2) {
            needles.extend(pieces);
            self.needles = AhoCorasick::builder().match_kind(MatchKind::Standard).build(&needles).ok();
        }
    }

    /// Modules as an import quotes them, crates as a path begins with them.
    fn index_modules(&mut self) {
        let mut quoted = Vec::new();
        for library in &self.book.libraries {
            for module in library.modules.iter().filter(|module| !module.name.contains('*')) {
                let is_crate = library.languages.contains(&Language::Rust) && !module.name.contains("::");
                let spelled = match is_crate {
                    true => vec![format!("{}::", module.name)],
                    false => ['\'', '"'].map(|quote| format!("{quote}{}{quote}", module.name)).to_vec(),
                };
                for text in spelled {
                    quoted.push(text);
                    self.mentioned.push(library);
                }
            }
        }
        // Nearly every file has some import: what skips ahead to rare bytes stops at each of them.
        let mut builder = AhoCorasick::builder();
        self.mentions = builder.prefilter(false).kind(Some(AhoCorasickKind::DFA)).build(&quoted).ok();
    }

    /// The page that speaks of a module.
    pub fn library_of(&self, module: &str) -> Option<&'a Library> {
        let mut libraries = self.book.libraries.iter();
        libraries.find(|library| library.modules.iter().any(|known| known.name == module))
    }

    /// Whether a page's module may be meant where a file imports something of this name.
    pub fn is_spelled_module(&self, import: &str) -> bool {
        self.book.libraries.iter().flat_map(|library| &library.modules).any(|module| {
            let name = module.name.split("::").next().unwrap_or_default();
            import == name || import.strip_prefix("node:") == Some(name) || matches(&module.name, import)
        })
    }

    /// The libraries that a file's text imports by name.
    pub fn libraries_in(&self, text: &str) -> FxHashSet<Name> {
        let Some(mentions) = &self.mentions else { return FxHashSet::default() };
        let part_of_path =
            |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':'));
        let begins = |at: usize| {
            let quoted = text[at..].starts_with(['\'', '"']);
            quoted || !part_of_path(at.checked_sub(1).and_then(|at| text.as_bytes().get(at)))
        };
        let found = mentions.find_iter(text).filter(|found| begins(found.start()));
        found.map(|found| self.mentioned[found.pattern().as_usize()].name.clone()).collect()
    }

    /// The type of a page whose values are themselves called: `knex('wallets')`.
    pub fn callable(&self, language: Language) -> impl Iterator<Item = (&'a Library, &'a TypeFact)> {
        self.callable.iter().filter(move |(library, _)| speaks(library, language)).copied()
    }

    /// Whether a name suggests a type of a page that satisfies a test.
    pub fn suggests(&self, name: &Name, test: impl FnMut(&'a Library, &'a TypeFact) -> bool) -> bool {
        self.hints.any(name, test)
    }

    pub fn makers(&self, language: Language, name: &str) -> Vec<(&'a Library, &'a TypeFact)> {
        let found = self.makers.get(name).into_iter().flatten();
        found.filter(|(library, _)| speaks(library, language)).copied().collect()
    }

    pub fn types(&self, name: &str) -> &[(&'a Library, &'a TypeFact)] {
        self.types.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether a type of a library is that of transactions which are serializable, all of them: every
    /// call that makes one says so.
    pub fn is_serializable(&self, language: Language, module: &str, name: &str) -> bool {
        let serial = |line: &Line<'_>| {
            line.api.clauses.iter().any(|clause| match &clause.what {
                What::Event(event) => {
                    let word = event.isolation.as_ref();
                    event.verb == Verb::Take
                        && event.noun == Noun::Transaction
                        && word.is_some_and(|word| *word == IsolationWord::Word(Isolation::Serializable))
                }
                _ => false,
            })
        };
        let mut facts = self.types(name).iter().filter(|(library, _)| {
            speaks(library, language) && library.modules.iter().any(|known| known.name == module)
        });
        facts.any(|(library, fact)| {
            let names = fact.made_by.iter().flat_map(|maker| last_names(&maker.target.parts));
            let mut makers = names.map(|name| {
                self.calls(language, name).any(|line| std::ptr::eq(line.library, *library) && serial(&line))
            });
            !fact.made_by.is_empty() && makers.all(|is| is)
        })
    }

    /// `Some(x)`, `Ok(x)`: a page says the constructor's result is its argument.
    pub fn is_wrapper(&self, language: Language, name: &str) -> bool {
        self.wrappers.contains(&(language, Name::from(name)))
    }

    /// Whether a page describes calls on a type that look at or change memory, or lock it.
    pub fn is_memory(&self, name: &str) -> bool {
        self.types.get(name).into_iter().flatten().any(|(library, fact)| {
            let of = |target: &Target| match target.parts.first() {
                Some(Segment::Names(names)) => {
                    names.contains(&fact.name) || fact.is.as_ref().is_some_and(|is| names.contains(is))
                }
                _ => false,
            };
            library.calls.iter().filter(|api| of(&api.target)).flat_map(|api| &api.clauses).any(|clause| {
                match &clause.what {
                    What::Event(event) => {
                        matches!(event.noun, Noun::State | Noun::Entry | Noun::Atomic | Noun::Lock)
                    }
                    _ => false,
                }
            })
        })
    }

    /// Whether a page says that a call of this name starts a task: `spawn`.
    pub fn starts_task(&self, language: Language, name: &str) -> bool {
        self.starters.contains(&(language, Name::from(name)))
    }

    /// Whether a page says that a call of this name runs a function it is given, before it returns.
    pub fn runs_at_once(&self, language: Language, name: &str) -> bool {
        let runs = |what: &What| matches!(what, What::Invokes { regions, .. } if !regions.has(Region::Task));
        self.calls(language, name).any(|line| line.api.clauses.iter().any(|clause| runs(&clause.what)))
    }

    /// Whether a call of this name can change or lock memory.
    pub fn may_change_memory(&self, language: Language, name: &str) -> bool {
        self.may_change(language, name, |noun| matches!(noun, Noun::State | Noun::Entry | Noun::Atomic))
    }

    /// Like `may_change_memory`, for one kind of memory: what changes an atomic changes no list, and
    /// the other way round.
    pub fn may_change_kind(&self, language: Language, name: &str, kind: Noun) -> bool {
        let atomic = kind == Noun::Atomic;
        self.may_change(language, name, |noun| match noun {
            Noun::Atomic => atomic,
            Noun::State | Noun::Entry => !atomic,
            _ => false,
        })
    }

    fn may_change(&self, language: Language, name: &str, is_kind: impl Fn(Noun) -> bool) -> bool {
        let changes = |what: &What| match what {
            What::Event(event) => match event.noun {
                Noun::Lock => {
                    let shared =
                        |(kind, _, when): &(Trait, _, Option<_>)| *kind == Trait::Shared && when.is_none();
                    is_kind(Noun::State) && event.verb == Verb::Take && !event.traits.iter().any(shared)
                }
                noun => is_kind(noun) && Verbs::CHANGE.has(event.verb),
            },
            _ => false,
        };
        self.calls(language, name).any(|line| line.api.clauses.iter().any(|clause| changes(&clause.what)))
    }

    /// Whether a page says that the constructor of a type shares what goes into it.
    pub fn is_sharing(&self, language: Language, name: &str) -> bool {
        self.sharing.contains(&(language, Name::from(name)))
    }

    /// Whether a file can hold anything a rule speaks of: one of the names whose call gives an
    /// event stands in its text.
    pub fn may_matter(&self, text: &str) -> bool {
        let Some(needles) = &self.needles else { return true };
        let part_of_name = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let bytes = text.as_bytes();
        needles.find_overlapping_iter(text).any(|found| {
            found.pattern().as_usize() >= self.whole
                || !(part_of_name(found.start().checked_sub(1).and_then(|at| bytes.get(at)))
                    || part_of_name(bytes.get(found.end())))
        })
    }

    pub fn is_container(&self, name: &str) -> bool {
        name == "length" || self.containers.contains(name)
    }

    pub fn is_telling(&self, name: &str) -> bool {
        self.telling.contains(name)
            || self.finds_by_code(name)
            || self.patterns.matches(name).into_iter().any(|at| is_telling_line(self.wild[at].api))
    }

    /// `findInviteByToken`: a row that is asked for by a code, whoever keeps it.
    fn finds_by_code(&self, name: &str) -> bool {
        let Some((_, column)) = name.split_once("By") else { return false };
        let first = words(name);
        let fetches = first.first().is_some_and(|word| self.is_word("fetches", word));
        fetches && self.in_lexicon("code", column)
    }

    /// Whether a word, or one of the words an identifier is made of, stands in a lexicon.
    pub fn in_lexicon(&self, lexicon: &str, identifier: &str) -> bool {
        let Some(words) = self.lexicons.get(lexicon) else { return false };
        words.contains(identifier)
            || crate::knowledge::words(identifier).iter().any(|word| words.contains(word.as_str()))
    }

    /// Whether some client shows a refused row by this code.
    pub fn is_refusal(&self, code: &str) -> bool {
        self.refusals.contains(code)
    }

    /// Whether a file lies where races cost little: tests, fixtures, scripts, generated code.
    pub fn is_rough(&self, path: &std::path::Path) -> bool {
        rough::is_rough(self, path)
    }

    /// Whether a function's name says that it is there for tests.
    pub fn is_for_trials(&self, name: &str) -> bool {
        rough::is_for_trials(self, name)
    }

    /// The words of a lexicon, in no order.
    pub fn words_of(&self, lexicon: &str) -> impl Iterator<Item = &Name> {
        self.lexicons.get(lexicon).into_iter().flatten()
    }

    /// Whether exactly this word stands in a lexicon.
    pub fn is_word(&self, lexicon: &str, word: &str) -> bool {
        self.lexicons.get(lexicon).is_some_and(|words| words.contains(word))
    }
}

/// Whether a call of this line gives an event.
fn is_telling_line(api: &Api) -> bool {
    api.clauses.iter().any(|clause| matches!(clause.what, What::Event(_) | What::Sql(_)))
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
