//! Connections to the servers that the driver has started, and to a database in a file.

use crate::Order;
use redis::aio::MultiplexedConnection;
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::env;
use std::time::Duration;

pub struct Stores {
    pub pool: PgPool,
    client: redis::Client,
    keys: MultiplexedConnection,
}

impl Stores {
    /// Connects to where the environment says. Nothing is asked of the servers before an example does.
    pub async fn open() -> anyhow::Result<Stores> {
        let pool = PgPoolOptions::new().max_connections(2).connect_lazy_with(PgConnectOptions::new());
        let client = redis::Client::open(format!("redis://127.0.0.1:{}", env::var("REDIS_PORT")?))?;
        let keys = client.get_multiplexed_async_connection().await?;
        Ok(Stores { pool, client, keys })
    }

    pub fn keys(&self) -> MultiplexedConnection {
        self.keys.clone()
    }

    /// A connection that blocks.
    pub fn connection(&self) -> redis::RedisResult<redis::Connection> {
        self.client.get_connection()
    }
}

/// A database of its own for each trial, beside the gated folder. Each of its statements is a step: it comes by the gate
/// of files, for a file that is not there.
pub fn budgets(order: &Order) -> anyhow::Result<rusqlite::Connection> {
    let path = order.folder.with_file_name(format!("budgets-{}-{}.db", order.form, order.trial));
    let mut database = rusqlite::Connection::open(path)?;
    database.busy_timeout(Duration::from_secs(10))?;
    database.execute_batch(
        "CREATE TABLE IF NOT EXISTS budgets (tenant TEXT PRIMARY KEY, calls INTEGER NOT NULL, max_calls INTEGER NOT NULL);
         CREATE TABLE IF NOT EXISTS calls (tenant TEXT NOT NULL, body TEXT NOT NULL);
         INSERT OR IGNORE INTO budgets VALUES ('a', 4, 5);",
    )?;
    let step = |_: &str| drop(std::fs::File::open(env::var("GATE_FOLDER").unwrap_or_default() + "/step"));
    database.trace(Some(step));
    Ok(database)
}
