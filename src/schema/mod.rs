//! Turns schema files into what is known of each table: its columns, and which are unique.
//!
//! Code, ORM models and tables spell one name in several ways: `prisma.userProfile`, model
//! `UserProfile`, table `user_profiles`. Names are compared [`folded`]: letters and digits in
//! lower case, so that `user_id`, `userId` and `UserID` are one, and of table names the plural
//! ending dropped. A name given by `@map` or `@@map` counts as a second name.

mod code;
mod prisma;
#[cfg(test)]
mod tests;

use crate::program::Name;
use crate::sql::ddl::{self, Change};
pub use code::FileTables;
use std::collections::{BTreeMap, BTreeSet};

/// Everything the schema files of a project say.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// By folded name.
    pub tables: BTreeMap<String, Table>,
    /// Second names of tables, folded, and the first name of each.
    aliases: BTreeMap<String, String>,
}

/// What is known of one table.
#[derive(Clone, Debug, Default)]
pub struct Table {
    /// As the schema spells it.
    pub name: Name,
    pub columns: Vec<Name>,
    pub unique: Vec<UniqueKey>,
    /// Second names of columns, folded, and the folded first name of each.
    aliases: BTreeMap<String, String>,
}

/// Columns of which no two rows have equal values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UniqueKey {
    pub columns: Vec<Name>,
    /// Only among the rows of a condition.
    pub partial: bool,
    pub primary: bool,
    /// The name of the constraint or index, if it has one.
    pub name: Option<Name>,
}

/// Whether some columns can have equal values in two rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unique {
    /// They hold all columns of a key.
    Yes,
    /// The table is known, and they hold no key.
    No,
    /// The table is not known, or the key covers only some rows.
    Unknown,
}

impl Schema {
    /// Adds a Prisma schema.
    pub fn add_prisma(&mut self, text: &str) {
        for model in prisma::models(text) {
            let key = fold_table(&model.name);
            if let Some(mapped) = &model.mapped {
                self.alias(fold_table(mapped), &key);
            }
            let table = self.entry(&model.name);
            for (column, mapped) in model.columns {
                if let Some(mapped) = mapped {
                    table.aliases.insert(folded(&mapped), folded(&column));
                }
                table.add_column(column);
            }
            for unique in model.unique {
                table.add(unique);
            }
        }
    }

    /// Adds a file of SQL. Files come in the order in which they are run; those that take a
    /// migration back (`down.sql`), and the parts of a file that do, say nothing.
    pub fn add_sql(&mut self, path: &str, text: &str) {
        let path = path.to_ascii_lowercase();
        let file = path.rsplit(['/', '\\']).next().unwrap_or_default();
        let back = file == "down.sql" || file.ends_with(".down.sql") || file.ends_with(".undo.sql");
        if !back {
            for change in ddl::changes(forward(text)) {
                self.apply(change);
            }
        }
    }

    /// Whether rows of a table can agree in all of these columns.
    pub fn unique<N: AsRef<str>>(&self, table: &str, columns: &[N]) -> Unique {
        let Some(table) = self.table(table) else { return Unique::Unknown };
        let mut partial = false;
        for key in table.held(columns) {
            match key.partial {
                false => return Unique::Yes,
                true => partial = true,
            }
        }
        if partial { Unique::Unknown } else { Unique::No }
    }

    /// Whether a primary key of a table is known.
    pub fn has_primary(&self, table: &str) -> bool {
        self.table(table).is_some_and(|table| table.unique.iter().any(|key| key.primary))
    }

    /// A key over all rows of a table whose columns are all among these.
    pub fn key_within<N: AsRef<str>>(&self, table: &str, columns: &[N]) -> Option<&UniqueKey> {
        self.table(table)?.held(columns).find(|key| !key.partial)
    }

    /// What is known of a table, under any of its names.
    pub fn table(&self, name: &str) -> Option<&Table> {
        let folded = fold_table(name);
        self.tables.get(self.aliases.get(&folded).unwrap_or(&folded))
    }

    fn entry(&mut self, name: &str) -> &mut Table {
        let folded = fold_table(name);
        let key = self.aliases.get(&folded).cloned().unwrap_or(folded);
        let table = self.tables.entry(key).or_default();
        if table.name.is_empty() {
            table.name = name.into();
        }
        table
    }

    /// Makes a name another name of a table, with all that was known under it.
    fn alias(&mut self, alias: String, of: &str) {
        // A name that two tables go by tells nothing of the second.
        if alias == of || self.aliases.contains_key(&alias) {
            return;
        }
        for known in self.aliases.values_mut().filter(|known| **known == alias) {
            *known = of.to_string();
        }
        if let Some(known) = self.tables.remove(&alias) {
            let table = self.tables.entry(of.to_string()).or_default();
            for column in known.columns {
                table.add_column(column);
            }
            known.unique.into_iter().for_each(|key| table.add(key));
            for (alias, column) in known.aliases {
                table.aliases.entry(alias).or_insert(column);
            }
        }
        self.aliases.insert(alias, of.to_string());
    }

    fn apply(&mut self, change: Change) {
        match change {
            Change::Table { table, columns, unique } => {
                let table = self.entry(&table);
                columns.into_iter().for_each(|column| table.add_column(column));
                unique.into_iter().for_each(|unique| table.add(unique.into()));
            }
            Change::Alias { table, alias } => {
                let of = fold_table(&table);
                let of = self.aliases.get(&of).cloned().unwrap_or(of);
                self.alias(fold_table(&alias), &of);
            }
            Change::ColumnAlias { table, column, alias } => {
                let (column, alias) = (folded(&column), folded(&alias));
                if column != alias {
                    self.entry(&table).aliases.entry(alias).or_insert(column);
                }
            }
            Change::Columns { table, columns } => {
                let table = self.entry(&table);
                columns.into_iter().for_each(|column| table.add_column(column));
            }
            Change::Unique { table, unique } => self.entry(&table).add(unique.into()),
            Change::DropUnique { table: Some(table), name } => self.entry(&table).drop_named(&name),
            Change::DropUnique { table: None, name } => {
                self.tables.values_mut().for_each(|table| table.drop_named(&name));
            }
            Change::DropKey { table, columns } => {
                let table = self.entry(&table);
                let gone: BTreeSet<String> = columns.iter().map(|column| table.first_name(column)).collect();
                let names = |table: &Table, key: &UniqueKey| -> BTreeSet<String> {
                    key.columns.iter().map(|column| table.first_name(column)).collect()
                };
                let kept = table.unique.iter().filter(|key| key.primary || names(table, key) != gone);
                table.unique = kept.cloned().collect();
            }
            Change::DropPrimary { table } => self.entry(&table).unique.retain(|key| !key.primary),
            Change::DropColumn { table, column } => {
                let table = self.entry(&table);
                let gone = folded(&column);
                table.columns.retain(|column| folded(column) != gone);
                table.unique.retain(|key| key.columns.iter().all(|column| folded(column) != gone));
            }
            Change::RenameColumn { table, from, to } => {
                let table = self.entry(&table);
                let keys = table.unique.iter_mut().flat_map(|key| &mut key.columns);
                for column in keys.chain(&mut table.columns).filter(|column| folded(column) == folded(&from))
                {
                    *column = to.clone();
                }
            }
            Change::DropTable(table) => {
                self.tables.remove(&fold_table(&table));
            }
            Change::RenameTable { from, to } => {
                if let Some(mut table) = self.tables.remove(&fold_table(&from)) {
                    table.name = to.clone();
                    self.tables.insert(fold_table(&to), table);
                }
            }
        }
    }
}

impl Table {
    /// The keys whose columns are all among these.
    fn held<N: AsRef<str>>(&self, columns: &[N]) -> impl Iterator<Item = &UniqueKey> {
        let given: Vec<String> = columns.iter().map(|column| self.first_name(column.as_ref())).collect();
        self.unique.iter().filter(move |key| {
            !key.columns.is_empty()
                && key.columns.iter().all(|column| given.contains(&self.first_name(column)))
        })
    }

    fn first_name(&self, column: &str) -> String {
        let folded = folded(column);
        self.aliases.get(&folded).cloned().unwrap_or(folded)
    }

    fn add_column(&mut self, column: Name) {
        if !self.columns.iter().any(|known| self.first_name(known) == self.first_name(&column)) {
            self.columns.push(column);
        }
    }

    fn add(&mut self, key: UniqueKey) {
        let same = |known: &UniqueKey| known.columns == key.columns && known.partial == key.partial;
        if !self.unique.iter().any(same) {
            self.unique.push(key);
        }
    }

    /// Drops a key by its name, or by the name that PostgreSQL makes up for it.
    fn drop_named(&mut self, name: &str) {
        let table = self.name.clone();
        self.unique.retain(|key| {
            let made_up = match key.primary {
                true => format!("{table}_pkey"),
                false => format!("{table}_{}_key", key.columns.join("_")),
            };
            let known = key.name.as_deref().unwrap_or(&made_up);
            !known.eq_ignore_ascii_case(name)
        });
    }
}

impl From<ddl::Unique> for UniqueKey {
    fn from(unique: ddl::Unique) -> UniqueKey {
        let ddl::Unique { name, columns, partial, primary } = unique;
        UniqueKey { columns, partial, primary, name }
    }
}

/// The part of a migration before it is taken back again.
fn forward(text: &str) -> &str {
    let markers = ["+goose down", "migrate:down", "+migrate down", "@undo"];
    let mut length = 0;
    for line in text.split_inclusive('\n') {
        let comment = line.trim_start().strip_prefix("--").map(|rest| rest.trim().to_ascii_lowercase());
        if comment.is_some_and(|comment| markers.iter().any(|marker| comment.ends_with(marker))) {
            break;
        }
        length += line.len();
    }
    text.get(..length).unwrap_or(text)
}

/// Letters and digits of a name in lower case.
pub fn folded(name: &str) -> String {
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// A folded table name, singular and plural alike: `user`, `users`; `category`, `categories`;
/// `case`, `cases`. The result is no English word, only the same for both.
fn fold_table(name: &str) -> String {
    let mut folded = folded(name);
    if folded.len() > 3
        && folded.ends_with('s')
        && !["ss", "us", "is"].iter().any(|end| folded.ends_with(end))
    {
        folded.pop();
    }
    if folded.len() > 3 && folded.ends_with('e') {
        folded.pop();
    }
    if folded.len() > 2 && folded.ends_with('i') {
        folded.pop();
        folded.push('y');
    }
    folded
}
