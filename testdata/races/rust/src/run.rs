//! Calls the function of the example that an order means.

use crate::{Order, pages::*};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use redis::aio::MultiplexedConnection;
use serde_json::{Value, json};
use sqlx::PgPool;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use std::cell::{Cell, RefCell};
use std::env;
use std::rc::Rc;
use std::time::Duration;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Connections to the servers that the driver has started.
pub struct Stores {
    pool: PgPool,
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

    /// A connection that blocks.
    fn connection(&self) -> redis::RedisResult<redis::Connection> {
        self.client.get_connection()
    }
}

/// A database of its own for each trial, beside the gated folder. Each of its statements is a step: it comes by the gate
/// of files, for a file that is not there.
fn budgets(order: &Order) -> anyhow::Result<rusqlite::Connection> {
    let path = order.folder.with_file_name(format!("budgets-{}-{}.db", order.form, order.trial));
    let mut database = rusqlite::Connection::open(path)?;
    database.busy_timeout(Duration::from_secs(10))?;
    database.execute_batch(
        "CREATE TABLE IF NOT EXISTS budgets (tenant TEXT PRIMARY KEY, calls INTEGER NOT NULL, max_calls INTEGER NOT NULL);
         CREATE TABLE IF NOT EXISTS calls (tenant TEXT NOT NULL, body TEXT NOT NULL);
         INSERT OR IGNORE INTO budgets VALUES ('a', 4, 5);",
    )?;
    database
        .trace(Some(|_| drop(std::fs::File::open(env::var("GATE_FOLDER").unwrap_or_default() + "/step"))));
    Ok(database)
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
    let file = order.folder.join("file");
    let name = file.display().to_string();
    let event = format!("evt_{} 1", order.trial);
    Ok(match order.row.as_str() {
        "db-lost-update.sqlx" => {
            forms!(order, lost_update, |page| page::count_view(pool, 1).await?, |page| page::count_view(
                pool, 1
            )
            .await?)
        }
        "db-check-then-update.sqlx" => forms!(
            order,
            check_then_update,
            |page| page::withdraw(pool, 1, 70).await.map(|()| true)?,
            |page| page::withdraw(pool, 1, 70).await?
        ),
        "db-check-then-insert.sqlx" => {
            forms!(order, check_then_insert, |page| page::register(pool, "ada@example.org").await?, |page| {
                page::register(pool, "ada@example.org").await?
            })
        }
        "db-count-then-write.sqlx" => {
            forms!(order, count_then_write, |page| page::join(pool, 1, 10 + order.actor).await?, |page| {
                page::join(pool, 1, 10 + order.actor).await?
            })
        }
        "db-queue-claim.sqlx" => {
            forms!(order, queue_claim, |page| page::next(pool).await?, |page| page::next(pool).await?)
        }
        "db-single-use-token.sqlx" => {
            forms!(order, single_use_token, |page| page::redeem(pool, "c", 1).await?, |page| page::redeem(
                pool, "c", 1
            )
            .await?)
        }
        "db-version-not-checked.sqlx" => {
            let text = format!("text of {}", order.actor);
            forms!(order, version, |page| page::save(pool, 1, &text, 3).await.map(|()| true)?, |page| {
                page::save(pool, 1, &text, 3).await?
            })
        }
        "kv-check-then-set.redis" => {
            forms!(order, check_then_set, |page| page::greet_once(keys, 7).await?, |page| page::greet_once(
                keys, 7
            )
            .await?)
        }
        "kv-limit-race.redis" => {
            forms!(order, limit, |page| page::allow(keys, 1).await?, |page| page::allow(keys, 1).await?)
        }
        "kv-read-modify-write.redis" => {
            forms!(order, key_read_modify_write, |page| page::award(keys, "ada", 5).await?, |page| {
                page::award(keys, "ada", 5).await?
            })
        }
        "lock-unsafe-release.redis" => {
            forms!(order, unsafe_release, |page| page::release_lock(keys, "books", "ours").await?, |page| {
                page::release_lock(keys, "books", "ours").await?
            })
        }
        "db-check-then-update.rusqlite" => {
            let database = &budgets(order)?;
            forms!(
                order,
                budget,
                |page| page::call(database, "a").map(|()| true).map_err(anyhow::Error::msg)?,
                |page| page::call(database, "a", "hello")?
            )
        }
        "fs-check-then-create.std" => {
            forms!(order, file_create, |page| page::start_log(&file)?, |page| page::start_log(&file)?)
        }
        "fs-check-then-use.std" => forms!(
            order,
            file_use,
            |page| page::load(&name)?.map(|text| text.len()),
            |page| page::load(&file, 1 << 20)?.len()
        ),
        "fs-check-then-mkdir.std" => {
            forms!(order, file_mkdir, |page| page::prepare(&file)?, |page| page::prepare(&file)?)
        }
        "fs-check-then-remove.std" => {
            forms!(order, file_remove, |page| page::clean(&file)?, |page| page::clean(&file)?)
        }
        "fs-check-then-read.std" => {
            forms!(order, file_read, |page| page::load(&file)?, |page| page::load(&file)?)
        }
        "fs-create-then-chmod.std" => {
            forms!(order, file_chmod, |page| page::save_key(&file, b"secret")?, |page| page::save_key(
                &name, b"secret"
            )?)
        }
        "fs-remove-then-create.std" => {
            forms!(order, file_renew, |page| page::renew(&name).map(drop)?, |page| page::renew(&name)
                .map(drop)?)
        }
        "fs-read-modify-write.std" => {
            forms!(order, file_modify, |page| page::add_line(&file, "one\n")?, |page| page::add_line(
                &file, "one\n"
            )?)
        }
        "fs-lockfile-not-exclusive.std" => {
            forms!(order, lock_file, |page| page::take_lock(&file).map(|()| true)?, |page| page::take_lock(
                &file
            )?)
        }
        "db-claim-unchecked.sqlx" => {
            forms!(order, claim_unchecked, |page| page::take(pool, 1, order.actor).await?, |page| page::take(
                pool,
                1,
                order.actor
            )
            .await?)
        }
        "db-row-lock-outside-transaction.sqlx" => forms!(
            order,
            row_lock,
            |page| {
                let cents = page::balance(pool, 1).await?;
                sqlx::query("UPDATE wallets SET cents = $1").bind(cents - 30).execute(pool).await.map(drop)?
            },
            |page| {
                let mut tx = pool.begin().await?;
                let cents = page::balance(&mut tx, 1).await?;
                sqlx::query("UPDATE wallets SET cents = $1").bind(cents - 30).execute(&mut *tx).await?;
                tx.commit().await?
            }
        ),
        "db-transaction-escape.sqlx" => {
            forms!(order, escape, |page| page::order(pool, 1, 30).await?, |page| page::order(pool, 1, 30)
                .await?)
        }
        "kv-check-then-set.redis-take" => {
            let keys = &mut stores.connection()?;
            forms!(order, collect, |page| page::collect(keys, "box:7")?, |page| page::collect(keys, "box:7")?)
        }
        "lock-no-expiry.redis" => {
            let keys = &mut stores.connection()?;
            forms!(order, elect, |page| page::elect(keys)?, |page| page::elect(keys, "token")?)
        }
        "lock-not-released.sqlx" => {
            let mut connection = pool.acquire().await?;
            // The view that it refreshes is not there: the work fails.
            forms!(
                order,
                not_released,
                |page| page::rebuild(&mut connection, order.trial).await.is_ok(),
                |page| page::rebuild(&mut connection, order.trial).await.is_ok()
            )
        }
        "webhook-no-dedup.sqlx" => {
            forms!(order, no_dedup, |page| page::hook(pool.clone()).handle(&event, "whsec").await?, |page| {
                page::credit(pool, &event, "whsec").await?
            })
        }
        "webhook-dedup-race.sqlx" => {
            forms!(order, dedup_race, |page| page::handle(pool, &event, "whsec").await?, |page| page::handle(
                pool, &event, "whsec"
            )
            .await?)
        }
        "webhook-mark-before-effect.sqlx" => {
            forms!(order, mark_first, |page| page::handle(pool, &event, "whsec").await?, |page| page::handle(
                pool, &event, "whsec"
            )
            .await?)
        }
        "idempotency-late-record.sqlx" => {
            let (state, headers) = (
                State(pool.clone()),
                HeaderMap::from_iter([(IDEMPOTENCY_KEY, HeaderValue::from_static("key"))]),
            );
            forms!(order, late_record, |page| page::order(state, headers).await?, |page| page::order(
                state, headers
            )
            .await?)
        }
        "state-check-await-act.tokio" => {
            let free = Rc::new(Cell::new(1));
            let booked: (bool, bool) = match order.form.as_str() {
                "flagged" => tokio::join!(
                    check_await_act::flagged::book(free.clone()),
                    check_await_act::flagged::book(free)
                ),
                _ => tokio::join!(
                    check_await_act::clean::book(free.clone()),
                    check_await_act::clean::book(free)
                ),
            };
            json!(u64::from(booked.0) + u64::from(booked.1))
        }
        "state-lazy-init.tokio" => {
            apart::DONE.set(0);
            let (cell, mutex) = (Rc::new(RefCell::new(None)), tokio::sync::Mutex::new(None));
            match order.form.as_str() {
                "flagged" => drop(tokio::join!(
                    lazy_init::flagged::client(cell.clone()),
                    lazy_init::flagged::client(cell)
                )),
                _ => drop(tokio::join!(lazy_init::clean::client(&mutex), lazy_init::clean::client(&mutex))),
            };
            json!(apart::DONE.get())
        }
        "state-stale-across-await.tokio" => {
            let total = Rc::new(Cell::new(0));
            match order.form.as_str() {
                "flagged" => {
                    tokio::join!(stale::flagged::add(total.clone()), stale::flagged::add(total.clone()))
                }
                _ => tokio::join!(stale::clean::add(total.clone()), stale::clean::add(total.clone())),
            };
            json!(total.get())
        }
        "lock-guard-dropped.tokio" => {
            apart::MOST.set(0);
            let turn = tokio::sync::Mutex::new(());
            match order.form.as_str() {
                "flagged" => {
                    tokio::join!(guard_dropped::flagged::add(&turn), guard_dropped::flagged::add(&turn))
                }
                _ => tokio::join!(guard_dropped::clean::add(&turn), guard_dropped::clean::add(&turn)),
            };
            json!(apart::MOST.get())
        }
        "lock-per-call.tokio" => {
            apart::MOST.set(0);
            match order.form.as_str() {
                "flagged" => tokio::join!(per_call::flagged::add(), per_call::flagged::add()),
                _ => tokio::join!(per_call::clean::add(), per_call::clean::add()),
            };
            json!(apart::MOST.get())
        }
        row => match threads::run(row, &order.form) {
            Some(count) => json!(count),
            None => anyhow::bail!("no row {row}"),
        },
    })
}
