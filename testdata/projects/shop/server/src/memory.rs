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
    /// Each `lock()` is a hold of its own.
    pub fn open_cart(&self, user: u64) -> bool {
        if self.carts.lock().unwrap().contains_key(&user) {
            return false;
        }
        self.carts.lock().unwrap().insert(user, Vec::new());
        true
    }

    pub fn price(&self, product: u64, asked: u64) -> u64 {
        let known = self.prices.read().unwrap().get(&product).copied();
        if let Some(price) = known {
            return price;
        }
        self.prices.write().unwrap().insert(product, asked);
        asked
    }

    pub fn join(&self, user: u64, name: String) -> bool {
        if self.viewers.contains_key(&user) {
            return false;
        }
        self.viewers.insert(user, name);
        true
    }

    pub fn draw_ticket(&self) -> Option<u64> {
        let left = self.tickets.load(Ordering::SeqCst);
        if left == 0 {
            return None;
        }
        self.tickets.store(left - 1, Ordering::SeqCst);
        Some(left)
    }
}
