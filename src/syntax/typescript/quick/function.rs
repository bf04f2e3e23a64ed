//! Functions of every form.

use super::super::grammar::{Field, Kind};
use super::{In, Walk, at, of};
use oxc_ast::ast::{
    ArrowFunctionBody, ArrowFunctionExpression, BindingPattern, FormalParameter, FormalParameters, Function,
    FunctionBody, TSTypeParameterDeclaration,
};

impl Walk<'_> {
    /// A declaration; without a body it is a signature.
    pub(super) fn function_declaration(&mut self, node: &Function<'_>, field: In) {
        let start = self.behind(node.span.start, "declare");
        let span = (if node.declare { start } else { node.span.start }, node.span.end);
        match (&node.body, node.generator) {
            (None, _) => self.grower.open_other("function_signature", field, span),
            (_, true) => self.grower.open(Kind::GeneratorDeclaration, field, span),
            (_, false) => self.grower.open(Kind::FunctionDeclaration, field, span),
        }
        self.function_parts(node);
    }

    pub(super) fn function_expression(&mut self, node: &Function<'_>, field: In) {
        let kind = if node.generator { Kind::GeneratorExpression } else { Kind::FunctionExpression };
        self.grower.open(kind, field, at(node.span));
        self.function_parts(node);
    }

    fn function_parts(&mut self, node: &Function<'_>) {
        if node.r#async {
            self.grower.token("async", None);
        }
        if let Some(name) = &node.id {
            self.leaf(Kind::Identifier, Some(Field::name), of(name));
        }
        self.function_rest(node);
        self.grower.close();
    }

    /// What follows a function's name.
    pub(super) fn function_rest(&mut self, node: &Function<'_>) {
        self.type_parameters(node.type_parameters.as_deref());
        self.parameters(&node.params);
        self.result(node.return_type.as_deref());
        if let Some(body) = &node.body {
            self.body(body);
        }
    }

    fn body(&mut self, body: &FunctionBody<'_>) {
        self.grower.open(Kind::Block, Some(Field::body), at(body.span));
        self.directives(&body.directives);
        self.statements(&body.statements);
        self.grower.close();
    }

    pub(super) fn arrow(&mut self, node: &ArrowFunctionExpression<'_>, field: In) {
        self.grower.open(Kind::Arrow, field, at(node.span));
        if node.r#async {
            self.grower.token("async", None);
        }
        self.type_parameters(node.type_parameters.as_deref());
        let bare = !self.starts_with(node.params.span.start, "(");
        match node.params.items.first() {
            Some(FormalParameter { pattern: BindingPattern::BindingIdentifier(name), .. }) if bare => {
                self.leaf(Kind::Identifier, Some(Field::parameter), at(name.span));
            }
            _ => self.parameters(&node.params),
        }
        self.result(node.return_type.as_deref());
        match &node.body {
            ArrowFunctionBody::FunctionBody(body) => self.body(body),
            body => self.some_expression(body.as_expression(), Some(Field::body)),
        }
        self.grower.close();
    }

    fn parameters(&mut self, node: &FormalParameters<'_>) {
        self.grower.open_other("formal_parameters", Some(Field::parameters), at(node.span));
        for parameter in &node.items {
            self.parameter(parameter);
        }
        if let Some(rest) = &node.rest {
            self.grower.open(Kind::RequiredParameter, None, at(rest.span));
            self.grower.open(Kind::RestPattern, Some(Field::pattern), at(rest.rest.span));
            self.pattern(&rest.rest.argument, None);
            self.grower.close();
            self.annotation(rest.type_annotation.as_deref());
            self.grower.close();
        }
        self.grower.close();
    }

    fn parameter(&mut self, node: &FormalParameter<'_>) {
        let kind = if node.optional { Kind::OptionalParameter } else { Kind::RequiredParameter };
        self.grower.open(kind, None, at(node.span));
        if node.accessibility.is_some() || node.readonly || node.r#override {
            self.other("accessibility_modifier", None, at(node.span));
        }
        self.pattern(&node.pattern, Some(Field::pattern));
        self.annotation(node.type_annotation.as_deref());
        self.some_expression(node.initializer.as_deref(), Some(Field::value));
        self.grower.close();
    }

    pub(super) fn type_parameters(&mut self, node: Option<&TSTypeParameterDeclaration<'_>>) {
        let Some(node) = node else { return };
        self.grower.open_other("type_parameters", Some(Field::type_parameters), at(node.span));
        for parameter in &node.params {
            self.grower.open_other("type_parameter", None, at(parameter.span));
            self.leaf(Kind::TypeIdentifier, Some(Field::name), of(&parameter.name));
            if let Some(bound) = &parameter.constraint {
                self.grower.open_other("constraint", Some(Field::constraint), of(bound));
                self.ty(bound, None);
                self.grower.close();
            }
            self.grower.close();
        }
        self.grower.close();
    }
}
