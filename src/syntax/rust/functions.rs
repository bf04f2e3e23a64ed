//! Functions, closures and async blocks: parameters, bodies, captured variables.

use super::patterns::How;
use super::scopes::{Flow, Frame};
use super::types::plain;
use super::{Lowerer, items, name};
use crate::program::{Borrow, FunctionId, FunctionKind, Local, Name, Type, Value};
use crate::source::Span;
use syn::{Attribute, Block, Expr, FnArg, Pat, ReceiverKind, ReturnType, Signature};

/// What to go back to after a function.
pub(super) struct Outer {
    flow: Flow,
}

impl Lowerer<'_> {
    /// A function or method with a body.
    pub(super) fn declared_function(
        &mut self,
        attrs: &[Attribute],
        signature: &Signature,
        block: &Block,
        exported: bool,
    ) {
        let start = signature.asyncness.map_or(signature.fn_token.span, |token| token.span);
        let span = self.between(start, block.brace_token.span.close());
        let name_span = self.token(signature.ident.span());
        let outer = self.enter(FunctionKind::Declared, name(&signature.ident), span, name_span);
        let mut marks = items::marks(attrs);
        if self.in_test && !marks.iter().any(|mark| mark == "test") {
            marks.push(Name::new_static("test"));
        }
        let (owner, result) = (self.owner.clone(), self.result_type(&signature.output));
        let function = self.builder.function();
        function.marks = marks;
        function.owner = owner;
        function.result = result;
        function.is_async = signature.asyncness.is_some();
        function.exported = exported;
        for input in &signature.inputs {
            self.input(input);
        }
        let braces = self.between(block.brace_token.span.open(), block.brace_token.span.close());
        // In a macro everything else decides what it is.
        let start = self.builder.open_body().filter(|_| !self.in_macro);
        self.body(block, !matches!(signature.output, ReturnType::Default));
        self.builder.close_body(start, braces);
        self.leave(outer, None);
    }

    /// A function inside a function belongs to no type.
    pub(super) fn function_inside(&mut self, item: &syn::ItemFn) {
        let owner = self.owner.take();
        self.push_generics(&item.sig.generics);
        self.declared_function(&item.attrs, &item.sig, &item.block, false);
        self.pop_generics();
        self.owner = owner;
    }

    fn enter(&mut self, kind: FunctionKind, name: Name, span: Span, name_span: Span) -> Outer {
        self.builder.enter(kind, name, span, name_span);
        self.frames.push(Frame::new(kind == FunctionKind::Closure));
        Outer { flow: std::mem::take(&mut self.flow) }
    }

    /// Ends the function with a value that the current place gives.
    fn leave(&mut self, outer: Outer, value: Option<Local>) -> FunctionId {
        let id = self.builder.leave(value);
        let captures = self.frames.pop().map(|frame| frame.captures).unwrap_or_default();
        let inner = std::mem::replace(&mut self.flow, outer.flow);
        let current = self.builder.function_id();
        for local in captures {
            // Moved inside means moved into the closure.
            if inner.has_moved(local) {
                self.move_out(local);
            }
            let here = self.builder.program.locals.get(local.0 as usize).map(|info| info.function);
            let frame = self.frame();
            if here != Some(current) && !frame.captures.contains(&local) {
                frame.captures.push(local);
            }
        }
        id
    }

    fn input(&mut self, input: &FnArg) {
        match input {
            FnArg::Receiver(receiver) => self.receiver(receiver),
            FnArg::Typed(input) => {
                let ty = self.ty(&input.ty);
                self.parameter(&input.pat, Some(ty));
            }
        }
    }

    fn receiver(&mut self, receiver: &syn::Receiver) {
        let owner = self.owner.clone().unwrap_or_else(|| Name::new_static("Self"));
        let (ty, borrow) = match &receiver.kind {
            ReceiverKind::Value => (plain(&owner, Vec::new()), Borrow::Owned),
            ReceiverKind::Reference(_, _, mutable) => {
                let borrow = if mutable.is_some() { Borrow::Exclusive } else { Borrow::Shared };
                (Type { borrow, ..plain(&owner, Vec::new()) }, borrow)
            }
            ReceiverKind::Typed(_, ty) => {
                let ty = self.ty(ty);
                let borrow = receiver_borrow(&ty, &owner);
                (ty, borrow)
            }
            _ => (plain(&owner, Vec::new()), Borrow::Shared),
        };
        let span = self.token(receiver.self_token.span);
        let mutable = receiver.mutability.is_some();
        let local = self.builder.local(Name::new_static("self"), Some(ty), mutable, span);
        self.bind_name(Name::new_static("self"), local);
        self.builder.function().receiver = Some((local, borrow));
    }

    fn parameter(&mut self, pat: &Pat, ty: Option<Type>) {
        let span = self.pat_span(pat);
        if let Pat::Ident(ident) = pat
            && ident.subpat.is_none()
        {
            let mutable = ident.mutability.is_some();
            let local = self.builder.local(name(&ident.ident), ty, mutable, span);
            self.bind_name(name(&ident.ident), local);
            self.builder.function().params.push(local);
            return;
        }
        let local = self.builder.local(Name::default(), ty, false, span);
        self.builder.function().params.push(local);
        let scope = self.innermost();
        self.pattern(pat, local, How::plain(scope));
        self.type_of_wrapped(pat, local, scope);
    }

    /// `State(pool): State<Pool>` says the type of `pool`.
    fn type_of_wrapped(&mut self, pat: &Pat, param: Local, scope: usize) {
        let Pat::TupleStruct(pat) = pat else { return };
        let (Some(Pat::Ident(ident)), 1) = (pat.elems.first(), pat.elems.len()) else { return };
        let locals = &self.builder.program.locals;
        let ty = locals.get(param.0 as usize).and_then(|info| info.ty.as_ref());
        let Some([inner]) = ty.map(|ty| ty.args.as_slice()) else { return };
        let inner = inner.clone();
        if let Some(bound) = self.name_at(scope, &name(&ident.ident))
            && let Some(info) = self.builder.program.locals.get_mut(bound.0 as usize)
        {
            info.ty = Some(Box::new(inner));
        }
    }

    /// A body and its result; ends with the function's return.
    fn body(&mut self, block: &Block, want: bool) {
        let close = self.token(block.brace_token.span.close());
        self.push_block();
        let value = self.block_contents(block, want);
        self.pop_scope(close);
        self.return_value(value, close);
    }

    /// `|a, b| body`.
    pub(super) fn closure(&mut self, closure: &syn::ExprClosure, span: Span) -> Local {
        let hint = self.name_hint.take().unwrap_or_default();
        let name_span = self.token(closure.inputs_begin.span);
        let outer = self.enter(FunctionKind::Closure, hint, span, name_span);
        let result = self.result_type(&closure.output);
        let function = self.builder.function();
        function.is_async = closure.asyncness.is_some();
        function.result = result;
        for input in &closure.inputs {
            match input {
                Pat::Type(typed) => {
                    let ty = self.ty(&typed.ty);
                    self.parameter(&typed.pat, Some(ty));
                }
                input => self.parameter(input, None),
            }
        }
        match &*closure.body {
            Expr::Block(body) if body.label.is_none() => self.body(&body.block, true),
            body => {
                let value = self.consumed(body);
                let end = self.span(body);
                self.return_value(Some(value), end);
            }
        }
        self.finish_closure(outer, closure.capture.is_some(), span)
    }

    /// `async { … }`.
    pub(super) fn async_block(&mut self, block: &syn::ExprAsync, span: Span) -> Local {
        let hint = self.name_hint.take().unwrap_or_default();
        let name_span = self.token(block.async_token.span);
        let outer = self.enter(FunctionKind::Closure, hint, span, name_span);
        self.builder.function().is_async = true;
        self.body(&block.block, true);
        self.finish_closure(outer, block.capture.is_some(), span)
    }

    fn finish_closure(&mut self, outer: Outer, moves: bool, span: Span) -> Local {
        let captures = self.frame().captures.clone();
        let id = self.leave(outer, None);
        if moves {
            for local in captures {
                self.move_out(local);
            }
        }
        self.builder.value(Value::Closure(id), span)
    }

    /// Names the function value that `expr` is, if it is one.
    pub(super) fn hint_name(&mut self, expr: &Expr, name: Option<Name>) {
        self.name_hint = name.filter(|_| matches!(expr, Expr::Closure(_) | Expr::Async(_)));
    }
}

/// `self: Arc<Self>` is shared, `self: Pin<&mut Self>` exclusive, `self: Box<Self>` owned.
fn receiver_borrow(ty: &Type, owner: &Name) -> Borrow {
    if ty.borrow != Borrow::Owned {
        return ty.borrow;
    }
    let last = ty.name.path.last().cloned().unwrap_or_default();
    match ty.args.first() {
        Some(inner) if inner.borrow != Borrow::Owned => inner.borrow,
        Some(_) if last != *owner && last != "Box" => Borrow::Shared,
        _ => Borrow::Owned,
    }
}
