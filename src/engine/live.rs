//! A project that is edited: what each function was found to do stays until something changes that it
//! rests on.
//!
//! Every root is examined while what it reads is taken down (`program::reads`). An edit is compared
//! with what was there (`project::change`), and only roots that read what changed are examined again;
//! all others keep their findings, moved with the text. What comes out equals a run from the start.

pub mod mend;
#[cfg(test)]
mod tests;

use super::examine::{examine_root, roots, stands_alone};
use super::{Input, Options, Problem, edition, load, macros, part_of, read, weigh};
use crate::finding::Finding;
use crate::knowledge::Knowledge;
use crate::program::reads::{self, Reads};
use crate::program::{FunctionId, Language, Name, Program};
use crate::project::change::{self, Change, Inside};
use crate::project::{Project, Unit};
use crate::race::Candidate;
use crate::source::{FileId, SourceFile, Sources};
use crate::syntax::{self, Macros};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A project that is edited.
pub struct Live {
    options: Options,
    macros: Macros,
    sources: Sources,
    project: Project,
    files: Vec<File>,
    by_path: FxHashMap<PathBuf, FileId>,
    /// How many files show a telling function of a name.
    shown: FxHashMap<Name, usize>,
    /// Whether a called name tells, as far as it was asked.
    tells: FxHashMap<Name, bool>,
}

/// What is known of one file.
#[derive(Default)]
struct File {
    /// Why it gave no program, or which part of it did not.
    problem: Option<Problem>,
    libraries: FxHashSet<Name>,
    /// Telling functions that others may call.
    shows: FxHashSet<Name>,
    roots: Vec<Root>,
    /// Not among the files that are looked at by themselves.
    is_aside: bool,
    /// What was analysed could be parsed.
    is_whole: bool,
    is_stale: bool,
}

/// A text to analyse and what it says.
struct Lowered {
    text: String,
    unit: Option<Unit>,
    problem: Option<Problem>,
    is_whole: bool,
}

struct Root {
    id: FunctionId,
    /// What a scene showed, unless it has to be looked at (again).
    seen: Option<Seen>,
    /// Another root runs it in place.
    is_covered: bool,
}

struct Seen {
    candidates: Vec<Candidate>,
    /// Functions of the root's own file that its scene runs.
    covered: Vec<u32>,
    problem: Option<Problem>,
    reads: Reads,
}

impl Live {
    /// Reads all files and examines none. Paths must be in order, as a run has them.
    pub fn new(inputs: Vec<Input>, knowledge: &Knowledge<'_>, options: Options) -> Live {
        let libraries: Vec<FxHashSet<Name>> =
            inputs.par_iter().map(|input| knowledge.libraries_in(&input.text)).collect();
        let (sources, project, problems) = load(inputs, knowledge, &options);
        let by_path = sources.files.iter().enumerate();
        let by_path = by_path.map(|(at, file)| (file.path.clone(), FileId(at as u32))).collect();
        let mut files: Vec<File> =
            libraries.into_iter().map(|libraries| File { libraries, ..File::default() }).collect();
        let mut live = Live {
            macros: macros(knowledge.book),
            options,
            sources,
            project,
            files: Vec::new(),
            by_path,
            shown: FxHashMap::default(),
            tells: FxHashMap::default(),
        };
        for problem in problems {
            if let Some(at) = live.by_path.get(&problem.path) {
                files[at.0 as usize].problem.get_or_insert(problem);
            }
        }
        live.files = files;
        for at in 0..live.files.len() {
            live.take_in(FileId(at as u32), knowledge);
        }
        live
    }

    /// What a file adds, once it has been read with all others.
    fn take_in(&mut self, id: FileId, knowledge: &Knowledge<'_>) {
        let at = id.0 as usize;
        self.files[at].is_aside = self.options.no_notes && knowledge.is_rough(&self.sources.file(id).path);
        let Some(unit) = &self.project.units[at] else {
            // Nothing in it can matter; whether it parses was not asked.
            self.files[at].is_whole = false;
            return;
        };
        let shows = shown_by(unit, knowledge, &mut self.tells);
        for name in &shows {
            *self.shown.entry(name.clone()).or_default() += 1;
        }
        let file = &mut self.files[at];
        file.shows = shows;
        file.is_whole = unit.program.errors.is_empty();
        file.roots = fresh(unit, &self.options);
        file.is_stale = true;
    }

    /// The file of a path, spelled as it was given.
    pub fn file(&self, path: &Path) -> Option<FileId> {
        self.by_path.get(path).copied()
    }

    /// All texts as they were analysed.
    pub fn sources(&self) -> &Sources {
        &self.sources
    }

    /// What could not be understood, in the order of files.
    pub fn problems(&self) -> Vec<Problem> {
        let of_file = |file: &File| {
            let roots = file.roots.iter().filter(|root| !root.is_covered);
            let inner = roots.filter_map(|root| root.seen.as_ref()?.problem.clone());
            file.problem.clone().into_iter().chain(inner.collect::<Vec<_>>()).collect::<Vec<_>>()
        };
        self.files.iter().flat_map(of_file).collect()
    }

    /// Puts another text in the place of a file's, and tells whether anything must be examined.
    ///
    /// A text that does not parse, where the one before it did, is analysed with the broken lines as
    /// they were: [`Live::sources`] says with which text. With `as_is` it is analysed as a run does.
    pub fn edit(&mut self, id: FileId, text: &str, as_is: bool, knowledge: &Knowledge<'_>) -> bool {
        let at = id.0 as usize;
        let Some(before) = self.sources.files.get(at).cloned() else { return false };
        if before.text == text {
            return self.is_stale();
        }
        // Nobody imports it, and by itself it is not looked at.
        let was_aside = self.project.units[at].is_none()
            && self.files[at].is_aside
            && syntax::language(&before.path) == Some(Language::TypeScript);
        let Some(lowered) = self.lowered(id, &before, text, as_is, knowledge) else {
            return self.is_stale();
        };
        let unit = if was_aside { None } else { lowered.unit };
        let after = Arc::new(SourceFile::new(before.path.clone(), lowered.text));
        self.files[at].problem = lowered.problem;
        self.files[at].is_whole = lowered.is_whole;
        self.replace(id, &before, &after, unit, knowledge);
        self.is_stale()
    }

    /// The text to analyse and what it says; `None` where it stays what it was.
    fn lowered(
        &self,
        id: FileId,
        before: &SourceFile,
        text: &str,
        as_is: bool,
        knowledge: &Knowledge<'_>,
    ) -> Option<Lowered> {
        let path = &before.path;
        let input = |text: &str| Input { path: path.clone(), text: text.to_owned() };
        let followed = syntax::language(path) == Some(Language::TypeScript);
        let matters = |text: &str| self.options.no_prefilter || followed || knowledge.may_matter(text);
        if !matters(text) {
            let text = text.to_owned();
            return Some(Lowered { text, unit: None, problem: None, is_whole: false });
        }
        let edition = edition(&self.options, &input(""));
        let whole = |text: &str| {
            let lower = || syntax::lower_whole(id, path, text, edition, &self.macros);
            let program = catch_unwind(AssertUnwindSafe(lower)).unwrap_or_default();
            program.filter(|program: &Program| program.errors.is_empty())
        };
        let good = |text: String, program: Program| {
            let unit = Some(Unit::new(id, path.clone(), program));
            Some(Lowered { text, unit, problem: None, is_whole: true })
        };
        if let Some(program) = whole(text) {
            return good(text.to_owned(), program);
        }
        // Of Rust that is broken nothing can be made, so what it was stands even once it is saved.
        let as_is = as_is && followed;
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
        Some(Lowered { text: source.text, unit, problem: first, is_whole: false })
    }

    fn replace(
        &mut self,
        id: FileId,
        before: &SourceFile,
        after: &Arc<SourceFile>,
        unit: Option<Unit>,
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
        let old = self.project.units[at].take();
        let change = match (&old, &unit) {
            (Some(old), Some(new)) => {
                let texts = (before.text.as_str(), after.text.as_str());
                let mut change = change::between(old, new, texts, &|name| knowledge.is_spelled_module(name));
                if before.prefers_double_quotes() != after.prefers_double_quotes() {
                    change.inside = None;
                }
                Some(change)
            }
            (Some(one), None) | (None, Some(one)) => Some(change::of_all(one)),
            (None, None) => None,
        };
        let wants = unit.is_some();
        self.project.units[at] = unit;
        self.sources.files[at] = after.clone();
        if let Some(part) = self.project.parts.get_mut(at) {
            *part = part_of(after, knowledge, &self.options.manifests);
        }
        let libraries = knowledge.libraries_in(&after.text);
        let other_libraries = self.set_libraries(id, libraries);
        let mut again = self.mark_again(id, &turned, knowledge);
        if wants {
            again.extend(self.read_wanted(id, knowledge));
        }
        self.project.relink();
        if let Some(change) = change {
            self.invalidate(id, &change, old.is_some());
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
        for unit in self.project.units.iter_mut().flatten().filter(|unit| unit.file != id) {
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
            let Some(unit) = &self.project.units[id.0 as usize] else { continue };
            let wanted = unit.sources().filter_map(|module| self.project.linked(id, module));
            let wanted: Vec<FileId> = wanted
                .filter(|file| self.files[file.0 as usize].is_aside)
                .filter(|file| self.project.units[file.0 as usize].is_none())
                .collect();
            for file in wanted {
                let source = &self.sources.files[file.0 as usize];
                let input = Input { path: source.path.clone(), text: source.text.clone() };
                let (unit, _) = read::read_file(file, &input, &self.macros, &self.options);
                if let Some(mut unit) = unit {
                    mark(&mut unit, &self.shown, knowledge, &mut self.tells);
                    self.project.units[file.0 as usize] = Some(unit);
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
        let Some(unit) = &self.project.units[at] else {
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
        if let Some(unit) = &self.project.units[at] {
            self.files[at].roots = fresh(unit, &self.options);
            self.files[at].is_stale = true;
        }
    }

    fn forget_all(&mut self, id: FileId) {
        let file = &mut self.files[id.0 as usize];
        file.roots.iter_mut().for_each(|root| root.seen = None);
        file.is_stale = !file.roots.is_empty();
    }

    /// Whether some file waits to be examined.
    pub fn is_stale(&self) -> bool {
        self.files.iter().any(|file| file.is_stale && !file.is_aside)
    }

    /// The files that wait to be examined, in order.
    pub fn stale(&self) -> Vec<FileId> {
        let stale = self.files.iter().enumerate().filter(|(_, file)| file.is_stale && !file.is_aside);
        stale.map(|(at, _)| FileId(at as u32)).collect()
    }

    /// Examines what waits in these files, on the threads of the current pool.
    pub fn examine(&mut self, files: &[FileId], knowledge: &Knowledge<'_>) {
        let mut taken: Vec<(FileId, Vec<Root>)> = Vec::new();
        for id in files {
            let Some(file) = self.files.get_mut(id.0 as usize) else { continue };
            if file.is_stale && !file.is_aside {
                taken.push((*id, std::mem::take(&mut file.roots)));
            }
        }
        let (project, sources) = (&self.project, &self.sources);
        let work = |(id, roots): &mut (FileId, Vec<Root>)| {
            if let Some(unit) = &project.units[id.0 as usize] {
                examine_roots(unit, roots, project, knowledge, sources);
            }
        };
        match taken.as_mut_slice() {
            // Nobody waits for threads to wake up for one file.
            [one] => work(one),
            several => several.par_iter_mut().for_each(work),
        }
        for (id, roots) in taken {
            self.files[id.0 as usize].roots = roots;
            self.files[id.0 as usize].is_stale = false;
        }
    }

    /// All findings, in the order of a report.
    pub fn findings(&self) -> Vec<Finding> {
        let roots = self.files.iter().flat_map(|file| &file.roots).filter(|root| !root.is_covered);
        let seen = roots.filter_map(|root| root.seen.as_ref());
        weigh(seen.flat_map(|seen| seen.candidates.iter().cloned()))
    }
}

/// The roots of a file, of which nothing is known yet.
fn fresh(unit: &Unit, options: &Options) -> Vec<Root> {
    let ids = roots(unit, options);
    let (first, later): (Vec<FunctionId>, Vec<FunctionId>) =
        ids.into_iter().partition(|id| stands_alone(unit, *id));
    let all = first.into_iter().chain(later);
    all.map(|id| Root { id, seen: None, is_covered: false }).collect()
}

fn examine_roots(
    unit: &Unit,
    roots: &mut [Root],
    project: &Project,
    knowledge: &Knowledge<'_>,
    sources: &Sources,
) {
    let mut covered: FxHashSet<u32> = FxHashSet::default();
    for root in roots {
        root.is_covered = covered.contains(&root.id.0) && !stands_alone(unit, root.id);
        if root.is_covered {
            continue;
        }
        let seen = root.seen.get_or_insert_with(|| {
            let look = || examine_root(unit, root.id, project, knowledge, sources);
            let (found, reads) = reads::record(look);
            match found {
                Ok((scene, candidates)) => {
                    let own = scene.covered.iter().filter(|(file, _)| *file == unit.file);
                    let covered = own.map(|(_, id)| id.0).collect();
                    Seen { candidates, covered, problem: None, reads }
                }
                Err(problem) => {
                    Seen { candidates: Vec::new(), covered: Vec::new(), problem: Some(problem), reads }
                }
            }
        });
        covered.extend(seen.covered.iter().copied());
    }
}

fn rests_on(reads: &Reads, id: FileId, change: &Change) -> bool {
    let by_name = !change.declared.is_disjoint(&reads.declared)
        || !change.declared.is_disjoint(&reads.called)
        || !change.called.is_disjoint(&reads.called);
    if by_name || (change.is_open && !reads.declared.is_empty()) {
        return true;
    }
    match &change.inside {
        None => reads.files.contains(&id),
        Some(inside) => {
            reads.whole.contains(&id)
                || reads.functions.iter().any(|(file, at)| *file == id && inside.changed.contains(at))
        }
    }
}

/// Moves what was seen with the text and the numbers of the functions around an edit.
fn follow(seen: &mut Seen, id: FileId, inside: &Inside, is_own: bool) {
    let now = |at: u32| inside.now.get(at as usize).copied().unwrap_or(at);
    let moved = inside.now.iter().enumerate().any(|(at, now)| *now != u32::MAX && *now != at as u32);
    if moved {
        let functions = std::mem::take(&mut seen.reads.functions).into_iter();
        seen.reads.functions =
            functions.map(|(file, at)| if file == id { (file, now(at)) } else { (file, at) }).collect();
        if is_own {
            seen.covered.iter_mut().for_each(|at| *at = now(*at));
        }
    }
    if inside.shift.by == 0 {
        return;
    }
    for candidate in &mut seen.candidates {
        let shift = |span: &mut crate::source::Span| *span = inside.shift.of(*span);
        shift(&mut candidate.site);
        let finding = &mut candidate.finding;
        shift(&mut finding.act.span);
        finding.labels.iter_mut().for_each(|label| shift(&mut label.span));
        finding.interleaving.steps.iter_mut().filter_map(|turn| turn.span.as_mut()).for_each(shift);
        finding.fixes.iter_mut().flat_map(|fix| &mut fix.edits).for_each(|edit| shift(&mut edit.span));
    }
    if let Some(problem) = &mut seen.problem {
        // The line is of no use any more once the text around it moves.
        problem.position = None;
    }
}

/// The telling functions that a unit shows to others, by what stands in it alone: what the first of
/// two rounds of a run finds.
fn shown_by(unit: &Unit, knowledge: &Knowledge<'_>, known: &mut FxHashMap<Name, bool>) -> FxHashSet<Name> {
    ask(unit, knowledge, known);
    let marks = unit.told(&|name| known.get(name).copied().unwrap_or(false), &|_| false);
    super::shown(unit, &marks).collect()
}

fn mark(
    unit: &mut Unit,
    shown: &FxHashMap<Name, usize>,
    knowledge: &Knowledge<'_>,
    known: &mut FxHashMap<Name, bool>,
) {
    ask(unit, knowledge, known);
    let tells = |name: &str| known.get(name).copied().unwrap_or(false);
    unit.mark_telling(&tells, &|name| shown.contains_key(name));
}

/// Asks of each called name once whether it tells.
fn ask(unit: &Unit, knowledge: &Knowledge<'_>, known: &mut FxHashMap<Name, bool>) {
    for name in &unit.called_anywhere {
        if !known.contains_key(name) {
            known.insert(name.clone(), knowledge.is_telling(name));
        }
    }
}
