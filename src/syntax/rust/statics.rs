//! Statics and constants as module locals, the macros that declare them included.

use super::types::plain;
use super::{Lowerer, name};
use crate::program::{Export, Exported, FunctionId, Local, LocalInfo, Name, Type};
use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Expr, Item, StaticMutability, Token};

/// An initialiser that runs with the module although it stands inside a function.
pub(super) struct Later {
    local: Local,
    module: usize,
    expr: Expr,
}

/// One declaration inside a declaring macro: `pub static ref NAME: T = value;`.
struct Declared {
    attrs: Vec<Attribute>,
    public: bool,
    ident: syn::Ident,
    mutable: bool,
    ty: syn::Type,
    expr: Expr,
}

struct DeclaredList(Vec<Declared>);

impl Parse for Declared {
    fn parse(input: ParseStream<'_>) -> syn::Result<Declared> {
        let attrs = input.call(Attribute::parse_outer)?;
        let public = super::items::public(&input.parse()?);
        input.parse::<Token![static]>()?;
        input.parse::<Option<Token![ref]>>()?;
        let mutable = input.parse::<Option<Token![mut]>>()?.is_some();
        let ident = input.parse()?;
        input.parse::<Token![:]>()?;
        let ty = input.parse()?;
        input.parse::<Token![=]>()?;
        let expr = input.parse()?;
        if !input.is_empty() {
            input.parse::<Token![;]>()?;
        }
        Ok(Declared { attrs, public, ident, mutable, ty, expr })
    }
}

impl Parse for DeclaredList {
    fn parse(input: ParseStream<'_>) -> syn::Result<DeclaredList> {
        let mut list = Vec::new();
        while !input.is_empty() {
            list.push(input.parse()?);
        }
        Ok(DeclaredList(list))
    }
}

/// The statics a macro invocation declares, if that is all it holds.
fn declared(tokens: &TokenStream) -> Vec<Declared> {
    // Cheap look first: most item macros declare something else.
    let any =
        tokens.clone().into_iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "static"));
    if !any {
        return Vec::new();
    }
    syn::parse2::<DeclaredList>(tokens.clone()).map(|list| list.0).unwrap_or_default()
}

impl Lowerer<'_> {
    /// Makes locals of the statics and constants of one item; their types come with the item.
    pub(super) fn collect_statics(&mut self, item: &Item) -> Vec<(Name, Local)> {
        match item {
            Item::Static(item) => {
                let mutable = matches!(item.mutability, StaticMutability::Mut(_));
                vec![self.static_local(&item.ident, mutable)]
            }
            Item::Const(item) if item.ident != "_" => vec![self.static_local(&item.ident, false)],
            Item::Macro(item) if item.ident.is_none() => {
                let found = declared(&item.mac.tokens);
                found.iter().map(|found| self.static_local(&found.ident, found.mutable)).collect()
            }
            _ => Vec::new(),
        }
    }

    fn static_local(&mut self, ident: &syn::Ident, mutable: bool) -> (Name, Local) {
        let span = self.token(ident.span());
        let name = name(ident);
        let locals = &mut self.builder.program.locals;
        locals.push(LocalInfo { name: name.clone(), ty: None, function: FunctionId(0), mutable, span });
        (name, Local(locals.len() as u32 - 1))
    }

    /// A static's type and initialiser, in the module function.
    pub(super) fn initialise(&mut self, ident: &syn::Ident, ty: &syn::Type, expr: &Expr, public: bool) {
        let Some(local) = self.own_static(&name(ident)) else { return };
        let ty = self.ty(ty);
        self.set_type(local, ty);
        if public {
            self.export_static(ident, local);
        }
        self.initialise_local(local, expr);
    }

    fn export_static(&mut self, ident: &syn::Ident, local: Local) {
        let export = Export { name: name(ident), what: Exported::Local(local) };
        self.builder.program.exports.push(export);
    }

    fn initialise_local(&mut self, local: Local, expr: &Expr) {
        let name = self.builder.program.locals.get(local.0 as usize).map(|info| info.name.clone());
        self.hint_name(expr, name);
        let scope = self.push_temporaries();
        let value = self.consumed(expr);
        let span = self.span(expr);
        self.builder.settle(local, value, span);
        debug_assert_eq!(scope, self.innermost());
        // Statics are never dropped, and what their initialiser borrowed lives as long.
        self.pop_silently();
    }

    fn set_type(&mut self, local: Local, ty: Type) {
        if let Some(info) = self.builder.program.locals.get_mut(local.0 as usize) {
            info.ty = Some(Box::new(ty));
        }
    }

    /// The statics of a declaring macro; whether it was one.
    pub(super) fn static_macro(&mut self, mac: &syn::Macro) -> bool {
        let found = declared(&mac.tokens);
        let per_thread = mac.path.segments.last().is_some_and(|last| last.ident == "thread_local");
        for declared in &found {
            let Some(local) = self.own_static(&name(&declared.ident)) else { continue };
            let mut ty = self.ty(&declared.ty);
            if per_thread {
                let mut outer = plain("std", vec![ty]);
                outer.name.path.extend([Name::new("thread"), Name::new("LocalKey")]);
                ty = outer;
            }
            self.set_type(local, ty);
            if declared.public {
                self.export_static(&declared.ident, local);
            }
            if !super::items::is_test(&declared.attrs) {
                self.initialise_local(local, &declared.expr);
            }
        }
        !found.is_empty()
    }

    /// A static or constant inside a function: module state, set up once.
    pub(super) fn static_inside(&mut self, ident: &syn::Ident, ty: &syn::Type, expr: &Expr, mutable: bool) {
        self.builder.tell_outside();
        let (name, local) = self.static_local(ident, mutable);
        let ty = self.ty(ty);
        self.set_type(local, ty);
        self.bind_name(name, local);
        self.later.push(Later { local, module: self.module, expr: expr.clone() });
    }

    /// The statics of a declaring macro inside a function; whether it was one.
    pub(super) fn static_macro_inside(&mut self, mac: &syn::Macro) -> bool {
        let found = declared(&mac.tokens);
        for declared in &found {
            self.static_inside(&declared.ident, &declared.ty, &declared.expr, declared.mutable);
        }
        !found.is_empty()
    }

    /// Runs the initialisers that were put off, those they put off themselves included.
    pub(super) fn run_later(&mut self) {
        while let Some(later) = self.later.pop() {
            self.module = later.module;
            self.initialise_local(later.local, &later.expr);
        }
    }
}
