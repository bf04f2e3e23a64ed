//! One actor: a process that runs the examples when the driver says so, a line of JSON each way.

mod pages;
mod run;

use serde_json::{Value, json};
use std::io::{BufRead, Write};
use std::path::PathBuf;

/// What the driver asks for.
pub struct Order {
    pub row: String,
    pub form: String,
    pub actor: i64,
    pub trial: i64,
    pub folder: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let stores = run::Stores::open().await?;
    for line in std::io::stdin().lock().lines() {
        let asked: Value = serde_json::from_str(&line?)?;
        let text = |key: &str| asked[key].as_str().unwrap_or_default().to_owned();
        let number = |key: &str| asked[key].as_i64().unwrap_or_default();
        let order = Order {
            row: text("row"),
            form: text("form"),
            actor: number("actor"),
            trial: number("trial"),
            folder: text("folder").into(),
        };
        let reply = match run::run(&order, &stores).await {
            Ok(value) => json!({ "value": value }),
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        println!("{reply}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
