//! Two readings of one file to what differs between them: all of it, or what lies in one function.
//!
//! Lowering is a function of the text. Where an edit lies inside the body of one function, all other
//! functions of the file are what they were, a number and an offset apart, provided that nothing
//! which the body tells the rest of the file has changed; that is what is compared here.

pub mod body;

use super::Unit;
use super::outline::Declarations;
use crate::program::{Callee, Function, FunctionId, Functions, Key, Local, Name, Op, TypeDecl, Value, reads};
use crate::source::{Shift, Span};
use rustc_hash::FxHashSet;
use std::ops::Range;

/// What an edit of a file changed, in the numbers that its functions had before.
#[derive(Clone, Debug)]
pub struct Change {
    /// Names that are declared otherwise now, in a way that other files may ask for.
    pub declared: FxHashSet<Name>,
    /// Exports of whole modules changed: no name tells whom that concerns.
    pub is_open: bool,
    /// Names that the functions in question call or read, before or after.
    pub called: FxHashSet<Name>,
    /// The functions in question; without it, all, and with them all that the file says as a whole.
    pub inside: Option<Inside>,
}

/// An edit within one function.
#[derive(Clone, Debug)]
pub struct Inside {
    /// The functions that the edit may have changed.
    pub changed: FxHashSet<u32>,
    /// The number that each of the others has now.
    pub now: Vec<u32>,
    pub shift: Shift,
}

/// So many bytes are compared at once.
const AT_ONCE: usize = 64;

/// The stretch of the old text that an edit replaced, and how many bytes are there now.
pub fn edited(old: &str, new: &str) -> (Range<usize>, usize) {
    let (old, new) = (old.as_bytes(), new.as_bytes());
    let same = |(one, other): &(&[u8], &[u8])| one == other;
    let chunks = old.chunks_exact(AT_ONCE).zip(new.chunks_exact(AT_ONCE)).take_while(same).count();
    let first = chunks * AT_ONCE;
    let bytes = old[first..].iter().zip(&new[first..]).take_while(|(one, other)| one == other);
    let first = first + bytes.count();
    let (old_rest, new_rest) = (&old[first..], &new[first..]);
    let chunks =
        old_rest.rchunks_exact(AT_ONCE).zip(new_rest.rchunks_exact(AT_ONCE)).take_while(same).count();
    let last = chunks * AT_ONCE;
    let (old_rest, new_rest) = (&old_rest[..old_rest.len() - last], &new_rest[..new_rest.len() - last]);
    let bytes = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, other)| one == other);
    let last = bytes.count();
    (first..first + old_rest.len() - last, new_rest.len() - last)
}

/// What became of a file. `matters` tells whether a name that a file mentions can make a difference
/// to how the rest of it is read.
pub fn between(old: &Unit, new: &Unit, texts: (&str, &str), matters: &dyn Fn(&Name) -> bool) -> Change {
    reads::unrecorded(|| {
        let (declared, is_open) = declarations(&Declarations::of(old), &Declarations::of(new));
        let inside = (declared.is_empty() && !is_open).then(|| inside(old, new, texts, matters)).flatten();
        let mut called = FxHashSet::default();
        match &inside {
            Some((inside, after)) => {
                let before = inside.changed.iter().map(|at| &old.program.functions[*at as usize]);
                let after = after.iter().map(|at| &new.program.functions[*at as usize]);
                before.chain(after).for_each(|function| mentioned(function, &mut called));
            }
            None => {
                let all = old.program.functions.iter().chain(new.program.functions.iter());
                all.for_each(|function| mentioned(function, &mut called));
            }
        }
        Change { declared, is_open, called, inside: inside.map(|(inside, _)| inside) }
    })
}

/// A file that was not read before, or is not any more.
pub fn of_all(unit: &Unit) -> Change {
    reads::unrecorded(|| {
        let mut called = FxHashSet::default();
        unit.program.functions.iter().for_each(|function| mentioned(function, &mut called));
        let (declared, is_open) = all_declarations(&Declarations::of(unit));
        Change { declared, is_open, called, inside: None }
    })
}

/// All names that a file declares, and whether it exports whole modules.
pub fn all_declarations(of: &Declarations) -> (FxHashSet<Name>, bool) {
    let names = declared(of).into_iter().flat_map(|entry| entry.names()).collect();
    (names, of.exports.iter().any(|(name, _)| name == "*"))
}

/// One thing that other files can find by its name.
#[derive(PartialEq, Eq, Hash)]
enum Declared {
    Method(Name, Name),
    Function(Name),
    Type(Name, Vec<Name>, bool),
    Export(Name, String),
}

impl Declared {
    fn names(self) -> Vec<Name> {
        match self {
            Declared::Method(owner, name) => vec![owner, name],
            Declared::Function(name) | Declared::Export(name, _) => vec![name],
            Declared::Type(name, mut bases, _) => {
                bases.push(name);
                bases
            }
        }
    }
}

fn declared(of: &Declarations) -> FxHashSet<Declared> {
    let methods = of.methods.iter().map(|(owner, name, _)| Declared::Method(owner.clone(), name.clone()));
    let functions = of.functions.iter().map(|(name, _)| Declared::Function(name.clone()));
    let types = of.types.iter();
    let types = types.map(|(name, bases, alias)| Declared::Type(name.clone(), bases.clone(), *alias));
    let exports = of.exports.iter().map(|(name, what)| Declared::Export(name.clone(), what.clone()));
    methods.chain(functions).chain(types).chain(exports).collect()
}

/// Names that are declared otherwise now, and whether exports of whole modules are.
pub fn declarations(old: &Declarations, new: &Declarations) -> (FxHashSet<Name>, bool) {
    let (before, after) = (declared(old), declared(new));
    let mut names = FxHashSet::default();
    let mut is_open = old.language != new.language;
    let gone = before.iter().filter(|entry| !after.contains(entry));
    let come = after.iter().filter(|entry| !before.contains(entry));
    for entry in gone.chain(come) {
        match entry {
            Declared::Export(name, _) if name == "*" => is_open = true,
            Declared::Export(name, _) | Declared::Function(name) => {
                names.insert(name.clone());
            }
            Declared::Method(owner, name) => names.extend([owner.clone(), name.clone()]),
            Declared::Type(name, bases, _) => {
                names.insert(name.clone());
                names.extend(bases.iter().cloned());
            }
        }
    }
    (names, is_open)
}

/// What the callers of a name are found by, and what a function reads of fields.
pub(super) fn mentioned(function: &Function, names: &mut FxHashSet<Name>) {
    for step in function.blocks.iter().flat_map(|block| &block.steps) {
        match &step.op {
            Op::Call { callee: Callee::Method { name, .. }, .. } => {
                names.insert(name.clone());
            }
            Op::Let { value: Value::Global(global), .. } => names.extend(global.path.last().cloned()),
            Op::Let { value: Value::Load { key: Key::Field(name), .. }, .. } => {
                names.insert(name.clone());
            }
            _ => {}
        }
    }
}

/// The edit as one within a function, with the numbers that the changed functions have now.
fn inside(
    old: &Unit,
    new: &Unit,
    (old_text, new_text): (&str, &str),
    matters: &dyn Fn(&Name) -> bool,
) -> Option<(Inside, Vec<u32>)> {
    let (range, length) = edited(old_text, new_text);
    let by = length as i64 - range.len() as i64;
    let (start, end) = (range.start as u32, range.end as u32);
    let around = |function: &&Function| {
        function.parent == Some(FunctionId(0)) && function.span.start < start && end < function.span.end
    };
    let top = old.program.functions.iter().skip(1).find(around)?.span;
    let top_now = Span { end: (i64::from(top.end) + by) as u32, ..top };
    let (changed, kept) = split(&old.program.functions, top)?;
    let (changed_now, kept_now) = split(&new.program.functions, top_now)?;
    let shift = Shift { file: old.file, from: end, by };
    let stays = |(one, other): (&u32, &u32)| {
        let (one, other) = (*one as usize, *other as usize);
        let (before, after) = (&old.program.functions[one], &new.program.functions[other]);
        let moved = one == 0 || (shift.of(before.span) == after.span);
        moved
            && is_alike(before, after)
            && old.telling[one] == new.telling[other]
            && old.encloses[one] == new.encloses[other]
    };
    let heads = |functions: &Functions, ids: &FxHashSet<u32>, span: Span| -> Vec<u32> {
        let mut heads: Vec<u32> =
            ids.iter().copied().filter(|at| functions[*at as usize].span == span).collect();
        heads.sort_unstable();
        heads
    };
    let (heads, heads_now) =
        (heads(&old.program.functions, &changed, top), heads(&new.program.functions, &changed_now, top_now));
    let same_heads = heads.len() == heads_now.len()
        && heads.iter().zip(&heads_now).all(|(one, other)| {
            let (one, other) = (*one as usize, *other as usize);
            is_alike(&old.program.functions[one], &new.program.functions[other])
        });
    let holds = kept.len() == kept_now.len()
        && kept.iter().zip(&kept_now).all(stays)
        && same_heads
        && facts_hold(old, new, (&changed, &changed_now), matters);
    if !holds {
        return None;
    }
    let mut now = vec![u32::MAX; old.program.functions.len()];
    for (before, after) in kept.iter().zip(&kept_now) {
        now[*before as usize] = *after;
    }
    let mut changed_now: Vec<u32> = changed_now.into_iter().collect();
    changed_now.sort_unstable();
    Some((Inside { changed, now, shift }, changed_now))
}

/// The functions that lie within a stretch and, in order, the others; nothing if one lies across.
fn split(functions: &Functions, top: Span) -> Option<(FxHashSet<u32>, Vec<u32>)> {
    let (mut within, mut others) = (FxHashSet::default(), Vec::new());
    for (at, function) in functions.iter().enumerate() {
        if at > 0 && top.contains(function.span) {
            within.insert(at as u32);
        } else if at == 0 || function.span.end <= top.start || top.end <= function.span.start {
            others.push(at as u32);
        } else {
            return None;
        }
    }
    Some((within, others))
}

/// Whether two functions look alike from the outside.
fn is_alike(one: &Function, other: &Function) -> bool {
    one.name == other.name
        && one.owner == other.owner
        && one.kind == other.kind
        && one.receiver.map(|(_, borrow)| borrow) == other.receiver.map(|(_, borrow)| borrow)
        && one.params.len() == other.params.len()
        && one.result == other.result
        && one.is_async == other.is_async
        && one.exported == other.exported
        && one.marks == other.marks
}

/// Whether what the file says as a whole, and of the variables of other functions, is as it was.
fn facts_hold(
    old: &Unit,
    new: &Unit,
    (changed, changed_now): (&FxHashSet<u32>, &FxHashSet<u32>),
    matters: &dyn Fn(&Name) -> bool,
) -> bool {
    let other = |one: &FxHashSet<Name>, other: &FxHashSet<Name>, tells: &dyn Fn(&Name) -> bool| {
        one.symmetric_difference(other).any(tells)
    };
    let own: FxHashSet<&Name> = old.program.functions.iter().map(|function| &function.name).collect();
    let types = |unit: &Unit| unit.program.types.len();
    old.stored == new.stored
        && old.modules.symmetric_difference(&new.modules).all(|module| module.is_empty())
        && old.writes_module_state == new.writes_module_state
        && !other(&old.imports, &new.imports, matters)
        && !other(&old.called_anywhere, &new.called_anywhere, &|name| own.contains(name))
        && types(old) == types(new)
        && old.program.types.iter().zip(&new.program.types).all(|(one, other)| is_same_type(one, other))
        && locals(old, changed).eq(locals(new, changed_now))
}

fn is_same_type(one: &TypeDecl, other: &TypeDecl) -> bool {
    one.name == other.name
        && one.fields == other.fields
        && one.bases == other.bases
        && one.marks == other.marks
        && one.alias == other.alias
}

/// What is known of each variable outside of some functions.
fn locals<'u>(
    unit: &'u Unit,
    without: &FxHashSet<u32>,
) -> impl Iterator<Item = (&'u Name, bool, u8, [bool; 3])> {
    let infos = unit.program.locals.iter().enumerate();
    infos.filter(|(_, info)| !without.contains(&info.function.0)).map(|(at, info)| {
        let local = Local(at as u32);
        let facts = [unit.touched.contains(&local), unit.used.contains(&local), unit.kept.contains(&local)];
        (&info.name, info.mutable, unit.assigned[at], facts)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_what_is_between_what_stays() {
        assert_eq!(edited("abcd", "abxcd"), (2..2, 1));
        assert_eq!(edited("aaa", "aa"), (2..3, 0));
        assert_eq!(edited("ab", "ab"), (2..2, 0));
        let (long, end) = ("a".repeat(200), "b".repeat(200));
        let (old, new) = (format!("{long}x{end}"), format!("{long}yz{end}"));
        assert_eq!(edited(&old, &new), (200..201, 2));
        assert_eq!(edited(&long, &long[..150]), (150..200, 0));
    }
}
