//! A finding as a terminal shows it to the same with links: its rule to the page, its places to the
//! files.

use crate::book::rule::Rule;
use crate::report::{markup, page_address};
use std::path::Path;

/// What stands before the place of a stretch of code.
const PLACE: &str = "┌─";

/// Adds links to a finding that has been drawn.
pub(super) fn add(shown: &str, rule: Option<&Rule>, root: &Path) -> String {
    let mut text = String::with_capacity(shown.len());
    for line in shown.split_inclusive('\n') {
        text.push_str(&with_place(line, root));
    }
    if let Some(rule) = rule
        && let Some(page) = page_address(rule)
    {
        let name = format!("[{}]", rule.id);
        text = text.replacen(&name, &format!("[{}]", link(&page, &rule.id)), 1);
    }
    text
}

/// `┌─ path:line:column`, its sign coloured, with the place as a link.
fn with_place(line: &str, root: &Path) -> String {
    let Some(at) = line.find(PLACE) else { return line.to_owned() };
    let (before, place) = line.split_at(place_from(line, at + PLACE.len()));
    let trimmed = place.trim_end();
    let mut parts = trimmed.rsplitn(3, ':');
    let (Some(_), Some(_), Some(path)) = (parts.next(), parts.next(), parts.next()) else {
        return line.to_owned();
    };
    let file = root.join(path).to_string_lossy().replace('\\', "/");
    let slash = if file.starts_with('/') { "" } else { "/" };
    let address = format!("file://{slash}{}", markup::address(&file));
    format!("{before}{}{}", link(&address, trimmed), &place[trimmed.len()..])
}

/// Where the place begins behind its sign: after colours and the space.
fn place_from(line: &str, mut at: usize) -> usize {
    loop {
        let rest = line.get(at..).unwrap_or_default();
        let colour = rest.strip_prefix("\x1b[").and_then(|rest| rest.find('m')).map(|end| end + 3);
        match colour {
            Some(length) => at += length,
            None if rest.starts_with(' ') => at += 1,
            None => return at,
        }
    }
}

/// As terminals read it (OSC 8).
fn link(address: &str, text: &str) -> String {
    format!("\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_become_links() {
        let shown = add("  \x1b[34m┌─\x1b[0m a b.ts:3:4\n  │\n", None, Path::new("/x"));
        assert_eq!(
            shown,
            "  \x1b[34m┌─\x1b[0m \x1b]8;;file:///x/a%20b.ts\x1b\\a b.ts:3:4\x1b]8;;\x1b\\\n  │\n"
        );
    }
}
