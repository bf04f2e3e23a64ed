//! One finding to its part of the page: sentence, code, picture, rewrite.

use super::picture;
use super::place;
use crate::book::api::Applicability;
use crate::finding::{Finding, Fix, LabelRole};
use crate::report::excerpt::{self, Excerpt, Line};
use crate::report::markup::{html, with_code};
use crate::report::{Run, json, page_address, text};
use std::fmt::Write;

pub(super) fn article(number: usize, finding: &Finding, run: &Run) -> String {
    let (level, rule) = (finding.level, html(&finding.rule));
    let name = match run.rule(&finding.rule).and_then(page_address) {
        Some(page) => format!("<a href=\"{}\"><code>{rule}</code></a>", html(&page)),
        None => format!("<code>{rule}</code>"),
    };
    let mut text = format!(
        "<article id=\"finding-{number}\" data-level=\"{level}\" data-rule=\"{rule}\">\n\
         <h4><span class=\"badge {level}\">{level}</span> {}</h4>\n\
         <p class=\"quiet\"><a href=\"#finding-{number}\">{}</a> · {name} · confidence {}</p>\n\
         <div class=\"sides\">\n<div class=\"code\">\n",
        with_code(&finding.message, html),
        html(&place(finding, run)),
        finding.confidence.text(),
    );
    for excerpt in excerpt::of(finding, run.sources) {
        text.push_str(&code(&excerpt));
    }
    text.push_str("</div>\n");
    text.push_str(&picture::draw(&finding.interleaving, number, run.sources));
    text.push_str("</div>\n");
    for note in &finding.notes {
        let _ = writeln!(text, "<p class=\"note\">{}</p>", with_code(note, html));
    }
    for fix in &finding.fixes {
        text.push_str(&rewrite(fix, run));
    }
    text.push_str("</article>\n");
    text
}

fn code(excerpt: &Excerpt) -> String {
    let mut text =
        format!("<figure>\n<figcaption>{}</figcaption>\n<div class=\"lines\">", html(&excerpt.path));
    for line in &excerpt.lines {
        text.push_str(&self::line(line));
    }
    text.push_str("</div>\n</figure>\n");
    text
}

/// Number, code with marks, and what is said of them.
fn line(line: &Line) -> String {
    let mut text = String::new();
    if line.after_gap {
        text.push_str("<div class=\"gap\">⋮</div>");
    }
    let class = if line.in_window { "line window" } else { "line" };
    let _ = write!(text, "<div class=\"{class}\"><span class=\"number\">{}</span><code>", line.number);
    for piece in &line.pieces {
        match piece.role {
            Some(role) => {
                let _ = write!(text, "<mark class=\"{}\">{}</mark>", json::role(role), html(&piece.text));
            }
            None => text.push_str(&html(&piece.text)),
        }
    }
    text.push_str("</code></div>");
    for (role, told) in &line.notes {
        let class = json::role(*role);
        // The mark says what it is in words too, for those who do not see its colour.
        let _ = write!(text, "<div class=\"told {class}\">{}{}</div>", word(*role), with_code(told, html));
    }
    text
}

fn word(role: LabelRole) -> String {
    format!("<b>{}</b> ", json::role(role))
}

fn rewrite(fix: &Fix, run: &Run) -> String {
    let kind = match fix.applicability {
        Applicability::Safe => "Rewrite (<code>--fix</code>)",
        Applicability::Suggested => "Rewrite (<code>--fix --unsafe-fixes</code>)",
        Applicability::Sketch => "Sketch of a rewrite",
    };
    let mut told =
        format!("<details class=\"fix\"><summary>{kind}: {}</summary>\n<pre>", with_code(&fix.title, html));
    for line in text::changed_lines(fix, run.sources) {
        let element = if line.starts_with('-') { "del" } else { "ins" };
        let _ = writeln!(told, "<{element}>{}</{element}>", html(line.trim_end_matches(['\r', '\n'])));
    }
    told.push_str("</pre>\n");
    if let Some(note) = &fix.note {
        let _ = writeln!(told, "<p>Mind: {}</p>", with_code(note, html));
    }
    told.push_str("</details>\n");
    told
}
