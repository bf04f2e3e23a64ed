//! Text to syntax tree: blanks what is not Rust, refuses what nests too deeply, parses.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::borrow::Cow;
use std::str::FromStr;

/// Why a file gives no tree, and where.
pub(super) struct Failure {
    pub(super) at: usize,
    pub(super) message: String,
}

/// How much stack parsing and lowering will need.
#[derive(PartialEq)]
pub(super) enum Depth {
    Usual,
    Deep,
}

/// Delimiters inside delimiters beyond this are refused: no person wrote them.
const MOST_NESTING: u32 = 300;
/// Operators in a row (method calls, `else if`, sums) beyond this are refused.
const MOST_CHAIN: u32 = 6000;
/// Up to these a thread's usual stack is enough.
const USUAL_NESTING: u32 = 14;
const USUAL_CHAIN: u32 = 80;

/// Replaces byte order mark, shebang and cargo-script frontmatter by spaces, so that offsets stay.
pub(super) fn blank(text: &str) -> Cow<'_, str> {
    let mut end = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    end = shebang_end(text, end);
    end = frontmatter_end(text, end);
    if end == 0 {
        return Cow::Borrowed(text);
    }
    let mut blanked: String =
        text.bytes().take(end).map(|byte| if byte == b'\n' { '\n' } else { ' ' }).collect();
    blanked.push_str(text.get(end..).unwrap_or(""));
    Cow::Owned(blanked)
}

fn shebang_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or("");
    let Some(after) = rest.strip_prefix("#!") else { return start };
    // `#![attribute]` also begins so.
    if after.trim_start().starts_with('[') {
        return start;
    }
    start + rest.find('\n').unwrap_or(rest.len())
}

fn frontmatter_end(text: &str, start: usize) -> usize {
    let rest = text.get(start..).unwrap_or("");
    let opened = rest.trim_start();
    let dashes = opened.bytes().take_while(|byte| *byte == b'-').count();
    if dashes < 3 {
        return start;
    }
    let fence = "-".repeat(dashes);
    let begin = text.len() - opened.len() + dashes;
    let mut at = begin;
    for line in text.get(begin..).unwrap_or("").split_inclusive('\n') {
        if at > begin && line.trim_end() == fence {
            return at + line.trim_end().len();
        }
        at += line.len();
    }
    start
}

/// Blanked text as tokens; lexing does not recurse, so any depth may come.
pub(super) fn lex(text: &str) -> Result<TokenStream, Failure> {
    TokenStream::from_str(text).map_err(|error| Failure {
        at: error.span().byte_range().start,
        message: "cannot parse: not a token of the language, or an unclosed delimiter".to_string(),
    })
}

/// Judges the nesting by the tokens alone, without recursion.
pub(super) fn measure(tokens: TokenStream) -> Result<Depth, Failure> {
    let (nesting, chain) = depth(tokens);
    if nesting > MOST_NESTING || chain > MOST_CHAIN {
        return Err(Failure { at: 0, message: "cannot parse: nested too deeply".to_string() });
    }
    Ok(if nesting > USUAL_NESTING || chain > USUAL_CHAIN { Depth::Deep } else { Depth::Usual })
}

/// Tokens to tree; recursive.
pub(super) fn parse(tokens: TokenStream) -> Result<syn::File, Failure> {
    syn::parse2(tokens).map_err(|error| Failure {
        at: error.span().byte_range().start,
        message: format!("cannot parse: {}", error.to_string().lines().next().unwrap_or_default()),
    })
}

/// The deepest delimiter nesting, and the longest sum of operators over nested delimiters since
/// the last separator of each: bounds how deep any tree over these tokens can be.
pub(super) fn depth(tokens: TokenStream) -> (u32, u32) {
    let mut open = vec![(tokens.into_iter().peekable(), 0u32, 0u32)];
    let (mut deepest, mut longest) = (0u32, 0u32);
    while let Some((tokens, base, chain)) = open.last_mut() {
        let Some(token) = tokens.next() else {
            open.pop();
            continue;
        };
        let inner = match token {
            TokenTree::Group(group) => {
                let total = *base + *chain;
                if group.delimiter() == Delimiter::Brace && !continues(tokens.peek()) {
                    *chain = 0;
                }
                Some((group.stream(), total))
            }
            TokenTree::Punct(punct) if matches!(punct.as_char(), ';' | ',') => {
                *chain = 0;
                None
            }
            TokenTree::Punct(_) => {
                *chain += 1;
                None
            }
            TokenTree::Ident(ident) => {
                *chain +=
                    u32::from(ident == "else" || ident == "return" || ident == "break" || ident == "as");
                None
            }
            TokenTree::Literal(_) => None,
        };
        longest = longest.max(*base + *chain);
        if let Some((stream, total)) = inner {
            deepest = deepest.max(open.len() as u32);
            // Past the limits the answer is known; do not walk on.
            if deepest > MOST_NESTING {
                return (deepest, longest);
            }
            open.push((stream.into_iter().peekable(), total, 0));
        }
    }
    (deepest, longest)
}

/// Whether an expression goes on after a braced block.
fn continues(next: Option<&TokenTree>) -> bool {
    match next {
        Some(TokenTree::Ident(ident)) => ident == "else" || ident == "as",
        Some(TokenTree::Punct(punct)) => !matches!(punct.as_char(), '#' | ';' | ',' | '&' | '*' | '|'),
        _ => false,
    }
}
