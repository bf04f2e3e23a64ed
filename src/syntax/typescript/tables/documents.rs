//! Schemas of documents, bound to a model by a variable: `const s = new Schema({ … }); s.index(…);
//! model('User', s)`.

use super::super::grammar::Kind;
use super::super::tree::Node;
use super::{Change, Draft, Link, Name, Reader};
use crate::program::tables::Unique;

/// A schema of documents.
pub(super) struct Document {
    variable: Name,
    draft: Draft,
    /// Models of the file that have it, with the names that code gives them.
    models: Vec<(Name, Option<Name>)>,
}

impl<'t> Reader<'t> {
    pub(super) fn document(&mut self, links: &[Link<'t>], variable: Option<&'t str>) {
        let [before @ .., last] = links else { return };
        if last.arguments.is_none() {
            return;
        }
        if last.node.what() == Kind::New {
            if self.view.is("document-schema", last.name)
                && let (Some(fields), Some(variable)) = (last.argument(0), variable)
            {
                let draft = self.fields(fields);
                self.documents.push(Document { variable: variable.into(), draft, models: Vec::new() });
            }
        } else if self.view.is("document-of-class", last.name) {
            let class = last.argument(0).filter(|class| class.what() == Kind::Identifier);
            if let (Some(class), Some(variable)) = (class, variable) {
                let class: Name = self.view.spelled(class).into();
                let models = vec![(class, None)];
                self.documents.push(Document { variable: variable.into(), draft: Draft::default(), models });
            }
        } else if self.view.is("document-model", last.name) {
            self.document_model(last, variable);
        } else if self.view.is("document-index", last.name)
            && let (Some(columns), Some(options)) = (last.argument(0), last.argument(1))
            && self.view.has(options, "unique-option")
            && columns.what() == Kind::Object
            && let Some(columns) = self.view.columns(columns)
        {
            let partial = self.view.is_partial(options);
            // `schema.index(…)`, or by way of its model: `User.schema.index(…)`.
            let is_meant = |document: &&mut Document| match before {
                [schema] => document.variable == schema.name,
                [model, _] => document.models.iter().any(|(_, known)| known.as_deref() == Some(model.name)),
                _ => false,
            };
            if let Some(document) = self.documents.iter_mut().rev().find(is_meant) {
                document.draft.key(columns, partial);
            }
        }
    }

    /// `model('User', schema)`.
    fn document_model(&mut self, call: &Link<'t>, variable: Option<&'t str>) {
        let name = call.argument(0).and_then(|name| self.view.string(name));
        let (Some(name), Some(schema)) = (name, call.argument(1)) else { return };
        let variable = variable.map(Name::from);
        match schema.what() {
            Kind::Identifier => {
                let schema: Name = self.view.spelled(schema).into();
                match self.documents.iter_mut().rev().find(|it| it.variable == schema) {
                    Some(document) => document.models.push((name, variable)),
                    None => {
                        let alias = variable.filter(|variable| *variable != name);
                        self.declared.models.push((name.clone(), schema));
                        self.declared.state.extend(alias.map(|alias| Change::Alias { table: name, alias }));
                    }
                }
            }
            Kind::New => {
                let links = self.view.chain(schema);
                if let Some(last) = links.last().filter(|it| self.view.is("document-schema", it.name))
                    && let Some(fields) = last.argument(0)
                {
                    let draft = self.fields(fields);
                    let models = vec![(name, variable)];
                    self.documents.push(Document { variable: Name::default(), draft, models });
                }
            }
            _ => {}
        }
    }

    /// The fields of a schema.
    fn fields(&self, fields: Node<'t>) -> Draft {
        let mut draft = Draft::default();
        for (field, value) in self.view.entries(fields) {
            self.optioned(&field, value, &mut draft);
        }
        draft
    }

    /// What the options of a column say of it: `{ unique: true }`, `{ index: { unique: true } }`.
    pub(super) fn optioned(&self, column: &Name, options: Node<'t>, draft: &mut Draft) {
        draft.columns.push(column.clone());
        let column = column.clone();
        if let Some(spelled) = self.view.option(options, "column-name").and_then(|it| self.view.string(it))
            && spelled != column
        {
            draft.aliases.push((column.clone(), spelled));
        }
        if self.view.has(options, "primary-option") {
            draft.primary.push(column.clone());
        }
        let partial = self.view.is_partial(options);
        let unique = self.view.option(options, "unique-option");
        if let Some(name) = unique
            .and_then(|unique| self.view.string(unique))
            .or_else(|| self.view.option(unique?, "key-name").and_then(|name| self.view.string(name)))
        {
            draft.group(name, column, partial);
        } else if unique.is_some_and(|unique| self.view.is_true(unique)) {
            draft.key(vec![column], partial);
        } else if let Some(index) = self.view.option(options, "index-option")
            && self.view.has(index, "unique-option")
        {
            draft.key(vec![column], partial || self.view.is_partial(index));
        }
    }

    /// All schemas of the file, under the names of their models.
    pub(super) fn settle_documents(&mut self) {
        for document in std::mem::take(&mut self.documents) {
            let Document { variable, draft, models } = document;
            let Some((first, _)) = models.first().cloned() else {
                let mut changes = draft.changes(&variable);
                changes.push(document_key(&variable));
                self.declared.schemas.push((variable, changes));
                continue;
            };
            self.declared.state.extend(draft.changes(&first));
            self.say(document_key(&first));
            for (model, variable) in models {
                for alias in std::iter::once(model).chain(variable).filter(|alias| *alias != first) {
                    self.say(Change::Alias { table: first.clone(), alias });
                }
            }
        }
    }
}

/// Every document has a key of its own, declared or not.
pub(super) fn document_key(table: &Name) -> Change {
    let unique = Unique { name: None, columns: vec!["_id".into()], partial: false, primary: true };
    Change::Unique { table: table.clone(), unique }
}
