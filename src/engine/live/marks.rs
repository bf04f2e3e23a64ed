//! Which functions of a file tell, and which of them others may call.

use crate::knowledge::Knowledge;
use crate::program::Name;
use crate::project::Unit;
use rustc_hash::{FxHashMap, FxHashSet};

/// The telling functions that a unit shows to others, by what stands in it alone: what the first of
/// two rounds of a run finds.
pub(super) fn shown_by(
    unit: &Unit,
    knowledge: &Knowledge<'_>,
    known: &mut FxHashMap<Name, bool>,
) -> FxHashSet<Name> {
    ask(unit, knowledge, known);
    let marks = unit.told(&|name| known.get(name).copied().unwrap_or(false), &|_| false);
    super::super::shown(unit, &marks).collect()
}

pub(super) fn mark(
    unit: &mut Unit,
    shown: &FxHashMap<Name, usize>,
    knowledge: &Knowledge<'_>,
    known: &mut FxHashMap<Name, bool>,
) {
    ask(unit, knowledge, known);
    let tells = |name: &str| known.get(name).copied().unwrap_or(false);
    unit.mark_telling(&tells, &|name| shown.contains_key(name));
}

/// Asks of each called name once whether it tells.
fn ask(unit: &Unit, knowledge: &Knowledge<'_>, known: &mut FxHashMap<Name, bool>) {
    for name in &unit.called_anywhere {
        if !known.contains_key(name) {
            known.insert(name.clone(), knowledge.is_telling(name));
        }
    }
}
