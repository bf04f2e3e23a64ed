//! Events: calls (and plain loads and stores) seen through the book.

use super::value::{FrameId, ValueId};
use crate::book::api::{CodeKind, SlotStep};
use crate::book::words::{Isolation, Noun, Traits, Verb};
use crate::finding::Confidence;
use crate::program::Name;
use crate::source::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventId(pub u32);

/// How an event was recognised, from weak to strong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Recognition {
    /// Verb and noun of an unresolved call.
    Facade,
    /// A common name on a telling receiver.
    Named,
    /// Method and argument shape belong to one library.
    Distinctive,
    /// Built from a known constructor.
    Constructed,
    /// Import, declared type, project function.
    Resolved,
}

impl Recognition {
    pub fn confidence(self) -> Confidence {
        match self {
            Recognition::Facade => Confidence::Low,
            Recognition::Named => Confidence::Medium,
            Recognition::Distinctive | Recognition::Constructed | Recognition::Resolved => Confidence::High,
        }
    }
}

/// A place in a scene: a block and how many marks of it lie before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Point {
    pub block: u32,
    pub index: u32,
}

/// `column comparator value` of a row's condition.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub column: Name,
    /// Equality; anything else restricts but does not identify.
    pub equal: bool,
    pub value: Option<ValueId>,
    /// One of several alternatives, or asked of a row that this one refers to: it selects, and
    /// says nothing of a state of the row itself.
    pub aside: bool,
    /// Equality that is one of several alternatives: `email = $1 OR nick = $2`.
    pub either: bool,
}

impl Condition {
    pub fn new(column: Name, equal: bool, value: Option<ValueId>) -> Condition {
        Condition { column, equal, value, aside: false, either: false }
    }
}

/// What an event is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    pub noun: Noun,
    /// `file(path)`: the path. `row`: the table. `key`/`object`: store and name. `state`/`entry`:
    /// place and part. `lock`: name. In the order of the vocabulary.
    pub keys: Vec<ValueId>,
    /// Rows: the conditions; `whole` tells that nothing else restricts the set.
    pub conditions: Vec<Condition>,
    pub whole: bool,
    /// Rows: the primary key given bare.
    pub by_id: Option<ValueId>,
}

impl Resource {
    /// What its keys name in full, no row by its columns.
    pub fn plain(noun: Noun, keys: Vec<ValueId>) -> Resource {
        Resource { noun, keys, conditions: Vec::new(), whole: true, by_id: None }
    }
}

/// Where an outcome shows: a path from the event's result, and what stands there.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub kind: OutcomeKind,
    /// Below the result; empty: the result itself.
    pub path: Vec<SlotStep>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum OutcomeKind {
    Null,
    Empty,
    Zero,
    Number(Name),
    Bool(bool),
    Fine,
    Throws(Option<Name>),
    /// A number at the path counts (`affected = result.count`).
    Value,
}

impl OutcomeKind {
    pub fn of(code: &CodeKind) -> OutcomeKind {
        match code {
            CodeKind::Null => OutcomeKind::Null,
            CodeKind::Empty => OutcomeKind::Empty,
            CodeKind::Number(number) if number == "0" => OutcomeKind::Zero,
            CodeKind::Number(number) => OutcomeKind::Number(number.clone()),
            CodeKind::Bool(value) => OutcomeKind::Bool(*value),
            CodeKind::Fine => OutcomeKind::Fine,
            CodeKind::Throws(code) => OutcomeKind::Throws(code.clone()),
            CodeKind::Slot(_) => OutcomeKind::Value,
        }
    }
}

/// How long a hold lasts.
#[derive(Clone, Debug, PartialEq)]
pub enum Hold {
    /// Until a `release` of an equal key.
    Explicit,
    /// As long as this value lives.
    Value(ValueId),
    /// While a callback runs: until the scene's `End` mark for it.
    During,
    Transaction,
    Session,
}

/// What a name in an answer stands for.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// A column; one of another table has that table's name before it.
    Column(Name),
    Row,
}

#[derive(Clone, Debug)]
pub struct Event {
    pub verb: Verb,
    pub resource: Resource,
    /// Fields that the page says are looked at or changed.
    pub fields: Vec<Name>,
    /// Columns of the answer by position; an empty name where it is no single column.
    pub answers: Vec<Name>,
    /// What the answer calls otherwise: a column, or the row as a whole beside those of other tables.
    pub renamed: Vec<(Name, Answer)>,
    /// Written fields with their values.
    pub sets: Vec<(Name, ValueId)>,
    /// The data as a whole: a string, or an object whose fields are not known one by one.
    pub data: Option<ValueId>,
    /// Columns compared inside a conditional act.
    pub tests: Vec<Name>,
    pub traits: Traits,
    /// Traits among them that it may have only: doubt favours silence, but proves nothing.
    pub doubted: Traits,
    /// The slot of `once(slot)`.
    pub once: Option<ValueId>,
    pub absent: Vec<Outcome>,
    pub fails: Vec<Outcome>,
    pub affected: Vec<Outcome>,
    pub hold: Option<Hold>,
    /// Whether it holds at all hangs on an option that is out of sight: a guard may be read
    /// generously, but such a hold accuses nobody.
    pub hold_doubted: bool,
    pub isolation: Option<Isolation>,
    /// The connection or store it goes through.
    pub client: Option<ValueId>,
    /// The client was named by the caller (`{ transaction }`), not just the receiver.
    pub client_given: bool,
    /// A promise that nobody waits for: only callbacks were attached to it.
    pub floating: bool,
    /// The call takes a client, and was given none or the pool.
    pub client_pooled: bool,
    pub result: ValueId,
    pub at: Point,
    pub frame: FrameId,
    /// The call.
    pub span: Span,
    /// Where its statement stands, if not in the call.
    pub text: Option<Span>,
    pub recognition: Recognition,
    /// Name of the library page; empty for what the engine itself adds.
    pub library: Name,
    /// The called name, for messages and templates.
    pub callee: Name,
    /// Source of arguments by parameter name, for fix templates.
    pub captures: Vec<(Name, Span)>,
}

/// Where an event happens and what it gives.
#[derive(Clone, Copy, Debug)]
pub struct Happening {
    pub at: Point,
    pub frame: FrameId,
    pub span: Span,
    pub result: ValueId,
}

impl Event {
    /// The answer itself is a list, which is empty where nothing was found.
    pub fn lists_rows(&self) -> bool {
        self.absent.iter().any(|outcome| outcome.kind == OutcomeKind::Empty && outcome.path.is_empty())
    }

    /// What it answers with is a list, by itself or in something, which is empty where nothing was
    /// found.
    pub fn finds_many(&self) -> bool {
        self.absent.iter().any(|outcome| outcome.kind == OutcomeKind::Empty)
    }

    /// An event of no page: what the engine adds by itself, of which only this is known.
    pub fn bare(verb: Verb, resource: Resource, happening: Happening, callee: Name) -> Event {
        Event {
            verb,
            resource,
            fields: Vec::new(),
            answers: Vec::new(),
            renamed: Vec::new(),
            sets: Vec::new(),
            data: None,
            tests: Vec::new(),
            traits: Traits::EMPTY,
            doubted: Traits::EMPTY,
            once: None,
            absent: Vec::new(),
            fails: Vec::new(),
            affected: Vec::new(),
            hold: None,
            hold_doubted: false,
            isolation: None,
            client: None,
            client_given: false,
            floating: false,
            client_pooled: false,
            result: happening.result,
            at: happening.at,
            frame: happening.frame,
            span: happening.span,
            text: None,
            recognition: Recognition::Resolved,
            library: Name::default(),
            callee,
            captures: Vec::new(),
        }
    }
}
