//! JSON to a tree with places: `package.json` has settings too, and errors point into it.

use super::tree::{Entry, Kind, Node};
use super::trouble::Place;

/// Deeper nesting is no configuration.
const DEEPEST: usize = 64;

/// Reads JSON that serde accepts; what is wrong with it, and where, otherwise.
pub(super) fn parse(text: &str) -> Result<Node, (Place, String)> {
    if let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(text) {
        let before = text.split_inclusive('\n').take(error.line().saturating_sub(1));
        let at = before.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
        let message = error.to_string();
        let message = message.split(" at line").next().unwrap_or_default();
        // The end of the text may be what is wrong, and letters may be several bytes long.
        let at = (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let wrong = text[at..].chars().next().map_or(0, char::len_utf8);
        return Err((Place::from(at..at + wrong), message.to_owned()));
    }
    let mut reader = Reader { text, at: 0 };
    reader.node(0).ok_or((Place::default(), "is nested too deeply".to_owned()))
}

/// Reads what serde has found to be right, so that only depth can stop it.
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn peek(&mut self) -> Option<u8> {
        let bytes = self.text.as_bytes();
        while bytes.get(self.at).is_some_and(u8::is_ascii_whitespace) {
            self.at += 1;
        }
        bytes.get(self.at).copied()
    }

    /// Goes over a letter if it comes next.
    fn take(&mut self, letter: u8) -> bool {
        let is_next = self.peek() == Some(letter);
        self.at += usize::from(is_next);
        is_next
    }

    fn node(&mut self, depth: usize) -> Option<Node> {
        let first = self.peek().filter(|_| depth < DEEPEST)?;
        let start = self.at;
        let kind = match first {
            b'{' => self.table(depth)?,
            b'[' => self.list(depth)?,
            b'"' => Kind::Text(self.string()?),
            _ => self.word()?,
        };
        Some(Node { at: Place::from(start..self.at), kind })
    }

    fn table(&mut self, depth: usize) -> Option<Kind> {
        self.at += 1;
        let mut entries: Vec<Entry> = Vec::new();
        while !self.take(b'}') {
            self.take(b',');
            self.peek()?;
            let start = self.at;
            let key = self.string()?;
            let key_at = Place::from(start..self.at);
            self.take(b':');
            let value = self.node(depth + 1)?;
            // Of a key that stands there twice, the last one counts.
            entries.retain(|entry| entry.key != key);
            entries.push(Entry { key, key_at, value });
        }
        Some(Kind::Table(entries))
    }

    fn list(&mut self, depth: usize) -> Option<Kind> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.take(b']') {
            self.take(b',');
            items.push(self.node(depth + 1)?);
        }
        Some(Kind::List(items))
    }

    fn string(&mut self) -> Option<String> {
        let rest = self.text.get(self.at..)?;
        let mut escaped = true;
        let end = rest.bytes().position(|byte| {
            let ends = byte == b'"' && !escaped;
            // The opening quote counts as escaped.
            escaped = byte == b'\\' && !escaped;
            ends
        })?;
        let text = rest.get(..=end)?;
        self.at += text.len();
        serde_json::from_str(text).ok()
    }

    fn word(&mut self) -> Option<Kind> {
        let rest = self.text.get(self.at..)?;
        let ends = |letter: char| matches!(letter, ',' | '}' | ']') || letter.is_ascii_whitespace();
        let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
        self.at += word.len();
        Some(match word {
            "true" => Kind::Truth(true),
            "false" => Kind::Truth(false),
            "null" => Kind::Null,
            _ => word.parse().map_or_else(|_| Kind::Number(word.parse().unwrap_or(f64::NAN)), Kind::Whole),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::tree::Step;

    #[test]
    fn values_know_where_they_stand() {
        let text = "{ \"a\\\"b\": [1, \"x\", true], \"c\": { \"d\": 1.5 } }";
        let node = parse(text).unwrap();
        let item = node.find(&[Step::Key("a\"b"), Step::Item(1)]).unwrap();
        assert_eq!(&text[item.at.start..item.at.end], "\"x\"");
        let place = node.place(&[Step::Key("c"), Step::Key("d")]);
        assert_eq!(&text[place.start..place.end], "\"d\"");
        assert_eq!(node.value(), serde_json::from_str::<serde_json::Value>(text).unwrap());
    }

    #[test]
    fn a_wrong_text_has_a_place() {
        let (place, _) = parse("{\n  \"a\": }").unwrap_err();
        assert_eq!(place.start, 9);
    }
}
