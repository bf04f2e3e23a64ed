//! Tests that always come out the same way where this activation runs: `f(Kind::Plain)` never goes
//! where `f` asks for `Kind::Special`.

use super::build::Builder;
use super::value::{FrameId, Term, ValueId};
use crate::program::{Global, Literal, Local, Op, Operator, Value};

impl Builder<'_> {
    /// What a test says, if what the caller gave settles it. A variable that is given another value
    /// somewhere, perhaps in a closure that was not run here, settles nothing; `while true` is no test.
    pub(super) fn settled(&self, frame: FrameId, test: Local, value: ValueId) -> Option<bool> {
        let written = matches!(
            self.unit(frame).definition(test),
            Some(Op::Let { value: Value::Literal(_) | Value::Global(_), .. })
        );
        self.truth(value, 0).filter(|_| !written && self.is_steady(frame, test, 0))
    }

    fn truth(&self, value: ValueId, depth: u32) -> Option<bool> {
        if depth > 4 {
            return None;
        }
        match self.values.term(value) {
            Term::Literal(Literal::Bool(truth)) => Some(*truth),
            Term::Apply(Operator::Not, of) => {
                of.first().and_then(|of| self.truth(*of, depth + 1)).map(|is| !is)
            }
            Term::Apply(operator @ (Operator::Equal | Operator::NotEqual), sides) => {
                let [a, b] = sides.as_slice() else { return None };
                let same = same_variant(self.variant(*a)?, self.variant(*b)?)?;
                Some(same == (*operator == Operator::Equal))
            }
            Term::Apply(Operator::Is(asked), of) => {
                let variant = self.variant(*of.first()?)?.path.last()?;
                let asked = asked.rsplit('.').next().unwrap_or(asked);
                is_variant(asked).then_some(variant == asked)
            }
            _ => None,
        }
    }

    /// A variant of an enumeration that holds nothing.
    fn variant(&self, value: ValueId) -> Option<&Global> {
        match self.values.term(value) {
            Term::Global(global) => {
                let named = |at: usize| global.path.iter().rev().nth(at).is_some_and(|name| is_variant(name));
                (named(0) && named(1)).then_some(global)
            }
            _ => None,
        }
    }

    /// The value of a variable is the one that it is given in one place, or by the caller.
    fn is_steady(&self, frame: FrameId, local: Local, depth: u32) -> bool {
        let unit = self.unit(frame);
        if depth > 6 || unit.assigned[local.0 as usize] != 1 {
            return false;
        }
        match unit.definition(local) {
            Some(Op::Let { value: Value::Copy(from), .. }) => self.is_steady(frame, *from, depth + 1),
            Some(Op::Let { value: Value::Apply { operands, .. }, .. }) => {
                operands.iter().all(|of| self.is_steady(frame, *of, depth + 1))
            }
            Some(Op::Let { value: Value::Global(_) | Value::Literal(_), .. }) => true,
            Some(_) => false,
            None => true,
        }
    }
}

/// Two variants of one enumeration.
fn same_variant(a: &Global, b: &Global) -> Option<bool> {
    let [.., of, one] = a.path.as_slice() else { return None };
    let [.., other, two] = b.path.as_slice() else { return None };
    (of == other).then_some(one == two)
}

/// Written like a type or a variant, not like a constant.
fn is_variant(name: &str) -> bool {
    name.starts_with(char::is_uppercase) && name.contains(char::is_lowercase)
}
