//! Member accesses, calls and optional chains: `a.b?.c(d)[e]` is followed in a loop.

use super::Lowerer;
use super::grammar::{Field, Kind};
use crate::program::{Arg, BlockId, Callee, Global, Key, Literal, Local, Name, Op, Value};
use crate::source::Span;
use tree_sitter::Node;

/// A chain while it is lowered: where control goes when a link is null.
struct Chain {
    null: Option<BlockId>,
}

impl<'t> Lowerer<'t> {
    /// The value of a chain; null if an optional link is.
    pub(super) fn chain(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let mut chain = Chain { null: None };
        let value = self.links(node, &mut chain, into);
        let Some(null) = chain.null else { return value };
        let span = self.span(node);
        let into = match into {
            Some(into) => into,
            None => self.build.temporary(span),
        };
        let join = self.build.new_block();
        if into != value {
            self.put(Some(into), Value::Copy(value), node);
        }
        self.build.goto_and_move(join, null);
        self.put(Some(into), Value::Literal(Literal::Null), node);
        self.build.goto_and_move(join, join);
        into
    }

    /// A chain of which only what it does matters.
    pub(super) fn chain_effect(&mut self, node: Node<'t>) {
        let mut chain = Chain { null: None };
        self.links(node, &mut chain, None);
        if let Some(null) = chain.null {
            self.build.goto_and_move(null, null);
        }
    }

    /// In a condition a null link goes straight to `no`.
    pub(super) fn chain_condition(&mut self, node: Node<'t>, yes: BlockId, no: BlockId) {
        let mut chain = Chain { null: Some(no) };
        let test = self.links(node, &mut chain, None);
        self.branch(test, yes, no, node);
    }

    fn links(&mut self, node: Node<'t>, chain: &mut Chain, into: Option<Local>) -> Local {
        let mut links = Vec::new();
        let mut root = node;
        while let Some(inner) = self.inner_link(root) {
            if !matches!(self.kind(root), Kind::NonNull | Kind::Instantiation) {
                links.push(root);
            }
            root = inner;
        }
        let mut value = None;
        while let Some(link) = links.pop() {
            let last = into.filter(|_| links.is_empty());
            let base = match value {
                Some(value) => value,
                None if self.kind(link) == Kind::Call && self.is_special(link, root) => {
                    value = Some(self.special_call(link, root, last));
                    continue;
                }
                None => self.expression(root),
            };
            let call = links.last().copied().filter(|_| self.kind(link) != Kind::Call);
            let call = call.filter(|call| self.kind(*call) == Kind::Call);
            value = Some(match call.and_then(|call| self.method_name(link).map(|name| (call, name))) {
                Some((call, name)) => {
                    links.pop();
                    let last = into.filter(|_| links.is_empty());
                    self.method_call(link, call, base, name, chain, last)
                }
                None => self.link(link, base, chain, last),
            });
        }
        match value {
            Some(value) => value,
            None => self.unknown(into, node),
        }
    }

    /// What the outermost link of a chain stands on.
    fn inner_link(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        match self.kind(node) {
            Kind::Call => self.field(node, Field::function),
            Kind::Member | Kind::Subscript => self.field(node, Field::object),
            Kind::NonNull | Kind::Instantiation => self.first_named(node),
            _ => None,
        }
    }

    fn optional(&mut self, link: Node<'t>) -> bool {
        match self.kind(link) {
            Kind::Call => self.has_token(link, "?."),
            _ => self.field(link, Field::optional_chain).is_some(),
        }
    }

    /// The name a link calls as a method.
    fn method_name(&mut self, link: Node<'t>) -> Option<Name> {
        match self.kind(link) {
            Kind::Member => self.field(link, Field::property).map(|property| self.name(property)),
            Kind::Subscript => match self.field(link, Field::index) {
                Some(index) if self.kind(index) == Kind::Text => Some(self.string_value(index)),
                _ => None,
            },
            _ => None,
        }
    }

    /// Leaves the chain if the value is null.
    fn guard_link(&mut self, link: Node<'t>, base: Local, chain: &mut Chain, node: Node<'t>) {
        if self.optional(link) {
            let null = match chain.null {
                Some(null) => null,
                None => self.build.new_block(),
            };
            chain.null = Some(null);
            let next = self.build.new_block();
            self.branch(base, next, null, node);
            self.build.move_to(next);
        }
    }

    fn inner_node(&mut self, link: Node<'t>) -> Node<'t> {
        self.inner_link(link).unwrap_or(link)
    }

    fn method_call(
        &mut self,
        link: Node<'t>,
        call: Node<'t>,
        receiver: Local,
        name: Name,
        chain: &mut Chain,
        into: Option<Local>,
    ) -> Local {
        let inner = self.inner_node(link);
        self.guard_link(link, receiver, chain, inner);
        if self.optional(call) {
            let load = Value::Load { base: receiver, key: Key::Field(name.clone()) };
            let method = self.put(None, load, link);
            self.guard_link(call, method, chain, link);
        }
        let args = self.arguments(call);
        self.call(Callee::Method { receiver, name }, args, into, call)
    }

    fn link(&mut self, link: Node<'t>, base: Local, chain: &mut Chain, into: Option<Local>) -> Local {
        let inner = self.inner_node(link);
        self.guard_link(link, base, chain, inner);
        if self.kind(link) == Kind::Call {
            let args = self.arguments(link);
            return self.call(Callee::Value(base), args, into, link);
        }
        let key = self.key_of(link);
        self.put(into, Value::Load { base, key }, link)
    }

    /// What a member or subscript expression names.
    pub(super) fn key_of(&mut self, link: Node<'t>) -> Key {
        if let Some(property) = self.field(link, Field::property) {
            return Key::Field(self.name(property));
        }
        match self.field(link, Field::index) {
            Some(index) => self.index_key(index),
            None => Key::Each,
        }
    }

    fn index_key(&mut self, index: Node<'t>) -> Key {
        match self.kind(index) {
            Kind::Text => Key::Field(self.string_value(index)),
            Kind::Number => Key::Field(Name::new(self.text(index))),
            _ => Key::Element(self.expression(index)),
        }
    }

    fn call(&mut self, callee: Callee, args: Vec<Arg>, into: Option<Local>, node: Node<'t>) -> Local {
        self.call_at(self.span(node), callee, args, into)
    }

    fn call_at(&mut self, span: Span, callee: Callee, args: Vec<Arg>, into: Option<Local>) -> Local {
        let into = into.unwrap_or_else(|| self.build.temporary(span));
        self.build.step(Op::Call { into, callee, args }, span);
        into
    }

    /// The arguments of a call or `new`; a tagged template is its only argument.
    fn arguments(&mut self, call: Node<'t>) -> Vec<Arg> {
        let Some(arguments) = self.field(call, Field::arguments) else {
            return Vec::new();
        };
        if self.kind(arguments) == Kind::Template {
            return vec![Arg { value: self.template(arguments, None), spread: false }];
        }
        let nodes = self.named(arguments);
        nodes.into_iter().map(|node| self.argument(node)).collect()
    }

    fn argument(&mut self, node: Node<'t>) -> Arg {
        let spread = self.kind(node) == Kind::Spread;
        let inner = if spread { self.first_named(node).unwrap_or(node) } else { node };
        Arg { value: self.expression(inner), spread }
    }

    pub(super) fn new_expression(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let class = match self.field(node, Field::constructor) {
            Some(class) => self.expression(class),
            None => self.unknown(None, node),
        };
        let args = self.arguments(node);
        self.call(Callee::New(class), args, into, node)
    }

    /// `import("m")`, `require("m")`, and a template whose tag holds an `await`.
    fn is_special(&self, call: Node<'t>, root: Node<'t>) -> bool {
        match self.kind(root) {
            Kind::ImportKeyword => true,
            Kind::Identifier => self.text(root) == "require" && self.scopes.find("require").is_none(),
            Kind::Await => {
                let arguments = self.field(call, Field::arguments);
                arguments.is_some_and(|arguments| self.kind(arguments) == Kind::Template)
            }
            _ => false,
        }
    }

    fn special_call(&mut self, call: Node<'t>, root: Node<'t>, into: Option<Local>) -> Local {
        if self.kind(root) == Kind::Await
            && let (Some(tag), Some(template)) = (self.first_named(root), self.field(call, Field::arguments))
        {
            // `await db.query<T>`…`` is read as `(await db.query)<T>!`…``.
            let called = self.tagged(tag, template, call, None);
            return self.suspend(called, into, call);
        }
        let arguments = self.field(call, Field::arguments);
        let module = arguments.and_then(|arguments| self.first_named(arguments));
        match module.filter(|module| self.kind(*module) == Kind::Text) {
            Some(module) => {
                let module = self.string_value(module);
                self.put(into, Value::Global(Global { module, path: Vec::new() }), call)
            }
            None => {
                let args = self.arguments(call);
                self.put(into, Value::Mix(args.iter().map(|arg| arg.value).collect()), call)
            }
        }
    }

    /// ``tag<T>`…` `` is read as two comparisons; gives the tag and the template.
    pub(super) fn generic_tag(&mut self, node: Node<'t>) -> Option<(Node<'t>, Node<'t>)> {
        let template = self.field(node, Field::right)?;
        let comparison = self.field(node, Field::left)?;
        let is_tag = self.kind(template) == Kind::Template
            && self.operator(node) == ">"
            && self.kind(comparison) == Kind::Binary
            && self.operator(comparison) == "<";
        let tag = self.field(comparison, Field::left).filter(|_| is_tag)?;
        let touching = self.text.as_bytes().get(tag.end_byte()) == Some(&b'<');
        touching.then_some((tag, template))
    }

    /// A call of a template's tag, which may be read as an `await` of the tag.
    pub(super) fn tagged(
        &mut self,
        tag: Node<'t>,
        template: Node<'t>,
        node: Node<'t>,
        into: Option<Local>,
    ) -> Local {
        if self.kind(tag) == Kind::Await
            && let Some(inner) = self.first_named(tag)
        {
            let called = self.tagged(inner, template, node, None);
            return self.suspend(called, into, node);
        }
        let tag = self.unwrapped(tag);
        let method = self.method_name(tag);
        let callee = match (method, self.field(tag, Field::object)) {
            (Some(name), Some(object)) => Callee::Method { receiver: self.expression(object), name },
            _ => Callee::Value(self.expression(tag)),
        };
        let value = self.template(template, None);
        let span = self.span(tag).to(self.span(template));
        let args = vec![Arg { value, spread: false }];
        self.call_at(span, callee, args, into)
    }
}
