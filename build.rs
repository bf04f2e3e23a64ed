//! Lists every page under `rules/`, so that a new page is one file and no line of source.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=src");
    println!("cargo:rerun-if-changed=Cargo.lock");
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").unwrap_or_default());
    let mut pages = Vec::new();
    let rules = root.join("rules");
    if rules.is_dir() {
        println!("cargo:rerun-if-changed=rules");
        collect(&rules, &mut pages)?;
    } else {
        // Watched too, so that the first page is noticed.
        println!("cargo:rerun-if-changed={}", root.display());
    }
    pages.sort();
    let mut code = String::from("&[\n");
    for page in &pages {
        let name = page.strip_prefix(&root).unwrap_or(page).to_string_lossy().replace('\\', "/");
        let _ = writeln!(
            code,
            "    ({name:?}, include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/{name}\"))),"
        );
    }
    code.push_str("]\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default());
    fs::write(out.join("pages.rs"), code)?;
    println!("cargo:rustc-env=TOCTOU_LINT_BUILD={}-{}", env!("CARGO_PKG_VERSION"), sources(&root)?);
    Ok(())
}

/// A digest of all sources: what another build has found means nothing to this one.
fn sources(root: &Path) -> io::Result<blake3::Hash> {
    let mut files = vec![root.join("Cargo.lock")];
    let mut open = vec![root.join("src")];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() { open.push(path) } else { files.push(path) }
        }
    }
    files.sort();
    let mut hasher = blake3::Hasher::new();
    for file in files {
        let name = file.strip_prefix(root).unwrap_or(&file).to_string_lossy().replace('\\', "/");
        hasher.update(name.as_bytes());
        // A package may come without the file that pins its dependencies.
        hasher.update(&fs::read(&file).unwrap_or_default());
    }
    Ok(hasher.finalize())
}

fn collect(folder: &Path, pages: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println!("cargo:rerun-if-changed={}", path.display());
            collect(&path, pages)?;
        } else if path.extension().is_some_and(|extension| extension == "md") && !path.ends_with("README.md")
        {
            pages.push(path);
        }
    }
    Ok(())
}
