//! Unified diffs, as `git diff`, `diff -u` and mails carry them, to the lines that they bring.

mod names;

use super::lines::FileChanges;
pub(super) use names::path_of;
use std::path::PathBuf;

/// What a patch says of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FilePatch {
    /// The path after the patch, without the prefixes that programs put before it.
    pub path: PathBuf,
    pub is_new: bool,
    pub hunks: Vec<Hunk>,
}

/// A stretch of the file after the patch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hunk {
    /// Where the stretch begins, from 1; one line earlier if it is empty.
    start: u32,
    /// Its lines: where they stand in the patch, whether they are new, their text.
    lines: Vec<(usize, bool, String)>,
    /// After how many of them lines were removed that nothing replaces.
    removed: Vec<u32>,
}

impl FilePatch {
    /// The lines that it brings, and the places that it empties.
    pub fn changes(&self) -> FileChanges {
        let mut changes = FileChanges { is_new: self.is_new, ..FileChanges::default() };
        for hunk in &self.hunks {
            let numbered = hunk.lines.iter().enumerate().filter(|(_, (_, is_new, _))| *is_new);
            for line in numbered.map(|(at, _)| hunk.start.saturating_add(at as u32)) {
                match changes.added.last_mut() {
                    Some(last) if line == last.end().saturating_add(1) => *last = *last.start()..=line,
                    _ => changes.added.push(line..=line),
                }
            }
            let before = if hunk.lines.is_empty() { hunk.start } else { hunk.start.saturating_sub(1) };
            changes.removed_after.extend(hunk.removed.iter().map(|count| before.saturating_add(*count)));
        }
        changes.added.sort_by_key(|lines| *lines.start());
        changes.removed_after.sort_unstable();
        changes
    }

    /// Whether the patch leaves any lines of the file to be seen.
    pub fn has_text(&self) -> bool {
        self.hunks.iter().any(|hunk| !hunk.lines.is_empty())
    }

    /// Whether the text holds what the patch says it does; `path` is how to name it.
    pub fn check(&self, path: &str, text: &str) -> Result<(), String> {
        let lines: Vec<&str> = text.split('\n').collect();
        for hunk in &self.hunks {
            for (at, (line, _, wanted)) in hunk.lines.iter().enumerate() {
                let number = (hunk.start as usize).saturating_add(at);
                let has = number.checked_sub(1).and_then(|at| lines.get(at));
                if has.map(|has| has.trim_end_matches('\r')) != Some(wanted) {
                    return Err(format!(
                        "line {line} does not fit line {number} of {path}: the patch must lead to the files as they are"
                    ));
                }
            }
        }
        Ok(())
    }
}

/// Reads a patch. Text around diffs is passed over, as in a mail; an empty patch changes nothing.
pub fn parse(bytes: &[u8]) -> Result<Vec<FilePatch>, String> {
    let text = String::from_utf8_lossy(bytes);
    let mut reader = Reader::default();
    let mut is_empty = true;
    for (at, line) in text.split_terminator('\n').enumerate() {
        let line = line.trim_end_matches('\r');
        is_empty &= line.trim().is_empty();
        reader.line(at + 1, line).map_err(|message| format!("line {}: {message}", at + 1))?;
    }
    if reader.left != (0, 0) {
        return Err("ends inside a hunk".to_owned());
    }
    reader.finish_file();
    if !is_empty && !reader.has_diff {
        let is_coloured = text.contains("\x1b[");
        let hint = if is_coloured { " without colours (`git diff --no-color` writes one)" } else { "" };
        return Err(format!("holds no unified diff{hint}"));
    }
    Ok(reader.files)
}

#[derive(Default)]
struct Reader {
    files: Vec<FilePatch>,
    /// Whether anything was a diff, be it of a binary file.
    has_diff: bool,
    /// The line that begins git's account of a file.
    git: Option<String>,
    old: Option<String>,
    new: Option<String>,
    is_new: bool,
    hunks: Vec<Hunk>,
    /// How many lines the hunk still owes, of the old and of the new text.
    left: (u32, u32),
    /// Whether lines were removed that nothing has replaced so far.
    removing: bool,
}

impl Reader {
    fn line(&mut self, at: usize, line: &str) -> Result<(), String> {
        if self.left != (0, 0) {
            return self.hunk_line(at, line);
        }
        if line.starts_with("diff --git ") {
            self.finish_file();
            self.has_diff = true;
            self.git = Some(line.to_owned());
        } else if line.starts_with("diff --cc ") || line.starts_with("diff --combined ") {
            return Err("is a combined diff of a merge; compare with one parent".to_owned());
        } else if let Some(path) = line.strip_prefix("--- ") {
            if self.new.is_some() {
                self.finish_file();
            }
            self.old = Some(names::name(path));
        } else if let (Some(path), Some(_), None) = (line.strip_prefix("+++ "), &self.old, &self.new) {
            self.has_diff = true;
            self.new = Some(names::name(path));
        } else if line.starts_with("@@ ") && self.new.is_some() {
            self.begin(line)?;
        } else if line.starts_with("@@ -") {
            return Err("a hunk without the names of its file (`---` and `+++`) before it".to_owned());
        } else if let (Some((old, new)), Some(_)) = (names::of_binary(line), &self.git) {
            // Of a file that git was told to take for binary nothing is known but that it changed.
            (self.old, self.new, self.is_new) = (Some(old), Some(new), true);
        } else if self.git.is_some() && (line.starts_with("new file mode ") || line.starts_with("copy to ")) {
            self.is_new = true;
        }
        Ok(())
    }

    /// `@@ -old,count +new,count @@`, a count of 1 left out.
    fn begin(&mut self, line: &str) -> Result<(), String> {
        let wrong = || format!("`{line}` is no head of a hunk");
        let mut words = line.split(' ').skip(1);
        let old = words.next().and_then(|word| range(word.strip_prefix('-')?)).ok_or_else(wrong)?;
        let new = words.next().and_then(|word| range(word.strip_prefix('+')?)).ok_or_else(wrong)?;
        if words.next() != Some("@@") {
            return Err(wrong());
        }
        self.left = (old.1, new.1);
        self.removing = false;
        self.hunks.push(Hunk { start: new.0, ..Hunk::default() });
        Ok(())
    }

    fn hunk_line(&mut self, at: usize, line: &str) -> Result<(), String> {
        let Some(hunk) = self.hunks.last_mut() else { return Ok(()) };
        let count = hunk.lines.len() as u32;
        // Mailers take the space of an empty line away.
        let (sign, text) = line.split_at_checked(1).unwrap_or((" ", ""));
        let too_many = || "the hunk has more lines than its head says".to_owned();
        let take = |left: &mut u32| left.checked_sub(1).map(|less| *left = less).ok_or_else(too_many);
        match sign {
            " " => {
                take(&mut self.left.0)?;
                take(&mut self.left.1)?;
                hunk.lines.push((at, false, text.to_owned()));
            }
            "-" => take(&mut self.left.0)?,
            "+" => {
                take(&mut self.left.1)?;
                hunk.lines.push((at, true, text.to_owned()));
            }
            // `\ No newline at end of file`
            "\\" => return Ok(()),
            _ => return Err("a line of a hunk begins with a space, `+`, `-` or `\\`".to_owned()),
        }
        // Lines that come in the place of others are new themselves.
        let was_removing = std::mem::replace(&mut self.removing, sign == "-");
        if was_removing && sign == " " {
            hunk.removed.push(count);
        }
        if self.left == (0, 0) && self.removing {
            let has_added = hunk.lines.last().is_some_and(|(line, is_new, _)| *is_new && line + 1 == at);
            if !has_added {
                hunk.removed.push(count);
            }
        }
        Ok(())
    }

    fn finish_file(&mut self) {
        let (git, old, new) = (self.git.take(), self.old.take(), self.new.take());
        let (is_new, hunks) = (std::mem::take(&mut self.is_new), std::mem::take(&mut self.hunks));
        // Without `+++` nothing but the mode or the name changed, or the file is binary.
        let Some(new) = new.filter(|new| new != names::NOWHERE) else { return };
        let old = old.unwrap_or_default();
        let is_new = is_new || old == names::NOWHERE;
        let path = PathBuf::from(names::stripped(git.as_deref(), &old, &new));
        self.files.push(FilePatch { path, is_new, hunks });
    }
}

/// `12,3` or `12`.
fn range(word: &str) -> Option<(u32, u32)> {
    let (start, count) = word.split_once(',').unwrap_or((word, "1"));
    Some((start.parse().ok()?, count.parse().ok()?))
}

#[cfg(test)]
mod tests;
