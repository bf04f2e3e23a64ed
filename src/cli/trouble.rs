//! What is wrong with a configuration as a reader sees it: the place in the file, underlined.

use super::output;
use crate::config::{Configs, Severity, Trouble};
use crate::report::printable;
use codespan_reporting::diagnostic::{Diagnostic, Label};
use codespan_reporting::files::SimpleFile;
use codespan_reporting::term::{self, Chars, Config, Styles, StylesWriter, termcolor::Ansi};

/// Says what has been found wrong; an error if a run cannot go on.
pub(crate) fn tell(configs: &Configs) -> Result<(), String> {
    let troubles = configs.take_troubles();
    for trouble in &troubles {
        let tell = if trouble.severity == Severity::Error { output::tell } else { output::say };
        tell(render(trouble).trim_end());
    }
    let errors = troubles.iter().filter(|trouble| trouble.severity == Severity::Error).count();
    match errors {
        0 => Ok(()),
        1 => Err("the configuration has an error; nothing was analysed".to_owned()),
        _ => Err(format!("the configuration has {errors} errors; nothing was analysed")),
    }
}

fn render(trouble: &Trouble) -> String {
    let source = &trouble.source;
    let name = printable(&source.path.to_string_lossy()).into_owned();
    let diagnostic = match trouble.severity {
        Severity::Error => Diagnostic::error(),
        Severity::Warning => Diagnostic::warning(),
    };
    let message = printable(&trouble.message).replace(['\n', '\r'], " ");
    // Of an empty file, or one that could not be read, nothing can be shown.
    if source.text.is_empty() {
        let severity = if trouble.severity == Severity::Error { "error" } else { "warning" };
        return format!("{severity}: {name}: {message}");
    }
    // What steers a terminal is replaced by as many bytes, so that places stay.
    let text: String = source
        .text
        .chars()
        .map(|c| if c.is_control() && !matches!(c, '\n' | '\t') && c.is_ascii() { ' ' } else { c })
        .collect();
    let end = trouble.at.end.min(text.len());
    let first = text.get(trouble.at.start..end).map_or(0, |part| part.find('\n').unwrap_or(part.len()));
    let range = trouble.at.start.min(text.len())..trouble.at.start.min(text.len()) + first;
    let diagnostic = diagnostic
        .with_message(format!("{name}: {message}"))
        .with_labels(vec![Label::primary((), range)])
        .with_notes(trouble.help.iter().map(|help| format!("help: {help}")).collect());
    let config = Config { chars: Chars::box_drawing(), ..Config::default() };
    let mut buffer = Ansi::new(Vec::new());
    let styles = Styles::default();
    let mut writer = StylesWriter::new(&mut buffer, &styles);
    match term::emit_to_write_style(
        &mut writer,
        &config,
        &SimpleFile::new(name.as_str(), text.as_str()),
        &diagnostic,
    ) {
        Ok(()) => String::from_utf8_lossy(&buffer.into_inner()).into_owned(),
        Err(_) => format!("error: {name}:{}: {message}", source.line(trouble.at.start)),
    }
}
