//! Tokens turned into what one clause of a call line says.

use super::lexer::TokenKind;
use super::slot::{self, Scope};
use super::{Cursor, Parsed, Problem};
use crate::book::api::{Clause, Code, CodeKind, EventClause, HeldWhile, IsolationWord, What};
use crate::book::spell;
use crate::book::words::{Adjective, FIELDS, Isolation, Noun, Region, Regions, Trait, Verb};
use crate::program::Name;

/// Words that begin a modifier or end one; none can be the CODE of `throws CODE`.
const MODIFIERS: &[&str] = &["sets", "on", "isolation", "absent", "fails", "affected", "while", "during"];
const JOINTS: &[&str] = &["when", "unless", "at", "or", "if"];

pub(super) fn parse(cursor: &mut Cursor, scope: &Scope) -> Parsed<Clause> {
    let mut scope = scope.clone();
    scope.callback = callback_names(cursor);
    let scope = &scope;
    let next_is_paren = cursor.peek_at(1) == Some(&TokenKind::LeftParen);
    let second_is_word = matches!(cursor.peek_at(1), Some(TokenKind::Word(_)));
    let third_is_paren = cursor.peek_at(2) == Some(&TokenKind::LeftParen);
    let what = match cursor.peek_word() {
        Some("sql") if next_is_paren => {
            cursor.at += 1;
            What::Sql(event(cursor, scope, Verb::Read, Noun::Row, true)?)
        }
        Some("invokes") => invokes(cursor, scope)?,
        Some("flushes") => {
            cursor.at += 1;
            What::Flushes
        }
        Some(word) if is_region_clause(cursor, word) => What::Region(regions(cursor)),
        Some(_) if second_is_word && third_is_paren && !value_word(cursor) => {
            let (verb, noun) = verb_and_noun(cursor)?;
            What::Event(event(cursor, scope, verb, noun, false)?)
        }
        _ => value(cursor, scope)?,
    };
    let when = match cursor.eat_word("if") {
        true => {
            let negated = cursor.eat_word("not");
            Some(slot::parse_test(cursor, scope, negated)?)
        }
        false => None,
    };
    if !cursor.is_done() && cursor.peek() != Some(&TokenKind::Semicolon) {
        return Err(stray(cursor));
    }
    Ok(Clause { what, when })
}

/// `result same-as map(…)` has the shape of an event but is none.
fn value_word(cursor: &Cursor) -> bool {
    matches!(cursor.peek_at(1), Some(TokenKind::Word(word)) if matches!(word.as_str(), "same-as" | "part-of" | "field-of"))
}

/// What stands where a modifier or `;` was expected.
pub(super) fn stray(cursor: &Cursor) -> Problem {
    let message = match cursor.peek_word() {
        Some(word) => {
            let known =
                MODIFIERS.iter().chain(JOINTS).copied().chain(Trait::ALL.iter().map(|word| word.text()));
            let known: Vec<&str> = known.collect();
            match spell::nearest(word, &known) {
                Some(near) => format!("unknown trait or modifier `{word}`, did you mean `{near}`?"),
                None => format!("unknown trait or modifier `{word}`; traits are {}", list(Trait::ALL)),
            }
        }
        None => format!("expected a modifier, `;` or the end of the line, found {}", cursor.show_next()),
    };
    cursor.problem(message)
}

fn list(traits: &[Trait]) -> String {
    traits.iter().map(|word| word.text()).collect::<Vec<_>>().join(", ")
}

/// The names in `during f(a, b)` of the clause ahead: `transaction(tx)` may use them before.
fn callback_names(cursor: &Cursor) -> Vec<Name> {
    let ahead = cursor.tokens.get(cursor.at..).unwrap_or_default().iter().map(|token| &token.kind);
    let clause: Vec<_> = ahead.take_while(|kind| **kind != TokenKind::Semicolon).collect();
    let is_during = |kind: &&TokenKind| matches!(kind, TokenKind::Word(word) if word == "during");
    let Some(at) = clause.iter().position(is_during) else { return Vec::new() };
    let names = clause.get(at + 2..).unwrap_or_default().iter();
    let names = names.skip_while(|kind| matches!(kind, TokenKind::Dot | TokenKind::Word(_)));
    let mut names = names.peekable();
    if names.next_if(|kind| ***kind == TokenKind::LeftParen).is_none() {
        return Vec::new();
    }
    let names = names.take_while(|kind| ***kind != TokenKind::RightParen);
    names
        .filter_map(|kind| if let TokenKind::Word(word) = kind { Some(word.as_str().into()) } else { None })
        .collect()
}

fn is_region_clause(cursor: &Cursor, word: &str) -> bool {
    let after = cursor.peek_at(1);
    let ends = match after {
        None | Some(TokenKind::Semicolon) => true,
        Some(TokenKind::Word(word)) => word == "if" || Region::parse(word).is_some(),
        Some(_) => false,
    };
    ends && Region::parse(word).is_some()
}

fn regions(cursor: &mut Cursor) -> Regions {
    let mut regions = Regions::EMPTY;
    while let Some(region) = cursor.peek_word().and_then(Region::parse) {
        regions = regions.with(region);
        cursor.at += 1;
    }
    regions
}

fn invokes(cursor: &mut Cursor, scope: &Scope) -> Parsed<What> {
    cursor.at += 1;
    let target = slot::parse(cursor, scope)?;
    cursor.expect(TokenKind::LeftParen, "after the invoked function")?;
    let args = slot::parse_list(cursor, scope)?;
    let regions = regions(cursor);
    match cursor.peek_word() {
        Some(word) if word != "if" => {
            Err(cursor.problem(spell::unknown("region", word, Region::ALL.iter().map(|word| word.text()))))
        }
        _ => Ok(What::Invokes { target, args, regions }),
    }
}

fn verb_and_noun(cursor: &mut Cursor) -> Parsed<(Verb, Noun)> {
    let word = cursor.word("a verb")?;
    let Some(verb) = Verb::parse(word) else {
        let verbs = Verb::ALL.iter().map(|word| word.text());
        return Err(cursor.problem_before(spell::unknown("verb", word, verbs)));
    };
    let word = cursor.word("a noun")?;
    match Noun::parse(word) {
        Some(noun) => Ok((verb, noun)),
        None => {
            let nouns = Noun::ALL.iter().map(|word| word.text());
            Err(cursor.problem_before(spell::unknown("noun", word, nouns)))
        }
    }
}

/// How many slots a noun takes.
fn arity(noun: Noun) -> (usize, usize) {
    match noun {
        Noun::File
        | Noun::Directory
        | Noun::Handle
        | Noun::Atomic
        | Noun::Transaction
        | Noun::Session
        | Noun::Delivery
        | Noun::Outside => (1, 1),
        Noun::Row | Noun::State | Noun::Entry | Noun::Lock => (1, 2),
        Noun::Key | Noun::Object => (2, 3),
    }
}

fn event(cursor: &mut Cursor, scope: &Scope, verb: Verb, noun: Noun, is_sql: bool) -> Parsed<EventClause> {
    cursor.expect(TokenKind::LeftParen, "before the slots")?;
    let slots = slot::parse_list(cursor, scope)?;
    let (least, most) = if is_sql { (1, 2) } else { arity(noun) };
    if slots.len() < least || slots.len() > most {
        let name = if is_sql { "sql" } else { noun.text() };
        let wanted = if least == most { format!("{least}") } else { format!("{least} or {most}") };
        return Err(cursor.problem_before(format!("`{name}` takes {wanted} slots, here are {}", slots.len())));
    }
    let mut event = EventClause {
        verb,
        noun,
        slots,
        fields: Vec::new(),
        sets: None,
        on: None,
        isolation: None,
        traits: Vec::new(),
        absent: Vec::new(),
        fails: Vec::new(),
        affected: Vec::new(),
        held: Vec::new(),
        during: None,
    };
    while modifier(cursor, scope, &mut event)? {}
    Ok(event)
}

/// Reads one modifier; `false` at the end of the event.
fn modifier(cursor: &mut Cursor, scope: &Scope, event: &mut EventClause) -> Parsed<bool> {
    if cursor.eat(TokenKind::LeftBracket) {
        let fields = fields(cursor)?;
        event.fields.push((fields, slot::parse_condition(cursor, scope)?));
        return Ok(true);
    }
    let Some(word) = cursor.peek_word() else { return Ok(false) };
    if let Some(mark) = Trait::parse(word) {
        cursor.at += 1;
        let of = if cursor.eat(TokenKind::LeftParen) {
            let slot = slot::parse(cursor, scope)?;
            cursor.expect(TokenKind::RightParen, "after the trait's slot")?;
            Some(slot)
        } else {
            None
        };
        event.traits.push((mark, of, slot::parse_condition(cursor, scope)?));
        return Ok(true);
    }
    if !MODIFIERS.contains(&word) {
        return Ok(false);
    }
    cursor.at += 1;
    match word {
        "sets" => event.sets = Some(slot::parse(cursor, scope)?),
        "on" => event.on = Some(slot::parse(cursor, scope)?),
        "isolation" => event.isolation = Some(isolation(cursor, scope)?),
        "absent" => event.absent.extend(codes(cursor, scope)?),
        "fails" => event.fails.extend(codes(cursor, scope)?),
        "affected" => event.affected.extend(codes(cursor, scope)?),
        "while" => {
            let held = match cursor.peek_word() {
                Some("transaction") => HeldWhile::Transaction,
                Some("session") => HeldWhile::Session,
                _ => HeldWhile::Slot(slot::parse(cursor, scope)?),
            };
            if !matches!(held, HeldWhile::Slot(_)) {
                cursor.at += 1;
            }
            event.held.push((held, slot::parse_condition(cursor, scope)?));
        }
        _ => event.during = Some(during(cursor, scope)?),
    }
    Ok(true)
}

fn fields(cursor: &mut Cursor) -> Parsed<Vec<Name>> {
    let mut fields = Vec::new();
    while !cursor.eat(TokenKind::RightBracket) {
        cursor.eat(TokenKind::Bar);
        let word = cursor.word("a field or `]`")?;
        if !FIELDS.contains(&word) {
            return Err(cursor.problem_before(spell::unknown("field", word, FIELDS.iter().copied())));
        }
        fields.push(word.into());
    }
    Ok(fields)
}

fn isolation(cursor: &mut Cursor, scope: &Scope) -> Parsed<IsolationWord> {
    if let Some(word) = cursor.peek_word().and_then(Isolation::parse) {
        cursor.at += 1;
        return Ok(IsolationWord::Word(word));
    }
    slot::parse(cursor, scope).map(IsolationWord::Slot)
}

fn during(cursor: &mut Cursor, scope: &Scope) -> Parsed<(crate::book::api::Slot, Vec<Name>)> {
    let target = slot::parse(cursor, scope)?;
    let mut names = Vec::new();
    if cursor.eat(TokenKind::LeftParen) {
        while !cursor.eat(TokenKind::RightParen) {
            if !names.is_empty() {
                cursor.expect(TokenKind::Comma, "between the callback's parameters")?;
            }
            names.push(cursor.word("a name for the callback's parameter")?.into());
        }
    }
    Ok((target, names))
}

fn codes(cursor: &mut Cursor, scope: &Scope) -> Parsed<Vec<Code>> {
    cursor.expect(TokenKind::Equals, "before the outcome's code")?;
    let mut codes = Vec::new();
    loop {
        let kinds = code_kinds(cursor, scope)?;
        let at = if cursor.eat_word("at") { Some(slot::parse(cursor, scope)?) } else { None };
        let when = slot::parse_condition(cursor, scope)?;
        codes.extend(kinds.into_iter().map(|kind| Code { kind, at: at.clone(), when: when.clone() }));
        if !cursor.eat_word("or") {
            return Ok(codes);
        }
    }
}

fn code_kinds(cursor: &mut Cursor, scope: &Scope) -> Parsed<Vec<CodeKind>> {
    if cursor.eat(TokenKind::LeftBracket) {
        cursor.expect(TokenKind::RightBracket, "after `[`: the code of an empty list is `[]`")?;
        return Ok(vec![CodeKind::Empty]);
    }
    let kind = match cursor.peek_word() {
        Some("null") => CodeKind::Null,
        Some("true") => CodeKind::Bool(true),
        Some("false") => CodeKind::Bool(false),
        Some("fine") => CodeKind::Fine,
        Some("throws") => {
            cursor.at += 1;
            return thrown(cursor);
        }
        Some(number) if number.trim_start_matches('-').chars().all(|c| c.is_ascii_digit()) => {
            CodeKind::Number(number.into())
        }
        _ => return Ok(vec![CodeKind::Slot(slot::parse(cursor, scope)?)]),
    };
    cursor.at += 1;
    Ok(vec![kind])
}

/// The CODEs after `throws`, if any.
fn thrown(cursor: &mut Cursor) -> Parsed<Vec<CodeKind>> {
    let is_code = match cursor.peek() {
        Some(TokenKind::String(_)) => true,
        Some(TokenKind::Word(word)) => {
            let word = word.as_str();
            !MODIFIERS.contains(&word) && !JOINTS.contains(&word) && Trait::parse(word).is_none()
        }
        _ => false,
    };
    if !is_code {
        return Ok(vec![CodeKind::Throws(None)]);
    }
    let codes = cursor.set("a code")?;
    Ok(codes.into_iter().map(|code| CodeKind::Throws(Some(code))).collect())
}

fn value(cursor: &mut Cursor, scope: &Scope) -> Parsed<What> {
    let first = cursor.peek_word();
    if let (Some(word), Some(TokenKind::Word(_))) = (first, cursor.peek_at(1)) {
        // `exsits file(path)` reaches here only without its parenthesis; say what is missing.
        if Verb::parse(word).is_some() && !scope.params.iter().any(|param| param == word) {
            cursor.at += 2;
            return Err(cursor.problem("expected `(` and slots after the noun".to_owned()));
        }
    }
    let left = slot::parse(cursor, scope)?;
    if cursor.eat_word("same-as") {
        return Ok(What::SameAs(left, slot::parse(cursor, scope)?));
    }
    if cursor.eat_word("part-of") {
        let mut parts = vec![slot::parse(cursor, scope)?];
        while cursor.peek_word().is_some_and(|word| word != "if") || is_string(cursor) {
            parts.push(slot::parse(cursor, scope)?);
        }
        return Ok(What::PartOf(left, parts));
    }
    if cursor.eat_word("field-of") {
        let whole = slot::parse(cursor, scope)?;
        return Ok(What::FieldOf(left, whole, slot::parse(cursor, scope)?));
    }
    let word = cursor.word("`same-as`, `part-of`, `field-of` or an adjective")?;
    match Adjective::parse(word) {
        Some(adjective) => Ok(What::Is(left, adjective)),
        None => {
            let known =
                Adjective::ALL.iter().map(|word| word.text()).chain(["same-as", "part-of", "field-of"]);
            Err(cursor.problem_before(spell::unknown("adjective", word, known)))
        }
    }
}

fn is_string(cursor: &Cursor) -> bool {
    matches!(cursor.peek(), Some(TokenKind::String(_)))
}
