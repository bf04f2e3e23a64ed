//! Rows behind functions that nobody shows: `findUserById(id)` and `updateUserById(id, change)` say
//! by verb, noun and key what they do.

use super::build::Builder;
use super::call::{Call, Called};
use super::event::{Condition, Event, Happening, Outcome, OutcomeKind, Recognition, Resource};
use super::value::{FrameId, Term, ValueId};
use crate::book::words::{Noun, Verb};
use crate::knowledge::words;
use crate::program::{Language, Name};

/// What the name of an unknown function says.
pub(super) struct Said {
    verb: Verb,
    table: String,
    /// The column that is named, and its value.
    key: Option<(String, ValueId)>,
    /// The row itself, or its id.
    row: Option<ValueId>,
    data: Option<ValueId>,
}

impl Builder<'_> {
    /// The event of a call that nobody explains and whose name says it in full.
    pub(super) fn facade(&mut self, frame: FrameId, call: &Call, said: Said, result: ValueId) {
        let data = said.data;
        let table = self.values.text(&said.table);
        let condition = said.key.map(|(column, value)| Condition::new(Name::from(column), true, Some(value)));
        let sets = data.map(|data| self.columns(data)).unwrap_or_default();
        let resource = Resource {
            noun: Noun::Row,
            keys: vec![table],
            whole: condition.is_some(),
            conditions: condition.into_iter().collect(),
            by_id: said.row,
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
    /// sign, so a name without a key needs another: that what it gives, or is given, is such a row.
    pub(super) fn said(&self, call: &Call) -> Option<Said> {
        let fits = self.language == Language::TypeScript
            && call.how.awaited
            && matches!(call.target, Called::Method | Called::Path(_));
        let key = call.args.first().copied().filter(|_| fits)?;
        let words = words(&call.name);
        let by = words.iter().position(|word| word == "by").filter(|by| *by > 1);
        let Some(by) = by else { return self.said_of_row(&words, key, call.args.get(1).copied()) };
        let is = |lexicon: &str| self.knowledge.is_word(lexicon, &words[0]);
        let (verb, data) = match () {
            () if is("fetches") => (Verb::Read, None),
            () if is("changes") => (Verb::Update, Some(call.args.get(1).copied()?)),
            () if is("ends") => (Verb::Remove, None),
            () => return None,
        };
        let column = words[by + 1..].concat();
        let table = words[1..by].concat();
        (!column.is_empty()).then_some(Said { verb, table, key: Some((column, key)), row: None, data })
    }

    /// `getOrder(…)` gives a row, of which nothing is known but what it says of itself;
    /// `updateOrder(order.id, …)` is given the id of one that was looked up here.
    fn said_of_row(&self, words: &[String], key: ValueId, data: Option<ValueId>) -> Option<Said> {
        let (first, rest) = words.split_first()?;
        let joined = rest.iter().position(|word| self.knowledge.is_word("joins", word));
        let (noun, apart) = rest.split_at(joined.unwrap_or(rest.len()));
        let holds =
            |word: &String| self.knowledge.is_word("lock", word) || self.knowledge.is_word("changes", word);
        if noun.is_empty() || rest.iter().any(|word| self.knowledge.is_word("lock", word)) {
            return None;
        }
        let table = noun.concat();
        let is = |lexicon: &str| self.knowledge.is_word(lexicon, first);
        if is("fetches") {
            // `getOrderForUpdate`: it is held.
            let free = !apart.iter().any(holds);
            return free.then_some(Said { verb: Verb::Read, table, key: None, row: None, data: None });
        }
        if !self.is_id_of(key, &table) {
            return None;
        }
        let (verb, data) = if is("changes") && data.is_some() {
            (Verb::Update, data)
        } else if is("ends") {
            (Verb::Remove, None)
        } else {
            return None;
        };
        Some(Said { verb, table, key: None, row: Some(key), data })
    }

    /// The id of a row that was looked up in this table by a code: whoever takes such a row away
    /// spends it.
    fn is_id_of(&self, value: ValueId, table: &str) -> bool {
        let Term::Load { base, field, .. } = self.values.term(value) else { return false };
        let names_row = words(field).last().is_some_and(|word| word == "id");
        let looks = self.results.get(base).into_iter().flatten().filter(|_| names_row);
        looks.map(|id| &self.events[id.0 as usize].resource).any(|row| {
            row.conditions.iter().any(|condition| self.knowledge.in_lexicon("code", &condition.column))
                && row.keys.first().and_then(|key| self.values.literal_text(*key)) == Some(table)
        })
    }
}
