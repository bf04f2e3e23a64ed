//! What a file is given when it was not there: where every writer writes the same, little is lost.

use super::Races;
use super::leads::Decided;
use crate::book::words::{Found, Founds, Noun, Verb};
use crate::program::Operator;
use crate::scene::Mark;
use crate::scene::event::{EventId, Point};
use crate::scene::value::{Piece, Term, ValueId};

/// How deep contents are looked into.
const DEEP: u32 = 10;

impl Races<'_> {
    /// A file that is not there is given at once what stands in the code: both write the same, and
    /// there is hardly a moment in which anybody could have added to it.
    pub(super) fn is_first_content(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        decided.found == Founds::of(&[Found::Absent])
            && self.suspension(look, act).is_none()
            && self.is_adjacent(look, act)
            && self.writes_what_stands_in_code(act)
    }

    /// Nothing that takes time or changes anything happens between the two, but for folders.
    fn is_adjacent(&self, look: EventId, act: EventId) -> bool {
        !self.scene.event_ids().any(|id| {
            id != act
                && !matches!(self.event(id).resource.noun, Noun::Directory | Noun::Handle)
                && self.before(self.event(look).at, self.event(id).at)
                && self.before(self.event(id).at, self.event(act).at)
                && !matches!(self.event(id).verb, Verb::Exists | Verb::Inspect)
        })
    }

    pub(super) fn writes_what_stands_in_code(&self, act: EventId) -> bool {
        let event = self.event(act);
        match event.data {
            Some(data) => self.stands_in_code(data, 0),
            None => event.verb != Verb::Update && self.is_filled_from_code(act),
        }
    }

    /// An empty file is made, and what is written to it then, and to nobody else given, stands in
    /// the code.
    fn is_filled_from_code(&self, act: EventId) -> bool {
        let made = self.canon(self.event(act).result);
        let of_file = |value: &ValueId| self.any_part(*value, 3, &mut |part| self.canon(part) == made);
        let mut filled = false;
        for id in self.scene.event_ids() {
            let event = self.event(id);
            if event.resource.noun == Noun::Handle && event.resource.keys.iter().any(of_file) {
                let same = event.data.is_some_and(|data| self.stands_in_code(data, 0));
                if event.verb == Verb::Update && !same {
                    return false;
                }
                filled |= same;
            }
        }
        let at = self.event(act).at;
        filled
            && !self.scene.blocks.iter().enumerate().any(|(block, body)| {
                body.marks.iter().enumerate().any(|(index, mark)| {
                    let Mark::Call { inputs, .. } = mark else { return false };
                    let call = Point { block: block as u32, index: index as u32 };
                    self.before(at, call) && inputs.iter().any(of_file)
                })
            })
    }

    /// A text of the program, with names filled in that the caller gave: whoever runs it writes the
    /// same. What was read, asked for or drawn by lot is another's.
    fn stands_in_code(&self, value: ValueId, depth: u32) -> bool {
        let values = &self.scene.values;
        if values.literal_text(value).is_some() {
            return true;
        }
        if depth > DEEP || self.scene.results.contains_key(&value) || values.fresh.contains(&value) {
            return false;
        }
        let given = |part: &ValueId| self.is_given(*part, depth + 1);
        match values.term(value) {
            Term::Template(pieces) => {
                let says = |text: &str| text.chars().any(char::is_alphanumeric);
                pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if says(text)))
                    && pieces.iter().all(|piece| match piece {
                        Piece::Text(_) => true,
                        Piece::Value(value) => given(value),
                    })
            }
            Term::Phi { .. } => {
                let inputs = values.phis.get(&value);
                inputs.is_some_and(|inputs| {
                    !inputs.is_empty()
                        && inputs.iter().all(|input| self.stands_in_code(input.value, depth + 1))
                })
            }
            Term::Apply(Operator::Add, parts) => {
                parts.iter().any(|part| self.stands_in_code(*part, depth + 1)) && parts.iter().all(given)
            }
            Term::Call { .. } | Term::Pure { .. } => self.scene.calls.get(&value).is_some_and(|call| {
                call.receiver.is_some_and(|of| self.stands_in_code(of, depth + 1))
                    && call.args.iter().all(given)
            }),
            _ => false,
        }
    }

    /// What the function was given, or a plain question to that: nothing that only this run knows.
    fn is_given(&self, value: ValueId, depth: u32) -> bool {
        let values = &self.scene.values;
        if depth > DEEP || self.scene.results.contains_key(&value) || values.fresh.contains(&value) {
            return false;
        }
        let given = |part: &ValueId| self.is_given(*part, depth + 1);
        let mut words = Vec::new();
        self.words_of(value, &mut words, 0);
        if words.iter().any(|word| self.knowledge.is_word("token", word)) {
            return false;
        }
        match values.term(value) {
            Term::Param(..) => true,
            Term::Load { base, .. } | Term::Payload { of: base, .. } => given(base),
            Term::Phi { .. }
            | Term::Apply(..)
            | Term::Template(_)
            | Term::Join(_)
            | Term::Mix(_)
            | Term::Element { .. } => {
                let parts = values.parts(value);
                !parts.is_empty() && parts.iter().all(given)
            }
            Term::Call { .. } | Term::Pure { .. } => self.scene.calls.get(&value).is_some_and(|call| {
                // `Name::parse(text)` makes another thing of what it is given.
                let maker = call.owner.is_some_and(|owner| self.is_type(owner)) && !call.args.is_empty();
                call.receiver.as_ref().map_or(maker, given) && call.args.iter().all(given)
            }),
            _ => values.literal_text(value).is_some(),
        }
    }

    /// The name of a type, by how such names are written.
    fn is_type(&self, owner: ValueId) -> bool {
        match self.scene.values.term(owner) {
            Term::Global(global) => {
                global.path.last().is_some_and(|name| name.starts_with(char::is_uppercase))
            }
            _ => false,
        }
    }

    /// The other name of what an act moves to its place.
    fn moved_from(&self, act: EventId) -> Option<EventId> {
        let event = self.event(act);
        self.scene.event_ids().find(|id| {
            let other = self.event(*id);
            other.verb == Verb::Remove
                && other.span == event.span
                && other.frame == event.frame
                && other.resource.noun == Noun::File
                && self.keys(*id) != self.keys(act)
        })
    }

    /// What was put under the name from which an act moves it.
    pub(super) fn moved_data(&self, act: EventId) -> Option<ValueId> {
        let from = self.keys(self.moved_from(act)?);
        let made = |id: &EventId| {
            let event = self.event(*id);
            event.resource.noun == Noun::File
                && matches!(event.verb, Verb::Create | Verb::Write)
                && self.keys(*id) == from
                && self.before(event.at, self.event(act).at)
        };
        self.scene.event_ids().filter(made).last().and_then(|id| self.event(id).data)
    }

    /// Whether a link stands there was asked, and then the name itself is taken: what is moved there
    /// follows no link.
    pub(super) fn takes_the_name(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        self.event(look).verb == Verb::Inspect
            && self.is_moved(act)
            && !decided.names.is_empty()
            && decided.names.iter().all(|name| name == "link" || name == "kind")
    }

    /// What is moved there takes the name itself, whatever stood under it, and follows nothing.
    pub(super) fn is_moved(&self, act: EventId) -> bool {
        let event = self.event(act);
        event.resource.noun == Noun::File && event.verb == Verb::Write && self.moved_from(act).is_some()
    }

    /// A folder is moved to its place: where somebody's folder with anything in it came first, that
    /// fails and loses nothing.
    pub(super) fn is_moved_folder(&self, act: EventId) -> bool {
        let Some(from) = self.moved_from(act) else { return false };
        let (from, to) = (self.keys(from).first(), self.keys(act).first());
        self.scene.event_ids().any(|id| {
            let event = self.event(id);
            let key = self.keys(id).first();
            event.resource.noun == Noun::Directory
                && key.is_some()
                && self.before(event.at, self.event(act).at)
                && (key == from || (key == to && event.verb == Verb::Remove))
        })
    }
}
