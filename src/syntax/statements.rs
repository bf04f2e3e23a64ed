//! Texts of programs that are statements of SQL about tables, told by their first words. What such a
//! statement says is read elsewhere.

/// How statements begin that make a table or a key, or change one: a file in which none of these stands
/// has none.
pub const BEGINNINGS: [&str; 3] = ["create table", "create unique", "alter table"];

/// Whether a text may be a statement that makes, changes or drops a table or a key.
pub fn may_define(text: &str) -> bool {
    text.len() >= 10
        && words(text)
            .any(|word| ["create", "alter", "drop", "rename"].iter().any(|it| word.eq_ignore_ascii_case(it)))
        && words(text).any(|word| ["table", "index"].iter().any(|it| word.eq_ignore_ascii_case(it)))
}

/// Whether a text makes a table or a key, or changes a table.
pub fn defines_tables(text: &str) -> bool {
    let mut before = "";
    words(text).any(|word| {
        let is = |found: &str, wanted: &str| found.eq_ignore_ascii_case(wanted);
        let found = (is(before, "create") && (is(word, "table") || is(word, "unique")))
            || (is(before, "alter") && is(word, "table"));
        before = word;
        found
    })
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}
