//! The race test of a function in TypeScript or JavaScript.

use super::site::{self, Param};
use super::{Case, Written, fill, way};
use crate::book::words::Rival;
use crate::program::{FunctionId, Language, Local, Op, Value};
use std::path::Path;

const LANGUAGE: Language = Language::TypeScript;

pub(super) fn write(case: &Case<'_>) -> Result<Written, String> {
    let framework = case.wish.framework.as_deref().unwrap_or("node");
    let missing = |name: &str| format!("no page has a template `{name}`");
    let template = |name: &str| fill::template(case.book, LANGUAGE, name).ok_or_else(|| missing(name));
    let mut open = Vec::new();
    let subject = subject(case)?;
    let held = held(case);
    if held.is_none() && case.is_file() {
        return Err("the act is no call of an imported module, and cannot be held".to_owned());
    }
    let held_in = held_in(case, held.is_some());
    if held.is_none() && held_in.is_none() && waits_for_others(case) {
        open.push("what it waits for in between, called through `hold(…, true)`".to_owned());
    }
    let (setup, target) = setup(case, &mut open);
    let call = call(case, &target, &mut open);
    let hold = match &held {
        Some(held) => {
            let (awaited, is_file) = (is_awaited(case).to_string(), case.is_file().to_string());
            let holes = [("path", held.path.as_str()), ("awaited", &awaited), ("isfile", &is_file)];
            fill::fill(template("hold")?, &holes)
        }
        None => String::new(),
    };
    let rival = match case.rival() {
        Some(rival) => template(rival.text())?.trim_end().to_owned(),
        None => "run(\"B\")".to_owned(),
    };
    let path = case.output(".race.test.mjs");
    let import = held.as_ref().map_or(String::new(), |held| import(case, held, &path));
    let stored = if case.is_stored() { ", stored: await stored()" } else { "" };
    let look = look(case);
    let names = held.as_ref().map_or_else(Vec::new, |held| names(case, &held.name));
    let names: Vec<String> = names.iter().map(|name| quoted(name)).collect();
    let is_told = ["file", "folder"].iter().any(|name| site::has_word(&format!("{setup} {call}"), name));
    if case.is_file() && !is_told {
        open.push("where its file lies, for it is not told".to_owned());
    }
    let (starts, startswhat, prepare, warm) = match case.is_file() {
        false if case.is_stored() => {
            open.push(
                "what your test database holds at first, and how to read what it holds then".to_owned(),
            );
            (
                "[undefined]",
                "Your test database is put back to what it holds at first, once a run.",
                template("store")?,
                "",
            )
        }
        // Who may open a file is about a new one.
        true if case.rival() == Some(Rival::Opens) => {
            ("[undefined]", "What the file holds at first: there is none.", template("prepare")?, "")
        }
        true => (
            "[undefined, \"\", \"1\", \"[]\", \"{}\", \"folder\"]",
            "What the file holds at first; the race must not show from any start that leads to the act.",
            template("prepare")?,
            "",
        ),
        false => (
            "Array.from({ length: 21 }, (_, times) => times)",
            "How often it has run before; the race must not show from any start that leads to the act.",
            "",
            "for (let times = 0; times < start; times++) await end(run(\"before\"));",
        ),
    };
    let is_harm = case.rule.trial.failing_is_harm || !(case.is_file() || case.is_stored());
    let told = match open.is_empty() {
        true => String::new(),
        false => format!("FILL IN before it can run: {}.", open.join("; ")),
    };
    let cost = case.finding.interleaving.cost.replace('\\', "/").replace('`', "'").replace("${", "$ {");
    let text = fill::fill(
        template("test")?,
        &[
            ("place", &case.place()),
            ("rule", &case.finding.rule),
            ("message", &super::fill_message(&case.finding.message)),
            ("act", &first_line(case.act())),
            ("open", &told),
            ("import", &import),
            ("framework", template(framework)?),
            ("source", &quoted(&way(&path, case.path))),
            ("shown", &quoted(&shown(case, &subject))),
            ("held", &format!("[{}]", names.join(", "))),
            ("heldin", &held_in.map_or_else(|| "undefined".to_owned(), |name| quoted(&name))),
            ("starts", starts),
            ("startswhat", startswhat),
            ("prepare", prepare),
            ("warm", warm),
            ("filename", &quoted(&case.file_name())),
            ("harm", if is_harm { "true" } else { "false" }),
            ("hold", &hold),
            ("setup", &setup),
            ("call", &call),
            ("look", &look),
            ("stored", stored),
            ("rival", &rival),
            ("title", &quoted(&format!("{} is not raced", case.site.name))),
            ("cost", &cost),
        ],
    );
    Ok(Written { text, path, open })
}

/// The module whose call is held, and which of what it gives.
struct Held {
    module: String,
    /// From the module to the object: empty, or `.promises`.
    path: String,
    name: String,
}

fn held(case: &Case<'_>) -> Option<Held> {
    let (global, method) = case.site.callee.as_ref()?;
    if global.module.is_empty() {
        return None;
    }
    let is_own = global.module.starts_with('.');
    let mut path: Vec<String> = global.path.iter().map(ToString::to_string).collect();
    path.extend(method.as_ref().map(ToString::to_string));
    if !is_own && path.first().is_some_and(|first| first == "default") {
        path.remove(0);
    }
    let name = path.pop()?;
    let path = path.iter().map(|part| format!(".{part}")).collect();
    Some(Held { module: global.module.to_string(), path, name })
}

/// The import of what is held: a package's as a whole, a file's own relative to where the test stands.
fn import(case: &Case<'_>, held: &Held, path: &Path) -> String {
    if held.module.starts_with('.') {
        let module = case.path.parent().unwrap_or(Path::new("")).join(&held.module);
        return format!("import * as held from {};", quoted(&way(path, &module)));
    }
    format!("import held from {};", quoted(&held.module))
}

/// The act's own name, and what its rewrites call.
fn names(case: &Case<'_>, own: &str) -> Vec<String> {
    let mut names = vec![own.to_owned()];
    let edits = case.finding.fixes.iter().flat_map(|fix| &fix.edits);
    for edit in edits {
        for (at, _) in edit.text.match_indices('(') {
            let before = &edit.text[..at];
            let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_').map_or(0, |at| at + 1);
            let name = &before[start..];
            if !name.is_empty() && !names.iter().any(|known| known == name) {
                names.push(name.to_owned());
            }
        }
    }
    names
}

/// The parameter that is called in the window.
fn held_in(case: &Case<'_>, is_held: bool) -> Option<String> {
    if is_held {
        return None;
    }
    let functions = || case.site.params.iter().map(|param| &param.name);
    let windows = case.windows();
    let named = functions().find(|name| windows.iter().any(|window| site::calls(window, name)));
    let awaited = || functions().find(|name| case.site.body.contains(&format!("await {name}(")));
    let called = || functions().find(|name| site::calls(case.site.body, name));
    named.or_else(awaited).or_else(called).cloned()
}

/// Whether the window is a call of something that neither stands in the file nor is given: what it does is unknown.
fn waits_for_others(case: &Case<'_>) -> bool {
    case.windows().iter().any(|window| {
        let window = window.trim_start().trim_start_matches("await").trim_start();
        let end = window.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(window.len());
        let root = &window[..end];
        !matches!(root, "" | "this") && !case.site.program.locals.iter().any(|local| local.name == root)
    })
}

fn is_awaited(case: &Case<'_>) -> bool {
    let before = case.text.get(..case.act.start as usize).unwrap_or_default().trim_end();
    let behind = case.text.get(case.act.end as usize..).unwrap_or_default();
    before.ends_with("await") || behind.trim_start().starts_with(".then")
}

/// How the copy of the module names what is called.
fn subject(case: &Case<'_>) -> Result<String, String> {
    let site = &case.site;
    let before = case.text.get(..site.span.start as usize).unwrap_or_default().trim_end();
    if let Some(assigned) = before.strip_suffix('=') {
        let name = assigned.trim_end().rsplit(char::is_whitespace).next().unwrap_or_default();
        if name.contains("exports") {
            return Ok(name.to_owned());
        }
    }
    match &site.owner {
        Some(owner) => Ok(owner.to_string()),
        None if site.name.is_empty() => Err("the function around the act has no name".to_owned()),
        None => Ok(site.name.to_string()),
    }
}

/// What both actors are seen to have done: the folder, the module's state, the object's own.
fn look(case: &Case<'_>) -> String {
    let mut parts = Vec::new();
    if case.is_file() {
        parts.extend(["folder: contents(folder)", "outside: contents(outside)"]);
        parts.extend(case.counts().then_some("acts"));
    }
    if !state(case).is_empty() {
        parts.push("state: plain(race.look())");
    }
    if case.site.has_receiver && case.site.owner.is_some() {
        parts.push("object: plain(subject)");
    }
    if parts.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", parts.join(", ")) }
}

/// The module's own variables that the function uses.
fn state(case: &Case<'_>) -> Vec<String> {
    if case.is_file() {
        return Vec::new();
    }
    let program = case.site.program;
    let is_code = |local: Local| {
        let steps =
            program.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.steps);
        steps.into_iter().any(|step| match &step.op {
            Op::Let { into, value } => {
                *into == local && matches!(value, Value::Global(_) | Value::Closure(_))
            }
            _ => false,
        })
    };
    let locals = program.locals.iter().enumerate();
    let own = locals.filter(|(_, local)| local.function == FunctionId(0) && !local.name.is_empty());
    let used =
        own.filter(|(at, local)| site::has_word(case.text, &local.name) && !is_code(Local(*at as u32)));
    used.map(|(_, local)| local.name.to_string()).collect()
}

/// The line that the copy ends with: what is called, and the module state that the finding is about.
fn shown(case: &Case<'_>, subject: &str) -> String {
    let state = state(case).join(", ");
    let look = if state.is_empty() { state } else { format!(", look: () => ({{ {state} }})") };
    let value = format!("{{ subject: {subject}{look} }}");
    let line = |start: &str| case.text.lines().any(|line| line.starts_with(start));
    if line("import ") || line("export ") || !line_has(case.text, "exports") {
        format!("export const race = {value};")
    } else {
        format!("module.exports.race = {value};")
    }
}

fn line_has(text: &str, word: &str) -> bool {
    text.contains(&format!("{word} =")) || text.contains(&format!("{word}."))
}

/// What makes the object that has the method, and how the function is then called.
fn setup(case: &Case<'_>, open: &mut Vec<String>) -> (String, String) {
    let site = &case.site;
    let Some(owner) = &site.owner else { return (String::new(), "race.subject".to_owned()) };
    if !site.has_receiver {
        return (String::new(), format!("race.subject.{}", site.name));
    }
    let constructor = site
        .program
        .functions
        .iter()
        .find(|function| function.name == "constructor" && function.owner.as_ref() == Some(owner));
    let written = constructor.and_then(|function| {
        let code = case.text.get(function.span.start as usize..function.span.end as usize)?;
        let at = code.find('(')?;
        code.get(at + 1..at + site::closing(&code[at..]) - 1)
    });
    let params = written.map(site::list).unwrap_or_default();
    let given: Vec<String> = params.iter().map(|param| argument(case, param, open)).collect();
    let given = given.join(", ").replace("${actor}", "both").replace("actor", "\"both\"");
    (format!("const subject = new race.subject({given});"), format!("subject.{}", site.name))
}

fn call(case: &Case<'_>, target: &str, open: &mut Vec<String>) -> String {
    let given: Vec<String> = case.site.params.iter().map(|param| argument(case, param, open)).collect();
    let call = format!("{target}({})", given.join(", "));
    if !call.contains("{callback}") {
        return call;
    }
    let answer = "(error, value) => (error ? fail(error) : done(value))";
    format!("new Promise((done, fail) => void {})", call.replace("{callback}", answer))
}

/// What a parameter is given. One without a type that is called is a function.
fn argument(case: &Case<'_>, param: &Param, open: &mut Vec<String>) -> String {
    let mut param = param.clone();
    if param.ty.is_empty()
        && site::calls(case.site.body, &param.name)
        && !case.knowledge.is_word("callback", &param.name)
    {
        let awaited = case.site.body.contains(&format!("await {}(", param.name))
            || case.site.body.contains(&format!("{}().then", param.name));
        param.ty = if awaited { "() => Promise<unknown>".to_owned() } else { "() => void".to_owned() };
    }
    let key = if case.is_file() { format!("`{} of ${{actor}}`", param.name) } else { quoted(&param.name) };
    let value = fill::value(case.book, LANGUAGE, &case.named(&param));
    value.map(|value| value.replace("{key}", &key)).unwrap_or_else(|| {
        open.push(format!("`{}`, a {}", param.name, if param.ty.is_empty() { "value" } else { &param.ty }));
        format!("undefined /* FILL IN: {} */", param.name)
    })
}

fn first_line(code: &str) -> String {
    code.lines().next().unwrap_or_default().to_owned()
}

/// A text as a literal.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
