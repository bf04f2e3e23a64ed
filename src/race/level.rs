//! How loud a finding is: the rule's level, moved by stakes, certainty and place.

use super::Races;
use super::relation::fold;
use crate::book::words::Level;
use crate::finding::Confidence;
use crate::program::{FunctionId, Name};
use crate::scene::event::EventId;
use crate::source::FileId;

impl Races<'_> {
    /// The weakest of these events, one step down for keys that may be equal.
    pub(super) fn confidence(&self, events: &[EventId], maybe: bool) -> Confidence {
        let weakest = events.iter().map(|id| self.event(*id).recognition.confidence()).min();
        match (weakest.unwrap_or(Confidence::Low), maybe) {
            (Confidence::High, true) => Confidence::Medium,
            (Confidence::Medium, true) => Confidence::Low,
            (confidence, _) => confidence,
        }
    }

    /// Moves a base level.
    pub(super) fn level(
        &self,
        base: Level,
        confidence: Confidence,
        events: &[EventId],
        fields: &[Name],
    ) -> Level {
        let mut level = base;
        if confidence == Confidence::High && base == Level::Warning && self.is_contended(events, fields) {
            level = Level::Error;
        }
        match confidence {
            Confidence::High => {}
            Confidence::Medium => level = down(level),
            Confidence::Low => level = Level::Note.min(level),
        }
        if self.is_rough(events) {
            level = Level::Note.min(level);
        }
        level
    }

    pub(super) fn is_contended(&self, events: &[EventId], fields: &[Name]) -> bool {
        fields.iter().any(|field| {
            self.knowledge.is_word("contended", &fold(field)) || self.knowledge.in_lexicon("money", field)
        }) || events.iter().any(|id| {
            let words = self.resource_words(*id);
            words.iter().any(|word| self.knowledge.is_word("money", word))
        })
    }

    /// Tests, fixtures, scripts and generated code: a race there costs little.
    fn is_rough(&self, events: &[EventId]) -> bool {
        let Some(event) = events.last().map(|id| self.event(*id)) else { return false };
        let frame = &self.scene.frames[event.frame.0 as usize];
        let unit = self.project.unit(frame.file);
        if self.knowledge.is_rough(&unit.path)
            || self.knowledge.is_rough(&self.project.unit(self.scene.file).path)
        {
            return true;
        }
        let named = |file: FileId, function: FunctionId| {
            let function = &self.project.unit(file).program.functions[function.0 as usize];
            self.knowledge.is_for_trials(&function.name)
        };
        if named(frame.file, frame.function)
            || named(self.scene.file, self.scene.function)
            || self.is_migration(self.scene.file, self.scene.function)
        {
            return true;
        }
        let marks = unit.marks_around(frame.function);
        let marks = marks.chain(self.project.unit(self.scene.file).marks_around(self.scene.function));
        crate::knowledge::is_trial(marks)
    }
}

impl Races<'_> {
    /// One way of a change to a store that a tool makes once, beside the way back.
    fn is_migration(&self, file: FileId, function: FunctionId) -> bool {
        let functions = &self.project.unit(file).program.functions;
        let there = |way: &Name| functions.iter().any(|function| function.name == *way);
        self.knowledge.is_word("migrates", &functions[function.0 as usize].name)
            && self.knowledge.words_of("migrates").all(there)
    }
}

pub(super) fn down(level: Level) -> Level {
    match level {
        Level::Error => Level::Warning,
        Level::Warning | Level::Note => Level::Note,
        Level::Off => Level::Off,
    }
}
