//! Models that a call makes of columns with options: `define('User', { email: { unique: true } }, {
//! indexes: [{ unique: true, fields: ['a', 'b'] }] })`.

use super::super::grammar::Kind;
use super::super::tree::Node;
use super::{Change, Draft, Link, Name, Reader, last_call};

impl<'t> Reader<'t> {
    pub(super) fn model(&mut self, links: &[Link<'t>], variable: Option<&'t str>) {
        let Some(call) = last_call(links) else { return };
        let before = &links[..links.len() - 1];
        let (name, columns, options) = if self.view.is("model-definer", call.name) && !before.is_empty() {
            let name = call.argument(0).and_then(|name| self.view.string(name));
            (name, call.argument(1), call.argument(2))
        } else if self.view.is("model-initer", call.name) {
            // What initialises a model is told what the model is called, or on what it stands.
            let options = call.argument(1);
            if !options.is_some_and(|it| {
                self.view.option(it, "model-option").is_some() || self.names(it, "model-option")
            }) {
                return;
            }
            let stated = options.and_then(|it| self.view.option(it, "model-name"));
            let class =
                before.last().map(|class| class.name).filter(|name| !matches!(*name, "super" | "this"));
            let name = class.map(Name::from).or_else(|| stated.and_then(|name| self.view.string(name)));
            (name, call.argument(0), options)
        } else {
            return;
        };
        let (Some(name), Some(columns)) = (name, columns) else { return };
        if columns.what() != Kind::Object {
            return;
        }
        let mut draft = Draft::default();
        for (column, value) in self.view.entries(columns) {
            self.optioned(&column, value, &mut draft);
        }
        let mut aliases: Vec<Name> = variable.map(Name::from).into_iter().collect();
        if let Some(options) = options {
            self.listed_keys(options, &mut draft);
            for lexicon in ["table-name", "model-name"] {
                aliases.extend(self.view.option(options, lexicon).and_then(|it| self.view.string(it)));
            }
        }
        for change in draft.changes(&name) {
            self.say(change);
        }
        for alias in aliases.into_iter().filter(|alias| *alias != name) {
            self.say(Change::Alias { table: name.clone(), alias });
        }
    }

    /// Whether an object has a shorthand property of a lexicon.
    fn names(&self, object: Node<'t>, lexicon: &str) -> bool {
        let mut short = object.children().filter(|child| child.what() == Kind::Shorthand);
        short.any(|child| self.view.is(lexicon, self.view.spelled(child)))
    }

    /// The unique ones of the indexes that a table's options list.
    pub(super) fn listed_keys(&self, options: Node<'t>, draft: &mut Draft) {
        let Some(indexes) = self.view.option(options, "key-list") else { return };
        for index in self.view.elements(indexes) {
            let columns = self.view.option(index, "key-columns").and_then(|it| self.view.columns(it));
            if let Some(columns) = columns.filter(|_| self.view.has(index, "unique-option")) {
                draft.key(columns, self.view.is_partial(index));
            }
        }
    }
}
