//! Turns the tokens of one statement into `sqlparser`'s tree, whichever dialect reads them.

use super::Dialect;
use super::rewrite::{Bridged, text};
use super::token::Token;
use sqlparser::ast::Statement;
use sqlparser::dialect as dialects;
use sqlparser::parser::{Parser, ParserError};

/// How deep expressions may nest; the parser's own default.
const DEPTH: usize = 50;
/// How many tokens may follow each other without a comma, over all open parentheses: chains of
/// operators make trees as deep as they are long, which recursion (the parser's too) would pay for.
const LONGEST_CHAIN: usize = 800;
/// How many holes are left out in search of a text that parses.
const TRIES: usize = 6;

/// Leaves out holes that stand where no value can, in place.
pub(super) fn parse(tokens: &mut Bridged, dialect: Dialect) -> Option<Statement> {
    for _ in 0..TRIES {
        if chain(&tokens.list) > LONGEST_CHAIN {
            return None;
        }
        let column = match any(&tokens.list, dialect) {
            Ok(statement) => return Some(statement),
            Err(column) => column?,
        };
        let (_, starts) = text(&tokens.list, '"');
        // The hole that the error is about is there or right before.
        let near = |at: &usize| starts.get(*at).is_some_and(|start| *start <= column);
        let holes = (0..tokens.list.len()).filter(|at| tokens.list[*at].is_hole());
        let hole = holes.take_while(near).last()?;
        tokens.list.remove(hole);
        tokens.dropped = true;
    }
    None
}

/// The first dialect's tree, or where the first dialect failed.
fn any(tokens: &[Token], first: Dialect) -> Result<Statement, Option<usize>> {
    let others = [Dialect::Postgres, Dialect::MySql, Dialect::Sqlite, Dialect::Generic, Dialect::MsSql];
    let preferred = (first != Dialect::Generic).then_some(first);
    let mut failed = None;
    for dialect in
        preferred.into_iter().chain(others.into_iter().filter(|other| *other != first || preferred.is_none()))
    {
        let quote = if dialect == Dialect::MySql { '`' } else { '"' };
        match one(&text(tokens, quote).0, dialect) {
            Ok(statement) => return Ok(statement),
            Err(at) => failed = failed.or(at),
        }
    }
    Err(failed)
}

fn one(text: &str, dialect: Dialect) -> Result<Statement, Option<usize>> {
    // The parser's authors promise no panic; this keeps the promise for them.
    let parsed = std::panic::catch_unwind(|| match dialect {
        Dialect::Generic => with(&dialects::GenericDialect {}, text),
        Dialect::Postgres => with(&dialects::PostgreSqlDialect {}, text),
        Dialect::MySql => with(&dialects::MySqlDialect {}, text),
        Dialect::Sqlite => with(&dialects::SQLiteDialect {}, text),
        Dialect::MsSql => with(&dialects::MsSqlDialect {}, text),
    });
    let mut statements = parsed.map_err(|_| None)?.map_err(|error| column(&error))?;
    match (statements.pop(), statements.is_empty()) {
        (Some(statement), true) => Ok(statement),
        _ => Err(None),
    }
}

fn with(dialect: &dyn dialects::Dialect, text: &str) -> Result<Vec<Statement>, ParserError> {
    Parser::new(dialect).with_recursion_limit(DEPTH).try_with_sql(text)?.parse_statements()
}

/// Where the parser stopped: its message ends with `Line: 1, Column: 7`, counted from 1.
fn column(error: &ParserError) -> Option<usize> {
    match error {
        ParserError::ParserError(message) | ParserError::TokenizerError(message) => {
            let digits = message.rsplit_once("Column: ")?.1;
            let digits = digits.trim_end_matches(|c: char| !c.is_ascii_digit());
            digits.parse::<usize>().ok()?.checked_sub(1)
        }
        ParserError::RecursionLimitExceeded => None,
    }
}

fn chain(tokens: &[Token]) -> usize {
    let mut open = vec![0];
    let (mut total, mut longest) = (0, 0);
    for token in tokens {
        if token.is_any(&["(", "["]) {
            open.push(0);
        } else if token.is_any(&[")", "]"]) && open.len() > 1 {
            total -= open.pop().unwrap_or(0);
        } else if token.is(",") {
            total -= open.last_mut().map(std::mem::take).unwrap_or(0);
        }
        if let Some(last) = open.last_mut() {
            *last += 1;
        }
        total += 1;
        longest = longest.max(total);
    }
    longest
}
