//! `--timings`: where the time of this run goes.

use super::output;
use crate::timing::Timings;
use std::sync::OnceLock;
use std::time::Instant;

static TIMINGS: OnceLock<Timings> = OnceLock::new();

/// From now on stages are taken down.
pub(super) fn begin() {
    TIMINGS.get_or_init(Timings::on);
}

/// What to take stages down with.
pub(super) fn timings() -> Timings {
    TIMINGS.get().cloned().unwrap_or_default()
}

/// Does something as a stage of the run.
pub(super) fn stage<T>(name: &'static str, work: impl FnOnce() -> T) -> T {
    timings().stage(name, work)
}

/// Tells a line for each stage: its name and seconds of wall time.
pub(super) fn tell(started: Instant) {
    let stages = timings().stages();
    if TIMINGS.get().is_none() {
        return;
    }
    let total = started.elapsed();
    let known: std::time::Duration = stages.iter().map(|(_, took)| *took).sum();
    let rest = [("other", total.saturating_sub(known)), ("total", total)];
    for (name, took) in stages.into_iter().chain(rest) {
        output::tell(&format!("{name:<9}{:>9.3} s", took.as_secs_f64()));
    }
}
