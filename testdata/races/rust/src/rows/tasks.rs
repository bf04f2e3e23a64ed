//! Two tasks on one thread, which overlap at each `await`; the answer is how many did what only one may do.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use tokio::sync::Mutex;

/// What the examples call and do not show. Each lets the other task run once before it answers.
mod apart {
    use std::cell::Cell;
    use tokio::task::yield_now;

    thread_local! {
        static MADE: Cell<u64> = const { Cell::new(0) };
        static INSIDE: Cell<u64> = const { Cell::new(0) };
        static MOST: Cell<u64> = const { Cell::new(0) };
    }

    #[derive(Clone)]
    pub struct Client;

    pub async fn connect() -> Client {
        MADE.set(MADE.get() + 1);
        yield_now().await;
        Client
    }

    pub async fn pay() {
        yield_now().await;
    }

    pub async fn price() -> u64 {
        yield_now().await;
        10
    }

    pub async fn work() {
        INSIDE.set(INSIDE.get() + 1);
        MOST.set(MOST.get().max(INSIDE.get()));
        yield_now().await;
        INSIDE.set(INSIDE.get() - 1);
    }

    /// How many clients were made since this was asked.
    pub fn made() -> u64 {
        MADE.take()
    }

    /// How many were at work at once since this was asked.
    pub fn most() -> u64 {
        MOST.take()
    }
}

rows! { _order, _stores, page;
    check_await_act = "state-check-await-act.tokio" [
        use super::super::apart::pay;
    ] [
        use super::super::apart::pay;
    ]
        { booked(async |free| page::book(free).await).await }
        { booked(async |free| page::book(free).await).await }
    lazy_init = "state-lazy-init.tokio" [
        use super::super::apart::{Client, connect};
    ] [
        use super::super::apart::{Client, connect};
    ]
        {
            {
                let slot = Rc::new(RefCell::new(None));
                tokio::join!(page::client(slot.clone()), page::client(slot));
                apart::made()
            }
        }
        {
            {
                let slot = Mutex::new(None);
                tokio::join!(page::client(&slot), page::client(&slot));
                apart::made()
            }
        }
    stale = "state-stale-across-await.tokio" [
        use super::super::apart::price;
    ] [
        use super::super::apart::price;
    ]
        { added(async |total| page::add(total).await).await }
        { added(async |total| page::add(total).await).await }
    guard_dropped = "lock-guard-dropped.tokio" [
        use super::super::apart::work;
    ] [
        use super::super::apart::work;
    ]
        { in_turn(async |turn| page::add(turn).await).await }
        { in_turn(async |turn| page::add(turn).await).await }
    per_call = "lock-per-call.tokio" [
        use super::super::apart::work;
    ] [
        use super::super::apart::work;
    ]
        { in_turn(async |_| page::add().await).await }
        { in_turn(async |_| page::add().await).await }
}

/// Two book the last seat.
async fn booked(book: impl AsyncFn(Rc<Cell<u32>>) -> bool) -> u32 {
    let free = Rc::new(Cell::new(1));
    let (first, second) = tokio::join!(book(free.clone()), book(free));
    u32::from(first) + u32::from(second)
}

/// Two add to a total.
async fn added(add: impl AsyncFn(Rc<Cell<u64>>)) -> u64 {
    let total = Rc::new(Cell::new(0));
    tokio::join!(add(total.clone()), add(total.clone()));
    total.get()
}

/// Two work, and take the lock as the example does.
async fn in_turn(add: impl AsyncFn(&Mutex<()>)) -> u64 {
    let turn = Mutex::new(());
    tokio::join!(add(&turn), add(&turn));
    apart::most()
}
