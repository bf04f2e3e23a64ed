//! The examples, byte for byte as the pages have them; each stands in a module of its own.

#![allow(warnings, reason = "what an example leaves unused here is none of ours")]

/// Both forms of a row, from `$RACE_PAGES/ROW/FORM.rs`; what stands in braces is what they need around them, in one pair
/// for both or one for each.
macro_rules! row {
    ($module:ident, $row:literal) => { row!($module, $row, {}, {}); };
    ($module:ident, $row:literal, { $($both:item)* }) => { row!($module, $row, { $($both)* }, { $($both)* }); };
    ($module:ident, $row:literal, { $($flagged:item)* }, { $($clean:item)* }) => {
        pub mod $module {
            pub mod flagged {
                $($flagged)*
                include!(concat!(env!("RACE_PAGES"), "/", $row, "/flagged.rs"));
            }
            pub mod clean {
                $($clean)*
                include!(concat!(env!("RACE_PAGES"), "/", $row, "/clean.rs"));
            }
        }
    };
}

row!(lost_update, "db-lost-update.sqlx");
row!(check_then_update, "db-check-then-update.sqlx");
row!(check_then_insert, "db-check-then-insert.sqlx");
row!(count_then_write, "db-count-then-write.sqlx");
row!(queue_claim, "db-queue-claim.sqlx");
row!(single_use_token, "db-single-use-token.sqlx");
row!(version, "db-version-not-checked.sqlx");
row!(check_then_set, "kv-check-then-set.redis");
row!(limit, "kv-limit-race.redis");
row!(key_read_modify_write, "kv-read-modify-write.redis");
row!(unsafe_release, "lock-unsafe-release.redis");
row!(budget, "db-check-then-update.rusqlite");
row!(file_create, "fs-check-then-create.std");
row!(file_use, "fs-check-then-use.std");
row!(file_mkdir, "fs-check-then-mkdir.std");
row!(file_remove, "fs-check-then-remove.std");
row!(file_read, "fs-check-then-read.std");
row!(file_chmod, "fs-create-then-chmod.std");
row!(file_renew, "fs-remove-then-create.std");
row!(file_modify, "fs-read-modify-write.std");
row!(lock_file, "fs-lockfile-not-exclusive.std");
row!(claim_unchecked, "db-claim-unchecked.sqlx");
row!(row_lock, "db-row-lock-outside-transaction.sqlx");
row!(escape, "db-transaction-escape.sqlx");
row!(collect, "kv-check-then-set.redis-take");
row!(elect, "lock-no-expiry.redis");
row!(not_released, "lock-not-released.sqlx");
row!(
    no_dedup,
    "webhook-no-dedup.sqlx",
    {
        use super::super::payments as stripe;
        use super::super::payments::SECRET;
        pub fn hook(pool: sqlx::PgPool) -> Hook {
            Hook { pool, secret: SECRET.to_owned() }
        }
    },
    {
        use super::super::payments as stripe;
        use super::super::payments::SECRET;
    }
);
row!(dedup_race, "webhook-dedup-race.sqlx", {
    use super::super::payments as stripe;
    use super::super::payments::SECRET;
});
row!(mark_first, "webhook-mark-before-effect.sqlx", {
    use super::super::payments as stripe;
    use super::super::payments::SECRET;
});
row!(late_record, "idempotency-late-record.sqlx", {
    pub type AppError = anyhow::Error;
});
row!(check_await_act, "state-check-await-act.tokio", {
    use super::super::apart::pay;
});
row!(lazy_init, "state-lazy-init.tokio", {
    use super::super::apart::{Client, connect};
});
row!(stale, "state-stale-across-await.tokio", {
    use super::super::apart::price;
});
row!(guard_dropped, "lock-guard-dropped.tokio", {
    use super::super::apart::work;
});
row!(per_call, "lock-per-call.tokio", {
    use super::super::apart::work;
});

/// The payment service's library as the examples use it: a signed delivery is `ID ACCOUNT`.
pub mod payments {
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

/// What the examples on tasks call and do not show. Each lets the other task run once before it answers.
pub mod apart {
    use std::cell::Cell;
    use tokio::task::yield_now;

    thread_local! {
        /// How many have been done, are at work, and have been at work at once.
        pub static DONE: Cell<u64> = const { Cell::new(0) };
        static INSIDE: Cell<u64> = const { Cell::new(0) };
        pub static MOST: Cell<u64> = const { Cell::new(0) };
    }

    #[derive(Clone)]
    pub struct Client;

    pub async fn connect() -> Client {
        DONE.set(DONE.get() + 1);
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
}
