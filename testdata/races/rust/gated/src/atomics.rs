//! Atomics with a gate before each operation. One operation is one step, as on the machine.

use crate::gate::step;
use std::sync::atomic::Ordering;

macro_rules! atomic {
    ($($name:ident: $value:ty),*) => {$(
        #[derive(Default, Debug)]
        pub struct $name(std::sync::atomic::$name);

        impl $name {
            pub const fn new(value: $value) -> Self {
                $name(std::sync::atomic::$name::new(value))
            }

            pub fn load(&self, order: Ordering) -> $value {
                step();
                self.0.load(order)
            }

            pub fn store(&self, value: $value, order: Ordering) {
                step();
                self.0.store(value, order)
            }

            pub fn swap(&self, value: $value, order: Ordering) -> $value {
                step();
                self.0.swap(value, order)
            }

            pub fn compare_exchange(&self, old: $value, new: $value, on: Ordering, off: Ordering) -> Result<$value, $value> {
                step();
                self.0.compare_exchange(old, new, on, off)
            }

            pub fn compare_exchange_weak(&self, old: $value, new: $value, on: Ordering, off: Ordering) -> Result<$value, $value> {
                step();
                self.0.compare_exchange_weak(old, new, on, off)
            }

            /// The loop that the standard library documents; each of its operations is a step.
            pub fn fetch_update(&self, on: Ordering, off: Ordering, mut change: impl FnMut($value) -> Option<$value>) -> Result<$value, $value> {
                let mut seen = self.load(off);
                while let Some(next) = change(seen) {
                    match self.compare_exchange_weak(seen, next, on, off) {
                        Ok(before) => return Ok(before),
                        Err(now) => seen = now,
                    }
                }
                Err(seen)
            }
        }
    )*};
}

atomic!(AtomicBool: bool, AtomicU32: u32, AtomicU64: u64, AtomicUsize: usize);

macro_rules! adds {
    ($($name:ident: $value:ty),*) => {$(
        impl $name {
            pub fn fetch_add(&self, value: $value, order: Ordering) -> $value {
                step();
                self.0.fetch_add(value, order)
            }
        }
    )*};
}

adds!(AtomicU32: u32, AtomicU64: u64, AtomicUsize: usize);
