//! The keys of a head and of its `also` forms turned into shapes.

use super::table::{Entry, Table, Value};
use super::{Reader, select};
use crate::book::rule::{Form, Predicate, Select, Shape};
use crate::book::words::{
    Found, Founds, Freshness, Guard, Guards, Level, Link, Links, Region, Regions, Relation, Relations,
    Window, Windows,
};

/// Every key of a shape.
pub(super) const KEYS: &[&str] = &[
    "check", "act", "link", "relation", "window", "found", "first", "then", "tie", "effect", "record",
    "event", "lacks", "key", "data", "once", "inside", "outside", "on", "outcome", "error", "answer",
    "before", "safe",
];

const PREDICATES: &[&str] = &["lacks", "key", "data", "once", "inside", "outside", "on", "outcome", "error"];

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Pair,
    Order,
    Chain,
    Misuse,
    Obligation,
}

impl Kind {
    fn text(self) -> &'static str {
        match self {
            Kind::Pair => "pair",
            Kind::Order => "order",
            Kind::Chain => "chain",
            Kind::Misuse => "misuse",
            Kind::Obligation => "obligation",
        }
    }

    /// The keys a form of this shape may have.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Kind::Pair => &["check", "act", "link", "relation", "window", "found", "inside"],
            Kind::Order => &["first", "then", "tie"],
            Kind::Chain => &["check", "effect", "record", "tie"],
            Kind::Misuse => &[
                "event", "tie", "lacks", "key", "data", "once", "inside", "outside", "on", "outcome", "error",
            ],
            Kind::Obligation => &["event", "answer", "before"],
        }
    }

    fn required(self) -> &'static [&'static str] {
        match self {
            Kind::Pair => &["check", "act"],
            Kind::Order => &["first", "then"],
            Kind::Chain => &["check", "effect"],
            Kind::Misuse => &["event"],
            Kind::Obligation => &["event", "answer"],
        }
    }

    fn default_safe(self) -> Guards {
        match self {
            Kind::Pair => Guards::of(&[
                Guard::Exclusive,
                Guard::Conditional,
                Guard::Handled,
                Guard::Held,
                Guard::Rechecked,
                Guard::Claimed,
                Guard::Private,
            ]),
            Kind::Order => Guards::of(&[Guard::Together, Guard::Settled, Guard::Held, Guard::Private]),
            Kind::Chain => Guards::of(&[Guard::Claimed, Guard::Once, Guard::Held, Guard::Private]),
            Kind::Misuse | Kind::Obligation => Guards::EMPTY,
        }
    }
}

/// The head's form and its `also` forms.
pub(super) fn forms(head: &Table, reader: &mut Reader) -> Vec<Form> {
    let kind = kind(head, None);
    let mut forms: Vec<Form> = form(head, kind, None, reader.head_line, reader).into_iter().collect();
    let Some(also) = head.get("also") else { return forms };
    let items = match &also.value {
        Value::List(items) => items.as_slice(),
        one => std::slice::from_ref(one),
    };
    for item in items {
        match item {
            Value::Table(table) => {
                reader.known_keys(table, false);
                let also_kind = self::kind(table, Some(kind));
                let inherited = if also_kind == kind { Some(head) } else { None };
                forms.extend(form(table, also_kind, inherited, also.line, reader));
            }
            other => {
                let message = format!("`also` holds tables `{{ act = \"…\" }}`, not {}", other.kind());
                reader.error(also.line, message);
            }
        }
    }
    forms
}

/// The shape that the keys tell; `head` is the shape of the head above an `also` form.
fn kind(table: &Table, head: Option<Kind>) -> Kind {
    if table.has(&["answer", "before"]) {
        Kind::Obligation
    } else if table.has(&["first", "then"]) {
        Kind::Order
    } else if table.has(&["effect", "record"]) {
        Kind::Chain
    } else if table.has(&["act", "link", "relation", "window", "found"]) {
        Kind::Pair
    } else if head == Some(Kind::Obligation) && table.has(&["event"]) && !table.has(PREDICATES) {
        Kind::Obligation
    } else if table.has(&["event"]) || (table.has(PREDICATES) && head != Some(Kind::Pair)) {
        Kind::Misuse
    } else {
        head.unwrap_or(Kind::Pair)
    }
}

/// What stands in a form, or in the head it inherits from.
struct Source<'a> {
    own: &'a Table,
    head: Option<&'a Table>,
}

impl<'a> Source<'a> {
    fn get(&self, key: &str) -> Option<&'a Entry> {
        self.own.get(key).or_else(|| self.head?.get(key))
    }
}

fn form(table: &Table, kind: Kind, head: Option<&Table>, line: u32, reader: &mut Reader) -> Option<Form> {
    let source = Source { own: table, head };
    let mut complete = true;
    for entry in table.entries.iter().filter(|entry| KEYS.contains(&entry.key.as_str())) {
        if entry.key != "safe" && !kind.keys().contains(&entry.key.as_str()) {
            reader.error(entry.line, format!("`{}` does not belong to the shape {}", entry.key, kind.text()));
            complete = false;
        }
    }
    for key in kind.required() {
        if source.get(key).is_none() {
            reader.error(line, format!("the shape {} lacks `{key}`", kind.text()));
            complete = false;
        }
    }
    if !complete {
        return None;
    }
    let safe = match source.get("safe") {
        Some(entry) => guards(entry, reader),
        None => kind.default_safe(),
    };
    let level = source.own.get("level").filter(|_| head.is_some() || !source.own.has(&["also", "message"]));
    let level = level.and_then(|entry| reader.word(entry, Level::ALL, Level::parse));
    Some(Form { shape: shape(kind, &source, reader), level, safe })
}

fn guards(entry: &Entry, reader: &mut Reader) -> Guards {
    if matches!(&entry.value, Value::Text(text) if text == "none") {
        return Guards::EMPTY;
    }
    Guards::of(&reader.words(entry, Guard::ALL, Guard::parse))
}

fn shape(kind: Kind, source: &Source, reader: &mut Reader) -> Shape {
    let some = |reader: &mut Reader, key| selects(source, key, reader).unwrap_or_default();
    match kind {
        Kind::Pair => Shape::Pair {
            check: some(reader, "check"),
            act: some(reader, "act"),
            link: source.get("link").map_or(Links::of(&[Link::Control, Link::Filter]), |entry| {
                Links::of(&reader.words(entry, Link::ALL, Link::parse))
            }),
            relation: source.get("relation").map_or(Relations::of(&[Relation::Same]), |entry| {
                Relations::of(&reader.words(entry, Relation::ALL, Relation::parse))
            }),
            window: source.get("window").map_or(Windows::of(&[Window::Statements]), |entry| {
                Windows::of(&reader.words(entry, Window::ALL, Window::parse))
            }),
            found: source.get("found").map_or(Founds::of(Found::ALL), |entry| {
                Founds::of(&reader.words(entry, Found::ALL, Found::parse))
            }),
            inside: source.get("inside").map_or(Regions::EMPTY, |entry| regions(entry, reader)),
        },
        Kind::Order => Shape::Order {
            first: some(reader, "first"),
            then: some(reader, "then"),
            tie: tie(source, reader),
        },
        Kind::Chain => Shape::Chain {
            check: some(reader, "check"),
            effect: some(reader, "effect"),
            record: selects(source, "record", reader),
            tie: tie(source, reader),
        },
        Kind::Misuse => Shape::Misuse {
            event: some(reader, "event"),
            predicates: predicates(source, reader),
            tie: tie(source, reader),
        },
        Kind::Obligation => Shape::Obligation {
            event: some(reader, "event"),
            answer: some(reader, "answer"),
            before: selects(source, "before", reader),
        },
    }
}

fn selects(source: &Source, key: &str, reader: &mut Reader) -> Option<Vec<Select>> {
    let entry = source.get(key)?;
    let mut selects = Vec::new();
    for text in reader.texts(entry) {
        match select::parse(&text) {
            Ok(select) => selects.push(select),
            Err(message) => reader.error(entry.line, format!("`{key}`: {message}")),
        }
    }
    if selects.is_empty() && reader.errors.is_empty() {
        reader.error(entry.line, format!("`{key}` is empty"));
    }
    Some(selects)
}

fn tie(source: &Source, reader: &mut Reader) -> Option<Select> {
    let mut selects = selects(source, "tie", reader)?;
    if selects.len() > 1 {
        reader.error(reader.head_line, "`tie` is one select".to_owned());
    }
    selects.pop()
}

fn regions(entry: &Entry, reader: &mut Reader) -> Regions {
    Regions::of(&reader.words(entry, Region::ALL, Region::parse))
}

fn predicates(source: &Source, reader: &mut Reader) -> Vec<Predicate> {
    let mut found = Vec::new();
    for key in PREDICATES {
        let Some(entry) = source.get(key) else { continue };
        let fresh = |reader: &mut Reader| reader.word(entry, Freshness::ALL, Freshness::parse);
        match *key {
            "lacks" => {
                for text in reader.texts(entry) {
                    match select::feature(&text) {
                        Ok(feature) => found.push(Predicate::Lacks(feature)),
                        Err(message) => reader.error(entry.line, format!("`lacks`: {message}")),
                    }
                }
            }
            "key" => found.extend(fresh(reader).map(Predicate::Key)),
            "data" => found.extend(fresh(reader).map(Predicate::Data)),
            "once" => found.extend(fresh(reader).map(Predicate::Once)),
            "inside" => found.push(Predicate::Inside(regions(entry, reader))),
            "outside" => found.push(Predicate::Outside(regions(entry, reader))),
            "on" => found.extend(reader.word(entry, &["outer"], only_outer).map(|_| Predicate::OnOuter)),
            "outcome" => {
                let word = reader.word(entry, &["ignored", "misread"], outcome);
                found.extend(word.map(|word| {
                    if word == "ignored" { Predicate::OutcomeIgnored } else { Predicate::OutcomeMisread }
                }));
            }
            _ => found.extend(reader.word(entry, &["misread"], misread).map(|_| Predicate::ErrorMisread)),
        }
    }
    found
}

fn only_outer(word: &str) -> Option<&'static str> {
    (word == "outer").then_some("outer")
}

fn outcome(word: &str) -> Option<&'static str> {
    ["ignored", "misread"].into_iter().find(|known| *known == word)
}

fn misread(word: &str) -> Option<&'static str> {
    (word == "misread").then_some("misread")
}
