//! Comments that silence findings: `// toctou-lint: ignore[rule] -- reason`, read from text alike in
//! both languages.

use crate::book::rule::Rule;
use crate::finding::{Finding, LabelRole};
use crate::source::{FileId, Position, SourceFile, Sources, Span};

const MARK: &str = "toctou-lint:";
/// How many lines of comment may stand between a comment and the code it speaks of.
const FARTHEST: u32 = 40;

/// One comment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suppression {
    pub file: FileId,
    /// Byte offset of the comment's words.
    pub at: usize,
    pub line: u32,
    pub scope: Scope,
    /// Rule ids; empty silences all.
    pub rules: Vec<String>,
    pub reason: Option<String>,
}

/// What a comment speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This line: the comment's own, or the next that is not a comment if it stands alone.
    Line(u32),
    File,
}

/// Findings kept, and what the comments did.
#[derive(Debug, Default)]
pub struct Suppressed {
    pub kept: Vec<Finding>,
    pub silenced: Vec<Finding>,
    /// Why, of each silenced one, as its comment says.
    pub reasons: Vec<Option<String>>,
    /// Comments that silenced nothing.
    pub unused: Vec<Suppression>,
}

/// Takes out the findings that a comment silences. `rules` tells former names of a rule.
pub fn apply(findings: Vec<Finding>, sources: &Sources, rules: &[Rule]) -> Suppressed {
    let files = sources.files.iter().enumerate();
    let comments: Vec<Suppression> = files.flat_map(|(at, file)| read(FileId(at as u32), file)).collect();
    let mut used = vec![false; comments.len()];
    let mut result = Suppressed::default();
    for finding in findings {
        // The reason of the first comment that does, once one has.
        let mut silenced: Option<Option<String>> = None;
        for span in places(&finding) {
            // Comments are in the order of files, so those of one file stand together.
            let from = comments.partition_point(|comment| comment.file < span.file);
            let mine = comments.iter().enumerate().skip(from);
            for (at, comment) in mine.take_while(|(_, comment)| comment.file == span.file) {
                if covers(comment, span, sources) && names(comment, &finding, rules) {
                    silenced.get_or_insert_with(|| comment.reason.clone());
                    if let Some(flag) = used.get_mut(at) {
                        *flag = true;
                    }
                }
            }
        }
        match silenced {
            Some(reason) => {
                result.silenced.push(finding);
                result.reasons.push(reason);
            }
            None => result.kept.push(finding),
        }
    }
    let unused = comments.into_iter().zip(used).filter(|(_, used)| !used);
    result.unused = unused.map(|(comment, _)| comment).collect();
    result
}

/// Where a comment may stand: where the finding is shown, and at the act itself inside a helper.
fn places(finding: &Finding) -> impl Iterator<Item = Span> + '_ {
    let acts = finding.labels.iter().filter(|label| label.role == LabelRole::Act);
    std::iter::once(finding.act.span).chain(acts.map(|label| label.span))
}

fn covers(comment: &Suppression, span: Span, sources: &Sources) -> bool {
    match comment.scope {
        Scope::File => true,
        Scope::Line(line) => sources.file(span.file).position(span.start).line == line,
    }
}

fn names(comment: &Suppression, finding: &Finding, rules: &[Rule]) -> bool {
    let rule = rules.iter().find(|rule| rule.id == finding.rule);
    let is_named = |name: &String| {
        *name == *finding.rule || rule.is_some_and(|rule| rule.former.iter().any(|former| **former == **name))
    };
    comment.rules.is_empty() || comment.rules.iter().any(is_named)
}

/// All suppression comments of a file.
pub fn read(id: FileId, file: &SourceFile) -> Vec<Suppression> {
    let mut found = Vec::new();
    let mut start = 0;
    for (index, text) in file.text.split_inclusive('\n').enumerate() {
        let line = index as u32 + 1;
        // One comment a line: what follows the words belongs to them.
        if let Some((column, alone, (whole_file, rules, reason))) = in_line(text) {
            let speaks_of = if alone { next_code_line(file, line) } else { line };
            let scope = if whole_file { Scope::File } else { Scope::Line(speaks_of) };
            found.push(Suppression { file: id, at: start + column, line, scope, rules, reason });
        }
        start += text.len();
    }
    found
}

type Words = (bool, Vec<String>, Option<String>);

/// Where the words stand in a line, whether no code stands before them, and what they say.
fn in_line(text: &str) -> Option<(usize, bool, Words)> {
    let (before, words) = text.split_once(MARK)?;
    // The words open the comment, so that prose about them is none.
    let code = ["//", "/*", "#"].iter().find_map(|start| before.trim_end().strip_suffix(start))?;
    // Quoted words are no comment.
    if code.ends_with(['"', '\'', '`']) {
        return None;
    }
    let alone = code.trim().trim_matches(['{', '/', '!']).is_empty();
    Some((before.len(), alone, parse(words)?))
}

/// `ignore[a, b] -- reason`: whether for the file, for which rules, and why.
fn parse(words: &str) -> Option<Words> {
    let words = words.trim().trim_end_matches('}').trim_end().trim_end_matches("*/").trim_end();
    let rest = words.strip_prefix("ignore")?;
    let (whole_file, rest) = match rest.strip_prefix("-file") {
        Some(rest) => (true, rest),
        None => (false, rest),
    };
    let (rules, rest) = match rest.strip_prefix('[') {
        Some(list) => list.split_once(']')?,
        None if rest.is_empty() || rest.starts_with(' ') => ("", rest),
        None => return None,
    };
    let is_name = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | ',' | ' ');
    if !rules.chars().all(is_name) {
        return None;
    }
    let rules = rules.split(',').map(str::trim).filter(|rule| !rule.is_empty()).map(str::to_owned);
    let reason = rest.trim().strip_prefix("--").map(|reason| reason.trim().to_owned());
    Some((whole_file, rules.collect(), reason.filter(|reason| !reason.is_empty())))
}

/// The first line below that is neither empty nor a comment.
fn next_code_line(file: &SourceFile, line: u32) -> u32 {
    let text_of = |line| file.line_range(line).and_then(|range| file.text.get(range)).unwrap_or_default();
    let mut inside = !is_closed(text_of(line));
    let last = file.line_count().min(line + FARTHEST);
    for next in line + 1..=last {
        let mut text = text_of(next).trim();
        if inside {
            let Some((_, after)) = text.split_once("*/") else { continue };
            text = after.trim();
        }
        inside = !is_closed(text);
        if !is_comment(text) {
            return next;
        }
    }
    line
}

/// Whether a line ends outside of a comment that it began.
fn is_closed(text: &str) -> bool {
    let opened = text.trim_start().trim_start_matches('{').starts_with("/*");
    !opened || text.contains("*/")
}

/// Whether nothing but comments and brackets around them stands in a line.
fn is_comment(text: &str) -> bool {
    let mut text = text.trim().trim_start_matches('{').trim_end_matches('}').trim();
    while let Some(rest) = text.strip_prefix("/*") {
        let Some((_, after)) = rest.split_once("*/") else { return true };
        text = after.trim();
    }
    text.is_empty() || text.starts_with("//")
}

impl Suppression {
    /// Where it stands.
    pub fn position(&self, sources: &Sources) -> Position {
        sources.file(self.file).position(self.at as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(text: &str) -> Vec<(Scope, String, Option<String>)> {
        let found = read(FileId(0), &SourceFile::new("a.ts", text.to_owned()));
        found.into_iter().map(|one| (one.scope, one.rules.join(" "), one.reason)).collect()
    }

    #[test]
    fn a_comment_speaks_of_its_line_or_of_the_next() {
        let text = "a(); // toctou-lint: ignore[x, y] -- one writer\n\
                    // toctou-lint: ignore[z]\n// more\n\nb();\n\
                    /* toctou-lint: ignore */\n/* a\n b */\n/* c */ *d = e;\n";
        assert_eq!(
            shape(text),
            [
                (Scope::Line(1), "x y".to_owned(), Some("one writer".to_owned())),
                (Scope::Line(5), "z".to_owned(), None),
                (Scope::Line(9), String::new(), None),
            ]
        );
    }

    #[test]
    fn a_file_comment_speaks_of_the_file() {
        assert_eq!(shape("// toctou-lint: ignore-file[x]"), [(Scope::File, "x".to_owned(), None)]);
    }

    #[test]
    fn prose_and_other_words_are_no_suppression() {
        assert!(
            shape("// write toctou-lint: ignore[x] here\n'// toctou-lint: ignore'\n// toctou-lint: ignored")
                .is_empty()
        );
    }
}
