use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use sqlx::PgPool;

pub struct SignUp {
    pub email: String,
}

async fn is_taken(pool: &PgPool, email: &str) -> sqlx::Result<bool> {
    let found = sqlx::query("SELECT id FROM users WHERE email = $1").bind(email).fetch_optional(pool).await?;
    Ok(found.is_some())
}

/// A double click makes two users, or an error that nobody prepared for.
pub async fn sign_up(State(pool): State<PgPool>, Json(body): Json<SignUp>) -> Result<StatusCode, AppError> {
    if is_taken(&pool, &body.email).await? {
        return Ok(StatusCode::CONFLICT);
    }
    sqlx::query("INSERT INTO users (email) VALUES ($1)").bind(&body.email).execute(&pool).await?;
    Ok(StatusCode::CREATED)
}

pub struct AppError(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for AppError {
    fn from(error: E) -> Self {
        AppError(error.into())
    }
}
