//! A finding turned into a race test: one actor is held where it is about to act until the other is
//! done, and what both come to must be what they come to one after the other.
//!
//! The engine knows where the act stands, what leads to it and with which parameters; what a test
//! is made of, and what a parameter is given, are templates and values on library pages. Who comes
//! in between, and whether failing is the harm, stands in the head of the rule.

mod fill;
mod rust;
mod script;
mod site;
#[cfg(test)]
mod tests;

use crate::book::Book;
use crate::book::rule::Rule;
use crate::book::words::{Found, Noun, Rival};
use crate::finding::{Finding, LabelRole};
use crate::knowledge::Knowledge;
use crate::program::{Edition, Language};
use crate::source::{Sources, Span};
use crate::syntax::{self, Macros};
use site::{Param, Site};
use std::path::{Component, Path, PathBuf};

/// What is wanted of a race test.
#[derive(Debug, Clone, Default)]
pub struct Wish {
    /// The template of the framework; none: the first that the pages have.
    pub framework: Option<String>,
    /// Where the test will stand; none: beside the file under test.
    pub output: Option<PathBuf>,
    /// Of the code as the finding's rewrite leaves it.
    pub rewritten: bool,
}

/// A race test.
#[derive(Debug, Clone, PartialEq)]
pub struct Written {
    pub text: String,
    /// Where it stands, or should.
    pub path: PathBuf,
    /// What the user has to fill in, each in a few words.
    pub open: Vec<String>,
}

/// All that a test is made from.
struct Case<'a> {
    finding: &'a Finding,
    /// The act itself, which a helper may do for what the finding calls so.
    act: Span,
    rule: &'a Rule,
    book: &'a Book,
    knowledge: &'a Knowledge<'a>,
    sources: &'a Sources,
    site: Site<'a>,
    wish: &'a Wish,
    /// Of the file under test.
    path: &'a Path,
    text: &'a str,
}

/// Writes the race test of a finding; the error says why there can be none.
pub fn write(finding: &Finding, sources: &Sources, book: &Book, wish: &Wish) -> Result<Written, String> {
    let file = sources.file(finding.act.span.file);
    let language = syntax::language(&file.path).ok_or("the file is in no language that is read")?;
    let rule = book.rules.iter().find(|rule| rule.id == finding.rule).ok_or("the rule is not in the book")?;
    let program =
        syntax::lower(finding.act.span.file, &file.path, &file.text, Edition::default(), &Macros::default());
    let inner = finding.labels.iter().find(|label| label.role == LabelRole::Act);
    let act = inner.map_or(finding.act.span, |label| label.span);
    if act.file != finding.act.span.file {
        return Err("the act is a call in another file".to_owned());
    }
    let mut site = site::find(&program, &file.text, finding.act.span, act)?;
    let mut act = act;
    // A helper that cannot wait holds up both where they are tasks of one thread: they are held where it is called.
    if site.is_async && !site.act_is_async {
        act = finding.act.span;
        site = site::find(&program, &file.text, act, act)?;
    }
    let (knowledge, path, text) = (&Knowledge::new(book), &file.path, &file.text);
    let case = Case { act, finding, rule, book, knowledge, sources, site, wish, path, text };
    match language {
        Language::TypeScript => script::write(&case),
        Language::Rust => rust::write(&case),
    }
}

impl Case<'_> {
    /// Who comes in between; `None`: another run of the same code.
    fn rival(&self) -> Option<Rival> {
        let check = self.finding.labels.iter().find(|label| label.role == LabelRole::Check);
        let found = check.and_then(|check| Found::parse(check.text.rsplit(' ').next()?));
        self.rule.trial.rival(found)
    }

    /// Whether doing it twice is the harm, whatever it leaves behind: not where failing is, or somebody else comes.
    fn counts(&self) -> bool {
        self.is_file() && !self.rule.trial.failing_is_harm && self.rival().is_none()
    }

    fn is_file(&self) -> bool {
        matches!(self.finding.subject.noun, Noun::File | Noun::Directory)
    }

    /// Kept outside of the process, in a database or a server.
    fn is_stored(&self) -> bool {
        matches!(self.finding.subject.noun, Noun::Row | Noun::Key | Noun::Object | Noun::Delivery)
    }

    fn act(&self) -> &str {
        self.sources.slice(self.act)
    }

    /// A parameter as the values of the pages know it: what makes up the file's name is called after its part in it.
    fn named(&self, param: &Param) -> Param {
        let mut param = param.clone();
        let subject = &self.finding.subject.text;
        let parts: Vec<&str> = subject
            .split('/')
            .map(|part| part.trim_start_matches("self.").trim_start_matches("this."))
            .collect();
        if self.is_file()
            && let Some(at) = parts.iter().position(|part| *part == param.name)
        {
            param.name = if parts.len() == 1 {
                "in path"
            } else if at == 0 {
                "in folder"
            } else {
                "in name"
            }
            .to_owned();
        }
        param
    }

    /// The name of the file in the test's folder: as a literal of the function says, or any.
    fn file_name(&self) -> String {
        let is_name = |text: &&str| {
            let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'));
            plain && text.contains('.') && !text.starts_with("..") && text.len() < 40
        };
        let joined = self.finding.subject.text.rsplit('/').next().unwrap_or_default();
        if is_name(&joined) && self.site.body.contains(&format!("\"{joined}\"")) {
            return joined.to_owned();
        }
        let literals = self.site.body.split('"').skip(1).step_by(2);
        literals.filter(is_name).last().unwrap_or("file").to_owned()
    }

    /// The place of the act as the command line takes it.
    fn place(&self) -> String {
        let line = self.sources.file(self.finding.act.span.file).position(self.finding.act.span.start).line;
        format!("{}:{line}", self.path.display())
    }

    /// The code that the finding says others get in at.
    fn windows(&self) -> Vec<&str> {
        let windows = self.finding.labels.iter().filter(|label| label.role == LabelRole::Window);
        windows.map(|label| self.sources.slice(label.span)).collect()
    }

    /// Where the test stands: as wished, or beside the file.
    fn output(&self, ending: &str) -> PathBuf {
        self.wish.output.clone().unwrap_or_else(|| {
            let stem = self.path.file_stem().unwrap_or_default().to_string_lossy();
            self.path.with_file_name(format!("{stem}{ending}"))
        })
    }
}

/// The way from the folder of one file to another one, both relative to the same folder.
fn way(from: &Path, to: &Path) -> String {
    let plain = |path: &Path| -> Vec<String> {
        let parts = path.components().filter(|part| *part != Component::CurDir);
        parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect()
    };
    let (from, to) = (plain(from.parent().unwrap_or(Path::new(""))), plain(to));
    let same = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = std::iter::repeat_n("..".to_owned(), from.len() - same);
    let way: Vec<String> = up.chain(to.into_iter().skip(same)).collect();
    let way = way.join("/");
    if way.starts_with("..") { way } else { format!("./{way}") }
}

/// The message of a finding as a sentence in a comment.
fn fill_message(message: &str) -> String {
    let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut letters = message.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
