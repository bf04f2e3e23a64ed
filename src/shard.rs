//! A run spread over machines: what each of them found of its share, in a file, and all of these
//! together as one run.
//!
//! Each shard reads all files, since a function may be called from anywhere, and examines those that
//! fall to it by their paths. What must see the whole is left to whoever joins the files: which of
//! several findings about one act stands, levels, suppressions, baselines, limits and the order.

use crate::book::Book;
use crate::cache::entry::{self, Entry};
use crate::cache::{BUILD, digest};
use crate::engine::part::{self, Part};
use crate::engine::{Input, Options, Report};
use crate::source::{Glance, SourceFile, Sources};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The first of three: `1/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// From 1.
    pub number: u32,
    pub of: u32,
}

/// More machines than this share no run.
const MOST: u32 = 4096;

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Shard, String> {
        let wrong = || format!("`{text}` is no share: the first of three is `1/3`");
        let (number, of) = text.split_once('/').ok_or_else(wrong)?;
        let (number, of) = (number.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
        if number == 0 || number > of || of > MOST {
            return Err(wrong());
        }
        Ok(Shard { number, of })
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.of)
    }
}

impl Shard {
    /// Whether a file falls to it: by its path alone, so that no list has to be passed around.
    pub fn holds(self, path: &Path) -> bool {
        let spelled = path.to_string_lossy().replace('\\', "/");
        let hash = blake3::hash(spelled.as_bytes());
        let first: [u8; 8] = hash.as_bytes()[..8].try_into().unwrap_or_default();
        u64::from_le_bytes(first) % u64::from(self.of) == u64::from(self.number - 1)
    }
}

/// What was looked at, and how: parts of one run agree in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// The arguments, as they were given.
    pub paths: Vec<PathBuf>,
    pub no_ignore: bool,
    pub no_prefilter: bool,
}

/// What tells whether two looks were at the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Seal {
    /// Digest of all paths and texts.
    files: [u8; 32],
    /// Digest of manifests, schemas and databases.
    manifests: [u8; 32],
    no_notes: bool,
}

impl Seal {
    fn of(inputs: &[Input], options: &Options) -> Seal {
        let hash = |input: &Input| {
            let glance = input.text.glance().copied();
            (input.path.clone(), glance.unwrap_or_else(|| Glance::of(&input.text)).hash)
        };
        let files: Vec<(PathBuf, [u8; 32])> = inputs.par_iter().map(hash).collect();
        Seal { files: digest(&files), manifests: digest(&options.manifests), no_notes: options.no_notes }
    }
}

/// The file that a shard leaves.
#[derive(Serialize, Deserialize)]
struct Leaf {
    shard: Shard,
    scope: Scope,
    seal: Seal,
    part: Part,
}

/// Examines the share of a shard and writes what was found; the number of files that were looked at.
pub fn write(
    to: &Path,
    shard: Shard,
    scope: Scope,
    inputs: Vec<Input>,
    book: &Book,
    options: &Options,
) -> Result<usize, String> {
    let seal = Seal::of(&inputs, options);
    let share = |path: &Path| shard.holds(path);
    let count = inputs.iter().filter(|input| share(&input.path)).count();
    let work = || part::examine(inputs, book, options, &share);
    let (part, _) = catch_unwind(AssertUnwindSafe(work))
        .map_err(|_| format!("{}the analysis panicked; please report it", crate::session::INTERNAL))?;
    let leaf = Leaf { shard, scope, seal, part };
    let written = entry::write_plain(to, &key(book), [&entry::encoded(&leaf), &[]]);
    let told =
        |error: io::Error| format!("{}: cannot be written: {}", to.display(), crate::discover::plain(&error));
    written.map_err(told).map(|()| count)
}

/// What only this build, with these pages, can read.
fn key(book: &Book) -> [u8; 32] {
    digest(&("shard", BUILD, book.digest))
}

/// The parts of a run, all of them.
pub struct Parts {
    scope: Scope,
    seal: Seal,
    parts: Vec<Part>,
}

/// What a part looked at, before its pages are known.
pub fn scope(path: &Path) -> Result<Scope, String> {
    let told = |why: &str| format!("{}: {why}", path.display());
    let mut entry = Entry::any(path)
        .map_err(|error| told(&format!("cannot be read: {}", crate::discover::plain(&error))))?;
    let leaf: Option<Leaf> = entry.as_mut().and_then(|entry| entry.part(0));
    Ok(leaf.ok_or_else(|| told("is no part of a run that this build of toctou-lint made"))?.scope)
}

/// Reads parts and sees whether they are one run.
pub fn read(paths: &[PathBuf], book: &Book) -> Result<Parts, String> {
    let mut found: Vec<(Shard, &PathBuf, Part)> = Vec::new();
    let mut first: Option<(Scope, Seal, u32, &PathBuf)> = None;
    for path in paths {
        let leaf: Option<Leaf> = Entry::open(path, &key(book)).and_then(|mut entry| entry.part(0));
        let Some(Leaf { shard, scope, seal, part }) = leaf else {
            return Err(format!(
                "{}: is no part made by this build of toctou-lint with these pages",
                path.display()
            ));
        };
        match &first {
            None => first = Some((scope, seal, shard.of, path)),
            Some(one) if (&one.0, one.1, one.2) != (&scope, seal, shard.of) => {
                let (one, path) = (one.3.display(), path.display());
                return Err(format!(
                    "{path}: is part of another run than {one}: other files, options or number of shards"
                ));
            }
            Some(_) => {}
        }
        found.push((shard, path, part));
    }
    let Some((scope, seal, of, _)) = first else { return Err("no parts are named".to_owned()) };
    found.sort_by_key(|(shard, ..)| *shard);
    for number in 1..=of {
        let mut all = found.iter().filter(|(shard, ..)| shard.number == number);
        match (all.next(), all.next()) {
            (None, _) => return Err(format!("the part of shard {number}/{of} is missing")),
            (Some((_, one, _)), Some((_, other, _))) => {
                let (one, other) = (one.display(), other.display());
                return Err(format!("{one} and {other} are both the part of shard {number}/{of}"));
            }
            (Some(_), None) => {}
        }
    }
    Ok(Parts { scope, seal, parts: found.into_iter().map(|(_, _, part)| part).collect() })
}

impl Parts {
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// Whether the files are those that the shards looked at.
    pub fn verify(&self, inputs: &[Input], options: &Options) -> Result<(), String> {
        let seal = Seal::of(inputs, options);
        if seal.no_notes != self.seal.no_notes {
            let (more, less) = if seal.no_notes { ("the shards", "merge") } else { ("merge", "the shards") };
            return Err(format!("notes were asked of {more} and not of {less}: give both the same options"));
        }
        let differs = |what| Err(format!("{what} are not those that the shards looked at"));
        if seal.files != self.seal.files {
            return differs("the files here");
        }
        if seal.manifests != self.seal.manifests {
            differs("manifests, schemas or configuration here")
        } else {
            Ok(())
        }
    }

    /// What a run over the files from the start would say.
    pub fn report(self, inputs: Vec<Input>) -> Report {
        let mut sources = Sources::default();
        for input in inputs {
            sources.add(SourceFile::new(input.path, input.text));
        }
        part::joined(self.parts, sources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_spelled_strictly() {
        assert_eq!("2/3".parse(), Ok(Shard { number: 2, of: 3 }));
        for wrong in ["", "1", "0/3", "4/3", "1/0", "a/b", "-1/3", "1/3/5", "1/5000"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn every_file_falls_to_one_shard() {
        for of in 1..6 {
            for at in 0..200 {
                let path = PathBuf::from(format!("src/m{at}.ts"));
                let holds = (1..=of).filter(|number| Shard { number: *number, of }.holds(&path)).count();
                assert_eq!(holds, 1);
            }
        }
    }
}
