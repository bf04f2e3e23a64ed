//! A program with one body in the place of another: what lowering the whole text would give.

use super::bodies::{Body, Edit, anonymous, anonymous_number};
use super::renumber::{self, Renumber};
use super::{Export, Exported, Function, FunctionId, Local, LocalInfo, Name, Program, TypeDecl};
use crate::source::Span;
use std::ops::Range;

/// What lay in a body that is another one now.
#[derive(Debug)]
pub struct Removed {
    /// The function of the body, then those that lay in it.
    pub functions: Vec<Function>,
    pub types: Vec<TypeDecl>,
}

/// One body, in the numbers of the program that it is to become a part of.
#[derive(Debug)]
pub struct Graft {
    edit: Edit,
    body: Body,
    function: Function,
    functions: Vec<Function>,
    /// Which parameters change in it.
    changes: Vec<bool>,
    locals: Vec<LocalInfo>,
    types: Vec<TypeDecl>,
}

impl Graft {
    /// The edited body out of the program of its [`super::bodies::skeleton`]; nothing if that is another
    /// file outside of it, as far as one can see, or if it would make the file another one.
    pub fn of(old: &Program, mut fresh: Program, edit: Edit) -> Option<Graft> {
        let (was, body) = (old.bodies.get(edit.at)?, fresh.bodies.get(edit.at)?.clone());
        let is_alike = was.is_apart && body.is_apart && is_framed(old, &fresh, edit);
        if !is_alike || fresh.types.len() < body.types.end as usize {
            return None;
        }
        let mut numbers = Numbers::new(&old.bodies, &fresh.bodies, edit.at)?;
        let id = FunctionId(numbers.functions.of(body.function.0)?);
        let mut taken = fresh.functions.replace(body.functions.clone(), Vec::new());
        let mut function = fresh.functions.replace(body.function.0..body.function.0 + 1, Vec::new()).pop()?;
        let head = fresh.locals.get(body.head.start as usize..body.head.end as usize)?;
        let changes: Vec<bool> = head.iter().map(|local| local.mutable).collect();
        let mut locals = take(&mut fresh.locals, &body.locals);
        let mut types = take(&mut fresh.types, &body.types);
        renumber::function(&mut function, &mut numbers);
        taken.iter_mut().for_each(|function| renumber::function(function, &mut numbers));
        locals.iter_mut().for_each(|local| renumber::local(local, &mut numbers));
        types.iter_mut().for_each(|decl| renumber::declared(decl, &mut numbers));
        if numbers.is_lost || id != was.function || body.head.len() != was.head.len() {
            return None;
        }
        let body = Body {
            span: body.span,
            function: id,
            head: was.head.clone(),
            functions: resized(&was.functions, taken.len()),
            locals: resized(&was.locals, locals.len()),
            types: resized(&was.types, types.len()),
            is_apart: true,
        };
        let graft = Graft { edit, body, function, functions: taken, changes, locals, types };
        graft.declares_the_same(old).then_some(graft)
    }

    /// The edit that it comes from.
    pub fn edit(&self) -> Edit {
        self.edit
    }

    /// Whether the file can be asked for the same things by name.
    fn declares_the_same(&self, old: &Program) -> bool {
        let was = &old.bodies[self.edit.at];
        let types = old.types.get(was.types.start as usize..was.types.end as usize).unwrap_or_default();
        let bases = |decl: &TypeDecl| {
            decl.bases.iter().map(|base| base.name.path.last().cloned()).collect::<Vec<_>>()
        };
        let is_same_type =
            |(one, other): (&TypeDecl, &TypeDecl)| one.name == other.name && bases(one) == bases(other);
        let told = |function: &Function| {
            let is_told = function.owner.is_some() || function.exported;
            is_told.then(|| (function.owner.clone(), function.name.clone(), function.exported))
        };
        let functions = (was.functions.clone()).filter_map(|at| told(&old.functions[at as usize]));
        types.len() == self.types.len()
            && types.iter().zip(&self.types).all(is_same_type)
            && functions.eq(self.functions.iter().filter_map(told))
    }

    /// Puts it into the program, and gives back what was there.
    pub fn put_into(self, program: &mut Program) -> Removed {
        let Graft { edit, body, function, functions, changes, locals, types } = self;
        let was = program.bodies[edit.at].clone();
        let more = |now: usize, was: &Range<u32>| now as i64 - was.len() as i64;
        let mut moves = Moves {
            edit,
            locals: (was.locals.end, more(locals.len(), &was.locals)),
            functions: (was.functions.end, more(functions.len(), &was.functions)),
        };
        let mut removed = program.functions.replace(was.functions.clone(), Vec::new());
        let locals_after = program.locals.split_off(was.locals.end as usize);
        program.locals.truncate(was.locals.start as usize);
        let types_after = program.types.split_off(was.types.end as usize);
        let removed_types = program.types.split_off(was.types.start as usize);
        program.functions.iter_mut().for_each(|function| renumber::function(function, &mut moves));
        program.functions.replace(was.functions.start..was.functions.start, functions);
        program.locals.iter_mut().for_each(|local| renumber::local(local, &mut moves));
        let head = program.locals.iter_mut().skip(was.head.start as usize);
        head.zip(changes).for_each(|(local, changes)| local.mutable = changes);
        program.locals.extend(locals);
        let from = program.locals.len();
        program.locals.extend(locals_after);
        program.locals[from..].iter_mut().for_each(|local| renumber::local(local, &mut moves));
        program.types.iter_mut().for_each(|decl| renumber::declared(decl, &mut moves));
        program.types.extend(types);
        let from = program.types.len();
        program.types.extend(types_after);
        program.types[from..].iter_mut().for_each(|decl| renumber::declared(decl, &mut moves));
        for export in &mut program.exports {
            if let Exported::Local(local) = &mut export.what {
                moves.local(local);
            }
        }
        let id = body.function.0;
        program.bodies[edit.at] = body;
        for (at, other) in program.bodies.iter_mut().enumerate().filter(|(at, _)| *at != edit.at) {
            moves.place(&mut other.span);
            if at > edit.at {
                moves.function(&mut other.function);
                other.head = moved(&other.head, moves.locals.1);
                other.functions = moved(&other.functions, moves.functions.1);
                other.locals = moved(&other.locals, moves.locals.1);
            }
        }
        let own = program.functions.replace(id..id + 1, vec![function]);
        removed.splice(0..0, own);
        Removed { functions: removed, types: removed_types }
    }
}

fn take<T>(list: &mut Vec<T>, range: &Range<u32>) -> Vec<T> {
    list.drain(range.start as usize..range.end as usize).collect()
}

fn resized(range: &Range<u32>, length: usize) -> Range<u32> {
    range.start..range.start + length as u32
}

fn moved(range: &Range<u32>, by: i64) -> Range<u32> {
    let moved = |at: u32| (i64::from(at) + by) as u32;
    moved(range.start)..moved(range.end)
}

/// Whether what stands around the bodies of two programs is alike: their places, and what the files
/// show to others.
fn is_framed(old: &Program, fresh: &Program, edit: Edit) -> bool {
    let is_in_place = |(one, other): (&Body, &Body)| edit.shift.of(one.span) == other.span;
    let is_same = |(one, other): (&Export, &Export)| {
        one.name == other.name
            && match (&one.what, &other.what) {
                (Exported::Local(one), Exported::Local(other)) => {
                    let (one, other) = (&old.locals[one.0 as usize], &fresh.locals[other.0 as usize]);
                    one.name == other.name && edit.shift.of(one.span) == other.span
                }
                (Exported::Type(one), Exported::Type(other)) => one == other,
                (Exported::Elsewhere(one), Exported::Elsewhere(other)) => one == other,
                _ => false,
            }
    };
    old.language == fresh.language
        && fresh.errors.is_empty()
        && old.bodies.len() == fresh.bodies.len()
        && old.bodies.iter().zip(&fresh.bodies).all(is_in_place)
        && old.exports.len() == fresh.exports.len()
        && old.exports.iter().zip(&fresh.exports).all(is_same)
}

/// The numbers that a program gives to what lies outside its bodies and in one of them, held against
/// those that another one gives.
struct Numbers {
    functions: Ranks,
    locals: Ranks,
    types: Ranks,
    /// Something has no place in the other program.
    is_lost: bool,
}

/// Numbers of one kind.
struct Ranks {
    /// By body: where it ends in one program, and how much more the other counts up to there.
    ends: Vec<(Range<u32>, i64)>,
    own: Range<u32>,
    /// Where the body begins in the other program.
    to: u32,
}

impl Ranks {
    /// From the numbers of some bodies to those of the same in the other program.
    fn new(fresh: &[Body], old: &[Body], at: usize, of: impl Fn(&Body) -> &Range<u32>) -> Option<Ranks> {
        let mut more = 0;
        let ends = fresh.iter().zip(old).take(at).map(|(fresh, old)| {
            more += of(old).len() as i64 - of(fresh).len() as i64;
            (of(fresh).clone(), more)
        });
        let ends = ends.collect();
        let (own, to) = (of(fresh.get(at)?).clone(), of(old.get(at)?).start);
        // What stands before the body is as much in both.
        (i64::from(own.start) + more == i64::from(to)).then_some(Ranks { ends, own, to })
    }

    fn of(&self, number: u32) -> Option<u32> {
        if self.own.contains(&number) {
            return Some(number - self.own.start + self.to);
        }
        let before = self.ends.partition_point(|(range, _)| range.end <= number);
        let is_inside = self.ends.get(before).is_some_and(|(range, _)| range.contains(&number));
        if number >= self.own.start || is_inside {
            return None;
        }
        let more = before.checked_sub(1).and_then(|last| self.ends.get(last)).map_or(0, |(_, more)| *more);
        u32::try_from(i64::from(number) + more).ok()
    }
}

impl Numbers {
    fn new(old: &[Body], fresh: &[Body], at: usize) -> Option<Numbers> {
        Some(Numbers {
            functions: Ranks::new(fresh, old, at, |body| &body.functions)?,
            locals: Ranks::new(fresh, old, at, |body| &body.locals)?,
            types: Ranks::new(fresh, old, at, |body| &body.types)?,
            is_lost: false,
        })
    }

    /// The number, unless it has no place in the other program.
    fn known(&mut self, to: Option<u32>) -> u32 {
        self.is_lost |= to.is_none();
        to.unwrap_or_default()
    }
}

impl Renumber for Numbers {
    fn local(&mut self, local: &mut Local) {
        local.0 = self.known(self.locals.of(local.0));
    }

    fn function(&mut self, function: &mut FunctionId) {
        function.0 = self.known(self.functions.of(function.0));
    }

    fn place(&mut self, _: &mut Span) {}

    fn type_name(&mut self, name: &mut Name) {
        if let Some((number, mark)) = anonymous_number(name) {
            match self.types.of(number) {
                Some(number) => *name = anonymous(number, mark),
                None => self.is_lost = true,
            }
        }
    }
}

/// What becomes of the numbers and places outside a body that is replaced.
struct Moves {
    edit: Edit,
    /// From which number on, and by how much.
    locals: (u32, i64),
    functions: (u32, i64),
}

impl Renumber for Moves {
    fn local(&mut self, local: &mut Local) {
        if local.0 >= self.locals.0 {
            local.0 = (i64::from(local.0) + self.locals.1) as u32;
        }
    }

    fn function(&mut self, function: &mut FunctionId) {
        if function.0 >= self.functions.0 {
            function.0 = (i64::from(function.0) + self.functions.1) as u32;
        }
    }

    fn place(&mut self, span: &mut Span) {
        *span = self.edit.shift.of(*span);
    }
}
