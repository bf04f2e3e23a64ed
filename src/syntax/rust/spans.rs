//! Byte ranges of syntax, found by walking to its first and last token only.

use super::Lowerer;
use crate::source::Span;
use proc_macro2::{LineColumn, Span as TokenSpan};
use syn::spanned::Spanned;
use syn::{Expr, Pat};

/// Where the lines of a text begin. A token knows its line and column cheaply; its byte range, which
/// `proc-macro2` counts out character by character and keeps in a tree, is the dearer question.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(super) fn new(text: &'t str) -> Lines<'t> {
        let breaks = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Lines { text, starts: std::iter::once(0).chain(breaks.map(|(at, _)| at + 1)).collect() }
    }

    /// How many bytes the text has.
    pub(super) fn length(&self) -> usize {
        self.text.len()
    }

    /// The byte at which a place stands: lines count from 1, columns are characters and count from 0.
    fn offset(&self, place: LineColumn) -> usize {
        let Some(start) = self.starts.get(place.line.saturating_sub(1)) else { return self.length() };
        let rest = &self.text[*start..];
        match rest.as_bytes().get(..place.column) {
            Some(before) if before.is_ascii() => start + place.column,
            _ => rest.char_indices().nth(place.column).map_or(self.length(), |(at, _)| start + at),
        }
    }
}

impl Lowerer<'_> {
    /// A token's place.
    pub(super) fn token(&self, span: TokenSpan) -> Span {
        Span::new(self.file, self.lines.offset(span.start()), self.lines.offset(span.end()))
    }

    /// From the start of one token to the end of another.
    pub(super) fn between(&self, first: TokenSpan, last: TokenSpan) -> Span {
        self.token(first).to(self.token(last))
    }

    /// A whole expression.
    pub(super) fn span(&self, expr: &Expr) -> Span {
        self.between(first_token(expr), last_token(expr))
    }

    /// A pattern.
    pub(super) fn pat_span(&self, pat: &Pat) -> Span {
        match pat {
            Pat::Ident(pat) if pat.subpat.is_none() && pat.by_ref.is_none() => self.token(pat.ident.span()),
            Pat::Wild(pat) => self.token(pat.underscore_token.span),
            _ => self.token(pat.span()),
        }
    }
}

/// The first token's span; follows the leftmost operand.
fn first_token(expr: &Expr) -> TokenSpan {
    let mut expr = expr;
    loop {
        expr = match expr {
            Expr::Assign(e) => &e.left,
            Expr::Await(e) => &e.base,
            Expr::Binary(e) => &e.left,
            Expr::Call(e) => &e.func,
            Expr::Cast(e) => &e.expr,
            Expr::Field(e) => &e.base,
            Expr::Index(e) => &e.expr,
            Expr::MethodCall(e) => &e.receiver,
            Expr::Try(e) => &e.expr,
            Expr::Range(e) => match &e.start {
                Some(start) => start,
                None => return e.span(),
            },
            Expr::Array(e) => return e.bracket_token.span.open(),
            Expr::Async(e) => return e.async_token.span,
            Expr::Block(e) => return e.block.brace_token.span.open(),
            Expr::Break(e) => return e.break_token.span,
            Expr::Closure(e) => return closure_start(e),
            Expr::Continue(e) => return e.continue_token.span,
            Expr::ForLoop(e) => return e.for_token.span,
            Expr::If(e) => return e.if_token.span,
            Expr::Let(e) => return e.let_token.span,
            Expr::Lit(e) => return e.lit.span(),
            Expr::Loop(e) => return e.loop_token.span,
            Expr::Macro(e) => return path_start(&e.mac.path),
            Expr::Match(e) => return e.match_token.span,
            Expr::Paren(e) => return e.paren_token.span.open(),
            Expr::Path(e) if e.qself.is_none() => return path_start(&e.path),
            Expr::Reference(e) => return e.and_token.span,
            Expr::Repeat(e) => return e.bracket_token.span.open(),
            Expr::Return(e) => return e.return_token.span,
            Expr::Struct(e) if e.qself.is_none() => return path_start(&e.path),
            Expr::Tuple(e) => return e.paren_token.span.open(),
            Expr::Unary(e) => return e.op.span(),
            Expr::Unsafe(e) => return e.unsafe_token.span,
            Expr::While(e) => return e.while_token.span,
            _ => return expr.span(),
        };
    }
}

/// The last token's span; follows the rightmost operand.
fn last_token(expr: &Expr) -> TokenSpan {
    let mut expr = expr;
    loop {
        expr = match expr {
            Expr::Assign(e) => &e.right,
            Expr::Binary(e) => &e.right,
            Expr::Closure(e) => &e.body,
            Expr::Let(e) => &e.expr,
            Expr::Reference(e) => &e.expr,
            Expr::Unary(e) => &e.expr,
            Expr::Return(e) => match &e.expr {
                Some(value) => value,
                None => return e.return_token.span,
            },
            Expr::Array(e) => return e.bracket_token.span.close(),
            Expr::Async(e) => return e.block.brace_token.span.close(),
            Expr::Await(e) => return e.await_token.span,
            Expr::Block(e) => return e.block.brace_token.span.close(),
            Expr::Call(e) => return e.paren_token.span.close(),
            Expr::Field(e) => return e.member.span(),
            Expr::ForLoop(e) => return e.body.brace_token.span.close(),
            Expr::If(e) => match &e.else_branch {
                Some((_, branch)) => branch,
                None => return e.then_branch.brace_token.span.close(),
            },
            Expr::Index(e) => return e.bracket_token.span.close(),
            Expr::Lit(e) => return e.lit.span(),
            Expr::Loop(e) => return e.body.brace_token.span.close(),
            Expr::Macro(e) => return e.mac.delimiter.span().close(),
            Expr::Match(e) => return e.brace_token.span.close(),
            Expr::MethodCall(e) => return e.paren_token.span.close(),
            Expr::Paren(e) => return e.paren_token.span.close(),
            Expr::Path(e) => return path_end(&e.path),
            Expr::Repeat(e) => return e.bracket_token.span.close(),
            Expr::Struct(e) => return e.brace_token.span.close(),
            Expr::Try(e) => return e.question_token.span,
            Expr::Tuple(e) => return e.paren_token.span.close(),
            Expr::Unsafe(e) => return e.block.brace_token.span.close(),
            Expr::While(e) => return e.body.brace_token.span.close(),
            _ => return expr.span(),
        };
    }
}

fn closure_start(closure: &syn::ExprClosure) -> TokenSpan {
    let asyncness = closure.asyncness.map(|token| token.span);
    let capture = closure.capture.map(|token| token.span);
    asyncness.or(capture).unwrap_or(closure.inputs_begin.span)
}

fn path_start(path: &syn::Path) -> TokenSpan {
    path.segments.first().map_or_else(|| path.span(), |segment| segment.ident.span())
}

fn path_end(path: &syn::Path) -> TokenSpan {
    match path.segments.last() {
        Some(segment) if segment.arguments.is_none() => segment.ident.span(),
        _ => path.span(),
    }
}
