//! Rust text to program: parses with syn, then lowers items, statements and expressions.

mod blocks;
mod branches;
mod expressions;
mod format;
mod functions;
mod items;
mod loops;
mod macros;
mod names;
mod operators;
mod patterns;
pub(super) mod place;
mod prepare;
mod scopes;
mod spans;
mod statics;
pub(super) mod texts;
mod types;

#[cfg(test)]
mod tests;

use super::Macros;
use super::builder::Builder;
use crate::program::{Edition, Language, Name, Program, Type};
use crate::source::{FileId, Span};
use names::Module;
use rustc_hash::FxHashMap;
use scopes::{Flow, Frame, Join};
use spans::Lines;
use std::path::Path;

/// Enough for the deepest text that [`prepare::measure`] lets through, in a debug build.
const DEEP_STACK: usize = 512 << 20;

/// Whether a text has items that other files are read by, and that do nothing by themselves.
pub(super) fn may_declare(text: &str) -> bool {
    const ITEMS: [&str; 6] = ["struct ", "enum ", "trait ", "type ", "static ", "const "];
    ITEMS.iter().any(|item| text.contains(item))
}

/// Lowers one file. A file that does not parse gives an empty program with one error.
pub(super) fn lower(file: FileId, path: &Path, text: &str, edition: Edition, macros: &Macros) -> Program {
    let text = &prepare::blank(text);
    attempt(file, text, edition, macros).unwrap_or_else(|failure| failed(file, path, text, failure))
}

/// Lowers one file if it parses.
pub(super) fn lower_whole(file: FileId, text: &str, edition: Edition, macros: &Macros) -> Option<Program> {
    attempt(file, &prepare::blank(text), edition, macros).ok()
}

/// Whether a text is tokens of which all delimiters are closed.
pub(super) fn is_balanced(text: &str) -> bool {
    let is_balanced = prepare::lex(text).is_ok();
    proc_macro2::extra::invalidate_current_thread_spans();
    is_balanced
}

fn attempt(file: FileId, text: &str, edition: Edition, macros: &Macros) -> Result<Program, prepare::Failure> {
    let run = |parsed: &syn::File| Lowerer::new(file, Lines::new(text), edition, macros).run(parsed);
    let program = prepare::lex(text).and_then(|tokens| match prepare::measure(tokens.clone())? {
        prepare::Depth::Usual => prepare::parse(tokens).map(|parsed| run(&parsed)),
        prepare::Depth::Deep => on_deep_stack(|| {
            let parsed = prepare::parse(prepare::lex(text)?)?;
            Ok(run(&parsed))
        }),
    });
    // The spans of this thread's source map are used up: it would only grow from file to file.
    proc_macro2::extra::invalidate_current_thread_spans();
    program
}

fn on_deep_stack(
    run: impl FnOnce() -> Result<Program, prepare::Failure> + Send,
) -> Result<Program, prepare::Failure> {
    let done = std::thread::scope(|scope| {
        let builder = std::thread::Builder::new().stack_size(DEEP_STACK);
        builder.spawn_scoped(scope, run).ok()?.join().ok()
    });
    done.unwrap_or_else(|| {
        Err(prepare::Failure { at: 0, message: "cannot parse: nested too deeply".to_string() })
    })
}

fn failed(file: FileId, path: &Path, text: &str, failure: prepare::Failure) -> Program {
    let mut program = Builder::new(Language::Rust, Span::new(file, 0, text.len())).finish();
    let at = failure.at.min(text.len());
    let line = text.as_bytes().iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
    let message = format!("{}:{line}: {}", path.display(), failure.message);
    program.errors.push((Span::new(file, at, at), message));
    program
}

/// What the lowering of one file carries along.
pub(super) struct Lowerer<'a> {
    builder: Builder,
    file: FileId,
    lines: Lines<'a>,
    edition: Edition,
    macros: &'a Macros,
    /// One per open function, innermost last.
    frames: Vec<Frame>,
    joins: Vec<Join>,
    flow: Flow,
    modules: Vec<Module>,
    /// The module whose items are lowered now.
    module: usize,
    /// What `Self` names here.
    owner: Option<Name>,
    /// Generic parameters in scope with their telling bound, innermost last.
    generics: Vec<FxHashMap<Name, Option<Type>>>,
    /// Inside `#[cfg(test)]`.
    in_test: bool,
    /// Among the items of a macro call.
    in_macro: bool,
    /// Initialisers of statics inside functions: they run with the module, not with the function.
    later: Vec<statics::Later>,
    /// The name a function value is about to be bound to.
    name_hint: Option<Name>,
}

impl<'a> Lowerer<'a> {
    fn new(file: FileId, lines: Lines<'a>, edition: Edition, macros: &'a Macros) -> Lowerer<'a> {
        Lowerer {
            builder: Builder::new(Language::Rust, Span::new(file, 0, lines.length())),
            file,
            lines,
            edition,
            macros,
            frames: vec![Frame::new(false)],
            joins: Vec::new(),
            flow: Flow::default(),
            modules: Vec::new(),
            module: 0,
            owner: None,
            generics: Vec::new(),
            in_test: false,
            in_macro: false,
            later: Vec::new(),
            name_hint: None,
        }
    }

    fn run(mut self, parsed: &syn::File) -> Program {
        self.module = self.collect_module(&parsed.items, None);
        self.items(&parsed.items);
        self.run_later();
        self.builder.finish()
    }
}

/// The name of an identifier, raw prefix removed.
fn name(ident: &syn::Ident) -> Name {
    let text = ident.to_string();
    Name::new(text.strip_prefix("r#").unwrap_or(&text))
}
