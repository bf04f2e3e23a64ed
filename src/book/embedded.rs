//! The pages that are part of the program: each file under `rules/`, listed by the build script.

/// Path (`rules/libraries/x.md`) and text, sorted by path.
pub const PAGES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/pages.rs"));
