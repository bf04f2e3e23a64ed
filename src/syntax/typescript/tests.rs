//! What the lowering pages cannot show: bounds, types, exports, spans.

use super::{broken, lower, lower_tree, quick};
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

/// Texts that both parsers understand.
const WELL_FORMED: &[&str] = &[
    "#!/usr/bin/env node\n'use strict';\nimport a, { b as c, type D } from 'm'; import * as n from \"o\"; import 'p';",
    "export * from './a'; export * as b from './b'; export { c, d as e } from './c'; export type { F } from 'f';",
    "import x = require('y'); import z = a.b; export = x;",
    "export default async function f(this: A, a?: B, ...rest: C[]): Promise<D> { return await a!.b?.(c, ...rest) }",
    "@Dec() export class A<T extends B> extends C<T> implements D, E.F<T> { @In() private x = 1; static y: N = 2; \
     constructor(private readonly db: Db, @Inject() s: S) { super() } @Get('a') async m?(x: 1): Promise<void> { } \
     get v() { return this.#p } static { f() } #p; [key] = 3; abstract q(): void; h = async () => 1; [i: string]: any }",
    "declare module 'x' { interface I { a: B } } declare global { type T = { a?: A } & B | C[] } declare const q: Db;",
    "interface I<T> extends A, B.C<T> { a: string; 'b'?: readonly X[]; m(): void; [k: string]: any } enum E { A, B = 2, 'c' }",
    "type U = | A | (B & C) | null; type G = [a: A, B?, ...C[]]; type K = keyof typeof x; type M = { [P in K]: V };",
    "function g(x: unknown): x is A {} function h(): asserts x {} function o(a: A): void; function* k() { yield* f(); }",
    "namespace N { export const a = 1; } label: for (let i = 0, j; i < 2; i++, j--) { continue label }",
    "for (const [a, { b = 1, ...c }] of await d) {} for await (x of y) {} for (var k in o) { if (k) break; else return }",
    "switch (a) { case 1: f(); break; default: g() } do { x-- } while (x); while (y) z(); debugger; ;",
    "try { a() } catch ({ code }) { throw new E(`x ${y} z`) } finally { b() } try { } catch { }",
    "const { a, b: { c }, [d]: e = 1, ...f } = x, [g, , h = 2, ...i] = y; ({ a, b: c.d, e = 3 } = x); [a, b] = [b, a];",
    "x = a ? b : (c, d); y ??= z; a.b ||= c; delete a['b']; void 0; -1; !x; typeof y; a ** b; 'k' in o; o instanceof K;",
    "const o = { a, 'b': 1, 2: c, [d + e]: f, get g() { return 1 }, async h() { }, *i() { }, ...j, k: function l() { } };",
    "const f = x => y, g = async (a = 1, { b }) => ({ c }), h = <T,>(a: T): a is B => a as const; (<any>0, 1 as X, y satisfies Z);",
    "sql`a ${b} c`; import('m').then(m => m.default); import.meta.url; new A; new B.C(1); a?.b[c]?.d!.e; super_(0x1f, 1n, 1_000);",
    "/a[/]b/g.test(s); undefined; [1, , undefined, ...x]; if (a) { } else if (b) c(); else { } var v; let l; with_(x);",
    "async function m() { using x = f(); await using y = g(); h() }",
];

#[test]
fn both_parsers_give_one_program() {
    for text in WELL_FORMED {
        let path = Path::new("a.ts");
        let quick = quick::parse(path, text).unwrap_or_else(|| panic!("not read: {text}"));
        let slow = broken(path, text).unwrap();
        let programs = [quick, slow].map(|tree| lower_tree(FileId(0), path, text, &tree));
        let [quick, slow] = programs.map(|program| format!("{program:#?}"));
        let differ = quick.lines().zip(slow.lines()).position(|(quick, slow)| quick != slow);
        if let Some(line) = differ {
            let near = |text: &str| {
                text.lines().skip(line.saturating_sub(12)).take(16).collect::<Vec<_>>().join("\n")
            };
            panic!("{text}\n--- quick\n{}\n--- slow\n{}", near(&quick), near(&slow));
        }
    }
}

#[test]
fn jsx_is_one_program_too() {
    let text = "const v = <A b={c} {...d} e='f'><>{g.map(h => <I j=<K/> />)}{...l}{/* n */} text</></A>;";
    let path = Path::new("a.tsx");
    let trees = [quick::parse(path, text).unwrap(), broken(path, text).unwrap()];
    let [quick, slow] = trees.map(|tree| format!("{:?}", lower_tree(FileId(0), path, text, &tree)));
    assert_eq!(quick, slow);
}

#[test]
fn what_is_broken_or_too_deep_is_left_to_the_other_parser() {
    let path = Path::new("a.ts");
    assert!(quick::parse(path, "const x = ;").is_none());
    assert!(quick::parse(path, &"(".repeat(100_000)).is_none());
    let deep = format!("x = {}1{}", "(".repeat(20_000), ")".repeat(20_000));
    assert!(quick::parse(path, &deep).is_none());
}
