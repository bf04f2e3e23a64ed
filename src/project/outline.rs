//! What other files ask of one before they look into its functions: enough to link a project of which
//! most files are not lowered.

use super::Unit;
use super::callers::{CALLED, KEPT, mentions, sites};
use super::change::mentioned;
use crate::program::{Exported, FunctionId, Language, Name, Op, Value, reads};
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
    /// Of a Rust file: its functions with all that lies in them, and marks of the names that each calls.
    pub calls: Vec<Calls>,
    /// Digest of all that decides besides what a call in a Rust file may be one of.
    pub facts: u64,
    /// By function: whether running it in place can bring in an event.
    pub telling: Vec<bool>,
}

/// What a function calls. Two of one digest call the same: its text is the same, the paths in it lead
/// to the same, and its variables are declared alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calls {
    pub digest: u64,
    pub names: Vec<u32>,
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
    /// What is kept of a file of this text.
    pub fn of(unit: &Unit, text: &str) -> Outline {
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
            let is_rust = unit.program.language == Language::Rust;
            let (calls, facts) = if is_rust { (calls(unit, text), facts(unit)) } else { (Vec::new(), 0) };
            Outline { declarations, kept, mentions, calls, facts, telling: unit.telling.clone() }
        })
    }

    /// Whether a name may be called or read in the file.
    pub fn may_mention(&self, mark: u32) -> bool {
        self.mentions.binary_search_by_key(&mark, |(mark, _)| *mark).is_ok()
    }

    /// Marks of the names of which another outline of the file, or this one, has calls that the other
    /// has not.
    pub fn other_calls(&self, other: Option<&Outline>) -> Vec<u32> {
        let digests = |of: &Outline| of.calls.iter().map(|calls| calls.digest).collect::<FxHashSet<u64>>();
        let (here, there) = (digests(self), other.map(digests).unwrap_or_default());
        let others = other.into_iter().flat_map(|other| &other.calls);
        // With other facts no call is what it was.
        let is_alike = other.is_some_and(|other| other.facts == self.facts);
        let is_in_both =
            |calls: &&Calls| is_alike && here.contains(&calls.digest) && there.contains(&calls.digest);
        let changed = self.calls.iter().chain(others).filter(|calls| !is_in_both(calls));
        changed.flat_map(|calls| calls.names.iter().copied()).collect()
    }

    /// Marks of the names of which it has places that another outline of the file has not, or keeps
    /// objects where the other does not or the other way round.
    pub fn new_places(&self, before: Option<&Outline>) -> Vec<u32> {
        let kinds = |outline: Option<&Outline>, mark: u32| {
            let found = outline.map(|outline| &outline.mentions);
            let at = found.and_then(|all| all.binary_search_by_key(&mark, |(mark, _)| *mark).ok());
            at.zip(found).map_or(0, |(at, all)| all[at].1)
        };
        let is_new = |(mark, now): &&(u32, u8)| *now & !CALLED & !kinds(before, *mark) != 0;
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

/// The outermost function that a function lies in; the module itself for what lies in none.
fn outermost(unit: &Unit, mut at: usize) -> usize {
    while let Some(parent) = unit.program.functions[at].parent.filter(|parent| parent.0 != 0) {
        at = parent.0 as usize;
    }
    at
}

fn calls(unit: &Unit, text: &str) -> Vec<Calls> {
    let functions = &unit.program.functions;
    let mut digests: FxHashMap<usize, (blake3::Hasher, FxHashSet<u32>)> = FxHashMap::default();
    for (at, function) in functions.iter().enumerate() {
        let top = outermost(unit, at);
        let (hasher, names) = digests.entry(top).or_default();
        if at == top && at != 0 {
            let span = function.span.start as usize..function.span.end as usize;
            hasher.update(text.get(span).unwrap_or_default().as_bytes());
        }
        for step in function.blocks.iter().flat_map(|block| &block.steps) {
            match &step.op {
                Op::Let { value: Value::Global(global), .. } => {
                    hasher.update(format!("{global:?}").as_bytes());
                }
                // Of the module nothing is told by a text of its own.
                op if at == 0 => {
                    hasher.update(format!("{op:?}").as_bytes());
                }
                _ => {}
            }
        }
        names.extend(mentions(unit, FunctionId(at as u32), function).iter().map(|(name, _)| mark(name)));
    }
    for local in unit.program.locals.iter() {
        if let Some(ty) = &local.ty
            && let Some((hasher, _)) = digests.get_mut(&outermost(unit, local.function.0 as usize))
        {
            hasher.update(format!("{}: {ty:?}", local.name).as_bytes());
        }
    }
    let calls = digests.into_values().filter(|(_, names)| !names.is_empty()).map(|(hasher, names)| {
        let mut names: Vec<u32> = names.into_iter().collect();
        names.sort_unstable();
        Calls { digest: shortened(&hasher), names }
    });
    let mut calls: Vec<Calls> = calls.collect();
    calls.sort_by(|one, other| (one.digest, &one.names).cmp(&(other.digest, &other.names)));
    calls
}

/// The types of a file with their fields, and its functions by name, signature and owner.
fn facts(unit: &Unit) -> u64 {
    let mut hasher = blake3::Hasher::new();
    for decl in &unit.program.types {
        let told = format!("{}{:?}{:?}{:?}{}", decl.name, decl.fields, decl.bases, decl.marks, decl.alias);
        hasher.update(told.as_bytes());
    }
    let mut functions: Vec<String> = (unit.program.functions.iter())
        .filter(|function| !function.name.is_empty())
        .map(|function| format!("{:?}{}{:?}", function.owner, function.name, function.kind))
        .collect();
    functions.sort_unstable();
    for told in functions {
        hasher.update(told.as_bytes());
    }
    shortened(&hasher)
}

fn shortened(hasher: &blake3::Hasher) -> u64 {
    let hash = hasher.finalize();
    hash.as_bytes().iter().take(8).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}
