//! The examples on threads, byte for byte as the pages have them. What they call `std` and `dashmap` is `gated`.
#![no_std]
#![allow(warnings, reason = "what an example leaves unused here is none of ours")]

#[macro_use]
extern crate gated as std;

use std::gate::both;
use std::prelude::rust_2024::*;

macro_rules! row {
    ($module:ident, $row:literal, flagged { $($flagged:item)* }, clean { $($clean:item)* }) => {
        mod $module {
            pub mod flagged {
                use std::dashmap;
                use std::prelude::rust_2024::*;
                $($flagged)*
                include!(concat!(env!("RACE_PAGES"), "/", $row, "/flagged.rs"));
            }
            pub mod clean {
                use std::dashmap;
                use std::prelude::rust_2024::*;
                $($clean)*
                include!(concat!(env!("RACE_PAGES"), "/", $row, "/clean.rs"));
            }
        }
    };
}

row!(take, "atomic-load-then-store.take", flagged {}, clean {});
row!(open, "atomic-load-then-store.open", flagged {
    pub fn pool(open: usize, largest: usize) -> Pool {
        Pool { open: Arc::new(AtomicUsize::new(open)), largest }
    }
}, clean {});
row!(register, "map-check-then-insert.register", flagged {}, clean {});
row!(count, "map-check-then-insert.count", flagged {}, clean {});
row!(jobs, "lock-gap.mutex", flagged {
    pub fn jobs() -> Jobs {
        Jobs { jobs: Mutex::default() }
    }
}, clean {
    pub fn jobs() -> Jobs {
        Jobs { jobs: Mutex::default() }
    }
});
row!(session, "lock-gap.rwlock", flagged {}, clean {});

/// How many of the two threads did what only one may do; of a count, how far it got.
pub fn run(row: &str, form: &str) -> Option<usize> {
    use std::dashmap::DashMap;
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
    use std::sync::{Arc, RwLock};

    let is_flagged = form == "flagged";
    let won = |answers: [bool; 2]| answers.into_iter().filter(|won| *won).count();
    Some(match row {
        "atomic-load-then-store.take" => {
            let credits = &AtomicU64::new(10);
            let take = || {
                if is_flagged {
                    take::flagged::take(credits, 10).is_some()
                } else {
                    take::clean::take(credits, 10)
                }
            };
            won(both(take, take))
        }
        "atomic-load-then-store.open" => {
            let (pool, open) = (&open::flagged::pool(9, 10), &AtomicUsize::new(9));
            let open = || if is_flagged { pool.try_open() } else { open::clean::try_open(open, 10) };
            won(both(open, open))
        }
        "map-check-then-insert.register" => {
            let sessions = &DashMap::new();
            let register = |name: &str| match is_flagged {
                true => register::flagged::register(sessions, 1, name.to_string()),
                false => register::clean::register(sessions, 1, name.to_string()),
            };
            won(both(|| register("Ada"), || register("Bob")))
        }
        "map-check-then-insert.count" => {
            let hits = Arc::new(DashMap::new());
            let count = || match is_flagged {
                true => count::flagged::count(hits.clone(), "/"),
                false => count::clean::count(&hits, "/"),
            };
            both(count, count);
            let hits = hits.get("/").map_or(0, |hits| *hits);
            hits as usize
        }
        "lock-gap.mutex" => {
            let (flagged, clean) = (&jobs::flagged::jobs(), &jobs::clean::jobs());
            let start = |name: &str| match is_flagged {
                true => flagged.start(1, name.to_string()),
                false => clean.start(1, name.to_string()),
            };
            won(both(|| start("one"), || start("two")))
        }
        "lock-gap.rwlock" => {
            let sessions = &Arc::new(RwLock::default());
            let session = |fresh: u64| match is_flagged {
                true => session::flagged::session(sessions, "ada", fresh),
                false => session::clean::session(sessions, "ada", fresh),
            };
            let [one, other] = both(|| session(1), || session(2));
            1 + usize::from(one != other)
        }
        _ => return None,
    })
}
