//! What a library page says, as data: which calls exist and what each one does.

use super::words::{Adjective, Founds, Isolation, Noun, Regions, Trait, Verb};
use crate::program::{Language, Name};
use serde::{Deserialize, Serialize};

/// One library page.
#[derive(Debug)]
pub struct Library {
    /// File name without `.md`.
    pub name: Name,
    pub title: String,
    /// Languages the page speaks of; a SQL page has none and sets `sql`.
    pub languages: Vec<Language>,
    pub sql: bool,
    /// `module a b`: how code imports it, with an optional version range each.
    pub modules: Vec<Module>,
    pub dialect: Option<Name>,
    /// `callback error result`: what a last function argument receives.
    pub callback: Vec<Slot>,
    /// `raised error.code`: where the CODE of `throws CODE` stands.
    pub raised: Vec<Slot>,
    /// `attests proven written`.
    pub attests: Vec<(Name, Name)>,
    pub macros: Vec<(Name, MacroGrammar)>,
    /// Word lists that roles, contention and the like use: `lexicon money balance amount …`.
    pub lexicons: Vec<(Name, Vec<Name>)>,
    pub types: Vec<TypeFact>,
    pub calls: Vec<Api>,
    pub fixes: Vec<FixTemplate>,
    /// Texts that race tests are made of, by their names.
    pub templates: Vec<(Name, String)>,
    /// What a race test gives for a parameter: `names: types` to code.
    pub values: Vec<(String, String)>,
    /// The Markdown below the heading, without code: shown by `explain`.
    pub prose: String,
    /// Path of the page, for messages.
    pub path: String,
}

#[derive(Debug, Clone)]
pub struct Module {
    pub name: Name,
    /// The name's parts, as a Rust path spells them: `std::fs` is `std`, `fs`.
    pub path: Vec<Name>,
    /// A semver range as written after `@`.
    pub versions: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MacroGrammar {
    /// Comma-separated expressions, named arguments and format strings included.
    Expressions,
    /// `pattern = future => body` arms.
    Arms,
    /// A format string with its values, which is what the macro gives.
    Format,
    /// A text, which is what the macro gives.
    Text,
    /// Not code.
    Skip,
}

impl Library {
    /// The type that the page gives `new` of another: what rows of a model are.
    pub fn instance_of(&self, class: &str) -> Option<&TypeFact> {
        let makes = |maker: &Maker| {
            let parts = maker.target.parts.as_slice();
            maker.is_new && matches!(parts, [Segment::Names(names)] if names.iter().any(|name| name == class))
        };
        self.types.iter().find(|fact| fact.made_by.iter().any(makes))
    }
}

/// `type Redis: new Redis, Pool.connect() named redis|kv pooled`.
#[derive(Debug, Clone)]
pub struct TypeFact {
    pub name: Name,
    /// Inherits the calls of this type.
    pub is: Option<Name>,
    pub made_by: Vec<Maker>,
    /// Receiver names that suggest it.
    pub named: Vec<Name>,
    pub pooled: bool,
    pub line: u32,
}

#[derive(Debug, Clone)]
pub struct Maker {
    pub is_new: bool,
    pub target: Target,
}

/// A path on the left of a call line, from the outside in: `Redis.get` is `[Redis, get]`;
/// `*.{model}.findUnique` is `[*, {model}, findUnique]`.
#[derive(Debug, Clone, PartialEq)]
pub struct Target {
    pub parts: Vec<Segment>,
    /// A macro: `assert!`.
    pub bang: bool,
}

impl Target {
    /// The names that a call by this path may end in; none if any may.
    pub fn last_names(&self) -> &[Name] {
        match self.parts.last() {
            Some(Segment::Names(names)) => names,
            Some(Segment::Any | Segment::Bound(_)) | None => &[],
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub enum Segment {
    /// One of these names; a `*` inside a name matches any run of characters.
    Names(Vec<Name>),
    /// `*`: any receiver expression (leading position only).
    Any,
    /// `{model}`: binds the field name found there.
    Bound(Name),
}

/// One call line.
#[derive(Debug, Clone)]
pub struct Api {
    /// `entry`: not a call but a function that the outside calls (`entry handler(event)`).
    pub entry: bool,
    /// `new Redlock(clients)`: a construction.
    pub is_new: bool,
    pub target: Target,
    pub params: Vec<Param>,
    /// `in "glob"`: only in files whose path matches.
    pub within: Option<String>,
    pub clauses: Vec<Clause>,
    pub line: u32,
}

impl Api {
    /// Whether the line speaks of files at this path: of all, where it names none.
    pub fn covers(&self, path: &std::path::Path) -> bool {
        let Some(within) = &self.within else { return true };
        globset::Glob::new(within).is_ok_and(|glob| glob.compile_matcher().is_match(path))
    }

    /// Whether all that a call does is to take something, for as long as what it gives lives.
    pub fn only_takes(&self) -> bool {
        let lasts = |held: &(HeldWhile, Cond)| matches!(held.0, HeldWhile::Slot(_));
        let [Clause { what: What::Event(event), .. }] = self.clauses.as_slice() else { return false };
        event.verb == Verb::Take && event.held.iter().any(lasts)
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    pub name: Name,
    /// `...rest`.
    pub rest: bool,
    /// `args{where, data}`: properties the argument must have.
    pub needs: Vec<Name>,
}

/// Where a value stands at a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    pub root: Root,
    pub path: Vec<SlotStep>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Root {
    /// Index into [`Api::params`].
    Param(usize),
    Receiver,
    /// `{model}` of the target.
    Bound(Name),
    Result,
    Error,
    /// `chain.NAME`: the first argument of an earlier builder call of that name.
    Chain(Name),
    /// Parameter of the callback named by `during f(p)` or `invokes f(p)`.
    Callback(Name),
    Literal(Name),
    /// `map(list, k, v)`: `[{k: column, v: value}]` as a record.
    Map {
        list: Box<Slot>,
        key: Name,
        value: Name,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlotStep {
    Property(Name),
    /// `.*`: each element or property.
    Each,
    /// `.chain.bind`: what an earlier call of the chain that made the value was given.
    Chain(Name),
}

#[derive(Debug, Clone)]
pub struct Clause {
    pub what: What,
    /// `if test`.
    pub when: Option<Test>,
}

#[derive(Debug, Clone)]
pub enum What {
    Event(EventClause),
    /// `sql(text, values)`: parse the text and do what it says.
    Sql(EventClause),
    /// `slot same-as slot`.
    SameAs(Slot, Slot),
    /// `slot part-of slot slot…`.
    PartOf(Slot, Vec<Slot>),
    /// `slot field-of slot slot`: the field of a record that the last slot names or numbers.
    FieldOf(Slot, Slot, Slot),
    Is(Slot, Adjective),
    /// `invokes f(a, b) task`.
    Invokes {
        target: Slot,
        args: Vec<Slot>,
        regions: Regions,
    },
    /// The function itself runs so (`entry` lines).
    Region(Regions),
    /// `flushes`: writes every row that was looked up through this page and changed as an object.
    Flushes,
}

/// `VERB NOUN(slots) modifiers`; for [`What::Sql`] verb and noun mean nothing.
#[derive(Debug, Clone)]
pub struct EventClause {
    pub verb: Verb,
    pub noun: Noun,
    pub slots: Vec<Slot>,
    /// `[mode owner] when …`.
    pub fields: Vec<(Vec<Name>, Cond)>,
    pub sets: Option<Slot>,
    pub on: Option<Slot>,
    pub isolation: Option<IsolationWord>,
    pub traits: Vec<(Trait, Option<Slot>, Cond)>,
    pub absent: Vec<Code>,
    pub fails: Vec<Code>,
    pub affected: Vec<Code>,
    pub held: Vec<(HeldWhile, Cond)>,
    /// `during f(p)`: while the callback `f`, which receives these, runs.
    pub during: Option<(Slot, Vec<Name>)>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum IsolationWord {
    Word(Isolation),
    Slot(Slot),
}

/// `while …`: how long a hold lasts.
#[derive(Debug, Clone, PartialEq)]
pub enum HeldWhile {
    /// As long as the value in this slot lives.
    Slot(Slot),
    Transaction,
    Session,
}

/// How an outcome shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    pub kind: CodeKind,
    /// `at slot`.
    pub at: Option<Slot>,
    pub when: Cond,
}

#[derive(Debug, Clone, PartialEq)]
pub enum CodeKind {
    /// `null`: null, undefined, None.
    Null,
    /// `[]`.
    Empty,
    Number(Name),
    Bool(bool),
    /// No error shows.
    Fine,
    /// `throws`, `throws ENOENT`; raises or gives Err.
    Throws(Option<Name>),
    /// A slot holds it (`affected = result.count`).
    Slot(Slot),
}

/// `when test` / `unless test`; `None` is always.
pub type Cond = Option<Test>;

#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// `unless`.
    pub negated: bool,
    pub slot: Slot,
    pub kind: TestKind,
}

#[derive(Debug, Clone, PartialEq)]
pub enum TestKind {
    /// There and not false; for `result`: the caller uses it.
    There,
    /// Equals one of these.
    In(Vec<Name>),
    /// The list, flags or text holds one of these.
    Has(Vec<Name>),
}

/// How safe a rewrite is to apply.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Applicability {
    /// Same meaning apart from the race.
    Safe,
    /// Meaning may shift as the note says.
    #[default]
    Suggested,
    /// Shown only.
    Sketch,
}

/// A `fix` fence of a library page (TOML): how this library says the atomic form. What its texts
/// may hold says [`crate::template`].
#[derive(Debug, Clone, Default)]
pub struct FixTemplate {
    /// Rules it answers.
    pub rules: Vec<Name>,
    /// What it rewrites, the first that matches: source text with holes, `writeFileSync({path}, {data})`.
    pub patterns: Vec<String>,
    /// The patterns (`code`) begin at the check's statement and reach over the act; else (`act`)
    /// they begin at the act.
    pub whole: bool,
    /// What must stand at the check, or whatever else comes first; its holes have values too.
    pub first: Vec<String>,
    /// It is `first` that is rewritten, and the act is left.
    pub rewrites_first: bool,
    /// What it becomes, with the same holes.
    pub becomes: String,
    pub check: CheckFate,
    /// Only where the check found this on the way to the act; empty: whatever it found. An
    /// exclusive flag is right for what was absent, and turns the meaning round for the rest.
    pub found: Founds,
    /// How a condition of each kind is written, for the hole `{conditions}`.
    pub spellings: Vec<(Comparison, String)>,
    /// What stands between two conditions.
    pub between: String,
    /// How the value of a condition is handed over, for the hole `{values}`.
    pub value: String,
    /// A statement behind the act's own, which then binds its result to `{changed}`.
    pub after: Option<String>,
    /// The act's result becomes another thing: not where it has a name already.
    pub new_result: bool,
    /// Modules, parted by `|`, then the names to import from the first that the file knows; only
    /// those that the new text uses. Or one whole line of Rust.
    pub import: Vec<String>,
    /// Holes that stand for names which nothing behind the rewritten code may use.
    pub unused: Vec<String>,
    /// Holes whose text may say nothing of the row that the check gave, but for fields that the
    /// conditions hold fast.
    pub apart: Vec<String>,
    /// Words of which one must stand before the act; empty: anything may.
    pub behind: Vec<String>,
    /// What may not stand behind the rewritten code.
    pub ahead: Vec<String>,
    /// Words and signs that may stand in no captured text; a hole stands for what it captured, and
    /// may not stand in statements.
    pub without: Vec<String>,
    pub title: String,
    /// How meaning may shift.
    pub note: Option<String>,
    pub applicability: Applicability,
    pub line: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CheckFate {
    #[default]
    Keep,
    /// `if (check) { act }` becomes `act`.
    Unwrap,
}

/// How a field is compared on the way to an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Comparison {
    Equal,
    Least,
    Most,
    More,
    Less,
    /// It is null.
    Unset,
    /// It is what the read gave.
    Unchanged,
}

impl Comparison {
    pub const ALL: [Comparison; 7] = [
        Comparison::Equal,
        Comparison::Least,
        Comparison::Most,
        Comparison::More,
        Comparison::Less,
        Comparison::Unset,
        Comparison::Unchanged,
    ];

    /// The key of a template that spells it.
    pub fn key(self) -> &'static str {
        match self {
            Comparison::Equal => "equal",
            Comparison::Least => "least",
            Comparison::Most => "most",
            Comparison::More => "more",
            Comparison::Less => "less",
            Comparison::Unset => "unset",
            Comparison::Unchanged => "unchanged",
        }
    }
}

/// What a hole stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HoleKind {
    Expression,
    Operand,
    Arguments,
    Chain,
    Statements,
    Text,
}

/// `{name}` at the start of a text, and what follows it.
pub fn hole(text: &str) -> Option<(HoleKind, &str, &str)> {
    let (inner, after) = text.strip_prefix('{')?.split_once('}')?;
    let kinds = [
        ("=", HoleKind::Operand),
        ("..", HoleKind::Arguments),
        (">", HoleKind::Chain),
        ("*", HoleKind::Statements),
        ("%", HoleKind::Text),
    ];
    let known = kinds.iter().find_map(|(sign, kind)| Some((*kind, inner.strip_prefix(sign)?)));
    let (kind, name) = known.unwrap_or((HoleKind::Expression, inner));
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_name.then_some((kind, name, after))
}
