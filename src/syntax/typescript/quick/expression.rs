//! Expressions.

use super::super::grammar::{Field, Kind};
use super::{At, In, Walk, at, of};
use oxc_allocator::Vec;
use oxc_ast::ast::{
    Argument, ArrayExpressionElement, BinaryExpression, CallExpression, ChainElement,
    ComputedMemberExpression, Expression, ImportExpression, JSXAttributeItem, JSXAttributeValue, JSXChild,
    JSXElement, JSXExpression, JSXExpressionContainer, JSXFragment, MemberExpression, ObjectProperty,
    ObjectPropertyKind, PrivateFieldExpression, PropertyKind, StaticMemberExpression,
    TaggedTemplateExpression, TemplateLiteral,
};

impl Walk<'_> {
    pub(super) fn some_expression(&mut self, node: Option<&Expression<'_>>, field: In) {
        if let Some(node) = node {
            self.expression(node, field);
        }
    }

    pub(super) fn expression(&mut self, node: &Expression<'_>, field: In) {
        if self.descend() {
            self.expression_of(node, field);
        }
        self.ascend();
    }

    fn expression_of(&mut self, node: &Expression<'_>, field: In) {
        match node {
            Expression::BooleanLiteral(it) => {
                self.leaf(if it.value { Kind::True } else { Kind::False }, field, at(it.span));
            }
            Expression::NullLiteral(it) => self.leaf(Kind::Null, field, at(it.span)),
            Expression::NumericLiteral(it) => self.leaf(Kind::Number, field, at(it.span)),
            Expression::BigIntLiteral(it) => self.leaf(Kind::Number, field, at(it.span)),
            Expression::RegExpLiteral(it) => self.leaf(Kind::Regex, field, at(it.span)),
            Expression::StringLiteral(it) => self.leaf(Kind::Text, field, at(it.span)),
            Expression::TemplateLiteral(it) => self.template(it, field),
            Expression::Identifier(it) => self.identifier(&it.name, field, at(it.span)),
            Expression::Super(it) => self.leaf(Kind::Super, field, at(it.span)),
            Expression::ThisExpression(it) => self.leaf(Kind::This, field, at(it.span)),
            Expression::ImportMeta(it) => self.leaf(Kind::MetaProperty, field, at(it.span)),
            Expression::NewTarget(it) => self.leaf(Kind::MetaProperty, field, at(it.span)),
            Expression::ArrayExpression(it) => self.array(&it.elements, field, at(it.span)),
            Expression::ObjectExpression(it) => self.object(&it.properties, field, at(it.span)),
            Expression::ArrowFunctionExpression(it) => self.arrow(it, field),
            Expression::FunctionExpression(it) => self.function_expression(it, field),
            Expression::ClassExpression(it) => self.class_expression(it, field),
            Expression::CallExpression(it) => self.call(it, field),
            Expression::ImportExpression(it) => self.import_call(it, field),
            Expression::ChainExpression(it) => self.chain(&it.expression, field),
            Expression::TaggedTemplateExpression(it) => self.tagged(it, field),
            Expression::BinaryExpression(it) => self.binary(it, field),
            Expression::JSXElement(it) => self.jsx_element(it, field),
            Expression::JSXFragment(it) => self.jsx_fragment(it, field),
            Expression::V8IntrinsicExpression(_) => self.give_up(),
            _ => match node.as_member_expression() {
                Some(member) => self.member(member, field),
                None => self.compound(node, field),
            },
        }
    }

    /// Expressions made of others in a fixed way.
    fn compound(&mut self, node: &Expression<'_>, field: In) {
        let open = |walk: &mut Self, kind| walk.grower.open(kind, field, of(node));
        match node {
            Expression::LogicalExpression(it) => {
                open(self, Kind::Binary);
                self.expression(&it.left, Some(Field::left));
                self.grower.token(it.operator.as_str(), Some(Field::operator));
                self.expression(&it.right, Some(Field::right));
            }
            Expression::PrivateInExpression(it) => {
                open(self, Kind::Binary);
                self.leaf(Kind::PrivateName, Some(Field::left), of(&it.left));
                self.grower.token("in", Some(Field::operator));
                self.expression(&it.right, Some(Field::right));
            }
            Expression::UnaryExpression(it) => {
                open(self, Kind::Unary);
                self.grower.token(it.operator.as_str(), Some(Field::operator));
                self.expression(&it.argument, Some(Field::argument));
            }
            Expression::UpdateExpression(it) => {
                open(self, Kind::Update);
                self.simple_target(&it.argument, Some(Field::argument));
                self.grower.token(it.operator.as_str(), Some(Field::operator));
            }
            Expression::AssignmentExpression(it) => {
                let plain = it.operator.as_str() == "=";
                open(self, if plain { Kind::Assignment } else { Kind::Augmented });
                self.target(&it.left, Some(Field::left));
                if !plain {
                    self.grower.token(it.operator.as_str(), Some(Field::operator));
                }
                self.expression(&it.right, Some(Field::right));
            }
            Expression::ConditionalExpression(it) => {
                open(self, Kind::Ternary);
                self.expression(&it.test, Some(Field::condition));
                self.expression(&it.consequent, Some(Field::consequence));
                self.expression(&it.alternate, Some(Field::alternative));
            }
            Expression::AwaitExpression(it) => {
                open(self, Kind::Await);
                self.expression(&it.argument, None);
            }
            Expression::YieldExpression(it) => {
                open(self, Kind::Yield);
                self.some_expression(it.argument.as_ref(), None);
            }
            Expression::SequenceExpression(it) => {
                open(self, Kind::Sequence);
                for part in &it.expressions {
                    self.expression(part, None);
                }
            }
            Expression::ParenthesizedExpression(it) => {
                open(self, Kind::Parenthesized);
                self.expression(&it.expression, None);
            }
            Expression::NewExpression(it) => {
                open(self, Kind::New);
                self.expression(&it.callee, Some(Field::constructor));
                self.arguments(&it.arguments, at(it.span));
            }
            Expression::TSAsExpression(it) => {
                open(self, Kind::As);
                self.expression(&it.expression, None);
                self.cast(&it.type_annotation);
            }
            Expression::TSSatisfiesExpression(it) => {
                open(self, Kind::Satisfies);
                self.expression(&it.expression, None);
                self.ty(&it.type_annotation, None);
            }
            Expression::TSTypeAssertion(it) => {
                open(self, Kind::TypeAssertion);
                self.expression(&it.expression, None);
            }
            Expression::TSNonNullExpression(it) => {
                open(self, Kind::NonNull);
                self.expression(&it.expression, None);
            }
            Expression::TSInstantiationExpression(it) => {
                open(self, Kind::Instantiation);
                self.expression(&it.expression, None);
            }
            _ => {
                open(self, Kind::Null);
                self.give_up();
            }
        }
        self.grower.close();
    }

    pub(super) fn identifier(&mut self, name: &str, field: In, at: At) {
        let kind = if name == "undefined" { Kind::Undefined } else { Kind::Identifier };
        self.leaf(kind, field, at);
    }

    /// Left-deep sums are followed in a loop: generated code has long ones.
    fn binary(&mut self, node: &BinaryExpression<'_>, field: In) {
        let mut spine = vec![node];
        let mut first = &node.left;
        while let Expression::BinaryExpression(inner) = first {
            spine.push(inner);
            first = &inner.left;
        }
        for (at, part) in spine.iter().enumerate() {
            let field = if at == 0 { field } else { Some(Field::left) };
            self.grower.open(Kind::Binary, field, of(*part));
        }
        self.expression(first, Some(Field::left));
        while let Some(part) = spine.pop() {
            self.grower.token(part.operator.as_str(), Some(Field::operator));
            self.expression(&part.right, Some(Field::right));
            self.grower.close();
        }
    }

    pub(super) fn member(&mut self, node: &MemberExpression<'_>, field: In) {
        match node {
            MemberExpression::StaticMemberExpression(it) => self.static_member(it, field),
            MemberExpression::ComputedMemberExpression(it) => self.computed_member(it, field),
            MemberExpression::PrivateFieldExpression(it) => self.private_member(it, field),
        }
    }

    fn static_member(&mut self, node: &StaticMemberExpression<'_>, field: In) {
        self.grower.open(Kind::Member, field, at(node.span));
        self.expression(&node.object, Some(Field::object));
        self.optional(node.optional);
        self.leaf(Kind::PropertyName, Some(Field::property), of(&node.property));
        self.grower.close();
    }

    fn private_member(&mut self, node: &PrivateFieldExpression<'_>, field: In) {
        self.grower.open(Kind::Member, field, at(node.span));
        self.expression(&node.object, Some(Field::object));
        self.optional(node.optional);
        self.leaf(Kind::PrivateName, Some(Field::property), of(&node.field));
        self.grower.close();
    }

    fn computed_member(&mut self, node: &ComputedMemberExpression<'_>, field: In) {
        self.grower.open(Kind::Subscript, field, at(node.span));
        self.expression(&node.object, Some(Field::object));
        self.optional(node.optional);
        self.expression(&node.expression, Some(Field::index));
        self.grower.close();
    }

    fn optional(&mut self, is_optional: bool) {
        if is_optional {
            self.other("optional_chain", Some(Field::optional_chain), (0, 0));
        }
    }

    fn chain(&mut self, node: &ChainElement<'_>, field: In) {
        match node {
            ChainElement::CallExpression(it) => self.call(it, field),
            ChainElement::TSNonNullExpression(it) => {
                self.grower.open(Kind::NonNull, field, at(it.span));
                self.expression(&it.expression, None);
                self.grower.close();
            }
            _ => match node.as_member_expression() {
                Some(member) => self.member(member, field),
                None => self.give_up(),
            },
        }
    }

    fn call(&mut self, node: &CallExpression<'_>, field: In) {
        self.grower.open(Kind::Call, field, at(node.span));
        self.expression(&node.callee, Some(Field::function));
        if node.optional {
            self.grower.token("?.", None);
        }
        self.arguments(&node.arguments, at(node.span));
        self.grower.close();
    }

    fn import_call(&mut self, node: &ImportExpression<'_>, field: In) {
        if node.phase.is_some() {
            return self.give_up();
        }
        self.grower.open(Kind::Call, field, at(node.span));
        self.leaf(Kind::ImportKeyword, Some(Field::function), (node.span.start, node.span.start + 6));
        self.grower.open(Kind::Arguments, Some(Field::arguments), at(node.span));
        self.expression(&node.source, None);
        self.some_expression(node.options.as_ref(), None);
        self.grower.close();
        self.grower.close();
    }

    fn tagged(&mut self, node: &TaggedTemplateExpression<'_>, field: In) {
        self.grower.open(Kind::Call, field, at(node.span));
        self.expression(&node.tag, Some(Field::function));
        self.template(&node.quasi, Some(Field::arguments));
        self.grower.close();
    }

    fn arguments(&mut self, list: &Vec<'_, Argument<'_>>, at: At) {
        self.grower.open(Kind::Arguments, Some(Field::arguments), at);
        for argument in list {
            match argument {
                Argument::SpreadElement(it) => self.spread(&it.argument, of(&**it)),
                _ => self.some_expression(argument.as_expression(), None),
            }
        }
        self.grower.close();
    }

    fn spread(&mut self, inner: &Expression<'_>, at: At) {
        self.grower.open(Kind::Spread, None, at);
        self.expression(inner, None);
        self.grower.close();
    }

    pub(super) fn template(&mut self, node: &TemplateLiteral<'_>, field: In) {
        self.grower.open(Kind::Template, field, at(node.span));
        for (index, inner) in node.expressions.iter().enumerate() {
            let (Some(before), Some(after)) = (node.quasis.get(index), node.quasis.get(index + 1)) else {
                return self.give_up();
            };
            let (start, end) = (before.span.end, after.span.start);
            if !self.starts_with(start, "${") || !self.starts_with(end.saturating_sub(1), "}") {
                self.give_up();
            }
            self.grower.open(Kind::Substitution, None, (start, end));
            self.expression(inner, None);
            self.grower.close();
        }
        self.grower.close();
    }

    fn array(&mut self, elements: &Vec<'_, ArrayExpressionElement<'_>>, field: In, at: At) {
        self.grower.open(Kind::Array, field, at);
        for (index, element) in elements.iter().enumerate() {
            if index > 0 {
                self.grower.token(",", None);
            }
            match element {
                ArrayExpressionElement::SpreadElement(it) => self.spread(&it.argument, of(&**it)),
                ArrayExpressionElement::Elision(_) => {}
                _ => self.some_expression(element.as_expression(), None),
            }
        }
        self.grower.close();
    }

    fn object(&mut self, properties: &Vec<'_, ObjectPropertyKind<'_>>, field: In, at: At) {
        self.grower.open(Kind::Object, field, at);
        for property in properties {
            match property {
                ObjectPropertyKind::SpreadProperty(it) => self.spread(&it.argument, of(&**it)),
                ObjectPropertyKind::ObjectProperty(it) => self.property(it),
            }
        }
        self.grower.close();
    }

    fn property(&mut self, node: &ObjectProperty<'_>) {
        if node.shorthand {
            return self.leaf(Kind::Shorthand, None, of(&node.key));
        }
        let is_method = node.method || node.kind != PropertyKind::Init;
        if is_method && let Expression::FunctionExpression(function) = &node.value {
            self.grower.open(Kind::Method, None, at(node.span));
            if function.r#async {
                self.grower.token("async", None);
            }
            self.key(&node.key, node.computed, Some(Field::name));
            self.function_rest(function);
            return self.grower.close();
        }
        self.grower.open(Kind::Pair, None, at(node.span));
        self.key(&node.key, node.computed, Some(Field::key));
        self.expression(&node.value, Some(Field::value));
        self.grower.close();
    }

    fn jsx_element(&mut self, node: &JSXElement<'_>, field: In) {
        if !self.descend() {
            return self.ascend();
        }
        let closes = node.closing_element.is_some();
        let kind = if closes { Kind::JsxElement } else { Kind::JsxSelfClosing };
        self.grower.open(kind, field, at(node.span));
        if closes {
            self.grower.open(Kind::JsxOpening, None, of(&*node.opening_element));
        }
        for attribute in &node.opening_element.attributes {
            self.jsx_attribute(attribute);
        }
        if closes {
            self.grower.close();
        }
        self.jsx_children(&node.children);
        self.grower.close();
        self.ascend();
    }

    fn jsx_fragment(&mut self, node: &JSXFragment<'_>, field: In) {
        if self.descend() {
            self.grower.open(Kind::JsxElement, field, at(node.span));
            self.jsx_children(&node.children);
            self.grower.close();
        }
        self.ascend();
    }

    fn jsx_children(&mut self, children: &Vec<'_, JSXChild<'_>>) {
        for child in children {
            match child {
                JSXChild::Text(_) => {}
                JSXChild::Element(it) => self.jsx_element(it, None),
                JSXChild::Fragment(it) => self.jsx_fragment(it, None),
                JSXChild::ExpressionContainer(it) => self.jsx_expression(it),
                JSXChild::Spread(it) => self.jsx_spread(&it.expression, at(it.span)),
            }
        }
    }

    fn jsx_attribute(&mut self, node: &JSXAttributeItem<'_>) {
        match node {
            JSXAttributeItem::SpreadAttribute(it) => self.jsx_spread(&it.argument, at(it.span)),
            JSXAttributeItem::Attribute(it) => {
                self.grower.open(Kind::JsxAttribute, None, at(it.span));
                match &it.value {
                    Some(JSXAttributeValue::ExpressionContainer(it)) => self.jsx_expression(it),
                    Some(JSXAttributeValue::Element(it)) => self.jsx_element(it, None),
                    Some(JSXAttributeValue::Fragment(it)) => self.jsx_fragment(it, None),
                    Some(JSXAttributeValue::StringLiteral(_)) | None => {}
                }
                self.grower.close();
            }
        }
    }

    fn jsx_spread(&mut self, inner: &Expression<'_>, at: At) {
        self.grower.open(Kind::JsxExpression, None, at);
        self.spread(inner, at);
        self.grower.close();
    }

    fn jsx_expression(&mut self, node: &JSXExpressionContainer<'_>) {
        self.grower.open(Kind::JsxExpression, None, at(node.span));
        match &node.expression {
            JSXExpression::EmptyExpression(_) => {}
            inner => self.some_expression(inner.as_expression(), None),
        }
        self.grower.close();
    }
}
