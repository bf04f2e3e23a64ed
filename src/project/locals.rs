//! A set of a file's variables, as quick to ask as a list.

use crate::program::Local;

/// Variables of one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LocalSet(Vec<bool>);

impl LocalSet {
    /// None of so many.
    pub fn none(of: usize) -> LocalSet {
        LocalSet(vec![false; of])
    }

    /// Whether a variable is in it.
    pub fn contains(&self, local: &Local) -> bool {
        self.0.get(local.0 as usize).copied().unwrap_or(false)
    }

    /// Takes a variable in.
    pub fn insert(&mut self, local: Local) {
        if let Some(place) = self.0.get_mut(local.0 as usize) {
            *place = true;
        }
    }

    /// Whether there is any.
    pub fn is_empty(&self) -> bool {
        !self.0.contains(&true)
    }
}

impl Extend<Local> for LocalSet {
    fn extend<I: IntoIterator<Item = Local>>(&mut self, locals: I) {
        locals.into_iter().for_each(|local| self.insert(local));
    }
}
