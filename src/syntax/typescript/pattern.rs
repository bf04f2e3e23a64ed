//! Destructuring patterns to loads.

use super::Lowerer;
use super::grammar::{Field, Kind};
use super::tree::Node;
use crate::program::{Entry, Key, Local, Name, Type, Value};

impl<'t> Lowerer<'t> {
    /// Declares every name a pattern binds; a plain name gets the type.
    pub(super) fn declare_pattern(&mut self, pattern: Node<'t>, ty: Option<Type>, mutable: bool) {
        if !self.descend(pattern) {
            return;
        }
        match self.kind(pattern) {
            Kind::Identifier | Kind::ShorthandPattern => {
                self.declare(pattern, ty, mutable);
            }
            Kind::PairPattern => {
                if let Some(value) = self.field(pattern, Field::value) {
                    self.declare_pattern(value, None, mutable);
                }
            }
            Kind::AssignmentPattern | Kind::ObjectAssignmentPattern => {
                if let Some(left) = self.field(pattern, Field::left) {
                    self.declare_pattern(left, None, mutable);
                }
            }
            Kind::ObjectPattern | Kind::ArrayPattern | Kind::RestPattern => {
                for inner in self.named(pattern) {
                    self.declare_pattern(inner, None, mutable);
                }
            }
            _ => {}
        }
        self.ascend();
    }

    /// Assigns the parts of `value` to what the pattern names.
    pub(super) fn bind_pattern(&mut self, pattern: Node<'t>, value: Local) {
        if !self.descend(pattern) {
            return;
        }
        match self.kind(pattern) {
            Kind::ObjectPattern => {
                for part in self.named(pattern) {
                    self.bind_property(part, value);
                }
            }
            Kind::ArrayPattern => self.bind_array(pattern, value),
            Kind::AssignmentPattern | Kind::ObjectAssignmentPattern => {
                if let Some(left) = self.field(pattern, Field::left) {
                    self.bind_default(left, pattern, value);
                }
            }
            _ => {
                if let Some(place) = self.place(pattern) {
                    self.store(&place, value, pattern);
                }
            }
        }
        self.ascend();
    }

    fn bind_property(&mut self, part: Node<'t>, value: Local) {
        match self.kind(part) {
            Kind::ShorthandPattern => {
                let load = Value::Load { base: value, key: Key::Field(self.name(part)) };
                self.bind_loaded(part, load);
            }
            Kind::PairPattern => {
                let (Some(key), Some(inner)) = (self.field(part, Field::key), self.field(part, Field::value))
                else {
                    return;
                };
                let key = self.property_key(key);
                self.bind_loaded(inner, Value::Load { base: value, key });
            }
            Kind::ObjectAssignmentPattern => {
                let Some(left) = self.field(part, Field::left) else { return };
                let load = Value::Load { base: value, key: Key::Field(self.name(left)) };
                let loaded = self.put(None, load, left);
                self.bind_default(left, part, loaded);
            }
            Kind::RestPattern => {
                if let Some(inner) = self.first_named(part) {
                    let entries = vec![Entry::Spread(value)];
                    self.bind_loaded(inner, Value::Record { name: None, entries });
                }
            }
            _ => {}
        }
    }

    /// A plain name takes the loaded value itself; a nested pattern its parts.
    fn bind_loaded(&mut self, target: Node<'t>, load: Value) {
        let plain = matches!(self.kind(target), Kind::Identifier | Kind::ShorthandPattern);
        let into = if plain { Some(self.assignable(target)) } else { None };
        let value = self.put(into, load, target);
        if !plain {
            self.bind_pattern(target, value);
        }
    }

    fn bind_array(&mut self, pattern: Node<'t>, value: Local) {
        let parts = self.children(pattern, |child| child.is_named() || child.kind() == ",");
        let mut index = 0usize;
        for part in parts {
            if !part.is_named() {
                index += 1;
            } else if self.kind(part) == Kind::RestPattern {
                if let Some(inner) = self.first_named(part) {
                    self.bind_loaded(inner, Value::Mix(vec![value]));
                }
            } else {
                let key = Key::Field(Name::new(index.to_string()));
                self.bind_loaded(part, Value::Load { base: value, key });
            }
        }
    }

    /// `target = default` where the value is null.
    pub(super) fn bind_default(&mut self, target: Node<'t>, pattern: Node<'t>, value: Local) {
        let default = self.field(pattern, Field::right).or_else(|| self.field(pattern, Field::value));
        let Some(default) = default else {
            return self.bind_pattern(target, value);
        };
        let plain = matches!(self.kind(target), Kind::Identifier | Kind::ShorthandPattern);
        let span = self.span(target);
        let into = if plain { self.assignable(target) } else { self.build.temporary(span) };
        let (null, given, join) = (self.build.new_block(), self.build.new_block(), self.build.new_block());
        self.null_branch(value, null, given, target);
        self.build.move_to(given);
        if into != value {
            self.put(Some(into), Value::Copy(value), target);
        }
        self.build.goto_and_move(join, null);
        self.bound_value(default, Some(into), target);
        self.build.goto_and_move(join, join);
        if !plain {
            self.bind_pattern(target, into);
        }
    }

    /// The key of a property in a pattern or literal.
    pub(super) fn property_key(&mut self, key: Node<'t>) -> Key {
        match self.kind(key) {
            Kind::ComputedName => match self.first_named(key) {
                Some(inner) if self.kind(inner) == Kind::Text => Key::Field(self.string_value(inner)),
                Some(inner) => Key::Element(self.expression(inner)),
                None => Key::Each,
            },
            Kind::Text => Key::Field(self.string_value(key)),
            _ => Key::Field(self.name(key)),
        }
    }
}
