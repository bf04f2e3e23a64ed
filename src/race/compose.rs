//! Words and labels of findings: the last thing an analysis does, and the first a reader sees.

use super::pair::Pair;
use super::{Candidate, Races};
use crate::book::api::Applicability;
use crate::book::rule::{Form, Rule};
use crate::book::words::{Found, Founds, Level, Noun, Verb};
use crate::finding::{Confidence, Finding, Fix, Interleaving, Label, LabelRole, Turn};
use crate::program::Name;
use crate::scene::event::{Event, EventId};
use crate::scene::value::FrameId;
use crate::source::Span;
use crate::template;

/// What a shape's matcher found, in terms of events.
pub(super) struct Parts<'p> {
    pub(super) rule: &'p Rule,
    pub(super) form: &'p Form,
    /// The act and everything that confidence depends on, the act last.
    pub(super) events: Vec<EventId>,
    pub(super) act: EventId,
    /// Where the act is shown instead of at its own call: the outermost place in the root's file.
    pub(super) labels: Vec<Label>,
    /// Values of message holes.
    pub(super) holes: Vec<(&'static str, String)>,
    pub(super) fields: Vec<Name>,
    pub(super) maybe: bool,
    pub(super) turns: Vec<Turn>,
    pub(super) actors: [String; 2],
    pub(super) notes: Vec<String>,
    pub(super) drop: u32,
    /// At most this sure, whatever the events say.
    pub(super) most: Confidence,
}

impl Races<'_> {
    pub(super) fn pair_finding(&self, rule: &Rule, form: &Form, pair: &Pair) -> Candidate {
        let (check, act) = (pair.check, pair.act);
        let mut labels =
            vec![Label { role: LabelRole::Check, span: self.event(check).span, text: self.check_text(pair) }];
        // The branch that asks for what is written, rather than the last one before the act.
        let asking = self.decision_on(check, act, &pair.fields, &pair.decided);
        if let Some(span) = asking.or(pair.decided.decision.clone()).and_then(|decision| decision.span)
            && !span.contains(self.event(check).span)
            && span.file == self.event(act).span.file
        {
            labels.push(Label { role: LabelRole::Decision, span, text: "this decides".to_string() });
        }
        labels.extend(self.done_twice(check, act));
        if let Some(span) = pair.window {
            labels.push(Label { role: LabelRole::Window, span, text: "others can run here".to_string() });
        }
        for hold in &pair.ineffective {
            labels.push(Label { role: LabelRole::Guard, span: hold.span, text: hold.why.clone() });
        }
        let fields = if pair.fields.is_empty() {
            String::new()
        } else {
            pair.fields.iter().map(|field| format!("`{field}`")).collect::<Vec<_>>().join(", ")
        };
        let meeting = self.meeting(&[check, act]);
        let turns = self.pair_turns(pair, meeting);
        let drop = if pair.mild { 2 } else { u32::from(pair.ineffective.iter().any(|hold| hold.local)) };
        let mut candidate = self.finding(Parts {
            rule,
            form,
            events: vec![check, act],
            act,
            labels,
            holes: vec![
                ("act", self.quote_from(act, meeting)),
                ("check", self.quote_from(check, meeting)),
                ("resource", self.resource(act)),
                ("fields", fields),
                ("window", if pair.window.is_some() { "an await".to_string() } else { String::new() }),
            ],
            fields: pair.fields.clone(),
            maybe: pair.maybe,
            turns,
            actors: ["one run".to_string(), "another".to_string()],
            notes: pair.ineffective.iter().map(|hold| hold.why.clone()).collect(),
            drop,
            most: self.at_most(&[check, act]),
        });
        candidate.finding.fixes = self.fixes(rule, act, Some(check), Some(pair));
        if let Some(refused) = &pair.refused {
            refused.tell(&mut candidate.finding);
        }
        candidate
    }

    /// What both runs do between look and act, and ought to be done once.
    fn done_twice(&self, look: EventId, act: EventId) -> Option<Label> {
        let (from, to) = (self.event(look), self.event(act));
        if !matches!(to.resource.noun, Noun::Row | Noun::Key | Noun::Object) {
            return None;
        }
        let (first, last) = (from.at.block as usize, to.at.block as usize);
        let between = |at: usize| {
            self.flow.dominates(first, at)
                && (at == last || self.follows(at, last))
                && self.follows(first, at)
        };
        let span = self.effects_beside(act, &between).find(|span| span.file == to.span.file)?;
        Some(Label { role: LabelRole::Effect, span, text: "both runs do this".to_string() })
    }

    /// What the act's library page offers instead. `first` is the event that leads to the act, and
    /// `pair` how, where that is a look.
    fn fixes(&self, rule: &Rule, act: EventId, first: Option<EventId>, pair: Option<&Pair>) -> Vec<Fix> {
        let event = self.event(act);
        let mut libraries = self.knowledge.book.libraries.iter();
        let Some(library) = libraries.find(|library| library.name == event.library) else {
            return Vec::new();
        };
        let here = |span: &Span| span.file == event.span.file;
        let first = first.map(|first| self.event(first).span).filter(here);
        let condition =
            pair.and_then(|pair| pair.decided.decision.as_ref()).and_then(|decision| decision.span);
        let window = first.filter(|first| first.end <= event.span.start);
        let mut branches = Vec::new();
        for decision in self.decisions(event.at.block).iter().filter(|decision| !decision.raises) {
            let span = decision.span.filter(here);
            let lies_between = |span: &Span| {
                window.is_some_and(|first| first.start <= span.start && span.end <= event.span.start)
            };
            branches.extend(span.filter(lies_between).map(|span| (span, decision.outcome)));
        }
        let moved = pair.is_some_and(|pair| self.is_changed_between(pair));
        let subject = template::Act {
            file: self.sources.file(event.span.file),
            rule: &rule.id,
            span: event.span,
            found: pair.map_or(Founds::EMPTY, |pair| pair.decided.found),
            check: first.zip(condition),
            first,
            branches,
            fields: pair.map_or(&[], |pair| pair.decided.names.as_slice()),
            moved,
        };
        let mut fixes = template::fixes(library, &subject);
        if pair.is_some_and(|pair| !self.acts_where_it_looked(pair)) {
            // Others call that function, too, and they have looked at nothing.
            for fix in &mut fixes {
                fix.applicability = Applicability::Sketch;
            }
        }
        fixes
    }

    /// Whether the act stands in the function that looked, or that called what looked, or in a
    /// closure in there: not in a function that is called with what was found.
    fn acts_where_it_looked(&self, pair: &Pair) -> bool {
        let (check, act) = (self.event(pair.check), self.event(pair.act));
        let frame = |id: FrameId| self.scene.frames.get(id.0 as usize);
        let function = |id: FrameId| {
            let frame = frame(id)?;
            self.project.unit(frame.file).program.functions.get(frame.function.0 as usize)
        };
        let mut looks = vec![check.span];
        let mut caller = frame(check.frame).and_then(|frame| frame.caller);
        while let Some((id, call)) = caller {
            looks.push(call);
            caller = frame(id).and_then(|frame| frame.caller);
        }
        let acting = function(act.frame).is_some_and(|own| looks.iter().any(|look| own.span.contains(*look)));
        acting || function(check.frame).is_some_and(|own| own.span.contains(act.span))
    }

    /// Whether another statement between look and act changes a field that decided: that it is as it
    /// was holds no longer, whoever else is at work.
    fn is_changed_between(&self, pair: &Pair) -> bool {
        let (check, act) = (self.event(pair.check), self.event(pair.act));
        let place = |event: &Event| event.resource.keys.first().map(|key| self.canon(*key));
        self.scene.events.iter().enumerate().any(|(at, event)| {
            at != pair.act.0 as usize
                && matches!(event.verb, Verb::Update | Verb::Write)
                && event.resource.noun == act.resource.noun
                && place(event) == place(act)
                && (event.sets.is_empty()
                    || event.sets.iter().any(|(field, _)| pair.decided.names.contains(field)))
                && self.before(check.at, event.at)
                && self.before(event.at, act.at)
        })
    }

    fn check_text(&self, pair: &Pair) -> String {
        let found = pair.decided.found;
        if found == Founds::of(&[Found::Absent]) {
            "looked up here: absent".to_string()
        } else if !pair.fields.is_empty() {
            let fields: Vec<String> = pair.fields.iter().map(|field| format!("`{field}`")).collect();
            format!("looked up here: {}", fields.join(", "))
        } else if found == Founds::of(&[Found::Present]) && pair.decided.names.is_empty() {
            "looked up here: present".to_string()
        } else {
            "looked up here".to_string()
        }
    }

    fn pair_turns(&self, pair: &Pair, meeting: FrameId) -> Vec<Turn> {
        let (check, act) = (self.event(pair.check), self.event(pair.act));
        let saw = if pair.decided.found == Founds::of(&[Found::Absent]) {
            "finds it absent"
        } else if pair.decided.found == Founds::of(&[Found::Present]) {
            "finds it there"
        } else {
            "decides"
        };
        let look = format!("{} — {saw}", self.quote_from(pair.check, meeting));
        let change = self.quote_from(pair.act, meeting);
        let turn = |actor, text: &str, span: Span| Turn { actor, text: text.to_string(), span: Some(span) };
        vec![
            turn(0, &look, check.span),
            turn(1, &look, check.span),
            turn(1, &change, act.span),
            turn(0, &change, act.span),
        ]
    }

    pub(super) fn finding(&self, parts: Parts<'_>) -> Candidate {
        let Parts {
            rule,
            form,
            events,
            act,
            mut labels,
            holes,
            fields,
            maybe,
            turns,
            actors,
            notes,
            drop,
            most,
        } = parts;
        let confidence = self.confidence(&events, maybe).min(most);
        let base = form.level.unwrap_or(rule.level);
        let mut level = self.level(base, confidence, &events, &fields);
        for _ in 0..drop {
            level = super::level::down(level);
        }
        if base == Level::Off {
            level = Level::Off;
        }
        let message = fill(&rule.message, &holes);
        let cost = fill(&rule.cost, &holes);
        let inner = self.event(act).span;
        let meeting = self.meeting(&events);
        let span = self.shown(act, meeting);
        if span != inner {
            labels.push(Label { role: LabelRole::Act, span: inner, text: "acts here".to_string() });
        }
        if let Some(text) = self.event(act).text.filter(|text| text.file == span.file) {
            labels.push(Label { role: LabelRole::Act, span: text, text: "this statement".to_string() });
        }
        for event in &events {
            self.through(*event, meeting, span, &mut labels);
        }
        let fingerprint = self.fingerprint(rule, &events, (span != inner).then_some((meeting, span)));
        let finding = Finding {
            rule: rule.id.clone(),
            level,
            confidence,
            message,
            act: Label { role: LabelRole::Act, span, text: act_text(span == inner) },
            labels,
            interleaving: Interleaving { actors, steps: turns, cost },
            notes,
            fixes: self.fixes(rule, act, events.first().copied().filter(|first| *first != act), None),
            subject: self.subject(act, &events),
            fingerprint,
        };
        let root = &self.project.unit(self.scene.file).program.functions[self.scene.function.0 as usize];
        let own = root.span.contains(inner) || self.event(act).text.is_none();
        Candidate { finding, site: inner, own, refines: rule.refines.clone() }
    }

    /// Rule, path, function and the texts of the calls: what stays when lines move.
    fn fingerprint(&self, rule: &Rule, events: &[EventId], shown: Option<(FrameId, Span)>) -> String {
        let mut hasher = blake3::Hasher::new();
        // The name that the rule had first: a baseline outlives a new name.
        hasher.update(rule.former.first().unwrap_or(&rule.id).as_bytes());
        let places = events.iter().map(|id| (self.event(*id).frame, self.event(*id).span));
        for (frame, span) in places.chain(shown) {
            let frame = &self.scene.frames[frame.0 as usize];
            let unit = self.project.unit(frame.file);
            let function = &unit.program.functions[frame.function.0 as usize];
            hasher.update(unit.path.to_string_lossy().replace('\\', "/").as_bytes());
            hasher.update(b"\0");
            hasher.update(function.name.as_bytes());
            hasher.update(b"\0");
            let text: Vec<&str> = self.sources.slice(span).split_whitespace().collect();
            hasher.update(text.join(" ").as_bytes());
            hasher.update(b"\0");
        }
        hasher.finalize().to_hex()[..32].to_string()
    }
}

fn act_text(itself: bool) -> String {
    if itself { "acts here" } else { "acts inside this call" }.to_string()
}

/// Fills a message's holes; a hole without a value becomes nothing, and space closes over it.
pub(super) fn fill(template: &str, holes: &[(&'static str, String)]) -> String {
    let mut text = template.to_string();
    for (name, value) in holes {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    for name in ["act", "check", "resource", "effect", "record", "first", "then", "event", "fields", "window"]
    {
        text = text.replace(
            &format!("{{{name}}}"),
            match name {
                "fields" => "the same fields",
                "window" => "another task's turn",
                _ => "",
            },
        );
    }
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
