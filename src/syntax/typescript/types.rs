//! Written types to [`Type`]s, and interfaces and object types to [`TypeDecl`]s.

use super::Lowerer;
use super::grammar::{Field, Kind};
use super::tree::Node;
use crate::program::{Borrow, Global, Name, Type, TypeDecl, bodies};

/// What a type's name stands for.
#[derive(Clone)]
pub(super) enum TypeName {
    Imported(Global),
    /// A generic parameter with its bound.
    Parameter(Option<Type>),
}

pub(super) fn plain(name: Global, args: Vec<Type>) -> Type {
    Type { name, args, borrow: Borrow::Owned }
}

pub(super) fn local_name(name: Name) -> Global {
    Global { module: Name::default(), path: vec![name] }
}

impl<'t> Lowerer<'t> {
    /// The type a declarator, parameter or field is annotated with.
    pub(super) fn declared_type(&mut self, node: Node<'t>) -> Option<Type> {
        match self.field(node, Field::type_annotation) {
            Some(annotation) => self.annotation(annotation),
            None => {
                let value = self.field(node, Field::value)?;
                let is_cast = matches!(self.kind(value), Kind::As | Kind::Satisfies);
                let ty = self.named(value).pop().filter(|_| is_cast)?;
                self.written_type(ty)
            }
        }
    }

    /// The type behind `: T`.
    pub(super) fn annotation(&mut self, node: Node<'t>) -> Option<Type> {
        match self.kind(node) {
            Kind::TypeAnnotation => {
                let inner = self.first_named(node)?;
                self.written_type(inner)
            }
            Kind::TypePredicateAnnotation => Some(plain(local_name(Name::new_static("boolean")), Vec::new())),
            _ => None,
        }
    }

    pub(super) fn written_type(&mut self, node: Node<'t>) -> Option<Type> {
        if !self.descend(node) {
            return None;
        }
        let ty = self.type_of(node);
        self.ascend();
        ty
    }

    fn type_of(&mut self, node: Node<'t>) -> Option<Type> {
        match self.kind(node) {
            // Says nothing, and hides nothing that is known otherwise.
            Kind::PredefinedType if matches!(self.text(node), "any" | "unknown") => None,
            Kind::PredefinedType => Some(plain(local_name(self.name(node)), Vec::new())),
            Kind::TypeIdentifier | Kind::Identifier => self.type_name(node),
            Kind::NestedType | Kind::NestedIdentifier | Kind::Member => {
                Some(plain(self.type_path(node), Vec::new()))
            }
            Kind::GenericType => {
                let name = self.field(node, Field::name)?;
                let mut ty = self.written_type(name)?;
                ty.args = self.type_arguments(node);
                Some(ty)
            }
            Kind::UnionType | Kind::Intersection => self.telling_part(node),
            Kind::ArrayType => {
                let element = self.first_named(node)?;
                let args = self.written_type(element).into_iter().collect();
                Some(plain(local_name(Name::new_static("[]")), args))
            }
            Kind::TupleType => {
                let items = self.named(node);
                let args = items.into_iter().filter_map(|item| self.written_type(item)).collect();
                Some(plain(local_name(Name::new_static("()")), args))
            }
            Kind::FunctionType | Kind::ConstructorType => {
                let result = self.field(node, Field::return_type).and_then(|ty| self.written_type(ty));
                Some(plain(local_name(Name::new_static("fn")), result.into_iter().collect()))
            }
            Kind::ReadonlyType | Kind::ParenthesizedType => {
                let inner = self.first_named(node)?;
                self.written_type(inner)
            }
            Kind::TypeQuery => {
                let inner = self.first_named(node)?;
                let inner =
                    if self.kind(inner) == Kind::GenericType { self.first_named(inner)? } else { inner };
                Some(plain(self.type_path(inner), Vec::new()))
            }
            Kind::ObjectType => Some(self.anonymous(node)),
            Kind::ThisType => {
                let owner = self.build.function().owner.clone()?;
                Some(plain(local_name(owner), Vec::new()))
            }
            _ => None,
        }
    }

    fn type_arguments(&mut self, node: Node<'t>) -> Vec<Type> {
        let Some(list) = self.field(node, Field::type_arguments) else { return Vec::new() };
        let unknown = || plain(local_name(Name::new_static("unknown")), Vec::new());
        let items = self.named(list);
        items.into_iter().map(|item| self.written_type(item).unwrap_or_else(unknown)).collect()
    }

    fn type_name(&self, node: Node<'t>) -> Option<Type> {
        match self.type_names.get(self.text(node)) {
            Some(TypeName::Imported(global)) => Some(plain(global.clone(), Vec::new())),
            Some(TypeName::Parameter(bound)) => bound.clone(),
            None => Some(plain(local_name(self.name(node)), Vec::new())),
        }
    }

    /// `a.b.C`, through the import `a` if it is one.
    fn type_path(&self, node: Node<'t>) -> Global {
        let mut words = self.text(node).split('.').map(str::trim);
        let first = words.next().unwrap_or("");
        let mut global = match self.type_names.get(first) {
            Some(TypeName::Imported(global)) => global.clone(),
            _ => local_name(Name::new(first)),
        };
        global.path.extend(words.map(|word| Name::new(word.trim_start_matches('?'))));
        global
    }

    /// Of `A | null` it is `A`; of several the first that is not built in.
    fn telling_part(&mut self, node: Node<'t>) -> Option<Type> {
        let mut parts = Vec::new();
        let mut left = Some(node);
        while let Some(union) = left {
            left = None;
            for part in self.named(union) {
                match self.kind(part) {
                    Kind::UnionType | Kind::Intersection if left.is_none() => left = Some(part),
                    Kind::LiteralType => {}
                    Kind::PredefinedType if self.text(part) == "undefined" => {}
                    _ => parts.push(part),
                }
            }
        }
        parts.sort_by_key(|part| part.start_byte());
        let is_named = |part: &&Node<'t>| {
            !matches!(self.kind(**part), Kind::PredefinedType | Kind::ObjectType | Kind::FunctionType)
        };
        let telling = parts.iter().find(is_named).or(parts.first()).copied()?;
        self.written_type(telling)
    }

    /// An object type written in place becomes a declaration named by its number.
    fn anonymous(&mut self, node: Node<'t>) -> Type {
        if let Some(known) = self.anonymous.get(&node.start_byte()) {
            return plain(local_name(known.clone()), Vec::new());
        }
        let fields = self.signature_fields(node);
        let span = self.span(node);
        let types = &mut self.build.program.types;
        let name = bodies::anonymous(types.len() as u32, self.mark);
        types.push(TypeDecl {
            name: name.clone(),
            fields,
            bases: Vec::new(),
            marks: Vec::new(),
            alias: false,
            span,
        });
        self.anonymous.insert(node.start_byte(), name.clone());
        plain(local_name(name), Vec::new())
    }

    pub(super) fn type_declaration(&mut self, node: Node<'t>) {
        let Some(name) = self.field(node, Field::name) else { return };
        let bounds = self.open_type_parameters(node);
        let body = self.field(node, Field::body).or_else(|| self.field(node, Field::value));
        let (mut fields, mut bases) = (Vec::new(), Vec::new());
        if self.kind(node) == Kind::Interface {
            fields.extend(body.map(|body| self.signature_fields(body)).unwrap_or_default());
            for clause in self.named(node) {
                if self.kind(clause) == Kind::ExtendsType {
                    for base in self.named(clause) {
                        bases.extend(self.written_type(base));
                    }
                }
            }
        } else if let Some(body) = body {
            self.alias_parts(body, &mut fields, &mut bases);
        }
        self.close_type_parameters(bounds);
        let (name, span) = (self.name(name), self.span(node));
        self.build.program.types.push(TypeDecl {
            name,
            fields,
            bases,
            marks: Vec::new(),
            alias: false,
            span,
        });
    }

    /// `type T = { a: A } & B`: fields of the object types, the rest are bases.
    fn alias_parts(&mut self, node: Node<'t>, fields: &mut Fields, bases: &mut Vec<Type>) {
        if !self.descend(node) {
            return;
        }
        match self.kind(node) {
            Kind::ObjectType => fields.extend(self.signature_fields(node)),
            Kind::Intersection | Kind::ParenthesizedType => {
                for part in self.named(node) {
                    self.alias_parts(part, fields, bases);
                }
            }
            _ => bases.extend(self.written_type(node)),
        }
        self.ascend();
    }

    fn signature_fields(&mut self, body: Node<'t>) -> Fields {
        let mut fields = Vec::new();
        for member in self.named(body) {
            if self.kind(member) == Kind::PropertySignature
                && let Some(name) = self.field(member, Field::name)
            {
                let name =
                    if self.kind(name) == Kind::Text { self.string_value(name) } else { self.name(name) };
                let ty = self.declared_type(member);
                fields.push((name, ty));
            }
        }
        fields
    }

    /// Brings generic parameters in sight; gives what they hide.
    pub(super) fn open_type_parameters(&mut self, node: Node<'t>) -> Vec<(&'t str, Option<TypeName>)> {
        let Some(list) = self.field(node, Field::type_parameters) else { return Vec::new() };
        let mut hidden = Vec::new();
        for parameter in self.named(list) {
            let Some(name) = self.field(parameter, Field::name) else { continue };
            let bound = self.field(parameter, Field::constraint).and_then(|bound| self.first_named(bound));
            let bound = bound.and_then(|bound| self.written_type(bound));
            let name = self.text(name);
            hidden.push((name, self.type_names.insert(name, TypeName::Parameter(bound))));
        }
        hidden
    }

    pub(super) fn close_type_parameters(&mut self, hidden: Vec<(&'t str, Option<TypeName>)>) {
        for (name, before) in hidden.into_iter().rev() {
            match before {
                Some(before) => self.type_names.insert(name, before),
                None => self.type_names.remove(name),
            };
        }
    }
}

type Fields = Vec<(Name, Option<Type>)>;
