//! Selects (`update|remove row[version] as job with conditional`) turned into what they mean.
//!
//! ```ebnf
//! select = (VERBS [NOUNS] | NOUNS) ["[" FIELDS "]"] ["as" ROLES] {("with" | "without" | "while") SET} ;
//! ```
//! `look`, `change` and `effect` are verbs for several, `stored` a noun for several; `file` means
//! directories too, `directory` files that are made or removed as one. Traits joined by `|` after
//! `with` are alternatives; any other word stands alone, and several `with` must all hold.

use crate::book::rule::{Feature, HeldWord, Select};
use crate::book::spell;
use crate::book::words::{FIELDS, Noun, Nouns, Role, Roles, Trait, Traits, Verb, Verbs};
use crate::program::Name;

const JOINTS: &[&str] = &["as", "with", "without", "while"];

/// Reads one select; the error is a message without its place.
pub fn parse(text: &str) -> Result<Select, String> {
    let mut select = Select::default();
    let (main, fields) = bracket(text)?;
    let mut words = main.split_whitespace().peekable();
    let mut has_noun = false;
    let mut has_verb = false;
    while let Some(set) = words.next_if(|word| !JOINTS.contains(word)) {
        if !has_verb && !has_noun && is_verb_like(set) {
            has_verb = true;
            verbs(set, &mut select)?;
        } else if !has_noun {
            has_noun = true;
            select.nouns = nouns(set)?;
        } else {
            return Err(spell::unknown("word", set, JOINTS.iter().copied()));
        }
    }
    if !has_noun && !has_verb {
        return Err(format!("`{text}` names neither a verb nor a noun"));
    }
    select.fields = fields;
    while let Some(joint) = words.next() {
        let Some(set) = words.next_if(|word| !JOINTS.contains(word)) else {
            return Err(format!("`{joint}` is followed by nothing"));
        };
        match joint {
            "as" => select.roles = select.roles.union(roles(set)?),
            "with" => select.with.push(feature(set)?),
            "without" => select.without.push(feature(set)?),
            "while" => select.held_while = Some(held(set)?),
            _ => return Err(spell::unknown("word", joint, JOINTS.iter().copied())),
        }
    }
    Ok(select)
}

/// Cuts `[a|b]` out of the text.
fn bracket(text: &str) -> Result<(String, Vec<Name>), String> {
    let Some(open) = text.find('[') else { return Ok((text.to_owned(), Vec::new())) };
    let Some(close) = text[open..].find(']').map(|at| open + at) else {
        return Err(format!("`{text}` has `[` without `]`"));
    };
    let mut fields = Vec::new();
    for word in text[open + 1..close].split(['|', ' ']).filter(|word| !word.is_empty()) {
        if !FIELDS.contains(&word) {
            return Err(spell::unknown("field", word, FIELDS.iter().copied()));
        }
        fields.push(Name::from(word));
    }
    Ok((format!("{} {}", &text[..open], &text[close + 1..]), fields))
}

/// Decides whether a misspelled first word was meant as a verb: only nouns may replace one.
fn is_verb_like(set: &str) -> bool {
    set.split('|').any(|word| noun(word).is_none())
}

fn verbs(set: &str, select: &mut Select) -> Result<(), String> {
    for word in set.split('|') {
        let more = match word {
            "look" => Verbs::LOOK,
            "change" => Verbs::CHANGE,
            "effect" => {
                select.effect = true;
                Verbs::EFFECT
            }
            _ => match Verb::parse(word) {
                Some(verb) => Verbs::of(&[verb]),
                None => {
                    let known = Verb::ALL.iter().map(|word| word.text());
                    return Err(spell::unknown("verb", word, known.chain(["look", "change", "effect"])));
                }
            },
        };
        select.verbs = select.verbs.union(more);
    }
    Ok(())
}

fn noun(word: &str) -> Option<Nouns> {
    match word {
        "stored" => Some(Nouns::STORED),
        "file" => Some(Nouns::FILES),
        _ => Noun::parse(word).map(|noun| Nouns::of(&[noun])),
    }
}

fn nouns(set: &str) -> Result<Nouns, String> {
    set.split('|').try_fold(Nouns::EMPTY, |all, word| match noun(word) {
        Some(more) => Ok(all.union(more)),
        None => {
            let known = Noun::ALL.iter().map(|word| word.text()).chain(["stored"]);
            Err(spell::unknown("noun", word, known))
        }
    })
}

fn roles(set: &str) -> Result<Roles, String> {
    set.split('|').try_fold(Roles::EMPTY, |all, word| match Role::parse(word) {
        Some(role) => Ok(all.with(role)),
        None => Err(spell::unknown("role", word, Role::ALL.iter().map(|word| word.text()))),
    })
}

/// What `with`, `without` and `lacks` test.
pub(super) fn feature(set: &str) -> Result<Feature, String> {
    let mut traits = Traits::EMPTY;
    let mut words = 0;
    let mut others = 0;
    for word in set.split('|') {
        words += 1;
        match Trait::parse(word) {
            Some(mark) => traits = traits.with(mark),
            None => others += 1,
        }
    }
    if others == 0 {
        return Ok(Feature::Trait(traits));
    }
    if words > 1 && !traits.is_empty() {
        return Err(format!("`{set}` joins traits with other words; say `with` or `without` for each"));
    }
    match set {
        "absent" => Ok(Feature::Absent),
        "fails" => Ok(Feature::Fails),
        "affected" => Ok(Feature::Affected),
        "part" => Ok(Feature::Part),
        "assumed" => Ok(Feature::Assumed),
        "asked" => Ok(Feature::Asked),
        _ if FIELDS.contains(&set) => Ok(Feature::Field(set.into())),
        _ => {
            let known = Trait::ALL.iter().map(|word| word.text());
            let words = ["absent", "fails", "affected", "part", "assumed", "asked"];
            let known = known.chain(FIELDS.iter().copied()).chain(words);
            Err(spell::unknown("trait, field or outcome", set, known))
        }
    }
}

fn held(word: &str) -> Result<HeldWord, String> {
    match word {
        "result" => Ok(HeldWord::Result),
        "transaction" => Ok(HeldWord::Transaction),
        "session" => Ok(HeldWord::Session),
        _ => Err(spell::unknown("hold", word, ["result", "transaction", "session"])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn selects_mean_what_they_say() {
        let select =
            parse("update|remove row[version|kind] as job|limit with conditional without part").unwrap();
        assert_eq!(select.verbs, Verbs::of(&[Verb::Update, Verb::Remove]));
        assert_eq!(select.nouns, Nouns::of(&[Noun::Row]));
        assert_eq!(select.fields, ["version", "kind"]);
        assert_eq!(select.roles, Roles::of(&[Role::Job, Role::Limit]));
        assert_eq!(select.with, [Feature::Trait(Traits::of(&[Trait::Conditional]))]);
        assert_eq!(select.without, [Feature::Part]);
        assert_eq!(parse("look file").unwrap().nouns, Nouns::FILES);
        assert!(parse("effect").unwrap().effect);
        let tie = parse("delivery as intent").unwrap();
        assert!(tie.verbs.is_empty() && tie.roles.has(Role::Intent));
        assert_eq!(parse("take lock while session").unwrap().held_while, Some(HeldWord::Session));
    }

    #[test]
    fn errors_suggest() {
        let cases = [
            ("lok file", "unknown verb `lok`, did you mean `look`?"),
            ("look flie", "unknown noun `flie`, did you mean `file`?"),
            ("look row wiht part", "unknown word `wiht`, did you mean `with`?"),
            ("look row as jobs", "unknown role `jobs`, did you mean `job`?"),
            ("look row with", "`with` is followed by nothing"),
            ("", "`` names neither a verb nor a noun"),
            ("look row[", "`look row[` has `[` without `]`"),
            (
                "look row with part|once",
                "`part|once` joins traits with other words; say `with` or `without` for each",
            ),
        ];
        for (text, message) in cases {
            assert_eq!(parse(text).unwrap_err(), message);
        }
    }
}
