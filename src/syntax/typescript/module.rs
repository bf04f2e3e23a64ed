//! Imports, exports, enums and namespaces.

use super::Lowerer;
use super::function::{Binding, Bound};
use super::grammar::{Field, Kind};
use super::tree::Node;
use super::types::TypeName;
use crate::program::{Entry, Export, Exported, FunctionId, Global, Local, Name, Op, Value};
use rustc_hash::{FxHashMap, FxHashSet};

impl<'t> Lowerer<'t> {
    /// The whole file.
    pub(super) fn module(&mut self, root: Node<'t>) {
        let statements = self.named(root);
        self.scopes.push();
        for statement in &statements {
            if self.kind(*statement) == Kind::Import {
                self.import(*statement);
            }
        }
        self.declare_vars(root);
        self.statements(&statements);
        self.mark_exported();
        self.scopes.pop();
    }

    fn import(&mut self, node: Node<'t>) {
        let clauses = self.named(node);
        let source = self.field(node, Field::source);
        let module = source.map(|source| self.string_value(source)).unwrap_or_default();
        for clause in clauses {
            match self.kind(clause) {
                Kind::ImportClause => self.import_clause(clause, &module),
                Kind::ImportRequire => {
                    let source = self.field(clause, Field::source);
                    let module = source.map(|source| self.string_value(source)).unwrap_or_default();
                    if let Some(name) = self.first_named(clause) {
                        self.import_name(name, Global { module, path: Vec::new() });
                    }
                }
                _ => {}
            }
        }
    }

    fn import_clause(&mut self, clause: Node<'t>, module: &Name) {
        let global = |path: Vec<Name>| Global { module: module.clone(), path };
        for part in self.named(clause) {
            match self.kind(part) {
                Kind::Identifier => self.import_name(part, global(vec![Name::new_static("default")])),
                Kind::NamespaceImport => {
                    if let Some(name) = self.first_named(part) {
                        self.import_name(name, global(Vec::new()));
                    }
                }
                Kind::NamedImports => {
                    for specifier in self.named(part) {
                        let Some(name) = self.field(specifier, Field::name) else { continue };
                        let local = self.field(specifier, Field::alias).unwrap_or(name);
                        let path = vec![self.export_name(name)];
                        self.import_name(local, global(path));
                    }
                }
                _ => {}
            }
        }
    }

    fn import_name(&mut self, name: Node<'t>, global: Global) {
        self.type_names.insert(self.text(name), TypeName::Imported(global.clone()));
        let local = self.declare(name, None, false);
        self.put(Some(local), Value::Global(global), name);
    }

    /// A name in an import or export list may be a string.
    fn export_name(&self, node: Node<'t>) -> Name {
        if self.kind(node) == Kind::Text { self.string_value(node) } else { self.name(node) }
    }

    /// `import x = a.b`.
    pub(super) fn import_alias(&mut self, node: Node<'t>) {
        let mut parts = self.named(node).into_iter();
        if let (Some(name), Some(path)) = (parts.next(), parts.next()) {
            let into = self.assignable(name);
            let mut words = self.text(path).split('.').map(str::trim);
            let first = words.next().unwrap_or("");
            let known = self.scopes.find(first);
            let mut value = match known {
                Some(local) => Value::Copy(local),
                None => Value::Global(super::scope::unbound(first)),
            };
            for word in words {
                let base = self.put(None, value, path);
                value = Value::Load { base, key: crate::program::Key::Field(Name::new(word)) };
            }
            self.put(Some(into), value, node);
        }
    }

    pub(super) fn export_statement(&mut self, node: Node<'t>) {
        self.export_marks = self.marks(node);
        let is_default = self.has_token(node, "default");
        if let Some(declaration) = self.field(node, Field::declaration) {
            self.statement(declaration);
            self.export_declaration(declaration, is_default);
        } else if let Some(value) = self.field(node, Field::value) {
            self.export_default(value);
        } else if self.has_token(node, "=") {
            if let Some(value) = self.first_named(node) {
                self.export_default(value);
            }
        } else {
            self.export_list(node);
        }
        self.export_marks.clear();
    }

    fn export(&mut self, name: Name, what: Exported) {
        self.build.program.exports.push(Export { name, what });
    }

    fn export_default(&mut self, value: Node<'t>) {
        let name = Name::new_static("default");
        let span = self.span(value);
        let binding = Binding { name: name.clone(), span, owner: None, place: Bound::Variable };
        let local = self.named_value(value, None, binding);
        self.export(name, Exported::Local(local));
    }

    fn export_declaration(&mut self, node: Node<'t>, is_default: bool) {
        if matches!(self.kind(node), Kind::Lexical | Kind::Var) {
            for declarator in self.named(node) {
                if let Some(name) = self.field(declarator, Field::name) {
                    self.export_pattern(name);
                }
            }
            return;
        }
        let node =
            if self.kind(node) == Kind::Ambient { self.first_named(node).unwrap_or(node) } else { node };
        let Some(name) = self.field(node, Field::name) else { return };
        let own = Name::new(self.text(name).split('.').next().unwrap_or(""));
        let said = if is_default { Name::new_static("default") } else { own.clone() };
        if matches!(self.kind(node), Kind::Interface | Kind::TypeAlias) {
            return self.export(said, Exported::Type(own));
        }
        if let Some(local) = self.scopes.find(own.as_str()) {
            self.export(said, Exported::Local(local));
        }
    }

    fn export_pattern(&mut self, pattern: Node<'t>) {
        let mut open = vec![pattern];
        while let Some(node) = open.pop() {
            match self.kind(node) {
                Kind::Identifier | Kind::ShorthandPattern => {
                    if let Some(local) = self.scopes.find(self.text(node)) {
                        self.export(self.name(node), Exported::Local(local));
                    }
                }
                Kind::PairPattern => open.extend(self.field(node, Field::value)),
                Kind::AssignmentPattern | Kind::ObjectAssignmentPattern => {
                    open.extend(self.field(node, Field::left));
                }
                Kind::ObjectPattern | Kind::ArrayPattern | Kind::RestPattern => {
                    open.extend(self.named(node).into_iter().rev());
                }
                _ => {}
            }
        }
    }

    /// `export { a as b }`, `export { a } from "m"`, `export * from "m"`.
    fn export_list(&mut self, node: Node<'t>) {
        let source = self.field(node, Field::source).map(|source| self.string_value(source));
        let star = self.has_token(node, "*");
        for part in self.named(node) {
            match (self.kind(part), &source) {
                (Kind::NamespaceExport, Some(module)) => {
                    let name = self.first_named(part).map(|name| self.export_name(name));
                    let global = Global { module: module.clone(), path: Vec::new() };
                    self.export(name.unwrap_or_default(), Exported::Elsewhere(global));
                }
                (Kind::ExportClause, _) => {
                    for specifier in self.named(part) {
                        self.export_specifier(specifier, source.as_ref());
                    }
                }
                _ => {}
            }
        }
        if let (true, Some(module)) = (star, source) {
            let global = Global { module, path: Vec::new() };
            self.export(Name::new_static("*"), Exported::Elsewhere(global));
        }
    }

    fn export_specifier(&mut self, specifier: Node<'t>, source: Option<&Name>) {
        let Some(name) = self.field(specifier, Field::name) else { return };
        let said = self.field(specifier, Field::alias).unwrap_or(name);
        let (own, said) = (self.export_name(name), self.export_name(said));
        let what = match (source, self.type_names.get(own.as_str()), self.scopes.find(&own)) {
            (Some(module), _, _) => Exported::Elsewhere(Global { module: module.clone(), path: vec![own] }),
            (None, Some(TypeName::Imported(global)), _) => Exported::Elsewhere(global.clone()),
            (None, _, Some(local)) => Exported::Local(local),
            (None, _, None) => Exported::Type(own),
        };
        self.export(said, what);
    }

    /// `module.exports = { a }`, `exports.a = …`.
    pub(super) fn note_common_export(&mut self, target: Node<'t>, value: Local) {
        if self.open.len() > 1 {
            return;
        }
        let text = self.text(target);
        if text == "module.exports" {
            self.export(Name::new_static("default"), Exported::Local(value));
            self.export_record(value);
        } else if let Some(name) = text.strip_prefix("module.exports.").or(text.strip_prefix("exports."))
            && !name.contains('.')
        {
            self.export(Name::new(name), Exported::Local(value));
        }
    }

    /// The entries of the object literal that was lowered last.
    fn export_record(&mut self, value: Local) {
        let current = self.build.current();
        let steps = &self.build.function().blocks[current.0 as usize].steps;
        let Some(Op::Let { into, value: Value::Record { entries, .. } }) =
            steps.iter().rev().nth(1).or(steps.last()).map(|step| &step.op)
        else {
            return;
        };
        if *into != value {
            return;
        }
        let named: Vec<(Name, Local)> = entries
            .iter()
            .filter_map(|entry| match entry {
                Entry::Named(name, local) => Some((name.clone(), *local)),
                Entry::Computed(..) | Entry::Spread(_) => None,
            })
            .collect();
        for (name, local) in named {
            self.export(name, Exported::Local(local));
        }
    }

    /// Marks the functions other files can reach.
    fn mark_exported(&mut self) {
        let mut functions: FxHashMap<Local, Vec<FunctionId>> = FxHashMap::default();
        let mut records: Vec<(Local, Vec<Local>)> = Vec::new();
        for block in &self.build.program.functions[0].blocks {
            for step in &block.steps {
                match &step.op {
                    Op::Let { into, value: Value::Closure(function) } => {
                        functions.entry(*into).or_default().push(*function);
                    }
                    Op::Let { into, value: Value::Record { entries, .. } } => {
                        let locals = entries.iter().filter_map(|entry| match entry {
                            Entry::Named(_, local) => Some(*local),
                            Entry::Computed(..) | Entry::Spread(_) => None,
                        });
                        records.push((*into, locals.collect()));
                    }
                    _ => {}
                }
            }
        }
        for (record, parts) in records {
            let inner: Vec<FunctionId> =
                parts.iter().filter_map(|part| functions.get(part)).flatten().copied().collect();
            functions.entry(record).or_default().extend(inner);
        }
        self.export_types();
        let program = &mut self.build.program;
        let mut exported: Vec<FunctionId> = Vec::new();
        let mut owners = Vec::new();
        for export in &program.exports {
            match &export.what {
                Exported::Local(local) => exported.extend(functions.get(local).into_iter().flatten()),
                Exported::Type(name) => owners.push(name.clone()),
                Exported::Elsewhere(_) => {}
            }
        }
        for function in exported {
            program.functions[function.0 as usize].exported = true;
        }
        for function in &mut program.functions {
            let owned = function.owner.as_ref().is_some_and(|owner| owners.contains(owner));
            function.exported |= owned && !function.name.starts_with('#');
        }
    }

    /// A class exported by its variable is exported as a type too.
    fn export_types(&mut self) {
        let program = &mut self.build.program;
        let types: FxHashSet<&Name> = program.types.iter().map(|decl| &decl.name).collect();
        let mut more = Vec::new();
        for export in &program.exports {
            if let Exported::Local(local) = export.what
                && let Some(name) = program.locals.get(local.0 as usize).map(|info| &info.name)
                && types.contains(name)
            {
                more.push(Export { name: export.name.clone(), what: Exported::Type(name.clone()) });
            }
        }
        program.exports.extend(more);
    }

    /// An enum is a record of its members.
    pub(super) fn enum_declaration(&mut self, node: Node<'t>) {
        let (Some(name), Some(body)) = (self.field(node, Field::name), self.field(node, Field::body)) else {
            return;
        };
        let into = self.assignable(name);
        let mut entries = Vec::new();
        for (index, member) in self.named(body).into_iter().enumerate() {
            let named = self.field(member, Field::name).unwrap_or(member);
            let label = self.export_name(named);
            let value = match self.field(member, Field::value) {
                Some(value) => self.expression(value),
                None => {
                    let number = crate::program::Literal::Number(Name::new(index.to_string()));
                    self.put(None, Value::Literal(number), member)
                }
            };
            entries.push(Entry::Named(label, value));
        }
        self.put(Some(into), Value::Record { name: None, entries }, node);
    }

    /// A namespace's statements run in place; it is a record of what they export.
    pub(super) fn namespace(&mut self, node: Node<'t>) {
        let Some(body) = self.field(node, Field::body) else { return };
        let mut name = self.field(node, Field::name);
        while let Some(path) = name.filter(|name| self.kind(*name) == Kind::NestedIdentifier) {
            name = self.field(path, Field::object);
        }
        let into = name.and_then(|name| self.scopes.find(self.text(name)));
        let before = self.build.program.exports.len();
        self.scopes.push();
        self.declare_vars(body);
        let statements = self.named(body);
        self.statements(&statements);
        self.scopes.pop();
        let exports = self.build.program.exports.split_off(before);
        let mut entries = Vec::new();
        for export in exports {
            match export.what {
                Exported::Local(local) => entries.push(Entry::Named(export.name, local)),
                Exported::Type(_) | Exported::Elsewhere(_) => {}
            }
        }
        self.put(into, Value::Record { name: None, entries }, node);
    }

    /// `declare …` runs nothing; it may declare types.
    pub(super) fn ambient(&mut self, node: Node<'t>) {
        for inner in self.named(node) {
            match self.kind(inner) {
                Kind::Interface | Kind::TypeAlias => self.type_declaration(inner),
                Kind::Block => {
                    for statement in self.named(inner) {
                        if matches!(self.kind(statement), Kind::Interface | Kind::TypeAlias) {
                            self.type_declaration(statement);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}
