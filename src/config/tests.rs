//! What the parts of the configuration owe each other, and that no text makes them panic.

use super::chain::Chain;
use super::read;
use super::tree::{Step, from_toml};
use crate::book::load;

const WHOLE: &str = r#"
extends = []
select = ["a", "b"]
ignore = ["c"]
min-confidence = "medium"
pedantic = true
trust-names = false
fail-on = "never"
include = ["src/**"]
exclude = ["/dist", "!dist/kept"]
force-exclude = false
threads = 4
pages = ["more"]

[rules]
a = "off"
b = { level = "error", min-confidence = "high", notes = true }

[[overrides]]
files = ["*.test.ts"]
excluded-files = ["a.test.ts"]
rules = { a = "note" }

[database]
kind = "postgres"
isolation = "read-committed"

[ownership]
private-directories = ["/var/lib/a"]
single-writer = { tables = ["a"], keys = ["b:*"] }
silence = true
"#;

#[test]
fn every_key_is_read() {
    let layer = read::inline(WHOLE).map_err(|troubles| troubles[0].message.clone());
    // Only `extends` has no business on the command line.
    assert_eq!(layer.err().as_deref(), Some("`extends` stands in a file, not on the command line"));
    let layer = read::inline(&WHOLE.replace("extends = []", "")).unwrap();
    assert_eq!(layer.keys.threads, Some(4));
    assert_eq!(layer.keys.rules.len(), 2);
}

#[test]
fn places_lead_to_what_they_name() {
    let tree = from_toml(WHOLE).unwrap();
    let place = tree.place(&[Step::Key("overrides"), Step::Item(0), Step::Key("rules"), Step::Key("a")]);
    assert_eq!(&WHOLE[place.start..place.end], "a");
    let place = tree.place(&[Step::Key("select"), Step::Item(1)]);
    assert_eq!(&WHOLE[place.start..place.end], "\"b\"");
}

/// A small generator: the same numbers each time.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % most.max(1) as u64) as usize
    }
}

/// A text with a part removed, doubled, or overwritten.
fn mutated(text: &str, numbers: &mut Numbers) -> String {
    const BITS: [&str; 14] = [
        "[",
        "]]",
        "\"",
        "=",
        "{",
        "}",
        "\n",
        "\u{0}",
        "é",
        "-1",
        "99999999999999999999",
        "*",
        "[[",
        "1979-05-27",
    ];
    let mut letters: Vec<char> = text.chars().collect();
    for _ in 0..=numbers.below(2) {
        let at = numbers.below(letters.len());
        let end = (at + numbers.below(4)).min(letters.len());
        match numbers.below(3) {
            0 => drop(letters.drain(at..end)),
            1 => {
                let part = letters[at..end].to_vec();
                letters.splice(at..at, part);
            }
            _ => {
                letters.splice(at..end, BITS[numbers.below(BITS.len())].chars());
            }
        }
    }
    letters.into_iter().collect()
}

#[test]
fn thousands_of_mutated_texts_are_read_or_refused() {
    let (book, _) = load::load_leniently(Vec::new());
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut read_well, mut refused) = (0, 0);
    let json = super::tree::from_toml(WHOLE).unwrap().value().to_string();
    for _ in 0..3_000 {
        let text = mutated(&WHOLE.replace("extends = []", ""), &mut numbers);
        match read::inline(&text) {
            Ok(layer) => {
                read_well += 1;
                let mut troubles = Vec::new();
                let chain = Chain::new(vec![layer], "/x".into(), &mut troubles);
                chain.leaves_out("/x/dist/a.ts".as_ref(), false);
                super::policy::of(&chain, "/x/a.test.ts".as_ref(), &book);
                troubles.extend(super::policy::troubles(&chain, &book));
                assert!(troubles.iter().all(|one| one.at.start <= one.at.end && one.at.end <= text.len()));
            }
            Err(troubles) => {
                refused += 1;
                assert!(!troubles.is_empty());
                assert!(troubles.iter().all(|one| text.get(one.at.start..one.at.end).is_some()), "{text}");
            }
        }
        let _ = super::json::parse(&mutated(&json, &mut numbers));
    }
    // Both ways are walked.
    assert!(read_well > 50 && refused > 50, "{read_well} read, {refused} refused");
}

#[test]
fn a_former_name_of_a_rule_is_taken_and_told() {
    let (mut book, _) = load::load_leniently(Vec::new());
    book.rules[0].former.push("once-so".into());
    let now = book.rules[0].id.clone();
    let text = "ignore = [\"once-so\"]\nrules = { once-so = \"error\" }\n";
    let mut troubles = Vec::new();
    let chain = Chain::new(vec![read::inline(text).unwrap()], "/x".into(), &mut troubles);
    let policy = super::policy::of(&chain, "/x/a.ts".as_ref(), &book);
    assert_eq!(policy.ignore[0].value, now);
    assert!(policy.rules[&now].level.is_some());
    let told = super::policy::troubles(&chain, &book);
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|one| one.severity == super::Severity::Warning), "{told:?}");
    assert_eq!(told[0].message, format!("rule `once-so` is now `{now}`"));
}
