//! `init` and `config`: a first configuration file, and what the files that are there come to.

use super::arguments::{ConfigArguments, ConfigCommand, ConfigFlags, InitArguments, ListFormat};
use super::{Exit, analysis, output, trouble};
use crate::config::{Configs, Flags, Judge, schema, show, starter};
use crate::discover;
use crate::session;
use std::fmt::Write;
use std::path::Path;

/// `init`.
pub(crate) fn init(arguments: &InitArguments) -> Result<Exit, String> {
    let (book, _) = session::book(Path::new("."));
    let text = starter::text(&book);
    if arguments.output == Path::new("-") {
        output::print(&text)?;
        return Ok(Exit::Clean);
    }
    let shown = arguments.output.display();
    // Made only if it is not there, in one step: whoever else makes it keeps what they wrote.
    let file = std::fs::OpenOptions::new().write(true).create_new(true).open(&arguments.output);
    let mut file = file.map_err(|error| match error.kind() {
        std::io::ErrorKind::AlreadyExists => format!("{shown}: is there already, and is left as it is"),
        _ => format!("{shown}: cannot be written: {}", discover::plain(&error)),
    })?;
    let written = std::io::Write::write_all(&mut file, text.as_bytes());
    written.map_err(|error| format!("{shown}: cannot be written: {}", discover::plain(&error)))?;
    output::say(&format!("wrote {shown}"));
    Ok(Exit::Clean)
}

/// `config`.
pub(crate) fn run(arguments: &ConfigArguments) -> Result<Exit, String> {
    match &arguments.command {
        ConfigCommand::Show { path, format, flags } => show(path, *format, flags),
        ConfigCommand::Files { path, flags } => files(path, flags),
        ConfigCommand::Schema => {
            output::print(&schema::text())?;
            Ok(Exit::Clean)
        }
    }
}

fn show(path: &Path, format: ListFormat, flags: &ConfigFlags) -> Result<Exit, String> {
    exists(path)?;
    let configs = Configs::new(&flags.request())?;
    let root = analysis::root(&[path.to_owned()]);
    let (book, _) = session::configured_book(&root, &configs);
    let judge = Judge::new(&configs, &book, Flags::default());
    let settings = show::settings(&judge, path);
    judge.check();
    trouble::tell(&configs)?;
    output::print(&match format {
        ListFormat::Text => show::text(&settings),
        ListFormat::Json => show::json(path, &show::files(&configs, path), &settings),
    })?;
    Ok(Exit::Clean)
}

fn files(path: &Path, flags: &ConfigFlags) -> Result<Exit, String> {
    exists(path)?;
    let configs = Configs::new(&flags.request())?;
    let mut told = String::new();
    for (folder, files) in show::beneath(&configs, path) {
        let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
        let files =
            if files.is_empty() { "no configuration".to_owned() } else { files.join(", which extends ") };
        let _ = writeln!(told, "{}: {files}", folder.display());
    }
    trouble::tell(&configs)?;
    output::print(&told)?;
    Ok(Exit::Clean)
}

fn exists(path: &Path) -> Result<(), String> {
    match std::fs::metadata(path) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{}: {}", path.display(), discover::plain(&error))),
    }
}
