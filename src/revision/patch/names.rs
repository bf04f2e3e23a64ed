//! Names of files as diffs write them: quoted, with prefixes, with times behind them.

#[cfg(unix)]
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

/// What stands for a file that is not there.
pub(super) const NOWHERE: &str = "/dev/null";

/// The name behind `---` or `+++`.
pub(super) fn name(text: &str) -> String {
    match text.strip_prefix('"') {
        Some(quoted) => unquoted(quoted),
        // What follows a tab is a time.
        None => text.split('\t').next().unwrap_or(text).to_owned(),
    }
}

/// `Binary files a/x and b/x differ`.
pub(super) fn of_binary(line: &str) -> Option<(String, String)> {
    let names = line.strip_prefix("Binary files ")?.strip_suffix(" differ")?;
    let (old, new) = names.rsplit_once(" and ")?;
    Some((name(old), name(new)))
}

/// Up to the closing quote, with what C writes behind a backslash.
fn unquoted(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.bytes().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => break,
            b'\\' => match rest.next() {
                Some(digit @ b'0'..=b'3') => {
                    let mut value = u32::from(digit - b'0');
                    for _ in 0..2 {
                        let Some(digit) = rest.next_if(|digit| matches!(digit, b'0'..=b'7')) else { break };
                        value = value * 8 + u32::from(digit - b'0');
                    }
                    bytes.push(value as u8);
                }
                Some(letter) => bytes.push(escaped(letter)),
                None => {}
            },
            _ => bytes.push(byte),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escaped(letter: u8) -> u8 {
    match letter {
        b'a' => 7,
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'v' => 11,
        b'f' => 12,
        b'r' => b'\r',
        other => other,
    }
}

/// The new name without its prefix. `git diff` writes `a/` and `b/`, or other letters, or nothing if
/// it is told so; `diff -r` writes two folders.
pub(super) fn stripped(git: Option<&str>, old: &str, new: &str) -> String {
    let Some((before, rest)) = new.split_once('/') else { return new.to_owned() };
    let old = match (old, git) {
        (NOWHERE, Some(git)) => name(git.strip_prefix("diff --git ").unwrap_or(git)),
        _ => old.to_owned(),
    };
    let old = old.as_str();
    let is_prefixed = match old.split_once('/') {
        _ if old == NOWHERE => before == "b",
        Some((other, old_rest)) => {
            let are_letters = is_letter(before) && is_letter(other);
            before != other && (rest == old_rest || are_letters)
        }
        None => false,
    };
    let stripped = if is_prefixed { rest } else { new };
    stripped.trim_start_matches("./").to_owned()
}

/// What git names the sides of a comparison by.
fn is_letter(prefix: &str) -> bool {
    matches!(prefix, "a" | "b" | "c" | "i" | "o" | "w" | "1" | "2")
}

/// A path from the bytes of its name.
pub(in crate::revision) fn path_of(name: &[u8]) -> PathBuf {
    #[cfg(unix)]
    let path = PathBuf::from(std::ffi::OsStr::from_bytes(name));
    #[cfg(not(unix))]
    let path = PathBuf::from(String::from_utf8_lossy(name).into_owned());
    path
}
