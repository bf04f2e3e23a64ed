//! What a run reports: plain data with a total order and no way back to the analysis.

use crate::book::api::Applicability;
use crate::book::words::{Level, Noun};
use crate::program::Name;
use crate::source::Span;
use serde::{Deserialize, Serialize};

/// How sure the engine is of what each event is; a finding has its weakest event's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Confidence {
    Low,
    Medium,
    High,
}

impl Confidence {
    pub fn text(self) -> &'static str {
        match self {
            Confidence::Low => "low",
            Confidence::Medium => "medium",
            Confidence::High => "high",
        }
    }
}

/// One race.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Finding {
    pub rule: Name,
    pub level: Level,
    pub confidence: Confidence,
    /// One sentence in the user's own words, back-quoted code, no full stop.
    pub message: String,
    /// The act, whole; reports show its first line.
    pub act: Label,
    /// Check, window, ineffective guard, calls between: in the order of execution.
    pub labels: Vec<Label>,
    pub interleaving: Interleaving,
    /// What the unique-constraint, isolation or profile adds; one sentence each.
    pub notes: Vec<String>,
    pub fixes: Vec<Fix>,
    pub subject: Subject,
    /// Equal for the same race after lines have moved: rule, path, function, texts of check and act.
    pub fingerprint: String,
}

/// What a finding is about, for those who declare something about it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    pub noun: Noun,
    /// The path, table or key as the code spells it; empty if nothing telling is known.
    pub text: String,
    /// Some call of it is known by a common name alone.
    pub by_name: bool,
}

impl Default for Subject {
    /// Nothing that anyone could declare something about.
    fn default() -> Subject {
        Subject { noun: Noun::Outside, text: String::new(), by_name: false }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Label {
    pub role: LabelRole,
    pub span: Span,
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum LabelRole {
    Check,
    /// What decides: the branch between check and act.
    Decision,
    /// Where others get in: an await, a released lock.
    Window,
    /// A guard that does not hold here, and why.
    Guard,
    Effect,
    /// A call through which check or act is reached.
    Via,
    Act,
}

/// Two actors, their steps in order of time, and what it costs.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Interleaving {
    /// What the actors are: "request A", "request B".
    pub actors: [String; 2],
    pub steps: Vec<Turn>,
    /// One sentence: "both see it absent, the later write wins".
    pub cost: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// 0 or 1.
    pub actor: u8,
    pub text: String,
    pub span: Option<Span>,
}

/// A rewrite: all edits or none.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fix {
    pub title: String,
    pub applicability: Applicability,
    /// How meaning may shift.
    pub note: Option<String>,
    /// Of one file, sorted, not overlapping.
    pub edits: Vec<Edit>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Edit {
    pub span: Span,
    pub text: String,
}

impl Finding {
    /// Does something to every place that it names.
    pub fn each_span(&mut self, mut work: impl FnMut(&mut Span)) {
        work(&mut self.act.span);
        self.labels.iter_mut().for_each(|label| work(&mut label.span));
        self.interleaving.steps.iter_mut().filter_map(|turn| turn.span.as_mut()).for_each(&mut work);
        self.fixes.iter_mut().flat_map(|fix| &mut fix.edits).for_each(|edit| work(&mut edit.span));
    }

    /// The total order in which findings are reported: path order (file ids follow it), then
    /// place, then rule.
    pub fn order(&self) -> (Span, &str, &str) {
        (self.act.span, &self.rule, &self.message)
    }
}
