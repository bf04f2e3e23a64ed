//! Text to what may stand in HTML, XML and Markdown: nothing of it is markup there.

use super::printable;
use std::fmt::Write;

/// For HTML, between tags and in quoted attributes.
pub(super) fn html(text: &str) -> String {
    let text = printable(text);
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

/// For XML 1.0, between tags and in quoted attributes, where line ends would become spaces.
pub(super) fn xml(text: &str) -> String {
    let text = html(text);
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '\n' => escaped.push_str("&#10;"),
            '\r' => escaped.push_str("&#13;"),
            '\t' => escaped.push_str("&#9;"),
            // No XML document may hold these, escaped or not.
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
        escaped
    })
}

/// For a line of Markdown that may hold HTML: all that means something to either is written by its
/// number, which means nothing to both.
pub(super) fn markdown(text: &str) -> String {
    let text = printable(text);
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, letter| {
        match letter {
            '\n' | '\r' | '\t' => escaped.push(' '),
            // Part of most words and harmless between letters.
            '-' | '.' | ',' | ';' | '/' => escaped.push(letter),
            other if other.is_ascii_punctuation() => {
                let _ = write!(escaped, "&#{};", u32::from(other));
            }
            other => escaped.push(other),
        }
        escaped
    })
}

/// A message whose back-quoted parts become `<code>`, all parts escaped.
pub(super) fn with_code(message: &str, escape: fn(&str) -> String) -> String {
    let mut text = String::new();
    let parts: Vec<&str> = message.split('`').collect();
    // An odd number of quotes is not ours to interpret.
    if parts.len().is_multiple_of(2) {
        return escape(message);
    }
    for (at, part) in parts.iter().enumerate() {
        if at % 2 == 0 {
            text.push_str(&escape(part));
        } else {
            let _ = write!(text, "<code>{}</code>", escape(part));
        }
    }
    text
}

/// Percent-encodes everything that may not stand in the path of an address.
pub(super) fn address(path: &str) -> String {
    path.bytes().fold(String::with_capacity(path.len()), |mut text, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/!$&'()*+,;=@".contains(&byte) {
            text.push(byte as char);
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_markup() {
        assert_eq!(
            html("<a href=\"x\" id='y'>&amp;"),
            "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;amp;"
        );
        assert_eq!(xml("]]>\r\n\t\u{0}\u{ffff}"), "]]&gt;&#13;&#10;&#9; \u{fffd}");
        assert_eq!(markdown("*a* | <b>\n[c](d)"), "&#42;a&#42; &#124; &#60;b&#62; &#91;c&#93;&#40;d&#41;");
    }

    #[test]
    fn quoted_parts_are_code() {
        assert_eq!(with_code("a `b<c` d", html), "a <code>b&lt;c</code> d");
        assert_eq!(with_code("a ` b", html), "a ` b");
    }
}
