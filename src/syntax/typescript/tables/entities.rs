//! Classes whose decorators say that they are tables: `@Entity('users') class User { @Column({
//! unique: true }) email }`.

use super::super::grammar::{Field, Kind};
use super::super::tree::Node;
use super::documents::document_key;
use super::{Change, Draft, Link, Name, Reader};

impl<'t> Reader<'t> {
    pub(super) fn class(&mut self, node: Node<'t>) {
        let in_front = std::mem::take(&mut self.marks);
        let inside = node.children().filter(|child| child.what() == Kind::Decorator);
        let marks: Vec<Link<'t>> =
            in_front.into_iter().chain(inside).filter_map(|mark| self.decorator(mark)).collect();
        let name = node.child(Field::name).map(|name| self.view.spelled(name));
        let name = name.or_else(|| self.variables.get(&node.id()).copied());
        let (Some(name), Some(body)) = (name, node.child(Field::body)) else { return };
        let table = Name::from(name);
        let mut draft = Draft::default();
        let mut is_document = false;
        for member in body.children().filter(|member| member.what() == Kind::FieldDefinition) {
            let decorators = member.children().filter(|child| child.what() == Kind::Decorator);
            let decorators: Vec<Link<'t>> = decorators.filter_map(|it| self.decorator(it)).collect();
            let Some(field) = member.child(Field::name) else { continue };
            is_document |= decorators.iter().any(|it| self.view.is("document-column", it.name));
            self.field_of_class(&self.view.spelled(field).into(), &decorators, &mut draft);
        }
        let is_table = marks.iter().any(|mark| self.view.is("table-mark", mark.name));
        if !is_table && draft.columns.is_empty() {
            return;
        }
        let mut aliases = Vec::new();
        for mark in &marks {
            if self.view.is("table-mark", mark.name) {
                aliases.extend(mark.arguments().iter().filter_map(|given| {
                    let named = self.view.option(*given, "table-name").unwrap_or(*given);
                    self.view.string(named)
                }));
                for options in mark.arguments() {
                    self.listed_keys(*options, &mut draft);
                }
            } else {
                self.key_of_class(mark, &mut draft);
            }
        }
        for change in draft.changes(&table) {
            self.say(change);
        }
        if is_document {
            self.say(document_key(&table));
        }
        for alias in aliases.into_iter().filter(|alias| *alias != table) {
            self.say(Change::Alias { table: table.clone(), alias });
        }
    }

    /// The name of a decorator with what it is given.
    fn decorator(&self, node: Node<'t>) -> Option<Link<'t>> {
        let inner = node.children().find(|child| child.is_named())?;
        self.view.chain(inner).pop()
    }

    fn field_of_class(&self, field: &Name, decorators: &[Link<'t>], draft: &mut Draft) {
        let is = |lexicon: &str, link: &Link<'t>| self.view.is(lexicon, link.name);
        let is_relation = decorators.iter().any(|link| is("relation-mark", link));
        if !is_relation && !decorators.iter().any(|link| is("column-mark", link) || is("primary-mark", link))
        {
            return;
        }
        draft.columns.push(field.clone());
        if is_relation {
            draft.aliases.push((field.clone(), format!("{field}Id").into()));
        }
        let mut primary = false;
        for link in decorators {
            let options = || link.arguments().iter().filter(|given| given.what() == Kind::Object).copied();
            let name = || {
                let stated = options().find_map(|given| self.view.option(given, "key-name"));
                stated.or_else(|| link.argument(0)).and_then(|name| self.view.string(name))
            };
            let partial = options().any(|given| self.view.is_partial(given));
            let is_unique = options().any(|given| self.view.has(given, "unique-option"));
            if is("column-mark", link) || is("primary-mark", link) || is("relation-mark", link) {
                for given in options() {
                    let spelled = self.view.option(given, "column-name");
                    if let Some(spelled) =
                        spelled.and_then(|it| self.view.string(it)).filter(|it| it != field)
                    {
                        draft.aliases.push((field.clone(), spelled));
                    }
                    let unique = self.view.option(given, "unique-option");
                    if let Some(group) = unique.and_then(|it| self.view.string(it)) {
                        draft.group(group, field.clone(), partial);
                    }
                }
                primary |= is("primary-mark", link);
                primary |= options().any(|given| self.view.has(given, "primary-option"));
                // Two sides of a relation are each other's, whatever the options of one of them say.
                if is_unique && !is("relation-mark", link) {
                    draft.key(vec![field.clone()], partial);
                }
            } else if is("unique-mark", link) || (is("index-mark", link) && is_unique) {
                match name() {
                    Some(name) => draft.group(name, field.clone(), partial),
                    None => draft.key(vec![field.clone()], partial),
                }
            }
        }
        if primary {
            draft.primary.push(field.clone());
        }
    }

    /// `@Unique('name', ['a', 'b'])`, `@Index({ a: 1, b: 1 }, { unique: true })`.
    fn key_of_class(&self, mark: &Link<'t>, draft: &mut Draft) {
        let given = mark.arguments();
        let options = |lexicon: &str| given.iter().find_map(|it| self.view.option(*it, lexicon));
        let is_unique = self.view.is("unique-mark", mark.name)
            || (self.view.is("index-mark", mark.name)
                && given.iter().any(|it| self.view.has(*it, "unique-option")));
        if !is_unique {
            return;
        }
        let partial = given.iter().any(|it| self.view.is_partial(*it));
        let listed = given.iter().find(|it| matches!(it.what(), Kind::Array | Kind::Arrow));
        let columns = match (options("key-columns"), listed, given) {
            (Some(columns), _, _) => self.view.columns(columns),
            (None, Some(columns), _) => self.view.columns(*columns),
            (None, None, [keys, _]) if keys.what() == Kind::Object => self.view.columns(*keys),
            _ => None,
        };
        if let Some(columns) = columns {
            draft.key(columns, partial);
        }
    }
}
