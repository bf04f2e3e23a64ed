//! An interleaving to a picture: two actors, time downwards, a box a step, and who gets in between.
//!
//! The picture is as wide as a phone, so that its letters are never made smaller.

use crate::finding::{Interleaving, Turn};
use crate::report::interleaving::{one_line, wrap};
use crate::report::markup::html;
use crate::source::Sources;
use std::fmt::Write;

const WIDTH: u32 = 330;
/// Where the lines of life stand.
const LIVES: [u32; 2] = [88, 246];
const BOX: u32 = 148;
/// Letters that fit into a box, and into the whole width.
const LETTERS: usize = 21;
const ALL_LETTERS: usize = 40;
const ROW: u32 = 16;
const GAP: u32 = 14;
const TOP: u32 = 44;

/// A step and where it is drawn.
struct Drawn<'a> {
    turn: &'a Turn,
    lines: Vec<String>,
    top: u32,
}

impl Drawn<'_> {
    fn height(&self) -> u32 {
        self.lines.len() as u32 * ROW + 10
    }

    fn life(&self) -> u32 {
        LIVES[usize::from(self.turn.actor.min(1))]
    }
}

/// Empty if there are no steps.
pub(super) fn draw(told: &Interleaving, number: usize, sources: &Sources) -> String {
    let Some(summary) = one_line(told) else { return String::new() };
    let steps = laid_out(told, sources);
    let end = steps.last().map_or(TOP, |last| last.top + last.height()) + GAP;
    let cost = wrap(&told.cost.replace('`', ""), ALL_LETTERS);
    let cost_height = if told.cost.is_empty() { 0 } else { cost.len() as u32 * ROW + 12 };
    let height = end + cost_height + 4;
    let mut svg = format!(
        "<svg class=\"picture\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" role=\"img\" \
         aria-labelledby=\"story-{number}\">\n<title id=\"story-{number}\">{}</title>\n",
        html(&summary)
    );
    svg.push_str(&lives(told, end));
    svg.push_str(&window(&steps));
    for (at, step) in steps.iter().enumerate() {
        svg.push_str(&boxed(step, at + 1));
    }
    if cost_height > 0 {
        let _ = write!(
            svg,
            "<rect class=\"cost\" x=\"2\" y=\"{end}\" width=\"{}\" height=\"{cost_height}\" rx=\"4\"/>",
            WIDTH - 4
        );
        svg.push_str(&lines(&cost, WIDTH / 2, end + ROW + 2, "cost"));
    }
    svg.push_str("</svg>\n");
    svg
}

fn laid_out<'a>(told: &'a Interleaving, sources: &Sources) -> Vec<Drawn<'a>> {
    let mut top = TOP;
    let mut drawn = Vec::new();
    for turn in &told.steps {
        let line = turn.span.map(|span| sources.file(span.file).position(span.start).line);
        let mut lines = wrap(&broken(&turn.text.replace('`', "")), LETTERS);
        lines.extend(line.map(|line| format!("line {line}")));
        let step = Drawn { turn, lines, top };
        top += step.height() + GAP;
        drawn.push(step);
    }
    drawn
}

/// Words that no row of a box has room for are broken anywhere, so that calls stay readable.
fn broken(text: &str) -> String {
    let mut broken = String::with_capacity(text.len());
    let mut length = 0;
    for letter in text.chars() {
        if letter.is_whitespace() {
            length = 0;
        } else if length == LETTERS {
            broken.push(' ');
            length = 1;
        } else {
            length += 1;
        }
        broken.push(letter);
    }
    broken
}

/// Heads and lines of life of both actors.
fn lives(told: &Interleaving, end: u32) -> String {
    let mut svg = String::new();
    for (actor, x) in told.actors.iter().zip(LIVES) {
        let _ = writeln!(svg, "<line class=\"life\" x1=\"{x}\" y1=\"30\" x2=\"{x}\" y2=\"{end}\"/>");
        let left = x - BOX / 2;
        let _ = write!(
            svg,
            "<rect class=\"actor\" x=\"{left}\" y=\"4\" width=\"{BOX}\" height=\"26\" rx=\"13\"/>"
        );
        let name = wrap(actor, LETTERS);
        svg.push_str(&lines(name.get(..1).unwrap_or_default(), x, 21, "actor"));
    }
    svg
}

/// The time between the first and the last step of one actor that the other has a step in, and the
/// arrows of those who get in there.
fn window(steps: &[Drawn]) -> String {
    let inside = |at: usize, actor: u8| {
        let own = |part: &[Drawn]| part.iter().any(|step| step.turn.actor == actor);
        let (before, after) = (steps.get(..at), steps.get(at + 1..));
        before.is_some_and(own) && after.is_some_and(own)
    };
    let Some(victim) = [0, 1].into_iter().find(|actor| {
        (0..steps.len()).any(|at| steps.get(at).is_some_and(|s| s.turn.actor != *actor) && inside(at, *actor))
    }) else {
        return String::new();
    };
    let own = || steps.iter().filter(|step| step.turn.actor == victim);
    let (Some(first), Some(last)) = (own().next(), own().next_back()) else { return String::new() };
    let x = LIVES[usize::from(victim)];
    let (top, bottom) = (first.top + first.height(), last.top);
    let mut svg = format!(
        "<rect class=\"window\" x=\"{}\" y=\"{top}\" width=\"12\" height=\"{}\"/>\n",
        x - 6,
        bottom.saturating_sub(top)
    );
    for (at, step) in steps.iter().enumerate().filter(|(_, step)| step.turn.actor != victim) {
        if inside(at, victim) {
            let y = step.top + step.height() / 2;
            let (from, to, tip) = if victim == 0 {
                (LIVES[1] - BOX / 2, x + 8, x + 15)
            } else {
                (LIVES[0] + BOX / 2, x - 8, x - 15)
            };
            let _ = writeln!(
                svg,
                "<path class=\"arrow\" d=\"M{from} {y}H{to}M{tip} {}L{to} {y}L{tip} {}\"/>",
                y - 4,
                y + 4
            );
        }
    }
    svg
}

/// A step: its number and its words.
fn boxed(step: &Drawn, number: usize) -> String {
    let (x, actor) = (step.life(), step.turn.actor.min(1));
    let mut svg = format!(
        "<g class=\"step actor-{actor}\"><title>{}</title><rect x=\"{}\" y=\"{}\" width=\"{BOX}\" height=\"{}\" rx=\"4\"/>",
        html(&step.turn.text),
        x - BOX / 2,
        step.top,
        step.height()
    );
    svg.push_str(&lines(&step.lines, x, step.top + ROW, "step"));
    let (left, y) = (x - BOX / 2, step.top);
    let _ = writeln!(
        svg,
        "<circle cx=\"{left}\" cy=\"{y}\" r=\"9\"/><text class=\"number\" x=\"{left}\" y=\"{}\">{number}</text></g>",
        y + 4
    );
    svg
}

fn lines(lines: &[String], x: u32, y: u32, class: &str) -> String {
    let mut svg = format!("<text class=\"{class}\" y=\"{y}\">");
    for (at, line) in lines.iter().enumerate() {
        let down = if at == 0 { 0 } else { ROW };
        let _ = write!(svg, "<tspan x=\"{x}\" dy=\"{down}\">{}</tspan>", html(line));
    }
    svg.push_str("</text>\n");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_words_are_broken() {
        let word = "a".repeat(LETTERS + 2);
        assert_eq!(broken(&format!("b {word}")), format!("b {} aa", "a".repeat(LETTERS)));
    }
}
