//! What the branches between a check and its act asked of the row that the check gave, read from
//! the text of the branches, so that the act can ask it again.

use super::scan::{Scan, bound, in_name, names, words};
use crate::book::api::Comparison;
use crate::program::Name;

/// A branch on the way to the act: its condition and the outcome that leads there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Branch<'a> {
    pub text: &'a str,
    pub outcome: bool,
}

/// How a sign compares when the sides change places, or the outcome is the other one; `None` for
/// "unequal", which says too little of a row that may be absent.
fn comparison(sign: &str, outcome: bool, mirrored: bool) -> Option<Comparison> {
    let (equal, [least, most, more, less]) =
        (Comparison::Equal, [Comparison::Least, Comparison::Most, Comparison::More, Comparison::Less]);
    Some(match (sign, outcome, mirrored) {
        ("===" | "==", true, _) | ("!==" | "!=", false, _) => equal,
        ("===" | "==" | "!==" | "!=", ..) => return None,
        (">=", true, false) | ("<=", true, true) | ("<", false, false) | (">", false, true) => least,
        ("<=", true, false) | (">=", true, true) | (">", false, false) | ("<", false, true) => most,
        (">", true, false) | ("<", true, true) | ("<=", false, false) | (">=", false, true) => more,
        _ => less,
    })
}

/// What is known of a field of the row on the way to the act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) field: Name,
    pub(super) comparison: Comparison,
    /// What it is compared with, as the code spells it.
    pub(super) value: String,
    /// The field, as the code reads it.
    pub(super) read: String,
}

/// The text from the check's statement to the act, and where in it the check ends.
pub(super) struct Between<'a> {
    /// What the check's statement binds its result to: `account`, `{ rows }`.
    pub(super) binding: &'a str,
    /// From behind the check to the act.
    pub(super) text: &'a str,
}

impl<'a> Between<'a> {
    /// The names that hold the check's result or a part of it.
    pub(super) fn row_names(&self) -> Vec<&'a str> {
        let mut known = bound(self.binding);
        for keyword in ["const ", "let ", "var "] {
            for (at, _) in self.text.match_indices(keyword) {
                let Some(rest) = self.text.get(at + keyword.len()..) else { continue };
                let Some((pattern, value)) = rest.split_once('=') else { continue };
                let value = value.trim_start();
                let value = value.split([';', '\n']).next().unwrap_or(value).trim_end();
                let root = value.find(|c: char| !in_name(c)).map_or(value, |end| &value[..end]);
                if pattern.len() < 120 && is_path(value) && known.contains(&root) {
                    known.extend(bound(pattern));
                }
            }
        }
        known
    }

    /// Whether a field that was read is assigned before the act.
    fn is_assigned(&self, read: &str) -> bool {
        self.text.match_indices(read).any(|(at, _)| {
            let after = self.text.get(at + read.len()..).unwrap_or_default().trim_start();
            let is_set = after.starts_with('=') && !after.starts_with("==");
            let is_moved =
                ["+=", "-=", "++", "--", "*=", "??=", "||="].iter().any(|sign| after.starts_with(sign));
            is_set || is_moved
        })
    }
}

/// What the branches say of the fields that decided; `None` where some field is not understood, or
/// where the branches are alternatives.
pub(super) fn conditions(fields: &[Name], branches: &[Branch], between: &Between) -> Option<Vec<Condition>> {
    let rows = between.row_names();
    // The first of several rows is no column.
    let is_number = |field: &Name| field.chars().all(|c| c.is_ascii_digit());
    let fields: Vec<Name> = fields.iter().filter(|field| !is_number(field)).cloned().collect();
    let fields = fields.as_slice();
    let is_alternative = branches
        .iter()
        .any(|one| branches.iter().any(|other| one.text == other.text && one.outcome != other.outcome));
    let mut found: Vec<Condition> = Vec::new();
    for branch in branches {
        for mut condition in leaf(branch, fields, &rows) {
            if between.is_assigned(&condition.read) || between.is_assigned(&condition.value) {
                return None;
            }
            if is_alternative {
                condition = unchanged(&condition.field, condition.read.clone());
            }
            if !found.contains(&condition) {
                found.push(condition);
            }
        }
    }
    let all = fields.iter().all(|field| found.iter().any(|condition| condition.field == *field));
    (all && !found.is_empty()).then_some(found)
}

/// What one branch says of a field of the row; what it compares with may not be another field of it.
fn leaf(branch: &Branch, fields: &[Name], rows: &[&str]) -> Vec<Condition> {
    let mut text = branch.text.trim();
    let mut outcome = branch.outcome;
    loop {
        let bare = strip_parentheses(text);
        match bare.strip_prefix('!').filter(|rest| !rest.starts_with('=')) {
            Some(rest) => {
                (text, outcome) = (rest.trim(), !outcome);
            }
            None if bare == text => break,
            None => text = bare,
        }
    }
    let Some((left, sign, right)) = compared(text) else {
        return alone(text, outcome, fields, rows).into_iter().collect();
    };
    let (left_read, right_read) = (read(left, fields, rows), read(right, fields, rows));
    let (field, path, comparison, value) = match (left_read, right_read) {
        (Some((field, path)), None) => (field, path, comparison(sign, outcome, false), right),
        (None, Some((field, path))) => (field, path, comparison(sign, outcome, true), left),
        // Two fields of the row compared with each other: each must be what it was.
        (Some(one), Some(other)) => {
            let both = [one, other].map(|(field, read)| unchanged(field, read));
            return both.into_iter().collect();
        }
        (None, None) => return Vec::new(),
    };
    let is_null = matches!(value, "null" | "undefined" | "None");
    // A value computed from the row is as old as the row, and a call may give another answer.
    let is_old = rows.iter().any(|row| names(value, row)) || value.contains('(');
    let said = |comparison, value: &str| Condition {
        field: field.clone(),
        comparison,
        value: value.to_owned(),
        read: path.clone(),
    };
    let condition = match comparison {
        Some(Comparison::Equal) if is_null => said(Comparison::Unset, "null"),
        Some(comparison) if !is_old && !is_null => said(comparison, value),
        _ => unchanged(field, path.clone()),
    };
    vec![condition]
}

pub(super) fn unchanged(field: &Name, read: String) -> Condition {
    Condition { field: field.clone(), comparison: Comparison::Unchanged, value: read.clone(), read }
}

/// A field tested by itself: the row must still hold what it held.
fn alone(text: &str, outcome: bool, fields: &[Name], rows: &[&str]) -> Option<Condition> {
    // Rust asks by method.
    if let Some(option) = text.strip_suffix(".is_some()").or(text.strip_suffix(".is_none()")) {
        let (field, read) = read(option, fields, rows)?;
        let is_none = text.ends_with(".is_none()") == outcome;
        let comparison = if is_none { Comparison::Unset } else { Comparison::Unchanged };
        return Some(Condition { field: field.clone(), comparison, value: read.clone(), read });
    }
    // What is there may be a list or another row; what is not there is a column without a value.
    let (field, read) = read(text, fields, rows).filter(|_| !outcome)?;
    Some(unchanged(field, read))
}

/// The field of the row that an expression reads, and nothing more, with the expression.
fn read<'f>(text: &str, fields: &'f [Name], rows: &[&str]) -> Option<(&'f Name, String)> {
    let text = strip_parentheses(text.trim());
    let root = text.find(|c: char| !in_name(c)).map_or(text, |end| &text[..end]);
    let last = text.rsplit('.').next().unwrap_or(text).trim_end_matches('!');
    let field = fields.iter().find(|field| field.as_str() == last)?;
    // A name alone is a column that was taken out of the row.
    let is_read = is_path(text) && rows.contains(&root);
    is_read.then(|| (field, text.replace("?.", ".")))
}

/// Members and elements only: `result.rows[0]?.state`.
fn is_path(text: &str) -> bool {
    text.chars().all(|c| in_name(c) || matches!(c, '.' | '?' | '!' | '[' | ']'))
}

/// The two sides of a comparison, and its sign.
fn compared(text: &str) -> Option<(&str, &str, &str)> {
    let mut scan = Scan::new(text);
    while let Some((at, c)) = scan.next() {
        if scan.depth != 0 || !matches!(c, '=' | '!' | '<' | '>') {
            continue;
        }
        let rest = text.get(at..)?;
        let sign =
            ["===", "!==", "==", "!=", ">=", "<=", ">", "<"].into_iter().find(|sign| rest.starts_with(sign));
        if let Some(sign) =
            sign.filter(|_| !rest.starts_with("=>") && !text.get(..at).is_some_and(|b| b.ends_with('=')))
        {
            let right = rest.get(sign.len()..)?.trim();
            return (compared(right).is_none())
                .then(|| (text.get(..at).unwrap_or_default().trim(), sign, right));
        }
    }
    None
}

fn strip_parentheses(text: &str) -> &str {
    let Some(inner) = text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) else { return text };
    let mut scan = Scan::new(inner);
    while scan.next().is_some() {
        if scan.depth < 0 {
            return text;
        }
    }
    inner.trim()
}

/// Whether an expression is the row: `account`, `found.rows[0]`.
pub(super) fn is_row(text: &str, rows: &[&str]) -> bool {
    let root = text.find(|c: char| !in_name(c)).map_or(text, |end| &text[..end]);
    is_path(text) && rows.contains(&root)
}

/// A text without the places where it reads these fields of the row.
pub(super) fn without(text: &str, fields: &[Name], rows: &[&str]) -> String {
    let mut text = text.to_owned();
    for (row, field) in rows.iter().flat_map(|row| fields.iter().map(move |field| (row, field))) {
        for sign in [".", "?.", "!."] {
            let read = format!("{row}{sign}{field}");
            let places: Vec<usize> = words(&text, &read).collect();
            for at in places.into_iter().rev() {
                text.replace_range(at..at + read.len(), "");
            }
        }
    }
    text
}

/// Whether a text reads this field of the row.
pub(super) fn reads(text: &str, field: &str, rows: &[&str]) -> bool {
    let is_member = |at: usize| text.get(..at).is_some_and(|before| before.trim_end().ends_with(['.', '?']));
    let is_read = words(text, field).any(|at| is_member(at) || rows.contains(&field));
    is_read && mentions(text, rows)
}

/// Whether a text speaks of some of these names.
pub(super) fn mentions(text: &str, rows: &[&str]) -> bool {
    rows.iter().any(|row| words(text, row).next().is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(fields: &[&str], branches: &[(&str, bool)], binding: &str, text: &str) -> Option<String> {
        let fields: Vec<Name> = fields.iter().map(|field| Name::from(*field)).collect();
        let branches: Vec<Branch> =
            branches.iter().map(|(text, outcome)| Branch { text, outcome: *outcome }).collect();
        let found = conditions(&fields, &branches, &Between { binding, text })?;
        let said = found.iter().map(|c| format!("{} {} {}", c.field, c.comparison.key(), c.value));
        Some(said.collect::<Vec<_>>().join("; "))
    }

    #[test]
    fn branches_say_what_must_still_hold() {
        assert_eq!(
            said(&["status"], &[("o.status !== 'open'", false)], "o", "").as_deref(),
            Some("status equal 'open'")
        );
        assert_eq!(
            said(&["balance"], &[("a", true), ("a.balance >= n", true)], "a", "").as_deref(),
            Some("balance least n")
        );
        assert_eq!(said(&["n"], &[("max > row.n", true)], "row", "").as_deref(), Some("n less max"));
        assert_eq!(said(&["used"], &[("!c.used", true)], "c", "").as_deref(), Some("used unchanged c.used"));
        assert_eq!(
            said(&["used"], &[("(c.used !== null)", false)], "c", "").as_deref(),
            Some("used unset null")
        );
        assert_eq!(
            said(&["state"], &[("found.rows[0].state === 'a'", true)], "found", "").as_deref(),
            Some("state equal 'a'")
        );
        assert_eq!(
            said(&["state"], &[("row.state === 'a'", true)], "{ rows }", "\n const row = rows[0];\n")
                .as_deref(),
            Some("state equal 'a'")
        );
    }

    #[test]
    fn what_is_not_understood_is_not_said() {
        let alternatives = [("o.s === 'a'", true), ("o.s === 'a'", false), ("o.s === 'b'", true)];
        assert_eq!(said(&["s"], &alternatives, "o", "").as_deref(), Some("s unchanged o.s"));
        assert_eq!(said(&["items"], &[("o.items", true)], "o", ""), None, "a list, perhaps");
        assert_eq!(said(&["s"], &[("o.s.length > 2", true)], "o", ""), None);
        assert_eq!(said(&["s", "t"], &[("o.s > 2", true)], "o", ""), None, "nothing is known of t");
        assert_eq!(said(&["s"], &[("o.s > 2", true)], "o", "o.s = 3;"), None);
        assert_eq!(said(&["s"], &[("other.s > 2", true)], "o", ""), None);
        assert_eq!(said(&["s"], &[("o.s > o.limit", true)], "o", "").as_deref(), Some("s unchanged o.s"));
        assert_eq!(said(&["s"], &[("o.s !== 'x'", true)], "o", "").as_deref(), Some("s unchanged o.s"));
        assert_eq!(said(&["s"], &[("o.s > now()", true)], "o", "").as_deref(), Some("s unchanged o.s"));
    }
}
