//! Which lines are new, and whether a finding lies on one.

use super::whole;
use crate::finding::{Finding, Label, LabelRole};
use crate::source::{SourceFile, Sources, Span};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// What changed, by absolute path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    files: BTreeMap<PathBuf, FileChanges>,
    /// The folder that all of it is in, if git says it.
    root: Option<PathBuf>,
}

/// What changed in one file, in the lines that it has now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileChanges {
    /// The file is new, so that all its lines are.
    pub is_new: bool,
    /// Stretches of lines that are new, in order, apart from each other.
    pub added: Vec<RangeInclusive<u32>>,
    /// After which lines others were removed and none put in their place, in order.
    pub removed_after: Vec<u32>,
}

impl Changes {
    /// Collects files; one that is named twice has the changes of both.
    pub fn of(files: impl IntoIterator<Item = (PathBuf, FileChanges)>) -> Changes {
        let mut changes = Changes::default();
        for (path, more) in files {
            let file = changes.files.entry(path).or_default();
            file.is_new |= more.is_new;
            file.added.extend(more.added);
            file.added.sort_by_key(|lines| (*lines.start(), *lines.end()));
            file.removed_after.extend(more.removed_after);
            file.removed_after.sort_unstable();
        }
        changes
    }

    /// The same, of this working tree and no other.
    pub fn within(mut self, root: &Path) -> Changes {
        self.root = Some(whole(root));
        self
    }

    /// Whether they can speak of all files: of one that is elsewhere nobody knows what is new.
    pub fn check(&self, sources: &Sources) -> Result<(), String> {
        let Some(root) = &self.root else { return Ok(()) };
        match sources.files.iter().find(|file| !whole(&file.path).starts_with(root)) {
            Some(file) => Err(outside(&file.path, root)),
            None => Ok(()),
        }
    }

    /// Whether check, window, act, guard or a call on the way lies on a new line, in whichever file,
    /// or lines were removed around or between them: a lock that is gone leaves no new line.
    pub fn touch(&self, finding: &Finding, sources: &Sources) -> bool {
        let labels = || std::iter::once(&finding.act).chain(&finding.labels);
        let mut reach: BTreeMap<crate::source::FileId, (u32, u32)> = BTreeMap::new();
        for label in labels() {
            let file = sources.file(label.span.file);
            let (first, last) = lines(label, file);
            if self.file(file).is_some_and(|changes| changes.touch(first, last)) {
                return true;
            }
            let reach = reach.entry(label.span.file).or_insert((first, last));
            *reach = (reach.0.min(first), reach.1.max(last));
        }
        reach.into_iter().any(|(file, (first, last))| {
            self.file(sources.file(file)).is_some_and(|changes| changes.lack(first, last))
        })
    }

    /// Whether a line is new.
    pub fn has_line(&self, file: &SourceFile, line: u32) -> bool {
        self.file(file).is_some_and(|changes| changes.touch(line, line))
    }

    /// The same changes in the lines of a text that came from `old` by rewriting: what replaces a
    /// new line is new.
    pub fn follow(&mut self, old: &SourceFile, new: &str) {
        let Some(file) = self.files.get_mut(&whole(&old.path)).filter(|file| !file.is_new) else { return };
        let diff = similar::TextDiff::from_lines(old.text.as_str(), new);
        let mut moved = FileChanges::default();
        for operation in diff.ops() {
            let (before, after) = (operation.old_range(), operation.new_range());
            let is_equal = operation.tag() == similar::DiffTag::Equal;
            for (offset, line) in after.enumerate() {
                let (first, last) = match is_equal {
                    true => (before.start + offset + 1, before.start + offset + 1),
                    // An insertion is as new as the lines around it.
                    false => (before.start.max(1), before.end.max(before.start + 1)),
                };
                if file.touch(first as u32, last as u32) {
                    moved.added.push(line as u32 + 1..=line as u32 + 1);
                }
                if is_equal && file.removed_after.binary_search(&(first as u32)).is_ok() {
                    moved.removed_after.push(line as u32 + 1);
                }
            }
        }
        *file = moved;
    }

    fn file(&self, file: &SourceFile) -> Option<&FileChanges> {
        // A patch spells a name that is not UTF-8 in some other way.
        if file.path.to_str().is_none() {
            return Some(&NEW);
        }
        self.files.get(&whole(&file.path))
    }
}

/// A file of which all lines count.
static NEW: FileChanges = FileChanges { is_new: true, added: Vec::new(), removed_after: Vec::new() };

/// What is said of a file that git knows nothing of.
pub(super) fn outside(path: &Path, root: &Path) -> String {
    format!("{}: is not in the working tree {}", path.display(), root.display())
}

impl FileChanges {
    /// Whether one of the lines is new.
    fn touch(&self, first: u32, last: u32) -> bool {
        let at = self.added.partition_point(|lines| *lines.end() < first);
        self.is_new || self.added.get(at).is_some_and(|lines| *lines.start() <= last)
    }

    /// Whether lines were removed between the two, or right before or behind them.
    fn lack(&self, first: u32, last: u32) -> bool {
        let at = self.removed_after.partition_point(|line| *line + 1 < first);
        self.removed_after.get(at).is_some_and(|line| *line <= last)
    }
}

/// The lines of a label. A call on the way, a branch or a guard may hold a whole function as a
/// callback, whose other lines say nothing of this race: of these the first line counts.
fn lines(label: &Label, file: &SourceFile) -> (u32, u32) {
    let Span { start, end, .. } = label.span;
    let first = file.position(start).line;
    let last = match label.role {
        LabelRole::Check | LabelRole::Window | LabelRole::Effect | LabelRole::Act => {
            file.position(end.max(start + 1) - 1).line
        }
        LabelRole::Decision | LabelRole::Guard | LabelRole::Via => first,
    };
    (first, last)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changes(added: &[RangeInclusive<u32>], removed_after: &[u32]) -> FileChanges {
        FileChanges { is_new: false, added: added.to_vec(), removed_after: removed_after.to_vec() }
    }

    #[test]
    fn a_stretch_touches_what_it_shares_a_line_with() {
        let file = changes(&[3..=4, 9..=9], &[6]);
        let touched: Vec<u32> = (1..11).filter(|line| file.touch(*line, *line)).collect();
        assert_eq!(touched, [3, 4, 9]);
        assert!(file.touch(5, 9) && !file.touch(5, 8));
    }

    #[test]
    fn lines_removed_in_between_or_beside_are_missed() {
        let file = changes(&[], &[5]);
        assert!(file.lack(3, 9) && file.lack(6, 7) && file.lack(4, 5));
        assert!(!file.lack(7, 9) && !file.lack(2, 4));
        assert!(changes(&[], &[0]).lack(1, 2));
    }

    #[test]
    fn changes_follow_a_rewrite() {
        let old = SourceFile::new("a.ts", "a\nb\nc\nd\n".to_owned());
        let mut all = Changes::of([(whole("a.ts".as_ref()), changes(&[3..=3], &[4]))]);
        all.follow(&old, "a\nx\ny\nb\nC\nC\nd\n");
        let new = SourceFile::new("a.ts", String::new());
        let found: Vec<u32> = (1..9).filter(|line| all.has_line(&new, *line)).collect();
        assert_eq!(found, [5, 6]);
        assert_eq!(all.file(&new).unwrap().removed_after, [7]);
    }
}
