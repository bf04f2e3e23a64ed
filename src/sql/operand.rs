//! Turns names, literals and expressions of a statement into operands.

use super::token::{Mark, Token, TokenKind, marked};
use super::{Call, Operand};
use crate::program::Name;
use sqlparser::ast::{
    self, BinaryOperator, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, UnaryOperator,
};
use std::ops::ControlFlow;

/// A token's name: unquoted names in lower case, `{0}` for holes.
pub(super) fn name(token: &Token) -> Name {
    match token.kind {
        TokenKind::Quoted => shown(&token.text),
        _ => shown(&token.text.to_lowercase()),
    }
}

pub(super) fn identifier(ident: &ast::Ident) -> Name {
    match ident.quote_style {
        Some(_) => shown(&ident.value),
        None => shown(&ident.value.to_lowercase()),
    }
}

/// The last part of a dotted name.
pub(super) fn last(name: &ast::ObjectName) -> Name {
    match name.0.last() {
        Some(ast::ObjectNamePart::Identifier(ident)) => identifier(ident),
        Some(ast::ObjectNamePart::Function(function)) => identifier(&function.name),
        None => Name::default(),
    }
}

/// A name with its holes as `{0}`, placeholders as `{$1}`.
fn shown(text: &str) -> Name {
    if let Some(Mark::Bind(index)) = marked(text) {
        return format!("{{${}}}", index + 1).into();
    }
    let mut parts = text.split("hole__");
    let mut out = parts.next().unwrap_or_default().to_string();
    for part in parts {
        match part.split_once("__") {
            Some((index, after)) => out.push_str(&format!("{{{index}}}{after}")),
            None => out.push_str(part),
        }
    }
    out.into()
}

/// The holes in a text.
fn holes(text: &str) -> Vec<Operand> {
    let parts = text.split("hole__").skip(1).filter_map(|part| part.split_once("__")?.0.parse().ok());
    parts.map(Operand::Hole).collect()
}

pub(super) fn unknown() -> Operand {
    Operand::Expression { columns: Vec::new(), operands: Vec::new() }
}

/// What a single token stands for.
pub(super) fn value(token: &Token) -> Option<Operand> {
    match token.kind {
        TokenKind::Word => match marked(&token.text) {
            Some(mark) => Some(of_mark(mark)),
            None if token.is_any(&["null", "true", "false"]) => {
                Some(Operand::Literal(token.text.to_lowercase().into()))
            }
            None => Some(Operand::Column(name(token))),
        },
        TokenKind::Quoted => Some(Operand::Column(name(token))),
        TokenKind::Text => Some(text(&token.text)),
        TokenKind::Number => Some(Operand::Literal(token.text.as_str().into())),
        TokenKind::Symbol => None,
    }
}

fn of_mark(mark: Mark<'_>) -> Operand {
    match mark {
        Mark::Hole(index) => Operand::Hole(index),
        Mark::Bind(index) => Operand::Placeholder(index),
        Mark::Named(name) => Operand::Named(name.into()),
    }
}

/// A string, which may hold holes.
fn text(text: &str) -> Operand {
    match marked(text) {
        Some(Mark::Hole(index)) => Operand::Hole(index),
        _ if text.contains("hole__") => Operand::Expression { columns: Vec::new(), operands: holes(text) },
        _ => Operand::Literal(text.into()),
    }
}

/// How a column of another table than the accessed one is named.
pub(super) trait Columns {
    /// The name of a column under a qualifier, or `None` if that is no column of a table.
    fn qualified(&self, qualifier: &ast::Ident, column: Name) -> Name;
}

/// The column that an expression is, casts and parentheses aside.
pub(super) fn column(expr: &Expr, columns: &dyn Columns) -> Option<Name> {
    match plain(expr) {
        Expr::Identifier(ident) => match ident.quote_style {
            None if marked(&ident.value).is_some() => None,
            None if ["true", "false", "null", "default", "current_timestamp", "current_date"]
                .iter()
                .any(|word| ident.value.eq_ignore_ascii_case(word)) =>
            {
                None
            }
            _ => Some(identifier(ident)),
        },
        Expr::CompoundIdentifier(parts) => {
            let (last, before) = parts.split_last()?;
            match before.last() {
                Some(qualifier) => Some(columns.qualified(qualifier, identifier(last))),
                None => Some(identifier(last)),
            }
        }
        _ => None,
    }
}

/// An expression without parentheses, casts and collations.
pub(super) fn plain(mut expr: &Expr) -> &Expr {
    loop {
        expr = match expr {
            Expr::Nested(inner) => inner,
            Expr::Cast { expr: inner, .. } | Expr::Collate { expr: inner, .. } => inner,
            _ => return expr,
        }
    }
}

/// `lower(x)`, `upper(x)`, `trim(x)` compare like `x` itself as far as keys go.
pub(super) fn folded(expr: &Expr) -> &Expr {
    let expr = plain(expr);
    match expr {
        Expr::Function(function) if ["lower", "upper"].contains(&last(&function.name).as_str()) => {
            match arguments(function).as_slice() {
                [only] => plain(only),
                _ => expr,
            }
        }
        Expr::Trim { expr: inner, .. } => plain(inner),
        _ => expr,
    }
}

pub(super) fn operand(expr: &Expr, columns: &dyn Columns) -> Operand {
    let expr = plain(expr);
    if let Some(column) = column(expr, columns) {
        return Operand::Column(column);
    }
    match expr {
        Expr::Identifier(ident) => match marked(&ident.value) {
            Some(mark) => of_mark(mark),
            None => Operand::Literal(ident.value.to_lowercase().into()),
        },
        Expr::Value(value) => literal(&value.value),
        Expr::UnaryOp { op: UnaryOperator::Minus, expr: inner } => match operand(inner, columns) {
            Operand::Literal(text) => Operand::Literal(format!("-{text}").into()),
            inner => computed(vec![inner]),
        },
        Expr::Subquery(_) => Operand::Subquery,
        // MySQL: the value that the INSERT meant for the column.
        Expr::Function(function) if last(&function.name) == "values" => {
            match arguments(function).as_slice() {
                [only] => match column(only, columns) {
                    Some(column) => Operand::Column(format!("excluded.{column}").into()),
                    None => unknown(),
                },
                _ => unknown(),
            }
        }
        Expr::Tuple(list) => Operand::List(list.iter().map(|item| operand(item, columns)).collect()),
        Expr::Array(array) => Operand::List(array.elem.iter().map(|item| operand(item, columns)).collect()),
        _ => expression(expr, columns),
    }
}

fn computed(operands: Vec<Operand>) -> Operand {
    Operand::Expression { columns: Vec::new(), operands }
}

fn literal(value: &ast::Value) -> Operand {
    match value {
        ast::Value::Number(text, _) => Operand::Literal(text.as_str().into()),
        ast::Value::Boolean(truth) => Operand::Literal(if *truth { "true" } else { "false" }.into()),
        ast::Value::Null => Operand::Literal("null".into()),
        other => match other.clone().into_string() {
            Some(inner) => text(&inner),
            None => unknown(),
        },
    }
}

/// All columns and program values in an expression, each once.
fn expression(expr: &Expr, columns: &dyn Columns) -> Operand {
    let (mut found, mut operands) = (Vec::new(), Vec::new());
    let _ = ast::visit_expressions(expr, |part| {
        if let Some(column) = column(part, columns) {
            if !matches!(part, Expr::Nested(_) | Expr::Cast { .. } | Expr::Collate { .. })
                && !found.contains(&column)
            {
                found.push(column);
            }
        } else if matches!(part, Expr::Identifier(_) | Expr::Value(_)) {
            let mut value = vec![operand(part, columns)];
            if let [Operand::Expression { operands, .. }] = value.as_mut_slice() {
                value = std::mem::take(operands);
            }
            for value in value {
                if !matches!(value, Operand::Literal(_)) && !operands.contains(&value) {
                    operands.push(value);
                }
            }
        }
        ControlFlow::<()>::Continue(())
    });
    Operand::Expression { columns: found, operands }
}

/// The columns that an expression mentions.
pub(super) fn mentioned(expr: &Expr, columns: &dyn Columns) -> Vec<Name> {
    match operand(expr, columns) {
        Operand::Column(column) => vec![column],
        _ => match expression(expr, columns) {
            Operand::Expression { columns, .. } => columns,
            _ => Vec::new(),
        },
    }
}

pub(super) fn arguments(function: &ast::Function) -> Vec<&Expr> {
    match &function.args {
        FunctionArguments::List(list) => list.args.iter().filter_map(argument).collect(),
        _ => Vec::new(),
    }
}

pub(super) fn argument(argument: &FunctionArg) -> Option<&Expr> {
    let (FunctionArg::Unnamed(value)
    | FunctionArg::Named { arg: value, .. }
    | FunctionArg::ExprNamed { arg: value, .. }) = argument;
    match value {
        FunctionArgExpr::Expr(expr) => Some(expr),
        _ => None,
    }
}

/// No table is known: qualifiers are dropped.
pub(super) struct NoTables;

impl Columns for NoTables {
    fn qualified(&self, _: &ast::Ident, column: Name) -> Name {
        column
    }
}

/// Every function that a tree calls, in order.
pub(super) fn calls(statement: &ast::Statement) -> Vec<Call> {
    let mut calls = Vec::new();
    let _ = ast::visit_expressions(statement, |expr| {
        if let Expr::Function(function) = expr {
            let arguments =
                arguments(function).into_iter().map(|argument| operand(argument, &NoTables)).collect();
            calls.push(Call { function: last(&function.name).to_lowercase().into(), arguments });
        }
        ControlFlow::<()>::Continue(())
    });
    calls
}

/// Whether a tree computes something over many rows.
pub(super) fn aggregates(expr: &Expr) -> bool {
    const AGGREGATES: &[&str] =
        &["count", "sum", "max", "min", "avg", "count_big", "total", "bool_or", "bool_and", "every"];
    let found = ast::visit_expressions(expr, |part| match part {
        Expr::Subquery(_) | Expr::Exists { .. } => ControlFlow::Break(false),
        Expr::Function(function)
            if function.over.is_none() && AGGREGATES.contains(&last(&function.name).as_str()) =>
        {
            ControlFlow::Break(true)
        }
        _ => ControlFlow::Continue(()),
    });
    matches!(found, ControlFlow::Break(true))
}

/// Whether an operator compares, and how; turned round if its sides are.
pub(super) fn comparator(operator: &BinaryOperator, turned: bool) -> Option<super::Comparator> {
    use super::Comparator::*;
    Some(match (operator, turned) {
        (BinaryOperator::Eq, _) => Equal,
        (BinaryOperator::NotEq, _) => NotEqual,
        (BinaryOperator::Lt, false) | (BinaryOperator::Gt, true) => Less,
        (BinaryOperator::Gt, false) | (BinaryOperator::Lt, true) => Greater,
        (BinaryOperator::LtEq, false) | (BinaryOperator::GtEq, true) => LessEqual,
        (BinaryOperator::GtEq, false) | (BinaryOperator::LtEq, true) => GreaterEqual,
        (BinaryOperator::Spaceship, _) => Equal,
        (
            BinaryOperator::PGRegexMatch
            | BinaryOperator::AtArrow
            | BinaryOperator::ArrowAt
            | BinaryOperator::PGOverlap
            | BinaryOperator::Question
            | BinaryOperator::QuestionAnd
            | BinaryOperator::QuestionPipe,
            _,
        ) => Other,
        _ => return None,
    })
}
