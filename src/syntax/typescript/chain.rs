//! Member accesses, calls and optional chains: `a.b?.c(d)[e]` is followed in a loop.

use super::Lowerer;
use super::grammar::{Field, Kind};
use super::tree::Node;
use crate::program::{Arg, BlockId, Callee, Exit, Global, Key, Literal, Local, Name, Op, Value};
use crate::source::Span;

/// A chain while it is lowered.
struct Chain {
    /// Where the chain begins: every link's span does.
    start: usize,
    /// The end of what is lowered so far.
    end: usize,
    /// Where control goes when a link is null.
    null: Option<BlockId>,
}

impl<'t> Lowerer<'t> {
    /// The value of a chain; null if an optional link is.
    pub(super) fn chain(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let mut links = Vec::new();
        let root = self.collect_links(node, &mut links);
        if is_loose(self.kind(root)) && !links.is_empty() {
            let last = self.last_operand(root);
            self.grafts.insert(last.id(), links);
            return self.expression_into(root, into);
        }
        self.whole_chain(node, root, links, into)
    }

    /// `await f<T>(x)` is read as `(await f)(x)`, and so with every operator: the links are
    /// kept for the operand they belong to, which is this one.
    pub(super) fn grafted(&mut self, node: Node<'t>, mut links: Vec<Node<'t>>, into: Option<Local>) -> Local {
        self.graft_end = links.first().map_or(0, |link| link.end_byte() as u32);
        let root = self.collect_links(node, &mut links);
        self.whole_chain(node, root, links, into)
    }

    fn whole_chain(
        &mut self,
        node: Node<'t>,
        root: Node<'t>,
        links: Vec<Node<'t>>,
        into: Option<Local>,
    ) -> Local {
        let mut chain = Chain { start: root.start_byte(), end: root.end_byte(), null: None };
        let value = self.links(root, links, &mut chain, into);
        let Some(null) = chain.null else { return value };
        let span = self.span(node);
        let into = into.unwrap_or_else(|| self.build.temporary(span));
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
        let mut links = Vec::new();
        let root = self.collect_links(node, &mut links);
        if is_loose(self.kind(root)) {
            self.chain(node, None);
            return;
        }
        let mut chain = Chain { start: root.start_byte(), end: root.end_byte(), null: None };
        self.links(root, links, &mut chain, None);
        if let Some(null) = chain.null {
            self.build.goto_and_move(null, null);
        }
    }

    /// In a condition a null link goes straight to `no`.
    pub(super) fn chain_condition(&mut self, node: Node<'t>, yes: BlockId, no: BlockId) {
        let mut links = Vec::new();
        let root = self.collect_links(node, &mut links);
        let test = if is_loose(self.kind(root)) {
            self.chain(node, None)
        } else {
            let mut chain = Chain { start: root.start_byte(), end: root.end_byte(), null: Some(no) };
            self.links(root, links, &mut chain, None)
        };
        self.branch(test, yes, no, node);
    }

    /// Adds a chain's links, outermost first, and gives what they stand on.
    fn collect_links(&mut self, node: Node<'t>, links: &mut Vec<Node<'t>>) -> Node<'t> {
        let mut root = node;
        while let Some(inner) = self.inner_link(root) {
            if !matches!(self.kind(root), Kind::NonNull | Kind::Instantiation) {
                links.push(root);
            }
            root = inner;
        }
        root
    }

    /// The operand on the right edge of an expression.
    fn last_operand(&mut self, node: Node<'t>) -> Node<'t> {
        let mut last = node;
        while let Some(inner) = match self.kind(last) {
            Kind::Await | Kind::Yield | Kind::NonNull | Kind::Instantiation => self.first_named(last),
            Kind::Unary => self.field(last, Field::argument),
            Kind::Binary | Kind::Assignment | Kind::Augmented => self.field(last, Field::right),
            Kind::Ternary => self.field(last, Field::alternative),
            Kind::Arrow => self.field(last, Field::body).filter(|body| self.kind(*body) != Kind::Block),
            _ => None,
        } {
            last = inner;
        }
        last
    }

    /// ``tag<T>`…` `` is read as two comparisons: keeps the call for the tag, and gives the
    /// expression that ends with the tag.
    pub(super) fn generic_tag(&mut self, node: Node<'t>) -> Option<Node<'t>> {
        let comparison = self.field(node, Field::left)?;
        let is_tag = self.operator(node) == ">"
            && self.kind(comparison) == Kind::Binary
            && self.operator(comparison) == "<";
        let right = self.field(node, Field::right).filter(|_| is_tag)?;
        let mut links = Vec::new();
        let template = self.collect_links(right, &mut links);
        let tag = self.field(comparison, Field::left)?;
        let byte = |at: usize| self.text.as_bytes().get(at).copied();
        let touching =
            byte(tag.end_byte()) == Some(b'<') && byte(template.start_byte().saturating_sub(1)) == Some(b'>');
        if !touching || self.kind(template) != Kind::Template {
            return None;
        }
        links.push(template);
        let last = self.last_operand(tag);
        self.grafts.insert(last.id(), links);
        Some(tag)
    }

    /// Lowers a chain from its root outwards.
    fn links(
        &mut self,
        root: Node<'t>,
        mut links: Vec<Node<'t>>,
        chain: &mut Chain,
        into: Option<Local>,
    ) -> Local {
        let mut value = None;
        while let Some(link) = links.pop() {
            let last = into.filter(|_| links.is_empty());
            let base = match value {
                Some(value) => value,
                None if self.kind(link) == Kind::Call && self.is_module_call(root) => {
                    value = Some(self.module_call(link, last));
                    chain.end = link.end_byte();
                    continue;
                }
                None => self.expression(root),
            };
            let call = links.last().copied().filter(|call| !self.calls(link) && self.calls(*call));
            value = Some(match call.and_then(|call| self.method_name(link).map(|name| (call, name))) {
                Some((call, name)) => {
                    links.pop();
                    let last = into.filter(|_| links.is_empty());
                    self.method_call((link, call), base, name, chain, last)
                }
                None => self.link(link, base, chain, last),
            });
        }
        match value {
            Some(value) => value,
            None => self.expression_into(root, into),
        }
    }

    /// Whether a link calls what stands before it; a template calls its tag.
    fn calls(&self, link: Node<'t>) -> bool {
        matches!(self.kind(link), Kind::Call | Kind::Template)
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
    fn guard_link(&mut self, link: Node<'t>, base: Local, chain: &mut Chain) {
        if self.optional(link) {
            let null = chain.null.unwrap_or_else(|| self.build.new_block());
            chain.null = Some(null);
            let next = self.build.new_block();
            let span = Span::new(self.file, chain.start, chain.end);
            self.build.exit(Exit::If { test: base, yes: next, no: null, span });
            self.build.move_to(next);
        }
    }

    fn reach(&self, chain: &mut Chain, link: Node<'t>) -> Span {
        chain.end = link.end_byte();
        Span::new(self.file, chain.start, chain.end)
    }

    fn method_call(
        &mut self,
        (link, call): (Node<'t>, Node<'t>),
        receiver: Local,
        name: Name,
        chain: &mut Chain,
        into: Option<Local>,
    ) -> Local {
        self.guard_link(link, receiver, chain);
        let span = self.reach(chain, link);
        if self.optional(call) {
            let method = self.build.temporary(span);
            let value = Value::Load { base: receiver, key: Key::Field(name.clone()) };
            self.build.step(Op::Let { into: method, value }, span);
            self.guard_link(call, method, chain);
        }
        let args = self.arguments(call);
        let span = self.reach(chain, call);
        self.call_at(span, Callee::Method { receiver, name }, args, into)
    }

    fn link(&mut self, link: Node<'t>, base: Local, chain: &mut Chain, into: Option<Local>) -> Local {
        self.guard_link(link, base, chain);
        if self.calls(link) {
            let args = self.arguments(link);
            let span = self.reach(chain, link);
            return self.call_at(span, Callee::Value(base), args, into);
        }
        let key = self.key_of(link);
        let span = self.reach(chain, link);
        let into = into.unwrap_or_else(|| self.build.temporary(span));
        self.build.step(Op::Let { into, value: Value::Load { base, key } }, span);
        into
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

    fn call_at(&mut self, span: Span, callee: Callee, args: Vec<Arg>, into: Option<Local>) -> Local {
        let into = into.unwrap_or_else(|| self.build.temporary(span));
        self.build.step(Op::Call { into, callee, args }, span);
        into
    }

    /// The arguments of a call or `new`; a tagged template is its only argument.
    fn arguments(&mut self, call: Node<'t>) -> Vec<Arg> {
        let arguments =
            if self.kind(call) == Kind::Template { Some(call) } else { self.field(call, Field::arguments) };
        let Some(arguments) = arguments else {
            return Vec::new();
        };
        if self.kind(arguments) == Kind::Template {
            return vec![Arg { value: self.template(arguments, None), spread: false, lent: false }];
        }
        let nodes = self.named(arguments);
        nodes.into_iter().map(|node| self.argument(node)).collect()
    }

    fn argument(&mut self, node: Node<'t>) -> Arg {
        let spread = self.kind(node) == Kind::Spread;
        let inner = if spread { self.first_named(node).unwrap_or(node) } else { node };
        Arg { value: self.expression(inner), spread, lent: false }
    }

    pub(super) fn new_expression(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let class = match self.field(node, Field::constructor) {
            Some(class) => self.expression(class),
            None => self.unknown(None, node),
        };
        let args = self.arguments(node);
        self.call_at(self.span(node), Callee::New(class), args, into)
    }

    /// `import("m")`, `require("m")`.
    fn is_module_call(&self, root: Node<'t>) -> bool {
        match self.kind(root) {
            Kind::ImportKeyword => true,
            Kind::Identifier => self.text(root) == "require" && self.scopes.find("require").is_none(),
            _ => false,
        }
    }

    fn module_call(&mut self, call: Node<'t>, into: Option<Local>) -> Local {
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
}

/// Expressions that bind less tightly than a call: without parentheses none is called.
fn is_loose(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Await
            | Kind::Yield
            | Kind::Unary
            | Kind::Binary
            | Kind::Ternary
            | Kind::Assignment
            | Kind::Augmented
            | Kind::Arrow
    )
}
