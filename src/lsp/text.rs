//! Places in a text as an editor counts them, and addresses of files.

use gen_lsp_types::{Position, Range, Uri};
use line_index::{LineCol, LineIndex, TextSize, WideEncoding, WideLineCol};
use serde_json::Value;
use std::path::{Path, PathBuf};

/// How columns are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Encoding {
    Utf8,
    Utf16,
    Utf32,
}

impl Encoding {
    pub(super) fn name(self) -> &'static str {
        match self {
            Encoding::Utf8 => "utf-8",
            Encoding::Utf16 => "utf-16",
            Encoding::Utf32 => "utf-32",
        }
    }

    /// Bytes if the editor can, else what it likes best of what it offers, else what every editor can.
    pub(super) fn of(capabilities: &Value) -> Encoding {
        let offered = capabilities.pointer("/general/positionEncodings").and_then(Value::as_array);
        let offered: Vec<&str> = offered.into_iter().flatten().filter_map(Value::as_str).collect();
        let all = [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32];
        let liked = offered.iter().find_map(|name| all.into_iter().find(|known| known.name() == *name));
        if offered.contains(&"utf-8") { Encoding::Utf8 } else { liked.unwrap_or(Encoding::Utf16) }
    }

    fn wide(self) -> Option<WideEncoding> {
        match self {
            Encoding::Utf8 => None,
            Encoding::Utf16 => Some(WideEncoding::Utf16),
            Encoding::Utf32 => Some(WideEncoding::Utf32),
        }
    }
}

/// A text whose lines are known.
pub(super) struct Lines<'t> {
    text: &'t str,
    index: LineIndex,
    encoding: Encoding,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str, encoding: Encoding) -> Lines<'t> {
        Lines { text, index: LineIndex::new(text), encoding }
    }

    /// A byte offset as the editor says it; past the end, the end.
    pub(super) fn position(&self, offset: usize) -> Position {
        let mut offset = offset.min(self.text.len());
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        let place = self.index.line_col(TextSize::from(offset as u32));
        match self.encoding.wide().and_then(|wide| self.index.to_wide(wide, place)) {
            Some(place) => Position { line: place.line, character: place.col },
            None => Position { line: place.line, character: place.col },
        }
    }

    pub(super) fn range(&self, start: usize, end: usize) -> Range {
        Range { start: self.position(start), end: self.position(end) }
    }

    /// The byte that a place means. A column past the end of its line is the end of the line, a line
    /// past the last is the end of the text.
    pub(super) fn offset(&self, at: Position) -> usize {
        let Some(line) = self.index.line(at.line) else { return self.text.len() };
        let (start, end) = (u32::from(line.start()) as usize, u32::from(line.end()) as usize);
        let text = self.text.get(start..end).unwrap_or_default();
        let length = text.trim_end_matches(['\n', '\r']).len();
        let place = match self.encoding.wide() {
            Some(wide) => self.index.to_utf8(wide, WideLineCol { line: at.line, col: at.character }),
            None => Some(LineCol { line: at.line, col: at.character }),
        };
        let column = place.map_or(length, |place| place.col as usize).min(length);
        let mut offset = start + column;
        while !self.text.is_char_boundary(offset) {
            offset -= 1;
        }
        offset
    }
}

/// The path of a `file:` address; `None` for others.
pub(super) fn path_of(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let path = decode(rest.get(rest.find('/')?..)?)?;
    // `/c:/folder` is `c:/folder`.
    let windows = path.as_bytes().get(2) == Some(&b':') && cfg!(windows);
    Some(PathBuf::from(if windows { path.get(1..)?.to_owned() } else { path }))
}

/// The `file:` address of an absolute path.
pub(super) fn uri_of(path: &Path) -> Uri {
    let text = path.to_string_lossy().replace('\\', "/");
    let mut uri = String::from(if text.starts_with('/') { "file://" } else { "file:///" });
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'_' | b'.' | b'~' => {
                uri.push(char::from(byte));
            }
            _ => uri.push_str(&format!("%{byte:02X}")),
        }
    }
    Uri(uri)
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let digits = [rest.next()?, rest.next()?];
            let digits = std::str::from_utf8(&digits).ok()?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn columns_are_counted_as_agreed() {
        let text = "a\r\n'😀ä' x\r\n";
        let at = text.find('x').unwrap();
        for (encoding, column) in [(Encoding::Utf8, 9), (Encoding::Utf16, 6), (Encoding::Utf32, 5)] {
            let lines = Lines::new(text, encoding);
            let position = Position { line: 1, character: column };
            assert_eq!(lines.position(at), position, "{encoding:?}");
            assert_eq!(lines.offset(position), at, "{encoding:?}");
        }
    }

    #[test]
    fn places_outside_are_moved_inside() {
        let lines = Lines::new("ab\r\ncd", Encoding::Utf16);
        assert_eq!(lines.offset(Position { line: 0, character: 99 }), 2);
        assert_eq!(lines.offset(Position { line: 9, character: 0 }), 6);
        assert_eq!(lines.offset(Position { line: 1, character: 99 }), 6);
        let halves = Lines::new("😀", Encoding::Utf16);
        assert_eq!(halves.offset(Position { line: 0, character: 2 }), 4);
        assert!([0, 4].contains(&halves.offset(Position { line: 0, character: 1 })));
        assert_eq!(lines.position(999), Position { line: 1, character: 2 });
    }

    #[test]
    fn the_encoding_is_one_that_the_editor_offers() {
        let of = |kinds: Value| Encoding::of(&json!({ "general": { "positionEncodings": kinds } }));
        assert_eq!(of(json!(["utf-16", "utf-8"])), Encoding::Utf8);
        assert_eq!(of(json!(["utf-32", "utf-16"])), Encoding::Utf32);
        assert_eq!(of(json!(["utf-7"])), Encoding::Utf16);
        assert_eq!(Encoding::of(&json!({})), Encoding::Utf16);
    }

    #[test]
    fn addresses_and_paths_are_each_others_inverse() {
        for path in ["/a b/ä#?.ts", "/x/%41.rs", "/p/[id].tsx"] {
            assert_eq!(path_of(&uri_of(Path::new(path)).0).as_deref(), Some(Path::new(path)));
        }
        assert_eq!(path_of("file:///a%20b.ts").as_deref(), Some(Path::new("/a b.ts")));
        assert_eq!(path_of("untitled:Untitled-1"), None);
        assert_eq!(path_of("file:///%zz"), None);
    }
}
