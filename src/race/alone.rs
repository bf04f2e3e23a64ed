//! Programs that one user runs to their end: two runs at once on the same file are an accident.

use super::Races;
use super::leads::Decided;
use crate::book::words::{Role, Roles, Verb};
use crate::program::Language;
use crate::project::Part;
use crate::scene::event::EventId;
use crate::scene::value::{Piece, Term, ValueId};

impl Races<'_> {
    /// A tool writes a file of the folder it works in, for the user who called it. Files that other
    /// programs know, by the user's home or by a lock or a secret in them, are everybody's.
    pub(super) fn is_of_one_user(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        let (from, to) = (self.event(look), self.event(act));
        let frame = &self.scene.frames[to.frame.0 as usize];
        let is_tool = |file| self.project.part(file) == Part::Tool;
        is_tool(frame.file)
            && is_tool(self.scene.file)
            && matches!(from.verb, Verb::Exists | Verb::Read)
            && matches!(to.verb, Verb::Create | Verb::Write)
            && !self.roles(act).meets(Roles::of(&[Role::Lock, Role::Code]))
            && !to.data.is_some_and(|data| self.is_fresh(data))
            // Many runs of a script's tool may note something in one file at once: agents, hooks.
            && !(decided.data && self.project.language(frame.file) == Language::TypeScript)
            && !self.is_for_others(act)
    }

    /// Other programs know the file by its path.
    pub(super) fn is_for_others(&self, act: EventId) -> bool {
        let mut keys = self.event(act).resource.keys.iter();
        keys.any(|key| self.any_part(*key, 12, &mut |part| self.is_known_to_others(part)))
    }

    /// The user's home, or a name that says that a secret lies there.
    fn is_known_to_others(&self, part: ValueId) -> bool {
        let known =
            |name: &str| self.knowledge.in_lexicon("secret", name) || self.knowledge.in_lexicon("home", name);
        let values = &self.scene.values;
        values.literal_text(part).is_some_and(known)
            || self.scene.names.get(&part).is_some_and(|name| known(name))
            || self.scene.calls.get(&part).is_some_and(|call| known(&call.name))
            || match values.term(part) {
                Term::Load { field, .. } => known(field),
                Term::Template(pieces) => {
                    pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if known(text)))
                }
                _ => false,
            }
    }
}
