//! Decisions that do not decide whether an act happens.

use super::Races;
use super::decide::{Decision, Use};
use super::leads::Decided;
use crate::book::rule::Select;
use crate::book::words::{Link, Links, Noun, Verb};
use crate::scene::event::{EventId, Point};

impl Races<'_> {
    /// Whether a decision around a loop asks what another round's look saw, or only whether an act
    /// that has happened happens again.
    pub(super) fn is_stale(&self, decision: &Decision, look: EventId, act: EventId) -> bool {
        let (from, to) = (self.event(look).at, self.event(act).at);
        if self.flow.loops.around(to.block as usize).next().is_none() {
            return false;
        }
        let asked = Point { block: decision.block, index: u32::MAX };
        let looked_again = self.dominates(from, to) && !self.dominates(from, asked);
        looked_again || (asked.block != to.block && self.dominates(to, asked))
    }

    /// Whether the other side of the branch that decides does the same kind of thing to the same
    /// file: then what the look said refuses nothing, and only chooses how.
    pub(super) fn is_done_either_way(
        &self,
        look: EventId,
        act: EventId,
        (seen, select): (&Select, &Select),
        decided: &Decided,
    ) -> bool {
        let (from, to) = (self.event(look), self.event(act));
        if from.verb != Verb::Inspect
            || to.resource.noun != Noun::File && to.resource.noun != Noun::Directory
            || decided.links != Links::of(&[Link::Control])
        {
            return false;
        }
        let decisions = self.decisions(to.at.block);
        let rests = |decision: &&Decision| self.looked_at(decision).iter().any(|seen| seen.event == look);
        let (alike, left): (Vec<&Decision>, Vec<&Decision>) =
            decisions.iter().filter(rests).partition(|decision| self.is_alike(act, select, decision));
        let asks = |decision: &Decision| {
            self.looked_at(decision).iter().any(|used| {
                used.event == look
                    && match &used.what {
                        Use::Field(field) => seen.fields.contains(field),
                        Use::Presence => seen.fields.iter().any(|field| field == "presence"),
                        Use::Any => true,
                    }
            })
        };
        !alike.is_empty() && !left.into_iter().any(asks)
    }

    /// On the other side of a branch the same kind of thing is done to the same file.
    fn is_alike(&self, act: EventId, select: &Select, decision: &Decision) -> bool {
        self.scene.event_ids().any(|id| {
            id != act
                && self.is_selected(select, id)
                && self.keys(id) == self.keys(act)
                && self.decisions(self.event(id).at.block).iter().any(|other| {
                    other.test == decision.test
                        && other.raises == decision.raises
                        && other.outcome != decision.outcome
                })
        })
    }
}
