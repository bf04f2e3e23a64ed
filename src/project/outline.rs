//! What other files ask of one before they look into its functions: enough to link a project of which
//! most files are not lowered.

use super::Unit;
use super::callers::{KEPT, sites};
use super::change::mentioned;
use crate::program::{Exported, FunctionId, Language, Name, reads};
use rustc_hash::{FxHashMap, FxHashSet, FxHasher};
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
    /// [`mark`]s of all names that are called or read in it, sorted, and what kinds of places of the
    /// name others can find in it.
    pub mentions: Vec<(u32, u8)>,
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
            let mut kinds: FxHashMap<u32, u8> = names.iter().map(|name| (mark(name), 0)).collect();
            for (name, kind) in sites(unit) {
                *kinds.entry(mark(&name)).or_default() |= kind;
            }
            let mut mentions: Vec<(u32, u8)> = kinds.into_iter().collect();
            mentions.sort_unstable();
            let declarations = Declarations::of(unit);
            Outline { declarations, kept, mentions, telling: unit.telling.clone() }
        })
    }

    /// Whether a name may be called or read in the file.
    pub fn may_mention(&self, mark: u32) -> bool {
        self.mentions.binary_search_by_key(&mark, |(mark, _)| *mark).is_ok()
    }

    /// Marks of the names of which it has places that another outline of the file has not, or keeps
    /// objects where the other does not or the other way round.
    pub fn new_places(&self, before: Option<&Outline>) -> Vec<u32> {
        let kinds = |outline: Option<&Outline>, mark: u32| {
            let found = outline.map(|outline| &outline.mentions);
            let at = found.and_then(|all| all.binary_search_by_key(&mark, |(mark, _)| *mark).ok());
            at.zip(found).map_or(0, |(at, all)| all[at].1)
        };
        let is_new = |(mark, now): &&(u32, u8)| *now & !kinds(before, *mark) != 0;
        let was_kept = |(mark, then): &&(u32, u8)| *then & KEPT & !kinds(Some(self), *mark) != 0;
        let new = self.mentions.iter().filter(is_new);
        let gone = before.into_iter().flat_map(|before| before.mentions.iter().filter(was_kept));
        new.chain(gone).map(|(mark, _)| *mark).collect()
    }

    /// Marks of the classes of which it keeps objects.
    pub fn kept_places(&self) -> impl Iterator<Item = u32> {
        self.mentions.iter().filter(|(_, kinds)| kinds & KEPT != 0).map(|(mark, _)| *mark)
    }
}
