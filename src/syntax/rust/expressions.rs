//! Expressions to steps; every value lands in a local.

use super::names::{Place, segments};
use super::{Lowerer, name};
use crate::program::{Arg, Callee, Entry, Exit, Global, Key, Literal, Local, Name, Op, Operator, Value};
use crate::source::Span;
use syn::{BinOp, Expr, Lit, Member, UnOp};

/// Where a value comes from: it decides who drops it.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Origin {
    /// A call's result that nothing else names.
    Fresh,
    /// A variable, named bare.
    Variable,
    /// A load, literal, computation: nothing ends with it.
    Other,
}

#[derive(Clone, Copy)]
pub(super) struct Operand {
    pub(super) local: Local,
    pub(super) origin: Origin,
}

impl Operand {
    pub(super) fn other(local: Local) -> Operand {
        Operand { local, origin: Origin::Other }
    }

    fn fresh(local: Local) -> Operand {
        Operand { local, origin: Origin::Fresh }
    }
}

impl Lowerer<'_> {
    /// The value of an expression that is moved to where it is used.
    pub(super) fn consumed(&mut self, expr: &Expr) -> Local {
        let operand = self.operand(expr);
        if operand.origin == Origin::Variable {
            self.move_out(operand.local);
        }
        operand.local
    }

    /// The value of an expression that is only read.
    pub(super) fn read(&mut self, expr: &Expr) -> Local {
        self.operand(expr).local
    }

    /// The value of an expression whose place is used: a temporary there ends with the temporaries.
    pub(super) fn borrowed(&mut self, expr: &Expr) -> Local {
        let at = self.temporaries();
        self.place(expr, at)
    }

    /// A place; its root, if a call's result, ends with scope `at`.
    fn place(&mut self, expr: &Expr, at: usize) -> Local {
        match expr {
            Expr::Paren(e) => self.place(&e.expr, at),
            Expr::Group(e) => self.place(&e.expr, at),
            Expr::Unary(e) if matches!(e.op, UnOp::Deref(_)) => self.place(&e.expr, at),
            Expr::Field(e) => {
                let base = self.place(&e.base, at);
                let key = Key::Field(member(&e.member));
                let span = self.span(expr);
                self.builder.value(Value::Load { base, key }, span)
            }
            Expr::Index(e) => {
                let base = self.place(&e.expr, at);
                self.indexed(base, e)
            }
            _ => {
                let operand = self.operand(expr);
                if operand.origin == Origin::Fresh {
                    self.drop_at(at, operand.local);
                }
                operand.local
            }
        }
    }

    /// An initialiser: temporaries that a reference in it needs live as long as scope `at`.
    pub(super) fn extended(&mut self, expr: &Expr, at: usize) -> Operand {
        match expr {
            Expr::Paren(e) => self.extended(&e.expr, at),
            Expr::Group(e) => self.extended(&e.expr, at),
            Expr::Reference(e) => match &*e.expr {
                inner @ (Expr::Tuple(_) | Expr::Array(_) | Expr::Reference(_)) => {
                    Operand::other(self.extended(inner, at).local)
                }
                inner => Operand::other(self.place(inner, at)),
            },
            Expr::Tuple(e) if !e.elems.is_empty() => {
                let items: Vec<Local> = e.elems.iter().map(|elem| self.extended_item(elem, at)).collect();
                let span = self.span(expr);
                Operand::other(self.list(items, span))
            }
            _ => self.operand(expr),
        }
    }

    fn extended_item(&mut self, expr: &Expr, at: usize) -> Local {
        let operand = self.extended(expr, at);
        if operand.origin == Origin::Variable {
            self.move_out(operand.local);
        }
        operand.local
    }

    /// Runs an expression for its effects.
    pub(super) fn discard(&mut self, expr: &Expr) {
        match expr {
            Expr::Paren(e) => self.discard(&e.expr),
            Expr::Group(e) => self.discard(&e.expr),
            Expr::If(e) => self.if_expr(e, None),
            Expr::Match(e) => self.match_expr(e, None),
            Expr::Block(e) => self.block_expr(e, None),
            Expr::Unsafe(e) => self.block(&e.block, None),
            Expr::Const(e) => self.block(&e.block, None),
            Expr::TryBlock(e) => self.block(&e.block, None),
            Expr::Loop(e) => self.loop_expr(e, None),
            Expr::While(e) => self.while_expr(e),
            Expr::ForLoop(e) => self.for_expr(e),
            expr => {
                let operand = self.operand(expr);
                self.drop_unused(operand);
            }
        }
    }

    /// Assigns an expression's value to a local that several branches assign.
    pub(super) fn value_into(&mut self, expr: &Expr, into: Local) {
        match expr {
            Expr::Paren(e) => self.value_into(&e.expr, into),
            Expr::Group(e) => self.value_into(&e.expr, into),
            Expr::If(e) => self.if_expr(e, Some(into)),
            Expr::Match(e) => self.match_expr(e, Some(into)),
            Expr::Block(e) => self.block_expr(e, Some(into)),
            Expr::Unsafe(e) => self.block(&e.block, Some(into)),
            Expr::Const(e) => self.block(&e.block, Some(into)),
            Expr::TryBlock(e) => self.block(&e.block, Some(into)),
            Expr::Loop(e) => self.loop_expr(e, Some(into)),
            Expr::Binary(e) if matches!(e.op, BinOp::And(_) | BinOp::Or(_)) => self.lazy(e, into),
            expr => {
                let value = self.consumed(expr);
                let span = self.span(expr);
                self.settle(into, value, span);
            }
        }
    }

    /// The value of an expression.
    pub(super) fn operand(&mut self, expr: &Expr) -> Operand {
        let span = self.span(expr);
        match expr {
            Expr::Paren(e) => self.operand(&e.expr),
            Expr::Group(e) => self.operand(&e.expr),
            Expr::Path(e) => self.path(e, span),
            Expr::Lit(e) => {
                let literal = literal(&e.lit);
                Operand::other(self.builder.value(Value::Literal(literal), span))
            }
            Expr::Call(e) => self.call(e, span),
            Expr::MethodCall(e) => self.method_call(e, span),
            Expr::Macro(e) => self.macro_call(&e.mac, span),
            Expr::Await(e) => {
                let of = self.consumed(&e.base);
                let into = self.builder.temporary(span);
                self.builder.step(Op::Suspend { into, of }, span);
                Operand::fresh(into)
            }
            Expr::Try(e) => self.try_expr(e, span),
            Expr::Field(_) | Expr::Index(_) => Operand::other(self.borrowed(expr)),
            Expr::Reference(e) => Operand::other(self.borrowed(&e.expr)),
            Expr::RawAddr(e) => Operand::other(self.borrowed(&e.expr)),
            Expr::Cast(e) => Operand::other(self.read(&e.expr)),
            Expr::Unary(e) => self.unary(e, span),
            Expr::Binary(e) => self.binary(e, span),
            Expr::Assign(e) => self.assignment(e, span),
            Expr::Struct(e) => self.struct_literal(e, span),
            Expr::Tuple(e) if e.elems.is_empty() => self.null(span),
            Expr::Tuple(e) => self.items_of(e.elems.iter(), span),
            Expr::Array(e) => self.items_of(e.elems.iter(), span),
            Expr::Repeat(e) => {
                let item = self.consumed(&e.expr);
                let count = self.read(&e.len);
                Operand::other(self.builder.value(Value::Mix(vec![item, count]), span))
            }
            Expr::Range(e) => {
                let ends = [&e.start, &e.end].into_iter().flatten();
                let ends: Vec<Local> = ends.map(|end| self.read(end)).collect();
                Operand::other(self.builder.value(Value::Mix(ends), span))
            }
            Expr::Closure(e) => Operand::other(self.closure(e, span)),
            Expr::Async(e) => Operand::other(self.async_block(e, span)),
            Expr::Return(e) => self.return_expr(e, span),
            Expr::Break(e) => self.break_expr(e, span),
            Expr::Continue(e) => self.continue_expr(e, span),
            Expr::Yield(e) => {
                let value = e.expr.as_ref().map(|value| self.consumed(value));
                Operand::other(self.builder.value(Value::Mix(value.into_iter().collect()), span))
            }
            Expr::While(_) | Expr::ForLoop(_) => {
                self.discard(expr);
                self.null(span)
            }
            Expr::If(_)
            | Expr::Match(_)
            | Expr::Block(_)
            | Expr::Unsafe(_)
            | Expr::Const(_)
            | Expr::TryBlock(_)
            | Expr::Loop(_) => {
                let into = self.result(span);
                self.value_into(expr, into);
                Operand::fresh(into)
            }
            Expr::Let(e) => Operand::other(self.let_value(e, span)),
            _ => self.nothing(span),
        }
    }

    pub(super) fn null(&mut self, span: Span) -> Operand {
        Operand::other(self.builder.value(Value::Literal(Literal::Null), span))
    }

    /// A value nothing is known of.
    pub(super) fn nothing(&mut self, span: Span) -> Operand {
        Operand::other(self.builder.value(Value::Mix(Vec::new()), span))
    }

    /// A tuple or an array.
    fn items_of<'e>(&mut self, items: impl Iterator<Item = &'e Expr>, span: Span) -> Operand {
        let items: Vec<Local> = items.map(|item| self.consumed(item)).collect();
        Operand::other(self.list(items, span))
    }

    pub(super) fn list(&mut self, items: Vec<Local>, span: Span) -> Local {
        let entry = |(at, local): (usize, Local)| Entry::Named(Name::new(at.to_string()), local);
        let entries = items.into_iter().enumerate().map(entry).collect();
        self.builder.value(Value::Record { name: None, entries }, span)
    }

    fn path(&mut self, path: &syn::ExprPath, span: Span) -> Operand {
        match self.variable_or_global(path) {
            Ok(local) => Operand { local, origin: Origin::Variable },
            Err(global) => Operand::other(self.builder.value(Value::Global(global), span)),
        }
    }

    fn variable_or_global(&mut self, path: &syn::ExprPath) -> Result<Local, Global> {
        let mut names = segments(&path.path);
        if let Some(own) = &path.qself
            && own.position == 0
        {
            // `<T>::f` is `T::f`.
            let mut full = self.ty(&own.ty).name.path;
            full.append(&mut names);
            return Err(Global { module: Name::default(), path: full });
        }
        if let ([only], None) = (names.as_slice(), &path.qself)
            && let Some(local) = self.variable(only)
        {
            return Ok(local);
        }
        match self.resolve(&names) {
            Place::Static(local) => Ok(local),
            Place::Path(path) => Err(Global { module: Name::default(), path }),
        }
    }

    fn call(&mut self, call: &syn::ExprCall, span: Span) -> Operand {
        let callee = self.borrowed(&call.func);
        let args = self.call_arguments(call.args.iter());
        self.called(Callee::Value(callee), args, span)
    }

    fn method_call(&mut self, call: &syn::ExprMethodCall, span: Span) -> Operand {
        let receiver = self.borrowed(&call.receiver);
        let args = self.call_arguments(call.args.iter());
        self.called(Callee::Method { receiver, name: name(&call.method) }, args, span)
    }

    fn call_arguments<'e>(&mut self, args: impl Iterator<Item = &'e Expr>) -> Vec<Arg> {
        let lent = |arg: &Expr| matches!(arg, Expr::Reference(of) if of.mutability.is_some());
        args.map(|arg| Arg { value: self.consumed(arg), spread: false, lent: lent(arg) }).collect()
    }

    pub(super) fn called(&mut self, callee: Callee, args: Vec<Arg>, span: Span) -> Operand {
        let into = self.builder.temporary(span);
        self.builder.step(Op::Call { into, callee, args }, span);
        Operand::fresh(into)
    }

    /// `e?`: the error returns as it is.
    fn try_expr(&mut self, expr: &syn::ExprTry, span: Span) -> Operand {
        let of = self.consumed(&expr.expr);
        let test = self.is(of, Name::new_static("Err"), span);
        let yes = self.builder.new_block();
        let no = self.builder.new_block();
        self.builder.exit(Exit::If { test, yes, no, span });
        self.builder.move_to(yes);
        let flow = self.flow.clone();
        self.return_value(Some(of), span);
        self.flow = flow;
        self.builder.move_to(no);
        let payload = Value::Payload { of, variant: Name::new_static("Ok"), index: 0 };
        Operand::fresh(self.builder.value(payload, span))
    }

    /// A test of a value for a variant.
    pub(super) fn is(&mut self, value: Local, variant: Name, span: Span) -> Local {
        let test = Value::Apply { operator: Operator::Is(variant), operands: vec![value] };
        self.builder.value(test, span)
    }

    fn return_expr(&mut self, expr: &syn::ExprReturn, span: Span) -> Operand {
        let value = expr.expr.as_ref().map(|value| self.consumed(value));
        self.return_value(value, span);
        Operand::other(self.builder.temporary(span))
    }

    fn struct_literal(&mut self, literal: &syn::ExprStruct, span: Span) -> Operand {
        let mut entries = Vec::new();
        for field in &literal.fields {
            let value = self.consumed(&field.expr);
            entries.push(Entry::Named(member(&field.member), value));
        }
        if let Some(rest) = &literal.rest {
            let value = self.consumed(rest);
            entries.push(Entry::Spread(value));
        }
        let name = Some(self.global(&segments(&literal.path)));
        Operand::fresh(self.builder.value(Value::Record { name, entries }, span))
    }

    /// `base[index]`.
    fn indexed(&mut self, base: Local, index: &syn::ExprIndex) -> Local {
        let key = self.key(&index.index);
        let open = self.span(&index.expr);
        let span = open.to(self.token(index.bracket_token.span.close()));
        self.builder.value(Value::Load { base, key }, span)
    }

    /// A literal index is a field.
    pub(super) fn key(&mut self, index: &Expr) -> Key {
        if let Expr::Lit(lit) = index {
            match literal(&lit.lit) {
                Literal::Text(text) | Literal::Number(text) => return Key::Field(text),
                _ => {}
            }
        }
        Key::Element(self.borrowed(index))
    }
}

/// The name of a field, or the number of a tuple field.
pub(super) fn member(member: &Member) -> Name {
    match member {
        Member::Named(ident) => name(ident),
        Member::Unnamed(index) => Name::new(index.index.to_string()),
    }
}

/// A literal as the model has it.
pub(super) fn literal(lit: &Lit) -> Literal {
    match lit {
        Lit::Str(lit) => Literal::Text(Name::new(lit.value())),
        Lit::ByteStr(lit) => Literal::Text(Name::new(String::from_utf8_lossy(&lit.value()))),
        Lit::CStr(lit) => Literal::Text(Name::new(lit.value().to_string_lossy())),
        Lit::Char(lit) => Literal::Text(Name::new(lit.value().to_string())),
        Lit::Byte(lit) => Literal::Text(Name::new(char::from(lit.value()).to_string())),
        Lit::Int(lit) => Literal::Number(Name::new(lit.base10_digits())),
        Lit::Float(lit) => Literal::Number(Name::new(lit.base10_digits())),
        Lit::Bool(lit) => Literal::Bool(lit.value),
        _ => Literal::Null,
    }
}
