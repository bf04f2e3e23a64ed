//! TypeScript and JavaScript text to the neutral program, by way of oxc, or of tree-sitter where
//! the text is broken.
//!
//! The tree is walked once, top down; names are resolved while walking, since every block
//! declares its names on entry. What cannot be parsed costs only itself.

mod assign;
mod chain;
mod class;
mod cleanup;
mod expression;
mod function;
mod grammar;
mod literal;
mod logic;
mod loops;
mod module;
mod pattern;
pub(super) mod place;
mod quick;
mod scope;
mod statement;
pub(super) mod tables;
#[cfg(test)]
mod tests;
mod tree;
mod types;

use crate::program::{Language, Local, Name, Op, Program, Value};
use crate::source::{FileId, Span};
use crate::syntax::builder::Builder;
use cleanup::Frame;
use grammar::{Field, Kind};
use rustc_hash::{FxHashMap, FxHasher};
use std::hash::{Hash, Hasher};
use std::path::Path;
use tree::{Node, Tree};
use tree_sitter::Parser;

/// Nesting beyond this is not followed: the walk must fit a small thread's stack.
const DEPTH: u32 = 300;
/// Nodes visited in one file before the rest is given up.
const NODES: u32 = 2_000_000;
/// Errors kept for one file.
const ERRORS: usize = 200;

/// Lowers one file. What cannot be understood is listed in [`Program::errors`].
pub(super) fn lower(file: FileId, path: &Path, text: &str) -> Program {
    let tree = quick::parse(path, text).or_else(|| broken(path, text)).unwrap_or_default();
    lower_tree(file, path, text, &tree)
}

/// Lowers one file if it has no errors.
pub(super) fn lower_whole(file: FileId, path: &Path, text: &str) -> Option<Program> {
    quick::parse(path, text).map(|tree| lower_tree(file, path, text, &tree))
}

/// Whether no function of a file decides how another one is parsed: in a file that says nowhere that
/// it is a module, one function can make it one.
pub(super) fn are_bodies_apart(path: &Path, text: &str) -> bool {
    quick::is_definite(path) || !text.contains("import.meta")
}

fn lower_tree(file: FileId, path: &Path, text: &str, tree: &Tree) -> Program {
    let whole = Span::new(file, 0, text.len());
    let Some(root) = tree.root() else {
        let mut program = Builder::new(Language::TypeScript, whole).finish();
        program.errors.push((whole, "could not be parsed".to_string()));
        return program;
    };
    let mut lowerer = Lowerer::new(file, path, text);
    lowerer.collect_errors(root);
    lowerer.module(root);
    lowerer.build.finish()
}

/// The tree of a text that may be broken anywhere.
fn broken(path: &Path, text: &str) -> Option<Tree> {
    let grammar = grammar::of(path);
    let mut parser = Parser::new();
    parser.set_language(&grammar.language).ok()?;
    Some(Tree::of(&parser.parse(text, None)?, grammar))
}

/// A file's path in four bytes.
fn mark(path: &Path) -> u32 {
    let mut hasher = FxHasher::default();
    path.hash(&mut hasher);
    (hasher.finish() >> 16) as u32
}

/// The state of one walk over one file.
struct Lowerer<'t> {
    build: Builder,
    file: FileId,
    text: &'t str,
    scopes: scope::Scopes<'t>,
    /// Open functions, innermost last; the first is the module.
    open: Vec<Open<'t>>,
    /// Imported names as types name them, and generic parameters with their bounds.
    type_names: FxHashMap<&'t str, types::TypeName>,
    /// Names of the object types written in place, by where they are.
    anonymous: FxHashMap<usize, Name>,
    /// Tells them from those of other files.
    mark: u32,
    /// While code that runs on several ways out is lowered again: what its first copy declared.
    copies: cleanup::Copies,
    /// Calls and accesses read as standing on a larger expression, by the operand they stand on.
    grafts: FxHashMap<usize, Vec<Node<'t>>>,
    /// Where the last of them ended.
    graft_end: u32,
    /// Labels of the loop that comes next.
    labels: Vec<&'t str>,
    /// Decorators in front of `export class`.
    export_marks: Vec<Name>,
    /// The function lowered next is a method of instances: it has a receiver in any case.
    method_receiver: bool,
    depth: u32,
    nodes: u32,
}

/// What a function under construction needs besides its blocks.
struct Open<'t> {
    /// Enclosing loops, labels and cleanups, innermost last.
    frames: Vec<Frame<'t>>,
    this: This,
}

/// Where `this` comes from.
#[derive(Clone, Copy)]
enum This {
    /// An arrow function: from the function around it.
    Outer,
    /// The function's own; the local appears on first use.
    Own(Option<Local>),
    /// Inside a static block: the class.
    Local(Local),
}

impl<'t> Lowerer<'t> {
    fn new(file: FileId, path: &Path, text: &'t str) -> Lowerer<'t> {
        Lowerer {
            build: Builder::new(Language::TypeScript, Span::new(file, 0, text.len())),
            file,
            text,
            scopes: scope::Scopes::default(),
            open: vec![Open { frames: Vec::new(), this: This::Own(None) }],
            type_names: FxHashMap::default(),
            anonymous: FxHashMap::default(),
            mark: mark(path),
            copies: cleanup::Copies::default(),
            grafts: FxHashMap::default(),
            graft_end: 0,
            labels: Vec::new(),
            export_marks: Vec::new(),
            method_receiver: false,
            depth: 0,
            nodes: 0,
        }
    }

    fn kind(&self, node: Node<'t>) -> Kind {
        node.what()
    }

    fn field(&self, node: Node<'t>, field: Field) -> Option<Node<'t>> {
        node.child(field)
    }

    fn span(&self, node: Node<'t>) -> Span {
        Span::new(self.file, node.start_byte(), node.end_byte())
    }

    fn text(&self, node: Node<'t>) -> &'t str {
        self.text.get(node.start_byte()..node.end_byte()).unwrap_or("")
    }

    fn name(&self, node: Node<'t>) -> Name {
        Name::new(self.text(node))
    }

    /// The named children without comments.
    fn named(&mut self, node: Node<'t>) -> Vec<Node<'t>> {
        self.children(node, |child| child.is_named())
    }

    fn children(&mut self, node: Node<'t>, wanted: impl Fn(Node<'t>) -> bool) -> Vec<Node<'t>> {
        node.children().filter(|child| wanted(*child)).collect()
    }

    fn first_named(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        node.children().find(|child| child.is_named())
    }

    /// Whether a keyword or sign stands directly in the node.
    fn has_token(&mut self, node: Node<'t>, token: &str) -> bool {
        node.children().any(|child| !child.is_named() && child.kind() == token)
    }

    /// Begins one level of nesting; `false` if it must not be followed.
    fn descend(&mut self, node: Node<'t>) -> bool {
        self.nodes = self.nodes.saturating_add(1);
        if self.nodes == NODES {
            self.fail(node, "the file is too large to be analysed whole");
        }
        if self.depth >= DEPTH && self.nodes < NODES {
            self.fail(node, "nested too deeply");
        }
        if self.depth >= DEPTH || self.nodes >= NODES {
            return false;
        }
        self.depth += 1;
        true
    }

    fn ascend(&mut self) {
        self.depth -= 1;
    }

    fn fail(&mut self, node: Node<'t>, reason: &str) {
        let span = self.span(node);
        if self.build.program.errors.len() < ERRORS {
            self.build.program.errors.push((span, reason.to_string()));
        }
    }

    /// Puts a value into `into`, or into a new temporary.
    fn put(&mut self, into: Option<Local>, value: Value, node: Node<'t>) -> Local {
        let span = self.span(node);
        let into = into.unwrap_or_else(|| self.build.temporary(span));
        self.build.step(Op::Let { into, value }, span);
        into
    }

    /// A value of which nothing is known.
    fn unknown(&mut self, into: Option<Local>, node: Node<'t>) -> Local {
        self.put(into, Value::Mix(Vec::new()), node)
    }

    /// Lists the nodes the parser could not make sense of, without recursion.
    fn collect_errors(&mut self, root: Node<'t>) {
        let mut open = vec![root];
        while let Some(node) = open.pop() {
            // `tag<T>`…`` is read as `(tag<T>)!`…`` with the sign missing; it is understood.
            if node.is_missing() && node.kind() == "!" {
                continue;
            }
            if node.is_missing() {
                self.fail(node, &format!("missing `{}`", node.kind()));
            } else if node.what() == Kind::Error {
                self.fail(node, "syntax error");
            }
            if node.has_error() && self.build.program.errors.len() < ERRORS {
                let inner = self.children(node, |child| child.has_error() || child.is_missing());
                open.extend(inner.into_iter().rev());
            }
        }
    }
}
