//! One actor: a process that runs the examples when the driver says so, a line of JSON each way.

mod rows;
mod stores;

use serde_json::{Value, json};
use std::io::{BufRead, Write};
use std::path::PathBuf;
use stores::Stores;

/// What the driver asks for.
pub struct Order {
    pub row: String,
    pub form: String,
    pub actor: i64,
    pub trial: i64,
    pub folder: PathBuf,
}

impl Order {
    fn read(line: &str) -> anyhow::Result<Order> {
        let asked: Value = serde_json::from_str(line)?;
        let text = |key: &str| asked[key].as_str().unwrap_or_default().to_owned();
        let number = |key: &str| asked[key].as_i64().unwrap_or_default();
        Ok(Order {
            row: text("row"),
            form: text("form"),
            actor: number("actor"),
            trial: number("trial"),
            folder: text("folder").into(),
        })
    }

    /// The one file that examples on files are about.
    pub fn file(&self) -> PathBuf {
        self.folder.join("file")
    }

    /// The same, as text.
    pub fn name(&self) -> String {
        self.file().display().to_string()
    }
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let stores = Stores::open().await?;
    for line in std::io::stdin().lock().lines() {
        let reply = match rows::run(&Order::read(&line?)?, &stores).await {
            Ok(value) => json!({ "value": value }),
            Err(error) => json!({ "error": format!("{error:#}") }),
        };
        println!("{reply}");
        std::io::stdout().flush()?;
    }
    Ok(())
}
