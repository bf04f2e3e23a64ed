//! How loud a race over memory is: what hangs on it, and how far apart the look and the change are.

use std::path::PathBuf;
use toctou_lint::book::load;
use toctou_lint::book::words::Level;

/// The level of what is told of an atomic in a file.
fn level(code: &str) -> Level {
    told("atomic-load-then-store", code)
}

/// The level of what a rule tells of a file.
fn told(rule: &str, code: &str) -> Level {
    let (book, errors) = load::load_leniently(Vec::new());
    assert!(errors.is_empty(), "{errors:?}");
    let files = vec![(PathBuf::from("src/seats.rs"), code.to_owned())];
    let examined = toctou_lint::examine(files, &book, &Default::default());
    let found = examined.findings.iter().find(|finding| finding.rule == rule);
    found.unwrap_or_else(|| panic!("nothing is told of {code}")).level
}

/// A counter that is tested and raised so many calls away from where the two come together.
fn counted(calls: usize) -> Level {
    let steps: String = (1..calls)
        .map(|at| format!("fn raise{at}(&self) {{ self.raise{}(); }}\n", at + 1))
        .chain([format!("fn raise{calls}(&self) {{ self.used.fetch_add(1, Ordering::SeqCst); }}\n")])
        .collect();
    level(&format!(
        "use std::sync::atomic::{{AtomicU64, Ordering}};\n\
         pub struct Seats {{ used: AtomicU64, all: u64 }}\n\
         impl Seats {{\n\
         pub fn take(&self) -> bool {{\n\
         if self.used.load(Ordering::SeqCst) >= self.all {{ return false; }}\n\
         self.raise1();\ntrue\n}}\n{steps}}}\n"
    ))
}

#[test]
fn memory_that_is_changed_many_calls_away_is_a_note() {
    assert_eq!(counted(1), Level::Warning);
    assert_eq!(counted(2), Level::Warning);
    assert_eq!(counted(3), Level::Note);
}

/// A flag in a struct, and a method that looks at it.
fn flag(body: &str) -> Level {
    level(&format!(
        "use std::sync::atomic::{{AtomicBool, Ordering}};\n\
         pub struct Disk {{ gone: AtomicBool }}\n\
         impl Disk {{ {body} }}\n"
    ))
}

#[test]
fn a_flag_on_which_nothing_else_hangs_is_a_note() {
    let body = |rest: &str| {
        format!(
            "pub fn tell(&self) {{ if !self.gone.load(Ordering::Acquire) {{ \
             self.gone.store(true, Ordering::Release); {rest} }} }}"
        )
    };
    assert_eq!(flag(&body("println!(\"gone\");")), Level::Note);
    assert_eq!(flag(&body("start_again();")), Level::Warning);
    let claim = "pub fn claim(&self) -> bool { if self.gone.load(Ordering::Acquire) { return false; } \
                 self.gone.store(true, Ordering::Release); true }";
    assert_eq!(flag(claim), Level::Warning);
    let told = "pub fn claim(&self) -> bool { let mut first = false; if !self.gone.load(Ordering::Acquire) { \
                self.gone.store(true, Ordering::Release); first = true; } first }";
    assert_eq!(flag(told), Level::Warning);
}

/// The level of what a rule tells of a method over a phase under a lock and tasks in a map.
fn phase(rule: &str, body: &str) -> Level {
    let code = format!(
        "use dashmap::DashMap;\nuse std::sync::RwLock;\n\
         pub struct Job {{ phase: RwLock<Phase>, tasks: DashMap<u64, Task> }}\n\
         impl Job {{\n\
         pub fn begin(&self, id: u64, task: Task) {{ self.tasks.insert(id, task); }}\n\
         {body} }}\n"
    );
    told(rule, &code)
}

#[test]
fn a_whole_that_is_set_without_a_wait_is_a_note() {
    let step = |between: &str, after: &str| {
        format!(
            "pub async fn step(&self) {{ if self.phase.read().unwrap().is_idle() {{ {between} \
             *self.phase.write().unwrap() = {after}; }} }}"
        )
    };
    assert_eq!(phase("lock-gap", &step("", "next()")), Level::Note);
    assert_eq!(phase("lock-gap", &step("load().await;", "next()")), Level::Warning);
    assert_eq!(phase("lock-gap", &step("", "true")), Level::Warning, "a claim");
}

#[test]
fn an_entry_that_is_taken_out_and_stopped_may_be_anothers() {
    let sweep = |taken: &str| {
        format!(
            "pub fn sweep(&self) {{ \
             let ended: Vec<u64> = \
             self.tasks.iter().filter(|task| task.value().is_finished()).map(|task| *task.key()).collect(); \
             for id in ended {{ {taken} }} }}"
        )
    };
    let rule = "map-check-then-insert";
    assert_eq!(phase(rule, &sweep("self.tasks.remove(&id);")), Level::Note);
    let stopped = "if let Some((_, task)) = self.tasks.remove(&id) { task.abort(); }";
    assert_eq!(phase(rule, &sweep(stopped)), Level::Warning);
}

#[test]
fn a_flag_that_is_only_asserted_is_a_note() {
    let body = |test: &str| {
        format!("pub fn begin(&self) {{ {test} self.gone.store(true, Ordering::Release); start(); }}")
    };
    assert_eq!(flag(&body("assert!(!self.gone.load(Ordering::Acquire));")), Level::Note);
    assert_eq!(flag(&body("if self.gone.load(Ordering::Acquire) { return; }")), Level::Warning);
}
