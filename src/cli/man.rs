//! The command line's own description to a manual page.

use super::arguments::Arguments;
use clap::CommandFactory;
use clap::builder::PossibleValue;
use clap_mangen::Man;
use clap_mangen::roff::{Roff, bold, roman};
use std::io;

/// One page in `roff` that holds all commands; the same bytes whenever it is printed.
pub(crate) fn page() -> Result<String, String> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    write(&command, &mut page).map_err(|error| format!("cannot write the manual page: {error}"))?;
    String::from_utf8(page).map_err(|error| format!("the manual page is no text: {error}"))
}

fn write(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let man = Man::new(command.clone()).manual("User Commands");
    man.render_title(page)?;
    man.render_name_section(page)?;
    man.render_synopsis_section(page)?;
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    let mut heading = Roff::new();
    heading.control("SH", ["COMMANDS"]);
    heading.to_writer(page)?;
    // `help` is clap's own, and says nothing but this page again.
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        section(inner, page)?;
    }
    files(page)?;
    man.render_version_section(page)
}

/// What one command does and takes; those beneath it follow.
fn section(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let name = command.get_bin_name().unwrap_or(command.get_name()).to_owned();
    let mut text = Roff::new();
    text.control("SS", [name.as_str()]);
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string);
    text.text([roman(about.unwrap_or_default())]);
    text.control("PP", []);
    let usage = command.clone().render_usage().to_string();
    text.text([bold(usage.trim_start_matches("Usage: "))]);
    text.to_writer(page)?;
    // `check` takes what the page has told already.
    if command.get_name() != "check" {
        arguments(command, page)?;
    }
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        section(inner, page)?;
    }
    Ok(())
}

fn arguments(command: &clap::Command, page: &mut Vec<u8>) -> io::Result<()> {
    let own = |argument: &&clap::Arg| {
        !argument.is_hide_set() && !argument.is_global_set() && argument.get_id() != "help"
    };
    for argument in command.get_arguments().filter(own) {
        let mut text = Roff::new();
        text.control("TP", []);
        text.text([bold(argument.to_string())]);
        let mut told: Vec<String> = argument.get_help().map(|help| format!("{help}.")).into_iter().collect();
        let values = argument.get_possible_values();
        let takes_words = argument.get_action().takes_values() && !values.is_empty();
        if takes_words {
            let names: Vec<&str> = values.iter().map(PossibleValue::get_name).collect();
            told.push(format!("One of {}.", names.join(", ")));
        }
        text.text([roman(told.join(" "))]);
        text.to_writer(page)?;
    }
    Ok(())
}

/// The files that a run minds without being told.
fn files(page: &mut Vec<u8>) -> io::Result<()> {
    let mut text = Roff::new();
    text.control("SH", ["FILES"]);
    for (name, what) in [
        ("toctou-lint.toml", "Settings for the files beside and beneath it; the nearest one counts."),
        ("toctou-lint-baseline.json", "Findings that are known, in the folder of the run."),
        (".toctou/", "Pages of rules and libraries of your own."),
        (".gitignore, .ignore", "What is not looked at."),
    ] {
        text.control("TP", []);
        text.text([bold(name)]);
        text.text([roman(what)]);
    }
    text.to_writer(page)
}
