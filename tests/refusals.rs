//! Rewrites that would shift what a program does are not applied, though the race is reported.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

fn lint(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_toctou-lint")).current_dir(folder).args(arguments).output().unwrap()
}

/// The findings of a text, as rules, and the text after `--fix --unsafe-fixes`.
fn rewritten(name: &str, text: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, text).unwrap();
    let found = lint(folder.path(), &["--format", "concise"]);
    lint(folder.path(), &["--fix", "--unsafe-fixes"]);
    (String::from_utf8(found.stdout).unwrap(), fs::read_to_string(path).unwrap())
}

const HELPER: &str = "import { existsSync, writeFileSync } from 'node:fs';
function put(path: string, text: string) {
  writeFileSync(path, text);
}
export function create(path: string, text: string) {
  if (existsSync(path)) throw new Error('it is there');
  put(path, text);
}
export function replace(path: string, text: string) {
  put(path, text);
}
";

#[test]
fn a_function_that_others_call_keeps_its_act() {
    let (found, after) = rewritten("a.ts", HELPER);
    assert!(found.contains("fs-check-then-create"), "{found}");
    assert_eq!(after, HELPER);
    let (_, after) = rewritten(
        "a.ts",
        &HELPER.replace(
            "  put(path, text);\n}\nexport function replace",
            "  writeFileSync(path, text);\n}\nexport function replace",
        ),
    );
    assert_eq!(after.matches("wx").count(), 1, "{after}");
}

const STEPS: &str = "import { PrismaClient } from '@prisma/client';
const prisma = new PrismaClient();
export async function deliver(id: string, send: () => Promise<void>) {
  const order = await prisma.order.findUnique({ where: { id } });
  if (order?.status !== 'open') throw new Error('too late');
  await prisma.order.update({ where: { id }, data: { status: 'sending' } });
  await send();
  await prisma.order.update({ where: { id }, data: { status: 'sent' } });
}
";

#[test]
fn a_state_that_the_code_itself_has_left_is_not_asked_for() {
    let (found, after) = rewritten("a.ts", STEPS);
    assert!(found.contains("db-"), "{found}");
    assert!(after.contains("where: { id }, data: { status: 'sent' }"), "{after}");
    assert_eq!(after.matches("status: 'open'").count(), 1, "the first step asks for it: {after}");
}

#[test]
fn what_is_awaited_or_borrowed_elsewhere_is_no_closure_of_the_standard_library() {
    let source = "use std::path::Path;
pub async fn start(path: &Path) -> std::io::Result<()> {
    if !tokio::fs::try_exists(path).await? {
        tokio::fs::write(path, \"a\").await?;
    }
    Ok(())
}
";
    let (found, after) = rewritten("a.rs", source);
    assert!(found.contains("fs-check-then-create"), "{found}");
    assert_eq!(after, source);
}

#[test]
fn what_only_some_systems_compile_changes_nothing_on_the_others() {
    let source = "use std::fs;
pub fn save(path: &std::path::Path, key: &str) -> std::io::Result<()> {
    fs::write(path, key)?;
    #[cfg(unix)]
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600))?;
    Ok(())
}
";
    let (_, after) = rewritten("a.rs", source);
    assert_eq!(after, source);
    let always = source
        .replace("    #[cfg(unix)]\n", "")
        .replace("std::os::unix::fs::PermissionsExt", "fs::Permissions");
    let (found, after) = rewritten("a.rs", &always);
    assert!(found.contains("fs-create-then-chmod"), "{found}");
    assert!(after.contains("OpenOptionsExt::mode(") && after.contains("fs::set_permissions("), "{after}");
}
