//! Declarations, imports and exports.

use super::super::grammar::{Field, Kind};
use super::{At, In, Walk, at, of};
use oxc_allocator::Vec;
use oxc_ast::ast::{
    Declaration, ExportDefaultDeclaration, ExportDefaultDeclarationKind, ExportSpecifier, ImportDeclaration,
    ImportDeclarationSpecifier, ModuleExportName, Statement, StringLiteral, TSEnumDeclaration,
    TSEnumMemberName, TSImportEqualsDeclaration, TSInterfaceDeclaration, TSModuleReference,
    TSNamespaceDeclaration, TSNamespaceDeclarationBody, TSTypeAliasDeclaration,
};
use oxc_span::Span;

impl Walk<'_> {
    /// A statement that declares, imports or exports.
    pub(super) fn declaring(&mut self, node: &Statement<'_>, field: In) {
        match node {
            Statement::ImportDeclaration(it) => self.import(it),
            Statement::ExportAllDeclaration(it) => {
                self.grower.open(Kind::Export, field, at(it.span));
                match &it.exported {
                    Some(name) => {
                        self.grower.open(Kind::NamespaceExport, None, at(it.span));
                        self.export_name(name, None);
                        self.grower.close();
                    }
                    None => self.grower.token("*", None),
                }
                self.source(&it.source);
                self.grower.close();
            }
            Statement::ExportDefaultDeclaration(it) => self.export_default(it, field),
            Statement::ExportDeclaration(it) => {
                self.grower.open(Kind::Export, field, at(it.span));
                self.declaration(&it.declaration, Some(Field::declaration));
                self.grower.close();
            }
            Statement::ExportNamedDeclaration(it) => {
                self.export_list(&it.specifiers, None, field, at(it.span));
            }
            Statement::ExportFromDeclaration(it) => {
                self.export_list(&it.specifiers, Some(&it.source), field, at(it.span));
            }
            Statement::TSExportAssignment(it) => {
                self.grower.open(Kind::Export, field, at(it.span));
                self.grower.token("=", None);
                self.expression(&it.expression, None);
                self.grower.close();
            }
            Statement::TSNamespaceExportDeclaration(it) => self.leaf(Kind::Export, field, at(it.span)),
            _ => match node.as_declaration() {
                Some(declaration) => self.declaration(declaration, field),
                None => self.give_up(),
            },
        }
    }

    fn declaration(&mut self, node: &Declaration<'_>, field: In) {
        let declares = match node {
            Declaration::VariableDeclaration(it) => it.declare,
            Declaration::FunctionDeclaration(it) => it.declare,
            Declaration::ClassDeclaration(it) => it.declare,
            Declaration::TSTypeAliasDeclaration(it) => it.declare,
            Declaration::TSInterfaceDeclaration(it) => it.declare,
            Declaration::TSEnumDeclaration(it) => it.declare,
            Declaration::TSExternalModuleDeclaration(it) => it.declare,
            Declaration::TSNamespaceDeclaration(it) => it.declare,
            Declaration::TSGlobalDeclaration(it) => it.declare,
            Declaration::TSImportEqualsDeclaration(_) => false,
        };
        if declares {
            self.grower.open(Kind::Ambient, field, of(node));
        }
        self.declared(node, if declares { None } else { field });
        if declares {
            self.grower.close();
        }
    }

    fn declared(&mut self, node: &Declaration<'_>, field: In) {
        match node {
            Declaration::VariableDeclaration(it) => self.variables(it, field),
            Declaration::FunctionDeclaration(it) => self.function_declaration(it, field),
            Declaration::ClassDeclaration(it) => self.class_declaration(it, field),
            Declaration::TSTypeAliasDeclaration(it) => self.type_alias(it, field),
            Declaration::TSInterfaceDeclaration(it) => self.interface(it, field),
            Declaration::TSEnumDeclaration(it) => self.enumeration(it, field),
            Declaration::TSExternalModuleDeclaration(it) => {
                self.grower.open(Kind::ModuleDeclaration, field, at(it.span));
                self.leaf(Kind::Text, Some(Field::name), of(&it.id));
                if let Some(body) = &it.body {
                    self.grower.open(Kind::Block, Some(Field::body), at(body.span));
                    self.statements(&body.body);
                    self.grower.close();
                }
                self.grower.close();
            }
            Declaration::TSNamespaceDeclaration(it) => self.namespace(it, field),
            Declaration::TSGlobalDeclaration(it) => {
                self.grower.open(Kind::Block, field, at(it.body.span));
                self.statements(&it.body.body);
                self.grower.close();
                if !it.declare {
                    self.give_up();
                }
            }
            Declaration::TSImportEqualsDeclaration(it) => self.import_equals(it, field),
        }
    }

    /// The span of a declaration without `declare` in front.
    fn undeclared(&self, span: Span, declares: bool) -> At {
        (if declares { self.behind(span.start, "declare") } else { span.start }, span.end)
    }

    fn type_alias(&mut self, node: &TSTypeAliasDeclaration<'_>, field: In) {
        self.grower.open(Kind::TypeAlias, field, self.undeclared(node.span, node.declare));
        self.leaf(Kind::TypeIdentifier, Some(Field::name), of(&node.id));
        self.type_parameters(node.type_parameters.as_deref());
        self.ty(&node.type_annotation, Some(Field::value));
        self.grower.close();
    }

    fn interface(&mut self, node: &TSInterfaceDeclaration<'_>, field: In) {
        self.grower.open(Kind::Interface, field, self.undeclared(node.span, node.declare));
        self.leaf(Kind::TypeIdentifier, Some(Field::name), of(&node.id));
        self.type_parameters(node.type_parameters.as_deref());
        if !node.extends.is_empty() {
            self.grower.open(Kind::ExtendsType, None, at(node.span));
            for base in &node.extends {
                self.type_named(&base.type_name, base.type_arguments.as_deref(), None, at(base.span));
            }
            self.grower.close();
        }
        self.grower.open_other("interface_body", Some(Field::body), at(node.body.span));
        self.signatures(&node.body.body);
        self.grower.close();
        self.grower.close();
    }

    fn enumeration(&mut self, node: &TSEnumDeclaration<'_>, field: In) {
        self.grower.open(Kind::Enum, field, self.undeclared(node.span, node.declare));
        self.leaf(Kind::Identifier, Some(Field::name), of(&node.id));
        self.grower.open_other("enum_body", Some(Field::body), at(node.body.span));
        for member in &node.body.members {
            let (kind, name) = match &member.id {
                TSEnumMemberName::Identifier(it) => (Kind::PropertyName, at(it.span)),
                TSEnumMemberName::String(it) => (Kind::Text, at(it.span)),
                TSEnumMemberName::ComputedString(_) | TSEnumMemberName::ComputedTemplateString(_) => {
                    return self.give_up();
                }
            };
            match &member.initializer {
                Some(value) => {
                    self.grower.open(Kind::EnumAssignment, None, at(member.span));
                    self.leaf(kind, Some(Field::name), name);
                    self.expression(value, Some(Field::value));
                    self.grower.close();
                }
                None => self.leaf(kind, Some(Field::name), name),
            }
        }
        self.grower.close();
        self.grower.close();
    }

    fn namespace(&mut self, node: &TSNamespaceDeclaration<'_>, field: In) {
        let span = self.undeclared(node.span, node.declare);
        let kind =
            if self.starts_with(span.0, "module") { Kind::ModuleDeclaration } else { Kind::InternalModule };
        let TSNamespaceDeclarationBody::TSModuleBlock(body) = &node.body else {
            return self.give_up();
        };
        self.grower.open(kind, field, span);
        self.leaf(Kind::Identifier, Some(Field::name), of(&node.id));
        self.grower.open(Kind::Block, Some(Field::body), at(body.span));
        self.directives(&body.directives);
        self.statements(&body.body);
        self.grower.close();
        self.grower.close();
    }

    fn import_equals(&mut self, node: &TSImportEqualsDeclaration<'_>, field: In) {
        match &node.module_reference {
            TSModuleReference::ExternalModuleReference(it) => {
                self.grower.open(Kind::Import, field, at(node.span));
                self.grower.open(Kind::ImportRequire, None, at(node.span));
                self.leaf(Kind::Identifier, None, of(&node.id));
                self.source(&it.expression);
                self.grower.close();
                self.grower.close();
                // `export import x = require(…)`.
                if field.is_some() {
                    self.give_up();
                }
            }
            path => {
                self.grower.open(Kind::ImportAlias, field, at(node.span));
                self.leaf(Kind::Identifier, None, of(&node.id));
                self.leaf(Kind::NestedIdentifier, None, of(path));
                self.grower.close();
            }
        }
    }

    fn import(&mut self, node: &ImportDeclaration<'_>) {
        if node.phase.is_some() {
            return self.give_up();
        }
        self.grower.open(Kind::Import, None, at(node.span));
        if let Some(specifiers) = &node.specifiers {
            self.grower.open(Kind::ImportClause, None, at(node.span));
            self.imported(specifiers);
            self.grower.close();
        }
        self.source(&node.source);
        self.grower.close();
    }

    fn imported(&mut self, specifiers: &Vec<'_, ImportDeclarationSpecifier<'_>>) {
        let mut in_list = false;
        for specifier in specifiers {
            match specifier {
                ImportDeclarationSpecifier::ImportDefaultSpecifier(it) => {
                    self.leaf(Kind::Identifier, None, of(&it.local));
                }
                ImportDeclarationSpecifier::ImportNamespaceSpecifier(it) => {
                    self.grower.open(Kind::NamespaceImport, None, at(it.span));
                    self.leaf(Kind::Identifier, None, of(&it.local));
                    self.grower.close();
                }
                ImportDeclarationSpecifier::ImportSpecifier(it) => {
                    if !std::mem::replace(&mut in_list, true) {
                        self.grower.open(Kind::NamedImports, None, at(it.span));
                    }
                    self.grower.open(Kind::ImportSpecifier, None, at(it.span));
                    self.export_name(&it.imported, Some(Field::name));
                    if of(&it.imported) != of(&it.local) {
                        self.leaf(Kind::Identifier, Some(Field::alias), of(&it.local));
                    }
                    self.grower.close();
                }
            }
        }
        if in_list {
            self.grower.close();
        }
    }

    fn source(&mut self, source: &StringLiteral<'_>) {
        self.leaf(Kind::Text, Some(Field::source), at(source.span));
    }

    fn export_name(&mut self, name: &ModuleExportName<'_>, field: In) {
        let kind = match name {
            ModuleExportName::StringLiteral(_) => Kind::Text,
            ModuleExportName::IdentifierName(_) | ModuleExportName::IdentifierReference(_) => {
                Kind::Identifier
            }
        };
        self.leaf(kind, field, of(name));
    }

    fn export_list(
        &mut self,
        specifiers: &Vec<'_, ExportSpecifier<'_>>,
        source: Option<&StringLiteral<'_>>,
        field: In,
        span: At,
    ) {
        self.grower.open(Kind::Export, field, span);
        self.grower.open(Kind::ExportClause, None, span);
        for specifier in specifiers {
            self.grower.open(Kind::ExportSpecifier, None, at(specifier.span));
            self.export_name(&specifier.local, Some(Field::name));
            if of(&specifier.local) != of(&specifier.exported) {
                self.export_name(&specifier.exported, Some(Field::alias));
            }
            self.grower.close();
        }
        self.grower.close();
        if let Some(source) = source {
            self.source(source);
        }
        self.grower.close();
    }

    fn export_default(&mut self, node: &ExportDefaultDeclaration<'_>, field: In) {
        self.grower.open(Kind::Export, field, at(node.span));
        self.grower.token("default", None);
        match &node.declaration {
            ExportDefaultDeclarationKind::FunctionDeclaration(it) if it.id.is_some() => {
                self.function_declaration(it, Some(Field::declaration));
            }
            ExportDefaultDeclarationKind::FunctionDeclaration(it) => {
                self.function_expression(it, Some(Field::value));
            }
            ExportDefaultDeclarationKind::ClassDeclaration(it) if it.id.is_some() => {
                self.class_declaration(it, Some(Field::declaration));
            }
            ExportDefaultDeclarationKind::ClassDeclaration(it) => {
                self.class_expression(it, Some(Field::value));
            }
            ExportDefaultDeclarationKind::TSInterfaceDeclaration(it) => {
                self.interface(it, Some(Field::declaration));
            }
            value => self.some_expression(value.as_expression(), Some(Field::value)),
        }
        self.grower.close();
    }
}
