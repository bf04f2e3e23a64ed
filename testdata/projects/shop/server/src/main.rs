//! Routes of the shop's server; the safe half has the same handlers.

mod accounts;
mod exports;
mod locks;
mod memory;
mod safe;
mod signup;
mod stripe_hooks;

use axum::Router;
use axum::routing::post;
use sqlx::PgPool;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let pool = PgPool::connect(&std::env::var("DATABASE_URL")?).await?;
    let app = Router::new()
        .route("/signup", post(signup::sign_up))
        .route("/hooks/credits", post(stripe_hooks::credit))
        .route("/hooks/payouts", post(stripe_hooks::pay_out))
        .with_state(pool);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:8080").await?;
    axum::serve(listener, app).await?;
    Ok(())
}
