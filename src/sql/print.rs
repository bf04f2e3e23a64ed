//! Shows statements as text, for tests and for people.

use super::*;

/// One line a statement, or a statement's access.
pub fn print(statements: &[Statement]) -> String {
    statements.iter().flat_map(lines).collect::<Vec<_>>().join("\n")
}

fn lines(statement: &Statement) -> Vec<String> {
    let about = if statement.approximate { "~ " } else { "" };
    let mut lines = match &statement.kind {
        Kind::Access(accesses) => accesses.iter().map(|one| format!("{about}{}", access(one))).collect(),
        Kind::Begin { isolation, immediate } => {
            let level = isolation.map(|level| format!(" {level}")).unwrap_or_default();
            vec![format!("begin{level}{}", if *immediate { " immediate" } else { "" })]
        }
        Kind::Commit => vec!["commit".into()],
        Kind::Rollback { to: Some(name) } => vec![format!("rollback to {name}")],
        Kind::Rollback { to: None } => vec!["rollback".into()],
        Kind::Savepoint(name) => vec![format!("savepoint {name}")],
        Kind::ReleaseSavepoint(name) => vec![format!("release {name}")],
        Kind::SetIsolation { isolation, session } => {
            vec![format!("isolation {isolation}{}", if *session { " for session" } else { "" })]
        }
        Kind::LockTable { tables, shared } => {
            vec![format!("lock table({}){}", tables.join(", "), if *shared { " shared" } else { "" })]
        }
        Kind::UnlockTables => vec!["unlock tables".into()],
        Kind::Other if statement.calls.is_empty() => vec![format!("{about}other")],
        Kind::Other => Vec::new(),
    };
    lines.extend(statement.calls.iter().map(|call| {
        let arguments: Vec<String> = call.arguments.iter().map(operand).collect();
        format!("call {}({})", call.function, arguments.join(", "))
    }));
    lines
}

fn access(access: &Access) -> String {
    let mut key = vec![access.table.to_string()];
    key.extend(access.conditions.iter().map(condition));
    if !access.whole {
        key.push(format!("…{}", access.mentioned.iter().map(|name| format!(" {name}")).collect::<String>()));
    }
    let mut text = format!("{} row({})", access.verb, key.join(", "));
    let change = access.verb.text() == "update" || !access.assigned.is_empty();
    match &access.columns {
        None => text.push_str(" [*]"),
        Some(columns) if columns.is_empty() => {}
        Some(columns) => text.push_str(&format!(" [{}]", columns.join(" "))),
    }
    if change {
        text.push_str(&format!(" sets {}", assigned(&access.assigned)));
    }
    if let Some(conflict) = &access.conflict {
        text.push_str(&format!(" on conflict ({})", conflict.target.join(", ")));
        text.push_str(&match &conflict.action {
            ConflictAction::Nothing => " nothing".to_string(),
            ConflictAction::Replace => " replace".to_string(),
            ConflictAction::Update { assigned: list, conditions } => {
                let tests: Vec<String> = conditions.iter().map(condition).collect();
                let tests =
                    if tests.is_empty() { String::new() } else { format!(" if {}", tests.join(", ")) };
                format!(" sets {}{tests}", assigned(list))
            }
        });
    }
    if let Some(lock) = access.lock {
        let strength = match lock.strength {
            LockStrength::Update => "update",
            LockStrength::NoKeyUpdate => "no key update",
            LockStrength::Share => "share",
            LockStrength::KeyShare => "key share",
        };
        let wait = match lock.wait {
            Wait::Waits => "",
            Wait::SkipLocked => " skip locked",
            Wait::NoWait => " nowait",
        };
        text.push_str(&format!(" for {strength}{wait}"));
    }
    let flags = [
        (access.one, " one"),
        (access.many, " many"),
        (access.unless_exists, " unless exists"),
        (access.returning, " returning"),
        (access.inner == Inner::Locked, " inner locked"),
        (access.inner == Inner::Unlocked, " inner unlocked"),
    ];
    text.extend(flags.iter().filter(|(set, _)| *set).map(|(_, flag)| *flag));
    if !access.joined.is_empty() {
        text.push_str(&format!(" with {}", access.joined.join(", ")));
    }
    text
}

fn assigned(list: &[Assignment]) -> String {
    let one = |assignment: &Assignment| {
        let column = if assignment.column.is_empty() { "?" } else { &assignment.column };
        let relative = if assignment.relative { " relative" } else { "" };
        format!("{column} = {}{relative}", operand(&assignment.operand))
    };
    list.iter().map(one).collect::<Vec<_>>().join(", ")
}

fn condition(condition: &Condition) -> String {
    let comparator = match condition.comparator {
        Comparator::Equal => "=",
        Comparator::NotEqual => "!=",
        Comparator::Less => "<",
        Comparator::LessEqual => "<=",
        Comparator::Greater => ">",
        Comparator::GreaterEqual => ">=",
        Comparator::In => "in",
        Comparator::NotIn => "not in",
        Comparator::IsNull => return format!("{} is null", condition.column),
        Comparator::NotNull => return format!("{} is not null", condition.column),
        Comparator::Either => "= (or)",
        Comparator::Other => "~",
    };
    format!("{} {comparator} {}", condition.column, operand(&condition.operand))
}

fn operand(value: &Operand) -> String {
    match value {
        Operand::Placeholder(index) => format!("${}", index + 1),
        Operand::Named(name) => format!(":{name}"),
        Operand::Hole(index) => format!("{{{index}}}"),
        Operand::Literal(text) => format!("'{text}'"),
        Operand::Column(name) => name.to_string(),
        Operand::List(list) => format!("({})", list.iter().map(operand).collect::<Vec<_>>().join(", ")),
        Operand::Expression { columns, operands } => {
            let columns = columns.iter().map(|column| column.to_string());
            format!("mix({})", columns.chain(operands.iter().map(operand)).collect::<Vec<_>>().join(", "))
        }
        Operand::Subquery => "(select)".to_string(),
    }
}
