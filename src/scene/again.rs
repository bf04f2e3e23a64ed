//! Functions of the project that only make a text of what they are given: run again with the same,
//! they give the same, so that a key that was made twice is one key.

use super::build::Builder;
use super::value::{Term, ValueId};
use super::{CallInfo, Mark};
use crate::program::{FunctionId, Type};
use crate::source::FileId;

/// A function and what it was called with.
pub(super) type Asked = (FileId, FunctionId, Vec<ValueId>);

/// How deep a value is looked into.
const DEEPEST: u32 = 4;

impl Builder<'_> {
    /// Counts what makes a run more than the value it gives: it waits, or asks what nobody told it.
    pub(super) fn note_act(&mut self, mark: &Mark) {
        self.acts += match mark {
            Mark::Event(_) | Mark::Suspend(..) | Mark::Task(_) => 1,
            Mark::Call { inputs, result, .. } => u32::from(inputs.is_empty() && !self.begins_text(*result)),
            Mark::Release(_) | Mark::End(_) | Mark::TaskEnd(_) => 0,
        };
    }

    /// `String::new()`, `Sha256::new()`: an empty thing to put something into.
    fn begins_text(&self, made: ValueId) -> bool {
        let Some(CallInfo { owner: Some(owner), .. }) = self.calls.get(&made) else { return false };
        let Term::Global(owner) = self.values.term(*owner) else { return false };
        owner.path.last().is_some_and(|name| self.knowledge.is_word("begins-text", name))
    }

    /// Remembers what a function gave that did nothing but make it.
    pub(super) fn remember_made(&mut self, asked: Asked, acts: u32, ty: Option<&Type>, value: ValueId) {
        let is_text = ty.and_then(|ty| ty.name.path.last()).is_some_and(|name| {
            self.knowledge.is_word("text-type", name) || self.knowledge.is_word("path-type", name)
        });
        if self.acts == acts && self.is_plain(value, is_text, DEEPEST) {
            self.made_before.insert(asked, value);
        }
    }

    /// No object of its own, nor anything that is another each time.
    fn is_plain(&self, value: ValueId, is_text: bool, depth: u32) -> bool {
        if self.values.fresh.contains(&value) {
            return false;
        }
        let of_plain = |inner: &ValueId| depth > 0 && self.is_plain(*inner, false, depth - 1);
        match self.values.term(value) {
            Term::Literal(_) | Term::Param(..) | Term::Global(_) => true,
            Term::Pure { .. } | Term::Template(_) | Term::Join(_) | Term::Apply(..) | Term::Mix(_) => {
                self.values.parts(value).iter().all(|part| !self.values.fresh.contains(part))
            }
            Term::Phi { .. } if !is_text => {
                self.values.phis.get(&value).into_iter().flatten().all(|input| of_plain(&input.value))
            }
            Term::Phi { .. } | Term::Call { .. } => is_text,
            _ => false,
        }
    }
}
