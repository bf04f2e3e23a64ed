//! Rows of tables, in PostgreSQL and SQLite.

use crate::stores::budgets;

rows! { order, stores, page;
    lost_update = "db-lost-update.sqlx"
        { page::count_view(&stores.pool, 1).await? }
        { page::count_view(&stores.pool, 1).await? }
    withdraw = "db-check-then-update.sqlx"
        { page::withdraw(&stores.pool, 1, 70).await.map(|()| true)? }
        { page::withdraw(&stores.pool, 1, 70).await? }
    budget = "db-check-then-update.rusqlite"
        { page::call(&budgets(order)?, "a").map(|()| true).map_err(anyhow::Error::msg)? }
        { page::call(&budgets(order)?, "a", "hello")? }
    register = "db-check-then-insert.sqlx"
        { page::register(&stores.pool, "ada@example.org").await? }
        { page::register(&stores.pool, "ada@example.org").await? }
    join = "db-count-then-write.sqlx"
        { page::join(&stores.pool, 1, 10 + order.actor).await? }
        { page::join(&stores.pool, 1, 10 + order.actor).await? }
    next = "db-queue-claim.sqlx" { page::next(&stores.pool).await? } { page::next(&stores.pool).await? }
    redeem = "db-single-use-token.sqlx"
        { page::redeem(&stores.pool, "c", 1).await? }
        { page::redeem(&stores.pool, "c", 1).await? }
    save = "db-version-not-checked.sqlx"
        { page::save(&stores.pool, 1, &format!("text of {}", order.actor), 3).await.map(|()| true)? }
        { page::save(&stores.pool, 1, &format!("text of {}", order.actor), 3).await? }
    claim = "db-claim-unchecked.sqlx"
        { page::take(&stores.pool, 1, order.actor).await? }
        { page::take(&stores.pool, 1, order.actor).await? }
    // What a caller does with the balance that it was given under the lock.
    row_lock = "db-row-lock-outside-transaction.sqlx"
        {
            {
                let cents = page::balance(&stores.pool, 1).await?;
                sqlx::query("UPDATE wallets SET cents = $1").bind(cents - 30).execute(&stores.pool).await.map(drop)?
            }
        }
        {
            {
                let mut tx = stores.pool.begin().await?;
                let cents = page::balance(&mut tx, 1).await?;
                sqlx::query("UPDATE wallets SET cents = $1").bind(cents - 30).execute(&mut *tx).await?;
                tx.commit().await?
            }
        }
    escape = "db-transaction-escape.sqlx"
        { page::order(&stores.pool, 1, 30).await? }
        { page::order(&stores.pool, 1, 30).await? }
}
