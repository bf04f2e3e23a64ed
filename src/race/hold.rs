//! Which holds (locks, transactions, sessions, row locks) surely cover each point of a scene.

use super::Races;
use crate::book::words::{Isolation, Noun, Relation, Relations, Trait, Verb};
use crate::flow::Flow;
use crate::scene::event::{EventId, Hold, Point};
use crate::scene::value::ValueId;
use crate::scene::{Mark, Scene};

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
