//! Lists every page under `rules/`, so that a new page is one file and no line of source.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo:rerun-if-changed=build.rs");
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
    fs::write(out.join("pages.rs"), code)
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
