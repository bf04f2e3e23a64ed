//! Programs that one user runs to their end: two runs at once on the same file are an accident.

use super::Races;
use super::leads::Decided;
use crate::book::words::{Found, Founds, Noun, Role, Roles, Verb};
use crate::program::{FunctionKind, Language, Name};
use crate::project::Part;
use crate::scene::event::{EventId, Point};
use crate::scene::value::{Piece, Term, ValueId};
use crate::source::FileId;

/// How many callers are asked whether they serve.
const CALLERS: usize = 64;

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

    /// A file that goes by a name of the program's own is read and written back, or found missing and
    /// made, at once: nothing is waited for in between, nobody is asked and no other program runs.
    /// Whoever starts the program twice would have to do it within that moment. What a server does is
    /// another matter, for many ask it at a time, and so is a file that a caller names or that other
    /// programs know.
    pub(super) fn is_done_at_once(&self, look: EventId, act: EventId) -> bool {
        let (from, to) = (self.event(look), self.event(act));
        let frame = &self.scene.frames[to.frame.0 as usize];
        // A script does nothing else meanwhile, whatever the file is called.
        let is_script = self.project.language(frame.file) == Language::TypeScript;
        let is_command = || matches!(self.project.part(self.scene.file), Part::Tool | Part::Command);
        to.resource.noun == Noun::File
            && !self.serves_strangers()
            && (!is_script || is_command())
            && matches!(from.verb, Verb::Exists | Verb::Read)
            && matches!(to.verb, Verb::Create | Verb::Write)
            && !self.roles(act).meets(Roles::of(&[Role::Lock, Role::Code]))
            && !to.data.is_some_and(|data| self.is_fresh(data))
            && (is_script || to.resource.keys.iter().any(|key| self.goes_by_own_name(*key)))
            && !self.is_for_others(act)
            && !self.lies_in_common(act)
            && self.suspension(look, act).is_none()
            && !self.lingers(from.at, to.at)
    }

    /// Strangers may ask for it: it is part of a server, or of the part of a tool that serves.
    pub(super) fn serves_strangers(&self) -> bool {
        let part = |file| match self.project.part(file) {
            Part::Server => true,
            Part::Command => self.is_called_by_server(),
            Part::Tool | Part::Other | Part::Unknown => false,
        };
        part(self.scene.file) || self.scene.frames.iter().any(|frame| part(frame.file))
    }

    /// Whether something that calls the function that is looked at stands in a file that has to do
    /// with a server.
    fn is_called_by_server(&self) -> bool {
        let mut open = vec![(self.scene.file, self.scene.function)];
        let mut seen = rustc_hash::FxHashSet::default();
        while let Some(at) = open.pop() {
            if !seen.insert(at) {
                continue;
            }
            if seen.len() > CALLERS || self.has_to_do_with_server(at.0) {
                return true;
            }
            let function = &self.project.unit(at.0).program.functions[at.1.0 as usize];
            // A closure runs, as far as that is known, where it stands.
            match function.parent.filter(|_| function.kind == FunctionKind::Closure) {
                Some(around) => open.push((at.0, around)),
                None => {
                    let callers = self.project.callers_of(at);
                    open.extend(callers.iter().map(|caller| (caller.file, caller.function)));
                }
            }
        }
        false
    }

    /// Something of a package by which programs answer strangers is named in the file.
    fn has_to_do_with_server(&self, file: FileId) -> bool {
        self.project
            .unit(file)
            .names_module(&|module| self.knowledge.is_word("answering", &module.replace('_', "-")))
    }

    /// Something that takes its time happens between two points: somebody is asked, a program runs,
    /// the network answers.
    fn lingers(&self, from: Point, to: Point) -> bool {
        let performs = |id: EventId| {
            let event = self.event(id);
            event.verb == Verb::Perform && self.before(from, event.at) && self.before(event.at, to)
        };
        self.called_between("lingers", from, to) || self.scene.event_ids().any(performs)
    }

    /// A file that goes by a name of the program's own is not there and is made: its settings, a
    /// marker, the first state. Whoever comes second makes the same. Secrets and identifiers, of
    /// which no two are the same, and locks are another matter, and so is what a caller names.
    pub(super) fn makes_own_default(&self, look: EventId, act: EventId, decided: &Decided) -> bool {
        let (from, to) = (self.event(look), self.event(act));
        // What was made empty and then filled by a call may be anything.
        let filled = |data: ValueId| {
            let values = &self.scene.values;
            values.influences.contains_key(&data)
                && !matches!(values.term(data), Term::Call { .. } | Term::Pure { .. })
        };
        let secret = |part: ValueId| self.says(part, "secret");
        // Of a server's callers each brings something else.
        let serves = self.serves_strangers();
        let brought = |part: ValueId| serves && matches!(self.scene.values.term(part), Term::Param(..));
        to.resource.noun == Noun::File
            && matches!(from.verb, Verb::Exists | Verb::Read | Verb::Inspect)
            && matches!(to.verb, Verb::Create | Verb::Write)
            && decided.found == Founds::of(&[Found::Absent])
            && !decided.data
            && !self.roles(act).meets(Roles::of(&[Role::Lock, Role::Code]))
            && !to.data.is_some_and(|data| {
                let other = |part: ValueId| secret(part) || brought(part);
                filled(data) || self.is_fresh(data) || self.any_part(data, 12, &mut { other })
            })
            && to.resource.keys.iter().any(|key| self.goes_by_own_name(*key))
            && !to.resource.keys.iter().any(|key| self.any_part(*key, 12, &mut { secret }))
    }

    /// The name of a file stands in the code: `dir.join("config.toml")`, `join(dir, MARKER)`.
    pub(super) fn goes_by_own_name(&self, path: ValueId) -> bool {
        let values = &self.scene.values;
        let says = |text: &str| text.chars().any(|c| c.is_ascii_alphabetic());
        let shouts = |name: &Name| name.len() > 1 && !name.chars().any(|c| c.is_ascii_lowercase());
        match values.term(self.canon(path)) {
            Term::Join(parts) => parts.last().is_some_and(|last| self.goes_by_own_name(*last)),
            Term::Global(global) => global.path.last().is_some_and(shouts),
            // What follows a name that is not known is its ending.
            Term::Template(pieces) => match pieces.last() {
                Some(Piece::Text(text)) => text.rsplit_once(['/', '\\']).is_some_and(|(_, name)| says(name)),
                _ => false,
            },
            _ => values.literal_text(path).is_some_and(says),
        }
    }

    /// Other programs know the file by its path.
    pub(super) fn is_for_others(&self, act: EventId) -> bool {
        let mut keys = self.event(act).resource.keys.iter();
        keys.any(|key| self.any_part(*key, 12, &mut |part| self.is_known_to_others(part)))
    }

    /// The user's home, or a name that says that a secret lies there.
    fn is_known_to_others(&self, part: ValueId) -> bool {
        self.says(part, "secret") || self.says(part, "home")
    }

    /// A word of a lexicon stands in a value, or in the name by which it is known.
    fn says(&self, part: ValueId, lexicon: &str) -> bool {
        let known = |name: &str| self.knowledge.in_lexicon(lexicon, name);
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
