use dashmap::DashMap;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, RwLock};

pub struct Shop {
    carts: Mutex<HashMap<u64, Vec<u64>>>,
    prices: RwLock<HashMap<u64, u64>>,
    viewers: DashMap<u64, String>,
    tickets: AtomicU64,
}

impl Shop {
    /// One hold over look and change.
    pub fn open_cart(&self, user: u64) -> bool {
        let mut carts = self.carts.lock().unwrap();
        if carts.contains_key(&user) {
            return false;
        }
        carts.insert(user, Vec::new());
        true
    }

    /// The write lock looks again.
    pub fn price(&self, product: u64, asked: u64) -> u64 {
        if let Some(price) = self.prices.read().unwrap().get(&product).copied() {
            return price;
        }
        *self.prices.write().unwrap().entry(product).or_insert(asked)
    }

    pub fn join(&self, user: u64, name: String) -> bool {
        self.viewers.insert(user, name).is_none()
    }

    pub fn draw_ticket(&self) -> Option<u64> {
        self.tickets.fetch_update(Ordering::AcqRel, Ordering::Acquire, |left| left.checked_sub(1)).ok()
    }
}
