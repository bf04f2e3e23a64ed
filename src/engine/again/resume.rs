//! What an earlier run knew, held against the files as they are: what stays, what is lowered, and what
//! has to be looked at again.

use super::change::Changes;
use super::known::{Known, KnownFile, ReadFile};
use super::{Read, Start, State, hash};
use crate::engine::tables::TableReader;
use crate::engine::{Input, Options, Problem, edition, linked, macros, read, shown};
use crate::knowledge::Knowledge;
use crate::links::{Asked, Links};
use crate::program::{Edition, Language, Name};
use crate::project::outline::{Outline, marks};
use crate::project::{Lower, Unit, Units};
use crate::schema::FileTables;
use crate::source::{FileId, SourceFile, Sources};
use crate::syntax::{self, Macros};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A file as it is, on its way into the run.
#[derive(Default)]
struct Slot {
    hash: [u8; 32],
    libraries: FxHashSet<Name>,
    tables: FileTables,
    /// Its number in the earlier run.
    old: Option<FileId>,
    /// What is known of it, if it is the same and was lowered.
    known: Option<Box<ReadFile>>,
    /// Its program, if that is at hand.
    unit: Option<Unit>,
    problem: Option<Problem>,
    shows: Vec<Name>,
    /// Read only if another file imports it.
    is_aside: bool,
    is_same: bool,
    /// Its imports lead elsewhere.
    is_moved: bool,
    /// Other functions of it are worth running in place.
    tells_otherwise: bool,
    leads_to: Option<Vec<FileId>>,
}

impl Slot {
    fn is_read(&self) -> bool {
        self.known.is_some() || self.unit.is_some()
    }
}

/// Files beside what is known of them.
struct Matched {
    slots: Vec<Slot>,
    /// The new number of each earlier file.
    now: Vec<Option<FileId>>,
    /// Earlier files that are other ones now, or nowhere.
    gone: Vec<(FileId, KnownFile)>,
}

/// All that reading files takes.
struct Reader<'r> {
    inputs: Arc<Vec<Input>>,
    macros: Arc<Macros>,
    links: Links,
    knowledge: &'r Knowledge<'r>,
    options: &'r Options,
}

pub(super) fn resume(
    before: Known,
    inputs: Vec<Input>,
    knowledge: &Knowledge<'_>,
    options: &Options,
) -> Start {
    let links = Links::new(inputs.iter().map(|input| input.path.as_path()), &options.manifests);
    let macros = Arc::new(macros(knowledge.book));
    let reader = Reader { inputs: Arc::new(inputs), macros, links, knowledge, options };
    let Known { files, links: asked } = before;
    let outside: FxHashSet<Name> = files
        .iter()
        .filter_map(|file| file.read.as_ref())
        .flat_map(|read| read.shows.iter().cloned())
        .collect();
    let libraries: FxHashSet<Name> = files.iter().flat_map(|file| file.libraries.iter().cloned()).collect();
    let tables: Vec<FileTables> =
        files.iter().map(|file| &file.tables).filter(|tables| !tables.is_empty()).cloned().collect();
    let Matched { mut slots, now, mut gone } = reader.match_up(files);
    reader.find_moved(&mut slots, &now, &gone, &asked);
    reader.read(&mut slots, &now, &mut gone);
    reader.mark(&mut slots, outside);
    let all: FxHashSet<&Name> = slots.iter().flat_map(|slot| &slot.libraries).collect();
    let knows_others = all.len() != libraries.len() || !all.iter().all(|name| libraries.contains(*name));
    drop(all);
    // Any look at a row may have asked what is unique in its table.
    let says = slots.iter().map(|slot| &slot.tables).filter(|tables| !tables.is_empty());
    let knows_others = knows_others || !says.eq(&tables);
    let changes = changes(&slots, &gone, &reader.inputs);
    let is_due = |read: &ReadFile| {
        knows_others || read.found.as_ref().is_some_and(|found| changes.concern(&found.rests))
    };
    for slot in &mut slots {
        let is_other = slot.is_moved || slot.tells_otherwise;
        if let Some(known) = &mut slot.known
            && (is_other || is_due(known))
        {
            known.found = None;
        }
    }
    reader.start(slots, &now, asked)
}

impl Reader<'_> {
    /// Holds files against what is known of them.
    fn match_up(&self, files: Vec<KnownFile>) -> Matched {
        let old_of: FxHashMap<PathBuf, FileId> =
            files.iter().enumerate().map(|(at, file)| (file.path.clone(), FileId(at as u32))).collect();
        let mut now = vec![None; files.len()];
        let mut files: Vec<Option<KnownFile>> = files.into_iter().map(Some).collect();
        let mut slots: Vec<Slot> = Vec::with_capacity(self.inputs.len());
        for (at, input) in self.inputs.iter().enumerate() {
            let mut slot =
                Slot { hash: hash(input), old: old_of.get(&input.path).copied(), ..Slot::default() };
            if let Some(old) = slot.old {
                now[old.0 as usize] = Some(FileId(at as u32));
                let entry = &mut files[old.0 as usize];
                if entry.as_ref().is_some_and(|file| file.hash == slot.hash)
                    && let Some(file) = entry.take()
                {
                    slot.is_same = true;
                    slot.libraries = file.libraries.into_iter().collect();
                    slot.tables = file.tables;
                    if let Some(read) = file.read {
                        slot.shows.clone_from(&read.shows);
                        slot.problem.clone_from(&read.problem);
                        slot.known = Some(Box::new(read));
                    }
                }
            }
            slots.push(slot);
        }
        let gone = files.into_iter().enumerate();
        let gone = gone.filter_map(|(at, file)| Some((FileId(at as u32), file?))).collect();
        let tables = TableReader::new(self.knowledge);
        slots.par_iter_mut().zip(self.inputs.par_iter()).filter(|(slot, _)| !slot.is_same).for_each(
            |(slot, input)| {
                slot.libraries = self.knowledge.libraries_in(&input.text);
                slot.tables = tables.read(&input.path, &input.text);
            },
        );
        Matched { slots, now, gone }
    }

    /// Where files have come or gone, imports of others may lead elsewhere: those of a folder see the
    /// same, so all of them are taken to be concerned.
    fn find_moved(
        &self,
        slots: &mut [Slot],
        now: &[Option<FileId>],
        gone: &[(FileId, KnownFile)],
        asked: &[Asked],
    ) {
        let are_all_here = slots.iter().all(|slot| slot.old.is_some()) && now.iter().all(Option::is_some);
        if are_all_here {
            return;
        }
        let mut from: FxHashMap<&Path, FileId> = FxHashMap::default();
        for (at, input) in self.inputs.iter().enumerate() {
            from.entry(folder(&input.path)).or_insert(FileId(at as u32));
        }
        let lost: FxHashMap<FileId, &Path> =
            gone.iter().map(|(id, file)| (*id, file.path.as_path())).collect();
        let folder_of = |old: FileId| match now[old.0 as usize] {
            Some(file) => folder(&self.inputs[file.0 as usize].path),
            None => lost.get(&old).map_or(Path::new(""), |path| folder(path)),
        };
        let is_moved = |asked: &&Asked| {
            from.get(folder_of(asked.file)).is_some_and(|from| {
                // All of them are asked for, so that the next run knows what they mean now.
                asked.meanings.iter().fold(false, |is_moved, (specifier, before)| {
                    let found = self.links.file(*from, specifier);
                    is_moved
                        | match before {
                            Some(old) => now[old.0 as usize].is_none() || found != now[old.0 as usize],
                            None => found.is_some(),
                        }
                })
            })
        };
        let moved: FxHashSet<&Path> =
            asked.par_iter().filter(is_moved).map(|asked| folder_of(asked.file)).collect();
        for (slot, input) in slots.iter_mut().zip(self.inputs.iter()) {
            slot.is_moved = slot.is_same && moved.contains(folder(&input.path));
        }
    }

    /// Lowers what is new and what that wants, and lays aside what nobody wants any more.
    fn read(&self, slots: &mut [Slot], now: &[Option<FileId>], gone: &mut Vec<(FileId, KnownFile)>) {
        let options = self.options;
        let is_script = |at: usize| syntax::language(&self.inputs[at].path) == Some(Language::TypeScript);
        slots.par_iter_mut().enumerate().for_each(|(at, slot)| {
            slot.is_aside =
                options.no_notes && is_script(at) && self.knowledge.is_rough(&self.inputs[at].path);
            let Input { path, text, .. } = &self.inputs[at];
            let matters =
                || options.no_prefilter || syntax::may_declare(path, text) || self.knowledge.may_matter(text);
            if !slot.is_same && !slot.is_aside && matters() {
                self.lower(at, slot);
            }
        });
        if !options.no_notes {
            return;
        }
        let mut wanted: Vec<bool> = slots.iter().map(|slot| !slot.is_aside && slot.is_read()).collect();
        let mut fresh: Vec<usize> = (0..slots.len()).filter(|at| wanted[*at]).collect();
        while !fresh.is_empty() {
            let mut next: FxHashSet<usize> = FxHashSet::default();
            for at in std::mem::take(&mut fresh) {
                self.follow(at, &mut slots[at], now);
                let found = slots[at].leads_to.iter().flatten().map(|file| file.0 as usize);
                next.extend(found.filter(|to| slots[*to].is_aside && !wanted[*to]));
            }
            fresh = next.into_iter().collect();
            fresh.sort_unstable();
            for at in &fresh {
                wanted[*at] = true;
                if !slots[*at].is_read() {
                    self.lower(*at, &mut slots[*at]);
                }
            }
        }
        for (at, slot) in slots.iter_mut().enumerate().filter(|(at, slot)| slot.is_aside && !wanted[*at]) {
            if let (Some(known), Some(old)) = (slot.known.take(), slot.old) {
                let path = self.inputs[at].path.clone();
                gone.push((
                    old,
                    KnownFile { path, hash: slot.hash, read: Some(*known), ..KnownFile::default() },
                ));
            }
            slot.unit = None;
            (slot.shows, slot.problem) = (Vec::new(), None);
        }
    }

    /// Which files a file imports.
    fn follow(&self, at: usize, slot: &mut Slot, now: &[Option<FileId>]) {
        let id = FileId(at as u32);
        if slot.is_moved && slot.unit.is_none() {
            slot.unit = self.lowered(id).map(|mut unit| {
                if let Some(known) = &slot.known {
                    unit.telling.clone_from(&known.outline.telling);
                }
                unit
            });
        }
        let mut leads: Vec<FileId> = match (&slot.unit, &slot.known) {
            (Some(unit), _) => unit.sources().filter_map(|module| self.links.file(id, module)).collect(),
            (None, Some(known)) => {
                known.leads_to.iter().filter_map(|file| now.get(file.0 as usize).copied().flatten()).collect()
            }
            (None, None) => Vec::new(),
        };
        leads.sort_unstable();
        leads.dedup();
        slot.leads_to = Some(leads);
    }

    fn lower(&self, at: usize, slot: &mut Slot) {
        let input = &self.inputs[at];
        let (unit, error) = read::read_file(FileId(at as u32), input, &self.macros, self.options);
        let problem = |position, message| Problem { path: input.path.clone(), position, message };
        let first = unit.as_ref().and_then(|unit| unit.program.errors.first());
        slot.problem = first
            .map(|(span, message)| {
                let source = SourceFile::new(input.path.clone(), input.text.clone());
                problem(Some(source.position(span.start)), message.clone())
            })
            .or(error.map(|message| problem(None, message)));
        if let Some(unit) = &unit {
            let alone = unit.told(&|name| self.knowledge.is_telling(name), &|_| false);
            slot.shows = shown(unit, &alone).collect();
        }
        slot.unit = unit;
    }

    fn lowered(&self, file: FileId) -> Option<Unit> {
        read::read_file(file, &self.inputs[file.0 as usize], &self.macros, self.options).0
    }

    /// Marks what tells in new files, and in others that mention what began or ceased to tell.
    fn mark(&self, slots: &mut [Slot], before: FxHashSet<Name>) {
        let now: FxHashSet<Name> = slots.iter().flat_map(|slot| slot.shows.iter().cloned()).collect();
        let turned = marks(before.symmetric_difference(&now));
        let told =
            |unit: &Unit| unit.told(&|name| self.knowledge.is_telling(name), &|name| now.contains(name));
        slots.par_iter_mut().enumerate().for_each(|(at, slot)| {
            let Some(known) = &slot.known else {
                if let Some(unit) = &mut slot.unit {
                    unit.telling = told(unit);
                }
                return;
            };
            if !turned.iter().any(|mark| known.outline.may_mention(*mark)) {
                return;
            }
            let Some(mut unit) = slot.unit.take().or_else(|| self.lowered(FileId(at as u32))) else { return };
            unit.telling = told(&unit);
            slot.tells_otherwise = unit.telling != known.outline.telling;
            slot.unit = Some(unit);
        });
    }

    /// The run with what stays.
    fn start(self, slots: Vec<Slot>, now: &[Option<FileId>], asked: Vec<Asked>) -> Start {
        let mut sources = Sources::default();
        for input in self.inputs.iter() {
            sources.add(SourceFile::new(input.path.clone(), input.text.clone()));
        }
        // The next run asks these too, whether or not this one has to.
        let here = |old: FileId| now.get(old.0 as usize).copied().flatten();
        for Asked { file, meanings } in &asked {
            if let Some(file) = here(*file) {
                let meanings = meanings.iter();
                let meanings =
                    meanings.map(|(specifier, target)| (specifier.as_str(), target.and_then(here)));
                self.links.learn(file, meanings);
            }
        }
        let (mut programs, mut states) = (Vec::new(), Vec::new());
        for slot in slots {
            let is_read = slot.is_read();
            let (mut outline, mut found): (Option<Outline>, _) = (None, None);
            if let Some(known) = slot.known {
                // With other marks the outline is another one, too.
                outline = (!slot.tells_otherwise).then_some(known.outline);
                found = known.found.and_then(|found| found.renumbered(now));
            }
            programs.push((slot.unit, outline));
            let (shows, problem, leads_to) = (slot.shows, slot.problem, slot.leads_to);
            let read = is_read.then_some(Read { shows, problem, found, leads_to });
            states.push(State { hash: slot.hash, libraries: slot.libraries, tables: slot.tables, read });
        }
        let libraries: Vec<FxHashSet<Name>> = states.iter().map(|state| state.libraries.clone()).collect();
        let tables: Vec<FileTables> = states.iter().map(|state| state.tables.clone()).collect();
        let units = Units::partly(programs, lower_later(&self.inputs, &self.macros, self.options));
        let project =
            linked(units, self.links, (&libraries, &tables), &sources, self.knowledge, self.options);
        Start { sources, project, states }
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// Lowers a file when it is first asked for.
fn lower_later(inputs: &Arc<Vec<Input>>, macros: &Arc<Macros>, options: &Options) -> Lower {
    let rust = |input: &Input| syntax::language(&input.path) == Some(Language::Rust);
    let editions: Vec<Edition> = inputs
        .iter()
        .map(|input| if rust(input) { edition(options, input) } else { Edition::default() })
        .collect();
    let (inputs, macros) = (inputs.clone(), macros.clone());
    Box::new(move |file: FileId| {
        let at = file.0 as usize;
        read::read_as(file, inputs.get(at)?, &macros, *editions.get(at)?).0
    })
}

/// What others may have been told of files that say something else now.
fn changes(slots: &[Slot], gone: &[(FileId, KnownFile)], inputs: &[Input]) -> Changes {
    let mut changes = Changes::default();
    let mut before: FxHashMap<FileId, &Outline> = FxHashMap::default();
    for (old, file) in gone {
        changes.add_file(*old);
        if let Some(read) = &file.read {
            before.insert(*old, &read.outline);
        }
    }
    for (slot, input) in slots.iter().zip(inputs) {
        let was = slot.old.and_then(|old| before.remove(&old));
        let is_new = slot.known.is_none() && slot.unit.is_some();
        let is_other = slot.is_moved || slot.tells_otherwise || !slot.is_same || is_new;
        if let Some(old) = slot.old.filter(|_| is_other) {
            changes.add_file(old);
        }
        match (&slot.known, &slot.unit) {
            (Some(_), _) => {}
            (None, Some(unit)) => changes.add(was, Some(&Outline::of(unit, &input.text))),
            (None, None) => changes.add(was, None),
        }
    }
    // Of files that are nowhere any more.
    before.values().for_each(|outline| changes.add(Some(outline), None));
    changes
}
