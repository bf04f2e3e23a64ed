//! The files of a project: lowered, or to be lowered once somebody asks for one.

use super::Unit;
use super::outline::{Outline, mark};
use crate::program::{Name, reads};
use crate::source::{FileId, Text};
use rayon::prelude::*;
use std::sync::OnceLock;

/// Lowers a file that is known by its outline; `None` if it cannot be done any more.
pub type Lower = Box<dyn Fn(FileId) -> Option<Unit> + Send + Sync>;

/// All files of a run by number; of some nothing can matter, and there is no program.
#[derive(Default)]
pub struct Units {
    slots: Vec<Slot>,
    lower: Option<Lower>,
}

#[derive(Default)]
struct Slot {
    unit: OnceLock<Unit>,
    /// Of a file that an earlier run lowered.
    outline: Option<Box<Outline>>,
}

impl From<Vec<Option<Unit>>> for Units {
    fn from(units: Vec<Option<Unit>>) -> Units {
        let slot =
            |unit: Option<Unit>| Slot { unit: unit.map(OnceLock::from).unwrap_or_default(), outline: None };
        Units { slots: units.into_iter().map(slot).collect(), lower: None }
    }
}

impl Units {
    /// Files that are lowered, and others that are known by their outlines.
    pub fn partly(units: Vec<(Option<Unit>, Option<Outline>)>, lower: Lower) -> Units {
        let slot = |(unit, outline): (Option<Unit>, Option<Outline>)| Slot {
            unit: unit.map(OnceLock::from).unwrap_or_default(),
            outline: outline.map(Box::new),
        };
        Units { slots: units.into_iter().map(slot).collect(), lower: Some(lower) }
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// A file's program, lowered now if it was not yet.
    pub fn get(&self, file: FileId) -> Option<&Unit> {
        reads::file(file);
        self.slots.get(file.0 as usize)?.held(file, self.lower.as_ref())
    }

    pub fn get_mut(&mut self, file: FileId) -> Option<&mut Unit> {
        self.get(file)?;
        self.slots.get_mut(file.0 as usize)?.unit.get_mut()
    }

    /// Whether there is a program, lowered or not.
    pub fn has(&self, file: FileId) -> bool {
        self.slots
            .get(file.0 as usize)
            .is_some_and(|slot| slot.unit.get().is_some() || slot.outline.is_some())
    }

    /// The outline of a file that is not lowered yet.
    pub fn outline(&self, file: FileId) -> Option<&Outline> {
        let slot = self.slots.get(file.0 as usize)?;
        if slot.unit.get().is_some() { None } else { slot.outline.as_deref() }
    }

    /// The outline of a file that has a program; its text, in case it is another one than it was.
    pub fn any_outline(&self, file: FileId, text: impl FnOnce() -> Text) -> Option<Outline> {
        let slot = self.slots.get(file.0 as usize)?;
        let known = slot.outline.as_deref().cloned();
        known.or_else(|| Some(Outline::of(slot.unit.get()?, &text())))
    }

    /// All programs in the order of files; those that are not lowered yet are.
    pub fn iter(&self) -> impl Iterator<Item = &Unit> {
        self.hold_all();
        self.slots.iter().filter_map(|slot| slot.unit.get())
    }

    /// The programs that are lowered, as they are.
    pub fn held(&self) -> impl Iterator<Item = &Unit> {
        self.slots.iter().filter_map(|slot| slot.unit.get())
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Unit> {
        self.hold_all();
        self.slots.iter_mut().filter_map(|slot| slot.unit.get_mut())
    }

    /// The programs in which a name may be called or read, in the order of files.
    pub fn mentioning(&self, name: &Name) -> impl Iterator<Item = &Unit> {
        let wanted = mark(name);
        self.slots.iter().enumerate().filter_map(move |(at, slot)| {
            let concerned = match (slot.unit.get(), &slot.outline) {
                (Some(_), _) => true,
                (None, outline) => outline.as_ref().is_some_and(|outline| outline.may_mention(wanted)),
            };
            if concerned { slot.held(FileId(at as u32), self.lower.as_ref()) } else { None }
        })
    }

    /// Whether every program is lowered.
    pub fn are_held(&self) -> bool {
        self.slots.iter().all(|slot| slot.unit.get().is_some() || slot.outline.is_none())
    }

    /// Lowers what is not.
    pub fn hold_all(&self) {
        if !self.are_held() {
            self.slots.par_iter().enumerate().for_each(|(at, slot)| {
                slot.held(FileId(at as u32), self.lower.as_ref());
            });
        }
    }

    /// Puts another program in the place of a file's, and gives back what was there.
    pub fn replace(&mut self, file: FileId, unit: Option<Unit>) -> Option<Unit> {
        self.get(file);
        let slot = self.slots.get_mut(file.0 as usize)?;
        let slot = std::mem::replace(
            slot,
            Slot { unit: unit.map(OnceLock::from).unwrap_or_default(), outline: None },
        );
        slot.unit.into_inner()
    }
}

impl Slot {
    fn held(&self, file: FileId, lower: Option<&Lower>) -> Option<&Unit> {
        if let Some(unit) = self.unit.get() {
            return Some(unit);
        }
        let outline = self.outline.as_ref()?;
        let make = || {
            let mut unit = lower.and_then(|lower| lower(file))?;
            // What tells was settled with all other files, and nothing in it has changed since.
            (unit.telling.len() == outline.telling.len()).then(|| {
                unit.telling.clone_from(&outline.telling);
                unit
            })
        };
        // Another thread may have been first; both have the same.
        let unit = reads::unrecorded(make)?;
        Some(self.unit.get_or_init(|| unit))
    }
}
