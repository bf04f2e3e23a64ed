//! The text of a `library` fence turned into the calls, types and facts it states.
//!
//! ```ebnf
//! page   = { line NEWLINE } ;  (* "#" comments; indented lines continue the line above *)
//! line   = fact | type | call ;
//! fact   = "format" "1"
//!        | "language" ("rust" | "typescript" | "sql") { … }
//!        | "module" (NAME ["@" RANGE]) { … }
//!        | "dialect" NAME
//!        | "callback" slot {slot}       (* what a last function argument receives *)
//!        | "raised" slot {slot}         (* where the CODE of `throws CODE` stands *)
//!        | "attests" NAME NAME
//!        | "macro" SET ("expressions" | "arms" | "format" | "text" | "skip")
//!        | "lexicon" NAME ATOM {ATOM} ;
//! type   = "type" NAME ["is" NAME] [":" [maker {"," maker}] {"named" SET | "pooled"}] ;
//! maker  = ["new"] path ["()"] ;
//! call   = ["entry" | "new"] path "(" [param {"," param}] ")" ["in" STRING] ":" clause {";" clause} ;
//! path   = (SET | "*" | "{" NAME "}") {"." (SET | "{" NAME "}")} ["!"] ;  (* "::" is "." *)
//! param  = ["..."] NAME ["{" NAME {"," NAME} "}"] ;
//! clause = (event | value | "invokes" slot "(" [slots] ")" {REGION} | "flushes" | REGION {REGION}) ["if" ["not"] test] ;
//! event  = (VERB NOUN | "sql") "(" slots ")" {mod} ;
//! mod    = "[" NAME {NAME} "]" [cond] | ("sets" | "on" | "isolation") slot | TRAIT ["(" slot ")"] [cond]
//!        | ("absent" | "fails" | "affected") "=" code {"or" code} | "while" slot [cond]
//!        | "during" slot ["(" [NAME {"," NAME}] ")"] ;
//! code   = ("throws" [SET] | "null" | "true" | "false" | "fine" | "[" "]" | NUMBER | slot) ["at" slot] [cond] ;
//! value  = slot (("same-as" slot) | ("part-of" slot {slot}) | ("field-of" slot slot) | ADJECTIVE) ;
//! cond   = ("when" | "unless") test ;
//! test   = slot [("in" | "has") SET] ;
//! slots  = slot {"," slot} ;
//! slot   = root {"." (NAME | "*")} | "map" "(" slot "," NAME "," NAME ")" ;
//! root   = NAME | STRING | "receiver" | "result" | "error" | "chain" "." NAME ;
//! ```
//!
//! `result field-of receiver column` is the field of the receiver that `column` names, or counts from 0.
//! `fails` of a look says that it is refused where nothing that it needs is around it: a locking look without a transaction.
//! `sets` of a look is the selection of columns that it asks for. A `SET` is words joined by `|`; a word of a set may be a STRING. A NAME that begins a slot is
//! a parameter of the line, a `{name}` of its target, or a parameter of the callback that the
//! same clause's `during` names; any other word is an error, not a silent literal. In a `throws`
//! code, `A|B` is short for `throws A or throws B`.

mod call;
mod clause;
mod lexer;
mod slot;

use super::api::{Api, Library, MacroGrammar, Module, Slot, TypeFact};
use super::spell;
use crate::page::PageError;
use crate::program::{Language, Name};
use lexer::{Token, TokenKind};

/// SQL dialects a page may name.
pub const DIALECTS: &[&str] =
    &["postgres", "mysql", "sqlite", "mssql", "clickhouse", "oracle", "snowflake", "bigquery", "generic"];

const FACTS: &[&str] =
    &["format", "language", "module", "dialect", "callback", "raised", "attests", "macro", "lexicon", "type"];

/// Adds what the fence's lines say to `library`; gives one error for each line that is wrong.
/// `first_line` is the page's line on which `body` begins.
pub fn parse_into(library: &mut Library, body: &str, first_line: u32) -> Vec<PageError> {
    let mut errors = Vec::new();
    for logical in lexer::logical_lines(body, first_line) {
        if let Err(problem) = parse_line(library, &logical) {
            errors.push(PageError::new(library.path.clone(), problem.line, problem.message));
        }
    }
    errors
}

/// A page that says nothing yet.
pub fn empty_library(name: &str, path: &str) -> Library {
    Library {
        name: name.into(),
        title: String::new(),
        languages: Vec::new(),
        sql: false,
        modules: Vec::new(),
        dialect: None,
        callback: Vec::new(),
        raised: Vec::new(),
        attests: Vec::new(),
        macros: Vec::new(),
        lexicons: Vec::new(),
        types: Vec::new(),
        calls: Vec::new(),
        fixes: Vec::new(),
        templates: Vec::new(),
        values: Vec::new(),
        prose: String::new(),
        path: path.to_owned(),
    }
}

/// What is wrong with a line, and where.
#[derive(Debug)]
struct Problem {
    line: u32,
    message: String,
}

type Parsed<T> = Result<T, Problem>;

fn parse_line(library: &mut Library, logical: &lexer::Logical) -> Parsed<()> {
    let words = logical.words();
    let first = words.first().map_or("", |(word, _)| *word);
    if !FACTS.contains(&first) {
        let tokens = lexer::tokens(logical)?;
        let api: Api = call::parse(&tokens, logical.line)?;
        library.calls.push(api);
        return Ok(());
    }
    let rest = words.get(1..).unwrap_or_default();
    let problem = |message: String| Problem { line: logical.line, message };
    let Some((word, _)) = rest.first() else {
        return Err(problem(format!("`{first}` is followed by nothing")));
    };
    match first {
        "format" if *word == "1" && rest.len() == 1 => {}
        "format" => {
            return Err(problem(format!("format `{word}` is not known, this program reads format 1")));
        }
        "language" => languages(library, rest)?,
        "module" => library.modules.extend(rest.iter().map(|(word, _)| module(word))),
        "dialect" if DIALECTS.contains(word) && rest.len() == 1 => library.dialect = Some((*word).into()),
        "dialect" => return Err(problem(spell::unknown("dialect", word, DIALECTS.iter().copied()))),
        "callback" => library.callback = plain_slots(logical)?,
        "raised" => library.raised.extend(plain_slots(logical)?),
        "attests" => match rest {
            [(proven, _), (written, _)] => library.attests.push(((*proven).into(), (*written).into())),
            _ => return Err(problem("`attests` takes two fields, the proven and the written".to_owned())),
        },
        "macro" => macros(library, rest, logical.line)?,
        "lexicon" if rest.len() > 1 => {
            let list = rest.iter().skip(1).map(|(word, _)| Name::from(*word)).collect::<Vec<_>>();
            match library.lexicons.iter_mut().find(|(name, _)| name == word) {
                Some((_, words)) => words.extend(list),
                None => library.lexicons.push(((*word).into(), list)),
            }
        }
        "lexicon" => return Err(problem(format!("lexicon `{word}` lists no words"))),
        _ => {
            let fact: TypeFact = call::parse_type(&lexer::tokens(logical)?, logical.line)?;
            library.types.push(fact);
        }
    }
    Ok(())
}

fn languages(library: &mut Library, words: &[(&str, u32)]) -> Parsed<()> {
    for (word, line) in words {
        let language = match *word {
            "rust" => Language::Rust,
            "typescript" => Language::TypeScript,
            "sql" => {
                library.sql = true;
                continue;
            }
            _ => {
                let message = spell::unknown("language", word, ["rust", "typescript", "sql"]);
                return Err(Problem { line: *line, message });
            }
        };
        if !library.languages.contains(&language) {
            library.languages.push(language);
        }
    }
    Ok(())
}

/// `name@range`; the `@` that begins a scope is part of the name.
fn module(word: &str) -> Module {
    let made = |name: &str, versions| {
        let path = name.split("::").map(Name::from).collect();
        Module { name: name.into(), path, versions }
    };
    match word.char_indices().skip(1).find(|(_, c)| *c == '@') {
        Some((at, _)) => made(&word[..at], Some(word[at + 1..].to_owned())),
        None => made(word, None),
    }
}

fn macros(library: &mut Library, words: &[(&str, u32)], line: u32) -> Parsed<()> {
    let [(names, _), (grammar, _)] = words else {
        return Err(Problem {
            line,
            message: "`macro` takes names joined by `|` and one grammar".to_owned(),
        });
    };
    let grammar = match *grammar {
        "expressions" => MacroGrammar::Expressions,
        "arms" => MacroGrammar::Arms,
        "format" => MacroGrammar::Format,
        "text" => MacroGrammar::Text,
        "skip" => MacroGrammar::Skip,
        _ => {
            let message =
                spell::unknown("macro grammar", grammar, ["expressions", "arms", "format", "text", "skip"]);
            return Err(Problem { line, message });
        }
    };
    library.macros.extend(names.split('|').map(|name| (name.trim_end_matches('!').into(), grammar)));
    Ok(())
}

/// Slots that stand outside a call line: only `error`, `result` and `receiver` are there.
fn plain_slots(logical: &lexer::Logical) -> Parsed<Vec<Slot>> {
    let tokens = lexer::tokens(logical)?;
    let mut cursor = Cursor { tokens: tokens.get(1..).unwrap_or_default(), at: 0, line: logical.line };
    let scope = slot::Scope::default();
    let mut slots = Vec::new();
    while !cursor.is_done() {
        slots.push(slot::parse(&mut cursor, &scope)?);
        cursor.eat(TokenKind::Comma);
    }
    Ok(slots)
}

/// Reads tokens from left to right.
struct Cursor<'a> {
    tokens: &'a [Token],
    at: usize,
    /// The line to blame at the end.
    line: u32,
}

impl<'a> Cursor<'a> {
    fn peek(&self) -> Option<&'a TokenKind> {
        self.tokens.get(self.at).map(|token| &token.kind)
    }

    fn peek_at(&self, ahead: usize) -> Option<&'a TokenKind> {
        self.tokens.get(self.at + ahead).map(|token| &token.kind)
    }

    /// The next token if it is a word.
    fn peek_word(&self) -> Option<&'a str> {
        match self.peek() {
            Some(TokenKind::Word(word)) => Some(word),
            _ => None,
        }
    }

    fn is_done(&self) -> bool {
        self.at >= self.tokens.len()
    }

    fn eat(&mut self, kind: TokenKind) -> bool {
        let is_next = self.peek() == Some(&kind);
        self.at += usize::from(is_next);
        is_next
    }

    fn eat_word(&mut self, word: &str) -> bool {
        let is_next = self.peek_word() == Some(word);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, kind: TokenKind, place: &str) -> Parsed<()> {
        if self.peek() == Some(&kind) {
            self.at += 1;
            return Ok(());
        }
        Err(self.problem(format!("expected {} {place}, found {}", kind.show(), self.show_next())))
    }

    fn word(&mut self, what: &str) -> Parsed<&'a str> {
        match self.peek_word() {
            Some(word) => {
                self.at += 1;
                Ok(word)
            }
            None => Err(self.problem(format!("expected {what}, found {}", self.show_next()))),
        }
    }

    /// Words or strings joined by `|`.
    fn set(&mut self, what: &str) -> Parsed<Vec<Name>> {
        let mut names = Vec::new();
        loop {
            match self.peek() {
                Some(TokenKind::Word(word) | TokenKind::String(word)) => {
                    names.push(Name::from(word.as_str()))
                }
                _ => return Err(self.problem(format!("expected {what}, found {}", self.show_next()))),
            }
            self.at += 1;
            if !self.eat(TokenKind::Bar) {
                return Ok(names);
            }
        }
    }

    fn show_next(&self) -> String {
        self.peek().map_or_else(|| "the end of the line".to_owned(), TokenKind::show)
    }

    fn problem(&self, message: String) -> Problem {
        let token = self.tokens.get(self.at).or(self.tokens.last());
        Problem { line: token.map_or(self.line, |token| token.line), message }
    }

    /// A problem with the token just read.
    fn problem_before(&self, message: String) -> Problem {
        let token = self.at.checked_sub(1).and_then(|at| self.tokens.get(at));
        Problem { line: token.map_or(self.line, |token| token.line), message }
    }
}

#[cfg(test)]
mod tests;
