//! Where the time of a run goes, stage by stage.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Wall time by stage, in the order in which stages first began; copies share it. The default takes
/// nothing down.
#[derive(Clone, Debug, Default)]
pub struct Timings(Option<Arc<Mutex<Stages>>>);

/// Stages and what they took so far.
type Stages = Vec<(&'static str, Duration)>;

impl Timings {
    /// Takes down what is done in [`Timings::stage`].
    pub fn on() -> Timings {
        Timings(Some(Arc::default()))
    }

    /// Does something that counts as a stage; a stage that comes again is added to what it took before.
    pub fn stage<T>(&self, name: &'static str, work: impl FnOnce() -> T) -> T {
        let Some(stages) = &self.0 else { return work() };
        {
            let mut stages = stages.lock().unwrap_or_else(PoisonError::into_inner);
            if !stages.iter().any(|(known, _)| *known == name) {
                stages.push((name, Duration::ZERO));
            }
        }
        let begin = Instant::now();
        let result = work();
        let took = begin.elapsed();
        let mut stages = stages.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, sum)) = stages.iter_mut().find(|(known, _)| *known == name) {
            *sum += took;
        }
        result
    }

    /// Stages and what they took; stages do not lie within each other.
    pub fn stages(&self) -> Vec<(&'static str, Duration)> {
        let stages =
            self.0.as_ref().map(|stages| stages.lock().unwrap_or_else(PoisonError::into_inner).clone());
        stages.unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_stand_in_the_order_of_their_beginnings() {
        let timings = Timings::on();
        timings.stage("b", || ());
        timings.stage("a", || std::thread::sleep(Duration::from_millis(2)));
        timings.stage("b", || ());
        let stages = timings.stages();
        assert_eq!(stages.iter().map(|(name, _)| *name).collect::<Vec<_>>(), ["b", "a"]);
        assert!(stages[1].1 >= Duration::from_millis(2));
        assert!(Timings::default().stages().is_empty());
    }
}
