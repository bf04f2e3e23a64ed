//! Calls the function of the example that an order means.

use crate::{Order, pages::*};
use redis::aio::MultiplexedConnection;
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::env;

/// Connections to the servers that the driver has started.
pub struct Stores {
    pool: PgPool,
    keys: MultiplexedConnection,
}

impl Stores {
    /// Connects to where the environment says. Nothing is asked of the servers before an example does.
    pub async fn open() -> anyhow::Result<Stores> {
        let pool = PgPoolOptions::new().max_connections(2).connect_lazy_with(PgConnectOptions::new());
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", env::var("REDIS_PORT")?))?;
        Ok(Stores { pool, keys: client.get_multiplexed_async_connection().await? })
    }
}

/// Runs the flagged or the clean form of a row, and answers what it gave back.
macro_rules! forms {
    ($order:expr, $row:ident, |$page:ident| $flagged:expr, |$other:ident| $clean:expr) => {
        if $order.form == "flagged" {
            use $row::flagged as $page;
            json!($flagged)
        } else {
            use $row::clean as $other;
            json!($clean)
        }
    };
}

pub async fn run(order: &Order, stores: &Stores) -> anyhow::Result<Value> {
    let pool = &stores.pool;
    let keys = &mut stores.keys.clone();
    Ok(match order.row.as_str() {
        "db-lost-update.sqlx" => forms!(order, lost_update, |page| page::count_view(pool, 1).await?, |page| page::count_view(pool, 1).await?),
        "db-check-then-update.sqlx" => forms!(
            order,
            check_then_update,
            |page| page::withdraw(pool, 1, 70).await.map(|()| true)?,
            |page| page::withdraw(pool, 1, 70).await?
        ),
        "db-check-then-insert.sqlx" => forms!(
            order,
            check_then_insert,
            |page| page::register(pool, "ada@example.org").await?,
            |page| page::register(pool, "ada@example.org").await?
        ),
        "db-count-then-write.sqlx" => forms!(
            order,
            count_then_write,
            |page| page::join(pool, 1, 10 + order.actor).await?,
            |page| page::join(pool, 1, 10 + order.actor).await?
        ),
        "db-queue-claim.sqlx" => forms!(order, queue_claim, |page| page::next(pool).await?, |page| page::next(pool).await?),
        "db-single-use-token.sqlx" => forms!(
            order,
            single_use_token,
            |page| page::redeem(pool, "c", 1).await?,
            |page| page::redeem(pool, "c", 1).await?
        ),
        "db-version-not-checked.sqlx" => {
            let text = format!("text of {}", order.actor);
            forms!(
                order,
                version,
                |page| page::save(pool, 1, &text, 3).await.map(|()| true)?,
                |page| page::save(pool, 1, &text, 3).await?
            )
        }
        "kv-check-then-set.redis" => {
            forms!(order, check_then_set, |page| page::greet_once(keys, 7).await?, |page| page::greet_once(keys, 7).await?)
        }
        "kv-limit-race.redis" => forms!(order, limit, |page| page::allow(keys, 1).await?, |page| page::allow(keys, 1).await?),
        "kv-read-modify-write.redis" => forms!(
            order,
            key_read_modify_write,
            |page| page::award(keys, "ada", 5).await?,
            |page| page::award(keys, "ada", 5).await?
        ),
        "lock-unsafe-release.redis" => forms!(
            order,
            unsafe_release,
            |page| page::release_lock(keys, "books", "ours").await?,
            |page| page::release_lock(keys, "books", "ours").await?
        ),
        row => anyhow::bail!("no row {row}"),
    })
}
