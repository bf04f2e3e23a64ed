//! The files of a run as git's index has them, which is what a commit will hold.

use super::git::{command, missing, names, root, run, told};
use super::lines::outside;
use super::whole;
use crate::discover::{self, Found};
use crate::engine::{Input, Problem};
use crate::syntax;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;

/// Exchanges texts for those of the index: files that it does not hold are left out, files that are
/// only there come in. What the texts stand among (manifests, schemas, links) is still that of the
/// working tree.
pub fn as_staged(mut found: Found, arguments: &[PathBuf], here: &Path) -> Result<Found, String> {
    let root = root(here)?;
    let within = whole(&root);
    if let Some(path) = arguments.iter().find(|path| !whole(path).starts_with(&within)) {
        return Err(outside(path, &root));
    }
    let index = entries(&root)?;
    let differing = run(&root, &["diff-files", "--name-only", "-z", "--ignore-submodules=all"]);
    let differing: BTreeSet<PathBuf> =
        names(&differing.map_err(told)?).map(|name| whole(&root.join(name))).collect();
    found.inputs.retain(|input| index.contains_key(&whole(&input.path)));
    // A file that cannot be read in the working tree may be sound in the index.
    let is_exchanged = |problem: &Problem| differing.contains(&whole(&problem.path));
    found.problems.retain(|problem| index.contains_key(&whole(&problem.path)) && !is_exchanged(problem));
    found.bad_arguments.retain(|problem| !is_exchanged(problem));
    let present: BTreeSet<PathBuf> = found.inputs.iter().map(|input| whole(&input.path)).collect();
    let wanted: Vec<PathBuf> = arguments.iter().map(|argument| whole(argument)).collect();
    let is_wanted = |path: &Path| {
        let below = wanted.iter().any(|argument| path.starts_with(argument));
        let is_source = syntax::language(path).is_some();
        present.contains(path)
            || (below && is_source && !path.exists() && discover::is_written_by_hand(path, &root))
    };
    let exchanged: Vec<(&PathBuf, &str)> = differing
        .iter()
        .filter(|path| is_wanted(path))
        .filter_map(|path| Some((path, index.get(path)?.as_str())))
        .collect();
    let texts = blobs(&root, &exchanged)?;
    found.inputs.retain(|input| !differing.contains(&whole(&input.path)));
    for (path, bytes) in texts {
        let path = discover::shown(&path);
        match discover::text_of(bytes) {
            Ok(text) => found.inputs.push(Input { path, text: text.into() }),
            Err((position, message)) => found.problems.push(Problem { path, position, message }),
        }
    }
    found.inputs.sort_by(|one, other| one.path.cmp(&other.path));
    found.problems.sort();
    Ok(found)
}

/// The blob of each ordinary file of the index.
fn entries(root: &Path) -> Result<BTreeMap<PathBuf, String>, String> {
    let list = run(root, &["ls-files", "--stage", "-z"]).map_err(told)?;
    let mut entries = BTreeMap::new();
    for entry in list.split(|byte| *byte == 0).filter(|entry| !entry.is_empty()) {
        // `mode blob stage<TAB>path`
        let Some(tab) = entry.iter().position(|byte| *byte == b'\t') else { continue };
        let (about, path) = entry.split_at(tab);
        let about = String::from_utf8_lossy(about);
        let path = whole(&root.join(super::patch::path_of(path.get(1..).unwrap_or_default())));
        match about.split(' ').collect::<Vec<_>>()[..] {
            [mode, blob, "0"] if mode.starts_with("100") => {
                entries.insert(path, blob.to_owned());
            }
            [_, _, "0"] => {}
            _ => return Err(format!("{}: is in conflict in the index", discover::shown(&path).display())),
        }
    }
    Ok(entries)
}

/// The bytes of blobs, by one run of git.
fn blobs(root: &Path, wanted: &[(&PathBuf, &str)]) -> Result<Vec<(PathBuf, Vec<u8>)>, String> {
    if wanted.is_empty() {
        return Ok(Vec::new());
    }
    let mut git = command(root);
    git.args(["cat-file", "--batch"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = git.spawn().map_err(|error| missing(&error))?;
    let (Some(mut asks), Some(answers)) = (child.stdin.take(), child.stdout.take()) else {
        return Err("cannot talk to `git`".to_owned());
    };
    let questions: String = wanted.iter().map(|(_, blob)| format!("{blob}\n")).collect();
    let texts = std::thread::scope(|scope| {
        // From a thread of its own: git answers before it has read all, and would wait for us.
        scope.spawn(move || asks.write_all(questions.as_bytes()));
        let mut answers = BufReader::new(answers);
        wanted.iter().map(|(path, _)| Ok(((*path).clone(), answer(&mut answers)?))).collect()
    });
    let _ = child.wait();
    texts
}

/// `blob SHA SIZE`, the bytes, a newline.
fn answer(answers: &mut impl BufRead) -> Result<Vec<u8>, String> {
    let wrong = || "git does not give a file of its index".to_owned();
    let mut head = String::new();
    answers.read_line(&mut head).map_err(|_| wrong())?;
    let mut words = head.split_whitespace().skip(1);
    let (Some("blob"), Some(size)) = (words.next(), words.next()) else { return Err(wrong()) };
    let size: u64 = size.parse().map_err(|_| wrong())?;
    let mut bytes = Vec::new();
    answers.take(size + 1).read_to_end(&mut bytes).map_err(|_| wrong())?;
    if bytes.len() as u64 != size + 1 {
        return Err(wrong());
    }
    bytes.pop();
    Ok(bytes)
}
