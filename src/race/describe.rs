//! Says in the user's own words what a value or a call is.

use super::Races;
use crate::book::words::Noun;
use crate::finding::Subject;
use crate::program::Literal;
use crate::scene::event::{EventId, Recognition};
use crate::scene::value::{FrameId, Piece, Term, ValueId};
use crate::source::Span;

/// The longest quotation of code in a message, in characters.
const LONGEST: usize = 60;

impl Races<'_> {
    /// Code as written, on one line, shortened.
    pub(crate) fn quote(&self, span: Span) -> String {
        shorten(self.sources.slice(span))
    }

    /// A call by its head: `prisma.user.update(…)`.
    pub(super) fn quote_call(&self, id: EventId) -> String {
        self.quote_head(self.event(id).span)
    }

    /// The call by which the function where events come together reaches one of them: a base class
    /// that every caller shares says nothing of what is looked at.
    pub(super) fn quote_from(&self, id: EventId, meeting: FrameId) -> String {
        self.quote_head(self.shown(id, meeting))
    }

    fn quote_head(&self, span: Span) -> String {
        let text = self.sources.slice(span);
        let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.replace(" .", ".").replace("( ", "(");
        if text.chars().count() <= LONGEST {
            return format!("`{}`", text.replace('`', "'"));
        }
        // The last call of a chain says what happens; its arguments may be left out.
        let head = match text.find('(') {
            Some(at) if at < LONGEST => format!("{}(…)", &text[..at]),
            _ => shorten(&text),
        };
        format!("`{}`", head.replace('`', "'").trim_matches('`'))
    }

    /// What an event is about: a path, a row of a table, a key.
    pub(super) fn resource(&self, id: EventId) -> String {
        let event = self.event(id);
        let key = |at: usize| event.resource.keys.get(at).map(|key| self.value(*key, 0));
        let quoted = |text: Option<String>, what: &str| match text {
            Some(text) if !text.is_empty() => format!("`{text}`"),
            _ => what.to_string(),
        };
        match event.resource.noun {
            Noun::File | Noun::Directory => quoted(key(0), "the file"),
            Noun::Row => match self.event(id).resource.keys.first().and_then(|table| self.table_text(*table))
            {
                Some(table) => format!("the `{table}` row"),
                None => "the row".to_string(),
            },
            Noun::Key | Noun::Object => quoted(key(1).or(key(0)), "the key"),
            Noun::State | Noun::Entry | Noun::Atomic => quoted(key(0), "the shared state"),
            Noun::Lock => quoted(key(0), "the lock"),
            Noun::Delivery => "the delivery".to_string(),
            Noun::Outside => quoted(key(0), "the outside"),
            Noun::Handle => "the open file".to_string(),
            Noun::Transaction => "the transaction".to_string(),
            Noun::Session => "the session".to_string(),
        }
    }

    /// What a finding is about, for those who declare something about it.
    pub(super) fn subject(&self, act: EventId, events: &[EventId]) -> Subject {
        let resource = &self.event(act).resource;
        let key = |at: usize| resource.keys.get(at).map(|key| self.value(*key, 0));
        let text = match resource.noun {
            Noun::Row => {
                resource.keys.first().and_then(|table| self.table_text(*table)).map(|table| table.to_string())
            }
            Noun::Key | Noun::Object => key(1).or(key(0)),
            _ => key(0),
        };
        let named = |id: &EventId| self.event(*id).recognition <= Recognition::Named;
        let text = text.unwrap_or_default();
        Subject { noun: resource.noun, text, by_name: events.iter().any(named) }
    }

    /// A value as code would name it; empty if nothing telling is known.
    pub(super) fn value(&self, id: ValueId, depth: u32) -> String {
        let values = &self.scene.values;
        if depth > 4 {
            return "…".to_string();
        }
        let text = match values.term(id) {
            Term::Literal(Literal::Text(text) | Literal::Number(text)) => text.to_string(),
            Term::Literal(_) => String::new(),
            Term::Template(pieces) => pieces
                .iter()
                .map(|piece| match piece {
                    Piece::Text(text) => text.to_string(),
                    Piece::Value(value) => format!("{{{}}}", self.value(*value, depth + 1)),
                })
                .collect(),
            Term::Param(file, local) | Term::Place(file, local) | Term::This(file, local) => {
                self.project.unit(*file).program.locals[local.0 as usize].name.to_string()
            }
            Term::Load { base, field, .. } => {
                let base = self.value(*base, depth + 1);
                if base.is_empty() { field.to_string() } else { format!("{base}.{field}") }
            }
            Term::Held { of, .. } => return self.value(*of, depth),
            Term::Global(global) => global.path.last().unwrap_or(&global.module).to_string(),
            Term::Join(parts) => {
                let parts: Vec<String> = parts.iter().map(|part| self.value(*part, depth + 1)).collect();
                parts.join("/")
            }
            Term::Call { .. } if depth > 0 && !self.scene.names.contains_key(&id) => {
                self.scene.calls.get(&id).map(|call| format!("{}()", call.name)).unwrap_or_default()
            }
            _ => String::new(),
        };
        if text.is_empty()
            && let Some(name) = self.scene.names.get(&id)
        {
            return name.to_string();
        }
        shorten(&text)
    }
}

pub(super) fn shorten(text: &str) -> String {
    let text: String = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('`', "'");
    if text.chars().count() <= LONGEST {
        return text;
    }
    let kept: String = text.chars().take(LONGEST - 1).collect();
    format!("{kept}…")
}
