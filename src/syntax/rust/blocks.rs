//! Blocks and statements: what runs in order, and where temporaries and variables end.

use super::expressions::{Operand, Origin};
use super::patterns::How;
use super::{Lowerer, name};
use crate::program::{Arg, Callee, Edition, Literal, Local, Name, Value};
use syn::{Block, Expr, Item, LocalInit, Pat, Stmt};

/// The last statement of a block, if it is the block's value.
enum Tail<'t> {
    Expr(&'t Expr),
    Macro(&'t syn::Macro),
}

impl Lowerer<'_> {
    /// A block for its effects, or for its value into a local.
    pub(super) fn block(&mut self, block: &Block, into: Option<Local>) {
        let close = self.token(block.brace_token.span.close());
        self.push_block();
        let tail = match thrown_away(block) {
            Some(expr) => {
                self.drop_explicitly(expr);
                None
            }
            None => self.statements(block),
        };
        match (tail, into) {
            (Some(tail), Some(into)) => self.tail_into(tail, into),
            (Some(tail), None) => self.tail(tail, false).map_or((), |_| ()),
            (None, Some(into)) => self.assign(into, Value::Literal(Literal::Null), close),
            (None, None) => {}
        }
        self.pop_scope(close);
    }

    /// `{ let _ = e; }` is `drop(e)`: a block of its own says where the value is to end.
    fn drop_explicitly(&mut self, expr: &Expr) {
        let span = self.span(expr);
        self.push_temporaries();
        let value = self.consumed(expr);
        let global = self.global(&[Name::new_static("drop")]);
        let callee = Callee::Value(self.builder.value(Value::Global(global), span));
        self.called(callee, vec![Arg { value, spread: false, lent: false }], span);
        self.pop_scope(span);
    }

    /// Everything inside a block, without opening a scope; gives its value if wanted.
    pub(super) fn block_contents(&mut self, block: &Block, want: bool) -> Option<Local> {
        let tail = self.statements(block)?;
        self.tail(tail, want)
    }

    /// Until edition 2024 a tail's temporaries outlive the block's variables.
    fn tail(&mut self, tail: Tail<'_>, want: bool) -> Option<Local> {
        let own = self.edition >= Edition::E2024;
        if own {
            self.push_temporaries();
        }
        let (value, span) = match tail {
            Tail::Expr(expr) => {
                let span = self.span(expr);
                let value = if want {
                    Some(self.consumed(expr))
                } else {
                    self.discard(expr);
                    None
                };
                (value, span)
            }
            Tail::Macro(mac) => {
                let span = self.macro_span(mac);
                let operand = self.macro_call(mac, span);
                (want.then_some(operand.local), span)
            }
        };
        if own {
            self.pop_scope(span);
        }
        value
    }

    fn tail_into(&mut self, tail: Tail<'_>, into: Local) {
        let own = self.edition >= Edition::E2024;
        if own {
            self.push_temporaries();
        }
        let span = match tail {
            Tail::Expr(expr) => {
                self.value_into(expr, into);
                self.span(expr)
            }
            Tail::Macro(mac) => {
                let span = self.macro_span(mac);
                let operand = self.macro_call(mac, span);
                self.settle(into, operand.local, span);
                span
            }
        };
        if own {
            self.pop_scope(span);
        }
    }

    /// Runs all statements but the tail, which is given back.
    fn statements<'t>(&mut self, block: &'t Block) -> Option<Tail<'t>> {
        for statement in &block.stmts {
            match statement {
                Stmt::Item(item @ (Item::Const(_) | Item::Static(_))) => self.item_inside(item),
                Stmt::Item(item) => self.announce(item),
                _ => {}
            }
        }
        let last = block.stmts.len().saturating_sub(1);
        for (at, statement) in block.stmts.iter().enumerate() {
            match statement {
                Stmt::Expr(expr, None) if at == last => return Some(Tail::Expr(expr)),
                Stmt::Macro(mac) if at == last && mac.semi_token.is_none() => {
                    return Some(Tail::Macro(&mac.mac));
                }
                statement => self.statement(statement),
            }
        }
        None
    }

    fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::Local(local) => self.let_statement(local),
            Stmt::Item(Item::Const(_) | Item::Static(_) | Item::Use(_)) => {}
            Stmt::Item(Item::Fn(item)) => self.function_inside(item),
            Stmt::Item(item) => self.item_inside(item),
            Stmt::Expr(expr, _) if conditional(expr) => {
                // Compiled in or not: both ways are possible.
                let span = self.span(expr);
                let test = self.nothing(span).local;
                let done = self.new_join();
                self.branch(test, span, &super::scopes::Fail::to(done));
                self.expr_statement(expr);
                self.jump_and_land(done);
            }
            Stmt::Expr(expr, _) => self.expr_statement(expr),
            Stmt::Macro(statement) => {
                if self.static_macro_inside(&statement.mac) {
                    return;
                }
                self.push_temporaries();
                let span = self.macro_span(&statement.mac);
                let operand = self.macro_call(&statement.mac, span);
                self.drop_unused(operand);
                self.pop_scope(span);
            }
        }
    }

    fn expr_statement(&mut self, expr: &Expr) {
        self.push_temporaries();
        self.discard(expr);
        let span = self.span(expr);
        self.pop_scope(span);
    }

    fn let_statement(&mut self, statement: &syn::Local) {
        let scope = self.innermost();
        let (pat, ty) = match &statement.pat {
            Pat::Type(typed) => (&*typed.pat, Some(self.ty(&typed.ty))),
            pat => (pat, None),
        };
        let Some(init) = &statement.init else {
            self.declare(pat, ty, scope);
            return;
        };
        self.push_temporaries();
        if let Pat::Ident(ident) = pat {
            self.hint_name(&init.expr, Some(name(&ident.ident)));
        }
        if init.diverge.is_none() && self.let_into(pat, ty.clone(), &init.expr, scope) {
            return;
        }
        let operand = self.extended(&init.expr, scope);
        self.name_hint = None;
        // `let x = None` holds nothing, unless something is put in later.
        let changes = matches!(pat, Pat::Ident(ident) if ident.mutability.is_some());
        let named = matches!(&*init.expr, Expr::Path(_)) && operand.origin == Origin::Other;
        let drops = owns(&init.expr) && (changes || !named);
        if operand.origin == Origin::Fresh {
            if matches!(pat, Pat::Wild(_)) {
                // `let _ = call();` binds nothing: the value ends with the statement.
                let temporaries = self.temporaries();
                self.drop_at(temporaries, operand.local);
            } else if by_reference(pat) {
                self.drop_at(scope, operand.local);
            }
        }
        self.moved_by_pattern(pat, operand);
        let span = self.span(&init.expr);
        let how = How { drops, sole: operand.origin != Origin::Variable, ..How::plain(scope) };
        match &init.diverge {
            None => {
                self.pattern(pat, operand.local, how);
                self.set_binding_type(pat, ty, scope);
                self.pop_scope(span);
            }
            Some(_) => {
                // Temporaries end before either side goes on.
                self.pop_scope(span);
                self.let_else(pat, operand.local, how, init);
                self.set_binding_type(pat, ty, scope);
            }
        }
    }

    /// `let x = if …`: every branch writes to `x` itself. Whether the statement was of this kind;
    /// its temporaries are ended then.
    fn let_into(&mut self, pat: &Pat, ty: Option<crate::program::Type>, expr: &Expr, scope: usize) -> bool {
        let Pat::Ident(ident) = pat else { return false };
        if ident.by_ref.is_some() || ident.subpat.is_some() || !branching(expr) {
            return false;
        }
        let at = self.token(ident.ident.span());
        let local = self.builder.local(name(&ident.ident), ty, ident.mutability.is_some(), at);
        self.value_into(expr, local);
        self.bind_name_at(scope, name(&ident.ident), local);
        if owns(expr) {
            self.drop_at(scope, local);
        }
        let span = self.span(expr);
        self.pop_scope(span);
        true
    }

    fn let_else(&mut self, pat: &Pat, value: Local, how: How, init: &LocalInit) {
        let Some((_, diverge)) = &init.diverge else { return };
        let otherwise = self.new_join();
        let before = self.drop_count(how.scope);
        self.pattern(pat, value, How { fail: Some(super::scopes::Fail::to(otherwise)), sole: false, ..how });
        let done = self.new_join();
        self.jump(done);
        self.land(otherwise);
        // Where the pattern failed nothing is bound.
        let bound = self.take_drops(how.scope, before);
        self.push_temporaries();
        self.discard(diverge);
        let span = self.span(diverge);
        self.pop_scope(span);
        self.end(crate::program::Exit::Never);
        self.land(done);
        for local in bound {
            self.drop_at(how.scope, local);
        }
    }

    /// `let x;`
    fn declare(&mut self, pat: &Pat, ty: Option<crate::program::Type>, scope: usize) {
        if let Pat::Ident(ident) = pat {
            let span = self.token(ident.ident.span());
            let local = self.builder.local(name(&ident.ident), ty, true, span);
            self.bind_name(name(&ident.ident), local);
            self.drop_at(scope, local);
        }
    }

    fn set_binding_type(&mut self, pat: &Pat, ty: Option<crate::program::Type>, scope: usize) {
        if let (Pat::Ident(ident), Some(ty)) = (pat, ty)
            && let Some(local) = self.name_at(scope, &name(&ident.ident))
            && let Some(info) = self.builder.program.locals.get_mut(local.0 as usize)
        {
            info.ty = Some(Box::new(ty));
        }
    }

    /// `let b = a` moves `a`.
    pub(super) fn moved_by_pattern(&mut self, pat: &Pat, operand: Operand) {
        if operand.origin == Origin::Variable && matches!(pat, Pat::Ident(ident) if ident.by_ref.is_none()) {
            self.move_out(operand.local);
        }
    }

    /// A call's result nobody takes ends with its statement.
    pub(super) fn drop_unused(&mut self, operand: Operand) {
        if operand.origin == Origin::Fresh {
            let temporaries = self.temporaries();
            self.drop_at(temporaries, operand.local);
        }
    }
}

fn by_reference(pat: &Pat) -> bool {
    matches!(pat, Pat::Ident(ident) if ident.by_ref.is_some())
}

/// Whether a statement stands under `#[cfg(…)]`; only those that may leave the function matter.
fn conditional(expr: &Expr) -> bool {
    let attrs = match expr {
        Expr::Block(e) => &e.attrs,
        Expr::Unsafe(e) => &e.attrs,
        Expr::If(e) => &e.attrs,
        Expr::Match(e) => &e.attrs,
        Expr::Return(e) => &e.attrs,
        Expr::Call(e) => &e.attrs,
        Expr::MethodCall(e) => &e.attrs,
        Expr::Try(e) => &e.attrs,
        Expr::Loop(e) => &e.attrs,
        _ => return false,
    };
    attrs.iter().any(|attr| attr.path().is_ident("cfg"))
}

/// Whether an expression's value comes from branches.
fn branching(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(e) => branching(&e.expr),
        Expr::If(_) | Expr::Match(_) | Expr::Block(_) | Expr::Unsafe(_) | Expr::Loop(_) => true,
        Expr::Binary(e) => matches!(e.op, syn::BinOp::And(_) | syn::BinOp::Or(_)),
        _ => false,
    }
}

/// Whether a variable that takes this value may own something that ends with it: not for
/// references, copies read through one, numbers and the like.
pub(super) fn owns(expr: &Expr) -> bool {
    match expr {
        Expr::Paren(e) => owns(&e.expr),
        Expr::Group(e) => owns(&e.expr),
        Expr::Tuple(e) => e.elems.iter().any(owns),
        Expr::Array(e) => e.elems.iter().any(owns),
        Expr::Call(_)
        | Expr::MethodCall(_)
        | Expr::Await(_)
        | Expr::Try(_)
        | Expr::Macro(_)
        | Expr::Path(_)
        | Expr::If(_)
        | Expr::Match(_)
        | Expr::Block(_)
        | Expr::Unsafe(_)
        | Expr::Loop(_)
        | Expr::Struct(_) => true,
        _ => false,
    }
}

/// What a block does nothing with but to bind it to `_`.
fn thrown_away(block: &Block) -> Option<&Expr> {
    let [Stmt::Local(only)] = block.stmts.as_slice() else { return None };
    let pat = match &only.pat {
        Pat::Type(typed) => &*typed.pat,
        pat => pat,
    };
    let init = only.init.as_ref().filter(|init| matches!(pat, Pat::Wild(_)) && init.diverge.is_none())?;
    Some(&init.expr)
}
