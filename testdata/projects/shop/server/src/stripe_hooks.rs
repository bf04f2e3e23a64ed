use crate::signup::AppError;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use sqlx::PgPool;
use stripe::Webhook;

const SECRET: &str = "whsec_from_the_environment";

/// Each delivery credits the account, and deliveries are repeated.
pub async fn credit(
    State(pool): State<PgPool>,
    headers: HeaderMap,
    body: String,
) -> Result<StatusCode, AppError> {
    let event = Webhook::construct_event(&body, headers["stripe-signature"].to_str()?, SECRET)?;
    sqlx::query("UPDATE accounts SET balance = balance + 500 WHERE stripe_id = $1")
        .bind(event.account.as_deref())
        .execute(&pool)
        .await?;
    Ok(StatusCode::OK)
}

/// Seen? No. Pay. Note it. A second delivery comes between the first and the last.
pub async fn pay_out(
    State(pool): State<PgPool>,
    headers: HeaderMap,
    body: String,
) -> Result<StatusCode, AppError> {
    let event = Webhook::construct_event(&body, headers["stripe-signature"].to_str()?, SECRET)?;
    let seen = sqlx::query("SELECT 1 FROM processed_events WHERE id = $1")
        .bind(event.id.as_str())
        .fetch_optional(&pool)
        .await?;
    if seen.is_some() {
        return Ok(StatusCode::OK);
    }
    sqlx::query("UPDATE payouts SET cents = cents + 500 WHERE stripe_id = $1")
        .bind(event.account.as_deref())
        .execute(&pool)
        .await?;
    sqlx::query("INSERT INTO processed_events (id) VALUES ($1)")
        .bind(event.id.as_str())
        .execute(&pool)
        .await?;
    Ok(StatusCode::OK)
}
