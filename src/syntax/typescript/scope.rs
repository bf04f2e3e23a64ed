//! Names in sight to locals: every block declares its names on entry.

use super::grammar::{Field, Kind};
use super::tree::Node;
use super::{Lowerer, This};
use crate::program::{Global, Local, LocalInfo, Name, Type, Value};
use rustc_hash::FxHashMap;

/// The names in sight, innermost scope last.
#[derive(Default)]
pub(super) struct Scopes<'t> {
    /// With the number of the scope that declares it, counted from 1.
    bound: FxHashMap<&'t str, Vec<(Local, usize)>>,
    open: Vec<Vec<(&'t str, Local)>>,
}

impl<'t> Scopes<'t> {
    pub(super) fn push(&mut self) {
        self.open.push(Vec::new());
    }

    pub(super) fn pop(&mut self) {
        let names = self.open.pop().unwrap_or_default();
        self.forget(&names);
    }

    fn forget(&mut self, names: &[(&'t str, Local)]) {
        for (name, _) in names {
            if let Some(locals) = self.bound.get_mut(name) {
                locals.pop();
            }
        }
    }

    pub(super) fn depth(&self) -> usize {
        self.open.len()
    }

    /// Hides the scopes above `depth`; give them back with [`Scopes::restore`].
    pub(super) fn hide(&mut self, depth: usize) -> Vec<Vec<(&'t str, Local)>> {
        let hidden = self.open.split_off(depth.min(self.open.len()));
        for names in hidden.iter().rev() {
            self.forget(names);
        }
        hidden
    }

    pub(super) fn restore(&mut self, hidden: Vec<Vec<(&'t str, Local)>>) {
        for names in hidden {
            self.push();
            for (name, local) in names {
                self.bind(name, local);
            }
        }
    }

    pub(super) fn bind(&mut self, name: &'t str, local: Local) {
        let scope = self.open.len();
        self.bound.entry(name).or_default().push((local, scope));
        if let Some(scope) = self.open.last_mut() {
            scope.push((name, local));
        }
    }

    pub(super) fn find(&self, name: &str) -> Option<Local> {
        self.bound.get(name)?.last().map(|(local, _)| *local)
    }

    /// Whether the innermost scope itself declares the name.
    pub(super) fn declares(&self, name: &str) -> bool {
        let innermost = self.bound.get(name).and_then(|locals| locals.last());
        innermost.is_some_and(|(_, scope)| *scope == self.open.len())
    }
}

impl<'t> Lowerer<'t> {
    /// Declares a name in the innermost scope.
    pub(super) fn declare(&mut self, node: Node<'t>, ty: Option<Type>, mutable: bool) -> Local {
        let span = self.span(node);
        let name = self.text(node);
        let local = match self.copies.local(span.start) {
            Some(local) => local,
            None => self.build.local(Name::new(name), ty, mutable, span),
        };
        self.copies.keep_local(span.start, local);
        self.scopes.bind(name, local);
        local
    }

    /// The local a name stands for; an unbound name is a global.
    pub(super) fn resolve(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let name = self.text(node);
        match (self.scopes.find(name), into) {
            (Some(local), None) => local,
            (Some(local), Some(_)) => self.put(into, Value::Copy(local), node),
            (None, _) if name == "undefined" => {
                self.put(into, Value::Literal(crate::program::Literal::Null), node)
            }
            (None, _) => self.put(into, Value::Global(unbound(name)), node),
        }
    }

    /// The local to assign to; a name nobody declares becomes module state.
    pub(super) fn assignable(&mut self, node: Node<'t>) -> Local {
        let name = self.text(node);
        self.scopes.find(name).unwrap_or_else(|| {
            let span = self.span(node);
            let local = self.foreign_local(LocalInfo {
                name: Name::new(name),
                ty: None,
                function: crate::program::FunctionId(0),
                mutable: true,
                span,
            });
            self.scopes.bind_outermost(name, local);
            self.build.entangle();
            local
        })
    }

    fn foreign_local(&mut self, info: LocalInfo) -> Local {
        self.build.program.locals.push(info);
        Local(self.build.program.locals.len() as u32 - 1)
    }

    /// `this` of the nearest function that has one.
    pub(super) fn this(&mut self, node: Node<'t>) -> Local {
        let at = self.open.iter().rposition(|open| !matches!(open.this, This::Outer)).unwrap_or(0);
        match self.open.get(at).map(|open| open.this) {
            Some(This::Local(local) | This::Own(Some(local))) => local,
            _ if at == 0 => self.put(None, Value::Global(unbound("this")), node),
            _ => self.own_this(at, node),
        }
    }

    fn own_this(&mut self, at: usize, node: Node<'t>) -> Local {
        let span = self.span(node);
        let function = self.build.open_function(at);
        let name = Name::new_static("this");
        let local = self.foreign_local(LocalInfo { name, ty: None, function, mutable: false, span });
        if let Some(function) = self.build.program.functions.get_mut(function.0 as usize) {
            function.receiver = Some((local, crate::program::Borrow::Shared));
        }
        if let Some(open) = self.open.get_mut(at) {
            open.this = This::Own(Some(local));
        }
        local
    }

    /// Declares what the statements of one block declare for the whole block.
    pub(super) fn declare_block(&mut self, statements: &[Node<'t>]) {
        for statement in statements {
            let mut node = *statement;
            while self.kind(node) == Kind::Export {
                match self.field(node, Field::declaration) {
                    Some(inner) => node = inner,
                    None => break,
                }
            }
            self.declare_statement(node);
        }
    }

    fn declare_statement(&mut self, node: Node<'t>) {
        match self.kind(node) {
            Kind::Lexical => {
                let mutable = self.field(node, Field::kind).is_some_and(|kind| kind.kind() == "let");
                self.declare_all(node, mutable);
            }
            Kind::FunctionDeclaration | Kind::GeneratorDeclaration | Kind::Enum | Kind::ImportAlias => {
                self.declare_named(node);
            }
            Kind::ClassDeclaration | Kind::AbstractClass => self.declare_named(node),
            Kind::ExpressionStatement => {
                let inner = self.first_named(node);
                let is_module = |inner: &Node<'t>| self.kind(*inner) == Kind::InternalModule;
                if let Some(inner) = inner.filter(is_module) {
                    self.declare_namespace(inner);
                }
            }
            Kind::InternalModule | Kind::ModuleDeclaration => self.declare_namespace(node),
            Kind::Ambient => {
                let inner = self.named(node);
                self.declare_ambient(&inner);
            }
            _ => {}
        }
    }

    fn declare_named(&mut self, node: Node<'t>) {
        let name = match self.kind(node) {
            Kind::ImportAlias => self.first_named(node),
            _ => self.field(node, Field::name),
        };
        if let Some(name) = name.filter(|name| !self.scopes.declares(self.text(*name))) {
            self.declare(name, None, false);
        }
    }

    fn declare_namespace(&mut self, node: Node<'t>) {
        let mut name = self.field(node, Field::name);
        while let Some(path) = name.filter(|name| self.kind(*name) == Kind::NestedIdentifier) {
            name = self.field(path, Field::object);
        }
        let name = name.filter(|name| self.kind(*name) == Kind::Identifier);
        if let Some(name) = name.filter(|name| !self.scopes.declares(self.text(*name))) {
            self.declare(name, None, false);
        }
    }

    /// `declare const db: Db` binds a name with a type and no value.
    fn declare_ambient(&mut self, inner: &[Node<'t>]) {
        for node in inner {
            if matches!(self.kind(*node), Kind::Lexical | Kind::Var) {
                self.declare_all(*node, true);
            }
        }
    }

    /// The names of each declarator of a declaration.
    pub(super) fn declare_all(&mut self, declaration: Node<'t>, mutable: bool) {
        for declarator in self.named(declaration) {
            if let Some(name) = self.field(declarator, Field::name) {
                let ty = self.declared_type(declarator);
                self.declare_pattern(name, ty, mutable);
            }
        }
    }

    /// Declares the `var`s of a function body: they belong to the whole function.
    pub(super) fn declare_vars(&mut self, body: Node<'t>) {
        let mut open = vec![body];
        while let Some(node) = open.pop() {
            self.nodes = self.nodes.saturating_add(1);
            match self.kind(node) {
                Kind::Var => self.declare_vars_of(node),
                Kind::ExpressionStatement | Kind::Lexical | Kind::Return | Kind::Throw => {}
                Kind::ForIn => {
                    if self.field(node, Field::kind).is_some_and(|kind| kind.kind() == "var")
                        && let Some(left) = self.field(node, Field::left)
                    {
                        self.declare_fresh(left);
                    }
                    open.extend(self.field(node, Field::body));
                }
                _ => {
                    let inner = self.children(node, |child| {
                        child.is_named() && child.children().any(|inner| inner.is_named())
                    });
                    open.extend(inner.into_iter().rev().filter(|child| self.may_hold_var(*child)));
                }
            }
        }
    }

    fn may_hold_var(&self, node: Node<'t>) -> bool {
        match self.kind(node) {
            Kind::Var
            | Kind::Block
            | Kind::If
            | Kind::For
            | Kind::ForIn
            | Kind::While
            | Kind::Do
            | Kind::Try
            | Kind::Switch
            | Kind::SwitchCase
            | Kind::SwitchDefault
            | Kind::Labeled
            | Kind::With
            | Kind::Error
            | Kind::Export => true,
            Kind::Other => {
                matches!(node.kind(), "else_clause" | "catch_clause" | "finally_clause" | "switch_body")
            }
            _ => false,
        }
    }

    fn declare_vars_of(&mut self, node: Node<'t>) {
        for declarator in self.named(node) {
            if let Some(name) = self.field(declarator, Field::name) {
                match self.kind(name) {
                    Kind::Identifier if self.scopes.declares(self.text(name)) => {}
                    Kind::Identifier => {
                        let ty = self.declared_type(declarator);
                        self.declare(name, ty, true);
                    }
                    _ => self.declare_fresh(name),
                }
            }
        }
    }

    /// Declares the names of a `var` pattern that are not declared yet.
    fn declare_fresh(&mut self, pattern: Node<'t>) {
        if self.kind(pattern) != Kind::Identifier || !self.scopes.declares(self.text(pattern)) {
            self.declare_pattern(pattern, None, true);
        }
    }
}

/// A name that nothing in the file declares.
pub(super) fn unbound(name: &str) -> Global {
    Global { module: Name::default(), path: vec![Name::new(name)] }
}

impl<'t> Scopes<'t> {
    /// Binds a name below every open scope.
    pub(super) fn bind_outermost(&mut self, name: &'t str, local: Local) {
        self.bound.entry(name).or_default().insert(0, (local, 1));
        if let Some(scope) = self.open.first_mut() {
            scope.push((name, local));
        }
    }
}
