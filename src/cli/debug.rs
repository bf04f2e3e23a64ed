//! `debug`: what a stage makes of one file.

use super::arguments::{DebugArguments, Stage};
use super::{Exit, analysis, output};
use crate::discover::{self, Ignoring};
use crate::engine::{self, Options};
use crate::session;
use std::slice;

pub(crate) fn run(arguments: &DebugArguments) -> Result<Exit, String> {
    let file = &arguments.file;
    let (book, intact) = analysis::book(&analysis::root(slice::from_ref(file)), &arguments.config)?;
    let mut found = match arguments.stage {
        Stage::Program => discover::discover(slice::from_ref(file), Ignoring::Disregard),
        Stage::Events | Stage::Pairs => analysis::with_project(file),
    };
    if let Some(problem) = found.bad_arguments.first() {
        return Err(format!("{}: {}", problem.path.display(), problem.message));
    }
    let focus = Some(discover::shown(file));
    let options = Options { no_prefilter: true, manifests: found.manifests, focus, ..Options::default() };
    let inputs = std::mem::take(&mut found.inputs);
    let told = session::on_threads(1, || match arguments.stage {
        Stage::Program => inputs.into_iter().map(|input| engine::program(input, &book, &options)).collect(),
        Stage::Events => events(&engine::events(inputs, &book, &options)),
        Stage::Pairs => {
            engine::trace(inputs, &book, &options).iter().map(|line| format!("{line}\n")).collect()
        }
    })?;
    output::print(&told)?;
    Ok(if intact { Exit::Clean } else { Exit::Failed })
}

/// `line:column  verb noun  [page]  code`, a line each.
fn events((sources, events): &(crate::source::Sources, Vec<engine::SeenEvent>)) -> String {
    let line = |event: &engine::SeenEvent| {
        let at = sources.file(event.span.file).position(event.span.start);
        let code = sources.slice(event.span).split_whitespace().collect::<Vec<_>>().join(" ");
        let (label, library) = (&event.label, &event.library);
        format!("{}:{}  {label}  [{library}]  {code}\n", at.line, at.column)
    };
    events.iter().map(line).collect()
}
