//! Assignments of every form to `Let` and `Store`.

use super::Lowerer;
use super::expression::arithmetic;
use super::grammar::{Field, Kind};
use super::tree::Node;
use crate::program::{BlockId, Key, Literal, Local, Name, Op, Operator, Value};

/// Where an assignment goes.
#[derive(Clone)]
pub(super) enum Place {
    Local(Local),
    Part(Local, Key),
}

impl<'t> Lowerer<'t> {
    /// The place a target names, with its base and index evaluated; `None` for patterns.
    pub(super) fn place(&mut self, target: Node<'t>) -> Option<Place> {
        let target = self.unwrapped(target);
        match self.kind(target) {
            Kind::Identifier | Kind::ShorthandPattern | Kind::Shorthand | Kind::Undefined => {
                Some(Place::Local(self.assignable(target)))
            }
            Kind::Member | Kind::Subscript => {
                let object = self.field(target, Field::object)?;
                let base = self.expression(object);
                Some(Place::Part(base, self.key_of(target)))
            }
            _ => None,
        }
    }

    pub(super) fn load(&mut self, place: &Place, node: Node<'t>) -> Local {
        match place {
            Place::Local(local) => *local,
            Place::Part(base, key) => self.put(None, Value::Load { base: *base, key: key.clone() }, node),
        }
    }

    pub(super) fn store(&mut self, place: &Place, value: Local, node: Node<'t>) {
        match place {
            Place::Local(local) if *local == value => {}
            Place::Local(local) => {
                self.put(Some(*local), Value::Copy(value), node);
            }
            Place::Part(base, key) => {
                let span = self.span(node);
                self.build.step(Op::Store { base: *base, key: key.clone(), value }, span);
            }
        }
    }

    pub(super) fn assignment(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let (Some(left), Some(right)) = (self.field(node, Field::left), self.field(node, Field::right))
        else {
            return self.unknown(into, node);
        };
        self.note_assigned(left);
        let value = match self.place(left) {
            Some(Place::Local(local)) => self.bound_value(right, Some(local), left),
            Some(place) => {
                let value = self.bound_value(right, None, left);
                self.store(&place, value, node);
                self.note_common_export(left, value);
                value
            }
            None => {
                let value = self.expression(right);
                let pattern = self.unwrapped(left);
                self.bind_pattern(pattern, value);
                value
            }
        };
        self.given(value, into, node)
    }

    /// A parameter counts as changeable once something assigns it.
    pub(super) fn note_assigned(&mut self, target: Node<'t>) {
        let mut open = vec![target];
        while let Some(node) = open.pop() {
            match self.kind(node) {
                Kind::Identifier | Kind::ShorthandPattern => {
                    if let Some(local) = self.scopes.find(self.text(node)) {
                        self.build.note_assigned(local);
                    }
                }
                Kind::PairPattern => open.extend(self.field(node, Field::value)),
                Kind::AssignmentPattern | Kind::ObjectAssignmentPattern => {
                    open.extend(self.field(node, Field::left));
                }
                Kind::ObjectPattern | Kind::ArrayPattern | Kind::RestPattern | Kind::Parenthesized => {
                    open.extend(self.named(node));
                }
                _ => {}
            }
        }
    }

    fn given(&mut self, value: Local, into: Option<Local>, node: Node<'t>) -> Local {
        if into.is_some() { self.put(into, Value::Copy(value), node) } else { value }
    }

    /// `x += 1`, `x.y ||= z`.
    pub(super) fn augmented(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let (Some(left), Some(right)) = (self.field(node, Field::left), self.field(node, Field::right))
        else {
            return self.unknown(into, node);
        };
        self.note_assigned(left);
        let Some(place) = self.place(left) else {
            return self.expression_into(right, into);
        };
        let sign = self.operator(node);
        if matches!(sign, "&&=" | "||=" | "??=") {
            return self.logical_assignment(node, &place, (left, right), into);
        }
        let old = self.load(&place, left);
        let old = self.before(old, Some(right), left);
        let operands = vec![old, self.expression(right)];
        let sum = Value::Apply { operator: arithmetic(sign), operands };
        self.put_in_place(&place, sum, into, node)
    }

    fn put_in_place(&mut self, place: &Place, value: Value, into: Option<Local>, node: Node<'t>) -> Local {
        match place {
            Place::Local(local) => {
                let value = self.put(Some(*local), value, node);
                self.given(value, into, node)
            }
            Place::Part(..) => {
                let value = self.put(into, value, node);
                self.store(place, value, node);
                value
            }
        }
    }

    fn logical_assignment(
        &mut self,
        node: Node<'t>,
        place: &Place,
        (left, right): (Node<'t>, Node<'t>),
        into: Option<Local>,
    ) -> Local {
        let old = self.load(place, left);
        let span = self.span(node);
        let result = match place {
            Place::Local(local) => *local,
            Place::Part(..) => into.unwrap_or_else(|| self.build.temporary(span)),
        };
        let (keep, change, join) = (self.build.new_block(), self.build.new_block(), self.build.new_block());
        self.logical_branch(self.operator(node), old, keep, change, left);
        self.build.move_to(keep);
        if result != old {
            self.put(Some(result), Value::Copy(old), left);
        }
        self.build.goto_and_move(join, change);
        let name = self.unwrapped(left);
        let value = self.bound_value(right, Some(result), name);
        self.store(place, value, node);
        self.build.goto_and_move(join, join);
        if result == into.unwrap_or(result) { result } else { self.given(result, into, node) }
    }

    fn logical_branch(&mut self, sign: &str, old: Local, keep: BlockId, change: BlockId, node: Node<'t>) {
        match sign {
            "&&=" => self.branch(old, change, keep, node),
            "||=" => self.branch(old, keep, change, node),
            _ => self.null_branch(old, change, keep, node),
        }
    }

    /// `i++`, `--x.y`.
    pub(super) fn update(&mut self, node: Node<'t>, into: Option<Local>, used: bool) -> Local {
        let argument = self.field(node, Field::argument);
        if let Some(argument) = argument {
            self.note_assigned(argument);
        }
        let Some((argument, place)) = argument.and_then(|node| Some((node, self.place(node)?))) else {
            return self.unknown(into, node);
        };
        let mut old = self.load(&place, argument);
        let is_prefix = argument.start_byte() > node.start_byte();
        if used && !is_prefix && matches!(place, Place::Local(_)) {
            old = self.put(None, Value::Copy(old), argument);
        }
        let one = self.put(None, Value::Literal(Literal::Number(Name::new_static("1"))), node);
        let operator = if self.operator(node) == "++" { Operator::Add } else { Operator::Subtract };
        let sum = Value::Apply { operator, operands: vec![old, one] };
        let new = self.put_in_place(&place, sum, None, node);
        self.given(if is_prefix { new } else { old }, into, node)
    }

    /// `delete a.b` takes the property away.
    pub(super) fn delete(&mut self, argument: Node<'t>, node: Node<'t>, into: Option<Local>) -> Local {
        if let Some(place) = self.place(argument) {
            let nothing = self.put(None, Value::Literal(Literal::Null), node);
            self.store(&place, nothing, node);
        } else {
            self.effect(argument);
        }
        self.put(into, Value::Literal(Literal::Bool(true)), node)
    }
}
