//! Patches as programs write them, and patches that no program would.

use super::*;

/// Path, whether new, new lines, places of removed ones.
fn shape(text: &str) -> Vec<(String, bool, String, Vec<u32>)> {
    let files = parse(text.as_bytes()).unwrap();
    let shape = |file: &FilePatch| {
        let changes = file.changes();
        let added: Vec<String> = changes.added.iter().map(|r| format!("{}-{}", r.start(), r.end())).collect();
        (file.path.to_string_lossy().into_owned(), file.is_new, added.join(" "), changes.removed_after)
    };
    files.iter().map(shape).collect()
}

fn row(path: &str, is_new: bool, added: &str, removed: &[u32]) -> (String, bool, String, Vec<u32>) {
    (path.to_owned(), is_new, added.to_owned(), removed.to_vec())
}

#[test]
fn added_replaced_and_removed_lines() {
    let text = "diff --git a/x.ts b/x.ts\nindex 1..2 100644\n--- a/x.ts\n+++ b/x.ts\n\
                @@ -1,5 +1,6 @@ function f() {\n a\n-b\n+B\n+C\n c\n-d\n e\n+f\n";
    assert_eq!(shape(text), [row("x.ts", false, "2-3 6-6", &[4])]);
    let bare = "--- a/x.ts\n+++ b/x.ts\n@@ -4,2 +3,0 @@\n-a\n-b\n@@ -9 +7 @@\n-a\n+b\n";
    assert_eq!(shape(bare), [row("x.ts", false, "7-7", &[3])]);
    let top = "--- a/x.ts\n+++ b/x.ts\n@@ -1,2 +1 @@\n-a\n b\n";
    assert_eq!(shape(top), [row("x.ts", false, "", &[0])]);
}

#[test]
fn new_removed_renamed_and_binary_files() {
    let text = "diff --git a/n.ts b/n.ts\nnew file mode 100644\n--- /dev/null\n+++ b/n.ts\n@@ -0,0 +1 @@\n+a\n\
        \\ No newline at end of file\n\
        diff --git a/o.ts b/o.ts\ndeleted file mode 100644\n--- a/o.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-a\n\
        diff --git a/old.ts b/new.ts\nsimilarity index 90%\nrename from old.ts\nrename to new.ts\n\
        --- a/old.ts\n+++ b/new.ts\n@@ -3 +3 @@\n-a\n+b\n\
        diff --git a/p.png b/p.png\nBinary files a/p.png and b/p.png differ\n\
        diff --git a/moved.ts b/here.ts\nsimilarity index 100%\nrename from moved.ts\nrename to here.ts\n";
    assert_eq!(
        shape(text),
        [row("n.ts", true, "1-1", &[]), row("new.ts", false, "3-3", &[]), row("p.png", true, "", &[])]
    );
}

#[test]
fn names_are_quoted_prefixed_or_neither() {
    let hunk = "@@ -1 +1 @@\n-a\n+b\n";
    let name = |head: &str| shape(&format!("{head}\n{hunk}")).remove(0).0;
    assert_eq!(name("--- \"a/\\303\\251 \\\"x\\\".ts\"\n+++ \"b/\\303\\251 \\\"x\\\".ts\""), "é \"x\".ts");
    assert_eq!(name("--- a/with space.ts\t\n+++ b/with space.ts\t"), "with space.ts");
    assert_eq!(name("--- src/x.ts\t2024-01-01\n+++ src/x.ts\t2024-01-02"), "src/x.ts");
    assert_eq!(name("--- before/src/x.ts\n+++ after/src/x.ts"), "src/x.ts");
    assert_eq!(name("--- i/x.ts\n+++ w/x.ts"), "x.ts");
    assert_eq!(name("diff --git b/x.ts b/x.ts\n--- b/x.ts\n+++ b/x.ts"), "b/x.ts");
    assert_eq!(name("diff --git b/x.ts b/x.ts\n--- /dev/null\n+++ b/x.ts"), "b/x.ts");
    assert_eq!(name("diff --git a/x.ts b/x.ts\n--- /dev/null\n+++ b/x.ts"), "x.ts");
}

#[test]
fn a_mail_around_a_patch_is_passed_over() {
    let text = "From 1 Mon\nSubject: x\n\n---\n x.ts | 2 +-\n\n--- a/x.ts\r\n+++ b/x.ts\r\n@@ -1,2 +1,2 @@\r\n-a\r\n+b\r\n\r\n-- \n2.47\n";
    assert_eq!(shape(text), [row("x.ts", false, "1-1", &[])]);
    assert_eq!(parse(b"").unwrap(), []);
}

#[test]
fn what_is_no_patch_is_told_with_its_line() {
    let told = |text: &str| parse(text.as_bytes()).unwrap_err();
    let head = "--- a/x\n+++ b/x\n";
    assert_eq!(told("hello"), "holds no unified diff");
    assert!(told("\x1b[1mdiff --git a/x b/x\x1b[m\n").contains("--no-color"));
    assert_eq!(
        told(&format!("{head}@@ -1 +1,2 @@\n a\n-b\n")),
        "line 5: the hunk has more lines than its head says"
    );
    assert_eq!(told(&format!("{head}@@ -1,2 +1,2 @@\n a")), "ends inside a hunk");
    assert_eq!(
        told(&format!("{head}@@ -1 +1 @@\nxyz")),
        "line 4: a line of a hunk begins with a space, `+`, `-` or `\\`"
    );
    assert!(told(&format!("{head}@@ -x +1 @@\n")).starts_with("line 3: `@@ -x"));
    assert!(told("@@ -1 +1 @@\n-a\n+b\n").starts_with("line 1: a hunk without"));
    assert!(told("diff --cc x\n").contains("combined"));
}

#[test]
fn a_patch_fits_the_text_it_leads_to() {
    let patch = parse(b"--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n").unwrap().remove(0);
    assert_eq!(patch.check("x", "a\r\nc\r\n"), Ok(()));
    let told = patch.check("x", "a\nb\n").unwrap_err();
    assert!(told.starts_with("line 6 does not fit line 2 of x"), "{told}");
}

/// Cut, doubled and changed bytes: an answer or a message, never a panic.
#[test]
fn mutated_patches_do_no_harm() {
    let seed = "diff --git \"a/\\303\\251.ts\" b/x.ts\nrename to x.ts\n--- a/x.ts\n+++ b/x.ts\n@@ -1,3 +1,3 @@\n a\n-b\n+c\n d\n\\ No newline\n@@ -4294967295 +4294967295 @@\n-é\n+\u{fffd}\n";
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % below.max(1)
    };
    for _ in 0..4000 {
        let mut bytes = seed.as_bytes().to_vec();
        for _ in 0..=next(6) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, b"@+-, \"\\/09\n"[next(11)]),
                2 if !bytes.is_empty() => bytes[at] = next(256) as u8,
                _ => bytes.extend_from_within(at..),
            }
        }
        if let Ok(files) = parse(&bytes) {
            for file in files {
                let _ = (file.changes(), file.check("x", "a\nc\nd\n"));
            }
        }
    }
}
