//! What every page owes its reader, beside being right.

use std::collections::BTreeSet;
use toctou_lint::book::rule::Rule;
use toctou_lint::book::words::{Noun, Verb};
use toctou_lint::book::{Book, load};
use toctou_lint::harness::examples::{ExampleFile, Kind, examples};
use toctou_lint::page::{self, marks};
use toctou_lint::program::Edition;
use toctou_lint::source::FileId;
use toctou_lint::syntax::{self, Macros};

fn book() -> Book {
    load::load_leniently(Vec::new()).0
}

fn assert_none(wrong: &[String]) {
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
#[ignore = "until the first rules have landed"]
fn pages_name_rules_that_are_there() {
    let book = book();
    let missing: Vec<String> = load::missing_rules(&book).iter().map(ToString::to_string).collect();
    assert_none(&missing);
}

#[test]
fn heads_are_complete() {
    let mut wrong = Vec::new();
    for rule in book().rules {
        let page = std::fs::read_to_string(&rule.path).unwrap();
        let page = page::parse(&rule.path, &page);
        let head = page.fences.iter().find(|fence| fence.has("rule")).map_or("", |fence| &fence.body);
        for key in ["level", "cwe", "score", "precision", "message", "cost"] {
            if !head.lines().any(|line| line.split('=').next().is_some_and(|name| name.trim() == key)) {
                wrong.push(format!("{}: the head lacks `{key}`", rule.path));
            }
        }
    }
    assert_none(&wrong);
}

/// Lower-case, no full stop; what stands in a hole brings its own back quotes.
#[test]
fn messages_are_worded_alike() {
    let mut wrong = Vec::new();
    for rule in book().rules {
        for (key, text) in [("message", &rule.message), ("cost", &rule.cost)] {
            if text.chars().next().is_some_and(char::is_uppercase) {
                wrong.push(format!("{}: `{key}` begins with a capital", rule.path));
            }
            if text.trim_end().ends_with('.') {
                wrong.push(format!("{}: `{key}` ends with a full stop", rule.path));
            }
        }
    }
    assert_none(&wrong);
}

#[test]
fn rule_pages_say_why_and_show_both_sides() {
    let mut wrong = Vec::new();
    for rule in book().rules {
        let text = std::fs::read_to_string(&rule.path).unwrap();
        let page = page::parse(&rule.path, &text);
        let first = page
            .sections
            .iter()
            .find(|section| section.level == 2)
            .map_or(page.text.len(), |s| s.range.start);
        let head_end = page.fences.iter().find(|fence| fence.has("rule")).map_or(0, |fence| fence.range.end);
        if page.text.get(head_end..first).is_none_or(|why| why.trim().len() < 100) {
            wrong.push(format!("{}: says nothing between head and examples", rule.path));
        }
        let examples = examples(&page, false);
        let languages = |kind| -> BTreeSet<&str> {
            let files =
                examples.iter().filter(|example| example.kind == kind).flat_map(|example| &example.files);
            files.filter_map(|file| language(file.path.extension()?.to_str()?)).collect()
        };
        if languages(Kind::Flagged).is_empty() {
            wrong.push(format!("{}: shows nothing under `Flagged`", rule.path));
        }
        for missing in languages(Kind::Flagged).difference(&languages(Kind::Clean)) {
            wrong.push(format!("{}: shows no clean example in {missing}", rule.path));
        }
    }
    assert_none(&wrong);
}

fn language(extension: &str) -> Option<&'static str> {
    match extension {
        "rs" => Some("Rust"),
        "ts" | "js" | "tsx" | "jsx" | "mts" | "cts" | "mjs" | "cjs" => Some("TypeScript"),
        _ => None,
    }
}

#[test]
fn rules_name_no_language_and_no_library() {
    let book = book();
    let names = |rule: &Rule| format!("{} {} {}", rule.title, rule.message, rule.cost);
    let mut wrong = Vec::new();
    let mut foreign: BTreeSet<String> =
        ["rust", "typescript", "javascript", "node", "tokio"].into_iter().map(str::to_owned).collect();
    for library in &book.libraries {
        for api in &library.calls {
            let spelled = api.target.last_names().iter();
            let compound = |name: &str| name.chars().skip(1).any(|c| c.is_uppercase() || c == '_');
            foreign.extend(spelled.filter(|name| compound(name.as_str())).map(|name| name.to_lowercase()));
        }
    }
    for rule in &book.rules {
        let text = names(rule).to_lowercase();
        let words = text.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':' && c != '/');
        for word in words.filter(|word| foreign.contains(*word) && word.len() > 3) {
            wrong.push(format!("{}: the head names `{word}`", rule.path));
        }
    }
    assert_none(&wrong);
}

#[test]
fn libraries_name_no_rule_outside_fixes() {
    let book = book();
    let mut wrong = Vec::new();
    for library in &book.libraries {
        let text = std::fs::read_to_string(&library.path).unwrap();
        let page = page::parse(&library.path, &text);
        let fences =
            page.fences.iter().filter(|fence| fence.language != "toml").map(|fence| fence.body.as_str());
        let text = fences.chain([page.prose.as_str()]).collect::<Vec<_>>().join("\n");
        let words: BTreeSet<&str> = text.split(|c: char| !c.is_alphanumeric() && c != '-').collect();
        let named = book.rules.iter().filter(|rule| words.contains(rule.id.as_str()));
        wrong.extend(named.map(|rule| format!("{}: names `{}`", library.path, rule.id)));
    }
    assert_none(&wrong);
}

/// Each mark covers code and bears a label that can be found: so much holds without the engine.
#[test]
fn marks_make_sense() {
    let book = book();
    let rules: Vec<(&str, &str, bool)> =
        book.rules.iter().map(|rule| (rule.id.as_str(), rule.path.as_str(), false)).collect();
    let libraries = book.libraries.iter().map(|library| (library.name.as_str(), library.path.as_str(), true));
    let mut wrong = Vec::new();
    for (name, path, is_library) in rules.iter().copied().chain(libraries) {
        let page = page::parse(path, &std::fs::read_to_string(path).unwrap());
        for example in examples(&page, is_library) {
            let marks: Vec<_> =
                example.files.iter().flat_map(|file| file.marks.iter().map(move |m| (file, m))).collect();
            for (file, mark) in &marks {
                let line = page.fences[file.fence].line + mark.own_line - 1;
                let is_known = if is_library {
                    is_event(&mark.label)
                } else {
                    mark.label == "check" || rules.iter().any(|(id, _, _)| *id == mark.label)
                };
                if !is_known {
                    wrong.push(format!("{path}:{line}: `{}` is no label of a mark", mark.label));
                }
                if file.code.get(mark.span.clone()).is_none_or(|code| code.trim().is_empty()) {
                    wrong.push(format!("{path}:{line}: the mark covers no code"));
                }
            }
            let is_own = marks.iter().any(|(_, mark)| mark.label == name);
            let line = page.fences[example.files[0].fence].line;
            match example.kind {
                Kind::Flagged if !is_own => wrong.push(format!("{path}:{line}: no mark of `{name}`")),
                Kind::Clean | Kind::Missed if is_own => {
                    wrong.push(format!("{path}:{line}: a mark of `{name}` where it must be silent"));
                }
                _ => {}
            }
        }
    }
    assert_none(&wrong);
}

/// `exists file`.
fn is_event(label: &str) -> bool {
    let Some((verb, noun)) = label.split_once(' ') else { return false };
    Verb::parse(verb).is_some() && Noun::parse(noun).is_some()
}

/// Examples parse, and each mark covers exactly a step of the program: a call, a load, a store.
#[test]
fn examples_parse_and_marks_cover_steps() {
    let book = book();
    let macros: Macros = book.libraries.iter().flat_map(|library| library.macros.iter().cloned()).collect();
    let mut wrong = Vec::new();
    let rules = book.rules.iter().map(|rule| (rule.path.as_str(), false));
    for (path, is_library) in rules.chain(book.libraries.iter().map(|library| (library.path.as_str(), true)))
    {
        let page = page::parse(path, &std::fs::read_to_string(path).unwrap());
        for example in examples(&page, is_library) {
            for file in example.files.iter().chain(&example.fixed) {
                wrong.extend(misplaced(path, &page, file, &macros));
            }
        }
    }
    assert_none(&wrong);
}

fn misplaced(path: &str, page: &page::Page, file: &ExampleFile, macros: &Macros) -> Vec<String> {
    let Some(_) = syntax::language(&file.path) else { return Vec::new() };
    let fence = &page.fences[file.fence];
    let program = syntax::lower(FileId(0), &file.path, &file.code, Edition::E2024, macros);
    let line = |offset: usize| fence.line + marks::marked_line(&fence.body, offset) - 1;
    // The TypeScript grammar cannot read a template behind type arguments.
    let typed_template = |offset: usize| {
        let before = file.code.get(..offset).unwrap_or_default();
        file.code.lines().nth(before.matches('\n').count()).is_some_and(|line| line.contains(">`"))
    };
    let errors = program.errors.iter().filter(|(span, _)| !typed_template(span.start as usize));
    let mut wrong: Vec<String> =
        errors.map(|(span, message)| format!("{path}:{}: {message}", line(span.start as usize))).collect();
    let steps = program.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.steps);
    let spans: BTreeSet<(usize, usize)> = steps
        .map(|step| marks::markable(&file.code, &(step.span.start as usize..step.span.end as usize)))
        .map(|range| (range.start, range.end))
        .collect();
    if spans.is_empty() {
        // The language's front end is not there yet.
        return wrong;
    }
    for mark in file.marks.iter().filter(|mark| !spans.contains(&(mark.span.start, mark.span.end))) {
        let code = file.code.get(mark.span.clone()).unwrap_or_default();
        if typed_template(mark.span.start) || !code.contains('(') {
            // A variable's own name is memory too, but its mention is no step.
            continue;
        }
        let near = spans.iter().find(|(start, _)| *start == mark.span.start);
        let near = near.and_then(|(start, end)| file.code.get(*start..*end)).unwrap_or("nothing");
        let line = fence.line + mark.own_line - 1;
        wrong.push(format!(
            "{path}:{line}: `{}` is no step; here begins `{near}`",
            &file.code[mark.span.clone()]
        ));
    }
    wrong
}
