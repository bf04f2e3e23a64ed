//! The race test of a function in Rust: a copy of its file in which actor A is held before the act.

use super::site::{self, Param};
use super::{Case, Written, fill};
use crate::book::api::Applicability;
use crate::book::words::Rival;
use crate::finding::Edit;
use crate::program::Language;
use crate::rewrite;

const LANGUAGE: Language = Language::Rust;

pub(super) fn write(case: &Case<'_>) -> Result<Written, String> {
    let template = |name: &str| {
        fill::template(case.book, LANGUAGE, name).ok_or_else(|| format!("no page has a template `{name}`"))
    };
    if is_in_module(case.text.get(..case.site.span.start as usize).unwrap_or_default()) {
        return Err("the function is in a module within the file".to_owned());
    }
    let mut open = Vec::new();
    let copy = copy(case)?;
    let runs = |actor: &str, open: &mut Vec<String>| -> Result<String, String> {
        let call = call(case, actor, open);
        Ok(format!("race::Shown({call}).text()"))
    };
    let first = runs("A", &mut open)?;
    let second = match case.rival() {
        Some(rival) => template(rival.text())?.trim_end().to_owned(),
        None => runs("B", &mut Vec::new())?,
    };
    let mut setup = setup(case, &mut open);
    if case.is_file() && !is_told(&format!("{setup}\n{first}")) {
        open.push("where its file lies, for it is not told".to_owned());
    }
    if case.is_stored() {
        open.push("what your test database holds at first, and how to read what it holds then".to_owned());
        setup.push_str("\n// FILL IN: put your test database back to what it holds at first.");
    }
    let look = match case.is_file() {
        true => "[folder.contents(), race::calls()].concat()".to_owned(),
        false => format!("[vec![{}], race::calls()].concat()", looks(case).join(", ")),
    };
    let harm = case.rule.trial.failing_is_harm || !(case.is_file() || case.is_stored());
    let race = fill::fill(template("race")?, &[("harm", &harm.to_string()), ("starts", starts(case))]);
    let kind = if case.site.is_async { "tasks" } else { "threads" };
    let comes = fill::fill(
        template(kind)?,
        &[("setup", &setup), ("look", &look), ("first", &first), ("second", &second)],
    );
    let path = case.output("_race.rs");
    let told = match open.is_empty() {
        true => String::new(),
        false => format!("FILL IN before it can run: {}.", open.join("; ")),
    };
    let (test, waits) = if case.site.is_async { ("asynchronous", ".await") } else { ("synchronous", "") };
    let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let way = super::way(&path, case.path);
    let name = case.site.name.trim_start_matches("r#");
    let (before, behind) = hold(case);
    let current = match case.wish.rewritten {
        true => String::new(),
        false => fill::fill(
            template("current")?,
            &[
                ("name", name),
                ("own", &format!("{own:?}")),
                ("file", &format!("{:?}", way.trim_start_matches("./"))),
                ("before", &format!("{before:?}")),
                ("behind", &format!("{behind:?}")),
            ],
        ),
    };
    let cost = case.finding.interleaving.cost.replace(['{', '}', '"', '\\'], "'");
    let text = fill::fill(
        template("test")?,
        &[
            ("place", &case.place()),
            ("rule", &case.finding.rule),
            ("message", &super::fill_message(&case.finding.message)),
            ("act", case.act().lines().next().unwrap_or_default()),
            ("open", &told),
            ("source", &format!("`{}`", case.path.display())),
            ("form", if case.wish.rewritten { " as its rewrite leaves it" } else { "" }),
            ("copy", &copy),
            ("comes", &comes),
            ("race", &race),
            ("test", template(test)?.trim_end()),
            ("name", name),
            ("await", waits),
            ("current", &current),
            ("cost", &cost),
        ],
    );
    Ok(Written { text, path, open })
}

/// Whether a `mod` that is begun in the code ahead is still open.
fn is_in_module(ahead: &str) -> bool {
    ahead.match_indices("mod ").any(|(at, _)| {
        let starts_line = ahead[..at]
            .rsplit('\n')
            .next()
            .is_some_and(|line| line.trim().is_empty() || line.trim() == "pub");
        let rest = &ahead[at..];
        let Some(open) = rest.find(['{', ';']).filter(|open| rest[*open..].starts_with('{')) else {
            return false;
        };
        let opened = rest[open..].matches('{').count();
        starts_line && opened > rest[open..].matches('}').count()
    })
}

/// What there is at first: where it is about who may open a new file, there is none.
fn starts(case: &Case<'_>) -> &'static str {
    if case.rival() == Some(Rival::Opens) { "[0]" } else { "[0, 1, 2, 3, 4, 5]" }
}

/// The file with the hold before the act, and with the rewrite if that is wished.
fn copy(case: &Case<'_>) -> Result<String, String> {
    let (before, behind) = hold(case);
    let edit = |at: u32, text: String| {
        let span = crate::source::Span { file: case.act.file, start: at, end: at };
        Edit { span, text }
    };
    let mut edits = Vec::new();
    if case.wish.rewritten {
        let mut fixes = case.finding.fixes.iter();
        let fix = fixes.find(|fix| fix.applicability != Applicability::Sketch);
        edits.extend(fix.ok_or("no rewrite of it is offered")?.edits.iter().cloned());
    }
    let inside = |at: u32| edits.iter().any(|edit| edit.span.start < at && at < edit.span.end);
    let whole = edits.iter().find(|edit| edit.span.contains(case.act) && edit.span != case.act);
    match whole {
        None if inside(case.act.start) || inside(case.act.end) => {
            return Err("the rewrite leaves no place to hold it at".to_owned());
        }
        None => {
            for edit in edits.iter_mut().filter(|edit| edit.span == case.act) {
                edit.text = format!("{before}{}{behind}", edit.text);
            }
            if !edits.iter().any(|edit| edit.span == case.act) {
                edits.push(edit(case.act.start, before));
                edits.push(edit(case.act.end, behind));
            }
        }
        // What stands in for all of it begins a statement, before which there is room.
        Some(whole) => {
            let at = whole.span.start;
            let ahead = case.text.get(..at as usize).unwrap_or_default();
            if !ahead.trim_end_matches([' ', '\t']).ends_with(['\n', ';', '{', '}']) {
                return Err("the rewrite leaves no place to hold it at".to_owned());
            }
            let call = before.trim_start_matches("({ ").split(';').next().unwrap_or_default();
            edits.push(edit(at, format!("{call};")));
        }
    }
    rewrite::apply(case.text, &edits).ok_or_else(|| "the rewrite cannot be applied".to_owned())
}

/// What stands before and behind the act in the copy.
fn hold(case: &Case<'_>) -> (String, String) {
    let call = if case.site.act_is_async { "hold_task().await" } else { "hold()" };
    let (from, to) = if case.counts() { ("super::race::Act(", ").count()") } else { ("", "") };
    (format!("({{ /* A waits */ super::race::{call}; {from}"), format!("{to} /* for B */ }})"))
}

/// What there is before any actor begins: a folder, what both share, and the object that has the method.
fn setup(case: &Case<'_>, open: &mut Vec<String>) -> String {
    let mut lines = vec!["use race::Unshown as _;".to_owned()];
    if case.is_file() {
        lines.push(format!("let folder = race::Folder::new(\"{}\", start);", case.file_name()));
        lines.push(format!("let file = folder.0.join(\"{}\");", case.file_name()));
    }
    for name in statics(case).iter().filter(|_| !case.is_file()) {
        open.push(format!("`{name}` set back to what it is at first, for it outlives a run"));
        lines.push(format!("// FILL IN: set `{name}` back to what it is at first."));
    }
    for param in shared(case) {
        let ty = param.ty.trim_start_matches('&').trim_start_matches("'static").trim();
        let value = value(case, &Param { name: param.name.clone(), ty: ty.to_owned() }, "A", open);
        lines.push(format!("let {}: {ty} = {value};", param.name));
    }
    if let Some(owner) = case.site.owner.as_ref().filter(|_| case.site.has_receiver) {
        let (fields, is_tuple) = fields(case.text, owner);
        let given: Vec<String> = fields
            .iter()
            .map(|field| {
                let value = value(case, field, "both", open);
                if is_tuple { value } else { format!("{}: {value}", field.name) }
            })
            .collect();
        let given = given.join(", ");
        lines.push(match (is_tuple, fields.is_empty()) {
            (_, true) => format!("let subject = {owner};"),
            (true, _) => format!("let subject = {owner}({given});"),
            (false, _) => format!("let subject = {owner} {{ {given} }};"),
        });
    }
    lines.join("\n")
}

/// Whether something given to it names the folder of the test.
fn is_told(code: &str) -> bool {
    let given = code.lines().filter(|line| !line.starts_with("let folder") && !line.starts_with("let file"));
    given.into_iter().any(|line| ["&file", "file.", "folder.0"].iter().any(|word| line.contains(word)))
}

/// What is looked at: what both share.
fn looks(case: &Case<'_>) -> Vec<String> {
    let mut looks: Vec<String> =
        shared(case).iter().map(|param| format!("race::Shown(&{}).text()", param.name)).collect();
    if let Some(owner) = case.site.owner.as_ref().filter(|_| case.site.has_receiver) {
        let (fields, is_tuple) = fields(case.text, owner);
        let name = |(at, field): (usize, &Param)| if is_tuple { at.to_string() } else { field.name.clone() };
        let fields = fields.iter().enumerate().map(name);
        looks.extend(fields.map(|field| format!("race::Shown(&subject.{field}).text()")));
    }
    looks.extend(statics(case).iter().map(|name| format!("race::Shown(&{name}).text()")));
    looks
}

/// The statics of the file that the function uses.
fn statics(case: &Case<'_>) -> Vec<String> {
    let name = |line: &str| {
        let line = line.trim_start().trim_start_matches("pub ").strip_prefix("static ")?;
        Some(line.trim_start_matches("mut ").split([':', ' ']).next()?.to_owned())
    };
    case.text.lines().filter_map(name).filter(|name| site::has_word(case.site.body, name)).collect()
}

/// Parameters that both actors are given the same of: references and counted ones to what can be changed.
fn shared(case: &Case<'_>) -> Vec<Param> {
    if case.is_file() {
        return Vec::new();
    }
    let is_shared = |ty: &str| {
        let ty = ty.trim_start_matches('&').trim();
        let mut names = ty.split(|c: char| !c.is_alphanumeric() && c != '_');
        names.any(|name| case.knowledge.is_memory(name))
    };
    case.site.params.iter().filter(|param| is_shared(&param.ty)).cloned().collect()
}

fn call(case: &Case<'_>, actor: &str, open: &mut Vec<String>) -> String {
    let shared = shared(case);
    let given: Vec<String> = case
        .site
        .params
        .iter()
        .map(|param| match shared.contains(param) {
            true if param.ty.starts_with('&') => format!("&{}", param.name),
            true => format!("{}.clone()", param.name),
            false => value(case, param, actor, open),
        })
        .collect();
    let given = given.join(", ");
    let name = &case.site.name;
    let call = match &case.site.owner {
        Some(_) if case.site.has_receiver => format!("subject.{name}({given})"),
        Some(owner) => format!("{owner}::{name}({given})"),
        // A variable of the test may be called the same.
        None => format!("super::{name}({given})"),
    };
    if case.site.is_async { format!("{call}.await") } else { call }
}

fn value(case: &Case<'_>, param: &Param, actor: &str, open: &mut Vec<String>) -> String {
    let key = match case.is_file() {
        true => format!("\"{} of {actor}\"", param.name),
        false => format!("\"{}\"", param.name),
    };
    match fill::value(case.book, LANGUAGE, &case.named(param)) {
        Some(value) => value.replace("{actor}", actor).replace("{key}", &key),
        None => {
            open.push(format!("`{}`, a `{}`", param.name, param.ty));
            format!("todo!(\"FILL IN: {}\")", param.name)
        }
    }
}

/// The fields of a struct as they are written, and whether they have no names.
fn fields(text: &str, owner: &str) -> (Vec<Param>, bool) {
    let found = text.match_indices("struct ").find_map(|(at, word)| {
        let rest = text.get(at + word.len()..)?.strip_prefix(owner)?;
        let start = rest.find(['{', '(', ';'])?;
        rest.get(start..)
    });
    let Some(body) = found.filter(|body| !body.starts_with(';')) else { return (Vec::new(), false) };
    let is_tuple = body.starts_with('(');
    let inner = body.get(1..site::closing(body) - 1).unwrap_or_default();
    let plain: String = inner.lines().filter(|line| !line.trim_start().starts_with(['#', '/'])).collect();
    let plain = plain.replace("pub(crate) ", "").replace("pub ", "");
    if is_tuple {
        let types = plain.split(',').filter(|ty| !ty.trim().is_empty());
        return (types.map(|ty| Param { name: String::new(), ty: ty.trim().to_owned() }).collect(), true);
    }
    (site::list(&plain), false)
}
