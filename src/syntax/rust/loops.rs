//! Loops, labelled blocks, `break` and `continue`.

use super::Lowerer;
use super::branches::has_let;
use super::expressions::Operand;
use super::patterns::How;
use super::scopes::{Fail, JoinId, ScopeKind};
use crate::program::{Key, Literal, Local, Name, Operator, Value};
use crate::source::Span;
use syn::{Block, Expr, Label, Lifetime};

fn label_name(label: &Lifetime) -> Name {
    Name::new(label.ident.to_string())
}

impl Lowerer<'_> {
    fn push_loop(&mut self, label: Option<&Label>, leave: JoinId, again: JoinId, result: Option<Local>) {
        let label = label.map(|label| label_name(&label.name));
        self.push_scope(ScopeKind::Jump { label, leave, again: Some(again), result, is_loop: true });
    }

    /// A loop's body; its temporaries end with each round.
    fn round(&mut self, body: &Block) {
        let close = self.token(body.brace_token.span.close());
        self.push_temporaries();
        self.block(body, None);
        self.pop_scope(close);
    }

    pub(super) fn loop_expr(&mut self, expr: &syn::ExprLoop, into: Option<Local>) {
        let (header, leave) = (self.new_join(), self.new_join());
        self.jump_and_land(header);
        self.push_loop(expr.label.as_ref(), leave, header, into);
        self.round(&expr.body);
        self.jump(header);
        self.pop_silently();
        self.land(leave);
    }

    pub(super) fn while_expr(&mut self, expr: &syn::ExprWhile) {
        let close = self.token(expr.body.brace_token.span.close());
        let (header, leave) = (self.new_join(), self.new_join());
        self.jump_and_land(header);
        self.push_loop(expr.label.as_ref(), leave, header, None);
        if has_let(&expr.cond) {
            // The condition's temporaries live through the round, and end on the way out too.
            let scope = self.push_temporaries();
            self.push_block();
            self.condition(&expr.cond, &Fail { to: leave, release: Some(scope) });
            self.round(&expr.body);
            self.pop_scope(close);
            self.pop_scope(close);
        } else {
            self.condition(&expr.cond, &Fail::to(leave));
            self.round(&expr.body);
        }
        self.jump(header);
        self.pop_silently();
        self.land(leave);
    }

    pub(super) fn for_expr(&mut self, expr: &syn::ExprForLoop) {
        let close = self.token(expr.body.brace_token.span.close());
        let iteration = self.iterated(&expr.expr);
        let (header, leave) = (self.new_join(), self.new_join());
        self.jump_and_land(header);
        self.push_loop(expr.label.as_ref(), leave, header, None);
        let span = self.span(&expr.expr);
        let more = self.apply(Operator::More, vec![iteration], span).local;
        self.branch(more, span, &Fail::to(leave));
        let scope = self.push_block();
        let at = self.pat_span(&expr.pat);
        let each = self.builder.value(Value::Load { base: iteration, key: Key::Each }, at);
        self.pattern(&expr.pat, each, How { sole: true, ..How::plain(scope) });
        self.round(&expr.body);
        self.pop_scope(close);
        self.jump(header);
        self.pop_silently();
        self.land(leave);
    }

    /// The iterated value: its temporaries live as long as the loop's statement.
    fn iterated(&mut self, expr: &Expr) -> Local {
        self.borrowed(expr)
    }

    pub(super) fn block_expr(&mut self, expr: &syn::ExprBlock, into: Option<Local>) {
        let Some(label) = &expr.label else {
            self.block(&expr.block, into);
            return;
        };
        let leave = self.new_join();
        let label = Some(label_name(&label.name));
        self.push_scope(ScopeKind::Jump { label, leave, again: None, result: into, is_loop: false });
        self.block(&expr.block, into);
        self.pop_silently();
        self.jump_and_land(leave);
    }

    /// The scope a `break` or `continue` leaves, with what it needs to know of it.
    fn jump_target(
        &mut self,
        label: Option<&Lifetime>,
    ) -> Option<(usize, JoinId, Option<JoinId>, Option<Local>)> {
        let wanted = label.map(label_name);
        let scopes = &self.frame().scopes;
        scopes.iter().enumerate().rev().find_map(|(at, scope)| match &scope.kind {
            ScopeKind::Jump { label, leave, again, result, is_loop } => {
                let fits = match &wanted {
                    Some(wanted) => label.as_ref() == Some(wanted),
                    None => *is_loop,
                };
                fits.then_some((at, *leave, *again, *result))
            }
            _ => None,
        })
    }

    pub(super) fn break_expr(&mut self, expr: &syn::ExprBreak, span: Span) -> Operand {
        let target = self.jump_target(expr.label.as_ref());
        match (&expr.expr, target.and_then(|target| target.3)) {
            (Some(value), Some(result)) => self.value_into(value, result),
            (Some(value), None) => self.discard(value),
            (None, Some(result)) => self.assign(result, Value::Literal(Literal::Null), span),
            (None, None) => {}
        }
        if let Some((at, leave, _, _)) = target {
            self.release_from(at + 1, span);
            self.jump(leave);
        }
        Operand::other(self.builder.temporary(span))
    }

    pub(super) fn continue_expr(&mut self, expr: &syn::ExprContinue, span: Span) -> Operand {
        if let Some((at, _, Some(again), _)) = self.jump_target(expr.label.as_ref()) {
            self.release_from(at + 1, span);
            self.jump(again);
        }
        Operand::other(self.builder.temporary(span))
    }
}
