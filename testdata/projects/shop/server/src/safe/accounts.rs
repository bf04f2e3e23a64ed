use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use sqlx::PgPool;

/// The database tests and takes in one statement, and the count says whether it did.
pub async fn debit(pool: &PgPool, account: i64, cents: i64) -> anyhow::Result<()> {
    let done = sqlx::query("UPDATE accounts SET balance = balance - $1 WHERE id = $2 AND balance >= $1")
        .bind(cents)
        .bind(account)
        .execute(pool)
        .await?;
    if done.rows_affected() == 0 {
        anyhow::bail!("not enough money");
    }
    Ok(())
}

pub async fn count_visit(pool: &PgPool, product: i64) -> sqlx::Result<()> {
    sqlx::query("UPDATE products SET visits = visits + 1 WHERE id = $1").bind(product).execute(pool).await?;
    Ok(())
}

/// The row is locked before it is looked at.
pub async fn cancel_order(pool: &PgPool, order: i64) -> sqlx::Result<bool> {
    let mut tx = pool.begin().await?;
    let status: String = sqlx::query_scalar("SELECT status FROM orders WHERE id = $1 FOR UPDATE")
        .bind(order)
        .fetch_one(&mut *tx)
        .await?;
    if status != "open" {
        return Ok(false);
    }
    sqlx::query("UPDATE orders SET status = 'cancelled' WHERE id = $1").bind(order).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(true)
}

pub async fn add_points(con: &mut ConnectionManager, user: i64, points: i64) -> redis::RedisResult<i64> {
    con.incr(format!("points:{user}"), points).await
}

pub async fn welcome_once(con: &mut ConnectionManager, user: i64) -> redis::RedisResult<bool> {
    con.set_nx(format!("welcome:{user}"), 1).await
}
