//! Conditions to jumps, and `&&`, `||`, `??`, `?:` to blocks.

use super::Lowerer;
use super::grammar::{Field, Kind};
use super::tree::Node;
use crate::program::{BlockId, Exit, Literal, Local, Operator, Value};

impl<'t> Lowerer<'t> {
    /// The expression under parentheses, casts and `!`.
    pub(super) fn unwrapped(&mut self, node: Node<'t>) -> Node<'t> {
        let mut node = node;
        loop {
            let inner = match self.kind(node) {
                Kind::Parenthesized | Kind::As | Kind::Satisfies | Kind::NonNull | Kind::Instantiation => {
                    self.first_named(node)
                }
                Kind::TypeAssertion => self.named(node).pop(),
                _ => None,
            };
            match inner {
                Some(inner) => node = inner,
                None => return node,
            }
        }
    }

    /// Jumps to `yes` or `no`.
    pub(super) fn condition(&mut self, node: Node<'t>, yes: BlockId, no: BlockId) {
        let node = self.unwrapped(node);
        if !self.descend(node) {
            return self.build.exit(Exit::Goto(yes));
        }
        match self.kind(node) {
            _ if self.grafts.contains_key(&node.id()) => self.truth(node, yes, no),
            Kind::Binary => self.binary_condition(node, yes, no),
            Kind::Unary if self.operator(node) == "!" => match self.field(node, Field::argument) {
                Some(inner) => self.condition(inner, no, yes),
                None => self.truth(node, yes, no),
            },
            Kind::Ternary => self.ternary_condition(node, yes, no),
            Kind::True => self.build.exit(Exit::Goto(yes)),
            Kind::False => self.build.exit(Exit::Goto(no)),
            Kind::Call | Kind::Member | Kind::Subscript => self.chain_condition(node, yes, no),
            _ => self.truth(node, yes, no),
        }
        self.ascend();
    }

    pub(super) fn operator(&self, node: Node<'t>) -> &'t str {
        self.field(node, Field::operator).map_or("", |operator| operator.kind())
    }

    fn truth(&mut self, node: Node<'t>, yes: BlockId, no: BlockId) {
        let test = self.expression(node);
        self.branch(test, yes, no, node);
    }

    pub(super) fn branch(&mut self, test: Local, yes: BlockId, no: BlockId, node: Node<'t>) {
        let span = self.span(node);
        self.build.exit(Exit::If { test, yes, no, span });
    }

    fn binary_condition(&mut self, node: Node<'t>, yes: BlockId, no: BlockId) {
        let (left, right) = (self.field(node, Field::left), self.field(node, Field::right));
        match (self.operator(node), left, right) {
            ("&&", Some(left), Some(right)) => {
                let middle = self.build.new_block();
                self.condition(left, middle, no);
                self.build.move_to(middle);
                self.condition(right, yes, no);
            }
            ("||", Some(left), Some(right)) => {
                let middle = self.build.new_block();
                self.condition(left, yes, middle);
                self.build.move_to(middle);
                self.condition(right, yes, no);
            }
            _ => self.truth(node, yes, no),
        }
    }

    fn ternary_condition(&mut self, node: Node<'t>, yes: BlockId, no: BlockId) {
        let (first, second) = (self.build.new_block(), self.build.new_block());
        if let Some(condition) = self.field(node, Field::condition) {
            self.condition(condition, first, second);
        }
        for (block, field) in [(first, Field::consequence), (second, Field::alternative)] {
            self.build.move_to(block);
            match self.field(node, field) {
                Some(branch) => self.condition(branch, yes, no),
                None => self.build.exit(Exit::Goto(no)),
            }
        }
    }

    /// `a && b` where only what it does matters.
    pub(super) fn logical_effect(&mut self, node: Node<'t>) {
        let (Some(left), Some(right)) = (self.field(node, Field::left), self.field(node, Field::right))
        else {
            return;
        };
        let (then, join) = (self.build.new_block(), self.build.new_block());
        match self.operator(node) {
            "&&" => self.condition(left, then, join),
            "||" => self.condition(left, join, then),
            _ => {
                let value = self.expression(left);
                self.null_branch(value, then, join, left);
            }
        }
        self.build.move_to(then);
        self.effect(right);
        self.build.goto_and_move(join, join);
    }

    pub(super) fn ternary_effect(&mut self, node: Node<'t>) {
        let (yes, no, join) = (self.build.new_block(), self.build.new_block(), self.build.new_block());
        if let Some(condition) = self.field(node, Field::condition) {
            self.condition(condition, yes, no);
        }
        for (block, field) in [(yes, Field::consequence), (no, Field::alternative)] {
            self.build.move_to(block);
            if let Some(branch) = self.field(node, field) {
                self.effect(branch);
            }
            self.build.goto_and_move(join, join);
        }
    }

    /// `a && b`, `a || b`, `a ?? b` as a value.
    pub(super) fn logical_value(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let (Some(left), Some(right)) = (self.field(node, Field::left), self.field(node, Field::right))
        else {
            return self.unknown(into, node);
        };
        let span = self.span(node);
        let first = self.expression(left);
        let into = into.unwrap_or_else(|| self.build.temporary(span));
        let (keep, other, join) = (self.build.new_block(), self.build.new_block(), self.build.new_block());
        match self.operator(node) {
            "&&" => self.branch(first, other, keep, left),
            "||" => self.branch(first, keep, other, left),
            _ => self.null_branch(first, other, keep, left),
        }
        self.build.move_to(keep);
        self.put(Some(into), Value::Copy(first), left);
        self.build.goto_and_move(join, other);
        self.expression_into(right, Some(into));
        self.build.goto_and_move(join, join);
        into
    }

    /// Jumps to `null` if the value is `null` or `undefined`.
    pub(super) fn null_branch(&mut self, value: Local, null: BlockId, other: BlockId, node: Node<'t>) {
        let nothing = self.put(None, Value::Literal(Literal::Null), node);
        let operands = vec![value, nothing];
        let test = self.put(None, Value::Apply { operator: Operator::Equal, operands }, node);
        self.branch(test, null, other, node);
    }

    pub(super) fn ternary_value(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let span = self.span(node);
        let into = into.unwrap_or_else(|| self.build.temporary(span));
        let (yes, no, join) = (self.build.new_block(), self.build.new_block(), self.build.new_block());
        if let Some(condition) = self.field(node, Field::condition) {
            self.condition(condition, yes, no);
        }
        for (block, field) in [(yes, Field::consequence), (no, Field::alternative)] {
            self.build.move_to(block);
            match self.field(node, field) {
                Some(branch) => self.expression_into(branch, Some(into)),
                None => self.unknown(Some(into), node),
            };
            self.build.goto_and_move(join, join);
        }
        into
    }
}
