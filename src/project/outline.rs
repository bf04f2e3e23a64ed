//! What other files ask of one before they look into its functions: enough to link a project of which
//! most files are not lowered.

use super::Unit;
use super::change::mentioned;
use crate::program::{Exported, FunctionId, Language, Name, reads};
use rustc_hash::{FxHashSet, FxHasher};
use serde::{Deserialize, Serialize};
use std::hash::Hasher;

/// What a file declares.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declarations {
    pub language: Language,
    /// Owner, name and number, in the order of names.
    pub methods: Vec<(Name, Name, FunctionId)>,
    /// Exported functions without an owner, in the order of the file.
    pub functions: Vec<(Name, FunctionId)>,
    /// Name, names of the bases, and whether it only gives another type a name; all in order.
    pub types: Vec<(Name, Vec<Name>, bool)>,
    /// Names of exports, and what stands behind each.
    pub exports: Vec<(Name, String)>,
}

/// What is kept of a file for a later run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    pub declarations: Declarations,
    /// Classes of which it keeps an object.
    pub kept: Vec<Name>,
    /// [`mark`]s of all names that are called or read in it, sorted.
    pub mentions: Vec<u32>,
    /// By function: whether running it in place can bring in an event.
    pub telling: Vec<bool>,
}

/// A name in four bytes. Two names may have one mark, so marks say which files a name does *not*
/// concern.
pub fn mark(name: &str) -> u32 {
    let mut hasher = FxHasher::default();
    hasher.write(name.as_bytes());
    (hasher.finish() >> 16) as u32
}

/// The marks of names, sorted, once each.
pub fn marks<'n>(names: impl Iterator<Item = &'n Name>) -> Vec<u32> {
    let mut marks: Vec<u32> = names.map(|name| mark(name)).collect();
    marks.sort_unstable();
    marks.dedup();
    marks
}

impl Declarations {
    pub fn of(unit: &Unit) -> Declarations {
        let program = &unit.program;
        let mut methods: Vec<(Name, Name, FunctionId)> =
            unit.methods.iter().map(|((owner, name), id)| (owner.clone(), name.clone(), *id)).collect();
        methods.sort();
        let functions = program.functions.iter().enumerate();
        let shown = functions.filter(|(_, function)| function.exported && function.owner.is_none());
        let functions = shown.map(|(at, function)| (function.name.clone(), FunctionId(at as u32))).collect();
        let types = program.types.iter().map(|decl| {
            let bases = decl.bases.iter().filter_map(|base| base.name.path.last().cloned());
            (decl.name.clone(), bases.collect(), decl.alias)
        });
        let exports = program.exports.iter().map(|export| {
            let what = match &export.what {
                Exported::Local(local) => program.locals[local.0 as usize].name.to_string(),
                other => format!("{other:?}"),
            };
            (export.name.clone(), what)
        });
        let (types, exports) = (types.collect(), exports.collect());
        Declarations { language: program.language, methods, functions, types, exports }
    }
}

impl Outline {
    pub fn of(unit: &Unit) -> Outline {
        reads::unrecorded(|| {
            let kept = unit.kept_classes();
            let mut names: FxHashSet<Name> = unit.called_anywhere.clone();
            unit.program.functions.iter().for_each(|function| mentioned(function, &mut names));
            let mentions = marks(names.iter().chain(&kept));
            let declarations = Declarations::of(unit);
            Outline { declarations, kept, mentions, telling: unit.telling.clone() }
        })
    }

    /// Whether a name may be called or read in the file.
    pub fn may_mention(&self, mark: u32) -> bool {
        self.mentions.binary_search(&mark).is_ok()
    }
}
