//! Objects that one run has for itself, though their methods wait: made where they are used and
//! asked one thing after the other, or driven by a single loop.

use super::Races;
use crate::program::{Block, Callee, Exit, Function, FunctionId, Global, Key, Local, Name, Op, Value};
use crate::project::{CallSite, Unit, is_constructor};
use crate::scene::event::EventId;
use crate::scene::value::{Term, ValueId};
use crate::source::FileId;

/// A function of the project.
type At = (FileId, FunctionId);

impl Races<'_> {
    /// The memory of an object that nobody else asks anything while this run waits.
    pub(super) fn is_driven(&self, act: EventId) -> bool {
        let Some(place) = self.event(act).resource.keys.first().copied() else { return false };
        let Term::This(file, local) = *self.scene.values.term(self.scene.values.root(place)) else {
            return false;
        };
        let unit = self.project.unit(file);
        let function = unit.program.locals[local.0 as usize].function;
        let Some(owner) = &unit.program.functions[function.0 as usize].owner else { return false };
        self.is_used_where_made((file, function), owner, 0)
            || self.field_of_this(place).is_some_and(|field| self.has_one_driver(file, &field))
    }

    /// The field of `this` that a place is or lies in.
    fn field_of_this(&self, place: ValueId) -> Option<Name> {
        let mut at = place;
        let mut field = None;
        loop {
            at = match self.scene.values.term(at) {
                Term::Load { base, field: name, .. } => {
                    field = Some(name.clone());
                    *base
                }
                Term::Held { of, .. } => *of,
                Term::Element { base, .. } | Term::Each { base, .. } => *base,
                _ => return field,
            };
        }
    }

    /// Calls of a method outside of tests. What another class says of itself is none of them.
    fn sites(&self, owner: &Name, name: &Name) -> Vec<CallSite> {
        let all = self.project.call_sites(name);
        let all = all.iter();
        let real = all.filter(|site| {
            let unit = self.project.unit(site.file);
            let caller = &unit.program.functions[site.function.0 as usize];
            let own = caller.receiver.is_some_and(|(this, _)| this == site.receiver);
            let elsewhere = own
                && caller.owner.as_ref().is_some_and(|other| {
                    other != owner && self.project.inherited(site.file, other, name).is_some()
                });
            !elsewhere
                && !self.knowledge.is_rough(&unit.path)
                && !crate::knowledge::is_trial(unit.marks_around(site.function))
        });
        real.copied().collect()
    }

    /// Wherever the method is called, the object was made in that very function, stays there, and
    /// the call is waited for.
    fn is_used_where_made(&self, method: At, owner: &Name, depth: u32) -> bool {
        let unit = self.project.unit(method.0);
        let name = &unit.program.functions[method.1.0 as usize].name;
        let sites = self.sites(owner, name);
        !name.is_empty()
            && depth < 4
            && !sites.is_empty()
            && sites.iter().all(|site| {
                let unit = self.project.unit(site.file);
                let function = &unit.program.functions[site.function.0 as usize];
                let own = function.receiver.is_some_and(|(this, _)| this == site.receiver);
                is_awaited(function, site.block, site.step)
                    && if own && function.owner.as_ref() == Some(owner) {
                        self.is_used_where_made((site.file, site.function), owner, depth + 1)
                    } else {
                        unit.program.locals[site.receiver.0 as usize].function == site.function
                            && self.is_made_as(unit, site.receiver, owner)
                            && !is_handed_on(function, site.receiver)
                    }
            })
    }

    /// The variable holds what `new` of a class gave, or a function of the class that makes one.
    fn is_made_as(&self, unit: &Unit, local: Local, owner: &Name) -> bool {
        let mut at = local;
        for _ in 0..8 {
            at = match unit.definition(at) {
                Some(Op::Let { value: Value::Copy(from), .. }) => *from,
                Some(Op::Suspend { of, .. }) => *of,
                Some(Op::Call { callee: Callee::New(class), .. }) => {
                    return global(unit, *class).is_some_and(|class| class.path.last() == Some(owner));
                }
                Some(Op::Call { callee: Callee::Method { receiver, name }, .. }) => {
                    let of_class =
                        global(unit, *receiver).is_some_and(|class| class.path.last() == Some(owner));
                    return of_class && self.makes_new(unit.file, owner, name, 0);
                }
                _ => return false,
            };
        }
        false
    }

    /// A function of a class that makes another object each time, by itself or by another such
    /// function, and keeps none.
    fn makes_new(&self, file: FileId, owner: &Name, name: &Name, depth: u32) -> bool {
        let Some((file, id)) = self.project.inherited(file, owner, name).filter(|_| depth < 4) else {
            return false;
        };
        let unit = self.project.unit(file);
        let function = &unit.program.functions[id.0 as usize];
        let returns = |block: &Block| match block.exit {
            Exit::Return(Some(local)) => Some(local),
            _ => None,
        };
        let this = function.receiver.map(|(this, _)| this);
        let mut returned = function.blocks.iter().filter_map(returns);
        returned.any(|local| {
            let made = match unit.definition(local) {
                Some(Op::Suspend { of, .. } | Op::Let { value: Value::Copy(of), .. }) => *of,
                _ => local,
            };
            let anew = match unit.definition(made) {
                Some(Op::Call { callee: Callee::New(_), .. }) => true,
                Some(Op::Call { callee: Callee::Method { receiver, name }, .. }) => {
                    Some(*receiver) == this && self.makes_new(file, owner, name, depth + 1)
                }
                _ => false,
            };
            anew && !is_handed_on(function, made)
        })
    }

    /// Everything that changes the field of a class is reached from one loop alone.
    fn has_one_driver(&self, file: FileId, field: &Name) -> bool {
        let unit = self.project.unit(file);
        let changes = |function: &Function| {
            function
                .blocks
                .iter()
                .flat_map(|block| &block.steps)
                .any(|step| matches!(&step.op, Op::Store { key: Key::Field(name), .. } if name == field))
        };
        let functions = unit.program.functions.iter().enumerate();
        let writers = functions.filter(|(_, function)| !is_constructor(&function.name) && changes(function));
        let mut open: Vec<FunctionId> = writers.map(|(at, _)| FunctionId(at as u32)).collect();
        let mut reached = open.clone();
        let mut driver: Option<FunctionId> = None;
        while let Some(id) = open.pop() {
            let function = &unit.program.functions[id.0 as usize];
            if driver == Some(id) {
                continue;
            }
            let Some(owner) = &function.owner else {
                // A closure that changes it is the loop itself, or runs with what it stands in.
                if has_loop(function) {
                    if driver.is_some() {
                        return false;
                    }
                    driver = Some(id);
                    continue;
                }
                let Some(parent) = function.parent else { return false };
                if !reached.contains(&parent) {
                    reached.push(parent);
                    open.push(parent);
                }
                continue;
            };
            let sites = self.sites(owner, &function.name);
            if sites.is_empty() || reached.len() > 12 {
                return false;
            }
            for site in sites {
                if site.file != file {
                    return false;
                }
                let caller = &unit.program.functions[site.function.0 as usize];
                if site.function == id || driver == Some(site.function) || reached.contains(&site.function) {
                    continue;
                }
                let waits = is_awaited(caller, site.block, site.step) || !has_wait(function);
                if !waits {
                    return false;
                }
                if is_in_loop(caller, site.block) && caller.owner.is_none() {
                    if driver.is_some() {
                        return false;
                    }
                    driver = Some(site.function);
                } else {
                    reached.push(site.function);
                    open.push(site.function);
                }
            }
        }
        driver.is_some()
    }

    /// The method has one place in the project from where it is called.
    pub(super) fn is_called_once(&self, owner: &Name, name: &Name) -> bool {
        self.sites(owner, name).len() == 1
    }
}

fn global(unit: &Unit, local: Local) -> Option<&Global> {
    match unit.definition(local)? {
        Op::Let { value: Value::Global(global), .. } => Some(global),
        _ => None,
    }
}

/// The caller goes on when the call is done: it waits at once, or hands the promise back.
pub(super) fn is_awaited(function: &Function, block: u32, step: u32) -> bool {
    let block = &function.blocks[block as usize];
    let Some(Op::Call { into, .. }) = block.steps.get(step as usize).map(|step| &step.op) else {
        return false;
    };
    let rest = &block.steps[step as usize + 1..];
    match rest.first().map(|step| &step.op) {
        Some(Op::Suspend { of, .. }) => of == into,
        None => block.exit == Exit::Return(Some(*into)),
        Some(_) => false,
    }
}

/// The variable is stored, closed over by a call's argument, or given to a call.
fn is_handed_on(function: &Function, local: Local) -> bool {
    function.blocks.iter().flat_map(|block| &block.steps).any(|step| match &step.op {
        Op::Store { value, .. } => *value == local,
        Op::Call { args, .. } => args.iter().any(|arg| arg.value == local),
        _ => false,
    })
}

fn has_wait(function: &Function) -> bool {
    function.blocks.iter().flat_map(|block| &block.steps).any(|step| matches!(step.op, Op::Suspend { .. }))
}

pub(super) fn has_loop(function: &Function) -> bool {
    (0..function.blocks.len()).any(|block| is_in_loop(function, block as u32))
}

/// Control can come back to the block.
pub(super) fn is_in_loop(function: &Function, block: u32) -> bool {
    let mut seen = vec![false; function.blocks.len()];
    let mut open = next(&function.blocks[block as usize]);
    while let Some(at) = open.pop() {
        if at == block {
            return true;
        }
        if !std::mem::replace(&mut seen[at as usize], true) {
            open.extend(next(&function.blocks[at as usize]));
        }
    }
    false
}

fn next(block: &Block) -> Vec<u32> {
    let mut next: Vec<u32> = block.handler.iter().map(|handler| handler.0).collect();
    match &block.exit {
        Exit::Goto(to) => next.push(to.0),
        Exit::If { yes, no, .. } => next.extend([yes.0, no.0]),
        Exit::Return(_) | Exit::Raise(_) | Exit::Never => {}
    }
    next
}
