//! What never leaves the function that makes it: nobody else can reach it.

use super::Races;
use crate::book::api::{Library, Root, Segment, TypeFact, What};
use crate::book::words::{Noun, Verb};
use crate::knowledge::Knowledge;
use crate::program::{Arg, Block, Callee, Entry, Exit, Function, Key, Literal, Local, Op, Part, Value};
use crate::project::Unit;
use crate::scene::event::EventId;
use crate::source::Span;
use rustc_hash::FxHashSet;

impl Races<'_> {
    /// A lock that is made in the very function that takes it, and that nothing but being taken
    /// ever happens to: not returned, stored, handed on, copied by a call, or closed over.
    pub(super) fn is_own_lock(&self, id: EventId) -> bool {
        let event = self.event(id);
        let frame = &self.scene.frames[event.frame.0 as usize];
        let unit = self.project.unit(frame.file);
        let functions = &unit.program.functions;
        let own = &functions[frame.function.0 as usize];
        let Some(first) = taken_at(own, event.span).and_then(|lock| made(self.knowledge, unit, lock)) else {
            return false;
        };
        // A captured variable, or one of the module, lives longer than the call.
        if unit.program.locals[first.0 as usize].function != frame.function {
            return false;
        }
        let names = copies(own, first);
        let takes: FxHashSet<Span> = self
            .scene
            .event_ids()
            .map(|other| self.event(other))
            .filter(|other| other.resource.noun == Noun::Lock)
            .filter(|other| matches!(other.verb, Verb::Take | Verb::Release))
            .map(|other| other.span)
            .collect();
        takes.contains(&event.span)
            && functions.iter().enumerate().all(|(at, function)| {
                function.blocks.iter().all(|block| {
                    if at == frame.function.0 as usize {
                        stays(block, &names, &takes)
                    } else {
                        !mentions(block, &names)
                    }
                })
            })
    }
}

/// The receiver of a call.
fn taken_at(function: &Function, span: Span) -> Option<Local> {
    function.blocks.iter().flat_map(|block| &block.steps).find_map(|step| match &step.op {
        Op::Call { callee: Callee::Method { receiver, .. }, .. } if step.span == span => Some(*receiver),
        _ => None,
    })
}

/// The variable that a constructor's result first lands in, behind copies of it.
fn made(knowledge: &Knowledge<'_>, unit: &Unit, lock: Local) -> Option<Local> {
    let mut at = lock;
    for _ in 0..8 {
        match unit.definition(at)? {
            Op::Let { value: Value::Copy(from), .. } => at = *from,
            Op::Call { callee: Callee::New(_), .. } => return Some(at),
            Op::Call { callee: Callee::Value(function), args, .. } => {
                let Op::Let { value: Value::Global(global), .. } = unit.definition(*function)? else {
                    return None;
                };
                let [.., owner, name] = global.path.as_slice() else { return None };
                // `Arc::clone(&lock)` makes nothing.
                let makers = knowledge.makers(unit.program.language, name);
                let (library, fact) = makers.into_iter().find(|(_, fact)| fact.name == *owner)?;
                return (is_bare(unit, args) || !hands_out(library, fact)).then_some(at);
            }
            _ => return None,
        }
    }
    None
}

/// Whether who takes a lock of this type is handed what it was made with. Such a lock guards just
/// that, which is as local as itself.
fn hands_out(library: &Library, lock: &TypeFact) -> bool {
    library.calls.iter().any(|api| {
        let of_type = matches!(api.target.parts.first(), Some(Segment::Names(names)) if names.contains(&lock.name));
        let what = || api.clauses.iter().map(|clause| &clause.what);
        of_type
            && what().any(|what| matches!(what, What::Event(event) if event.noun == Noun::Lock && event.verb == Verb::Take))
            && what().any(|what| {
                matches!(what, What::SameAs(to, from) if to.root == Root::Result && from.root == Root::Receiver)
            })
    })
}

/// Made with nothing that could be kept: `Mutex::new(())`.
fn is_bare(unit: &Unit, args: &[Arg]) -> bool {
    args.iter().all(|arg| match unit.definition(arg.value) {
        Some(Op::Let { value: Value::Literal(Literal::Null), .. }) => true,
        Some(Op::Let { value: Value::Record { entries, .. }, .. }) => entries.is_empty(),
        _ => false,
    })
}

/// A variable and those it is copied to, in the order of the text.
fn copies(function: &Function, first: Local) -> FxHashSet<Local> {
    let mut names = FxHashSet::from_iter([first]);
    for step in function.blocks.iter().flat_map(|block| &block.steps) {
        if let Op::Let { into, value: Value::Copy(from) } = &step.op
            && names.contains(from)
        {
            names.insert(*into);
        }
    }
    names
}

/// Nothing in the block does more with the variables than name, take and end them.
fn stays(block: &Block, names: &FxHashSet<Local>, takes: &FxHashSet<Span>) -> bool {
    block.steps.iter().all(|step| match &step.op {
        Op::Let { into, value: Value::Copy(from) } if names.contains(from) => names.contains(into),
        Op::Release { .. } => true,
        Op::Call { callee: Callee::Method { receiver, .. }, args, .. } if names.contains(receiver) => {
            takes.contains(&step.span) && !args.iter().any(|arg| names.contains(&arg.value))
        }
        op => !uses(op).into_iter().any(|local| names.contains(&local)),
    }) && !leaves(block, names)
}

fn mentions(block: &Block, names: &FxHashSet<Local>) -> bool {
    let mut steps = block.steps.iter().flat_map(|step| uses(&step.op));
    steps.any(|local| names.contains(&local)) || leaves(block, names)
}

fn leaves(block: &Block, names: &FxHashSet<Local>) -> bool {
    match &block.exit {
        Exit::Return(Some(local)) | Exit::Raise(Some(local)) => names.contains(local),
        Exit::If { test, .. } => names.contains(test),
        Exit::Return(None) | Exit::Raise(None) | Exit::Goto(_) | Exit::Never => false,
    }
}

/// The variables that a step reads.
fn uses(op: &Op) -> Vec<Local> {
    match op {
        Op::Let { value, .. } => parts(value),
        Op::Call { callee, args, .. } => {
            let mut found: Vec<Local> = args.iter().map(|arg| arg.value).collect();
            match callee {
                Callee::Value(local) | Callee::New(local) | Callee::Method { receiver: local, .. } => {
                    found.push(*local);
                }
                Callee::Macro(_) => {}
            }
            found
        }
        Op::Store { base, key, value } => {
            let mut found = vec![*base, *value];
            found.extend(index(key));
            found
        }
        Op::Suspend { of, .. } => vec![*of],
        Op::Release { local } => vec![*local],
    }
}

fn index(key: &Key) -> Option<Local> {
    match key {
        Key::Element(local) => Some(*local),
        Key::Field(_) | Key::Each => None,
    }
}

fn parts(value: &Value) -> Vec<Local> {
    match value {
        Value::Copy(local) | Value::Payload { of: local, .. } => vec![*local],
        Value::Load { base, key } => std::iter::once(*base).chain(index(key)).collect(),
        Value::Record { entries, .. } => entries
            .iter()
            .flat_map(|entry| match entry {
                Entry::Named(_, local) | Entry::Spread(local) => vec![*local],
                Entry::Computed(name, local) => vec![*name, *local],
            })
            .collect(),
        Value::Template(text) => text
            .iter()
            .filter_map(|part| match part {
                Part::Value(local) => Some(*local),
                Part::Text(_) => None,
            })
            .collect(),
        Value::Apply { operands: locals, .. } | Value::Mix(locals) => locals.clone(),
        Value::Literal(_) | Value::Global(_) | Value::Closure(_) | Value::Caught => Vec::new(),
    }
}
