//! Places in a text to what they are inside of: code, or the middle of a literal or comment.

use super::prepare;
use crate::syntax::Place;
use proc_macro2::{TokenStream, TokenTree};
use std::ops::Range;
use std::str::FromStr;

/// Of a text that has no tokens, nothing is known to be code.
pub(in crate::syntax) fn places(text: &str, offsets: &[usize]) -> Vec<Place> {
    let blanked = prepare::blank(text);
    let Ok(tokens) = TokenStream::from_str(&blanked) else {
        return vec![Place::Text; offsets.len()];
    };
    let tokens = flat(tokens);
    offsets.iter().map(|offset| place(&blanked, &tokens, *offset)).collect()
}

fn place(text: &str, tokens: &[Range<usize>], offset: usize) -> Place {
    let next = tokens.partition_point(|token| token.start < offset);
    let before = next.checked_sub(1).and_then(|at| tokens.get(at)).map_or(0, |token| token.end);
    if before > offset {
        return Place::Text;
    }
    // Comments are no tokens; one that is not closed before the place is around it.
    let gap = text.get(before..offset).unwrap_or_default();
    let is_open = gap.matches("/*").count() > gap.matches("*/").count();
    if is_open { Place::Text } else { Place::Code }
}

/// Where the tokens and the brackets around them stand, in order.
fn flat(tokens: TokenStream) -> Vec<Range<usize>> {
    let mut places = Vec::new();
    let mut open = vec![tokens.into_iter()];
    while let Some(stream) = open.last_mut() {
        match stream.next() {
            None => {
                open.pop();
            }
            Some(TokenTree::Group(group)) => {
                places.extend([group.span_open().byte_range(), group.span_close().byte_range()]);
                open.push(group.stream().into_iter());
            }
            Some(token) => places.push(token.span().byte_range()),
        }
    }
    places.sort_by_key(|place| (place.start, place.end));
    places
}
