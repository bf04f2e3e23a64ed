use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use sqlx::PgPool;

/// Two purchases at once: both see enough money.
pub async fn debit(pool: &PgPool, account: i64, cents: i64) -> anyhow::Result<()> {
    let balance: i64 = sqlx::query_scalar("SELECT balance FROM accounts WHERE id = $1")
        .bind(account)
        .fetch_one(pool)
        .await?;
    if balance < cents {
        anyhow::bail!("not enough money");
    }
    sqlx::query("UPDATE accounts SET balance = $1 WHERE id = $2")
        .bind(balance - cents)
        .bind(account)
        .execute(pool)
        .await?;
    Ok(())
}

/// The count that was read is written back, whatever others wrote meanwhile.
pub async fn count_visit(pool: &PgPool, product: i64) -> sqlx::Result<()> {
    let visits: i64 =
        sqlx::query_scalar("SELECT visits FROM products WHERE id = $1").bind(product).fetch_one(pool).await?;
    sqlx::query("UPDATE products SET visits = $1 WHERE id = $2")
        .bind(visits + 1)
        .bind(product)
        .execute(pool)
        .await?;
    Ok(())
}

/// A transaction at the default isolation changes nothing about it.
pub async fn cancel_order(pool: &PgPool, order: i64) -> sqlx::Result<bool> {
    let mut tx = pool.begin().await?;
    let status: String =
        sqlx::query_scalar("SELECT status FROM orders WHERE id = $1").bind(order).fetch_one(&mut *tx).await?;
    if status != "open" {
        return Ok(false);
    }
    sqlx::query("UPDATE orders SET status = 'cancelled' WHERE id = $1").bind(order).execute(&mut *tx).await?;
    tx.commit().await?;
    Ok(true)
}

pub async fn add_points(con: &mut ConnectionManager, user: i64, points: i64) -> redis::RedisResult<()> {
    let before: i64 = con.get(format!("points:{user}")).await?;
    con.set(format!("points:{user}"), before + points).await
}

pub async fn welcome_once(con: &mut ConnectionManager, user: i64) -> redis::RedisResult<bool> {
    let welcomed: bool = con.exists(format!("welcome:{user}")).await?;
    if !welcomed {
        let _: () = con.set(format!("welcome:{user}"), 1).await?;
    }
    Ok(!welcomed)
}
