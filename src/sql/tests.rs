//! Statements and what is read from them, as a table in `cases.txt`; `UPDATE=1` rewrites it.

use super::{Dialect, Piece, print, read};

/// `${3}` is a hole; a leading `mysql:` names the dialect.
fn shown(case: &str) -> String {
    let dialects = [
        ("postgres:", Dialect::Postgres),
        ("mysql:", Dialect::MySql),
        ("sqlite:", Dialect::Sqlite),
        ("mssql:", Dialect::MsSql),
    ];
    let named = dialects.iter().find_map(|(name, dialect)| Some((case.strip_prefix(name)?, *dialect)));
    let (text, dialect) = named.unwrap_or((case, Dialect::Generic));
    let mut parts = text.split("${");
    let mut pieces: Vec<Piece> = parts.next().map(Piece::Text).into_iter().collect();
    for part in parts {
        let (index, after) = part.split_once('}').unwrap();
        pieces.extend([Piece::Hole(index.parse().unwrap()), Piece::Text(after)]);
    }
    print::print(&read(&pieces, dialect))
}

#[test]
fn statements_are_read() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/sql/cases.txt");
    let cases = std::fs::read_to_string(path).unwrap();
    let mut out = String::new();
    for line in cases.lines().filter(|line| !line.starts_with("  ")) {
        out.push_str(line);
        out.push('\n');
        if !line.is_empty() && !line.starts_with('#') {
            shown(line).lines().for_each(|line| out.push_str(&format!("  {line}\n")));
        }
    }
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(path, &out).unwrap();
    }
    for (line, (expected, found)) in cases.lines().zip(out.lines()).enumerate() {
        assert_eq!(expected, found, "src/sql/cases.txt:{}", line + 1);
    }
    assert_eq!(cases.lines().count(), out.lines().count());
}

/// Cuts, doubles, swaps and replaces parts of the cases: nothing may panic or take long.
#[test]
fn mutated_statements_do_no_harm() {
    let cases: Vec<&str> =
        include_str!("cases.txt").lines().filter(|line| !line.starts_with([' ', '#'])).collect();
    let odd = [
        "'", "\"", "`", "$", "$$", "?", "((", ")", ";", "--", "/*", "é", "[", ":", "@", "::", ",", "\\", "\0",
    ];
    let mut seed = 7u64;
    let mut random = |below: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % below.max(1)
    };
    for _ in 0..1500 {
        let mut text = cases[random(cases.len())].to_string();
        for _ in 0..1 + random(4) {
            let places: Vec<usize> = (0..=text.len()).filter(|at| text.is_char_boundary(*at)).collect();
            let (a, b) = (places[random(places.len())], places[random(places.len())]);
            let (a, b) = (a.min(b), a.max(b));
            match random(4) {
                0 => text.replace_range(a..b, ""),
                1 => text = [&text[..b], &text[a..]].concat(),
                2 => text.insert_str(a, odd[random(odd.len())]),
                _ => text.replace_range(a..b, odd[random(odd.len())]),
            }
            text.truncate((0..=400).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0));
        }
        print::print(&read(&[Piece::Text(&text), Piece::Hole(0)], Dialect::Generic));
    }
}

#[test]
fn deep_and_long_statements_are_bounded() {
    let texts = [
        format!("SELECT {}1{} FROM t", "(".repeat(20_000), ")".repeat(20_000)),
        format!("SELECT 1{} FROM t", "+1".repeat(30_000)),
        format!("SELECT * FROM t WHERE a = 1{}", " OR a = 1".repeat(7_000)),
        format!("SELECT 1{}", " UNION SELECT 1".repeat(4_000)),
        format!("UPDATE t SET a = {}1", "- ".repeat(30_000)),
        format!("SELECT * FROM t WHERE {}a", "NOT ".repeat(15_000)),
        "SELECT * FROM t; ".repeat(3_000),
        format!("INSERT INTO t (a) VALUES (1){}", ", (1)".repeat(12_000)),
        "'".repeat(60_000),
        "$a".repeat(30_000),
        " [".repeat(30_000),
        " [a".repeat(20_000),
    ];
    for text in texts {
        read(&[Piece::Text(&text)], Dialect::Generic);
    }
}
