//! The functions of a file: a list that notes which of them are asked for.

use super::{Function, reads};
use std::ops::{Index, IndexMut, Range};

/// A file's functions by their ids.
#[derive(Debug, Default)]
pub struct Functions(Vec<Function>);

impl Functions {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none; a lowered file has at least its module.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The function of an id.
    pub fn get(&self, at: usize) -> Option<&Function> {
        let function = self.0.get(at)?;
        reads::function(function.span.file, at);
        Some(function)
    }

    /// The same, to be changed while a file is lowered.
    pub fn get_mut(&mut self, at: usize) -> Option<&mut Function> {
        self.0.get_mut(at)
    }

    /// All of them in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Function> {
        if let Some(first) = self.0.first() {
            reads::all_functions(first.span.file);
        }
        self.0.iter()
    }

    /// Puts others in the place of some, and gives these back.
    pub(super) fn replace(&mut self, range: Range<u32>, others: Vec<Function>) -> Vec<Function> {
        let end = (range.end as usize).min(self.0.len());
        self.0.splice((range.start as usize).min(end)..end, others).collect()
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Function> {
        self.0.iter_mut()
    }

    /// Takes in another one.
    pub fn push(&mut self, function: Function) {
        self.0.push(function);
    }
}

impl Index<usize> for Functions {
    type Output = Function;

    fn index(&self, at: usize) -> &Function {
        let function = &self.0[at];
        reads::function(function.span.file, at);
        function
    }
}

impl IndexMut<usize> for Functions {
    fn index_mut(&mut self, at: usize) -> &mut Function {
        &mut self.0[at]
    }
}

impl<'f> IntoIterator for &'f Functions {
    type Item = &'f Function;
    type IntoIter = std::slice::Iter<'f, Function>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'f> IntoIterator for &'f mut Functions {
    type Item = &'f mut Function;
    type IntoIter = std::slice::IterMut<'f, Function>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter_mut()
    }
}
