//! Texts and paths that are changed where they stand: `name.push(".lock")` makes another name of it.

use super::build::Builder;
use super::call::Call;
use super::value::{FrameId, Piece, ValueId};
use crate::program::Local;

impl Builder<'_> {
    /// What a text or path is once more has been put to its end. It has the same type.
    pub(super) fn grow(&mut self, receiver: ValueId, parts: Vec<ValueId>) -> ValueId {
        let ty = self.type_of(receiver).map(|seen| seen.into_evidence());
        let is_text = ty.as_ref().is_some_and(|known| {
            let name = known.ty.name.path.last();
            name.is_some_and(|name| self.knowledge.is_word("text-type", name))
        });
        let grown = match is_text {
            true => self.values.template(parts.into_iter().map(Piece::Value).collect()),
            false => self.values.join(parts),
        };
        if let Some(ty) = ty {
            self.evidence.entry(grown).or_insert(ty);
        }
        grown
    }

    /// By its own type a call's receiver is a text or path, not a list of them.
    pub(super) fn is_text_or_path(&self, call: &Call) -> bool {
        let ty = call.receiver.and_then(|receiver| self.type_of(receiver));
        ty.is_some_and(|seen| {
            let name = seen.ty.name.path.last();
            name.is_some_and(|name| {
                self.knowledge.is_word("text-type", name) || self.knowledge.is_word("path-type", name)
            })
        })
    }

    /// A variable holds another value from here on.
    pub(super) fn change_in_place(&mut self, frame: FrameId, local: Local, value: ValueId) {
        let Some(home) = self.home(frame, local) else { return };
        let name = self.unit(frame).program.locals[local.0 as usize].name.clone();
        if !name.is_empty() {
            self.names.entry(value).or_insert(name);
        }
        self.changed.insert((home, local));
        self.env.set(home, local, value);
    }
}
