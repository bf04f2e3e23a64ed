//! What settings do to findings.

use super::*;

#[test]
fn a_rule_has_a_level_or_a_table() {
    let check = |text: &str, wanted: &[&str]| {
        let folder = folder(&[("toctou-lint.toml", text), ("a.ts", RACE), ("tests/a.ts", RACE)]);
        assert_eq!(levels(folder.path(), &[]), wanted, "{text}");
    };
    check("", &["a.ts warning"]);
    check(&rules("off"), &[]);
    check(&rules("note"), &[]);
    // Tests stay a step below.
    check(&rules("error"), &["a.ts error", "tests/a.ts warning"]);
    check(&format!("[rules.{RULE}]\nnotes = true\n"), &["a.ts warning", "tests/a.ts note"]);
    check(
        &format!("[rules.{RULE}]\nlevel = \"error\"\nmin-confidence = \"high\"\n"),
        &["a.ts error", "tests/a.ts warning"],
    );
}

#[test]
fn what_only_this_program_changes_is_a_note_that_says_so() {
    let race = RACE
        .replace("existsSync(p)", "existsSync('/var/lib/shop/' + p)")
        .replace("FileSync(p", "FileSync('/var/lib/shop/' + p");
    let text = "pedantic = true\n\n[ownership]\nprivate-directories = [\"/var/lib/shop/\"]\n";
    let folder = folder(&[("toctou-lint.toml", text), ("a.ts", &race), ("b.ts", RACE)]);
    assert_eq!(levels(folder.path(), &[]), ["a.ts note", "b.ts warning"]);
    let told = stdout(&lint(folder.path(), &["a.ts"]));
    assert!(
        told.contains(
            "declared in toctou-lint.toml:4: nobody else writes in this directory (`/var/lib/shop/`)"
        ),
        "{told}"
    );
    fs::write(folder.path().join("toctou-lint.toml"), format!("{text}silence = true\n")).unwrap();
    assert_eq!(levels(folder.path(), &[]), ["b.ts warning"]);
    let told = stdout(&lint(folder.path(), &["explain", "a.ts:4"]));
    assert!(told.contains("is left out by the configuration"), "{told}");
}

#[test]
fn a_table_with_a_single_writer_is_a_note() {
    let code = "import { PrismaClient } from '@prisma/client';\nconst prisma = new PrismaClient();\n\
        export async function spend(id: string, n: number) {\n  const a = await prisma.account.findUnique({ where: { id } });\n  \
        if (!a || a.balance < n) throw new Error();\n  await prisma.account.update({ where: { id }, data: { balance: a.balance - n } });\n}\n";
    let folder = folder(&[("a.ts", code)]);
    let loud = levels(folder.path(), &[]);
    assert!(!loud.is_empty());
    let declared = "ownership.single-writer.tables = [\"acc*\"]";
    assert!(levels(folder.path(), &["--config", declared]).is_empty());
    assert_eq!(levels(folder.path(), &["--config", declared, "--pedantic"]), vec!["a.ts note"; loud.len()]);
    let other = "ownership.single-writer.tables = [\"order\"]";
    assert_eq!(levels(folder.path(), &["--config", other]), loud);
}

#[test]
fn files_and_keys_with_a_single_writer_are_notes() {
    let count = "import { readFileSync, writeFileSync } from 'node:fs';\nexport function count() {\n  \
        writeFileSync('/run/shop.count', String(Number(readFileSync('/run/shop.count', 'utf8')) + 1));\n}\n";
    let key = "import Redis from 'ioredis';\nconst redis = new Redis();\nexport async function next() {\n  \
        const at = Number(await redis.get('cursor:feed'));\n  await redis.set('cursor:feed', at + 1);\n}\n";
    let folder = folder(&[("count.ts", count), ("key.ts", key)]);
    assert_eq!(levels(folder.path(), &[]), ["count.ts warning", "key.ts error"]);
    for (declared, left, words) in [
        ("paths = ['/run/*.count']", "key.ts error", "this file has a single writer (`/run/*.count`)"),
        ("paths = ['/run/shop.count']", "key.ts error", "this file has a single writer (`/run/shop.count`)"),
        ("keys = ['cursor:*']", "count.ts warning", "this key has a single writer (`cursor:*`)"),
    ] {
        let declared = format!("ownership.single-writer.{declared}");
        assert_eq!(levels(folder.path(), &["--config", &declared]), [left], "{declared}");
        let told = stdout(&lint(folder.path(), &["--pedantic", "--config", &declared]));
        assert!(told.contains(&format!("declared in --config:1: {words}")), "{told}");
        // Silenced, it is still told to whoever asks.
        let silent = ["--config", &declared, "--config", "ownership.silence = true"];
        assert_eq!(levels(folder.path(), &[&silent[..], &["--pedantic"]].concat()), [left]);
        let file = if left.starts_with("key") { "count.ts:3" } else { "key.ts:5" };
        let told = stdout(&lint(folder.path(), &[&["explain", file], &silent[..]].concat()));
        assert!(told.contains("is left out by the configuration: declared in --config:1"), "{told}");
    }
    let other = "ownership.single-writer.paths = ['/run']";
    assert_eq!(levels(folder.path(), &["--config", other]).len(), 2, "a path is no folder");
}

#[test]
fn the_database_says_what_a_transaction_guards() {
    let code = |options: &str| {
        format!(
            "import {{ PrismaClient }} from '@prisma/client';\nconst prisma = new PrismaClient();\n\
            export async function spend(id: string, n: number) {{\n  await prisma.$transaction(async (tx) => {{\n    \
            const a = await tx.account.findUnique({{ where: {{ id }} }});\n    if (!a || a.balance < n) throw new Error();\n    \
            await tx.account.update({{ where: {{ id }}, data: {{ balance: a.balance - n }} }});\n  }}{options});\n}}\n"
        )
    };
    let stated = code(", { isolationLevel: 'RepeatableRead' }");
    let folder = folder(&[("plain.ts", &code("")), ("stated.ts", &stated)]);
    let flagged = |arguments: &[&str]| -> Vec<String> {
        let mut files: Vec<String> = levels(folder.path(), arguments)
            .iter()
            .map(|line| line.split(' ').next().unwrap().to_owned())
            .collect();
        files.dedup();
        files
    };
    assert_eq!(flagged(&[]), ["plain.ts"]);
    assert_eq!(flagged(&["--config", "database.kind = 'postgres'"]), ["plain.ts"]);
    assert_eq!(flagged(&["--config", "database.kind = 'mysql'"]), ["plain.ts", "stated.ts"]);
    let told = stdout(&lint(folder.path(), &["stated.ts", "--config", "database.kind = 'mysql'"]));
    assert!(told.contains("runs at repeatable-read"), "{told}");
    assert!(flagged(&["--config", "database.kind = 'cockroachdb'"]).is_empty());
    assert!(flagged(&["--config", "database.isolation = 'serializable'"]).is_empty());
}

#[test]
fn names_alone_need_not_be_trusted() {
    let code = "export class S {\n  constructor(private redis: any) {}\n  async add(id: string) {\n    \
        const n = await this.redis.get(id);\n    await this.redis.set(id, Number(n) + 1);\n  }\n}\n";
    let folder = folder(&[("a.ts", code), ("b.ts", RACE)]);
    let named: Vec<String> = levels(folder.path(), &["--pedantic"]);
    assert!(named.iter().any(|line| line.starts_with("a.ts")), "{named:?}");
    assert_eq!(levels(folder.path(), &["--pedantic", "--config", "trust-names = false"]), ["b.ts warning"]);
}
