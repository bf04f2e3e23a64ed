//! Expressions to values in locals.

use super::Lowerer;
use super::grammar::{Field, Kind};
use super::tree::Node;
use crate::program::{Global, Literal, Local, Name, Op, Operator, Value};

impl<'t> Lowerer<'t> {
    pub(super) fn expression(&mut self, node: Node<'t>) -> Local {
        self.expression_into(node, None)
    }

    /// The local that holds the expression's value: `into` if given.
    pub(super) fn expression_into(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        if !self.descend(node) {
            return self.unknown(into, node);
        }
        let value = self.expression_of(node, into);
        self.ascend();
        value
    }

    fn expression_of(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        if !self.grafts.is_empty()
            && let Some(links) = self.grafts.remove(&node.id())
        {
            return self.grafted(node, links, into);
        }
        match self.kind(node) {
            Kind::Identifier | Kind::Shorthand | Kind::Undefined => self.resolve(node, into),
            Kind::Call | Kind::Member | Kind::Subscript => self.chain(node, into),
            Kind::New => self.new_expression(node, into),
            Kind::Await | Kind::Yield => self.suspension(node, into),
            Kind::Binary => self.binary(node, into),
            Kind::Unary => self.unary(node, into),
            Kind::Ternary => self.ternary_value(node, into),
            Kind::Assignment => self.assignment(node, into),
            Kind::Augmented => self.augmented(node, into),
            Kind::Update => self.update(node, into, true),
            Kind::Sequence => self.sequence(node, into),
            Kind::Text | Kind::Number | Kind::Regex | Kind::True | Kind::False | Kind::Null => {
                self.literal(node, into)
            }
            Kind::Template => self.template_expression(node, into),
            Kind::Object => self.object(node, into, None),
            Kind::Array => self.array(node, into),
            Kind::Arrow | Kind::FunctionExpression | Kind::GeneratorExpression => {
                self.function_expression(node, into, None)
            }
            Kind::ClassExpression => self.class_expression(node, into, None),
            Kind::JsxElement | Kind::JsxSelfClosing => self.jsx(node, into),
            Kind::This => self.this_expression(node, into),
            Kind::Super | Kind::ImportKeyword | Kind::MetaProperty => self.keyword(node, into),
            Kind::Parenthesized
            | Kind::As
            | Kind::Satisfies
            | Kind::NonNull
            | Kind::Instantiation
            | Kind::TypeAssertion => self.wrapped(node, into),
            _ => self.mixture(node, into),
        }
    }

    fn wrapped(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let inner = self.unwrapped(node);
        if inner == node { self.unknown(into, node) } else { self.expression_into(inner, into) }
    }

    fn this_expression(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let this = self.this(node);
        if into.is_some() { self.put(into, Value::Copy(this), node) } else { this }
    }

    /// `super`, `import.meta`, `new.target`.
    fn keyword(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let path = self.text(node).split('.').map(|word| Name::new(word.trim())).collect();
        self.put(into, Value::Global(Global { module: Name::default(), path }), node)
    }

    /// An expression of which only what it does matters.
    pub(super) fn effect(&mut self, node: Node<'t>) {
        let node = self.unwrapped(node);
        if !self.descend(node) {
            return;
        }
        match self.kind(node) {
            _ if self.grafts.contains_key(&node.id()) => {
                self.expression_of(node, None);
            }
            Kind::Binary if matches!(self.operator(node), "&&" | "||" | "??") => self.logical_effect(node),
            Kind::Ternary => self.ternary_effect(node),
            Kind::Call | Kind::Member | Kind::Subscript => self.chain_effect(node),
            Kind::Update => {
                self.update(node, None, false);
            }
            Kind::InternalModule => self.namespace(node),
            Kind::Sequence => {
                for part in self.named(node) {
                    self.effect(part);
                }
            }
            Kind::Identifier => {}
            _ => {
                self.expression_of(node, None);
            }
        }
        self.ascend();
    }

    fn sequence(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let mut parts = self.named(node);
        let last = parts.pop();
        for part in parts {
            self.effect(part);
        }
        match last {
            Some(last) => self.expression_into(last, into),
            None => self.unknown(into, node),
        }
    }

    /// `await x` and `yield x`.
    fn suspension(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let before = std::mem::take(&mut self.graft_end);
        let of = match self.first_named(node) {
            Some(inner) => self.expression(inner),
            None => self.put(None, Value::Literal(Literal::Null), node),
        };
        let mut span = self.span(node);
        span.end = span.end.max(self.graft_end);
        self.graft_end = self.graft_end.max(before);
        let into = into.unwrap_or_else(|| self.build.temporary(span));
        self.build.step(Op::Suspend { into, of }, span);
        into
    }

    /// Left-deep chains (`a + b + c …`) are followed in a loop: generated code has long ones.
    fn binary(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        if matches!(self.operator(node), "&&" | "||" | "??") {
            return self.logical_value(node, into);
        }
        if let Some(tag) = self.generic_tag(node) {
            return self.expression_into(tag, into);
        }
        let mut spine = vec![node];
        let mut first = self.field(node, Field::left);
        while let Some(left) = first.filter(|left| self.is_plain_binary(*left)) {
            spine.push(left);
            first = self.field(left, Field::left);
        }
        let mut value = match first {
            Some(first) => self.expression(first),
            None => self.unknown(None, node),
        };
        while let Some(next) = spine.pop() {
            let into = into.filter(|_| spine.is_empty());
            value = self.apply_binary(next, value, into);
        }
        value
    }

    fn is_plain_binary(&self, node: Node<'t>) -> bool {
        self.kind(node) == Kind::Binary && !matches!(self.operator(node), "&&" | "||" | "??")
    }

    fn apply_binary(&mut self, node: Node<'t>, left: Local, into: Option<Local>) -> Local {
        let right = self.field(node, Field::right);
        let sign = self.operator(node);
        if sign == "instanceof" {
            let class = right.map_or("", |right| self.text(right));
            let operator = Operator::Is(Name::new(class));
            return self.put(into, Value::Apply { operator, operands: vec![left] }, node);
        }
        let left = self.before(left, right, node);
        let mut operands = vec![left];
        operands.extend(right.map(|right| self.expression(right)));
        self.put(into, Value::Apply { operator: arithmetic(sign), operands }, node)
    }

    /// `x + (await f())` reads `x` first: a variable keeps its old value in the sum.
    pub(super) fn before(&mut self, left: Local, right: Option<Node<'t>>, node: Node<'t>) -> Local {
        let changeable = self.build.program.locals.get(left.0 as usize);
        let changeable = changeable.is_some_and(|info| info.mutable && !info.name.is_empty());
        let may_change = right.is_some_and(|right| {
            !matches!(
                self.kind(right),
                Kind::Identifier
                    | Kind::Number
                    | Kind::Text
                    | Kind::Member
                    | Kind::Null
                    | Kind::True
                    | Kind::False
                    | Kind::Undefined
            )
        });
        if changeable && may_change { self.put(None, Value::Copy(left), node) } else { left }
    }

    fn unary(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let Some(argument) = self.field(node, Field::argument) else {
            return self.unknown(into, node);
        };
        match self.operator(node) {
            "-" if self.kind(argument) == Kind::Number => {
                let number = format!("-{}", super::literal::plain_number(self.text(argument)));
                self.put(into, Value::Literal(Literal::Number(Name::new(number))), node)
            }
            "delete" => self.delete(argument, node, into),
            "void" => {
                self.effect(argument);
                self.put(into, Value::Literal(Literal::Null), node)
            }
            sign => {
                let operator = match sign {
                    "!" => Operator::Not,
                    "typeof" => Operator::TypeOf,
                    _ => Operator::Arithmetic,
                };
                let operands = vec![self.expression(argument)];
                self.put(into, Value::Apply { operator, operands }, node)
            }
        }
    }

    /// Anything else: a mixture of the values inside it.
    pub(super) fn mixture(&mut self, node: Node<'t>, into: Option<Local>) -> Local {
        let mut parts = Vec::new();
        for child in self.named(node) {
            if is_statement(child.kind()) {
                self.statement(child);
            } else if !self.is_type(child) {
                parts.push(self.expression(child));
            }
        }
        self.put(into, Value::Mix(parts), node)
    }

    fn is_type(&self, node: Node<'t>) -> bool {
        node.kind().contains("type") || node.kind().ends_with("_pattern")
    }
}

fn is_statement(kind: &str) -> bool {
    kind.ends_with("_statement") || kind.ends_with("_declaration") || kind == "statement_block"
}

/// What a binary sign computes.
pub(super) fn arithmetic(sign: &str) -> Operator {
    match sign {
        "==" | "===" => Operator::Equal,
        "!=" | "!==" => Operator::NotEqual,
        "<" => Operator::Less,
        "<=" => Operator::LessEqual,
        ">" => Operator::Greater,
        ">=" => Operator::GreaterEqual,
        "+" | "+=" => Operator::Add,
        "-" | "-=" => Operator::Subtract,
        "in" => Operator::In,
        _ => Operator::Arithmetic,
    }
}
