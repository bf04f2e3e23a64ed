//! Results to a report that code hosts accept: what matters least is dropped first, and it is said.

use crate::book::words::Level;
use crate::finding::Confidence;
use crate::report::{Rendered, plural};
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;
use std::io::{self, Write};

/// Results that a host takes of one run.
const MOST_RESULTS: usize = 25_000;
/// Results that it then shows.
const MOST_SHOWN: usize = 5_000;
/// The size of the packed report, in bytes.
const LARGEST: usize = 10 * 1024 * 1024;

/// A result and how much it matters: one that no comment silences before one that is, then by
/// level, then by how sure it is.
pub(super) struct Row {
    pub(super) weight: (bool, Level, Confidence),
    pub(super) result: Value,
}

pub(super) fn keep(rows: Vec<Row>, render: impl Fn(&[&Value], &[String]) -> String) -> Rendered {
    within(rows, MOST_RESULTS, LARGEST, render)
}

fn within(
    rows: Vec<Row>,
    most: usize,
    largest: usize,
    render: impl Fn(&[&Value], &[String]) -> String,
) -> Rendered {
    // Indices, those that matter most first; sorting keeps the order of equals.
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by_key(|at| rows.get(*at).map(|row| std::cmp::Reverse(row.weight)));
    order.truncate(most);
    loop {
        let mut kept = order.clone();
        kept.sort_unstable();
        let results: Vec<&Value> = kept.iter().filter_map(|at| Some(&rows.get(*at)?.result)).collect();
        let remarks = remarks(rows.len(), results.len());
        let text = render(&results, &remarks);
        // What is not packed is larger still.
        let size = if text.len() > largest { packed(&text) } else { 0 };
        if size <= largest || order.is_empty() {
            return Rendered { text, remarks };
        }
        // A little less than would fit if all were alike, and one fewer at least.
        let fitting = order.len() * largest / size * 9 / 10;
        order.truncate(fitting.min(order.len() - 1));
    }
}

fn remarks(all: usize, kept: usize) -> Vec<String> {
    let mut remarks = Vec::new();
    if kept < all {
        let left = plural(all - kept, "result");
        remarks.push(format!(
            "{left} of the lowest levels left out of the SARIF report: code hosts accept no more"
        ));
    }
    if kept > MOST_SHOWN {
        remarks.push(format!("code hosts show {MOST_SHOWN} of the {kept} results of the SARIF report"));
    }
    remarks
}

/// The size once packed.
fn packed(text: &str) -> usize {
    let mut encoder = GzEncoder::new(Count(0), Compression::default());
    // A counter takes everything.
    let _ = encoder.write_all(text.as_bytes());
    encoder.finish().map_or(0, |count| count.0)
}

/// Counts what is written to it.
struct Count(usize);

impl Write for Count {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn rows(levels: &[Level]) -> Vec<Row> {
        let row = |(at, level): (usize, &Level)| Row {
            weight: (true, *level, Confidence::High),
            // Text that does not pack well.
            result: json!(format!("{at}{}", blake3::hash(&at.to_le_bytes()))),
        };
        levels.iter().enumerate().map(row).collect()
    }

    fn list(results: &[&Value], _: &[String]) -> String {
        json!(results).to_string()
    }

    #[test]
    fn the_lowest_levels_go_first_and_the_order_stays() {
        let levels = [Level::Note, Level::Error, Level::Warning, Level::Error];
        let rendered = within(rows(&levels), 3, LARGEST, |results, _| {
            results.iter().map(|one| one.as_str().map_or("", |text| &text[..1])).collect()
        });
        assert_eq!(rendered.text, "123");
        assert_eq!(rendered.remarks.len(), 1);
    }

    #[test]
    fn a_report_fits_once_packed() {
        let all = rows(&[Level::Warning; 500]);
        let rendered = within(all, usize::MAX, 8_000, list);
        assert!(packed(&rendered.text) <= 8_000);
        let kept: Vec<Value> = serde_json::from_str(&rendered.text).unwrap();
        assert!(kept.len() > 100, "{}", kept.len());
        assert!(rendered.remarks[0].starts_with(&format!("{} results", 500 - kept.len())));
    }
}
