//! A terminal's text with colours on standard input to an SVG picture on standard output.
//!
//! `.ci/picture` makes the README's picture with it, from real output.

use std::fmt::Write as _;
use std::io::Read;

const WIDTH: usize = 128;
const CELL: (f64, f64) = (7.83, 18.0);
const MARGIN: f64 = 16.0;

#[derive(Clone, Default, PartialEq)]
struct Style {
    color: Option<&'static str>,
    bold: bool,
}

fn main() -> std::io::Result<()> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    let lines = lines(&text);
    let width = WIDTH as f64 * CELL.0 + 2.0 * MARGIN;
    let height = (lines.len() as f64 + 1.0) * CELL.1 + 2.0 * MARGIN;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" role=\"img\" aria-label=\"toctou-lint in a terminal\">\n\
         <rect width=\"100%\" height=\"100%\" rx=\"8\" fill=\"#1b1f24\"/>\n\
         <g font-family=\"ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace\" \
         font-size=\"13\" fill=\"#d0d7de\" xml:space=\"preserve\">\n"
    );
    for (row, line) in lines.iter().enumerate() {
        let y = MARGIN + (row as f64 + 1.0) * CELL.1;
        let mut column = 0;
        for (style, text) in line {
            let x = MARGIN + column as f64 * CELL.0;
            let color = style.color.map_or_else(String::new, |color| format!(" fill=\"{color}\""));
            let bold = if style.bold { " font-weight=\"bold\"" } else { "" };
            let length = text.chars().count() as f64 * CELL.0;
            let _ = writeln!(
                svg,
                "<text x=\"{x:.1}\" y=\"{y:.1}\" textLength=\"{length:.1}\"{color}{bold}>{}</text>",
                escape(text)
            );
            column += text.chars().count();
        }
    }
    svg.push_str("</g>\n</svg>");
    println!("{svg}");
    Ok(())
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Runs of one style, line by line; long lines are broken.
fn lines(text: &str) -> Vec<Vec<(Style, String)>> {
    let mut lines = vec![Vec::new()];
    let (mut style, mut run, mut column) = (Style::default(), String::new(), 0);
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let breaks = letter == '\n' || column == WIDTH;
        if (breaks || letter == '\u{1b}') && !run.is_empty() {
            lines.last_mut().unwrap().push((style.clone(), std::mem::take(&mut run)));
        }
        if breaks {
            lines.push(Vec::new());
            column = 0;
        }
        if letter == '\u{1b}' {
            let code: String = letters.by_ref().skip(1).take_while(|letter| *letter != 'm').collect();
            apply(&mut style, &code);
        } else if letter != '\n' {
            run.push(letter);
            column += 1;
        }
    }
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    lines
}

fn apply(style: &mut Style, code: &str) {
    match code {
        "0" | "" => *style = Style::default(),
        "1" => style.bold = true,
        "31" | "38;5;9" => style.color = Some("#ff7b72"),
        "32" | "38;5;10" => style.color = Some("#7ee787"),
        "33" | "38;5;11" => style.color = Some("#e3b341"),
        "34" | "38;5;12" => style.color = Some("#79c0ff"),
        "36" | "38;5;14" => style.color = Some("#56d4dd"),
        "37" | "38;5;15" => style.color = Some("#ffffff"),
        _ => {}
    }
}
