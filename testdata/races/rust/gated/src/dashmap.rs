//! `dashmap` with a gate before each call.

use crate::gate::step;
use dashmap::mapref::one::Ref;
use std::hash::Hash;

pub use dashmap::mapref;

#[derive(Default, Debug)]
pub struct DashMap<K: Eq + Hash, V>(dashmap::DashMap<K, V>);

impl<K: Eq + Hash, V> DashMap<K, V> {
    pub fn new() -> Self {
        DashMap(dashmap::DashMap::new())
    }

    pub fn contains_key(&self, key: &K) -> bool {
        step();
        self.0.contains_key(key)
    }

    pub fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<Ref<'_, K, V>>
    where
        K: std::borrow::Borrow<Q>,
    {
        step();
        self.0.get(key)
    }

    pub fn insert(&self, key: K, value: V) -> Option<V> {
        step();
        self.0.insert(key, value)
    }

    pub fn entry(&self, key: K) -> mapref::entry::Entry<'_, K, V> {
        step();
        self.0.entry(key)
    }

    pub fn remove(&self, key: &K) -> Option<(K, V)> {
        step();
        self.0.remove(key)
    }

    pub fn remove_if(&self, key: &K, test: impl FnOnce(&K, &V) -> bool) -> Option<(K, V)> {
        step();
        self.0.remove_if(key, test)
    }
}
