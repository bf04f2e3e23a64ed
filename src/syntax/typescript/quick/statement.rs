//! Statements.

use super::super::grammar::{Field, Kind};
use super::{In, Walk, at, of};
use oxc_allocator::Vec;
use oxc_ast::ast::{
    BlockStatement, Directive, ForStatementInit, ForStatementLeft, Statement, SwitchStatement, TryStatement,
    VariableDeclaration, VariableDeclarationKind, VariableDeclarator,
};

impl Walk<'_> {
    pub(super) fn directives(&mut self, directives: &Vec<'_, Directive<'_>>) {
        for directive in directives {
            self.grower.open(Kind::ExpressionStatement, None, of(directive));
            self.leaf(Kind::Text, None, of(&directive.expression));
            self.grower.close();
        }
    }

    pub(super) fn statements(&mut self, statements: &Vec<'_, Statement<'_>>) {
        for statement in statements {
            self.statement(statement, None);
        }
    }

    pub(super) fn statement(&mut self, node: &Statement<'_>, field: In) {
        if self.descend() {
            self.statement_of(node, field);
        }
        self.ascend();
    }

    fn statement_of(&mut self, node: &Statement<'_>, field: In) {
        match node {
            Statement::BlockStatement(it) => self.block(it, field),
            Statement::BreakStatement(it) => self.jump(Kind::Break, it.label.as_ref(), field, at(it.span)),
            Statement::ContinueStatement(it) => {
                self.jump(Kind::Continue, it.label.as_ref(), field, at(it.span));
            }
            Statement::DebuggerStatement(it) => self.other("debugger_statement", field, at(it.span)),
            Statement::EmptyStatement(it) => self.leaf(Kind::EmptyStatement, field, at(it.span)),
            Statement::ExpressionStatement(it) => {
                self.grower.open(Kind::ExpressionStatement, field, at(it.span));
                self.expression(&it.expression, None);
                self.grower.close();
            }
            Statement::ReturnStatement(it) => {
                self.grower.open(Kind::Return, field, at(it.span));
                self.some_expression(it.argument.as_ref(), None);
                self.grower.close();
            }
            Statement::ThrowStatement(it) => {
                self.grower.open(Kind::Throw, field, at(it.span));
                self.expression(&it.argument, None);
                self.grower.close();
            }
            Statement::IfStatement(it) => {
                self.grower.open(Kind::If, field, at(it.span));
                self.expression(&it.test, Some(Field::condition));
                self.statement(&it.consequent, Some(Field::consequence));
                if let Some(otherwise) = &it.alternate {
                    self.grower.open_other("else_clause", Some(Field::alternative), of(otherwise));
                    self.statement(otherwise, None);
                    self.grower.close();
                }
                self.grower.close();
            }
            Statement::LabeledStatement(it) => {
                self.grower.open(Kind::Labeled, field, at(it.span));
                self.other("statement_identifier", Some(Field::label), of(&it.label));
                self.statement(&it.body, Some(Field::body));
                self.grower.close();
            }
            Statement::SwitchStatement(it) => self.switch(it, field),
            Statement::TryStatement(it) => self.try_statement(it, field),
            Statement::WithStatement(it) => {
                self.grower.open(Kind::With, field, at(it.span));
                self.expression(&it.object, Some(Field::object));
                self.statement(&it.body, Some(Field::body));
                self.grower.close();
            }
            Statement::WhileStatement(_)
            | Statement::DoWhileStatement(_)
            | Statement::ForStatement(_)
            | Statement::ForInStatement(_)
            | Statement::ForOfStatement(_) => self.loop_of(node, field),
            _ => self.declaring(node, field),
        }
    }

    fn loop_of(&mut self, node: &Statement<'_>, field: In) {
        match node {
            Statement::WhileStatement(it) => {
                self.grower.open(Kind::While, field, at(it.span));
                self.expression(&it.test, Some(Field::condition));
                self.statement(&it.body, Some(Field::body));
                self.grower.close();
            }
            Statement::DoWhileStatement(it) => {
                self.grower.open(Kind::Do, field, at(it.span));
                self.statement(&it.body, Some(Field::body));
                self.expression(&it.test, Some(Field::condition));
                self.grower.close();
            }
            Statement::ForStatement(it) => {
                self.grower.open(Kind::For, field, at(it.span));
                match &it.init {
                    Some(ForStatementInit::VariableDeclaration(it)) => {
                        self.variables(it, Some(Field::initializer));
                    }
                    Some(init) => self.some_expression(init.as_expression(), Some(Field::initializer)),
                    None => {}
                }
                self.some_expression(it.test.as_ref(), Some(Field::condition));
                self.some_expression(it.update.as_ref(), Some(Field::increment));
                self.statement(&it.body, Some(Field::body));
                self.grower.close();
            }
            Statement::ForInStatement(it) => {
                self.grower.open(Kind::ForIn, field, at(it.span));
                self.for_left(&it.left);
                self.grower.token("in", Some(Field::operator));
                self.expression(&it.right, Some(Field::right));
                self.statement(&it.body, Some(Field::body));
                self.grower.close();
            }
            Statement::ForOfStatement(it) => {
                self.grower.open(Kind::ForIn, field, at(it.span));
                if it.r#await {
                    self.grower.token("await", None);
                }
                self.for_left(&it.left);
                self.grower.token("of", Some(Field::operator));
                self.expression(&it.right, Some(Field::right));
                self.statement(&it.body, Some(Field::body));
                self.grower.close();
            }
            _ => {}
        }
    }

    fn for_left(&mut self, left: &ForStatementLeft<'_>) {
        match left {
            ForStatementLeft::VariableDeclaration(it) => {
                let word = match it.kind {
                    VariableDeclarationKind::Var => "var",
                    VariableDeclarationKind::Let => "let",
                    VariableDeclarationKind::Const => "const",
                    VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing => {
                        return self.give_up();
                    }
                };
                self.grower.token(word, Some(Field::kind));
                match it.declarations.as_slice() {
                    [only] if only.init.is_none() => self.pattern(&only.id, Some(Field::left)),
                    _ => self.give_up(),
                }
            }
            _ => match left.as_assignment_target() {
                Some(target) => self.target(target, Some(Field::left)),
                None => self.give_up(),
            },
        }
    }

    fn jump(
        &mut self,
        kind: Kind,
        label: Option<&oxc_ast::ast::LabelIdentifier<'_>>,
        field: In,
        at: super::At,
    ) {
        self.grower.open(kind, field, at);
        if let Some(label) = label {
            self.other("statement_identifier", Some(Field::label), of(label));
        }
        self.grower.close();
    }

    pub(super) fn block(&mut self, node: &BlockStatement<'_>, field: In) {
        self.grower.open(Kind::Block, field, at(node.span));
        self.statements(&node.body);
        self.grower.close();
    }

    fn switch(&mut self, node: &SwitchStatement<'_>, field: In) {
        self.grower.open(Kind::Switch, field, at(node.span));
        self.expression(&node.discriminant, Some(Field::value));
        self.grower.open_other("switch_body", Some(Field::body), at(node.span));
        for case in &node.cases {
            let kind = if case.test.is_some() { Kind::SwitchCase } else { Kind::SwitchDefault };
            self.grower.open(kind, None, at(case.span));
            self.some_expression(case.test.as_ref(), Some(Field::value));
            self.statements(&case.consequent);
            self.grower.close();
        }
        self.grower.close();
        self.grower.close();
    }

    fn try_statement(&mut self, node: &TryStatement<'_>, field: In) {
        self.grower.open(Kind::Try, field, at(node.span));
        self.block(&node.block, Some(Field::body));
        if let Some(handler) = &node.handler {
            self.grower.open_other("catch_clause", Some(Field::handler), at(handler.span));
            if let Some(parameter) = &handler.param {
                self.pattern(&parameter.pattern, Some(Field::parameter));
            }
            self.block(&handler.body, Some(Field::body));
            self.grower.close();
        }
        if let Some(finalizer) = &node.finalizer {
            self.grower.open_other("finally_clause", Some(Field::finalizer), at(finalizer.span));
            self.block(finalizer, Some(Field::body));
            self.grower.close();
        }
        self.grower.close();
    }

    pub(super) fn variables(&mut self, node: &VariableDeclaration<'_>, field: In) {
        let (kind, word) = match node.kind {
            VariableDeclarationKind::Var => (Kind::Var, "var"),
            VariableDeclarationKind::Let => (Kind::Lexical, "let"),
            VariableDeclarationKind::Const => (Kind::Lexical, "const"),
            VariableDeclarationKind::Using | VariableDeclarationKind::AwaitUsing => {
                return self.using(node, field);
            }
        };
        self.grower.open(kind, field, at(node.span));
        self.grower.token(word, Some(Field::kind).filter(|_| kind == Kind::Lexical));
        for declarator in &node.declarations {
            self.declarator(declarator);
        }
        self.grower.close();
    }

    fn declarator(&mut self, node: &VariableDeclarator<'_>) {
        self.grower.open(Kind::Declarator, None, at(node.span));
        self.pattern(&node.id, Some(Field::name));
        self.annotation(node.type_annotation.as_deref());
        self.some_expression(node.init.as_ref(), Some(Field::value));
        self.grower.close();
    }

    /// `using x = …` reads as an assignment with a word in front, awaited or not.
    fn using(&mut self, node: &VariableDeclaration<'_>, field: In) {
        let ([only], start) = (node.declarations.as_slice(), node.span.start) else {
            return self.give_up();
        };
        self.grower.open(Kind::ExpressionStatement, field, at(node.span));
        let awaited = node.kind == VariableDeclarationKind::AwaitUsing;
        let start = if awaited { self.behind(start, "await") } else { start };
        if awaited {
            self.grower.open(Kind::Await, None, (node.span.start, only.span.end));
        }
        self.grower.open(Kind::Assignment, None, (start, only.span.end));
        self.grower.token("using", None);
        self.pattern(&only.id, Some(Field::left));
        self.some_expression(only.init.as_ref(), Some(Field::right));
        self.grower.close();
        if awaited {
            self.grower.close();
        }
        self.grower.close();
    }
}
