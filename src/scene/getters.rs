//! What a function hands out by its name or its declared type: a path that its receiver has, and no
//! lock.

use super::build::Builder;
use super::call::Call;
use super::value::{Term, ValueId};
use crate::program::FunctionId;
use crate::source::FileId;

impl Builder<'_> {
    /// A path is no guard, whatever the function that gives it is called: by its declared type, or
    /// because the function only puts it together.
    pub(super) fn is_no_guard(&self, file: FileId, function: FunctionId, value: ValueId) -> bool {
        let mut declared = self.project.unit(file).program.functions[function.0 as usize].result.as_ref();
        for _ in 0..3 {
            let Some(ty) = declared else { break };
            let Some(name) = ty.name.path.last() else { break };
            // A guard of a path is one.
            if self.knowledge.in_lexicon("lock", name) {
                return false;
            }
            if self.knowledge.is_word("path-type", name) {
                return true;
            }
            declared = ty.args.first();
        }
        let is_text = self.type_of(value).is_some_and(|seen| {
            let name = seen.ty.name.path.last();
            name.is_some_and(|name| self.knowledge.is_word("text-type", name))
        });
        let term = self.values.term(value);
        matches!(term, Term::Join(_)) || (is_text && matches!(term, Term::Template(_) | Term::Literal(_)))
    }

    /// `slot.path()`, `slot.owner_id()`: asked twice, it says the same. A name that says that another is made each time
    /// (`next_path`) is none.
    pub(super) fn is_getter(&self, call: &Call) -> bool {
        call.receiver.is_some() && !call.how.awaited && call.args.is_empty() && self.is_told_again(&call.name)
    }

    /// By its name a call without arguments gives a path that the receiver has.
    pub(super) fn names_part(&self, name: &str) -> bool {
        self.ends_in(name, "getters")
    }

    /// A path, or what else a thing has for good: `order.customer_id()`.
    fn is_told_again(&self, name: &str) -> bool {
        self.names_part(name) || self.ends_in(name, "same-again")
    }

    /// A name's last word is of a lexicon, and none says that another is made each time.
    fn ends_in(&self, name: &str, lexicon: &str) -> bool {
        let words = crate::knowledge::words(name);
        words.last().is_some_and(|last| self.knowledge.is_word(lexicon, last))
            && !words.iter().any(|word| self.knowledge.is_word("renews", word))
    }
}
