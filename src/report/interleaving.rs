//! An interleaving as one line, as two columns in the order of time, and as one narrow column.

use super::printable;
use crate::finding::{Interleaving, Turn};
use crate::source::Sources;

/// Widest and narrowest column; longer steps are broken at spaces.
const COLUMN: (usize, usize) = (16, 44);
/// The time and the gaps beside the columns.
const BESIDE: usize = 8;

/// `request A: sees it absent → request B: creates it → …: both see it absent`; `None` if there are
/// no steps.
pub fn one_line(interleaving: &Interleaving) -> Option<String> {
    if interleaving.steps.is_empty() {
        return None;
    }
    let steps: Vec<String> = interleaving
        .steps
        .iter()
        .map(|turn| format!("{} {}", short(actor(interleaving, turn)), turn.text))
        .collect();
    let cost = if interleaving.cost.is_empty() { String::new() } else { format!(": {}", interleaving.cost) };
    Some(printable(&format!("{}{cost}", steps.join(" → "))).replace(['\n', '\r'], " "))
}

fn actor<'a>(interleaving: &'a Interleaving, turn: &Turn) -> &'a str {
    interleaving.actors.get(usize::from(turn.actor)).map_or("", String::as_str)
}

/// `request A` is `A`: in one line the letter says enough.
fn short(actor: &str) -> &str {
    actor.rsplit(' ').next().filter(|last| last.chars().count() == 1).unwrap_or(actor)
}

/// Both actors side by side in so many columns, one step a row, and below what it costs.
pub fn columns(interleaving: &Interleaving, sources: &Sources, width: usize) -> String {
    let [left, right] = &interleaving.actors;
    let column = (width.saturating_sub(BESIDE) / 2).clamp(COLUMN.0, COLUMN.1);
    let row = |time: &str, left: &str, right: &str| row(time, left, right, column);
    let mut rows = vec![row("time", left, right), row("----", &"-".repeat(column), &"-".repeat(column))];
    for (at, turn) in interleaving.steps.iter().enumerate() {
        let text = printable(&step(turn, sources)).replace(['\n', '\r'], " ");
        for (line, part) in wrap(&text, column).into_iter().enumerate() {
            let time = if line == 0 { (at + 1).to_string() } else { String::new() };
            rows.push(if turn.actor == 0 { row(&time, &part, "") } else { row(&time, "", &part) });
        }
    }
    if !interleaving.cost.is_empty() {
        rows.push(String::new());
        let cost = format!("cost: {}", printable(&interleaving.cost));
        rows.extend(wrap(&cost, width.max(BESIDE + 2 * column)));
    }
    rows.join("\n")
}

/// Both actors' steps, one below the other, in lines of at most so many columns, and below what it
/// costs; `None` if there are no steps.
pub fn lines(interleaving: &Interleaving, sources: &Sources, width: usize) -> Option<String> {
    if interleaving.steps.is_empty() {
        return None;
    }
    let mut rows = Vec::new();
    for (at, turn) in interleaving.steps.iter().enumerate() {
        let (time, actor) = (format!("{}. ", at + 1), actor(interleaving, turn));
        let told = format!("{actor}: {}", printable(&step(turn, sources)));
        let parts = wrap(&told, width.saturating_sub(time.len())).into_iter().enumerate();
        rows.extend(parts.map(|(line, part)| {
            let before = if line == 0 { time.clone() } else { " ".repeat(time.len()) };
            before + &part
        }));
    }
    if !interleaving.cost.is_empty() {
        rows.push(String::new());
        rows.extend(wrap(&format!("cost: {}", printable(&interleaving.cost)), width));
    }
    Some(rows.join("\n"))
}

fn row(time: &str, left: &str, right: &str, column: usize) -> String {
    let gap = column.saturating_sub(left.chars().count());
    format!("{time:>4}  {left}{}  {right}", " ".repeat(gap)).trim_end().to_owned()
}

fn step(turn: &Turn, sources: &Sources) -> String {
    match turn.span {
        Some(span) => format!("{} (line {})", turn.text, sources.file(span.file).position(span.start).line),
        None => turn.text.clone(),
    }
}

/// Breaks at spaces; a word longer than the width is cut.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let word: String = if word.chars().count() > width {
            word.chars().take(width.saturating_sub(1)).chain(['…']).collect()
        } else {
            word.to_owned()
        };
        let Some(last) = lines.last_mut() else { break };
        if last.is_empty() {
            *last = word;
        } else if last.chars().count() + 1 + word.chars().count() <= width {
            last.push(' ');
            last.push_str(&word);
        } else {
            lines.push(word);
        }
    }
    lines
}
