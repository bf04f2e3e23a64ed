//! What a run over unchanged files costs, and one over a single changed file, held against a bare walk
//! of the same folder that asks for each file's size and time.
//!
//! `cargo bench --bench rerun -- FOLDER …` copies each folder, since files in it are changed, and runs
//! all kinds in turn: seven times, or as often as `ROUNDS` says. Without a folder it writes a project
//! of 400 modules. Printed are medians and ranges in milliseconds, and their ratios.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// What was written just now is not taken to be known: file systems count time in steps.
const SETTLED: Duration = Duration::from_millis(3500);

fn main() {
    let is_test = std::env::args().any(|argument| argument == "--test");
    let folders: Vec<PathBuf> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).map(PathBuf::from).collect();
    let asked = std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok());
    let rounds: usize = if is_test { 1 } else { asked.unwrap_or(7) };
    if folders.is_empty() {
        let project = tempfile::tempdir().expect("a folder for a project");
        write_project(project.path(), if is_test { 20 } else { 400 });
        measure("400 modules", project.path(), rounds);
    }
    for folder in folders {
        let copy = tempfile::tempdir().expect("a folder for the copy");
        copy_all(&folder, copy.path());
        measure(&folder.display().to_string(), copy.path(), rounds);
    }
}

/// The times of one kind of run.
struct Times(Vec<f64>);

impl Times {
    fn median(&self) -> f64 {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }

    fn told(&self) -> String {
        let least = self.0.iter().copied().fold(f64::INFINITY, f64::min);
        let most = self.0.iter().copied().fold(0.0, f64::max);
        format!("{:8.1} ms ({least:.1} to {most:.1})", self.median())
    }
}

fn measure(name: &str, folder: &Path, rounds: usize) {
    let cache = tempfile::tempdir().expect("a folder for the cache");
    let cached = ["--cache-dir", cache.path().to_str().expect("a path of letters")];
    let sources = sources(folder);
    let [mut floor, mut cold, mut first, mut unchanged, mut changed, mut own] =
        [(); 6].map(|()| Times(Vec::new()));
    run(folder, &cached);
    std::thread::sleep(SETTLED);
    for round in 0..rounds {
        floor.0.push(walk(folder));
        cold.0.push(run(folder, &["--no-cache"]));
        let fresh = tempfile::tempdir().expect("a folder for the cache");
        let there = fresh.path().to_str().expect("a path of letters");
        first.0.push(run(folder, &["--cache-dir", there]));
        // Once more where a change was the last thing.
        run(folder, &cached);
        unchanged.0.push(run(folder, &cached));
        let file = &sources[(round * 7919 + 13) % sources.len()];
        let text = fs::read_to_string(file).expect("a source");
        fs::write(file, text + "\n// changed\n").expect("a file that can be changed");
        changed.0.push(run(folder, &cached));
        own.0.push(run(folder, &["--no-cache", file.to_str().expect("a path of letters")]));
        std::thread::sleep(SETTLED);
    }
    println!("{name}: {} sources, {rounds} rounds", sources.len());
    for (what, times) in [
        ("bare walk and stat", &floor),
        ("without a cache", &cold),
        ("filling a cache", &first),
        ("unchanged", &unchanged),
        ("one file changed", &changed),
        ("that file alone", &own),
    ] {
        println!("  {what:20}{}", times.told());
    }
    println!("  unchanged / walk           {:6.2}", unchanged.median() / floor.median());
    println!("  unchanged / without        {:6.2}", unchanged.median() / cold.median());
    println!("  filling / without          {:6.2}", first.median() / cold.median());
    let least = 1.5 * unchanged.median() + own.median();
    println!("  changed / (1.5 unchanged + file) {:6.2}", changed.median() / least);
}

fn run(folder: &Path, arguments: &[&str]) -> f64 {
    let begin = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_toctou-lint"));
    let output = command.current_dir(folder).args(["--exit-zero", "--format", "concise"]).args(arguments);
    let status = output.output().expect("the tool runs").status;
    assert!(matches!(status.code(), Some(0)), "{arguments:?}: {status}");
    begin.elapsed().as_secs_f64() * 1e3
}

/// What no run over the folder can go below: each entry, as ignore files say, and each file's stamp.
fn walk(folder: &Path) -> f64 {
    let begin = Instant::now();
    let walk = ignore::WalkBuilder::new(folder).require_git(false).build();
    let sizes = walk.filter_map(|entry| entry.ok()?.metadata().ok()).map(|data| data.len());
    assert!(sizes.sum::<u64>() > 0);
    begin.elapsed().as_secs_f64() * 1e3
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder).require_git(false).build();
    let files = walk.filter_map(|entry| Some(entry.ok()?.into_path()));
    let is_source = |path: &PathBuf| {
        let name = path.to_string_lossy();
        (name.ends_with(".ts") && !name.ends_with(".d.ts")) || name.ends_with(".rs")
    };
    let mut found: Vec<PathBuf> = files.filter(is_source).collect();
    found.sort();
    assert!(!found.is_empty(), "{} has no sources", folder.display());
    found
}

fn copy_all(from: &Path, to: &Path) {
    for entry in walkdir::WalkDir::new(from).into_iter().filter_map(Result::ok) {
        let Ok(rest) = entry.path().strip_prefix(from) else { continue };
        let to = to.join(rest);
        if entry.file_type().is_dir() {
            fs::create_dir_all(to).expect("a folder");
        } else if entry.file_type().is_file() {
            fs::copy(entry.path(), to).expect("a copy");
        }
    }
}

/// Modules that call each other's helpers, some of them racy.
fn write_project(folder: &Path, modules: usize) {
    fs::create_dir_all(folder.join("src")).expect("a folder");
    for at in 0..modules {
        let other = (at * 31 + 7) % modules;
        let mut text = format!(
            "import fs from 'node:fs';\nimport {{ save{other} }} from './m{other}';\n\
             export function save{at}(path: string, data: string) {{\n  fs.writeFileSync(path, data);\n}}\n"
        );
        for function in 0..12 {
            let _ = write!(
                text,
                "export function keep{at}x{function}(path: string, data: string) {{\n  \
                 if (!fs.existsSync(path)) {{\n    save{other}(path, data);\n  }}\n}}\n"
            );
        }
        fs::write(folder.join(format!("src/m{at}.ts")), text).expect("a module");
    }
}
