//! `if`, `match` and conditions as tests and jumps.

use super::Lowerer;
use super::blocks::owns;
use super::expressions::{Operand, Origin};
use super::patterns::{How, binds, can_fail};
use super::scopes::{Fail, JoinId};
use crate::program::{Edition, Exit, Literal, Local, Operator, Value};
use crate::source::Span;
use syn::{BinOp, Expr, Pat, UnOp};

impl Lowerer<'_> {
    pub(super) fn if_expr(&mut self, expr: &syn::ExprIf, into: Option<Local>) {
        let done = self.new_join();
        let otherwise = self.new_join();
        let close = self.token(expr.then_branch.brace_token.span.close());
        if has_let(&expr.cond) {
            self.if_let(expr, into, done, otherwise);
        } else {
            self.condition(&expr.cond, &Fail::to(otherwise));
            self.branch_body(into, close, |lowerer, into| lowerer.block(&expr.then_branch, into));
            self.jump(done);
        }
        self.land(otherwise);
        match (&expr.else_branch, into) {
            (Some((_, branch)), into) => {
                let end = self.span(branch);
                self.branch_body(into, end, |lowerer, into| match into {
                    Some(into) => lowerer.value_into(branch, into),
                    None => lowerer.discard(branch),
                });
            }
            (None, Some(into)) => self.assign(into, Value::Literal(Literal::Null), close),
            (None, None) => {}
        }
        self.jump_and_land(done);
    }

    /// Temporaries of a branch end with it.
    fn branch_body(&mut self, into: Option<Local>, end: Span, run: impl FnOnce(&mut Self, Option<Local>)) {
        self.push_temporaries();
        run(self, into);
        self.pop_scope(end);
    }

    /// The condition and then-branch of an `if let`. Since edition 2024 the temporaries of the
    /// condition end before `else`; until then they end with the statement around.
    fn if_let(&mut self, expr: &syn::ExprIf, into: Option<Local>, done: JoinId, otherwise: JoinId) {
        let close = self.token(expr.then_branch.brace_token.span.close());
        let own = self.edition >= Edition::E2024;
        let outer = own.then(|| self.push_temporaries());
        let bindings = self.push_block();
        let release = Some(outer.unwrap_or(bindings));
        self.condition(&expr.cond, &Fail { to: otherwise, release });
        self.branch_body(into, close, |lowerer, into| lowerer.block(&expr.then_branch, into));
        self.pop_scope(close);
        if own {
            self.pop_scope(close);
        }
        self.jump(done);
    }

    /// Goes on where the condition holds.
    pub(super) fn condition(&mut self, cond: &Expr, fail: &Fail) {
        match cond {
            Expr::Paren(e) => self.condition(&e.expr, fail),
            Expr::Group(e) => self.condition(&e.expr, fail),
            Expr::Binary(e) if matches!(e.op, BinOp::And(_)) => {
                self.condition(&e.left, fail);
                self.condition(&e.right, fail);
            }
            Expr::Binary(e) if matches!(e.op, BinOp::Or(_)) => {
                let (more, done) = (self.new_join(), self.new_join());
                self.condition(&e.left, &Fail::to(more));
                self.jump(done);
                self.land(more);
                self.condition(&e.right, fail);
                self.jump_and_land(done);
            }
            Expr::Unary(e) if matches!(e.op, UnOp::Not(_)) => {
                let holds = self.new_join();
                self.condition(&e.expr, &Fail::to(holds));
                let span = self.span(cond);
                self.give_up(fail, span);
                self.land(holds);
            }
            Expr::Let(e) => self.let_condition(e, fail),
            Expr::Macro(e) if self.is_matches(&e.mac) => self.matches_condition(&e.mac, fail),
            cond => {
                self.push_temporaries();
                let test = self.read(cond);
                let span = self.span(cond);
                self.pop_scope(span);
                self.branch(test, span, fail);
            }
        }
    }

    fn let_condition(&mut self, expr: &syn::ExprLet, fail: &Fail) {
        let scope = self.innermost();
        let operand = self.scrutinee(&expr.expr, binds(&expr.pat));
        let drops = owns(&expr.expr);
        self.pattern(&expr.pat, operand.local, How { fail: Some(*fail), drops, ..How::plain(scope) });
    }

    /// A value that patterns look into. Not bound, a call's result ends with the temporaries.
    pub(super) fn scrutinee(&mut self, expr: &Expr, bound: bool) -> Operand {
        let operand = match expr {
            Expr::Field(_) | Expr::Index(_) | Expr::Reference(_) => Operand::other(self.borrowed(expr)),
            expr => self.operand(expr),
        };
        if operand.origin == Origin::Fresh && !bound {
            let at = self.temporaries();
            self.drop_at(at, operand.local);
        }
        operand
    }

    /// `let` as a value, outside a condition: only odd code has it.
    pub(super) fn let_value(&mut self, expr: &syn::ExprLet, span: Span) -> Local {
        self.truth(span, |lowerer, fail| lowerer.let_condition(expr, fail))
    }

    /// A condition as a value.
    pub(super) fn truth(&mut self, span: Span, test: impl FnOnce(&mut Self, &Fail)) -> Local {
        let result = self.result(span);
        let (not, done) = (self.new_join(), self.new_join());
        let scope = self.push_block();
        test(self, &Fail { to: not, release: Some(scope) });
        self.assign(result, Value::Literal(Literal::Bool(true)), span);
        self.pop_scope(span);
        self.jump(done);
        self.land(not);
        self.assign(result, Value::Literal(Literal::Bool(false)), span);
        self.jump_and_land(done);
        result
    }

    pub(super) fn match_expr(&mut self, expr: &syn::ExprMatch, into: Option<Local>) {
        let bound = expr.arms.iter().any(|arm| binds(&arm.pat));
        let operand = self.scrutinee(&expr.expr, bound);
        let drops = owns(&expr.expr);
        let close = self.token(expr.brace_token.span.close());
        let done = self.new_join();
        let last = expr.arms.len().saturating_sub(1);
        // Where a guard that fails goes on, if that is beyond the next arm.
        let mut beyond: Vec<Option<JoinId>> = vec![None; expr.arms.len()];
        for (at, arm) in expr.arms.iter().enumerate() {
            if let Some(here) = beyond[at] {
                self.jump_and_land(here);
            }
            let next = self.new_join();
            let refused = match next_alike(&expr.arms, at) {
                Some(to) if to > at + 1 => *beyond[to].get_or_insert_with(|| self.new_join()),
                _ => next,
            };
            let scope = self.push_block();
            // A match is exhaustive: what gets to the last arm matches it.
            let tested = at != last || matches!(arm.pat, Pat::Guard(_));
            let fail = tested.then(|| Fail::to(next));
            let how = How { fail, drops, exhaustive: true, ..How::plain(scope) };
            match (&arm.pat, fail) {
                (Pat::Guard(pat), Some(_)) => {
                    self.pattern(&pat.pat, operand.local, how);
                    self.condition(&pat.guard, &Fail::to(refused));
                }
                (pat, _) => self.pattern(pat, operand.local, how),
            }
            let end = self.span(&arm.body);
            self.branch_body(into, end, |lowerer, into| match into {
                Some(into) => lowerer.value_into(&arm.body, into),
                None => lowerer.discard(&arm.body),
            });
            self.pop_scope(end);
            self.jump(done);
            self.land(next);
            if !can_fail(&arm.pat) {
                break;
            }
        }
        self.builder.exit(Exit::Never);
        self.land(done);
        let _ = close;
    }

    /// An equality test with a literal or constant.
    pub(super) fn equals(&mut self, left: Local, right: Local, span: Span) -> Local {
        self.apply(Operator::Equal, vec![left, right], span).local
    }
}

/// The first arm after one with a guard that may match what the guard refused: none of another
/// variant does.
fn next_alike(arms: &[syn::Arm], at: usize) -> Option<usize> {
    let Pat::Guard(refused) = &arms[at].pat else { return None };
    let variant = variant_of(&refused.pat)?;
    (at + 1..arms.len()).find(|next| variant_of(&arms[*next].pat).is_none_or(|other| other == variant))
}

/// The variant that a pattern asks for, if it matches no other one.
fn variant_of(pat: &Pat) -> Option<&syn::Ident> {
    let path = match pat {
        Pat::Guard(pat) => return variant_of(&pat.pat),
        Pat::Paren(pat) => return variant_of(&pat.pat),
        Pat::TupleStruct(pat) => &pat.path,
        Pat::Struct(pat) => &pat.path,
        Pat::Path(pat) => &pat.path,
        // `None` without a path.
        Pat::Ident(pat) if pat.subpat.is_none() && pat.ident == "None" => return Some(&pat.ident),
        _ => return None,
    };
    let name = &path.segments.last()?.ident;
    let text = name.to_string();
    // `MAX` is a constant, which may be any variant.
    let constant = text.len() > 1 && !text.contains(char::is_lowercase);
    (text.starts_with(char::is_uppercase) && !constant).then_some(name)
}

/// Whether a condition binds by `let`.
pub(super) fn has_let(expr: &Expr) -> bool {
    match expr {
        Expr::Let(_) => true,
        Expr::Paren(e) => has_let(&e.expr),
        Expr::Binary(e) if matches!(e.op, BinOp::And(_)) => has_let(&e.left) || has_let(&e.right),
        Expr::Unary(e) => has_let(&e.expr),
        Expr::Binary(e) if matches!(e.op, BinOp::Or(_)) => has_let(&e.left) || has_let(&e.right),
        _ => false,
    }
}
