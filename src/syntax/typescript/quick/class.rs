//! Classes.

use super::super::grammar::{Field, Kind};
use super::{At, In, Walk, at, of};
use oxc_allocator::Vec;
use oxc_ast::ast::{
    Class, ClassElement, Decorator, MethodDefinition, MethodDefinitionType, PropertyDefinition, PropertyKey,
};

impl Walk<'_> {
    pub(super) fn class_expression(&mut self, node: &Class<'_>, field: In) {
        let start = self.class_start(node);
        self.class(node, Kind::ClassExpression, field, start);
    }

    pub(super) fn class_declaration(&mut self, node: &Class<'_>, field: In) {
        let kind = if node.r#abstract { Kind::AbstractClass } else { Kind::ClassDeclaration };
        let start = self.class_start(node);
        self.class(node, kind, field, start);
    }

    /// The first decorator of a class, unless they stand in front of its export; or its keyword.
    fn class_start(&mut self, node: &Class<'_>) -> u32 {
        let behind = node.decorators.last().map(|last| self.next_token(last.span.end));
        let mut start = behind.unwrap_or(node.span.start);
        if let Some(first) = node.decorators.first()
            && !self.starts_with(start, "export")
        {
            return first.span.start;
        }
        for word in ["export", "default", "declare"] {
            start = self.behind(start, word);
        }
        if !self.starts_with(start, "class") && !self.starts_with(start, "abstract") {
            self.give_up();
        }
        start
    }

    fn class(&mut self, node: &Class<'_>, kind: Kind, field: In, start: u32) {
        self.grower.open(kind, field, (start, node.span.end));
        self.decorators(&node.decorators);
        if let Some(name) = &node.id {
            self.leaf(Kind::TypeIdentifier, Some(Field::name), of(name));
        }
        self.type_parameters(node.type_parameters.as_deref());
        if node.heritage.is_some() || !node.implements.is_empty() {
            self.grower.open(Kind::ClassHeritage, None, at(node.span));
            self.heritage(node);
            self.grower.close();
        }
        self.grower.open_other("class_body", Some(Field::body), at(node.body.span));
        for member in &node.body.body {
            self.class_member(member);
        }
        self.grower.close();
        self.grower.close();
    }

    fn heritage(&mut self, node: &Class<'_>) {
        if let Some(heritage) = &node.heritage {
            self.grower.open(Kind::ExtendsClause, None, of(&heritage.expression));
            self.expression(&heritage.expression, Some(Field::value));
            self.type_arguments(heritage.type_arguments.as_deref());
            self.grower.close();
        }
        if let (Some(first), Some(last)) = (node.implements.first(), node.implements.last()) {
            self.grower.open(Kind::ImplementsClause, None, (first.span.start, last.span.end));
            for base in &node.implements {
                self.type_named(&base.expression, base.type_arguments.as_deref(), None, at(base.span));
            }
            self.grower.close();
        }
    }

    fn decorators(&mut self, decorators: &Vec<'_, Decorator<'_>>) {
        for decorator in decorators {
            self.grower.open(Kind::Decorator, None, at(decorator.span));
            self.expression(&decorator.expression, None);
            self.grower.close();
        }
    }

    fn class_member(&mut self, member: &ClassElement<'_>) {
        match member {
            ClassElement::StaticBlock(it) => {
                self.grower.open(Kind::StaticBlock, None, at(it.span));
                self.grower.open(Kind::Block, Some(Field::body), at(it.span));
                self.statements(&it.body);
                self.grower.close();
                self.grower.close();
            }
            ClassElement::MethodDefinition(it) => self.method(it),
            ClassElement::PropertyDefinition(it) => self.field_definition(it),
            ClassElement::AccessorProperty(_) => self.give_up(),
            ClassElement::TSIndexSignature(it) => self.other("index_signature", None, at(it.span)),
        }
    }

    /// Where a member begins behind its decorators.
    fn member_start(&self, decorators: &Vec<'_, Decorator<'_>>, start: u32) -> u32 {
        decorators.last().map_or(start, |last| self.next_token(last.span.end))
    }

    fn method(&mut self, node: &MethodDefinition<'_>) {
        self.decorators(&node.decorators);
        let span: At = (self.member_start(&node.decorators, node.span.start), node.span.end);
        let is_abstract = node.r#type == MethodDefinitionType::TSAbstractMethodDefinition;
        match &node.value.body {
            Some(_) if !is_abstract => self.grower.open(Kind::Method, None, span),
            _ => return self.other("method_signature", None, span),
        }
        if node.r#static {
            self.grower.token("static", None);
        }
        if node.value.r#async {
            self.grower.token("async", None);
        }
        self.key(&node.key, node.computed, Some(Field::name));
        self.function_rest(&node.value);
        self.grower.close();
    }

    fn field_definition(&mut self, node: &PropertyDefinition<'_>) {
        let end = match (&node.value, &node.type_annotation) {
            (Some(value), _) => of(value).1,
            (None, Some(ty)) => ty.span.end,
            (None, None) => of(&node.key).1,
        };
        self.grower.open(Kind::FieldDefinition, None, (node.span.start, end));
        self.decorators(&node.decorators);
        if node.r#static {
            self.grower.token("static", None);
        }
        self.field_key(&node.key, node.computed);
        self.annotation(node.type_annotation.as_deref());
        self.some_expression(node.value.as_ref(), Some(Field::value));
        self.grower.close();
    }

    fn field_key(&mut self, key: &PropertyKey<'_>, computed: bool) {
        self.key(key, computed, Some(Field::name));
    }
}
