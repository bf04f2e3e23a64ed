//! Another body for one function: the file with it, and what that leaves of what was known of the rest.

use super::{Change, Inside, is_alike, mentioned};
use crate::program::bodies::{Body, Edit};
use crate::program::splice::{Graft, Removed};
use crate::program::{Function, FunctionId, Local, Name, TypeDecl, reads};
use crate::project::Unit;
use rustc_hash::FxHashSet;
use std::ops::Range;

/// A file as it was before one of its bodies became another one.
pub struct Before {
    /// Its facts, without its program.
    facts: Unit,
    removed: Removed,
    edit: Edit,
    body: Body,
}

/// Puts another body into a file.
pub fn graft(mut facts: Unit, graft: Graft) -> (Unit, Before) {
    let edit = graft.edit();
    let mut program = facts.take_program();
    let body = program.bodies[edit.at].clone();
    let removed = graft.put_into(&mut program);
    let unit = Unit::new(facts.file, facts.path.clone(), program);
    (unit, Before { facts, removed, edit, body })
}

impl Before {
    /// Where the numbers of functions that others may know have moved: from which on, and by how much.
    /// Nothing if it takes more to follow them.
    pub fn moved(&self, now: &Unit) -> Option<(FunctionId, i64)> {
        let told = |function: &Function| function.owner.is_some() || function.exported;
        let body = self.now(now);
        let mut inside = body.functions.clone().map(|at| &now.program.functions[at as usize]);
        let is_told = reads::unrecorded(|| inside.any(told));
        (!is_told).then_some((FunctionId(self.body.functions.end), self.more(|body| &body.functions, now)))
    }

    /// What became of the file. `matters` tells whether a name that it mentions can make a difference
    /// to how the rest of it is read.
    pub fn change(&self, now: &Unit, matters: &dyn Fn(&Name) -> bool) -> Change {
        reads::unrecorded(|| {
            let inside = self.inside(now, matters);
            let mut called = FxHashSet::default();
            self.removed.functions.iter().for_each(|function| mentioned(function, &mut called));
            let is_changed =
                |at: usize| inside.is_none() || self.was(now, at as u32).is_none_or(|was| self.is_own(was));
            let functions = now.program.functions.iter().enumerate();
            let changed = functions.filter(|(at, _)| is_changed(*at));
            changed.for_each(|(_, function)| mentioned(function, &mut called));
            Change { declared: FxHashSet::default(), is_open: false, called, inside }
        })
    }

    fn now<'u>(&self, now: &'u Unit) -> &'u Body {
        &now.program.bodies[self.edit.at]
    }

    /// How many numbers of a kind the body takes more than it did.
    fn more(&self, of: impl Fn(&Body) -> &Range<u32>, now: &Unit) -> i64 {
        of(self.now(now)).len() as i64 - of(&self.body).len() as i64
    }

    /// The number that a function had; nothing for those of the body.
    fn was(&self, now: &Unit, at: u32) -> Option<u32> {
        before(at, &self.body.functions, &self.now(now).functions)
    }

    fn is_own(&self, was: u32) -> bool {
        was == self.body.function.0
    }

    fn inside(&self, now: &Unit, matters: &dyn Fn(&Name) -> bool) -> Option<Inside> {
        let own = self.body.function.0 as usize;
        let functions = &now.program.functions;
        if !is_alike(self.removed.functions.first()?, &functions[own]) || !self.facts_hold(now, matters) {
            return None;
        }
        let mut numbers = vec![u32::MAX; self.facts.telling.len()];
        // What lies in the function though not in its body counts with it: it sees the same variables.
        let mut changed: FxHashSet<u32> = self.body.functions.clone().collect();
        changed.insert(own as u32);
        for (at, function) in functions.iter().enumerate() {
            let Some(was) = self.was(now, at as u32) else { continue };
            let parent = function.parent.and_then(|parent| self.was(now, parent.0));
            if self.is_own(was) || parent.is_some_and(|parent| changed.contains(&parent)) {
                changed.insert(was);
                continue;
            }
            let facts = (self.facts.telling[was as usize], self.facts.encloses[was as usize]);
            if facts != (now.telling[at], now.encloses[at]) {
                return None;
            }
            numbers[was as usize] = at as u32;
        }
        Some(Inside { changed, now: numbers, shift: self.edit.shift })
    }

    /// Whether what the file says as a whole, and of the variables of other functions, is as it was.
    fn facts_hold(&self, now: &Unit, matters: &dyn Fn(&Name) -> bool) -> bool {
        let was = &self.facts;
        let is_named = |name: &Name| {
            let functions = now.program.functions.iter().chain(&self.removed.functions);
            functions.into_iter().any(|function| function.name == *name)
        };
        was.stored == now.stored
            && was.modules.symmetric_difference(&now.modules).all(|module| module.is_empty())
            && was.writes_module_state == now.writes_module_state
            && !was.imports.symmetric_difference(&now.imports).any(matters)
            && !was.called_anywhere.symmetric_difference(&now.called_anywhere).any(is_named)
            && self.types_hold(now)
            && self.locals_hold(now)
    }

    fn types_hold(&self, now: &Unit) -> bool {
        let types = &now.program.types;
        let own = self.body.types.start as usize..self.body.types.end as usize;
        let is_same = |(was, now): (&TypeDecl, &TypeDecl)| {
            was.name == now.name && was.bases == now.bases && was.marks == now.marks && was.alias == now.alias
        };
        let told = self.facts.written.iter().chain(&now.written).map(|(at, _)| *at);
        self.removed.types.iter().zip(types.get(own.clone()).unwrap_or_default()).all(is_same)
            && own.clone().chain(told).all(|at| {
                let removed = at.checked_sub(own.start).and_then(|at| self.removed.types.get(at));
                let told = |unit: &'_ Unit| unit.written.iter().position(|(known, _)| *known == at);
                let fields = match (told(&self.facts), removed, told(now)) {
                    (Some(told), _, _) => &self.facts.written[told].1,
                    (None, Some(removed), _) => &removed.fields,
                    (None, None, Some(told)) => &now.written[told].1,
                    (None, None, None) => &types[at].fields,
                };
                *fields == types[at].fields
            })
    }

    fn locals_hold(&self, now: &Unit) -> bool {
        let was = &self.facts;
        let mut changed = vec![false; now.program.functions.len()];
        for (at, function) in now.program.functions.iter().enumerate() {
            changed[at] = at == self.body.function.0 as usize
                || function.parent.is_some_and(|parent| changed[parent.0 as usize]);
        }
        now.program.locals.iter().enumerate().all(|(at, info)| {
            let Some(before) = before(at as u32, &self.body.locals, &self.now(now).locals) else {
                return true;
            };
            let (one, other) = (Local(before), Local(at as u32));
            changed[info.function.0 as usize]
                || (was.assigned[before as usize] == now.assigned[at]
                    && was.touched.contains(&one) == now.touched.contains(&other)
                    && was.used.contains(&one) == now.used.contains(&other)
                    && was.kept.contains(&one) == now.kept.contains(&other))
        })
    }
}

/// The number that something outside a stretch of numbers had; nothing for what lies inside.
fn before(at: u32, was: &Range<u32>, now: &Range<u32>) -> Option<u32> {
    if at < now.start {
        return Some(at);
    }
    (at >= now.end).then(|| at - now.end + was.end)
}
