//! Turns the words of transaction control into statements, alike in all dialects.

use super::operand::{name, value};
use super::token::{Token, TokenKind};
use super::{Access, Call, Kind, Operand, Statement};
use crate::book::words::{Isolation, Verb};
use crate::program::Name;

/// The statement, if it is one of control or one that no rule cares about.
pub(super) fn read(tokens: &[Token]) -> Option<Statement> {
    let (first, rest) = tokens.split_first()?;
    let second = |words: &[&str]| rest.first().is_some_and(|token| token.is_any(words));
    let kind = match first.text.to_ascii_lowercase().as_str() {
        _ if first.kind != TokenKind::Word => return None,
        "begin" if second(&["try", "catch"]) => Kind::Other,
        "begin" => begin(rest),
        "start" if second(&["transaction"]) => begin(rest),
        "commit" | "end" => Kind::Commit,
        "rollback" | "abort" => Kind::Rollback { to: after(rest, &["to"]).and_then(last_name) },
        "save" | "savepoint" => Kind::Savepoint(last_name(rest)?),
        "release" => Kind::ReleaseSavepoint(last_name(rest)?),
        "set" => set(rest),
        "lock" => lock(rest),
        "unlock" => Kind::UnlockTables,
        "truncate" => Kind::Access(vec![truncate(rest)?]),
        "exec" | "execute" | "call" => return call(rest),
        "create" | "alter" | "drop" | "grant" | "revoke" | "comment" | "pragma" | "vacuum" | "analyze"
        | "reindex" | "copy" | "do" | "declare" | "fetch" | "listen" | "notify" | "unlisten" | "show"
        | "use" | "explain" | "describe" | "attach" | "detach" | "refresh" | "discard" | "reset"
        | "prepare" | "deallocate" | "print" => Kind::Other,
        _ => return None,
    };
    Some(Statement { kind, calls: Vec::new(), approximate: false })
}

fn begin(rest: &[Token]) -> Kind {
    let immediate = rest.first().is_some_and(|mode| mode.is_any(&["immediate", "exclusive"]));
    Kind::Begin { isolation: isolation(rest), immediate }
}

/// The level after `ISOLATION LEVEL`, or `WITH CONSISTENT SNAPSHOT`.
fn isolation(tokens: &[Token]) -> Option<Isolation> {
    if let Some(snapshot) = after(tokens, &["consistent"])
        && snapshot.first().is_some_and(|word| word.is("snapshot"))
    {
        return Some(Isolation::RepeatableRead);
    }
    let level = after(after(tokens, &["isolation"])?, &["level"])?;
    let word = level.first()?;
    if word.kind == TokenKind::Text {
        return parse_level(&word.text);
    }
    match level.get(1).filter(|next| next.is_any(&["read", "committed", "uncommitted"])) {
        Some(next) => parse_level(&format!("{} {}", word.text, next.text)),
        None => parse_level(&word.text),
    }
}

fn parse_level(text: &str) -> Option<Isolation> {
    match text.to_ascii_lowercase().as_str() {
        "serializable" => Some(Isolation::Serializable),
        "snapshot" => Some(Isolation::Snapshot),
        "repeatable read" => Some(Isolation::RepeatableRead),
        "read committed" | "read uncommitted" => Some(Isolation::ReadCommitted),
        _ => None,
    }
}

fn set(rest: &[Token]) -> Kind {
    let session = rest.first().is_some_and(|word| word.is_any(&["session", "global"]));
    let of_transaction = rest.iter().take(6).any(|word| word.is("transaction"));
    match isolation(rest).filter(|_| of_transaction) {
        Some(isolation) => Kind::SetIsolation { isolation, session },
        None => Kind::Other,
    }
}

/// `LOCK TABLE a, b IN SHARE MODE`, `LOCK TABLES a WRITE, b READ`.
fn lock(rest: &[Token]) -> Kind {
    let rest = without(without(rest, "table"), "tables");
    let mode = after(rest, &["in"]);
    let listed = rest.split(|token| token.is("in") || token.is("nowait")).next().unwrap_or_default();
    let entries = listed.split(|token| token.is(","));
    let tables = entries.clone().filter_map(|entry| dotted(without(entry, "only"))).collect();
    let shared = match mode {
        // The modes that two sessions can hold at once.
        Some(mode) => {
            let words: Vec<String> = mode.iter().map(|token| token.text.to_ascii_lowercase()).collect();
            matches!(
                words.join(" ").trim_end_matches(" nowait"),
                "share mode" | "row share mode" | "access share mode" | "row exclusive mode"
            )
        }
        None => entries.clone().all(|entry| entry.iter().any(|word| word.is("read"))),
    };
    Kind::LockTable { tables, shared }
}

fn truncate(rest: &[Token]) -> Option<Access> {
    let table = dotted(without(without(rest, "table"), "only"))?;
    let columns = Some(Vec::new());
    Some(Access { columns, ..Access::new(Verb::Remove, table) })
}

/// What follows a word that may be left out.
pub(super) fn without<'a>(tokens: &'a [Token], word: &str) -> &'a [Token] {
    match tokens.split_first() {
        Some((first, rest)) if first.is(word) => rest,
        _ => tokens,
    }
}

/// `EXEC name @parameter = value, …`, `CALL name(value, …)`.
fn call(rest: &[Token]) -> Option<Statement> {
    let function = dotted(rest)?;
    let from = rest.iter().position(|token| !token.is_name() && !token.is("."));
    let listed = match from {
        Some(at) if rest.get(at).is_some_and(|open| open.is("(")) => rest.get(at + 1..)?,
        _ => rest.get(1..)?,
    };
    let argument = |tokens: &[Token]| {
        let value = after(tokens, &["="]).unwrap_or(tokens).first().and_then(value);
        value.unwrap_or(Operand::Expression { columns: Vec::new(), operands: Vec::new() })
    };
    let arguments =
        listed.split(|token| token.is(",")).filter(|entry| !entry.is_empty()).map(argument).collect();
    let calls = vec![Call { function: function.to_lowercase().into(), arguments }];
    Some(Statement { kind: Kind::Other, calls, approximate: false })
}

/// What stands after the first of some words.
pub(super) fn after<'a>(tokens: &'a [Token], words: &[&str]) -> Option<&'a [Token]> {
    let at = tokens.iter().position(|token| token.is_any(words))?;
    tokens.get(at + 1..)
}

/// The last part of a dotted name at the start.
pub(super) fn dotted(tokens: &[Token]) -> Option<Name> {
    let mut at = 0;
    while tokens.get(at + 1).is_some_and(|dot| dot.is(".")) {
        at += 2;
    }
    tokens.get(at).filter(|token| token.is_name()).map(name)
}

fn last_name(tokens: &[Token]) -> Option<Name> {
    tokens.last().filter(|token| token.is_name()).map(name)
}
