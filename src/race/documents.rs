//! Files that people write: sources, notes, project manifests. A program that edits one was asked to
//! by whoever works on it, and does not keep its own state there.

use super::Races;
use super::leads::Decided;
use crate::book::words::{Role, Roles, Verb};
use crate::program::{Literal, Operator};
use crate::project::Part;
use crate::scene::event::EventId;
use crate::scene::value::{Piece, Term, ValueId};

/// How many edits, one upon the other, are followed to the text that was read.
const EDITS: u32 = 24;

impl Races<'_> {
    /// What was read is edited as text, or is the manifest of somebody's project, and written back.
    /// Files that other programs know, by the user's home or by a lock or a secret in them, are not
    /// their reader's alone.
    pub(super) fn edits_document(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        let (from, to) = (self.event(look), self.event(act));
        from.verb == Verb::Read
            && to.verb == Verb::Write
            && decided.data
            && self.project.part(self.scene.file) != Part::Server
            && !self.roles(act).meets(Roles::of(&[Role::Lock, Role::Code]))
            && !self.is_for_others(act)
            && (self.is_manifest(act) || to.data.is_some_and(|data| self.is_edited(look, data, EDITS)))
    }

    /// The last part of the path is the name of a file by which people describe a project.
    fn is_manifest(&self, act: EventId) -> bool {
        let named = |text: &str| {
            let last = text.rsplit(['/', '\\']).next().unwrap_or(text);
            self.knowledge.is_word("manifest", last)
        };
        let is_named = |part: ValueId| match self.scene.values.term(part) {
            Term::Template(pieces) => matches!(pieces.last(), Some(Piece::Text(text)) if named(text)),
            _ => self.scene.values.literal_text(part).is_some_and(named),
        };
        self.event(act).resource.keys.iter().any(|key| self.any_part(*key, 6, &mut |part| is_named(part)))
    }

    /// A text that what was read stands in: joined, replaced or cut, not taken apart and built anew.
    fn is_edited(&self, look: EventId, data: ValueId, depth: u32) -> bool {
        let values = &self.scene.values;
        let content = |id: ValueId| self.scene.results.get(&id).is_some_and(|ids| ids.contains(&look));
        let stands = |id: ValueId| depth > 0 && (content(id) || self.is_edited(look, id, depth - 1));
        match values.term(data) {
            Term::Template(pieces) => {
                pieces.iter().any(|piece| matches!(piece, Piece::Value(value) if stands(*value)))
            }
            Term::Apply(Operator::Add, sides) => {
                let counts = |side: &ValueId| matches!(values.term(*side), Term::Literal(Literal::Number(_)));
                !sides.iter().any(counts) && sides.iter().any(|side| stands(*side))
            }
            // Edited on one way only, and as it was on the other.
            Term::Phi { .. } if depth > 0 => {
                values.parts(data).into_iter().any(|part| self.is_edited(look, part, depth - 1))
            }
            _ => self.scene.calls.get(&data).is_some_and(|call| {
                self.knowledge.is_word("edits-text", &call.name)
                    && (call.receiver.is_some_and(stands) || call.args.iter().any(|arg| stands(*arg)))
            }),
        }
    }
}
