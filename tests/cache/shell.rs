//! The cache from the outside: every format, every filter, broken entries, folders that are read-only.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const FORMATS: &[&str] = &[
    "full",
    "concise",
    "json",
    "jsonl",
    "sarif",
    "github",
    "gitlab",
    "junit",
    "rdjson",
    "checkstyle",
    "markdown",
    "html",
];

/// The shop, copied to where it can be changed.
struct Shop {
    folder: tempfile::TempDir,
}

impl Shop {
    fn new() -> Shop {
        let shop = Shop { folder: tempfile::tempdir().unwrap() };
        let root = Path::new("testdata/projects/shop");
        for entry in walkdir::WalkDir::new(root) {
            let entry = entry.unwrap();
            let to = shop.path("shop").join(entry.path().strip_prefix(root).unwrap());
            match entry.file_type().is_dir() {
                true => fs::create_dir_all(to).unwrap(),
                false => fs::write(to, fs::read(entry.path()).unwrap()).unwrap(),
            }
        }
        shop
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_toctou-lint"))
            .current_dir(self.path("shop"))
            .env_remove("TOCTOU_LINT_CACHE_DIR")
            .args(arguments)
            .output()
            .unwrap()
    }

    /// Output and exit code with a cache and without one; both streams are alike.
    fn same(&self, arguments: &[&str]) -> Output {
        let plain = self.run(&[arguments, &["--no-cache"]].concat());
        let cached = self.run(arguments);
        assert_eq!(told(&cached), told(&plain), "{arguments:?}");
        cached
    }

    fn edit(&self, name: &str, from: &str, to: &str) {
        let path = self.path("shop").join(name);
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "{name} has {from}");
        fs::write(path, text.replace(from, to)).unwrap();
    }

    fn entries(&self) -> Vec<PathBuf> {
        let Ok(entries) = fs::read_dir(self.path("shop/.toctou-lint-cache")) else { return Vec::new() };
        let paths = entries.map(|entry| entry.unwrap().path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "entry")).collect()
    }
}

fn told(output: &Output) -> (Option<i32>, String, String) {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn every_format_is_the_same() {
    let shop = Shop::new();
    let all = |shop: &Shop| FORMATS.iter().for_each(|format| drop(shop.same(&["--format", format])));
    all(&shop);
    shop.edit("web/src/clients.ts", "export", "\nexport");
    shop.edit("web/src/exports.ts", "export", "// toctou-lint: ignore-file -- nobody else runs\nexport");
    all(&shop);
    shop.same(&["--format", "sarif", "--report-suppressed", "--pedantic"]);
    shop.same(&["--format", "json", "--min-confidence", "high", "--max-findings", "2"]);
    shop.same(&["--select", "lock-no-expiry,db-lost-update", "--verbose"]);
    shop.same(&["--fail-on", "never", "--max-warnings", "1"]);
    fs::remove_file(shop.path("shop/web/src/clients.ts")).unwrap();
    shop.same(&[]);
}

#[test]
fn configuration_pages_and_manifests_count() {
    let shop = Shop::new();
    shop.same(&[]);
    let config = shop.path("shop/toctou-lint.toml");
    for text in
        ["exclude = [\"web/**\"]\n", "[database]\nisolation = \"serializable\"\n", "pedantic = true\n", ""]
    {
        fs::write(&config, text).unwrap();
        shop.same(&[]);
        shop.same(&["--isolated"]);
    }
    fs::write(shop.path("shop/web/schema.prisma"), "model User {\n  id Int @id\n  email String @unique\n}\n")
        .unwrap();
    shop.same(&[]);
    fs::create_dir_all(shop.path("shop/.toctou")).unwrap();
    let page =
        "# Ours\n\n```library\nlanguage typescript\nmodule node:fs\nfs.existsSync(p): exists file(p)\n```\n";
    fs::write(shop.path("shop/.toctou/ours.md"), page).unwrap();
    shop.same(&[]);
    shop.edit("server/Cargo.toml", "edition", "# edition\nedition");
    shop.same(&[]);
}

#[test]
fn baselines_patches_and_rewrites_are_right_with_it() {
    let shop = Shop::new();
    shop.run(&[]);
    assert_eq!(shop.run(&["baseline", "create"]).status.code(), Some(0));
    assert_eq!(shop.same(&[]).status.code(), Some(0), "all is known");
    fs::remove_file(shop.path("shop/toctou-lint-baseline.json")).unwrap();
    let patch = "--- a/web/src/exports.ts\n+++ b/web/src/exports.ts\n@@ -0,0 +1 @@\n+//\n";
    shop.edit("web/src/exports.ts", "import", "import");
    fs::write(shop.path("some.patch"), patch).unwrap();
    shop.same(&["--new-from-patch", shop.path("some.patch").to_str().unwrap()]);
    let diff = shop.same(&["--diff", "--unsafe-fixes"]);
    assert!(!diff.stdout.is_empty());
    shop.run(&["--fix", "--unsafe-fixes"]);
    shop.same(&["--format", "json"]);
    shop.run(&["--add-ignore", "--reason", "the test says so"]);
    assert_eq!(shop.same(&[]).status.code(), Some(0), "all is silenced");
}

#[test]
fn an_entry_that_is_broken_is_as_none() {
    let shop = Shop::new();
    shop.run(&[]);
    let entries = shop.entries();
    assert_eq!(entries.len(), 1);
    let whole = fs::read(&entries[0]).unwrap();
    for at in (0..whole.len()).step_by(whole.len() / 12 + 1) {
        let mut bytes = whole.clone();
        bytes[at] ^= 0xff;
        fs::write(&entries[0], &bytes).unwrap();
        shop.same(&[]);
        fs::write(&entries[0], &whole[..at]).unwrap();
        shop.edit("web/src/exports.ts", "import", "import");
        shop.same(&[]);
    }
    let length = fs::read(&entries[0]).map(|bytes| bytes.len()).unwrap();
    assert!(length > whole.len() * 3 / 4, "it is written anew");
    // A folder in the place of an entry.
    fs::remove_file(&entries[0]).unwrap();
    fs::create_dir(&entries[0]).unwrap();
    shop.same(&[]);
}

#[test]
fn the_folder_is_left_alone_by_others_and_can_be_named() {
    let shop = Shop::new();
    shop.run(&["--no-cache"]);
    assert!(!shop.path("shop/.toctou-lint-cache").exists());
    shop.run(&["web/src/exports.ts"]);
    assert!(!shop.path("shop/.toctou-lint-cache").exists(), "one file is analysed anyway");
    shop.run(&["--cache-dir", "../elsewhere/deep"]);
    assert!(shop.path("elsewhere/deep/CACHEDIR.TAG").is_file() && shop.entries().is_empty());
    shop.run(&[]);
    let read = |name: &str| fs::read_to_string(shop.path("shop/.toctou-lint-cache").join(name)).unwrap();
    assert_eq!(read(".gitignore"), "*\n");
    assert!(read("CACHEDIR.TAG").starts_with("Signature: 8a477f597d28d172789f06886806bc55"));
    for depth in 0..20 {
        shop.run(
            &["web", &"web/../".repeat(depth), "server"].map(|path| if path.is_empty() { "." } else { path }),
        );
    }
    assert_eq!(shop.entries().len(), 16, "the oldest go");
}

#[test]
fn where_nothing_can_be_written_a_run_does_not_fail() {
    let shop = Shop::new();
    let plain = shop.run(&["--no-cache"]);
    // A file where the folder should be: not even the superuser can write there.
    let at = shop.path("taken");
    fs::write(&at, "").unwrap();
    let cached = shop.run(&["--cache-dir", at.to_str().unwrap()]);
    assert_eq!(told(&cached), told(&plain));
    let said = shop.run(&["--verbose", "--cache-dir", at.to_str().unwrap()]);
    assert!(told(&said).2.contains("the cache cannot be written"), "{:?}", told(&said).2);
}

#[test]
fn runs_at_once_do_not_disturb_each_other() {
    let shop = Shop::new();
    let plain = told(&shop.run(&["--no-cache"]));
    for round in 0..3 {
        std::thread::scope(|scope| {
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| told(&shop.run(&[])))).collect();
            for run in runs {
                assert_eq!(run.join().unwrap(), plain, "round {round}");
            }
        });
    }
    let left = fs::read_dir(shop.path("shop/.toctou-lint-cache")).unwrap().count();
    assert_eq!(left, 3, "an entry and two marks");
}
