//! Macro calls: the language's own, and those whose grammar the pages tell.

use super::expressions::{Operand, Origin};
use super::names::segments;
use super::patterns::How;
use super::scopes::Fail;
use super::{Lowerer, prepare};
use crate::book::api::MacroGrammar;
use crate::program::{Arg, Callee, Exit, Global, Local, Name, Op, Operator, Value};
use crate::source::Span;
use proc_macro2::{TokenStream, TokenTree};
use rustc_hash::FxHashSet;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Expr, Pat, Token};

/// The language's own macros.
enum Known {
    Raise,
    Assert,
    AssertEqual(Operator),
    Format,
    List,
    Matches,
    Text,
    Nothing,
}

fn known(name: &str) -> Option<Known> {
    Some(match name {
        "panic" | "unreachable" | "todo" | "unimplemented" => Known::Raise,
        "assert" => Known::Assert,
        "assert_eq" => Known::AssertEqual(Operator::Equal),
        "assert_ne" => Known::AssertEqual(Operator::NotEqual),
        "format" | "format_args" | "concat" => Known::Format,
        "vec" => Known::List,
        "matches" => Known::Matches,
        "stringify" => Known::Text,
        // A released build leaves the debug forms out.
        "compile_error" | "debug_assert" | "debug_assert_eq" | "debug_assert_ne" => Known::Nothing,
        _ => return None,
    })
}

/// Whether the language brings a macro of this name.
pub(super) fn is_own(name: &str) -> bool {
    known(name).is_some()
}

/// One argument: `name = value`, `%value`, `key: value` or just `value`.
pub(super) struct Argument {
    pub(super) name: Option<Name>,
    /// `None` if it is no expression.
    pub(super) expr: Option<Expr>,
    pub(super) tokens: TokenStream,
}

/// `value, pattern if guard`.
struct Matches {
    value: Expr,
    pat: Pat,
}

impl Parse for Matches {
    fn parse(input: ParseStream<'_>) -> syn::Result<Matches> {
        let value = input.parse()?;
        input.parse::<Token![,]>()?;
        let mut pat = Pat::parse_multi_with_leading_vert(input)?;
        if input.peek(Token![if]) {
            let if_token = input.parse()?;
            let guard = input.parse()?;
            pat = Pat::Guard(syn::PatGuard { attrs: Vec::new(), pat: Box::new(pat), if_token, guard });
        }
        input.parse::<Option<Token![,]>>()?;
        Ok(Matches { value, pat })
    }
}

/// `value; count`.
struct Repeat {
    value: Expr,
    count: Expr,
}

impl Parse for Repeat {
    fn parse(input: ParseStream<'_>) -> syn::Result<Repeat> {
        let value = input.parse()?;
        input.parse::<Token![;]>()?;
        Ok(Repeat { value, count: input.parse()? })
    }
}

/// One arm of `select!`: `pattern = future, if condition => body`.
struct SelectArm {
    pat: Option<Pat>,
    future: Option<Expr>,
    body: Expr,
}

struct Select(Vec<SelectArm>);

impl Parse for Select {
    fn parse(input: ParseStream<'_>) -> syn::Result<Select> {
        // `biased;` and the like come first.
        if input.peek(syn::Ident) && input.peek2(Token![;]) {
            input.parse::<syn::Ident>()?;
            input.parse::<Token![;]>()?;
        }
        let mut arms = Vec::new();
        while !input.is_empty() {
            let (mut pat, mut future) = (None, None);
            if input.peek(Token![else]) {
                input.parse::<Token![else]>()?;
            } else {
                pat = Some(Pat::parse_multi_with_leading_vert(input)?);
                input.parse::<Token![=]>()?;
                future = Some(input.parse()?);
                if input.parse::<Option<Token![,]>>()?.is_some() {
                    input.parse::<Token![if]>()?;
                    input.parse::<Expr>()?;
                }
            }
            input.parse::<Token![=>]>()?;
            let body = if input.peek(syn::token::Brace) {
                Expr::Block(syn::ExprBlock { attrs: Vec::new(), label: None, block: input.parse()? })
            } else {
                input.parse()?
            };
            input.parse::<Option<Token![,]>>()?;
            arms.push(SelectArm { pat, future, body });
        }
        Ok(Select(arms))
    }
}

impl Lowerer<'_> {
    pub(super) fn macro_span(&self, mac: &syn::Macro) -> Span {
        let start = mac.path.segments.first().map(|segment| segment.ident.span());
        let end = mac.delimiter.span().close();
        self.between(start.unwrap_or(end), end)
    }

    /// A macro call where a value may stand.
    pub(super) fn macro_call(&mut self, mac: &syn::Macro, span: Span) -> Operand {
        let global = self.global(&segments(&mac.path));
        let full = global.path.join(".");
        let last = global.path.last().cloned().unwrap_or_default();
        let grammar = self.macros.get(full.as_str()).or_else(|| self.macros.get(&last)).copied();
        let own =
            global.path.len() == 1 || matches!(global.path.first().map(Name::as_str), Some("std" | "core"));
        if let Some(known) = known(&last).filter(|_| own) {
            return self.known_macro(known, mac, span);
        }
        match grammar {
            Some(MacroGrammar::Skip) => self.mentioned(&mac.tokens, span),
            Some(MacroGrammar::Arms) => match syn::parse2::<Select>(mac.tokens.clone()) {
                Ok(select) => self.select(&select.0, span),
                Err(_) => self.mentioned(&mac.tokens, span),
            },
            Some(MacroGrammar::Format) => self.known_macro(Known::Format, mac, span),
            Some(MacroGrammar::Text) => self.known_macro(Known::Text, mac, span),
            Some(MacroGrammar::Expressions) => self.generic_macro(global, mac, true, span),
            None => self.generic_macro(global, mac, false, span),
        }
    }

    fn known_macro(&mut self, known: Known, mac: &syn::Macro, span: Span) -> Operand {
        match known {
            Known::Raise => {
                let args = arguments(&mac.tokens);
                let value = self.message(&args, span);
                self.end(Exit::Raise(value));
                Operand::other(self.builder.temporary(span))
            }
            Known::Assert => {
                let args = arguments(&mac.tokens);
                self.assertion(&args, 1, span, |lowerer, fail| {
                    if let Some(Argument { expr: Some(expr), .. }) = args.first() {
                        lowerer.condition(expr, fail);
                    }
                })
            }
            Known::AssertEqual(operator) => {
                let args = arguments(&mac.tokens);
                self.assertion(&args, 2, span, |lowerer, fail| {
                    let sides = args.iter().take(2).filter_map(|arg| arg.expr.as_ref());
                    let sides: Vec<Local> = sides.map(|side| lowerer.borrowed(side)).collect();
                    let test = lowerer.apply(operator, sides, span).local;
                    lowerer.branch(test, span, fail);
                })
            }
            Known::Format => {
                let args = arguments(&mac.tokens);
                match self.template(&args, true, span) {
                    Some(template) => Operand::other(template.value),
                    None => {
                        let parts = self.lower_arguments(&args, false);
                        Operand::other(self.builder.value(Value::Mix(parts), span))
                    }
                }
            }
            Known::List => self.list_macro(mac, span),
            Known::Matches => {
                Operand::other(self.truth(span, |lowerer, fail| lowerer.matches_condition(mac, fail)))
            }
            Known::Text => {
                let text = Name::new(mac.tokens.to_string());
                let literal = crate::program::Literal::Text(text);
                Operand::other(self.builder.value(Value::Literal(literal), span))
            }
            Known::Nothing => self.nothing(span),
        }
    }

    /// The text of a panic.
    fn message(&mut self, args: &[Argument], span: Span) -> Option<Local> {
        if args.is_empty() {
            return None;
        }
        if let Some(template) = self.template(args, true, span) {
            return Some(template.value);
        }
        let parts = self.lower_arguments(args, false);
        Some(self.builder.value(Value::Mix(parts), span))
    }

    fn assertion(
        &mut self,
        args: &[Argument],
        skip: usize,
        span: Span,
        test: impl FnOnce(&mut Self, &Fail),
    ) -> Operand {
        let (fails, done) = (self.new_join(), self.new_join());
        self.push_temporaries();
        let scope = self.push_block();
        test(self, &Fail { to: fails, release: Some(scope) });
        self.pop_scope(span);
        self.pop_scope(span);
        self.jump(done);
        self.land(fails);
        let value = self.message(args.get(skip..).unwrap_or_default(), span);
        self.end(Exit::Raise(value));
        self.land(done);
        Operand::other(self.builder.temporary(span))
    }

    fn list_macro(&mut self, mac: &syn::Macro, span: Span) -> Operand {
        if let Ok(repeat) = syn::parse2::<Repeat>(mac.tokens.clone()) {
            let value = self.consumed(&repeat.value);
            let count = self.read(&repeat.count);
            return Operand::other(self.builder.value(Value::Mix(vec![value, count]), span));
        }
        let args = arguments(&mac.tokens);
        let items = self.lower_arguments(&args, true);
        Operand::other(self.list(items, span))
    }

    /// Whether this is the language's `matches!`.
    pub(super) fn is_matches(&self, mac: &syn::Macro) -> bool {
        mac.path.segments.last().is_some_and(|last| last.ident == "matches")
    }

    pub(super) fn matches_condition(&mut self, mac: &syn::Macro, fail: &Fail) {
        let span = self.macro_span(mac);
        let Ok(parsed) = syn::parse2::<Matches>(mac.tokens.clone()) else {
            let test = self.mentioned(&mac.tokens, span).local;
            self.branch(test, span, fail);
            return;
        };
        // Its names and temporaries end with it, whichever way it goes.
        let scope = self.push_temporaries();
        let value = self.borrowed(&parsed.value);
        let release = Some(fail.release.map_or(scope, |outer| outer.min(scope)));
        self.pattern(&parsed.pat, value, How { fail: Some(Fail { release, ..*fail }), ..How::plain(scope) });
        self.pop_scope(span);
    }

    /// A macro whose body may be comma-separated expressions.
    fn generic_macro(&mut self, global: Global, mac: &syn::Macro, told: bool, span: Span) -> Operand {
        let args = arguments(&mac.tokens);
        if !told && args.iter().any(|arg| arg.expr.is_none()) {
            return self.mentioned(&mac.tokens, span);
        }
        let first = args.iter().position(|arg| arg.name.is_none() && is_text(arg));
        let mut values = Vec::new();
        let before = first.unwrap_or(args.len());
        let (lead, rest) = args.split_at(before.min(args.len()));
        values.extend(self.lower_arguments(lead, false));
        match self.template(rest, false, span) {
            Some(template) => {
                values.push(template.value);
                values.extend(template.left);
            }
            None => values.extend(self.lower_arguments(rest, false)),
        }
        let args = values.into_iter().map(|value| Arg { value, spread: false, lent: false }).collect();
        self.called(Callee::Macro(global), args, span)
    }

    /// Arguments in order; what is no expression is a mix of the variables it mentions.
    pub(super) fn lower_arguments(&mut self, args: &[Argument], moves: bool) -> Vec<Local> {
        args.iter().map(|arg| self.lower_argument(arg, moves)).collect()
    }

    pub(super) fn lower_argument(&mut self, arg: &Argument, moves: bool) -> Local {
        match &arg.expr {
            Some(expr) if moves => self.consumed(expr),
            Some(expr) => {
                let operand = self.operand(expr);
                // A macro may take its arguments by reference: then temporaries end here.
                if operand.origin == Origin::Fresh {
                    self.drop_unused(operand);
                }
                operand.local
            }
            None => {
                let span = self.tokens_span(&arg.tokens);
                self.mentioned(&arg.tokens, span).local
            }
        }
    }

    fn tokens_span(&self, tokens: &TokenStream) -> Span {
        let mut spans = tokens.clone().into_iter().map(|token| token.span());
        match spans.next() {
            Some(first) => self.between(first, spans.last().unwrap_or(first)),
            None => Span::new(self.file, 0, 0),
        }
    }

    /// What is not understood may still use the variables it mentions.
    pub(super) fn mentioned(&mut self, tokens: &TokenStream, span: Span) -> Operand {
        let mut seen = FxHashSet::default();
        let mut found = Vec::new();
        let mut open = vec![tokens.clone().into_iter()];
        while let Some(tokens) = open.last_mut() {
            match tokens.next() {
                None => {
                    open.pop();
                }
                Some(TokenTree::Group(group)) => open.push(group.stream().into_iter()),
                Some(TokenTree::Ident(ident)) => {
                    if let Some(local) = self.variable(&ident.to_string())
                        && seen.insert(local)
                    {
                        found.push(local);
                    }
                }
                Some(_) => {}
            }
        }
        Operand::other(self.builder.value(Value::Mix(found), span))
    }

    /// Futures race; each arm waits for its own.
    fn select(&mut self, arms: &[SelectArm], span: Span) -> Operand {
        let mut futures: Vec<Option<Local>> = Vec::new();
        for arm in arms {
            let future = arm.future.as_ref().map(|future| self.borrowed(future));
            futures.push(future);
        }
        let all: Vec<Local> = futures.iter().flatten().copied().collect();
        let result = self.result(span);
        let done = self.new_join();
        let last = arms.len().saturating_sub(1);
        for (at, (arm, future)) in arms.iter().zip(futures).enumerate() {
            let next = self.new_join();
            if at != last {
                let test = self.builder.value(Value::Mix(all.clone()), span);
                self.branch(test, span, &Fail::to(next));
            }
            let scope = self.push_block();
            if let (Some(of), Some(pat)) = (future, &arm.pat) {
                let at = arm.future.as_ref().map_or(span, |future| self.span(future));
                let into = self.builder.temporary(at);
                self.builder.step(Op::Suspend { into, of }, at);
                self.pattern(
                    pat,
                    into,
                    How { drops: true, exhaustive: true, sole: true, ..How::plain(scope) },
                );
            }
            self.push_temporaries();
            self.value_into(&arm.body, result);
            let end = self.span(&arm.body);
            self.pop_scope(end);
            self.pop_scope(end);
            self.jump(done);
            self.land(next);
        }
        self.land(done);
        Operand { local: result, origin: Origin::Fresh }
    }
}

fn is_text(arg: &Argument) -> bool {
    matches!(&arg.expr, Some(Expr::Lit(lit)) if matches!(lit.lit, syn::Lit::Str(_)))
}

/// The comma-separated arguments of a macro body.
pub(super) fn arguments(tokens: &TokenStream) -> Vec<Argument> {
    // The common case first: plain expressions parse as a whole.
    if let Ok(list) =
        syn::parse::Parser::parse2(Punctuated::<Expr, Token![,]>::parse_terminated, tokens.clone())
    {
        return list.into_iter().map(named).collect();
    }
    let mut parts: Vec<Vec<TokenTree>> = vec![Vec::new()];
    for token in tokens.clone() {
        match (&token, parts.last_mut()) {
            (TokenTree::Punct(punct), _) if punct.as_char() == ',' => parts.push(Vec::new()),
            (_, Some(part)) => part.push(token),
            _ => {}
        }
    }
    parts.into_iter().filter(|part| !part.is_empty()).map(argument).collect()
}

/// `name = value` parses as an assignment.
fn named(expr: Expr) -> Argument {
    match expr {
        Expr::Assign(assign) => {
            let name = match &*assign.left {
                Expr::Path(path) => path.path.get_ident().map(super::name),
                _ => None,
            };
            match name {
                Some(name) => {
                    Argument { name: Some(name), expr: Some(*assign.right), tokens: TokenStream::new() }
                }
                None => Argument { name: None, expr: Some(Expr::Assign(assign)), tokens: TokenStream::new() },
            }
        }
        expr => Argument { name: None, expr: Some(expr), tokens: TokenStream::new() },
    }
}

/// One argument that is no plain expression: a key and a sigil may stand before its value.
fn argument(part: Vec<TokenTree>) -> Argument {
    let all: TokenStream = part.iter().cloned().collect();
    if let Ok(expr) = syn::parse2::<Expr>(all.clone()) {
        return named(expr);
    }
    let mut rest = part.as_slice();
    let mut name = None;
    // `a.b = value`, `key: value`.
    let mark = |token: &TokenTree| matches!(token, TokenTree::Punct(p) if matches!(p.as_char(), '=' | ':'));
    let key = |token: &TokenTree| match token {
        TokenTree::Ident(_) | TokenTree::Literal(_) => true,
        TokenTree::Punct(punct) => punct.as_char() == '.',
        TokenTree::Group(_) => false,
    };
    if let Some(at) = rest.iter().position(mark)
        && at > 0
        && rest.iter().take(at).all(key)
    {
        name = rest.first().map(|first| Name::new(first.to_string()));
        rest = rest.get(at + 1..).unwrap_or_default();
    }
    // `key => value`.
    if let (Some(TokenTree::Punct(punct)), true) = (rest.first(), name.is_some())
        && punct.as_char() == '>'
    {
        rest = rest.get(1..).unwrap_or_default();
    }
    if let Some(TokenTree::Punct(punct)) = rest.first()
        && matches!(punct.as_char(), '%' | '?' | '@')
    {
        rest = rest.get(1..).unwrap_or_default();
    }
    let value: TokenStream = rest.iter().cloned().collect();
    let fits = prepare::depth(value.clone()).0 < 200;
    let expr = fits.then(|| syn::parse2::<Expr>(value).ok()).flatten();
    Argument { name, expr, tokens: all }
}
