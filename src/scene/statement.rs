//! SQL texts to events: what each statement does to rows, locks and transactions.

use super::CallInfo;
use super::arguments::Site;
use super::build::Builder;
use super::event::{Answer, Condition, EventId, Hold, OutcomeKind, Resource};
use super::recognize::Recognised;
use super::value::{FrameId, Piece, Slot as Entry, Term, ValueId};
use crate::book::api::{EventClause, HeldWhile, Library, Root, What};
use crate::book::words::{Noun, Trait, Verb, Verbs};
use crate::program::{Literal, Name};
use crate::source::Span;
use crate::sql::{self, Access, Comparator, ConflictAction, Dialect, Inner, Kind, LockStrength, Operand};

impl Builder<'_> {
    /// The events of every statement of a call's SQL text.
    pub(super) fn sql_events(
        &mut self,
        frame: FrameId,
        site: &mut Site<'_>,
        found: &Recognised<'_>,
        clause: &EventClause,
    ) {
        let Some((text, behind)) = self.sql_text(site, clause) else { return };
        let values = clause.slots.get(1).and_then(|slot| self.slot(site, slot));
        let chosen = self.chosen_texts(text);
        if chosen.is_empty() {
            return self.statements(frame, site, found, clause, (text, values, behind));
        }
        for input in chosen {
            let values = values.map(|values| self.chosen_with(values, &input.conditions));
            let told = (input.value, values, behind.clone());
            self.on_ways(frame, &input.conditions, &mut |builder| {
                builder.statements(frame, site, found, clause, told.clone());
            });
        }
    }

    /// The events of one text's statements.
    fn statements(
        &mut self,
        frame: FrameId,
        site: &mut Site<'_>,
        found: &Recognised<'_>,
        clause: &EventClause,
        (text, values, behind): (ValueId, Option<ValueId>, Vec<ValueId>),
    ) {
        let Some((pieces, holes)) = self.sql_pieces(text) else { return };
        let mut placeholders = behind;
        placeholders.extend(self.placeholders(values, &holes));
        let borrowed: Vec<sql::Piece<'_>> = pieces
            .iter()
            .map(|piece| match piece {
                Ok(text) => sql::Piece::Text(text),
                Err(hole) => sql::Piece::Hole(*hole),
            })
            .collect();
        let statements = sql::read(&borrowed, dialect(found.line.library));
        let text = self.texts.get(&text).copied();
        let parameters = Parameters { holes, placeholders, named: values, text };
        for (at, statement) in statements.iter().enumerate() {
            for call in &statement.calls {
                self.sql_call(frame, site, found, clause, call, &parameters);
            }
            match &statement.kind {
                Kind::Access(accesses) => {
                    for access in accesses {
                        self.access(frame, site, found, clause, access, &parameters);
                    }
                }
                Kind::Begin { isolation, immediate } => {
                    let id = self.control(frame, site, found, clause, Verb::Take);
                    if let Some(id) = id {
                        let event = &mut self.events[id.0 as usize];
                        event.isolation = isolation.or(event.isolation);
                        if *immediate {
                            event.isolation = Some(crate::book::words::Isolation::Serializable);
                        }
                        // One text goes over one connection.
                        if statements[at..].iter().any(|later| matches!(later.kind, Kind::Commit)) {
                            event.traits = event.traits.without(Trait::Pooled);
                        }
                    }
                }
                Kind::Commit | Kind::Rollback { to: None } => {
                    self.control(frame, site, found, clause, Verb::Release);
                }
                Kind::SetIsolation { isolation, .. } => self.set_isolation(*isolation),
                Kind::LockTable { tables, shared } => {
                    self.lock_tables(frame, site, found, clause, tables, *shared)
                }
                Kind::Rollback { to: Some(_) }
                | Kind::Savepoint(_)
                | Kind::ReleaseSavepoint(_)
                | Kind::UnlockTables
                | Kind::Other => {}
            }
        }
    }

    /// The SQL text, and arguments that stand behind it in an earlier call of the chain:
    /// `query_as!(Row, "…", id)`.
    fn sql_text(&mut self, site: &Site<'_>, clause: &EventClause) -> Option<(ValueId, Vec<ValueId>)> {
        let slot = clause.slots.first()?;
        let value = self.slot(site, slot)?;
        let Root::Chain(name) = &slot.root else { return Some((value, Vec::new())) };
        let info = self.chain(site.call.receiver?).into_iter().rfind(|info| info.name == *name)?;
        let at = info.args.iter().position(|arg| self.looks_like_sql(*arg))?;
        Some((info.args[at], info.args[at + 1..].to_vec()))
    }

    /// The text with its holes, and the values in them; `None` if nothing of it is known.
    #[allow(clippy::type_complexity)]
    pub(super) fn sql_pieces(&mut self, text: ValueId) -> Option<(Vec<Result<Name, usize>>, Vec<ValueId>)> {
        let mut holes = Vec::new();
        let pieces = match self.values.term(text).clone() {
            Term::Literal(Literal::Text(text)) => vec![Ok(text)],
            Term::Template(pieces) => pieces
                .into_iter()
                .map(|piece| match piece {
                    Piece::Text(text) => Ok(text),
                    Piece::Value(value) => {
                        holes.push(value);
                        Err(holes.len() - 1)
                    }
                })
                .collect(),
            Term::Record { .. } => {
                let inner = ["text", "sql"].iter().find_map(|name| self.values.entry(text, name))?;
                return self.sql_pieces(inner);
            }
            _ => return None,
        };
        Some((pieces, holes))
    }

    /// The values of numbered placeholders, in order.
    fn placeholders(&mut self, values: Option<ValueId>, holes: &[ValueId]) -> Vec<ValueId> {
        let _ = holes;
        let Some(values) = values else { return Vec::new() };
        let mut list = match self.values.term(values).clone() {
            Term::Record { entries, .. } => entries.into_iter().map(|(_, value)| value).collect(),
            Term::Literal(_) => Vec::new(),
            _ => vec![values],
        };
        // `query(text, [values])` through a rest parameter: the list inside the list.
        if let [only] = list.as_slice()
            && let Term::Record { entries, .. } = self.values.term(*only).clone()
            && entries
                .iter()
                .all(|(slot, _)| matches!(slot, Entry::Named(name) if name.parse::<u32>().is_ok()))
        {
            list = entries.into_iter().map(|(_, value)| value).collect();
        }
        list
    }

    fn operand(&mut self, operand: &Operand, parameters: &Parameters) -> Option<ValueId> {
        match operand {
            Operand::Placeholder(at) => parameters.placeholders.get(*at).copied(),
            Operand::Hole(at) => parameters.holes.get(*at).copied(),
            Operand::Named(name) => {
                let values = parameters.named?;
                self.values.entry(values, name)
            }
            Operand::Literal(text) if text == "null" => Some(self.values.literal(Literal::Null)),
            Operand::Literal(text) => Some(self.values.text(text)),
            Operand::List(list) => {
                let parts: Vec<ValueId> =
                    list.iter().filter_map(|part| self.operand(part, parameters)).collect();
                (!parts.is_empty()).then(|| self.values.number(Term::Mix(parts)))
            }
            Operand::Expression { operands, .. } => {
                let parts: Vec<ValueId> =
                    operands.iter().filter_map(|part| self.operand(part, parameters)).collect();
                (!parts.is_empty()).then(|| self.values.number(Term::Mix(parts)))
            }
            Operand::Column(_) | Operand::Subquery => None,
        }
    }

    fn sql_conditions(&mut self, conditions: &[sql::Condition], parameters: &Parameters) -> Vec<Condition> {
        conditions
            .iter()
            .map(|condition| {
                let equal = matches!(condition.comparator, Comparator::Equal | Comparator::IsNull);
                let value = match condition.comparator {
                    Comparator::IsNull => Some(self.values.literal(Literal::Null)),
                    _ => self.operand(&condition.operand, parameters),
                };
                let either = condition.comparator == Comparator::Either;
                let of = Condition::new(condition.column.clone(), equal, value);
                Condition { aside: either, either, ..of }
            })
            .collect()
    }

    /// Whether a text is more than a column's name.
    pub(super) fn is_phrase(&self, text: ValueId) -> bool {
        let spaced = |text: &Name| text.trim().contains(char::is_whitespace) || text.contains(['=', '?']);
        match self.values.term(text) {
            Term::Literal(Literal::Text(text)) => spaced(text),
            Term::Template(pieces) => {
                pieces.iter().any(|piece| matches!(piece, Piece::Text(text) if spaced(text)))
            }
            _ => false,
        }
    }

    /// `.where("wallet.id = :id", { id })`: what a builder's call says in SQL.
    pub(super) fn written_conditions(&mut self, info: &CallInfo, resource: &mut Resource) {
        let Some((pieces, holes)) = info.args.first().and_then(|text| self.sql_pieces(*text)) else { return };
        let named = info.args.get(1).copied();
        let placeholders = self.placeholders(named, &holes);
        let mut text = vec![sql::Piece::Text("SELECT * FROM there WHERE ")];
        text.extend(pieces.iter().map(|piece| match piece {
            Ok(text) => sql::Piece::Text(text),
            Err(hole) => sql::Piece::Hole(*hole),
        }));
        let parameters = Parameters { holes, placeholders, named, text: None };
        let statements = sql::read(&text, Dialect::Generic);
        let accesses = statements.iter().find_map(|statement| match &statement.kind {
            Kind::Access(accesses) => accesses.first(),
            _ => None,
        });
        let Some(access) = accesses else {
            resource.whole = false;
            return;
        };
        resource.whole &= access.whole;
        let mut found = self.sql_conditions(&access.conditions, &parameters);
        found.extend(access.mentioned.iter().map(|column| Condition::new(column.clone(), false, None)));
        for mut condition in found {
            if let Some((_, column)) = condition.column.rsplit_once('.') {
                condition.column = Name::from(column);
            }
            resource.conditions.push(condition);
        }
    }

    fn access(
        &mut self,
        frame: FrameId,
        site: &mut Site<'_>,
        found: &Recognised<'_>,
        clause: &EventClause,
        access: &Access,
        parameters: &Parameters,
    ) {
        let table = match access.table.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) {
            Some(hole) => {
                let at = hole.parse::<usize>().ok();
                match at.and_then(|at| parameters.holes.get(at).copied()) {
                    Some(value) => value,
                    None => return,
                }
            }
            None => self.values.text(&access.table),
        };
        let mut conditions = self.sql_conditions(&access.conditions, parameters);
        for column in &access.mentioned {
            conditions.push(Condition::new(column.clone(), false, None));
        }
        // What an inner selection tested may be stale by the time the row changes.
        if access.inner == Inner::Unlocked {
            conditions.retain(|condition| condition.column == "id");
        }
        let resource =
            Resource { noun: Noun::Row, keys: vec![table], conditions, whole: access.whole, by_id: None };
        let plain = EventClause { verb: access.verb, noun: Noun::Row, sets: None, ..clause.clone() };
        let Some(id) = self.push_event(frame, site, found.how, found.line.library, &plain, resource) else {
            return;
        };
        let mut sets = Vec::new();
        let mut relative = false;
        for assignment in &access.assigned {
            relative |= assignment.relative;
            let value = match self.operand(&assignment.operand, parameters) {
                Some(value) if !assignment.relative => value,
                _ => self.values.unknown(),
            };
            sets.push((assignment.column.clone(), value));
        }
        let event = &mut self.events[id.0 as usize];
        event.sets = sets;
        event.answers = access.answers.clone();
        let renamed = access.renamed.iter();
        event.renamed =
            renamed.map(|(name, column)| (name.clone(), Answer::Column(column.clone()))).collect();
        event.text = parameters.text.filter(|text| !event.span.contains(*text));
        if matches!(access.verb, Verb::Read | Verb::Count)
            && let Some(columns) = &access.columns
        {
            event.fields.extend(columns.iter().cloned());
        }
        if relative {
            event.traits = event.traits.with(Trait::Relative);
        }
        if let Some(conflict) = &access.conflict {
            event.traits = match &conflict.action {
                // Whether it was there shows in the count: a claim if that is tested.
                ConflictAction::Nothing => event.traits.with(Trait::Exclusive),
                ConflictAction::Update { .. } | ConflictAction::Replace => {
                    event.traits.with(Trait::Idempotent)
                }
            };
        }
        if access.unless_exists {
            event.traits = event.traits.with(Trait::Conditional);
        }
        // A statement that only looks is never refused as a duplicate.
        if Verbs::LOOK.has(event.verb) {
            event.fails.clear();
        }
        // A count of nothing is a row as well.
        if event.verb == Verb::Count {
            event.absent.retain(|outcome| {
                !outcome.path.is_empty()
                    || !matches!(outcome.kind, OutcomeKind::Throws(_) | OutcomeKind::Null)
            });
        }
        if let Some(lock) = access.lock
            && matches!(access.verb, Verb::Read | Verb::Exists | Verb::Count)
        {
            event.hold = Some(Hold::Transaction);
            if matches!(lock.strength, LockStrength::Share | LockStrength::KeyShare) {
                event.traits = event.traits.with(Trait::Shared);
            }
        }
        if access.inner == Inner::Locked {
            event.traits = event.traits.with(Trait::Conditional);
        }
    }

    /// `BEGIN`, `COMMIT`, `ROLLBACK`: the transaction of this call's client.
    fn control(
        &mut self,
        frame: FrameId,
        site: &mut Site<'_>,
        found: &Recognised<'_>,
        clause: &EventClause,
        verb: Verb,
    ) -> Option<EventId> {
        let client = match &clause.on {
            Some(slot) => self.slot(site, slot),
            None => site.call.receiver,
        }?;
        let keys = vec![client];
        let resource = Resource::plain(Noun::Transaction, keys);
        let plain =
            EventClause { verb, noun: Noun::Transaction, sets: None, held: Vec::new(), ..clause.clone() };
        let id = self.push_event(frame, site, found.how, found.line.library, &plain, resource)?;
        let pooled = self.is_pooled(client, found.line.library);
        let event = &mut self.events[id.0 as usize];
        if pooled {
            event.traits = event.traits.with(Trait::Pooled);
        }
        event.hold = (verb == Verb::Take).then_some(Hold::Explicit);
        Some(id)
    }

    /// The client's type on its page says that each call may use another connection.
    pub(super) fn is_pooled(&self, client: ValueId, library: &Library) -> bool {
        let mut best: Option<(super::event::Recognition, bool)> = None;
        for fact in &library.types {
            if let Some(how) = self.has_type(client, library, &fact.name)
                && best.is_none_or(|(known, _)| how > known)
            {
                best = Some((how, fact.pooled));
            }
        }
        best.is_some_and(|(_, pooled)| pooled)
    }

    fn set_isolation(&mut self, isolation: crate::book::words::Isolation) {
        let open = self.events.iter_mut().rev().find(|event| {
            event.verb == Verb::Take && event.resource.noun == Noun::Transaction && event.hold.is_some()
        });
        if let Some(event) = open {
            event.isolation = Some(isolation);
        }
    }

    fn lock_tables(
        &mut self,
        frame: FrameId,
        site: &mut Site<'_>,
        found: &Recognised<'_>,
        clause: &EventClause,
        tables: &[Name],
        shared: bool,
    ) {
        for table in tables {
            let keys = vec![self.values.text(table)];
            let resource = Resource::plain(Noun::Lock, keys);
            let plain = EventClause { verb: Verb::Take, noun: Noun::Lock, sets: None, ..clause.clone() };
            if let Some(id) = self.push_event(frame, site, found.how, found.line.library, &plain, resource) {
                let event = &mut self.events[id.0 as usize];
                event.hold = Some(Hold::Transaction);
                if shared {
                    event.traits = event.traits.with(Trait::Shared);
                }
            }
        }
    }

    /// A SQL function that a page knows: `SELECT pg_advisory_lock($1)`.
    fn sql_call(
        &mut self,
        frame: FrameId,
        site: &mut Site<'_>,
        found: &Recognised<'_>,
        outer: &EventClause,
        call: &sql::Call,
        parameters: &Parameters,
    ) {
        let Some(line) = self.knowledge.functions.get(&call.function).copied() else { return };
        let arguments: Vec<ValueId> = call
            .arguments
            .iter()
            .map(|argument| match self.operand(argument, parameters) {
                Some(value) => value,
                None => self.values.unknown(),
            })
            .collect();
        for clause in &line.api.clauses {
            let What::Event(event) = &clause.what else { continue };
            // The key is all arguments that are there, as one value.
            let keys = match arguments.as_slice() {
                [] => vec![self.values.text("")],
                [only] => vec![*only],
                several => vec![self.values.number(Term::Mix(several.to_vec()))],
            };
            let resource = Resource::plain(event.noun, keys);
            let plain = EventClause {
                on: outer.on.clone(),
                slots: Vec::new(),
                sets: None,
                during: None,
                held: Vec::new(),
                ..event.clone()
            };
            let Some(id) = self.push_event(frame, site, found.how, found.line.library, &plain, resource)
            else {
                continue;
            };
            let client = self.events[id.0 as usize].client;
            let through = if outer.on.is_some() { client } else { site.call.receiver };
            let pooled = through.is_some_and(|through| self.is_pooled(through, found.line.library));
            let made = &mut self.events[id.0 as usize];
            made.hold = match (event.held.first(), event.verb) {
                (Some((HeldWhile::Transaction, _)), _) => Some(Hold::Transaction),
                (Some((HeldWhile::Session, _)), _) => Some(Hold::Session),
                (_, Verb::Take) => Some(Hold::Explicit),
                _ => None,
            };
            if pooled {
                made.traits = made.traits.with(Trait::Pooled);
            }
            made.client = client;
        }
    }
}

/// Values that a text's placeholders stand for.
struct Parameters {
    holes: Vec<ValueId>,
    placeholders: Vec<ValueId>,
    named: Option<ValueId>,
    /// Where the text stands.
    text: Option<Span>,
}

fn dialect(library: &Library) -> Dialect {
    match library.dialect.as_deref() {
        Some("postgres") => Dialect::Postgres,
        Some("mysql") => Dialect::MySql,
        Some("sqlite") => Dialect::Sqlite,
        Some("mssql") => Dialect::MsSql,
        _ => Dialect::Generic,
    }
}
