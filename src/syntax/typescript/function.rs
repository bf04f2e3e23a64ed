//! Functions, arrows and methods to [`Function`](crate::program::Function)s.

use super::grammar::{Field, Kind};
use super::tree::Node;
use super::{Lowerer, Open, This};
use crate::program::{FunctionId, FunctionKind, Local, Name, Type, Value};
use crate::source::Span;

/// What a function, object or class value is first bound to.
#[derive(Clone)]
pub(super) struct Binding {
    pub(super) name: Name,
    pub(super) span: Span,
    pub(super) owner: Option<Name>,
    pub(super) place: Bound,
}

/// What kind of name a [`Binding`] is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Bound {
    /// A variable, or a property assigned to.
    Variable,
    /// A property of an object literal.
    Property,
    /// A method or field of a class, or a function declaration.
    Declaration,
}

impl<'t> Lowerer<'t> {
    /// The value of an expression that is bound to the name a target gives.
    pub(super) fn bound_value(&mut self, node: Node<'t>, into: Option<Local>, target: Node<'t>) -> Local {
        let value = self.unwrapped(node);
        if !is_named_kind(self.kind(value)) {
            return self.expression_into(node, into);
        }
        let binding = self.binding(target);
        self.named_value(value, into, binding)
    }

    fn binding(&mut self, target: Node<'t>) -> Binding {
        let mut named = target;
        let mut owner = None;
        if self.kind(target) == Kind::Member
            && let (Some(object), Some(property)) =
                (self.field(target, Field::object), self.field(target, Field::property))
        {
            named = property;
            owner = self.owner_of(object);
        }
        let exports = self.text(target) == "module.exports";
        let name = if exports { Name::new_static("default") } else { self.name(named) };
        let owner = owner.filter(|_| !exports);
        Binding { name, span: self.span(named), owner, place: Bound::Variable }
    }

    /// `Foo` in `Foo.bar = …` and `Foo.prototype.bar = …`; `exports` owns nothing.
    fn owner_of(&self, object: Node<'t>) -> Option<Name> {
        let text = self.text(object);
        let text = text.strip_suffix(".prototype").unwrap_or(text);
        let plain = text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '$');
        (plain && !matches!(text, "exports" | "this")).then(|| Name::new(text))
    }

    pub(super) fn named_value(&mut self, node: Node<'t>, into: Option<Local>, binding: Binding) -> Local {
        let value = self.unwrapped(node);
        if !self.descend(value) {
            return self.unknown(into, value);
        }
        let value = match self.kind(value) {
            Kind::Arrow | Kind::FunctionExpression | Kind::GeneratorExpression => {
                self.function_expression(value, into, Some(binding))
            }
            Kind::Object => self.object(value, into, Some(binding.name)),
            Kind::ClassExpression => self.class_expression(value, into, Some(binding)),
            _ => self.expression_into(node, into),
        };
        self.ascend();
        value
    }

    pub(super) fn function_expression(
        &mut self,
        node: Node<'t>,
        into: Option<Local>,
        binding: Option<Binding>,
    ) -> Local {
        let function = self.function(node, binding);
        self.put(into, Value::Closure(function), node)
    }

    /// Binds the function declarations of a block before its first statement.
    pub(super) fn hoist_functions(&mut self, statements: &[Node<'t>]) {
        for statement in statements {
            let is_export = self.kind(*statement) == Kind::Export;
            let inner = if is_export { self.field(*statement, Field::declaration) } else { Some(*statement) };
            let Some(node) = inner else { continue };
            if matches!(self.kind(node), Kind::FunctionDeclaration | Kind::GeneratorDeclaration) {
                self.function_declaration(node);
            }
        }
    }

    fn function_declaration(&mut self, node: Node<'t>) {
        let Some(name) = self.field(node, Field::name) else { return };
        let into = self.assignable(name);
        let binding =
            Binding { name: self.name(name), span: self.span(name), owner: None, place: Bound::Declaration };
        if self.descend(node) {
            let function = self.function(node, Some(binding));
            self.put(Some(into), Value::Closure(function), node);
            self.ascend();
        }
    }

    /// Lowers a function of any form.
    pub(super) fn function(&mut self, node: Node<'t>, binding: Option<Binding>) -> FunctionId {
        let start = node.start_byte() as u32;
        if let Some(function) = self.copies.function(start) {
            return function;
        }
        let span = self.span(node);
        let own_name = self.field(node, Field::name).filter(|name| self.kind(*name) == Kind::Identifier);
        let kind = self.function_kind(binding.as_ref());
        let (name, name_span, owner) = match (binding, own_name) {
            (Some(binding), _) => (binding.name, binding.span, binding.owner),
            (None, Some(name)) => (self.name(name), self.span(name), None),
            (None, None) => (Name::default(), span, None),
        };
        let is_method = std::mem::take(&mut self.method_receiver);
        let is_arrow = self.kind(node) == Kind::Arrow && !is_method;
        let hidden = self.open_type_parameters(node);
        let result = self.field(node, Field::return_type).and_then(|ty| self.annotation(ty));
        let is_async = self.has_token(node, "async");
        let id = self.build.enter(kind, name, span, name_span);
        self.copies.keep_function(start, id);
        let function = self.build.function();
        function.owner = owner;
        function.is_async = is_async;
        function.result = result.map(|result| if is_async { awaited(result) } else { result });
        let this = if is_arrow { This::Outer } else { This::Own(None) };
        self.open.push(Open { frames: Vec::new(), this });
        self.scopes.push();
        if is_method {
            self.this(node);
        }
        if let Some(name) = own_name.filter(|_| self.kind(node) == Kind::FunctionExpression) {
            let local = self.declare(name, None, false);
            self.put(Some(local), Value::Closure(id), name);
        }
        self.function_rest(node);
        self.scopes.pop();
        self.open.pop();
        self.close_type_parameters(hidden);
        id
    }

    fn function_kind(&self, binding: Option<&Binding>) -> FunctionKind {
        let at_top = self.open.len() == 1;
        match binding.map(|binding| binding.place) {
            Some(Bound::Declaration) => FunctionKind::Declared,
            Some(Bound::Variable | Bound::Property) if at_top => FunctionKind::Declared,
            _ => FunctionKind::Closure,
        }
    }

    fn function_rest(&mut self, node: Node<'t>) {
        self.parameters(node);
        let Some(body) = self.field(node, Field::body) else {
            self.build.leave(None);
            return;
        };
        if self.kind(body) == Kind::Block {
            self.braced_body(body);
            self.build.leave(None);
        } else {
            let value = self.expression(body);
            self.build.leave(Some(value));
        }
    }

    pub(super) fn braced_body(&mut self, body: Node<'t>) {
        let start = self.build.open_body();
        self.declare_vars(body);
        let statements = self.named(body);
        self.scopes.push();
        self.statements(&statements);
        self.scopes.pop();
        let span = self.span(body);
        self.build.close_body(start, span);
    }

    pub(super) fn parameters(&mut self, node: Node<'t>) {
        if let Some(single) = self.field(node, Field::parameter) {
            let local = self.declare(single, None, false);
            self.build.function().params.push(local);
        }
        let Some(list) = self.field(node, Field::parameters) else { return };
        let parameters = self.named(list);
        let mut destructured = Vec::new();
        for parameter in parameters {
            let is_parameter =
                matches!(self.kind(parameter), Kind::RequiredParameter | Kind::OptionalParameter);
            let pattern = self.field(parameter, Field::pattern).filter(|_| is_parameter);
            let Some(pattern) = pattern else { continue };
            if self.kind(pattern) != Kind::This {
                destructured.push((parameter, pattern, self.parameter(parameter, pattern)));
            }
        }
        for (parameter, pattern, local) in destructured {
            self.open_parameter(parameter, pattern, local);
        }
    }

    fn parameter(&mut self, parameter: Node<'t>, pattern: Node<'t>) -> Local {
        let ty = self.declared_type(parameter);
        let rest = self.kind(pattern) == Kind::RestPattern;
        let named = if rest { self.first_named(pattern).unwrap_or(pattern) } else { pattern };
        let local = if self.kind(named) == Kind::Identifier {
            self.declare(named, ty, false)
        } else {
            let span = self.span(named);
            let local = self.build.local(Name::default(), ty, false, span);
            self.declare_pattern(named, None, false);
            local
        };
        self.build.function().params.push(local);
        local
    }

    /// Defaults and destructuring, once all parameters are bound.
    fn open_parameter(&mut self, parameter: Node<'t>, pattern: Node<'t>, local: Local) {
        let rest = self.kind(pattern) == Kind::RestPattern;
        let named = if rest { self.first_named(pattern).unwrap_or(pattern) } else { pattern };
        self.bind_default(named, parameter, local);
    }
}

/// What awaiting a declared result gives: an async function declares a promise of it.
fn awaited(mut result: Type) -> Type {
    if result.args.len() == 1 { result.args.pop().unwrap_or(result) } else { result }
}

fn is_named_kind(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Arrow
            | Kind::FunctionExpression
            | Kind::GeneratorExpression
            | Kind::Object
            | Kind::ClassExpression
    )
}
