//! Fixes to new text: picks fixes that do not touch each other, applies their edits, and puts the
//! result in the file's place in one step.

use crate::book::api::Applicability;
use crate::finding::{Edit, Finding, Fix};
use crate::source::{FileId, Sources};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The texts that applying fixes gives, by file, and how many fixes went in.
#[derive(Debug, Default, PartialEq)]
pub struct Rewritten {
    pub texts: BTreeMap<FileId, String>,
    pub applied: usize,
}

/// The first fix of a finding that is safe enough to apply.
pub fn applicable(finding: &Finding, allowed: Applicability) -> Option<&Fix> {
    finding.fixes.iter().find(|fix| fix.applicability <= allowed && !fix.edits.is_empty())
}

/// Applies one fix a finding, in the order of findings; a fix that touches an earlier one waits for
/// the next round.
pub fn rewrite(findings: &[Finding], sources: &Sources, allowed: Applicability) -> Rewritten {
    let (chosen, applied) = chosen(findings, allowed);
    let texts = chosen.into_iter().filter_map(|(file, edits)| {
        let text = &sources.files.get(file.0 as usize)?.text;
        Some((file, apply(text, edits)?))
    });
    Rewritten { texts: texts.collect(), applied }
}

/// The edits of one fix a finding that do not touch each other, by file, and of how many fixes.
pub fn chosen(findings: &[Finding], allowed: Applicability) -> (BTreeMap<FileId, Vec<&Edit>>, usize) {
    let mut chosen: BTreeMap<FileId, Vec<&Edit>> = BTreeMap::new();
    // Where the chosen edits of each file begin, and where they end.
    let mut taken: BTreeMap<FileId, BTreeMap<u32, u32>> = BTreeMap::new();
    let mut applied = 0;
    for fix in findings.iter().filter_map(|finding| applicable(finding, allowed)) {
        let Some(file) = fix.edits.first().map(|edit| edit.span.file) else { continue };
        let taken = taken.entry(file).or_default();
        let one_file = fix.edits.iter().all(|edit| edit.span.file == file);
        let free = fix.edits.iter().all(|edit| !touches(taken, edit));
        if one_file && free {
            taken.extend(fix.edits.iter().map(|edit| (edit.span.start, edit.span.end)));
            chosen.entry(file).or_default().extend(&fix.edits);
            applied += 1;
        }
    }
    (chosen, applied)
}

/// Those taken do not touch each other: the last that begins before the edit ends tells.
fn touches(taken: &BTreeMap<u32, u32>, edit: &Edit) -> bool {
    taken.range(..=edit.span.end).next_back().is_some_and(|(_, end)| edit.span.start <= *end)
}

/// The text after edits; `None` if they overlap or lie outside it. New lines end as the text's do.
pub fn apply<'a>(text: &str, edits: impl IntoIterator<Item = &'a Edit>) -> Option<String> {
    let mut edits: Vec<&Edit> = edits.into_iter().collect();
    edits.sort_by_key(|edit| (edit.span.start, edit.span.end));
    let mut result = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        result.push_str(text.get(at..start)?);
        text.get(start..end)?;
        result.push_str(&ended_as(text, &edit.text));
        at = end;
    }
    result.push_str(text.get(at..)?);
    Some(result)
}

/// Words to put into a text, with lines that end as the text's do.
pub fn ended_as<'w>(text: &str, words: &'w str) -> Cow<'w, str> {
    if words.contains('\n') && uses_crlf(text) {
        return Cow::Owned(words.replace("\r\n", "\n").replace('\n', "\r\n"));
    }
    Cow::Borrowed(words)
}

/// Whether most lines end in a carriage return and a newline.
fn uses_crlf(text: &str) -> bool {
    let both = text.matches("\r\n").count();
    both > 0 && both * 2 > text.matches('\n').count()
}

/// Puts `new` in the place of a file that must still hold `old`, in one step: readers see the one
/// or the other. Permissions stay; a symbolic link stays one.
pub fn replace(path: &Path, old: &str, new: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let permissions = File::open(&path)?.metadata()?.permissions();
    let (temporary, mut file) = beside(&path)?;
    let written = file
        .set_permissions(permissions)
        .and_then(|()| file.write_all(new.as_bytes()))
        .and_then(|()| file.sync_all())
        .and_then(|()| unchanged(&path, old))
        // toctou-lint: ignore[fs-check-then-create] -- an editor may save in between; nothing closes that
        .and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        // Best effort: the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Puts a report in its place in one step, folders around it made where they are missing. What is
/// no ordinary file (a pipe, a device) is written to as it is.
pub fn put(path: &Path, text: &str) -> io::Result<()> {
    // Where a link leads is what is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let present = fs::metadata(&path).ok();
    if present.as_ref().is_some_and(|present| !present.is_file()) {
        // Should a file have taken its place, it is written to and no longer replaced in one step.
        return OpenOptions::new().write(true).open(&path)?.write_all(text.as_bytes());
    }
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let (temporary, mut file) = beside(&path)?;
    let written = match present {
        Some(present) => file.set_permissions(present.permissions()),
        None => Ok(()),
    };
    let written = written
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        // Best effort: the first error is the one to tell.
        let _ = fs::remove_file(&temporary);
    }
    written
}

/// Looked at as late as can be: no file system offers to replace a file only if it holds a text.
fn unchanged(path: &Path, old: &str) -> io::Result<()> {
    if fs::read(path)? == old.as_bytes() {
        Ok(())
    } else {
        Err(io::Error::other("has changed since it was analysed; left as it is"))
    }
}

/// A new file in the same folder, so that the last step is a rename within one file system.
fn beside(path: &Path) -> io::Result<(PathBuf, File)> {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    loop {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let temporary = path.with_file_name(format!(".{name}.toctou-lint-{}-{number}", std::process::id()));
        match OpenOptions::new().write(true).create_new(true).open(&temporary) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && number < 1000 => {}
            Err(error) => return Err(error),
            Ok(file) => return Ok((temporary, file)),
        }
    }
}

/// A unified diff with the usual header; empty if nothing changed.
pub fn diff(path: &Path, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let path = path.to_string_lossy();
    let path = path.trim_start_matches('/');
    similar::TextDiff::from_lines(old, new)
        .unified_diff()
        .context_radius(3)
        .header(&format!("a/{path}"), &format!("b/{path}"))
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn edit(start: usize, end: usize, text: &str) -> Edit {
        Edit { span: Span::new(FileId(0), start, end), text: text.to_owned() }
    }

    #[test]
    fn edits_apply_in_any_order_and_never_overlap() {
        assert_eq!(apply("abcd", &[edit(2, 3, "X"), edit(0, 1, "Y")]).as_deref(), Some("YbXd"));
        assert_eq!(apply("abcd", &[edit(0, 2, "X"), edit(1, 3, "Y")]), None);
        assert_eq!(apply("abcd", &[edit(3, 9, "X")]), None);
        assert_eq!(apply("é", &[edit(1, 2, "X")]), None);
    }

    #[test]
    fn new_lines_end_as_the_others_do() {
        assert_eq!(apply("a\r\nb\r\n", &[edit(0, 1, "x\ny")]).as_deref(), Some("x\r\ny\r\nb\r\n"));
    }

    #[test]
    fn a_file_that_changed_meanwhile_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ts");
        fs::write(&path, "new").unwrap();
        assert!(replace(&path, "old", "mine").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "the temporary file is gone");
    }

    #[test]
    fn permissions_and_links_stay() {
        use std::os::unix::fs::{PermissionsExt, symlink};
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.ts");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        let link = folder.path().join("link.ts");
        symlink(&path, &link).unwrap();
        replace(&link, "old", "new").unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o755);
        assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    }

    #[test]
    fn a_diff_is_unified() {
        let diff = diff(Path::new("a.ts"), "a\nb\n", "a\nc\n");
        assert_eq!(diff, "--- a/a.ts\n+++ b/a.ts\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n");
    }
}
