//! Queues made of promises: `tail = tail.then(work)`. Whoever puts work behind a promise, and the
//! outcome back in that promise's place, lets nobody begin before the one before has ended.

use super::Frame;
use super::arguments::Site;
use super::build::Builder;
use super::event::{Event, EventId, Happening, Hold, Resource};
use super::value::FrameId;
use crate::book::words::{Noun, Trait, Verb};
use crate::knowledge::Knowledge;
use crate::program::{Arg, Callee, Function, Key, Language, Local, Name, Op, Value};
use crate::project::Unit;
use crate::source::Span;
use rustc_hash::{FxHashMap, FxHashSet};

impl Builder<'_> {
    /// The hold under which a queue's work runs, where a call puts work into one.
    pub(super) fn enter_queue(&mut self, frame: FrameId, site: &Site<'_>) -> Option<EventId> {
        let receiver = site.call.receiver?;
        if self.language != Language::TypeScript || !self.knowledge.is_word("later", &site.call.name) {
            return None;
        }
        let Frame { file, function, .. } = self.frames[frame.0 as usize];
        if !self.queues.contains_key(&(file, function)) {
            let queues = Promises::new(self.unit(frame), self.function(frame), self.knowledge).queued();
            self.queues.insert((file, function), queues);
        }
        let span = site.call.how.span;
        if !self.queues[&(file, function)].contains(&span) {
            return None;
        }
        let resource = Resource::plain(Noun::Lock, vec![receiver]);
        let result = self.values.unknown();
        let happening = Happening { at: self.here(), frame, span, result };
        let mut event = Event::bare(Verb::Take, resource, happening, site.call.name.clone());
        event.hold = Some(Hold::During);
        event.traits = event.traits.with(Trait::Local);
        Some(self.add_event(event))
    }
}

/// Where the last promise is kept, so that every call of the function finds it.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Place {
    Variable(Local),
    Field(Name),
    /// The entry of a map under a key.
    Entry(Box<Place>, Local),
}

/// What the variables of one function are given.
struct Promises<'u> {
    unit: &'u Unit,
    function: &'u Function,
    knowledge: &'u Knowledge<'u>,
    given: FxHashMap<Local, Vec<&'u Op>>,
}

impl<'u> Promises<'u> {
    fn new(unit: &'u Unit, function: &'u Function, knowledge: &'u Knowledge<'u>) -> Promises<'u> {
        let mut given: FxHashMap<Local, Vec<&Op>> = FxHashMap::default();
        for step in function.blocks.iter().flat_map(|block| &block.steps) {
            if let Op::Let { into, .. } | Op::Call { into, .. } = &step.op {
                given.entry(*into).or_default().push(&step.op);
            }
        }
        Promises { unit, function, knowledge, given }
    }

    /// The calls that wait for what is kept somewhere, and become what is kept there.
    fn queued(&self) -> FxHashSet<Span> {
        let steps = || self.function.blocks.iter().flat_map(|block| &block.steps);
        let mut kept: FxHashMap<Place, Vec<Local>> = FxHashMap::default();
        for (place, value) in steps().filter_map(|step| self.keeps(&step.op)) {
            kept.entry(place).or_default().push(value);
        }
        let behind: FxHashMap<Place, FxHashSet<Local>> =
            kept.into_iter().map(|(place, values)| (place, self.waited_for(values))).collect();
        let is_queued = |op: &Op| {
            let Some((promise, before)) = self.puts_behind(op) else { return false };
            let places = self.sources(before);
            places.iter().filter_map(|place| behind.get(place)).any(|behind| behind.contains(&promise))
        };
        if behind.is_empty() {
            return FxHashSet::default();
        }
        steps().filter(|step| is_queued(&step.op)).map(|step| step.span).collect()
    }

    /// `promise = before.then(…)`.
    fn puts_behind(&self, op: &Op) -> Option<(Local, Local)> {
        match op {
            Op::Call { into, callee: Callee::Method { receiver, name }, .. }
                if self.knowledge.is_word("later", name) =>
            {
                Some((*into, *receiver))
            }
            _ => None,
        }
    }

    fn ops(&self, local: Local) -> impl Iterator<Item = &'u Op> + '_ {
        self.given.get(&local).into_iter().flatten().copied()
    }

    /// All that values wait for, themselves among them: `promise` in `promise.catch(…)`.
    fn waited_for(&self, mut open: Vec<Local>) -> FxHashSet<Local> {
        let mut seen = FxHashSet::default();
        while let Some(local) = open.pop() {
            if seen.insert(local) {
                open.extend(self.ops(local).filter_map(|op| match op {
                    Op::Let { value: Value::Copy(from), .. } => Some(*from),
                    op => self.puts_behind(op).map(|(_, before)| before),
                }));
            }
        }
        seen
    }

    /// Where a value comes from: `tail`, `this.tail`, `tails.get(key) ?? Promise.resolve()`.
    fn sources(&self, value: Local) -> FxHashSet<Place> {
        let mut found = FxHashSet::default();
        let (mut open, mut seen) = (vec![value], FxHashSet::default());
        while let Some(local) = open.pop() {
            if !seen.insert(local) {
                continue;
            }
            if self.unit.outlives(local) {
                found.insert(Place::Variable(local));
                continue;
            }
            for op in self.ops(local) {
                match op {
                    Op::Let { value: Value::Copy(from), .. } => open.push(*from),
                    Op::Let { value: Value::Load { base, key }, .. } => found.extend(self.place(*base, key)),
                    Op::Call { callee: Callee::Method { receiver, name }, args, .. }
                        if self.knowledge.is_word("keyed", name) =>
                    {
                        found.extend(self.entry(*receiver, args.first()));
                    }
                    op => open.extend(self.puts_behind(op).map(|(_, before)| before)),
                }
            }
        }
        found
    }

    /// Where a step keeps a value for the calls to come, and which.
    fn keeps(&self, op: &Op) -> Option<(Place, Local)> {
        match op {
            Op::Let { into, value: Value::Copy(from) } => {
                self.unit.outlives(*into).then_some((Place::Variable(*into), *from))
            }
            Op::Call { into, .. } if self.unit.outlives(*into) => Some((Place::Variable(*into), *into)),
            Op::Call { callee: Callee::Method { receiver, .. }, args, .. } => match args.as_slice() {
                [key, value] => Some((self.entry(*receiver, Some(key))?, value.value)),
                _ => None,
            },
            Op::Store { base, key, value } => Some((self.place(*base, key)?, *value)),
            _ => None,
        }
    }

    fn place(&self, base: Local, key: &Key) -> Option<Place> {
        match key {
            Key::Field(name) => Some(Place::Field(name.clone())),
            Key::Element(index) => Some(Place::Entry(Box::new(self.map(base)?), *index)),
            Key::Each => None,
        }
    }

    fn entry(&self, map: Local, key: Option<&Arg>) -> Option<Place> {
        Some(Place::Entry(Box::new(self.map(map)?), key?.value))
    }

    /// The variable or field that holds a map.
    fn map(&self, local: Local) -> Option<Place> {
        if self.unit.outlives(local) {
            return Some(Place::Variable(local));
        }
        self.ops(local).find_map(|op| match op {
            Op::Let { value: Value::Load { key: Key::Field(name), .. }, .. } => {
                Some(Place::Field(name.clone()))
            }
            _ => None,
        })
    }
}
