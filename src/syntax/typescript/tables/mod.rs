//! TypeScript and JavaScript text to what it says of tables: which columns they have, and which of
//! these are keys.
//!
//! Names of functions, decorators and options are words of the pages; here stand the shapes in which
//! they come. A shape that is not understood whole declares nothing: a key that is not there would
//! hide a race, and one that is missed only leaves a finding as loud as it was.

mod builders;
mod documents;
mod entities;
mod migrations;
mod models;
mod text;
mod value;

use super::grammar::{Field, Kind};
use super::tree::{Node, Tree};
use super::{broken, quick};
use crate::program::Name;
use crate::program::tables::{Change, Declared, Step, Unique, Words};
use documents::Document;
use rustc_hash::{FxHashMap, FxHashSet};
use std::path::Path;
use value::{Link, View};

/// Longer files are data.
const LONGEST: usize = 1024 * 1024;
/// What has longer lines than this, taken all together, was written by no hand.
const WIDEST: usize = 500;
/// Nodes visited in one file before the rest is given up.
const NODES: usize = 1_000_000;

/// What a file says of tables.
pub(in crate::syntax) fn read(path: &Path, text: &str, words: &Words<'_>) -> Declared {
    let is_data = text.len() > LONGEST || text.len() / (text.lines().count().max(1)) > WIDEST;
    if is_data {
        return Declared::default();
    }
    let tree = quick::parse(path, text).or_else(|| broken(path, text)).unwrap_or_default();
    read_tree(&tree, text, words)
}

fn read_tree(tree: &Tree, text: &str, words: &Words<'_>) -> Declared {
    let Some(root) = tree.root() else { return Declared::default() };
    let mut reader = Reader {
        view: View { text, words },
        declared: Declared::default(),
        documents: Vec::new(),
        makers: FxHashSet::default(),
        namespaces: FxHashSet::default(),
        variables: FxHashMap::default(),
        done: FxHashSet::default(),
        marks: Vec::new(),
        defines: false,
    };
    reader.walk(root);
    reader.finish()
}

/// The state of one walk over one file.
struct Reader<'t> {
    view: View<'t>,
    declared: Declared,
    documents: Vec<Document>,
    /// Variables that are called to make a table.
    makers: FxHashSet<&'t str>,
    /// Variables whose tables are those of a namespace.
    namespaces: FxHashSet<&'t str>,
    /// The variable that a value goes to, by where the value begins.
    variables: FxHashMap<usize, &'t str>,
    /// Calls that were read as a part of a longer chain.
    done: FxHashSet<usize>,
    /// Decorators in front of `export class`.
    marks: Vec<Node<'t>>,
    /// A text that makes a table or a key was met.
    defines: bool,
}

impl<'t> Reader<'t> {
    /// Every node in the order of the text, but what takes changes back.
    fn walk(&mut self, root: Node<'t>) {
        let mut open = vec![root];
        for _ in 0..NODES {
            let Some(node) = open.pop() else { break };
            if self.takes_back(node) {
                continue;
            }
            self.visit(node);
            let from = open.len();
            open.extend(node.children());
            open[from..].reverse();
        }
    }

    fn visit(&mut self, node: Node<'t>) {
        match node.what() {
            Kind::Declarator => self.bind(node.child(Field::name), node.child(Field::value)),
            Kind::Assignment => self.bind(node.child(Field::left), node.child(Field::right)),
            Kind::Export => {
                self.marks = node.children().filter(|child| child.what() == Kind::Decorator).collect();
            }
            Kind::ClassDeclaration | Kind::ClassExpression | Kind::AbstractClass => self.class(node),
            Kind::Call | Kind::New if !self.done.contains(&node.id()) => self.called(node),
            Kind::Text | Kind::Template => self.sql(node),
            _ => {}
        }
    }

    /// A function whose name says that it undoes a migration.
    fn takes_back(&self, node: Node<'t>) -> bool {
        let name = match node.what() {
            Kind::FunctionDeclaration | Kind::Method | Kind::Declarator => node.child(Field::name),
            Kind::FieldDefinition => node.child(Field::name),
            Kind::Pair => node.child(Field::key),
            Kind::Assignment => {
                let left = node.child(Field::left);
                left.and_then(|left| left.child(Field::property)).or(left)
            }
            _ => None,
        };
        name.is_some_and(|name| self.view.is("takes-back", self.view.spelled(name)))
    }

    /// Notes which variable a value goes to, through `a || b` and casts.
    fn bind(&mut self, name: Option<Node<'t>>, value: Option<Node<'t>>) {
        let (Some(name), Some(value)) = (name, value) else { return };
        if name.what() != Kind::Identifier {
            return;
        }
        let mut value = self.view.bare(value);
        for _ in 0..8 {
            self.variables.insert(value.id(), self.view.spelled(name));
            match value.child(Field::right).filter(|_| value.what() == Kind::Binary) {
                Some(right) => value = self.view.bare(right),
                None => break,
            }
        }
    }

    /// A call with all that is called on it, as one declaration.
    fn called(&mut self, node: Node<'t>) {
        let links = self.view.chain(node);
        // Arguments are walked by themselves; the calls before this one are parts of it.
        self.done.extend(links.iter().map(|link| link.node.id()));
        let variable = self.variables.get(&node.id()).copied();
        self.table_made(&links, variable);
        self.document(&links, variable);
        self.model(&links, variable);
        self.migration(&links);
    }

    fn say(&mut self, change: Change) {
        self.declared.state.push(change);
    }

    fn step(&mut self, change: Change) {
        self.declared.steps.push(Step::Change(change));
    }

    fn finish(mut self) -> Declared {
        if !self.defines {
            self.declared.steps.retain(|step| matches!(step, Step::Change(_)));
        }
        self.settle_documents();
        self.declared
    }
}

/// What is gathered of one table before it is told.
#[derive(Default)]
struct Draft {
    columns: Vec<Name>,
    unique: Vec<Unique>,
    /// Columns and their second names.
    aliases: Vec<(Name, Name)>,
    /// Columns of one key, by its name.
    grouped: Vec<(Name, Vec<Name>, bool)>,
    primary: Vec<Name>,
}

impl Draft {
    fn key(&mut self, columns: Vec<Name>, partial: bool) {
        self.unique.push(Unique { name: None, columns, partial, primary: false });
    }

    /// A column that is a part of all that name the same key.
    fn group(&mut self, name: Name, column: Name, partial: bool) {
        match self.grouped.iter_mut().find(|(known, ..)| *known == name) {
            Some((_, columns, is_partial)) => {
                columns.push(column);
                *is_partial |= partial;
            }
            None => self.grouped.push((name, vec![column], partial)),
        }
    }

    /// The table that this is.
    fn changes(self, table: &Name) -> Vec<Change> {
        let Draft { columns, mut unique, aliases, grouped, primary } = self;
        for (name, columns, partial) in grouped {
            unique.push(Unique { name: Some(name), columns, partial, primary: false });
        }
        if !primary.is_empty() {
            unique.push(Unique { name: None, columns: primary, partial: false, primary: true });
        }
        let mut changes = vec![Change::Table { table: table.clone(), columns, unique }];
        changes.extend(aliases.into_iter().map(|(column, alias)| Change::ColumnAlias {
            table: table.clone(),
            column,
            alias,
        }));
        changes
    }
}

/// The last called part, with what it is called on.
fn last_call<'l, 't>(links: &'l [Link<'t>]) -> Option<&'l Link<'t>> {
    links.last().filter(|link| link.arguments.is_some())
}
