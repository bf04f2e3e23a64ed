//! What the lowering pages cannot show: bounds, types, exports, spans.

use super::lower;
use crate::program::{Exported, FunctionKind, Op, Program, print};
use crate::source::FileId;
use std::path::Path;

fn lowered(text: &str) -> Program {
    lower(FileId(0), Path::new("example.ts"), text)
}

/// The source of every call and suspension, in the order of functions and blocks.
fn spans(text: &str) -> Vec<String> {
    let program = lowered(text);
    let steps = program.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.steps);
    steps
        .filter(|step| matches!(step.op, Op::Call { .. } | Op::Suspend { .. }))
        .map(|step| text[step.span.start as usize..step.span.end as usize].to_string())
        .collect()
}

#[test]
fn deep_nesting_is_cut_off_without_overflowing() {
    let deep = 10_000;
    let pairs =
        [("(", ")"), ("[", "]"), ("f(", ")"), ("{a:", "}"), ("`${", "}`"), ("function(){return ", "}")];
    let mut hostile: Vec<String> = pairs
        .iter()
        .map(|(open, close)| format!("x = {}1{}", open.repeat(deep), close.repeat(deep)))
        .collect();
    for part in ["a && ", "a ?? ", "a ? b : ", "!", "await ", "a = ", "() => ", "a + "] {
        hostile.push(format!("x = {}1", part.repeat(deep)));
    }
    for part in ["if (a) ", "for (;;) ", "a: ", "if (a) {} else ", "switch (a) { case 1: ", "{", "try {"] {
        hostile.push(format!("{};", part.repeat(deep)));
    }
    hostile.push(format!("a{}", "?.b()".repeat(deep)));
    hostile.push(format!("let a: {}B{}", "A<".repeat(deep), ">".repeat(deep)));
    for text in &hostile {
        lowered(text);
    }
}

#[test]
fn copies_of_finally_stay_bounded() {
    let text = format!("function f() {{ {} {} }}", "try { return 1 } finally { ".repeat(40), "}".repeat(40));
    let steps: usize = lowered(&text)
        .functions
        .iter()
        .flat_map(|function| &function.blocks)
        .map(|block| block.steps.len())
        .sum();
    assert!(steps < 20_000, "{steps}");
}

#[test]
fn a_call_and_its_await_have_spans_of_their_own() {
    assert_eq!(spans("async () => { await a.f(1); }"), ["a.f(1)", "await a.f(1)"]);
    let tagged = "const q = async () => { const r = await db.$q<Row[]>`SELECT 1`; return r; }";
    assert_eq!(spans(tagged), ["db.$q<Row[]>`SELECT 1`", "await db.$q<Row[]>`SELECT 1`"]);
    assert!(lowered(tagged).errors.is_empty());
    // With a type argument the parser takes `await db.q` for what is called.
    assert_eq!(spans("const r = (await db.q<T>(1)).rows"), ["db.q<T>(1)", "await db.q<T>(1)"]);
    assert_eq!(
        spans("const r = await sql<T>`a ${b}`.run(db)")[1..],
        ["sql<T>`a ${b}`.run(db)", "await sql<T>`a ${b}`.run(db)"]
    );
    assert_eq!(spans("void db.q<T[]>`a`.then(f)"), ["db.q<T[]>`a`", "db.q<T[]>`a`.then(f)"]);
    assert_eq!(spans("if (!f<T>(1)) g()"), ["f<T>(1)", "g()"]);
}

#[test]
fn parameters_keep_their_types_through_imports() {
    let program = lowered(
        "import { Db as Data } from 'm';
         function f<T extends Data>(a: Data | null, b: T, c: Promise<string[]>, { d }: { d: Data }) {}",
    );
    let types: Vec<String> = program.functions[1]
        .params
        .iter()
        .map(|param| {
            let ty = program.locals[param.0 as usize].ty.as_ref().unwrap();
            let args: Vec<String> = ty.args.iter().map(|arg| print::path(&arg.name)).collect();
            format!("{} {}", print::path(&ty.name), args.join(" "))
        })
        .collect();
    assert_eq!(types[..3], ["m:Db ", "m:Db ", "Promise []"]);
    let anonymous = program.types.iter().find(|decl| types[3].trim() == decl.name).unwrap();
    assert_eq!(anonymous.fields[0].1.as_ref().unwrap().name.path, ["Db"]);
}

#[test]
fn classes_say_their_fields_bases_and_marks() {
    let program = lowered(
        "@Injectable() export class Shop extends Base implements Sells {
           private readonly a: A = new A();
           constructor(private db: Db, plain: string) { super(); }
           @Post() async sell(): Promise<Item> { return this.db.sell(); }
         }",
    );
    let decl = &program.types[0];
    let fields: Vec<&str> = decl.fields.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(fields, ["a", "db"]);
    assert_eq!(decl.bases.len(), 2);
    assert_eq!(decl.marks, ["Injectable"]);
    let sell = program.functions.iter().find(|function| function.name == "sell").unwrap();
    assert_eq!(sell.owner.as_deref(), Some("Shop"));
    assert_eq!(sell.marks, ["Post"]);
    assert_eq!(sell.result.as_ref().unwrap().name.path, ["Item"]);
    assert!(sell.exported && sell.is_async && sell.kind == FunctionKind::Declared);
}

#[test]
fn exports_of_both_module_systems_are_seen() {
    let names = |text: &str| {
        let program = lowered(text);
        let said = program.exports.iter().map(|export| {
            let kind = match &export.what {
                Exported::Local(_) => "local",
                Exported::Type(_) => "type",
                Exported::Elsewhere(_) => "elsewhere",
            };
            format!("{} {kind}", export.name)
        });
        said.collect::<Vec<_>>()
    };
    assert_eq!(
        names(
            "export const { a, b: [c] } = d; export default () => 1; export * from 'm'; export { a as e };"
        ),
        ["a local", "c local", "default local", "* elsewhere", "e local"]
    );
    assert_eq!(
        names("module.exports = { f() {}, g }; exports.h = () => 1; class K {} module.exports.K = K;"),
        ["default local", "f local", "g local", "h local", "K local", "K type"]
    );
    assert_eq!(names("export interface I {} export class C {}"), ["I type", "C local", "C type"]);
}

#[test]
fn broken_text_keeps_the_rest() {
    for text in [
        "",
        "\0\0",
        "{{{",
        "const x = await f(; g(1);",
        "class { async",
        "`${",
        "export type * from 'a'; f()",
    ] {
        lowered(text);
    }
    assert!(spans("f(1);\n@@@ ###\ng(2);").contains(&"g(2)".to_string()));
}
