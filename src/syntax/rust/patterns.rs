//! Patterns to tests and bindings.

use super::Lowerer;
use super::expressions::member;
use super::names::{Place, segments};
use super::scopes::Fail;
use crate::program::{Key, Local, Name, Op, Operator, Value};
use crate::source::Span;
use syn::{Pat, RangeLimits};

/// How a pattern meets its value.
#[derive(Clone, Copy)]
pub(super) struct How {
    /// The scope whose names and drops the bindings are.
    pub(super) scope: usize,
    /// Where a value goes that does not match; `None`: it is known to match.
    pub(super) fail: Option<Fail>,
    /// The bindings own what they bind.
    pub(super) drops: bool,
    /// A pattern of a `match`, `if let` or the like: its paths may name variants.
    pub(super) exhaustive: bool,
    /// A later alternative of `a | b`: its names are bound already.
    pub(super) again: bool,
    /// Nothing else uses the value: a name may take its place.
    pub(super) sole: bool,
}

impl How {
    /// A pattern that always matches and owns nothing.
    pub(super) fn plain(scope: usize) -> How {
        How { scope, fail: None, drops: false, exhaustive: false, again: false, sole: false }
    }

    fn refutable(self) -> bool {
        self.fail.is_some() || self.exhaustive
    }
}

impl Lowerer<'_> {
    /// Tests a value against a pattern and binds its names.
    pub(super) fn pattern(&mut self, pat: &Pat, value: Local, how: How) {
        let span = self.pat_span(pat);
        match pat {
            Pat::Ident(pat) => self.ident_pattern(pat, value, how, span),
            Pat::Paren(pat) => self.pattern(&pat.pat, value, how),
            Pat::Reference(pat) => self.pattern(&pat.pat, value, How { drops: false, ..how }),
            Pat::Type(pat) => self.pattern(&pat.pat, value, how),
            Pat::Guard(pat) => {
                self.pattern(&pat.pat, value, how);
                if let Some(fail) = how.fail {
                    self.condition(&pat.guard, &fail);
                }
            }
            Pat::Lit(lit) => {
                if let Some(fail) = how.fail {
                    let right = super::expressions::literal(&lit.lit);
                    let right = self.builder.value(Value::Literal(right), span);
                    let test = self.equals(value, right, span);
                    self.branch(test, span, &fail);
                }
            }
            Pat::Or(pat) => self.or_pattern(pat, value, how),
            Pat::Path(path) => self.path_pattern(&segments(&path.path), value, how, span),
            Pat::Range(range) => self.range_pattern(range, value, how, span),
            Pat::Struct(pat) => {
                self.variant_test(&segments(&pat.path), value, how, span);
                for field in &pat.fields {
                    let key = Key::Field(member(&field.member));
                    self.part(&field.pat, Value::Load { base: value, key }, how);
                }
            }
            Pat::TupleStruct(pat) => self.tuple_struct_pattern(pat, value, how, span),
            Pat::Tuple(pat) => self.sequence(pat.elems.iter(), value, how),
            Pat::Slice(pat) => {
                let all = matches!(pat.elems.first(), Some(Pat::Rest(_))) && pat.elems.len() == 1;
                if let Some(fail) = how.fail
                    && !all
                {
                    let test = self.is(value, Name::new_static("[]"), span);
                    self.branch(test, span, &fail);
                }
                self.sequence(pat.elems.iter(), value, how);
            }
            Pat::Const(_) | Pat::Macro(_) | Pat::Verbatim(_) => {
                if let Some(fail) = how.fail {
                    let test = self.builder.value(Value::Mix(vec![value]), span);
                    self.branch(test, span, &fail);
                }
            }
            Pat::Rest(_) | Pat::Wild(_) => {}
            _ => {}
        }
    }

    fn ident_pattern(&mut self, pat: &syn::PatIdent, value: Local, how: How, span: Span) {
        let bound = super::name(&pat.ident);
        let plain = pat.subpat.is_none() && pat.by_ref.is_none() && pat.mutability.is_none();
        if plain && how.refutable() && names_constant(&bound) {
            self.path_pattern(&[bound], value, how, span);
            return;
        }
        // The subpattern decides first whether the name is bound at all.
        if let Some((_, inner)) = &pat.subpat {
            self.pattern(inner, value, How { drops: false, ..how });
        }
        let again = how.again.then(|| self.name_at(how.scope, &bound)).flatten();
        let at = self.token(pat.ident.span());
        let local = again.unwrap_or_else(|| {
            let mutable = pat.mutability.is_some();
            self.builder.local(bound.clone(), None, mutable, at)
        });
        if how.sole && pat.subpat.is_none() {
            self.settle(local, value, at);
        } else {
            self.builder.step(Op::Let { into: local, value: Value::Copy(value) }, at);
        }
        self.bind_name_at(how.scope, bound, local);
        if how.drops && pat.by_ref.is_none() {
            self.drop_at(how.scope, local);
        }
    }

    /// A part of the value, only loaded when something looks at it.
    fn part(&mut self, pat: &Pat, load: Value, how: How) {
        if looks(pat) {
            let span = self.pat_span(pat);
            let part = self.builder.value(load, span);
            self.pattern(pat, part, How { sole: true, ..how });
        }
    }

    fn or_pattern(&mut self, pat: &syn::PatOr, value: Local, how: How) {
        let how = How { sole: false, ..how };
        let Some(fail) = how.fail else {
            // The value matches one of them; the last is as good as any to bind from.
            for (at, case) in pat.cases.iter().enumerate() {
                if at == 0 && binds(case) {
                    self.pattern(case, value, how);
                }
            }
            return;
        };
        let matched = self.new_join();
        let last = pat.cases.len().saturating_sub(1);
        for (at, case) in pat.cases.iter().enumerate() {
            let again = how.again || at > 0;
            if at == last {
                self.pattern(case, value, How { fail: Some(fail), again, ..how });
                self.jump(matched);
            } else {
                let next = self.new_join();
                self.pattern(case, value, How { fail: Some(Fail::to(next)), again, ..how });
                self.jump(matched);
                self.land(next);
            }
        }
        self.land(matched);
    }

    /// A unit variant or a constant.
    fn path_pattern(&mut self, path: &[Name], value: Local, how: How, span: Span) {
        let Some(fail) = how.fail else { return };
        let test = match self.resolve(path) {
            Place::Static(constant) => self.equals(value, constant, span),
            Place::Path(path) => {
                let constant =
                    path.last().is_some_and(|last| last.len() > 1 && !last.chars().any(char::is_lowercase));
                if constant && last_type(&path).is_none() {
                    let global = crate::program::Global { module: Name::default(), path };
                    let right = self.builder.value(Value::Global(global), span);
                    self.equals(value, right, span)
                } else {
                    self.is(value, variant_name(&path), span)
                }
            }
        };
        self.branch(test, span, &fail);
    }

    fn variant_test(&mut self, path: &[Name], value: Local, how: How, span: Span) {
        let Some(fail) = how.fail else { return };
        let variant = variant_name(&self.global(path).path);
        let test = self.is(value, variant, span);
        self.branch(test, span, &fail);
    }

    fn tuple_struct_pattern(&mut self, pat: &syn::PatTupleStruct, value: Local, how: How, span: Span) {
        let names = segments(&pat.path);
        self.variant_test(&names, value, how, span);
        let variant = variant_name(&self.global(&names).path);
        let mut rest = false;
        for (at, inner) in pat.elems.iter().enumerate() {
            rest |= is_rest(inner);
            let load = if rest {
                Value::Load { base: value, key: Key::Each }
            } else if how.refutable() {
                Value::Payload { of: value, variant: variant.clone(), index: at as u32 }
            } else {
                // Always matching, it is a struct, and the part a field.
                Value::Load { base: value, key: Key::Field(Name::new(at.to_string())) }
            };
            self.part(inner, load, how);
        }
    }

    /// Tuple and slice patterns; what follows `..` is some element.
    fn sequence<'p>(&mut self, elems: impl Iterator<Item = &'p Pat>, value: Local, how: How) {
        let mut rest = false;
        for (at, inner) in elems.enumerate() {
            if let Pat::Ident(ident) = inner
                && is_rest(inner)
            {
                // `tail @ ..` is a part of the same.
                rest = true;
                let span = self.token(ident.ident.span());
                let part = self.builder.value(Value::Mix(vec![value]), span);
                let without = syn::PatIdent { subpat: None, ..ident.clone() };
                self.ident_pattern(&without, part, How { drops: false, sole: true, ..how }, span);
                continue;
            }
            rest |= is_rest(inner);
            let key = if rest { Key::Each } else { Key::Field(Name::new(at.to_string())) };
            self.part(inner, Value::Load { base: value, key }, how);
        }
    }

    fn range_pattern(&mut self, range: &syn::PatRange, value: Local, how: How, span: Span) {
        let Some(fail) = how.fail else { return };
        let closed = matches!(range.limits, RangeLimits::Closed(_));
        let upper = if closed { Operator::LessEqual } else { Operator::Less };
        let ends = [(&range.start, Operator::GreaterEqual), (&range.end, upper)];
        for (end, operator) in ends {
            if let Some(end) = end {
                let end = self.read(end);
                let test = self.apply(operator, vec![value, end], span).local;
                self.branch(test, span, &fail);
            }
        }
    }
}

/// `None`, `FOO`: a path, not a binding.
fn names_constant(bound: &str) -> bool {
    bound.chars().next().is_some_and(char::is_uppercase)
}

fn is_rest(pat: &Pat) -> bool {
    match pat {
        Pat::Rest(_) => true,
        Pat::Ident(ident) => ident.subpat.as_ref().is_some_and(|(_, inner)| matches!(**inner, Pat::Rest(_))),
        _ => false,
    }
}

/// The enum a variant path names, if it names one.
fn last_type(path: &[Name]) -> Option<&Name> {
    let owner = path.len().checked_sub(2).and_then(|at| path.get(at))?;
    names_constant(owner).then_some(owner)
}

/// `Some`, `ErrorKind.NotFound`.
fn variant_name(path: &[Name]) -> Name {
    let last = path.last().cloned().unwrap_or_default();
    match last_type(path) {
        Some(owner) if owner != "Option" && owner != "Result" => Name::new(format!("{owner}.{last}")),
        _ => last,
    }
}

/// Whether a pattern tests or binds anything.
fn looks(pat: &Pat) -> bool {
    !matches!(pat, Pat::Wild(_) | Pat::Rest(_))
}

/// Whether a value can be of another shape than the pattern.
pub(super) fn can_fail(pat: &Pat) -> bool {
    match pat {
        Pat::Wild(_) | Pat::Rest(_) => false,
        Pat::Ident(pat) => match &pat.subpat {
            Some((_, inner)) => can_fail(inner),
            None => {
                pat.by_ref.is_none() && pat.mutability.is_none() && names_constant(&super::name(&pat.ident))
            }
        },
        Pat::Paren(pat) => can_fail(&pat.pat),
        Pat::Reference(pat) => can_fail(&pat.pat),
        Pat::Type(pat) => can_fail(&pat.pat),
        Pat::Tuple(pat) => pat.elems.iter().any(can_fail),
        Pat::Or(pat) => pat.cases.iter().all(can_fail),
        _ => true,
    }
}

/// Whether a pattern binds a name by value.
pub(super) fn binds(pat: &Pat) -> bool {
    match pat {
        Pat::Ident(pat) => {
            pat.by_ref.is_none()
                && (pat.subpat.is_some()
                    || pat.mutability.is_some()
                    || !names_constant(&super::name(&pat.ident)))
        }
        Pat::Paren(pat) => binds(&pat.pat),
        Pat::Type(pat) => binds(&pat.pat),
        Pat::Guard(pat) => binds(&pat.pat),
        Pat::Or(pat) => pat.cases.iter().any(binds),
        Pat::Struct(pat) => pat.fields.iter().any(|field| binds(&field.pat)),
        Pat::Tuple(pat) => pat.elems.iter().any(binds),
        Pat::TupleStruct(pat) => pat.elems.iter().any(binds),
        Pat::Slice(pat) => pat.elems.iter().any(binds),
        _ => false,
    }
}
