//! Items: modules, types, impls and traits; what is public and what is test code.

use super::names::{item_name, segments, use_names};
use super::{Lowerer, name};
use crate::program::{Export, Exported, Name};
use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, ImplItem, Item, Meta, TraitItem, Visibility};

/// A macro's body as items.
struct Items(Vec<Item>);

impl Parse for Items {
    fn parse(input: ParseStream<'_>) -> syn::Result<Items> {
        let mut items = Vec::new();
        while !input.is_empty() {
            items.push(input.parse()?);
        }
        Ok(Items(items))
    }
}

impl Lowerer<'_> {
    /// The items of a file or an inline module.
    pub(super) fn items(&mut self, items: &[Item]) {
        for item in items {
            self.item(item);
        }
    }

    fn item(&mut self, item: &Item) {
        match item {
            Item::Const(item) => self.initialise(&item.ident, &item.ty, &item.expr, public(&item.vis)),
            Item::Static(item) => self.initialise(&item.ident, &item.ty, &item.expr, public(&item.vis)),
            Item::Mod(item) => self.inline_module(item),
            Item::Use(item) if public(&item.vis) => self.re_export(&item.tree),
            Item::Macro(item) if item.ident.is_none() => self.item_macro(&item.mac),
            other => self.type_or_function(other),
        }
    }

    /// Items that mean the same at module level and inside a function.
    fn type_or_function(&mut self, item: &Item) {
        match item {
            Item::Fn(item) => {
                self.push_generics(&item.sig.generics);
                self.declared_function(&item.attrs, &item.sig, &item.block, public(&item.vis));
                self.pop_generics();
            }
            Item::Impl(item) => self.implementation(item),
            Item::Trait(item) => self.trait_item(item),
            Item::Struct(item) => {
                self.push_generics(&item.generics);
                let fields = self.fields(&item.fields);
                self.declare_type(&item.ident, fields, &item.attrs, Vec::new());
                self.pop_generics();
                self.export_type(&item.ident, &item.vis);
            }
            Item::Union(item) => {
                let fields = self.fields(&syn::Fields::Named(item.fields.clone()));
                self.declare_type(&item.ident, fields, &item.attrs, Vec::new());
                self.export_type(&item.ident, &item.vis);
            }
            Item::Enum(item) => {
                self.push_generics(&item.generics);
                // Variants are fields without a type of their own.
                let fields = item.variants.iter().map(|variant| (name(&variant.ident), None)).collect();
                self.declare_type(&item.ident, fields, &item.attrs, Vec::new());
                self.pop_generics();
                self.export_type(&item.ident, &item.vis);
            }
            Item::Type(item) => {
                // An alias is a type whose base is what it stands for.
                self.push_generics(&item.generics);
                let base = self.ty(&item.ty);
                self.declare_type(&item.ident, Vec::new(), &item.attrs, vec![base]);
                self.builder.program.types.last_mut().expect("just declared").alias = true;
                self.pop_generics();
                self.export_type(&item.ident, &item.vis);
            }
            _ => {}
        }
    }

    fn export_type(&mut self, ident: &syn::Ident, vis: &Visibility) {
        if public(vis) && self.frames.len() == 1 {
            let name = name(ident);
            self.builder.program.exports.push(Export { name: name.clone(), what: Exported::Type(name) });
        }
    }

    fn re_export(&mut self, tree: &syn::UseTree) {
        let (uses, globs) = use_names(tree);
        for (name, path) in uses {
            let what = Exported::Elsewhere(self.global(&path));
            self.builder.program.exports.push(Export { name, what });
        }
        for path in globs {
            let what = Exported::Elsewhere(self.global(&path));
            self.builder.program.exports.push(Export { name: Name::new_static("*"), what });
        }
    }

    fn inline_module(&mut self, item: &syn::ItemMod) {
        let Some((_, items)) = &item.content else { return };
        let Some(inner) = self.inner_module(&name(&item.ident)) else { return };
        let outer = std::mem::replace(&mut self.module, inner);
        let was_test = self.in_test;
        self.in_test |= is_test(&item.attrs);
        self.items(items);
        self.in_test = was_test;
        self.module = outer;
    }

    fn implementation(&mut self, item: &syn::ItemImpl) {
        self.push_generics(&item.generics);
        let owner = type_name(&item.self_ty);
        let outer = std::mem::replace(&mut self.owner, owner.clone());
        if let Some((path, _)) = &item.trait_ {
            let base = self.base(path);
            let declared = self.builder.program.types.iter_mut().rev();
            if let Some(declared) =
                declared.into_iter().find(|declared| Some(&declared.name) == owner.as_ref())
            {
                declared.bases.push(base);
            }
        }
        let was_test = self.in_test;
        self.in_test |= is_test(&item.attrs);
        // Methods of a public trait are reachable whatever they say themselves.
        let of_trait = item.trait_.is_some();
        for inner in &item.items {
            match inner {
                ImplItem::Fn(inner) => {
                    self.push_generics(&inner.sig.generics);
                    let exported = of_trait || public(&inner.vis);
                    self.declared_function(&inner.attrs, &inner.sig, &inner.block, exported);
                    self.pop_generics();
                }
                ImplItem::Macro(inner) => self.item_macro(&inner.mac),
                _ => {}
            }
        }
        self.in_test = was_test;
        self.owner = outer;
        self.pop_generics();
    }

    fn trait_item(&mut self, item: &syn::ItemTrait) {
        self.push_generics(&item.generics);
        let outer = self.owner.replace(name(&item.ident));
        for inner in &item.items {
            if let TraitItem::Fn(inner) = inner
                && let Some(block) = &inner.default
            {
                self.push_generics(&inner.sig.generics);
                self.declared_function(&inner.attrs, &inner.sig, block, public(&item.vis));
                self.pop_generics();
            }
        }
        self.owner = outer;
        self.pop_generics();
    }

    /// A macro between items: statics, items, or braces that hold items (`cfg_if!`-like).
    fn item_macro(&mut self, mac: &syn::Macro) {
        if self.static_macro(mac) {
            return;
        }
        if let Ok(items) = syn::parse2::<Items>(mac.tokens.clone()) {
            self.macro_items(&items.0);
            return;
        }
        for tokens in braces(&mac.tokens) {
            if let Ok(items) = syn::parse2::<Items>(tokens) {
                self.macro_items(&items.0);
            }
        }
    }

    fn macro_items(&mut self, items: &[Item]) {
        // The names were not collected with the module: a macro's body may be no items at all.
        let outer = std::mem::replace(&mut self.in_macro, true);
        for item in items {
            if matches!(item, Item::Fn(_) | Item::Impl(_) | Item::Trait(_) | Item::Struct(_) | Item::Enum(_))
            {
                self.type_or_function(item);
            }
        }
        self.in_macro = outer;
    }

    /// An item inside a function.
    pub(super) fn item_inside(&mut self, item: &Item) {
        match item {
            Item::Const(item) => self.static_inside(&item.ident, &item.ty, &item.expr, false),
            Item::Static(item) => {
                let mutable = matches!(item.mutability, syn::StaticMutability::Mut(_));
                self.static_inside(&item.ident, &item.ty, &item.expr, mutable);
            }
            other => {
                // Types and what they implement are found from everywhere.
                self.builder.tell_outside();
                self.type_or_function(other);
            }
        }
    }

    /// Makes the names of a block's items known before its statements run.
    pub(super) fn announce(&mut self, item: &Item) {
        let Some(scope) = self.frame().scopes.last_mut() else { return };
        match item {
            Item::Use(item) => scope.uses.extend(use_names(&item.tree).0),
            other => scope.items.extend(item_name(other)),
        }
    }
}

fn braces(tokens: &TokenStream) -> Vec<TokenStream> {
    let group = |token| match token {
        TokenTree::Group(group) if group.delimiter() == proc_macro2::Delimiter::Brace => Some(group.stream()),
        _ => None,
    };
    tokens.clone().into_iter().filter_map(group).collect()
}

pub(super) fn public(vis: &Visibility) -> bool {
    !matches!(vis, Visibility::Inherited)
}

/// The last name of a self type, references and the like peeled.
fn type_name(ty: &syn::Type) -> Option<Name> {
    match ty {
        syn::Type::Path(ty) => ty.path.segments.last().map(|last| name(&last.ident)),
        syn::Type::Reference(ty) => type_name(&ty.elem),
        syn::Type::Paren(ty) => type_name(&ty.elem),
        syn::Type::Group(ty) => type_name(&ty.elem),
        syn::Type::TraitObject(ty) => ty.bounds.iter().find_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => bound.path.segments.last().map(|last| name(&last.ident)),
            _ => None,
        }),
        _ => None,
    }
}

/// Attribute names without arguments; `cfg(test)` is `test`.
pub(super) fn marks(attrs: &[Attribute]) -> Vec<Name> {
    let mut marks = Vec::new();
    for attr in attrs {
        let path = segments(attr.path()).join(".");
        match path.as_str() {
            "doc" | "derive" | "allow" | "warn" | "deny" | "expect" | "inline" | "must_use" | "cfg_attr" => {}
            "cfg" if is_cfg_test(attr) => marks.push(Name::new_static("test")),
            _ => marks.push(Name::new(path)),
        }
    }
    marks
}

/// `#[cfg(test)]` or `#[test]`.
pub(super) fn is_test(attrs: &[Attribute]) -> bool {
    attrs.iter().any(|attr| attr.path().is_ident("test") || is_cfg_test(attr))
}

fn is_cfg_test(attr: &Attribute) -> bool {
    let Meta::List(list) = &attr.meta else { return false };
    list.path.is_ident("cfg") && demands_test(list.tokens.clone())
}

/// `test`, `all(test, …)`; not `not(test)`, `any(test, …)`.
fn demands_test(tokens: TokenStream) -> bool {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match (token, tokens.get(at + 1)) {
            (TokenTree::Ident(word), Some(TokenTree::Group(group))) => {
                if word == "all" && demands_test(group.stream()) {
                    return true;
                }
                at += 1;
            }
            (TokenTree::Ident(word), _) if word == "test" => return true,
            _ => {}
        }
        at += 1;
    }
    false
}
