//! Baselines written, read back, broken.

use super::*;
use crate::book::words::Level;
use crate::finding::{Confidence, Interleaving, Label, LabelRole};
use crate::source::{FileId, SourceFile, Span};

fn finding(fingerprint: &str, at: usize) -> Finding {
    Finding {
        subject: Default::default(),
        rule: "a-rule".into(),
        level: Level::Warning,
        confidence: Confidence::High,
        message: "races".to_owned(),
        act: Label { role: LabelRole::Act, span: Span::new(FileId(0), at, at + 1), text: String::new() },
        labels: Vec::new(),
        interleaving: Interleaving::default(),
        notes: Vec::new(),
        fixes: Vec::new(),
        fingerprint: fingerprint.to_owned(),
    }
}

fn sources() -> Sources {
    Sources { files: vec![SourceFile::new("a.ts", "0123456789".to_owned()).into()] }
}

#[test]
fn what_is_written_is_read_back() {
    let findings = [finding("b", 1), finding("a", 2), finding("b", 3)];
    let baseline = Baseline::of(&findings, &sources());
    assert_eq!(baseline.count(), 3);
    let text = baseline.render();
    assert!(
        text.starts_with("{\n  \"findings\": [\n    {\n      \"count\": 1,\n      \"fingerprint\": \"a\"")
    );
    assert!(text.ends_with("  \"version\": 1\n}\n"));
    assert_eq!(Baseline::parse(&text), Ok(baseline));
}

#[test]
fn of_several_alike_as_many_are_known_as_were_counted() {
    let baseline = Baseline::of(&[finding("a", 1)], &sources());
    let findings = [finding("a", 1), finding("a", 2), finding("c", 3)];
    assert_eq!(baseline.known(&findings, |_| true), [true, false, false]);
    assert_eq!(baseline.known(&findings, |one| one.act.span.start == 2), [false, true, false]);
    assert_eq!(baseline.stale(&findings).count(), 0);
    assert_eq!(baseline.stale(&findings[2..]).map(|(_, missing)| missing).collect::<Vec<_>>(), [1]);
}

#[test]
fn pruning_lowers_counts_and_keeps_what_was_not_looked_at() {
    let baseline = Baseline::of(&[finding("a", 1), finding("a", 2), finding("b", 3)], &sources());
    let now = [finding("a", 5)];
    assert_eq!(baseline.pruned(&now, &sources(), |_| true).count(), 1);
    assert_eq!(baseline.pruned(&now, &sources(), |_| false).count(), 3);
}

#[test]
fn a_broken_file_is_told_with_its_place() {
    let told = |text: &str| {
        let broken = Baseline::parse(text).unwrap_err();
        format!("{}:{}: {}", broken.position.line, broken.position.column, broken.message)
    };
    assert_eq!(told("{\n  \"version\": 1,\n  \"findings\": [}\n"), "3:16: expected value");
    assert!(told("").starts_with("1:1: EOF"), "{}", told(""));
    assert!(told("{\"version\": 2}").contains("version 2"));
    assert!(told("{\"version\": 1}").contains("missing field `findings`"));
    let zero = "{\"version\": 1, \"findings\": [{\"count\": 0, \"fingerprint\": \"a\", \"path\": \"a\", \"rule\": \"a\"}]}";
    assert!(told(zero).contains("nonzero"), "{}", told(zero));
    assert!(told("{\n<<<<<<< HEAD\n").starts_with("2:1: holds the marks"));
}

/// Cut, doubled and changed bytes: a baseline or a message, never a panic.
#[test]
fn mutated_baselines_do_no_harm() {
    let findings = [finding("a", 1), finding("b", 2), finding("b", 3)];
    let seed = Baseline::of(&findings, &sources()).render();
    let mut state = 0x1234_5678_9abc_def1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) as usize % below.max(1)
    };
    for _ in 0..2000 {
        let mut bytes = seed.clone().into_bytes();
        for _ in 0..=next(4) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes.truncate(at),
                1 => bytes.insert(at, b"{}[]\",:19e"[next(10)]),
                2 if !bytes.is_empty() => bytes[at] = next(256) as u8,
                _ => bytes.extend_from_within(at..),
            }
        }
        if let Ok(baseline) = Baseline::parse(&String::from_utf8_lossy(&bytes)) {
            let _ =
                (baseline.known(&findings, |_| false), baseline.stale(&findings).count(), baseline.count());
            assert_eq!(Baseline::parse(&baseline.render()), Ok(baseline));
        }
    }
}
