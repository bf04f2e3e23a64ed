//! What a type stands for that is another's name: `type Slips = Mutex<HashMap<u32, Slip>>`.

use super::build::Builder;
use crate::program::{Language, Type};
use crate::source::FileId;
use std::borrow::Cow;

/// Names of names, and types inside types, beyond this are left as they are.
const MOST_STEPS: u32 = 6;

impl Builder<'_> {
    /// A type as it is written in a file, with what its names stand for.
    pub(super) fn unaliased<'t>(&self, ty: &'t Type, file: FileId) -> Cow<'t, Type> {
        match self.language {
            Language::Rust => self.unfold(ty, file, MOST_STEPS).map_or(Cow::Borrowed(ty), Cow::Owned),
            Language::TypeScript => Cow::Borrowed(ty),
        }
    }

    /// The type that is meant, if it is another one than what is written.
    fn unfold(&self, ty: &Type, file: FileId, left: u32) -> Option<Type> {
        let left = left.checked_sub(1)?;
        if let Some((at, base)) = self.stands_for(ty, file) {
            let of_itself = base.name.path.last() == ty.name.path.last();
            let inner = if of_itself { None } else { self.unfold(base, at, left) };
            return Some(Type { borrow: ty.borrow, ..inner.unwrap_or_else(|| base.clone()) });
        }
        let args: Vec<Option<Type>> = ty.args.iter().map(|arg| self.unfold(arg, file, left)).collect();
        if args.iter().all(Option::is_none) {
            return None;
        }
        let args = args.into_iter().zip(&ty.args).map(|(meant, written)| meant.unwrap_or(written.clone()));
        Some(Type { args: args.collect(), ..ty.clone() })
    }

    /// What a name of the project stands for. One that is given types (`Answer<T>`) is as good as
    /// a wrapper of them.
    fn stands_for(&self, ty: &Type, file: FileId) -> Option<(FileId, &Type)> {
        let own = match ty.name.path.as_slice() {
            [_] => true,
            [first, ..] => matches!(first.as_str(), "crate" | "self" | "super"),
            [] => false,
        };
        if !own || !ty.args.is_empty() {
            return None;
        }
        let (at, decl) = self.project.type_decl(file, ty.name.path.last()?)?;
        Some((at, decl.bases.first()?)).filter(|_| decl.alias)
    }
}
