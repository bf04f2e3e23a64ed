//! A template's pattern held against code, and the text that its holes make.
//!
//! | hole | stands for |
//! |---|---|
//! | `{name}` | one expression, up to a comma or a closing bracket |
//! | `{=name}` | an operand: a name, a number, a call or what stands in parentheses |
//! | `{..name}` | arguments or properties, also none |
//! | `{>name}` | calls of a chain, `.a(b).c(d)`, also none |
//! | `{*name}` | whole statements with their comments, also none |
//! | `{%name}` | a stretch of the text of a string |
//!
//! A hole that comes again must stand for the same text. White space makes no difference outside
//! strings, nor does a trailing comma; a semicolon may be left out where a line ends. Any kind of
//! quote is meant by `'` and `"`; a back quote too, and the string keeps the quotes that it has.

use super::scan::{Scan, in_name};
use crate::book::api::{HoleKind, hole};

/// What the holes of a pattern stand for.
#[derive(Clone, Debug, Default)]
pub(super) struct Captures<'p, 't> {
    pub(super) found: Vec<(&'p str, &'t str)>,
    kinds: Vec<HoleKind>,
    /// The quotes of the string that the pattern puts into back quotes.
    quote: Option<char>,
}

impl<'p, 't> Captures<'p, 't> {
    /// Both together; `None` if they say different things of one hole.
    pub(super) fn with(&self, other: &Captures<'p, 't>) -> Option<Captures<'p, 't>> {
        let mut both = self.clone();
        for ((name, text), kind) in other.found.iter().zip(&other.kinds) {
            if both.get(name).is_some_and(|known| !is_same(known, text)) {
                return None;
            }
            both.found.push((name, text));
            both.kinds.push(*kind);
        }
        both.quote = both.quote.or(other.quote);
        Some(both)
    }

    /// The holes that stand for code, and not for text inside a string.
    pub(super) fn code(&self) -> impl Iterator<Item = (&'p str, &'t str)> {
        let found = self.found.iter().zip(&self.kinds);
        found.filter(|(_, kind)| **kind != HoleKind::Text).map(|(one, _)| *one)
    }

    /// What holes of a kind stand for.
    pub(super) fn of(&self, kind: HoleKind) -> impl Iterator<Item = &'t str> {
        let found = self.found.iter().zip(&self.kinds);
        found.filter(move |(_, known)| **known == kind).map(|((_, text), _)| *text)
    }

    pub(super) fn get(&self, name: &str) -> Option<&'t str> {
        self.found.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
    }

    /// The quotes that a back quote of the template stands for.
    pub(super) fn quote(&self) -> char {
        self.quote.unwrap_or('`')
    }
}

/// How much work one match may be.
const FUEL: u32 = 20_000;

/// Matches a pattern at the start of a text: what its holes stand for, and where it ends, which
/// lies at or behind `least`.
pub(super) fn capture<'p, 't>(
    pattern: &'p str,
    text: &'t str,
    least: usize,
) -> Option<(Captures<'p, 't>, usize)> {
    let mut matcher = Matcher { whole: text, least, fuel: FUEL, captures: Captures::default(), string: None };
    let end = matcher.run(pattern, 0)?;
    Some((matcher.captures, end))
}

struct Matcher<'p, 't> {
    whole: &'t str,
    least: usize,
    fuel: u32,
    captures: Captures<'p, 't>,
    /// Inside a string: the quote of the pattern, and that of the text.
    string: Option<(char, char)>,
}

impl<'p, 't> Matcher<'p, 't> {
    fn rest(&self, at: usize) -> &'t str {
        self.whole.get(at..).unwrap_or_default()
    }

    /// The offset of the first character behind white space.
    fn skip(&self, at: usize) -> usize {
        self.whole.len() - self.rest(at).trim_start().len()
    }

    fn run(&mut self, mut pattern: &'p str, mut at: usize) -> Option<usize> {
        loop {
            self.fuel = self.fuel.checked_sub(1)?;
            pattern = pattern.trim_start();
            let Some(wanted) = pattern.chars().next() else {
                return (at >= self.least && self.string.is_none()).then_some(at);
            };
            if let Some((kind, name, after)) = hole(pattern) {
                return self.hole(kind, name, after, at);
            }
            let start = self.skip(at);
            let after = pattern.get(wanted.len_utf8()..)?;
            let found = self.rest(start).chars().next();
            // Nothing for the hole behind a comma to stand for.
            if wanted == ','
                && self.string.is_none()
                && let Some((HoleKind::Arguments, name, after)) = hole(after.trim_start())
                && found.is_some_and(closes)
            {
                self.captures.found.push((name, ""));
                self.captures.kinds.push(HoleKind::Arguments);
                (pattern, at) = (after, start);
                continue;
            }
            let found = match found {
                Some(',') if closes(wanted) && self.string.is_none() => {
                    at = start + 1;
                    continue;
                }
                Some(found) => found,
                None if wanted == ';' => {
                    pattern = after;
                    continue;
                }
                None => return None,
            };
            if self.string.is_none() && wanted == ';' && found != ';' {
                let skipped = self.whole.get(at..start)?;
                if !skipped.contains('\n') && found != '}' {
                    return None;
                }
                pattern = after;
                continue;
            }
            if !self.same(wanted, found) {
                return None;
            }
            (pattern, at) = (after, start + found.len_utf8());
        }
    }

    fn same(&mut self, wanted: char, found: char) -> bool {
        match self.string {
            Some((open, close)) if wanted == open => {
                if found != close {
                    return false;
                }
                self.string = None;
                true
            }
            Some(_) => wanted.eq_ignore_ascii_case(&found),
            None if is_quote(wanted) => {
                if !is_quote(found) {
                    return false;
                }
                if wanted == '`' {
                    self.captures.quote = Some(found);
                }
                self.string = Some((wanted, found));
                true
            }
            None => wanted == found,
        }
    }

    /// Tries the ends that a hole may have, the nearest first.
    fn hole(&mut self, kind: HoleKind, name: &'p str, after: &'p str, at: usize) -> Option<usize> {
        let known = self.captures.clone();
        let string = self.string;
        let start = self.skip(at);
        let next = after.trim_start().chars().next();
        for end in self.ends(kind, start, next) {
            let value = self.whole.get(start..end)?.trim_end();
            let value =
                if kind == HoleKind::Arguments { value.trim_end_matches(',').trim_end() } else { value };
            if !fits(kind, value) || known.get(name).is_some_and(|before| !is_same(before, value)) {
                continue;
            }
            self.captures.found.push((name, value));
            self.captures.kinds.push(kind);
            if let Some(end) = self.run(after, end) {
                return Some(end);
            }
            self.captures = known.clone();
            self.string = string;
        }
        None
    }

    /// Where a hole that begins at `start` may end; `next` is what follows it in the pattern.
    fn ends(&self, kind: HoleKind, start: usize, next: Option<char>) -> Vec<usize> {
        let rest = self.rest(start);
        let mut ends = Vec::new();
        if kind == HoleKind::Text {
            let Some((_, quote)) = self.string else { return ends };
            let length = rest.find(quote).unwrap_or(rest.len());
            ends.extend(rest.char_indices().map(|(at, _)| at).take_while(|at| *at <= length));
            ends.retain(|end| *end > 0);
            return ends.into_iter().map(|end| start + end).collect();
        }
        if matches!(kind, HoleKind::Arguments | HoleKind::Chain | HoleKind::Statements) {
            ends.push(0);
        }
        let mut scan = Scan::new(rest);
        let mut length = rest.len();
        while let Some((at, c)) = scan.next() {
            let outside = scan.depth == 0;
            if scan.depth < 0 {
                length = at;
                break;
            }
            match kind {
                HoleKind::Expression | HoleKind::Operand if outside && matches!(c, ',' | ';') => {
                    length = at;
                    break;
                }
                // A pattern that goes on with a bracket goes on with one that opens here.
                HoleKind::Expression | HoleKind::Operand
                    if Some(c) == next && !closes(c) && (outside || scan.depth == 1 && opens(c)) =>
                {
                    ends.push(at);
                }
                HoleKind::Expression | HoleKind::Operand if next == Some(';') && outside && c == '\n' => {
                    ends.push(at)
                }
                HoleKind::Arguments if outside && c == ',' => ends.push(at + 1),
                HoleKind::Chain if outside && c == '.' => ends.push(at),
                HoleKind::Statements if outside && matches!(c, ';' | '}' | '\n') => ends.push(at + 1),
                _ => {}
            }
        }
        ends.push(length);
        ends.into_iter().map(|end| start + end).collect()
    }
}

fn fits(kind: HoleKind, value: &str) -> bool {
    match kind {
        HoleKind::Expression => !value.is_empty() && !value.ends_with(';'),
        HoleKind::Text => !value.is_empty(),
        HoleKind::Operand => is_operand(value),
        HoleKind::Arguments | HoleKind::Statements => true,
        HoleKind::Chain => value.is_empty() || value.starts_with('.'),
    }
}

/// Nothing in it binds looser than a member access.
fn is_operand(value: &str) -> bool {
    let mut scan = Scan::new(value);
    let mut is_one = !value.is_empty();
    while let Some((_, c)) = scan.next() {
        let is_part =
            in_name(c) || matches!(c, '.' | '?' | '!' | ':') || opens(c) || closes(c) || is_quote(c);
        is_one &= scan.depth > 0 || is_part;
    }
    is_one && !value.contains("??") && !value.contains("? ")
}

/// White space apart.
fn is_same(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

fn is_quote(c: char) -> bool {
    matches!(c, '\'' | '"' | '`')
}

fn opens(c: char) -> bool {
    matches!(c, '(' | '[' | '{')
}

fn closes(c: char) -> bool {
    matches!(c, ')' | ']' | '}')
}

/// Where the called path may begin: at the start, and after each `.` or `::` outside brackets.
pub(super) fn starts(text: &str) -> Vec<usize> {
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

/// Fills a template; `value` gives what a hole stands for. `None` if a hole has no value.
pub(super) fn fill(
    template: &str,
    quotes: (char, char),
    value: &dyn Fn(&str) -> Option<String>,
) -> Option<String> {
    let mut new = String::new();
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        if let Some((kind, name, after)) = hole(rest) {
            let value = value(name)?;
            rest = after;
            if value.is_empty() && kind == HoleKind::Arguments {
                // The comma that would part it from its neighbour goes, too.
                match rest.trim_start().strip_prefix(',') {
                    Some(after) => rest = after.trim_start_matches(' '),
                    None if new.trim_end().ends_with(',') => {
                        new.truncate(new.trim_end().len() - 1);
                    }
                    None => {}
                }
            }
            let line = new.trim_end_matches([' ', '\t']).len();
            if value.is_empty()
                && new.get(..line).is_some_and(|new| new.ends_with('\n'))
                && rest.starts_with('\n')
            {
                // Nor does the line stay that it would have had.
                new.truncate(line - 1);
            }
            new.push_str(&value);
            continue;
        }
        match c {
            '\'' => new.push(quotes.0),
            '`' => new.push(quotes.1),
            _ => new.push(c),
        }
        rest = rest.get(c.len_utf8()..)?;
    }
    Some(new)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pattern: &str, text: &str) -> Option<String> {
        let (captures, end) = capture(pattern, text, text.len())?;
        assert_eq!(end, text.len());
        Some(
            captures
                .found
                .iter()
                .map(|(name, value)| format!("{name}={value}"))
                .collect::<Vec<_>>()
                .join(" "),
        )
    }

    #[test]
    fn each_kind_of_hole() {
        assert_eq!(values("f({a}, {b})", "f(g(x, 1), 'y,')").as_deref(), Some("a=g(x, 1) b='y,'"));
        assert_eq!(values("f({a}, {..b})", "f(1)").as_deref(), Some("a=1 b="));
        assert_eq!(values("f({a}, {..b})", "f(1, 2, 3,)").as_deref(), Some("a=1 b=2, 3"));
        assert_eq!(
            values("f({ {..a}, x: {b}, {..c} })", "f({ x: 1 })"),
            None,
            "a comma is not optional before"
        );
        assert_eq!(values("f({ {..a} x: {b}, {..c} })", "f({ y, x: 1, z })").as_deref(), Some("a=y b=1 c=z"));
        assert_eq!(values("q({>c}).run()", "q(1).a(2).run()"), None);
        assert_eq!(values("q({q}){>c}.run()", "q(1)\n  .a(2).b().run()").as_deref(), Some("q=1 c=.a(2).b()"));
        assert_eq!(
            values("if ({t}) { {*b} }", "if (x) { a(); b('}'); }").as_deref(),
            Some("t=x b=a(); b('}');")
        );
        assert_eq!(
            values("q(`UPDATE {%t} WHERE {%w}`)", "q(\"update t set a = 'x' where id = $1\")").as_deref(),
            Some("t=t set a = 'x' w=id = $1")
        );
        assert_eq!(values("f(a - {=b})", "f(a - g(x - y).z)").as_deref(), Some("b=g(x - y).z"));
        assert_eq!(values("f(a - {=b})", "f(a - b + c)"), None);
        let (found, end) = capture("w({a})", "w(eq(x, y)).z()", 0).unwrap();
        assert_eq!((found.get("a"), end), (Some("eq(x, y)"), 11));
        assert_eq!(values("{a}.n = {a}.n + {b}", "x.y.n = x.y.n + 2").as_deref(), Some("a=x.y a=x.y b=2"));
        assert_eq!(values("{a}.n = {a}.n + {b}", "x.n = y.n + 2"), None);
        assert_eq!(values("f(); g();", "f()\ng()").as_deref(), Some(""));
        assert_eq!(values("f(); g();", "f() g()"), None);
    }

    #[test]
    fn work_is_bounded() {
        let text = format!("f({})", "a.b, ".repeat(700));
        assert_eq!(values("f({a}.{b}.{c}.{d}.{e}, {..f} !)", &text), None);
    }

    #[test]
    fn an_empty_list_takes_its_comma_along() {
        let none = |_: &str| Some(String::new());
        assert_eq!(fill("f(a, {..b})", ('"', '`'), &none).as_deref(), Some("f(a)"));
        assert_eq!(fill("f({..b}, 'a')", ('"', '`'), &none).as_deref(), Some("f(\"a\")"));
    }
}
