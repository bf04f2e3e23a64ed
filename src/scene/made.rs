//! What a call makes: its value's type, by constructors, the makers on pages, and Rust's
//! `Type::new`.

use super::build::Builder;
use super::call::{Call, Called};
use super::event::Recognition;
use super::types::{TypeEvidence, named};
use super::value::{Term, ValueId};
use crate::book::api::{Library, Segment, Target, TypeFact};
use crate::program::{Global, Language, Name, Type};

/// A type of a page, and whose it is.
type Made<'a> = (&'a Library, &'a TypeFact);

impl<'a> Builder<'a> {
    /// Type evidence from what was called: constructors, makers on pages, Rust's `Type::new`.
    pub(super) fn made(&mut self, call: &Call, value: ValueId) {
        // `Path::new(name)` is the very text, and from here on a path.
        let is_text = |known: &TypeEvidence| {
            let name = known.ty.name.path.last();
            name.is_some_and(|name| self.knowledge.is_word("text-type", name))
        };
        let described = |known: &TypeEvidence| {
            let name = known.ty.name.path.last();
            let file = self.frames[0].file;
            self.language != Language::TypeScript
                || name.is_none_or(|name| {
                    !self.knowledge.types(name).is_empty() || self.project.type_decl(file, name).is_some()
                })
        };
        // `target: EntityTarget<T>`: a type that nobody describes hides none that a page knows.
        if self.evidence.get(&value).is_some_and(|known| !is_text(known) && described(known)) {
            return;
        }
        let how = Recognition::Constructed;
        if let Some((library, fact)) = self.surest_maker(call) {
            let module = library.modules.first().map(|module| module.name.clone()).unwrap_or_default();
            let name = match self.language {
                Language::TypeScript => Global { module, path: vec![fact.name.clone()] },
                Language::Rust => Global { module: Name::default(), path: vec![fact.name.clone()] },
            };
            let args = call.args.iter().find_map(|arg| self.type_of(*arg)).map(|seen| seen.ty.into_owned());
            // What is made from something of the same page is not a wrapper of it: a file
            // opened by its path.
            let apart = args.filter(|ty| !self.is_type_of(ty, library));
            let ty = Type { args: apart.into_iter().collect(), ..named(name) };
            self.evidence.insert(value, TypeEvidence { ty, how });
            return;
        }
        match &call.target {
            Called::New(global) => {
                self.evidence.insert(value, TypeEvidence { ty: named(global.clone()), how });
            }
            Called::Path(global) if self.language == Language::Rust && call.receiver.is_none() => {
                // `HashMap::new()`, `PathBuf::from(x)`: the type before the last segment.
                let Some((_, owner)) = global.path.split_last() else { return };
                let is_type = |name: &Name| {
                    name.starts_with(char::is_uppercase) && !self.knowledge.is_word("trait", name)
                };
                if owner.last().is_some_and(is_type)
                    && !matches!(self.values.term(value), Term::Literal(_))
                    && !self.is_bound(value)
                {
                    let args =
                        call.args.iter().find_map(|arg| self.type_of(*arg)).map(|seen| seen.ty.into_owned());
                    let name = Global { module: Name::default(), path: owner.to_vec() };
                    let ty = Type { args: args.into_iter().collect(), ..named(name) };
                    self.evidence.insert(value, TypeEvidence { ty, how });
                }
            }
            _ => {}
        }
    }

    /// The page's type that a call makes: of a library that the project uses, by the surest of the
    /// makers; among equals the first.
    fn surest_maker(&mut self, call: &Call) -> Option<Made<'a>> {
        let mut best: Option<((bool, Recognition), Made<'a>)> = None;
        for (library, fact) in self.knowledge.makers(self.language, &call.name) {
            for maker in &fact.made_by {
                let names = crate::knowledge::last_names(&maker.target.parts);
                if maker.is_new != matches!(call.target, Called::New(_)) || !names.contains(&call.name) {
                    continue;
                }
                let Some(how) = self.makes(call, library, &maker.target) else { continue };
                let rank = (self.project.libraries.contains(&library.name), how);
                if best.as_ref().is_none_or(|(known, _)| rank > *known) {
                    best = Some((rank, (library, fact)));
                }
            }
        }
        best.map(|(_, found)| found)
    }

    /// Two values that a constructor makes of the same literals are two: `AtomicBool::new(false)`.
    pub(super) fn makes_memory(&self, call: &Call) -> bool {
        let literal = |arg: &ValueId| matches!(self.values.term(*arg), Term::Literal(_) | Term::Global(_));
        self.language == Language::Rust && call.args.iter().all(literal) && self.is_of_memory(call)
    }

    /// A function of a type that holds memory: `Mutex::new`.
    pub(super) fn is_of_memory(&self, call: &Call) -> bool {
        match &call.target {
            Called::Path(global) if call.receiver.is_none() => match global.path.as_slice() {
                [.., owner, _] => self.knowledge.is_memory(owner),
                _ => false,
            },
            _ => false,
        }
    }

    /// How sure it is that a call makes a page's type. A bare name (`*.find()`) says so only in a
    /// project that uses the library, of a type's own function (`User::find()`) too.
    fn makes(&mut self, call: &Call, library: &Library, target: &Target) -> Option<Recognition> {
        let any = matches!(target.parts.first(), Some(Segment::Any));
        let used = library.modules.is_empty() || self.project.libraries.contains(&library.name);
        let bare = self.language == Language::Rust || is_common(&call.name);
        if any && bare && !used {
            return None;
        }
        let of_type = match &call.target {
            Called::Path(global) if call.receiver.is_none() && self.language == Language::Rust => {
                let owner = global.path.len().checked_sub(2).and_then(|at| global.path.get(at));
                owner.is_some_and(|name| {
                    name.starts_with(char::is_uppercase) || self.knowledge.is_word("unnamed", name)
                })
            }
            _ => false,
        };
        if any && of_type && target.parts.len() == 2 {
            return Some(Recognition::Distinctive);
        }
        let by_wrapper = || wraps(call, library, target).then_some(Recognition::Named);
        self.fits(call, library, target, &mut Vec::new()).or_else(by_wrapper)
    }

    /// The value already stood for something before this call (a page said `same-as`).
    fn is_bound(&self, value: ValueId) -> bool {
        matches!(
            self.values.term(value),
            Term::Param(..) | Term::This(..) | Term::Place(..) | Term::Load { .. } | Term::Join(_)
        )
    }
}

/// A name of one plain word, which many libraries have.
fn is_common(name: &str) -> bool {
    name.starts_with(char::is_lowercase) && crate::knowledge::words(name).len() == 1
}

/// `import { createAdminClient } from '@/lib/supabase/admin'`: a module of the project, called after
/// the library, makes the library's type under a name that the page knows.
fn wraps(call: &Call, library: &Library, target: &Target) -> bool {
    let (Called::Path(global), [Segment::Names(names)]) = (&call.target, target.parts.as_slice()) else {
        return false;
    };
    let own = global.module.starts_with(['.', '~', '#']) || global.module.starts_with("@/");
    let called_after = || crate::knowledge::words(&global.module).contains(&library.name.to_lowercase());
    own && global.path.len() == 1 && names.contains(&call.name) && called_after()
}
