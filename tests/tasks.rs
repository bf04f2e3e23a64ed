//! Memory that one task alone works on, and what makes a second one of it.

use std::path::PathBuf;
use toctou_lint::book::load;
use toctou_lint::book::words::Level;

/// The level of the gap between two holds of `tick`, in a type with these other functions.
fn level(rest: &str) -> Level {
    let (book, errors) = load::load_leniently(Vec::new());
    assert!(errors.is_empty(), "{errors:?}");
    let code = format!(
        "use std::sync::Arc;\nuse tokio::sync::RwLock;\n\
         pub struct Feed {{ state: RwLock<u32> }}\n\
         impl Feed {{\n\
         async fn tick(&self) {{\n\
         let seen = *self.state.read().await;\n\
         if seen == 0 {{ poll().await; *self.state.write().await = 1; }}\n\
         }}\n{rest}\n}}\n"
    );
    let files = vec![(PathBuf::from("src/feed.rs"), code.clone())];
    let examined = toctou_lint::examine(files, &book, &Default::default());
    let gap = examined.findings.iter().find(|finding| finding.rule == "lock-gap");
    gap.unwrap_or_else(|| panic!("nothing is told of {code}")).level
}

/// A loop in a task of its own that calls `tick`.
fn started(how: &str) -> String {
    format!("pub fn start(self: Arc<Self>) {{ {how} }}")
}

const LOOP: &str = "tokio::spawn(async move { loop { self.tick().await; } });";

#[test]
fn one_loop_that_alone_looks_and_changes_is_a_note() {
    assert_eq!(level(&started(LOOP)), Level::Note);
    let apart = "pub fn start(self: Arc<Self>) { tokio::spawn(self.run()); }\n\
                 async fn run(self: Arc<Self>) { while let Some(_) = next().await { self.tick().await; } }";
    assert_eq!(level(apart), Level::Note);
}

#[test]
fn a_task_for_each_is_more() {
    let each = "pub fn start(self: Arc<Self>) { for _ in 0..4 { let own = self.clone(); \
                tokio::spawn(async move { loop { own.tick().await; } }); } }";
    assert_eq!(level(each), Level::Warning);
    let twice = format!("{} pub fn again(self: Arc<Self>) {{ {LOOP} }}", started(LOOP));
    assert_eq!(level(&twice), Level::Warning);
    let at_once = "pub async fn all(&self) { futures::future::join_all((0..4).map(|_| self.tick())).await; }";
    assert_eq!(level(at_once), Level::Warning);
}

#[test]
fn somebody_else_who_changes_it_is_more() {
    let reset = format!("{} pub async fn reset(&self) {{ *self.state.write().await = 0; }}", started(LOOP));
    assert_eq!(level(&reset), Level::Warning);
    let read = format!("{} pub async fn get(&self) -> u32 {{ *self.state.read().await }}", started(LOOP));
    assert_eq!(level(&read), Level::Note);
}

#[test]
fn a_method_that_anybody_may_call_is_more() {
    assert_eq!(level(""), Level::Warning);
    assert_eq!(
        level(&format!("{} pub async fn now(&self) {{ self.tick().await; }}", started(LOOP))),
        Level::Warning
    );
    let ends = started("tokio::spawn(async move { self.tick().await; });");
    assert_eq!(level(&ends), Level::Warning);
}
