//! Statements to blocks: the walk's outer level.

use super::Lowerer;
use super::cleanup::{Frame, Leaving};
use super::grammar::{Field, Kind};
use super::tree::Node;
use crate::program::{Exit, Literal, Local, Value};

impl<'t> Lowerer<'t> {
    pub(super) fn optional_statement(&mut self, node: Option<Node<'t>>) {
        if let Some(node) = node {
            self.statement(node);
        }
    }

    pub(super) fn statement(&mut self, node: Node<'t>) {
        if self.descend(node) {
            self.statement_of(node);
            self.ascend();
        }
    }

    fn statement_of(&mut self, node: Node<'t>) {
        match self.kind(node) {
            Kind::ExpressionStatement => self.expression_statement(node),
            Kind::Lexical | Kind::Var => self.declaration(node),
            Kind::Block => self.block(node),
            Kind::If => self.if_statement(node),
            Kind::Return => self.return_statement(node),
            Kind::Throw => self.throw_statement(node),
            Kind::For => self.for_statement(node),
            Kind::ForIn => self.for_in_statement(node),
            Kind::While => self.while_statement(node),
            Kind::Do => self.do_statement(node),
            Kind::Switch => self.switch_statement(node),
            Kind::Try => self.try_statement(node),
            Kind::Break => self.jump_statement(node, false),
            Kind::Continue => self.jump_statement(node, true),
            Kind::Labeled => self.labeled_statement(node),
            Kind::With => self.with_statement(node),
            Kind::ClassDeclaration | Kind::AbstractClass => self.class_declaration(node),
            Kind::Enum => self.enum_declaration(node),
            Kind::Interface | Kind::TypeAlias => self.type_declaration(node),
            Kind::InternalModule | Kind::ModuleDeclaration => self.namespace(node),
            Kind::Import => {}
            Kind::ImportAlias => self.import_alias(node),
            Kind::Export => self.export_statement(node),
            Kind::Ambient => self.ambient(node),
            Kind::Error => self.error_node(node),
            // Hoisted to the start of their block.
            Kind::FunctionDeclaration | Kind::GeneratorDeclaration => {}
            Kind::EmptyStatement | Kind::Comment | Kind::HtmlComment => {}
            Kind::Other if !node.kind().ends_with("expression") => {}
            _ => self.effect(node),
        }
    }

    /// Statements in a scope of their own.
    pub(super) fn block(&mut self, node: Node<'t>) {
        let statements = self.named(node);
        self.scopes.push();
        self.statements(&statements);
        self.scopes.pop();
    }

    /// Declares, hoists and lowers the statements of one block.
    pub(super) fn statements(&mut self, statements: &[Node<'t>]) {
        self.declare_block(statements);
        self.hoist_functions(statements);
        self.lower_all(statements);
    }

    fn lower_all(&mut self, statements: &[Node<'t>]) {
        for (at, statement) in statements.iter().enumerate() {
            if let Some((declaration, awaited)) = self.using(*statement) {
                let rest = statements.get(at + 1..).unwrap_or_default();
                return self.using_statement(declaration, awaited, rest);
            }
            self.statement(*statement);
        }
    }

    /// The assignment of `using x = …` and whether it is an `await using`.
    fn using(&mut self, statement: Node<'t>) -> Option<(Node<'t>, bool)> {
        if self.kind(statement) != Kind::ExpressionStatement {
            return None;
        }
        let mut inner = self.first_named(statement)?;
        let awaited = self.kind(inner) == Kind::Await;
        if awaited {
            inner = self.first_named(inner)?;
        }
        let is_using = self.kind(inner) == Kind::Assignment && self.has_token(inner, "using");
        is_using.then_some((inner, awaited))
    }

    /// `using x = …` is released on every way out of the statements that follow it.
    fn using_statement(&mut self, declaration: Node<'t>, awaited: bool, rest: &[Node<'t>]) {
        let (Some(left), Some(right)) =
            (self.field(declaration, Field::left), self.field(declaration, Field::right))
        else {
            return;
        };
        let local = self.declare(left, None, false);
        self.bound_value(right, Some(local), left);
        if self.descend(declaration) {
            let what = Leaving::Release { local, node: declaration, awaited };
            self.guarded(what, |this| this.lower_all(rest));
            self.ascend();
        }
    }

    fn expression_statement(&mut self, node: Node<'t>) {
        if let Some(inner) = self.first_named(node) {
            self.effect(inner);
        }
    }

    pub(super) fn declaration(&mut self, node: Node<'t>) {
        let resets = self.kind(node) == Kind::Lexical;
        for declarator in self.named(node) {
            match self.kind(declarator) {
                Kind::Declarator => self.declarator(declarator, resets),
                _ => self.statement(declarator),
            }
        }
    }

    fn declarator(&mut self, node: Node<'t>, resets: bool) {
        let Some(name) = self.field(node, Field::name) else { return };
        let value = self.field(node, Field::value);
        match (self.kind(name), value) {
            (Kind::Identifier, Some(value)) => {
                let into = self.assignable(name);
                self.bound_value(value, Some(into), name);
            }
            (Kind::Identifier, None) if resets => {
                let into = self.assignable(name);
                self.put(Some(into), Value::Literal(Literal::Null), node);
            }
            (_, Some(value)) => {
                let value = self.expression(value);
                self.bind_pattern(name, value);
            }
            (_, None) => {}
        }
    }

    fn if_statement(&mut self, node: Node<'t>) {
        let join = self.build.new_block();
        let mut node = node;
        loop {
            let yes = self.build.new_block();
            let no = self.build.new_block();
            if let Some(condition) = self.field(node, Field::condition) {
                self.condition(condition, yes, no);
            }
            self.build.move_to(yes);
            let consequence = self.field(node, Field::consequence);
            self.optional_statement(consequence);
            self.build.goto_and_move(join, no);
            let otherwise = self.field(node, Field::alternative).and_then(|clause| self.first_named(clause));
            match otherwise {
                Some(next) if self.kind(next) == Kind::If => node = next,
                other => {
                    self.optional_statement(other);
                    break;
                }
            }
        }
        self.build.goto_and_move(join, join);
    }

    fn return_statement(&mut self, node: Node<'t>) {
        let value = self.first_named(node).map(|value| self.expression(value));
        self.return_value(value, node);
    }

    fn throw_statement(&mut self, node: Node<'t>) {
        let value: Option<Local> = self.first_named(node).map(|value| self.expression(value));
        self.build.exit(Exit::Raise(value));
    }

    fn labeled_statement(&mut self, node: Node<'t>) {
        let mut labels = Vec::new();
        let mut body = Some(node);
        while let Some(inner) = body.filter(|inner| self.kind(*inner) == Kind::Labeled) {
            labels.extend(self.field(inner, Field::label).map(|label| self.text(label)));
            body = self.field(inner, Field::body);
        }
        let Some(body) = body else { return };
        if matches!(self.kind(body), Kind::For | Kind::ForIn | Kind::While | Kind::Do) {
            self.labels = labels;
            return self.statement(body);
        }
        let stop = self.build.new_block();
        self.frames().push(Frame::Target { labels, stop, next: None, only_labelled: true });
        self.statement(body);
        self.frames().pop();
        self.build.goto_and_move(stop, stop);
    }

    fn with_statement(&mut self, node: Node<'t>) {
        if let Some(object) = self.field(node, Field::object) {
            self.effect(object);
        }
        let body = self.field(node, Field::body);
        self.optional_statement(body);
    }

    /// What the parser could still read inside a broken stretch.
    fn error_node(&mut self, node: Node<'t>) {
        let inner = self.named(node);
        self.scopes.push();
        self.statements(&inner);
        self.scopes.pop();
    }
}
