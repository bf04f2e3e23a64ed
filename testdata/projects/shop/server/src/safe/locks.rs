use redis::aio::ConnectionManager;
use redis::{AsyncCommands, ExistenceCheck, Script, SetExpiry, SetOptions};
use sqlx::PgPool;
use uuid::Uuid;

const RELEASE: &str = "if redis.call('GET', KEYS[1]) == ARGV[1] then
    return redis.call('DEL', KEYS[1])
end
return 0";

/// Taken only if free, with an owner and an end, in one command.
pub async fn acquire_lock(
    con: &mut ConnectionManager,
    name: &str,
    ms: u64,
) -> redis::RedisResult<Option<String>> {
    let token = Uuid::new_v4().to_string();
    let options =
        SetOptions::default().conditional_set(ExistenceCheck::NX).with_expiration(SetExpiry::PX(ms));
    let taken: Option<String> = con.set_options(format!("lock:{name}"), &token, options).await?;
    Ok(taken.map(|_| token))
}

/// Tells whether the lock was still ours.
pub async fn release_lock(con: &mut ConnectionManager, name: &str, token: &str) -> redis::RedisResult<bool> {
    let released: i32 = Script::new(RELEASE).key(format!("lock:{name}")).arg(token).invoke_async(con).await?;
    Ok(released == 1)
}

/// The lock ends with the transaction, however that ends.
pub async fn refresh_totals(pool: &PgPool, id: i64) -> sqlx::Result<()> {
    let mut tx = pool.begin().await?;
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(id).execute(&mut *tx).await?;
    sqlx::query("REFRESH MATERIALIZED VIEW totals").execute(&mut *tx).await?;
    tx.commit().await
}
