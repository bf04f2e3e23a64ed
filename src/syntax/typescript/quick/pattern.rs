//! Patterns, assignment targets and keys.

use super::super::grammar::{Field, Kind};
use super::{In, Walk, at, of};
use oxc_ast::ast::{
    ArrayAssignmentTarget, AssignmentTarget, AssignmentTargetMaybeDefault, AssignmentTargetProperty,
    AssignmentTargetRest, BindingPattern, BindingProperty, BindingRestElement, Expression,
    ObjectAssignmentTarget, PropertyKey, SimpleAssignmentTarget,
};

impl Walk<'_> {
    pub(super) fn pattern(&mut self, node: &BindingPattern<'_>, field: In) {
        if self.descend() {
            self.pattern_of(node, field);
        }
        self.ascend();
    }

    fn pattern_of(&mut self, node: &BindingPattern<'_>, field: In) {
        match node {
            BindingPattern::BindingIdentifier(it) => self.leaf(Kind::Identifier, field, at(it.span)),
            BindingPattern::ObjectPattern(it) => {
                self.grower.open(Kind::ObjectPattern, field, at(it.span));
                for property in &it.properties {
                    self.bound_property(property);
                }
                self.bound_rest(it.rest.as_deref());
                self.grower.close();
            }
            BindingPattern::ArrayPattern(it) => {
                self.grower.open(Kind::ArrayPattern, field, at(it.span));
                for (index, element) in it.elements.iter().enumerate() {
                    if index > 0 {
                        self.grower.token(",", None);
                    }
                    if let Some(element) = element {
                        self.pattern(element, None);
                    }
                }
                self.bound_rest(it.rest.as_deref());
                self.grower.close();
            }
            BindingPattern::AssignmentPattern(it) => {
                self.grower.open(Kind::AssignmentPattern, field, at(it.span));
                self.pattern(&it.left, Some(Field::left));
                self.expression(&it.right, Some(Field::right));
                self.grower.close();
            }
        }
    }

    fn bound_property(&mut self, node: &BindingProperty<'_>) {
        if !node.shorthand {
            self.grower.open(Kind::PairPattern, None, at(node.span));
            self.key(&node.key, node.computed, Some(Field::key));
            self.pattern(&node.value, Some(Field::value));
            return self.grower.close();
        }
        match &node.value {
            BindingPattern::AssignmentPattern(it) => {
                self.grower.open(Kind::ObjectAssignmentPattern, None, at(it.span));
                self.leaf(Kind::ShorthandPattern, Some(Field::left), of(&it.left));
                self.expression(&it.right, Some(Field::right));
                self.grower.close();
            }
            _ => self.leaf(Kind::ShorthandPattern, None, of(&node.key)),
        }
    }

    pub(super) fn bound_rest(&mut self, node: Option<&BindingRestElement<'_>>) {
        if let Some(node) = node {
            self.grower.open(Kind::RestPattern, None, at(node.span));
            self.pattern(&node.argument, None);
            self.grower.close();
        }
    }

    pub(super) fn target(&mut self, node: &AssignmentTarget<'_>, field: In) {
        if !self.descend() {
            return self.ascend();
        }
        match node {
            AssignmentTarget::ArrayAssignmentTarget(it) => self.array_target(it, field),
            AssignmentTarget::ObjectAssignmentTarget(it) => self.object_target(it, field),
            _ => match node.as_simple_assignment_target() {
                Some(simple) => self.simple_target(simple, field),
                None => self.give_up(),
            },
        }
        self.ascend();
    }

    pub(super) fn simple_target(&mut self, node: &SimpleAssignmentTarget<'_>, field: In) {
        match node {
            SimpleAssignmentTarget::AssignmentTargetIdentifier(it) => {
                self.identifier(&it.name, field, at(it.span));
            }
            SimpleAssignmentTarget::TSAsExpression(it) => self.wrapped(&it.expression, field),
            SimpleAssignmentTarget::TSSatisfiesExpression(it) => self.wrapped(&it.expression, field),
            SimpleAssignmentTarget::TSTypeAssertion(it) => self.wrapped(&it.expression, field),
            SimpleAssignmentTarget::TSNonNullExpression(it) => self.wrapped(&it.expression, field),
            _ => match node.as_member_expression() {
                Some(member) => self.member(member, field),
                None => self.give_up(),
            },
        }
    }

    /// A cast says nothing of the place that is written to.
    fn wrapped(&mut self, inner: &Expression<'_>, field: In) {
        self.grower.open(Kind::Parenthesized, field, of(inner));
        self.expression(inner, None);
        self.grower.close();
    }

    fn array_target(&mut self, node: &ArrayAssignmentTarget<'_>, field: In) {
        self.grower.open(Kind::ArrayPattern, field, at(node.span));
        for (index, element) in node.elements.iter().enumerate() {
            if index > 0 {
                self.grower.token(",", None);
            }
            if let Some(element) = element {
                self.maybe_default(element, None);
            }
        }
        self.target_rest(node.rest.as_deref());
        self.grower.close();
    }

    fn maybe_default(&mut self, node: &AssignmentTargetMaybeDefault<'_>, field: In) {
        match node {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(it) => {
                self.grower.open(Kind::AssignmentPattern, field, at(it.span));
                self.target(&it.binding, Some(Field::left));
                self.expression(&it.init, Some(Field::right));
                self.grower.close();
            }
            _ => match node.as_assignment_target() {
                Some(target) => self.target(target, field),
                None => self.give_up(),
            },
        }
    }

    fn target_rest(&mut self, node: Option<&AssignmentTargetRest<'_>>) {
        if let Some(node) = node {
            self.grower.open(Kind::RestPattern, None, at(node.span));
            self.target(&node.target, None);
            self.grower.close();
        }
    }

    fn object_target(&mut self, node: &ObjectAssignmentTarget<'_>, field: In) {
        self.grower.open(Kind::ObjectPattern, field, at(node.span));
        for property in &node.properties {
            match property {
                AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(it) => match &it.init {
                    Some(default) => {
                        self.grower.open(Kind::ObjectAssignmentPattern, None, at(it.span));
                        self.leaf(Kind::ShorthandPattern, Some(Field::left), of(&it.binding));
                        self.expression(default, Some(Field::right));
                        self.grower.close();
                    }
                    None => self.leaf(Kind::ShorthandPattern, None, of(&it.binding)),
                },
                AssignmentTargetProperty::AssignmentTargetPropertyProperty(it) => {
                    self.grower.open(Kind::PairPattern, None, at(it.span));
                    self.key(&it.name, it.computed, Some(Field::key));
                    self.maybe_default(&it.binding, Some(Field::value));
                    self.grower.close();
                }
            }
        }
        self.target_rest(node.rest.as_deref());
        self.grower.close();
    }

    pub(super) fn key(&mut self, key: &PropertyKey<'_>, computed: bool, field: In) {
        if computed {
            let Some(inner) = key.as_expression() else { return self.give_up() };
            let around = self.brackets(oxc_span::GetSpan::span(inner));
            self.grower.open(Kind::ComputedName, field, around);
            self.expression(inner, None);
            return self.grower.close();
        }
        match key {
            PropertyKey::StaticIdentifier(it) => self.leaf(Kind::PropertyName, field, at(it.span)),
            PropertyKey::PrivateIdentifier(it) => self.leaf(Kind::PrivateName, field, at(it.span)),
            _ => self.some_expression(key.as_expression(), field),
        }
    }
}
