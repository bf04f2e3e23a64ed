//! Comments to what is to be said of them: unused, misspelt, out of date; and to edits that mend it.

use super::{Named, Scope, Suppression, Used};
use crate::book::rule::Rule;
use crate::book::spell;
use crate::finding::Edit;
use crate::source::{SourceFile, Span};
use crate::syntax::{self, Place};

/// A comment and what it did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judged {
    pub comment: Suppression,
    /// Whether it silences anything.
    pub is_used: bool,
    /// Of each rule that it names.
    pub verdicts: Vec<Verdict>,
}

/// What a comment's mention of a rule is worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    Used,
    /// Silences something, by a name that the rule no longer has.
    Renamed(String),
    Unused,
    /// No rule has or had this name; the nearest that one has.
    Unknown(Option<String>),
}

/// How much may be said of comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Telling {
    /// What is wrong whatever was looked for: unknown names, ranges without an end.
    Mistakes,
    /// Everything: all rules and all levels were looked for, so what is unused is so.
    All,
}

/// Judges all comments; those that end a range share the fate of those that begin it.
pub(super) fn all(comments: Vec<Suppression>, used: &[Used], rules: &[Rule]) -> Vec<Judged> {
    let mut judged: Vec<Judged> = Vec::with_capacity(comments.len());
    for (comment, used) in comments.into_iter().zip(used) {
        let own: Vec<Verdict> =
            comment.rules.iter().zip(&used.rules).map(|(named, used)| verdict(named, *used, rules)).collect();
        let start = match comment.scope {
            Scope::End { opens: Some(at) } => {
                judged.iter().rev().find(|one| one.comment.file == comment.file && one.comment.at == at)
            }
            Scope::End { opens: None } | Scope::Line(_) | Scope::File | Scope::Range { .. } => None,
        };
        let (is_used, verdicts) = match start {
            Some(start) if own.is_empty() => (start.is_used, own),
            Some(start) => (start.is_used, start.verdicts.clone()),
            None => (used.any, own),
        };
        judged.push(Judged { comment, is_used, verdicts });
    }
    judged
}

fn verdict(named: &Named, is_used: bool, rules: &[Rule]) -> Verdict {
    if rules.iter().any(|rule| *rule.id == *named.id) {
        return if is_used { Verdict::Used } else { Verdict::Unused };
    }
    let former = |rule: &&Rule| rule.former.iter().any(|former| **former == *named.id);
    match rules.iter().find(former) {
        Some(rule) if is_used => Verdict::Renamed(rule.id.to_string()),
        Some(_) => Verdict::Unused,
        None => {
            let known: Vec<&str> = rules.iter().map(|rule| rule.id.as_str()).collect();
            Verdict::Unknown(spell::nearest(&named.id, &known).map(str::to_owned))
        }
    }
}

impl Judged {
    /// What to say of it, a sentence each.
    pub fn remarks(&self, telling: Telling) -> Vec<String> {
        let all = telling == Telling::All;
        match self.comment.scope {
            Scope::End { opens: Some(_) } => return Vec::new(),
            Scope::End { opens: None } if all => return vec!["this `ignore-end` ends nothing".to_owned()],
            Scope::End { opens: None } => return Vec::new(),
            Scope::Line(_) | Scope::File | Scope::Range { .. } => {}
        }
        let mut told = Vec::new();
        if matches!(self.comment.scope, Scope::Range { last: None, .. }) {
            told.push("no `ignore-end` ends this range, so it goes on to the end of the file".to_owned());
        }
        let named = || self.comment.rules.iter().zip(&self.verdicts);
        let is_idle = |verdict: &Verdict| matches!(verdict, Verdict::Unused | Verdict::Unknown(None));
        let idle = named().filter(|(_, verdict)| is_idle(verdict));
        let unused: Vec<&str> = idle.map(|(named, _)| named.id.as_str()).collect();
        if all && (!unused.is_empty() || (self.verdicts.is_empty() && !self.is_used)) {
            let rules = if unused.is_empty() { "any rule".to_owned() } else { unused.join(", ") };
            told.push(format!("this suppression of {rules} silences nothing"));
        }
        for (named, verdict) in named() {
            match verdict {
                Verdict::Unknown(near) => {
                    told.push(spell::unknown("rule", &named.id, near.as_deref()));
                }
                Verdict::Renamed(now) if all => {
                    told.push(format!("the rule `{}` is now called `{now}`", named.id));
                }
                Verdict::Renamed(_) | Verdict::Used | Verdict::Unused => {}
            }
        }
        told
    }

    /// What mends all that is said of it: ids replaced or dropped, the comment taken out.
    pub fn edit(&self, file: &SourceFile, telling: Telling) -> Option<Edit> {
        let all = telling == Telling::All;
        if self.verdicts.is_empty() {
            let has_no_start = self.comment.scope == Scope::End { opens: None };
            return (all && (has_no_start || !self.is_used)).then(|| self.removal(file)).flatten();
        }
        let mut kept: Vec<&str> = Vec::new();
        for (named, verdict) in self.comment.rules.iter().zip(&self.verdicts) {
            let id = match verdict {
                Verdict::Unused if all => continue,
                Verdict::Unknown(None) if all => continue,
                Verdict::Unknown(Some(near)) => near,
                Verdict::Renamed(now) if all => now,
                Verdict::Used | Verdict::Unused | Verdict::Unknown(None) | Verdict::Renamed(_) => &named.id,
            };
            if !kept.contains(&id.as_str()) {
                kept.push(id);
            }
        }
        if kept.is_empty() {
            return self.removal(file);
        }
        let (first, last) = (self.comment.rules.first()?, self.comment.rules.last()?);
        let text = kept.join(", ");
        let is_same = kept.iter().eq(self.comment.rules.iter().map(|named| &named.id));
        let span = Span::new(self.comment.file, first.at, last.end);
        (!is_same).then_some(Edit { span, text })
    }

    /// Takes the comment out, with its line if nothing else stands there.
    fn removal(&self, file: &SourceFile) -> Option<Edit> {
        let whole = &self.comment.whole;
        let text = file.text.as_str();
        let comment = text.get(whole.clone())?;
        // A comment that goes on in the next line cannot be cut at the end of this one.
        if comment.starts_with("/*") && !comment.ends_with("*/") {
            return None;
        }
        let line = file.line_range(self.comment.line)?;
        let (before, after) = (text.get(line.start..whole.start)?, text.get(whole.end..line.end)?);
        let edit =
            |start, end| Some(Edit { span: Span::new(self.comment.file, start, end), text: String::new() });
        let is_alone = before.trim_matches([' ', '\t', '\u{feff}']).is_empty() && after.trim().is_empty();
        let is_markup = before.trim() == "{" && after.trim() == "}" && {
            let at = line.start + before.len() - before.trim_start().len();
            syntax::places(&file.path, text, &[at]) == [Place::Markup]
        };
        if is_alone || is_markup {
            let start = if before.starts_with('\u{feff}') { line.start + 3 } else { line.start };
            let next = text.get(line.end..)?;
            let ending =
                ["\r\n", "\n"].into_iter().find(|ending| next.starts_with(ending)).unwrap_or_default();
            return edit(start, line.end + ending.len());
        }
        if after.trim().is_empty() {
            return edit(line.start + before.trim_end().len(), line.end);
        }
        // What stood on both sides stays apart.
        let kind = |letter: char| match letter {
            _ if letter.is_alphanumeric() || matches!(letter, '_' | '$' | '#') => Some(true),
            '+' | '-' | '*' | '/' | '=' | '<' | '>' | '!' | '&' | '|' | '.' | '?' | '%' | '^' | ':' => {
                Some(false)
            }
            _ => None,
        };
        let (last, first) = (before.chars().next_back(), after.chars().next());
        let (last, first) = (last.and_then(kind), first.and_then(kind));
        let joins = last.is_some() && last == first;
        if joins {
            let span = Span::new(self.comment.file, whole.start, whole.end);
            return Some(Edit { span, text: " ".to_owned() });
        }
        let apart = before.is_empty() || before.ends_with(char::is_whitespace);
        let spared = after.starts_with(' ') && (apart || last.is_none());
        edit(whole.start, whole.end + usize::from(spared))
    }
}
