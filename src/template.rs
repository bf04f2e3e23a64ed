//! A fix template of a library page and the source text of an act turned into a fix.
//!
//! Templates are text with `{holes}`: `set({key}, {token}, 'NX')`. White space, the kind of quotes
//! and a trailing comma make no difference, and what stands before the called name (`redis.`,
//! `std::`) is kept. No syntax tree is needed, so pages can say it for any language.

use crate::book::api::{Applicability, CheckFate, FixTemplate, Library};
use crate::book::words::Founds;
use crate::finding::{Edit, Fix};
use crate::source::{SourceFile, Span};

/// An act and the check it follows.
pub struct Act<'a> {
    pub file: &'a SourceFile,
    pub rule: &'a str,
    pub span: Span,
    /// What the check found on the way to the act; empty where there is no check.
    pub found: Founds,
    /// The check's call and the condition it stands in.
    pub check: Option<(Span, Span)>,
}

/// A call longer than this is left alone.
const LONGEST: usize = 4096;

/// The fixes that a library's templates offer for an act: of each title the first.
pub fn fixes(library: &Library, act: &Act) -> Vec<Fix> {
    let text = act.file.slice(act.span);
    let mut fixes: Vec<Fix> = Vec::new();
    if text.len() > LONGEST {
        return fixes;
    }
    let quote = quote(act.file);
    for template in &library.fixes {
        let applies = template.rules.iter().any(|rule| rule == act.rule)
            && (template.found.is_empty() || template.found == act.found);
        if !applies || fixes.iter().any(|fix| fix.title == template.title) {
            continue;
        }
        if let Some(new) = rewrite(template, text, quote) {
            let (span, text) = match template.check {
                CheckFate::Unwrap => unwrapped(act, &new).unwrap_or((act.span, new)),
                CheckFate::Keep => (act.span, new),
            };
            fixes.push(Fix {
                title: template.title.clone(),
                applicability: template.applicability,
                note: template.note.clone(),
                edits: vec![Edit { span, text }],
            });
        }
    }
    fixes.sort_by_key(|fix| fix.applicability != Applicability::Safe);
    fixes
}

/// The quotes a file prefers where the language has a choice; templates write `'`.
fn quote(file: &SourceFile) -> char {
    let has_choice = file.path.extension().is_none_or(|extension| extension != "rs");
    if has_choice && file.prefers_double_quotes() { '"' } else { '\'' }
}

/// The call with the template applied, if it is one the template speaks of.
fn rewrite(template: &FixTemplate, text: &str, quote: char) -> Option<String> {
    for start in starts(text) {
        let Some(captured) = capture(&template.act, text.get(start..)?) else { continue };
        let mut new = text.get(..start)?.to_owned();
        let becomes = template.becomes.replace('\'', quote.encode_utf8(&mut [0; 4]));
        let mut rest = becomes.as_str();
        while let Some(at) = rest.find('{') {
            let (before, from) = rest.split_at(at);
            new.push_str(before);
            match hole(from) {
                Some((name, after)) => {
                    new.push_str(captured.iter().find(|(known, _)| *known == name)?.1);
                    rest = after;
                }
                None => {
                    new.push('{');
                    rest = from.get(1..).unwrap_or_default();
                }
            }
        }
        new.push_str(rest);
        return Some(new);
    }
    None
}

/// `{name}` at the start of a text, and what follows it.
fn hole(text: &str) -> Option<(&str, &str)> {
    let (name, after) = text.strip_prefix('{')?.split_once('}')?;
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
    is_name.then_some((name, after))
}

/// Where the called path may begin: at the start, and after each `.` or `::` outside brackets.
fn starts(text: &str) -> Vec<usize> {
    let mut starts = vec![0];
    let mut scan = Scan::new(text);
    let mut before = ' ';
    while let Some((at, c)) = scan.next() {
        if scan.depth == 0 && (c == '.' || (c == ':' && before == ':')) {
            starts.push(at + 1);
        }
        before = c;
    }
    starts
}

/// What the holes of a pattern stand for in a text that it matches whole.
fn capture<'p, 't>(pattern: &'p str, text: &'t str) -> Option<Vec<(&'p str, &'t str)>> {
    let (mut pattern, mut text) = (pattern.trim_start(), text.trim_start());
    let mut captured = Vec::new();
    while let Some(wanted) = pattern.chars().next() {
        if let Some((name, after)) = hole(pattern) {
            let end = argument_end(text, after.trim_start().chars().next());
            let value = text.get(..end)?.trim_end();
            if value.is_empty() {
                return None;
            }
            captured.push((name, value));
            (pattern, text) = (after.trim_start(), text.get(end..)?.trim_start());
            continue;
        }
        let mut found = text.chars().next()?;
        if matches!(wanted, ')' | ']' | '}') && found == ',' {
            text = text.get(1..)?.trim_start();
            found = text.chars().next()?;
        }
        let is_quote = |c: char| matches!(c, '\'' | '"' | '`');
        if found != wanted && !(is_quote(found) && is_quote(wanted)) {
            return None;
        }
        pattern = pattern.get(wanted.len_utf8()..)?.trim_start();
        text = text.get(found.len_utf8()..)?.trim_start();
    }
    text.is_empty().then_some(captured)
}

/// Where an argument ends: at a comma, a closing bracket, or `stop`, outside brackets and strings.
fn argument_end(text: &str, stop: Option<char>) -> usize {
    let mut scan = Scan::new(text);
    while let Some((at, c)) = scan.next() {
        let closes = matches!(c, ')' | ']' | '}') && scan.depth < 0;
        if closes || (scan.depth == 0 && (c == ',' || Some(c) == stop && !matches!(c, ')' | ']' | '}'))) {
            return at;
        }
    }
    text.len()
}

/// Walks over code, skipping strings, and counts brackets.
struct Scan<'a> {
    chars: std::iter::Peekable<std::str::CharIndices<'a>>,
    text: &'a str,
    /// Open brackets, the last character counted; below zero once one closes that is not open.
    depth: i32,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Scan<'a> {
        Scan { chars: text.char_indices().peekable(), text, depth: 0 }
    }

    fn next(&mut self) -> Option<(usize, char)> {
        let (at, c) = self.chars.next()?;
        match c {
            '(' | '[' | '{' => self.depth += 1,
            ')' | ']' | '}' => self.depth -= 1,
            '"' | '`' => self.skip_string(c),
            // Rust's lifetimes have no closing quote.
            '\'' if !is_lifetime(self.text.get(at..).unwrap_or_default()) => self.skip_string(c),
            _ => {}
        }
        Some((at, c))
    }

    fn skip_string(&mut self, quote: char) {
        while let Some((_, c)) = self.chars.next() {
            if c == '\\' {
                self.chars.next();
            } else if c == quote {
                return;
            }
        }
    }
}

/// `'a>`, `'static `: a quote before a word that no quote ends.
fn is_lifetime(text: &str) -> bool {
    let mut rest = text.chars().skip(1).skip_while(|c| c.is_alphanumeric() || *c == '_');
    matches!(rest.next(), Some('>' | ',' | ' ' | ')')) && !text.chars().skip(1).take(64).any(|c| c == '\'')
}

/// `if (check) { act }` whole, and the act alone: only where the condition is the check and
/// nothing else, the branch is the act and nothing else, and there is no `else`.
fn unwrapped(act: &Act, new: &str) -> Option<(Span, String)> {
    let (check, condition) = act.check?;
    let text = act.file.text.as_str();
    let bare = act.file.slice(condition).trim().trim_start_matches(['!', '(']).trim_end_matches(')');
    let is_only = bare.trim_start_matches("await ").trim() == act.file.slice(check).trim_end_matches(')');
    if !is_only || condition.end > act.span.start {
        return None;
    }
    let before = text.get(..condition.start as usize)?.trim_end();
    let before = before.strip_suffix('(').unwrap_or(before).trim_end().strip_suffix("if")?;
    let after = text.get(condition.end as usize..act.span.start as usize)?;
    let opening = after.trim().trim_start_matches(')').trim();
    let lead = opening.strip_prefix('{').unwrap_or(opening).trim();
    if !matches!(lead, "" | "await") {
        return None;
    }
    let tail = text.get(act.span.end as usize..)?;
    let statement = tail.find([';', '\n', '}']).and_then(|at| tail.get(..at))?.trim();
    if !matches!(statement, "" | "?" | ".await?" | ".await") {
        return None;
    }
    let mut end = tail.get(tail.find([';', '\n', '}'])?..)?;
    end = end.trim_start().strip_prefix(';').unwrap_or(end);
    if opening.starts_with('{') {
        end = end.trim_start().strip_prefix('}')?;
    }
    if end.trim_start().starts_with("else") {
        return None;
    }
    let lead = if lead.is_empty() { String::new() } else { format!("{lead} ") };
    let span = Span { start: before.len() as u32, end: (text.len() - end.len()) as u32, ..act.span };
    Some((span, format!("{lead}{new}{statement};")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::book::words::Found;
    use crate::source::FileId;

    fn template(act: &str, becomes: &str, check: CheckFate) -> FixTemplate {
        FixTemplate {
            rules: vec!["r".into()],
            act: act.into(),
            becomes: becomes.into(),
            check,
            found: Founds::EMPTY,
            title: "t".into(),
            note: None,
            applicability: Applicability::Suggested,
            line: 1,
        }
    }

    fn rewritten(act: &str, becomes: &str, text: &str) -> Option<String> {
        rewrite(&template(act, becomes, CheckFate::Keep), text, '\'')
    }

    #[test]
    fn holes_take_whole_arguments() {
        let (act, becomes) = ("write({path}, {data})", "write({path}, {data}, { flag: 'wx' })");
        assert_eq!(
            rewritten(act, becomes, "fs.write(join(a, \"x,)\"), `)${b}`,\n)").as_deref(),
            Some("fs.write(join(a, \"x,)\"), `)${b}`, { flag: 'wx' })")
        );
        assert_eq!(rewritten(act, becomes, "fs.write(a, b, c)"), None);
        assert_eq!(rewritten(act, becomes, "fs.rewrite(a, b)"), None);
        assert_eq!(rewritten(act, becomes, "write(a, )"), None);
        assert_eq!(
            rewritten("set({k}, {t}, 'NX')", "set({k}, {t}, 'PX', 1, 'NX')", "this.r.set(k, t, \"NX\")")
                .as_deref(),
            Some("this.r.set(k, t, 'PX', 1, 'NX')")
        );
        assert_eq!(
            rewritten("File::create({p})", "File::create_new({p})", "std::fs::File::create(&p)").as_deref(),
            Some("std::fs::File::create_new(&p)")
        );
        assert_eq!(rewritten("f({a})", "f({a})", &"(".repeat(3000)), None);
    }

    fn fixed(source: &str, check: &str, condition: &str, act: &str) -> String {
        let file = SourceFile::new("a", source.to_owned());
        let span = |part: &str| {
            let start = source.find(part).unwrap();
            Span::new(FileId(0), start, start + part.len())
        };
        let library = crate::book::Book::default().libraries.pop().unwrap_or_else(|| {
            let mut library = crate::book::grammar::empty_library("l", "l.md");
            library.fixes = vec![template("mk({p})", "mkAll({p})", CheckFate::Unwrap)];
            library
        });
        let act = Act {
            file: &file,
            rule: "r",
            span: span(act),
            found: Founds::of(&[Found::Absent]),
            check: Some((span(check), span(condition))),
        };
        let fixes = fixes(&library, &act);
        let edit = &fixes[0].edits[0];
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        format!("{}{}{}", &source[..start], edit.text, &source[end..])
    }

    #[test]
    fn a_check_that_does_nothing_else_goes() {
        assert_eq!(
            fixed("x;\nif (!has(d)) {\n  fs.mk(d);\n}\ny;", "has(d)", "!has(d)", "fs.mk(d)"),
            "x;\nfs.mkAll(d);\ny;"
        );
        assert_eq!(fixed("if !d.has() {\n    mk(d)?;\n}", "d.has()", "!d.has()", "mk(d)"), "mkAll(d)?;");
        assert_eq!(fixed("if (!has(d)) await mk(d);\n", "has(d)", "!has(d)", "mk(d)"), "await mkAll(d);\n");
        let more = "if (!has(d)) { mk(d); log(); }";
        assert_eq!(fixed(more, "has(d)", "!has(d)", "mk(d)"), more.replace("mk(d)", "mkAll(d)"));
        let other = "if (!has(d)) { mk(d); } else { f(); }";
        assert_eq!(fixed(other, "has(d)", "!has(d)", "mk(d)"), other.replace("mk(d)", "mkAll(d)"));
    }
}
