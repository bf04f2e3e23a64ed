//! Which of a row's columns another name means: its own spelling first, then what comes near it.

use super::relation::fold;
use crate::program::Name;
use crate::scene::event::Event;
use crate::scene::value::ValueId;

/// What a row's data gives a column. A row that has an `id` and a `uuid` means two things by them.
pub(super) fn given(event: &Event, column: &str) -> Option<ValueId> {
    nearest(event.sets.iter().map(|(name, value)| (name, *value)), column)
}

/// What a row's data gives a column, or else what its conditions ask of it.
pub(super) fn given_or_asked(event: &Event, column: &str) -> Option<ValueId> {
    let asked = event.resource.conditions.iter().filter_map(|c| Some((&c.column, c.value?)));
    given(event, column).or_else(|| nearest(asked, column))
}

/// The value of the column that is spelled so, or of the first that comes near it.
pub(super) fn nearest<'n>(
    columns: impl Iterator<Item = (&'n Name, ValueId)> + Clone,
    column: &str,
) -> Option<ValueId> {
    let exact = plain(column);
    let mut alike = columns.clone().filter(|(name, _)| plain(name) == exact);
    let near = || columns.clone().find(|(name, _)| fold(name) == fold(column));
    alike.next().or_else(near).map(|(_, value)| value)
}

/// A name without its owner, case and underscores.
fn plain(name: &str) -> String {
    let name = name.rsplit('.').next().unwrap_or(name);
    name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
