//! The text of a file: held from the start, or read when somebody first asks for it.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

type Load = Box<dyn FnOnce() -> String + Send>;

/// A text that derefs to `str`; copies share it. One that is known from an earlier run is read only if it is asked
/// for; what a run asks of every file is told by its [`Glance`] without.
#[derive(Clone)]
pub struct Text {
    text: Arc<LazyLock<String, Load>>,
    glance: Option<Glance>,
}

/// What is known of a text that need not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Glance {
    /// blake3 of its bytes.
    pub hash: [u8; 32],
    pub lines: u32,
    /// It begins with `#!`.
    pub is_script: bool,
    /// Whether the words that begin a comment for us stand in it.
    pub has_remarks: bool,
}

/// What begins a comment for us.
pub const MARK: &str = "toctou-lint:";

impl Glance {
    /// Looks at a text once for all that is asked of it later.
    pub fn of(text: &str) -> Glance {
        Glance {
            hash: *blake3::hash(text.as_bytes()).as_bytes(),
            lines: memchr::memchr_iter(b'\n', text.as_bytes()).count() as u32 + 1,
            is_script: text.starts_with("#!"),
            has_remarks: memchr::memmem::find(text.as_bytes(), MARK.as_bytes()).is_some(),
        }
    }
}

impl Text {
    /// A text that is known, and read by `load` when it is asked for.
    pub fn later(glance: Glance, load: impl FnOnce() -> String + Send + 'static) -> Text {
        Text { text: Arc::new(LazyLock::new(Box::new(load))), glance: Some(glance) }
    }

    /// A text that is at hand, with what has been seen of it.
    pub fn seen(text: String, glance: Glance) -> Text {
        Text { glance: Some(glance), ..Text::from(text) }
    }

    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What is known of it without reading it.
    pub fn glance(&self) -> Option<&Glance> {
        self.glance.as_ref()
    }

    /// Whether it begins with `#!`.
    pub fn is_script(&self) -> bool {
        self.glance.map_or_else(|| self.starts_with("#!"), |glance| glance.is_script)
    }

    /// Whether the words that begin a comment for us stand in it.
    pub fn has_remarks(&self) -> bool {
        let look = || memchr::memmem::find(self.as_bytes(), MARK.as_bytes()).is_some();
        self.glance.map_or_else(look, |glance| glance.has_remarks)
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text { text: Arc::new(LazyLock::new(Box::new(|| text))), glance: None }
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::from(text.to_owned())
    }
}

impl From<Text> for String {
    fn from(text: Text) -> String {
        text.as_str().to_owned()
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        &self.text
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.as_str() == other.as_str()
    }
}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl PartialEq<String> for Text {
    fn eq(&self, other: &String) -> bool {
        self.as_str() == other
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_text_is_read_only_when_asked_for() {
        let glance = Glance::of("#!/bin/x\n// toctou-lint: ignore\n");
        let text = Text::later(glance, || panic!("nobody asks for it"));
        assert!(text.is_script() && text.has_remarks());
        assert_eq!(text.glance().map(|glance| glance.lines), Some(3));
        let text = Text::later(glance, || "a".to_owned());
        assert_eq!((text.as_str(), text.clone()), ("a", Text::from("a")));
    }
}
