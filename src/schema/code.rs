//! Adds what source files say of tables to a schema.
//!
//! Migrations come first, one after the other; then what models and entities say the tables are in
//! the end. Where two files say it of tables of one name, only keys that both have count: one of them
//! may be of another database.

use super::{Schema, Table, UniqueKey, fold_table};
use crate::program::Name;
use crate::program::tables::{Change, Declared, Step, Words};
use crate::sql::ddl;
use crate::syntax;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// What one source file says of tables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTables {
    steps: Vec<Change>,
    state: Vec<Change>,
    schemas: Vec<(Name, Vec<Change>)>,
    models: Vec<(Name, Name)>,
}

impl FileTables {
    /// Reads one file.
    pub fn of(path: &Path, text: &str, words: &Words<'_>) -> FileTables {
        let Declared { steps, state, schemas, models } = syntax::tables(path, text, words);
        let steps = steps.into_iter().flat_map(|step| match step {
            Step::Change(change) => vec![change],
            Step::Sql(statement) => ddl::changes(&statement),
        });
        // What code drops it is about to make anew, or it cleans up behind a trial.
        let steps = steps.filter(|change| !matches!(change, Change::DropTable(_))).collect();
        FileTables { steps, state, schemas, models }
    }

    /// Whether the file says nothing of tables.
    pub fn is_empty(&self) -> bool {
        *self == FileTables::default()
    }
}

impl Schema {
    /// Adds what source files say, in their order. Code may leave out a part of a table's name, as a
    /// function tells: `UserEntity` is asked for as `user`.
    pub fn add_code<'f>(
        &mut self,
        files: impl Iterator<Item = &'f FileTables> + Clone,
        short: &dyn Fn(&str) -> Option<String>,
    ) {
        for change in files.clone().flat_map(|file| &file.steps) {
            self.apply(change.clone());
        }
        let mut declared: BTreeMap<&Name, Vec<&Vec<Change>>> = BTreeMap::new();
        for (variable, changes) in files.clone().flat_map(|file| &file.schemas) {
            declared.entry(variable).or_default().push(changes);
        }
        let mut state = Schema::default();
        let mut names: BTreeSet<&Name> = BTreeSet::new();
        for file in files {
            let mut own = Schema::default();
            for (model, variable) in &file.models {
                // A schema of this name stands in one file only: nothing else can be meant.
                if let Some([changes]) = declared.get(variable).map(Vec::as_slice) {
                    changes.iter().for_each(|change| own.apply(change.clone()));
                    own.apply(Change::RenameTable { from: variable.clone(), to: model.clone() });
                    names.insert(model);
                }
            }
            for change in &file.state {
                match change {
                    Change::Table { table, .. } => names.insert(table),
                    Change::Alias { alias, .. } => names.insert(alias),
                    _ => false,
                };
                own.apply(change.clone());
            }
            state.meet(own);
        }
        self.join(state);
        let mut shorter: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for name in names {
            let full = fold_table(name);
            let full = self.aliases.get(&full).cloned().unwrap_or(full);
            if let Some(short) = short(name) {
                shorter.entry(fold_table(&short)).or_default().insert(full);
            }
        }
        for (short, full) in shorter {
            if let (1, Some(of), false) = (full.len(), full.first(), self.tables.contains_key(&short)) {
                self.alias(short, of);
            }
        }
    }

    /// Adds what another file says: of a table that is known, only keys that both have stay.
    fn meet(&mut self, other: Schema) {
        for (name, table) in other.tables {
            let first = self.aliases.get(&name).cloned().unwrap_or(name);
            match self.tables.get_mut(&first) {
                Some(known) => {
                    let kept = known.unique.iter().filter(|key| table.has_like(key)).cloned().collect();
                    known.unique = kept;
                    known.join(Table { unique: Vec::new(), ..table });
                }
                None => {
                    self.tables.insert(first, table);
                }
            }
        }
        for (alias, of) in other.aliases {
            let of = self.aliases.get(&of).cloned().unwrap_or(of);
            if !self.tables.contains_key(&alias) {
                self.alias(alias, &of);
            }
        }
    }

    /// Adds all of another schema.
    fn join(&mut self, other: Schema) {
        for (name, table) in other.tables {
            let spelled = table.name.clone();
            let first = self.aliases.get(&name).cloned().unwrap_or(name);
            let known = self.tables.entry(first).or_default();
            known.join(table);
            if known.name.is_empty() {
                known.name = spelled;
            }
        }
        for (alias, of) in other.aliases {
            let of = self.aliases.get(&of).cloned().unwrap_or(of);
            self.alias(alias, &of);
        }
    }
}

impl Table {
    fn join(&mut self, other: Table) {
        for (alias, column) in other.aliases {
            self.aliases.entry(alias).or_insert(column);
        }
        other.columns.into_iter().for_each(|column| self.add_column(column));
        other.unique.into_iter().for_each(|key| self.add(key));
    }

    /// Whether a key of the same columns is here, as strict as that one or stricter.
    fn has_like(&self, key: &UniqueKey) -> bool {
        let columns = |table: &Table, key: &UniqueKey| -> BTreeSet<String> {
            key.columns.iter().map(|column| table.first_name(column)).collect()
        };
        let wanted = columns(self, key);
        self.unique.iter().any(|own| columns(self, own) == wanted && (key.partial || !own.partial))
    }
}
