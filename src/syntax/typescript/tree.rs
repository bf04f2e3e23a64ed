//! The syntax tree that is lowered: flat, compact, without comments, in the kinds and fields of
//! the tree-sitter grammar, whichever parser it comes from.

use super::grammar::{Field, Grammar, Kind};

/// The nodes of a file, each in front of what lies inside it; the first is the whole.
#[derive(Default)]
pub(super) struct Tree {
    nodes: Vec<Data>,
}

struct Data {
    /// The grammar's name of it: a sign or keyword spells itself.
    word: &'static str,
    start: u32,
    end: u32,
    /// The next node in the same parent; 0 is none.
    next: u32,
    kind: Kind,
    field: Option<Field>,
    flags: u8,
}

const NAMED: u8 = 1;
const PARENT: u8 = 2;
const MISSING: u8 = 4;
const HAS_ERROR: u8 = 8;

/// A node of a tree.
#[derive(Clone, Copy)]
pub(super) struct Node<'t> {
    tree: &'t Tree,
    at: u32,
}

impl PartialEq for Node<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Tree {
    pub(super) fn root(&self) -> Option<Node<'_>> {
        (!self.nodes.is_empty()).then_some(Node { tree: self, at: 0 })
    }

    /// What tree-sitter read, comments left out.
    pub(super) fn of(parsed: &tree_sitter::Tree, grammar: &Grammar) -> Tree {
        let mut grower = Grower::default();
        let mut cursor = parsed.walk();
        loop {
            let node = cursor.node();
            let kind = grammar.kind(node.kind_id());
            let is_comment = matches!(kind, Kind::Comment | Kind::HtmlComment);
            if !is_comment {
                let field = cursor.field_id().and_then(|field| grammar.field(field.get()));
                let mut flags = if node.is_named() { NAMED } else { 0 };
                flags |= if node.is_missing() { MISSING } else { 0 };
                flags |= if node.has_error() { HAS_ERROR } else { 0 };
                let span = (node.start_byte() as u32, node.end_byte() as u32);
                grower.push(kind, grammar.word(node.kind_id()), field, span, flags);
            }
            if !is_comment && cursor.goto_first_child() {
                continue;
            }
            if !is_comment {
                grower.pop();
            }
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return grower.finish();
                }
                grower.pop();
            }
        }
    }
}

impl<'t> Node<'t> {
    fn data(self) -> &'t Data {
        &self.tree.nodes[self.at as usize]
    }

    pub(super) fn what(self) -> Kind {
        self.data().kind
    }

    /// The grammar's name of the node.
    pub(super) fn kind(self) -> &'static str {
        self.data().word
    }

    pub(super) fn id(self) -> usize {
        self.at as usize
    }

    pub(super) fn start_byte(self) -> usize {
        self.data().start as usize
    }

    pub(super) fn end_byte(self) -> usize {
        self.data().end as usize
    }

    pub(super) fn is_named(self) -> bool {
        self.data().flags & NAMED != 0
    }

    pub(super) fn is_missing(self) -> bool {
        self.data().flags & MISSING != 0
    }

    pub(super) fn has_error(self) -> bool {
        self.data().flags & HAS_ERROR != 0
    }

    pub(super) fn children(self) -> impl Iterator<Item = Node<'t>> + use<'t> {
        let first = (self.data().flags & PARENT != 0).then_some(Node { tree: self.tree, at: self.at + 1 });
        std::iter::successors(first, |node| {
            let next = node.data().next;
            (next != 0).then_some(Node { tree: node.tree, at: next })
        })
    }

    /// The first child of that field.
    pub(super) fn child(self, field: Field) -> Option<Node<'t>> {
        self.children().find(|child| child.data().field == Some(field))
    }
}

/// Makes a tree from the outside in.
#[derive(Default)]
pub(super) struct Grower {
    tree: Tree,
    /// Open nodes with the last of their children so far.
    open: Vec<(u32, u32)>,
}

impl Grower {
    fn push(
        &mut self,
        kind: Kind,
        word: &'static str,
        field: Option<Field>,
        (start, end): (u32, u32),
        flags: u8,
    ) {
        let at = self.tree.nodes.len() as u32;
        if let Some((parent, last)) = self.open.last_mut() {
            match *last {
                0 => self.tree.nodes[*parent as usize].flags |= PARENT,
                last => self.tree.nodes[last as usize].next = at,
            }
            *last = at;
        }
        self.tree.nodes.push(Data { word, start, end, next: 0, kind, field, flags });
        self.open.push((at, 0));
    }

    fn pop(&mut self) {
        self.open.pop();
    }

    /// Begins a node; what follows up to [`Grower::close`] lies inside.
    pub(super) fn open(&mut self, kind: Kind, field: Option<Field>, span: (u32, u32)) {
        self.push(kind, kind.name(), field, span, NAMED);
    }

    /// Begins a node that has no kind of its own.
    pub(super) fn open_other(&mut self, word: &'static str, field: Option<Field>, span: (u32, u32)) {
        self.push(Kind::Other, word, field, span, NAMED);
    }

    pub(super) fn close(&mut self) {
        self.pop();
    }

    /// A sign or keyword.
    pub(super) fn token(&mut self, word: &'static str, field: Option<Field>) {
        self.push(Kind::Other, word, field, (0, 0), 0);
        self.pop();
    }

    pub(super) fn finish(self) -> Tree {
        self.tree
    }
}
