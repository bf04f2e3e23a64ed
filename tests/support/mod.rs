//! The files of `src/` as the tests of walls look at them.

/// A file of `src/`, without its tests.
pub(crate) struct Source {
    /// `src/book/load.rs`.
    pub(crate) path: String,
    pub(crate) text: String,
}

/// Every file of `src/` that is not a test, sorted by path.
pub(crate) fn sources() -> Vec<Source> {
    let mut sources = Vec::new();
    for entry in walkdir::WalkDir::new("src").sort_by_file_name() {
        let entry = entry.unwrap();
        let path = entry.path().to_string_lossy().replace('\\', "/");
        if !path.ends_with(".rs") || path.ends_with("/tests.rs") || path.contains("/tests/") {
            continue;
        }
        let text = std::fs::read_to_string(entry.path()).unwrap();
        sources.push(Source { path, text: without_tests(&text) });
    }
    sources
}

/// Tests stand at the end of a file.
fn without_tests(text: &str) -> String {
    let at = text.find("\n#[cfg(test)]\nmod ").unwrap_or(text.len());
    text[..at].to_owned()
}

impl Source {
    /// The module below the root that the file belongs to.
    pub(crate) fn module(&self) -> &str {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path);
        inner.split('/').next().unwrap_or(inner).trim_end_matches(".rs")
    }

    /// Lines without comments, with their number.
    pub(crate) fn code_lines(&self) -> Vec<(usize, String)> {
        let strip = |line: &str| match line.find("//") {
            Some(at) if !line[..at].contains('"') => line[..at].to_owned(),
            _ => line.to_owned(),
        };
        self.text.lines().enumerate().map(|(at, line)| (at + 1, strip(line))).collect()
    }

    /// Names after `crate::`, also in `crate::{a, b::c}`.
    pub(crate) fn used_modules(&self) -> Vec<(usize, String)> {
        let mut used = Vec::new();
        let lines = self.code_lines();
        for (index, (line, text)) in lines.iter().enumerate() {
            for part in text.split("crate::").skip(1) {
                if let Some(first) = part.strip_prefix('{') {
                    let rest = lines[index + 1..].iter().map(|(_, text)| text.as_str());
                    let group = std::iter::once(first).chain(rest).collect::<String>();
                    used.extend(top_names(&group).into_iter().map(|name| (*line, name)));
                } else {
                    used.push((*line, identifier(part)));
                }
            }
        }
        used
    }

    /// The contents of string literals, with their line.
    pub(crate) fn string_literals(&self) -> Vec<(usize, String)> {
        let mut literals = Vec::new();
        let mut line = 1;
        let mut chars = self.text.chars().peekable();
        let mut before = ' ';
        while let Some(c) = chars.next() {
            match c {
                '\n' => line += 1,
                '/' if chars.peek() == Some(&'/') => while chars.next_if(|c| *c != '\n').is_some() {},
                // A character; a lifetime has no closing quote.
                '\'' => {
                    let mut ahead = chars.clone();
                    let first = ahead.next();
                    if first == Some('\\') || ahead.next() == Some('\'') {
                        while chars.next_if(|c| *c == '\\').is_some() {
                            chars.next();
                        }
                        while chars.next().is_some_and(|c| c != '\'') {}
                    }
                }
                '"' => {
                    let (start, raw) = (line, matches!(before, 'r' | '#'));
                    let mut literal = String::new();
                    while let Some(c) = chars.next() {
                        match c {
                            '"' => break,
                            '\\' if !raw => {
                                literal.extend(chars.next().map(|next| ['\\', next]).into_iter().flatten())
                            }
                            _ => {
                                line += usize::from(c == '\n');
                                literal.push(c);
                            }
                        }
                    }
                    literals.push((start, literal));
                }
                _ => {}
            }
            before = c;
        }
        literals
    }
}

fn identifier(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

/// The first names of the comma-separated paths up to the closing brace.
fn top_names(group: &str) -> Vec<String> {
    let mut names = Vec::new();
    let (mut depth, mut start) = (0_usize, true);
    for (at, c) in group.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => start = true,
            _ if start && (c.is_alphabetic() || c == '_') => {
                names.push(identifier(&group[at..]));
                start = false;
            }
            _ => {}
        }
    }
    names
}
