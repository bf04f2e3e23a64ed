//! Templates with their holes filled, and what the pages give for a parameter.

use super::site::Param;
use crate::book::Book;
use crate::knowledge;
use crate::program::Language;

/// The text of a template of a language.
pub(super) fn template<'b>(book: &'b Book, language: Language, name: &str) -> Option<&'b str> {
    let pages = book.libraries.iter().filter(|library| library.languages.contains(&language));
    let mut templates = pages.flat_map(|library| &library.templates);
    templates.find(|(known, _)| known == name).map(|(_, text)| text.as_str())
}

/// A template whose `{{holes}}` are filled. What has several lines is indented as its hole is, and
/// a line that holds nothing but a hole for nothing goes.
pub(super) fn fill(template: &str, holes: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for line in template.lines() {
        let filled = filled(line, holes);
        if line.contains("{{") && filled.trim().trim_start_matches("//").trim().is_empty() {
            continue;
        }
        text.push_str(filled.trim_end());
        text.push('\n');
    }
    text
}

fn filled(line: &str, holes: &[(&str, &str)]) -> String {
    let indent = line.len() - line.trim_start().len();
    let comment =
        if line.trim_start().starts_with("//") { line.trim_start().split(' ').next() } else { None };
    let next = format!("\n{}{}", &line[..indent], comment.map_or(String::new(), |sign| format!("{sign} ")));
    let mut rest = line;
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once("{{") {
        let Some((name, behind)) = after.split_once("}}") else { break };
        text.push_str(before);
        match holes.iter().find(|(known, _)| *known == name) {
            Some((_, value)) => text.push_str(&value.trim_end().replace('\n', &next)),
            None => text.push_str(&format!("{{{{{name}}}}}")),
        }
        rest = behind;
    }
    text + rest
}

/// The code that the pages give for a parameter; `None` where none of their lines fits.
pub(super) fn value(book: &Book, language: Language, param: &Param) -> Option<String> {
    value_within(book, language, param, 4)
}

fn value_within(book: &Book, language: Language, param: &Param, left: u32) -> Option<String> {
    let left = left.checked_sub(1)?;
    let ty = param.ty.split_whitespace().collect::<Vec<_>>().join(" ");
    let pages = book.libraries.iter().filter(|library| library.languages.contains(&language));
    let mut values = pages.flat_map(|library| &library.values);
    let (_, code) = values.find(|(pattern, _)| {
        let (names, types) = pattern.split_once(':').unwrap_or((pattern, "*"));
        matches(names, &param.name) && matches(types.trim(), &ty)
    })?;
    let mut code = code.replace("{name}", &param.name).replace("{type}", &ty);
    if code.contains("{inner}") {
        let inner = Param { name: String::new(), ty: inner(&ty).to_owned() };
        code = code.replace("{inner}", &value_within(book, language, &inner, left)?);
    }
    Some(code)
}

/// What a function gives, or what a type is made of: behind the last arrow, and in the angles there.
fn inner(ty: &str) -> &str {
    let result = ty.rsplit_once("=>").or_else(|| ty.rsplit_once("->"));
    let last = result.map_or(ty, |(_, result)| result).trim();
    let open = if last.starts_with('&') || last.ends_with('>') { last.find('<') } else { None };
    open.and_then(|open| last.get(open + 1..last.len() - 1)).unwrap_or(last).trim()
}

/// Whether one of several patterns, in which `*` is anything, means all of a text.
fn matches(patterns: &str, text: &str) -> bool {
    patterns.split('|').any(|pattern| knowledge::matches(pattern, text))
}
