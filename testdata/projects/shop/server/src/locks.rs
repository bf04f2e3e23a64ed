use redis::AsyncCommands;
use redis::aio::ConnectionManager;
use sqlx::PgConnection;
use uuid::Uuid;

/// No expiry: if this process dies, nobody gets the lock again.
pub async fn acquire_lock(con: &mut ConnectionManager, name: &str) -> redis::RedisResult<Option<String>> {
    let token = Uuid::new_v4().to_string();
    let taken: bool = con.set_nx(format!("lock:{name}"), &token).await?;
    Ok(taken.then_some(token))
}

/// Compared in one step, deleted in the next.
pub async fn release_lock(con: &mut ConnectionManager, name: &str, token: &str) -> redis::RedisResult<()> {
    let owner: Option<String> = con.get(format!("lock:{name}")).await?;
    if owner.as_deref() == Some(token) {
        let _: i32 = con.del(format!("lock:{name}")).await?;
    }
    Ok(())
}

/// If the refresh fails, the connection keeps the lock.
pub async fn refresh_totals(con: &mut PgConnection, id: i64) -> sqlx::Result<()> {
    sqlx::query("SELECT pg_advisory_lock($1)").bind(id).execute(&mut *con).await?;
    sqlx::query("REFRESH MATERIALIZED VIEW totals").execute(&mut *con).await?;
    sqlx::query("SELECT pg_advisory_unlock($1)").bind(id).execute(&mut *con).await?;
    Ok(())
}
