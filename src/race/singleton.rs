//! Places of memory that are filled once, and what it costs to fill them twice.

use super::Races;
use super::leads::Decided;
use crate::book::words::{Found, Founds, Link, Noun, Trait, Verb};
use crate::program::{Language, Operator};
use crate::scene::event::{Event, EventId, Point};
use crate::scene::value::{FrameId, Term, ValueId};
use crate::scene::{Frame, Mark};

impl Races<'_> {
    /// A plain field of an object that nothing shows to be everybody's: most objects are asked one
    /// thing after the other by whoever made them. What is kept under keys is there for many.
    pub(super) fn may_be_ones_own(&self, act: EventId) -> bool {
        let [place] = self.event(act).resource.keys.as_slice() else { return false };
        let Term::This(file, this) = *self.scene.values.term(self.scene.values.root(*place)) else {
            return false;
        };
        let unit = self.project.unit(file);
        let function = unit.program.locals[this.0 as usize].function;
        let Some(owner) = &unit.program.functions[function.0 as usize].owner else { return false };
        let is_injected = || unit.type_decl(owner).is_some_and(|decl| !decl.marks.is_empty());
        unit.program.language == Language::TypeScript && !self.project.is_kept(owner) && !is_injected()
    }

    /// What was absent is filled in under a name that says it can be had again.
    pub(super) fn refills(&self, act: EventId, decided: &Decided) -> bool {
        self.fills(self.event(act), decided)
            && !self.has_identity(act)
            && self.resource_words(act).iter().any(|word| self.knowledge.is_word("cache", word))
    }

    /// What was absent is only looked up or put together during the wait: whoever comes second has
    /// as good a one, and the first is nobody's loss.
    pub(super) fn is_made_cheaply(&self, check: EventId, act: EventId, decided: &Decided) -> bool {
        let (look, event) = (self.event(check), self.event(act));
        // Who only asks whether an entry is there has no use for it: it is claimed.
        let is_memo = look.verb == Verb::Read && self.suspension(check, act).is_none();
        let fills = match event.resource.noun {
            Noun::State => self.fills(event, decided),
            Noun::Entry => is_memo && self.fills(event, decided),
            _ => false,
        };
        let Some(data) = event.data.filter(|_| fills) else { return false };
        if self.is_numbered(act, data) || self.has_identity(act) {
            return false;
        }
        let between = |at: Point| self.before(look.at, at) && self.before(at, event.at);
        !self.scene.blocks.iter().enumerate().any(|(block, body)| {
            body.marks.iter().enumerate().any(|(index, mark)| {
                let at = Point { block: block as u32, index: index as u32 };
                (self.is_costly(mark, data) || self.is_acquired(mark, body.frame, data)) && between(at)
            })
        })
    }

    /// What is kept is a number that is counted on beside it (`ids.insert(name, names.len());
    /// names.push(name)`): an identity, of which two runs give out two.
    fn is_numbered(&self, act: EventId, data: ValueId) -> bool {
        let kept = self.keys(act).first().copied();
        self.seen(data, false).iter().any(|seen| {
            let counted = self.event(seen.event);
            let place = self.keys(seen.event).first().copied();
            let beside = place != kept
                && place.map(|place| self.scene.values.root(place))
                    == kept.map(|kept| self.scene.values.root(kept));
            let goes_on = |id: EventId| {
                let change = self.event(id);
                let stepped = change.traits.has(Trait::Relative)
                    || change.data.is_some_and(|data| {
                        self.seen(data, false).iter().any(|other| other.event == seen.event)
                    });
                id != act
                    && matches!(change.verb, Verb::Write | Verb::Update | Verb::Create)
                    && self.keys(id).first().copied() == place
                    && (counted.verb == Verb::Count || stepped)
            };
            counted.resource.noun == Noun::State
                && matches!(counted.verb, Verb::Count | Verb::Read)
                && beside
                && self.before(counted.at, self.event(act).at)
                && self.scene.event_ids().any(goes_on)
        })
    }

    /// A number or flag that stands for "not known yet" is replaced by what this run found out, which
    /// it gives back as well: a second run finds out as much.
    pub(super) fn is_remembered(&self, check: EventId, act: EventId, decided: &Decided) -> bool {
        let (look, event) = (self.event(check), self.event(act));
        let Some(data) = event.data else { return false };
        let worked = |mark: &Mark| match mark {
            Mark::Event(id) => !matches!(self.event(*id).verb, Verb::Read | Verb::Exists | Verb::Inspect),
            Mark::Call { name, .. } => self.knowledge.in_lexicon("performs", name),
            _ => false,
        };
        let between = |at: Point| self.before(look.at, at) && self.before(at, event.at);
        // `0 == known`, and not `known < found`.
        let unknown = decided.decision.as_ref().is_some_and(|decision| {
            matches!(self.scene.values.term(decision.test), Term::Apply(Operator::Equal | Operator::NotEqual, sides)
                if sides.iter().any(|side| matches!(self.scene.values.term(*side), Term::Literal(_))))
        });
        event.resource.noun == Noun::Atomic
            && event.verb == Verb::Write
            && unknown
            && !decided.data
            && decided.links.has(Link::Control)
            && matches!(
                self.scene.values.term(data),
                Term::Call { .. } | Term::Pure { .. } | Term::Phi { .. } | Term::Apply(..)
            )
            && !self.is_fresh(data)
            && self.is_given_back(data)
            && !self.scene.blocks.iter().enumerate().any(|(block, body)| {
                body.marks.iter().enumerate().any(|(index, mark)| {
                    worked(mark) && between(Point { block: block as u32, index: index as u32 })
                })
            })
    }

    /// A value, or one of which it differs by a constant, is what some function gives back.
    pub(super) fn is_given_back(&self, value: ValueId) -> bool {
        let literal = |side: &&ValueId| matches!(self.scene.values.term(**side), Term::Literal(_));
        let value = match self.scene.values.term(value) {
            Term::Apply(_, sides) => {
                let mut others = sides.iter().filter(|side| !literal(side));
                match (others.next(), others.next()) {
                    (Some(one), None) => *one,
                    _ => value,
                }
            }
            _ => value,
        };
        let value = self.canon(value);
        self.scene.returned.iter().any(|given| self.canon(*given) == value)
    }

    /// Something is waited for that makes the value or is given it, and that is no mere look.
    fn is_costly(&self, mark: &Mark, data: ValueId) -> bool {
        let made_of = |value: ValueId| {
            let value = self.canon(value);
            self.any_part(data, 6, &mut |part| self.canon(part) == value)
        };
        match mark {
            Mark::Call { name, inputs, result, awaited: true, .. } => {
                !self.knowledge.in_lexicon("loads", name)
                    && (made_of(*result) || inputs.iter().any(|input| self.canon(*input) == self.canon(data)))
            }
            Mark::Event(id) => {
                let event = self.event(*id);
                matches!(event.verb, Verb::Create | Verb::Perform) && made_of(event.result)
            }
            _ => false,
        }
    }

    /// A call that by its name opens or starts something makes the value, or a part of it that was
    /// made here, whether anybody waits for it or not.
    fn is_acquired(&self, mark: &Mark, frame: FrameId, data: ValueId) -> bool {
        let Mark::Call { name, inputs, result, .. } = mark else { return false };
        let words = crate::knowledge::words(name);
        let acquires = words.first().is_some_and(|verb| self.knowledge.is_word("acquires", verb));
        let file = self.scene.frames[frame.0 as usize].file;
        let is_part = |value: ValueId| {
            let value = self.canon(value);
            self.any_part(data, 6, &mut |part| self.canon(part) == value)
        };
        let is_made =
            |value: ValueId| matches!(self.scene.values.term(value), Term::Call { .. } | Term::Pure { .. });
        acquires
            && self.project.language(file) == Language::Rust
            && (is_part(*result) || inputs.iter().any(|input| is_made(*input) && is_part(*input)))
    }

    /// What was not kept under a key is asked for by that very key, and kept: whoever comes second
    /// asks once more, and keeps the same.
    pub(super) fn keeps_what_it_fetched(&self, check: EventId, act: EventId, decided: &Decided) -> bool {
        let event = self.event(act);
        let (Some(key), Some(data)) = (event.resource.keys.get(1), event.data) else { return false };
        if !self.fills(event, decided) || self.is_numbered(act, data) {
            return false;
        }
        let key = self.canon(*key);
        let of_key = |value: ValueId| self.any_part(value, 4, &mut |part| self.canon(part) == key);
        let of_data = |value: ValueId| {
            let value = self.canon(value);
            self.any_part(data, 6, &mut |part| self.canon(part) == value)
        };
        let (from, to) = (self.event(check).at, event.at);
        self.fetches_between(from, to, &of_data)
            || self.scene.blocks.iter().enumerate().any(|(block, body)| {
                body.marks.iter().enumerate().any(|(index, mark)| {
                    let Mark::Call { name, inputs, result, awaited: true, .. } = mark else { return false };
                    let at = Point { block: block as u32, index: index as u32 };
                    self.knowledge.in_lexicon("fetches", name)
                        && inputs.iter().any(|input| of_key(*input))
                        && of_data(*result)
                        && self.before(from, at)
                        && self.before(at, to)
                })
            })
    }

    /// A function of the project that by its name only fetches runs, and what came of it is kept.
    fn fetches_between(&self, from: Point, to: Point, of_data: &dyn Fn(ValueId) -> bool) -> bool {
        let fetches = |frame: &Frame| {
            let function = &self.project.unit(frame.file).program.functions[frame.function.0 as usize];
            let waits = function.is_async && !frame.detached && frame.caller.is_some();
            waits && self.knowledge.in_lexicon("fetches", &function.name)
        };
        let gives = |mark: &Mark| match mark {
            Mark::Call { result, .. } => of_data(*result),
            Mark::Event(id) => of_data(self.event(*id).result),
            _ => false,
        };
        self.scene.blocks.iter().enumerate().any(|(block, body)| {
            let at = Point { block: block as u32, index: 0 };
            body.marks.iter().any(gives)
                && self.frames_up(body.frame).iter().any(|id| fetches(&self.scene.frames[id.0 as usize]))
                && self.before(from, at)
                && self.before(at, to)
        })
    }

    /// A place that was found empty is given something that is made then.
    fn fills(&self, event: &Event, decided: &Decided) -> bool {
        let constant =
            event.data.is_some_and(|data| matches!(self.scene.values.term(data), Term::Literal(_)));
        matches!(event.resource.noun, Noun::State | Noun::Entry | Noun::Atomic)
            && matches!(event.verb, Verb::Write | Verb::Create)
            && !constant
            && !decided.data
            && decided.links.has(Link::Control)
            && decided.found == Founds::of(&[Found::Absent])
    }
}
