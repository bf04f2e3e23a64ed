//! Queues made of promises: `tail = tail.then(work)`. Whoever puts work behind a promise, and the
//! outcome back in that promise's place, lets nobody begin before the one before has ended.

use super::arguments::Site;
use super::build::Builder;
use super::event::{Event, EventId, Happening, Hold};
use super::value::FrameId;
use crate::book::words::{Noun, Trait, Verb};
use crate::knowledge::Knowledge;
use crate::program::{Callee, Function, Key, Language, Local, Name, Op, Step, Value};
use crate::project::Unit;
use crate::scene::event::Resource;

/// How many hops a promise is followed back.
const HOPS: u32 = 8;

impl Builder<'_> {
    /// The hold under which a queue's work runs, where a call puts work into one.
    pub(super) fn enter_queue(&mut self, frame: FrameId, site: &Site<'_>) -> Option<EventId> {
        let receiver = site.call.receiver?;
        if self.language != Language::TypeScript || !self.knowledge.is_word("later", &site.call.name) {
            return None;
        }
        let span = site.call.how.span;
        let unit = self.unit(frame);
        let queue = Queue { unit, function: self.function(frame), knowledge: self.knowledge };
        queue.takes(span).then_some(())?;
        let resource = Resource::plain(Noun::Lock, vec![receiver]);
        let result = self.values.unknown();
        let happening = Happening { at: self.here(), frame, span, result };
        let mut event = Event::bare(Verb::Take, resource, happening, site.call.name.clone());
        event.hold = Some(Hold::During);
        event.traits = event.traits.with(Trait::Local);
        Some(self.add_event(event))
    }
}

struct Queue<'u> {
    unit: &'u Unit,
    function: &'u Function,
    knowledge: &'u Knowledge<'u>,
}

/// Where the last promise is kept: a variable around the function, a field, or a map in one of those.
#[derive(Clone, PartialEq, Eq)]
enum Place {
    Variable(Local),
    Field(Name),
}

impl Queue<'_> {
    fn steps(&self) -> impl Iterator<Item = &Step> {
        self.function.blocks.iter().flat_map(|block| &block.steps)
    }

    /// The call at this place waits for what is kept somewhere, and becomes what is kept there.
    fn takes(&self, span: crate::source::Span) -> bool {
        let call = self.steps().find_map(|step| match &step.op {
            Op::Call { into, callee: Callee::Method { receiver, .. }, .. } if step.span == span => {
                Some((*into, *receiver))
            }
            _ => None,
        });
        let Some((promise, before)) = call else { return false };
        let kept = self.kept(before, HOPS);
        !kept.is_empty() && self.steps().any(|step| self.puts_back(&step.op, &kept, promise))
    }

    /// Where a promise was kept: `tail`, `this.tail`, `tails.get(key) ?? Promise.resolve()`.
    fn kept(&self, at: Local, hops: u32) -> Vec<Place> {
        if let Some(place) = self.outside(at) {
            return vec![place];
        }
        if hops == 0 {
            return Vec::new();
        }
        let mut found = Vec::new();
        for op in self.steps().map(|step| &step.op) {
            match op {
                Op::Let { into, value: Value::Copy(from) } if *into == at => {
                    found.extend(self.kept(*from, hops - 1));
                }
                Op::Let { into, value: Value::Load { base, key } } if *into == at => {
                    found.extend(match key {
                        Key::Field(name) => Some(Place::Field(name.clone())),
                        Key::Element(_) | Key::Each => self.named(*base),
                    });
                }
                Op::Call { into, callee: Callee::Method { receiver, .. }, .. } if *into == at => {
                    found.extend(self.named(*receiver));
                }
                _ => {}
            }
        }
        found
    }

    /// A variable that everybody has who calls the function.
    fn outside(&self, local: Local) -> Option<Place> {
        self.unit.outlives(local).then_some(Place::Variable(local))
    }

    /// The variable or field that a value was just taken from.
    fn named(&self, local: Local) -> Option<Place> {
        self.outside(local).or_else(|| {
            self.steps().find_map(|step| match &step.op {
                Op::Let { into, value: Value::Load { key: Key::Field(name), .. } } if *into == local => {
                    Some(Place::Field(name.clone()))
                }
                _ => None,
            })
        })
    }

    /// A step keeps the promise, or one that waits for it, where the one before was kept.
    fn puts_back(&self, op: &Op, kept: &[Place], promise: Local) -> bool {
        match op {
            Op::Let { into, value: Value::Copy(from) } => {
                kept.contains(&Place::Variable(*into)) && self.waits_for(*from, promise, HOPS)
            }
            Op::Call { into, callee, args } => {
                let fills = kept.contains(&Place::Variable(*into))
                    && (*into == promise || self.follows(callee, promise, HOPS));
                let keeps = || {
                    let Callee::Method { receiver, .. } = callee else { return false };
                    self.named(*receiver).is_some_and(|place| kept.contains(&place))
                        && args.iter().skip(1).any(|arg| self.waits_for(arg.value, promise, HOPS))
                };
                fills || keeps()
            }
            Op::Store { base, key, value } => {
                let place = match key {
                    Key::Field(name) => Some(Place::Field(name.clone())),
                    Key::Element(_) | Key::Each => self.named(*base),
                };
                place.is_some_and(|place| kept.contains(&place)) && self.waits_for(*value, promise, HOPS)
            }
            _ => false,
        }
    }

    /// A value is the promise, or `promise.catch(…)`.
    fn waits_for(&self, value: Local, promise: Local, hops: u32) -> bool {
        if value == promise {
            return true;
        }
        hops > 0
            && self.steps().any(|step| match &step.op {
                Op::Let { into, value: Value::Copy(from) } if *into == value => {
                    self.waits_for(*from, promise, hops - 1)
                }
                Op::Call { into, callee, .. } if *into == value => self.follows(callee, promise, hops - 1),
                _ => false,
            })
    }

    fn follows(&self, callee: &Callee, promise: Local, hops: u32) -> bool {
        match callee {
            Callee::Method { receiver, name } => {
                self.knowledge.is_word("later", name) && self.waits_for(*receiver, promise, hops)
            }
            _ => false,
        }
    }
}
