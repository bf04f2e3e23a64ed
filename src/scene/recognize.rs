//! Which line of the book a call is, and how sure that is.

use super::build::Builder;
use super::call::{Call, Called};
use super::event::Recognition;
use super::types::type_name;
use super::value::{FrameId, Slot, Term, ValueId};
use crate::book::api::{Api, Clause, Library, Root, Segment, Slot as Place, Target, What};
use crate::knowledge::{Line, matches};
use crate::program::{Global, Language, Literal, Name};

/// A call line with the names its target bound.
pub(super) struct Recognised<'a> {
    pub(super) line: Line<'a>,
    pub(super) how: Recognition,
    pub(super) bound: Vec<(Name, ValueId)>,
}

/// Says something of this call, known for certain, of a library that is there, how known, imported
/// here, how many names of a path, and all of it named.
type Rank = (bool, Recognition, bool, Recognition, bool, usize, bool);

impl<'a> Builder<'a> {
    /// The line that fits best; among equals one whose module this file imports, then the first.
    pub(super) fn recognise(&mut self, frame: FrameId, call: &Call) -> Option<Recognised<'a>> {
        let knowledge = self.knowledge;
        let mut best: Option<(Rank, Recognised<'a>)> = None;
        for line in knowledge.calls(self.language, &call.name) {
            let mut bound = Vec::new();
            let Some(how) = self.fits(call, line.library, &line.api.target, &mut bound) else { continue };
            let Some(how) = self.shape(call, line.api, how) else { continue };
            if !self.within(frame, line.api) || self.is_about_nobody(call, &line) {
                continue;
            }
            // Of two libraries that a bare call may belong to, it is one that the project imports;
            // whether this file imports it only breaks a tie.
            let present =
                how < Recognition::Constructed && self.project.libraries.contains(&line.library.name);
            let sure = if how < Recognition::Constructed { Recognition::Facade } else { how };
            // Two signs that agree: the receiver's name, and that the project imports the library.
            let how = if how == Recognition::Named && present { Recognition::Distinctive } else { how };
            let imported = self.imports(frame, line.library);
            let applies = self.applies(call, line.api) || self.is_method_path(call, line.api);
            let named = line.api.target.parts.iter().filter(|part| !matches!(part, Segment::Any)).count();
            let whole =
                call.receiver.is_some() || !matches!(line.api.target.parts.first(), Some(Segment::Any));
            let rank = (applies, sure, present, how, imported, named, whole);
            if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                let bound = bound.into_iter().map(|(name, text)| (name, self.values.text(&text))).collect();
                best = Some((rank, Recognised { line, how, bound }));
            }
        }
        best.map(|(_, found)| found)
    }

    /// A method's line of a page without modules, which speaks of the receiver alone, and a function
    /// of that name that is called by its path: nothing is said of it.
    fn is_about_nobody(&self, call: &Call, line: &Line<'_>) -> bool {
        let of_receiver = |clause: &Clause| match &clause.what {
            What::Event(event) => event.slots.iter().all(|slot| slot.root == Root::Receiver),
            _ => false,
        };
        self.language == Language::Rust
            && call.receiver.is_none()
            && line.library.modules.is_empty()
            && matches!(line.api.target.parts.first(), Some(Segment::Any))
            && !line.api.clauses.is_empty()
            && line.api.clauses.iter().all(of_receiver)
            && !self.is_method_path(call, line.api)
    }

    /// Whether a line says anything of a call: `Arc.clone(value)` of `value.clone()` does not.
    fn applies(&self, call: &Call, api: &Api) -> bool {
        let there = |slot: &Place| match slot.root {
            Root::Receiver => call.receiver.is_some(),
            Root::Param(at) => call.args.len() > at || api.params.get(at).is_some_and(|param| param.rest),
            _ => true,
        };
        api.clauses.is_empty()
            || api.clauses.iter().any(|clause| match &clause.what {
                What::SameAs(_, source) => there(source),
                What::PartOf(whole, parts) if is_in_place(whole, parts) => self.is_text_or_path(call),
                What::PartOf(_, parts) => parts.iter().any(there),
                What::FieldOf(_, whole, name) => there(whole) && there(name),
                What::Is(slot, _) => there(slot),
                What::Invokes { target, .. } => there(target),
                What::Event(_) | What::Sql(_) | What::Region(_) | What::Flushes => true,
            })
    }

    /// A method that is called by its path, `Path::exists(file)` or `Clone::clone(&file)`: the
    /// receiver is the first argument.
    pub(super) fn is_method_path(&self, call: &Call, api: &Api) -> bool {
        let Called::Path(global) = &call.target else { return false };
        let [.., owner, _] = global.path.as_slice() else { return false };
        let names = |part: Option<&Segment>| match part {
            Some(Segment::Names(types)) => types.contains(owner),
            Some(Segment::Any) => {
                self.knowledge.is_word("trait", owner) || self.knowledge.is_word("has-methods", owner)
            }
            _ => false,
        };
        let speaks_of_receiver = |clause: &Clause| match &clause.what {
            What::SameAs(_, source) => source.root == Root::Receiver,
            What::PartOf(_, parts) => parts.iter().any(|part| part.root == Root::Receiver),
            What::Event(event) | What::Sql(event) => {
                event.slots.iter().chain(&event.on).any(|slot| slot.root == Root::Receiver)
            }
            What::Invokes { target, args, .. } => {
                args.iter().chain([target]).any(|slot| slot.root == Root::Receiver)
            }
            What::Is(slot, _) => slot.root == Root::Receiver,
            What::FieldOf(..) | What::Region(_) | What::Flushes => false,
        };
        self.language == Language::Rust
            && call.receiver.is_none()
            && api.target.parts.len() == 2
            && (1..=api.params.len() + 1).contains(&call.args.len())
            && names(api.target.parts.first())
            && api.clauses.iter().any(speaks_of_receiver)
    }

    pub(super) fn imports(&self, frame: FrameId, library: &Library) -> bool {
        let unit = self.unit(frame);
        library.modules.iter().any(|module| {
            let name = module.name.split("::").next().unwrap_or_default();
            unit.imports.iter().any(|import| {
                import == name || import.strip_prefix("node:") == Some(name) || matches(&module.name, import)
            })
        })
    }

    pub(super) fn within(&self, frame: FrameId, api: &Api) -> bool {
        api.covers(&self.unit(frame).path)
    }

    /// Whether a call can be what a target names, by path, receiver type or receiver name.
    pub(super) fn fits(
        &mut self,
        call: &Call,
        library: &Library,
        target: &Target,
        bound: &mut Vec<(Name, Name)>,
    ) -> Option<Recognition> {
        if target.bang != matches!(call.target, Called::Macro(_)) {
            return None;
        }
        let parts = target.parts.as_slice();
        if let Called::Path(global) | Called::New(global) | Called::Macro(global) = &call.target
            && let Some(how) = self.fits_path(global, library, parts, bound)
        {
            return Some(how);
        }
        if let (Called::Value(value), [Segment::Names(types)]) = (&call.target, parts) {
            return types.iter().filter_map(|ty| self.has_type(*value, library, ty)).max();
        }
        let receiver = call.receiver?;
        match parts {
            [Segment::Any, _] => Some(Recognition::Distinctive),
            [Segment::Any, middle @ .., _] => {
                let mut at = receiver;
                for segment in middle.iter().rev() {
                    let (base, field) = self.field_of(at)?;
                    match segment {
                        Segment::Bound(name) => bound.push((name.clone(), field)),
                        Segment::Names(names) if names.iter().any(|name| matches(name, &field)) => {}
                        Segment::Names(_) | Segment::Any => return None,
                    }
                    at = base;
                }
                Some(self.any_type_of(at, library).unwrap_or(Recognition::Distinctive))
            }
            [Segment::Names(types), middle @ .., _] => {
                let mut at = receiver;
                for segment in middle.iter().rev() {
                    let (base, field) = self.field_of(at)?;
                    match segment {
                        Segment::Bound(name) => bound.push((name.clone(), field)),
                        Segment::Names(names) if names.iter().any(|name| matches(name, &field)) => {}
                        Segment::Names(_) | Segment::Any => return None,
                    }
                    at = base;
                }
                types.iter().filter_map(|ty| self.has_type(at, library, ty)).max()
            }
            _ => None,
        }
    }

    fn field_of(&mut self, id: ValueId) -> Option<(ValueId, Name)> {
        match self.values.term(id).clone() {
            Term::Load { base, field, .. } => Some((base, field)),
            Term::Held { of, .. } => self.field_of(of),
            // A chain on an import is one global; its last name is the field.
            Term::Global(mut global) => {
                let field = global.path.pop()?;
                Some((self.values.number(Term::Global(global)), field))
            }
            _ => None,
        }
    }

    /// The surest of the page's types that a value has.
    fn any_type_of(&self, id: ValueId, library: &Library) -> Option<Recognition> {
        library.types.iter().filter_map(|fact| self.has_type(id, library, &fact.name)).max()
    }

    fn fits_path(
        &self,
        global: &Global,
        library: &Library,
        parts: &[Segment],
        bound: &mut Vec<(Name, Name)>,
    ) -> Option<Recognition> {
        let inside = self.in_module(library, global);
        // `fs.existsSync(path)` in an excerpt without its imports: the name people import it by.
        if inside.is_none()
            && self.language == Language::TypeScript
            && global.module.is_empty()
            && let Some((first, names)) = global.path.split_first()
            && library.modules.iter().any(|module| module.name == *first)
        {
            return bind_all(names, parts, bound).then_some(Recognition::Named);
        }
        let rest: &[Name] = match inside {
            Some(rest) => rest,
            // A page without modules speaks of globals; Rust's prelude needs no import.
            None if library.modules.is_empty() && global.module.is_empty() => &global.path,
            None if self.language == Language::Rust
                && type_name(parts).is_some()
                && global.path.len() == 2 =>
            {
                &global.path
            }
            None => return None,
        };
        if matches!(parts.first(), Some(Segment::Any)) {
            // `module.default.model.find`: the leading receiver is the module itself.
            let names = rest.len().checked_sub(parts.len() - 1)?;
            return bind_all(&rest[names..], &parts[1..], bound).then_some(Recognition::Resolved);
        }
        let skip = rest.len().checked_sub(parts.len())?;
        let (namespaces, names) = rest.split_at(skip);
        if !bind_all(names, parts, bound) {
            return None;
        }
        let lower = |name: &Name| !name.starts_with(char::is_uppercase);
        let plain = library.modules.is_empty() && self.language == Language::TypeScript;
        (namespaces.is_empty() || (!plain && namespaces.iter().all(lower))).then_some(Recognition::Resolved)
    }

    /// Argument shapes: what the line needs must be there, and a bare distinctive method needs
    /// something that is telling.
    fn shape(&self, call: &Call, api: &Api, how: Recognition) -> Option<Recognition> {
        if matches!(api.target.parts.as_slice(), [Segment::Any, _]) && !self.may_invoke(call, api) {
            return None;
        }
        let mut proven = false;
        for (at, param) in api.params.iter().enumerate() {
            if param.needs.is_empty() {
                continue;
            }
            let arg = call.args.get(at).copied();
            let has_all = arg.is_some_and(|arg| param.needs.iter().all(|name| self.may_have(arg, name)));
            match self.record(arg) {
                true if has_all => proven = true,
                true => return None,
                // A variable: believed where the receiver is known.
                false if how >= Recognition::Named && how != Recognition::Distinctive => {}
                false => return None,
            }
        }
        if proven {
            return Some(how.max(Recognition::Distinctive));
        }
        if how != Recognition::Distinctive {
            return Some(how);
        }
        let sql = api.clauses.iter().find_map(|clause| match &clause.what {
            What::Sql(event) => event.slots.first(),
            _ => None,
        });
        let generic = matches!(api.target.parts.as_slice(), [Segment::Any, Segment::Names(_)]);
        match sql {
            Some(slot) => {
                let at = match slot.root {
                    Root::Param(at) => at,
                    _ => return Some(how),
                };
                let text = call.args.get(at).is_some_and(|arg| self.looks_like_sql(*arg));
                text.then_some(how)
            }
            // Facts about values (`then`, `clone`) hold for any receiver; events do not.
            None if generic && !has_event(api) => Some(how),
            None if generic && (hints_only(api) || crate::knowledge::words(&call.name).len() > 2) => {
                Some(Recognition::Named)
            }
            // `x.webhooks.constructEvent()`: two names one after the other are telling.
            None if two_names(&api.target.parts) => Some(how),
            None => {
                let receiver = call.receiver?;
                // `*.{model}.count()` without a telling argument: only on a receiver of the page.
                let _ = receiver;
                None
            }
        }
    }

    /// What a line runs is nothing that says what a column is: `.filter(users::email.eq(email))` of a
    /// query is no `Option::filter`, while `.map_err(refused("email"))` gets a function from a call.
    fn may_invoke(&self, call: &Call, api: &Api) -> bool {
        let runs = |clause: &Clause| match &clause.what {
            What::Invokes { target: Place { root: Root::Param(at), .. }, .. } => Some(*at),
            _ => None,
        };
        !self.knowledge.is_word("conditions", &call.name)
            || !api
                .clauses
                .iter()
                .filter_map(runs)
                .filter_map(|at| call.args.get(at))
                .any(|arg| self.chain(*arg).iter().any(|part| self.says_of_columns(&part.name)))
    }

    fn record(&self, arg: Option<ValueId>) -> bool {
        arg.is_some_and(|arg| matches!(self.values.term(arg), Term::Record { .. }))
    }

    fn may_have(&self, record: ValueId, name: &str) -> bool {
        let Term::Record { entries, .. } = self.values.term(record) else { return false };
        entries.iter().any(|(slot, value)| match slot {
            Slot::Named(entry) => entry == name,
            Slot::Spread => !self.record(Some(*value)) || self.may_have(*value, name),
            Slot::Computed(_) => false,
        })
    }

    pub(super) fn looks_like_sql(&self, id: ValueId) -> bool {
        let text = match self.values.term(id) {
            Term::Literal(Literal::Text(text)) => text.as_str(),
            Term::Template(pieces) => match pieces.first() {
                Some(super::value::Piece::Text(text)) => text.as_str(),
                _ => return false,
            },
            Term::Record { .. } => {
                return ["text", "sql"]
                    .iter()
                    .any(|name| self.values.entry(id, name).is_some_and(|value| self.looks_like_sql(value)));
            }
            _ => return false,
        };
        const FIRST: &[&str] = &[
            "select",
            "insert",
            "update",
            "delete",
            "with",
            "begin",
            "commit",
            "rollback",
            "start",
            "replace",
            "merge",
            "set",
            "lock",
            "savepoint",
            "create",
            "alter",
        ];
        let word: String = text.trim_start().chars().take_while(|c| c.is_ascii_alphabetic()).collect();
        FIRST.contains(&word.to_ascii_lowercase().as_str()) && text.trim().contains(char::is_whitespace)
            || matches!(word.to_ascii_lowercase().as_str(), "begin" | "commit" | "rollback")
    }
}

/// `receiver part-of receiver part`: what the call is asked on is another from there on.
pub(super) fn is_in_place(whole: &Place, parts: &[Place]) -> bool {
    whole.root == Root::Receiver && parts.iter().any(|part| part.root == Root::Receiver)
}

fn has_event(api: &Api) -> bool {
    api.clauses.iter().any(|clause| matches!(clause.what, What::Event(_) | What::Sql(_)))
}

/// A path that names a property and its method: `*.webhooks.constructEvent`.
fn two_names(parts: &[Segment]) -> bool {
    parts.len() > 2 && parts[1..].iter().all(|part| matches!(part, Segment::Names(_)))
}

/// Only begins or ends holds: a guard may be recognised more freely than an event.
fn hints_only(api: &Api) -> bool {
    use crate::book::words::Verb;
    api.clauses.iter().all(|clause| match &clause.what {
        What::Event(event) => matches!(event.verb, Verb::Take | Verb::Release),
        _ => true,
    })
}

fn bind_all(names: &[Name], parts: &[Segment], bound: &mut Vec<(Name, Name)>) -> bool {
    names.len() == parts.len()
        && names.iter().zip(parts).all(|(name, part)| match part {
            Segment::Names(patterns) => patterns.iter().any(|pattern| matches(pattern, name)),
            Segment::Any => true,
            Segment::Bound(hole) => {
                bound.push((hole.clone(), name.clone()));
                true
            }
        })
}
