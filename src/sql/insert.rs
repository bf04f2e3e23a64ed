//! Turns the trees of INSERT, UPDATE, DELETE and MERGE into accesses.

use super::access::{Projection, Reader, Scope, Sources, assign, assignments, is_one, project};
use super::operand::{identifier, last};
use super::{Access, Assignment, Condition, Conflict, ConflictAction, Operand, operand};
use crate::book::words::Verb;
use crate::program::Name;
use sqlparser::ast::{self, Expr, SelectItem, SetExpr, TableObject, TableWithJoins};

impl Reader {
    /// What a changing statement does; `None` for any other statement.
    pub(super) fn change(&mut self, statement: &ast::Statement) -> Option<Access> {
        match statement {
            ast::Statement::Insert(insert) => self.insert(insert),
            ast::Statement::Update(update) => self.update(update),
            ast::Statement::Delete(delete) => self.delete(delete),
            ast::Statement::Merge(merge) => {
                let relation = merge.table.clone();
                let from = [TableWithJoins { relation, joins: Vec::new() }];
                let mut access = self.sources(&from)?.access;
                access.verb = Verb::Write;
                access.columns = Some(Vec::new());
                access.whole = false;
                Some(access)
            }
            _ => None,
        }
    }

    fn insert(&mut self, insert: &ast::Insert) -> Option<Access> {
        let TableObject::TableName(table) = &insert.table else { return None };
        let mut access = Access::new(Verb::Create, last(table));
        let mut scope = Scope::new(access.table.clone());
        if let Some(alias) = &insert.table_alias {
            scope.alias(identifier(&alias.alias));
        }
        if let Some(aliases) = &insert.insert_alias {
            scope.add(last(&aliases.row_alias), "excluded".into());
        }
        let columns: Vec<Name> = insert.columns.iter().map(last).collect();
        access.assigned = assignments(&insert.assignments, &scope);
        if let Some(source) = &insert.source {
            self.inserted(&mut access, &columns, source);
        }
        self.conflict(&mut access, insert, &scope);
        returning(&mut access, insert.returning.as_deref(), &scope);
        Some(access)
    }

    /// VALUES or SELECT.
    fn inserted(&mut self, access: &mut Access, columns: &[Name], source: &ast::Query) {
        let name = |at: usize| columns.get(at).cloned().unwrap_or_default();
        match &*source.body {
            SetExpr::Values(values) => {
                access.many = values.rows.len() > 1;
                let scope = Scope::new(access.table.clone());
                let first = values.rows.first().map(|row| &row.content);
                for (at, value) in first.into_iter().flatten().enumerate() {
                    access.assigned.push(assign(name(at), Some(value), &scope));
                }
            }
            SetExpr::Select(select) => {
                let sources = self.sources(&select.from);
                // The select's own columns are no columns of the row that is made.
                let scope = Scope::new(Name::default());
                for (at, item) in select.projection.iter().enumerate() {
                    let value = match item {
                        SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } => Some(expr),
                        _ => None,
                    };
                    let mut assignment = assign(name(at), value, &scope);
                    assignment.relative = false;
                    if let (Operand::Column(column), Some(from)) = (&mut assignment.operand, &sources)
                        && !column.contains('.')
                    {
                        *column = format!("{}.{column}", from.access.table).into();
                    }
                    access.assigned.push(assignment);
                }
                access.many = sources.is_some();
                if let Some(sources) = sources {
                    access.joined.push(sources.access.table.clone());
                    access.joined.extend(sources.access.joined);
                }
                if let Some(selection) = &select.selection {
                    let mut probe = Access::new(Verb::Create, access.table.clone());
                    self.restrict(&mut probe, &scope, selection);
                    access.unless_exists = probe.unless_exists;
                    if probe.unless_exists {
                        access.conditions = probe.conditions;
                        access.whole = probe.whole;
                    }
                    access.joined.extend(probe.joined);
                }
            }
            _ => {
                if let Some(selection) = self.query(source) {
                    access.joined.push(selection.table);
                }
            }
        }
    }

    fn conflict(&mut self, access: &mut Access, insert: &ast::Insert, scope: &Scope) {
        let or = insert.or.as_ref();
        let action = match &insert.on {
            Some(ast::OnInsert::DuplicateKeyUpdate(list)) => {
                Some((Vec::new(), self.replaced(access, list, None, scope)))
            }
            Some(ast::OnInsert::OnConflict(on)) => {
                let target = match &on.conflict_target {
                    Some(ast::ConflictTarget::Columns(columns)) => columns.iter().map(identifier).collect(),
                    Some(ast::ConflictTarget::OnConstraint(_)) | None => Vec::new(),
                };
                let action = match &on.action {
                    ast::OnConflictAction::DoNothing => ConflictAction::Nothing,
                    ast::OnConflictAction::DoUpdate(update) => {
                        self.replaced(access, &update.assignments, update.selection.as_ref(), scope)
                    }
                };
                Some((target, action))
            }
            _ if insert.ignore || matches!(or, Some(ast::SqliteOnConflict::Ignore)) => {
                Some((Vec::new(), ConflictAction::Nothing))
            }
            _ if insert.replace_into || matches!(or, Some(ast::SqliteOnConflict::Replace)) => {
                Some((Vec::new(), ConflictAction::Replace))
            }
            _ => None,
        };
        if let Some((target, action)) = action {
            if action != ConflictAction::Nothing {
                access.verb = Verb::Write;
            }
            access.conflict = Some(Conflict { target, action });
        }
    }

    /// What happens to the row that is there; `excluded.x` is the value meant for `x`.
    fn replaced(
        &mut self,
        access: &Access,
        list: &[ast::Assignment],
        selection: Option<&Expr>,
        scope: &Scope,
    ) -> ConflictAction {
        let mut assigned = assignments(list, scope);
        for assignment in &mut assigned {
            proposed(assignment, &access.assigned);
        }
        let mut probe = Access::new(Verb::Update, access.table.clone());
        if let Some(selection) = selection {
            self.restrict(&mut probe, scope, selection);
        }
        let conditions = probe.conditions.into_iter().map(|condition| Condition {
            operand: resolve(condition.operand, &access.assigned),
            ..condition
        });
        ConflictAction::Update { assigned, conditions: conditions.collect() }
    }

    fn update(&mut self, update: &ast::Update) -> Option<Access> {
        let from: &[TableWithJoins] = match &update.from {
            Some(ast::UpdateTableFromKind::BeforeSet(from) | ast::UpdateTableFromKind::AfterSet(from)) => {
                from
            }
            None => &[],
        };
        let tables: Vec<TableWithJoins> = std::iter::once(&update.table).chain(from).cloned().collect();
        let mut sources = self.sources(&tables)?;
        // `UPDATE a SET … FROM accounts a` changes the table that the alias names.
        if let Some(named) = from.iter().find_map(|item| aliased(&item.relation, &sources.access.table)) {
            sources.access.joined.retain(|table| *table != named);
            sources.scope = Scope::new(named.clone());
            sources.scope.alias(std::mem::replace(&mut sources.access.table, named));
        }
        sources.access.verb = Verb::Update;
        sources.access.assigned = assignments(&update.assignments, &sources.scope);
        sources.access.one = update.limit.as_ref().is_some_and(is_one);
        Some(self.restricted(sources, update.selection.as_ref(), update.returning.as_deref()))
    }

    fn delete(&mut self, delete: &ast::Delete) -> Option<Access> {
        let (ast::FromTable::WithFromKeyword(from) | ast::FromTable::WithoutKeyword(from)) = &delete.from;
        let using = delete.using.as_deref().unwrap_or_default();
        let tables: Vec<TableWithJoins> = from.iter().chain(using).cloned().collect();
        let mut sources = self.sources(&tables)?;
        sources.access.verb = Verb::Remove;
        sources.access.one = delete.limit.as_ref().is_some_and(is_one);
        Some(self.restricted(sources, delete.selection.as_ref(), delete.returning.as_deref()))
    }

    /// Adds the condition; a joined selection of the same table is part of it.
    fn restricted(
        &mut self,
        sources: Sources,
        selection: Option<&Expr>,
        returned: Option<&[SelectItem]>,
    ) -> Access {
        let Sources { mut access, scope, selections } = sources;
        if let Some(selection) = selection {
            self.restrict(&mut access, &scope, selection);
        }
        for (name, selected) in selections {
            if selected.table == access.table {
                // The condition that ties the two is no condition on the row.
                let tie = format!("{name}.");
                access.conditions.retain(|condition| {
                    !matches!(&condition.operand, Operand::Column(column) if column.starts_with(&tie))
                });
                self.merge(&mut access, selected);
            } else {
                access.joined.push(selected.table);
            }
        }
        returning(&mut access, returned, &scope);
        access
    }
}

fn aliased(factor: &ast::TableFactor, name: &Name) -> Option<Name> {
    match factor {
        ast::TableFactor::Table { name: table, alias: Some(alias), .. }
            if identifier(&alias.name) == *name =>
        {
            Some(last(table))
        }
        _ => None,
    }
}

fn returning(access: &mut Access, items: Option<&[SelectItem]>, scope: &Scope) {
    access.columns = Some(Vec::new());
    if let Some(items) = items {
        let Projection { columns, answers, .. } = project(items, scope);
        access.returning = true;
        access.columns = columns;
        access.answers = answers;
    }
}

/// The value that the INSERT gives a column.
fn inserted<'a>(column: &str, assigned: &'a [Assignment]) -> Option<&'a Operand> {
    let column = column.strip_prefix("excluded.")?;
    assigned.iter().find(|assignment| assignment.column == column).map(|assignment| &assignment.operand)
}

fn resolve(operand: Operand, assigned: &[Assignment]) -> Operand {
    match operand {
        Operand::Column(column) if column.starts_with("excluded.") => {
            inserted(&column, assigned).cloned().unwrap_or_else(operand::unknown)
        }
        Operand::Expression { columns, mut operands } => {
            operands.extend(columns.iter().filter_map(|column| inserted(column, assigned)).cloned());
            let own = columns.into_iter().filter(|column| !column.starts_with("excluded."));
            Operand::Expression { columns: own.collect(), operands }
        }
        other => other,
    }
}

fn proposed(assignment: &mut Assignment, assigned: &[Assignment]) {
    let operand = std::mem::replace(&mut assignment.operand, Operand::Subquery);
    assignment.operand = resolve(operand, assigned);
}
