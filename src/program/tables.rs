//! What a file says of tables: their names, columns and keys, in no dialect and of no library.

use super::Name;
use serde::{Deserialize, Serialize};

/// One change, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    Table {
        table: Name,
        columns: Vec<Name>,
        unique: Vec<Unique>,
    },
    /// Code calls the table by this name, too.
    Alias {
        table: Name,
        alias: Name,
    },
    Columns {
        table: Name,
        columns: Vec<Name>,
    },
    /// The column has a second name: code and database spell it differently.
    ColumnAlias {
        table: Name,
        column: Name,
        alias: Name,
    },
    Unique {
        table: Name,
        unique: Unique,
    },
    /// The table is left out where an index is dropped by its name alone.
    DropUnique {
        table: Option<Name>,
        name: Name,
    },
    /// A key that is dropped by what it is made of.
    DropKey {
        table: Name,
        columns: Vec<Name>,
    },
    DropPrimary {
        table: Name,
    },
    DropColumn {
        table: Name,
        column: Name,
    },
    RenameColumn {
        table: Name,
        from: Name,
        to: Name,
    },
    DropTable(Name),
    RenameTable {
        from: Name,
        to: Name,
    },
}

/// Columns of which no two rows have equal values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unique {
    pub name: Option<Name>,
    pub columns: Vec<Name>,
    /// Only among the rows of a condition.
    pub partial: bool,
    pub primary: bool,
}

/// A step of a migration that is written in code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Change(Change),
    /// A statement as text.
    Sql(String),
}

/// What one source file says of tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// What migrations do, one after the other.
    pub steps: Vec<Step>,
    /// What the tables are in the end.
    pub state: Vec<Change>,
    /// Schemas of documents that no model of the file has: the variable, and what it says of the table
    /// of that name.
    pub schemas: Vec<(Name, Vec<Change>)>,
    /// Models whose schema stands in another file: the model, and the variable of the schema.
    pub models: Vec<(Name, Name)>,
}

/// Whether a word stands in a lexicon of the pages: lexicon first.
pub type Words<'w> = dyn Fn(&str, &str) -> bool + Sync + 'w;

/// Whether a text may be a statement that makes, changes or drops a table or a key.
pub fn may_define(text: &str) -> bool {
    text.len() >= 10
        && words(text)
            .any(|word| ["create", "alter", "drop", "rename"].iter().any(|it| word.eq_ignore_ascii_case(it)))
        && words(text).any(|word| ["table", "index"].iter().any(|it| word.eq_ignore_ascii_case(it)))
}

/// Whether a text makes a table or a key, or changes a table.
pub fn defines_tables(text: &str) -> bool {
    let mut before = "";
    words(text).any(|word| {
        let is = |found: &str, wanted: &str| found.eq_ignore_ascii_case(wanted);
        let found = (is(before, "create") && (is(word, "table") || is(word, "unique")))
            || (is(before, "alter") && is(word, "table"));
        before = word;
        found
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}
