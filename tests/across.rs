//! Check and act in different files: imports are followed to what they name.

use std::path::PathBuf;
use toctou_lint::book::load;

/// Rule and place of each finding over small files.
fn findings(files: &[(&str, &str)]) -> Vec<String> {
    let (book, errors) = load::load_leniently(Vec::new());
    assert!(errors.is_empty(), "{errors:?}");
    let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let examined = toctou_lint::examine(files, &book, &Default::default());
    let place = |finding: &toctou_lint::finding::Finding| {
        let source = examined.sources.file(finding.act.span.file);
        format!("{} {}:{}", finding.rule, source.path.display(), source.position(finding.act.span.start).line)
    };
    examined.findings.iter().map(place).collect()
}

const DATABASE: (&str, &str) = (
    "src/db.ts",
    "import { PrismaClient } from \"@prisma/client\";\nexport const store = new PrismaClient();\n",
);

#[test]
fn functions_are_followed_by_import_though_another_file_has_one_of_that_name() {
    let users = "import { store } from \"./db\";\n\
        export async function lookUp(email: string) {\n\
        return store.user.findUnique({ where: { email } });\n}\n\
        export async function add(email: string) {\n\
        return store.user.create({ data: { email } });\n}\n";
    let other = "export async function lookUp(path: string) { return path.length; }\n\
        export function add(a: number, b: number) { return a + b; }\n";
    let route = "import { lookUp, add } from \"./users\";\n\
        export async function register(email: string) {\n\
        const user = await lookUp(email);\n\
        if (user) throw new Error(\"taken\");\n\
        return add(email);\n}\n";
    let found =
        findings(&[DATABASE, ("src/users.ts", users), ("src/sums.ts", other), ("src/route.ts", route)]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("db-check-then-insert"), "{found:?}");
}

#[test]
fn re_exports_and_objects_of_functions_are_followed() {
    let users = "import { store } from \"../db\";\n\
        export const users = {\n\
        async byEmail(email: string) { return store.user.findUnique({ where: { email } }); },\n\
        async insert(email: string) { return store.user.create({ data: { email } }); },\n};\n";
    let index = "export * from \"./users\";\n";
    let route = "import { users } from \"./repositories/index.js\";\n\
        export async function register(email: string) {\n\
        if (await users.byEmail(email)) return null;\n\
        return users.insert(email);\n}\n";
    let found = findings(&[
        DATABASE,
        ("src/repositories/users.ts", users),
        ("src/repositories/index.ts", index),
        ("src/route.ts", route),
    ]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("db-check-then-insert"), "{found:?}");
}

#[test]
fn a_client_is_known_by_how_the_other_file_makes_it() {
    // Nothing here is called by a name that tells a library.
    let route = "import { store } from \"./db\";\n\
        export async function pay(id: string, cents: number) {\n\
        const row = await store.account.findUnique({ where: { id } });\n\
        await store.account.update({ where: { id }, data: { balance: row!.balance - cents } });\n}\n";
    let found = findings(&[DATABASE, ("src/route.ts", route)]);
    assert_eq!(found, ["db-lost-update src/route.ts:4"]);
}

#[test]
fn a_field_is_what_the_class_that_is_extended_declares() {
    let base = "import { Model } from \"mongoose\";\n\
        export abstract class Records<T> {\nconstructor(protected readonly rows: Model<T>) {}\n\
        async one(where: any): Promise<T> { const row = await this.rows.findOne(where).lean(); \
        if (!row) throw new Error(\"none\"); return row; }\n\
        async set(where: any, change: any) { return this.rows.findOneAndUpdate(where, { ...change }); }\n}\n";
    let own = "import { Records } from \"./records\";\nexport class Payouts extends Records<Payout> {}\n";
    let pay = "import { Payouts } from \"./payouts\";\n\
        export class Desk {\nconstructor(private readonly payouts: Payouts, private readonly bank: any) {}\n\
        async pay(code: string) {\n\
        const open = await this.payouts.one({ code, status: \"OPEN\" });\n\
        await this.bank.transfer(open.cents);\n\
        await this.payouts.set({ _id: open._id }, { status: \"PAID\" });\n}\n}\n";
    let found = findings(&[("src/records.ts", base), ("src/payouts.ts", own), ("src/desk.ts", pay)]);
    assert!(found.iter().any(|line| line.ends_with("src/desk.ts:7")), "{found:?}");
}

#[test]
fn imports_that_lead_nowhere_cost_nothing() {
    let route = "import { gone } from \"./gone\";\nimport { a } from \"./route\";\n\
        export { a } from \"./route\";\nexport * from \"./route\";\n\
        export async function f(x: string) { return (await gone(x)) ?? a(x); }\n";
    assert!(findings(&[("src/route.ts", route)]).is_empty());
}

#[test]
fn another_name_of_a_wrapper_hides_no_type() {
    let ledger = "use std::sync::{Arc, Mutex};\n\
        #[derive(Default)]\nstruct Ledger { held: Mutex<u64> }\n\
        impl Ledger {\n\
        fn current(&self) -> u64 { *self.held.lock().unwrap() }\n\
        fn add(&self, amount: u64) { let mut held = self.held.lock().unwrap(); *held += amount; }\n}\n\
        pub struct Engine { ledger: Arc<Ledger>, limit: u64 }\n\
        impl Engine {\n\
        pub fn reserve(&self, amount: u64) -> bool {\n\
        let held = self.ledger.current();\n\
        if held + amount > self.limit { return false; }\n\
        self.ledger.add(amount);\n\
        true\n}\n}\n";
    let alias = "use std::sync::Arc;\npub type Shared = Arc<dyn Fn(u8) + Send + Sync>;\n";
    let alone = findings(&[("src/ledger.rs", ledger)]);
    assert_eq!(alone, ["lock-gap src/ledger.rs:13"]);
    assert_eq!(findings(&[("src/ledger.rs", ledger), ("src/alias.rs", alias)]), alone);
}

#[test]
fn what_comes_after_a_call_that_goes_deep_is_looked_at_as_well() {
    let long = |at: usize| {
        let lines: String = (0..300).map(|line| format!("total += part({line});\n")).collect();
        format!("fn long{at}() -> u64 {{ let mut total = 0;\n{lines}total }}\n")
    };
    let quotas = "use rusqlite::{params, Connection};\n\
        pub fn used(conn: &Connection, user: &str) -> rusqlite::Result<i64> {\n\
        conn.query_row(\"SELECT used FROM quotas WHERE user = ?1\", params![user], |row| row.get(0))\n}\n\
        pub fn note(conn: &Connection, user: &str) -> rusqlite::Result<usize> {\n\
        conn.execute(\"UPDATE quotas SET used = used + 1 WHERE user = ?1\", params![user])\n}\n";
    let serve = format!(
        "use crate::quotas::{{used, note}};\nuse std::fs;\n\
         fn part(at: u64) -> u64 {{ if fs::metadata(\"a\").is_ok() {{ at }} else {{ 0 }} }}\n\
         {}fn third() -> u64 {{ {} }}\n\
         fn second() -> u64 {{ third() }}\nfn first() -> u64 {{ second() }}\n\
         pub fn serve(conn: &rusqlite::Connection, user: &str) -> rusqlite::Result<bool> {{\n\
         let total = first();\n\
         if used(conn, user)? > 100 {{ return Ok(false); }}\n\
         note(conn, user)?;\n\
         Ok(total > 0)\n}}\n",
        (0..12).map(long).collect::<String>(),
        (0..12).map(|at| format!("long{at}()")).collect::<Vec<_>>().join(" + "),
    );
    let found = findings(&[("src/quotas.rs", quotas), ("src/serve.rs", &serve)]);
    assert!(found.iter().any(|told| told.starts_with("db-check-then-update src/serve.rs")), "{found:?}");
}

const LANTERN: &str = "use std::sync::atomic::{AtomicBool, Ordering};\n\
    use crate::wick::IS_LIT;\n\
    pub async fn light() {\n\
    if IS_LIT.load(Ordering::SeqCst) { return; }\n\
    trim().await;\n\
    IS_LIT.store(true, Ordering::SeqCst);\n}\n\
    async fn trim() {}\n";

#[test]
fn statics_of_rust_are_followed_by_the_path_that_names_them() {
    let wick =
        "use std::sync::atomic::AtomicBool;\npub static IS_LIT: AtomicBool = AtomicBool::new(false);\n";
    let found = findings(&[("src/wick.rs", wick), ("src/lantern.rs", LANTERN)]);
    assert_eq!(found, ["atomic-load-then-store src/lantern.rs:6"]);
    // Another of that name, in another module.
    let oven = ("src/oven.rs", wick);
    let found = findings(&[("src/wick.rs", wick), ("src/lantern.rs", LANTERN), oven]);
    assert_eq!(found, ["atomic-load-then-store src/lantern.rs:6"]);
}

#[test]
fn a_static_of_rust_that_may_be_one_of_several_is_none_of_them() {
    let wick =
        "use std::sync::atomic::AtomicBool;\npub static IS_LIT: AtomicBool = AtomicBool::new(false);\n";
    let files = [("src/oven.rs", wick), ("src/stove.rs", wick), ("src/lantern.rs", LANTERN)];
    assert!(findings(&files).is_empty());
    // A private one is nobody else's.
    let private = wick.replace("pub static", "static");
    assert!(findings(&[("src/wick.rs", &private), ("src/lantern.rs", LANTERN)]).is_empty());
}
