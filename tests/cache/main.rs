//! What comes out of a cache is what comes out without one.

#[path = "../support/edits.rs"]
mod edits;
mod project;
mod shell;
