//! Turns the DDL of a text into changes of tables and of what is unique in them.
//!
//! By tokens, not through the parser: types, options and storage clauses differ from dialect to
//! dialect, while the words that matter here do not.

use super::Dialect;
use super::control::{after, dotted, without};
use super::operand::name;
use super::token::{self, Token, TokenKind};
use crate::program::Name;
pub use crate::program::tables::{Change, Unique};

/// Dumps and squashed migrations are long; what is longer still is data.
const LONGEST: usize = 4 * 1024 * 1024;

/// The changes that a text makes when it is run. What is no DDL is passed over.
pub fn changes(text: &str) -> Vec<Change> {
    let text = token::join(&[super::Piece::Text(text)], LONGEST);
    let mut changes = Vec::new();
    for statement in token::split(token::tokens(&text, Dialect::Generic)) {
        statement_changes(&statement, &mut changes);
    }
    changes
}

fn statement_changes(tokens: &[Token], changes: &mut Vec<Change>) {
    let Some((first, rest)) = tokens.split_first() else { return };
    let objects = ["table", "index"];
    let Some(at) = rest.iter().take(4).position(|token| token.is_any(&objects)) else { return };
    let (before, object, rest) = (&rest[..at], &rest[at], &rest[at + 1..]);
    let rest = existing(rest);
    if first.is("create") && object.is("table") {
        changes.extend(table(rest));
    } else if first.is("create") && before.iter().any(|token| token.is("unique")) {
        changes.extend(index(rest));
    } else if first.is("alter") && object.is("table") {
        alter(rest, changes);
    } else if first.is("drop") && object.is("table") {
        let tables = rest.split(|token| token.is(",")).filter_map(dotted);
        changes.extend(tables.map(Change::DropTable));
    } else if first.is("drop")
        && let Some(name) = dotted(without(rest, "concurrently"))
    {
        let table = after(rest, &["on"]).and_then(dotted);
        changes.push(Change::DropUnique { table, name });
    } else if first.is("rename")
        && object.is("table")
        && let (Some(from), Some(to)) = (dotted(rest), after(rest, &["to"]).and_then(dotted))
    {
        changes.push(Change::RenameTable { from, to });
    }
}

/// Without `CONCURRENTLY`, `IF NOT EXISTS` and `ONLY`.
fn existing(tokens: &[Token]) -> &[Token] {
    let words = ["concurrently", "if", "not", "exists", "only"];
    let skip = tokens.iter().take_while(|token| token.is_any(&words)).count();
    &tokens[skip..]
}

/// What stands between the first parentheses, and what follows them.
fn enclosed(tokens: &[Token]) -> Option<(&[Token], &[Token])> {
    let open = tokens.iter().position(|token| token.is("("))?;
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth -= 1;
            if depth == 0 {
                return Some((&tokens[open + 1..at], &tokens[at + 1..]));
            }
        }
    }
    None
}

/// The parts between commas outside parentheses.
fn parts(tokens: &[Token]) -> Vec<&[Token]> {
    let (mut parts, mut depth, mut start) = (Vec::new(), 0usize, 0);
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is(",") {
            parts.push(&tokens[start..at]);
            start = at + 1;
        }
    }
    parts.push(&tokens[start..]);
    parts.retain(|part| !part.is_empty());
    parts
}

fn table(tokens: &[Token]) -> Option<Change> {
    let table = dotted(tokens)?;
    let (mut columns, mut unique) = (Vec::new(), Vec::new());
    for part in parts(enclosed(tokens)?.0) {
        match constraint(part) {
            Some(found) => unique.extend(found),
            None => unique.extend(column(part, &mut columns)),
        }
    }
    Some(Change::Table { table, columns, unique })
}

/// `None` if the part is no constraint but a column; an empty answer for constraints that make
/// nothing unique.
fn constraint(part: &[Token]) -> Option<Option<Unique>> {
    let named = part.first().is_some_and(|token| token.is("constraint"));
    let (given, part) = match part {
        [_, name, ..] if named && !name.is_any(&["unique", "primary"]) => {
            (dotted(std::slice::from_ref(name)), &part[2..])
        }
        [_, ..] if named => (None, &part[1..]),
        _ => (None, part),
    };
    let first = part.first().filter(|token| token.kind == TokenKind::Word)?;
    if first.is_any(&["foreign", "check", "exclude", "key", "index", "fulltext", "spatial", "like", "period"])
    {
        // A column may be called `key` or `index`; then a type follows, no parenthesis or name and one.
        let column =
            first.is_any(&["key", "index", "like", "period"]) && !part.iter().any(|token| token.is("("));
        return (!column).then_some(None);
    }
    let primary = first.is("primary") && part.get(1).is_some_and(|token| token.is("key"));
    let unique = first.is("unique") && part.iter().any(|token| token.is("("));
    if !primary && !unique {
        return named.then_some(None);
    }
    let (listed, after_list) = enclosed(part)?;
    let inner =
        part.iter().skip(1).find(|token| !token.is_any(&["key", "index", "nulls", "not", "distinct"]));
    let name = given.or_else(|| inner.filter(|token| token.is_name()).map(name));
    Some(key(listed).map(|columns| Unique { name, columns, partial: is_partial(after_list), primary }))
}

fn is_partial(tokens: &[Token]) -> bool {
    tokens.iter().any(|token| token.is("where"))
}

/// A column of a table, and whether it is unique by itself.
fn column(part: &[Token], columns: &mut Vec<Name>) -> Option<Unique> {
    let column = part.first().filter(|token| token.is_name()).map(name)?;
    columns.push(column.clone());
    let primary = part.windows(2).any(|pair| pair[0].is("primary") && pair[1].is("key"));
    let unique = primary || part.iter().skip(1).any(|token| token.is("unique"));
    unique.then(|| Unique { name: None, columns: vec![column], partial: false, primary })
}

/// The columns of a key. `lower(email)` is stricter than `email`; of other computations nothing follows.
fn key(listed: &[Token]) -> Option<Vec<Name>> {
    parts(listed).into_iter().map(key_column).collect()
}

fn key_column(mut part: &[Token]) -> Option<Name> {
    while let [open, inner @ .., close] = part
        && open.is("(")
        && close.is(")")
    {
        part = inner;
    }
    match part {
        [first, open, inner, close, ..] if first.is_name() && open.is("(") && close.is(")") => {
            match inner.kind {
                // MySQL's length of a prefix.
                TokenKind::Number => Some(name(first)),
                _ if first.is_any(&["lower", "upper"]) && inner.is_name() => Some(name(inner)),
                _ => None,
            }
        }
        // An order or operator class may follow; an operator makes it a computation.
        [first, rest @ ..] if first.is_name() && rest.iter().all(Token::is_name) => Some(name(first)),
        _ => None,
    }
}

/// `CREATE UNIQUE INDEX name ON table USING btree (columns) WHERE …`.
fn index(rest: &[Token]) -> Option<Change> {
    let name = dotted(rest).filter(|_| rest.first().is_some_and(|token| !token.is("on")));
    let on = existing(after(rest, &["on"])?);
    let table = dotted(on)?;
    let (listed, after_list) = enclosed(on)?;
    let unique = Unique { name, columns: key(listed)?, partial: is_partial(after_list), primary: false };
    Some(Change::Unique { table, unique })
}

fn alter(tokens: &[Token], changes: &mut Vec<Change>) {
    let Some(table) = dotted(tokens) else { return };
    let mut at = 1;
    while tokens.get(at).is_some_and(|token| token.is(".")) {
        at += 2;
    }
    for part in parts(tokens.get(at..).unwrap_or_default()) {
        let Some((verb, rest)) = part.split_first() else { continue };
        if verb.is("add") {
            added(&table, rest, changes);
        } else if verb.is("drop") {
            changes.extend(dropped(&table, rest));
        } else if verb.is("rename") {
            changes.extend(renamed(&table, rest));
        }
    }
}

fn added(table: &Name, rest: &[Token], changes: &mut Vec<Change>) {
    let rest = existing(without(rest, "column"));
    let mut columns = Vec::new();
    let unique = match constraint(rest) {
        Some(found) => found,
        // ALTER TABLE … ADD (a int, b int).
        None if rest.first().is_some_and(|token| token.is("(")) => {
            let listed = enclosed(rest).map(|(listed, _)| listed).unwrap_or_default();
            for part in parts(listed) {
                let unique = column(part, &mut columns);
                changes.extend(unique.map(|unique| Change::Unique { table: table.clone(), unique }));
            }
            None
        }
        None => column(rest, &mut columns),
    };
    if !columns.is_empty() {
        changes.push(Change::Columns { table: table.clone(), columns });
    }
    changes.extend(unique.map(|unique| Change::Unique { table: table.clone(), unique }));
}

fn dropped(table: &Name, rest: &[Token]) -> Option<Change> {
    let table = table.clone();
    let (kind, named) = rest.split_first()?;
    if kind.is("primary") {
        return Some(Change::DropPrimary { table });
    }
    if kind.is_any(&["constraint", "index", "key", "unique"]) {
        let name = dotted(existing(named))?;
        return Some(Change::DropUnique { table: Some(table), name });
    }
    let column = dotted(existing(without(rest, "column")))?;
    Some(Change::DropColumn { table, column })
}

fn renamed(table: &Name, rest: &[Token]) -> Option<Change> {
    let to = after(rest, &["to", "as"]).and_then(dotted)?;
    if rest.first()?.is_any(&["to", "as"]) {
        return Some(Change::RenameTable { from: table.clone(), to });
    }
    if rest.first()?.is_any(&["constraint", "index"]) {
        return None;
    }
    let from = dotted(without(rest, "column"))?;
    Some(Change::RenameColumn { table: table.clone(), from, to })
}
