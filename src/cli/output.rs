//! Text to standard output or error: findings go to the first, everything else to the second.

use super::arguments::Color;
use crate::engine::Problem;
use crate::report::printable;
use anstyle::{AnsiColor, Style};
use std::io::{ErrorKind, Write};

/// Whether to colour, for all that is printed from now on.
pub(crate) fn set_color(color: Color) {
    let choice = match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// To standard output, without colours if it is no terminal. A reader that goes away is no error.
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut stream = anstream::stdout().lock();
    match stream.write_all(text.as_bytes()).and_then(|()| stream.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot write the output: {error}"))
        }
        _ => Ok(()),
    }
}

/// A line to standard error.
pub(crate) fn say(text: &str) {
    // Nothing is left to say if standard error is gone.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// An error to standard error.
pub(crate) fn complain(message: &str) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    say(&format!("{style}error{style:#}: {}", printable(message)));
}

/// What is wrong with a file: `path:line:column: message`.
pub(crate) fn complain_of(problem: &Problem) {
    let path = problem.path.to_string_lossy();
    let place = problem.position.map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
    let style = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    say(&format!("{style}problem{style:#}: {}", printable(&format!("{path}{place}: {}", problem.message))));
}
