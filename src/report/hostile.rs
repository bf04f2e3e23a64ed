//! Names and code that try to be markup, in every format, read back by parsers that are not ours.

use super::tests::with_run;
use super::*;
use serde_json::Value;

/// A name of a file with all that means something somewhere.
const PATH: &str = "src/<script>alert(1)</script>&\"'`|,:::%0A]]>\u{1f600}\u{202e}.ts";

fn source() -> String {
    let evil = "</code></pre></script><script>alert(1)</script>]]><!-- \"'` ```` | ::error::x %0A & \u{1f600}\u{1b}[2J\u{202e}";
    format!("// {evil}\r\n/*CHECK*/ look(`{evil}`)\r\n// {evil}\r\n/*ACT*/ act('{evil}')\r\n")
}

/// The findings, with words taken from such code.
fn hostile<T>(then: impl Fn(&Run) -> T) -> T {
    with_run(&source(), PATH, |run| {
        let evil = "`<script>alert(1)</script>` ]]> \"x\" 'y' :: % , | *b* [l](1)\r\n::error::injected \u{1f600}\u{0}";
        let mut findings = run.findings.to_vec();
        for finding in &mut findings {
            finding.message = evil.to_owned();
            finding.interleaving.cost = evil.to_owned();
            finding.notes = vec![evil.to_owned()];
            finding.labels.iter_mut().for_each(|label| label.text = evil.to_owned());
            finding.interleaving.steps.iter_mut().for_each(|turn| turn.text = evil.to_owned());
            finding.fixes.iter_mut().for_each(|fix| fix.title = evil.to_owned());
        }
        then(&Run { findings: &findings, ..*run })
    })
}

#[test]
fn json_gives_back_what_went_in() {
    let document: Value = serde_json::from_str(&hostile(json::render)).unwrap();
    assert_eq!(document["findings"][0]["act"]["location"]["path"], PATH);
    let lines = hostile(json::lines);
    let line: Value = serde_json::from_str(lines.trim_end()).unwrap();
    assert!(lines.lines().count() == 1 && line["message"].as_str().unwrap().contains("::error::injected"));
    let document: Value = serde_json::from_str(&hostile(|run| sarif::render(run).text)).unwrap();
    let uri =
        document.pointer("/runs/0/results/0/locations/0/physicalLocation/artifactLocation/uri").unwrap();
    let uri = uri.as_str().unwrap();
    assert!(uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"<>\"`|^\\{}".contains(&byte)), "{uri}");
    let document: Value = serde_json::from_str(&hostile(gitlab::render)).unwrap();
    assert_eq!(document[0]["location"]["path"], PATH);
    let document: Value = serde_json::from_str(&hostile(rdjson::render)).unwrap();
    assert_eq!(document["diagnostics"][0]["location"]["path"], PATH);
}

/// The attributes of elements of a name, unescaped.
fn attributes(xml: &str, element: &str, attribute: &str) -> Vec<String> {
    let mut reader = quick_xml::Reader::from_str(xml);
    let mut found = Vec::new();
    loop {
        match reader.read_event().unwrap() {
            quick_xml::events::Event::Eof => return found,
            quick_xml::events::Event::Start(start) | quick_xml::events::Event::Empty(start) => {
                for one in start.attributes() {
                    let one = one.unwrap();
                    if start.name().as_ref() == element && one.key.as_ref() == attribute {
                        found.push(quick_xml::escape::unescape(&one.value).unwrap().into_owned());
                    }
                }
            }
            _ => {}
        }
    }
}

#[test]
fn xml_gives_back_what_went_in() {
    let shown = printable(PATH).into_owned();
    let text = hostile(checkstyle::render);
    assert_eq!(attributes(&text, "file", "name"), std::slice::from_ref(&shown));
    assert!(attributes(&text, "error", "message")[0].contains("[l](1)\r\n::error::injected \u{1f600} "));
    let text = hostile(junit::render);
    assert!(attributes(&text, "testcase", "classname").contains(&shown));
    assert_eq!(attributes(&text, "testcase", "name").len(), 2);
    assert!(!text.contains("]]>") && !text.contains("<script"));
}

#[test]
fn a_workflow_command_is_one_line() {
    let text = hostile(github::render);
    assert_eq!(text.lines().count(), 1);
    let (properties, message) = text[2..].split_once("::").unwrap();
    let (kind, properties) = properties.split_once(' ').unwrap();
    assert_eq!(kind, "warning");
    let undo = |text: &str| {
        text.replace("%2C", ",")
            .replace("%3A", ":")
            .replace("%0A", "\n")
            .replace("%0D", "\r")
            .replace("%25", "%")
    };
    let file = properties.split(',').find_map(|one| one.strip_prefix("file=")).unwrap();
    assert_eq!(undo(file), printable(PATH));
    assert!(undo(message).contains("\r\n::error::injected"));
}

#[test]
fn a_page_has_no_element_but_ours() {
    let text = hostile(html::render);
    let page = scraper::Html::parse_document(&text);
    let count = |what: &str| page.select(&scraper::Selector::parse(what).unwrap()).count();
    assert_eq!(count("script"), 1, "ours");
    assert_eq!(count("article"), 1);
    assert_eq!(count("[onerror], [onload], [onclick], img, iframe, object, embed, link, base"), 0);
    assert_eq!(count("body > :not(main):not(script)"), 0, "nothing closed what encloses it");
    assert_eq!(count("article mark.check") + count("article mark.act"), 2);
    assert_eq!(count("article svg title"), 4, "the story and a step each");
    let of = |what: &str| {
        let selector = scraper::Selector::parse(what).unwrap();
        page.select(&selector).next().unwrap().text().collect::<String>()
    };
    assert_eq!(of("h3 code"), printable(PATH));
    assert!(of("mark.act").contains("<script>alert(1)</script>]]><!--"));
    assert!(!text.contains('\u{202e}') && !text.contains('\u{1b}'));
}

#[test]
fn markdown_keeps_code_in_its_fence() {
    let text = hostile(|run| markdown::render(run).text);
    let mut outside = String::new();
    let mut fenced = 0;
    for event in parts(&text) {
        match event {
            Piece::Code(code) => fenced += usize::from(code.contains("<script>alert(1)</script>]]>")),
            Piece::Other(other) => outside.push_str(&other),
        }
    }
    assert_eq!(fenced, 1);
    assert!(!outside.contains("<script"), "{outside}");
}

enum Piece {
    Code(String),
    Other(String),
}

/// Fenced code, and the lines outside of it, by the rules for fences alone.
fn parts(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut open: Option<(usize, String)> = None;
    for line in text.lines() {
        let quotes = line.len() - line.trim_start_matches('`').len();
        open = match open {
            Some((fence, code)) if quotes >= fence && line.trim_start_matches('`').trim().is_empty() => {
                pieces.push(Piece::Code(code));
                None
            }
            Some((fence, code)) => Some((fence, code + line + "\n")),
            None if quotes >= 3 && !line[quotes..].contains('`') => Some((quotes, String::new())),
            None => {
                pieces.push(Piece::Other(format!("{line}\n")));
                None
            }
        };
    }
    assert!(open.is_none(), "a fence stays open");
    pieces
}
