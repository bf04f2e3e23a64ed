//! Memory that one task alone works on: a loop that is started once, start-up, and what they call.
//! Whoever looks and acts in that task has nobody to get in between.

use super::Races;
use super::driven::{has_loop, is_awaited, is_in_loop};
use super::memory::is_memory;
use crate::book::words::{Noun, Role, Roles, Verb};
use crate::knowledge::Knowledge;
use crate::program::{Borrow, Callee, Function, FunctionId, FunctionKind, Language, Name, Op, Value};
use crate::project::{Caller, Project, Unit, is_constructor};
use crate::scene::event::EventId;
use crate::scene::value::{Term, ValueId};
use crate::source::FileId;
use rustc_hash::FxHashSet;

/// A function of the project.
type At = (FileId, FunctionId);

/// How many functions are gone through in search of the task.
const FUNCTIONS: usize = 48;

/// What runs a function.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Runner {
    /// `main`, or whoever makes the object: nobody else has it yet.
    Maker,
    Task(At),
}

impl Races<'_> {
    /// The look, the act, and everything else that changes the place run in one task.
    pub(super) fn is_of_one_task(&self, check: EventId, act: EventId) -> bool {
        let meeting = self.meeting(&[check, act]);
        let frame = &self.scene.frames[meeting.0 as usize];
        let Some(place) = self.event(act).resource.keys.first().copied() else { return false };
        let Term::This(file, this) = *self.scene.values.term(self.scene.values.root(place)) else {
            return false;
        };
        let program = &self.project.unit(file).program;
        let made_in = program.locals[this.0 as usize].function;
        let Some(owner) = &program.functions[made_in.0 as usize].owner else { return false };
        let Some(field) = self.field_of_lock(place) else { return false };
        if program.language != Language::Rust || !is_memory(self.event(act).resource.noun) {
            return false;
        }
        let mut search = Search::new(self.project, self.knowledge, Some(owner.clone()));
        search.runs((frame.file, frame.function)) && search.runs_all_that_change(&field) && search.is_long()
    }

    /// A file of the program's own is looked at and changed at start-up, or in a task that is started
    /// once: a program has its folder for itself, and nobody else in it is at work there. Whoever
    /// asks where a link leads thinks of others, and so does who writes what others know by name.
    pub(super) fn is_own_file_of_one_task(&self, check: EventId, act: EventId) -> bool {
        let (from, to) = (self.event(check), self.event(act));
        let meeting = self.meeting(&[check, act]);
        let frame = &self.scene.frames[meeting.0 as usize];
        let asks_for_links = || from.fields.iter().any(|field| field == "link" || field == "target");
        if to.resource.noun != Noun::File
            || self.project.language(frame.file) != Language::Rust
            || (from.verb == Verb::Inspect && asks_for_links())
            || self.roles(act).meets(Roles::of(&[Role::Lock, Role::Code]))
            || to.data.is_some_and(|data| self.is_fresh(data))
            || self.is_for_others(act)
        {
            return false;
        }
        let mut search = Search::new(self.project, self.knowledge, None);
        search.runs((frame.file, frame.function)) && search.is_long()
    }

    /// The field that holds the lock through which a place is seen, or the place itself.
    pub(super) fn field_of_lock(&self, place: ValueId) -> Option<Name> {
        let values = &self.scene.values;
        let base = |at: &ValueId| match values.term(*at) {
            Term::Held { of, .. } => Some(*of),
            Term::Load { base, .. } | Term::Element { base, .. } | Term::Each { base, .. } => Some(*base),
            _ => None,
        };
        let path: Vec<ValueId> = std::iter::successors(Some(place), base).collect();
        let held = path.iter().position(|at| matches!(values.term(*at), Term::Held { .. })).unwrap_or(0);
        path[held..].iter().find_map(|at| match values.term(*at) {
            Term::Load { field, .. } => Some(field.clone()),
            _ => None,
        })
    }
}

struct Search<'a> {
    project: &'a Project,
    knowledge: &'a Knowledge<'a>,
    /// The type that has the field; none where it is not a field that is looked at.
    owner: Option<Name>,
    runner: Option<Runner>,
    seen: FxHashSet<At>,
}

impl<'a> Search<'a> {
    fn new(project: &'a Project, knowledge: &'a Knowledge<'a>, owner: Option<Name>) -> Search<'a> {
        Search { project, knowledge, owner, runner: None, seen: FxHashSet::default() }
    }

    fn function(&self, at: At) -> (&'a Unit, &'a Function) {
        let unit = self.project.unit(at.0);
        (unit, &unit.program.functions[at.1.0 as usize])
    }

    /// Everything that runs a function is one and the same task.
    fn runs(&mut self, at: At) -> bool {
        if !self.seen.insert(at) {
            return true;
        }
        let (_, function) = self.function(at);
        match function.kind {
            _ if self.seen.len() > FUNCTIONS => false,
            FunctionKind::Module => false,
            FunctionKind::Closure => self.runs_closure(at),
            FunctionKind::Declared if self.begins(at) => self.is(Runner::Maker),
            FunctionKind::Declared => {
                let callers = self.callers(at);
                !callers.is_empty() && callers.iter().all(|caller| self.runs_call(at, caller))
            }
        }
    }

    fn is(&mut self, runner: Runner) -> bool {
        *self.runner.get_or_insert(runner) == runner
    }

    /// `main`, or what makes the object that is looked at.
    fn begins(&self, at: At) -> bool {
        match &self.owner {
            Some(owner) => self.makes(at, Some(owner)),
            None => self.makes(at, None) && self.function(at).1.owner.is_none(),
        }
    }

    /// `main`, or a constructor: of that type, or of any.
    fn makes(&self, at: At, of: Option<&Name>) -> bool {
        let (_, function) = self.function(at);
        match &function.owner {
            None => function.name == "main",
            Some(owner) => is_maker(function) && of.is_none_or(|of| of == owner),
        }
    }

    /// Who may call a function, tests aside.
    fn callers(&self, at: At) -> Vec<Caller> {
        let mut callers = self.project.callers_of(at);
        callers.retain(|caller| {
            let unit = self.project.unit(caller.file);
            !crate::knowledge::is_trial(unit.marks_around(caller.function))
        });
        // Scripts and benchmarks call what others call as well, for their own ends.
        let rough = |caller: &Caller| self.knowledge.is_rough(&self.project.unit(caller.file).path);
        if !callers.iter().all(rough) {
            callers.retain(|caller| !rough(caller));
        }
        callers
    }

    /// What a call of a function runs in.
    fn runs_call(&mut self, at: At, caller: &Caller) -> bool {
        let from = (caller.file, caller.function);
        let (unit, function) = self.function(from);
        let Some((block, step)) = place_of(function, caller) else { return false };
        // `serve(handle)`: whoever is given a function runs it when it likes.
        let Op::Call { callee, .. } = &function.blocks[block as usize].steps[step as usize].op else {
            return false;
        };
        if called(unit, callee) != Some(&self.function(at).1.name) {
            return false;
        }
        if !self.function(at).1.is_async || is_awaited(function, block, step) {
            let made_here = || self.makes(from, None) && is_made_here(unit, function, block, step);
            return if self.owner.is_some() && made_here() {
                self.is(Runner::Maker)
            } else {
                self.runs(from)
            };
        }
        // `spawn(self.run())`.
        let Op::Call { into, .. } = &function.blocks[block as usize].steps[step as usize].op else {
            return false;
        };
        let given = function.blocks.iter().flat_map(|block| &block.steps).find_map(|step| match &step.op {
            Op::Call { callee, args, .. } if args.iter().any(|arg| arg.value == *into) => Some(callee),
            _ => None,
        });
        let starts = given
            .and_then(|callee| called(unit, callee))
            .is_some_and(|name| self.knowledge.starts_task(Language::Rust, name));
        starts && self.is_task(at, from, block)
    }

    /// What runs a closure, or a block of its own: whoever it is given to.
    fn runs_closure(&mut self, at: At) -> bool {
        let (unit, closure) = self.function(at);
        let Some(parent) = closure.parent else { return false };
        let Some((function, block, step)) = unit.given_at(at.1) else {
            return self.runs((at.0, parent));
        };
        let from = (at.0, function);
        let (_, around) = self.function(from);
        let Op::Call { callee, .. } = &around.blocks[block as usize].steps[step as usize].op else {
            return false;
        };
        let Some(name) = called(unit, callee) else { return false };
        let joined = self.knowledge.is_word("joined", name) && !is_in_loop(around, block);
        if self.knowledge.starts_task(Language::Rust, name) && !joined {
            return self.is_task(at, from, block);
        }
        let beside = |name: &Name| self.knowledge.is_word("parallel", name);
        self.knowledge.runs_at_once(Language::Rust, name)
            && !unit.called[function.0 as usize].iter().any(beside)
            && self.runs(from)
    }

    /// A task that is started in one place, and not over and over: a loop of its own is started once
    /// for each object, or it would be in its own way.
    fn is_task(&mut self, task: At, starter: At, block: u32) -> bool {
        let (unit, mut function) = self.function(starter);
        let (mut at, mut id) = (block, starter.1);
        while !is_in_loop(function, at) {
            let outside = (function.kind != FunctionKind::Declared).then(|| unit.given_at(id)).flatten();
            let Some((parent, block, _)) = outside else { return self.is(Runner::Task(task)) };
            (id, at) = (parent, block);
            function = &unit.program.functions[parent.0 as usize];
        }
        false
    }

    /// Whoever locks or changes a field of this name runs in that task, too.
    fn runs_all_that_change(&mut self, field: &Name) -> bool {
        let calls = self.project.calls_on_field(field);
        let changing = calls.iter().filter(|call| {
            let (unit, function) = self.function((call.file, call.function));
            let own = function.owner == self.owner;
            (own || !call.own)
                && self.knowledge.may_change_memory(Language::Rust, &call.method)
                && !matches!(function.receiver, Some((_, Borrow::Exclusive | Borrow::Owned)) if own)
                && !self.knowledge.is_rough(&unit.path)
                && !self.knowledge.is_for_trials(&function.name)
                && !crate::knowledge::is_trial(unit.marks_around(call.function))
        });
        let changing: Vec<At> = changing.map(|call| (call.file, call.function)).collect();
        changing.into_iter().all(|at| self.runs(at))
    }

    /// Start-up, or a task that goes round: one that does a thing and ends may be started again.
    fn is_long(&self) -> bool {
        self.runner == Some(Runner::Maker) || self.seen.iter().any(|at| has_loop(self.function(*at).1))
    }
}

/// `Self`, `Arc<Self>`, `Result<Owner, E>`.
/// A constructor, or another function of a type that makes one of it.
pub(super) fn is_maker(function: &Function) -> bool {
    function.receiver.is_none()
        && function.owner.as_ref().is_some_and(|owner| {
            is_constructor(&function.name) || function.result.as_ref().is_some_and(|ty| gives(ty, owner))
        })
}

fn gives(ty: &crate::program::Type, owner: &Name) -> bool {
    let named = ty.name.path.last().is_some_and(|name| name == owner || name == "Self");
    named || ty.args.first().is_some_and(|ty| gives(ty, owner))
}

/// The block and the step of a caller's call.
fn place_of(function: &Function, caller: &Caller) -> Option<(u32, u32)> {
    let call = caller.call?;
    function.blocks.iter().enumerate().find_map(|(at, block)| {
        let is_call = |step: &crate::program::Step| matches!(step.op, Op::Call { .. }) && step.span == call;
        let step = block.steps.iter().position(is_call)?;
        Some((at as u32, step as u32))
    })
}

/// What a call asks was made by the function that calls.
fn is_made_here(unit: &Unit, function: &Function, block: u32, step: u32) -> bool {
    let Op::Call { callee: Callee::Method { receiver, .. }, .. } =
        &function.blocks[block as usize].steps[step as usize].op
    else {
        return false;
    };
    let mut at = *receiver;
    for _ in 0..8 {
        at = match unit.definition(at) {
            Some(Op::Let { value: Value::Copy(from), .. } | Op::Suspend { of: from, .. }) => *from,
            // `made.clone()`, `make(…)?`.
            Some(Op::Let { value: Value::Payload { of, .. }, .. }) => *of,
            Some(Op::Call { callee: Callee::Method { receiver, .. }, .. }) => *receiver,
            Some(Op::Call { callee: Callee::Value(_), .. } | Op::Let { value: Value::Record { .. }, .. }) => {
                return !function.params.contains(&at);
            }
            _ => return false,
        };
    }
    false
}

/// The name that a call names.
fn called<'u>(unit: &'u Unit, callee: &'u Callee) -> Option<&'u Name> {
    match callee {
        Callee::Method { name, .. } => Some(name),
        Callee::Value(local) => match unit.definition(*local)? {
            Op::Let { value: Value::Global(global), .. } => global.path.last(),
            _ => None,
        },
        Callee::New(_) | Callee::Macro(_) => None,
    }
}
