//! Changes of memory that are right whatever others have done since the look.

use super::Races;
use super::decide::Decision;
use super::leads::Decided;
use super::lone::is_maker;
use super::memory::is_comparison;
use crate::book::words::{Noun, Trait, Verb};
use crate::program::{Borrow, Callee, Key, Language, Literal, Name, Op, Operator, Value};
use crate::scene::event::EventId;
use crate::scene::value::{Term, ValueId};

impl Races<'_> {
    /// Everybody who changes a field has `&mut self` of its object, so there is one at a time, though
    /// others may look at what it shares.
    pub(super) fn is_written_exclusively(&self, act: EventId) -> bool {
        let event = self.event(act);
        let frame = &self.scene.frames[event.frame.0 as usize];
        let program = &self.project.unit(frame.file).program;
        let function = &program.functions[frame.function.0 as usize];
        let exclusive = |receiver| matches!(receiver, Some((_, Borrow::Exclusive | Borrow::Owned)));
        let Some(owner) = function.owner.as_ref().filter(|_| exclusive(function.receiver)) else {
            return false;
        };
        let place = event.resource.keys.first().and_then(|place| self.field_of_lock(*place));
        // The object's maker may call the place otherwise.
        let named = [self.asked_field(act), place];
        let is_own = |field: &Name| {
            self.project.calls_on_field(field).iter().all(|call| {
                let unit = self.project.unit(call.file);
                let function = &unit.program.functions[call.function.0 as usize];
                let own = function.owner.as_ref() == Some(owner);
                // `self.end` of some other type is another field.
                let other = call.own && !own;
                other
                    || !self.knowledge.may_change_kind(Language::Rust, &call.method, event.resource.noun)
                    || (own && exclusive(function.receiver))
                    || self.knowledge.is_rough(&unit.path)
                    || crate::knowledge::is_trial(unit.marks_around(call.function))
            })
        };
        program.language == Language::Rust
            && named.iter().any(Option::is_some)
            && named.iter().flatten().all(is_own)
    }

    /// The field that the call of an event is asked on: `self.item.store(…)`.
    fn asked_field(&self, id: EventId) -> Option<Name> {
        let event = self.event(id);
        let frame = &self.scene.frames[event.frame.0 as usize];
        let unit = self.project.unit(frame.file);
        let function = &unit.program.functions[frame.function.0 as usize];
        let mut calls =
            function.blocks.iter().flat_map(|block| &block.steps).filter_map(|step| match &step.op {
                Op::Call { callee: Callee::Method { receiver, .. }, .. } if step.span == event.span => {
                    Some(*receiver)
                }
                _ => None,
            });
        match unit.definition(calls.next()?)? {
            Op::Let { value: Value::Load { key: Key::Field(field), .. }, .. } => Some(field.clone()),
            _ => None,
        }
    }

    /// Whoever makes an object has it alone until it gives it back.
    pub(super) fn is_still_being_made(&self, check: EventId, act: EventId) -> bool {
        let frame = &self.scene.frames[self.meeting(&[check, act]).0 as usize];
        let program = &self.project.unit(frame.file).program;
        let function = &program.functions[frame.function.0 as usize];
        program.language == Language::Rust && is_maker(function)
    }

    /// A flag that everybody in the project sets to the same: it says that something has happened,
    /// whoever comes first.
    pub(super) fn is_only_raised(&self, act: EventId) -> bool {
        let event = self.event(act);
        let (Some(place), Some(data)) = (event.resource.keys.first(), event.data) else { return false };
        let (Some(field), Term::Literal(raised)) = (self.field_of_lock(*place), self.scene.values.term(data))
        else {
            return false;
        };
        event.resource.noun == Noun::Atomic
            && self.project.calls_on_field(&field).iter().all(|call| {
                call.constant.as_ref() == Some(raised)
                    || !self.knowledge.may_change_kind(Language::Rust, &call.method, Noun::Atomic)
            })
    }

    /// `if stop.load() { return true } if late() { stop.store(true) }`: a flag says what it would say
    /// anyway, on grounds of its own, and nothing else is done for having raised it.
    pub(super) fn only_raises(
        &self,
        check: EventId,
        act: EventId,
        decided: &Decided,
        decision: &Decision,
    ) -> bool {
        let event = self.event(act);
        let decisions = self.decisions(event.at.block);
        let nearest = decisions.iter().find(|decision| !decision.raises);
        let field = event.resource.keys.first().and_then(|place| self.field_of_lock(*place));
        event.resource.noun == Noun::Atomic
            && event.verb == Verb::Write
            && !decided.data
            // Whether a flag that was handed in is lowered again, nobody tells.
            && (field.is_none() || self.is_only_raised(act))
            && event.data.is_some_and(|data| {
                matches!(self.scene.values.term(data), Term::Literal(Literal::Bool(true)))
            })
            && nearest.is_some_and(|nearest| {
                let rests =
                    || self.looked_at(nearest).iter().any(|seen| self.keys(seen.event) == self.keys(check));
                nearest.block != decision.block && !rests() && !self.works_beside(act, nearest)
            })
    }

    /// `(i + 1) % n`: which of several comes next. One of them twice is as good.
    pub(super) fn turns_around(&self, act: EventId) -> bool {
        let event = self.event(act);
        let values = &self.scene.values;
        let steps = |value: &ValueId| match values.term(*value) {
            Term::Apply(Operator::Add, sides) => {
                sides.iter().any(|side| values.literal_text(*side) == Some("1"))
            }
            _ => false,
        };
        event.resource.noun == Noun::Atomic
            && event.verb == Verb::Write
            && event.data.is_some_and(|data| {
                self.any_part(data, 4, &mut |part| {
                    matches!(values.term(part), Term::Apply(Operator::Arithmetic, sides) if sides.len() == 2 && sides.first().is_some_and(steps))
                })
            })
    }

    /// What this run had taken of a common amount is given back because the whole is large: right,
    /// however much the others took. A floor would be compared with the amount itself, or a number.
    pub(super) fn gives_back(&self, act: EventId, decided: &Decided, decision: &Decision) -> bool {
        use Operator::{Greater, GreaterEqual, Less, LessEqual};
        let event = self.event(act);
        let Some(amount) = event.data.map(|data| self.canon(data)) else { return false };
        let Term::Apply(Less | LessEqual | Greater | GreaterEqual, sides) =
            self.scene.values.term(decision.test)
        else {
            return false;
        };
        let is_floor = |side: &ValueId| {
            self.canon(*side) == amount || matches!(self.scene.values.term(*side), Term::Literal(_))
        };
        event.resource.noun == Noun::Atomic
            && event.traits.has(Trait::Relative)
            && !decided.data
            && self.knowledge.in_lexicon("lowers", &event.callee)
            && !sides.iter().any(is_floor)
    }

    /// `if state == Closed { return }`, and in the end `state = Closed`: the last state, which it is
    /// in whoever comes first.
    pub(super) fn ends_for_good(&self, act: EventId, decided: &Decided, decision: &Decision) -> bool {
        let event = self.event(act);
        let Some(Term::Global(state)) = event.data.map(|data| self.scene.values.term(data)) else {
            return false;
        };
        let Some(name) = state.path.last() else { return false };
        event.verb == Verb::Write
            && !decided.data
            && self.knowledge.in_lexicon("ended", name)
            && self.asks_for_state(decision.test, name)
    }

    /// `match *state.read() { Step::A => *state.write() = Step::B, … }` without a wait: whoever drives
    /// the steps is the one that takes them, and lets the lock go only to take it again at once.
    pub(super) fn steps_at_once(
        &self,
        check: EventId,
        act: EventId,
        decided: &Decided,
        decision: &Decision,
    ) -> bool {
        let event = self.event(act);
        let is_step = event.data.is_some_and(|data| match self.scene.values.term(data) {
            Term::Record { name, .. } => name.is_some(),
            Term::Global(global) => global.path.len() > 1,
            _ => false,
        });
        event.verb == Verb::Write
            && is_step
            && !decided.data
            && self.asks_which_state(decision.test)
            && self.suspension(check, act).is_none()
    }

    /// A state as a whole is asked, and set to something else without a wait in between. The gap is
    /// as short as two locks, and mostly one thread drives such a state. A flag that is raised as a
    /// claim, an amount that grows or is bounded, a value computed from the old one, and an entry of
    /// many that two callers may name at once are what others do meet on.
    pub(super) fn is_brief(&self, check: EventId, act: EventId, decided: &Decided) -> bool {
        let event = self.event(act);
        let frame = &self.scene.frames[event.frame.0 as usize];
        let bounds = || {
            let test = decided.decision.as_ref().map(|decision| self.scene.values.term(decision.test));
            test.is_some_and(is_comparison)
        };
        self.project.language(frame.file) == Language::Rust
            && event.resource.noun == Noun::State
            && event.verb != Verb::Remove
            && event.resource.keys.len() <= 1
            && !decided.data
            && !event
                .data
                .is_some_and(|data| matches!(self.scene.values.term(data), Term::Literal(Literal::Bool(_))))
            && !event.traits.has(Trait::Relative)
            && !bounds()
            && !self.is_contended(&[check, act], &decided.names)
            && self.suspension(check, act).is_none()
    }

    /// What is taken out is told something: stopped, closed, sent. It may be another's by now.
    pub(super) fn works_with_taken(&self, act: EventId) -> bool {
        let result = self.event(act).result;
        self.scene
            .calls
            .values()
            .filter_map(|call| call.receiver)
            .any(|receiver| receiver != result && self.any_part(receiver, 6, &mut |part| part == result))
    }

    /// Nothing, however the language spells it: `null`, `undefined`, `None`.
    pub(super) fn is_null(&self, value: ValueId) -> bool {
        match self.scene.values.term(value) {
            Term::Literal(Literal::Null) => true,
            Term::Global(global) => {
                global.path.last().is_some_and(|name| name == "None" || name == "undefined")
            }
            _ => false,
        }
    }

    /// A test for one state of several.
    fn asks_for_state(&self, test: ValueId, state: &Name) -> bool {
        let is_state = |side: &ValueId| match self.scene.values.term(*side) {
            Term::Global(global) => global.path.last() == Some(state),
            _ => false,
        };
        match self.scene.values.term(test) {
            Term::Apply(Operator::Not, of) => of.iter().any(|of| self.asks_for_state(*of, state)),
            Term::Apply(Operator::Equal | Operator::NotEqual, sides) => sides.iter().any(is_state),
            Term::Apply(Operator::Is(variant), _) => variant.rsplit('.').next() == Some(state.as_str()),
            _ => false,
        }
    }
}
