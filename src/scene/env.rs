//! Variables at one point: what each may hold, and how knowledge joins where control does.

use super::value::{FrameId, Input, ValueId, Values};
use crate::program::{Local, Name};
use rustc_hash::FxHashMap;
use std::rc::Rc;

/// Values of locals that are assigned more than once, and versions of stored fields.
#[derive(Clone, Default, Debug)]
pub(super) struct Env {
    vars: Rc<FxHashMap<(FrameId, Local), ValueId>>,
    versions: Rc<FxHashMap<Name, u32>>,
}

impl Env {
    pub(super) fn get(&self, frame: FrameId, local: Local) -> Option<ValueId> {
        self.vars.get(&(frame, local)).copied()
    }

    pub(super) fn set(&mut self, frame: FrameId, local: Local, value: ValueId) {
        if self.get(frame, local) != Some(value) {
            Rc::make_mut(&mut self.vars).insert((frame, local), value);
        }
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

/// Joins the variables of several edges; `conditions` tells what led along each of them.
pub(super) fn join(values: &mut Values, incoming: &[Incoming], conditions: &[Vec<(ValueId, bool)>]) -> Env {
    let Some((first, rest)) = incoming.split_first() else { return Env::default() };
    let same_vars = rest.iter().all(|other| Rc::ptr_eq(&other.env.vars, &first.env.vars));
    let same_versions = rest.iter().all(|other| Rc::ptr_eq(&other.env.versions, &first.env.versions));
    let mut env = first.env.clone();
    if !same_vars {
        let mut keys: Vec<(FrameId, Local)> =
            incoming.iter().flat_map(|edge| edge.env.vars.keys().copied()).collect();
        keys.sort_unstable();
        keys.dedup();
        let mut vars = FxHashMap::default();
        for key in keys {
            let inputs: Vec<Input> = incoming
                .iter()
                .zip(conditions)
                .filter_map(|(edge, conditions)| {
                    let value = *edge.env.vars.get(&key)?;
                    Some(Input { value, conditions: conditions.clone() })
                })
                .collect();
            vars.insert(key, values.phi(inputs));
        }
        env.vars = Rc::new(vars);
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
            versions.insert(field, version);
        }
        env.versions = Rc::new(versions);
    }
    env
}
