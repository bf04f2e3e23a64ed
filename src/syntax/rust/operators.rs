//! Operators and assignments.

use super::expressions::{Operand, Origin, literal, member};
use super::{Lowerer, scopes::Fail};
use crate::program::{Key, Literal, Local, Name, Op, Operator, Value};
use crate::source::Span;
use syn::{BinOp, Expr, UnOp};

/// What a binary operator does.
enum Binary {
    And,
    Or,
    Apply(Operator),
    Assign(Operator),
}

impl Lowerer<'_> {
    pub(super) fn unary(&mut self, unary: &syn::ExprUnary, span: Span) -> Operand {
        match unary.op {
            UnOp::Deref(_) => Operand::other(self.borrowed(&unary.expr)),
            UnOp::Not(_) => {
                let value = self.read(&unary.expr);
                self.apply(Operator::Not, vec![value], span)
            }
            UnOp::Neg(_) => {
                if let Expr::Lit(lit) = &*unary.expr
                    && let Literal::Number(number) = literal(&lit.lit)
                {
                    let number = Literal::Number(Name::new(format!("-{number}")));
                    return Operand::other(self.builder.value(Value::Literal(number), span));
                }
                let value = self.read(&unary.expr);
                self.apply(Operator::Arithmetic, vec![value], span)
            }
            _ => {
                let value = self.read(&unary.expr);
                Operand::other(self.builder.value(Value::Mix(vec![value]), span))
            }
        }
    }

    pub(super) fn apply(&mut self, operator: Operator, operands: Vec<Local>, span: Span) -> Operand {
        Operand::other(self.builder.value(Value::Apply { operator, operands }, span))
    }

    pub(super) fn binary(&mut self, binary: &syn::ExprBinary, span: Span) -> Operand {
        match meaning(&binary.op) {
            Binary::And | Binary::Or => {
                let into = self.result(span);
                self.lazy(binary, into);
                Operand::other(into)
            }
            Binary::Apply(operator) => {
                let left = self.read(&binary.left);
                let right = self.read(&binary.right);
                self.apply(operator, vec![left, right], span)
            }
            Binary::Assign(operator) => self.compound(binary, operator, span),
        }
    }

    /// `a && b` as a value: `a` decides whether `b` runs.
    pub(super) fn lazy(&mut self, binary: &syn::ExprBinary, into: Local) {
        let left_span = self.span(&binary.left);
        let right_span = self.span(&binary.right);
        // Temporaries of either side end with it.
        self.push_temporaries();
        let left = self.consumed(&binary.left);
        self.pop_scope(left_span);
        let (other, done) = (self.new_join(), self.new_join());
        self.branch(left, left_span, &Fail::to(other));
        let and = matches!(binary.op, BinOp::And(_));
        if !and {
            self.assign(into, Value::Copy(left), left_span);
            self.jump(done);
            self.land(other);
        }
        self.push_temporaries();
        self.value_into(&binary.right, into);
        self.pop_scope(right_span);
        self.jump(done);
        if and {
            self.land(other);
            self.assign(into, Value::Copy(left), left_span);
            self.jump(done);
        }
        self.land(done);
    }

    /// `place op= value`: the place is found once.
    fn compound(&mut self, binary: &syn::ExprBinary, operator: Operator, span: Span) -> Operand {
        let value = self.read(&binary.right);
        if let Some(variable) = self.assigned_variable(&binary.left) {
            let new = Value::Apply { operator, operands: vec![variable, value] };
            self.builder.step(Op::Let { into: variable, value: new }, span);
            return self.unit(span);
        }
        let (base, key) = self.place_of(&binary.left);
        let place = self.span(&binary.left);
        let old = match &key {
            Key::Field(name) if name == "*" => base,
            key => self.builder.value(Value::Load { base, key: key.clone() }, place),
        };
        let value = self.apply(operator, vec![old, value], span).local;
        self.builder.step(Op::Store { base, key, value }, span);
        self.unit(span)
    }

    /// What a store into this place names: a field, an element, or what a pointer points to.
    fn place_of(&mut self, left: &Expr) -> (Local, Key) {
        match left {
            Expr::Paren(e) => self.place_of(&e.expr),
            Expr::Group(e) => self.place_of(&e.expr),
            Expr::Field(e) => (self.borrowed(&e.base), Key::Field(member(&e.member))),
            Expr::Index(e) => {
                let base = self.borrowed(&e.expr);
                (base, self.key(&e.index))
            }
            Expr::Unary(e) if matches!(e.op, UnOp::Deref(_)) => {
                (self.borrowed(&e.expr), Key::Field(Name::new_static("*")))
            }
            // The call or block gives the place.
            other => (self.borrowed(other), Key::Field(Name::new_static("*"))),
        }
    }

    /// `place = value`.
    pub(super) fn assignment(&mut self, assign: &syn::ExprAssign, span: Span) -> Operand {
        if let Some(variable) = self.assigned_variable(&assign.left) {
            let value = self.consumed(&assign.right);
            // The old value ends here.
            if self.will_drop(variable) {
                self.release_one(variable, span);
            }
            self.settle(variable, value, span);
            self.moved_in(variable);
            return self.unit(span);
        }
        let operand = self.operand(&assign.right);
        match &*assign.left {
            Expr::Infer(_) => self.drop_unused(operand),
            left => {
                if operand.origin == Origin::Variable {
                    self.move_out(operand.local);
                }
                self.store(left, operand.local, span);
            }
        }
        self.unit(span)
    }

    fn unit(&mut self, span: Span) -> Operand {
        Operand::other(self.builder.temporary(span))
    }

    /// The variable a bare name on the left means.
    fn assigned_variable(&mut self, left: &Expr) -> Option<Local> {
        let Expr::Path(_) = left else { return None };
        let operand = self.operand(left);
        (operand.origin == Origin::Variable).then_some(operand.local)
    }

    /// Stores into a field, an element, through a pointer, or into each part of a pattern.
    fn store(&mut self, left: &Expr, value: Local, span: Span) {
        match left {
            Expr::Tuple(e) => self.store_each(e.elems.iter(), value, span),
            Expr::Array(e) => self.store_each(e.elems.iter(), value, span),
            Expr::Call(e) => self.store_each(e.args.iter(), value, span),
            Expr::Struct(e) => {
                for field in &e.fields {
                    let key = Key::Field(member(&field.member));
                    let part = self.builder.value(Value::Load { base: value, key }, span);
                    self.store(&field.expr, part, span);
                }
            }
            Expr::Infer(_) => {}
            other => {
                if let Some(variable) = self.assigned_variable(other) {
                    self.builder.step(Op::Let { into: variable, value: Value::Copy(value) }, span);
                    self.moved_in(variable);
                } else {
                    let (base, key) = self.place_of(other);
                    self.builder.step(Op::Store { base, key, value }, span);
                }
            }
        }
    }

    fn store_each<'e>(&mut self, parts: impl Iterator<Item = &'e Expr>, value: Local, span: Span) {
        for (at, part) in parts.enumerate() {
            let key = Key::Field(Name::new(at.to_string()));
            let item = self.builder.value(Value::Load { base: value, key }, span);
            self.store(part, item, span);
        }
    }
}

fn meaning(op: &BinOp) -> Binary {
    use Operator as O;
    match op {
        BinOp::And(_) => Binary::And,
        BinOp::Or(_) => Binary::Or,
        BinOp::Add(_) => Binary::Apply(O::Add),
        BinOp::Sub(_) => Binary::Apply(O::Subtract),
        BinOp::Eq(_) => Binary::Apply(O::Equal),
        BinOp::Ne(_) => Binary::Apply(O::NotEqual),
        BinOp::Lt(_) => Binary::Apply(O::Less),
        BinOp::Le(_) => Binary::Apply(O::LessEqual),
        BinOp::Gt(_) => Binary::Apply(O::Greater),
        BinOp::Ge(_) => Binary::Apply(O::GreaterEqual),
        BinOp::AddAssign(_) => Binary::Assign(O::Add),
        BinOp::SubAssign(_) => Binary::Assign(O::Subtract),
        BinOp::MulAssign(_)
        | BinOp::DivAssign(_)
        | BinOp::RemAssign(_)
        | BinOp::BitXorAssign(_)
        | BinOp::BitAndAssign(_)
        | BinOp::BitOrAssign(_)
        | BinOp::ShlAssign(_)
        | BinOp::ShrAssign(_) => Binary::Assign(O::Arithmetic),
        _ => Binary::Apply(O::Arithmetic),
    }
}
