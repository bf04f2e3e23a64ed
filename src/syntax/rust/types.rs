//! Written types and type declarations, with names resolved through `use`.

use super::names::segments;
use super::{Lowerer, name};
use crate::program::{Borrow, Global, Name, Type, TypeDecl};
use rustc_hash::FxHashMap;
use syn::punctuated::Punctuated;
use syn::{
    Fields, GenericArgument, GenericParam, Generics, PathArguments, ReturnType, Token, TypeParamBound,
    WherePredicate,
};

/// Bounds that say nothing of what a value is.
const PLAIN_BOUNDS: &[&str] = &[
    "Send",
    "Sync",
    "Sized",
    "Unpin",
    "Clone",
    "Copy",
    "Debug",
    "Default",
    "UnwindSafe",
    "RefUnwindSafe",
    "PartialEq",
    "Eq",
    "Hash",
    "PartialOrd",
    "Ord",
];

/// Types inside types beyond this are cut.
const MOST_NESTING: u32 = 24;

impl Lowerer<'_> {
    /// A written type.
    pub(super) fn ty(&self, written: &syn::Type) -> Type {
        self.ty_within(written, MOST_NESTING)
    }

    /// A function's result, `None` for none written.
    pub(super) fn result_type(&self, output: &ReturnType) -> Option<Type> {
        match output {
            ReturnType::Default => None,
            ReturnType::Type(_, ty) => Some(self.ty(ty)),
        }
    }

    fn ty_within(&self, written: &syn::Type, left: u32) -> Type {
        let Some(left) = left.checked_sub(1) else { return plain("_", Vec::new()) };
        match written {
            syn::Type::Array(ty) => plain("[]", vec![self.ty_within(&ty.elem, left)]),
            syn::Type::Slice(ty) => plain("[]", vec![self.ty_within(&ty.elem, left)]),
            syn::Type::Group(ty) => self.ty_within(&ty.elem, left),
            syn::Type::Paren(ty) => self.ty_within(&ty.elem, left),
            syn::Type::ImplTrait(ty) => {
                self.bounds(&ty.bounds, left).unwrap_or_else(|| plain("impl", vec![]))
            }
            syn::Type::TraitObject(ty) => {
                self.bounds(&ty.bounds, left).unwrap_or_else(|| plain("dyn", vec![]))
            }
            syn::Type::Path(ty) => self.path_type(&ty.path, left),
            syn::Type::Ptr(ty) => Type { borrow: Borrow::Shared, ..self.ty_within(&ty.elem, left) },
            syn::Type::Reference(ty) => {
                let borrow = if ty.mutability.is_some() { Borrow::Exclusive } else { Borrow::Shared };
                Type { borrow, ..self.ty_within(&ty.elem, left) }
            }
            syn::Type::Tuple(ty) => {
                plain("()", ty.elems.iter().map(|elem| self.ty_within(elem, left)).collect())
            }
            syn::Type::FnPtr(ty) => {
                plain("fn", ty.inputs.iter().map(|input| self.ty_within(&input.ty, left)).collect())
            }
            syn::Type::Never(_) => plain("!", Vec::new()),
            _ => plain("_", Vec::new()),
        }
    }

    fn path_type(&self, path: &syn::Path, left: u32) -> Type {
        let names = segments(path);
        if let [only] = names.as_slice()
            && let Some(bound) = self.generics.iter().rev().find_map(|known| known.get(only))
        {
            return bound.clone().unwrap_or_else(|| plain(only, Vec::new()));
        }
        let args = path.segments.last().map_or_else(Vec::new, |last| self.arguments(&last.arguments, left));
        Type { name: self.global(&names), args, borrow: Borrow::Owned }
    }

    fn arguments(&self, arguments: &PathArguments, left: u32) -> Vec<Type> {
        match arguments {
            PathArguments::None => Vec::new(),
            PathArguments::AngleBracketed(list) => list
                .args
                .iter()
                .filter_map(|argument| match argument {
                    GenericArgument::Type(ty) => Some(self.ty_within(ty, left)),
                    GenericArgument::AssocType(ty) => Some(self.ty_within(&ty.ty, left)),
                    _ => None,
                })
                .collect(),
            PathArguments::Parenthesized(list) => {
                let inputs = list.inputs.iter().map(|input| self.ty_within(&input.ty, left));
                let output = match &list.output {
                    ReturnType::Default => None,
                    ReturnType::Type(_, ty) => Some(self.ty_within(ty, left)),
                };
                inputs.chain(output).collect()
            }
        }
    }

    /// The bound that tells most.
    fn bounds(&self, bounds: &Punctuated<TypeParamBound, Token![+]>, left: u32) -> Option<Type> {
        bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Trait(bound) if bound.maybe.is_none() && tells(&bound.path) => {
                Some(self.path_type(&bound.path, left))
            }
            _ => None,
        })
    }

    /// Makes generic parameters known by their bounds.
    pub(super) fn push_generics(&mut self, generics: &Generics) {
        let mut known: FxHashMap<Name, Option<Type>> = FxHashMap::default();
        for param in &generics.params {
            if let GenericParam::Type(param) = param {
                let bound = self.bounds(&param.bounds, MOST_NESTING);
                known.insert(name(&param.ident), bound);
            }
        }
        for predicate in generics.where_clause.iter().flat_map(|clause| &clause.predicates) {
            if let WherePredicate::Type(predicate) = predicate
                && let syn::Type::Path(bounded) = &predicate.bounded_ty
                && let Some(ident) = bounded.path.get_ident()
                && let Some(None) = known.get(&name(ident))
            {
                let bound = self.bounds(&predicate.bounds, MOST_NESTING);
                known.insert(name(ident), bound);
            }
        }
        self.generics.push(known);
    }

    pub(super) fn pop_generics(&mut self) {
        self.generics.pop();
    }

    /// A struct, enum or union becomes known with its fields.
    pub(super) fn declare_type(
        &mut self,
        ident: &syn::Ident,
        fields: Vec<(Name, Option<Type>)>,
        attrs: &[syn::Attribute],
        bases: Vec<Type>,
    ) {
        let mut bases = bases;
        bases.extend(self.derived(attrs));
        let marks = super::items::marks(attrs);
        let span = self.token(ident.span());
        self.builder.program.types.push(TypeDecl {
            name: name(ident),
            fields,
            bases,
            marks,
            alias: false,
            span,
        });
    }

    /// `#[derive(…)]` implements traits.
    fn derived(&self, attrs: &[syn::Attribute]) -> Vec<Type> {
        let mut bases = Vec::new();
        for attr in attrs.iter().filter(|attr| attr.path().is_ident("derive")) {
            let parser = Punctuated::<syn::Path, Token![,]>::parse_terminated;
            if let Ok(paths) = attr.parse_args_with(parser) {
                bases.extend(paths.iter().map(|path| self.path_type(path, MOST_NESTING)));
            }
        }
        bases
    }

    /// Fields with their types; tuple fields are `0`, `1`, ….
    pub(super) fn fields(&self, fields: &Fields) -> Vec<(Name, Option<Type>)> {
        let named = |(at, field): (usize, &syn::Field)| {
            let field_name = field.ident.as_ref().map_or_else(|| Name::new(at.to_string()), name);
            (field_name, Some(self.ty(&field.ty)))
        };
        fields.iter().enumerate().map(named).collect()
    }

    /// A path as a type, for bases.
    pub(super) fn base(&self, path: &syn::Path) -> Type {
        self.path_type(path, MOST_NESTING)
    }
}

fn tells(path: &syn::Path) -> bool {
    let last = path.segments.last().map(|segment| segment.ident.to_string()).unwrap_or_default();
    !PLAIN_BOUNDS.contains(&last.as_str())
}

/// A type of this bare name.
pub(super) fn plain(name: &str, args: Vec<Type>) -> Type {
    let name = Global { module: Name::default(), path: vec![Name::new(name)] };
    Type { name, args, borrow: Borrow::Owned }
}
