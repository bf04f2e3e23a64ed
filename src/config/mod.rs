//! Configuration files to what a run does with each file: which is nearest, what it extends, which
//! rules are reported how loudly, and what only this program changes.
//!
//! A file is read in steps. `read` makes a tree that knows its places, holds it against the schema
//! of `keys` (so that serde's structs are the only list of keys), and gives a layer. `find` looks
//! upwards from a folder and follows `extends` to a chain of layers. `policy` lays the layers over
//! each other for one file, with the book at hand; `judge` applies that to findings.

pub mod chain;
mod check;
pub mod find;
mod json;
pub mod judge;
pub mod keys;
mod ownership;
pub mod policy;
pub mod read;
pub mod schema;
pub mod show;
pub mod starter;
pub mod tree;
#[cfg(test)]
mod tests;
pub mod trouble;

pub use find::{Configs, Request};
pub use judge::Judge;
pub use policy::{Flags, aging, find_rule};
pub use trouble::{Severity, Trouble};
