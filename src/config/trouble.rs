//! What is wrong with a configuration, and where: plain data that points into the file.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;

/// Whether a run can go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// A text that holds a configuration, whole.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Source {
    /// As reports spell it; `--config` for one of the command line.
    pub path: PathBuf,
    pub text: String,
}

impl Source {
    /// The line of a byte offset, from 1.
    pub fn line(&self, at: usize) -> u32 {
        let before = self.text.as_bytes().get(..at).unwrap_or(self.text.as_bytes());
        before.iter().filter(|byte| **byte == b'\n').count() as u32 + 1
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Trouble {
    pub source: Arc<Source>,
    pub at: Place,
    pub severity: Severity,
    /// Lower-case, no full stop.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

/// A stretch of bytes, with an order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    pub start: usize,
    pub end: usize,
}

impl From<Range<usize>> for Place {
    fn from(range: Range<usize>) -> Place {
        Place { start: range.start, end: range.end }
    }
}

impl Trouble {
    /// What stops a run.
    pub fn error(source: &Arc<Source>, at: Place, message: impl Into<String>) -> Trouble {
        Trouble { source: source.clone(), at, severity: Severity::Error, message: message.into(), help: None }
    }

    /// What is said, and no more.
    pub fn warning(source: &Arc<Source>, at: Place, message: impl Into<String>) -> Trouble {
        Trouble { severity: Severity::Warning, ..Trouble::error(source, at, message) }
    }

    /// The same with what would be right.
    pub fn with_help(self, help: impl Into<String>) -> Trouble {
        Trouble { help: Some(help.into()), ..self }
    }
}
