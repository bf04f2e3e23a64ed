//! Pairs: a look, an act on the same thing that happens because of it, and no guard.

use super::guard::Ineffective;
use super::leads::Decided;
use super::unique::Refused;
use super::{Candidate, Races};
use crate::book::rule::{Form, Rule, Select, Shape};
use crate::book::words::{
    Found, Founds, Guard, Level, Link, Links, Noun, Relation, Relations, Role, Trait, Verb, Window, Windows,
};
use crate::program::{Literal, Name, Operator};
use crate::scene::End;
use crate::scene::event::{Event, EventId, Outcome, OutcomeKind};
use crate::scene::value::{Term, ValueId};
use crate::source::Span;

/// A pair that no guard makes harmless.
pub(super) struct Pair {
    pub(super) check: EventId,
    pub(super) act: EventId,
    pub(super) decided: Decided,
    pub(super) maybe: bool,
    pub(super) window: Option<Span>,
    pub(super) ineffective: Vec<Ineffective>,
    pub(super) fields: Vec<Name>,
    /// Real, but nobody misses what is overwritten: a note.
    pub(super) mild: bool,
    pub(super) refused: Option<Refused>,
}

/// What a rule's form asks of a look, an act, and how the one leads to the other.
#[derive(Clone, Copy)]
struct Wanted<'r> {
    seen: &'r Select,
    select: &'r Select,
    links: Links,
    relations: Relations,
    windows: Windows,
    found: Founds,
}

/// Why not, with what is known of the decision.
fn told(why: &str, decided: &Decided) -> String {
    match decided.names.as_slice() {
        [] => why.to_string(),
        names => format!("{why} (decided on {})", names.join(", ")),
    }
}

/// Where there is no row it raises: whether its answer is null is asked of what stands in the row.
fn always_answers(look: &Event) -> bool {
    let throws = |outcome: &Outcome| matches!(outcome.kind, OutcomeKind::Throws(_));
    let nothing = |outcome: &Outcome| matches!(outcome.kind, OutcomeKind::Null | OutcomeKind::Empty);
    look.absent.iter().any(throws) && !look.absent.iter().any(nothing)
}

/// A read of one column: what is computed from its answer is computed from that column.
fn scalar_field(look: &Event, decided: &mut Decided) {
    if look.resource.noun == Noun::Row
        && look.verb == Verb::Read
        && (decided.any || (decided.asked && always_answers(look)))
        && let [column] = look.fields.as_slice()
    {
        decided.name(column);
    }
}

impl Races<'_> {
    pub(super) fn pairs(
        &self,
        rule: &Rule,
        form: &Form,
        found: &mut Vec<Candidate>,
        trace: &mut Option<Vec<String>>,
    ) {
        let Shape::Pair { check, act, link, relation, window, found: wanted, inside } = &form.shape else {
            return;
        };
        for id in self.scene.event_ids() {
            let Some(select) = self.selected(act, id) else { continue };
            if !inside.is_empty() && !self.regions(id).meets(*inside) {
                continue;
            }
            if !self.flow.is_reachable(self.event(id).at.block as usize) {
                continue;
            }
            let mut best: Option<Pair> = None;
            for (look, decided) in self.leads_to(id).iter() {
                let (look, known) = (*look, decided);
                let Some(seen) = self.selected(check, look) else {
                    self.note(trace, rule, look, id, &|| told("the look is not one this rule means", known));
                    continue;
                };
                let wanted = Wanted {
                    seen,
                    select,
                    links: *link,
                    relations: *relation,
                    windows: *window,
                    found: *wanted,
                };
                let mut pair = match self.judge(look, id, known.clone(), &wanted) {
                    Ok(pair) => pair,
                    Err(why) => {
                        self.note(trace, rule, look, id, &|| told(why, known));
                        continue;
                    }
                };
                let guard = self.guarded(form.safe, look, id, &pair.decided, &mut pair.ineffective);
                if let Some(guard) = guard {
                    self.note(trace, rule, look, id, &|| {
                        format!("guarded: {} ({})", guard.by, self.quote(guard.span))
                    });
                    // A guarded look that also decides makes a weaker look beside it harmless, too.
                    continue;
                }
                self.note(trace, rule, look, id, &|| "racy".to_owned());
                let better = best.as_ref().is_none_or(|known| {
                    let rank = |pair: &Pair| {
                        (
                            pair.mild,
                            pair.refused.is_some(),
                            pair.maybe,
                            std::cmp::Reverse(self.event(pair.check).span.start),
                        )
                    };
                    rank(&pair) < rank(known)
                });
                if better {
                    best = Some(pair);
                }
            }
            let Some(mut pair) = best else { continue };
            let mut finding = self.pair_finding(rule, form, &pair);
            // Callers' scenes are dear: they are asked of what would be loud.
            if finding.finding.level > Level::Note {
                let known = pair.ineffective.len();
                if let Some(lock) = self.under_callers(form.safe, &mut pair) {
                    self.note(trace, rule, pair.check, id, &|| {
                        format!("guarded: {} by all callers ({})", Guard::Held, self.quote(lock))
                    });
                    continue;
                }
                let alone = self.makes_own_default(pair.check, id, &pair.decided)
                    || self.is_done_at_once(pair.check, id)
                    || self.is_of_one_task(pair.check, id)
                    || self.is_own_file_of_one_task(pair.check, id);
                pair.mild |= alone;
                if alone || pair.ineffective.len() > known {
                    finding = self.pair_finding(rule, form, &pair);
                }
            }
            found.push(finding);
        }
    }

    fn note(
        &self,
        trace: &mut Option<Vec<String>>,
        rule: &Rule,
        look: EventId,
        act: EventId,
        why: &dyn Fn() -> String,
    ) {
        if let Some(trace) = trace {
            let why = why();
            let (look, act) = (self.quote(self.event(look).span), self.quote(self.event(act).span));
            trace.push(format!("{}: {look} -> {act}: {why}", rule.id));
        }
    }

    fn judge(
        &self,
        look: EventId,
        act: EventId,
        mut decided: Decided,
        wanted: &Wanted<'_>,
    ) -> Result<Pair, &'static str> {
        let Wanted { seen, select, links, relations, windows, found: wanted } = *wanted;
        if !Links(decided.links.0 & links.0).iter().any(|_| true) {
            return Err("no link: nothing of the look decides the act, and none of its data comes from it");
        }
        let (from, to) = (self.event(look), self.event(act));
        // Put there again, or for the first time: but not where it is computed from what was there.
        let again = matches!(to.verb, Verb::Create | Verb::Write) && to.traits.has(Trait::Idempotent);
        if again && !(links == Links::of(&[Link::Data]) && to.resource.noun == Noun::Row) {
            return Err("the act is idempotent");
        }
        if self.fills_cache(act, &decided) {
            return Err("a cache may be filled twice");
        }
        let may_miss = wanted == Founds::of(&[Found::Absent]) && relations.has(Relation::Selects);
        let missing = may_miss.then(|| self.is_missing(look, act, &mut decided)).flatten();
        let Some(related) = missing.or_else(|| self.related(look, act, relations)) else {
            return Err("not the same resource: the keys are not the same value");
        };
        if links == Links::of(&[Link::Data]) && to.verb == Verb::Create && !self.is_next_to(look, act) {
            return Err("the new row does not stand beside the one that was read");
        }
        if self.is_of_another_round(look, act) {
            return Err("not the same resource: the look saw what the loop had in an earlier round");
        }
        // `if (crop) write(temp) else read(temp)` in a loop: no round does both.
        if from.resource.noun == Noun::File && !decided.data && self.comes_around(look, act) {
            return Err("the look leads to the act only in the next round");
        }
        self.filter_fields(from, &mut decided);
        scalar_field(from, &mut decided);
        let counts = from.resource.noun == Noun::Row && seen.fields.iter().any(|field| field == "size");
        let fits = match counts {
            true => self.counts_rows(look, act),
            false => self.fields_fit(from, &decided, seen),
        };
        if !fits {
            return Err("the decision did not look at a field this rule means");
        }
        if !select.fields.is_empty() && !select.fields.iter().any(|field| to.fields.contains(field)) {
            return Err("the act does not change a field this rule means");
        }
        if !wanted.is_empty() && !wanted.meets(decided.found) {
            return Err("on the way to the act the look found the other answer");
        }
        let test = decided.decision.as_ref().map(|decision| decision.test);
        let compares = test.is_some_and(|test| self.compares(test)) && !decided.presence
            || test.is_some_and(|test| self.asks_which_state(test));
        if wanted == Founds::of(&[Found::Absent]) && windows.has(Window::Suspends) && compares {
            return Err("the decision does not ask whether it is there");
        }
        if wanted == Founds::of(&[Found::Absent])
            && windows.has(Window::Suspends)
            && to.data.is_some_and(|data| self.is_null(data))
        {
            return Err("it is emptied, not filled");
        }
        if wanted == Founds::of(&[Found::Absent])
            && windows.has(Window::Suspends)
            && to.data.is_some_and(|data| {
                self.seen(data, false)
                    .iter()
                    .any(|seen| self.keys(seen.event).first() == self.keys(act).first())
            })
        {
            return Err("what was absent has no value to compute from");
        }
        if from.resource.noun == Noun::File && self.asks_for_own(look, act) {
            return Err("what is removed is known to be one's own");
        }
        if from.resource.noun == Noun::File
            && to.verb == Verb::Remove
            && seen.roles.has(Role::Lock)
            && let Some(why) = self.is_idle_lock(act)
        {
            return Err(why);
        }
        let overlap = self.overlap(look, act, &decided, links, related.relation)?;
        let window = self.window(look, act, windows)?;
        if from.resource.noun == Noun::File && self.repeats(look, act) {
            return Err("it is written only where it differs from what is there, and always the same");
        }
        // Something unknown was asked of a look that shows many things: perhaps none that matters.
        let vague = from.verb == Verb::Inspect
            && from.fields.len() > 2
            && !seen.fields.is_empty()
            && !seen.fields.iter().any(|field| field == "presence")
            && !seen.fields.iter().any(|field| decided.names.contains(field));
        if self.exclude_each_other(from.at.block, to.at.block) {
            return Err("the look runs only where the act does not");
        }
        if self.is_done_either_way(look, act, (seen, select), &decided) {
            return Err("whatever the look says, the same is done to it");
        }
        let maybe = vague
            || related.maybe
            || (decided.maybe && !decided.presence && decided.names.is_empty())
            || self.is_vague_whole(look, act, &decided);
        let refused = self.refused_by(look, act, &decided);
        let mild = overlap.mild
            || self.memory_cost(look, act, &decided)?
            || self.is_mild(look, act, &decided, &overlap.fields);
        let fields = overlap.fields;
        Ok(Pair { check: look, act, decided, maybe, window, ineffective: Vec::new(), fields, mild, refused })
    }

    /// The look comes before the act only around a loop, and what the key names is another thing in
    /// each round.
    fn is_of_another_round(&self, look: EventId, act: EventId) -> bool {
        let varies = |part: ValueId| matches!(self.scene.values.term(part), Term::Each { .. });
        let keys = self.keys(act).iter();
        let rows = self.event(act).resource.conditions.iter().filter_map(|c| c.value);
        let mut named = keys.copied().chain(rows).chain(self.event(act).resource.by_id);
        self.comes_around(look, act) && named.any(|key| self.any_part(key, 8, &mut |part| varies(part)))
    }

    /// Control goes from the look to the act only by way of a loop's next round.
    fn comes_around(&self, look: EventId, act: EventId) -> bool {
        let (from, to) = (self.event(look).at, self.event(act).at);
        let around = self.flow.loops.around(to.block as usize).last();
        around.is_some_and(|outermost| self.flow.loops.contains(outermost, from.block as usize))
            && !self.is_ahead(from, to)
    }

    /// What was absent is stored under a name that says it can be had again.
    fn fills_cache(&self, act: EventId, decided: &Decided) -> bool {
        let event = self.event(act);
        let constant = event.data.is_none_or(|data| matches!(self.scene.values.term(data), Term::Literal(_)));
        // In memory, what is there but stale is made anew as well.
        let missed = decided.found == Founds::of(&[Found::Absent]) || event.resource.noun == Noun::State;
        matches!(event.resource.noun, Noun::Key | Noun::File | Noun::State)
            && event.verb == Verb::Write
            && !event.traits.has(Trait::Exclusive)
            && !constant
            && missed
            && !self.has_identity(act)
            && self.resource_words(act).iter().any(|word| self.knowledge.is_word("cache", word))
    }

    /// A test that weighs one value against another asks not whether something is there.
    pub(super) fn compares(&self, test: ValueId) -> bool {
        use crate::program::Operator::{Equal, Greater, GreaterEqual, Less, LessEqual, Not, NotEqual};
        let literal = |id: &ValueId| matches!(self.scene.values.term(*id), Term::Literal(_));
        match self.scene.values.term(test) {
            Term::Apply(Not, of) => of.first().is_some_and(|of| self.compares(*of)),
            Term::Apply(Less | LessEqual | Greater | GreaterEqual, _) => true,
            Term::Apply(Equal | NotEqual, of) => !of.iter().any(literal),
            _ => false,
        }
    }

    /// Which of its own states something is in, and not whether it is there: a pattern of an enum of
    /// the program.
    pub(super) fn asks_which_state(&self, test: ValueId) -> bool {
        match self.scene.values.term(test) {
            Term::Apply(Operator::Not, of) => of.first().is_some_and(|of| self.asks_which_state(*of)),
            Term::Apply(Operator::Is(variant), _) => match variant.rsplit_once('.') {
                Some((_, last)) => !matches!(last, "Some" | "None" | "Ok" | "Err"),
                None => false,
            },
            _ => false,
        }
    }

    /// What is written is compared with what was read: a second writer writes the same.
    fn repeats(&self, look: EventId, act: EventId) -> bool {
        let data = match self.event(look).verb {
            Verb::Read => self.event(act).data,
            // Where a link leads is compared, and one that leads there is moved to its place.
            Verb::Inspect if self.event(look).fields.iter().any(|field| field == "target") => {
                self.moved_data(act)
            }
            _ => None,
        };
        let Some(data) = data else { return false };
        let data = self.canon(data);
        let of_look = |value: ValueId| self.seen(value, false).iter().any(|seen| seen.event == look);
        let is_data = |value: ValueId| self.canon(value) == data;
        self.scene.blocks.iter().any(|block| {
            let End::If { test, .. } = block.end else { return false };
            match self.scene.values.term(test) {
                Term::Apply(Operator::Equal | Operator::NotEqual, sides) => match sides.as_slice() {
                    [a, b] => (of_look(*a) && is_data(*b)) || (of_look(*b) && is_data(*a)),
                    _ => false,
                },
                _ => false,
            }
        })
    }

    /// Whether the decision looked at one of the fields a rule's check names.
    fn fields_fit(&self, look: &Event, decided: &Decided, select: &Select) -> bool {
        let wanted = &select.fields;
        if wanted.is_empty() {
            return true;
        }
        if wanted.iter().all(|field| field == "value") {
            return decided.any || !decided.names.is_empty() || self.asks_how_many(decided);
        }
        if look.verb == Verb::Exists || (look.verb != Verb::Inspect && decided.presence && decided.asked) {
            return wanted.iter().any(|field| field == "presence" || look.fields.contains(field));
        }
        let asks =
            |field: &Name| decided.names.contains(field) || (decided.any && look.fields.contains(field));
        if wanted.iter().any(asks) {
            return true;
        }
        // `path.is_dir()`: the whole answer is the field; `stat(path)` that raises shows presence.
        let whole = look.absent.iter().any(|o| matches!(o.kind, crate::scene::event::OutcomeKind::Bool(_)));
        if whole && (decided.presence || decided.any) {
            // Whoever hears "no such folder" takes it for absent.
            let absent = decided.found == Founds::of(&[Found::Absent]) && look.fields.len() == 1;
            return wanted.iter().any(|field| {
                look.fields.contains(field)
                    || (absent && field == "presence" && !look.fields.iter().any(|field| field == "link"))
            });
        }
        decided.presence
            && decided.asked
            && decided.names.is_empty()
            && wanted.iter().any(|field| field == "presence")
    }

    /// `entries.length === 0`: not whether there was an answer, but how much is in it.
    fn asks_how_many(&self, decided: &Decided) -> bool {
        let number =
            |side: &ValueId| matches!(self.scene.values.term(*side), Term::Literal(Literal::Number(_)));
        decided.decision.as_ref().is_some_and(|decision| {
            matches!(self.scene.values.term(decision.test), Term::Apply(_, sides) if sides.iter().any(number))
        })
    }

    /// What lies between must be what the rule asks for.
    fn window(&self, look: EventId, act: EventId, windows: Windows) -> Result<Option<Span>, &'static str> {
        if windows.has(Window::Reholds) {
            return match self.reheld(look, act) {
                Some((_, second)) => Ok(Some(self.event(second).span)),
                None => Err("no lock is given up and taken again in between"),
            };
        }
        let suspension = self.suspension(look, act);
        if windows.has(Window::Suspends) {
            let Some(span) = suspension else { return Err("nothing suspends in between") };
            if self.set_before(look, act) {
                return Err("it is changed before the suspension already");
            }
            if self.empties(act) {
                return Err("the act only empties it");
            }
            return Ok(Some(span));
        }
        Ok(suspension)
    }

    /// The act puts back "nothing": what is forgotten is made again.
    fn empties(&self, act: EventId) -> bool {
        let event = self.event(act);
        let forgets = event.verb == Verb::Remove && event.resource.keys.len() > 1;
        event.resource.noun == Noun::State
            && (forgets || event.verb == Verb::Write)
            && (forgets
                || event.data.is_some_and(|data| {
                    matches!(
                        self.scene.values.term(data),
                        Term::Literal(Literal::Null | Literal::Bool(false))
                    )
                }))
    }

    /// The place is changed between the look and the first suspension: others see the change.
    fn set_before(&self, look: EventId, act: EventId) -> bool {
        self.scene.event_ids().any(|id| {
            let event = self.event(id);
            id != act
                && event.resource.noun == self.event(act).resource.noun
                && matches!(event.verb, Verb::Write | Verb::Update | Verb::Create | Verb::Remove)
                && self.related(look, id, Relations::of(&[Relation::Same])).is_some()
                && self.before(self.event(look).at, event.at)
                && self.before(event.at, self.event(act).at)
                // On a side way, such as that of an entry which has died, it keeps nobody out.
                && self.dominates(event.at, self.event(act).at)
                && self.suspension(look, id).is_none()
        })
    }
}
