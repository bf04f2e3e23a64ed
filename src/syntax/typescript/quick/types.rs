//! Types, as far as the lowering reads them.

use super::super::grammar::{Field, Kind};
use super::{At, In, Walk, at, of};
use oxc_allocator::Vec;
use oxc_ast::ast::{
    TSSignature, TSTupleElement, TSType, TSTypeAnnotation, TSTypeName, TSTypeOperatorOperator,
    TSTypeParameterInstantiation, TSTypeQuery, TSTypeQueryExprName,
};
use oxc_span::GetSpan;

impl Walk<'_> {
    /// `: T`.
    pub(super) fn annotation(&mut self, node: Option<&TSTypeAnnotation<'_>>) {
        self.annotation_as(node, Field::type_annotation);
    }

    /// `: T` behind the parameters.
    pub(super) fn result(&mut self, node: Option<&TSTypeAnnotation<'_>>) {
        self.annotation_as(node, Field::return_type);
    }

    fn annotation_as(&mut self, node: Option<&TSTypeAnnotation<'_>>, field: Field) {
        let Some(node) = node else { return };
        match &node.type_annotation {
            TSType::TSTypePredicate(it) if it.asserts => {
                self.other("asserts_annotation", Some(field), at(node.span));
            }
            TSType::TSTypePredicate(_) => {
                self.leaf(Kind::TypePredicateAnnotation, Some(field), at(node.span));
            }
            ty => {
                self.grower.open(Kind::TypeAnnotation, Some(field), at(node.span));
                self.ty(ty, None);
                self.grower.close();
            }
        }
    }

    /// The type of a cast; `const` is a word and no type.
    pub(super) fn cast(&mut self, node: &TSType<'_>) {
        let (start, end) = of(node);
        if self.text.get(start as usize..end as usize) != Some("const") {
            self.ty(node, None);
        }
    }

    pub(super) fn ty(&mut self, node: &TSType<'_>, field: In) {
        if self.descend() {
            self.type_of(node, field);
        }
        self.ascend();
    }

    fn type_of(&mut self, node: &TSType<'_>, field: In) {
        let span = of(node);
        match node {
            TSType::TSAnyKeyword(_)
            | TSType::TSBooleanKeyword(_)
            | TSType::TSNeverKeyword(_)
            | TSType::TSNumberKeyword(_)
            | TSType::TSObjectKeyword(_)
            | TSType::TSStringKeyword(_)
            | TSType::TSSymbolKeyword(_)
            | TSType::TSUnknownKeyword(_)
            | TSType::TSVoidKeyword(_) => self.leaf(Kind::PredefinedType, field, span),
            TSType::TSBigIntKeyword(_) | TSType::TSIntrinsicKeyword(_) => {
                self.leaf(Kind::TypeIdentifier, field, span);
            }
            TSType::TSNullKeyword(_) | TSType::TSUndefinedKeyword(_) | TSType::TSLiteralType(_) => {
                self.leaf(Kind::LiteralType, field, span);
            }
            TSType::TSThisType(_) => self.leaf(Kind::ThisType, field, span),
            TSType::TSArrayType(it) => {
                self.grower.open(Kind::ArrayType, field, span);
                self.ty(&it.element_type, None);
                self.grower.close();
            }
            TSType::TSTupleType(it) => {
                self.grower.open(Kind::TupleType, field, span);
                for element in &it.element_types {
                    self.tuple_element(element);
                }
                self.grower.close();
            }
            TSType::TSUnionType(it) => self.joined(Kind::UnionType, &it.types, field, span),
            TSType::TSIntersectionType(it) => self.joined(Kind::Intersection, &it.types, field, span),
            TSType::TSTypeLiteral(it) => {
                self.grower.open(Kind::ObjectType, field, span);
                self.signatures(&it.members);
                self.grower.close();
            }
            TSType::TSMappedType(_) => self.leaf(Kind::ObjectType, field, span),
            TSType::TSFunctionType(it) => {
                self.grower.open(Kind::FunctionType, field, span);
                match &it.return_type.type_annotation {
                    TSType::TSTypePredicate(it) => {
                        self.other("type_predicate", Some(Field::return_type), at(it.span));
                    }
                    ty => self.ty(ty, Some(Field::return_type)),
                }
                self.grower.close();
            }
            TSType::TSConstructorType(_) => self.leaf(Kind::ConstructorType, field, span),
            TSType::TSParenthesizedType(it) => {
                self.grower.open(Kind::ParenthesizedType, field, span);
                self.ty(&it.type_annotation, None);
                self.grower.close();
            }
            TSType::TSTypeOperatorType(it) => match it.operator {
                TSTypeOperatorOperator::Keyof => self.other("index_type_query", field, span),
                TSTypeOperatorOperator::Unique => self.leaf(Kind::PredefinedType, field, span),
                TSTypeOperatorOperator::Readonly => {
                    self.grower.open(Kind::ReadonlyType, field, span);
                    self.ty(&it.type_annotation, None);
                    self.grower.close();
                }
            },
            TSType::TSTypeQuery(it) => self.type_query(it, field),
            TSType::TSTypeReference(it) => {
                self.type_named(&it.type_name, it.type_arguments.as_deref(), field, span);
            }
            TSType::TSImportType(it) => match (&it.qualifier, &it.type_arguments) {
                (Some(_), None) => self.leaf(Kind::Member, field, span),
                (None, None) => self.leaf(Kind::Call, field, span),
                (_, Some(_)) => self.give_up(),
            },
            TSType::TSConditionalType(_)
            | TSType::TSIndexedAccessType(_)
            | TSType::TSInferType(_)
            | TSType::TSTemplateLiteralType(_)
            | TSType::TSNamedTupleMember(_)
            | TSType::TSTypePredicate(_) => self.other("conditional_type", field, span),
            TSType::JSDocNullableType(_) | TSType::JSDocNonNullableType(_) | TSType::JSDocUnknownType(_) => {
                self.give_up();
            }
        }
    }

    fn tuple_element(&mut self, node: &TSTupleElement<'_>) {
        match node {
            TSTupleElement::TSOptionalType(it) => self.other("optional_type", None, at(it.span)),
            TSTupleElement::TSRestType(it) => self.other("rest_type", None, at(it.span)),
            _ => match node.as_ts_type() {
                Some(ty) => self.ty(ty, None),
                None => self.give_up(),
            },
        }
    }

    /// `A | B | C` is `(A | B) | C`; a sign in front makes one of the first alone.
    fn joined(&mut self, kind: Kind, types: &Vec<'_, TSType<'_>>, field: In, span: At) {
        let leading = types.first().is_some_and(|first| first.span().start > span.0);
        let levels = types.len().saturating_sub(usize::from(!leading)).max(1);
        for level in 0..levels {
            self.grower.open(kind, if level == 0 { field } else { None }, span);
        }
        for (index, ty) in types.iter().enumerate() {
            self.ty(ty, None);
            if index > 0 || leading {
                self.grower.close();
            }
        }
        if types.len() == 1 && !leading {
            self.grower.close();
        }
    }

    pub(super) fn type_named(
        &mut self,
        name: &TSTypeName<'_>,
        arguments: Option<&TSTypeParameterInstantiation<'_>>,
        field: In,
        span: At,
    ) {
        let kind = match name {
            TSTypeName::IdentifierReference(_) => Kind::TypeIdentifier,
            TSTypeName::QualifiedName(_) => Kind::NestedType,
            TSTypeName::ThisExpression(_) => Kind::ThisType,
        };
        if arguments.is_none() {
            return self.leaf(kind, field, of(name));
        }
        self.grower.open(Kind::GenericType, field, span);
        self.leaf(kind, Some(Field::name), of(name));
        self.type_arguments(arguments);
        self.grower.close();
    }

    pub(super) fn type_arguments(&mut self, node: Option<&TSTypeParameterInstantiation<'_>>) {
        let Some(node) = node else { return };
        self.grower.open(Kind::TypeArguments, Some(Field::type_arguments), at(node.span));
        for ty in &node.params {
            self.ty(ty, None);
        }
        self.grower.close();
    }

    fn type_query(&mut self, node: &TSTypeQuery<'_>, field: In) {
        if node.type_arguments.is_some() {
            return self.give_up();
        }
        let kind = match &node.expr_name {
            TSTypeQueryExprName::IdentifierReference(_) => Kind::Identifier,
            TSTypeQueryExprName::ThisExpression(_) => Kind::This,
            _ => Kind::Member,
        };
        self.grower.open(Kind::TypeQuery, field, at(node.span));
        self.leaf(kind, None, of(&node.expr_name));
        self.grower.close();
    }

    pub(super) fn signatures(&mut self, members: &Vec<'_, TSSignature<'_>>) {
        for member in members {
            let TSSignature::TSPropertySignature(it) = member else { continue };
            self.grower.open(Kind::PropertySignature, None, at(it.span));
            self.key(&it.key, it.computed, Some(Field::name));
            self.annotation(it.type_annotation.as_deref());
            self.grower.close();
        }
    }
}
