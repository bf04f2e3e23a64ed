//! `debug`: what a stage makes of one file.

use super::arguments::{DebugArguments, Stage};
use super::{Exit, output};
use crate::discover;

pub(crate) fn run(arguments: &DebugArguments) -> Result<Exit, String> {
    let text = discover::read_text(&arguments.file)
        .map_err(|(_, message)| format!("{}: {message}", arguments.file.display()))?;
    let told = match arguments.stage {
        Stage::Program | Stage::Events | Stage::Pairs => format!("{} bytes\n", text.len()),
    };
    output::print(&told)?;
    Ok(Exit::Clean)
}
