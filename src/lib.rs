//! toctou-lint finds code whose correctness rests on a fact that may have changed since it was
//! looked up.

pub mod book;
pub mod finding;
pub mod page;
pub mod program;
pub mod source;
pub mod syntax;
