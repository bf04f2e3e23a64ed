//! Declarations in code and the keys that follow from them.

use super::*;
use crate::book::load;
use crate::schema::Unique;
use std::fmt::Write;

/// The schema that files of code declare.
fn schema_of(files: &[(&str, &str)]) -> Schema {
    let (book, _) = load::load_leniently(Vec::new());
    let knowledge = Knowledge::new(&book);
    let reader = TableReader::new(&knowledge);
    let tables: Vec<FileTables> =
        files.iter().map(|(path, text)| reader.read(Path::new(path), text)).collect();
    schema(&knowledge, &Manifests::default(), tables.iter())
}

/// Tables with their keys in order: `users: id! email? a+b`, where `!` marks the primary key and `?` a
/// partial one.
fn told(schema: &Schema) -> String {
    let mut text = String::new();
    for table in schema.tables.values().filter(|table| !table.unique.is_empty()) {
        let mut keys: Vec<String> = table
            .unique
            .iter()
            .map(|key| {
                let mark = if key.primary { "!" } else { "" };
                format!("{}{mark}{}", key.columns.join("+"), if key.partial { "?" } else { "" })
            })
            .collect();
        keys.sort();
        let _ = write!(text, "{}: {}; ", table.name, keys.join(" "));
    }
    text.trim_end_matches("; ").to_owned()
}

fn keys(path: &str, text: &str) -> String {
    told(&schema_of(&[(path, text)]))
}

fn ts(text: &str) -> String {
    keys("src/a.ts", text)
}

#[test]
fn tables_made_of_chains() {
    let text = r#"
        import { pgTable, text } from "drizzle-orm/pg-core";
        export const people = pgTable("users", {
          id: serial().primaryKey(),
          email: text("e_mail").notNull().unique(),
          team: text("team_id").references(() => teams.id).notNull(),
          ...timestamps,
        }, (t) => [
          uniqueIndex("x").on(t.team, t.email), unique().on(t.a, t.b).nullsNotDistinct(), index("y").on(t.c),
          uniqueIndex("p").on(t.slug).where(sql`deleted_at is null`), uniqueIndex("l").on(sql`lower(${t.handle})`),
          uniqueIndex("c").on(sql`coalesce(${t.x}, 0)`),
        ]);
    "#;
    let schema = schema_of(&[("src/a.ts", text)]);
    assert_eq!(told(&schema), "users: a+b email handle id! slug? team+email");
    assert_eq!(schema.unique("people", &["e_mail"]), Unique::Yes);
    assert_eq!(schema.unique("users", &["team_id"]), Unique::No);
    let text = r#"
        const createTable = pgTableCreator((name) => `app_${name}`);
        export const a = createTable("alpha", (d) => ({ id: d.integer().primaryKey() }));
        const auth = pgSchema("auth");
        export const b = auth.table("beta", { x: text().unique() }, (t) => ({ pk: primaryKey({ columns: [t.x, t.y] }) }));
        export const c = sqliteTable("gamma", { x: text(), y: text() }, (t) => { return { k: unique("n").on(t.x, t.y) } });
        const d = otherTable("delta", { x: text().unique() });
    "#;
    assert_eq!(ts(text), "alpha: id!; beta: x x+y!; gamma: x+y");
}

#[test]
fn schemas_of_documents() {
    let text = r#"
        import mongoose, { Schema, model } from 'mongoose';
        const s = new Schema<IUser>({
          email: { type: String, unique: true }, nick: { type: String, index: { unique: true, sparse: true } },
          phone: { type: String, unique: [true, 'taken'] }, name: String, code: { type: String, unique: false },
        }, { timestamps: true });
        s.index({ a: 1, b: -1 }, { unique: true });
        s.index({ c: 1 }, { unique: true, partialFilterExpression: { c: { $exists: true } } });
        s.index({ d: 1 });
        export const Users = mongoose.models.User || mongoose.model<IUser>('User', s);
        export const Cat = mongoose.model('Cat', new mongoose.Schema({ tag: { type: String, unique: true } }));
        Cat.schema.index({ e: 1, f: 1 }, { unique: true });
    "#;
    assert_eq!(ts(text), "Cat: _id! e+f tag; User: _id! a+b c? email nick? phone");
    let apart = [
        (
            "src/model.ts",
            "import { model } from 'mongoose';\nexport const Shops = model('Shop', shopSchema);",
        ),
        (
            "src/schema.ts",
            "import { Schema } from 'mongoose';\nexport const shopSchema = new Schema({ slug: { unique: true } });",
        ),
    ];
    let schema = schema_of(&apart);
    assert_eq!(told(&schema), "Shop: _id! slug");
    assert_eq!(schema.unique("shops", &["slug"]), Unique::Yes);
    let twice = [apart[0], apart[1], ("src/z.ts", apart[1].1)];
    assert_eq!(told(&schema_of(&twice)), "", "which of the two is meant is not known");
    let text = r#"
        import { Prop, Schema, SchemaFactory } from '@nestjs/mongoose';
        @Schema({ collection: 'felines' })
        export class Cat { @Prop({ required: true, unique: true }) name: string; @Prop() age: number; }
        export const CatSchema = SchemaFactory.createForClass(Cat);
        CatSchema.index({ age: 1, name: 1 }, { unique: true });
    "#;
    assert_eq!(ts(text), "Cat: _id! age+name name");
    let text = "import { prop, index } from '@typegoose/typegoose';\n@index({ a: 1, b: 1 }, { unique: true })\n\
                class Dog { @prop({ unique: true }) public a!: string; @prop() b: string }";
    assert_eq!(ts(text), "Dog: _id! a a+b");
}

#[test]
fn classes_that_are_tables() {
    let text = r#"
        import { Entity } from "typeorm";
        @Entity('app_users')
        @Unique(['a', 'b'])
        @Unique('n', ['c', 'd'])
        @Index(['e'], { unique: true })
        @Index('m', ['f', 'g'], { unique: true, where: 'x is null' })
        @Index(['h'])
        export class UserEntity {
          @PrimaryGeneratedColumn('uuid') id: string;
          @Column({ unique: true, name: 'e_mail' }) email: string;
          @Index({ unique: true }) @Column() nick: string;
          @ManyToOne(() => Team) @JoinColumn({ name: 'team_id' }) team: Team;
          @Column() plain: string;
          free: string;
        }
    "#;
    let schema = schema_of(&[("src/a.ts", text)]);
    assert_eq!(told(&schema), "UserEntity: a+b c+d e email f+g? id! nick");
    for name in ["user", "app_users", "UserEntity"] {
        assert_eq!(schema.unique(name, &["e_mail"]), Unique::Yes, "{name}");
    }
    let text = r#"
        import { Entity } from "@mikro-orm/core";
        @Entity({ tableName: 'books' }) @Unique({ properties: ['author', 'title'] })
        class Book {
          @PrimaryKey() id!: number;
          @Property({ unique: true }) isbn!: string;
          @Unique() @Property() slug!: string;
          @ManyToOne() author!: Author;
        }
    "#;
    let schema = schema_of(&[("src/a.ts", text)]);
    assert_eq!(told(&schema), "Book: author+title id! isbn slug");
    assert_eq!(schema.unique("books", &["authorId", "title"]), Unique::Yes);
    let text = r#"
        import { Table, Column, Model } from 'sequelize-typescript';
        @Table({ tableName: 'seats', indexes: [{ unique: true, fields: ['row', 'number'] }] })
        export class Seat extends Model {
          @PrimaryKey @Column id: number;
          @Unique @Column code: string;
          @Unique('two') @Column a: string;
          @Unique('two') @Column b: string;
        }
    "#;
    assert_eq!(ts(text), "Seat: a+b code id! row+number");
}

#[test]
fn models_made_of_options() {
    let text = r#"
        module.exports = (sequelize, DataTypes) => {
          const User = sequelize.define('User', {
            id: { type: DataTypes.INTEGER, primaryKey: true },
            email: { type: DataTypes.STRING, unique: true, field: 'e_mail' },
            a: { unique: 'ab' }, b: { unique: { name: 'ab' } }, c: DataTypes.STRING,
          }, { tableName: 'people', indexes: [{ unique: true, fields: ['c', { name: 'd' }] }, { fields: ['x'] },
               { unique: true, fields: ['y'], where: { z: true } }] });
          return User;
        };
    "#;
    assert_eq!(keys("models/user.js", text), "User: a+b c+d email id! y?");
    let text = "import { Model } from 'sequelize';\nclass Shop extends Model {}\n\
                Shop.init({ slug: { unique: true } }, { sequelize, modelName: 'shop' });\n\
                other.init({ x: { unique: true } }, { verbose: true });";
    assert_eq!(ts(text), "Shop: slug");
}

#[test]
fn migrations_in_code() {
    let text = r#"
        exports.up = (knex) => knex.schema.createTable('users', (t) => {
          t.increments(); t.string('email').notNullable().unique(); t.unique(['a', 'b']); t.string('nick').unique();
        }).createTable('seats', function (table) { table.primary(['show', 'number']); })
          .alterTable('users', (t) => { t.dropUnique(['nick']); t.unique('slug'); });
        exports.down = (knex) => knex.schema.alterTable('users', (t) => { t.dropUnique(['email']); t.unique(['z']); });
    "#;
    assert_eq!(keys("migrations/1.js", text), "seats: show+number!; users: a+b email id! slug");
    let text = r#"
        module.exports = {
          async up(queryInterface, Sequelize) {
            await queryInterface.createTable('users', { id: { primaryKey: true }, email: { unique: true }, x: {} });
            await queryInterface.addIndex('users', ['a', 'b'], { unique: true, name: 'ab' });
            await queryInterface.addIndex('users', ['p'], { unique: true, where: { q: 1 } });
            await queryInterface.addConstraint('users', { fields: ['c'], type: 'unique', name: 'gone' });
            await queryInterface.addConstraint('users', { fields: ['t'], type: 'foreign key' });
            await queryInterface.removeConstraint('users', 'gone');
          },
          async down(queryInterface) { await queryInterface.removeIndex('users', 'ab'); },
        };
    "#;
    assert_eq!(keys("migrations/1.js", text), "users: a+b email id! p?");
    let text = r#"
        export async function up(db: Kysely<any>) {
          await db.schema.createTable('users').addColumn('id', 'serial', (c) => c.primaryKey())
            .addColumn('email', 'text', (c) => c.notNull().unique()).addColumn('x', 'text')
            .addUniqueConstraint('n', ['a', 'b']).execute();
          await db.schema.createIndex('i').on('users').columns(['c', 'd']).unique().execute();
          await db.schema.createIndex('j').on('users').column('e').execute();
          await db.schema.createIndex('k').unique().on('users').column('f').where('g', 'is', null).execute();
        }
        export async function down(db) { await db.schema.alterTable('users').dropConstraint('n').execute(); }
    "#;
    assert_eq!(ts(text), "users: a+b c+d email f? id!");
}

#[test]
fn statements_in_texts() {
    let text = r#"
        export class A implements MigrationInterface {
          async up(runner) {
            await runner.query(`CREATE TABLE "users" (id serial PRIMARY KEY, "email" text UNIQUE)`);
            await runner.query("CREATE UNIQUE INDEX \"i\" ON \"users\" (\"a\", \"b\")");
            await runner.query(`CREATE UNIQUE INDEX j ON ${schema}.users (c) ${condition}`);
            await runner.query(`CREATE UNIQUE INDEX k ON users (d)`);
            await runner.query(`DROP INDEX k`);
          }
          async down(runner) { await runner.query(`ALTER TABLE users ADD UNIQUE (z)`); }
        }
    "#;
    assert_eq!(ts(text), "users: a+b c? email id!");
    let text = r##"
        // CREATE TABLE comments (id int primary key)
        fn up(c: &Connection) -> char {
            c.execute("CREATE TABLE IF NOT EXISTS users (id INTEGER PRIMARY KEY, \"name\" TEXT,\n UNIQUE (a, b))")?;
            c.execute_batch(r#"CREATE UNIQUE INDEX x ON users (lower("name"));"#)?;
            '"'
        }
        fn down<'a>(c: &'a Connection) { if true { c.execute("DROP INDEX x"); } c.execute("ALTER TABLE users ADD UNIQUE (z)"); }
        const MORE: &str = "ALTER TABLE users ADD CONSTRAINT y UNIQUE (q)";
    "##;
    assert_eq!(keys("src/a.rs", text), "users: a+b id! name q");
}

#[test]
fn what_says_nothing_of_tables() {
    let drizzle = "export const a = pgTable('users', { email: text().unique() });";
    assert_eq!(keys("tests/fixtures/a.ts", drizzle), "", "tests have tables of their own");
    assert_eq!(keys("src/a.md", drizzle), "");
    assert_eq!(ts("const text = 'please create table users';"), "");
    let other = "export const b = pgTable('users', { email: text(), nick: text().unique() });";
    let both = [("a/x.ts", drizzle), ("b/x.ts", other)];
    assert_eq!(told(&schema_of(&both)), "", "one name, two tables: only what both say counts");
}

#[test]
fn hostile_texts_do_no_harm() {
    let deep = |open: &str, close: &str| format!("pgTable({}{}", open.repeat(10_000), close.repeat(10_000));
    for text in [
        String::new(),
        "pgTable(".to_owned(),
        "pgTable('a', { x: text(.unique() }, (t) => [unique().on(t.".to_owned(),
        "import 'mongoose'; new Schema({ a: { unique: ".to_owned(),
        "import 'typeorm'; @Entity( class { @Column( @@".to_owned(),
        "`CREATE TABLE ${".to_owned(),
        "createTable('a', (t) => { t.unique([".to_owned(),
        deep("{a:", "}"),
        deep("[", "]"),
        deep("(", ")"),
        deep("x.y(", ")"),
        format!("pgTable('a', {{}}){}", ".unique()".repeat(10_000)),
        "import 'typeorm'; ".to_owned() + &"class A { @Column() a = ".repeat(10_000),
        "\u{feff}pgTable('ä', { 'ö': text('ü').unique() }) `create table ä (".to_owned(),
    ] {
        keys("src/a.ts", &text);
        keys("src/a.js", &text);
        keys("src/a.rs", &format!("\"create table a (b int unique)\" {text} r#\" '\\ \" \\"));
    }
}
