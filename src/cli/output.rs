//! Text to standard output or error: findings go to the first, everything else to the second.

use super::arguments::Color;
use crate::engine::Problem;
use crate::report::printable;
use anstyle::{AnsiColor, Style};
use std::io::{ErrorKind, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether remarks are wanted.
static QUIET: AtomicBool = AtomicBool::new(false);

/// Whether details are wanted.
static VERBOSE: AtomicBool = AtomicBool::new(false);

/// From now on details are told.
pub(crate) fn be_verbose() {
    VERBOSE.store(true, Ordering::Relaxed);
}

/// A remark for those who ask for details.
pub(crate) fn detail(text: &str) {
    if VERBOSE.load(Ordering::Relaxed) {
        tell(text);
    }
}

/// From now on nothing is said but findings and errors.
pub(crate) fn be_quiet() {
    QUIET.store(true, Ordering::Relaxed);
}

/// Whether to colour, for all that is printed from now on.
pub(crate) fn set_color(color: Color) {
    let choice = match color {
        Color::Auto if is_forced() => anstream::ColorChoice::Always,
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// `FORCE_COLOR` as Node's tools know it. `NO_COLOR`, `CLICOLOR`, `CLICOLOR_FORCE` and `TERM=dumb`
/// are minded by the stream itself; of both wishes that for none counts.
fn is_forced() -> bool {
    let is_set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let refused = std::env::var_os("FORCE_COLOR").is_some_and(|value| value == "0" || value == "false");
    is_set("FORCE_COLOR") && !refused && !is_set("NO_COLOR")
}

/// To standard output, links kept even where colours are not.
pub(crate) fn print_with_links(text: &str) -> Result<(), String> {
    let stream = std::io::stdout();
    if anstream::AutoStream::choice(&stream) != anstream::ColorChoice::Never {
        return print(text);
    }
    let mut stream = stream.lock();
    finish(stream.write_all(without_colours(text).as_bytes()).and_then(|()| stream.flush()))
}

/// Takes out what sets colours, and leaves other sequences: the text is ours and has only links.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain.push_str(part.split_once('m').map_or(part, |(_, rest)| rest));
    }
    plain
}

/// To standard output, without colours if it is no terminal. A reader that goes away is no error.
pub(crate) fn print(text: &str) -> Result<(), String> {
    let mut stream = anstream::stdout().lock();
    finish(stream.write_all(text.as_bytes()).and_then(|()| stream.flush()))
}

/// Bytes to standard output as they are.
pub(crate) fn pass_on(bytes: &[u8]) -> Result<(), String> {
    let mut stream = std::io::stdout().lock();
    finish(stream.write_all(bytes).and_then(|()| stream.flush()))
}

/// What became of writing to standard output: a reader that goes away is no error.
pub(crate) fn finish(written: std::io::Result<()>) -> Result<(), String> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(format!("cannot write the output: {error}"))
        }
        _ => Ok(()),
    }
}

/// A remark to standard error, unless none are wanted.
pub(crate) fn say(text: &str) {
    if !QUIET.load(Ordering::Relaxed) {
        tell(text);
    }
}

/// A line to standard error, even where little is to be said.
pub(crate) fn tell(text: &str) {
    // Nothing is left to say if standard error is gone.
    let _ = writeln!(anstream::stderr().lock(), "{text}");
}

/// An error to standard error.
pub(crate) fn complain(message: &str) {
    let style = Style::new().bold().fg_color(Some(AnsiColor::Red.into()));
    tell(&format!("{style}error{style:#}: {}", printable(message)));
}

/// What is wrong with a file: `path:line:column: message`.
pub(crate) fn complain_of(problem: &Problem) {
    let path = problem.path.to_string_lossy();
    let place = problem.position.map_or_else(String::new, |at| format!(":{}:{}", at.line, at.column));
    let style = Style::new().bold().fg_color(Some(AnsiColor::Yellow.into()));
    tell(&format!("{style}problem{style:#}: {}", printable(&format!("{path}{place}: {}", problem.message))));
}

#[cfg(test)]
mod tests {
    use super::without_colours;

    #[test]
    fn links_stay_where_colours_go() {
        let text = "\x1b[1m\x1b[33mwarning\x1b[0m \x1b]8;;file:///a\x1b\\a\x1b]8;;\x1b\\\n";
        assert_eq!(without_colours(text), "warning \x1b]8;;file:///a\x1b\\a\x1b]8;;\x1b\\\n");
    }
}
