//! Loops and `switch` to blocks.

use super::Lowerer;
use super::cleanup::Frame;
use super::grammar::{Field, Kind};
use super::tree::Node;
use crate::program::{BlockId, Exit, Key, Local, Op, Operator, Value};

impl<'t> Lowerer<'t> {
    /// Lowers a loop's body with its two jump targets and goes on in `next`.
    fn loop_body(&mut self, body: Option<Node<'t>>, next: BlockId, stop: BlockId) {
        let labels = std::mem::take(&mut self.labels);
        self.looping(labels, next, stop, |this| this.optional_statement(body));
    }

    fn looping(&mut self, labels: Vec<&'t str>, next: BlockId, stop: BlockId, body: impl FnOnce(&mut Self)) {
        self.frames().push(Frame::Target { labels, stop, next: Some(next), only_labelled: false });
        body(self);
        self.frames().pop();
        self.build.goto_and_move(next, next);
    }

    pub(super) fn while_statement(&mut self, node: Node<'t>) {
        let head = self.build.next_block();
        let body = self.build.new_block();
        let stop = self.build.new_block();
        if let Some(condition) = self.field(node, Field::condition) {
            self.condition(condition, body, stop);
        }
        self.build.move_to(body);
        let inner = self.field(node, Field::body);
        self.loop_body(inner, head, stop);
        self.build.move_to(stop);
    }

    pub(super) fn do_statement(&mut self, node: Node<'t>) {
        let body = self.build.next_block();
        let test = self.build.new_block();
        let stop = self.build.new_block();
        let inner = self.field(node, Field::body);
        self.loop_body(inner, test, stop);
        if let Some(condition) = self.field(node, Field::condition) {
            self.condition(condition, body, stop);
        }
        self.build.move_to(stop);
    }

    pub(super) fn for_statement(&mut self, node: Node<'t>) {
        let labels = std::mem::take(&mut self.labels);
        self.scopes.push();
        if let Some(initializer) = self.field(node, Field::initializer) {
            if self.kind(initializer) == Kind::Lexical {
                self.declare_block(&[initializer]);
            }
            self.statement(initializer);
        }
        let head = self.build.next_block();
        let body = self.build.new_block();
        let next = self.build.new_block();
        let stop = self.build.new_block();
        let condition = self.field(node, Field::condition).filter(|node| node.is_named());
        match condition.filter(|node| self.kind(*node) != Kind::EmptyStatement) {
            Some(condition) => self.condition(condition, body, stop),
            None => self.build.exit(Exit::Goto(body)),
        }
        self.build.move_to(body);
        let inner = self.field(node, Field::body);
        self.looping(labels, next, stop, |this| this.optional_statement(inner));
        if let Some(increment) = self.field(node, Field::increment) {
            self.effect(increment);
        }
        self.build.goto_and_move(head, stop);
        self.scopes.pop();
    }

    /// `for … of`, `for … in`, `for await`: each iteration binds its own element.
    pub(super) fn for_in_statement(&mut self, node: Node<'t>) {
        let labels = std::mem::take(&mut self.labels);
        let (Some(left), Some(right)) = (self.field(node, Field::left), self.field(node, Field::right))
        else {
            return;
        };
        let mut source = self.expression(right);
        if self.field(node, Field::operator).is_some_and(|operator| operator.kind() == "in") {
            source = self.put(None, Value::Mix(vec![source]), right);
        }
        let head = self.build.next_block();
        let body = self.build.new_block();
        let stop = self.build.new_block();
        let more = Value::Apply { operator: Operator::More, operands: vec![source] };
        let test = self.put(None, more, right);
        let span = self.span(right);
        self.build.exit(Exit::If { test, yes: body, no: stop, span });
        self.build.move_to(body);
        self.scopes.push();
        self.looping(labels, head, stop, |this| this.iteration(node, left, source));
        self.scopes.pop();
        self.build.move_to(stop);
    }

    fn iteration(&mut self, node: Node<'t>, left: Node<'t>, source: Local) {
        let kind = self.field(node, Field::kind).map(|kind| kind.kind());
        if matches!(kind, Some("const" | "let")) {
            self.declare_pattern(left, None, kind == Some("let"));
        }
        if kind.is_none() {
            self.note_assigned(left);
        }
        let awaits = self.has_token(node, "await");
        let simple = self.kind(left) == Kind::Identifier;
        let into = if simple { Some(self.assignable(left)) } else { None };
        let element = Value::Load { base: source, key: Key::Each };
        let mut value = self.put(into.filter(|_| !awaits), element, left);
        if awaits {
            let span = self.span(left);
            let of = value;
            value = into.unwrap_or_else(|| self.build.temporary(span));
            self.build.step(Op::Suspend { into: value, of }, span);
        }
        if !simple {
            self.bind_pattern(left, value);
        }
        let body = self.field(node, Field::body);
        self.optional_statement(body);
    }

    pub(super) fn switch_statement(&mut self, node: Node<'t>) {
        let (Some(value), Some(body)) = (self.field(node, Field::value), self.field(node, Field::body))
        else {
            return;
        };
        let value = self.unwrapped(value);
        let truth = self.kind(value) == Kind::True;
        let subject = if truth { None } else { Some(self.expression(value)) };
        let cases: Vec<Node<'t>> = self.named(body);
        let blocks: Vec<BlockId> = cases.iter().map(|_| self.build.new_block()).collect();
        let stop = self.build.new_block();
        let bodies: Vec<Vec<Node<'t>>> = cases.iter().map(|case| self.case_body(*case)).collect();
        let statements = bodies.concat();
        self.scopes.push();
        self.declare_block(&statements);
        self.hoist_functions(&statements);
        self.case_tests(&cases, &blocks, subject, stop);
        self.frames().push(Frame::Target { labels: Vec::new(), stop, next: None, only_labelled: false });
        for (body, block) in bodies.iter().zip(&blocks) {
            self.build.goto_and_move(*block, *block);
            for statement in body {
                self.statement(*statement);
            }
        }
        self.frames().pop();
        self.build.goto_and_move(stop, stop);
        self.scopes.pop();
    }

    fn case_body(&mut self, case: Node<'t>) -> Vec<Node<'t>> {
        let value = self.field(case, Field::value).map(|value| value.id());
        let mut body = self.named(case);
        body.retain(|node| Some(node.id()) != value);
        body
    }

    /// The tests in order; without a match control goes to `default`, or past the switch.
    fn case_tests(&mut self, cases: &[Node<'t>], blocks: &[BlockId], subject: Option<Local>, stop: BlockId) {
        let mut otherwise = stop;
        for (case, block) in cases.iter().zip(blocks) {
            let value = self.field(*case, Field::value).filter(|_| self.kind(*case) == Kind::SwitchCase);
            let Some(value) = value else {
                otherwise = *block;
                continue;
            };
            let next = self.build.new_block();
            match subject {
                None => self.condition(value, *block, next),
                Some(subject) => {
                    let wanted = self.expression(value);
                    let operands = vec![subject, wanted];
                    let test = self.put(None, Value::Apply { operator: Operator::Equal, operands }, value);
                    let span = self.span(value);
                    self.build.exit(Exit::If { test, yes: *block, no: next, span });
                }
            }
            self.build.move_to(next);
        }
        self.build.exit(Exit::Goto(otherwise));
    }
}
