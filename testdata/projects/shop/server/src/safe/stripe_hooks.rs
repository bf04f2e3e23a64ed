use crate::signup::AppError;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use sqlx::PgPool;
use stripe::Webhook;

const SECRET: &str = "whsec_from_the_environment";

/// Claim and credit are one transaction: both happen, once, or neither.
pub async fn credit(
    State(pool): State<PgPool>,
    headers: HeaderMap,
    body: String,
) -> Result<StatusCode, AppError> {
    let event = Webhook::construct_event(&body, headers["stripe-signature"].to_str()?, SECRET)?;
    let mut tx = pool.begin().await?;
    let claim = sqlx::query("INSERT INTO processed_events (id) VALUES ($1) ON CONFLICT (id) DO NOTHING")
        .bind(event.id.as_str())
        .execute(&mut *tx)
        .await?;
    if claim.rows_affected() == 0 {
        return Ok(StatusCode::OK);
    }
    sqlx::query("UPDATE accounts SET balance = balance + 500 WHERE stripe_id = $1")
        .bind(event.account.as_deref())
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(StatusCode::OK)
}
