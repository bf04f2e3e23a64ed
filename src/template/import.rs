//! Imports that new code needs, added where the file imports already.

use super::scan::{names, words};

/// Where to insert what, so that `wanted` (modules parted by `|`, then names; or one whole line of
/// Rust) can be used. `Some(None)` if nothing is missing, `None` where it cannot be said.
pub(super) fn edit(text: &str, wanted: &[String], new: &str) -> Option<Option<(usize, String)>> {
    let (modules, wanted) = wanted.split_first()?;
    if wanted.is_empty() {
        return Some(line(text, modules));
    }
    let used: Vec<&String> = wanted.iter().filter(|name| names(new, name)).collect();
    let missing = |names: &str| -> Vec<&str> {
        used.iter().map(|name| name.as_str()).filter(|name| words(names, name).next().is_none()).collect()
    };
    for module in modules.split('|') {
        let Some(list) = list(text, module) else { continue };
        let inner = text.get(list.clone())?;
        let missing = missing(inner);
        if missing.is_empty() {
            return Some(None);
        }
        is_free(text, &missing).then_some(())?;
        let kept = inner.trim_end();
        let comma = if kept.is_empty() || kept.ends_with(',') { " " } else { ", " };
        return Some(Some((list.start + kept.len(), format!("{comma}{}", missing.join(", ")))));
    }
    if used.is_empty() {
        return Some(None);
    }
    is_free(text, &used.iter().map(|name| name.as_str()).collect::<Vec<_>>()).then_some(())?;
    let module = modules.split('|').next()?;
    let (at, quote) = last_import(text)?;
    let names = used.iter().map(|name| name.as_str()).collect::<Vec<_>>().join(", ");
    Some(Some((at, format!("import {{ {names} }} from {quote}{module}{quote};\n"))))
}

/// The names between the braces of an import from a module, as a range; not one of types alone.
fn list(text: &str, module: &str) -> Option<std::ops::Range<usize>> {
    for quote in ['\'', '"'] {
        for (at, _) in text.match_indices(&format!("{quote}{module}{quote}")) {
            let before = text.get(..at)?.trim_end();
            let before =
                before.strip_suffix("from").or_else(|| before.strip_suffix("require(")).unwrap_or_default();
            let before = before.trim_end().trim_end_matches('=').trim_end();
            let Some(inner) = before.strip_suffix('}') else { continue };
            let open = inner.rfind('{')?;
            let statement = inner.get(..open)?;
            let statement = statement.get(statement.rfind([';', '\n']).map_or(0, |at| at + 1)..)?;
            if words(statement, "type").next().is_none() {
                return Some(open + 1..inner.len());
            }
        }
    }
    None
}

/// None of these names is taken.
fn is_free(text: &str, wanted: &[&str]) -> bool {
    !wanted.iter().any(|name| names(text, name))
}

/// Behind the last line that ends an import, with the quotes it uses.
fn last_import(text: &str) -> Option<(usize, char)> {
    let mut found = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let code = line.trim_end().trim_end_matches(';');
        let is_import =
            (line.starts_with("import ") || line.starts_with("} from ")) && code.ends_with(['\'', '"']);
        if is_import {
            found = Some((at, code.chars().next_back()?));
        }
    }
    found.filter(|(at, _)| text.get(..*at).is_some_and(|before| before.ends_with('\n')))
}

/// A line of Rust behind the last `use` of the file, unless it is there.
fn line(text: &str, wanted: &str) -> Option<(usize, String)> {
    if text.lines().any(|line| line.trim() == wanted) {
        return None;
    }
    let mut at = 0;
    let mut found = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        if line.starts_with("use ") && line.trim_end().ends_with(';') {
            found = at;
        }
    }
    Some((found, format!("{wanted}\n")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imported(text: &str, wanted: &[&str], new: &str) -> Option<String> {
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        let mut text = text.to_owned();
        if let Some((at, new)) = edit(&text.clone(), &wanted, new)? {
            text.insert_str(at, &new);
        }
        Some(text)
    }

    #[test]
    fn names_join_the_import_that_is_there() {
        let wanted = ["node:fs|fs", "rmSync"];
        let (new, with) = ("rmSync(a)", "import { readFileSync, rmSync } from 'fs';\n");
        assert_eq!(imported("import { readFileSync } from 'fs';\n", &wanted, new).as_deref(), Some(with));
        assert_eq!(imported(with, &wanted, new).as_deref(), Some(with));
        assert_eq!(
            imported("import fs from 'fs';\n", &wanted, "fs.rmSync(a)").as_deref(),
            Some("import fs from 'fs';\n")
        );
        assert_eq!(
            imported("const { a } = require(\"fs\");\n", &wanted, new).as_deref(),
            Some("const { a, rmSync } = require(\"fs\");\n")
        );
        assert_eq!(
            imported("import {\n  a,\n} from \"fs\";\n", &wanted, new).as_deref(),
            Some("import {\n  a, rmSync\n} from \"fs\";\n")
        );
        assert_eq!(
            imported("import type { A } from 'fs';\n", &wanted, new).as_deref(),
            Some("import type { A } from 'fs';\nimport { rmSync } from 'node:fs';\n")
        );
        assert_eq!(
            imported("import { a } from 'fs';\nfunction rmSync() {}\n", &wanted, new),
            None,
            "the name is taken"
        );
        assert_eq!(imported("f();\n", &wanted, new), None, "nowhere to put it");
    }

    #[test]
    fn a_line_of_rust() {
        let text = imported("use a::b;\n\nfn f() {}\n", &["use std::io::Write;"], "").unwrap();
        assert_eq!(text, "use a::b;\nuse std::io::Write;\n\nfn f() {}\n");
        assert_eq!(imported(&text, &["use std::io::Write;"], ""), Some(text));
    }
}
