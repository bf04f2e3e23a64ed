//! Findings to what a terminal shows: the code underlined, one line of interleaving, the rewrite.

mod links;

use super::{Run, concise, first_line, interleaving, path, plural, printable};
use crate::book::api::Applicability;
use crate::book::words::Level;
use crate::finding::{Confidence, Edit, Finding, Fix, Label, LabelRole};
use crate::rewrite;
use crate::source::{FileId, Sources, Span};
use codespan_reporting::diagnostic::{self, Diagnostic, Severity};
use codespan_reporting::files::{Error, Files};
use codespan_reporting::term::{self, Chars, Config, Styles, StylesWriter, termcolor::Ansi};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;
use std::path::PathBuf;

/// How much of the interleaving is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    OneLine,
    Columns,
}

/// How findings are to look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Look {
    pub detail: Detail,
    /// In columns of the terminal; lines of code are never broken.
    pub width: usize,
    /// The folder of the run, if places and rules are to be links.
    pub links: Option<PathBuf>,
}

impl Look {
    /// For readers that are no terminal.
    pub fn plain(detail: Detail) -> Look {
        Look { detail, width: USUAL_WIDTH, links: None }
    }

    /// The width of notes.
    fn notes(&self) -> usize {
        self.width.max(NARROWEST) - INDENT
    }
}

/// Lines longer than this are not shown: no one reads them, and they drown the rest.
const LONGEST_LINE: usize = 500;
/// How wide a report is that does not go to a terminal.
pub const USUAL_WIDTH: usize = 114;
/// What stands to the left of a note.
const INDENT: usize = 4;
/// In a narrower terminal lines run over, which reads better than a word a line.
const NARROWEST: usize = 40;
/// A rewrite longer than this is cut.
const LONGEST_DIFF: usize = 24;

/// All findings, with ANSI colours: whoever prints them strips these if need be.
pub fn findings(run: &Run, look: &Look) -> String {
    let files = TextFiles::new(run.sources);
    let mut text = String::new();
    for finding in run.findings {
        let shown = render_one(finding, &files, look);
        match &look.links {
            Some(root) => text.push_str(&links::add(&shown, run.rule(&finding.rule), root)),
            None => text.push_str(&shown),
        }
    }
    text
}

/// One finding alone.
pub fn render_finding(finding: &Finding, sources: &Sources, look: &Look) -> String {
    render_one(finding, &TextFiles::new(sources), look)
}

/// One finding in full, as text that no terminal interprets.
pub(super) fn plain(finding: &Finding, sources: &Sources) -> String {
    let shown = render_finding(finding, sources, &Look::plain(Detail::Columns));
    anstream::adapter::strip_str(&shown).to_string()
}

fn render_one(finding: &Finding, files: &TextFiles, look: &Look) -> String {
    let sources = files.sources;
    let diagnostic = diagnostic(finding, sources, look);
    let config = Config { chars: Chars::box_drawing(), ..Config::default() };
    let mut buffer = Ansi::new(Vec::new());
    let styles = Styles::default();
    let shows = shown_labels(finding).all(|label| fits(label, sources));
    let rendered = if shows {
        let mut writer = StylesWriter::new(&mut buffer, &styles);
        term::emit_to_write_style(&mut writer, &config, files, &diagnostic).is_ok()
    } else {
        false
    };
    if rendered {
        String::from_utf8_lossy(&buffer.into_inner()).into_owned()
    } else {
        let notes: Vec<_> =
            diagnostic.notes.iter().map(|note| format!("  = {}\n", note.replace('\n', "\n    "))).collect();
        format!("{}\n{}", concise::line(finding, sources), notes.concat())
    }
}

fn shown_labels(finding: &Finding) -> impl Iterator<Item = &Label> {
    std::iter::once(&finding.act).chain(&finding.labels)
}

fn fits(label: &Label, sources: &Sources) -> bool {
    let file = sources.file(label.span.file);
    let line = file.position(label.span.start).line;
    file.line_range(line).is_some_and(|range| range.len() <= LONGEST_LINE)
}

fn diagnostic(finding: &Finding, sources: &Sources, look: &Look) -> Diagnostic<FileId> {
    let severity = match finding.level {
        Level::Error => Severity::Error,
        Level::Warning => Severity::Warning,
        Level::Note | Level::Off => Severity::Note,
    };
    let labels = merged(finding).iter().map(|one| label(one, sources)).collect();
    Diagnostic::new(severity)
        .with_code(&finding.rule)
        .with_message(printable(&finding.message).replace(['\n', '\r'], " "))
        .with_labels(labels)
        .with_notes(notes(finding, sources, look))
}

/// The act and the other labels; where two lie within one another, as a look and its own waiting
/// do, one underline says both.
fn merged(finding: &Finding) -> Vec<Label> {
    let mut merged: Vec<Label> = vec![finding.act.clone()];
    for other in &finding.labels {
        let same = |one: &&mut Label| one.span.contains(other.span) || other.span.contains(one.span);
        match merged.iter_mut().find(same) {
            Some(one) if one.text != other.text => one.text = format!("{}; {}", one.text, other.text),
            Some(_) => {}
            None => merged.push(other.clone()),
        }
    }
    merged
}

fn label(label: &Label, sources: &Sources) -> diagnostic::Label<FileId> {
    let span = first_line(sources, label.span);
    let range = span.start as usize..span.end as usize;
    let style = match label.role {
        LabelRole::Act => diagnostic::Label::primary(span.file, range),
        LabelRole::Check
        | LabelRole::Decision
        | LabelRole::Window
        | LabelRole::Guard
        | LabelRole::Effect
        | LabelRole::Via => diagnostic::Label::secondary(span.file, range),
    };
    style.with_message(printable(&label.text).replace(['\n', '\r'], " "))
}

fn notes(finding: &Finding, sources: &Sources, look: &Look) -> Vec<String> {
    let detail = look.detail;
    // What a label says already is not said again.
    let told = |note: &&String| !finding.labels.iter().any(|label| label.text == **note);
    let mut notes: Vec<String> =
        finding.notes.iter().filter(told).map(|note| printable(note).into_owned()).collect();
    match detail {
        Detail::OneLine => notes.extend(
            interleaving::one_line(&finding.interleaving)
                .map(|line| interleaving::wrap(&line, look.notes()).join("\n")),
        ),
        Detail::Columns if finding.interleaving.steps.is_empty() => {}
        Detail::Columns => {
            notes.push(interleaving::columns(&finding.interleaving, sources, look.notes()));
        }
    }
    if finding.confidence != Confidence::High || detail == Detail::Columns {
        notes.push(format!("confidence: {}", finding.confidence.text()));
    }
    if let Some(fix) = finding.fixes.first() {
        notes.push(rewrite_note(fix, sources));
    }
    notes
}

/// The title, the changed lines, and what may shift.
fn rewrite_note(fix: &Fix, sources: &Sources) -> String {
    let kind = match fix.applicability {
        Applicability::Safe => "rewrite (`--fix`)",
        Applicability::Suggested => "rewrite (`--fix --unsafe-fixes`)",
        Applicability::Sketch => "sketch of a rewrite",
    };
    let mut lines = vec![format!("{kind}: {}", fix.title)];
    lines.extend(changed_lines(fix, sources));
    if let Some(note) = &fix.note {
        lines.push(format!("mind: {note}"));
    }
    printable(&lines.join("\n")).into_owned()
}

/// The lines that the edits take away and bring, with the sign of a diff.
pub(super) fn changed_lines(fix: &Fix, sources: &Sources) -> Vec<String> {
    let Some(first) = fix.edits.first() else { return Vec::new() };
    let Some(file) = sources.files.get(first.span.file.0 as usize) else { return Vec::new() };
    // Of the file only the lines that the edits touch: a long file may have many findings.
    let starts = fix.edits.iter().map(|edit| edit.span.start).min().unwrap_or_default() as usize;
    let ends = fix.edits.iter().map(|edit| edit.span.end).max().unwrap_or_default() as usize;
    let (Some(before), Some(after)) = (file.text.get(..starts), file.text.get(ends..)) else {
        return Vec::new();
    };
    let from = before.rfind('\n').map_or(0, |at| at + 1);
    let to = after.find('\n').map_or(file.text.len(), |at| ends + at + 1);
    let moved = fix.edits.iter().map(|edit| {
        let span =
            Span { start: edit.span.start - from as u32, end: edit.span.end - from as u32, ..edit.span };
        Edit { span, text: edit.text.clone() }
    });
    let moved: Vec<Edit> = moved.collect();
    let old = &file.text[from..to];
    let Some(new) = rewrite::apply(old, &moved) else { return Vec::new() };
    let diff = rewrite::diff(&file.path, old, &new);
    let changed = diff.lines().skip(2).filter(|line| line.starts_with(['+', '-']));
    let mut lines: Vec<String> = changed.map(str::to_owned).collect();
    if lines.iter().any(|line| line.len() > LONGEST_LINE) {
        return Vec::new();
    }
    if lines.len() > LONGEST_DIFF {
        let more = lines.len() - LONGEST_DIFF;
        lines.truncate(LONGEST_DIFF);
        lines.push(format!("… {more} more lines"));
    }
    lines
}

/// `2 errors, 1 warning in 14 files`, what was left out, and what `--fix` would do.
pub fn summary(run: &Run) -> String {
    let counts = [(Level::Error, "error"), (Level::Warning, "warning"), (Level::Note, "note")];
    let told: Vec<String> = counts
        .iter()
        .filter(|(level, _)| run.count(*level) > 0)
        .map(|(level, noun)| plural(run.count(*level), noun))
        .collect();
    let only_new = run.hidden.by_baseline.is_some() || run.hidden.unchanged.is_some();
    let none = if only_new { "no new races found" } else { "no races found" };
    let told = match run.omitted {
        0 if told.is_empty() => none.to_owned(),
        // Nothing is shown, and that is not to be taken for nothing found.
        omitted if told.is_empty() => plural(omitted, "finding"),
        _ => told.join(", "),
    };
    let mut text = format!("{told} in {}", plural(run.files, "file"));
    let fixable =
        |allowed| run.findings.iter().filter(|one| rewrite::applicable(one, allowed).is_some()).count();
    let (safe, suggested) = (fixable(Applicability::Safe), fixable(Applicability::Suggested));
    if safe > 0 {
        text.push_str(&format!("; `--fix` rewrites {safe}"));
    }
    if suggested > safe {
        text.push_str(&format!("; `--fix --unsafe-fixes` rewrites {suggested}"));
    }
    if run.omitted > 0 {
        let omitted =
            if run.findings.is_empty() { "none".to_owned() } else { format!("{} not", run.omitted) };
        text.push_str(&format!("; {omitted} shown (`--max-findings`)"));
    }
    if let Some(hidden) = run.hidden.text() {
        text.push_str(&format!("; not shown: {hidden}"));
    }
    text.push('\n');
    text
}

/// The sources as codespan asks for them, cleaned of what steers a terminal.
struct TextFiles<'a> {
    sources: &'a Sources,
    clean: Vec<OnceCell<Cow<'a, str>>>,
}

impl<'a> TextFiles<'a> {
    fn new(sources: &'a Sources) -> TextFiles<'a> {
        TextFiles { sources, clean: sources.files.iter().map(|_| OnceCell::new()).collect() }
    }
}

impl<'files, 'a: 'files> Files<'files> for TextFiles<'a> {
    type FileId = FileId;
    type Name = String;
    type Source = &'files str;

    fn name(&'files self, id: FileId) -> Result<String, Error> {
        let span = crate::source::Span::new(id, 0, 0);
        self.sources.files.get(id.0 as usize).ok_or(Error::FileMissing)?;
        Ok(printable(&path(self.sources, span)).into_owned())
    }

    fn source(&'files self, id: FileId) -> Result<&'files str, Error> {
        let file = self.sources.files.get(id.0 as usize).ok_or(Error::FileMissing)?;
        let cell = self.clean.get(id.0 as usize).ok_or(Error::FileMissing)?;
        Ok(cell.get_or_init(|| printable(&file.text)))
    }

    fn line_index(&'files self, id: FileId, byte_index: usize) -> Result<usize, Error> {
        let file = self.sources.files.get(id.0 as usize).ok_or(Error::FileMissing)?;
        Ok(file.position(byte_index as u32).line as usize - 1)
    }

    fn line_range(&'files self, id: FileId, line_index: usize) -> Result<Range<usize>, Error> {
        let file = self.sources.files.get(id.0 as usize).ok_or(Error::FileMissing)?;
        let too_large = Error::LineTooLarge { given: line_index, max: file.line_count() as usize };
        let line = file.line_range(line_index as u32 + 1).ok_or(too_large)?;
        let next = file.line_range(line_index as u32 + 2).map_or(file.text.len(), |next| next.start);
        Ok(line.start..next)
    }
}
