//! Rows that are made in memory first and stored later: `const user = new User(data)` and
//! `user.save()` together are `User.create(data)`.

use super::build::Builder;
use super::call::{Call, Called};
use super::value::{FrameId, Term, ValueId};
use crate::book::api::Segment;
use crate::program::{Callee, Local, Name};

/// A row not stored yet.
#[derive(Clone, Copy, Debug)]
pub(super) struct Draft {
    model: ValueId,
    data: ValueId,
}

impl Builder<'_> {
    /// Remembers what `new` of a model has made.
    pub(super) fn drafted(&mut self, frame: FrameId, callee: &Callee, call: &Call, value: ValueId) {
        let Callee::New(model) = callee else { return };
        let Some(data) = call.args.first().copied() else { return };
        let model = self.get(frame, *model);
        if self.is_model(model) {
            self.drafts.insert(value, Draft { model, data });
        }
    }

    /// The call that storing a draft is.
    pub(super) fn stored_draft(&mut self, frame: FrameId, receiver: Local, call: &Call) -> Option<Call> {
        if self.drafts.is_empty() || !self.knowledge.is_word("stores-draft", &call.name) {
            return None;
        }
        let receiver = self.get(frame, receiver);
        let Draft { model, data } = *self.drafts.get(&receiver)?;
        let name = self.creates()?.clone();
        let target = match self.values.term(model) {
            Term::Global(global) => {
                let mut global = global.clone();
                global.path.push(name.clone());
                Called::Path(global)
            }
            _ => Called::Method,
        };
        Some(Call { target, receiver: Some(model), name, args: vec![data], how: call.how })
    }

    /// What a model does with the data of a draft once it is stored, as pages call it.
    fn creates(&self) -> Option<&Name> {
        self.knowledge.words_of("stored-as").min()
    }

    /// A page says that a value of this type creates rows.
    fn is_model(&self, value: ValueId) -> bool {
        let Some(creates) = self.creates() else { return false };
        self.knowledge.calls(self.language, creates).any(|line| match line.api.target.parts.as_slice() {
            [Segment::Names(types), Segment::Names(_)] => {
                types.iter().any(|ty| self.has_type(value, line.library, ty).is_some())
            }
            _ => false,
        })
    }
}
