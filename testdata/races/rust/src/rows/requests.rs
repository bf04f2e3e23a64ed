//! Webhooks and idempotency keys.

use crate::Order;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};

fn event(order: &Order) -> String {
    format!("evt_{} 1", order.trial)
}

fn headers() -> HeaderMap {
    HeaderMap::from_iter([(HeaderName::from_static("idempotency-key"), HeaderValue::from_static("key"))])
}

/// The payment service's library as the examples use it: a signed delivery is `ID ACCOUNT`.
mod payments {
    pub const SECRET: &str = "whsec";

    pub struct Event {
        pub id: String,
        account: i64,
    }

    impl Event {
        pub fn account(&self) -> i64 {
            self.account
        }

        pub fn customer(&self) -> i64 {
            self.account
        }
    }

    pub struct Webhook;

    impl Webhook {
        pub fn construct_event(body: &str, signature: &str, secret: &str) -> anyhow::Result<Event> {
            anyhow::ensure!(signature == secret, "not signed");
            let (id, account) = body.split_once(' ').ok_or_else(|| anyhow::anyhow!("no event"))?;
            Ok(Event { id: id.to_owned(), account: account.parse()? })
        }
    }
}

rows! { order, stores, page;
    no_dedup = "webhook-no-dedup.sqlx" [
        use super::super::payments::{self as stripe, SECRET};
        pub fn hook(pool: PgPool) -> Hook {
            Hook { pool, secret: SECRET.to_owned() }
        }
    ] [
        use super::super::payments::{self as stripe, SECRET};
    ]
        { page::hook(stores.pool.clone()).handle(&event(order), "whsec").await? }
        { page::credit(&stores.pool, &event(order), "whsec").await? }
    dedup_race = "webhook-dedup-race.sqlx" [
        use super::super::payments::{self as stripe, SECRET};
    ] [
        use super::super::payments::{self as stripe, SECRET};
    ]
        { page::handle(&stores.pool, &event(order), "whsec").await? }
        { page::handle(&stores.pool, &event(order), "whsec").await? }
    mark_before_effect = "webhook-mark-before-effect.sqlx" [
        use super::super::payments::{self as stripe, SECRET};
    ] [
        use super::super::payments::{self as stripe, SECRET};
    ]
        { page::handle(&stores.pool, &event(order), "whsec").await? }
        { page::handle(&stores.pool, &event(order), "whsec").await? }
    late_record = "idempotency-late-record.sqlx" [
        pub type AppError = anyhow::Error;
    ] [
        pub type AppError = anyhow::Error;
    ]
        { page::order(State(stores.pool.clone()), headers()).await? }
        { page::order(State(stores.pool.clone()), headers()).await? }
}
