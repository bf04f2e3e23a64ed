//! Memory of one process: what proves that others reach it, what already settles a race on it,
//! and what such a race costs.

use super::Races;
use super::decide::Decision;
use super::leads::Decided;
use crate::book::api::Library;
use crate::book::words::{Found, Founds, Noun, Relation, Relations, Trait, Verb, Verbs};
use crate::program::{Borrow, Language, Name, Operator, Type};
use crate::scene::event::{Event, EventId};
use crate::scene::value::{Term, ValueId};
use crate::scene::{End, Mark};
use crate::source::FileId;
use rustc_hash::FxHashSet;

/// State, entries of concurrent maps, atomics.
pub(super) fn is_memory(noun: Noun) -> bool {
    matches!(noun, Noun::State | Noun::Entry | Noun::Atomic)
}

pub(super) fn is_comparison(term: &Term) -> bool {
    use Operator::{Greater, GreaterEqual, Less, LessEqual};
    matches!(term, Term::Apply(Less | LessEqual | Greater | GreaterEqual, _))
}

impl Races<'_> {
    /// Positive evidence that others reach a place of memory.
    pub(super) fn is_shared(&self, check: EventId, act: EventId) -> bool {
        let Some(place) = self.event(act).resource.keys.first().copied() else { return false };
        let through_hold = |id: EventId| {
            self.event(id).resource.keys.first().is_some_and(|key| self.goes_through_lock(*key))
        };
        if self.is_borrowed_over(check, act, place) {
            return false;
        }
        let root = self.scene.values.root(place);
        if self.scene.published.contains(&root) || self.scene.published.contains(&place) {
            return true;
        }
        match self.scene.values.term(root) {
            Term::Place(file, local) => {
                let unit = self.project.unit(*file);
                unit.outlives(*local) || through_hold(check) || self.is_synchronised(act)
            }
            Term::This(file, local) => {
                let unit = self.project.unit(*file);
                let function = unit.program.locals[local.0 as usize].function;
                let function = &unit.program.functions[function.0 as usize];
                let exclusive = function.receiver.map(|(_, borrow)| borrow) == Some(Borrow::Exclusive);
                match unit.program.language {
                    Language::TypeScript => {
                        !self.is_driven(act)
                            && !function.owner.as_ref().is_some_and(|owner| self.is_row_class(*file, owner))
                    }
                    Language::Rust if exclusive => {
                        (through_hold(check) || self.is_synchronised(act))
                            && function
                                .owner
                                .as_ref()
                                .is_none_or(|owner| self.is_reached_by_others(*file, owner, place))
                    }
                    Language::Rust => true,
                }
            }
            Term::Param(file, local) => {
                let ty = self.project.unit(*file).program.locals[local.0 as usize].ty.as_ref();
                let exclusive = ty.filter(|ty| ty.borrow == Borrow::Exclusive);
                let owner = exclusive.and_then(|ty| ty.name.path.last());
                (through_hold(check) || self.is_synchronised(act))
                    && owner.is_none_or(|owner| self.is_reached_by_others(*file, owner, place))
            }
            Term::Global(_) => through_hold(check) || self.is_synchronised(act),
            _ => false,
        }
    }

    /// Look and act happen inside one call that has `&mut self`, wherever that value came from: what
    /// it holds is nobody else's until the call is over, waits or not.
    fn is_borrowed_over(&self, check: EventId, act: EventId, place: ValueId) -> bool {
        let over_check = self.around(self.event(check).frame);
        self.around(self.event(act).frame).into_iter().filter(|frame| over_check.contains(frame)).any(
            |frame| {
                let frame = &self.scene.frames[frame.0 as usize];
                let function = &self.project.unit(frame.file).program.functions[frame.function.0 as usize];
                let exclusive = matches!(function.receiver, Some((_, Borrow::Exclusive)));
                match (frame.this, &function.owner) {
                    (Some(this), Some(owner)) if exclusive && this != place => self
                        .fields_from(this, place)
                        .is_some_and(|fields| !self.is_shared_behind(frame.file, owner, &fields)),
                    _ => false,
                }
            },
        )
    }

    /// The fields that lead from a value to a place in it, the last one first.
    fn fields_from(&self, from: ValueId, place: ValueId) -> Option<Vec<Name>> {
        let mut fields = Vec::new();
        let mut at = place;
        while at != from {
            at = match self.scene.values.term(at) {
                Term::Load { base, field, .. } => {
                    fields.push(field.clone());
                    *base
                }
                Term::Held { of, .. } => *of,
                Term::Element { base, .. } | Term::Each { base, .. } => *base,
                _ => return None,
            };
        }
        Some(fields)
    }

    /// A class whose objects are rows, as a page says of one that it extends: whoever asked for a row
    /// has an object of its own.
    fn is_row_class(&self, file: FileId, owner: &Name) -> bool {
        let (mut file, mut owner) = (file, owner.clone());
        for _ in 0..6 {
            let Some((_, base)) = self.project.base(file, &owner) else { return false };
            let Some(name) = base.name.path.last() else { return false };
            // A client or a repository is another matter: there is one for everybody.
            let is_row = |library: &Library| library.instance_of(name).is_some();
            if self.knowledge.library_of(&base.name.module).is_some_and(is_row) {
                return true;
            }
            let Some(parent) = self.project.parent(file, &owner) else { return false };
            (file, owner) = parent;
        }
        false
    }

    /// `&mut self` keeps everybody else out of what the value itself holds; a field that shares
    /// what it holds (`Arc<Mutex<T>>`, `&Mutex<T>`) does not.
    fn is_reached_by_others(&self, file: FileId, owner: &Name, place: ValueId) -> bool {
        let root = self.scene.values.root(place);
        let fields = self.fields_from(root, place).unwrap_or_default();
        self.is_shared_behind(file, owner, &fields)
    }

    /// Whether one of the fields that are gone through, the last one first, is shared with others,
    /// or of a type that nobody shows.
    fn is_shared_behind(&self, file: FileId, owner: &Name, fields: &[Name]) -> bool {
        let mut known = self.project.type_decl(file, owner);
        for field in fields.iter().rev() {
            let Some((file, decl)) = known else { return true };
            let Some((_, ty)) = decl.fields.iter().find(|(name, _)| name == field) else { return true };
            let Some(ty) = ty else { return true };
            if self.shares(ty) {
                return true;
            }
            known = self.declared_type(file, ty);
        }
        false
    }

    /// The type is a reference to, or a counted pointer at, what others have as well.
    fn shares(&self, ty: &Type) -> bool {
        let mut at = Some(ty);
        while let Some(ty) = at {
            let name = ty.name.path.last();
            if ty.borrow == Borrow::Shared
                || name.is_some_and(|name| self.knowledge.is_sharing(Language::Rust, name))
            {
                return true;
            }
            at = ty.args.first();
        }
        false
    }

    /// The declaration of a type, or of what it wraps.
    fn declared_type(&self, file: FileId, ty: &Type) -> Option<(FileId, &crate::program::TypeDecl)> {
        let mut at = Some(ty);
        while let Some(ty) = at {
            if let Some(found) = ty.name.path.last().and_then(|name| self.project.type_decl(file, name)) {
                return Some(found);
            }
            at = ty.args.first();
        }
        None
    }

    fn goes_through_lock(&self, key: ValueId) -> bool {
        self.looked_through(key).any(|event| self.event(event).verb == Verb::Take)
    }

    /// The holds and looks through which a place is seen, nearest first.
    fn looked_through(&self, key: ValueId) -> impl Iterator<Item = EventId> + '_ {
        let base = |at: &ValueId| match self.scene.values.term(*at) {
            Term::Held { of, .. } => Some(*of),
            Term::Load { base, .. } | Term::Element { base, .. } => Some(*base),
            _ => None,
        };
        std::iter::successors(Some(key), base).filter_map(|at| match self.scene.values.term(at) {
            Term::Held { event, .. } => Some(*event),
            _ => None,
        })
    }

    /// The noun itself says that others use it: atomics, concurrent maps.
    fn is_synchronised(&self, act: EventId) -> bool {
        matches!(self.event(act).resource.noun, Noun::Atomic | Noun::Entry)
    }

    /// Something before the act already keeps a second run away from it.
    pub(super) fn claimed_in_memory(&self, check: EventId, act: EventId) -> Option<EventId> {
        if !is_memory(self.event(act).resource.noun) {
            return None;
        }
        self.stored_before(check, act)
            .or_else(|| self.marked_in_hold(check, act))
            .or_else(|| self.won_elsewhere(check, act))
            .or_else(|| self.mirrors_guarded(check, act))
            .or_else(|| self.flagged_before(check, act))
    }

    /// An atomic that was stored to on the way already: that store is where the race is.
    fn stored_before(&self, check: EventId, act: EventId) -> Option<EventId> {
        let (look, change) = (self.event(check), self.event(act));
        if change.resource.noun != Noun::Atomic {
            return None;
        }
        self.scene.event_ids().find(|id| {
            let event = self.event(*id);
            *id != act
                && event.resource.noun == Noun::Atomic
                && matches!(event.verb, Verb::Write | Verb::Update)
                && self.keys(*id) == self.keys(act)
                && self.before(look.at, event.at)
                && self.dominates(event.at, change.at)
        })
    }

    /// The very hold that looked also changed it: what comes later is the work that was claimed.
    fn marked_in_hold(&self, check: EventId, act: EventId) -> Option<EventId> {
        let same = Relations::of(&[Relation::Same]);
        let (look, change) = (self.event(check), self.event(act));
        let over_check = self.holds.at(self.scene, &self.keys, look.at);
        if over_check.is_empty() {
            return None;
        }
        self.scene.event_ids().find(|id| {
            let event = self.event(*id);
            *id != act
                && event.resource.noun == change.resource.noun
                && Verbs::CHANGE.has(event.verb)
                && self.before(look.at, event.at)
                && self.dominates(event.at, change.at)
                && self.related(check, *id, same).is_some()
                && self.related(*id, act, same).is_some_and(|related| !related.maybe)
                && {
                    let over = self.holds.at(self.scene, &self.keys, event.at);
                    over_check.iter().any(|hold| over.contains(hold))
                }
        })
    }

    /// A compare-and-swap, or a test-and-set, on something else of the same owner was won: of the
    /// same object, or of the same file where both are statics.
    fn won_elsewhere(&self, check: EventId, act: EventId) -> Option<EventId> {
        let change = self.event(act);
        let owner = |event: &Event| {
            let root = self.scene.values.root(*event.resource.keys.first()?);
            Some(match self.scene.values.term(root) {
                Term::Place(file, _) => Err(*file),
                _ => Ok(root),
            })
        };
        self.decisions(change.at.block).iter().find_map(|decision| {
            self.looked_at(decision).iter().map(|seen| seen.event).find(|id| {
                let event = self.event(*id);
                *id != act
                    && *id != check
                    && is_memory(event.resource.noun)
                    && (matches!(event.verb, Verb::Create | Verb::Write)
                        || (event.verb == Verb::Update && event.resource.noun == Noun::Atomic))
                    && (event.traits.has(Trait::Exclusive) || event.traits.has(Trait::Conditional))
                    && owner(event) == owner(change)
                    && self.before(event.at, change.at)
            })
        })
    }

    /// An atomic beside a lock: it is only a quick answer to what the lock's own state says, and
    /// changed together with that, under the lock.
    fn mirrors_guarded(&self, check: EventId, act: EventId) -> Option<EventId> {
        let (look, change) = (self.event(check), self.event(act));
        if change.resource.noun != Noun::Atomic {
            return None;
        }
        let over_check = self.holds.at(self.scene, &self.keys, look.at);
        let over_act = self.holds.at(self.scene, &self.keys, change.at);
        let mut own = over_act.into_iter().filter(|hold| {
            let event = self.event(*hold);
            event.resource.noun == Noun::Lock
                && !event.traits.has(Trait::Shared)
                && !over_check.contains(hold)
        });
        own.find(|hold| {
            self.scene.event_ids().any(|id| {
                let event = self.event(id);
                let key = event.resource.keys.first();
                let through = key.is_some_and(|key| self.looked_through(*key).any(|seen| seen == *hold));
                let more = event.span != self.event(*hold).span;
                through
                    && more
                    && event.resource.noun == Noun::State
                    && (self.dominates(event.at, change.at) || self.dominates(change.at, event.at))
            })
        })
    }

    /// Why a race on memory costs nothing, or that it costs little.
    pub(super) fn memory_cost(
        &self,
        check: EventId,
        act: EventId,
        decided: &Decided,
    ) -> Result<bool, &'static str> {
        let event = self.event(act);
        if !is_memory(event.resource.noun) {
            return Ok(false);
        }
        let decision = decided.decision.as_ref().filter(|decision| !decision.raises);
        if self.only_tidies(act, decided, decision) {
            return Err("what is there is taken away: a second run finds nothing left to take");
        }
        if self.puts_back(act) {
            return Err("the very thing that was found is put back");
        }
        if self.is_only_asserted(act, decided, decision)
            || self.is_flip(act, decided, decision)
            // An entry that is removed is gone whoever comes first, and seldom put back meanwhile.
            || (event.verb == Verb::Remove
                && event.resource.keys.len() > 1
                && !decided.data
                && !self.works_with_taken(act))
            || decision.is_some_and(|decision| self.steps_at_once(check, act, decided, decision))
            || self.is_brief(check, act, decided)
        {
            return Ok(true);
        }
        if let Some(decision) = decision
            && self.is_signal(check, act, decided, decision)
        {
            return Ok(true);
        }
        let verdict = event.data.is_some_and(|data| self.is_verdict(data));
        let dated = event.data.is_some_and(|data| self.is_time(data, 0));
        // What was compared with the time that it is now says nothing of that; a sum with it does.
        let is_reading = event.data.is_some_and(|data| self.scene.values.fresh.contains(&data));
        let computed = decided.data && !is_reading;
        // A source of chance may give the same twice.
        let by_lot = decided.data
            && self.resource_words(act).iter().any(|word| self.knowledge.is_word("random", word));
        Ok(by_lot
            || self.turns_around(act)
            || self.may_be_ones_own(act)
            || (dated && !computed)
            || (verdict && event.resource.noun == Noun::Atomic)
            || self.refills(act, decided)
            || self.is_made_cheaply(check, act, decided)
            || self.keeps_what_it_fetched(check, act, decided)
            || self.is_still_being_made(check, act)
            || self.is_written_exclusively(act)
            || decision.is_some_and(|decision| {
                self.gives_back(act, decided, decision) || self.ends_for_good(act, decided, decision)
            })
            || self.is_remembered(check, act, decided)
            || decision.is_some_and(|decision| self.is_soft_bound(act, decided, decision)))
    }

    /// `state = map.get(key); …; map.set(key, state)`: the object is the one that everybody has.
    fn puts_back(&self, act: EventId) -> bool {
        let event = self.event(act);
        let frame = &self.scene.frames[event.frame.0 as usize];
        self.project.unit(frame.file).program.language == Language::TypeScript
            && event.resource.keys.len() > 1
            && event.data.is_some_and(|data| {
                let found = self.scene.results.get(&self.canon(data)).or(self.scene.results.get(&data));
                found
                    .into_iter()
                    .flatten()
                    .any(|look| self.event(*look).verb == Verb::Read && self.keys(*look) == self.keys(act))
            })
    }

    /// When it happened, or when it may happen next: what a second run writes is as good.
    fn is_time(&self, value: ValueId, depth: u32) -> bool {
        if depth > 6 {
            return false;
        }
        let call = self.scene.calls.get(&value);
        if self.scene.values.fresh.contains(&value) {
            return call.is_some_and(|call| self.knowledge.is_word("clock", &call.name));
        }
        match self.scene.values.term(value) {
            Term::Apply(Operator::Add | Operator::Subtract | Operator::Arithmetic, parts) => {
                parts.iter().any(|part| self.is_time(*part, depth + 1))
            }
            _ => call.and_then(|call| call.receiver).is_some_and(|of| self.is_time(of, depth + 1)),
        }
    }

    /// Whether a bound is passed, as of now: nothing is lost where another's answer stands.
    fn is_verdict(&self, value: ValueId) -> bool {
        is_comparison(self.scene.values.term(value))
    }

    /// `if contains(k) { remove(k) }`, with nothing beside it.
    fn only_tidies(&self, act: EventId, decided: &Decided, decision: Option<&Decision>) -> bool {
        let event = self.event(act);
        event.verb == Verb::Remove
            && !event.traits.has(Trait::Conditional)
            && !event.traits.has(Trait::Exclusive)
            && !decided.data
            && decided.presence
            && !decided.any
            && decided.names.is_empty()
            && decided.found.meets(Founds::of(&[Found::Present]))
            && decision.is_some_and(|decision| !self.works_beside(act, decision))
    }

    /// A flag that is raised in the course of work, or a constant that is set, on grounds of its own,
    /// and not as a claim on that work: stop, failed, done; no failures any more.
    fn is_signal(&self, check: EventId, act: EventId, decided: &Decided, decision: &Decision) -> bool {
        let event = self.event(act);
        let flag = event.data.is_some_and(|data| matches!(self.scene.values.term(data), Term::Literal(_)));
        if !flag || decided.data || event.verb != Verb::Write {
            return false;
        }
        let decisions = self.decisions(event.at.block);
        let Some(nearest) = decisions.iter().find(|decision| !decision.raises) else { return false };
        let rests = |decision: &Decision| {
            self.looked_at(decision)
                .iter()
                .any(|seen| seen.event == check || self.keys(seen.event).first() == self.keys(check).first())
        };
        nearest.block != decision.block
            && !rests(nearest)
            && (self.works_between(decision, nearest.block)
                || self.is_only_raised(act)
                || self.only_raises(act, nearest))
    }

    /// Something is called or happens on the way from a decision's side to a block.
    fn works_between(&self, decision: &Decision, to: u32) -> bool {
        let Some((mine, _)) = self.sides(decision) else { return false };
        self.scene.blocks.iter().enumerate().any(|(at, block)| {
            (at == mine as usize || self.follows(mine as usize, at))
                && (at == to as usize || self.follows(at, to as usize))
                && block.marks.iter().any(|mark| self.is_work(mark))
        })
    }

    fn is_work(&self, mark: &Mark) -> bool {
        match mark {
            Mark::Event(_) => true,
            Mark::Call { name, .. } => !self.knowledge.in_lexicon("logging", name),
            _ => false,
        }
    }

    /// Where a decision's branch goes on the way to the act, and where else.
    pub(super) fn sides(&self, decision: &Decision) -> Option<(u32, u32)> {
        let End::If { yes, no, .. } = self.scene.blocks[decision.block as usize].end else { return None };
        Some(if decision.outcome { (yes, no) } else { (no, yes) })
    }

    /// The blocks that only one side of a branch leads to.
    pub(super) fn only(&self, mine: u32, other: u32) -> Vec<usize> {
        let reaches = |from: u32, to: usize| from as usize == to || self.follows(from as usize, to);
        (0..self.scene.blocks.len()).filter(|at| reaches(mine, *at) && !reaches(other, *at)).collect()
    }

    /// Where the test lets the act happen, something else happens as well.
    pub(super) fn works_beside(&self, act: EventId, decision: &Decision) -> bool {
        let Some((mine, other)) = self.sides(decision) else { return true };
        let span = self.event(act).span;
        let blocks = self.only(mine, other);
        blocks.iter().flat_map(|at| &self.scene.blocks[*at].marks).any(|mark| match mark {
            Mark::Event(id) => {
                let event = self.event(*id);
                event.span != span && !matches!(event.verb, Verb::Take | Verb::Release | Verb::Read)
            }
            mark => self.is_work(mark),
        })
    }

    /// A count that steers and refuses nobody: past the bound the same is done another way.
    fn is_soft_bound(&self, act: EventId, decided: &Decided, decision: &Decision) -> bool {
        let event = self.event(act);
        if !(event.traits.has(Trait::Relative) && event.resource.noun == Noun::Atomic) || decided.data {
            return false;
        }
        let compares = is_comparison(self.scene.values.term(decision.test));
        let Some((mine, other)) = self.sides(decision).filter(|_| compares) else { return false };
        let calls = |blocks: Vec<usize>| -> FxHashSet<Name> {
            let marks = blocks.into_iter().flat_map(|at| &self.scene.blocks[at].marks);
            marks
                .filter_map(|mark| match mark {
                    Mark::Call { name, .. } if self.is_work(mark) => Some(name.clone()),
                    _ => None,
                })
                .collect()
        };
        let here = calls(self.only(mine, other));
        !here.is_empty() && calls(self.only(other, mine)).intersection(&here).next().is_some()
    }

    /// Only the whole was looked at, by a call that does not say what of it, and the act changes
    /// one part.
    pub(super) fn is_vague_whole(&self, check: EventId, act: EventId, decided: &Decided) -> bool {
        let (look, change) = (self.event(check), self.event(act));
        let seen_whole = look.resource.noun == Noun::State
            && look.resource.keys.len() == 1
            && look.resource.keys.first() == Some(&look.result);
        if !seen_whole || decided.data {
            return false;
        }
        let part = match (self.keys(act).get(1), self.keys(act).first()) {
            (Some(part), _) => self.scene.values.literal_text(*part).map(Name::from),
            (None, Some(place)) if Some(place) != self.keys(check).first() => {
                match self.scene.values.term(*place) {
                    Term::Load { field, .. } => Some(field.clone()),
                    _ => None,
                }
            }
            _ => None,
        };
        change.resource.noun == Noun::State && part.is_some_and(|part| !decided.names.contains(&part))
    }
}
