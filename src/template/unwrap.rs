//! A check that does nothing but guard its act, taken away.

use super::Act;
use crate::source::Span;

/// `if (check) { act }` whole, and the act alone: only where the condition is the check and
/// nothing else, the branch is the act and nothing else, and there is no `else`.
pub(super) fn unwrapped(act: &Act, new: &str) -> Option<(Span, String)> {
    let (check, condition) = act.check?;
    let text = act.file.text.as_str();
    let bare = act.file.slice(condition).trim().trim_start_matches(['!', '(']).trim_end_matches(')');
    let is_only = bare.trim_start_matches("await ").trim() == act.file.slice(check).trim_end_matches(')');
    if !is_only || condition.end > act.span.start {
        return None;
    }
    let before = text.get(..condition.start as usize)?.trim_end();
    let before = before.strip_suffix('!').unwrap_or(before).trim_end();
    let before = before.strip_suffix('(').unwrap_or(before).trim_end().strip_suffix("if")?;
    let after = text.get(condition.end as usize..act.span.start as usize)?;
    let opening = after.trim().trim_start_matches(')').trim();
    let lead = opening.strip_prefix('{').unwrap_or(opening).trim();
    if !matches!(lead, "" | "await") {
        return None;
    }
    let tail = text.get(act.span.end as usize..)?;
    let statement = tail.find([';', '\n', '}']).and_then(|at| tail.get(..at))?.trim();
    if !matches!(statement, "" | "?" | ".await?" | ".await") {
        return None;
    }
    let mut end = tail.get(tail.find([';', '\n', '}'])?..)?;
    let ended = end.trim_start().strip_prefix(';');
    end = ended.unwrap_or(end);
    if opening.starts_with('{') {
        end = end.trim_start().strip_prefix('}')?;
    }
    if end.trim_start().starts_with("else") {
        return None;
    }
    let lead = if lead.is_empty() { String::new() } else { format!("{lead} ") };
    let span = Span { start: before.len() as u32, end: (text.len() - end.len()) as u32, ..act.span };
    // Where the code does without semicolons, it goes on so; a block may end with a value in Rust.
    let is_rust = act.file.path.extension().is_some_and(|extension| extension == "rs");
    let semicolon = if ended.is_some() || is_rust { ";" } else { "" };
    Some((span, format!("{lead}{new}{statement}{semicolon}")))
}
