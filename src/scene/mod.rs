//! A scene: one root function with everything it runs, on one graph.
//!
//! The builder interprets the root's blocks in order, numbers every value, recognises calls
//! through the book as events, and sees through callbacks and project functions by running their
//! blocks in place. A helper that throws, an accessor that locks inside, a callback inside an
//! object are then ordinary control flow, and "because of", "in between" and "the same thing"
//! are questions about one graph. Work is bounded per scene; what does not fit becomes a root of
//! its own.

mod again;
mod alias;
mod arguments;
mod build;
mod by_use;
mod call;
mod callbacks;
mod chain;
mod chosen;
mod clauses;
mod constructed;
mod draft;
mod entry;
mod env;
mod eval;
pub mod event;
mod exported;
mod facade;
mod getters;
mod graph;
mod in_place;
mod inline;
mod instantiate;
mod made;
mod managed;
mod named;
mod order;
mod queue;
mod recognize;
mod rows;
mod settled;
mod state;
mod statement;
mod statics;
mod step;
mod types;
pub mod value;

pub use build::{Limits, build};

use crate::book::words::Regions;
use crate::program::{FunctionId, Name};
use crate::source::{FileId, Span};
use event::{Event, EventId};
use rustc_hash::{FxHashMap, FxHashSet};
use value::{FrameId, ValueId, Values};

/// What happens at one place of a block.
#[derive(Clone, Debug)]
pub enum Mark {
    Event(EventId),
    /// Others may run here while this activation waits.
    Suspend(Span, FrameId),
    /// A value ends (drop).
    Release(ValueId),
    /// The callback that a hold lasts for has ended.
    End(EventId),
    /// A call that no page and no project function explains, with what goes in.
    Call {
        name: Name,
        inputs: Vec<ValueId>,
        result: ValueId,
        span: Span,
        awaited: bool,
    },
    /// A task that nobody awaits starts or ends here; the number pairs them.
    Task(u32),
    TaskEnd(u32),
}

/// How a block ends.
#[derive(Clone, Debug)]
pub enum End {
    Open,
    Goto(u32),
    If {
        test: ValueId,
        yes: u32,
        no: u32,
        span: Span,
    },
    /// A call of this event's result may raise: to the second block.
    Raises {
        call: ValueId,
        next: u32,
        handler: u32,
    },
    Return,
    Raise,
}

#[derive(Clone, Debug)]
pub struct Block {
    pub marks: Vec<Mark>,
    pub end: End,
    /// Predecessors, with the test and outcome on the edge.
    pub preds: Vec<(u32, Option<(ValueId, bool)>)>,
    /// Immediate dominator (forward edges only) and depth in that tree.
    pub idom: u32,
    pub depth: u32,
    pub frame: FrameId,
}

/// One activation of a function.
#[derive(Clone, Debug)]
pub struct Frame {
    pub file: FileId,
    pub function: FunctionId,
    /// Who called, and the call's span; `None` for the root.
    pub caller: Option<(FrameId, Span)>,
    /// The frame it closes over.
    pub lexical: Option<FrameId>,
    pub this: Option<ValueId>,
    pub depth: u32,
    /// What the pages say of being called this way: one of many instances, one of several attempts.
    pub regions: Regions,
    /// Whoever called goes on when this first waits.
    pub detached: bool,
    /// It waits for nothing itself, and nobody waits for what it gives back.
    pub unwaited: bool,
}

/// How an unresolved or recognised call was made: for builder chains and explanations.
#[derive(Clone, Debug)]
pub struct CallInfo {
    pub name: Name,
    pub receiver: Option<ValueId>,
    /// What a path names before the function: the type of `Type::new()`.
    pub owner: Option<ValueId>,
    pub args: Vec<ValueId>,
    pub span: Span,
}

/// A field of an object that is given a value after the object was made.
#[derive(Clone, Debug)]
pub struct Patch {
    pub field: Name,
    pub value: ValueId,
    pub block: u32,
}

/// What the matchers see.
pub struct Scene {
    pub file: FileId,
    pub function: FunctionId,
    pub values: Values,
    pub blocks: Vec<Block>,
    pub frames: Vec<Frame>,
    pub events: Vec<Event>,
    /// Events by the value they give.
    pub results: FxHashMap<ValueId, Vec<EventId>>,
    /// Events whose raising leads to the handler that bound this caught error.
    pub caught: FxHashMap<ValueId, Vec<EventId>>,
    /// Values handed to other tasks.
    pub published: FxHashSet<ValueId>,
    /// Results of recognised calls that the code does something with.
    pub used: FxHashSet<ValueId>,
    /// What the functions that ran here give back.
    pub returned: FxHashSet<ValueId>,
    /// Those among them that are not only the error that was met.
    pub answered: FxHashSet<ValueId>,
    pub calls: FxHashMap<ValueId, CallInfo>,
    /// The first variable each value was bound to.
    pub names: FxHashMap<ValueId, Name>,
    /// The first function of the project that gave a value back.
    pub given_by: FxHashMap<ValueId, Name>,
    /// What was stored to the fields of an object.
    pub patches: FxHashMap<ValueId, Vec<Patch>>,
    /// Functions whose bodies were run here in full.
    pub covered: FxHashSet<(FileId, FunctionId)>,
    /// The budget of steps ran out: what lies behind was not looked at.
    pub truncated: bool,
}

impl Scene {
    pub fn event(&self, id: EventId) -> &Event {
        &self.events[id.0 as usize]
    }

    pub fn event_ids(&self) -> impl Iterator<Item = EventId> + use<> {
        (0..self.events.len() as u32).map(EventId)
    }

    /// The successors of every block, for graph analyses.
    pub fn successors(&self) -> Vec<Vec<usize>> {
        self.blocks
            .iter()
            .map(|block| match block.end {
                End::Goto(to) => vec![to as usize],
                End::If { yes, no, .. } => vec![yes as usize, no as usize],
                End::Raises { next, handler, .. } => vec![next as usize, handler as usize],
                End::Open | End::Return | End::Raise => Vec::new(),
            })
            .collect()
    }

    /// The calls through which a frame is reached, outermost first.
    pub fn via(&self, frame: FrameId) -> Vec<Span> {
        let mut spans = Vec::new();
        let mut at = frame;
        while let Some((caller, span)) = self.frames[at.0 as usize].caller {
            spans.push(span);
            at = caller;
        }
        spans.reverse();
        spans
    }
}
