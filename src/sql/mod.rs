//! Turns SQL text into what its statements do to which rows, in the vocabulary's words.
//!
//! A text may have holes where the program puts values or names. It is cut into tokens here,
//! so that every statement stands for itself, placeholders of all dialects are alike and the
//! parser's gaps can be bridged; then `sqlparser` reads it, in the given dialect first and in
//! the others after it. What no dialect reads is looked through for its verb, table and keys,
//! and marked `approximate`.

mod access;
mod approximate;
mod control;
pub mod ddl;
mod insert;
mod operand;
mod parse;
pub mod print;
mod predicate;
mod rewrite;

#[cfg(test)]
mod tests;
mod token;

use crate::book::words::{Isolation, Verb};
use crate::program::Name;

/// The dialect to try first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    #[default]
    Generic,
    Postgres,
    MySql,
    Sqlite,
    MsSql,
}

/// A text with holes: what the program puts there is its `n`-th value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    Hole(usize),
}

/// One statement of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Statement {
    pub kind: Kind,
    /// The functions it calls, as a name without schema in lower case and their arguments.
    pub calls: Vec<Call>,
    /// Read by tokens alone: verb, table and simple conditions hold, the rest may be missing.
    pub approximate: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Kind {
    /// Accesses of rows, at one point in time: changes inside `WITH` first, the main one last.
    Access(Vec<Access>),
    /// `immediate`: takes the write lock at once (SQLite's IMMEDIATE and EXCLUSIVE).
    Begin {
        isolation: Option<Isolation>,
        immediate: bool,
    },
    Commit,
    /// Of the whole transaction, or to a savepoint.
    Rollback {
        to: Option<Name>,
    },
    Savepoint(Name),
    ReleaseSavepoint(Name),
    /// `session`: for all transactions from now on.
    SetIsolation {
        isolation: Isolation,
        session: bool,
    },
    /// `shared`: two sessions can hold it at once.
    LockTable {
        tables: Vec<Name>,
        shared: bool,
    },
    UnlockTables,
    /// Nothing but calls of functions, or nothing of interest.
    Other,
}

/// What one statement does to one table.
#[derive(Clone, Debug, PartialEq)]
pub struct Access {
    /// Read, Exists, Count (any aggregate), Create, Write, Update or Remove.
    pub verb: Verb,
    /// Without schema and quotes, unquoted names in lower case. `{0}` stands for a hole.
    pub table: Name,
    /// Other tables that take part.
    pub joined: Vec<Name>,
    /// The columns a read selects or aggregates, or a change returns; `None` is all of them.
    pub columns: Option<Vec<Name>>,
    /// What a read answers by position; empty names where no single column stands, nothing where
    /// it is not known which comes first.
    pub answers: Vec<Name>,
    /// What a read calls a column otherwise: its name in the answer, the column.
    pub renamed: Vec<(Name, Name)>,
    /// Conditions that must all hold.
    pub conditions: Vec<Condition>,
    /// Whether `conditions` is all there is; otherwise parts were not understood.
    pub whole: bool,
    /// Columns in the parts of the condition that were not understood.
    pub mentioned: Vec<Name>,
    /// What a change writes; an empty column name where an INSERT lists none.
    pub assigned: Vec<Assignment>,
    /// The hold on the selected rows.
    pub lock: Option<RowLock>,
    /// What an INSERT does with a row that is there already, apart from failing.
    pub conflict: Option<Conflict>,
    /// The change returns what it changed.
    pub returning: bool,
    /// At most one row: LIMIT 1, TOP 1, FETCH FIRST ROW.
    pub one: bool,
    /// INSERT … SELECT … WHERE NOT EXISTS on its own table: `conditions` tell what must be absent.
    pub unless_exists: bool,
    /// An INSERT of several rows; `assigned` shows the first.
    pub many: bool,
    /// Some conditions stand in an inner selection of the same table.
    pub inner: Inner,
}

/// Where conditions of a change stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Inner {
    /// In the change itself: the store tests them as it changes the row.
    #[default]
    Direct,
    /// In an inner selection that locks its rows.
    Locked,
    /// In an inner selection that may be stale by the time the row changes.
    Unlocked,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// A column of the accessed table, or `table.column` of another.
    pub column: Name,
    pub comparator: Comparator,
    pub operand: Operand,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Comparator {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
    In,
    NotIn,
    IsNull,
    NotNull,
    /// Equality that is one of several alternatives.
    Either,
    /// Tests the column in some other way, perhaps within a computation.
    Other,
}

/// A value in a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// The value bound to `$1` or the first `?` is 0.
    Placeholder(usize),
    /// `:name`, `@name`, `$name`.
    Named(Name),
    Hole(usize),
    /// The text of a literal; keywords such as `null` in lower case.
    Literal(Name),
    /// Named as in [`Condition::column`].
    Column(Name),
    List(Vec<Operand>),
    /// Computed from these.
    Expression {
        columns: Vec<Name>,
        operands: Vec<Operand>,
    },
    Subquery,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    pub column: Name,
    pub operand: Operand,
    /// Computed by the store from the row's own value of this column.
    pub relative: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RowLock {
    pub strength: LockStrength,
    pub wait: Wait,
}

/// From strong to weak; the last two can be held by two at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LockStrength {
    Update,
    NoKeyUpdate,
    Share,
    KeyShare,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    Waits,
    SkipLocked,
    NoWait,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    /// The columns of the constraint, or none if the statement names no columns.
    pub target: Vec<Name>,
    pub action: ConflictAction,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ConflictAction {
    /// The row that is there stays.
    Nothing,
    /// The row that is there changes; `conditions` are those of DO UPDATE … WHERE.
    Update { assigned: Vec<Assignment>, conditions: Vec<Condition> },
    /// The row that is there is removed first.
    Replace,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    pub function: Name,
    pub arguments: Vec<Operand>,
}

impl Access {
    fn new(verb: Verb, table: Name) -> Access {
        Access {
            verb,
            table,
            joined: Vec::new(),
            columns: None,
            answers: Vec::new(),
            renamed: Vec::new(),
            conditions: Vec::new(),
            whole: true,
            mentioned: Vec::new(),
            assigned: Vec::new(),
            lock: None,
            conflict: None,
            returning: false,
            one: false,
            unless_exists: false,
            many: false,
            inner: Inner::Direct,
        }
    }
}

/// The statements of a text, in order. Bounded: of a longer text only the beginning is read.
pub fn read(pieces: &[Piece], dialect: Dialect) -> Vec<Statement> {
    let text = token::join(pieces, token::LONGEST);
    let statements = token::split(token::tokens(&text, dialect));
    statements.into_iter().map(|tokens| statement(tokens, dialect)).collect()
}

fn statement(tokens: Vec<token::Token>, dialect: Dialect) -> Statement {
    if let Some(statement) = control::read(&tokens) {
        return statement;
    }
    let mut tokens = rewrite::bridge(tokens);
    let parsed = parse::parse(&mut tokens, dialect);
    let read = parsed.and_then(|parsed| access::read(&parsed));
    let mut statement = read.unwrap_or_else(|| approximate::read(&tokens.list));
    if let Kind::Access(accesses) = &mut statement.kind {
        for access in accesses {
            access.whole &= !tokens.dropped;
            if let (Some(lock), Some(strength)) = (&mut access.lock, tokens.weaker) {
                lock.strength = strength;
            }
        }
    }
    statement
}
