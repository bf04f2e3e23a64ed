//! Rows behind functions that nobody shows: `findUserById(id)` and `updateUserById(id, change)` say
//! by verb, noun and key what they do.

use super::build::Builder;
use super::call::{Call, Called};
use super::event::{Condition, Event, Happening, Outcome, OutcomeKind, Recognition, Resource};
use super::value::{FrameId, ValueId};
use crate::book::words::{Noun, Verb};
use crate::knowledge::words;
use crate::program::{Language, Name};

/// What the name of an unknown function says.
pub(super) struct Said {
    verb: Verb,
    table: String,
    column: String,
    key: ValueId,
    data: Option<ValueId>,
}

impl Builder<'_> {
    /// The event of a call that nobody explains and whose name says it in full.
    pub(super) fn facade(&mut self, frame: FrameId, call: &Call, said: Said, result: ValueId) {
        let data = said.data;
        let table = self.values.text(&said.table);
        let condition = Condition::new(Name::from(said.column), true, Some(said.key));
        let sets = data.map(|data| self.columns(data)).unwrap_or_default();
        let resource = Resource {
            noun: Noun::Row,
            keys: vec![table],
            conditions: vec![condition],
            whole: true,
            by_id: None,
        };
        let happening = Happening { at: self.here(), frame, span: call.how.span, result };
        let event = Event {
            sets,
            data,
            absent: vec![Outcome { kind: OutcomeKind::Null, path: Vec::new() }],
            client: call.receiver.map(|receiver| self.values.root(receiver)),
            recognition: Recognition::Named,
            ..Event::bare(said.verb, resource, happening, call.name.clone())
        };
        self.add_event(event);
        if call.how.used {
            self.used.insert(result);
        }
    }

    /// What an awaited call says by its name: verb, noun and key of `findUserById`. A name is a weak
    /// sign, so only one with all three is taken for one.
    pub(super) fn said(&self, call: &Call) -> Option<Said> {
        let fits = self.language == Language::TypeScript
            && call.how.awaited
            && matches!(call.target, Called::Method | Called::Path(_));
        let key = call.args.first().copied().filter(|_| fits)?;
        let words = words(&call.name);
        let by = words.iter().position(|word| word == "by").filter(|by| *by > 1)?;
        let is = |lexicon: &str| self.knowledge.is_word(lexicon, &words[0]);
        let (verb, data) = match () {
            () if is("fetches") => (Verb::Read, None),
            () if is("changes") => (Verb::Update, Some(call.args.get(1).copied()?)),
            () if is("ends") => (Verb::Remove, None),
            () => return None,
        };
        let column = words[by + 1..].concat();
        (!column.is_empty()).then(|| Said { verb, table: words[1..by].concat(), column, key, data })
    }
}
