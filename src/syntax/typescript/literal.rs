//! Strings, templates, arrays, objects and JSX.

use super::Lowerer;
use super::function::{Binding, Bound};
use super::grammar::{Field, Kind};
use super::tree::Node;
use crate::program::{Entry, Key, Literal, Local, Name, Part, Value};

impl<'t> Lowerer<'t> {
    pub(super) fn literal(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let literal = match self.kind(node) {
            Kind::Text => Literal::Text(self.string_value(node)),
            Kind::Number => Literal::Number(Name::new(plain_number(self.text(node)))),
            Kind::Regex => Literal::Pattern(self.name(node)),
            Kind::True => Literal::Bool(true),
            Kind::False => Literal::Bool(false),
            _ => Literal::Null,
        };
        self.put(into, Value::Literal(literal), node)
    }

    /// What a string literal says.
    pub(super) fn string_value(&self, node: Node<'t>) -> Name {
        let text = self.text(node);
        let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or("");
        unescape(inner)
    }

    /// A template without substitutions is a plain text.
    pub(super) fn template_expression(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let substitution = |child: &Node<'t>| self.kind(*child) == Kind::Substitution;
        if node.children().any(|child| substitution(&child)) {
            return self.template(node, into);
        }
        let text = self.string_value(node);
        self.put(into, Value::Literal(Literal::Text(text)), node)
    }

    /// The parts of a template, in order.
    pub(super) fn template(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let mut parts = Vec::new();
        let mut from = node.start_byte() + 1;
        for child in self.children(node, |child| child.is_named()) {
            if self.kind(child) == Kind::Substitution {
                self.push_text(&mut parts, from, child.start_byte());
                from = child.end_byte();
                if let Some(inner) = self.first_named(child) {
                    parts.push(Part::Value(self.expression(inner)));
                }
            }
        }
        self.push_text(&mut parts, from, node.end_byte().saturating_sub(1));
        self.put(into, Value::Template(parts), node)
    }

    fn push_text(&self, parts: &mut Vec<Part>, from: usize, to: usize) {
        let text = self.text.get(from..to).unwrap_or("");
        if !text.is_empty() {
            parts.push(Part::Text(unescape(text)));
        }
    }

    pub(super) fn array(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let mut entries = Vec::new();
        let mut index = 0usize;
        for item in self.children(node, |child| child.is_named() || child.kind() == ",") {
            if !item.is_named() {
                index += 1;
            } else if self.kind(item) == Kind::Spread {
                let inner = self.first_named(item).unwrap_or(item);
                entries.push(Entry::Spread(self.expression(inner)));
            } else {
                let value = self.expression(item);
                entries.push(Entry::Named(Name::new(index.to_string()), value));
            }
        }
        self.put(into, Value::Record { name: None, entries }, node)
    }

    /// An object literal; its functions belong to what it is bound to.
    pub(super) fn object(&mut self, node: Node<'t>, into: Option<Local>, owner: Option<Name>) -> Local {
        let mut entries = Vec::new();
        for part in self.named(node) {
            match self.kind(part) {
                Kind::Pair => entries.extend(self.pair(part, owner.clone())),
                Kind::Shorthand => {
                    let name = self.name(part);
                    entries.push(Entry::Named(name, self.resolve(part, None)));
                }
                Kind::Spread => {
                    let inner = self.first_named(part).unwrap_or(part);
                    entries.push(Entry::Spread(self.expression(inner)));
                }
                Kind::Method => entries.extend(self.object_method(part, owner.clone())),
                _ => self.statement(part),
            }
        }
        self.put(into, Value::Record { name: None, entries }, node)
    }

    fn pair(&mut self, part: Node<'t>, owner: Option<Name>) -> Option<Entry> {
        let (key_node, value) = (self.field(part, Field::key)?, self.field(part, Field::value)?);
        let key = self.property_key(key_node);
        let name = match &key {
            Key::Field(name) => name.clone(),
            Key::Element(_) | Key::Each => Name::default(),
        };
        let binding = Binding { name, span: self.span(key_node), owner, place: Bound::Property };
        let value = self.named_value(value, None, binding);
        Some(entry(key, value))
    }

    fn object_method(&mut self, part: Node<'t>, owner: Option<Name>) -> Option<Entry> {
        let name_node = self.field(part, Field::name)?;
        let key = self.property_key(name_node);
        let name = match &key {
            Key::Field(name) => name.clone(),
            Key::Element(_) | Key::Each => Name::default(),
        };
        let binding = Binding { name, span: self.span(name_node), owner, place: Bound::Property };
        let value = self.function_expression(part, None, Some(binding));
        Some(entry(key, value))
    }

    /// An element is a mixture of its attributes and children; handlers are closures.
    pub(super) fn jsx(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let mut parts = Vec::new();
        self.jsx_parts(node, &mut parts);
        self.put(into, Value::Mix(parts), node)
    }

    fn jsx_parts(&mut self, node: Node<'t>, parts: &mut Vec<Local>) {
        for child in self.named(node) {
            match self.kind(child) {
                Kind::JsxOpening | Kind::JsxAttribute => self.jsx_parts(child, parts),
                Kind::JsxExpression => {
                    let inner = self.first_named(child);
                    let spread = inner.filter(|inner| self.kind(*inner) == Kind::Spread);
                    let inner = spread.and_then(|spread| self.first_named(spread)).or(inner);
                    parts.extend(inner.map(|inner| self.expression(inner)));
                }
                Kind::JsxElement | Kind::JsxSelfClosing => parts.push(self.expression(child)),
                _ => {}
            }
        }
    }
}

fn entry(key: Key, value: Local) -> Entry {
    match key {
        Key::Field(name) => Entry::Named(name, value),
        Key::Element(key) => Entry::Computed(key, value),
        Key::Each => Entry::Spread(value),
    }
}

/// A number without separators and suffix.
pub(super) fn plain_number(text: &str) -> String {
    text.trim_end_matches('n').chars().filter(|c| *c != '_').collect()
}

/// Text with its escapes resolved.
pub(super) fn unescape(text: &str) -> Name {
    if !text.contains('\\') {
        return Name::new(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match chars.next() {
            Some('n') => out.push('\n'),
            Some('t') => out.push('\t'),
            Some('r') => out.push('\r'),
            Some('0') => out.push('\0'),
            Some('\n') | None => {}
            Some('x') => out.extend(code_point(&mut chars, 2)),
            Some('u') => out.extend(unicode(&mut chars)),
            Some(other) => out.push(other),
        }
    }
    Name::new(out)
}

fn code_point(chars: &mut std::str::Chars<'_>, digits: usize) -> Option<char> {
    let mut value = 0;
    for _ in 0..digits {
        value = value * 16 + chars.next()?.to_digit(16)?;
    }
    char::from_u32(value)
}

fn unicode(chars: &mut std::str::Chars<'_>) -> Option<char> {
    let mut ahead = chars.clone();
    if ahead.next() != Some('{') {
        return code_point(chars, 4);
    }
    let digits: String = ahead.take_while(|c| *c != '}').take(8).collect();
    for _ in 0..digits.len() + 2 {
        chars.next();
    }
    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
}
