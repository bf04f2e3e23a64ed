//! Looking at one open text, at what depends on it, and telling what was found.

use super::super::client::Settings;
use super::super::shown::{self, Shown};
use super::desk::Text;
use super::scan;
use super::time::Time;
use super::weigh::Scales;
use super::{Event, Files};
use crate::config::Flags;
use crate::discover;
use crate::engine::live::Live;
use crate::finding::Finding;
use crate::session;
use crate::source::{FileId, SourceFile, Sources};
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

/// So many files are examined before jobs are looked at again.
const AT_ONCE: usize = 8;

impl Time<'_, '_> {
    /// The most urgent thing: an open text, then what else is stale, then telling of it all.
    pub(super) fn do_next(&mut self) {
        let next = self.desk.texts.iter().find(|(_, text)| text.waits).map(|(uri, _)| uri.clone());
        if let Some(uri) = next {
            if !self.desk.assignment.is_told {
                self.read_rules_again();
            }
            return self.look_at(&uri);
        }
        if self.is_settled {
            return;
        }
        let stale = self.whole.as_ref().map(Live::stale).unwrap_or_default();
        if stale.is_empty() {
            return self.settle();
        }
        let chunk: Vec<FileId> = stale.into_iter().take(AT_ONCE).collect();
        let (knowledge, wide) = (self.knowledge, &self.desk.wide);
        if let Some(live) = &mut self.whole {
            let work = || wide.install(|| live.examine(&chunk, knowledge));
            if catch_unwind(AssertUnwindSafe(work)).is_err() {
                self.lose_whole(Path::new("the folder"));
            }
        }
    }

    /// Looks at one open text and tells what is in it.
    pub(super) fn look_at(&mut self, uri: &str) {
        let Some(text) = self.desk.texts.get_mut(uri) else { return };
        text.waits = false;
        let (path, was_new) = (text.path.clone(), text.is_new);
        text.is_new = false;
        let has_crashed = self.desk.crashed.get(uri).is_some_and(|crashed| *crashed == text.text);
        let found = if has_crashed {
            None
        } else {
            catch_unwind(AssertUnwindSafe(|| self.found_in(uri, was_new))).unwrap_or_else(|_| {
                self.crash(uri, &path);
                None
            })
        };
        let Some(text) = self.desk.texts.get(uri) else { return };
        let shown = match found {
            Some((id, findings, sources)) => self.shown(text, id, findings, &sources),
            None => {
                let mut sources = Sources::default();
                let source = SourceFile::new(text.spelled.clone(), text.text.to_string());
                let id = sources.add(source);
                self.shown(text, id, Vec::new(), &Arc::new(sources))
            }
        };
        self.desk.has_told = true;
        let _ = self.desk.events.send(Event::Text { uri: uri.to_owned(), shown: Arc::new(shown) });
        self.tell_troubles();
    }

    /// The findings of what the text belongs to, and its number there.
    fn found_in(&mut self, uri: &str, is_new: bool) -> Option<(FileId, Vec<Finding>, Arc<Sources>)> {
        let text = self.desk.texts.get(uri)?;
        let (knowledge, flags) = (self.knowledge, flags(&self.settings));
        #[cfg(test)]
        assert!(!text.text.contains("PANIC FOR A TEST"), "as a test asks");
        let place = self.whole.as_ref().and_then(|live| live.file(&text.spelled));
        if let (Some(id), Some(live)) = (place, &mut self.whole) {
            if !text.only_moves {
                live.edit(id, &text.text, text.is_settled, knowledge);
                self.desk.quick.install(|| live.examine(&[id], knowledge));
                self.is_settled = false;
            }
        } else if is_new || !self.alone.contains_key(uri) {
            let configs = &self.configs;
            let folder = self.desk.folder();
            let read = || scan::alone(&text.path, &text.text, folder, knowledge, configs, &flags);
            let live = self.desk.quick.install(read)?;
            self.alone.insert(uri.to_owned(), live);
        } else if let (false, Some(live)) = (text.only_moves, self.alone.get_mut(uri)) {
            live.edit(FileId(0), &text.text, text.is_settled, knowledge);
            self.desk.quick.install(|| live.examine(&[FileId(0)], knowledge));
        }
        let id = place.unwrap_or(FileId(0));
        let live = if place.is_some() { self.whole.as_ref()? } else { self.alone.get(uri)? };
        let base = self.desk.base();
        Some((id, self.scales(&base).weigh_file(live, id), Arc::new(live.sources().clone())))
    }

    fn scales<'s>(&'s self, base: &'s Path) -> Scales<'s> {
        Scales {
            base,
            configs: &self.configs,
            book: &self.book,
            flags: flags(&self.settings),
            baseline: self.baseline.as_ref(),
        }
    }

    fn shown(&self, text: &Text, file: FileId, findings: Vec<Finding>, sources: &Arc<Sources>) -> Shown {
        Shown {
            base: self.desk.base(),
            version: Some(text.version),
            path: text.path.clone(),
            file,
            findings,
            current: shown::current(&sources.file(file).text, &text.text),
            sources: sources.clone(),
            book: self.book.clone(),
        }
    }

    /// Tells of everything: nothing waits.
    fn settle(&mut self) {
        self.is_settled = true;
        let Some(live) = &self.whole else { return };
        let sources = Arc::new(live.sources().clone());
        let mut by_file: BTreeMap<FileId, Vec<Finding>> = BTreeMap::new();
        let base = self.desk.base();
        for finding in self.scales(&base).weigh(live) {
            by_file.entry(finding.act.span.file).or_default().push(finding);
        }
        let internal: Vec<String> = live
            .problems()
            .into_iter()
            .filter(|problem| problem.message.starts_with(session::INTERNAL))
            .map(|problem| format!("{}: {}", problem.path.display(), problem.message))
            .collect();
        for (uri, text) in &self.desk.texts {
            let Some(id) = live.file(&text.spelled) else { continue };
            let shown = self.shown(text, id, by_file.get(&id).cloned().unwrap_or_default(), &sources);
            let _ = self.desk.events.send(Event::Text { uri: uri.clone(), shown: Arc::new(shown) });
        }
        let files: Files = by_file
            .into_iter()
            .map(|(file, findings)| {
                let path = base.join(&sources.file(file).path);
                let (book, sources) = (self.book.clone(), sources.clone());
                let (base, current) = (base.clone(), None);
                let shown =
                    Shown { version: None, path: path.clone(), base, file, findings, sources, book, current };
                (path, Arc::new(shown))
            })
            .collect();
        for message in internal {
            self.desk.say(true, message);
        }
        self.desk.has_told = true;
        let folder = self.desk.assignment.number;
        let _ = self.desk.events.send(Event::Settled { folder, files: Arc::new(files) });
        self.tell_troubles();
    }

    /// A text made the analysis panic: it is told once and not tried again.
    fn crash(&mut self, uri: &str, path: &Path) {
        let Some(text) = self.desk.texts.get(uri) else { return };
        self.desk.crashed.insert(uri.to_owned(), text.text.clone());
        let is_part = self.whole.as_ref().is_some_and(|live| live.file(&text.spelled).is_some());
        self.alone.remove(uri);
        if is_part {
            self.lose_whole(path);
        } else {
            self.say_of_crash(path);
        }
    }

    /// What was being edited may be half done: the folder is read again.
    pub(super) fn lose_whole(&mut self, path: &Path) {
        self.whole = None;
        self.scan_again = true;
        self.say_of_crash(path);
    }

    pub(super) fn say_of_crash(&mut self, path: &Path) {
        let path = discover::shown(path);
        let message =
            format!("{}: {}the analysis panicked; please report it", path.display(), session::INTERNAL);
        self.desk.say(true, message);
    }
}

fn flags(settings: &Settings) -> Flags {
    Flags { pedantic: settings.pedantic, ..Flags::default() }
}
