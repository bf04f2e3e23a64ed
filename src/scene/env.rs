//! Variables at one point: what each may hold, and how knowledge joins where control does.

use super::value::{FrameId, Input, ValueId, Values};
use crate::program::{Local, Name};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Values of locals that are assigned more than once, and versions of stored fields.
#[derive(Clone, Default, Debug)]
pub(super) struct Env {
    /// In the order of their keys: many are joined, few are set.
    vars: Rc<Vec<(Var, ValueId)>>,
    versions: Rc<FxHashMap<Name, u32>>,
}

type Var = (FrameId, Local);

impl Env {
    pub(super) fn get(&self, frame: FrameId, local: Local) -> Option<ValueId> {
        let at = self.vars.binary_search_by_key(&(frame, local), |(var, _)| *var).ok()?;
        Some(self.vars[at].1)
    }

    pub(super) fn set(&mut self, frame: FrameId, local: Local, value: ValueId) {
        match self.vars.binary_search_by_key(&(frame, local), |(var, _)| *var) {
            Ok(at) if self.vars[at].1 == value => {}
            Ok(at) => Rc::make_mut(&mut self.vars)[at].1 = value,
            Err(at) => Rc::make_mut(&mut self.vars).insert(at, ((frame, local), value)),
        }
    }

    /// Drops the variables of an activation that is over and that no closure remembers.
    pub(super) fn forget(&mut self, frame: FrameId) {
        let from = self.vars.partition_point(|((of, _), _)| *of < frame);
        let to = self.vars.partition_point(|((of, _), _)| *of <= frame);
        if from < to {
            Rc::make_mut(&mut self.vars).drain(from..to);
        }
    }

    /// Whether variables and fields have the same values here and there, as far as that is seen at
    /// once.
    pub(super) fn is_same(&self, other: &Env) -> bool {
        self.has_same_vars(other) && Rc::ptr_eq(&self.versions, &other.versions)
    }

    fn has_same_vars(&self, other: &Env) -> bool {
        Rc::ptr_eq(&self.vars, &other.vars)
    }

    pub(super) fn version(&self, field: &str) -> u32 {
        self.versions.get(field).copied().unwrap_or(0)
    }

    pub(super) fn bump(&mut self, field: &Name, version: u32) {
        Rc::make_mut(&mut self.versions).insert(field.clone(), version);
    }
}

/// An edge into a block: where from, on which outcome, with what variables.
#[derive(Clone, Debug)]
pub(super) struct Incoming {
    pub(super) from: u32,
    pub(super) condition: Option<(ValueId, bool)>,
    pub(super) env: Env,
}

/// Versions of a field that meet, each with what led there.
pub(super) type Meeting = Vec<(u32, Vec<(ValueId, bool)>)>;

/// Joins the variables of several edges; `conditions` tells what led along each of them. Which
/// versions of fields meet in a new one is noted in `meetings`.
pub(super) fn join(
    values: &mut Values,
    incoming: &[Incoming],
    conditions: &[Vec<(ValueId, bool)>],
    meetings: &mut FxHashMap<u32, Meeting>,
) -> Env {
    let Some((first, rest)) = incoming.split_first() else { return Env::default() };
    let same_vars = rest.iter().all(|other| other.env.has_same_vars(&first.env));
    let same_versions = rest.iter().all(|other| Rc::ptr_eq(&other.env.versions, &first.env.versions));
    let mut env = first.env.clone();
    if !same_vars {
        env.vars = Rc::new(join_vars(values, incoming, conditions));
    }
    if !same_versions {
        let mut fields: Vec<Name> =
            incoming.iter().flat_map(|edge| edge.env.versions.keys().cloned()).collect();
        fields.sort_unstable();
        fields.dedup();
        let mut versions = FxHashMap::default();
        for field in fields {
            let first = incoming[0].env.version(&field);
            let agree = incoming.iter().all(|edge| edge.env.version(&field) == first);
            let version = if agree { first } else { values.site() };
            if !agree {
                let edges = incoming.iter().zip(conditions);
                let meeting = edges.map(|(edge, way)| (edge.env.version(&field), way.clone())).collect();
                meetings.insert(version, meeting);
            }
            versions.insert(field, version);
        }
        env.versions = Rc::new(versions);
    }
    env
}

/// The variables of all edges, in one walk along all of them.
fn join_vars(
    values: &mut Values,
    incoming: &[Incoming],
    conditions: &[Vec<(ValueId, bool)>],
) -> Vec<(Var, ValueId)> {
    let longest = incoming.iter().map(|edge| edge.env.vars.len()).max().unwrap_or(0);
    let mut joined = Vec::with_capacity(longest);
    let mut at = vec![0; incoming.len()];
    let next = |at: &[usize], edge: usize| incoming[edge].env.vars.get(at[edge]).copied();
    while let Some(var) = (0..at.len()).filter_map(|edge| Some(next(&at, edge)?.0)).min() {
        let here = |edge: usize| next(&at, edge).filter(|(of, _)| *of == var).map(|(_, value)| value);
        let mut seen = (0..at.len()).filter_map(here);
        let first = seen.next();
        let value = match first.filter(|first| seen.all(|value| value == *first)) {
            Some(only) => only,
            None => {
                let input = |edge: usize| {
                    Some(Input { value: here(edge)?, conditions: conditions.get(edge)?.clone() })
                };
                values.phi((0..at.len()).filter_map(input).collect())
            }
        };
        joined.push((var, value));
        for (edge, place) in at.iter_mut().enumerate() {
            let is_here = incoming[edge].env.vars.get(*place).is_some_and(|(of, _)| *of == var);
            *place += usize::from(is_here);
        }
    }
    joined
}
