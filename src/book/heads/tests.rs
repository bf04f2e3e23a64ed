//! All first heads parse; what is wrong with a head is said with its line.

use super::*;
use crate::book::rule::{Form, Predicate, Shape};
use crate::book::words::{Guard, Guards, Link, Links, Nouns, Region, Relation, Relations, Verb, Verbs};

fn forms_of(table: &Table) -> (Vec<Form>, Vec<PageError>) {
    let mut reader = Reader { path: "page.md", errors: Vec::new(), head_line: 1 };
    reader.known_keys(table, true);
    let forms = shape::forms(table, &mut reader);
    (forms, reader.errors)
}

fn head(id: &str) -> Vec<Form> {
    let table = table::parse("page.md", HEADS, 1).unwrap();
    let Some(Entry { value: Value::Table(head), .. }) = table.get(id) else { panic!("{id}") };
    let (forms, errors) = forms_of(head);
    assert_eq!(errors, []);
    forms
}

#[test]
fn the_first_heads_parse() {
    let table = table::parse("page.md", HEADS, 1).unwrap();
    assert_eq!(table.entries.len(), 49);
    for entry in &table.entries {
        let Value::Table(head) = &entry.value else { panic!() };
        let (forms, errors) = forms_of(head);
        assert_eq!(errors, [], "{}", entry.key);
        let also = head
            .get("also")
            .map_or(0, |entry| if let Value::List(list) = &entry.value { list.len() } else { 0 });
        assert_eq!(forms.len(), 1 + also, "{}", entry.key);
    }
}

#[test]
fn keys_tell_the_shape_and_defaults_follow() {
    let forms = head("fs-check-then-create");
    let Shape::Pair { check, act, link, relation, found, .. } = &forms[0].shape else { panic!() };
    assert_eq!((check[0].verbs, check[0].nouns), (Verbs::LOOK, Nouns::FILES));
    assert_eq!(check[0].fields, ["presence"]);
    assert_eq!(act.len(), 1);
    assert_eq!(*link, Links::of(&[Link::Control, Link::Filter]));
    assert_eq!(relation.iter().count(), 1);
    assert_eq!(found.iter().count(), 2);
    assert!(forms[0].safe.has(Guard::Private) && !forms[0].safe.has(Guard::Once));
    assert!(matches!(head("webhook-no-dedup")[0].shape, Shape::Chain { record: None, .. }));
    assert!(matches!(head("fs-create-then-chmod")[0].shape, Shape::Order { .. }));
    assert!(matches!(head("lock-not-released")[0].shape, Shape::Obligation { before: None, .. }));
    let Shape::Pair { inside, .. } = head("state-serverless-memory")[0].shape else { panic!() };
    assert!(inside.has(Region::Instance));
}

#[test]
fn also_inherits_within_its_shape() {
    let forms = head("fs-check-then-use");
    assert_eq!(forms.len(), 3);
    let Shape::Pair { relation, act, .. } = &forms[2].shape else { panic!() };
    assert_eq!(relation, &Relations::of(&[Relation::Same, Relation::Ancestor]));
    assert_eq!(act[0].verbs, Verbs::of(&[Verb::Read]));
    assert_eq!(forms[2].level, Some(Level::Note));
    assert_eq!(forms[2].safe, Guards::of(&[Guard::Conditional, Guard::Private]));
    let forms = head("db-version-not-checked");
    let Shape::Misuse { predicates, .. } = &forms[1].shape else { panic!() };
    assert!(matches!(predicates.as_slice(), [Predicate::Lacks(_)]));
    assert_eq!(forms[1].safe, Guards::of(&[Guard::Held]));
    assert!(matches!(head("db-session-lock-on-pool")[1].shape, Shape::Obligation { before: Some(_), .. }));
}

fn page(head: &str) -> Result<Rule, Vec<String>> {
    let text = format!("# Title\n\n```toml rule\n{head}```\n\nWhy.\n");
    parse("my-rule", &crate::page::parse("page.md", &text))
        .map_err(|errors| errors.iter().map(ToString::to_string).collect())
}

const GOOD: &str =
    "message = \"`{act}` trusts `{check}`\"\nlevel = \"note\"\ncheck = \"look row\"\nact = \"change row\"\n";

#[test]
fn a_page_becomes_a_rule() {
    let rule =
        page(&format!("format = 1\ncwe = [367, 362]\nscore = 7.1\nprecision = \"high\"\n{GOOD}")).unwrap();
    assert_eq!((rule.id.as_str(), rule.title.as_str(), rule.level), ("my-rule", "Title", Level::Note));
    assert_eq!((rule.cwe.as_slice(), rule.score, rule.precision), (&[367, 362][..], 7.1, Precision::High));
    assert_eq!((rule.body.as_str(), rule.forms[0].level), ("Why.", None));
}

#[test]
fn errors_name_line_and_key() {
    let cases = [
        ("cehck = \"look row\"\n", "page.md:8: unknown key `cehck`, did you mean `check`?"),
        ("link = \"contrl\"\n", "page.md:8: unknown word in `link`: `contrl`, did you mean `control`?"),
        ("safe = \"hold\"\n", "page.md:8: unknown word in `safe`: `hold`, did you mean `held`?"),
        ("cost = \"{acts} win\"\n", "page.md:8: `cost`: unknown hole `acts`, did you mean `act`?"),
        ("format = 2\n", "page.md:8: this program reads pages of format 1"),
        ("score = 11\n", "page.md:8: `score` is a number from 0.0 to 10.0"),
        ("then = \"read row\"\n", "page.md:8: `then` does not belong to the shape order"),
        (
            "also = [{ act = \"chnge row\" }]\n",
            "page.md:8: `act`: unknown verb `chnge`, did you mean `change`?",
        ),
        ("also = [\"x\"]\n", "page.md:8: `also` holds tables `{ act = \"…\" }`, not a string"),
        ("former = 3\n", "page.md:8: `former` holds strings, not a number"),
    ];
    for (line, message) in cases {
        let errors = page(&format!("{GOOD}{line}")).unwrap_err();
        if line.starts_with("then") {
            assert!(
                errors.iter().any(|error| error.contains("does not belong to the shape order")),
                "{errors:?}"
            );
        } else {
            assert_eq!(errors, [message]);
        }
    }
    assert_eq!(
        page("check = \"look row\"\n").unwrap_err(),
        [
            "page.md:4: the head lacks `level`",
            "page.md:4: the shape pair lacks `act`",
            "page.md:4: the head lacks `message`"
        ]
    );
    assert!(page("level = \n").unwrap_err()[0].starts_with("page.md:4: "));
    assert!(page(&format!("also = {}", "[".repeat(50_000))).is_err());
}

#[test]
fn a_fix_captures_what_it_uses() {
    let fix = |text: &str| {
        let page = crate::page::parse("page.md", &format!("```toml fix\n{text}```\n"));
        fix::parse("page.md", &page.fences[0])
            .map_err(|errors| errors.iter().map(ToString::to_string).collect::<Vec<_>>())
    };
    let good = "rule = \"a-rule\"\nact = \"write({path}, {data})\"\ntitle = \"create it\"\n";
    let template =
        fix(&format!("{good}becomes = \"write({{path}}, {{data}}, {{ flag: 'wx' }})\"\n")).unwrap();
    assert_eq!(template.rules, ["a-rule"]);
    assert_eq!(
        fix(&format!("{good}becomes = \"write({{paht}})\"\n")).unwrap_err(),
        ["page.md:5: `{paht}` is not captured by `act`"]
    );
    assert!(fix(&format!("{good}becomes = \"x\"\nchek = \"keep\"\n")).is_err());
}

/// The heads of the first book.
const HEADS: &str = r#"fs-check-then-create={check="look file[presence]",act="create|write file"}
fs-check-then-use={check="look file[link|owner|mode|size|access|target]",act="read|change file",relation="same|ancestor",safe="conditional|private",also=[{check="look file[kind]",act="change file"},{check="look file[kind]",act="read file",level="note"}]}
fs-check-then-remove={check="look file[presence]",found="present",act="remove file"}
fs-check-then-mkdir={check="look file[presence]",found="absent",act="create directory",safe="handled|held|rechecked|private"}
fs-check-then-read={check="exists|inspect file[presence]",found="present",act="read file"}
fs-create-then-chmod={first="create|write file without mode",then="update file[mode|owner]"}
fs-remove-then-create={first="remove file",then="create|write file without exclusive"}
fs-read-modify-write={check="read file",act="write file",link="data"}
fs-lockfile-not-exclusive={check="look file[presence] as lock",found="absent",act="create|write file"}
db-lost-update={check="read row",act="write|update row",link="data"}
db-check-then-update={check="read row",act="update|remove row"}
db-check-then-insert={check="look row",found="absent",act="create row",relation="same|selects"}
db-count-then-write={check="count row",act="change row",relation="member",safe="conditional|held|rechecked|private",also=[{act="create row",link="data",safe="handled|held"}]}
db-single-use-token={check="look stored as code",effect="effect",record="update|remove stored",also=[{event="update|remove stored as code",outcome="ignored"}]}
db-queue-claim={check="read row as job",act="update row"}
db-version-not-checked={check="read row[version]",act="update row",link="control|data",also=[{event="update row[version]",lacks="conditional",safe="held"}]}
db-claim-unchecked={event="update|remove row with conditional",outcome="ignored"}
db-claim-misread={event="change row with affected",outcome="misread"}
db-conflict-code-mismatch={event="create|write|update row",error="misread"}
db-row-lock-outside-transaction={event="read|take row|lock while transaction",outside="transaction"}
db-transaction-on-pool={event="take transaction with pooled"}
db-transaction-escape={event="look|change row",inside="transaction",on="outer"}
db-session-lock-on-pool={event="take lock with pooled while session",also=[{event="take lock while session",answer="release lock",before="release session"}]}
kv-check-then-set={check="look key",act="create|write|remove key"}
kv-read-modify-write={check="read key",act="write key",link="data"}
kv-limit-race={check="read|count key",act="update key with relative"}
kv-expire-apart={first=["create key without expires","update key with relative"],then="update key[expiry]"}
object-check-then-put={check="look object",act="change object",link="control|data|filter"}
lock-unsafe-release={event="remove stored as lock",lacks="conditional"}
lock-no-expiry={event="create stored as lock",lacks="expires"}
lock-shared-token={event="create stored as lock",data="constant"}
lock-not-released={event=["take lock","create key as lock"],answer=["release lock","remove key as lock"]}
lock-acquire-unchecked={event=["take lock with fails","create stored as lock with fails"],outcome="ignored"}
lock-check-then-act={check=["inspect lock","look key as lock"],found="absent",act="change|perform",relation="any"}
lock-per-call={event="take lock",key="fresh"}
lock-gap={check="look state",act="change state",link="control|data",window="reholds"}
lock-guard-dropped={event="take lock while result",outcome="ignored"}
webhook-no-dedup={check="read delivery",effect="effect",tie="delivery"}
webhook-dedup-race={check="look stored|state as record",effect="effect",record="change stored|state",tie="delivery"}
webhook-mark-before-effect={first="create|write stored as record",then="effect",tie="delivery"}
idempotency-late-record={check="look stored|state as record",effect="effect",record="change stored|state",tie="delivery as intent"}
idempotency-record-not-awaited={event="change stored as record",tie="delivery as intent",inside="task"}
idempotency-key-per-attempt={event="perform outside with once",once="fresh",inside="attempt"}
state-check-await-act={check="look state",act="change state",window="suspends"}
state-stale-across-await={check="read state",act="write state",link="data",window="suspends"}
state-lazy-init={check="look state without part",found="absent",act="write state without part",window="suspends"}
map-check-then-insert={check="look entry",act="change entry",link="control|data"}
atomic-load-then-store={check="read atomic",act="write|update atomic",link="control|data"}
state-serverless-memory={check="look state as record|lock|limit",act="change state",inside="instance"}
"#;
