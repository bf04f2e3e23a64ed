//! Misuses: one event that lacks something, or whose outcome is ignored or misread.

use super::compose::Parts;
use super::lease::Lease;
use super::{Candidate, Races};
use crate::book::api::SlotStep;
use crate::book::rule::{Feature, Form, Predicate, Rule, Shape};
use crate::book::words::{Freshness, Noun, Region, Trait, Traits, Verb, Verbs};
use crate::finding::{Confidence, Label, LabelRole, Turn};
use crate::program::{Callee, Language, Local, Name, Op, Step, Value};
use crate::project::Unit;
use crate::scene::event::{Event, EventId, Hold, Outcome, OutcomeKind, Recognition};
use crate::scene::value::{Term, ValueId};
use crate::scene::{End, Mark};
use crate::source::Span;

impl Races<'_> {
    pub(super) fn misuses(&self, rule: &Rule, form: &Form, found: &mut Vec<Candidate>) {
        let Shape::Misuse { event: selects, predicates, tie } = &form.shape else { return };
        for id in self.scene.event_ids() {
            // Where nothing leads, everything holds.
            let runs = self.flow.is_reachable(self.event(id).at.block as usize);
            if !runs || self.selected(selects, id).is_none() {
                continue;
            }
            if !self.role_of_tie(id, tie.as_ref()) {
                continue;
            }
            if !predicates.iter().all(|predicate| self.predicate(predicate, id)) {
                continue;
            }
            if form.safe.has(crate::book::words::Guard::Held) && self.is_covered(id) {
                continue;
            }
            let lease = self.lease(predicates, id);
            if lease != Lease::Outlasts {
                found.push(self.misuse_finding(rule, form, id, if lease == Lease::Long { 2 } else { 0 }));
            }
        }
    }

    fn is_covered(&self, id: EventId) -> bool {
        let event = self.event(id);
        self.holds
            .at(self.scene, &self.keys, event.at)
            .into_iter()
            .any(|hold| hold != id && matches!(self.event(hold).resource.noun, Noun::Lock | Noun::Row))
    }

    fn predicate(&self, predicate: &Predicate, id: EventId) -> bool {
        let event = self.event(id);
        match predicate {
            Predicate::Lacks(feature) => self.lacks(event, feature, id),
            Predicate::Key(Freshness::Fresh) if event.resource.noun == Noun::Lock => {
                self.is_own_lock(id) || self.is_fresh_name(id)
            }
            Predicate::Key(Freshness::Guessable) => {
                self.keys(id).first().is_some_and(|key| self.is_guessable(*key))
            }
            Predicate::Key(kind) => event.resource.keys.first().is_some_and(|key| self.is_made(*key, *kind)),
            Predicate::Data(kind) => event.data.is_some_and(|data| self.is_made(data, *kind)),
            Predicate::Once(kind) => event
                .once
                .is_some_and(|once| self.is_made(once, *kind) && !self.made_before_attempt(id, once)),
            Predicate::Inside(regions) => self.regions(id).meets(*regions),
            // Where nothing is around it, it does not run unprotected: it is refused.
            Predicate::Outside(_) if refused_alone(event) => false,
            Predicate::Outside(regions) => {
                let handed = regions.has(Region::Transaction) && self.is_handed_transaction(event);
                !(handed || self.regions(id).meets(*regions))
            }
            Predicate::OnOuter => self.on_outer(id),
            Predicate::OutcomeIgnored if matches!(event.hold, Some(Hold::Value(_))) => self.dies_at_once(id),
            // What raises where its condition fails needs nobody to look.
            Predicate::OutcomeIgnored if self.raises_unmet(id) || self.raises_refused(id) => false,
            // Whoever comes second finds nothing to remove, and is told by an error.
            Predicate::OutcomeIgnored
                if self.raises_when_gone(id) || self.only_marks(id) || self.only_dates(id) =>
            {
                false
            }
            Predicate::OutcomeIgnored if self.is_spent_elsewhere(id) || self.is_rejection(id) => false,
            Predicate::OutcomeIgnored => {
                let looked_at = self.outcome_tested(id) || self.is_used(id);
                let unread = !looked_at || self.asks_error_alone(id) || self.is_refusal_unread(id);
                unread && !self.is_spent_once(id)
            }
            // Known by the shapes a page lists; what it does not list does not exist.
            Predicate::OutcomeMisread => self.is_misread(id),
            Predicate::ErrorMisread => self.misread_code(id).is_some(),
        }
    }

    /// A lock that raises where it is refused, and nobody goes on after that.
    fn raises_refused(&self, id: EventId) -> bool {
        let event = self.event(id);
        let mut blocks = self.scene.blocks.iter().enumerate();
        let ends = blocks.all(|(at, block)| match block.end {
            End::Raises { call, handler, .. } if call == event.result || at == event.at.block as usize => {
                self.ends_in_raise(handler)
            }
            _ => true,
        });
        event.verb == Verb::Take
            && !event.fails.is_empty()
            && event.fails.iter().all(|outcome| matches!(outcome.kind, OutcomeKind::Throws(_)))
            && ends
    }

    /// Nothing but notes for the log is made of an error before it is raised again.
    fn ends_in_raise(&self, handler: u32) -> bool {
        let mut at = handler;
        for _ in 0..16 {
            let block = &self.scene.blocks[at as usize];
            let goes_on = |mark: &Mark| match mark {
                Mark::Call { name, inputs, .. } => {
                    let mut words = crate::knowledge::words(name);
                    inputs.iter().for_each(|input| self.words_of(*input, &mut words, 3));
                    !words.iter().any(|word| self.knowledge.is_word("logging", word))
                }
                Mark::Release(_) | Mark::End(_) => false,
                _ => true,
            };
            if block.marks.iter().any(goes_on) {
                return false;
            }
            match block.end {
                End::Goto(to) | End::Raises { next: to, .. } => at = to,
                End::Raise => return true,
                End::Return | End::Open | End::If { .. } => return false,
            }
        }
        false
    }

    /// Only an error tells that there was nothing to change.
    fn raises_unmet(&self, id: EventId) -> bool {
        let event = self.event(id);
        let raises = |outcome: &Outcome| matches!(outcome.kind, OutcomeKind::Throws(_));
        matches!(event.verb, Verb::Update | Verb::Remove)
            && (event.traits.has(Trait::Conditional) || self.is_claim(id))
            && !event.absent.is_empty()
            && event.absent.iter().all(raises)
    }

    /// What is kept for a token goes after the token itself was spent, by a change that told.
    fn is_spent_elsewhere(&self, id: EventId) -> bool {
        self.event(id).verb == Verb::Remove
            && self.scene.event_ids().any(|claim| {
                self.dominates(self.event(claim).at, self.event(id).at)
                    && matches!(self.event(claim).verb, Verb::Remove | Verb::Update)
                    && self.is_kept_under(id, claim)
                    && self.outcome_tested(claim)
                    && !self.is_refusal_unread(claim)
            })
    }

    /// A removal that raises where there is nothing left to remove.
    pub(super) fn raises_when_gone(&self, id: EventId) -> bool {
        let event = self.event(id);
        event.verb == Verb::Remove
            && event.absent.iter().any(|outcome| matches!(outcome.kind, OutcomeKind::Throws(_)))
    }

    /// A removal whose condition names more than the key, or the owner, removes only what is still
    /// ours.
    fn names_owner(&self, event: &Event, traits: Traits) -> bool {
        let conditions = &event.resource.conditions;
        let is_owner = |column: &Name| self.knowledge.in_lexicon("holder", column);
        traits.has(Trait::Conditional)
            && event.verb == Verb::Remove
            && event.resource.noun == Noun::Row
            // All of them go, whoever holds them: that is no release of one's own.
            && ((conditions.is_empty() && event.resource.by_id.is_none())
                || conditions.len() > 1
                || conditions.iter().any(|c| c.equal && is_owner(&c.column)))
    }

    fn lacks(&self, event: &Event, feature: &Feature, id: EventId) -> bool {
        match feature {
            Feature::Trait(traits) => {
                !event.traits.meets(*traits)
                    && !self.given_later(event, feature, id)
                    && !self.names_owner(event, *traits)
            }
            Feature::Field(field) => !event.fields.contains(field),
            Feature::Absent => event.absent.is_empty(),
            Feature::Fails => event.fails.is_empty(),
            Feature::Affected => event.affected.is_empty(),
            Feature::Part => event.resource.keys.len() < 2,
            Feature::Assumed => !self.has_feature(id, feature),
            Feature::Asked => !self.is_asked_or_given(id),
        }
    }

    /// A second command on the key gives what the first lacks (`EXPIRE` after `SETNX`).
    fn given_later(&self, event: &Event, feature: &Feature, id: EventId) -> bool {
        let Feature::Trait(traits) = feature else { return false };
        traits.has(crate::book::words::Trait::Expires)
            && self.scene.event_ids().any(|other| {
                other != id
                    && self.event(other).resource.noun == event.resource.noun
                    && self.keys(other) == self.keys(id)
                    && (self.event(other).fields.iter().any(|field| field == "expiry")
                        || self.event(other).traits.meets(*traits))
            })
    }

    fn is_made(&self, value: ValueId, kind: Freshness) -> bool {
        match kind {
            Freshness::Constant => matches!(self.scene.values.term(value), Term::Literal(_)),
            Freshness::Guessable => self.is_guessable(value),
            Freshness::Fresh => {
                // Made by a constructor called here; what an accessor gives may be anybody's.
                let made = self.scene.calls.get(&value).is_some_and(|call| {
                    matches!(self.scene.values.term(value), Term::Call { .. })
                        && (call.name == "new" || call.name.starts_with(char::is_uppercase))
                });
                (self.is_fresh(value) || made) && !self.scene.published.contains(&value)
            }
        }
    }

    /// A lock asked for by a name that only this run knows. What is looked up by such a name, or
    /// made of it, may be anybody's.
    fn is_fresh_name(&self, id: EventId) -> bool {
        let event = self.event(id);
        let Some(&key) = event.resource.keys.first() else { return false };
        let receiver = self.scene.calls.get(&event.result).and_then(|call| call.receiver);
        let is_text = |value| matches!(self.scene.values.term(value), Term::Template(_) | Term::Join(_));
        let fresh = &self.scene.values.fresh;
        let named = fresh.contains(&key)
            || (is_text(key) && self.scene.values.parts(key).iter().any(|part| fresh.contains(part)));
        named && receiver.is_some_and(|receiver| self.canon(receiver) != self.canon(key))
    }

    /// The client is a transaction that somebody else began: handed in, or named so.
    fn is_handed_transaction(&self, event: &Event) -> bool {
        let Some(mut client) = event.client else { return false };
        // `tx` of `tx.select(…).from(…)`.
        for _ in 0..8 {
            let Some(asked) = self.scene.calls.get(&client).and_then(|call| call.receiver) else { break };
            client = asked;
        }
        let mut words = Vec::new();
        self.words_of(client, &mut words, 3);
        // `store.getStore()`: what somebody else put there.
        let fetched = self.scene.calls.get(&client).is_some_and(|call| {
            let mut words = crate::knowledge::words(&call.name).into_iter();
            call.args.is_empty() && words.any(|word| self.knowledge.is_word("ambient", &word))
        });
        event.client_given || fetched || words.iter().any(|word| self.knowledge.is_word("handed", word))
    }

    /// Inside a transaction's callback, but through a client that is older than it.
    fn on_outer(&self, id: EventId) -> bool {
        let event = self.event(id);
        if self.outside_of_handle(id) {
            return true;
        }
        let Some(client) = event.client.filter(|_| !event.client_given) else { return false };
        self.holds.at(self.scene, &self.keys, event.at).into_iter().any(|open| {
            let hold = self.event(open);
            hold.resource.noun == Noun::Transaction
                && hold.hold == Some(Hold::During)
                && hold.client.is_some_and(|outer| self.canon(outer) == self.canon(client))
                && (!Verbs::LOOK.has(event.verb) || self.changes_within(open, id))
        })
    }

    /// A look misses what the transaction did before it only where that changed the same table.
    fn changes_within(&self, transaction: EventId, look: EventId) -> bool {
        self.scene.event_ids().any(|other| {
            let change = self.event(other);
            Verbs::CHANGE.has(change.verb)
                && change.resource.noun == Noun::Row
                && self.same_table(look, other)
                && self.holds.at(self.scene, &self.keys, change.at).contains(&transaction)
        })
    }

    /// A transaction is a value that statements are given, and this one is not: a change, or a
    /// look at what the transaction changes.
    fn outside_of_handle(&self, id: EventId) -> bool {
        let event = self.event(id);
        if event.client_given || event.resource.noun != Noun::Row {
            return false;
        }
        let open = self.holds.at(self.scene, &self.keys, event.at).into_iter().find(|hold| {
            let hold = self.event(*hold);
            let of_pool = event.client_pooled
                || (event.client.is_some()
                    && hold.client.map(|c| self.canon(c)) == event.client.map(|c| self.canon(c)));
            hold.resource.noun == Noun::Transaction
                && hold.hold == Some(Hold::Explicit)
                && hold.resource.keys.first() == Some(&hold.result)
                && hold.library == event.library
                && of_pool
        });
        open.is_some_and(|open| !Verbs::LOOK.has(event.verb) || self.changes_within(open, id))
    }

    /// Some branch, or the caller by what is returned, asks what came of an event.
    pub(super) fn outcome_tested(&self, id: EventId) -> bool {
        self.tested.contains(&self.event(id).result)
    }

    /// What came of an event is asked, or goes on into something else.
    pub(super) fn is_asked_or_given(&self, id: EventId) -> bool {
        let result = self.event(id).result;
        self.outcome_tested(id) || self.passed_on.contains(&result)
    }

    /// The guard that an event gives is dropped before anything else happens, and not by a call
    /// that says so.
    fn dies_at_once(&self, id: EventId) -> bool {
        let event = self.event(id);
        let Some(Hold::Value(guard)) = event.hold else { return false };
        if self.is_used(id) || self.scene.used.contains(&guard) || self.stores_under(id) {
            return false;
        }
        // A function whose inside is not in sight, and which says only by its name that it locks,
        // may give nothing that holds.
        if event.recognition == Recognition::Named && !event.traits.has(Trait::Local) {
            return false;
        }
        let (mut at, mut from) = (event.at.block, event.at.index as usize + 1);
        for _ in 0..8 {
            let block = &self.scene.blocks[at as usize];
            for mark in block.marks.iter().skip(from) {
                match mark {
                    Mark::Release(value) if *value == guard => return self.more_follows(id),
                    Mark::Release(_) | Mark::Suspend(..) => {}
                    // The engine's own look through the guard.
                    Mark::Event(other) if self.event(*other).span == event.span => {}
                    Mark::Event(_) | Mark::Call { .. } | Mark::End(_) | Mark::Task(_) | Mark::TaskEnd(_) => {
                        return false;
                    }
                }
            }
            (at, from) = match block.end {
                End::Goto(to) | End::Raises { next: to, .. } => (to, 0),
                End::Open | End::If { .. } | End::Return | End::Raise => return false,
            };
        }
        false
    }

    /// Something is stored in a field before what the event gave is released: that leaves no mark.
    fn stores_under(&self, id: EventId) -> bool {
        let event = self.event(id);
        let frame = &self.scene.frames[event.frame.0 as usize];
        let unit = self.project.unit(frame.file);
        let function = &unit.program.functions[frame.function.0 as usize];
        function.blocks.iter().any(|block| {
            let is_call = |step: &Step| matches!(step.op, Op::Call { .. }) && step.span == event.span;
            let Some(call) = block.steps.iter().position(is_call) else { return false };
            let Op::Call { into, .. } = block.steps[call].op else { return false };
            let after = &block.steps[call..];
            let ends =
                |step: &Step| matches!(step.op, Op::Release { local } if is_made_of(unit, local, into));
            let covered = after.iter().position(ends).map(|end| &after[..end]);
            covered.is_some_and(|steps| steps.iter().any(|step| matches!(step.op, Op::Store { .. })))
        })
    }

    /// The function goes on to something that the guard could have covered. Where it does not, the
    /// lock is a barrier: whoever waits for it wants nothing but its turn.
    fn more_follows(&self, id: EventId) -> bool {
        let event = self.event(id);
        let frame = &self.scene.frames[event.frame.0 as usize];
        let function = &self.project.unit(frame.file).program.functions[frame.function.0 as usize];
        let mut steps = function.blocks.iter().flat_map(|block| &block.steps);
        steps.any(|step| {
            step.span.start >= event.span.end && matches!(step.op, Op::Call { .. } | Op::Store { .. })
        })
    }

    /// The result goes somewhere at all: returned, passed on, stored.
    fn is_used(&self, id: EventId) -> bool {
        let event = self.event(id);
        let result = event.result;
        if self.scene.used.contains(&result) {
            return true;
        }
        self.passed_on.contains(&result)
    }

    /// Nothing of the result is looked at but whether it failed: `const { error } = await …`.
    fn asks_error_alone(&self, id: EventId) -> bool {
        let result = self.event(id).result;
        let values = &self.scene.values;
        let mut looked_at = values.ids().filter_map(|value| match values.term(value) {
            Term::Load { base, field, .. } if *base == result => Some(field),
            _ => None,
        });
        let mut any = false;
        let alone = looked_at.all(|field| {
            any = true;
            self.knowledge.is_word("error-part", field)
        });
        any && alone && !self.scene.returned.contains(&result)
    }

    /// A property of the result is tested that the page does not list as its count.
    fn is_misread(&self, id: EventId) -> bool {
        let event = self.event(id);
        let file = self.scene.frames[event.frame.0 as usize].file;
        // What is not there would not compile: it is another client's than was thought.
        if self.project.language(file) == Language::Rust {
            return false;
        }
        let direct = event.affected.iter().any(|o| o.path.is_empty() && o.kind == OutcomeKind::Value);
        // `.returning('*')` gives rows where there was a number.
        let is_listed = |field: &Name| {
            let shown =
                |o: &Outcome| matches!(o.path.first(), Some(SlotStep::Property(name)) if name == field);
            event.affected.iter().any(shown)
        };
        self.scene.blocks.iter().any(|block| {
            let End::If { test, .. } = &block.end else { return false };
            self.any_part(*test, 8, &mut |part| match self.scene.values.term(part) {
                Term::Load { base, field, .. } if *base == event.result => {
                    direct && self.knowledge.is_container(field) && !is_listed(field)
                }
                _ => false,
            })
        })
    }

    /// Where what an event takes is released.
    fn given_back(&self, id: EventId) -> Option<Span> {
        let taken = self.event(id);
        if taken.verb != Verb::Take {
            return None;
        }
        let gives_back = |other: &EventId| {
            let event = self.event(*other);
            event.verb == Verb::Release
                && event.resource.noun == taken.resource.noun
                && self.keys(*other) == self.keys(id)
        };
        self.scene.event_ids().find(gives_back).map(|other| self.event(other).span)
    }

    fn misuse_finding(&self, rule: &Rule, form: &Form, id: EventId, drop: u32) -> Candidate {
        let mut labels = Vec::new();
        labels.extend(self.given_back(id).map(|span| Label {
            role: LabelRole::Effect,
            span,
            text: "given back here".to_string(),
        }));
        if matches!(&form.shape, Shape::Misuse { predicates, .. } if predicates.contains(&Predicate::ErrorMisread))
        {
            labels.extend(self.misread_code(id).map(|span| Label {
                role: LabelRole::Effect,
                span,
                text: "asks for a code that this never shows".to_string(),
            }));
        }
        self.via(id, &mut labels);
        let call = self.quote_call(id);
        let span = Some(self.event(id).span);
        self.finding(Parts {
            rule,
            form,
            events: vec![id],
            act: id,
            labels,
            holes: vec![
                ("act", call.clone()),
                ("event", call.clone()),
                ("check", call.clone()),
                ("resource", self.resource(id)),
            ],
            fields: Vec::new(),
            maybe: false,
            turns: vec![Turn { actor: 0, text: call.clone(), span }, Turn { actor: 1, text: call, span }],
            actors: ["one process".to_string(), "another".to_string()],
            notes: Vec::new(),
            drop,
            most: Confidence::High,
        })
    }
}

/// A look that locks and says that it may be refused: without anything around it, it raises.
fn refused_alone(event: &Event) -> bool {
    let raises = |outcome: &Outcome| matches!(outcome.kind, OutcomeKind::Throws(_));
    Verbs::LOOK.has(event.verb) && event.fails.iter().any(raises)
}

/// `call.await`, `call?`, `call.unwrap()`, or the call's own result.
fn is_made_of(unit: &Unit, local: Local, call: Local) -> bool {
    let mut at = local;
    for _ in 0..8 {
        if at == call {
            return true;
        }
        at = match unit.definition(at) {
            Some(
                Op::Suspend { of, .. } | Op::Let { value: Value::Copy(of) | Value::Payload { of, .. }, .. },
            ) => *of,
            Some(Op::Call { callee: Callee::Method { receiver, .. }, .. }) => *receiver,
            _ => return false,
        };
    }
    false
}
