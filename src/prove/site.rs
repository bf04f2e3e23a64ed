//! Where an act stands: the function to be called, what it takes, and how the act's call is named.

use crate::program::{Callee, Function, Global, Key, Local, Name, Op, Program, Value};
use crate::source::Span;

/// The function that leads to an act, as a test calls it.
#[derive(Debug)]
pub(super) struct Site<'a> {
    pub(super) program: &'a Program,
    pub(super) name: Name,
    pub(super) owner: Option<Name>,
    /// A method of an instance.
    pub(super) has_receiver: bool,
    pub(super) is_async: bool,
    pub(super) params: Vec<Param>,
    /// Its code.
    pub(super) body: &'a str,
    pub(super) span: Span,
    /// The innermost function around the act is asynchronous.
    pub(super) act_is_async: bool,
    /// What the act calls, if an import leads there: the import and the name asked of it.
    pub(super) callee: Option<(Global, Option<Name>)>,
}

/// A parameter as written.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Param {
    pub(super) name: String,
    /// Empty where none is written.
    pub(super) ty: String,
}

/// Finds the outermost function around the act, and what the act calls.
///
/// `reached` is where the function under test begins the act, `act` the call itself, which may stand in a helper.
pub(super) fn find<'a>(
    program: &'a Program,
    text: &'a str,
    reached: Span,
    act: Span,
) -> Result<Site<'a>, String> {
    let around = |place: Span| {
        let holds = |function: &&Function| function.parent.is_some() && function.span.contains(place);
        let mut holding: Vec<&Function> = program.functions.iter().filter(holds).collect();
        holding.sort_by_key(|function| function.span.end - function.span.start);
        holding
    };
    let (inner, outer) = (around(act), around(reached));
    let (Some(inner), Some(outer)) = (inner.first(), outer.last()) else {
        return Err("the act is in no function, and runs once when the file is loaded".to_owned());
    };
    let body = text.get(outer.span.start as usize..outer.span.end as usize).unwrap_or_default();
    Ok(Site {
        program,
        name: outer.name.clone(),
        owner: outer.owner.clone(),
        has_receiver: outer.receiver.is_some() && outer.owner.is_some(),
        is_async: outer.is_async,
        params: params(text, outer),
        body,
        span: outer.span,
        act_is_async: inner.is_async,
        callee: callee(program, act),
    })
}

/// The import that the call at a place begins with.
fn callee(program: &Program, act: Span) -> Option<(Global, Option<Name>)> {
    let steps =
        || program.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.steps);
    let call = steps().find_map(|step| match &step.op {
        Op::Call { callee, .. } if step.span == act => Some(callee),
        _ => None,
    })?;
    match call {
        Callee::Value(local) => Some((global(program, *local)?, None)),
        Callee::Method { receiver, name } => Some((global(program, *receiver)?, Some(name.clone()))),
        Callee::New(_) | Callee::Macro(_) => None,
    }
}

/// What comes from outside of the file and is bound to this local alone, with what is asked of it.
fn global(program: &Program, local: Local) -> Option<Global> {
    let (mut local, mut asked) = (local, Vec::new());
    for _ in 0..4 {
        let steps =
            program.functions.iter().flat_map(|function| &function.blocks).flat_map(|block| &block.steps);
        let mut bound = steps.filter_map(|step| match &step.op {
            Op::Let { into, value } if *into == local => Some(value),
            _ => None,
        });
        match (bound.next(), bound.next()) {
            (Some(Value::Global(global)), None) => {
                let mut global = global.clone();
                global.path.extend(asked.into_iter().rev());
                return Some(global);
            }
            (Some(Value::Load { base, key: Key::Field(name) }), None) => {
                asked.push(name.clone());
                local = *base;
            }
            (Some(Value::Copy(from)), None) => local = *from,
            _ => return None,
        }
    }
    None
}

/// The parameters of a function as they are written.
fn params(text: &str, function: &Function) -> Vec<Param> {
    let start = function.span.start.max(if function.span.contains(function.name_span) {
        function.name_span.end
    } else {
        function.span.start
    });
    let head = text.get(start as usize..function.span.end as usize).unwrap_or_default();
    let head = head.trim_start().strip_prefix("async ").unwrap_or(head).trim_start();
    let head = head.strip_prefix("function").unwrap_or(head).trim_start();
    // Type parameters come first.
    let head = if head.starts_with('<') { head.get(closing(head)..).unwrap_or_default() } else { head };
    if let Some((only, _)) = head.split_once("=>")
        && !only.contains('(')
    {
        return vec![Param { name: only.trim().to_owned(), ty: String::new() }];
    }
    let Some(open) = head.find('(') else { return Vec::new() };
    let list = head.get(open..open + closing(&head[open..])).unwrap_or_default();
    split(list.strip_prefix('(').and_then(|list| list.strip_suffix(')')).unwrap_or_default())
        .into_iter()
        .filter_map(param)
        .collect()
}

/// The parameters of a list between parentheses.
pub(super) fn list(text: &str) -> Vec<Param> {
    split(text).into_iter().filter_map(param).collect()
}

fn param(written: &str) -> Option<Param> {
    let mut written = written.trim();
    for word in ["private ", "public ", "protected ", "readonly ", "mut ", "..."] {
        written = written.strip_prefix(word).unwrap_or(written).trim_start();
    }
    if written.is_empty() || written.ends_with("self") || written.starts_with("self:") {
        return None;
    }
    let without = |text: &str| {
        let assigned = text.match_indices('=').find(|(at, _)| {
            !text[at + 1..].starts_with(['>', '=']) && !text[..*at].ends_with(['=', '!', '<', '>'])
        });
        text[..assigned.map_or(text.len(), |(at, _)| at)].trim().to_owned()
    };
    // A pattern has colons of its own.
    let from = if written.starts_with(['{', '[', '(']) { closing(written) } else { 0 };
    match written.get(from..).and_then(|rest| rest.find(':')) {
        Some(at) => {
            let (name, ty) = written.split_at(from + at);
            Some(Param { name: name.trim().trim_end_matches('?').to_owned(), ty: without(&ty[1..]) })
        }
        None => Some(Param { name: without(written).trim_end_matches('?').to_owned(), ty: String::new() }),
    }
}

/// Where the bracket that a text begins with is closed; the text's length if it is not.
pub(super) fn closing(text: &str) -> usize {
    let mut depth = 0;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            // An arrow closes nothing.
            '>' if matches!(before, '=' | '-') => {}
            ')' | ']' | '}' | '>' => depth -= 1,
            _ => {}
        }
        before = c;
        if depth == 0 {
            return at + c.len_utf8();
        }
    }
    text.len()
}

/// A list at its commas.
fn split(list: &str) -> Vec<&str> {
    let (mut depth, mut start, mut before) = (0, 0, ' ');
    let mut parts = Vec::new();
    for (at, c) in list.char_indices() {
        match c {
            '(' | '[' | '{' | '<' => depth += 1,
            '>' if matches!(before, '=' | '-') => {}
            ')' | ']' | '}' | '>' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&list[start..at]);
                start = at + 1;
            }
            _ => {}
        }
        before = c;
    }
    parts.push(&list[start..]);
    parts
}

/// Whether a name stands in the code as a word.
pub(super) fn has_word(code: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let (before, after) = (code[..at].chars().next_back(), code[at + name.len()..].chars().next());
        before.is_none_or(|c| !word(c) && c != '.') && after.is_none_or(|c| !word(c))
    })
}

/// Whether the code calls a thing of that name.
pub(super) fn calls(code: &str, name: &str) -> bool {
    let word = |c: char| c.is_alphanumeric() || c == '_';
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].trim_start_matches("!").trim_start();
        before.is_none_or(|c| !word(c) && c != '.') && after.starts_with('(')
    })
}
