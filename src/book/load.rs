//! Pages, embedded and the user's, turned into one checked [`Book`].

use super::api::Library;
use super::rule::Rule;
use super::{Book, embedded, grammar, heads, spell};
use crate::page::{self, Page, PageError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// The embedded pages and the user's, all of which must be right.
pub fn load(user: Vec<(String, String)>) -> Result<Book, Vec<PageError>> {
    let (book, errors) = load_leniently(user);
    if errors.is_empty() { Ok(book) } else { Err(errors) }
}

/// The embedded pages and those of the user's that are right, and what is wrong with the others.
pub fn load_leniently(user: Vec<(String, String)>) -> (Book, Vec<PageError>) {
    let embedded = embedded::PAGES.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned()));
    load_pages(embedded.chain(user).collect())
}

/// Exactly these pages, as `(path, text)`.
pub fn load_pages(pages: Vec<(String, String)>) -> (Book, Vec<PageError>) {
    let mut book = Book::default();
    let mut errors = Vec::new();
    book.digest = digest(&pages);
    // Names of wrong pages too, so that one error does not bring others.
    let names: BTreeSet<String> = pages.iter().map(|(path, _)| name(path).to_owned()).collect();
    for (path, text) in pages {
        match read(&page::parse(&path, &text)) {
            Ok(Some(Entry::Rule(rule))) => add_rule(&mut book, *rule, &mut errors),
            Ok(Some(Entry::Library(library))) => add_library(&mut book, *library, &mut errors),
            Ok(None) => {}
            Err(more) => errors.extend(more),
        }
    }
    book.rules.sort_by(|a, b| a.id.cmp(&b.id));
    book.libraries.sort_by(|a, b| a.name.cmp(&b.name));
    check(&book, &names, &mut errors);
    errors.sort();
    (book, errors)
}

fn digest(pages: &[(String, String)]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new();
    for part in pages.iter().flat_map(|(path, text)| [path, text]) {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    *hasher.finalize().as_bytes()
}

enum Entry {
    Rule(Box<Rule>),
    Library(Box<Library>),
}

/// What kind of page it is; `None` for one that states nothing, such as a README.
pub fn is_rule(page: &Page) -> bool {
    page.fences.iter().any(|fence| fence.language == "toml" && fence.has("rule"))
}

/// Whether the page describes a library.
pub fn is_library(page: &Page) -> bool {
    page.fences.iter().any(|fence| fence.language == "library")
}

/// The page's name: its file name without `.md`.
pub fn name(path: &str) -> &str {
    let file = path.rsplit(['/', '\\']).next().unwrap_or(path);
    file.strip_suffix(".md").unwrap_or(file)
}

fn read(page: &Page) -> Result<Option<Entry>, Vec<PageError>> {
    let name = name(&page.path);
    let error = |message: String| vec![PageError::new(page.path.clone(), 1, message)];
    let entry = match (is_rule(page), is_library(page)) {
        (true, true) => return Err(error("a page is a rule's or a library's, not both".to_owned())),
        (true, false) => Entry::Rule(Box::new(heads::parse(name, page)?)),
        (false, true) => Entry::Library(Box::new(library(name, page)?)),
        (false, false) if name.eq_ignore_ascii_case("readme") || page.fences.is_empty() => return Ok(None),
        (false, false) => {
            return Err(error("the page has neither a `toml rule` nor a `library` fence".to_owned()));
        }
    };
    let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty() || !name.chars().all(is_plain) {
        return Err(error(format!("a page's name is lower-case words joined by `-`, not `{name}`")));
    }
    Ok(Some(entry))
}

/// Reads a library page.
pub fn library(name: &str, page: &Page) -> Result<Library, Vec<PageError>> {
    let mut library = grammar::empty_library(name, &page.path);
    library.title = page.title.clone();
    library.prose = page.prose.clone();
    let mut errors = Vec::new();
    for fence in &page.fences {
        if fence.language == "library" {
            errors.extend(grammar::parse_into(&mut library, &fence.body, fence.line));
        } else if fence.language == "toml" && fence.has("fix") {
            match heads::fix::parse(&page.path, fence) {
                Ok(fix) => library.fixes.push(fix),
                Err(more) => errors.extend(more),
            }
        } else if fence.language == "toml" && fence.has("values") {
            match heads::values(&page.path, fence) {
                Ok(values) => library.values.extend(values),
                Err(more) => errors.extend(more),
            }
        } else if fence.language == "template" {
            let name = fence.attributes.first().map_or("", |attribute| attribute.name.as_str());
            library.templates.push((name.into(), fence.body.clone()));
        }
    }
    let first = page.fences.iter().find(|fence| fence.language == "library").map_or(1, |fence| fence.line);
    if library.title.is_empty() {
        errors.push(PageError::new(page.path.clone(), 1, "the page has no `# Title`"));
    }
    if library.languages.is_empty() && !library.sql && errors.is_empty() {
        let message = "the page names no language; begin it with `language rust`, `language typescript` or `language sql`";
        errors.push(PageError::new(page.path.clone(), first, message));
    }
    if errors.is_empty() { Ok(library) } else { Err(errors) }
}

fn add_rule(book: &mut Book, rule: Rule, errors: &mut Vec<PageError>) {
    match book.rules.iter().find(|other| other.id == rule.id) {
        Some(other) => {
            let message = format!("rule `{}` is in the book already ({})", rule.id, other.path);
            errors.push(PageError::new(rule.path, 1, message));
        }
        None => book.rules.push(rule),
    }
}

fn add_library(book: &mut Book, library: Library, errors: &mut Vec<PageError>) {
    match book.libraries.iter().find(|other| other.name == library.name) {
        Some(other) => {
            let message = format!("library `{}` is in the book already ({})", library.name, other.path);
            errors.push(PageError::new(library.path, 1, message));
        }
        None => book.libraries.push(library),
    }
}

/// What pages say of each other. The embedded pages may name rules that are yet to be written; a test holds them to it.
fn check(book: &Book, names: &BTreeSet<String>, errors: &mut Vec<PageError>) {
    let all_read = errors.is_empty();
    errors.extend(unknown_rules(book, names).into_iter().filter(|error| !is_embedded(&error.path)));
    let ids: Vec<&str> = book.rules.iter().map(|rule| rule.id.as_str()).collect();
    for rule in &book.rules {
        let mut error = |message: String| errors.push(PageError::new(rule.path.clone(), 1, message));
        for name in rule.former.iter().filter(|name| ids.contains(&name.as_str())) {
            error(format!("`former`: `{name}` is a rule of its own"));
        }
        if refines_itself(book, rule) {
            error(format!("`refines` leads from `{}` back to it", rule.id));
        }
    }
    let types: BTreeSet<&str> =
        book.libraries.iter().flat_map(|library| &library.types).map(|fact| &*fact.name).collect();
    for library in &book.libraries {
        for fact in &library.types {
            if let Some(is) = fact.is.as_deref()
                && all_read
                && !types.contains(is)
            {
                let message = spell::unknown("type", is, types.iter().copied());
                errors.push(PageError::new(library.path.clone(), fact.line, message));
            }
        }
    }
}

fn is_embedded(path: &str) -> bool {
    embedded::PAGES.iter().any(|(embedded, _)| *embedded == path)
}

/// Rules that `refines` and fix templates name but `names` lacks.
fn unknown_rules(book: &Book, names: &BTreeSet<String>) -> Vec<PageError> {
    let mut errors = Vec::new();
    let ids: Vec<&str> = book.rules.iter().map(|rule| rule.id.as_str()).collect();
    let unknown = |name: &str| spell::unknown("rule", name, ids.iter().copied());
    for rule in &book.rules {
        for name in rule.refines.iter().filter(|name| !names.contains(name.as_str())) {
            errors.push(PageError::new(rule.path.clone(), 1, format!("`refines`: {}", unknown(name))));
        }
    }
    for library in &book.libraries {
        for fix in &library.fixes {
            for name in fix.rules.iter().filter(|name| !names.contains(name.as_str())) {
                errors.push(PageError::new(library.path.clone(), fix.line, unknown(name)));
            }
        }
    }
    errors
}

/// Names of rules that pages mention but nobody wrote.
pub fn missing_rules(book: &Book) -> Vec<PageError> {
    unknown_rules(book, &book.rules.iter().map(|rule| rule.id.to_string()).collect())
}

fn refines_itself(book: &Book, rule: &Rule) -> bool {
    let by_id: BTreeMap<&str, &Rule> = book.rules.iter().map(|rule| (rule.id.as_str(), rule)).collect();
    let mut seen = BTreeSet::new();
    let mut open: Vec<&str> = rule.refines.iter().map(|name| name.as_str()).collect();
    while let Some(id) = open.pop() {
        if id == rule.id {
            return true;
        }
        if let Some(next) = by_id.get(id).filter(|_| seen.insert(id)) {
            open.extend(next.refines.iter().map(|name| name.as_str()));
        }
    }
    false
}

/// The Markdown files of a folder such as `.toctou/`, sorted, with what could not be read. Paths
/// are written as given.
pub fn read_folder(folder: &Path) -> (Vec<(String, String)>, Vec<PageError>) {
    let mut pages = Vec::new();
    let mut errors = Vec::new();
    for entry in walkdir::WalkDir::new(folder).max_depth(8).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let path = error.path().unwrap_or(folder).display().to_string();
                errors.push(PageError::new(path, 1, "cannot be read"));
                continue;
            }
        };
        let path = entry.path();
        if !path.is_file() || path.extension().is_none_or(|extension| extension != "md") {
            continue;
        }
        let shown = path.to_string_lossy().replace('\\', "/");
        match std::fs::read_to_string(path) {
            Ok(text) => pages.push((shown, text)),
            Err(error) => errors.push(PageError::new(shown, 1, format!("cannot be read: {error}"))),
        }
    }
    (pages, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(path: &str, extra: &str) -> (String, String) {
        let head = "level = \"note\"\nmessage = \"m\"\ncheck = \"look row\"\nact = \"change row\"\n";
        (path.to_owned(), format!("# T\n\n```toml rule\n{head}{extra}```\n"))
    }

    fn library(path: &str, lines: &str) -> (String, String) {
        (path.to_owned(), format!("# T\n\n```library\n{lines}```\n"))
    }

    fn errors(pages: Vec<(String, String)>) -> Vec<String> {
        load_pages(pages).1.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn pages_are_told_apart_by_their_fences() {
        let readme = ("README.md".to_owned(), "# Pages\n\n```sh\nls\n```\n".to_owned());
        let pages = vec![
            rule("x/b-rule.md", "refines = \"a-rule\"\n"),
            rule("a-rule.md", ""),
            library("my-library.md", "language rust\ntype A: new A\ntype B is A\nf(x): x fresh\n"),
            readme,
        ];
        let (book, errors) = load_pages(pages);
        assert_eq!(errors, []);
        assert_eq!((book.rules[0].id.as_str(), book.libraries[0].calls.len()), ("a-rule", 1));
    }

    #[test]
    fn what_pages_say_of_each_other_is_checked() {
        let fix = "rule = \"a-rul\"\nact = \"a\"\nbecomes = \"b\"\ntitle = \"c\"\n";
        let mut with_fix = library("l.md", "language rust\ntype B is C\n");
        with_fix.1.push_str(&format!("\n```toml fix\n{fix}```\n"));
        let pages = vec![
            rule("a-rule.md", "refines = [\"b-rule\", \"c-rule\"]\n"),
            rule("b-rule.md", "refines = \"a-rule\"\n"),
            rule("x/b-rule.md", ""),
            with_fix,
            library("m.md", "f(x): x fresh\n"),
            rule("Bad_Name.md", ""),
        ];
        assert_eq!(
            errors(pages),
            [
                "Bad_Name.md:1: a page's name is lower-case words joined by `-`, not `Bad_Name`",
                "a-rule.md:1: `refines` leads from `a-rule` back to it",
                "a-rule.md:1: `refines`: unknown rule `c-rule`, did you mean `a-rule`?",
                "b-rule.md:1: `refines` leads from `b-rule` back to it",
                "l.md:9: unknown rule `a-rul`, did you mean `a-rule`?",
                "m.md:4: the page names no language; begin it with `language rust`, `language typescript` or `language sql`",
                "x/b-rule.md:1: rule `b-rule` is in the book already (b-rule.md)",
            ]
        );
    }

    #[test]
    fn a_type_is_like_a_known_one() {
        let pages = vec![library("l.md", "language rust\ntype A\ntype B is C\n")];
        assert_eq!(errors(pages), ["l.md:6: unknown type `C`, did you mean `A`?"]);
    }

    #[test]
    fn the_embedded_book_is_right() {
        let errors = load(Vec::new()).err().unwrap_or_default();
        let lines: Vec<String> = errors.iter().map(ToString::to_string).collect();
        assert!(lines.is_empty(), "\n{}", lines.join("\n"));
    }
}
