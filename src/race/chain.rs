//! Chains: a look, an effect on something else, and a record of it, tied by one delivery or key.

use super::compose::Parts;
use super::{Candidate, Decision, Races, Use};
use crate::book::rule::{Form, Rule, Select, Shape};
use crate::book::words::{Found, Founds, Guard, Isolation, Noun, Relation, Relations, Role, Trait, Verb};
use crate::finding::{Confidence, Label, LabelRole, Turn};
use crate::program::Name;
use crate::scene::Mark;
use crate::scene::event::{Condition, EventId, Point};
use crate::source::Span;

/// What a chain does to the world: an event, or a call nobody explains.
#[derive(Clone, Debug)]
struct Effect {
    event: Option<EventId>,
    at: Point,
    span: Span,
    name: String,
}

impl Races<'_> {
    pub(super) fn chains(&self, rule: &Rule, form: &Form, found: &mut Vec<Candidate>) {
        let Shape::Chain { check, effect, record, tie } = &form.shape else { return };
        match record {
            Some(record) => self.recorded(rule, form, check, effect, record, tie.as_ref(), found),
            None => self.unrecorded(rule, form, check, effect, found),
        }
    }

    /// "Seen?" → effect → "seen".
    #[allow(clippy::too_many_arguments)]
    fn recorded(
        &self,
        rule: &Rule,
        form: &Form,
        check: &[Select],
        effect: &[Select],
        record: &[Select],
        tie: Option<&Select>,
        found: &mut Vec<Candidate>,
    ) {
        let same = Relations::of(&[Relation::Same, Relation::Selects]);
        for write in self.scene.event_ids() {
            if self.selected(record, write).is_none() || !self.role_of_tie(write, tie) {
                continue;
            }
            let point = self.event(write).at;
            let looks: Vec<EventId> = self
                .scene
                .event_ids()
                .filter(|look| {
                    *look != write
                        && self.selected(check, *look).is_some()
                        && self.before(self.event(*look).at, point)
                        && self.related(*look, write, same).is_some()
                        && self.decides_chain(*look, write)
                })
                .collect();
            let code = check.iter().any(|select| select.roles.has(crate::book::words::Role::Code));
            for look in looks {
                if code && !self.spends(write, Some(look)) {
                    continue;
                }
                let Some(effect) = self.effect_between(look, write, effect) else { continue };
                // Of a loop nobody knows which of its rounds the record is of, without a delivery.
                if self.delivery_of(write).is_none() && self.before(point, effect.at) {
                    continue;
                }
                if self.chain_guarded(form, look, &effect, write) {
                    continue;
                }
                let mut finding = self.chain_finding(rule, form, look, &effect, write);
                if let Some(refused) = self.gain_refused(look, write) {
                    refused.tell(&mut finding.finding);
                }
                found.push(finding);
                break;
            }
        }
    }

    /// The tie of a chain is a delivery: the record's key comes from it, or the words say so.
    pub(super) fn role_of_tie(&self, record: EventId, tie: Option<&Select>) -> bool {
        let Some(tie) = tie else { return true };
        if !tie.nouns.has(Noun::Delivery) {
            return true;
        }
        let delivery = self.delivery_of(record);
        if tie.roles.is_empty() {
            return delivery.is_some() || self.notes_what_was_done(record);
        }
        // An intent: the caller chose the key; its name says what it is.
        let named = self.roles(record).meets(tie.roles);
        named && (delivery.is_some() || self.deliveries().next().is_none())
    }

    /// What no page calls a delivery is remembered as one: by a row or key whose name says that it
    /// is done with (`processed_tokens`), or by such a column of a record (`events.handled_at`).
    fn notes_what_was_done(&self, record: EventId) -> bool {
        let event = self.event(record);
        let done = |word: &String| self.knowledge.is_word("done", word);
        let mut columns = event.sets.iter().flat_map(|(column, _)| crate::knowledge::words(column));
        let noted = match event.verb {
            Verb::Create | Verb::Write => {
                let mut words = Vec::new();
                event.resource.keys.iter().for_each(|key| self.words_of(*key, &mut words, 0));
                words.iter().any(done)
            }
            Verb::Update => self.roles(record).has(Role::Record) && columns.any(|word| done(&word)),
            _ => false,
        };
        noted && matches!(event.resource.noun, Noun::Row | Noun::Key) && self.deliveries().next().is_none()
    }

    /// The look's answer leads to the record (through the effect): a branch or an early return.
    fn decides_chain(&self, look: EventId, write: EventId) -> bool {
        let at = self.event(write).at;
        self.decisions(at.block)
            .iter()
            .any(|decision| self.looked_at(decision).iter().any(|seen| seen.event == look))
    }

    fn effect_between(&self, look: EventId, write: EventId, selects: &[Select]) -> Option<Effect> {
        let (from, to) = (self.event(look).at, self.event(write).at);
        let inside = |at: Point| self.before(from, at) && self.before(at, to);
        let event = self.scene.event_ids().find(|id| {
            *id != write
                && *id != look
                && self.selected(selects, *id).is_some()
                && !self.event(*id).traits.has(Trait::Once)
                && !self.same_table_or_key(*id, write)
                && inside(self.event(*id).at)
                && !matches!(self.event(*id).resource.noun, Noun::State | Noun::Lock | Noun::Transaction)
        });
        if let Some(id) = event {
            return Some(Effect {
                event: Some(id),
                at: self.event(id).at,
                span: self.event(id).span,
                name: self.quote_call(id),
            });
        }
        self.opaque_effect(&inside).or_else(|| self.named_effect(write, &inside))
    }

    /// A change of something else in a function of the project that is called after its effect:
    /// `dispatchBilling(event)`.
    fn named_effect(&self, record: EventId, inside: &dyn Fn(Point) -> bool) -> Option<Effect> {
        let around = self.event(record).frame;
        self.scene.event_ids().find_map(|id| {
            let event = self.event(id);
            let changes = matches!(event.verb, Verb::Create | Verb::Write | Verb::Update | Verb::Remove)
                && matches!(event.resource.noun, Noun::Row | Noun::Key | Noun::Object)
                && !self.same_table_or_key(id, record)
                && inside(event.at);
            if !changes {
                return None;
            }
            let mut at = event.frame;
            while let Some((caller, span)) = self.scene.frames[at.0 as usize].caller {
                let frame = &self.scene.frames[at.0 as usize];
                let function = &self.project.unit(frame.file).program.functions[frame.function.0 as usize];
                if caller == around && self.knowledge.in_lexicon("effects", &function.name) {
                    let text = super::describe::shorten(self.sources.slice(span));
                    return Some(Effect { event: None, at: event.at, span, name: format!("`{text}`") });
                }
                at = caller;
            }
            None
        })
    }

    fn same_table_or_key(&self, a: EventId, b: EventId) -> bool {
        self.event(a).resource.noun == self.event(b).resource.noun
            && (self.same_table(a, b) && self.event(a).resource.noun == Noun::Row
                || self.keys(a) == self.keys(b))
    }

    /// An awaited call nobody explains, whose name does not say that it only looks or logs.
    fn opaque_effect(&self, inside: &dyn Fn(Point) -> bool) -> Option<Effect> {
        for (block, body) in self.scene.blocks.iter().enumerate() {
            for (index, mark) in body.marks.iter().enumerate() {
                let Mark::Call { name, inputs, span, awaited: true, .. } = mark else { continue };
                let at = Point { block: block as u32, index: index as u32 };
                if inputs.is_empty() || !inside(at) || !self.sounds_like_effect(name) {
                    continue;
                }
                let text = super::describe::shorten(self.sources.slice(*span));
                return Some(Effect { event: None, at, span: *span, name: format!("`{text}`") });
            }
        }
        None
    }

    pub(super) fn sounds_like_effect(&self, name: &Name) -> bool {
        let words = crate::knowledge::words(name);
        let Some(first) = words.first() else { return false };
        let quiet = self.knowledge.is_word("looks", first)
            || words.iter().any(|word| self.knowledge.is_word("logging", word));
        !quiet
            && (self.knowledge.is_word("performs", first)
                || self.knowledge.is_word("effects", first)
                || self.knowledge.is_word("makes", first)
                || self.knowledge.is_word("changes", first)
                || matches!(first.as_str(), "handle" | "process" | "run" | "execute" | "do"))
    }

    fn chain_guarded(&self, form: &Form, look: EventId, effect: &Effect, write: EventId) -> bool {
        let safe = form.safe;
        if safe.has(Guard::Once) && effect.event.is_some_and(|id| self.event(id).traits.has(Trait::Once)) {
            return true;
        }
        if safe.has(Guard::Claimed) && (self.claimed(look, effect) || self.undone_together(effect, write)) {
            return true;
        }
        if safe.has(Guard::Private) && self.is_private(look, write) {
            return true;
        }
        safe.has(Guard::Held)
            && (self.chain_held(look, effect, write) || self.consumed_together(look, write).is_some())
    }

    /// A tested exclusive, conditional or handled act on the tie dominates the effect.
    fn claimed(&self, look: EventId, effect: &Effect) -> bool {
        let same = Relations::of(&[Relation::Same, Relation::Selects]);
        self.scene.event_ids().any(|id| {
            let event = self.event(id);
            id != look
                && matches!(event.verb, Verb::Create | Verb::Write | Verb::Update | Verb::Remove | Verb::Take)
                && self.dominates(event.at, effect.at)
                && (self.related(look, id, same).is_some()
                    || self.same_table_or_key(look, id)
                    || self.is_kept_under(look, id))
                && ((self.outcome_tested(id) && !self.is_refusal_unread(id))
                    || self.is_handled(id).is_some()
                    || (event.traits.has(Trait::Exclusive) && !event.traits.has(Trait::Idempotent)))
        })
    }

    /// A look's key is made of what names another row: what is kept for a token is as good as the
    /// token itself.
    pub(super) fn is_kept_under(&self, look: EventId, claim: EventId) -> bool {
        let Some(key) = self.keys(look).last().copied() else { return false };
        let resource = &self.event(claim).resource;
        let mut names = resource.conditions.iter().filter(|c| c.equal).filter_map(|c| c.value);
        self.event(look).resource.noun == Noun::Key
            && resource.noun == Noun::Row
            && names.any(|name| {
                let name = self.canon(name);
                self.scene.values.literal_text(name).is_none()
                    && self.any_part(key, 6, &mut |part| self.canon(part) == name)
            })
    }

    /// The record is removed in the effect's own transaction, and where it is gone already that
    /// raises: the second effect is taken back.
    fn undone_together(&self, effect: &Effect, write: EventId) -> bool {
        let Some(effect) = effect.event.map(|id| self.event(id)).filter(|e| e.resource.noun == Noun::Row)
        else {
            return false;
        };
        let over = |at: Point| self.holds.at(self.scene, &self.keys, at);
        let first = over(effect.at);
        self.raises_when_gone(write)
            && over(self.event(write).at)
                .iter()
                .any(|hold| first.contains(hold) && self.event(*hold).resource.noun == Noun::Transaction)
    }

    fn chain_held(&self, look: EventId, effect: &Effect, write: EventId) -> bool {
        let over = |at: Point| self.holds.at(self.scene, &self.keys, at);
        let first = over(self.event(look).at);
        let last = over(self.event(write).at);
        let middle = over(effect.at);
        first.iter().any(|hold| {
            let event = self.event(*hold);
            last.contains(hold)
                && middle.contains(hold)
                && match event.resource.noun {
                    Noun::Lock => !event.traits.has(Trait::Local),
                    Noun::Row => true,
                    Noun::Transaction => event.isolation == Some(Isolation::Serializable),
                    _ => false,
                }
        })
    }

    /// A delivery acted upon with nothing that remembers it.
    fn unrecorded(
        &self,
        rule: &Rule,
        form: &Form,
        check: &[Select],
        effect: &[Select],
        found: &mut Vec<Candidate>,
    ) {
        for delivery in self.scene.event_ids() {
            if self.selected(check, delivery).is_none() {
                continue;
            }
            let from = self.event(delivery).at;
            let notes: Vec<EventId> = self
                .scene
                .event_ids()
                .filter(|id| {
                    let noun = self.event(*id).resource.noun;
                    matches!(
                        noun,
                        Noun::Row | Noun::Key | Noun::Object | Noun::State | Noun::Entry | Noun::Lock
                    ) && self.delivery_of(*id) == Some(delivery)
                })
                .collect();
            // What is noted of another kind of delivery, on a way of its own, says nothing of this.
            let remembered = |act: EventId| {
                let at = self.event(act).at;
                notes.iter().any(|note| {
                    let noted = self.event(*note).at;
                    *note == act || self.before(noted, at) || self.before(at, noted)
                })
            };
            let acts = self.scene.event_ids().find(|id| {
                let event = self.event(*id);
                self.selected(effect, *id).is_some()
                    && !matches!(event.resource.noun, Noun::State | Noun::Lock | Noun::File | Noun::Directory)
                    && !event.traits.has(Trait::Once)
                    && !event.traits.has(Trait::Idempotent)
                    && !event.traits.has(Trait::Conditional)
                    // A lock taken with the answer, or a value kept under a key, is no effect.
                    && !event.traits.has(Trait::Exclusive)
                    && (event.resource.noun != Noun::Key || event.traits.has(Trait::Relative))
                    && event.verb != Verb::Take
                    && self.before(from, event.at)
                    && !remembered(*id)
                    && self.guarded_by_state(*id).is_none()
            });
            let Some(act) = acts else { continue };
            let effect = Effect {
                event: Some(act),
                at: self.event(act).at,
                span: self.event(act).span,
                name: self.quote_call(act),
            };
            let _ = form;
            found.push(self.chain_finding(rule, form, delivery, &effect, act));
        }
    }

    /// The effect already depends on a look at what it changes: another rule's concern.
    fn guarded_by_state(&self, act: EventId) -> Option<EventId> {
        let wanted = Relations::of(&[Relation::Same, Relation::Selects]);
        self.decisions(self.event(act).at.block).iter().find_map(|decision| {
            let looked = self.looked_at(decision);
            let guards = |look: EventId, what: &Use| {
                let event = self.event(look);
                event.resource.noun != Noun::Delivery
                    && (self.related(look, act, wanted).is_some()
                        || (event.resource.noun == Noun::Row && !self.only_found(decision, look, what)))
            };
            looked.iter().find(|seen| guards(seen.event, &seen.what)).map(|seen| seen.event)
        })
    }

    /// The row is there, and will be there for a repeat: it was looked up by a key alone.
    fn only_found(&self, decision: &Decision, look: EventId, what: &Use) -> bool {
        let by_key = |condition: &Condition| {
            let fixed = condition.value.is_none_or(|value| self.scene.values.literal_text(value).is_some());
            condition.equal && !fixed
        };
        let event = self.event(look);
        let leaves = |id: EventId| {
            let other = self.event(id);
            other.verb == Verb::Remove && other.resource.noun == Noun::Row && self.same_table(look, id)
        };
        *what == Use::Presence
            && self.found(decision, look) == Founds::of(&[Found::Present])
            && event.resource.conditions.iter().all(by_key)
            && !self.scene.event_ids().any(leaves)
    }

    fn chain_finding(
        &self,
        rule: &Rule,
        form: &Form,
        look: EventId,
        effect: &Effect,
        write: EventId,
    ) -> Candidate {
        let mut labels = vec![Label {
            role: LabelRole::Check,
            span: self.event(look).span,
            text: "looked up here".to_string(),
        }];
        let decisions = self.decisions(self.event(write).at.block);
        let asks = |decision: &&Decision| {
            !decision.raises && self.looked_at(decision).iter().any(|seen| seen.event == look)
        };
        if let Some(span) = decisions.iter().find(asks).and_then(|decision| decision.span) {
            labels.push(Label { role: LabelRole::Decision, span, text: "this decides".to_string() });
        }
        if effect.span != self.event(write).span {
            let text = "the effect".to_string();
            labels.push(Label { role: LabelRole::Effect, span: effect.span, text });
        }
        let mut events = vec![look];
        events.extend(effect.event.filter(|id| *id != write));
        events.push(write);
        let turn = |actor, text: String, span| Turn { actor, text, span: Some(span) };
        let seen = format!("{} — not seen yet", self.quote_call(look));
        let mut turns = vec![
            turn(0, seen.clone(), self.event(look).span),
            turn(1, seen, self.event(look).span),
            turn(0, effect.name.clone(), effect.span),
            turn(1, effect.name.clone(), effect.span),
        ];
        if effect.span != self.event(write).span {
            turns.push(turn(0, self.quote_call(write), self.event(write).span));
        }
        let most = if effect.event.is_some() { Confidence::High } else { Confidence::Medium };
        self.finding(Parts {
            rule,
            form,
            events,
            act: write,
            labels,
            holes: vec![
                ("check", self.quote_call(look)),
                ("effect", effect.name.clone()),
                ("record", self.quote_call(write)),
                ("act", self.quote_call(write)),
                ("resource", self.resource(write)),
                ("event", self.quote_call(look)),
            ],
            fields: Vec::new(),
            maybe: false,
            turns,
            actors: ["one delivery".to_string(), "its repeat".to_string()],
            notes: Vec::new(),
            drop: 0,
            most,
        })
    }
}
