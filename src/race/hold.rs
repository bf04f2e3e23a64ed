//! Which holds (locks, transactions, sessions, row locks) surely cover each point of a scene.

use super::Races;
use crate::book::words::{Isolation, Noun, Relation, Relations, Trait, Verb};
use crate::flow::Flow;
use crate::scene::event::{EventId, Hold, Point};
use crate::scene::value::{FrameId, Term, ValueId};
use crate::scene::{End, Mark, Scene};

/// Holds at the start of every block.
pub(super) struct Holds {
    /// Takes in event order; a hold is known by its place here.
    pub(super) takes: Vec<EventId>,
    /// Per block: held on every path to its start, as bits over `takes`.
    sure: Vec<Bits>,
    words: usize,
}

type Bits = Vec<u64>;

impl Holds {
    pub(super) fn new(scene: &Scene, flow: &Flow, keys: &[Vec<ValueId>]) -> Holds {
        let takes: Vec<EventId> = scene.event_ids().filter(|id| is_hold(scene, *id)).collect();
        let words = takes.len().div_ceil(64);
        let full = vec![u64::MAX; words];
        let mut holds = Holds { takes, sure: vec![full; scene.blocks.len()], words };
        if words == 0 {
            return holds;
        }
        let mut after: Vec<Bits> = holds.sure.clone();
        let mut changed = true;
        // Structured graphs settle in two or three rounds.
        let mut rounds = 0;
        while changed && rounds < 12 {
            changed = false;
            rounds += 1;
            for block in &flow.order {
                let mut state = if *block == 0 { vec![0; words] } else { vec![u64::MAX; words] };
                for before in &flow.predecessors[*block] {
                    if flow.is_reachable(*before) {
                        for (bits, other) in state.iter_mut().zip(&after[*before]) {
                            *bits &= other;
                        }
                    }
                }
                holds.sure[*block].clone_from(&state);
                for mark in &scene.blocks[*block].marks {
                    holds.apply(scene, keys, mark, &mut state);
                }
                if after[*block] != state {
                    after[*block] = state;
                    changed = true;
                }
            }
        }
        holds
    }

    fn apply(&self, scene: &Scene, keys: &[Vec<ValueId>], mark: &Mark, state: &mut Bits) {
        match mark {
            Mark::Event(id) => {
                let event = scene.event(*id);
                if let Ok(at) = self.takes.binary_search(id) {
                    state[at / 64] |= 1 << (at % 64);
                }
                if event.verb == Verb::Release {
                    for (at, take) in self.takes.iter().enumerate() {
                        if ends(scene, keys, *take, *id) {
                            state[at / 64] &= !(1 << (at % 64));
                        }
                    }
                    if event.resource.noun == Noun::Transaction {
                        self.end_inside(scene, state);
                    }
                }
            }
            Mark::End(id) => {
                if let Ok(at) = self.takes.binary_search(id) {
                    state[at / 64] &= !(1 << (at % 64));
                }
                if scene.event(*id).resource.noun == Noun::Transaction {
                    self.end_inside(scene, state);
                }
            }
            Mark::Release(value) => {
                for (at, take) in self.takes.iter().enumerate() {
                    if matches!(scene.event(*take).hold, Some(Hold::Value(held)) if held == *value) {
                        state[at / 64] &= !(1 << (at % 64));
                    }
                }
            }
            Mark::Suspend(..) | Mark::Call { .. } | Mark::Task(_) | Mark::TaskEnd(_) => {}
        }
    }

    /// Holds that last as long as a transaction end with it.
    fn end_inside(&self, scene: &Scene, state: &mut Bits) {
        for (at, take) in self.takes.iter().enumerate() {
            if scene.event(*take).hold == Some(Hold::Transaction) {
                state[at / 64] &= !(1 << (at % 64));
            }
        }
    }

    /// The holds that surely cover a point (those of the event at the point included).
    pub(super) fn at(&self, scene: &Scene, keys: &[Vec<ValueId>], point: Point) -> Vec<EventId> {
        if self.words == 0 {
            return Vec::new();
        }
        let mut state = self.sure[point.block as usize].clone();
        let marks = &scene.blocks[point.block as usize].marks;
        for mark in marks.iter().take(point.index as usize) {
            self.apply(scene, keys, mark, &mut state);
        }
        if let Some(Mark::Event(id)) = marks.get(point.index as usize)
            && let Ok(at) = self.takes.binary_search(id)
        {
            state[at / 64] |= 1 << (at % 64);
        }
        self.takes
            .iter()
            .enumerate()
            .filter(|(at, _)| state[at / 64] & (1 << (at % 64)) != 0)
            .map(|(_, id)| *id)
            .collect()
    }
}

impl Races<'_> {
    /// The database that an act asks lies behind a lock, `inner.lock().db`: whoever else of this
    /// process asks it has to have the lock first, whatever the lock is called.
    pub(super) fn is_asked_through(&self, hold: EventId, act: EventId) -> bool {
        let begun = self.transaction_at(self.event(act).at);
        [Some(act), begun].into_iter().flatten().any(|id| {
            let Some(call) = self.scene.calls.get(&self.event(id).result) else { return false };
            let lies_behind = |part: ValueId| {
                matches!(self.scene.values.term(part), Term::Held { event, .. } if *event == hold)
            };
            let mut asked = call.receiver.iter().chain(&call.args);
            asked.any(|value| self.any_part(*value, 6, &mut { lies_behind }))
        })
    }

    /// A key that only one run can make was made before the look, by whoever goes on at all, and
    /// neither is it gone before the act.
    pub(super) fn held_by_key(&self, check: EventId, act: EventId) -> Option<EventId> {
        let (look, change) = (self.event(check).at, self.event(act).at);
        let won = |block: u32| -> Vec<EventId> {
            let decisions = self.decisions(block);
            let tested = decisions.iter().filter(|decision| !decision.raises);
            tested
                .flat_map(|decision| {
                    self.looked_at(decision).iter().map(|seen| seen.event).collect::<Vec<_>>()
                })
                .collect()
        };
        let both = won(look.block);
        won(change.block).into_iter().find(|id| {
            let event = self.event(*id);
            event.resource.noun == Noun::Key
                && event.verb == Verb::Create
                && event.traits.has(Trait::Exclusive)
                && *id != check
                && *id != act
                && both.contains(id)
                && self.before(event.at, look)
                && self.before(look, change)
                && self.lock_fits(*id, act)
                && !self.scene.event_ids().any(|gone| {
                    let other = self.event(gone);
                    other.verb == Verb::Remove
                        && self.keys(gone) == self.keys(*id)
                        && self.dominates(event.at, other.at)
                        && self.dominates(other.at, change)
                })
        })
    }

    /// The transaction of both has changed a row before it looks, of which the look and the act ask
    /// by the same value: whoever else wants to begin that way waits until it is over.
    pub(super) fn held_by_changed_row(&self, check: EventId, act: EventId) -> Option<EventId> {
        let (look, change) = (self.event(check), self.event(act));
        let around = self.transaction_at(change.at)?;
        // A snapshot that was taken before the wait shows nothing of what it waited for.
        let stale = self.project.database(change.span.file).overwrites
            && matches!(self.event(around).isolation, Some(Isolation::RepeatableRead | Isolation::Snapshot));
        if stale
            || self.event(around).isolation == Some(Isolation::Batch)
            || self.transaction_at(look.at) != Some(around)
        {
            return None;
        }
        let asked = |id: EventId, value: ValueId| {
            let mut conditions = self.event(id).resource.conditions.iter();
            conditions
                .any(|one| one.equal && one.value.is_some_and(|other| self.canon(other) == self.canon(value)))
        };
        let given = |value: ValueId| {
            let mut sets = change.sets.iter();
            sets.any(|(_, other)| self.canon(*other) == self.canon(value))
        };
        self.scene.event_ids().find(|id| {
            let event = self.event(*id);
            let named = |value: ValueId| {
                self.scene.values.literal_text(value).is_none()
                    && asked(check, value)
                    && (asked(act, value) || given(value))
            };
            *id != act
                && event.resource.noun == Noun::Row
                && event.verb == Verb::Update
                && self.dominates(event.at, look.at)
                && self.transaction_at(event.at) == Some(around)
                && !event.resource.conditions.is_empty()
                && event.resource.conditions.iter().all(|one| one.equal)
                && event.resource.conditions.iter().filter_map(|one| one.value).any(named)
        })
    }

    /// The same closure also runs under a serializable transaction that covers look and act: where
    /// it runs without, whoever wraps it found that there is a transaction already.
    pub(super) fn held_in_another_run(&self, check: EventId, act: EventId) -> Option<EventId> {
        let twin = |id: EventId, other: EventId| {
            let (one, two) = (self.event(id), self.event(other));
            id != other
                && one.span == two.span
                && one.verb == two.verb
                && one.frame != two.frame
                && self.is_same_closure(one.frame, two.frame)
        };
        let serial = |id: EventId| {
            let holds = self.holds.at(self.scene, &self.keys, self.event(id).at);
            holds.into_iter().filter(|hold| {
                let hold = self.event(*hold);
                hold.resource.noun == Noun::Transaction && hold.isolation == Some(Isolation::Serializable)
            })
        };
        let of = |id: EventId| self.scene.event_ids().filter(move |other| twin(id, *other));
        let over_look: Vec<EventId> = of(check).flat_map(serial).collect();
        if over_look.is_empty() {
            return None;
        }
        of(act).flat_map(serial).find(|hold| over_look.contains(hold))
    }

    /// Two activations of one closure, or of closures inside of it.
    fn is_same_closure(&self, one: FrameId, two: FrameId) -> bool {
        let (mut one, mut two) = (one, two);
        while one != two {
            let frames = &self.scene.frames;
            let (a, b) = (&frames[one.0 as usize], &frames[two.0 as usize]);
            let (Some(around), Some(other)) = (a.lexical, b.lexical) else { return false };
            if (a.file, a.function) != (b.file, b.function) {
                return false;
            }
            (one, two) = (around, other);
        }
        true
    }

    /// What entitles to the act goes in the act's own transaction, by a removal that raises for
    /// whoever comes second and takes the act back with it.
    pub(super) fn consumed_together(&self, check: EventId, act: EventId) -> Option<EventId> {
        let (look, change) = (self.event(check), self.event(act));
        let over = |at: Point| self.holds.at(self.scene, &self.keys, at);
        let around: Vec<EventId> = over(change.at)
            .into_iter()
            .filter(|hold| {
                let hold = self.event(*hold);
                hold.resource.noun == Noun::Transaction && hold.isolation != Some(Isolation::Batch)
            })
            .collect();
        if around.is_empty() || change.resource.noun != Noun::Row {
            return None;
        }
        let same = Relations::of(&[Relation::Same]);
        let named: Vec<ValueId> = self.roots_of(check);
        self.scene.event_ids().find(|id| {
            let gone = self.event(*id);
            let always = self.dominates(gone.at, change.at) || self.always_follows(change.at, gone.at);
            *id != act
                && gone.resource.noun == Noun::Row
                && !self.same_table(*id, act)
                && !gone.resource.conditions.is_empty()
                && self.raises_when_gone(*id)
                && over(gone.at).iter().any(|hold| around.contains(hold))
                && always
                && (self.before(look.at, gone.at) || self.dominates(gone.at, look.at))
                && self.roots_of(*id).iter().any(|root| named.contains(root))
                && self.scene.event_ids().any(|found| {
                    self.event(found).verb == Verb::Read
                        && self.before(self.event(found).at, change.at)
                        && self.before(self.event(found).at, gone.at)
                        && self.related(found, *id, same).is_some()
                })
        })
    }

    /// What the values of a row's condition are taken from.
    fn roots_of(&self, id: EventId) -> Vec<ValueId> {
        let resource = &self.event(id).resource;
        let values = resource.conditions.iter().filter(|c| c.equal).filter_map(|c| c.value);
        let open =
            values.chain(resource.by_id).filter(|value| self.scene.values.literal_text(*value).is_none());
        open.map(|value| self.canon(self.scene.values.root(value))).collect()
    }

    /// No way leads from one point to an end that is no error without passing another.
    fn always_follows(&self, from: Point, to: Point) -> bool {
        if from.block == to.block {
            return from.index < to.index;
        }
        let mut seen = rustc_hash::FxHashSet::default();
        let mut open = vec![from.block];
        while let Some(block) = open.pop() {
            if block == to.block || !seen.insert(block) {
                continue;
            }
            match self.scene.blocks[block as usize].end {
                End::Goto(next) => open.push(next),
                End::If { yes, no, .. } => open.extend([yes, no]),
                // Where it raises, nothing stands.
                End::Raises { next, .. } => open.push(next),
                End::Raise => {}
                End::Open | End::Return => return false,
            }
        }
        true
    }

    /// What the look was for was done under its own hold: what is added or given back after that
    /// rests on no look.
    pub(super) fn spent(&self, check: EventId, act: EventId) -> Option<EventId> {
        let (look, change) = (self.event(check), self.event(act));
        if !change.traits.has(Trait::Relative) {
            return None;
        }
        let holds = self.holds.at(self.scene, &self.keys, look.at);
        let closed = |id: &EventId| {
            let hold = self.event(*id);
            match hold.resource.noun {
                Noun::Lock => !hold.traits.has(Trait::Local) && !hold.traits.has(Trait::Shared),
                Noun::Row => !hold.traits.has(Trait::Shared),
                Noun::Transaction => hold.isolation == Some(Isolation::Serializable),
                _ => false,
            }
        };
        let hold = holds.into_iter().find(closed)?;
        let same = Relations::of(&[Relation::Same, Relation::Selects]);
        self.scene.event_ids().find(|id| {
            let event = self.event(*id);
            *id != act
                && event.verb == change.verb
                && self.before(look.at, event.at)
                && self.before(event.at, change.at)
                && self.related(check, *id, same).is_some()
                && self.holds.at(self.scene, &self.keys, event.at).contains(&hold)
        })
    }
}

/// Takes, and looks that lock what they see for as long as the transaction lasts.
fn is_hold(scene: &Scene, id: EventId) -> bool {
    let event = scene.event(id);
    event.verb == Verb::Take || (event.hold.is_some() && event.resource.noun == Noun::Row)
}

/// Whether a release ends a take: an equal key, or the same client for transactions and sessions.
fn ends(scene: &Scene, keys: &[Vec<ValueId>], take: EventId, release: EventId) -> bool {
    let (from, to) = (scene.event(take), scene.event(release));
    from.resource.noun == to.resource.noun
        && matches!(from.hold, Some(Hold::Explicit | Hold::Session | Hold::Value(_)) | None)
        && {
            let (a, b) = (&keys[take.0 as usize], &keys[release.0 as usize]);
            a.first() == b.first()
                || to.resource.keys.first().is_some_and(|key| *key == from.result)
                || (a.is_empty() || b.is_empty())
        }
}
