//! Files as text, spans into them, and line and column counting.

mod shift;
mod text;

use serde::{Deserialize, Serialize};
pub use shift::Shift;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
pub use text::{Glance, MARK, Text};

/// Index into [`Sources::files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FileId(pub u32);

/// A stretch of one file in bytes, `end` exclusive: the only way back to text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Span {
    pub file: FileId,
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(file: FileId, start: usize, end: usize) -> Span {
        Span { file, start: start as u32, end: end as u32 }
    }

    /// The smallest span that holds both; `other` must be of the same file.
    pub fn to(self, other: Span) -> Span {
        Span { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    pub fn contains(self, other: Span) -> bool {
        self.file == other.file && self.start <= other.start && other.end <= self.end
    }
}

/// One source file in memory.
#[derive(Debug)]
pub struct SourceFile {
    /// As given or found, with forward slashes, relative to where the run started if possible.
    pub path: PathBuf,
    pub text: Text,
    /// Where lines begin, found when first asked for: most files are never asked.
    line_starts: OnceLock<Vec<u32>>,
    /// Counted once, when first asked for: `"` more often than `'`.
    prefers_double: OnceLock<bool>,
}

/// A place as people write it; both count from 1. `column` counts characters (not bytes).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Position {
    pub line: u32,
    pub column: u32,
}

impl SourceFile {
    pub fn new(path: impl Into<PathBuf>, text: impl Into<Text>) -> SourceFile {
        let text = text.into();
        SourceFile { path: path.into(), text, line_starts: OnceLock::new(), prefers_double: OnceLock::new() }
    }

    fn line_starts(&self) -> &[u32] {
        self.line_starts.get_or_init(|| {
            let newlines = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0).chain(newlines.map(|at| at as u32 + 1)).collect()
        })
    }

    /// Whether the file has more double quotes than single ones.
    pub fn prefers_double_quotes(&self) -> bool {
        let count = |quote: u8| self.text.bytes().filter(|byte| *byte == quote).count();
        *self.prefers_double.get_or_init(|| count(b'"') > count(b'\''))
    }

    /// The 1-based line and column of a byte offset; past the end, those of the end.
    pub fn position(&self, offset: u32) -> Position {
        let mut offset = (offset as usize).min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line_starts = self.line_starts();
        let line = line_starts.partition_point(|start| *start as usize <= offset) - 1;
        let before = &self.text[line_starts[line] as usize..offset];
        Position { line: line as u32 + 1, column: before.chars().count() as u32 + 1 }
    }

    /// The byte range of a 1-based line, without its line ending; `None` past the last line.
    pub fn line_range(&self, line: u32) -> Option<std::ops::Range<usize>> {
        let at = (line as usize).checked_sub(1)?;
        let line_starts = self.line_starts();
        let start = *line_starts.get(at)? as usize;
        let end = line_starts.get(at + 1).map_or(self.text.len(), |next| *next as usize);
        let line = self.text[start..end].trim_end_matches(['\n', '\r']);
        Some(start..start + line.len())
    }

    pub fn line_count(&self) -> u32 {
        self.text.glance().map_or_else(|| self.line_starts().len() as u32, |glance| glance.lines)
    }

    /// The text of a span of this file; empty if it lies outside.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.start as usize..span.end as usize).unwrap_or("")
    }
}

/// All files of a run, in a fixed order. A copy shares them, so that an editor keeps what it shows.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    pub files: Vec<Arc<SourceFile>>,
}

impl Sources {
    pub fn add(&mut self, file: SourceFile) -> FileId {
        self.files.push(Arc::new(file));
        FileId(self.files.len() as u32 - 1)
    }

    pub fn file(&self, id: FileId) -> &SourceFile {
        &self.files[id.0 as usize]
    }

    pub fn path(&self, span: Span) -> &Path {
        &self.file(span.file).path
    }

    pub fn slice(&self, span: Span) -> &str {
        self.file(span.file).slice(span)
    }
}
