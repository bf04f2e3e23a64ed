//! Files that people write: sources, notes, project manifests. A program that edits one was asked to
//! by whoever works on it, and does not keep its own state there.

use super::Races;
use super::leads::Decided;
use crate::book::words::{Role, Roles, Verb};
use crate::program::{Literal, Operator};
use crate::scene::event::EventId;
use crate::scene::value::{Piece, Term, ValueId};
use rustc_hash::FxHashSet;

/// How many values are gone through on the way to the text that was read.
const EDITS: usize = 200;

impl Races<'_> {
    /// What was read is edited as text, or is the manifest of somebody's project, and written back.
    /// Files that other programs know, by the user's home or by a lock or a secret in them, are not
    /// their reader's alone.
    pub(super) fn edits_document(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        let (from, to) = (self.event(look), self.event(act));
        from.verb == Verb::Read
            && to.verb == Verb::Write
            && decided.data
            && !self.serves_strangers()
            && !self.roles(act).meets(Roles::of(&[Role::Lock, Role::Code]))
            && !self.is_for_others(act)
            && (self.is_manifest(act) || to.data.is_some_and(|data| self.is_edited(look, data)))
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
    fn is_edited(&self, look: EventId, data: ValueId) -> bool {
        let values = &self.scene.values;
        let content = |id: ValueId| self.scene.results.get(&id).is_some_and(|ids| ids.contains(&look));
        let mut seen = FxHashSet::default();
        // A text that is edited on one way only is on the other as it was: that alone edits nothing.
        let mut open = vec![(data, false)];
        while let Some((id, edited)) = open.pop() {
            if seen.len() > EDITS || !seen.insert((id, edited)) {
                continue;
            }
            if edited && content(id) {
                return true;
            }
            match values.term(id) {
                Term::Template(pieces) => open.extend(pieces.iter().filter_map(|piece| match piece {
                    Piece::Value(value) => Some((*value, true)),
                    Piece::Text(_) => None,
                })),
                Term::Apply(Operator::Add, sides) => {
                    let counts =
                        |side: &ValueId| matches!(values.term(*side), Term::Literal(Literal::Number(_)));
                    if !sides.iter().any(counts) {
                        open.extend(sides.iter().map(|side| (*side, true)));
                    }
                }
                Term::Phi { .. } => open.extend(values.parts(id).into_iter().map(|part| (part, edited))),
                _ => {
                    let call = self.scene.calls.get(&id);
                    let call = call.filter(|call| self.knowledge.is_word("edits-text", &call.name));
                    open.extend(call.into_iter().flat_map(|call| {
                        call.receiver.into_iter().chain(call.args.iter().copied()).map(|of| (of, true))
                    }));
                }
            }
        }
        false
    }
}
