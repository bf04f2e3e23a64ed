//! Turns the tree of one statement into the accesses it makes.

use super::operand::{Columns, aggregates, calls, identifier, last, mentioned, plain};
use super::token::{Mark, marked};
use super::{Access, Assignment, Inner, Kind, LockStrength, Operand, RowLock, Statement, Wait, operand};
use crate::book::words::Verb;
use crate::program::Name;
use sqlparser::ast::{self, Expr, Query, Select, SelectItem, SetExpr, TableFactor, TableWithJoins};
use std::ops::ControlFlow;

/// What a tree does; `None` if it is of another kind than those read here.
pub(super) fn read(statement: &ast::Statement) -> Option<Statement> {
    let mut reader = Reader::default();
    let main = match statement {
        ast::Statement::Query(query) => reader.query(query),
        _ => Some(reader.change(statement)?),
    };
    reader.accesses.extend(main);
    let mut calls = calls(statement);
    calls.append(&mut reader.calls);
    let kind = if reader.accesses.is_empty() { Kind::Other } else { Kind::Access(reader.accesses) };
    Some(Statement { kind, calls, approximate: false })
}

#[derive(Default)]
pub(super) struct Reader {
    /// Those apart from the main one.
    accesses: Vec<Access>,
    /// What the names bound by WITH select; `None` for what is no selection of a table.
    bound: Vec<(Name, Option<Access>)>,
    /// Functions called as tables.
    calls: Vec<super::Call>,
}

/// The tables that a statement names, to tell whose column a qualified name is.
pub(super) struct Scope {
    own: Name,
    /// Alias or name, and the table it stands for: the accessed one first.
    names: Vec<(Name, Name)>,
}

impl Columns for Scope {
    fn qualified(&self, qualifier: &ast::Ident, column: Name) -> Name {
        let qualifier = identifier(qualifier);
        match self.names.iter().position(|(alias, _)| *alias == qualifier) {
            Some(0) => column,
            Some(at) => format!("{}.{column}", self.names[at].1).into(),
            None if qualifier == self.own => column,
            None => format!("{qualifier}.{column}").into(),
        }
    }
}

impl Scope {
    pub(super) fn new(own: Name) -> Scope {
        Scope { names: vec![(own.clone(), own.clone())], own }
    }

    /// Another name for the accessed table itself.
    pub(super) fn alias(&mut self, alias: Name) {
        self.names[0].0 = alias;
    }

    pub(super) fn add(&mut self, alias: Name, table: Name) {
        self.names.push((alias, table));
    }
}

/// What stands after FROM: the main table and those joined to it.
pub(super) struct Sources {
    pub access: Access,
    pub scope: Scope,
    /// Selections among the joined ones: their name in the scope, and what they select.
    pub selections: Vec<(Name, Access)>,
}

impl Reader {
    pub(super) fn query(&mut self, query: &Query) -> Option<Access> {
        for bound in query.with.iter().flat_map(|with| &with.cte_tables) {
            let selected = match changing(&bound.query.body) {
                Some(change) => {
                    let access = self.change(change);
                    self.accesses.extend(access);
                    None
                }
                None => self.query(&bound.query),
            };
            self.bound.push((identifier(&bound.alias.name), selected));
        }
        let mut tables = query.with.iter().flat_map(|with| &with.cte_tables);
        let changes = tables.any(|bound| changing(&bound.query.body).is_some());
        // Rows locked for a change in the same statement are locked as long as that needs.
        if changes {
            let bound = self.bound.iter_mut().filter_map(|(_, selected)| selected.as_mut());
            bound.chain(&mut self.accesses).for_each(|access| access.lock = None);
        }
        let mut access = match changing(&query.body) {
            Some(change) => return self.change(change),
            None => self.body(&query.body)?,
        };
        for lock in &query.locks {
            let wait = match lock.nonblock {
                Some(ast::NonBlock::SkipLocked) => Wait::SkipLocked,
                Some(ast::NonBlock::Nowait) => Wait::NoWait,
                None => Wait::Waits,
            };
            let strength = match lock.lock_type {
                ast::LockType::Update => LockStrength::Update,
                ast::LockType::Share => LockStrength::Share,
            };
            access.lock = Some(RowLock { strength, wait });
        }
        if changes {
            access.lock = None;
        }
        access.one |= query.limit_clause.as_ref().is_some_and(limits_to_one);
        access.one |= query.fetch.as_ref().is_some_and(|fetch| fetch.quantity.as_ref().is_none_or(is_one));
        Some(access)
    }

    /// The leftmost selection; of the others only their tables.
    fn body(&mut self, mut body: &SetExpr) -> Option<Access> {
        let mut others = Vec::new();
        while let SetExpr::SetOperation { left, right, .. } = body {
            others.push(&**right);
            body = left;
        }
        let mut access = match body {
            SetExpr::Select(select) => self.select(select)?,
            SetExpr::Query(query) => self.query(query)?,
            _ => return None,
        };
        for other in others {
            access.whole = false;
            if let Some(other) = self.body(other) {
                access.joined.push(other.table);
            }
        }
        Some(access)
    }

    fn select(&mut self, select: &Select) -> Option<Access> {
        let Some(sources) = self.sources(&select.from) else {
            return self.without_table(select);
        };
        let Sources { mut access, scope, selections } = sources;
        let projection = project(&select.projection, &scope);
        access.columns = projection.columns;
        access.answers = projection.answers;
        access.renamed = projection.renamed;
        if !matches!(access.verb, Verb::Count) {
            access.verb = projection.verb;
        }
        for (_, selection) in selections {
            access.joined.push(selection.table);
        }
        if let Some(selection) = &select.selection {
            self.restrict(&mut access, &scope, selection);
        }
        access.whole &= select.having.is_none() && select.qualify.is_none() && select.prewhere.is_none();
        let top = select.top.as_ref().and_then(|top| top.quantity.as_ref());
        access.one |= match top {
            Some(ast::TopQuantity::Constant(count)) => *count == 1,
            Some(ast::TopQuantity::Expr(count)) => is_one(count),
            None => false,
        };
        Some(access)
    }

    /// `SELECT EXISTS (SELECT …)`, `SELECT (SELECT count(*) …)`: the first is what is asked, the
    /// others happen too.
    fn without_table(&mut self, select: &Select) -> Option<Access> {
        let mut main = None;
        for item in &select.projection {
            let (SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. }) = item else {
                continue;
            };
            let found = ast::visit_expressions(expr, |part| match part {
                Expr::Exists { subquery, .. } => ControlFlow::Break((subquery.clone(), true)),
                Expr::Subquery(subquery) => ControlFlow::Break((subquery.clone(), false)),
                _ => ControlFlow::Continue(()),
            });
            let ControlFlow::Break((query, exists)) = found else { continue };
            let Some(mut access) = self.query(&query) else { continue };
            if exists {
                access.verb = Verb::Exists;
                access.columns = Some(Vec::new());
            }
            access.answers = Vec::new();
            match main {
                None => main = Some(access),
                Some(_) => self.accesses.push(access),
            }
        }
        main
    }

    /// `None` if there is no table: nothing but functions, values or changes bound by WITH.
    pub(super) fn sources(&mut self, from: &[TableWithJoins]) -> Option<Sources> {
        let mut factors = from.iter().flat_map(|item| {
            std::iter::once(&item.relation).chain(item.joins.iter().map(|join| &join.relation))
        });
        let mut sources = loop {
            if let Some(sources) = self.main(factors.next()?) {
                break sources;
            }
        };
        for factor in factors {
            self.join(factor, &mut sources);
        }
        Some(sources)
    }

    fn main(&mut self, factor: &TableFactor) -> Option<Sources> {
        let (alias, access) = self.factor(factor)?;
        let mut scope = Scope::new(access.table.clone());
        scope.alias(alias.clone());
        let mut sources = Sources { access, scope, selections: Vec::new() };
        // A fragment after the table reads as its alias.
        sources.access.whole &= !alias.contains('{') || alias == sources.access.table;
        if let TableFactor::NestedJoin { table_with_joins, .. } = factor {
            for join in &table_with_joins.joins {
                self.join(&join.relation, &mut sources);
            }
        }
        Some(sources)
    }

    fn join(&mut self, factor: &TableFactor, sources: &mut Sources) {
        let Some((alias, access)) = self.factor(factor) else { return };
        if is_selection(factor) || self.selected(&alias_or_name(factor)).is_some() {
            sources.scope.add(alias.clone(), alias.clone());
            sources.selections.push((alias, access));
        } else {
            sources.scope.add(alias, access.table.clone());
            sources.access.joined.push(access.table);
        }
    }

    /// The name in scope, and what it stands for.
    fn factor(&mut self, factor: &TableFactor) -> Option<(Name, Access)> {
        match factor {
            TableFactor::Table { name, args: Some(args), .. } => {
                self.table_function(name, &args.args);
                None
            }
            TableFactor::Function { name, args, .. } => {
                self.table_function(name, args);
                None
            }
            TableFactor::Table { name, alias, with_hints, .. } => {
                let table = last(name);
                let named = alias.as_ref().map_or_else(|| table.clone(), |alias| identifier(&alias.name));
                let mut access = match self.bound.iter().rev().find(|(bound, _)| *bound == table) {
                    Some((_, selected)) => selected.clone()?,
                    None => Access::new(Verb::Read, table),
                };
                access.lock = access.lock.or(hinted(with_hints));
                Some((named, access))
            }
            TableFactor::Derived { subquery, alias, .. } => {
                let access = self.query(subquery)?;
                let named =
                    alias.as_ref().map_or_else(|| access.table.clone(), |alias| identifier(&alias.name));
                Some((named, access))
            }
            TableFactor::NestedJoin { table_with_joins, .. } => self.factor(&table_with_joins.relation),
            _ => None,
        }
    }

    fn table_function(&mut self, name: &ast::ObjectName, arguments: &[ast::FunctionArg]) {
        let arguments = arguments.iter().filter_map(operand::argument);
        let arguments = arguments.map(|item| operand::operand(item, &operand::NoTables)).collect();
        self.calls.push(super::Call { function: last(name).to_lowercase().into(), arguments });
    }

    fn selected(&self, name: &Name) -> Option<&Access> {
        self.bound.iter().rev().find(|(bound, _)| bound == name)?.1.as_ref()
    }

    /// Takes over the conditions of a selection of the same table.
    pub(super) fn merge(&mut self, access: &mut Access, selection: Access) {
        for condition in selection.conditions {
            if !access.conditions.contains(&condition) {
                access.conditions.push(condition);
            }
        }
        access.whole &= selection.whole;
        access.mentioned.extend(selection.mentioned);
        access.one |= selection.one;
        access.inner = if selection.lock.is_some() { Inner::Locked } else { Inner::Unlocked };
        access.lock = selection.lock;
    }
}

/// The change that a body in WITH, or after it, is.
fn changing(body: &SetExpr) -> Option<&ast::Statement> {
    match body {
        SetExpr::Insert(change)
        | SetExpr::Update(change)
        | SetExpr::Delete(change)
        | SetExpr::Merge(change) => Some(change),
        _ => None,
    }
}

fn is_selection(factor: &TableFactor) -> bool {
    matches!(factor, TableFactor::Derived { .. })
}

fn alias_or_name(factor: &TableFactor) -> Name {
    match factor {
        TableFactor::Table { name, .. } => last(name),
        _ => Name::default(),
    }
}

/// SQL Server's `WITH (UPDLOCK, READPAST)`.
fn hinted(hints: &[Expr]) -> Option<RowLock> {
    let has = |word: &str| {
        hints
            .iter()
            .any(|hint| matches!(hint, Expr::Identifier(ident) if ident.value.eq_ignore_ascii_case(word)))
    };
    let strength = if has("updlock") || has("xlock") || has("tablockx") {
        LockStrength::Update
    } else if has("holdlock") || has("serializable") || has("repeatableread") {
        LockStrength::Share
    } else {
        return None;
    };
    let wait = match (has("readpast"), has("nowait")) {
        (true, _) => Wait::SkipLocked,
        (_, true) => Wait::NoWait,
        _ => Wait::Waits,
    };
    Some(RowLock { strength, wait })
}

pub(super) fn is_one(expr: &Expr) -> bool {
    matches!(plain(expr), Expr::Value(value) if value.value.to_string() == "1")
}

fn limits_to_one(limit: &ast::LimitClause) -> bool {
    match limit {
        ast::LimitClause::LimitOffset { limit, .. } => limit.as_ref().is_some_and(is_one),
        ast::LimitClause::OffsetCommaLimit { limit, .. } => is_one(limit),
    }
}

pub(super) struct Projection {
    pub verb: Verb,
    pub columns: Option<Vec<Name>>,
    pub answers: Vec<Name>,
    pub renamed: Vec<(Name, Name)>,
}

/// What a list of items says about the rows: that they are there, something over all, or columns.
pub(super) fn project(items: &[SelectItem], scope: &Scope) -> Projection {
    let (mut columns, mut all, mut count, mut literal) = (Vec::new(), false, false, true);
    let (mut answers, mut renamed) = (Vec::new(), Vec::new());
    for item in items {
        let expr = match item {
            SelectItem::UnnamedExpr(expr)
            | SelectItem::ExprWithAlias { expr, .. }
            | SelectItem::ExprWithAliases { expr, .. } => expr,
            SelectItem::QualifiedWildcard(..) | SelectItem::Wildcard(_) => {
                all = true;
                continue;
            }
        };
        // A hole may hold any columns.
        all |= matches!(plain(expr), Expr::Identifier(ident) if matches!(marked(&ident.value), Some(Mark::Hole(_))));
        count |= aggregates(expr);
        let column = super::operand::column(expr, scope);
        if let (SelectItem::ExprWithAlias { alias, .. }, Some(column)) = (item, &column) {
            renamed.push((super::operand::identifier(alias), column.clone()));
        }
        answers.push(column.unwrap_or_default());
        literal &= matches!(plain(expr), Expr::Value(_));
        for column in mentioned(expr, scope) {
            if !columns.contains(&column) {
                columns.push(column);
            }
        }
    }
    let verb = match (count, literal && !all) {
        (true, _) => Verb::Count,
        (false, true) => Verb::Exists,
        (false, false) => Verb::Read,
    };
    if all {
        answers.clear();
    }
    Projection { verb, columns: (!all || count).then_some(columns), answers, renamed }
}

/// `column = value` of UPDATE and its kin.
pub(super) fn assignments(list: &[ast::Assignment], scope: &Scope) -> Vec<Assignment> {
    let mut assigned = Vec::new();
    for assignment in list {
        match &assignment.target {
            ast::AssignmentTarget::ColumnName(column) => {
                assigned.push(assign(last(column), Some(&assignment.value), scope));
            }
            ast::AssignmentTarget::Tuple(columns) => {
                let values = match plain(&assignment.value) {
                    Expr::Tuple(values) if values.len() == columns.len() => Some(values),
                    _ => None,
                };
                for (at, column) in columns.iter().enumerate() {
                    let value = values.and_then(|values| values.get(at));
                    assigned.push(assign(last(column), value.or(Some(&assignment.value)), scope));
                }
            }
        }
    }
    assigned
}

pub(super) fn assign(column: Name, value: Option<&Expr>, scope: &Scope) -> Assignment {
    let operand = value.map_or_else(operand::unknown, |value| operand::operand(value, scope));
    let relative = match &operand {
        Operand::Column(own) => *own == column,
        Operand::Expression { columns, .. } => columns.contains(&column),
        _ => false,
    };
    Assignment { column, operand, relative }
}
