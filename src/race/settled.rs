//! Changes of memory that are right whatever others have done since the look.

use super::Races;
use super::decide::Decision;
use super::leads::Decided;
use super::lone::is_maker;
use super::memory::is_comparison;
use crate::book::words::{Noun, Trait, Verb};
use crate::program::{Borrow, FunctionId, Language, Literal, Name, Operator};
use crate::scene::event::EventId;
use crate::scene::value::{Term, ValueId};
use crate::source::FileId;

impl Races<'_> {
    /// Everybody who changes a field has `&mut self` of its object, so there is one at a time, though
    /// others may look at what it shares.
    pub(super) fn is_written_exclusively(&self, act: EventId) -> bool {
        let event = self.event(act);
        let Some(place) = event.resource.keys.first().copied() else { return false };
        let Some(field) = self.field_of_lock(place) else { return false };
        // The object that the place is seen from, or the nearer one that is asked to change it.
        let whole = match *self.scene.values.term(self.scene.values.root(place)) {
            Term::This(file, this) => {
                Some((file, self.project.unit(file).program.locals[this.0 as usize].function))
            }
            _ => None,
        };
        let frame = &self.scene.frames[event.frame.0 as usize];
        let asked = (frame.file, frame.function);
        whole
            .into_iter()
            .chain([asked])
            .any(|at| self.is_changed_exclusively(at, &field, event.resource.noun))
    }

    /// A method has `&mut self`, and so have all others that change a field of this name.
    fn is_changed_exclusively(&self, at: (FileId, FunctionId), field: &Name, noun: Noun) -> bool {
        let program = &self.project.unit(at.0).program;
        let function = &program.functions[at.1.0 as usize];
        let exclusive = |receiver| matches!(receiver, Some((_, Borrow::Exclusive | Borrow::Owned)));
        let Some(owner) = &function.owner else { return false };
        program.language == Language::Rust
            && exclusive(function.receiver)
            && self.project.calls_on_field(field).iter().all(|call| {
                let unit = self.project.unit(call.file);
                let function = &unit.program.functions[call.function.0 as usize];
                let own = function.owner.as_ref() == Some(owner);
                // `self.end` of some other type is another field.
                let other = call.own && !own;
                other
                    || !self.knowledge.may_change_kind(Language::Rust, &call.method, noun)
                    || (own && exclusive(function.receiver))
                    || self.knowledge.is_rough(&unit.path)
                    || crate::knowledge::is_trial(unit.marks_around(call.function))
            })
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

    /// A flag that was handed in and is raised with nothing else done for it: whether anybody lowers
    /// it again, nobody tells.
    pub(super) fn only_raises(&self, act: EventId, nearest: &Decision) -> bool {
        let event = self.event(act);
        let raised = |data| matches!(self.scene.values.term(data), Term::Literal(Literal::Bool(true)));
        event.resource.noun == Noun::Atomic
            && event.data.is_some_and(raised)
            && event.resource.keys.first().is_some_and(|place| self.field_of_lock(*place).is_none())
            && !self.works_beside(act, nearest)
    }

    /// `(i + 1) % list.len()`: which of several comes next. One of them twice is as good.
    pub(super) fn turns_around(&self, act: EventId) -> bool {
        let event = self.event(act);
        let values = &self.scene.values;
        let steps = |value: ValueId| match values.term(value) {
            Term::Apply(Operator::Add, sides) => {
                sides.iter().any(|side| values.literal_text(*side) == Some("1"))
            }
            _ => false,
        };
        let is_size = |value: ValueId| {
            self.scene.calls.get(&value).is_some_and(|call| self.knowledge.is_word("sizes", &call.name))
        };
        let turns = |value: ValueId| match values.term(value) {
            Term::Apply(Operator::Arithmetic, sides) => {
                matches!(sides.as_slice(), [step, size] if steps(*step) && is_size(*size))
            }
            _ => false,
        };
        event.resource.noun == Noun::Atomic
            && event.verb == Verb::Write
            && event.data.is_some_and(|data| self.any_part(data, 4, &mut |part| turns(part)))
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
