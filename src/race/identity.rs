//! What is not as good as another of its kind: locks, channels, counters, of which everybody must have
//! the same one.

use super::Races;
use crate::program::{Name, Type};
use crate::scene::event::EventId;
use crate::scene::value::{Term, ValueId};
use crate::source::FileId;

impl Races<'_> {
    /// What is kept under a key is a thing that the function gives back as well, and that others are
    /// to meet at: of two runs each hands out one of its own, and who has the first waits for nobody.
    pub(super) fn has_identity(&self, act: EventId) -> bool {
        let event = self.event(act);
        let [place, _, ..] = event.resource.keys.as_slice() else { return false };
        event.data.is_some_and(|data| self.is_given_back(data))
            && self.declared_at(*place).is_some_and(|(file, ty)| {
                kept_under_keys(ty).is_some_and(|kept| self.is_met_at(file, kept, 0))
            })
    }

    /// The declared type of a place of memory, and the file that says it.
    fn declared_at(&self, place: ValueId) -> Option<(FileId, &Type)> {
        match self.scene.values.term(place) {
            Term::Held { of, .. } => self.declared_at(*of),
            Term::Param(file, local) | Term::Place(file, local) => {
                Some((*file, self.project.declared(*file, *local)?))
            }
            Term::Load { base, field, .. } => {
                let (file, owner) = self.owner_of(*base)?;
                let (file, decl) = self.project.type_decl(file, &owner)?;
                let (_, ty) = decl.fields.iter().find(|(name, _)| name == field)?;
                Some((file, ty.as_ref()?))
            }
            _ => None,
        }
    }

    /// The name of the type whose fields a value has.
    fn owner_of(&self, value: ValueId) -> Option<(FileId, Name)> {
        if let Term::This(file, this) = *self.scene.values.term(value) {
            let unit = self.project.unit(file);
            let function = unit.program.locals[this.0 as usize].function;
            return Some((file, unit.program.functions[function.0 as usize].owner.clone()?));
        }
        let (file, ty) = self.declared_at(value)?;
        let mut at = Some(ty);
        while let Some(ty) = at {
            let name = ty.name.path.last()?;
            if self.project.type_decl(file, name).is_some() {
                return Some((file, name.clone()));
            }
            at = ty.args.first();
        }
        None
    }

    /// A lock, a channel or the like stands in a type, or in a field of a type of the program.
    fn is_met_at(&self, file: FileId, ty: &Type, depth: u32) -> bool {
        let Some(name) = ty.name.path.last().filter(|_| depth < 4) else { return false };
        let in_field = || {
            self.project.type_decl(file, name).is_some_and(|(file, decl)| {
                decl.fields
                    .iter()
                    .filter_map(|(_, ty)| ty.as_ref())
                    .any(|ty| self.is_met_at(file, ty, depth + 1))
            })
        };
        self.knowledge.is_word("meeting", name)
            || ty.args.iter().any(|ty| self.is_met_at(file, ty, depth + 1))
            || in_field()
    }
}

/// What a map keeps: the second argument of the outermost type that has two.
fn kept_under_keys(ty: &Type) -> Option<&Type> {
    match ty.args.as_slice() {
        [_, kept, ..] => Some(kept),
        [one] => kept_under_keys(one),
        [] => None,
    }
}
