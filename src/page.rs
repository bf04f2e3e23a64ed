//! A page: Markdown text turned into its title, sections and fenced blocks, each with its place.

pub mod marks;

use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::fmt;
use std::ops::Range;

/// A page larger than this is refused: nobody writes one by hand.
const LARGEST: usize = 4 << 20;

/// A Markdown page, read.
#[derive(Debug, Clone)]
pub struct Page {
    pub path: String,
    /// The page's text with plain newlines; every range below points into it.
    pub text: String,
    /// The first heading.
    pub title: String,
    /// The text below the title, without fenced blocks.
    pub prose: String,
    pub sections: Vec<Section>,
    pub fences: Vec<Fence>,
}

/// A heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// 1 for `#`.
    pub level: u8,
    pub title: String,
    /// Counted from 1.
    pub line: u32,
    /// Where the heading line stands.
    pub range: Range<usize>,
}

/// A fenced block of code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fence {
    /// The first word after the backticks: `ts`, `toml`, `library`.
    pub language: String,
    /// The other words: `rule`, `fixed`, `file=name.ts`.
    pub attributes: Vec<Attribute>,
    /// The code, each line with its newline.
    pub body: String,
    /// The line of the body's first line, counted from 1.
    pub line: u32,
    /// The headings above it, outermost first, without the page's title.
    pub headings: Vec<String>,
    /// The whole block with its fences.
    pub range: Range<usize>,
    /// The body; equals `body` unless the block is indented (in a list, say).
    pub body_range: Range<usize>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attribute {
    pub name: String,
    /// What follows `=`.
    pub value: Option<String>,
}

/// Something wrong on a page.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct PageError {
    pub path: String,
    /// Counted from 1.
    pub line: u32,
    /// Lower-case, no full stop.
    pub message: String,
}

impl PageError {
    pub fn new(path: impl Into<String>, line: u32, message: impl Into<String>) -> PageError {
        PageError { path: path.into(), line, message: message.into() }
    }
}

impl fmt::Display for PageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

impl std::error::Error for PageError {}

impl Fence {
    /// Whether the word stands after the language.
    pub fn has(&self, attribute: &str) -> bool {
        self.attributes.iter().any(|entry| entry.name == attribute)
    }

    /// What follows `attribute=`.
    pub fn value(&self, attribute: &str) -> Option<&str> {
        self.attributes.iter().find(|entry| entry.name == attribute)?.value.as_deref()
    }

    /// Whether it stands below this `##` heading.
    pub fn is_under(&self, heading: &str) -> bool {
        self.headings.first().is_some_and(|first| first.eq_ignore_ascii_case(heading))
    }

    /// The line in the page, counted from 1, of a byte of the body.
    pub fn line_of(&self, offset: usize) -> u32 {
        let before = self.body.as_bytes().get(..offset).unwrap_or(self.body.as_bytes());
        self.line + before.iter().filter(|byte| **byte == b'\n').count() as u32
    }
}

/// Reads a page. Markdown has no syntax errors, so this cannot fail; a page too large is empty.
pub fn parse(path: &str, text: &str) -> Page {
    let text = if text.len() > LARGEST { String::new() } else { text.replace("\r\n", "\n") };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned();
    let lines = LineStarts::new(&text);
    let mut sections = Vec::new();
    let mut fences = Vec::new();
    let mut heading: Option<Section> = None;
    let mut path_above: Vec<(u8, String)> = Vec::new();
    let mut fence: Option<Fence> = None;
    for (event, range) in Parser::new_ext(&text, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let line = lines.line(range.start);
                heading = Some(Section { level: number(level), title: String::new(), line, range });
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some(section) = heading.take() {
                    path_above.retain(|(level, _)| *level < section.level);
                    path_above.push((section.level, section.title.clone()));
                    sections.push(section);
                }
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let above = path_above.iter().filter(|(level, _)| *level > 1);
                let headings = above.map(|(_, title)| title.clone()).collect();
                fence = Some(open_fence(&text, &lines, &info, range, headings));
            }
            Event::End(TagEnd::CodeBlock) => fences.extend(fence.take()),
            Event::Text(part) | Event::Code(part) => {
                if let Some(fence) = &mut fence {
                    fence.body.push_str(&part);
                } else if let Some(section) = &mut heading {
                    section.title.push_str(&part);
                }
            }
            _ => {}
        }
    }
    let title_section = sections.iter().find(|section: &&Section| section.level == 1);
    let title = title_section.map(|section| section.title.clone()).unwrap_or_default();
    let prose = prose(&text, title_section.map_or(0, |section| section.range.end), &fences);
    Page { path: path.to_owned(), title, prose, sections, fences, text }
}

fn number(level: HeadingLevel) -> u8 {
    level as u8
}

fn open_fence(
    text: &str,
    lines: &LineStarts,
    info: &str,
    range: Range<usize>,
    headings: Vec<String>,
) -> Fence {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or_default().to_owned();
    let attributes = words
        .map(|word| match word.split_once('=') {
            Some((name, value)) => {
                Attribute { name: name.to_owned(), value: Some(value.trim_matches('"').to_owned()) }
            }
            None => Attribute { name: word.to_owned(), value: None },
        })
        .collect();
    let block = text.get(range.clone()).unwrap_or_default();
    let body_start = range.start + block.find('\n').map_or(block.len(), |at| at + 1);
    let body_end = range.start + closing(block);
    let line = lines.line(range.start) + 1;
    let body_range = body_start..body_end.max(body_start);
    Fence { language, attributes, body: String::new(), line, headings, range, body_range }
}

/// Where the closing fence's line begins in a block; its end if nobody closed it.
fn closing(block: &str) -> usize {
    let trimmed = block.trim_end();
    let start = trimmed.rfind('\n').map_or(0, |at| at + 1);
    let last = trimmed[start..].trim_start_matches([' ', '>']);
    let opening = block.trim_start().chars().next().unwrap_or('`');
    let is_fence = last.len() >= 3 && last.chars().all(|mark| mark == opening);
    if start > 0 && is_fence { start } else { block.len() }
}

fn prose(text: &str, from: usize, fences: &[Fence]) -> String {
    let mut prose = String::new();
    let mut at = from;
    for fence in fences.iter().filter(|fence| fence.range.start >= from) {
        prose.push_str(text.get(at..fence.range.start).unwrap_or_default());
        at = fence.range.end;
    }
    prose.push_str(text.get(at..).unwrap_or_default());
    prose.trim().to_owned()
}

/// The page's text with other code in some fences; `bodies` pairs an index into `fences` with
/// what it shall hold. Fences inside lists keep their indentation.
pub fn with_bodies(page: &Page, bodies: &[(usize, String)]) -> String {
    let mut sorted: Vec<_> =
        bodies.iter().filter_map(|(at, body)| Some((page.fences.get(*at)?, body))).collect();
    sorted.sort_by_key(|(fence, _)| fence.body_range.start);
    let mut text = String::with_capacity(page.text.len());
    let mut at = 0;
    for (fence, body) in sorted {
        text.push_str(page.text.get(at..fence.body_range.start).unwrap_or_default());
        let line_start = page.text[..fence.range.start].rfind('\n').map_or(0, |at| at + 1);
        let indent = page.text.get(line_start..fence.range.start).unwrap_or_default();
        for line in body.split_inclusive('\n') {
            if line.trim().is_empty() {
                text.push_str(line);
            } else {
                text.extend([if indent.trim().is_empty() { indent } else { "" }, line]);
            }
        }
        if !body.is_empty() && !body.ends_with('\n') {
            text.push('\n');
        }
        at = fence.body_range.end;
    }
    text.push_str(page.text.get(at..).unwrap_or_default());
    text
}

struct LineStarts(Vec<usize>);

impl LineStarts {
    fn new(text: &str) -> LineStarts {
        let newlines = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        LineStarts(std::iter::once(0).chain(newlines.map(|(at, _)| at + 1)).collect())
    }

    fn line(&self, offset: usize) -> u32 {
        self.0.partition_point(|start| *start <= offset) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "# Title `x`\n\n```toml rule\nlevel = \"note\"\n```\n\nWhy.\n\n## Flagged\n\n### Rust\n\n\
        ```rust edition=2021 file=a.rs\nfn f() {}\n```\n\n## Clean\n\n```ts fixed\n```\n";

    #[test]
    fn reads_fences_with_their_place() {
        let page = parse("p.md", PAGE);
        assert_eq!(page.title, "Title x");
        assert_eq!(page.prose.lines().next(), Some("Why."));
        let [head, rust, ts] = page.fences.as_slice() else { panic!("{:?}", page.fences) };
        assert!(head.has("rule") && head.language == "toml" && head.line == 4);
        assert_eq!((rust.body.as_str(), rust.line), ("fn f() {}\n", 14));
        assert_eq!((rust.value("edition"), rust.value("file")), (Some("2021"), Some("a.rs")));
        assert_eq!(rust.headings, ["Flagged", "Rust"]);
        assert!(ts.has("fixed") && ts.is_under("clean") && ts.body.is_empty());
        for fence in &page.fences {
            assert_eq!(page.text[fence.body_range.clone()], fence.body);
        }
    }

    #[test]
    fn replaces_bodies_in_place() {
        let page = parse("p.md", PAGE);
        let text = with_bodies(&page, &[(2, "let a;\n".to_owned()), (1, "fn g() {}\n".to_owned())]);
        assert_eq!(text, PAGE.replace("f() {}", "g() {}").replace("fixed\n", "fixed\nlet a;\n"));
        let listed = "- a\n\n  ```ts\n  one\n  ```\n";
        let page = parse("p.md", listed);
        assert_eq!(page.fences[0].body, "one\n");
        assert_eq!(with_bodies(&page, &[(0, "two\n".to_owned())]), listed.replace("one", "two"));
    }

    #[test]
    fn hostile_pages_are_read() {
        for piece in ["> ", "- ", "[", "*a_", "```\n", "# ", "`", "![](", "<!--", "1. \n   "] {
            let page = parse("p.md", &piece.repeat(20_000));
            assert!(page.fences.len() <= 20_000);
        }
    }

    #[test]
    fn takes_unclosed_and_odd_fences() {
        assert_eq!(parse("p.md", "```ts\nlet a;\n").fences[0].body, "let a;\n");
        assert_eq!(parse("p.md", "```").fences[0].body, "");
        assert_eq!(parse("p.md", "````ts\n```\n````\n").fences[0].body, "```\n");
        assert_eq!(parse("p.md", "\u{feff}# A\r\n\r\n~~~rust\r\nx\r\n~~~\r\n").fences[0].body, "x\n");
    }
}
