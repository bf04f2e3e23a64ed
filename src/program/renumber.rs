//! Functions and variables under other numbers, in other places.

use super::{
    Callee, Entry, Exit, Function, FunctionId, Key, Local, LocalInfo, Name, Op, Part, Step, Type, TypeDecl,
    Value,
};
use crate::source::Span;

/// What becomes of everything that a part of a program names by a number.
pub(super) trait Renumber {
    fn local(&mut self, local: &mut Local);
    fn function(&mut self, function: &mut FunctionId);
    fn place(&mut self, span: &mut Span);
    /// The name of a type; most name nothing by a number.
    fn type_name(&mut self, _: &mut Name) {}
}

/// Everything in a function.
pub(super) fn function(function: &mut Function, by: &mut impl Renumber) {
    if let Some(parent) = &mut function.parent {
        by.function(parent);
    }
    if let Some((receiver, _)) = &mut function.receiver {
        by.local(receiver);
    }
    function.params.iter_mut().for_each(|param| by.local(param));
    if let Some(result) = &mut function.result {
        written(result, by);
    }
    by.place(&mut function.span);
    by.place(&mut function.name_span);
    for block in &mut function.blocks {
        block.steps.iter_mut().for_each(|step| self::step(step, by));
        exit(&mut block.exit, by);
    }
}

/// Everything about a variable.
pub(super) fn local(info: &mut LocalInfo, by: &mut impl Renumber) {
    by.function(&mut info.function);
    by.place(&mut info.span);
    if let Some(ty) = &mut info.ty {
        written(ty, by);
    }
}

/// Everything about a declared type.
pub(super) fn declared(decl: &mut TypeDecl, by: &mut impl Renumber) {
    by.place(&mut decl.span);
    by.type_name(&mut decl.name);
    decl.fields.iter_mut().filter_map(|(_, ty)| ty.as_mut()).for_each(|ty| written(ty, by));
    decl.bases.iter_mut().for_each(|ty| written(ty, by));
}

fn written(ty: &mut Type, by: &mut impl Renumber) {
    if let (true, [name]) = (ty.name.module.is_empty(), ty.name.path.as_mut_slice()) {
        by.type_name(name);
    }
    ty.args.iter_mut().for_each(|ty| written(ty, by));
}

fn exit(exit: &mut Exit, by: &mut impl Renumber) {
    match exit {
        Exit::If { test, span, .. } => {
            by.local(test);
            by.place(span);
        }
        Exit::Return(Some(value)) | Exit::Raise(Some(value)) => by.local(value),
        Exit::Return(None) | Exit::Raise(None) | Exit::Goto(_) | Exit::Never => {}
    }
}

fn step(step: &mut Step, by: &mut impl Renumber) {
    by.place(&mut step.span);
    match &mut step.op {
        Op::Let { into, value } => {
            by.local(into);
            self::value(value, by);
        }
        Op::Call { into, callee, args } => {
            by.local(into);
            match callee {
                Callee::Value(local) | Callee::New(local) | Callee::Method { receiver: local, .. } => {
                    by.local(local);
                }
                Callee::Macro(_) => {}
            }
            args.iter_mut().for_each(|arg| by.local(&mut arg.value));
        }
        Op::Store { base, key, value } => {
            by.local(base);
            self::key(key, by);
            by.local(value);
        }
        Op::Suspend { into, of } => {
            by.local(into);
            by.local(of);
        }
        Op::Release { local } => by.local(local),
    }
}

fn value(value: &mut Value, by: &mut impl Renumber) {
    match value {
        Value::Copy(local) | Value::Payload { of: local, .. } => by.local(local),
        Value::Load { base, key } => {
            by.local(base);
            self::key(key, by);
        }
        Value::Closure(function) => by.function(function),
        Value::Record { entries, .. } => entries.iter_mut().for_each(|entry| match entry {
            Entry::Named(_, local) | Entry::Spread(local) => by.local(local),
            Entry::Computed(key, local) => {
                by.local(key);
                by.local(local);
            }
        }),
        Value::Template(parts) => parts.iter_mut().for_each(|part| match part {
            Part::Value(local) => by.local(local),
            Part::Text(_) => {}
        }),
        Value::Apply { operands, .. } | Value::Mix(operands) => {
            operands.iter_mut().for_each(|operand| by.local(operand));
        }
        Value::Literal(_) | Value::Global(_) | Value::Caught => {}
    }
}

fn key(key: &mut Key, by: &mut impl Renumber) {
    match key {
        Key::Element(index) => by.local(index),
        Key::Field(_) | Key::Each => {}
    }
}
