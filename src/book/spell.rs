//! An unknown word turned into a message that names the nearest known one.

/// ``unknown verb `exsits`, did you mean `exists`?``, or the whole list if it is short.
pub fn unknown<'a>(kind: &str, word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, &known) {
        Some(near) => format!("unknown {kind} `{word}`, did you mean `{near}`?"),
        None if known.is_empty() => format!("unknown {kind} `{word}`"),
        None if known.len() <= 20 => format!("unknown {kind} `{word}`; known are {}", known.join(", ")),
        None => format!("unknown {kind} `{word}`"),
    }
}

/// The known word that takes the fewest edits, if they are few for its length.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let length = word.chars().count();
    let limit = if length < 4 { 1 } else { (length / 3).clamp(2, 3) };
    let scored = known.iter().map(|entry| (distance(word, entry, limit), *entry));
    scored.filter(|(score, _)| *score <= limit).min().map(|(_, entry)| entry)
}

/// Edits from one word to the other; anything above `limit` once lengths alone say so.
fn distance(a: &str, b: &str, limit: usize) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().abs_diff(b.len()) > limit || a.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.iter().enumerate() {
        let mut diagonal = i;
        let mut before = i + 1;
        for (cell, right) in row.iter_mut().skip(1).zip(&b) {
            let change = diagonal + usize::from(left != right);
            diagonal = *cell;
            before = change.min(before + 1).min(diagonal + 1);
            *cell = before;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_the_nearest_word() {
        let known = ["exists", "inspect", "create"];
        assert_eq!(nearest("exsits", &known), Some("exists"));
        assert_eq!(nearest("crate", &known), Some("create"));
        assert_eq!(nearest("zebra", &known), None);
        assert_eq!(unknown("verb", "inspcet", known), "unknown verb `inspcet`, did you mean `inspect`?");
        assert_eq!(
            unknown("verb", "zebra", known),
            "unknown verb `zebra`; known are exists, inspect, create"
        );
    }
}
