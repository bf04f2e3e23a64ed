//! `test DIR`: runs the examples of a user's pages.

use super::arguments::TestArguments;
use super::{Exit, output, trouble};
use crate::config::Configs;
use crate::harness;
use crate::report::plural;
use crate::session;

pub(crate) fn run(arguments: &TestArguments) -> Result<Exit, String> {
    let folder = arguments.folder.as_path();
    if !folder.is_dir() {
        return Err(format!("{}: is no folder", folder.display()));
    }
    let configs = Configs::new(&arguments.config.request())?;
    let beside = session::configured_pages(folder, &configs);
    trouble::tell(&configs)?;
    let folder = match harness::read_folder(folder, &beside) {
        Ok(folder) => folder,
        Err(errors) => {
            errors.iter().for_each(|error| output::complain(&error.to_string()));
            return Ok(Exit::Failed);
        }
    };
    if folder.pages.is_empty() {
        output::say("no pages to test");
        return Ok(Exit::NoInput);
    }
    let examine = |files, options: &harness::Options| crate::examine(files, &folder.book, options);
    let report = session::on_threads(0, || harness::run_pages(&folder.pages, &examine))?;
    let failures: String = report.failures.iter().map(|failure| format!("{failure}\n")).collect();
    output::print(&failures)?;
    let (pages, examples) = (plural(report.pages, "page"), plural(report.examples, "example"));
    output::say(&format!("{pages}, {examples}, {}", plural(report.failures.len(), "failure")));
    Ok(if report.failures.is_empty() { Exit::Clean } else { Exit::Found })
}
