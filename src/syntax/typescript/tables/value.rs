//! What stands written in a tree: texts, options of objects, chains of calls, lists of columns.

use super::super::grammar::{Field, Kind};
use super::super::tree::Node;
use crate::program::Name;
use crate::program::tables::Words;

/// Longer chains, and deeper wrappings, are nobody's declaration.
const LONGEST: usize = 400;

/// The text of a file, and the words that mean something in it.
#[derive(Clone, Copy)]
pub(super) struct View<'t> {
    pub(super) text: &'t str,
    pub(super) words: &'t Words<'t>,
}

/// One part of a chain: `.name` or `.name(arguments)`.
pub(super) struct Link<'t> {
    pub(super) name: &'t str,
    /// Of a call.
    pub(super) arguments: Option<Vec<Node<'t>>>,
    /// The call, or what is named.
    pub(super) node: Node<'t>,
}

impl<'t> Link<'t> {
    pub(super) fn argument(&self, at: usize) -> Option<Node<'t>> {
        self.arguments.as_ref()?.get(at).copied()
    }

    pub(super) fn arguments(&self) -> &[Node<'t>] {
        self.arguments.as_deref().unwrap_or_default()
    }
}

impl<'t> View<'t> {
    pub(super) fn is(self, lexicon: &str, word: &str) -> bool {
        (self.words)(lexicon, word)
    }

    pub(super) fn spelled(self, node: Node<'t>) -> &'t str {
        self.text.get(node.start_byte()..node.end_byte()).unwrap_or_default()
    }

    /// Without parentheses, casts and the like around it.
    pub(super) fn bare(self, node: Node<'t>) -> Node<'t> {
        let mut node = node;
        for _ in 0..LONGEST {
            let inner = match node.what() {
                Kind::As
                | Kind::Satisfies
                | Kind::NonNull
                | Kind::Parenthesized
                | Kind::Await
                | Kind::Instantiation => node.children().find(|child| child.is_named()),
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => break,
            }
        }
        node
    }

    /// What a text without holes says.
    pub(super) fn string(self, node: Node<'t>) -> Option<Name> {
        let node = self.bare(node);
        let is_whole = match node.what() {
            Kind::Text => true,
            Kind::Template => !node.children().any(|child| child.what() == Kind::Substitution),
            _ => false,
        };
        let spelled = self.spelled(node);
        let inner = spelled.get(1..spelled.len().checked_sub(1)?)?;
        (is_whole && !inner.is_empty() && inner.len() < 200).then(|| inner.into())
    }

    /// The properties that an object spells out.
    pub(super) fn entries(self, node: Node<'t>) -> Vec<(Name, Node<'t>)> {
        let node = self.bare(node);
        if node.what() != Kind::Object {
            return Vec::new();
        }
        let pair = |child: Node<'t>| {
            let (key, value) = (child.child(Field::key)?, child.child(Field::value)?);
            let name = match key.what() {
                Kind::Text => self.string(key)?,
                Kind::ComputedName => return None,
                _ => self.spelled(key).into(),
            };
            Some((name, self.bare(value)))
        };
        node.children().filter(|child| child.what() == Kind::Pair).filter_map(pair).collect()
    }

    /// The property of an object whose name stands in a lexicon.
    pub(super) fn option(self, node: Node<'t>, lexicon: &str) -> Option<Node<'t>> {
        self.entries(node).into_iter().find(|(name, _)| self.is(lexicon, name)).map(|(_, value)| value)
    }

    /// `true`, or a list that begins with it.
    pub(super) fn is_true(self, node: Node<'t>) -> bool {
        match node.what() {
            Kind::True => true,
            Kind::Array => {
                node.children().find(|child| child.is_named()).is_some_and(|first| first.what() == Kind::True)
            }
            _ => false,
        }
    }

    pub(super) fn has(self, node: Node<'t>, lexicon: &str) -> bool {
        self.option(node, lexicon).is_some_and(|value| self.is_true(value))
    }

    /// Whether options let a key hold for some rows only.
    pub(super) fn is_partial(self, options: Node<'t>) -> bool {
        self.entries(options).iter().any(|(name, value)| {
            self.is("key-condition", name) && !matches!(value.what(), Kind::False | Kind::Undefined)
        })
    }

    pub(super) fn elements(self, node: Node<'t>) -> Vec<Node<'t>> {
        let node = self.bare(node);
        match node.what() {
            Kind::Array => node.children().filter(|child| child.is_named()).map(|it| self.bare(it)).collect(),
            _ => Vec::new(),
        }
    }

    /// `a.b(1).c(2)` as its parts, the first one first.
    pub(super) fn chain(self, node: Node<'t>) -> Vec<Link<'t>> {
        let mut links: Vec<Link<'t>> = Vec::new();
        let mut node = self.bare(node);
        for _ in 0..LONGEST {
            let (named, arguments) = match node.what() {
                Kind::Call => (node.child(Field::function), node.child(Field::arguments)),
                Kind::New => (node.child(Field::constructor), node.child(Field::arguments)),
                _ => (Some(node), None),
            };
            let Some(named) = named.map(|named| self.bare(named)) else { break };
            let is_call = matches!(node.what(), Kind::Call | Kind::New);
            let arguments = is_call.then(|| match arguments {
                Some(list) if list.what() == Kind::Arguments => {
                    list.children().filter(|child| child.is_named()).map(|it| self.bare(it)).collect()
                }
                _ => Vec::new(),
            });
            match named.what() {
                Kind::Member => {
                    let Some(property) = named.child(Field::property) else { break };
                    links.push(Link { name: self.spelled(property), arguments, node });
                    let Some(object) = named.child(Field::object) else { break };
                    node = self.bare(object);
                }
                Kind::Identifier | Kind::This | Kind::Super => {
                    links.push(Link { name: self.spelled(named), arguments, node });
                    break;
                }
                _ => {
                    links.push(Link { name: "", arguments, node });
                    break;
                }
            }
        }
        links.reverse();
        links
    }

    /// The names of a function's parameters, and its body.
    pub(super) fn function(self, node: Node<'t>) -> Option<(Vec<&'t str>, Node<'t>)> {
        let node = self.bare(node);
        if !matches!(node.what(), Kind::Arrow | Kind::FunctionExpression | Kind::Method) {
            return None;
        }
        let body = node.child(Field::body)?;
        if let Some(only) = node.child(Field::parameter) {
            return Some((vec![self.spelled(only)], body));
        }
        let list = node.child(Field::parameters)?;
        let named = |parameter: Node<'t>| parameter.child(Field::pattern).map(|it| self.spelled(it));
        Some((list.children().filter(|child| child.is_named()).filter_map(named).collect(), body))
    }

    /// What a function gives back where it does nothing else.
    pub(super) fn returned(self, function: Node<'t>) -> Option<Node<'t>> {
        let (_, body) = self.function(function)?;
        if body.what() != Kind::Block {
            return Some(self.bare(body));
        }
        let last = body.children().filter(|child| child.what() == Kind::Return).last()?;
        last.children().find(|child| child.is_named()).map(|it| self.bare(it))
    }

    /// A list of columns: texts, members of a row, keys of an object, or a function that gives such.
    /// `None` where one of them is something else.
    pub(super) fn columns(self, node: Node<'t>) -> Option<Vec<Name>> {
        let node = self.bare(node);
        let names: Vec<Name> = match node.what() {
            Kind::Array => {
                self.elements(node).into_iter().map(|element| self.column(element)).collect::<Option<_>>()?
            }
            Kind::Object => {
                if node.children().any(|child| child.is_named() && child.what() != Kind::Pair) {
                    return None;
                }
                self.entries(node).into_iter().map(|(name, _)| name).collect()
            }
            Kind::Arrow => {
                let inner = self.returned(node).filter(|inner| inner.what() != Kind::Arrow)?;
                return self.columns(inner);
            }
            _ => vec![self.column(node)?],
        };
        (!names.is_empty()).then_some(names)
    }

    /// One column. That of a text in lower case is the column: such a key is stricter still.
    pub(super) fn column(self, node: Node<'t>) -> Option<Name> {
        let node = self.bare(node);
        match node.what() {
            Kind::Text => self.string(node),
            Kind::Member => node.child(Field::property).map(|property| self.spelled(property).into()),
            Kind::Object => self.string(self.option(node, "column-name")?),
            Kind::Call => {
                let tagged = node.child(Field::arguments).filter(|list| list.what() == Kind::Template);
                match tagged {
                    Some(template) => self.lowered(template),
                    None => {
                        let links = self.chain(node);
                        let (first, rest) = links.split_first()?;
                        // An order after the column: `t.email.asc()`, or a function of the project around it.
                        match rest {
                            [column, order] if first.arguments.is_none() && order.arguments().is_empty() => {
                                column.arguments.is_none().then(|| column.name.into())
                            }
                            _ => None,
                        }
                    }
                }
            }
            _ => None,
        }
    }

    /// `lower(${t.email})`.
    fn lowered(self, template: Node<'t>) -> Option<Name> {
        let holes: Vec<Node<'t>> =
            template.children().filter(|child| child.what() == Kind::Substitution).collect();
        let [hole] = holes.as_slice() else { return None };
        let before = self.text.get(template.start_byte() + 1..hole.start_byte())?.trim();
        let after = self.text.get(hole.end_byte()..template.end_byte().checked_sub(1)?)?.trim();
        let is_case =
            ["lower(", "upper("].iter().any(|word| before.eq_ignore_ascii_case(word)) && after == ")";
        let inner = hole.children().find(|child| child.is_named()).map(|it| self.bare(it))?;
        let property = inner.child(Field::property).filter(|_| inner.what() == Kind::Member)?;
        (is_case || (before.is_empty() && after.is_empty())).then(|| self.spelled(property).into())
    }
}
