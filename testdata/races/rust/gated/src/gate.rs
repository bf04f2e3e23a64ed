//! Where the threads of a trial meet: no thread does its k-th step before the other has come to its k-th.

use std::cell::Cell;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// How long a thread waits for one that may itself wait for a lock of the first.
const PATIENCE: Duration = Duration::from_millis(50);

struct Meeting {
    come: [u64; 2],
    is_done: [bool; 2],
}

static MEETING: Mutex<Meeting> = Mutex::new(Meeting { come: [0; 2], is_done: [false; 2] });
static MOVED: Condvar = Condvar::new();

thread_local! {
    static ACTOR: Cell<Option<usize>> = const { Cell::new(None) };
}

fn meeting() -> MutexGuard<'static, Meeting> {
    MEETING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs both at once, each on a thread of its own, and answers what they answered. One call at a time.
pub fn both<T: Send>(first: impl FnOnce() -> T + Send, second: impl FnOnce() -> T + Send) -> [T; 2] {
    *meeting() = Meeting { come: [0; 2], is_done: [false; 2] };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| actor(0, first));
        let second = scope.spawn(|| actor(1, second));
        [first, second].map(|thread| thread.join().expect("an example does not panic"))
    })
}

fn actor<T>(number: usize, work: impl FnOnce() -> T) -> T {
    ACTOR.set(Some(number));
    let answer = work();
    meeting().is_done[number] = true;
    MOVED.notify_all();
    answer
}

/// A step: what the calling thread does next is held until the other has come as far. Elsewhere it holds nothing.
pub fn step() {
    let Some(actor) = ACTOR.get() else { return };
    let mut now = meeting();
    now.come[actor] += 1;
    let (mine, other) = (now.come[actor], 1 - actor);
    MOVED.notify_all();
    let _ = MOVED.wait_timeout_while(now, PATIENCE, |now| !now.is_done[other] && now.come[other] < mine);
}
