//! A fix template of a library page and the source text of an act turned into a fix.
//!
//! Templates are text with `{holes}`: `set({key}, {token}, 'NX')`. White space, the kind of quotes
//! and a trailing comma make no difference, and what stands before the called name (`redis.`,
//! `std::`) is kept. No syntax tree is needed, so pages can say it for any language. What a
//! pattern does not name it does not match, so that no branch, comment or statement is lost.
//!
//! Besides what the pattern captures, these holes have a value:
//!
//! | hole | stands for |
//! |---|---|
//! | `{conditions}` | what the branches asked of the row, each in the template's spelling of it |
//! | `{values}` | the values of these conditions, where the spelling has none |
//! | `{changed}` | in `after`: the name that the act's result is bound to |
//! | `{guard}`, `{handle}` | a name that the file does not use yet |
//! | `{checked}` | the name that holds the check's result |
//! | `{exit}` | the `return` or `throw` of the branch that is taken when the row is there; in `becomes` only a `throw` |
//!
//! A spelling (`equal`, `least`, …) knows `{field}`, `{value}` and `{next}`, the number after the
//! highest `$1` of the call.

mod decision;
mod import;
mod layout;
mod pattern;
mod scan;
mod statement;
mod unwrap;

pub use decision::Branch;

use crate::book::api::{CheckFate, FixTemplate, HoleKind, Library};
use crate::book::words::Founds;
use crate::finding::{Edit, Fix};
use crate::program::Name;
use crate::source::{SourceFile, Span};
use decision::{Between, Condition};
use pattern::{Captures, capture, fill, starts};
use statement::Statement;

/// An act and what leads to it.
pub struct Act<'a> {
    pub file: &'a SourceFile,
    pub rule: &'a str,
    pub span: Span,
    /// What the check found on the way to the act; empty where there is no check.
    pub found: Founds,
    /// The check's call and the condition it stands in.
    pub check: Option<(Span, Span)>,
    /// The check, or what else comes first; in the act's file.
    pub first: Option<Span>,
    /// The branches between check and act.
    pub branches: Vec<(Span, bool)>,
    /// The fields of the check's answer that decided.
    pub fields: &'a [Name],
    /// Some of them are changed by another statement in between.
    pub moved: bool,
}

/// A call longer than this is left alone.
const LONGEST: usize = 4096;

/// The fixes that a library's templates offer for an act: of each title the first.
pub fn fixes(library: &Library, act: &Act) -> Vec<Fix> {
    let mut fixes: Vec<Fix> = Vec::new();
    if act.file.slice(act.span).len() > LONGEST {
        return fixes;
    }
    for template in &library.fixes {
        let applies = template.rules.iter().any(|rule| rule == act.rule)
            && (template.found.is_empty() || template.found == act.found);
        if !applies || fixes.iter().any(|fix| fix.title == template.title) {
            continue;
        }
        let edits = template.patterns.iter().find_map(|pattern| match template.first.as_slice() {
            [] => act.edits(template, pattern, None),
            firsts => firsts.iter().find_map(|first| act.edits(template, pattern, Some(first.as_str()))),
        });
        if let Some(edits) = edits {
            fixes.push(Fix {
                title: template.title.clone(),
                applicability: template.applicability,
                note: template.note.clone(),
                edits,
            });
        }
    }
    fixes.sort_by_key(|fix| fix.applicability);
    fixes
}

/// A pattern's match: what its holes stand for, and the code it covers.
struct Match<'p, 't> {
    captures: Captures<'p, 't>,
    start: usize,
    end: usize,
}

impl<'a> Act<'a> {
    fn text(&self) -> &'a str {
        &self.file.text
    }

    /// The edits of one pattern of a template; `None` where it does not apply.
    fn edits<'p>(
        &self,
        template: &'p FixTemplate,
        pattern: &'p str,
        first: Option<&'p str>,
    ) -> Option<Vec<Edit>> {
        let mut found = if template.whole { self.whole(pattern)? } else { self.call(pattern, self.span)? };
        if let Some(first) = first {
            let other = self.call(first, self.first?)?;
            let captures = found.captures.with(&other.captures)?;
            let edited = if template.rewrites_first { other } else { found };
            found = Match { captures, ..edited };
        }
        self.is_allowed(template, &found).then_some(())?;
        let new = self.filled(template, &found, &template.becomes)?;
        let mut edit = Edit { span: self.span_of(found.start, found.end), text: new };
        let mut is_unwrapped = false;
        if template.check == CheckFate::Unwrap && edit.span.end == self.span.end {
            let before = self.text().get(self.span.start as usize..edit.span.start as usize)?;
            if let Some((span, text)) = unwrap::unwrapped(self, &format!("{before}{}", edit.text)) {
                (edit, is_unwrapped) = (Edit { span, text }, true);
            }
        }
        let mut edits = vec![edit];
        if let Some(after) = &template.after {
            self.follow(template, after, &found, &mut edits)?;
        }
        if !template.import.is_empty() {
            let new: String = edits.iter().map(|edit| edit.text.as_str()).collect();
            let imports = import::edit(self.text(), &template.import, &new)?;
            edits.extend(imports.map(|(at, text)| Edit { span: self.span_of(at, at), text }));
        }
        if !template.whole && !is_unwrapped {
            edits = edits.iter().flat_map(|edit| layout::kept(self.file, edit)).collect();
        }
        edits.sort_by_key(|edit| edit.span);
        Some(edits)
    }

    fn span_of(&self, start: usize, end: usize) -> Span {
        Span::new(self.span.file, start, end)
    }

    /// The pattern at a call: at its start or after a path that leads to the called name.
    fn call<'p>(&self, pattern: &'p str, span: Span) -> Option<Match<'p, 'a>> {
        let text = self.text();
        let (from, to) = (span.start as usize, span.end as usize);
        let ahead = self.ahead(from)?;
        for start in starts(text.get(from..to)?) {
            let Some((captures, end)) = capture(pattern, ahead.get(start..)?, 0) else {
                continue;
            };
            let (start, end) = (from + start, from + start + end);
            let rest = text.get(end..)?;
            // What is left of the act are calls that come later in its chain.
            let is_act = end >= to || rest.trim_start().starts_with('.');
            if is_act && !rest.starts_with(scan::in_name) {
                return Some(Match { captures, start, end });
            }
        }
        None
    }

    /// The pattern from the statement of the check, or of the act, over the act.
    fn whole<'p>(&self, pattern: &'p str) -> Option<Match<'p, 'a>> {
        let text = self.text();
        let first = self.first.filter(|first| first.start < self.span.start);
        let places =
            first.into_iter().chain([self.span]).flat_map(|span| (0..3).map(move |back| (span, back)));
        for (span, back) in places {
            let Some(start) = statement::line_start(text, span.start as usize, back) else { continue };
            let Some(least) = (self.span.end as usize).checked_sub(start) else { continue };
            let Some((captures, end)) = capture(pattern, self.ahead(start)?, least) else { continue };
            let end = start + end;
            let rest = text.get(end..)?.trim_start();
            if !rest.starts_with("else") && statement::stands_alone(text.get(..start)?) {
                return Some(Match { captures, start, end });
            }
        }
        None
    }

    /// The text from an offset, as far as a pattern may reach.
    fn ahead(&self, from: usize) -> Option<&'a str> {
        let rest = self.text().get(from..)?;
        let mut length = rest.len().min((self.span.end as usize).saturating_sub(from) + LONGEST);
        while !rest.is_char_boundary(length) {
            length -= 1;
        }
        rest.get(..length)
    }

    /// What the template forbids does not stand there.
    fn is_allowed(&self, template: &FixTemplate, found: &Match) -> bool {
        let rest = self.text().get(found.end..).unwrap_or_default();
        let rest = scan::rest_of_block(rest);
        let kept = |name: &str| template.becomes.contains(&format!("{name}}}"));
        let is_used = |hole: &String| {
            let name = found.captures.get(hole).unwrap_or_default();
            scan::bound(name).iter().any(|name| {
                let mut others =
                    found.captures.found.iter().filter(|(other, _)| other != hole && kept(other));
                scan::names(&scan::code(rest), name)
                    || others.any(|(_, text)| scan::names(&scan::code(text), name))
            })
        };
        let has = |word: &String| match word.strip_prefix('{').and_then(|word| word.strip_suffix('}')) {
            Some(hole) => {
                let text = found.captures.get(hole).unwrap_or_default();
                found.captures.of(HoleKind::Statements).any(|statements| statements.contains(text))
            }
            None if word.chars().all(scan::in_name) => {
                let mut texts = found.captures.found.iter().map(|(_, text)| text.to_ascii_lowercase());
                texts.any(|text| scan::words(&text, word).next().is_some())
            }
            None => found.captures.found.iter().any(|(_, text)| text.contains(word.as_str())),
        };
        let after = self.text().get(found.end..).unwrap_or_default().trim_start();
        let stands_before = |word: &String| after.starts_with(word.as_str());
        let before = self.text().get(..self.span.start as usize).unwrap_or_default().trim_end();
        let stands_behind = |word: &String| before.ends_with(word.as_str());
        let is_behind = template.behind.is_empty() || template.behind.iter().any(stands_behind);
        let refused = template.unused.iter().any(is_used)
            || template.without.iter().any(has)
            || template.ahead.iter().any(stands_before)
            || (template.rewrites_first && self.is_compiled_apart(found));
        is_behind && !refused && self.is_apart(template, found)
    }

    /// Whether the act is compiled only on some systems, and what comes first is on all.
    fn is_compiled_apart(&self, found: &Match) -> bool {
        self.text().get(found.end..self.span.start as usize).is_none_or(|between| between.contains("cfg"))
    }

    /// What is kept of the act rests on nothing that was read, and the row that a pattern names is
    /// the one that was.
    fn is_apart(&self, template: &FixTemplate, found: &Match) -> bool {
        let row = found.captures.get("row");
        if template.apart.is_empty() && (row.is_none() || template.whole) {
            return true;
        }
        let Some(between) = self.between() else { return false };
        let rows = between.row_names();
        let fields = if template.becomes.contains("{conditions}") { self.fields } else { &[] };
        let texts = template.apart.iter().filter_map(|hole| found.captures.get(hole));
        let mut texts = texts.chain(found.captures.of(HoleKind::Operand));
        let is_known = row.is_none_or(|row| template.whole || decision::is_row(row, &rows));
        is_known && !texts.any(|text| decision::mentions(&decision::without(text, fields, &rows), &rows))
    }

    fn filled(&self, template: &FixTemplate, found: &Match, text: &str) -> Option<String> {
        let quotes = (quote(self.file), found.captures.quote());
        let conditions = match text.contains("{conditions}") {
            true => Some(self.conditions(template, found)?),
            false => None,
        };
        let is_expression = text == template.becomes;
        let indentation = scan::indentation(self.text(), found.start);
        let text = text.replace('\n', &format!("\n{indentation}"));
        fill(&text, quotes, &|name| match name {
            _ if found.captures.get(name).is_some() => found.captures.get(name).map(str::to_owned),
            "conditions" => Some(conditions.as_ref()?.0.clone()),
            "values" => Some(conditions.as_ref()?.1.clone()),
            "guard" | "handle" => Some(statement::fresh(self.text(), name)),
            "checked" => self.checked().map(str::to_owned),
            // In an expression only what throws leaves as the branch does.
            "exit" => self.exit().filter(|exit| !is_expression || exit.starts_with("throw")),
            _ => None,
        })
    }

    /// The conditions and their values, as the template spells them.
    fn conditions(&self, template: &FixTemplate, found: &Match) -> Option<(String, String)> {
        let between = self.between().filter(|_| !self.moved)?;
        let branches: Vec<Branch> = self
            .branches
            .iter()
            .map(|(span, outcome)| Branch { text: self.file.slice(*span), outcome: *outcome })
            .collect();
        let mut known = decision::conditions(self.fields, &branches, &between)?;
        let rows = between.row_names();
        // New data that is computed from what was read is right only while that is what stands there.
        for condition in &mut known {
            let is_used = found.captures.code().any(|(name, text)| {
                template.becomes.contains(&format!("{name}}}"))
                    && decision::reads(text, &condition.field, &rows)
            });
            if is_used {
                *condition = decision::unchanged(&condition.field, condition.read.clone());
            }
        }
        known.dedup();
        let quotes = (quote(self.file), found.captures.quote());
        let mut next = statement::highest_number(self.text().get(found.start..found.end)?) + 1;
        let (mut texts, mut values) = (Vec::new(), String::new());
        for condition in &known {
            let spelling = spelling(template, condition)?;
            let text = fill(spelling, quotes, &|name| match name {
                "field" => Some(condition.field.to_string()),
                "value" => Some(condition.value.clone()),
                "next" => Some(next.to_string()),
                _ => found.captures.get(name).map(str::to_owned),
            })?;
            if !spelling.contains("{value}") && spelling.contains(['$', '?']) {
                let value = template.value.replace("{value}", &condition.value);
                values.push_str(&value);
                next += 1;
            }
            texts.push(text);
        }
        Some((texts.join(&fill(&template.between, quotes, &|_| None)?), values))
    }

    fn between(&self) -> Option<Between<'a>> {
        let check = self.first?;
        let text = self.text().get(check.end as usize..self.span.start as usize)?;
        let binding = statement::binding(self.text(), check.start as usize)?;
        Some(Between { binding, text })
    }

    /// The name that holds the check's result.
    fn checked(&self) -> Option<&'a str> {
        let start = self.first?.start as usize;
        let binding = statement::binding(self.text(), start);
        let binding = binding.or_else(|| statement::binding_through(self.text(), start));
        binding.filter(|name| name.chars().all(scan::in_name))
    }

    /// What the branch does that is taken when the row is there.
    fn exit(&self) -> Option<String> {
        let (_, condition) = self.check?;
        let text = self.text().get(condition.end as usize..self.span.start as usize)?;
        let before = self.text().get(..condition.start as usize)?;
        let exit = statement::exit(before, text)?;
        let rows = self.between().map(|between| between.row_names()).unwrap_or_default();
        (!decision::mentions(exit, &rows)).then(|| exit.to_owned())
    }

    /// Puts a statement behind the act's, whose result it asks.
    fn follow(&self, template: &FixTemplate, after: &str, found: &Match, edits: &mut [Edit]) -> Option<()> {
        let text = self.text();
        let end = found.end.max(self.span.end as usize);
        let statement = Statement::of(text, self.span.start as usize, end)?;
        if template.new_result && statement.binding.is_some() {
            return None;
        }
        let is_rust = self.file.path.extension().is_some_and(|extension| extension == "rs");
        let (name, lead) = match statement.binding {
            Some(name) => (name.to_owned(), String::new()),
            None => {
                let name = statement::fresh(text, "changed");
                let keyword = if is_rust { "let" } else { "const" };
                (name.clone(), format!("{keyword} {name} = "))
            }
        };
        let indentation = scan::indentation(text, statement.start);
        let after = self.filled(template, found, &after.replace("{changed}", &name))?;
        let edit = edits.first_mut()?;
        let (start, end) = (edit.span.start as usize, edit.span.end as usize);
        let before = text.get(statement.start..start)?;
        let tail = text.get(end..statement.end)?;
        edit.text = format!("{lead}{before}{}{tail}\n{indentation}{after}", edit.text);
        edit.span = self.span_of(statement.start, statement.end);
        Some(())
    }
}

/// How a template writes a condition; that a field is as it was says more than any other.
fn spelling<'t>(template: &'t FixTemplate, condition: &Condition) -> Option<&'t str> {
    let known = template.spellings.iter().find(|(comparison, _)| *comparison == condition.comparison);
    known.map(|(_, spelling)| spelling.as_str())
}

/// The quotes a file prefers where the language has a choice; templates write `'`.
fn quote(file: &SourceFile) -> char {
    let has_choice = file.path.extension().is_none_or(|extension| extension != "rs");
    if has_choice && file.prefers_double_quotes() { '"' } else { '\'' }
}

#[cfg(test)]
mod tests;
