//! What a test says if a look found the resource absent, or present.

use super::Races;
use super::decide::Decision;
use crate::book::api::SlotStep;
use crate::book::words::{Found, Founds, Noun};
use crate::program::{Literal, Operator};
use crate::scene::event::{EventId, Outcome, OutcomeKind};
use crate::scene::value::{Term, ValueId};
use rustc_hash::FxHashMap;
use std::cell::RefCell;
use std::rc::Rc;

/// As much of a value as a branch may ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Is {
    True,
    False,
    Null,
    Empty,
    Filled,
    Zero,
    Positive,
    /// An error or `Err`.
    Failed,
    /// There, and not false.
    Thing,
}

impl Is {
    /// How a condition takes it; an empty list is a thing.
    fn truth(self) -> Option<bool> {
        match self {
            Is::True | Is::Positive | Is::Thing | Is::Filled | Is::Empty => Some(true),
            Is::False | Is::Null | Is::Zero => Some(false),
            Is::Failed => None,
        }
    }
}

/// One way an event may have come out: what its result is then.
#[derive(Clone, Copy)]
struct Case<'e> {
    event: EventId,
    /// The outcomes that the page lists for the one way, and whether it is that one.
    listed: &'e [Outcome],
    holds: bool,
    /// What the result is where the page lists nothing.
    unlisted: Option<Is>,
    /// What a statement gave back holds its answer: whatever is taken out of it is that.
    within: bool,
    known: &'e Known,
}

/// Answers by value and depth: choices among choices share their parts.
type Known = RefCell<FxHashMap<(ValueId, u32), Option<Is>>>;

/// What is known of each event, by whether its failure is asked for and whether it holds.
pub(super) type Truths = RefCell<FxHashMap<(EventId, bool, bool), Rc<Known>>>;

impl Races<'_> {
    /// Which finding of `look` leads through a decision to what it decides; both if unknown.
    pub(crate) fn found(&self, decision: &Decision, look: EventId) -> Founds {
        let both = Founds::of(&[Found::Absent, Found::Present]);
        let (absent, present) = if decision.raises {
            let throws = self.event(look).absent.iter().any(|o| matches!(o.kind, OutcomeKind::Throws(_)));
            if !throws || self.is_made_option(look) {
                return both;
            }
            (Some(true), Some(false))
        } else {
            let listed = &self.event(look).absent;
            let ask = |holds| {
                let known = self.known_of(look, false, holds);
                let case = Case { event: look, listed, holds, unlisted: None, within: false, known: &known };
                self.evaluate(decision.test, case, 0).and_then(Is::truth)
            };
            (ask(true), ask(false))
        };
        let leads = |answer: Option<bool>| answer == Some(decision.outcome);
        match (absent, present) {
            (Some(_), Some(_)) if leads(absent) && leads(present) => both,
            (Some(_), Some(_)) if leads(absent) => Founds::of(&[Found::Absent]),
            (Some(_), Some(_)) if leads(present) => Founds::of(&[Found::Present]),
            // `row?.done` is as good as false where there is no row: what a row says is open.
            (Some(_), None) if leads(absent) => both,
            (None, Some(_)) if leads(present) => Founds::of(&[Found::Present]),
            // One answer that leads away rules that finding out.
            (Some(_), None) => Founds::of(&[Found::Present]),
            (None, Some(_)) => Founds::of(&[Found::Absent]),
            _ => both,
        }
    }

    /// The error that says "not there" is made a `None`, and somewhere asked for.
    fn is_made_option(&self, look: EventId) -> bool {
        let event = self.event(look);
        let listed = event.absent.iter().any(|outcome| outcome.kind == OutcomeKind::Null);
        let of_look = |value: &ValueId| match self.scene.values.term(*value) {
            Term::Load { base, .. } => *base == event.result,
            _ => *value == event.result,
        };
        listed
            && self.scene.blocks.iter().any(|block| {
                let crate::scene::End::If { test, .. } = block.end else { return false };
                matches!(self.scene.values.term(test),
                    Term::Apply(Operator::Is(name), asked)
                        if matches!(name.as_str(), "Some" | "None") && asked.iter().any(of_look))
            })
    }

    /// What a test says if an event failed, or if it did what it was asked to; `None` if unknown.
    pub(super) fn told_by(&self, test: ValueId, event: EventId, failed: bool) -> Option<bool> {
        let unlisted = Some(if failed { Is::Failed } else { Is::Thing });
        let within = self.event(event).resource.noun == Noun::Lock;
        let (listed, known) = (&self.event(event).fails, self.known_of(event, true, failed));
        let case = Case { event, listed, holds: failed, unlisted, within, known: &known };
        self.evaluate(test, case, 0).and_then(Is::truth)
    }

    /// What a test says if a change was refused in one of the ways in which that shows, or if it went
    /// through; `None` if unknown. An error of another kind is no refusal.
    pub(super) fn told_refused(
        &self,
        test: ValueId,
        event: EventId,
        by: &Outcome,
        refused: bool,
    ) -> Option<bool> {
        let raises = matches!(by.kind, OutcomeKind::Throws(_));
        let unlisted = (!raises).then_some(Is::Thing);
        let (listed, known) = (std::slice::from_ref(by), Known::default());
        let case = Case { event, listed, holds: refused, unlisted, within: false, known: &known };
        self.evaluate(test, case, 0).and_then(Is::truth)
    }

    fn known_of(&self, event: EventId, fails: bool, holds: bool) -> Rc<Known> {
        self.truths.borrow_mut().entry((event, fails, holds)).or_default().clone()
    }

    fn evaluate(&self, id: ValueId, case: Case<'_>, depth: u32) -> Option<Is> {
        if depth > 24 {
            return None;
        }
        if !matches!(self.scene.values.term(id), Term::Phi { .. } | Term::Apply(..)) {
            return self.evaluate_anew(id, case, depth);
        }
        if let Some(known) = case.known.borrow().get(&(id, depth)) {
            return *known;
        }
        let is = self.evaluate_anew(id, case, depth);
        case.known.borrow_mut().insert((id, depth), is);
        is
    }

    fn evaluate_anew(&self, id: ValueId, case: Case<'_>, depth: u32) -> Option<Is> {
        let next = depth + 1;
        let event = self.event(case.event);
        let made_of = || self.scene.results.get(&id).is_some_and(|events| events.contains(&case.event));
        if id == event.result || (matches!(self.scene.values.term(id), Term::Record { .. }) && made_of()) {
            return outcome(case, &[]).or(case.unlisted);
        }
        if case.within && self.is_taken_out_of(id, event.result) {
            return outcome(case, &[]);
        }
        let values = &self.scene.values;
        // What is said of a part goes before what follows from the whole.
        if let Term::Load { base, field, .. } = values.term(id)
            && *base == event.result
            && let Some(is) = outcome(case, &[SlotStep::Property(field.clone())])
        {
            return Some(is);
        }
        match values.term(id) {
            Term::Literal(literal) => Some(match literal {
                Literal::Bool(true) => Is::True,
                Literal::Bool(false) => Is::False,
                Literal::Null => Is::Null,
                Literal::Number(number) if number == "0" => Is::Zero,
                Literal::Number(_) => Is::Positive,
                Literal::Text(text) if text.is_empty() => Is::False,
                Literal::Text(_) | Literal::Pattern(_) => Is::Thing,
            }),
            Term::Global(_) if self.is_null(id) => Some(Is::Null),
            Term::Record { .. } | Term::Closure { .. } => Some(Is::Thing),
            Term::Held { of, .. } => self.evaluate(*of, case, next),
            // What was done did not raise; what failed may have.
            Term::Error(of) if *of == event.result => {
                let raises = case.listed.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Throws(_)));
                match (case.holds, case.unlisted.is_some() || raises) {
                    (false, true) => Some(Is::Null),
                    (true, true) if raises => Some(Is::Thing),
                    _ => None,
                }
            }
            // The first of the rows that a list holds.
            Term::Load { base, field, .. } if *base == event.result && field == "0" && event.lists_rows() => {
                match self.evaluate(*base, case, next)? {
                    Is::Empty | Is::Null => Some(Is::Null),
                    Is::Filled => Some(Is::Thing),
                    _ => None,
                }
            }
            // A column of a row that is not there is not there either.
            Term::Load { base, .. } if *base == event.result && case.holds && self.is_column(id) => {
                self.evaluate(*base, case, next)
            }
            Term::Load { base, field, .. } => {
                // `stat.kind`: what a found thing is nobody knows.
                if *base == event.result && !case.holds && field != "length" {
                    return None;
                }
                match (self.evaluate(*base, case, next)?, field.as_str()) {
                    (Is::Empty, "length") => Some(Is::Zero),
                    (Is::Filled, "length") => Some(Is::Positive),
                    (Is::Null, _) => Some(Is::Null),
                    _ => None,
                }
            }
            Term::Element { base, .. } => match self.evaluate(*base, case, next)? {
                Is::Empty | Is::Null => Some(Is::Null),
                Is::Filled => Some(Is::Thing),
                _ => None,
            },
            Term::Apply(operator, operands) => self.evaluate_apply(operator, operands, case, next),
            Term::Phi { .. } => {
                let mut answer = None;
                for input in values.phis.get(&id)? {
                    let excluded = input.conditions.iter().any(|(test, outcome)| {
                        let truth = self.evaluate(*test, case, next).and_then(Is::truth);
                        truth.is_some_and(|truth| truth != *outcome)
                    });
                    // Where another look gave the value, this one was not asked.
                    let others = input.value != event.result
                        && self
                            .scene
                            .results
                            .get(&input.value)
                            .is_some_and(|events| !events.contains(&case.event));
                    if excluded || others {
                        continue;
                    }
                    let is = self.evaluate(input.value, case, next)?;
                    if answer.is_some_and(|answer| answer != is) {
                        return None;
                    }
                    answer = Some(is);
                }
                answer
            }
            _ => None,
        }
    }

    /// A field or element of it, or one of those.
    fn is_taken_out_of(&self, id: ValueId, whole: ValueId) -> bool {
        let mut at = id;
        for _ in 0..8 {
            at = match self.scene.values.term(at) {
                Term::Load { base, .. } | Term::Element { base, .. } => *base,
                _ => return false,
            };
            if at == whole {
                return true;
            }
        }
        false
    }

    /// `error.kind() == TooManyLinks`, where the page says that this outcome shows as `NotFound`.
    fn is_other_code(&self, operands: &[ValueId], case: Case<'_>) -> bool {
        let listed = case.listed.iter().filter_map(|outcome| match &outcome.kind {
            OutcomeKind::Throws(Some(code)) => Some(code.as_str()),
            _ => None,
        });
        let codes: Vec<&str> = listed.collect();
        let [a, b] = operands else { return false };
        let values = &self.scene.values;
        let of_error = |id: ValueId| {
            !matches!(values.term(id), Term::Literal(_))
                && self.any_part(id, 4, &mut |part| {
                    matches!(values.term(part), Term::Error(of) if *of == self.event(case.event).result)
                })
        };
        let other_code = |id: ValueId| {
            let Term::Global(global) = values.term(id) else { return false };
            global
                .path
                .last()
                .is_some_and(|name| name.starts_with(char::is_uppercase) && !codes.contains(&name.as_str()))
        };
        case.holds
            && !codes.is_empty()
            && ((of_error(*a) && other_code(*b)) || (of_error(*b) && other_code(*a)))
    }

    fn evaluate_apply(
        &self,
        operator: &Operator,
        operands: &[ValueId],
        case: Case<'_>,
        next: u32,
    ) -> Option<Is> {
        let ask = |at: usize| operands.get(at).and_then(|id| self.evaluate(*id, case, next));
        let answer = |truth: bool| Some(if truth { Is::True } else { Is::False });
        match operator {
            Operator::Not => answer(!ask(0)?.truth()?),
            Operator::Equal | Operator::NotEqual if self.is_other_code(operands, case) => {
                answer(*operator == Operator::NotEqual)
            }
            Operator::Equal | Operator::NotEqual => {
                let equal = same(ask(0)?, ask(1)?)?;
                answer(equal == (*operator == Operator::Equal))
            }
            Operator::Greater => match (ask(0)?, ask(1)?) {
                (Is::Zero, Is::Zero) => answer(false),
                (Is::Positive, Is::Zero) => answer(true),
                (Is::Zero, Is::Positive) => answer(false),
                _ => None,
            },
            Operator::Less => match (ask(0)?, ask(1)?) {
                (Is::Zero, Is::Positive) => answer(true),
                (Is::Positive | Is::Zero, Is::Zero) => answer(false),
                _ => None,
            },
            Operator::GreaterEqual => match (ask(0)?, ask(1)?) {
                (Is::Zero, Is::Positive) => answer(false),
                (_, Is::Zero) => answer(true),
                _ => None,
            },
            Operator::LessEqual => match (ask(0)?, ask(1)?) {
                (Is::Zero, Is::Zero | Is::Positive) => answer(true),
                (Is::Positive, Is::Zero) => answer(false),
                _ => None,
            },
            // A column of a row that was found can be read.
            Operator::Is(name) if name == "Err" && operands.iter().any(|of| self.is_column(*of)) => {
                answer(false)
            }
            Operator::Is(name) => {
                let is = ask(0)?;
                match name.rsplit('.').next().unwrap_or(name) {
                    // An error that was made an option of is none.
                    "Some" => answer(!matches!(is, Is::Null | Is::Failed)),
                    "None" => answer(matches!(is, Is::Null | Is::Failed)),
                    "Ok" => answer(!matches!(is, Is::Failed)),
                    "Err" => answer(matches!(is, Is::Failed)),
                    _ => None,
                }
            }
            Operator::More => match ask(0)? {
                Is::Empty => answer(false),
                _ => None,
            },
            Operator::Add | Operator::Subtract | Operator::Arithmetic | Operator::In | Operator::TypeOf => {
                None
            }
        }
    }
}

/// What stands below an event's result at a path, in a case.
fn outcome(case: Case<'_>, path: &[SlotStep]) -> Option<Is> {
    let outcome = case.listed.iter().find(|outcome| outcome.path == path)?;
    let is = match (&outcome.kind, case.holds) {
        (OutcomeKind::Null, true) => Is::Null,
        (OutcomeKind::Null, false) => Is::Thing,
        (OutcomeKind::Empty, true) => Is::Empty,
        (OutcomeKind::Empty, false) => Is::Filled,
        (OutcomeKind::Zero, true) => Is::Zero,
        (OutcomeKind::Zero, false) => Is::Positive,
        (OutcomeKind::Bool(value), holds) if *value == holds => Is::True,
        (OutcomeKind::Bool(_), _) => Is::False,
        (OutcomeKind::Throws(_), true) => Is::Failed,
        (OutcomeKind::Throws(_), false) => Is::Thing,
        (OutcomeKind::Number(_) | OutcomeKind::Fine | OutcomeKind::Value, _) => return None,
    };
    Some(is)
}

fn same(a: Is, b: Is) -> Option<bool> {
    match (a, b) {
        (Is::Positive, Is::Positive) | (Is::Thing, Is::Thing) | (Is::Filled, Is::Filled) => None,
        (Is::Thing, Is::True | Is::False | Is::Positive | Is::Zero) => None,
        (Is::True | Is::False | Is::Positive | Is::Zero, Is::Thing) => None,
        _ => Some(a == b),
    }
}
