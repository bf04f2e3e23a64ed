//! Slots and conditions of a page at one call: which value is meant, and whether a test holds.

use super::build::Builder;
use super::call::Call;
use super::event::EventId;
use super::value::{Slot as Entry, Term, ValueId};
use crate::book::api::{Api, Cond, Root, Slot, SlotStep, Test, TestKind};
use crate::program::{Literal, Name, Operator};

/// One call seen through one line: everything that slots may name.
pub(super) struct Site<'c> {
    pub(super) call: &'c Call,
    pub(super) api: &'c Api,
    pub(super) bound: &'c [(Name, ValueId)],
    /// The call's result, once it is decided.
    pub(super) result: ValueId,
    /// The last argument is called with the outcome and stands for no parameter.
    pub(super) has_callback: bool,
    /// Values of callback parameters by name.
    pub(super) callbacks: Vec<(Name, ValueId)>,
    /// Events this call has made so far.
    pub(super) events: Vec<EventId>,
}

/// A condition's answer; some arguments are not known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holds {
    Yes,
    No,
    Unknown,
}

impl Builder<'_> {
    /// The value in a slot; `None` if nothing stands there.
    pub(super) fn slot(&mut self, site: &Site<'_>, slot: &Slot) -> Option<ValueId> {
        let mut value = match &slot.root {
            Root::Param(at) => self.param(site, *at)?,
            Root::Receiver => site.call.receiver?,
            Root::Bound(name) => site.bound.iter().find(|(bound, _)| bound == name)?.1,
            Root::Result => site.result,
            Root::Error => return None,
            Root::Chain(name) => return self.chain_slot(site.call.receiver?, name, &slot.path),
            Root::Callback(name) => site.callbacks.iter().find(|(bound, _)| bound == name)?.1,
            Root::Literal(text) => self.values.text(text),
            Root::Map { list, key, value } => self.mapped(site, list, key, value)?,
        };
        for (at, step) in slot.path.iter().enumerate() {
            value = match step {
                SlotStep::Property(name) => self.property(value, name)?,
                SlotStep::Each => self.each(value)?,
                SlotStep::Chain(name) => return self.chain_slot(value, name, &slot.path[at + 1..]),
            };
        }
        Some(value)
    }

    /// A parameter's argument; a rest parameter gathers the arguments from there on.
    fn param(&mut self, site: &Site<'_>, at: usize) -> Option<ValueId> {
        let param = site.api.params.get(at)?;
        let args = &site.call.args[..site.call.args.len() - usize::from(site.has_callback)];
        if !param.rest {
            return args.get(at).copied();
        }
        let rest = args.get(at..)?;
        let entries = rest
            .iter()
            .enumerate()
            .map(|(at, value)| (Entry::Named(Name::from(at.to_string())), *value))
            .collect();
        Some(self.values.number(Term::Record { name: None, entries, site: 0 }))
    }

    /// A property of a value; a record that lacks it says so.
    pub(super) fn property(&mut self, of: ValueId, name: &Name) -> Option<ValueId> {
        if let Some(value) = self.values.entry(of, name) {
            return Some(value);
        }
        match self.values.term(of).clone() {
            Term::Record { entries, .. } => {
                // A spread of something unknown may bring it.
                let spread = entries.iter().rev().find_map(|(slot, value)| match slot {
                    Entry::Spread if !matches!(self.values.term(*value), Term::Record { .. }) => Some(*value),
                    _ => None,
                })?;
                Some(self.values.number(Term::Load { base: spread, field: name.clone(), version: 0 }))
            }
            Term::Literal(_) | Term::Template(_) => None,
            _ => Some(self.values.number(Term::Load { base: of, field: name.clone(), version: 0 })),
        }
    }

    /// All elements or properties at once.
    pub(super) fn each(&mut self, of: ValueId) -> Option<ValueId> {
        match self.values.term(of).clone() {
            Term::Record { entries, .. } => {
                let values: Vec<ValueId> = entries.iter().map(|(_, value)| *value).collect();
                match values.as_slice() {
                    [] => None,
                    [only] => Some(*only),
                    _ => Some(self.values.number(Term::Mix(values))),
                }
            }
            _ => {
                let site = self.values.site();
                Some(self.values.number(Term::Each { base: of, site }))
            }
        }
    }

    /// `[{field, value}, …]` as one record of columns.
    fn mapped(&mut self, site: &Site<'_>, list: &Slot, key: &Name, value: &Name) -> Option<ValueId> {
        let list = self.slot(site, list)?;
        let Term::Record { entries, .. } = self.values.term(list).clone() else { return None };
        let mut columns = Vec::new();
        for (_, entry) in entries {
            let (Some(column), Some(value)) =
                (self.values.entry(entry, key), self.values.entry(entry, value))
            else {
                continue;
            };
            if let Some(text) = self.values.literal_text(column) {
                columns.push((Entry::Named(Name::from(text)), value));
            }
        }
        Some(self.values.number(Term::Record { name: None, entries: columns, site: 0 }))
    }

    /// Whether a condition holds; no condition always does.
    pub(super) fn cond(&mut self, site: &Site<'_>, cond: &Cond) -> Holds {
        match cond {
            None => Holds::Yes,
            Some(test) => self.test(site, test),
        }
    }

    pub(super) fn test(&mut self, site: &Site<'_>, test: &Test) -> Holds {
        let holds =
            if test.slot.root == Root::Result && test.slot.path.is_empty() && test.kind == TestKind::There {
                // "The caller uses it."
                if site.call.how.used { Holds::Yes } else { Holds::No }
            } else {
                match self.slot(site, &test.slot) {
                    None => Holds::No,
                    Some(value) => self.holds(value, &test.kind),
                }
            };
        match (holds, test.negated) {
            (Holds::Yes, true) => Holds::No,
            (Holds::No, true) => Holds::Yes,
            (holds, _) => holds,
        }
    }

    fn holds(&self, value: ValueId, kind: &TestKind) -> Holds {
        match kind {
            TestKind::There => match self.values.term(value) {
                Term::Literal(Literal::Bool(false) | Literal::Null) => Holds::No,
                Term::Literal(_) | Term::Record { .. } | Term::Closure { .. } | Term::Template(_) => {
                    Holds::Yes
                }
                Term::Load { .. } => Holds::Unknown,
                _ => Holds::Yes,
            },
            TestKind::In(words) => match self.values.literal_text(value) {
                Some(text) if words.iter().any(|word| word.eq_ignore_ascii_case(text)) => Holds::Yes,
                Some(_) => Holds::No,
                None if self.is_known(value) => Holds::No,
                None => Holds::Unknown,
            },
            TestKind::Has(words) => self.contains_any(value, words, 0),
        }
    }

    fn is_known(&self, value: ValueId) -> bool {
        matches!(self.values.term(value), Term::Record { .. } | Term::Closure { .. } | Term::Literal(_))
    }

    /// A number, or a constant that is called what it stands for (`O_CREAT`): all that it says is
    /// seen. A constant of the project may stand for many.
    fn is_constant(&self, value: ValueId) -> bool {
        match self.values.term(value) {
            Term::Literal(_) => true,
            Term::Global(global) => {
                let own = global
                    .path
                    .first()
                    .is_some_and(|first| matches!(first.as_str(), "crate" | "self" | "super"));
                let flag = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
                !own && !global.module.starts_with(['.', '@', '~', '#'])
                    && global.path.len() + usize::from(!global.module.is_empty()) > 1
                    && global.path.last().is_some_and(|name| name.chars().all(flag))
            }
            Term::Apply(Operator::Arithmetic, parts) => parts.iter().all(|part| self.is_constant(*part)),
            _ => false,
        }
    }

    /// A list, flag set, record or text that holds one of the words.
    fn contains_any(&self, value: ValueId, words: &[Name], depth: u32) -> Holds {
        let is_word = |text: &str| words.iter().any(|word| word.eq_ignore_ascii_case(text));
        match self.values.term(value) {
            Term::Literal(Literal::Text(text)) => {
                let found = is_word(text)
                    || words.iter().any(|word| {
                        let (text, word) = (text.to_lowercase(), word.to_lowercase());
                        text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|part| part == word)
                    });
                if found { Holds::Yes } else { Holds::No }
            }
            Term::Literal(_) | Term::Global(_) => match self.values.literal_text(value) {
                Some(text) if is_word(text) => Holds::Yes,
                _ => Holds::No,
            },
            Term::Record { entries, .. } if depth < 4 => {
                let mut unknown = false;
                for (slot, entry) in entries {
                    if let Entry::Named(name) = slot
                        && is_word(name)
                    {
                        return Holds::Yes;
                    }
                    match self.contains_any(*entry, words, depth + 1) {
                        Holds::Yes => return Holds::Yes,
                        Holds::Unknown => unknown |= !matches!(slot, Entry::Named(_)) || depth > 0,
                        Holds::No => {}
                    }
                }
                if unknown { Holds::Unknown } else { Holds::No }
            }
            Term::Template(pieces) => {
                let found = pieces.iter().any(|piece| match piece {
                    super::value::Piece::Text(text) => words.iter().any(|word| text.contains(word.as_str())),
                    super::value::Piece::Value(_) => false,
                });
                if found { Holds::Yes } else { Holds::Unknown }
            }
            Term::Apply(Operator::Arithmetic, parts)
                if depth < 4 && parts.iter().all(|part| self.is_constant(*part)) =>
            {
                let any = parts.iter().any(|part| self.contains_any(*part, words, depth + 1) == Holds::Yes);
                if any { Holds::Yes } else { Holds::No }
            }
            // `O_CREAT | O_EXCL`, `fs.constants.COPYFILE_EXCL`.
            Term::Apply(_, parts) | Term::Mix(parts) | Term::Pure { args: parts, .. } if depth < 4 => {
                let any = parts.iter().map(|part| self.contains_any(*part, words, depth + 1));
                if any.clone().any(|holds| holds == Holds::Yes) { Holds::Yes } else { Holds::Unknown }
            }
            // `permissions.set_mode(0o755)`: what was put in by changing it in place.
            Term::Call { .. } | Term::Payload { .. } | Term::Load { .. } if depth < 4 => {
                let put_in = self.values.influences.get(&value).into_iter().flatten();
                let mut any = put_in.map(|part| self.contains_any(*part, words, depth + 1));
                if any.any(|holds| holds == Holds::Yes) { Holds::Yes } else { Holds::Unknown }
            }
            _ => Holds::Unknown,
        }
    }
}
