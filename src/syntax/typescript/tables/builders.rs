//! Tables that one call makes of an object of columns, each a chain of calls: `table("users", {
//! email: text("email").unique() }, (t) => [unique().on(t.a, t.b)])`.

use super::super::grammar::Kind;
use super::super::tree::Node;
use super::{Change, Draft, Link, Name, Reader};
use crate::program::tables::Unique;

impl<'t> Reader<'t> {
    /// A call that makes a table, or what makes tables.
    pub(super) fn table_made(&mut self, links: &[Link<'t>], variable: Option<&'t str>) {
        let [before @ .., maker] = links else { return };
        if maker.arguments.is_none() {
            return;
        }
        if self.view.is("table-maker-maker", maker.name) {
            self.makers.extend(variable);
            return;
        }
        if self.view.is("table-namespace", maker.name) {
            self.namespaces.extend(variable);
            return;
        }
        let is_of_namespace = self.view.is("namespace-table", maker.name)
            && before.last().is_some_and(|space| {
                self.namespaces.contains(space.name) || self.view.is("table-namespace", space.name)
            });
        let is_maker = self.view.is("table-maker", maker.name)
            || (before.is_empty() && self.makers.contains(maker.name))
            || is_of_namespace;
        let (Some(name), Some(columns)) =
            (maker.argument(0).and_then(|it| self.view.string(it)), maker.argument(1))
        else {
            return;
        };
        if !is_maker {
            return;
        }
        let columns = self.view.returned(columns).unwrap_or(columns);
        if columns.what() != Kind::Object {
            return;
        }
        let mut draft = Draft::default();
        for (column, value) in self.view.entries(columns) {
            self.built_column(&column, value, &mut draft);
        }
        if let Some(extras) = maker.argument(2) {
            let extras = self.view.returned(extras).unwrap_or(extras);
            let listed = match extras.what() {
                Kind::Array => self.view.elements(extras),
                _ => self.view.entries(extras).into_iter().map(|(_, value)| value).collect(),
            };
            draft.unique.extend(listed.into_iter().filter_map(|extra| self.built_key(extra)));
        }
        for change in draft.changes(&name) {
            self.say(change);
        }
        if let Some(variable) = variable {
            self.say(Change::Alias { table: name, alias: variable.into() });
        }
    }

    fn built_column(&self, column: &Name, value: Node<'t>, draft: &mut Draft) {
        let links = self.view.chain(value);
        let Some((_, modifiers)) = links.split_first() else { return };
        // `t.text()`: what the columns' function is given makes them.
        let maker = links.iter().find(|link| link.arguments.is_some());
        draft.columns.push(column.clone());
        if let Some(spelled) = maker.and_then(|maker| maker.argument(0)).and_then(|it| self.view.string(it))
            && spelled != *column
        {
            draft.aliases.push((column.clone(), spelled));
        }
        for modifier in modifiers.iter().filter(|link| link.arguments.is_some()) {
            if self.view.is("unique-column", modifier.name) {
                draft.key(vec![column.clone()], false);
            } else if self.view.is("primary-column", modifier.name) {
                draft.primary.push(column.clone());
            }
        }
    }

    /// `uniqueIndex("x").on(t.a, t.b)`, `primaryKey({ columns: [t.a, t.b] })`.
    fn built_key(&self, extra: Node<'t>) -> Option<Unique> {
        let links = self.view.chain(extra);
        let maker = links.first().filter(|link| link.arguments.is_some())?;
        let primary = self.view.is("primary-column", maker.name);
        if !primary && !self.view.is("key-maker", maker.name) {
            return None;
        }
        let on = links.iter().find(|link| self.view.is("key-over", link.name));
        let listed = on.unwrap_or(maker).arguments();
        let columns: Vec<Name> = match listed {
            [only] if only.what() == Kind::Object => {
                self.view.columns(self.view.option(*only, "key-columns")?)?
            }
            listed => listed.iter().map(|column| self.view.column(*column)).collect::<Option<_>>()?,
        };
        let partial = links.iter().any(|link| self.view.is("key-condition", link.name));
        let name = maker.argument(0).and_then(|name| self.view.string(name));
        (!columns.is_empty()).then_some(Unique { name, columns, partial, primary })
    }
}
