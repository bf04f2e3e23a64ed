//! Keys, counters and locks, in Redis; and a lock of PostgreSQL.

rows! { order, stores, page;
    greet = "kv-check-then-set.redis"
        { page::greet_once(&mut stores.keys(), 7).await? }
        { page::greet_once(&mut stores.keys(), 7).await? }
    collect = "kv-check-then-set.redis-take"
        { page::collect(&mut stores.connection()?, "box:7")? }
        { page::collect(&mut stores.connection()?, "box:7")? }
    limit = "kv-limit-race.redis" { page::allow(&mut stores.keys(), 1).await? } { page::allow(&mut stores.keys(), 1).await? }
    award = "kv-read-modify-write.redis"
        { page::award(&mut stores.keys(), "ada", 5).await? }
        { page::award(&mut stores.keys(), "ada", 5).await? }
    release = "lock-unsafe-release.redis"
        { page::release_lock(&mut stores.keys(), "books", "ours").await? }
        { page::release_lock(&mut stores.keys(), "books", "ours").await? }
    elect = "lock-no-expiry.redis"
        { page::elect(&mut stores.connection()?)? }
        { page::elect(&mut stores.connection()?, "token")? }
    // The view that it refreshes is not there: the work fails.
    rebuild = "lock-not-released.sqlx"
        { page::rebuild(&mut *stores.pool.acquire().await?, order.trial).await.is_ok() }
        { page::rebuild(&mut *stores.pool.acquire().await?, order.trial).await.is_ok() }
}
