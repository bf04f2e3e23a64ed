//! Migrations in code: a function that is given a table, a chain of calls, or a call with options.

use super::super::grammar::Kind;
use super::super::tree::Node;
use super::{Change, Draft, Link, Name, Reader};
use crate::program::tables::Unique;

/// Nodes visited in one function that is given a table.
const NODES: usize = 100_000;

impl<'t> Reader<'t> {
    pub(super) fn migration(&mut self, links: &[Link<'t>]) {
        for (at, call) in links.iter().enumerate().filter(|(_, link)| link.arguments.is_some()) {
            let is_table = self.view.is("migration-table", call.name);
            if !is_table && !self.view.is("migration-step", call.name) {
                continue;
            }
            let rest = &links[at + 1..];
            let Some(name) = call.argument(0).and_then(|name| self.view.string(name)) else { return };
            if !is_table {
                return self.index_step(name, call, rest);
            }
            match call.argument(1) {
                Some(given) if given.what() == Kind::Object => {
                    let mut draft = Draft::default();
                    for (column, value) in self.view.entries(given) {
                        self.optioned(&column, value, &mut draft);
                    }
                    draft.changes(&name).into_iter().for_each(|change| self.step(change));
                }
                Some(given) => self.table_given(&name, given),
                // All that follows is said of this table.
                None => return self.table_chain(&name, rest),
            }
        }
    }

    /// `createTable('t', (t) => { t.string('email').unique(); t.unique(['a', 'b']) })`.
    fn table_given(&mut self, table: &Name, function: Node<'t>) {
        let Some((parameters, body)) = self.view.function(function) else { return };
        let Some(given) = parameters.first() else { return };
        let mut open = vec![body];
        for _ in 0..NODES {
            let Some(node) = open.pop() else { break };
            if node.what() == Kind::Call && !self.done.contains(&node.id()) {
                let links = self.view.chain(node);
                if links.first().is_some_and(|first| first.name == *given && first.arguments.is_none()) {
                    self.done.extend(links.iter().map(|link| link.node.id()));
                    self.table_step(table, &links[1..]);
                    continue;
                }
            }
            let from = open.len();
            open.extend(node.children());
            open[from..].reverse();
        }
    }

    /// One statement on a table: `string('email').notNullable().unique()`.
    fn table_step(&mut self, table: &Name, links: &[Link<'t>]) {
        let Some((first, modifiers)) = links.split_first() else { return };
        let (table, listed) = (table.clone(), first.argument(0));
        let key = |columns: Vec<Name>, primary: bool, partial: bool, name: Option<Name>| Change::Unique {
            table: table.clone(),
            unique: Unique { name, columns, partial, primary },
        };
        let columns = listed.and_then(|listed| self.view.columns(listed));
        if self.view.is("unique-column", first.name) || self.view.is("primary-column", first.name) {
            let primary = self.view.is("primary-column", first.name);
            let options = first.argument(1);
            let name = options.and_then(|it| {
                self.view.string(it).or_else(|| self.view.string(self.view.option(it, "key-name")?))
            });
            let partial = options.is_some_and(|it| self.view.is_partial(it));
            if let Some(columns) = columns {
                self.step(key(columns, primary, partial, name));
            }
        } else if self.view.is("drops-key", first.name) {
            if let Some(columns) = columns {
                self.step(Change::DropKey { table: table.clone(), columns });
            }
            if let Some(name) = first.argument(1).and_then(|it| self.view.string(it)) {
                self.step(Change::DropUnique { table: Some(table), name });
            }
        } else if self.view.is("drops-primary", first.name) {
            self.step(Change::DropPrimary { table });
        } else if self.view.is("drops-column", first.name) {
            for column in columns.into_iter().flatten() {
                self.step(Change::DropColumn { table: table.clone(), column });
            }
        } else if self.view.is("renames-column", first.name) {
            let to = first.argument(1).and_then(|it| self.view.string(it));
            if let (Some(from), Some(to)) = (listed.and_then(|it| self.view.string(it)), to) {
                self.step(Change::RenameColumn { table, from, to });
            }
        } else {
            let numbers = self.view.is("numbered-column", first.name);
            let column = match (listed, numbers) {
                (Some(listed), _) => self.view.string(listed),
                (None, true) => Some("id".into()),
                (None, false) => None,
            };
            let Some(column) = column else { return };
            self.step(Change::Columns { table: table.clone(), columns: vec![column.clone()] });
            let has = |lexicon: &str| {
                modifiers.iter().any(|link| link.arguments.is_some() && self.view.is(lexicon, link.name))
            };
            // A column that is changed keeps the key that it has, and is given no second one.
            let (primary, unique) = (numbers || has("primary-column"), has("unique-column"));
            if primary || unique {
                self.step(key(vec![column], primary, false, None));
            }
        }
    }

    /// `createTable('t').addColumn('email', 'text', (c) => c.unique()).addUniqueConstraint('n', ['a'])`.
    fn table_chain(&mut self, table: &Name, rest: &[Link<'t>]) {
        for link in rest {
            let first = link.argument(0).and_then(|it| self.view.string(it));
            let Some(first) = first else { continue };
            let table = table.clone();
            if self.view.is("adds-column", link.name) {
                self.step(Change::Columns { table: table.clone(), columns: vec![first.clone()] });
                let built = link.argument(2).and_then(|built| self.view.returned(built));
                let built = built.map(|built| self.view.chain(built)).unwrap_or_default();
                let has = |lexicon: &str| {
                    built.iter().any(|link| link.arguments.is_some() && self.view.is(lexicon, link.name))
                };
                let primary = has("primary-column");
                if primary || has("unique-column") {
                    let unique = Unique { name: None, columns: vec![first], partial: false, primary };
                    self.step(Change::Unique { table, unique });
                }
            } else if self.view.is("adds-unique", link.name) || self.view.is("adds-primary", link.name) {
                let primary = self.view.is("adds-primary", link.name);
                if let Some(columns) = link.argument(1).and_then(|it| self.view.columns(it)) {
                    let unique = Unique { name: Some(first), columns, partial: false, primary };
                    self.step(Change::Unique { table, unique });
                }
            } else if self.view.is("drops-constraint", link.name) {
                self.step(Change::DropUnique { table: Some(table), name: first });
            } else if self.view.is("drops-column", link.name) {
                self.step(Change::DropColumn { table, column: first });
            }
        }
    }

    /// `addIndex('t', ['a', 'b'], { unique: true })`, `createIndex('n').on('t').columns(['a']).unique()`.
    fn index_step(&mut self, name: Name, call: &Link<'t>, rest: &[Link<'t>]) {
        if self.view.is("drops-constraint", call.name) {
            return match call.argument(1) {
                Some(given) => match (self.view.string(given), self.view.columns(given)) {
                    (Some(dropped), _) => self.step(Change::DropUnique { table: Some(name), name: dropped }),
                    (None, Some(columns)) => self.step(Change::DropKey { table: name, columns }),
                    (None, None) => {}
                },
                // An index that is dropped by its name alone.
                None => self.step(Change::DropUnique { table: None, name }),
            };
        }
        if self.view.is("adds-column", call.name) {
            let Some(column) = call.argument(1).and_then(|it| self.view.string(it)) else { return };
            let mut draft = Draft::default();
            if let Some(options) = call.argument(2) {
                self.optioned(&column, options, &mut draft);
            }
            let Draft { unique, .. } = draft;
            self.step(Change::Columns { table: name.clone(), columns: vec![column] });
            for unique in unique {
                self.step(Change::Unique { table: name.clone(), unique });
            }
            return;
        }
        let on = rest.iter().find(|link| self.view.is("key-over", link.name));
        if let Some(table) = on.and_then(|on| on.argument(0)).and_then(|it| self.view.string(it)) {
            let is_unique = rest.iter().any(|link| self.view.is("unique-column", link.name));
            let partial = rest.iter().any(|link| self.view.is("key-condition", link.name));
            let mut columns: Option<Vec<Name>> = Some(Vec::new());
            for link in rest.iter().filter(|link| self.view.is("key-columns", link.name)) {
                let more = link.argument(0).and_then(|it| self.view.columns(it));
                columns = columns.zip(more).map(|(all, more)| [all, more].concat());
            }
            if let Some(columns) = columns.filter(|columns| is_unique && !columns.is_empty()) {
                let unique = Unique { name: Some(name), columns, partial, primary: false };
                self.step(Change::Unique { table, unique });
            }
            return;
        }
        let options = call.arguments().iter().filter(|given| given.what() == Kind::Object).copied();
        let options: Vec<Node<'t>> = options.collect();
        let kind = |lexicon: &str| {
            let mut kinds = options.iter().filter_map(|it| self.view.option(*it, "key-kind"));
            kinds.any(|kind| {
                self.view.string(kind).is_some_and(|kind| {
                    self.view.is(lexicon, kind.to_lowercase().split(' ').next().unwrap_or_default())
                })
            })
        };
        let primary = kind("primary-kind");
        if !primary && !kind("unique-kind") && !options.iter().any(|it| self.view.has(*it, "unique-option")) {
            return;
        }
        let listed = call.arguments().iter().skip(1).find(|given| given.what() == Kind::Array).copied();
        let listed = listed.or_else(|| options.iter().find_map(|it| self.view.option(*it, "key-columns")));
        if let Some(columns) = listed.and_then(|it| self.view.columns(it)) {
            let partial = options.iter().any(|it| self.view.is_partial(*it));
            let given = options.iter().find_map(|it| self.view.option(*it, "key-name"));
            let given = given.and_then(|it| self.view.string(it));
            self.step(Change::Unique {
                table: name,
                unique: Unique { name: given, columns, partial, primary },
            });
        }
    }
}
