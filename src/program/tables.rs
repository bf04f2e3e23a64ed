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
    Sql(Name),
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
