//! Shows a program as text: what `debug program` prints and the lowering pages compare.
//!
//! Blocks stand in the order control reaches them; empty ones are left out, and a block that
//! only one other jumps to is joined with it. Locals are renumbered in order of appearance within each function (`%1`), named ones keep
//! their name (`path`, `path.2` for a second variable of that name), so that two languages that
//! lower to the same program print the same text.

mod layout;

use super::{
    Arg, Callee, Entry, Exit, Function, FunctionId, Global, Key, Literal, Local, Name, Op, Operator, Part,
    Program, Value,
};
use layout::Layout;
use std::collections::HashMap;
use std::fmt::Write;

/// The whole program, functions in order; blocks that nothing reaches are left out.
pub fn program(program: &Program) -> String {
    let mut printer = Printer { program, names: HashMap::new(), taken: HashMap::new(), temporaries: 0 };
    let mut out = String::new();
    for (at, function) in program.functions.iter().enumerate() {
        if at > 0 {
            out.push('\n');
        }
        printer.temporaries = 0;
        printer.function(function, FunctionId(at as u32), &mut out);
    }
    out
}

struct Printer<'a> {
    program: &'a Program,
    names: HashMap<Local, String>,
    taken: HashMap<Name, u32>,
    temporaries: u32,
}

impl Printer<'_> {
    fn function(&mut self, function: &Function, id: FunctionId, out: &mut String) {
        let owner = function.owner.as_ref().map(|owner| format!("{owner}.")).unwrap_or_default();
        let name = if function.name.is_empty() { "_" } else { &function.name };
        let params: Vec<String> = function.params.iter().map(|param| self.local(*param)).collect();
        let receiver =
            function.receiver.map(|(local, borrow)| format!("{}: {borrow:?}; ", self.local(local)));
        let asynchronous = if function.is_async { "async " } else { "" };
        let params = format!("{}{}", receiver.unwrap_or_default(), params.join(", "));
        let _ = writeln!(out, "{asynchronous}fn {owner}{name}#{}({params})", id.0);
        let layout = Layout::of(function);
        for (rank, runs) in layout.order.iter().enumerate() {
            let handler = layout.handler(function, runs);
            let handler = handler.map(|rank| format!(" raises to b{rank}")).unwrap_or_default();
            let _ = writeln!(out, "  b{rank}:{handler}");
            for block in runs.iter().filter_map(|at| function.blocks.get(*at)) {
                for step in &block.steps {
                    let text = self.op(&step.op);
                    let _ = writeln!(out, "    {text}");
                }
            }
            if let Some(block) = runs.last().and_then(|at| function.blocks.get(*at)) {
                let exit = self.exit(&block.exit, &layout);
                let _ = writeln!(out, "    {exit}");
            }
        }
    }

    fn local(&mut self, local: Local) -> String {
        if let Some(name) = self.names.get(&local) {
            return name.clone();
        }
        let info = &self.program.locals[local.0 as usize];
        let name = if info.name.is_empty() {
            self.temporaries += 1;
            format!("%{}", self.temporaries)
        } else {
            let count = self.taken.entry(info.name.clone()).or_insert(0);
            *count += 1;
            if *count == 1 { info.name.to_string() } else { format!("{}.{count}", info.name) }
        };
        self.names.insert(local, name.clone());
        name
    }

    fn list(&mut self, locals: &[Local]) -> String {
        locals.iter().map(|local| self.local(*local)).collect::<Vec<_>>().join(", ")
    }

    fn op(&mut self, op: &Op) -> String {
        match op {
            Op::Let { into, value } => {
                let value = self.value(value);
                format!("{} = {value}", self.local(*into))
            }
            Op::Call { into, callee, args } => {
                let args: Vec<String> = args.iter().map(|arg| self.arg(*arg)).collect();
                let callee = self.callee(callee);
                format!("{} = call {callee}({})", self.local(*into), args.join(", "))
            }
            Op::Store { base, key, value } => {
                let value = self.local(*value);
                let base = self.local(*base);
                format!("{base}{} = {value}", self.key(key))
            }
            Op::Suspend { into, of } => {
                let of = self.local(*of);
                format!("{} = await {of}", self.local(*into))
            }
            Op::Release { local } => format!("release {}", self.local(*local)),
        }
    }

    fn arg(&mut self, arg: Arg) -> String {
        format!("{}{}", if arg.spread { "..." } else { "" }, self.local(arg.value))
    }

    fn callee(&mut self, callee: &Callee) -> String {
        match callee {
            Callee::Value(local) => self.local(*local),
            Callee::Method { receiver, name } => format!("{}.{name}", self.local(*receiver)),
            Callee::New(local) => format!("new {}", self.local(*local)),
            Callee::Macro(global) => format!("{}!", path(global)),
        }
    }

    fn key(&mut self, key: &Key) -> String {
        match key {
            Key::Field(name) => format!(".{name}"),
            Key::Element(local) => format!("[{}]", self.local(*local)),
            Key::Each => "[*]".to_string(),
        }
    }

    fn value(&mut self, value: &Value) -> String {
        match value {
            Value::Copy(local) => self.local(*local),
            Value::Load { base, key } => {
                let base = self.local(*base);
                format!("{base}{}", self.key(key))
            }
            Value::Literal(literal) => self::literal(literal),
            Value::Global(global) => format!("@{}", path(global)),
            Value::Closure(id) => format!("fn#{}", id.0),
            Value::Record { name, entries } => {
                let entries: Vec<String> = entries.iter().map(|entry| self.entry(entry)).collect();
                let name = name.as_ref().map(path).unwrap_or_default();
                format!("{name}{{{}}}", entries.join(", "))
            }
            Value::Template(parts) => {
                let parts: Vec<String> = parts
                    .iter()
                    .map(|part| match part {
                        Part::Text(text) => format!("{text:?}"),
                        Part::Value(local) => self.local(*local),
                    })
                    .collect();
                format!("template({})", parts.join(", "))
            }
            Value::Apply { operator, operands } => {
                format!("{}({})", self::operator(operator), self.list(operands))
            }
            Value::Payload { of, variant, index } => format!("{} as {variant}.{index}", self.local(*of)),
            Value::Caught => "caught".to_string(),
            Value::Mix(locals) => format!("mix({})", self.list(locals)),
        }
    }

    fn entry(&mut self, entry: &Entry) -> String {
        match entry {
            Entry::Named(name, local) => format!("{name}: {}", self.local(*local)),
            Entry::Computed(key, local) => format!("[{}]: {}", self.local(*key), self.local(*local)),
            Entry::Spread(local) => format!("...{}", self.local(*local)),
        }
    }

    fn exit(&mut self, exit: &Exit, layout: &Layout) -> String {
        let block = |id: &super::BlockId| format!("b{}", layout.rank(*id));
        match exit {
            Exit::Goto(to) => format!("goto {}", block(to)),
            Exit::If { test, yes, no, .. } => {
                format!("if {} {} else {}", self.local(*test), block(yes), block(no))
            }
            Exit::Return(None) => "return".to_string(),
            Exit::Return(Some(local)) => format!("return {}", self.local(*local)),
            Exit::Raise(None) => "raise".to_string(),
            Exit::Raise(Some(local)) => format!("raise {}", self.local(*local)),
            Exit::Never => "never".to_string(),
        }
    }
}

/// `module:a.b`, without the colon for an empty module.
pub fn path(global: &Global) -> String {
    let path = global.path.join(".");
    if global.module.is_empty() { path } else { format!("{}:{path}", global.module) }
}

fn literal(literal: &Literal) -> String {
    match literal {
        Literal::Text(text) => format!("{text:?}"),
        Literal::Number(number) => number.to_string(),
        Literal::Bool(value) => value.to_string(),
        Literal::Null => "null".to_string(),
        Literal::Pattern(text) => text.to_string(),
    }
}

fn operator(operator: &Operator) -> String {
    match operator {
        Operator::Is(name) => format!("Is<{name}>"),
        other => format!("{other:?}"),
    }
}
