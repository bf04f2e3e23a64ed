use crate::signup::{AppError, SignUp};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sqlx::PgPool;

/// The unique column decides, and its refusal is an answer like any other.
pub async fn sign_up(State(pool): State<PgPool>, Json(body): Json<SignUp>) -> Result<StatusCode, AppError> {
    let inserted =
        sqlx::query("INSERT INTO users (email) VALUES ($1)").bind(&body.email).execute(&pool).await;
    match inserted {
        Ok(_) => Ok(StatusCode::CREATED),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(StatusCode::CONFLICT),
        Err(error) => Err(error.into()),
    }
}
