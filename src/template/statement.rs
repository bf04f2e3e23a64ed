//! Statements around a call, found in text: where they begin and end, what they bind, where they lead.

use super::scan::{Scan, in_name, indentation, words};

/// The statement that is a call, awaited or not, with or without a name for its result.
pub(super) struct Statement<'t> {
    pub(super) start: usize,
    /// Behind its semicolon.
    pub(super) end: usize,
    pub(super) binding: Option<&'t str>,
}

impl<'t> Statement<'t> {
    /// The statement around a call that begins at `start` and ends at `end`, if it is nothing but
    /// the call; `None` for a value of a larger expression, a `return`, the one statement of a branch.
    pub(super) fn of(text: &'t str, start: usize, end: usize) -> Option<Statement<'t>> {
        let line = line_start(text, start, 0)?;
        let lead = text.get(line..start)?.trim();
        let lead = lead.strip_suffix("await").unwrap_or(lead).trim_end();
        let binding = match lead {
            "" => None,
            _ => Some(declared(lead)?).filter(|name| name.chars().all(in_name)),
        };
        if !lead.is_empty() && binding.is_none() || !stands_alone(text.get(..line)?) {
            return None;
        }
        let rest = text.get(end..)?;
        let stop = rest.find([';', '\n']).unwrap_or(rest.len());
        let tail = rest.get(..stop)?.trim();
        let is_whole = matches!(tail, "" | "?" | ".await?" | ".await");
        let is_ended = rest.get(stop..)?.starts_with(';');
        let goes_on =
            rest.get(stop..)?.trim_start().starts_with(['.', '?', '+', '-', '&', '|', '(', '[', ')', ',']);
        if !is_whole || (!is_ended && goes_on) {
            return None;
        }
        Some(Statement { start: line, end: end + stop + usize::from(is_ended), binding })
    }
}

/// Where the code of the line begins that holds an offset, or of one `back` lines before.
pub(super) fn line_start(text: &str, at: usize, back: usize) -> Option<usize> {
    let mut start = text.get(..at)?.rfind('\n').map_or(0, |at| at + 1);
    for _ in 0..back {
        start = text.get(..start.checked_sub(1)?)?.rfind('\n').map_or(0, |at| at + 1);
    }
    Some(start + indentation(text, start).len())
}

/// Whether a statement may begin behind this text: not within an expression, nor as the one
/// statement of a branch without braces.
pub(super) fn stands_alone(before: &str) -> bool {
    let before = without_comment(before);
    let last = before.chars().next_back();
    let is_open = last.is_some_and(|c| "=,([?:&|+-*<>!)".contains(c));
    let word = before.rfind(|c: char| !in_name(c)).map_or(before, |at| &before[at + 1..]);
    !is_open && !matches!(word, "else" | "do" | "return" | "await" | "throw" | "in" | "of")
}

/// The text before a comment line that ends it.
fn without_comment(text: &str) -> &str {
    let mut text = text.trim_end();
    loop {
        let line = text.rfind('\n').map_or(0, |at| at + 1);
        match text.get(line..) {
            Some(last) if line > 0 && last.trim_start().starts_with("//") => {
                text = text.get(..line).unwrap_or_default().trim_end();
            }
            _ => return text,
        }
    }
}

/// What a declaration that ends before a value binds: of `const { rows } =` it is `{ rows }`.
fn declared(lead: &str) -> Option<&str> {
    let pattern = lead.strip_suffix('=')?.trim_end();
    let pattern = pattern.strip_prefix("if ").unwrap_or(pattern);
    let pattern = ["const ", "let ", "var "].iter().find_map(|keyword| pattern.strip_prefix(keyword))?;
    let pattern = pattern.trim_start().trim_start_matches("mut ").trim();
    (!pattern.contains([';', '\n'])).then_some(pattern)
}

/// What the statement of the call at `start` binds its result to.
pub(super) fn binding(text: &str, start: usize) -> Option<&str> {
    let before = text.get(..start)?;
    let from = before.rfind([';', '\n']).map_or(0, |at| at + 1);
    let lead = before.get(from..)?.trim();
    let lead = lead.trim_end_matches('(').trim_end();
    let lead = lead.strip_suffix("await").unwrap_or(lead).trim_end();
    declared(lead.trim_end_matches('(').trim_end())
}

/// What the statement binds of an awaited call that is given the one at `start`, as a command is sent.
pub(super) fn binding_through(text: &str, start: usize) -> Option<&str> {
    let call = text.get(..start)?.trim_end().strip_suffix('(')?;
    let path = call.trim_end_matches(|c: char| in_name(c) || c == '.');
    binding(text, path.len())
}

/// The `return` or `throw` that a branch is made of: `before` ends where its condition begins,
/// `text` begins where that ends, and reaches over the whole branch.
pub(super) fn exit<'t>(before: &str, text: &'t str) -> Option<&'t str> {
    let before = before.trim_end();
    let before = before.strip_suffix("!").unwrap_or(before);
    let before = before.strip_suffix('(').unwrap_or(before).trim_end();
    let keyword = before.strip_suffix("if")?;
    if !stands_alone(keyword) {
        return None;
    }
    let body = text.trim_start();
    let body = body.strip_prefix(')').unwrap_or(body).trim_start();
    let (body, is_block) = match body.strip_prefix('{') {
        Some(inner) => (inner.trim_start(), true),
        None => (body, false),
    };
    if !["return", "throw"].iter().any(|word| words(body, word).next() == Some(0)) {
        return None;
    }
    let mut scan = Scan::new(body);
    let end = loop {
        let (at, c) = scan.next()?;
        let is_end = match c {
            ';' | '\n' => scan.depth == 0,
            '}' => scan.depth < 0,
            _ => false,
        };
        if is_end {
            break at;
        }
    };
    let rest = body.get(end..)?.trim_start().trim_start_matches(';').trim_start();
    let rest = if is_block { rest.strip_prefix('}')?.trim_start() } else { rest };
    (!rest.starts_with("else")).then(|| body.get(..end).unwrap_or_default().trim_end())
}

/// A name that the file does not use yet.
pub(super) fn fresh(text: &str, name: &str) -> String {
    let mut fresh = name.to_owned();
    let mut number = 1;
    while is_named(text, &fresh) {
        number += 1;
        fresh = format!("{name}{number}");
    }
    fresh
}

/// Whether a name stands anywhere in a text, be it in a comment: asked of the whole file for every
/// rewrite, so it has to be quick.
fn is_named(text: &str, name: &str) -> bool {
    let joins = |c: Option<char>| c.is_some_and(in_name);
    memchr::memmem::find_iter(text.as_bytes(), name).any(|at| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + name.len()..).and_then(|after| after.chars().next());
        !joins(before) && !joins(after)
    })
}

/// The highest number of a placeholder `$1` or `?1`; 0 if there is none.
pub(super) fn highest_number(text: &str) -> u32 {
    let numbers = text.split(['$', '?']).skip(1).map(|part| {
        let end = part.find(|c: char| !c.is_ascii_digit()).unwrap_or(part.len());
        part.get(..end).unwrap_or_default().parse().unwrap_or(0)
    });
    numbers.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn statement(text: &str) -> Option<(&str, Option<&str>)> {
        let start = text.find("act").unwrap();
        let found = Statement::of(text, start, start + "act()".len())?;
        Some((&text[found.start..found.end], found.binding))
    }

    #[test]
    fn a_statement_is_the_call_and_nothing_else() {
        assert_eq!(statement("x;\n  await act();\ny"), Some(("await act();", None)));
        assert_eq!(
            statement("x;\n  const a = await act()\n  y()"),
            Some(("const a = await act()", Some("a")))
        );
        assert_eq!(statement("    act().await?;\n"), Some(("act().await?;", None)));
        for not_alone in [
            "if (x)\n  act();",
            "return act();",
            "f(\n  act(),\n);",
            "const { a } = act();",
            "act().then(f);",
            "act()\n  .then(f);",
            "x = act();",
        ] {
            assert_eq!(statement(not_alone), None, "{not_alone}");
        }
    }

    #[test]
    fn the_branch_that_leaves() {
        assert_eq!(exit("  if (", ") throw new E('a;');\nx"), Some("throw new E('a;')"));
        assert_eq!(exit("  if (!", ") { return f({ a }); }\nx"), Some("return f({ a })"));
        assert_eq!(exit("  if ", " {\n    return Err(E);\n  }\nx"), Some("return Err(E)"));
        assert_eq!(exit("  if (", ") { log(); return; }"), None);
        assert_eq!(exit("  if (", ") return 1; else f();"), None);
        assert_eq!(exit("  while (", ") return 1;"), None);
        assert_eq!(exit("  else if (", ") return 1;"), None);
    }

    #[test]
    fn numbers_and_names_are_new() {
        assert_eq!(highest_number("a = $1 and b = $12 or $x"), 12);
        assert_eq!(fresh("changed; changed2", "changed"), "changed3");
        assert_eq!(binding("  const { rows } = await q()", 25), Some("{ rows }"));
        assert_eq!(binding("if let Some(row) = q()", 19), Some("Some(row)"));
    }
}
