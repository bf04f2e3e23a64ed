//! How long a lock lasts by itself, against how long a run can last.

use super::Races;
use crate::book::api::What;
use crate::book::rule::{Feature, Predicate};
use crate::book::words::{Region, Trait, Verb};
use crate::program::{Exported, Literal, Op, Value};
use crate::scene::Mark;
use crate::scene::event::EventId;
use crate::scene::value::{Slot, Term, ValueId};
use crate::source::FileId;

/// From here on, in seconds, nobody expects that the work outlasts the lock.
const LONG: u64 = 600;

/// What a lock's own end is worth against a run that works too long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lease {
    /// The run is over before.
    Outlasts,
    /// Nothing in sight takes as long.
    Long,
    Short,
}

impl Races<'_> {
    /// The lock that a misuse is about outlasts the run that took it; only of a misuse that harms
    /// whoever comes after that.
    pub(super) fn lease(&self, predicates: &[Predicate], id: EventId) -> Lease {
        let late = predicates.iter().any(|predicate| match predicate {
            Predicate::Data(_) => true,
            Predicate::Lacks(Feature::Trait(traits)) => traits.has(Trait::Conditional),
            _ => false,
        });
        let Some(take) = self.taken_as(id).filter(|_| late) else { return Lease::Short };
        let Some(seconds) = self.seconds(take) else { return Lease::Short };
        if self.bound(take).is_some_and(|bound| seconds >= bound) {
            return Lease::Outlasts;
        }
        let long = seconds >= LONG && (self.is_served() || !self.loops_over_effects(take));
        if long { Lease::Long } else { Lease::Short }
    }

    /// The event that took the lock: itself, or the one before it on the same key.
    fn taken_as(&self, id: EventId) -> Option<EventId> {
        let event = self.event(id);
        if event.verb != Verb::Remove {
            return Some(id);
        }
        self.scene.event_ids().find(|take| {
            let other = self.event(*take);
            other.verb == Verb::Create
                && other.resource.noun == event.resource.noun
                && other.traits.has(Trait::Exclusive)
                && self.keys(*take) == self.keys(id)
                && self.dominates(other.at, event.at)
        })
    }

    /// After how many seconds a lock ends, if the call says so in numbers: `{ ex: 60 }`, `"PX", 500`.
    fn seconds(&self, take: EventId) -> Option<u64> {
        let event = self.event(take);
        if !event.traits.has(Trait::Expires) || event.doubted.has(Trait::Expires) {
            return None;
        }
        let call = self.scene.calls.get(&event.result)?;
        let flags = call.args.windows(2).filter_map(|pair| {
            let unit = self.scene.values.literal_text(pair[0])?;
            self.as_seconds(unit, pair[1])
        });
        let options = call.args.iter().filter_map(|arg| match self.scene.values.term(*arg) {
            Term::Record { entries, .. } => entries.iter().find_map(|(slot, value)| match slot {
                Slot::Named(name) => self.as_seconds(name, *value),
                Slot::Computed(_) | Slot::Spread => None,
            }),
            _ => None,
        });
        flags.chain(options).next()
    }

    fn as_seconds(&self, unit: &str, value: ValueId) -> Option<u64> {
        let Term::Literal(Literal::Number(number)) = self.scene.values.term(value) else { return None };
        let number: u64 = number.parse().ok()?;
        let unit = unit.to_lowercase();
        if self.knowledge.is_word("seconds", &unit) {
            Some(number)
        } else {
            self.knowledge.is_word("milliseconds", &unit).then_some(number / 1000)
        }
    }

    /// The longest that a run may take, as the file that begins it, or takes the lock, tells
    /// whoever runs it.
    fn bound(&self, take: EventId) -> Option<u64> {
        let own = self.scene.frames[self.event(take).frame.0 as usize].file;
        self.bound_of(self.scene.file).or_else(|| self.bound_of(own))
    }

    fn bound_of(&self, file: FileId) -> Option<u64> {
        let unit = self.project.unit(file);
        let told =
            unit.program.exports.iter().find(|export| self.knowledge.is_word("run-bound", &export.name))?;
        let Exported::Local(local) = told.what else { return None };
        match unit.definition(local)? {
            Op::Let { value: Value::Literal(Literal::Number(number)), .. } => number.parse().ok(),
            _ => None,
        }
    }

    /// The file holds an entry of a platform that ends its runs.
    fn is_served(&self) -> bool {
        let path = &self.project.unit(self.scene.file).path;
        self.knowledge.entries.iter().any(|line| {
            let instance =
                |what: &What| matches!(what, What::Region(regions) if regions.has(Region::Instance));
            let clauses = &line.api.clauses;
            clauses.iter().any(|clause| instance(&clause.what))
                && line.api.within.is_some()
                && line.api.covers(path)
        })
    }

    /// After the lock was taken, something is done to the outside again and again.
    fn loops_over_effects(&self, take: EventId) -> bool {
        let from = self.event(take).at.block as usize;
        self.scene.blocks.iter().enumerate().any(|(at, block)| {
            self.flow.is_in_loop(at)
                && self.follows(from, at)
                && block.marks.iter().any(|mark| match mark {
                    Mark::Event(id) => matches!(self.event(*id).verb, Verb::Perform | Verb::Create),
                    Mark::Call { awaited, .. } => *awaited,
                    _ => false,
                })
        })
    }
}
