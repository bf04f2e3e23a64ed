//! The examples, byte for byte as the pages have them; each stands in a module of its own.

#![allow(warnings, reason = "what an example leaves unused here is none of ours")]

/// Both forms of a row, from `$RACE_PAGES/ROW/FORM.rs`; what stands in braces is what they need around them.
macro_rules! row {
    ($module:ident, $row:literal $(, { $($prelude:item)* })?) => {
        pub mod $module {
            pub mod flagged {
                $($($prelude)*)?
                include!(concat!(env!("RACE_PAGES"), "/", $row, "/flagged.rs"));
            }
            pub mod clean {
                $($($prelude)*)?
                include!(concat!(env!("RACE_PAGES"), "/", $row, "/clean.rs"));
            }
        }
    };
}

row!(lost_update, "db-lost-update.sqlx");
row!(check_then_update, "db-check-then-update.sqlx");
row!(check_then_insert, "db-check-then-insert.sqlx");
row!(count_then_write, "db-count-then-write.sqlx");
row!(queue_claim, "db-queue-claim.sqlx");
row!(single_use_token, "db-single-use-token.sqlx");
row!(version, "db-version-not-checked.sqlx");
row!(check_then_set, "kv-check-then-set.redis");
row!(limit, "kv-limit-race.redis");
row!(key_read_modify_write, "kv-read-modify-write.redis");
row!(unsafe_release, "lock-unsafe-release.redis");
row!(budget, "db-check-then-update.rusqlite");
row!(file_create, "fs-check-then-create.std");
row!(file_use, "fs-check-then-use.std");
row!(file_mkdir, "fs-check-then-mkdir.std");
row!(file_remove, "fs-check-then-remove.std");
row!(file_read, "fs-check-then-read.std");
row!(file_chmod, "fs-create-then-chmod.std");
row!(file_renew, "fs-remove-then-create.std");
row!(file_modify, "fs-read-modify-write.std");
row!(lock_file, "fs-lockfile-not-exclusive.std");
row!(claim_unchecked, "db-claim-unchecked.sqlx");
row!(row_lock, "db-row-lock-outside-transaction.sqlx");
row!(escape, "db-transaction-escape.sqlx");
