//! What makes a pair harmless, and what only looks as if it did.

use super::Races;
use super::decide::Use;
use super::leads::Decided;
use super::relation::{fold, identities};
use crate::book::words::{
    Found, Founds, Guard, Guards, Isolation, Noun, Relation, Relations, Trait, Verb, Verbs,
};
use crate::program::{Literal, Operator};
use crate::scene::End;
use crate::scene::event::{Condition, Event, EventId, OutcomeKind};
use crate::scene::value::{Term, ValueId};
use crate::source::Span;

/// A guard that holds.
pub(super) struct Guarded {
    pub(super) by: Guard,
    pub(super) span: Span,
}

/// A hold around check and act that does not help, and why.
#[derive(Clone, Debug)]
pub(super) struct Ineffective {
    pub(super) span: Span,
    pub(super) why: String,
    /// It does narrow the race to other processes: the level drops one.
    pub(super) local: bool,
}

impl Races<'_> {
    /// The first of a rule's guards that makes this pair harmless.
    pub(super) fn guarded(
        &self,
        safe: Guards,
        check: EventId,
        act: EventId,
        decided: &Decided,
        ineffective: &mut Vec<Ineffective>,
    ) -> Option<Guarded> {
        let (look, change) = (self.event(check), self.event(act));
        let yes = |by: Guard, span: Span| Some(Guarded { by, span });
        if safe.has(Guard::Exclusive) && change.traits.has(Trait::Exclusive) {
            return yes(Guard::Exclusive, change.span);
        }
        // `count(…) > 0` asks whether there is one: whoever comes second is told that there is.
        let asks_any =
            look.verb == Verb::Count && decided.presence && !decided.any && decided.names.is_empty();
        if asks_any && change.verb == Verb::Create && change.traits.has(Trait::Exclusive) {
            return yes(Guard::Exclusive, change.span);
        }
        // What was absent has no columns that the act could compare.
        let taken = change.verb == Verb::Update && self.taken(check, act).is_some();
        if safe.has(Guard::Conditional)
            && !taken
            && !self.is_only_told_by_raising(act)
            && self.is_conditional(change, look, decided)
        {
            return yes(Guard::Conditional, change.span);
        }
        if safe.has(Guard::Claimed)
            && let Some(claim) = self.is_claimed(check, act).or_else(|| self.claimed_in_memory(check, act))
        {
            return yes(Guard::Claimed, self.event(claim).span);
        }
        if safe.has(Guard::Private) && self.is_private(check, act) {
            return yes(Guard::Private, change.span);
        }
        if (safe.has(Guard::Handled) || (asks_any && change.verb == Verb::Create))
            && (decided.presence || look.verb == Verb::Count)
            && let Some(span) = self.is_handled_as(act, taken)
            && !self.tells_another_key(check, span)
        {
            return yes(Guard::Handled, span);
        }
        if safe.has(Guard::Held)
            && let Some(hold) = self.held(check, act, decided, ineffective)
        {
            return yes(Guard::Held, self.event(hold).span);
        }
        if safe.has(Guard::Held)
            && let Some(done) = self
                .spent(check, act)
                .or_else(|| self.held_by_key(check, act))
                .or_else(|| self.held_by_changed_row(check, act))
                .or_else(|| self.held_in_another_run(check, act))
                .or_else(|| self.consumed_together(check, act))
        {
            return yes(Guard::Held, self.event(done).span);
        }
        if safe.has(Guard::Rechecked)
            && let Some(again) = self.rechecked(check, act, decided)
        {
            return yes(Guard::Rechecked, self.event(again).span);
        }
        None
    }

    /// The act repeats the test inside itself.
    fn is_conditional(&self, act: &Event, look: &Event, decided: &Decided) -> bool {
        if act.traits.has(Trait::Conditional) {
            if act.tests.is_empty() {
                return !replaces_whatever(act, decided);
            }
            return decided.any
                || act.tests.iter().any(|test| decided.names.iter().any(|name| fold(name) == fold(test)));
        }
        // What a row is made with is no condition on it.
        if act.resource.noun != Noun::Row || act.verb == Verb::Create {
            return false;
        }
        act.resource.conditions.iter().filter(|condition| !self.is_same_key(act, look, condition)).any(
            |condition| {
                let column = fold(&condition.column);
                let identity = look
                    .resource
                    .conditions
                    .iter()
                    .any(|c| fold(&c.column) == column && c.equal && condition.equal)
                    && !decided.names.iter().any(|name| fold(name) == column);
                // `"invites.key"` asks something of `invites`.
                let above = condition.column.split('.').next().map(fold).unwrap_or_default();
                let decided_here =
                    decided.names.iter().any(|name| fold(name) == column || fold(name) == above);
                // `version = read.version`: any column compared with what the look gave.
                let compared = condition.value.is_some_and(|value| {
                    column != "id"
                        && self.seen(value, false).iter().any(|seen| {
                            self.event(seen.event).result == look.result
                                && matches!(&seen.what, Use::Field(field) if fold(field) == column)
                        })
                });
                // Something of the answer was tested: a column that was not asked for is not it.
                let shown = look.fields.is_empty() || look.fields.iter().any(|field| fold(field) == column);
                decided_here
                    || (compared && !identity)
                    || (!condition.equal && column != "id" && decided.any && shown)
            },
        )
    }

    /// The condition says which row it is, the one that the look gave, and nothing of its state.
    fn is_same_key(&self, act: &Event, look: &Event, condition: &Condition) -> bool {
        let Some(value) = condition.value.filter(|_| condition.equal) else { return false };
        if self.scene.values.literal_text(value).is_some() {
            return false;
        }
        let column = fold(&condition.column);
        let asked = look.resource.conditions.iter().any(|c| {
            c.equal
                && fold(&c.column) == column
                && c.value.is_some_and(|c| self.canon(c) == self.canon(value))
        });
        let own = || {
            self.seen(value, false).iter().any(|seen| {
                self.event(seen.event).result == look.result
                    && matches!(&seen.what, Use::Field(field) if fold(field) == column)
            })
        };
        asked || ((column == "id" || act.resource.conditions.len() == 1) && own())
    }

    /// The act runs only where an exclusive or conditional change went through: on the act's own
    /// row, or, where a row is made, on whatever entitles to it (an invitation marked as accepted).
    fn is_claimed(&self, check: EventId, act: EventId) -> Option<EventId> {
        let change = self.event(act);
        let same = Relations::of(&[Relation::Same, Relation::Selects]);
        self.decisions(change.at.block).iter().find_map(|decision| {
            let looked = self.looked_at(decision);
            let mut claims = looked.iter().map(|seen| seen.event);
            claims.find(|id| {
                let event = self.event(*id);
                let wins = event.traits.has(Trait::Exclusive)
                    || event.traits.has(Trait::Conditional)
                    || self.is_claim(*id);
                let spent = event.verb == Verb::Remove && !event.affected.is_empty();
                let kept = || self.is_kept_under(check, *id) && self.related(check, act, same).is_some();
                *id != act
                    && *id != check
                    && self.wins_by(decision, *id)
                    && (wins || (spent && kept()))
                    && matches!(event.verb, Verb::Create | Verb::Write | Verb::Update | Verb::Remove)
                    && self.before(event.at, change.at)
                    && (change.verb == Verb::Create || self.related(*id, act, same).is_some() || kept())
            })
        })
    }

    /// Nobody else can reach the resource.
    pub(super) fn is_private(&self, check: EventId, act: EventId) -> bool {
        let event = self.event(act);
        // The name that a new row gets for itself says nothing of what was looked for.
        if event.resource.noun == Noun::Row && event.verb == Verb::Create {
            return identities(self.event(check)).into_iter().any(|(_, value)| self.is_fresh(value));
        }
        // A new member of a set whose members were counted is not the set.
        let whole = event.resource.noun == Noun::Key && self.event(check).verb == Verb::Count;
        let keys = self.keys(act);
        let named = if whole { self.keys(check).len().min(keys.len()) } else { keys.len() };
        if keys[..named].iter().any(|key| self.is_fresh(*key)) {
            return true;
        }
        match event.resource.noun {
            Noun::State | Noun::Entry | Noun::Atomic => !self.is_shared(check, act),
            Noun::Row => {
                let mut keys = event.resource.conditions.iter().filter(|c| c.equal).filter_map(|c| c.value);
                keys.any(|value| self.is_fresh(value))
                    || event.resource.by_id.is_some_and(|id| !self.is_read_row(id) && self.is_fresh(id))
            }
            _ => false,
        }
    }

    /// A row that was read is no new one, whatever is given to its columns.
    fn is_read_row(&self, row: ValueId) -> bool {
        let root = self.scene.values.root(row);
        [row, root].iter().any(|of| {
            let mut events = self.scene.results.get(of).into_iter().flatten();
            events.any(|id| Verbs::LOOK.has(self.event(*id).verb))
        })
    }

    /// The path lies below a folder made here. A name of its own alone hides nothing: others list
    /// the folder it stands in.
    pub(super) fn is_enclosed(&self, act: EventId) -> bool {
        self.keys(act).iter().any(|key| match self.scene.values.term(*key) {
            Term::Join(parts) => {
                parts.split_last().is_some_and(|(_, above)| above.iter().any(|part| self.is_fresh(*part)))
            }
            _ => false,
        })
    }

    /// The act's failure is told apart from other errors where it surfaces.
    pub(super) fn is_handled(&self, act: EventId) -> Option<Span> {
        self.is_handled_as(act, false)
    }

    /// `taken`: what was looked for was absent, so an update fails by finding it taken.
    fn is_handled_as(&self, act: EventId, taken: bool) -> Option<Span> {
        let event = self.event(act);
        let outcomes = match event.verb {
            Verb::Update if taken => &event.fails,
            Verb::Create | Verb::Write | Verb::Take => &event.fails,
            _ => &event.absent,
        };
        if outcomes.iter().any(|outcome| outcome.kind == OutcomeKind::Fine) {
            return Some(event.span);
        }
        let codes: Vec<Option<&str>> = outcomes
            .iter()
            .filter_map(|outcome| match &outcome.kind {
                OutcomeKind::Throws(code) => Some(code.as_deref()),
                _ => None,
            })
            .collect();
        if codes.is_empty() {
            return None;
        }
        self.error_tests().iter().find_map(|block| {
            let End::If { test, span, .. } = &self.scene.blocks[*block].end else { return None };
            self.tests_error(*test, act, &codes).then_some(*span)
        })
    }

    /// The test of the error names the columns that it means, and what was looked for is another
    /// value than these: `isConflict(error, ["tenant", "version"])` after a look for a name.
    fn tells_another_key(&self, check: EventId, span: Span) -> bool {
        let asked: Vec<String> = self
            .event(check)
            .resource
            .conditions
            .iter()
            .filter(|condition| condition.equal && !condition.aside)
            .map(|condition| fold(&condition.column))
            .collect();
        let names = |part: ValueId| match self.scene.values.term(part) {
            Term::Record { name: None, entries, .. } if !entries.is_empty() => {
                let texts = entries.iter().map(|(_, value)| match self.scene.values.term(*value) {
                    Term::Literal(Literal::Text(text)) => Some(fold(text)),
                    _ => None,
                });
                texts.collect::<Option<Vec<String>>>()
            }
            _ => None,
        };
        !asked.is_empty()
            && self.error_tests().iter().any(|block| match &self.scene.blocks[*block].end {
                End::If { test, span: at, .. } if *at == span => self.any_part(*test, 4, &mut |part| {
                    names(part).is_some_and(|columns| {
                        columns.len() > 1
                            && columns.iter().any(|column| asked.contains(column))
                            && !asked.iter().all(|column| columns.contains(column))
                    })
                }),
                _ => false,
            })
    }

    pub(super) fn error_tests(&self) -> &[usize] {
        self.error_tests.get_or_init(|| self.find_error_tests())
    }

    /// Blocks whose branch asks anything of an error.
    fn find_error_tests(&self) -> Vec<usize> {
        let asks_error = |test: ValueId| {
            let mut found = false;
            self.walk_parts(test, 10, &mut |part| {
                let of_result = self.scene.results.contains_key(&part);
                found |= matches!(self.scene.values.term(part), Term::Error(_) | Term::Caught(_));
                !found && !of_result
            });
            found
        };
        let blocks = self.scene.blocks.iter().enumerate();
        blocks
            .filter(|(_, block)| matches!(&block.end, End::If { test, .. } if asks_error(*test)))
            .map(|(at, _)| at)
            .collect()
    }

    /// Whether a test asks an act's error for one of these codes.
    fn tests_error(&self, test: ValueId, act: EventId, codes: &[Option<&str>]) -> bool {
        let result = self.event(act).result;
        let mut of_error = false;
        let mut of_code = false;
        self.walk_parts(test, 10, &mut |part| {
            let term = self.scene.values.term(part);
            of_error |= matches!(term, Term::Error(of) if *of == result)
                || self.scene.caught.get(&part).is_some_and(|events| events.contains(&act));
            of_code |= match term {
                Term::Pure { name, .. } | Term::Load { field: name, .. } => tells_conflict(name),
                // `matches!(error.kind(), NotFound)`.
                Term::Apply(Operator::Is(variant), _) => {
                    let variant = variant.rsplit('.').next().unwrap_or_default();
                    codes.iter().flatten().any(|code| *code == variant) || tells_conflict(variant)
                }
                Term::Literal(Literal::Bool(_) | Literal::Null) => false,
                Term::Literal(Literal::Text(text)) => {
                    codes.iter().flatten().any(|code| code == text) || tells_conflict(text)
                }
                _ => {
                    let text = self.scene.values.literal_text(part);
                    text.is_some_and(|text| {
                        codes.iter().any(|code| code.is_none_or(|code| code == text)) || tells_conflict(text)
                    })
                }
            };
            // A method without arguments on the error: `error.is_unique_violation()`.
            of_code |= self.scene.calls.get(&part).is_some_and(|call| tells_conflict(&call.name));
            // What the error itself is made of says nothing of how it is tested.
            !matches!(term, Term::Error(_) | Term::Caught(_)) && part != result
        });
        of_error && of_code
    }

    /// A hold of the right mode and key over both, with nothing decided before it.
    fn held(
        &self,
        check: EventId,
        act: EventId,
        decided: &Decided,
        ineffective: &mut Vec<Ineffective>,
    ) -> Option<EventId> {
        let (look, change) = (self.event(check), self.event(act));
        let over_act = self.holds.at(self.scene, &self.keys, change.at);
        let over_check = self.holds.at(self.scene, &self.keys, look.at);
        let memory = matches!(change.resource.noun, Noun::State | Noun::Entry | Noun::Atomic);
        for hold in over_act {
            // The look's own row lock begins with the look.
            if !(over_check.contains(&hold) || hold == check) {
                // A row lock or lock taken after the look does not cover it.
                continue;
            }
            let event = self.event(hold);
            match event.resource.noun {
                Noun::Lock if event.traits.has(Trait::Shared) && change.verb != Verb::Read => {
                    let why = "this lock is held in read mode, which others may hold too".to_string();
                    ineffective.push(Ineffective { span: event.span, why, local: false });
                }
                Noun::Lock
                    if event.traits.has(Trait::Local)
                        && !memory
                        && (self.lock_covers(hold, check, act) || self.is_asked_through(hold, act)) =>
                {
                    let why = "this lock keeps out only this process".to_string();
                    ineffective.push(Ineffective { span: event.span, why, local: true });
                }
                Noun::Lock => {
                    if memory || self.lock_covers(hold, check, act) {
                        return Some(hold);
                    }
                    let why = "this lock has another key".to_string();
                    ineffective.push(Ineffective { span: event.span, why, local: false });
                }
                Noun::Transaction => match event.isolation {
                    Some(Isolation::Serializable) => return Some(hold),
                    Some(Isolation::Snapshot | Isolation::RepeatableRead)
                        if change.verb != Verb::Create
                            && !self.project.database(event.span.file).overwrites =>
                    {
                        return Some(hold);
                    }
                    Some(Isolation::Batch) => {}
                    Some(level @ (Isolation::Snapshot | Isolation::RepeatableRead))
                        if self.project.database(event.span.file).overwrites =>
                    {
                        let why = format!(
                            "this transaction runs at {level}, at which this database lets both read before \
                             either writes"
                        );
                        ineffective.push(Ineffective { span: event.span, why, local: false });
                    }
                    _ => {
                        let why = "this transaction runs at the default isolation, which lets both read \
                                   before either writes"
                            .to_string();
                        ineffective.push(Ineffective { span: event.span, why, local: false });
                    }
                },
                Noun::Row => {
                    if event.traits.has(Trait::Shared) {
                        continue;
                    }
                    if hold == check && self.holds_no_row(check, act, decided) {
                        let why = "only rows that are there are locked, and it found none".to_string();
                        ineffective.push(Ineffective { span: event.span, why, local: false });
                        continue;
                    }
                    return Some(hold);
                }
                _ => {}
            }
        }
        None
    }

    /// What was to be locked was not there, and is made: a database locks rows, and not the want of
    /// them, unless it locks the gap where one would stand.
    fn holds_no_row(&self, check: EventId, act: EventId, decided: &Decided) -> bool {
        let look = self.event(check);
        let locks_gaps = self.project.database(look.span.file).overwrites
            || self.knowledge.is_word("locks-gaps", &look.library);
        self.event(act).verb == Verb::Create && decided.found == Founds::of(&[Found::Absent]) && !locks_gaps
    }

    /// The lock is of what is changed, or of the set that was counted.
    fn lock_covers(&self, hold: EventId, check: EventId, act: EventId) -> bool {
        self.lock_fits(hold, act) || (self.event(check).verb == Verb::Count && self.lock_fits(hold, check))
    }

    /// Whether a lock's key can cover the act's resource: constant, or made of the same values.
    pub(super) fn lock_fits(&self, hold: EventId, act: EventId) -> bool {
        let Some(lock) = self.keys(hold).first().copied() else { return true };
        // A lock that is an object of its own, not a name: what it is for cannot be read off it.
        let asked = self.scene.calls.get(&self.event(hold).result).and_then(|call| call.receiver);
        if asked.is_some_and(|asked| self.canon(asked) == lock) || self.event(hold).library.is_empty() {
            return true;
        }
        let mut names: Vec<ValueId> = Vec::new();
        let mut keys = self.keys(act).to_vec();
        let event = self.event(act);
        keys.extend(event.resource.conditions.iter().filter_map(|c| c.value).map(|value| self.canon(value)));
        keys.extend(event.resource.by_id.map(|value| self.canon(value)));
        keys.extend(event.sets.iter().map(|(_, value)| self.canon(*value)));
        keys.extend(event.data.map(|value| self.canon(value)));
        for key in &keys {
            self.any_part(*key, 6, &mut |part| {
                names.push(self.canon(part));
                false
            });
        }
        let mut dynamic = false;
        let mut common = false;
        self.any_part(lock, 6, &mut |part| {
            let part = self.canon(part);
            match self.scene.values.term(part) {
                Term::Param(..) | Term::Load { .. } => {
                    dynamic = true;
                    common |= names.contains(&part) || names.contains(&self.scene.values.root(part));
                }
                _ => {}
            }
            false
        });
        !dynamic || common || keys.is_empty() || names.is_empty()
    }

    /// The same thing is looked at again inside the act's own hold, and decides it.
    fn rechecked(&self, check: EventId, act: EventId, decided: &Decided) -> Option<EventId> {
        let change = self.event(act);
        let holds = self.holds.at(self.scene, &self.keys, change.at);
        let wanted =
            Relations::of(&[Relation::Same, Relation::Selects, Relation::Ancestor, Relation::Member]);
        for decision in self.decisions(change.at.block).iter() {
            for seen in self.looked_at(decision).iter() {
                let again = self.event(seen.event);
                if seen.event == check
                    || again.result == self.event(check).result
                    || !self.before(self.event(check).at, again.at)
                    || self.related(seen.event, act, wanted).is_none()
                {
                    continue;
                }
                // That it is there says nothing of what was decided on.
                let asked = match &seen.what {
                    Use::Presence => decided.names.is_empty(),
                    Use::Field(field) => {
                        decided.names.is_empty() || decided.names.iter().any(|name| fold(name) == fold(field))
                    }
                    Use::Any => true,
                };
                if !asked {
                    continue;
                }
                if self.held_by_key(seen.event, act).is_some() {
                    return Some(seen.event);
                }
                // Plain memory of one thread: nobody runs between the second look and the act.
                let at_once = change.resource.noun == Noun::State
                    && holds.is_empty()
                    && self.suspension(check, seen.event).is_some()
                    && self.suspension(seen.event, act).is_none();
                if at_once {
                    return Some(seen.event);
                }
                let over = self.holds.at(self.scene, &self.keys, again.at);
                let covers = holds.iter().any(|hold| {
                    let event = self.event(*hold);
                    (over.contains(hold) || *hold == seen.event)
                        && !event.traits.has(Trait::Shared)
                        && (event.resource.noun == Noun::Lock
                            || event.resource.noun == Noun::Row
                            || event.isolation == Some(Isolation::Serializable))
                });
                if covers {
                    return Some(seen.event);
                }
            }
        }
        None
    }

    /// A hold over the check ended before the act, and another of the same lock covers the act.
    pub(super) fn reheld(&self, check: EventId, act: EventId) -> Option<(EventId, EventId)> {
        let over_check = self.holds.at(self.scene, &self.keys, self.event(check).at);
        let over_act = self.holds.at(self.scene, &self.keys, self.event(act).at);
        for first in &over_check {
            if self.event(*first).resource.noun != Noun::Lock || over_act.contains(first) {
                continue;
            }
            let second = over_act.iter().find(|second| {
                self.event(**second).resource.noun == Noun::Lock
                    && self.keys(**second).first() == self.keys(*first).first()
            });
            if let Some(second) = second {
                return Some((*first, *second));
            }
        }
        None
    }
}

/// A value is put in whatever stands there, and the caller is given what stood there: that tells
/// whether there was one, and nothing of the value that the act was decided by or computed from.
fn replaces_whatever(act: &Event, decided: &Decided) -> bool {
    let by_value = decided.data || (!decided.presence && !decided.names.is_empty());
    by_value
        && act.verb == Verb::Write
        && matches!(act.resource.noun, Noun::State | Noun::Entry)
        && act.fails.is_empty()
}

/// A name that tells one conflict from other errors, in any library.
fn tells_conflict(name: &str) -> bool {
    let words = crate::knowledge::words(name);
    let has = |word: &str| words.iter().any(|known| known == word);
    has("unique")
        || has("duplicate")
        || has("conflict")
        || (has("already") && has("exists"))
        || has("alreadyexists")
        || has("eexist")
        || (has("not") && has("found"))
        || has("enoent")
}
