//! A walk over code as text that skips strings and comments and counts brackets.

/// Gives the characters outside strings and comments, with the depth of brackets.
pub(super) struct Scan<'a> {
    chars: std::iter::Peekable<std::str::CharIndices<'a>>,
    text: &'a str,
    /// Open brackets, the last character counted; below zero once one closes that is not open.
    pub(super) depth: i32,
}

impl<'a> Scan<'a> {
    pub(super) fn new(text: &'a str) -> Scan<'a> {
        Scan { chars: text.char_indices().peekable(), text, depth: 0 }
    }

    pub(super) fn next(&mut self) -> Option<(usize, char)> {
        loop {
            let (at, c) = self.chars.next()?;
            let rest = self.text.get(at..).unwrap_or_default();
            match c {
                '(' | '[' | '{' => self.depth += 1,
                ')' | ']' | '}' => self.depth -= 1,
                '"' | '`' => self.skip_string(c),
                // Rust's lifetimes have no closing quote.
                '\'' if !is_lifetime(rest) => self.skip_string(c),
                '/' if rest.starts_with("//") => {
                    self.skip_past(at + rest.find('\n').unwrap_or(rest.len()));
                    continue;
                }
                '/' if rest.starts_with("/*") => {
                    self.skip_past(at + rest.find("*/").map_or(rest.len(), |end| end + 2));
                    continue;
                }
                _ => {}
            }
            return Some((at, c));
        }
    }

    fn skip_past(&mut self, end: usize) {
        while self.chars.next_if(|(at, _)| *at < end).is_some() {}
    }

    fn skip_string(&mut self, quote: char) {
        while let Some((_, c)) = self.chars.next() {
            if c == '\\' {
                self.chars.next();
            } else if c == quote {
                return;
            }
        }
    }
}

/// `'a>`, `'static `: a quote before a word that no quote ends.
fn is_lifetime(text: &str) -> bool {
    let mut rest = text.chars().skip(1).skip_while(|c| c.is_alphanumeric() || *c == '_');
    matches!(rest.next(), Some('>' | ',' | ' ' | ')')) && !text.chars().skip(1).take(64).any(|c| c == '\'')
}

/// Whether a character may stand in a name.
pub(super) fn in_name(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '$'
}

/// Where a name stands as a whole word; after a dot too.
pub(super) fn words<'t>(text: &'t str, word: &'t str) -> impl Iterator<Item = usize> + 't {
    text.match_indices(word).map(|(at, _)| at).filter(move |at| {
        let before = text.get(..*at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !word.is_empty() && !before.is_some_and(in_name) && !after.is_some_and(in_name)
    })
}

/// A text without what its strings hold, but for the values put into them.
pub(super) fn code(text: &str) -> String {
    let mut code = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\'', '`']) {
        let (before, from) = rest.split_at(at);
        code.push_str(before);
        let Some(quote) = from.chars().next() else { break };
        let inner = from.get(1..).unwrap_or_default();
        let end = inner.find(quote).unwrap_or(inner.len());
        let string = inner.get(..end).unwrap_or_default();
        for value in string.split("${").skip(1) {
            code.push_str(&format!(" {} ", value.split('}').next().unwrap_or_default()));
        }
        code.push(' ');
        rest = inner.get((end + 1).min(inner.len())..).unwrap_or_default();
    }
    code.push_str(rest);
    code
}

/// Whether a name stands in a text as a value of its own, not as a member of another.
pub(super) fn names(text: &str, word: &str) -> bool {
    words(text, word).any(|at| !text.get(..at).is_some_and(|before| before.trim_end().ends_with('.')))
}

/// The rest of the innermost block around an offset, to its closing bracket or the end.
pub(super) fn rest_of_block(text: &str) -> &str {
    let mut scan = Scan::new(text);
    while let Some((at, _)) = scan.next() {
        if scan.depth < 0 {
            return text.get(..at).unwrap_or(text);
        }
    }
    text
}

/// The white space that the line of an offset begins with.
pub(super) fn indentation(text: &str, at: usize) -> &str {
    let line = text.get(..at).map_or(0, |before| before.rfind('\n').map_or(0, |at| at + 1));
    let rest = text.get(line..).unwrap_or_default();
    let end = rest.find(|c: char| c != ' ' && c != '\t').unwrap_or(rest.len());
    rest.get(..end).unwrap_or_default()
}

/// The names that a pattern binds: of `{ rows: [order] }` it is `order`, of `total: i64` `total`.
pub(super) fn bound(pattern: &str) -> Vec<&str> {
    let is_structure = pattern.contains(['{', '[']);
    let pattern = if is_structure { pattern } else { pattern.split(':').next().unwrap_or(pattern) };
    pattern
        .split([',', '{', '}', '[', ']', '(', ')'])
        .map(|part| part.rsplit(':').next().unwrap_or(part))
        .map(|part| part.split('=').next().unwrap_or(part).trim().trim_start_matches("..."))
        .map(|part| part.trim_start_matches("mut ").trim_start_matches("ref ").trim())
        .filter(|part| !part.is_empty() && part.chars().all(in_name))
        .collect()
}
