//! The standard library as the examples on threads see it: all of it, but with a gate before each use of an atomic, a
//! lock or a concurrent map. At the gate a thread waits until the other has come as far, or has waited long enough.

pub use ::std::*;

pub mod dashmap;
pub mod gate;

pub mod sync {
    pub use super::lock::{Mutex, RwLock};
    pub use ::std::sync::*;

    pub mod atomic {
        pub use crate::atomics::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize};
        pub use ::std::sync::atomic::*;
    }
}

mod atomics;
mod lock;
