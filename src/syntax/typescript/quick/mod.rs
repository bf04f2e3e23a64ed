//! Well-formed text to the tree that tree-sitter would give, many times faster, by way of oxc.
//!
//! Only what the lowering looks at is there. What oxc refuses, and what is written so that the two
//! parsers may disagree, is left to tree-sitter.

mod class;
mod expression;
mod function;
mod module;
mod pattern;
mod statement;
mod types;

use super::grammar::{Field, Kind};
use super::tree::{Grower, Tree};
use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::{ParseOptions, Parser};
use oxc_span::{GetSpan, SourceType, Span};
use std::cell::RefCell;
use std::path::Path;

/// Constructs that may nest, in one file; the recursive parser gets room for all of them.
const NESTING: usize = 60_000;
/// Bytes of stack that one level may take.
const LEVEL: usize = 4 * 1024;
/// Nesting of the tree that is followed; the lowering stops much earlier.
const DEPTH: u32 = 2_000;

/// The tree of a text without errors.
pub(super) fn parse(path: &Path, text: &str) -> Option<Tree> {
    let nesting = nesting(text);
    if nesting > NESTING {
        return None;
    }
    let room = nesting * LEVEL + 256 * 1024;
    stacker::maybe_grow(room, room + 256 * 1024, || on_stack(path, text))
}

fn on_stack(path: &Path, text: &str) -> Option<Tree> {
    thread_local! {
        static ARENA: RefCell<Allocator> = RefCell::default();
    }
    let options = ParseOptions { allow_return_outside_function: true, ..ParseOptions::default() };
    ARENA.with_borrow_mut(|arena| {
        let parsed = Parser::new(arena, text, source_type(path)).with_options(options).parse();
        let tree = if parsed.panicked || !parsed.diagnostics.is_empty() {
            None
        } else {
            let mut walk = Walk { grower: Grower::default(), text, depth: 0, sound: true };
            walk.program(&parsed.program);
            walk.sound.then(|| walk.grower.finish())
        };
        arena.reset();
        tree
    })
}

fn source_type(path: &Path) -> SourceType {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("ts" | "mts" | "cts") if is_declaration(path) => SourceType::d_ts(),
        Some("ts" | "mts" | "cts") => SourceType::ts(),
        Some("tsx") => SourceType::tsx(),
        _ => SourceType::unambiguous().with_jsx(true),
    }
}

/// Whether the path alone tells what kind of source a file is.
pub(super) fn is_definite(path: &Path) -> bool {
    !source_type(path).is_unambiguous()
}

fn is_declaration(path: &Path) -> bool {
    path.file_stem().and_then(|stem| stem.to_str()).is_some_and(|stem| stem.ends_with(".d"))
}

/// How deep a text can possibly nest: every level takes a sign that opens or joins, or a word.
fn nesting(text: &str) -> usize {
    let mut before = b' ';
    let mut count = 0;
    for byte in text.bytes() {
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        count += match byte {
            b'(' | b'[' | b'{' | b'<' | b'`' | b'!' | b'~' | b'+' | b'-' | b'*' | b'?' | b':' | b'=' => 1,
            b'|' | b'&' | b'@' | b'.' => 1,
            // Words that something may follow without a sign in between.
            b' ' | b'\t' | b'\n' | b'\r' => usize::from(is_word(before)),
            _ => 0,
        };
        before = byte;
    }
    count
}

type At = (u32, u32);
type In = Option<Field>;

struct Walk<'s> {
    grower: Grower,
    text: &'s str,
    depth: u32,
    /// Nothing was met that is left to the other parser.
    sound: bool,
}

fn at(span: Span) -> At {
    (span.start, span.end)
}

impl Walk<'_> {
    fn program(&mut self, program: &Program<'_>) {
        self.grower.open_other("program", None, (0, self.text.len() as u32));
        self.directives(&program.directives);
        for statement in &program.body {
            self.statement(statement, None);
        }
        self.grower.close();
    }

    /// Leaves the file to the other parser.
    fn give_up(&mut self) {
        self.sound = false;
    }

    /// Begins one level of nesting; `false` if it must not be followed.
    fn descend(&mut self) -> bool {
        if self.depth >= DEPTH {
            self.give_up();
        }
        self.depth += 1;
        self.sound
    }

    fn ascend(&mut self) {
        self.depth -= 1;
    }

    fn leaf(&mut self, kind: Kind, field: In, at: At) {
        self.grower.open(kind, field, at);
        self.grower.close();
    }

    fn other(&mut self, word: &'static str, field: In, at: At) {
        self.grower.open_other(word, field, at);
        self.grower.close();
    }

    /// The first place from here on that is neither blank nor in a comment.
    fn next_token(&self, from: u32) -> u32 {
        let bytes = self.text.as_bytes();
        let mut at = from as usize;
        loop {
            let rest = self.text.get(at..).unwrap_or("");
            if rest.starts_with("//") {
                at += rest.find('\n').unwrap_or(rest.len());
            } else if rest.starts_with("/*") {
                at += rest.find("*/").map_or(rest.len(), |end| end + 2);
            } else if bytes.get(at).is_some_and(u8::is_ascii_whitespace) {
                at += 1;
            } else {
                return at as u32;
            }
        }
    }

    fn starts_with(&self, at: u32, word: &str) -> bool {
        self.text.get(at as usize..).is_some_and(|rest| rest.starts_with(word))
    }

    /// Where the next token begins behind a keyword, if it stands there.
    fn behind(&self, at: u32, word: &str) -> u32 {
        if self.starts_with(at, word) { self.next_token(at + word.len() as u32) } else { at }
    }

    /// `[key]` around a computed key.
    fn brackets(&mut self, inner: Span) -> At {
        let before = self.text.get(..inner.start as usize).unwrap_or("").trim_end();
        let end = self.next_token(inner.end);
        if !before.ends_with('[') || !self.starts_with(end, "]") {
            self.give_up();
        }
        (before.len().saturating_sub(1) as u32, end + 1)
    }
}

fn of(node: &impl GetSpan) -> At {
    at(node.span())
}
