//! Transformations of Rust, on the spans of what syn parses.

use super::edit::{Site, Variant, apply};
use proc_macro2::{TokenStream, TokenTree};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{Block, Expr, ExprIf, FnArg, Item, Pat, Signature, Stmt};

/// Types whose values stay when they are given away; references do as well.
const COPIED: &[&str] = &[
    "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "isize", "f32",
    "f64",
];

/// Every variant of a file under one transformation.
pub(crate) fn variants(name: &str, site: &Site<'_>) -> Vec<Variant> {
    let Ok(file) = syn::parse_file(&site.text) else { return Vec::new() };
    let mut seen = Seen::default();
    seen.visit_file(&file);
    let code = Code { site, file: &file, seen };
    let variants = match name {
        "rename" => code.rename().into_iter().collect(),
        "reorder" => code.reorder().into_iter().collect(),
        "helper" => site.calls.iter().filter_map(|span| code.helper(span, false)).collect(),
        "helper-in-another-file" => site.calls.iter().filter_map(|span| code.helper(span, true)).collect(),
        "nested-if" => code.seen.bodies.iter().filter_map(|(_, body)| code.nested(body)).collect(),
        "early-return" => code.seen.bodies.iter().filter_map(|(sig, body)| code.early(sig, body)).collect(),
        _ => Vec::new(),
    };
    for text in variants.iter().flat_map(Variant::texts) {
        assert!(syn::parse_file(text).is_ok(), "{name} breaks {}:\n{text}", site.path.display());
    }
    variants
}

/// Everything of a file that some transformation asks for.
#[derive(Default)]
struct Seen {
    bodies: Vec<(Signature, Block)>,
    calls: Vec<Range<usize>>,
    awaits: Vec<Range<usize>>,
    /// Uses of names as values, those in macros among them.
    uses: Vec<(Range<usize>, String)>,
    bound: Vec<(Range<usize>, String)>,
    banned: BTreeSet<String>,
}

impl<'ast> Visit<'ast> for Seen {
    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.bodies.push((item.sig.clone(), (*item.block).clone()));
        visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        self.bodies.push((item.sig.clone(), item.block.clone()));
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_expr(&mut self, one: &'ast Expr) {
        match one {
            Expr::Call(_) | Expr::MethodCall(_) | Expr::Macro(_) => {
                self.calls.push(one.span().byte_range());
            }
            Expr::Await(_) => self.awaits.push(one.span().byte_range()),
            _ => {}
        }
        if let Expr::MethodCall(call) = one
            && let Expr::Path(path) = &*call.receiver
            && let Some(name) = path.path.get_ident()
        {
            // What a library's client is called may be all that tells it.
            self.banned.insert(name.to_string());
        }
        visit::visit_expr(self, one);
    }

    fn visit_expr_path(&mut self, path: &'ast syn::ExprPath) {
        if let Some(name) = path.path.get_ident() {
            self.uses.push((name.span().byte_range(), name.to_string()));
        }
    }

    fn visit_pat_ident(&mut self, pat: &'ast syn::PatIdent) {
        self.bound.push((pat.ident.span().byte_range(), pat.ident.to_string()));
        visit::visit_pat_ident(self, pat);
    }

    fn visit_field_value(&mut self, field: &'ast syn::FieldValue) {
        if let (None, syn::Member::Named(name)) = (field.colon_token, &field.member) {
            self.banned.insert(name.to_string());
        }
        visit::visit_field_value(self, field);
    }

    fn visit_field_pat(&mut self, field: &'ast syn::FieldPat) {
        if let (None, syn::Member::Named(name)) = (field.colon_token, &field.member) {
            self.banned.insert(name.to_string());
        }
        visit::visit_field_pat(self, field);
    }

    fn visit_macro(&mut self, one: &'ast syn::Macro) {
        self.tokens(one.tokens.clone());
    }
}

impl Seen {
    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (at, token) in tokens.iter().enumerate() {
            let is = |at: Option<usize>, signs: &[char]| {
                let token = at.and_then(|at| tokens.get(at));
                matches!(token, Some(TokenTree::Punct(punct)) if signs.contains(&punct.as_char()))
            };
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(name)
                    if is(at.checked_sub(1), &['.', ':']) || is(Some(at + 1), &[':', '=', '!']) =>
                {
                    self.banned.insert(name.to_string());
                }
                TokenTree::Ident(name) => self.uses.push((name.span().byte_range(), name.to_string())),
                // `{name}` in a format text.
                TokenTree::Literal(text) => {
                    let text = text.to_string();
                    let holes = text.split('{').skip(1).filter_map(|hole| hole.split([':', '}']).next());
                    self.banned.extend(holes.map(str::to_owned));
                }
                TokenTree::Punct(_) => {}
            }
        }
    }
}

struct Code<'s> {
    site: &'s Site<'s>,
    file: &'s syn::File,
    seen: Seen,
}

impl Code<'_> {
    fn text(&self, node: &impl Spanned) -> &str {
        &self.site.text[node.span().byte_range()]
    }

    fn edited(&self, edits: Vec<(Range<usize>, String)>) -> Variant {
        Variant { text: apply(&self.site.text, edits), ..Variant::default() }
    }

    fn rename(&self) -> Option<Variant> {
        let items: BTreeSet<String> = self.file.items.iter().filter_map(name).collect();
        let names: BTreeSet<&String> = self.seen.bound.iter().map(|(_, name)| name).collect();
        let names = names.into_iter().filter(|name| {
            let is_small = name.starts_with(|c: char| c.is_lowercase());
            is_small
                && !self.seen.banned.contains(*name)
                && !items.contains(*name)
                && (self.site.is_free)(name)
        });
        let names: BTreeMap<&String, String> =
            names.enumerate().map(|(at, name)| (name, format!("qx{at}z"))).collect();
        let places = self.seen.bound.iter().chain(&self.seen.uses);
        let edits: Vec<_> =
            places.filter_map(|(range, name)| Some((range.clone(), names.get(name)?.clone()))).collect();
        let back = names.iter().map(|(old, new)| (new.clone(), (*old).clone())).collect();
        (!edits.is_empty()).then(|| Variant { back, ..self.edited(edits) })
    }

    fn reorder(&self) -> Option<Variant> {
        let functions: Vec<&Item> =
            self.file.items.iter().filter(|item| matches!(item, Item::Fn(_))).collect();
        let texts = functions.iter().rev().map(|item| self.text(*item).to_owned());
        let edits: Vec<_> = functions.iter().map(|item| item.span().byte_range()).zip(texts).collect();
        (edits.len() > 1).then(|| self.edited(edits))
    }

    /// The call around a span, to the end of its chain, put into a function of its own.
    fn helper(&self, span: &Range<usize>, elsewhere: bool) -> Option<Variant> {
        let (call, is_awaited, whole) = self.call(span)?;
        let (old, text) = (&self.site.text[whole.clone()], &self.site.text[call.clone()]);
        let bodies = self.seen.bodies.iter().filter(|(_, body)| holds(&body.span().byte_range(), &call));
        let (sig, body) = bodies.min_by_key(|(_, body)| body.span().byte_range().len())?;
        let (names, params) = self.parameters(sig, body, &call)?;
        let arguments = names.join(", ");
        let generics = if sig.generics.params.is_empty() { "" } else { self.text(&sig.generics) };
        let is_async = if is_awaited { "async " } else { "" };
        // What it returns is what it returned: no type is stated for it here.
        let function = format!("{is_async}fn enter_qx{generics}({params}) -> _ {{\n    {old}\n}}\n");
        let way = if elsewhere { "enter_qx::" } else { "" };
        let new = format!("{way}enter_qx({arguments})");
        let mut variant = self.edited(vec![(call.clone(), new.clone())]);
        variant.back = vec![(new, text.to_owned())];
        if elsewhere {
            self.put_elsewhere(&mut variant, old, &params, &function)?;
        } else {
            variant.text.push_str(&format!("\n{function}"));
        }
        Some(variant)
    }

    /// The smallest call around a span with what is chained to it, as far as nothing in it leaves
    /// the function; whether it is awaited, and the range with the `await`.
    fn call(&self, span: &Range<usize>) -> Option<(Range<usize>, bool, Range<usize>)> {
        let around = || self.seen.calls.iter().filter(|range| holds(range, span));
        let start = around().min_by_key(|range| range.len())?.start;
        let moves = |range: &&Range<usize>| {
            let text = &self.site.text[(*range).clone()];
            let stays = ["?", "|", "{ ", "{\n", ".await"].iter().any(|sign| text.contains(sign));
            !stays && !words(text).any(|word| matches!(word, "self" | "return"))
        };
        let chained = around().filter(|range| range.start == start).filter(moves);
        let call = chained.max_by_key(|range| range.len())?.clone();
        let is_wait = |outer: &&Range<usize>| {
            outer.start == call.start
                && outer.end > call.end
                && words(&self.site.text[call.end..outer.end]).filter(|word| !word.is_empty()).eq(["await"])
        };
        let wait = self.seen.awaits.iter().find(is_wait);
        Some((call.clone(), wait.is_some(), wait.cloned().unwrap_or(call)))
    }

    /// The locals that a call needs if it moves, and how they are declared: none if a type is
    /// stated nowhere, or a value would be gone for those who still need it.
    fn parameters(&self, sig: &Signature, body: &Block, call: &Range<usize>) -> Option<(Vec<&str>, String)> {
        let inside = body.span().byte_range();
        let bound: BTreeSet<&str> = self
            .seen
            .bound
            .iter()
            .filter(|(range, _)| inside.contains(&range.start))
            .map(|(_, name)| name.as_str())
            .collect();
        let mut types: BTreeMap<String, &str> = BTreeMap::new();
        for argument in &sig.inputs {
            if let FnArg::Typed(typed) = argument
                && let Pat::Ident(pat) = &*typed.pat
            {
                types.insert(pat.ident.to_string(), self.text(&*typed.ty));
            }
        }
        // Names in format texts come in unseen.
        let text = &self.site.text[call.clone()];
        if self.seen.banned.iter().any(|name| text.contains(&format!("{{{name}"))) {
            return None;
        }
        let (mut names, mut params) = (Vec::new(), Vec::new());
        for (_, name) in self.seen.uses.iter().filter(|(place, _)| call.contains(&place.start)) {
            if bound.contains(name.as_str()) {
                return None;
            }
            let Some(of) = types.get(name) else { continue };
            let mut others = self.seen.uses.iter().filter(|(place, other)| {
                other == name && inside.contains(&place.start) && !call.contains(&place.start)
            });
            if !of.starts_with('&') && !COPIED.contains(of) && others.next().is_some() {
                return None;
            }
            if !names.contains(&name.as_str()) {
                names.push(name.as_str());
                params.push(format!("{name}: {of}"));
            }
        }
        Some((names, params.join(", ")))
    }

    /// A function in a module below this file's, which uses what this file uses.
    fn put_elsewhere(&self, variant: &mut Variant, old: &str, params: &str, function: &str) -> Option<()> {
        let uses = self.file.items.iter().filter(|item| matches!(item, Item::Use(_)));
        let uses: String = uses.map(|item| format!("{}\n", self.text(item))).collect();
        let own = self.file.items.iter().filter_map(name);
        let own = own.filter(|name| words(old).chain(words(params)).any(|word| word == name));
        let own: String = own.map(|name| format!("use super::{name};\n")).collect();
        let path = &self.site.path;
        let is_root = matches!(path.file_stem()?.to_str()?, "lib" | "main" | "mod");
        let folder = if is_root { path.parent()?.to_owned() } else { path.with_extension("") };
        variant.text.push_str("\nmod enter_qx;\n");
        variant.more = Some((folder.join("enter_qx.rs"), format!("{uses}{own}\npub {function}")));
        Some(())
    }

    /// `if c { return; } rest` → `if !(c) { rest } else { return; }`
    fn nested(&self, body: &Block) -> Option<Variant> {
        let (last, before) = body.stmts.split_last()?;
        let (one, at) = before.iter().find_map(|stmt| {
            let one = plain_if(stmt)?;
            leaves(&one.then_branch).then_some((one, stmt.span().byte_range()))
        })?;
        let end = last.span().byte_range().end;
        let rest = &self.site.text[at.end..end];
        let (test, guard) = (self.text(&*one.cond), self.text(&one.then_branch));
        Some(self.edited(vec![(at.start..end, format!("if !({test}) {{{rest}\n}} else {guard}"))]))
    }

    /// `if c { body }` at the end → `if !(c) { return; } body`
    fn early(&self, sig: &Signature, body: &Block) -> Option<Variant> {
        let (last, before) = body.stmts.split_last()?;
        let (at, way_out) = match last {
            // Said twice, it must do nothing: `Ok(())`, a name, a literal.
            Stmt::Expr(Expr::Call(_) | Expr::Path(_) | Expr::Lit(_), None)
                if self.text(last).replace("(())", "").find('(').is_none() =>
            {
                (before.last()?, self.text(last))
            }
            _ if matches!(sig.output, syn::ReturnType::Default) => (last, ""),
            _ => return None,
        };
        let one = plain_if(at)?;
        if leaves(&one.then_branch) {
            return None;
        }
        let inner = self.text(&one.then_branch).strip_prefix('{')?.strip_suffix('}')?;
        let test = self.text(&*one.cond);
        let new = format!("if !({test}) {{ return {way_out}; }}\n{inner}");
        Some(self.edited(vec![(at.span().byte_range(), new)]))
    }
}

fn holds(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
}

fn name(item: &Item) -> Option<String> {
    Some(match item {
        Item::Fn(item) => item.sig.ident.to_string(),
        Item::Static(item) => item.ident.to_string(),
        Item::Const(item) => item.ident.to_string(),
        Item::Struct(item) => item.ident.to_string(),
        Item::Enum(item) => item.ident.to_string(),
        Item::Type(item) => item.ident.to_string(),
        _ => return None,
    })
}

/// An `if` statement without `else` and without patterns.
fn plain_if(stmt: &Stmt) -> Option<&ExprIf> {
    match stmt {
        Stmt::Expr(Expr::If(one), _) if one.else_branch.is_none() && !has_let(&one.cond) => Some(one),
        _ => None,
    }
}

fn has_let(test: &Expr) -> bool {
    match test {
        Expr::Let(_) => true,
        Expr::Binary(both) => has_let(&both.left) || has_let(&both.right),
        _ => false,
    }
}

fn leaves(body: &Block) -> bool {
    matches!(body.stmts.last(), Some(Stmt::Expr(Expr::Return(_), _)))
}
