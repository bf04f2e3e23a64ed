//! Which files of a run are lowered, and in what order.

use super::{Input, Options, edition};
use crate::knowledge::Knowledge;
use crate::links::Links;
use crate::program::{Edition, Language};
use crate::project::Unit;
use crate::source::FileId;
use crate::syntax::{self, Macros};
use rayon::prelude::*;
use rustc_hash::FxHashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// One file's program, or why there is none.
pub(super) type Lowered = (Option<Unit>, Option<String>);

/// Every file that may matter. Where no notes are wanted, tests and the like are read only for what
/// others import of them; of Rust nobody knows what that is.
pub(super) fn all(
    inputs: &[Input],
    knowledge: &Knowledge<'_>,
    options: &Options,
    links: &Links,
    macros: &Macros,
) -> Vec<Lowered> {
    let is_aside = |input: &Input| {
        options.no_notes
            && syntax::language(&input.path) == Some(Language::TypeScript)
            && knowledge.is_rough(&input.path)
    };
    let aside: Vec<bool> = inputs.par_iter().map(is_aside).collect();
    let read = |at: usize| {
        let input = &inputs[at];
        let matters = options.no_prefilter
            || syntax::may_declare(&input.path, &input.text)
            || knowledge.may_matter(&input.text);
        if matters { read_file(FileId(at as u32), input, macros, options) } else { Lowered::default() }
    };
    let mut lowered: Vec<Lowered> = aside
        .par_iter()
        .enumerate()
        .map(|(at, aside)| if *aside { Lowered::default() } else { read(at) })
        .collect();
    read_imported(&mut lowered, aside, links, &read);
    lowered
}

pub(super) fn read_file(file: FileId, input: &Input, macros: &Macros, options: &Options) -> Lowered {
    read_as(file, input, macros, edition(options, input))
}

pub(super) fn read_as(file: FileId, input: &Input, macros: &Macros, edition: Edition) -> Lowered {
    let unit = catch_unwind(AssertUnwindSafe(|| {
        Unit::new(file, input.path.clone(), syntax::lower(file, &input.path, &input.text, edition, macros))
    }));
    match unit {
        Ok(unit) => (Some(unit), None),
        Err(_) => (None, Some("internal error: reading this file panicked; please report it".to_string())),
    }
}

/// Reads those of the files laid aside that one of the others imports, and what these import.
fn read_imported(
    lowered: &mut [Lowered],
    mut aside: Vec<bool>,
    links: &Links,
    read: &(dyn Fn(usize) -> Lowered + Sync),
) {
    if !aside.contains(&true) {
        return;
    }
    let mut fresh: Vec<usize> = (0..lowered.len()).filter(|at| !aside[*at]).collect();
    while !fresh.is_empty() {
        let wanted: FxHashSet<usize> = fresh
            .par_iter()
            .filter_map(|at| lowered[*at].0.as_ref())
            .flat_map_iter(|unit| unit.sources().filter_map(|module| links.file(unit.file, module)))
            .map(|file| file.0 as usize)
            .filter(|at| aside[*at])
            .collect();
        fresh = wanted.into_iter().collect();
        fresh.sort_unstable();
        let more: Vec<Lowered> = fresh.par_iter().map(|at| read(*at)).collect();
        for (at, file) in fresh.iter().zip(more) {
            aside[*at] = false;
            lowered[*at] = file;
        }
    }
}
