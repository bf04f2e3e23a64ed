//! Arguments to output and an exit code.

mod adopting;
mod analysis;
mod arguments;
mod baseline;
mod caching;
mod check;
mod config;
mod debug;
mod explain;
mod fix;
mod ignores;
mod man;
mod narrow;
mod output;
mod pages;
mod prove;
mod reports;
mod rules;
mod selection;
mod sharding;
mod timings;
mod trouble;
mod watching;

use arguments::{Arguments, Command};
use clap::{CommandFactory, Parser};
use std::io::Write;
use std::process::ExitCode;

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Exit {
    /// Nothing at or above `--fail-on`.
    Clean,
    /// Findings at or above `--fail-on`, or a diff.
    Found,
    /// No file to analyse.
    NoInput,
    /// A wrong argument, a broken page, or an internal error.
    Failed,
}

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Found => 1,
            Exit::Failed => 2,
            Exit::NoInput => 3,
        }
    }
}

/// The program: everything but what the operating system calls.
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are answers: standard output, and no error.
            let code = if error.use_stderr() { Exit::Failed } else { Exit::Clean };
            let exit = output::finish(error.print().and_then(|()| std::io::stdout().flush()));
            return ExitCode::from(exit.map_or_else(complained, |()| code).code());
        }
    };
    // What is printed is the message; a broken pipe is no error, and other failures to write are.
    ExitCode::from(run(arguments).unwrap_or_else(complained).code())
}

/// Says what went wrong.
fn complained(message: String) -> Exit {
    output::complain(&message);
    Exit::Failed
}

fn run(arguments: Arguments) -> Result<Exit, String> {
    let Arguments { command, check, color } = arguments;
    output::set_color(color);
    match command {
        None => check::run(&check),
        Some(Command::Check(check)) => check::run(&check),
        Some(Command::Merge(check)) => sharding::merge(*check),
        Some(Command::Explain(arguments)) => explain::run(&arguments),
        Some(Command::Prove(arguments)) => prove::run(&arguments),
        Some(Command::Rules(arguments)) => rules::run(&arguments),
        Some(Command::Baseline(arguments)) => baseline::run(&arguments),
        Some(Command::Test(arguments)) => pages::run(&arguments),
        Some(Command::Debug(arguments)) => debug::run(&arguments),
        Some(Command::Init(arguments)) => config::init(&arguments),
        Some(Command::Config(arguments)) => config::run(&arguments),
        Some(Command::Lsp { config }) => crate::lsp::serve(&config.request()).map(|()| Exit::Clean),
        Some(Command::Completions { shell }) => {
            let mut text = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "toctou-lint", &mut text);
            output::print(&String::from_utf8_lossy(&text))?;
            Ok(Exit::Clean)
        }
        Some(Command::Man) => output::print(&man::page()?).map(|()| Exit::Clean),
    }
}
