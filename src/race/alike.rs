//! Values that are made the same way from the same things.

use super::Races;
use crate::scene::value::{Input, Piece, Term, ValueId};

impl Races<'_> {
    /// Two calls of one helper that chooses by what does not change: `root ?? "/srv"`, joined with
    /// the same name.
    pub(super) fn is_made_alike(&self, a: ValueId, b: ValueId, depth: u32) -> bool {
        let (a, b) = (self.canon(a), self.canon(b));
        if a == b {
            return true;
        }
        if depth > 6 {
            return false;
        }
        let alike = |a: &ValueId, b: &ValueId| self.is_made_alike(*a, *b, depth + 1);
        let all =
            |a: &[ValueId], b: &[ValueId]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| alike(a, b));
        match (self.scene.values.term(a), self.scene.values.term(b)) {
            (Term::Phi { .. }, Term::Phi { .. }) => {
                let inputs = |id: &ValueId| self.scene.values.phis.get(id);
                let (Some(one), Some(other)) = (inputs(&a), inputs(&b)) else { return false };
                one.len() == other.len()
                    && one.iter().all(|input| !input.conditions.is_empty())
                    && one.iter().zip(other).all(|(one, other)| self.is_like_input(one, other, depth))
            }
            (Term::Join(one), Term::Join(other)) => all(one, other),
            (Term::Apply(does, one), Term::Apply(did, other)) => does == did && all(one, other),
            (Term::Template(one), Term::Template(other)) => {
                one.len() == other.len()
                    && one.iter().zip(other).all(|(one, other)| match (one, other) {
                        (Piece::Text(one), Piece::Text(other)) => one == other,
                        (Piece::Value(one), Piece::Value(other)) => alike(one, other),
                        _ => false,
                    })
            }
            (
                Term::Pure { callee, name, args },
                Term::Pure { callee: other_callee, name: other_name, args: other_args },
            ) => name == other_name && alike(callee, other_callee) && all(args, other_args),
            _ => false,
        }
    }

    fn is_like_input(&self, one: &Input, other: &Input, depth: u32) -> bool {
        self.is_made_alike(one.value, other.value, depth + 1)
            && one.conditions.len() == other.conditions.len()
            && one.conditions.iter().zip(&other.conditions).all(|((test, outcome), (other, expected))| {
                outcome == expected && self.is_made_alike(*test, *other, depth + 1)
            })
    }
}
