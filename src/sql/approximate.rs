//! Turns tokens that no dialect parses into the verb, table and plain conditions among them.

use super::control::{after, dotted, without};
use super::operand::{name, value};
use super::token::Token;
use super::{
    Access, Assignment, Comparator, Condition, Conflict, ConflictAction, Kind, LockStrength, Operand,
    RowLock, Statement, Wait, operand,
};
use crate::book::words::{Verb, Verbs};

pub(super) fn read(tokens: &[Token]) -> Statement {
    let kind = match access(tokens) {
        Some(access) => Kind::Access(vec![access]),
        None => Kind::Other,
    };
    Statement { kind, calls: Vec::new(), approximate: true }
}

fn access(tokens: &[Token]) -> Option<Access> {
    let main = main(tokens)?;
    let rest = &tokens[main + 1..];
    let (verb, table) = match tokens[main].text.to_ascii_lowercase().as_str() {
        "select" => (selected(rest), after(rest, &["from"])?),
        "insert" => (Verb::Create, after(rest, &["into"]).unwrap_or(rest)),
        "replace" | "merge" | "upsert" => (Verb::Write, after(rest, &["into"]).unwrap_or(rest)),
        "update" => (Verb::Update, without(rest, "only")),
        "delete" => (Verb::Remove, after(rest, &["from"]).unwrap_or(rest)),
        _ => return None,
    };
    let mut access = Access::new(verb, dotted(table)?);
    access.whole = false;
    if let Some(condition) = after(rest, &["where"]) {
        access.conditions = conditions(condition);
    }
    if verb == Verb::Update
        && let Some(set) = after(rest, &["set"])
    {
        access.assigned = assigned(set);
    }
    access.lock = lock(rest);
    access.returning = rest.iter().any(|token| token.is("returning"));
    if !access.returning && Verbs::CHANGE.has(verb) {
        access.columns = Some(Vec::new());
    }
    access.unless_exists =
        verb == Verb::Create && matches!(tokens, [first, second, ..] if first.is("if") && second.is("not"));
    if matches!(verb, Verb::Create) {
        access.conflict = conflict(tokens);
    }
    let replaces =
        access.conflict.as_ref().is_some_and(|conflict| conflict.action != ConflictAction::Nothing);
    if replaces {
        access.verb = Verb::Write;
    }
    Some(access)
}

/// The verb of the statement itself: outside parentheses, so that it is not one inside WITH.
fn main(tokens: &[Token]) -> Option<usize> {
    let mut depth = 0usize;
    let verbs = ["select", "insert", "replace", "merge", "upsert", "update", "delete"];
    let mut inner = None;
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        } else if token.is_any(&verbs) {
            if depth == 0 {
                return Some(at);
            }
            inner = inner.or(Some(at));
        }
    }
    inner
}

fn selected(rest: &[Token]) -> Verb {
    let until = rest.iter().position(|token| token.is("from")).unwrap_or(rest.len());
    let counts = |pair: &[Token]| pair[0].is_any(&["count", "sum", "max", "min", "avg"]) && pair[1].is("(");
    if rest[..until].windows(2).any(counts) { Verb::Count } else { Verb::Read }
}

/// `column = value` outside parentheses, as far as the first word that ends the condition.
fn conditions(tokens: &[Token]) -> Vec<Condition> {
    let ends = ["order", "group", "limit", "returning", "for", "on", "union"];
    let mut conditions = Vec::new();
    for part in outside(tokens, &ends).split(|token| token.is("and")) {
        if part.iter().any(|token| token.is("or")) {
            return Vec::new();
        }
        let Some((column, [operand])) = equation(part) else { continue };
        if let Some(operand) = value(operand) {
            conditions.push(Condition { column, comparator: Comparator::Equal, operand });
        }
    }
    conditions
}

fn assigned(tokens: &[Token]) -> Vec<Assignment> {
    let list = outside(tokens, &["where", "from", "returning"]);
    let mut assigned = Vec::new();
    let (mut depth, mut start) = (0usize, 0);
    for at in 0..=list.len() {
        match list.get(at) {
            Some(token) if token.is("(") => depth += 1,
            Some(token) if token.is(")") => depth = depth.saturating_sub(1),
            Some(token) if depth > 0 || !token.is(",") => {}
            _ => {
                if let Some((column, value)) = equation(&list[start..at]) {
                    assigned.push(assignment(column, value));
                }
                start = at + 1;
            }
        }
    }
    assigned
}

fn assignment(column: crate::program::Name, tokens: &[Token]) -> Assignment {
    let relative = tokens.iter().any(|token| token.is_name() && name(token) == column);
    let operand = match tokens {
        [only] => value(only).unwrap_or_else(operand::unknown),
        _ => {
            let operands = tokens.iter().filter(|token| token.is_value()).filter_map(value).collect();
            Operand::Expression { columns: relative.then(|| column.clone()).into_iter().collect(), operands }
        }
    };
    Assignment { column, operand, relative }
}

/// A column, `=` and what stands right of it.
fn equation(tokens: &[Token]) -> Option<(crate::program::Name, &[Token])> {
    let at = tokens.iter().position(|token| token.is("="))?;
    let column = tokens[..at].last().filter(|token| token.is_name() && !token.is_value())?;
    Some((name(column), tokens.get(at + 1..)?))
}

/// The tokens before the first of some words outside parentheses.
fn outside<'a>(tokens: &'a [Token], ends: &[&str]) -> &'a [Token] {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        if token.is("(") {
            depth += 1;
        } else if token.is(")") {
            depth = depth.saturating_sub(1);
        } else if depth == 0 && token.is_any(ends) {
            return &tokens[..at];
        }
    }
    tokens
}

fn lock(tokens: &[Token]) -> Option<RowLock> {
    let strength = tokens.windows(2).find_map(|pair| match pair {
        [first, second] if first.is("for") && second.is("update") => Some(LockStrength::Update),
        [first, second] if first.is("for") && second.is("share") => Some(LockStrength::Share),
        _ => None,
    })?;
    let has = |word: &str| tokens.iter().any(|token| token.is(word));
    let wait = match (has("skip"), has("nowait")) {
        (true, _) => Wait::SkipLocked,
        (_, true) => Wait::NoWait,
        _ => Wait::Waits,
    };
    Some(RowLock { strength, wait })
}

fn conflict(tokens: &[Token]) -> Option<Conflict> {
    let nothing = Conflict { target: Vec::new(), action: ConflictAction::Nothing };
    let replace = Conflict { target: Vec::new(), action: ConflictAction::Replace };
    let update = ConflictAction::Update { assigned: Vec::new(), conditions: Vec::new() };
    if tokens.iter().take(3).any(|token| token.is("ignore")) {
        return Some(nothing);
    }
    if tokens.iter().take(3).any(|token| token.is("replace")) {
        return Some(replace);
    }
    let on = tokens
        .windows(2)
        .position(|pair| pair[0].is("on") && (pair[1].is("conflict") || pair[1].is("duplicate")))?;
    let rest = &tokens[on..];
    match rest.iter().any(|token| token.is("nothing")) {
        true => Some(nothing),
        false => Some(Conflict { target: Vec::new(), action: update }),
    }
}
