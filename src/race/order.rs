//! Orders: two acts on one resource whose order itself leaves a gap.

use super::compose::Parts;
use super::decide::Decision;
use super::memory::is_memory;
use super::{Candidate, Races};
use crate::book::rule::{Form, Rule, Shape};
use crate::book::words::{Found, Founds, Guard, Isolation, Noun, Relation, Relations, Trait, Verb, Verbs};
use crate::finding::{Confidence, Label, LabelRole, Turn};
use crate::program::{Language, Literal};
use crate::project::Part;
use crate::scene::End;
use crate::scene::event::{EventId, Point};
use crate::scene::value::{Term, ValueId};
use std::cell::LazyCell;

/// How many first acts back the one that belongs to an act is looked for.
const NEAREST: usize = 96;

impl Races<'_> {
    pub(super) fn orders(&self, rule: &Rule, form: &Form, found: &mut Vec<Candidate>) {
        let Shape::Order { first, then, tie } = &form.shape else { return };
        let firsts = LazyCell::new(|| -> Vec<EventId> {
            self.scene.event_ids().filter(|id| self.selected(first, *id).is_some()).collect()
        });
        let thens = LazyCell::new(|| -> Vec<EventId> {
            self.scene.event_ids().filter(|id| self.selected(then, *id).is_some()).collect()
        });
        let looks = LazyCell::new(|| -> Vec<EventId> {
            let has_fields = |id: &EventId| !self.event(*id).fields.is_empty();
            let is_look = |id: &EventId| Verbs::LOOK.has(self.event(*id).verb);
            self.scene.event_ids().filter(is_look).filter(has_fields).collect()
        });
        for act in self.scene.event_ids() {
            let Some(select) = self.selected(then, act) else { continue };
            if !select.fields.is_empty() && !select.fields.iter().any(|f| self.event(act).fields.contains(f))
            {
                continue;
            }
            // The one nearest before it; not of every act all that there is.
            let nearest =
                firsts[..firsts.partition_point(|id| *id < act)].iter().rev().take(NEAREST).copied();
            let mut earlier = nearest.filter(|id| {
                self.event(*id).span != self.event(act).span
                    && (self.dominates(self.event(*id).at, self.event(act).at)
                        || self.is_removed_if_there(*id, act))
                    && if tie.is_some() { self.tied(*id, act) } else { self.is_on_same(*id, act) }
            });
            let Some(before) = earlier.next() else { continue };
            if self.event(before).verb == Verb::Remove && self.is_moved(act) {
                continue;
            }
            if self.order_guarded(form, before, act)
                || self.hides_nothing(before, act)
                || self.is_made_private(before, act)
                || (form.safe.has(Guard::Mended) && self.is_mended(&thens, &looks, before, act))
            {
                continue;
            }
            found.push(self.order_finding(rule, form, before, act));
        }
    }

    /// What is removed is skipped only where a look says that there is nothing to remove: after both
    /// ways the name is believed to be free. `if (exists(path)) remove(path); write(path)`.
    fn is_removed_if_there(&self, first: EventId, act: EventId) -> bool {
        let (removal, point) = (self.event(first), self.event(act).at);
        if removal.verb != Verb::Remove || !self.before(removal.at, point) {
            return false;
        }
        let decisions = self.decisions(removal.at.block);
        // Of `exists() || is_symlink()` only the first is asked on every way.
        let mut asked = decisions.iter().filter(|decision| !decision.raises && !self.hands_on(decision));
        asked.any(|asked| {
            let test = Point { block: asked.block, index: u32::MAX };
            self.dominates(test, point)
                && self.decisions(point.block).iter().all(|decision| {
                    let apart = decision.block != asked.block;
                    apart || (decision.outcome == asked.outcome && self.is_reached_past(asked, point))
                })
                && self.looked_at(asked).iter().any(|seen| {
                    self.found(asked, seen.event) == Founds::of(&[Found::Present])
                        && self.same_key(seen.event, act)
                })
        })
    }

    /// A point is reached on the other side of a branch as well.
    fn is_reached_past(&self, asked: &Decision, point: Point) -> bool {
        let End::If { yes, no, .. } = self.scene.blocks[asked.block as usize].end else { return false };
        let block = if asked.outcome { no } else { yes };
        self.before(Point { block, index: 0 }, point)
    }

    /// Something before the first act made the very thing, and said who may do what with it.
    fn is_made_private(&self, first: EventId, then: EventId) -> bool {
        let set = &self.event(then).fields;
        !set.is_empty()
            && self.scene.event_ids().any(|id| {
                let event = self.event(id);
                event.verb == Verb::Create
                    && event.traits.has(Trait::Exclusive)
                    && set.iter().any(|field| event.fields.contains(field))
                    && self.dominates(event.at, self.event(first).at)
                    && self.same_key(id, first)
            })
    }

    /// What was written stands in the code and is made a program, or only the right to write is taken
    /// away: whoever opened it in between has read nothing that it should not.
    fn hides_nothing(&self, first: EventId, then: EventId) -> bool {
        let event = self.event(then);
        let keeps_open = |value: ValueId| {
            self.scene.calls.values().any(|other| {
                other.receiver.is_some_and(|of| self.canon(of) == self.canon(value))
                    && self.knowledge.is_word("read-only", &other.name)
            })
        };
        let makes_program = |value: ValueId| match self.scene.values.term(self.canon(value)) {
            Term::Literal(Literal::Number(mode)) => mode.parse::<u32>().is_ok_and(|mode| mode & 0o100 != 0),
            _ => false,
        };
        // `0o755` or `0o644`: everybody may read it before and after.
        let shows_all = |value: ValueId| {
            let value = self.canon(value);
            let modes = match self.scene.values.term(value) {
                Term::Phi { .. } => self.scene.values.parts(value),
                _ => vec![value],
            };
            !modes.is_empty()
                && modes.iter().all(|mode| match self.scene.values.term(self.canon(*mode)) {
                    Term::Literal(Literal::Number(mode)) => {
                        mode.parse::<u32>().is_ok_and(|mode| mode & 0o044 == 0o044)
                    }
                    _ => false,
                })
        };
        let sets_mode = !event.fields.is_empty() && event.fields.iter().all(|field| field == "mode");
        let call = self.scene.calls.get(&event.result);
        let args = call.map_or(&[][..], |call| call.args.as_slice());
        sets_mode
            && (args.iter().any(|arg| keeps_open(*arg) || shows_all(*arg))
                || (args.iter().any(|arg| makes_program(*arg)) && self.writes_what_stands_in_code(first)))
    }

    /// What is set is what another thing has, as it was looked up: it need not be narrower than
    /// what the first act gave.
    fn is_copied_mode(&self, first: EventId, then: EventId) -> bool {
        let values = &self.scene.values;
        let Some(call) = self.scene.calls.get(&self.event(then).result) else { return false };
        matches!(self.event(then).resource.noun, Noun::File | Noun::Handle)
            && call.args.iter().any(|arg| {
                let looks = self.scene.results.get(arg).into_iter().flatten();
                !values.influences.contains_key(arg)
                    && looks.into_iter().any(|look| {
                        self.event(*look).verb == Verb::Inspect
                            && self.keys(*look) != self.keys(first)
                            && !self.is_opened_by(first, *look)
                    })
            })
    }

    /// A file that goes by a name of the program's own, or is the program's itself, in a folder that is
    /// not everybody's, is made anew: nobody else has any business there. Nor has anybody where a script
    /// works that serves nobody.
    fn renews_own_file(&self, first: EventId, then: EventId) -> bool {
        let event = self.event(then);
        let frame = &self.scene.frames[event.frame.0 as usize];
        let is_script = self.project.language(frame.file) == Language::TypeScript;
        let is_known = self.project.part(frame.file) != Part::Unknown;
        let is_own = |key: ValueId| self.goes_by_own_name(key) || self.is_own_program(key);
        self.event(first).verb == Verb::Remove
            && event.resource.noun == Noun::File
            && ((is_script && is_known && !self.serves_strangers())
                || event.resource.keys.first().is_some_and(|key| is_own(*key)))
            && !self.lies_in_common(then)
    }

    /// The path of the program that runs.
    fn is_own_program(&self, path: ValueId) -> bool {
        self.any_part(path, 6, &mut |part| {
            self.scene.calls.get(&part).is_some_and(|call| self.knowledge.is_word("own-program", &call.name))
        })
    }

    /// Both are done to one thing, the second by its name or through what the first act opened.
    fn is_on_same(&self, first: EventId, then: EventId) -> bool {
        self.same_key(first, then) || self.is_opened_by(first, then)
    }

    fn is_opened_by(&self, first: EventId, then: EventId) -> bool {
        self.event(first).resource.noun == Noun::File
            && self.event(then).resource.noun == Noun::Handle
            && self.event(then).resource.keys.first().is_some_and(|handle| {
                self.scene.results.get(handle).is_some_and(|opened| opened.contains(&first))
            })
    }

    fn same_key(&self, first: EventId, then: EventId) -> bool {
        let wanted = Relations::of(&[Relation::Same, Relation::Selects]);
        self.related(first, then, wanted).is_some()
    }

    /// The second act, or another like it where this one does not happen, is done because of a look
    /// at what it sets: whoever comes next puts right what was left undone.
    fn is_mended(&self, then: &[EventId], looks: &[EventId], first: EventId, act: EventId) -> bool {
        let after = |ids: &[EventId]| -> Vec<EventId> {
            let from = ids.partition_point(|id| *id <= first);
            ids[from..].iter().copied().take(NEAREST).collect()
        };
        let set = &self.event(act).fields;
        let looks: Vec<EventId> = after(looks)
            .into_iter()
            .filter(|look| self.event(*look).fields.iter().any(|field| set.contains(field)))
            .filter(|look| self.same_key(first, *look))
            .collect();
        let asked = |act: EventId| {
            self.decisions(self.event(act).at.block)
                .iter()
                .any(|decision| self.looked_at(decision).iter().any(|seen| looks.contains(&seen.event)))
        };
        let point = self.event(act).at;
        let instead = |id: EventId| {
            let other = self.event(id).at;
            id != act
                && self.same_key(first, id)
                && self.dominates(self.event(first).at, other)
                && !self.before(point, other)
                && !self.before(other, point)
        };
        !looks.is_empty() && (asked(act) || after(then).into_iter().any(|id| instead(id) && asked(id)))
    }

    /// Both are made of the same delivery's data.
    pub(super) fn tied(&self, a: EventId, b: EventId) -> bool {
        let Some(delivery) = self.delivery_of(a) else { return false };
        self.event(b).at > self.event(delivery).at || self.delivery_of(b) == Some(delivery)
    }

    fn order_guarded(&self, form: &Form, first: EventId, then: EventId) -> bool {
        let safe = form.safe;
        if safe.has(Guard::Private) && self.is_private(first, then) {
            return true;
        }
        if safe.has(Guard::Enclosed) && self.is_enclosed(then) {
            return true;
        }
        let over = |id: EventId| self.holds.at(self.scene, &self.keys, self.event(id).at);
        let common: Vec<EventId> = over(first).into_iter().filter(|hold| over(then).contains(hold)).collect();
        let together = common.iter().any(|hold| self.event(*hold).resource.noun == Noun::Transaction);
        if safe.has(Guard::Together) && together {
            return true;
        }
        if safe.has(Guard::Held)
            && common.iter().any(|hold| {
                let event = self.event(*hold);
                (event.resource.noun == Noun::Lock
                    && (!event.traits.has(Trait::Local) || is_memory(self.event(then).resource.noun)))
                    || event.isolation == Some(Isolation::Serializable)
            })
        {
            return true;
        }
        safe.has(Guard::Settled) && self.settled(first, then)
            || safe.has(Guard::Claimed) && self.claimed_in_memory(first, then).is_some()
    }

    /// The record is written again after the effect, or removed where the effect raises.
    fn settled(&self, record: EventId, effect: EventId) -> bool {
        self.scene.event_ids().any(|id| {
            id != record
                && id != effect
                && self.event(id).resource.noun == self.event(record).resource.noun
                && !Verbs::LOOK.has(self.event(id).verb)
                && self.before(self.event(effect).at, self.event(id).at)
                && (self.same_key(record, id)
                    || (self.event(id).resource.noun == Noun::Row && self.same_table(record, id)))
        })
    }

    fn order_finding(&self, rule: &Rule, form: &Form, first: EventId, then: EventId) -> Candidate {
        let labels = vec![Label {
            role: LabelRole::Check,
            span: self.event(first).span,
            text: "first this".to_string(),
        }];
        let meeting = self.meeting(&[first, then]);
        let turns = vec![
            Turn { actor: 0, text: self.quote_from(first, meeting), span: Some(self.event(first).span) },
            Turn { actor: 1, text: format!("uses {}", self.resource(then)), span: None },
            Turn { actor: 0, text: self.quote_from(then, meeting), span: Some(self.event(then).span) },
        ];
        self.finding(Parts {
            rule,
            form,
            events: vec![first, then],
            act: then,
            labels,
            holes: vec![
                ("act", self.quote_from(then, meeting)),
                ("first", self.quote_from(first, meeting)),
                ("check", self.quote_from(first, meeting)),
                ("then", self.quote_from(then, meeting)),
                ("resource", self.resource(first)),
            ],
            fields: Vec::new(),
            maybe: false,
            turns,
            actors: ["this run".to_string(), "another process".to_string()],
            notes: Vec::new(),
            drop: if self.is_copied_mode(first, then) || self.renews_own_file(first, then) { 2 } else { 0 },
            most: Confidence::High,
        })
    }
}
