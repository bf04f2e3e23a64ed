//! Findings to one page of HTML that needs nothing else: no network, and no script to be read.
//!
//! Whatever comes from the analysed project is escaped where it is written, and the page's own
//! policy forbids every script but ours, by its hash.

mod finding;
mod picture;

use super::markup::{html, with_code};
use super::{LEVELS, Run, page_address, path, plural};
use crate::finding::Finding;
use std::collections::BTreeMap;
use std::fmt::Write;

const STYLE: &str = include_str!("html/page.css");
const SCRIPT: &str = include_str!("html/page.js");
/// The SHA-256 of the script; a test tells the new one when the script has changed.
const SCRIPT_HASH: &str = "sha256-sREpcUzxZ/VOH8fd99ohb1h86/zJ+CdDTzd6fehPGhA=";

pub fn render(run: &Run) -> String {
    let mut page = head();
    page.push_str(&summary(run));
    if !run.findings.is_empty() {
        page.push_str(&filters(run));
        page.push_str(&by_rule(run));
        page.push_str(&by_file(run));
    }
    page.push_str(&problems(run));
    let (name, version) = (env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let address = env!("CARGO_PKG_REPOSITORY");
    let _ = write!(
        page,
        "<footer>Made by <a href=\"{address}\">{name}</a> {version}.</footer>\n\
         </main>\n<script>{SCRIPT}</script>\n</body>\n</html>\n"
    );
    page
}

fn head() -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; \
         style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>toctou-lint report</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n"
    )
}

/// What was looked at and what was found.
fn summary(run: &Run) -> String {
    let mut text = String::from("<header>\n<h1>Check-then-act races</h1>\n<p class=\"counts\">");
    for level in LEVELS {
        let count = run.count(level);
        if count > 0 {
            let _ = write!(text, "<span class=\"badge {level}\">{}</span> ", plural(count, level.text()));
        }
    }
    if run.findings.is_empty() {
        text.push_str("No races found ");
    }
    let _ = writeln!(text, "in {}</p>", plural(run.files, "file"));
    if run.omitted > 0 {
        let omitted = plural(run.omitted, "finding");
        let _ = writeln!(text, "<p>{omitted} left out, as <code>--max-findings</code> asks.</p>");
    }
    if let Some(hidden) = run.hidden.text() {
        let _ = writeln!(text, "<p>Not shown: {hidden}.</p>");
    }
    if !run.skipped.is_empty() {
        let left_out: Vec<String> =
            run.skipped.iter().map(|(reason, count)| format!("{count} {}", html(reason))).collect();
        let _ = writeln!(text, "<p class=\"quiet\">Left out: {}.</p>", left_out.join(", "));
    }
    text.push_str("</header>\n");
    text
}

/// Shown by the script, since nothing would filter without it.
fn filters(run: &Run) -> String {
    let mut text = String::from("<form id=\"filters\" hidden>\n<fieldset><legend>Level</legend>");
    for level in LEVELS.into_iter().filter(|level| run.count(*level) > 0) {
        let _ = write!(
            text,
            "<label><input type=\"checkbox\" name=\"level\" value=\"{level}\" checked> {level}</label> "
        );
    }
    text.push_str("</fieldset>\n<label>Rule <select name=\"rule\"><option value=\"\">all</option>");
    for rule in rules(run).keys() {
        let rule = html(rule);
        let _ = write!(text, "<option value=\"{rule}\">{rule}</option>");
    }
    text.push_str(
        "</select></label>\n<label>Text <input type=\"search\" name=\"text\" autocomplete=\"off\"></label>\n\
         <output aria-live=\"polite\"></output>\n</form>\n",
    );
    text
}

/// The numbers of the findings of each rule.
fn rules<'a>(run: &Run<'a>) -> BTreeMap<&'a str, Vec<usize>> {
    let mut rules: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (number, finding) in run.findings.iter().enumerate() {
        rules.entry(&finding.rule).or_default().push(number);
    }
    rules
}

/// An overview whose entries lead to the findings.
fn by_rule(run: &Run) -> String {
    let mut text = String::from("<section id=\"rules\">\n<h2>By rule</h2>\n");
    for (id, numbers) in rules(run) {
        let rule = run.rule(id);
        let title = rule.map_or_else(String::new, |rule| with_code(&rule.title, html));
        let count = numbers.len();
        let _ = writeln!(
            text,
            "<details><summary><code>{}</code> <span class=\"count\">{count}</span> {title}</summary>",
            html(id)
        );
        if let Some(page) = rule.and_then(page_address) {
            let _ = writeln!(text, "<p><a href=\"{}\">About this rule</a></p>", html(&page));
        }
        text.push_str("<ul>\n");
        for (number, finding) in numbers.iter().filter_map(|at| Some((at, run.findings.get(*at)?))) {
            let _ = writeln!(
                text,
                "<li><span class=\"badge {}\">{0}</span> <a href=\"#finding-{number}\">{}</a></li>",
                finding.level,
                html(&place(finding, run))
            );
        }
        text.push_str("</ul>\n</details>\n");
    }
    text.push_str("</section>\n");
    text
}

/// The findings themselves, in the order of files and places.
fn by_file(run: &Run) -> String {
    let mut text = String::from("<section id=\"files\">\n<h2>By file</h2>\n");
    let mut findings: Vec<(usize, &Finding)> = run.findings.iter().enumerate().collect();
    findings.sort_by_key(|(_, finding)| finding.act.span.file);
    for group in findings.chunk_by(|a, b| a.1.act.span.file == b.1.act.span.file) {
        let Some((_, first)) = group.first() else { continue };
        let path = html(&path(run.sources, first.act.span));
        let _ = writeln!(
            text,
            "<section class=\"file\">\n<h3><code>{path}</code> <span class=\"count\">{}</span></h3>",
            group.len()
        );
        for (number, finding) in group {
            text.push_str(&finding::article(*number, finding, run));
        }
        text.push_str("</section>\n");
    }
    text.push_str("</section>\n");
    text
}

/// `path:line:column` of the act.
fn place(finding: &Finding, run: &Run) -> String {
    let span = finding.act.span;
    let position = run.sources.file(span.file).position(span.start);
    format!("{}:{}:{}", path(run.sources, span), position.line, position.column)
}

/// Files that could not be (wholly) understood.
fn problems(run: &Run) -> String {
    if run.problems.is_empty() {
        return String::new();
    }
    let mut text = String::from("<section id=\"problems\">\n<h2>Not wholly analysed</h2>\n<ul>\n");
    for problem in run.problems {
        let path = problem.path.to_string_lossy().replace('\\', "/");
        let line = problem.position.map_or_else(String::new, |at| format!(":{}", at.line));
        let (path, message) = (html(&format!("{path}{line}")), html(&problem.message));
        let _ = writeln!(text, "<li><code>{path}</code> {message}</li>");
    }
    text.push_str("</ul>\n</section>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use sha2::{Digest, Sha256};

    #[test]
    fn the_policy_names_our_script() {
        let hash = format!("sha256-{}", base64(&Sha256::digest(SCRIPT)));
        assert_eq!(SCRIPT_HASH, hash);
    }

    fn base64(bytes: &[u8]) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        let mut text = String::new();
        for chunk in bytes.chunks(3) {
            let word = chunk
                .iter()
                .enumerate()
                .fold(0u32, |word, (at, byte)| word | u32::from(*byte) << (16 - 8 * at));
            for at in 0..4 {
                let letter = LETTERS[(word >> (18 - 6 * at)) as usize & 63] as char;
                text.push(if at <= chunk.len() { letter } else { '=' });
            }
        }
        text
    }
}
