//! Small checks of the lowering; the pages in `testdata/lowering` show the rest.

use super::lower;
use crate::program::{Edition, Program, print};
use crate::source::FileId;
use crate::syntax::Macros;
use std::path::Path;

fn lowered(text: &str) -> Program {
    lower(FileId(0), Path::new("a.rs"), text, Edition::E2021, &Macros::default())
}

fn printed(text: &str) -> String {
    let program = lowered(text);
    assert!(program.errors.is_empty(), "{:?}", program.errors);
    print::program(&program)
}

#[test]
fn what_is_not_rust_is_blanked_and_offsets_stay() {
    for head in
        ["\u{feff}", "#!/usr/bin/env run\n", "---\n[dependencies]\n---\n", "#!/usr/bin/x\n---\na = 1\n---\n"]
    {
        let text = format!("{head}fn main() {{ go() }}");
        let program = lowered(&text);
        assert!(program.errors.is_empty(), "{head:?}: {:?}", program.errors);
        let name = program.functions[1].name_span;
        assert_eq!(&text[name.start as usize..name.end as usize], "main");
    }
}

#[test]
fn a_file_that_does_not_parse_names_the_place() {
    let program = lowered("fn a() {}\nfn b( {}\n");
    assert_eq!(program.functions.len(), 1);
    assert!(program.errors[0].1.starts_with("a.rs:2: cannot parse: "), "{:?}", program.errors);
    assert!(lowered("fn a() { \"open").errors.len() == 1);
    assert!(lowered("\0\u{1}}}}").errors.len() == 1);
    assert!(lowered("").errors.is_empty());
}

#[test]
fn deep_nesting_does_not_overflow_the_stack() {
    const DEEP: usize = 10_000;
    let parens = format!("fn f() {{ {}x{} }}", "(".repeat(DEEP), ")".repeat(DEEP));
    let blocks = format!("fn f() {{ {}{} }}", "{".repeat(DEEP), "}".repeat(DEEP));
    let modules = format!("{}{}", "mod a {".repeat(DEEP), "}".repeat(DEEP));
    let nots = format!("fn f() {{ {}x }}", "!".repeat(DEEP));
    let borrows = format!("fn f(x: {}u8) {{ }}", "& ".repeat(DEEP));
    let chain = format!("fn f() {{ x{} }}", ".m()".repeat(DEEP));
    let sum = format!("fn f() {{ 1{} }}", " + 1".repeat(DEEP));
    let assigned = format!("fn f() {{ {}1; }}", "x = ".repeat(DEEP));
    let otherwise = format!("fn f() {{ if a {{}}{} }}", " else if a {}".repeat(DEEP));
    let generics = format!("fn f(x: {}u8{}) {{ }}", "Vec<".repeat(DEEP), ">".repeat(DEEP));
    let closures = format!("fn f() {{ {}x }}", "|a| ".repeat(DEEP));
    let returns = format!("fn f() {{ {}x }}", "return ".repeat(DEEP));
    let macros = format!("fn f() {{ {}x{} }}", "vec![".repeat(DEEP), "]".repeat(DEEP));
    let braces = format!("fn f() {{ {}x{} }}", "{ a: ".repeat(DEEP), "}".repeat(DEEP));
    let patterns = format!("fn f() {{ let {}x = y; }}", "&".repeat(DEEP));
    let casts = format!("fn f() {{ x{} }}", " as u8".repeat(DEEP));
    let uses = format!("use {}b;", "a::".repeat(DEEP));
    let unsafes = format!("fn f() {{ {}{} }}", "loop { ".repeat(290), "}".repeat(290));
    let moderate = format!("fn f() {{ x{} }}", ".m()".repeat(3000));
    let all = [
        parens, blocks, modules, nots, borrows, chain, sum, assigned, otherwise, generics, closures, returns,
        macros, braces, patterns, casts, uses, unsafes, moderate,
    ];
    for text in all {
        let program = lowered(&text);
        let _ = print::program(&program);
        assert!(program.errors.len() <= 1, "{}", &text[..40]);
    }
}

#[test]
fn paths_resolve_through_use_and_inline_modules() {
    let text = printed(
        "use std::{fs::{self, File as F}, io};
         use tokio::sync::*;
         mod inner { use super::*; pub fn g() { fs::read(1); super::h(); } }
         fn h() { F::open(2); io::stdin(); Mutex::new(3); h(); self::h(); crate::x::y(); }",
    );
    for path in
        ["@std.fs.read", "@std.fs.File.open", "@std.io.stdin", "@tokio.sync.Mutex.new", "@h\n", "@crate.x.y"]
    {
        assert!(text.contains(path), "{path}\n{text}");
    }
}

#[test]
fn formatted_text_keeps_its_parts_and_a_query_its_text() {
    let text = printed(
        "fn f(id: u8, name: &str) {
             format!(\"a{id}b{}c{0}{{\", name);
             query!(\"SELECT '{}'::jsonb, $1\", id);
             info!(id = %id, \"saw {name} {}\", id + 1);
         }",
    );
    assert!(text.contains(r#"template("a", id, "b", name, "c", name, "{")"#), "{text}");
    assert!(text.contains("\"SELECT '{}'::jsonb, $1\""), "{text}");
    assert!(text.contains(r#"template("saw ", name, " ", %"#), "{text}");
}

#[test]
fn statics_are_module_state_wherever_they_stand() {
    let text = printed(
        "static A: Mutex<u8> = Mutex::new(1);
         thread_local! { static B: Cell<u8> = Cell::new(2); }
         fn f() { static C: AtomicU8 = AtomicU8::new(3); C.load(); A.lock(); B.with(); }",
    );
    let (module, function) = text.split_once("\n\n").unwrap();
    for name in ["A = call", "B = call", "C = call"] {
        assert!(module.contains(name), "{text}");
    }
    for call in ["call C.load()", "call A.lock()", "call B.with()"] {
        assert!(function.contains(call), "{text}");
    }
}

#[test]
fn code_behind_a_configured_exit_is_still_there() {
    let text = printed(
        "fn f() { #[cfg(unix)] { return a(); } #[cfg(windows)] return b(); c(t!(\"k\", \"v\" => d())) }",
    );
    for call in ["@a", "@b", "@c", "@d"] {
        assert!(text.contains(call), "{text}");
    }
}
