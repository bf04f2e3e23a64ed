//! Tokens turned into a call line or a type line.

use super::lexer::{Token, TokenKind};
use super::{Cursor, Parsed, Problem, clause, slot};
use crate::book::api::{Api, Maker, Param, Segment, Target, TypeFact};
use crate::book::spell;
use crate::program::Name;

pub(super) fn parse(tokens: &[Token], line: u32) -> Parsed<Api> {
    let mut cursor = Cursor { tokens, at: 0, line };
    let starts_path =
        |cursor: &Cursor| matches!(cursor.peek_at(1), Some(TokenKind::Word(_) | TokenKind::LeftBrace));
    let entry = cursor.peek_word() == Some("entry") && starts_path(&cursor);
    let is_new = cursor.peek_word() == Some("new") && starts_path(&cursor);
    cursor.at += usize::from(entry || is_new);
    let target = target(&mut cursor)?;
    if cursor.peek() != Some(&TokenKind::LeftParen) {
        return Err(not_a_call(&cursor, &target));
    }
    cursor.at += 1;
    let params = params(&mut cursor)?;
    let within = if cursor.eat_word("in") {
        match cursor.peek() {
            Some(TokenKind::String(glob)) => {
                cursor.at += 1;
                Some(glob.clone())
            }
            _ => return Err(cursor.problem("`in` takes a glob in quotes".to_owned())),
        }
    } else {
        None
    };
    cursor.expect(TokenKind::Colon, "after the parameters")?;
    let scope = slot::Scope {
        params: params.iter().map(|param| param.name.clone()).collect(),
        bound: bound(&target),
        callback: Vec::new(),
    };
    let mut clauses = vec![clause::parse(&mut cursor, &scope)?];
    while cursor.eat(TokenKind::Semicolon) {
        if !cursor.is_done() {
            clauses.push(clause::parse(&mut cursor, &scope)?);
        }
    }
    if !cursor.is_done() {
        return Err(clause::stray(&cursor));
    }
    Ok(Api { entry, is_new, target, params, within, clauses, line })
}

/// A line that is neither a fact nor a call: which did they mean?
fn not_a_call(cursor: &Cursor, target: &Target) -> Problem {
    let first = match target.parts.first() {
        Some(Segment::Names(names)) => names.first().map_or("", Name::as_str),
        _ => "",
    };
    let message = match spell::nearest(first, super::FACTS) {
        Some(fact) => format!("unknown line `{first} …`, did you mean `{fact}`?"),
        None => format!(
            "expected `(` after the called path, found {}; a line is a fact ({}) or a call: `path(params): clauses`",
            cursor.show_next(),
            super::FACTS.join(", ")
        ),
    };
    cursor.problem(message)
}

/// `Pool.connect`, `*.{model}.findUnique|findFirst`, `assert!`.
fn target(cursor: &mut Cursor) -> Parsed<Target> {
    let mut parts = Vec::new();
    loop {
        if cursor.eat(TokenKind::LeftBrace) {
            let name = cursor.word("a name to bind")?.into();
            cursor.expect(TokenKind::RightBrace, "after the bound name")?;
            parts.push(Segment::Bound(name));
        } else {
            let names = cursor.set("the name of a call")?;
            let is_any = names.len() == 1 && names.first().is_some_and(|name| name == "*");
            if is_any && !parts.is_empty() {
                let message = "`*` stands only for the receiver at the left end of a path".to_owned();
                return Err(cursor.problem_before(message));
            }
            parts.push(if is_any { Segment::Any } else { Segment::Names(names) });
        }
        if !cursor.eat(TokenKind::Dot) {
            break;
        }
    }
    if matches!(parts.as_slice(), [Segment::Any | Segment::Bound(_)]) {
        return Err(cursor.problem("a path needs a name: `*.name(…)`".to_owned()));
    }
    let bang = cursor.eat(TokenKind::Bang);
    Ok(Target { parts, bang })
}

fn bound(target: &Target) -> Vec<Name> {
    let names = target.parts.iter().filter_map(|part| match part {
        Segment::Bound(name) => Some(name.clone()),
        Segment::Names(_) | Segment::Any => None,
    });
    names.collect()
}

/// More than any call has; bounds the search for equal names.
const MOST_PARAMS: usize = 32;

fn params(cursor: &mut Cursor) -> Parsed<Vec<Param>> {
    let mut params: Vec<Param> = Vec::new();
    while !cursor.eat(TokenKind::RightParen) {
        if params.len() == MOST_PARAMS {
            return Err(cursor.problem(format!("a call has at most {MOST_PARAMS} parameters")));
        }
        if !params.is_empty() {
            cursor.expect(TokenKind::Comma, "between parameters")?;
        }
        let rest = cursor.eat(TokenKind::Dots);
        let name = cursor.word("a parameter's name")?;
        if slot::BUILT_IN.contains(&name) {
            return Err(
                cursor.problem_before(format!("a parameter cannot be called `{name}`, which is a slot"))
            );
        }
        if name != "_" && params.iter().any(|param| param.name == name) {
            return Err(cursor.problem_before(format!("two parameters are called `{name}`")));
        }
        let mut needs = Vec::new();
        if cursor.eat(TokenKind::LeftBrace) {
            while !cursor.eat(TokenKind::RightBrace) {
                if !needs.is_empty() {
                    cursor.expect(TokenKind::Comma, "between properties")?;
                }
                needs.push(cursor.word("a property the argument must have")?.into());
            }
        }
        params.push(Param { name: name.into(), rest, needs });
    }
    Ok(params)
}

/// `type Client: new Client, Pool.connect() named client`.
pub(super) fn parse_type(tokens: &[Token], line: u32) -> Parsed<TypeFact> {
    let mut cursor = Cursor { tokens, at: 1, line };
    let name = cursor.word("the name of a type")?.into();
    let is = if cursor.eat_word("is") { Some(cursor.word("the type it is like")?.into()) } else { None };
    let mut fact = TypeFact { name, is, made_by: Vec::new(), named: Vec::new(), pooled: false, line };
    cursor.eat(TokenKind::Colon);
    let is_word = |cursor: &Cursor| matches!(cursor.peek_word(), Some("named" | "pooled"));
    while !cursor.is_done() && !is_word(&cursor) {
        if !fact.made_by.is_empty() {
            cursor.expect(TokenKind::Comma, "between makers, or `named` or `pooled`")?;
        }
        let is_new = cursor.eat_word("new");
        let target = target(&mut cursor)?;
        if cursor.eat(TokenKind::LeftParen) {
            cursor.expect(TokenKind::RightParen, "after `(` of a maker")?;
        }
        fact.made_by.push(Maker { is_new, target });
    }
    while !cursor.is_done() {
        match cursor.word("`named` or `pooled`")? {
            "named" => fact.named.extend(cursor.set("receiver names joined by `|`")?),
            "pooled" => fact.pooled = true,
            other => return Err(cursor.problem_before(spell::unknown("word", other, ["named", "pooled"]))),
        }
    }
    Ok(fact)
}
