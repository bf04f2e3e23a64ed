//! Which reports are wanted, and where each goes: to standard output or to a file.

use super::arguments::{CheckArguments, Color, Format};
use super::check::Checked;
use super::output;
use crate::book::{Book, spell};
use crate::discover::{plain, whole};
use crate::report::text::{self, Detail, Look};
use crate::report::{self, Rendered, Run};
use clap::ValueEnum;
use std::collections::{BTreeMap, BTreeSet};
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

/// One report that is asked for; without a path it goes to standard output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    format: Format,
    path: Option<PathBuf>,
}

/// The reports that the arguments ask for. `--format` is printed, unless an `--output` without a
/// format takes it or nothing but outputs is asked for.
pub(crate) fn wanted(arguments: &CheckArguments) -> Result<Vec<Wanted>, String> {
    if arguments.diff && (arguments.format.is_some() || !arguments.output.is_empty()) {
        return Err("--diff prints changes and makes no report; leave out --format and --output".to_owned());
    }
    let mut wanted = Vec::new();
    let mut taken = false;
    for output in &arguments.output {
        let (format, path) = split(output)?;
        taken |= format.is_none();
        let format = format.or(arguments.format).unwrap_or_default();
        if path.is_empty() {
            return Err(format!("--output {output}: names no file"));
        }
        wanted.push(Wanted { format, path: (path != "-").then(|| PathBuf::from(path)) });
    }
    let is_printed = arguments.output.is_empty() || (arguments.format.is_some() && !taken);
    if is_printed {
        wanted.insert(0, Wanted { format: arguments.format.unwrap_or_default(), path: None });
    }
    if arguments.fix && arguments.stdin_filename.is_some() {
        // Standard output is the rewritten text; a report would spoil it.
        wanted.retain(|report| report.path.is_some());
    }
    refuse_twice(&wanted)?;
    Ok(wanted)
}

/// Of two reports to one place, the second would take that of the first unseen.
fn refuse_twice(wanted: &[Wanted]) -> Result<(), String> {
    let mut seen = BTreeSet::new();
    for path in wanted.iter().map(|one| one.path.as_deref()) {
        // A device takes what it is given, in turn.
        if path.is_some_and(|path| path.exists() && !path.is_file()) {
            continue;
        }
        let place = path.map(|path| path.canonicalize().unwrap_or_else(|_| whole(path)));
        if !seen.insert(place) {
            let name = path.map_or("standard output".into(), Path::to_string_lossy);
            return Err(format!("--output: two reports to one place, {name}"));
        }
    }
    Ok(())
}

/// `sarif=out.sarif` or `out.sarif`. A name before `=` that is no format is taken for a mistake; a
/// file of such a name can be written `./name=…`.
fn split(output: &str) -> Result<(Option<Format>, &str), String> {
    let Some((name, path)) = output.split_once('=') else { return Ok((None, output)) };
    if !name.chars().all(|letter| letter.is_ascii_alphanumeric()) {
        return Ok((None, output));
    }
    let names = Format::value_variants().iter().filter_map(ValueEnum::to_possible_value);
    let names: Vec<String> = names.map(|value| value.get_name().to_owned()).collect();
    match Format::from_str(name, true) {
        Ok(format) => Ok((Some(format), path)),
        Err(_) => Err(spell::unknown("format", name, names.iter().map(String::as_str))),
    }
}

/// Writes all reports; whether all went well.
pub(crate) fn write(
    arguments: &CheckArguments,
    checked: &Checked,
    book: &Book,
    skipped: &BTreeMap<&'static str, usize>,
) -> Result<bool, String> {
    let most = arguments.max_findings.unwrap_or(usize::MAX);
    let cut = (checked.findings.len() > most).then(|| report::heaviest(&checked.findings, most));
    let findings = cut.as_deref().unwrap_or(&checked.findings);
    let run = Run {
        findings,
        sources: &checked.sources,
        rules: &book.rules,
        problems: &checked.problems,
        skipped,
        files: checked.sources.files.len(),
        succeeded: checked.failed == 0,
        suppressed: if arguments.report_suppressed { &checked.silenced } else { &[] },
        omitted: checked.findings.len() - findings.len(),
        category: arguments.category.as_deref(),
        hidden: checked.hidden,
    };
    let wanted = wanted(arguments)?;
    let mut fine = true;
    for one in &wanted {
        fine &= write_one(one, arguments, &run)?;
    }
    if !wanted.is_empty() {
        tell_of_all(&wanted, &run);
    }
    Ok(fine)
}

fn write_one(wanted: &Wanted, arguments: &CheckArguments, run: &Run) -> Result<bool, String> {
    let Some(path) = &wanted.path else {
        let look = look(arguments);
        let rendered = render(wanted.format, arguments, run, &look);
        rendered.remarks.iter().for_each(|remark| output::say(remark));
        let print = if look.links.is_some() { output::print_with_links } else { output::print };
        return print(&rendered.text).map(|()| true);
    };
    let detail = detail(arguments);
    let rendered = render(wanted.format, arguments, run, &Look::plain(detail));
    rendered.remarks.iter().for_each(|remark| output::say(remark));
    // A file is no terminal, whatever is wanted of the terminal.
    let text = match wanted.format {
        Format::Full => anstream::adapter::strip_str(&rendered.text).to_string(),
        _ => rendered.text,
    };
    match crate::rewrite::put(path, &text) {
        Ok(()) => Ok(true),
        Err(error) => {
            output::complain(&format!("{}: cannot be written: {}", path.display(), plain(&error)));
            Ok(false)
        }
    }
}

/// What is cut is told once, unless the terminal's own summary has told it; and where all reports
/// are files, the summary.
fn tell_of_all(wanted: &[Wanted], run: &Run) {
    let to_files = wanted.iter().all(|one| one.path.is_some());
    let is_summed_up = to_files || wanted.iter().any(|one| one.path.is_none() && one.format == Format::Full);
    if let Some(hidden) = run.hidden.text().filter(|_| !is_summed_up) {
        output::say(&format!("not shown: {hidden}"));
    }
    if to_files && run.files > 0 {
        output::say(text::summary(run).trim_end());
    } else if !to_files && run.omitted > 0 && !wanted.iter().any(|one| one.format == Format::Full) {
        output::say(&format!("{} not shown (--max-findings)", report::plural(run.omitted, "finding")));
    }
}

fn render(format: Format, arguments: &CheckArguments, run: &Run, look: &Look) -> Rendered {
    match format {
        Format::Full if arguments.quiet => text::findings(run, look).into(),
        Format::Full => (text::findings(run, look) + &text::summary(run)).into(),
        Format::Concise => report::concise::render(run).into(),
        Format::Json => report::json::render(run).into(),
        Format::Jsonl => report::json::lines(run).into(),
        Format::Sarif => report::sarif::render(run),
        Format::Github => report::github::render(run).into(),
        Format::Gitlab => report::gitlab::render(run).into(),
        Format::Junit => report::junit::render(run).into(),
        Format::Rdjson => report::rdjson::render(run).into(),
        Format::Checkstyle => report::checkstyle::render(run).into(),
        Format::Markdown => report::markdown::render(run),
        Format::Html => report::html::render(run).into(),
    }
}

fn detail(arguments: &CheckArguments) -> Detail {
    if arguments.verbose { Detail::Columns } else { Detail::OneLine }
}

/// How findings look on standard output.
fn look(arguments: &CheckArguments) -> Look {
    let plain = Look::plain(detail(arguments));
    let width = terminal_width().unwrap_or(plain.width);
    let linked = match arguments.hyperlinks {
        Color::Always => true,
        Color::Never => false,
        Color::Auto => {
            std::io::stdout().is_terminal() && supports_hyperlinks::on(supports_hyperlinks::Stream::Stdout)
        }
    };
    let here = || std::env::current_dir().ok();
    let links = if linked && arguments.format.unwrap_or_default() == Format::Full { here() } else { None };
    Look { width, links, ..plain }
}

/// Of a terminal only: a file's report does not depend on who looks on.
fn terminal_width() -> Option<usize> {
    let stream = std::io::stdout();
    if !stream.is_terminal() {
        return None;
    }
    terminal_size::terminal_size_of(stream).map(|(width, _)| usize::from(width.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_format_before_a_file_is_known_or_told() {
        assert_eq!(split("sarif=a=b"), Ok((Some(Format::Sarif), "a=b")));
        assert_eq!(split("a.json"), Ok((None, "a.json")));
        assert_eq!(split("./a=b"), Ok((None, "./a=b")));
        assert!(split("srif=a").is_err_and(|told| told.contains("sarif")));
    }
}
