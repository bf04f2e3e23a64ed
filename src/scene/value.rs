//! Numbers values: two expressions that must be equal get one [`ValueId`].
//!
//! Terms are hash-consed. What is pure (literals, templates, joins, operators, field loads of one
//! version) is numbered by content; what is opaque (call results, loop values, caught errors) by
//! the site that made it. Facts that arrive later, such as in-place mutation, are kept beside the
//! terms as *influences*: they add dependence and never change identity.

use super::event::EventId;
use crate::book::words::{Adjective, Adjectives};
use crate::program::{FunctionId, Global, Literal, Local, Name, Operator};
use crate::source::FileId;
use rustc_hash::{FxHashMap, FxHashSet};

/// Index of a term; equal ids are equal values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ValueId(pub u32);

/// One activation of a function inside a scene; frame 0 is the root's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FrameId(pub u32);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// A parameter of the root, or of a function whose caller is not in the scene.
    Param(FileId, Local),
    /// `self` or `this` of the root.
    This(FileId, Local),
    /// A variable whose value at this place is not known: module state, a captured variable.
    Place(FileId, Local),
    /// Any value we know nothing of; the number tells them apart.
    Unknown(u32),
    Global(Global),
    Literal(Literal),
    /// A function value with the frame it closes over.
    Closure {
        file: FileId,
        function: FunctionId,
        frame: FrameId,
    },
    /// `base.field`; `version` counts the stores to fields of that name on the way here.
    Load {
        base: ValueId,
        field: Name,
        version: u32,
    },
    Element {
        base: ValueId,
        index: ValueId,
    },
    /// Some element of a collection, chosen at a site (a loop variable, a callback parameter).
    Each {
        base: ValueId,
        site: u32,
    },
    /// An object, array or struct literal made at a site.
    Record {
        name: Option<Global>,
        entries: Vec<(Slot, ValueId)>,
        site: u32,
    },
    Template(Vec<Piece>),
    /// Parts joined in order, each a child of those before (`path.join`); flattened.
    Join(Vec<ValueId>),
    Apply(Operator, Vec<ValueId>),
    /// The error a variant or promise carries.
    Error(ValueId),
    /// Content of an enum variant that no page calls the same as the whole.
    Payload {
        of: ValueId,
        variant: Name,
        index: u32,
    },
    /// What a handler caught; inputs are influences.
    Caught(u32),
    /// The opaque result of a call that the book or nobody knows, by site.
    Call {
        site: u32,
    },
    /// The result of an unresolved call as a function of its inputs: equal inputs, equal value.
    Pure {
        callee: ValueId,
        name: Name,
        args: Vec<ValueId>,
    },
    /// A guarded place as seen through one hold of its lock.
    Held {
        of: ValueId,
        event: EventId,
    },
    /// One of these, by the branch taken.
    Phi {
        site: u32,
    },
    Mix(Vec<ValueId>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    Named(Name),
    Computed(ValueId),
    Spread,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Piece {
    Text(Name),
    Value(ValueId),
}

/// One input of a phi with the branch outcomes that lead to it from the common dominator.
#[derive(Clone, Debug)]
pub struct Input {
    pub value: ValueId,
    /// (test, outcome); in no order.
    pub conditions: Vec<(ValueId, bool)>,
}

/// All terms of one scene.
#[derive(Default)]
pub struct Values {
    terms: Vec<Term>,
    numbers: FxHashMap<Term, ValueId>,
    /// Inputs of phis.
    pub phis: FxHashMap<ValueId, Vec<Input>>,
    /// In-place mutation and other dependence that is not identity.
    pub influences: FxHashMap<ValueId, Vec<ValueId>>,
    /// child → parents, from facts such as `path.dirname(p)`.
    pub parents: FxHashMap<ValueId, Vec<ValueId>>,
    /// What a value turned out to be later on: a pipeline is the connection that it is sent over.
    pub aliases: FxHashMap<ValueId, ValueId>,
    /// Values made here that nobody else can name (uuid, temporary directory).
    pub fresh: FxHashSet<ValueId>,
    /// What else pages say of values.
    pub said: FxHashMap<ValueId, Adjectives>,
    /// The block in which a value was first taken for granted.
    pub assumed_in: FxHashMap<ValueId, u32>,
    sites: u32,
}

impl Values {
    pub fn term(&self, id: ValueId) -> &Term {
        &self.terms[id.0 as usize]
    }

    /// Whether a page says this of a value.
    pub fn is(&self, id: ValueId, adjective: Adjective) -> bool {
        self.said.get(&id).is_some_and(|said| said.has(adjective))
    }

    /// All values, in the order in which they were made.
    pub fn ids(&self) -> impl Iterator<Item = ValueId> {
        (0..self.terms.len() as u32).map(ValueId)
    }

    pub fn site(&mut self) -> u32 {
        self.sites += 1;
        self.sites
    }

    pub fn number(&mut self, term: Term) -> ValueId {
        if let Some(id) = self.numbers.get(&term) {
            return *id;
        }
        let id = ValueId(self.terms.len() as u32);
        self.terms.push(term.clone());
        self.numbers.insert(term, id);
        id
    }

    pub fn unknown(&mut self) -> ValueId {
        let site = self.site();
        self.number(Term::Unknown(site))
    }

    pub fn literal(&mut self, literal: Literal) -> ValueId {
        self.number(Term::Literal(literal))
    }

    pub fn text(&mut self, text: &str) -> ValueId {
        self.literal(Literal::Text(Name::from(text)))
    }

    /// Several values joined in order; nested joins are flattened.
    pub fn join(&mut self, parts: Vec<ValueId>) -> ValueId {
        let mut flat = Vec::new();
        for part in parts {
            match self.term(part) {
                Term::Join(inner) => flat.extend(inner.iter().copied()),
                _ => flat.push(part),
            }
        }
        if flat.len() == 1 { flat[0] } else { self.number(Term::Join(flat)) }
    }

    /// A string of pieces; literals and nested templates are folded in.
    pub fn template(&mut self, pieces: Vec<Piece>) -> ValueId {
        let mut flat: Vec<Piece> = Vec::new();
        for piece in pieces {
            let piece = match piece {
                Piece::Value(id) => match self.term(id) {
                    Term::Literal(Literal::Text(text) | Literal::Number(text)) => Piece::Text(text.clone()),
                    Term::Template(inner) => {
                        for piece in inner.clone() {
                            push_piece(&mut flat, piece);
                        }
                        continue;
                    }
                    _ => Piece::Value(id),
                },
                text => text,
            };
            push_piece(&mut flat, piece);
        }
        match flat.as_slice() {
            [] => self.text(""),
            [Piece::Text(text)] => self.literal(Literal::Text(text.clone())),
            _ => self.number(Term::Template(flat)),
        }
    }

    /// A phi of these inputs: the value itself if all agree.
    pub fn phi(&mut self, inputs: Vec<Input>) -> ValueId {
        match inputs.split_first() {
            None => self.unknown(),
            Some((first, rest)) if rest.iter().all(|input| input.value == first.value) => first.value,
            Some(_) => {
                let site = self.site();
                let id = self.number(Term::Phi { site });
                self.phis.insert(id, inputs);
                id
            }
        }
    }

    /// Records that `target` may carry something of `by` from now on.
    pub fn influence(&mut self, target: ValueId, by: ValueId) {
        if target != by && !matches!(self.term(by), Term::Literal(_)) {
            let list = self.influences.entry(target).or_default();
            if list.len() < 64 && !list.contains(&by) {
                list.push(by);
            }
        }
    }

    /// The text of a literal or the last segment of a global, if it is one.
    pub fn literal_text(&self, id: ValueId) -> Option<&str> {
        match self.term(id) {
            Term::Literal(Literal::Text(text) | Literal::Number(text)) => Some(text),
            Term::Literal(Literal::Bool(true)) => Some("true"),
            Term::Literal(Literal::Bool(false)) => Some("false"),
            Term::Literal(Literal::Null) => Some("null"),
            // `Status.Open`, `PENDING`; a bare unbound name (`id` in an excerpt) is a variable.
            Term::Global(global) => {
                let name = global.path.last()?;
                let is_constant = global.path.len() > 1
                    || !global.module.is_empty()
                    || name.starts_with(char::is_uppercase);
                is_constant.then_some(name.as_str())
            }
            _ => None,
        }
    }

    /// The entry of a record by name; looks through spreads, later entries win.
    pub fn entry(&self, record: ValueId, name: &str) -> Option<ValueId> {
        let Term::Record { entries, .. } = self.term(record) else { return None };
        entries.iter().rev().find_map(|(slot, value)| match slot {
            Slot::Named(entry) if entry == name => Some(*value),
            Slot::Spread => self.entry(*value, name),
            Slot::Named(_) | Slot::Computed(_) => None,
        })
    }

    /// What this value is made of directly, influences and phi inputs included.
    pub fn parts(&self, id: ValueId) -> Vec<ValueId> {
        let mut parts = match self.term(id) {
            Term::Load { base, .. } | Term::Each { base, .. } => vec![*base],
            Term::Error(of) | Term::Payload { of, .. } | Term::Held { of, .. } => vec![*of],
            Term::Element { base, index } => vec![*base, *index],
            Term::Record { entries, .. } => {
                let mut parts = Vec::with_capacity(entries.len());
                for (slot, value) in entries {
                    parts.push(*value);
                    if let Slot::Computed(key) = slot {
                        parts.push(*key);
                    }
                }
                parts
            }
            Term::Template(pieces) => pieces
                .iter()
                .filter_map(|piece| match piece {
                    Piece::Value(value) => Some(*value),
                    Piece::Text(_) => None,
                })
                .collect(),
            Term::Join(parts) | Term::Mix(parts) | Term::Apply(_, parts) => parts.clone(),
            Term::Pure { callee, args, .. } => {
                let mut parts = args.clone();
                parts.push(*callee);
                parts
            }
            Term::Phi { .. } => self.phis.get(&id).into_iter().flatten().map(|input| input.value).collect(),
            Term::Param(..)
            | Term::This(..)
            | Term::Place(..)
            | Term::Unknown(_)
            | Term::Global(_)
            | Term::Literal(_)
            | Term::Closure { .. }
            | Term::Caught(_)
            | Term::Call { .. } => Vec::new(),
        };
        if let Some(more) = self.influences.get(&id) {
            parts.extend(more.iter().copied());
        }
        parts
    }

    /// The place behind a value: guards and versions do not matter, only the chain of names.
    pub fn place(&mut self, id: ValueId) -> ValueId {
        match self.term(id).clone() {
            Term::Held { of, .. } => self.place(of),
            Term::Load { base, field, .. } => {
                let base = self.place(base);
                self.number(Term::Load { base, field, version: 0 })
            }
            Term::Element { base, index } => {
                let (base, index) = (self.place(base), self.place(index));
                self.number(Term::Element { base, index })
            }
            _ => id,
        }
    }

    /// The value at the bottom of a chain of loads.
    pub fn root(&self, mut id: ValueId) -> ValueId {
        loop {
            id = match self.term(id) {
                Term::Load { base, .. } | Term::Element { base, .. } | Term::Each { base, .. } => *base,
                Term::Held { of, .. } => *of,
                _ => return id,
            };
        }
    }
}

fn push_piece(pieces: &mut Vec<Piece>, piece: Piece) {
    match (pieces.last_mut(), piece) {
        (Some(Piece::Text(before)), Piece::Text(text)) => *before = Name::from(format!("{before}{text}")),
        (_, Piece::Text(text)) if text.is_empty() => {}
        (_, piece) => pieces.push(piece),
    }
}
