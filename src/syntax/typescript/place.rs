//! Places in a text to what they are inside of: code, markup, or the middle of a literal.

use super::grammar;
use crate::syntax::Place;
use std::path::Path;
use tree_sitter::Parser;

/// Of a text that cannot be parsed at all, nothing is known to be code.
pub(in crate::syntax) fn places(path: &Path, text: &str, offsets: &[usize]) -> Vec<Place> {
    let mut parser = Parser::new();
    let is_set = parser.set_language(&grammar::of(path).language).is_ok();
    let Some(tree) = is_set.then(|| parser.parse(text, None)).flatten() else {
        return vec![Place::Text; offsets.len()];
    };
    let root = tree.root_node();
    offsets
        .iter()
        .map(|offset| {
            let mut node = root.descendant_for_byte_range(*offset, offset + 1);
            // What begins here is not around this place.
            while let Some(inner) = node
                && inner.start_byte() >= *offset
            {
                node = inner.parent();
            }
            node.map_or(Place::Code, |around| place(around.kind()))
        })
        .collect()
}

fn place(around: &str) -> Place {
    match around {
        "jsx_text" | "jsx_element" | "jsx_fragment" => Place::Markup,
        "template_string"
        | "template_literal_type"
        | "string"
        | "string_fragment"
        | "escape_sequence"
        | "regex"
        | "regex_pattern"
        | "comment"
        | "html_comment"
        | "hash_bang_line"
        | "ERROR" => Place::Text,
        _ => Place::Code,
    }
}
