//! The examples, byte for byte as the pages have them, and how each is called.

use crate::{Order, stores::Stores};
use serde_json::{Value, json};

/// Rows: for each a module with both forms, from `$RACE_PAGES/ROW/FORM.rs`, and what is done with them. `page` is the
/// form's module. In brackets stands what the flagged and the clean form need around them.
macro_rules! rows {
    ($order:ident, $stores:ident, $page:ident;
     $($module:ident = $row:literal $([$($flagged:item)*] [$($clean:item)*])? { $run_flagged:expr } { $run_clean:expr })*) => {
        $(
            #[allow(warnings, reason = "what an example leaves unused here is none of ours")]
            mod $module {
                pub mod flagged {
                    $($($flagged)*)?
                    include!(concat!(env!("RACE_PAGES"), "/", $row, "/flagged.rs"));
                }
                pub mod clean {
                    $($($clean)*)?
                    include!(concat!(env!("RACE_PAGES"), "/", $row, "/clean.rs"));
                }
            }
        )*

        /// Runs the row that the order means, if it is one of these.
        pub async fn run($order: &crate::Order, $stores: &crate::stores::Stores) -> anyhow::Result<Option<serde_json::Value>> {
            Ok(Some(match ($order.row.as_str(), $order.form.as_str()) {
                $(
                    ($row, "flagged") => {
                        use $module::flagged as $page;
                        serde_json::json!($run_flagged)
                    }
                    ($row, "clean") => {
                        use $module::clean as $page;
                        serde_json::json!($run_clean)
                    }
                )*
                _ => return Ok(None),
            }))
        }
    };
}

mod files;
mod keys;
mod requests;
mod tables;
mod tasks;

pub async fn run(order: &Order, stores: &Stores) -> anyhow::Result<Value> {
    let found = match order.row.split('-').next().unwrap_or_default() {
        "fs" => files::run(order, stores).await?,
        "db" => tables::run(order, stores).await?,
        "webhook" | "idempotency" => requests::run(order, stores).await?,
        _ => match keys::run(order, stores).await? {
            Some(value) => Some(value),
            None => tasks::run(order, stores).await?,
        },
    };
    let found = found.or_else(|| threads::run(&order.row, &order.form).map(|count| json!(count)));
    found.ok_or_else(|| anyhow::anyhow!("no row {} for {}", order.row, order.form))
}
