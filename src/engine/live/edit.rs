//! Another text for a file: what it says now, and what that leaves of what was known.

use super::marks::{mark, shown_by};
use super::roots::{follow, fresh, rests_on};
use super::{Live, Root, mend};
use crate::engine::tables::{self, TableReader};
use crate::engine::{Input, Problem, edition, part_of, read};
use crate::knowledge::Knowledge;
use crate::program::bodies;
use crate::program::splice::Graft;
use crate::program::{Edition, Language, Name, Program};
use crate::project::Unit;
use crate::project::change::body::Before;
use crate::project::change::{self, Change};
use crate::source::{FileId, SourceFile};
use crate::syntax::{self, Apart};
use rustc_hash::{FxHashMap, FxHashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// A text to analyse and what it says.
pub(super) struct Lowered {
    pub(super) text: String,
    pub(super) unit: Option<Unit>,
    pub(super) problem: Option<Problem>,
    pub(super) is_whole: bool,
    /// Where the unit is the one before it with another body.
    pub(super) before: Option<Before>,
}

/// What an edit is that lies in one body.
enum Body {
    /// The file with that body, and what it was before.
    Other(Box<Unit>, Box<Before>),
    /// That body is broken, and with it the file.
    Broken,
    Unknown,
}

impl Live {
    /// The text to analyse and what it says; `None` where it stays what it was.
    pub(super) fn lowered(
        &mut self,
        id: FileId,
        before: &SourceFile,
        text: &str,
        as_is: bool,
        knowledge: &Knowledge<'_>,
    ) -> Option<Lowered> {
        let path = &before.path;
        let input = |text: &str| Input { path: path.clone(), text: text.into() };
        let matters = |text: &str| {
            self.options.no_prefilter || syntax::may_declare(path, text) || knowledge.may_matter(text)
        };
        if !matters(text) {
            let text = text.to_owned();
            return Some(Lowered { text, unit: None, problem: None, is_whole: false, before: None });
        }
        let edition = edition(&self.options, &input(""));
        let is_broken = match self.with_another_body(id, before, text, edition) {
            Body::Other(unit, before) => {
                let (text, unit, before) = (text.to_owned(), Some(*unit), Some(*before));
                return Some(Lowered { text, unit, problem: None, is_whole: true, before });
            }
            Body::Broken => true,
            Body::Unknown => false,
        };
        let whole = |text: &str| {
            let lower = || syntax::lower_whole(id, path, text, edition, &self.macros);
            let program = catch_unwind(AssertUnwindSafe(lower)).unwrap_or_default();
            program.filter(|program: &Program| program.errors.is_empty())
        };
        let good = |text: String, program: Program| {
            let unit = Some(Unit::new(id, path.clone(), program));
            Some(Lowered { text, unit, problem: None, is_whole: true, before: None })
        };
        if let Some(program) = Some(text).filter(|_| !is_broken).and_then(whole) {
            return good(text.to_owned(), program);
        }
        // Of Rust that is broken nothing can be made, so what it was stands even once it is saved.
        let as_is = as_is && syntax::language(path) == Some(Language::TypeScript);
        if self.files[id.0 as usize].is_whole && !as_is {
            for text in mend::candidates(&before.text, text) {
                if let Some(program) = whole(&text) {
                    return good(text, program);
                }
            }
            return None;
        }
        let (unit, error) = read::read_file(id, &input(text), &self.macros, &self.options);
        let source = SourceFile::new(path.clone(), text.to_owned());
        let problem = |position, message| Problem { path: path.clone(), position, message };
        let first = unit.as_ref().and_then(|unit| unit.program.errors.first());
        let first = first
            .map(|(span, message)| problem(Some(source.position(span.start)), message.clone()))
            .or(error.map(|message| problem(None, message)));
        Some(Lowered { text: source.text.into(), unit, problem: first, is_whole: false, before: None })
    }

    /// The file with another body of one function, if that is all that an edit changed: of a file that
    /// is parsed as a whole, only what is in that body is parsed and lowered again.
    fn with_another_body(&mut self, id: FileId, before: &SourceFile, text: &str, edition: Edition) -> Body {
        let Some(old) = self.project.units.get(id).filter(|_| self.files[id.0 as usize].is_whole) else {
            return Body::Unknown;
        };
        let bodies = &old.program.bodies;
        let (replaced, length) = change::edited(&before.text, text);
        let Some(edit) = bodies::edit(bodies, id, &replaced, length) else { return Body::Unknown };
        let lower = || syntax::lower_body(id, &before.path, text, (bodies, edit), edition, &self.macros);
        let graft = || match lower() {
            Apart::Lowered(fresh) => Graft::of(&old.program, fresh, edit).ok_or(Body::Unknown),
            Apart::Broken => Err(Body::Broken),
            Apart::Unknown => Err(Body::Unknown),
        };
        let graft = match catch_unwind(AssertUnwindSafe(graft)) {
            Ok(Ok(graft)) => graft,
            Ok(Err(why)) => return why,
            Err(_) => return Body::Unknown,
        };
        let Some(old) = self.project.units.replace(id, None) else { return Body::Unknown };
        let (unit, before) = change::body::graft(old, graft);
        Body::Other(Box::new(unit), Box::new(before))
    }

    pub(super) fn replace(
        &mut self,
        id: FileId,
        before: &SourceFile,
        after: &Arc<SourceFile>,
        (unit, body): (Option<Unit>, Option<Before>),
        knowledge: &Knowledge<'_>,
    ) {
        let at = id.0 as usize;
        let mut unit = unit;
        let shows = match &unit {
            Some(unit) => shown_by(unit, knowledge, &mut self.tells),
            None => FxHashSet::default(),
        };
        let turned = self.show(id, shows);
        if let Some(unit) = &mut unit {
            mark(unit, &self.shown, knowledge, &mut self.tells);
        }
        let old = self.project.units.replace(id, None);
        let was_read = old.is_some() || body.is_some();
        let matters = |name: &Name| knowledge.is_spelled_module(name);
        let mut change = match (&body, &old, &unit) {
            (Some(body), _, Some(new)) => Some(body.change(new, &matters)),
            (_, Some(old), Some(new)) => {
                Some(change::between(old, new, (&before.text, &after.text), &matters))
            }
            (_, Some(one), None) | (_, None, Some(one)) => Some(change::of_all(one)),
            (_, None, None) => None,
        };
        if let Some(change) = &mut change
            && before.prefers_double_quotes() != after.prefers_double_quotes()
        {
            change.inside = None;
        }
        let moved = body.as_ref().zip(unit.as_ref()).and_then(|(body, unit)| body.moved(unit));
        let wants = unit.is_some();
        self.project.units.replace(id, unit);
        self.sources.files[at] = after.clone();
        if let Some(part) = self.project.parts.get_mut(at) {
            *part = part_of(after, knowledge, &self.options.manifests);
        }
        let libraries = knowledge.libraries_in(&after.text);
        let other_libraries = self.set_libraries(id, libraries) | self.set_tables(id, &after.text, knowledge);
        let mut again = self.mark_again(id, &turned, knowledge);
        if wants {
            again.extend(self.read_wanted(id, knowledge));
        }
        match moved {
            Some((from, by)) if again.is_empty() => self.project.renumber(id, from, by),
            _ => self.project.relink(),
        }
        if let Some(change) = change {
            self.invalidate(id, &change, was_read);
        }
        for other in again {
            self.start_over(other);
        }
        if other_libraries {
            (0..self.files.len()).for_each(|at| self.forget_all(FileId(at as u32)));
        }
    }

    /// Notes what a file shows now; the names of which that makes a difference to others.
    fn show(&mut self, id: FileId, shows: FxHashSet<Name>) -> FxHashSet<Name> {
        let before = std::mem::replace(&mut self.files[id.0 as usize].shows, shows);
        let after = &self.files[id.0 as usize].shows;
        let mut turned = FxHashSet::default();
        for name in before.difference(after) {
            if let Some(count) = self.shown.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    self.shown.remove(name);
                    turned.insert(name.clone());
                }
            }
        }
        for name in after.difference(&before) {
            let count = self.shown.entry(name.clone()).or_default();
            *count += 1;
            if *count == 1 {
                turned.insert(name.clone());
            }
        }
        turned
    }

    /// Marks the units anew that call what began or ceased to tell; those for which that changed
    /// anything.
    fn mark_again(&mut self, id: FileId, turned: &FxHashSet<Name>, knowledge: &Knowledge<'_>) -> Vec<FileId> {
        let mut changed = Vec::new();
        if turned.is_empty() {
            return changed;
        }
        for unit in self.project.units.iter_mut().filter(|unit| unit.file != id) {
            if unit.called_anywhere.iter().any(|name| turned.contains(name)) {
                let before = unit.telling.clone();
                mark(unit, &self.shown, knowledge, &mut self.tells);
                if unit.telling != before {
                    changed.push(unit.file);
                }
            }
        }
        changed
    }

    /// Reads files laid aside that a file imports now, and what these import.
    fn read_wanted(&mut self, id: FileId, knowledge: &Knowledge<'_>) -> Vec<FileId> {
        let mut open = vec![id];
        let mut fresh = Vec::new();
        while let Some(id) = open.pop() {
            let Some(unit) = self.project.units.get(id) else { continue };
            let wanted = unit.sources().filter_map(|module| self.project.linked(id, module));
            let wanted: Vec<FileId> = wanted
                .filter(|file| self.files[file.0 as usize].is_aside)
                .filter(|file| !self.project.units.has(*file))
                .collect();
            for file in wanted {
                let source = &self.sources.files[file.0 as usize];
                let input = Input { path: source.path.clone(), text: source.text.clone() };
                let (unit, _) = read::read_file(file, &input, &self.macros, &self.options);
                if let Some(mut unit) = unit {
                    mark(&mut unit, &self.shown, knowledge, &mut self.tells);
                    self.project.units.replace(file, Some(unit));
                    fresh.push(file);
                    open.push(file);
                }
            }
        }
        fresh
    }

    fn set_libraries(&mut self, id: FileId, libraries: FxHashSet<Name>) -> bool {
        if self.files[id.0 as usize].libraries == libraries {
            return false;
        }
        self.files[id.0 as usize].libraries = libraries;
        let all: FxHashSet<Name> =
            self.files.iter().flat_map(|file| file.libraries.iter().cloned()).collect();
        let changed = all != self.project.libraries;
        self.project.libraries = all;
        changed
    }

    /// Notes what a file says of tables; whether that is something else now.
    fn set_tables(&mut self, id: FileId, text: &str, knowledge: &Knowledge<'_>) -> bool {
        let file = &mut self.files[id.0 as usize];
        let tables = TableReader::new(knowledge).read(&self.sources.files[id.0 as usize].path, text);
        if file.tables == tables {
            return false;
        }
        file.tables = tables;
        let all = self.files.iter().map(|file| &file.tables);
        self.project.schema = tables::schema(knowledge, &self.options.manifests, all);
        true
    }

    /// Forgets what rests on what changed, and moves the rest.
    fn invalidate(&mut self, id: FileId, change: &Change, was_read: bool) {
        for (at, file) in self.files.iter_mut().enumerate() {
            for root in &mut file.roots {
                let Some(seen) = &mut root.seen else { continue };
                if rests_on(&seen.reads, id, change) {
                    root.seen = None;
                    file.is_stale = true;
                } else if let Some(inside) = &change.inside
                    && seen.reads.files.contains(&id)
                {
                    follow(seen, id, inside, at == id.0 as usize);
                }
            }
        }
        let at = id.0 as usize;
        let Some(unit) = self.project.units.get(id) else {
            self.files[at].roots.clear();
            self.files[at].is_stale = false;
            return;
        };
        let mut roots = fresh(unit, &self.options);
        if let (Some(inside), true) = (&change.inside, was_read) {
            let known = std::mem::take(&mut self.files[at].roots).into_iter();
            let mut known: FxHashMap<u32, Root> =
                known.filter_map(|root| Some((*inside.now.get(root.id.0 as usize)?, root))).collect();
            for root in &mut roots {
                root.seen = known.remove(&root.id.0).and_then(|root| root.seen);
            }
        }
        self.files[at].is_stale = true;
        self.files[at].roots = roots;
    }

    /// Everything that rests on a file, whose marks changed and not its text.
    fn start_over(&mut self, id: FileId) {
        let at = id.0 as usize;
        for file in &mut self.files {
            for root in &mut file.roots {
                if root.seen.as_ref().is_some_and(|seen| seen.reads.files.contains(&id)) {
                    root.seen = None;
                    file.is_stale = true;
                }
            }
        }
        if let Some(unit) = self.project.units.get(id) {
            self.files[at].roots = fresh(unit, &self.options);
            self.files[at].is_stale = true;
        }
    }

    fn forget_all(&mut self, id: FileId) {
        let file = &mut self.files[id.0 as usize];
        file.roots.iter_mut().for_each(|root| root.seen = None);
        file.is_stale = !file.roots.is_empty();
    }
}
