//! Names in folders that everybody shares: whether others can foresee them.

use super::Races;
use crate::book::words::Adjective;
use crate::program::{Literal, Name};
use crate::scene::event::EventId;
use crate::scene::value::{Piece, Term, ValueId};

/// A part of a path, in order.
enum Part {
    Text(Name),
    Value(ValueId),
}

/// Parts looked at; longer paths are left alone.
const LONGEST: usize = 64;

impl Races<'_> {
    /// A path below a folder where anybody may make names, by names that others can foresee. A
    /// part that nothing is known of may be anything, and so may a name that is drawn by lot.
    pub(super) fn is_guessable(&self, key: ValueId) -> bool {
        let mut parts = Vec::new();
        self.spell(key, &mut parts, 0);
        let Some((first, rest)) = parts.split_first() else { return false };
        let (below, starts) = match first {
            Part::Value(value) => (!rest.is_empty(), self.scene.values.is(*value, Adjective::Common)),
            Part::Text(text) => {
                let whole = !rest.is_empty() && self.knowledge.is_word("common", text);
                (true, whole || self.is_below_common(text))
            }
        };
        below
            && starts
            && parts.len() < LONGEST
            && rest.iter().all(|part| match part {
                Part::Text(_) => true,
                Part::Value(value) => self.is_foreseen(*value),
            })
    }

    /// Somewhere below a folder where anybody may make names, whatever they are.
    pub(super) fn lies_in_common(&self, id: EventId) -> bool {
        let common = |part: ValueId| {
            let text = self.scene.values.literal_text(part);
            let said =
                text.is_some_and(|text| self.knowledge.is_word("common", text) || self.is_below_common(text));
            said || self.scene.values.is(part, Adjective::Common)
        };
        self.event(id).resource.keys.iter().any(|key| self.any_part(*key, 12, &mut { common }))
    }

    fn spell(&self, id: ValueId, parts: &mut Vec<Part>, depth: u32) {
        if parts.len() >= LONGEST {
            return;
        }
        match self.scene.values.term(id) {
            Term::Literal(Literal::Text(text)) => parts.push(Part::Text(text.clone())),
            Term::Join(inner) if depth < 8 => {
                inner.iter().for_each(|part| self.spell(*part, parts, depth + 1))
            }
            Term::Template(pieces) if depth < 8 => {
                for piece in pieces {
                    match piece {
                        Piece::Text(text) => parts.push(Part::Text(text.clone())),
                        Piece::Value(value) => self.spell(*value, parts, depth + 1),
                    }
                }
            }
            _ => parts.push(Part::Value(id)),
        }
    }

    /// `/tmp/app.sock` lies below `/tmp`.
    fn is_below_common(&self, text: &str) -> bool {
        text.match_indices('/').any(|(at, _)| self.knowledge.is_word("common", &text[..at]))
    }

    /// A constant, or made of nothing but what a few tries find: times and process ids.
    fn is_foreseen(&self, value: ValueId) -> bool {
        let values = &self.scene.values;
        if matches!(values.term(value), Term::Literal(_)) {
            return true;
        }
        let (mut foreseen, mut drawn) = (false, false);
        self.walk_parts(value, 12, &mut |part| {
            let named = match values.term(part) {
                Term::Load { field, .. } => Some(field),
                Term::Global(global) => global.path.last(),
                _ => None,
            };
            let known = values.is(part, Adjective::Guessable)
                || named.is_some_and(|name| self.knowledge.is_word("guessable", name));
            foreseen |= known;
            drawn |= !known && (values.fresh.contains(&part) || matches!(values.term(part), Term::Param(..)));
            !known
        });
        foreseen && !drawn
    }
}
