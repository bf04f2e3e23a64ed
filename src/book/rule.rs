//! What a rule page says, as data: the head of the page.

use super::words::{
    Found, Founds, Freshness, Guards, Level, Links, Nouns, Precision, Regions, Relations, Rival, Roles,
    Status, Traits, Verbs, Windows,
};
use crate::program::Name;

/// What `{…}` in a message or cost may name: the events of the shape, their resource, and the
/// fields that were decided on and written. Each is filled with code in back quotes or with words.
pub const HOLES: &[&str] = &[
    "act", "check", "first", "then", "effect", "record", "event", "answer", "before", "tie", "resource",
    "fields",
];

/// One rule page.
#[derive(Debug)]
pub struct Rule {
    /// File name without `.md`: the rule's id.
    pub id: Name,
    pub title: String,
    pub level: Level,
    pub cwe: Vec<u32>,
    /// SARIF `security-severity`, 0.0 to 10.0.
    pub score: f32,
    pub precision: Precision,
    pub status: Status,
    /// Former ids, the oldest first, still accepted in configuration, suppressions and baselines:
    /// fingerprints are made of the oldest.
    pub former: Vec<Name>,
    /// Rules this one wins over at one act.
    pub refines: Vec<Name>,
    /// Forms; the first is the head itself, the rest are its `also`. One finding an act.
    pub forms: Vec<Form>,
    /// Text with holes: `{act}`, `{check}`, `{resource}`, `{record}`, `{effect}`, ….
    pub message: String,
    /// What the race costs, for the interleaving's last line; same holes.
    pub cost: String,
    /// What a race test of it runs and looks at.
    pub trial: Trial,
    /// The Markdown below the head, examples included: `explain`, hover, SARIF help.
    pub body: String,
    /// Path of the page, for messages.
    pub path: String,
}

/// How a race test shows the race.
#[derive(Debug, Clone, Default)]
pub struct Trial {
    /// Who comes in between, by what the check has found; nobody named: another run of the same code.
    pub rivals: Vec<(Option<Found>, Rival)>,
    /// That one of them fails is the harm, not an answer that is as good as having come too late.
    pub failing_is_harm: bool,
}

impl Trial {
    /// Who comes in between where the check has found this.
    pub fn rival(&self, found: Option<Found>) -> Option<Rival> {
        let fits = |wanted: &Option<Found>| wanted.is_none() || *wanted == found;
        self.rivals.iter().find(|(wanted, _)| fits(wanted)).map(|(_, rival)| *rival)
    }
}

/// One shape with its words.
#[derive(Debug, Clone)]
pub struct Form {
    pub shape: Shape,
    /// Overrides the rule's level.
    pub level: Option<Level>,
    /// Guards that make it harmless.
    pub safe: Guards,
}

#[derive(Debug, Clone)]
pub enum Shape {
    Pair {
        check: Vec<Select>,
        act: Vec<Select>,
        link: Links,
        relation: Relations,
        window: Windows,
        found: Founds,
        /// The act must run in one of these; empty: anywhere.
        inside: Regions,
    },
    /// Two acts whose order leaves a gap.
    Order {
        first: Vec<Select>,
        then: Vec<Select>,
        tie: Option<Select>,
    },
    Chain {
        check: Vec<Select>,
        effect: Vec<Select>,
        /// `None`: no record is made at all.
        record: Option<Vec<Select>>,
        tie: Option<Select>,
    },
    Misuse {
        event: Vec<Select>,
        predicates: Vec<Predicate>,
        tie: Option<Select>,
    },
    Obligation {
        event: Vec<Select>,
        answer: Vec<Select>,
        before: Option<Vec<Select>>,
    },
}

/// Which events a part of a rule means: `update|remove row[version] as job with conditional`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Select {
    pub verbs: Verbs,
    /// Empty: any noun.
    pub nouns: Nouns,
    /// `effect` was written: `update` only counts with `relative`.
    pub effect: bool,
    /// Decided or written fields; empty: any.
    pub fields: Vec<Name>,
    pub roles: Roles,
    pub with: Vec<Feature>,
    pub without: Vec<Feature>,
    pub held_while: Option<HeldWord>,
}

/// What `with`, `without` and `lacks` test.
#[derive(Debug, Clone, PartialEq)]
pub enum Feature {
    Trait(Traits),
    Field(Name),
    /// The event has such an outcome on its page.
    Absent,
    Fails,
    Affected,
    /// The resource names a part.
    Part,
    /// What came of it is not asked: the code ends with a panic where it failed.
    Assumed,
    /// Some branch asks what came of the event.
    Asked,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldWord {
    Result,
    Transaction,
    Session,
}

/// A test of a misuse; all of a form must hold.
#[derive(Debug, Clone, PartialEq)]
pub enum Predicate {
    Lacks(Feature),
    Key(Freshness),
    Data(Freshness),
    Once(Freshness),
    Inside(Regions),
    Outside(Regions),
    /// `on = "outer"`.
    OnOuter,
    OutcomeIgnored,
    OutcomeMisread,
    ErrorMisread,
}
