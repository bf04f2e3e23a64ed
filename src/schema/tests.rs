//! Schema files and what follows from them.

use super::{Schema, Unique, Unique::*};

/// Tables with their columns and keys: `users(id email) unique(id)! unique(email)?`, where `!`
/// marks the primary key and `?` a partial one.
fn print(schema: &Schema) -> Vec<String> {
    let line = |table: &super::Table| {
        let keys = table.unique.iter().map(|key| {
            let mark = if key.primary { "!" } else { "" };
            format!(" unique({}){mark}{}", key.columns.join(" "), if key.partial { "?" } else { "" })
        });
        format!("{}({}){}", table.name, table.columns.join(" "), keys.collect::<String>())
    };
    schema.tables.values().map(line).collect()
}

fn sql(text: &str) -> Schema {
    let mut schema = Schema::default();
    schema.add_sql("migrations/1.sql", text);
    schema
}

#[test]
fn prisma_models_name_their_keys() {
    let mut schema = Schema::default();
    schema.add_prisma(
        r#"
        generator client { provider = "prisma-client-js" }
        model UserProfile {
          id    Int    @id @default(autoincrement()) // @unique is a comment
          email String @unique @map("e_mail")
          url   String @default("http://x//y")
          teamId Int
          team  Team @relation(fields: [teamId], references: [id])
          @@unique([teamId, email(sort: Desc)], name: "one")
          @@map("user_profiles")
        }
        enum Role { A }
        model Seat {
          show Int
          number Int
          @@id(fields: [
            show,
            number
          ])
        }
        "#,
    );
    assert_eq!(
        print(&schema),
        [
            "Seat(show number) unique(show number)!",
            "UserProfile(id email url teamId team) unique(id)! unique(email) unique(teamId email)"
        ]
    );
    let unique = |table: &str, columns: &[&str]| schema.unique(table, columns);
    assert_eq!(unique("userProfile", &["email"]), Yes);
    assert_eq!(unique("user_profiles", &["e_mail"]), Yes);
    assert_eq!(unique("userProfile", &["url"]), No);
    assert_eq!(unique("seats", &["show"]), No);
    assert_eq!(unique("seats", &["number", "show", "extra"]), Yes);
    assert_eq!(unique("orders", &["id"]), Unknown);
}

#[test]
fn tables_say_what_is_unique() {
    let mut schema = sql(r#"
        CREATE TABLE IF NOT EXISTS public."users" (
          id BIGSERIAL PRIMARY KEY,
          email VARCHAR(255) NOT NULL UNIQUE,
          name TEXT DEFAULT 'a, b) unique',
          key TEXT,
          price NUMERIC(10, 2) CHECK (price > 0),
          CONSTRAINT fk FOREIGN KEY (name) REFERENCES names (id),
          CONSTRAINT both UNIQUE (name, key)
        );
        CREATE UNIQUE INDEX CONCURRENTLY ON orders USING btree (lower(number) DESC);
        CREATE UNIQUE INDEX open_orders ON orders (cart_id) WHERE state = 'open';
        CREATE UNIQUE INDEX ON orders ((data->>'x'));
        CREATE INDEX ON orders (state);
        "#);
    schema.add_sql(
        "mysql.sql",
        "CREATE TABLE `seats` (`show_id` int, `n` int, PRIMARY KEY (`show_id`, `n`), UNIQUE KEY `n_key` (`n`(10)),
          KEY `x` (`show_id`)) ENGINE=InnoDB;",
    );
    assert_eq!(
        print(&schema),
        [
            "orders() unique(number) unique(cart_id)?",
            "seats(show_id n) unique(show_id n)! unique(n)",
            "users(id email name key price) unique(id)! unique(email) unique(name key)"
        ]
    );
    assert_eq!(schema.unique("Order", &["cartId"]), Unknown);
    assert_eq!(schema.unique("Order", &["number"]), Yes);
    assert_eq!(schema.unique("User", &["name"]), No);
}

#[test]
fn migrations_add_and_take_away() {
    let mut schema = sql("CREATE TABLE t (a int UNIQUE, b int, c int PRIMARY KEY)");
    let mut step = |text: &str| {
        schema.add_sql("migrations/2.sql", text);
        print(&schema).join("; ")
    };
    assert_eq!(
        step("ALTER TABLE t ADD CONSTRAINT k UNIQUE (b, c), ADD COLUMN d text UNIQUE"),
        "t(a b c d) unique(a) unique(c)! unique(b c) unique(d)"
    );
    assert_eq!(
        step("ALTER TABLE t DROP CONSTRAINT t_a_key; DROP INDEX IF EXISTS k"),
        "t(a b c d) unique(c)! unique(d)"
    );
    assert_eq!(step("ALTER TABLE t DROP COLUMN d, RENAME COLUMN c TO e"), "t(a b e) unique(e)!");
    assert_eq!(
        step("-- +goose Up\nALTER TABLE t ADD UNIQUE (a);\n-- +goose Down\nDROP TABLE t;"),
        "t(a b e) unique(e)! unique(a)"
    );
    assert_eq!(step("CREATE TABLE new_t (a int); DROP TABLE t; ALTER TABLE new_t RENAME TO t"), "t(a)");
    schema.add_sql("migrations/2/down.sql", "DROP TABLE t");
    assert_eq!(schema.unique("t", &["a"]), Unique::No);
}

#[test]
fn broken_schemas_do_no_harm() {
    let mut schema = sql(
        "CREATE TABLE (; CREATE TABLE t (a int UNIQUE; ALTER TABLE; CREATE UNIQUE INDEX ON; ALTER TABLE t ADD; DROP",
    );
    schema.add_prisma("model {\n model X {\n a\n @@unique(\n }\n @@map(\nmodel Y {");
    schema.add_sql("x.sql", &"CREATE TABLE t (".repeat(2_000));
    schema.add_sql("x.sql", &format!("CREATE UNIQUE INDEX ON t ({}", "(".repeat(20_000)));
    schema
        .add_sql("x.sql", &format!("CREATE UNIQUE INDEX ON t {}{}", "(".repeat(20_000), ")".repeat(20_000)));
}
