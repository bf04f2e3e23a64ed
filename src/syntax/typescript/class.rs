//! Classes to a type declaration, functions owned by it, and a constructor that sets fields.

use super::function::{Binding, Bound};
use super::grammar::{Field, Kind};
use super::tree::Node;
use super::types::{local_name, plain};
use super::{Lowerer, Open, This};
use crate::program::{FunctionKind, Key, Local, Name, Op, Type, TypeDecl, Value};
use crate::source::Span;

/// The members of one class body, sorted by what becomes of them.
#[derive(Default)]
struct Members<'t> {
    constructor: Option<Node<'t>>,
    methods: Vec<(Node<'t>, Vec<Name>)>,
    fields: Vec<Node<'t>>,
    statics: Vec<Node<'t>>,
}

impl<'t> Lowerer<'t> {
    pub(super) fn class_declaration(&mut self, node: Node<'t>) {
        let Some(name) = self.field(node, Field::name) else { return };
        let into = self.assignable(name);
        let (name, span) = (self.name(name), self.span(name));
        self.class(node, name, span, Some(into));
    }

    pub(super) fn class_expression(
        &mut self,
        node: Node<'t>,
        into: Option<Local>,
        binding: Option<Binding>,
    ) -> Local {
        let (name, span) = match (self.field(node, Field::name), binding) {
            (_, Some(binding)) => (binding.name, binding.span),
            (Some(name), None) => (self.name(name), self.span(name)),
            (None, None) => (Name::default(), self.span(node)),
        };
        self.class(node, name, span, into)
    }

    pub(super) fn class(&mut self, node: Node<'t>, name: Name, at: Span, into: Option<Local>) -> Local {
        let class = self.put(into, Value::Global(local_name(name.clone())), node);
        let Some(body) = self.field(node, Field::body) else { return class };
        let hidden = self.open_type_parameters(node);
        let members = self.members(body);
        let bases = self.bases(node);
        let fields = self.declared_fields(&members);
        let (marks, span) = (self.class_marks(node), self.span(node));
        self.build.program.types.push(TypeDecl {
            name: name.clone(),
            fields,
            bases,
            marks,
            alias: false,
            span,
        });
        self.constructor(&members, &name, at);
        for (method, marks) in &members.methods {
            self.method(*method, &name, marks.clone());
        }
        self.statics(&members, class, &name);
        self.close_type_parameters(hidden);
        class
    }

    fn members(&mut self, body: Node<'t>) -> Members<'t> {
        let mut members = Members::default();
        let mut marks = Vec::new();
        for member in self.named(body) {
            match self.kind(member) {
                Kind::Decorator => marks.extend(self.mark(member)),
                Kind::Method => {
                    let name = self.field(member, Field::name).map_or("", |name| self.text(name));
                    if name == "constructor" {
                        members.constructor = Some(member);
                    } else {
                        let mut marks = std::mem::take(&mut marks);
                        marks.extend(self.marks(member));
                        members.methods.push((member, marks));
                    }
                }
                Kind::FieldDefinition if self.is_function_field(member) => {
                    let mut marks = std::mem::take(&mut marks);
                    marks.extend(self.marks(member));
                    members.methods.push((member, marks));
                }
                Kind::FieldDefinition if self.has_token(member, "static") => members.statics.push(member),
                Kind::FieldDefinition => members.fields.push(member),
                Kind::StaticBlock => members.statics.push(member),
                _ => {}
            }
        }
        members
    }

    /// `handle = async () => …` is a method in all but form.
    fn is_function_field(&mut self, member: Node<'t>) -> bool {
        let value = self.field(member, Field::value).map(|value| self.unwrapped(value));
        let is_static = self.has_token(member, "static");
        value.is_some_and(|value| matches!(self.kind(value), Kind::Arrow | Kind::FunctionExpression))
            && !is_static
    }

    fn class_marks(&mut self, node: Node<'t>) -> Vec<Name> {
        let mut marks = std::mem::take(&mut self.export_marks);
        marks.extend(self.marks(node));
        marks
    }

    /// The decorators in front of a node, without arguments.
    pub(super) fn marks(&mut self, node: Node<'t>) -> Vec<Name> {
        let decorators: Vec<_> = self.named(node);
        let decorators = decorators.into_iter().filter(|child| self.kind(*child) == Kind::Decorator);
        decorators.collect::<Vec<_>>().into_iter().filter_map(|decorator| self.mark(decorator)).collect()
    }

    fn mark(&mut self, decorator: Node<'t>) -> Option<Name> {
        let mut named = self.first_named(decorator)?;
        while let Some(inner) = match self.kind(named) {
            Kind::Call => self.field(named, Field::function),
            Kind::Parenthesized => self.first_named(named),
            _ => None,
        } {
            named = inner;
        }
        Some(self.name(named))
    }

    fn bases(&mut self, node: Node<'t>) -> Vec<Type> {
        let mut bases = Vec::new();
        for heritage in self.named(node) {
            if self.kind(heritage) != Kind::ClassHeritage {
                continue;
            }
            for clause in self.named(heritage) {
                match self.kind(clause) {
                    Kind::ExtendsClause => bases.extend(self.superclass(clause)),
                    Kind::ImplementsClause => {
                        for base in self.named(clause) {
                            bases.extend(self.written_type(base));
                        }
                    }
                    _ => {}
                }
            }
        }
        bases
    }

    fn superclass(&mut self, clause: Node<'t>) -> Option<Type> {
        let value = self.field(clause, Field::value)?;
        match self.kind(value) {
            Kind::Identifier | Kind::Member => {
                let mut ty = self.written_type(value)?;
                if let Some(list) = self.field(clause, Field::type_arguments) {
                    let args = self.named(list);
                    ty.args = args.into_iter().filter_map(|arg| self.written_type(arg)).collect();
                }
                Some(ty)
            }
            // A mixin: what the call is made with tells more than nothing.
            Kind::Call => {
                let function = self.field(value, Field::function)?;
                self.effect(value);
                Some(plain(local_name(self.name(function)), Vec::new()))
            }
            _ => None,
        }
    }

    fn declared_fields(&mut self, members: &Members<'t>) -> Vec<(Name, Option<Type>)> {
        let mut fields = Vec::new();
        for member in members.fields.iter().chain(&members.statics) {
            if let Some(name) = self.field(*member, Field::name) {
                let ty = self.declared_type(*member);
                fields.push((self.name(name), ty));
            }
        }
        for (parameter, pattern) in self.parameter_properties(members.constructor) {
            let ty = self.declared_type(parameter);
            fields.push((self.name(pattern), ty));
        }
        fields
    }

    /// The parameters that are also fields: `constructor(private db: Db)`.
    fn parameter_properties(&mut self, constructor: Option<Node<'t>>) -> Vec<(Node<'t>, Node<'t>)> {
        let list = constructor.and_then(|constructor| self.field(constructor, Field::parameters));
        let mut found = Vec::new();
        for parameter in list.map(|list| self.named(list)).unwrap_or_default() {
            // A word in front (`private`, `readonly`) makes a property of it.
            let words = self.children(parameter, |_| true);
            let first = words.into_iter().find(|word| self.kind(*word) != Kind::Decorator);
            let pattern = self.field(parameter, Field::pattern);
            let pattern = pattern.filter(|pattern| first.is_some_and(|first| first != *pattern));
            if let Some(pattern) = pattern.filter(|pattern| self.kind(*pattern) == Kind::Identifier) {
                found.push((parameter, pattern));
            }
        }
        found
    }

    /// The constructor sets what fields are initialised with; one is made up if none is written.
    fn constructor(&mut self, members: &Members<'t>, owner: &Name, at: Span) {
        let initialised: Vec<Node<'t>> = members
            .fields
            .iter()
            .copied()
            .filter(|field| self.field(*field, Field::value).is_some())
            .collect();
        if members.constructor.is_none() && initialised.is_empty() {
            return;
        }
        let properties = self.parameter_properties(members.constructor);
        let written = members.constructor;
        let span = written.map_or(at, |node| self.span(node));
        let name = written.and_then(|node| self.field(node, Field::name));
        let name_span = name.map_or(at, |name| self.span(name));
        self.build.enter(FunctionKind::Declared, Name::new_static("constructor"), span, name_span);
        self.build.function().owner = Some(owner.clone());
        self.open.push(Open { frames: Vec::new(), this: This::Own(None) });
        self.scopes.push();
        let this_at = written.or(initialised.first().copied());
        let this = this_at.map(|node| self.this(node));
        if let Some(written) = written {
            self.parameters(written);
        }
        if let Some(this) = this {
            for (parameter, pattern) in properties {
                if let Some(value) = self.scopes.find(self.text(pattern)) {
                    let (key, span) = (Key::Field(self.name(pattern)), self.span(parameter));
                    self.build.step(Op::Store { base: this, key, value }, span);
                }
            }
            for field in initialised {
                self.initialise(field, this, owner);
            }
        }
        if let Some(body) = written.and_then(|node| self.field(node, Field::body)) {
            self.braced_body(body);
        }
        self.scopes.pop();
        self.open.pop();
        self.build.leave(None);
    }

    fn initialise(&mut self, field: Node<'t>, base: Local, owner: &Name) {
        let (Some(name), Some(value)) = (self.field(field, Field::name), self.field(field, Field::value))
        else {
            return;
        };
        let key = self.property_key(name);
        let (label, at) = (self.name(name), self.span(name));
        let binding =
            Binding { name: label, span: at, owner: Some(owner.clone()), place: Bound::Declaration };
        let value = self.named_value(value, None, binding);
        let span = self.span(field);
        self.build.step(Op::Store { base, key, value }, span);
    }

    fn method(&mut self, member: Node<'t>, owner: &Name, marks: Vec<Name>) {
        let Some(name) = self.field(member, Field::name) else { return };
        let value = self.field(member, Field::value).map(|value| self.unwrapped(value));
        let function = if self.kind(member) == Kind::Method { Some(member) } else { value };
        let Some(function) = function.filter(|function| self.descend(*function)) else { return };
        let label = match self.property_key(name) {
            Key::Field(label) => label,
            Key::Element(_) | Key::Each => self.name(name),
        };
        let is_static = self.has_token(member, "static");
        self.method_receiver = !is_static;
        let binding = Binding {
            name: label,
            span: self.span(name),
            owner: Some(owner.clone()),
            place: Bound::Declaration,
        };
        let id = self.function(function, Some(binding));
        if let Some(function) = self.build.program.functions.get_mut(id.0 as usize) {
            function.marks = marks;
        }
        self.ascend();
    }

    /// Static fields are properties of the class; static blocks run where the class stands.
    fn statics(&mut self, members: &Members<'t>, class: Local, owner: &Name) {
        for member in &members.statics {
            let at = self.open.len() - 1;
            let before = std::mem::replace(&mut self.open[at].this, This::Local(class));
            if self.kind(*member) == Kind::StaticBlock {
                let body = self.field(*member, Field::body);
                self.optional_statement(body);
            } else {
                self.initialise(*member, class, owner);
            }
            self.open[at].this = before;
        }
    }
}
