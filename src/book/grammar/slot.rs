//! Tokens turned into slots (where a value stands) and tests of them.

use super::lexer::TokenKind;
use super::{Cursor, Parsed};
use crate::book::api::{Cond, Root, Slot, SlotStep, Test, TestKind};
use crate::book::spell;
use crate::program::Name;

/// Slots that need no declaration.
pub(super) const BUILT_IN: &[&str] = &["receiver", "result", "error", "chain", "map"];

/// The names that may begin a slot of one call line.
#[derive(Debug, Default, Clone)]
pub(super) struct Scope {
    /// In the order of the parameters.
    pub params: Vec<Name>,
    /// `{name}`s of the target.
    pub bound: Vec<Name>,
    /// Parameters of the clause's callback.
    pub callback: Vec<Name>,
}

/// How deep `map(map(…))` may go.
const DEEPEST: usize = 8;

pub(super) fn parse(cursor: &mut Cursor, scope: &Scope) -> Parsed<Slot> {
    parse_within(cursor, scope, 0)
}

fn parse_within(cursor: &mut Cursor, scope: &Scope, depth: usize) -> Parsed<Slot> {
    if depth > DEEPEST {
        return Err(cursor.problem("`map` inside `map` too often".to_owned()));
    }
    let root = match cursor.peek() {
        Some(TokenKind::String(text)) => {
            cursor.at += 1;
            Root::Literal(text.as_str().into())
        }
        _ if cursor.peek_word() == Some("map") && cursor.peek_at(1) == Some(&TokenKind::LeftParen) => {
            cursor.at += 2;
            let list = Box::new(parse_within(cursor, scope, depth + 1)?);
            cursor.expect(TokenKind::Comma, "after the list of `map`")?;
            let key = cursor.word("the property that holds the column")?.into();
            cursor.expect(TokenKind::Comma, "after the column of `map`")?;
            let value = cursor.word("the property that holds the value")?.into();
            cursor.expect(TokenKind::RightParen, "after `map`")?;
            Root::Map { list, key, value }
        }
        _ => {
            let word = cursor.word("a slot")?;
            root(cursor, scope, word)?
        }
    };
    let mut path = Vec::new();
    while cursor.eat(TokenKind::Dot) {
        path.push(match cursor.word("a property or `*`")? {
            "*" => SlotStep::Each,
            "chain" if cursor.eat(TokenKind::Dot) => {
                SlotStep::Chain(cursor.word("the name of an earlier call of the chain")?.into())
            }
            name => SlotStep::Property(name.into()),
        });
    }
    Ok(Slot { root, path })
}

fn root(cursor: &mut Cursor, scope: &Scope, word: &str) -> Parsed<Root> {
    if let Some(at) = scope.params.iter().position(|param| param == word) {
        return Ok(Root::Param(at));
    }
    if scope.callback.iter().any(|name| name == word) {
        return Ok(Root::Callback(word.into()));
    }
    if scope.bound.iter().any(|name| name == word) {
        return Ok(Root::Bound(word.into()));
    }
    match word {
        "receiver" => Ok(Root::Receiver),
        "result" => Ok(Root::Result),
        "error" => Ok(Root::Error),
        "chain" => {
            cursor.expect(TokenKind::Dot, "after `chain`")?;
            Ok(Root::Chain(cursor.word("the name of an earlier call of the chain")?.into()))
        }
        _ => {
            let known = scope.params.iter().chain(&scope.bound).chain(&scope.callback);
            let known = known.map(Name::as_str).chain(BUILT_IN.iter().copied());
            let hint = spell::unknown("name", word, known);
            let message = format!("{hint} (a slot begins with a parameter; quote a literal: \"{word}\")");
            Err(cursor.problem_before(message))
        }
    }
}

/// Slots separated by commas, up to and with the closing parenthesis.
pub(super) fn parse_list(cursor: &mut Cursor, scope: &Scope) -> Parsed<Vec<Slot>> {
    let mut slots = Vec::new();
    while !cursor.eat(TokenKind::RightParen) {
        if !slots.is_empty() {
            cursor.expect(TokenKind::Comma, "between slots")?;
        }
        slots.push(parse(cursor, scope)?);
    }
    Ok(slots)
}

/// `slot [("in" | "has") SET]`.
pub(super) fn parse_test(cursor: &mut Cursor, scope: &Scope, negated: bool) -> Parsed<Test> {
    let slot = parse(cursor, scope)?;
    let kind = if cursor.eat_word("in") {
        TestKind::In(cursor.set("the values it may have, joined by `|`")?)
    } else if cursor.eat_word("has") {
        TestKind::Has(cursor.set("the values it may hold, joined by `|`")?)
    } else {
        TestKind::There
    };
    Ok(Test { negated, slot, kind })
}

/// `when test`, `unless test` or nothing.
pub(super) fn parse_condition(cursor: &mut Cursor, scope: &Scope) -> Parsed<Cond> {
    let negated = match cursor.peek_word() {
        Some("when") => false,
        Some("unless") => true,
        _ => return Ok(None),
    };
    cursor.at += 1;
    parse_test(cursor, scope, negated).map(Some)
}
