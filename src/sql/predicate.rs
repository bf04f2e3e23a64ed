//! Turns the condition of a statement into conjuncts on columns.

use super::access::{Reader, Scope};
use super::operand::{column, comparator, folded, mentioned, operand, plain};
use super::{Access, Comparator, Condition, Operand};
use crate::book::words::Verb;
use crate::program::Name;
use sqlparser::ast::{BinaryOperator, Expr, Query, UnaryOperator};

impl Reader {
    /// Adds what must hold; what is no plain conjunct makes the condition partial.
    pub(super) fn restrict(&mut self, access: &mut Access, scope: &Scope, condition: &Expr) {
        let mut open = vec![condition];
        while let Some(expr) = open.pop() {
            match plain(expr) {
                Expr::BinaryOp { left, op: BinaryOperator::And, right } => open.extend([&**right, &**left]),
                conjunct => self.conjunct(access, scope, conjunct),
            }
        }
    }

    fn conjunct(&mut self, access: &mut Access, scope: &Scope, expr: &Expr) {
        match expr {
            Expr::BinaryOp { op: BinaryOperator::Or, .. } => {
                let same = same_column(expr, scope);
                if same.is_none() {
                    access.conditions.extend(alternatives(expr, scope));
                }
                add(access, scope, expr, same)
            }
            Expr::BinaryOp { left, op, right } => match (op, plain(left), plain(right)) {
                (BinaryOperator::Eq, Expr::Tuple(left), Expr::Tuple(right)) => {
                    for (left, right) in left.iter().zip(right) {
                        self.compare(access, scope, left, op, right);
                    }
                }
                _ => self.compare(access, scope, left, op, right),
            },
            Expr::InSubquery { expr, subquery, negated } => {
                self.inner(access, scope, expr, subquery, *negated)
            }
            Expr::Exists { subquery, negated } => self.exists(access, subquery, *negated),
            Expr::UnaryOp { op: UnaryOperator::Not, expr: inner } => match plain(inner) {
                Expr::Exists { subquery, negated } => self.exists(access, subquery, !negated),
                inner => {
                    let truth = matches!(inner, Expr::Identifier(_) | Expr::CompoundIdentifier(_));
                    let test =
                        truth.then(|| test(inner, Comparator::Equal, literal("false"), scope)).flatten();
                    add(access, scope, expr, test);
                }
            },
            Expr::Between { expr, negated: false, low, high } => {
                for (comparator, bound) in [(Comparator::GreaterEqual, low), (Comparator::LessEqual, high)] {
                    add(access, scope, expr, test(expr, comparator, operand(bound, scope), scope));
                }
            }
            // `WHERE true`, `WHERE 1`.
            Expr::Value(_) => {}
            _ => add(access, scope, expr, simple(expr, scope)),
        }
    }

    fn compare(
        &mut self,
        access: &mut Access,
        scope: &Scope,
        left: &Expr,
        op: &BinaryOperator,
        right: &Expr,
    ) {
        if let (BinaryOperator::Eq, Expr::Subquery(query)) = (op, plain(right)) {
            return self.inner(access, scope, left, query, false);
        }
        let sides = [(left, right, false), (right, left, true)];
        // The accessed table's own column first.
        let own =
            |side: &(&Expr, &Expr, bool)| column_of(side.0, scope).is_some_and(|name| !name.contains('.'));
        let chosen = sides.iter().find(|side| own(side));
        let chosen = chosen.or_else(|| sides.iter().find(|side| column_of(side.0, scope).is_some()));
        if let Some((side, other, turned)) = chosen
            && let (Some(column), Some(comparator)) = (column_of(side, scope), comparator(op, *turned))
        {
            let operand = operand(folded(other), scope);
            access.conditions.push(Condition { column, comparator, operand });
            return;
        }
        // A computation with a column tests it in its own way.
        let computed = sides.iter().find_map(|(side, other, _)| {
            let column = mentioned(side, scope).into_iter().find(|column| !column.contains('.'))?;
            Some((column, operand(other, scope)))
        });
        match (computed, comparator(op, false)) {
            (Some((column, operand)), Some(_)) => {
                access.conditions.push(Condition { column, comparator: Comparator::Other, operand });
                remember(&mut access.mentioned, mentioned(left, scope));
                remember(&mut access.mentioned, mentioned(right, scope));
            }
            // `1 = 1` and `$1 = $2` say nothing of the rows.
            (None, Some(_)) if is_constant(left) && is_constant(right) => {}
            _ => {
                partial(access, scope, left);
                partial(access, scope, right);
            }
        }
    }

    /// `column IN (SELECT …)`: on the same table, the inner conditions are the change's own.
    fn inner(&mut self, access: &mut Access, scope: &Scope, left: &Expr, query: &Query, negated: bool) {
        let selection = self.query(query);
        let change = matches!(access.verb, Verb::Update | Verb::Remove);
        match selection {
            Some(selection) if change && !negated && selection.table == access.table => {
                self.merge(access, selection)
            }
            selection => {
                if let Some(selection) = selection {
                    access.joined.push(selection.table);
                }
                let comparator = if negated { Comparator::NotIn } else { Comparator::In };
                match column_of(left, scope) {
                    Some(column) => {
                        access.conditions.push(Condition { column, comparator, operand: Operand::Subquery });
                    }
                    None => partial(access, scope, left),
                }
            }
        }
    }

    fn exists(&mut self, access: &mut Access, query: &Query, negated: bool) {
        let Some(selection) = self.query(query) else {
            access.whole = false;
            return;
        };
        if access.verb == Verb::Create && negated && selection.table == access.table {
            access.unless_exists = true;
            access.whole &= selection.whole;
            access.conditions.extend(selection.conditions);
            return;
        }
        access.whole = false;
        access.joined.push(selection.table);
    }
}

/// A test of one column.
type Test = (Name, Comparator, Operand);

fn test(column: &Expr, comparator: Comparator, operand: Operand, scope: &Scope) -> Option<Test> {
    Some((column_of(column, scope)?, comparator, operand))
}

/// Takes over a test; without one, the condition holds parts that were not understood.
fn add(access: &mut Access, scope: &Scope, expr: &Expr, test: Option<Test>) {
    match test {
        Some((column, comparator, operand)) => {
            access.conditions.push(Condition { column, comparator, operand })
        }
        None => partial(access, scope, expr),
    }
}

/// `email = $1 OR nick = $2`: what each of them compares, if that is all there is.
fn alternatives(expr: &Expr, scope: &Scope) -> Vec<Condition> {
    let mut open = vec![expr];
    let mut found = Vec::new();
    while let Some(expr) = open.pop() {
        match plain(expr) {
            Expr::BinaryOp { left, op: BinaryOperator::Or, right } => open.extend([&**right, &**left]),
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                let Some(column) = column_of(left, scope) else { return Vec::new() };
                let operand = operand(right, scope);
                found.push(Condition { column, comparator: Comparator::Either, operand });
            }
            _ => return Vec::new(),
        }
    }
    found
}

/// Tests written with words rather than operators.
fn simple(expr: &Expr, scope: &Scope) -> Option<Test> {
    use Comparator::*;
    let (column, comparator, operand) = match expr {
        Expr::InList { expr, list, negated } => {
            let list = Operand::List(list.iter().map(|item| operand(item, scope)).collect());
            (expr, if *negated { NotIn } else { In }, list)
        }
        Expr::AnyOp { left, compare_op: BinaryOperator::Eq, right, .. } => (left, In, operand(right, scope)),
        Expr::AllOp { left, compare_op: BinaryOperator::NotEq, right } => {
            (left, NotIn, operand(right, scope))
        }
        Expr::IsNull(inner) => (inner, IsNull, null()),
        Expr::IsNotNull(inner) => (inner, NotNull, null()),
        Expr::IsTrue(inner) | Expr::IsNotFalse(inner) => (inner, Equal, literal("true")),
        Expr::IsFalse(inner) | Expr::IsNotTrue(inner) => (inner, Equal, literal("false")),
        Expr::IsNotDistinctFrom(left, right) => (left, Equal, operand(right, scope)),
        Expr::IsDistinctFrom(left, right) => (left, NotEqual, operand(right, scope)),
        Expr::Like { negated: false, expr, pattern, .. }
        | Expr::ILike { negated: false, expr, pattern, .. } => (expr, Other, operand(pattern, scope)),
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) => {
            return test(expr, Equal, literal("true"), scope);
        }
        _ => return None,
    };
    test(column, comparator, operand, scope)
}

fn null() -> Operand {
    literal("null")
}

fn literal(text: &str) -> Operand {
    Operand::Literal(text.into())
}

/// The column that an expression is, letter case aside.
fn column_of(expr: &Expr, scope: &Scope) -> Option<Name> {
    column(folded(expr), scope)
}

fn is_constant(expr: &Expr) -> bool {
    matches!(
        operand(expr, &super::operand::NoTables),
        Operand::Literal(_) | Operand::Placeholder(_) | Operand::Named(_)
    )
}

fn partial(access: &mut Access, scope: &Scope, expr: &Expr) {
    access.whole = false;
    remember(&mut access.mentioned, mentioned(expr, scope));
}

fn remember(known: &mut Vec<Name>, more: Vec<Name>) {
    for column in more {
        if !known.contains(&column) {
            known.push(column);
        }
    }
}

/// `a = 1 OR a = 2` is `a IN (1, 2)`.
fn same_column(expr: &Expr, scope: &Scope) -> Option<(Name, Comparator, Operand)> {
    let mut open = vec![expr];
    let (mut common, mut values) = (None, Vec::new());
    while let Some(expr) = open.pop() {
        match plain(expr) {
            Expr::BinaryOp { left, op: BinaryOperator::Or, right } => open.extend([&**right, &**left]),
            Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => {
                let column = column_of(left, scope)?;
                if common.get_or_insert_with(|| column.clone()) != &column {
                    return None;
                }
                values.push(operand(right, scope));
            }
            _ => return None,
        }
    }
    Some((common?, Comparator::In, Operand::List(values)))
}
