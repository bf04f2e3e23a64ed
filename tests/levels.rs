//! How loud a finding is: what schema files say of unique columns, and what nobody misses.

use std::path::PathBuf;
use toctou_lint::book::load;
use toctou_lint::book::words::Level;

/// Rule and level of each finding over small files.
fn findings(files: &[(&str, &str)]) -> Vec<(String, Level)> {
    let (book, errors) = load::load_leniently(Vec::new());
    assert!(errors.is_empty(), "{errors:?}");
    let files = files.iter().map(|(path, text)| (PathBuf::from(path), (*text).to_owned())).collect();
    let examined = toctou_lint::examine(files, &book, &Default::default());
    examined.findings.iter().map(|finding| (finding.rule.to_string(), finding.level)).collect()
}

/// A handler that looks for a member by two columns and adds one where there is none.
fn adding(between: &str) -> String {
    format!(
        "import {{ PrismaClient }} from \"@prisma/client\";\n\
         const prisma = new PrismaClient();\n\
         export async function join(clubId: string, userId: string, mails: any) {{\n\
         const known = await prisma.member.findFirst({{ where: {{ clubId, userId }} }});\n\
         if (known) throw new Error(\"is a member\");\n\
         {between}\n\
         try {{ await prisma.member.create({{ data: {{ clubId, userId }} }}); }}\n\
         catch (error) {{ throw new Error(\"not added\"); }}\n}}\n"
    )
}

const COLUMNS: &str = "  id String @id\n  clubId String\n  userId String\n";

fn model(keys: &str) -> String {
    format!("model Member {{\n{COLUMNS}{keys}\n}}\n")
}

fn level(schema: (&str, &str), between: &str) -> Level {
    let code = adding(between);
    let found = findings(&[schema, ("src/join.ts", &code)]);
    let insert = found.iter().find(|(rule, _)| rule == "db-check-then-insert");
    insert.unwrap_or_else(|| panic!("{found:?}")).1
}

#[test]
fn a_unique_key_over_what_was_looked_for_makes_it_a_note() {
    assert_eq!(level(("schema.prisma", &model("@@unique([clubId, userId])")), ""), Level::Note);
    let sql =
        "CREATE TABLE members (id text PRIMARY KEY, club_id text, user_id text, UNIQUE (club_id, user_id));";
    assert_eq!(level(("migrations/001.sql", sql), ""), Level::Note);
}

#[test]
fn where_nobody_waits_for_the_error_it_stays_a_warning() {
    let code = adding("")
        .replace("try { ", "")
        .replace("; }\ncatch (error) { throw new Error(\"not added\"); }", ";");
    assert!(!code.contains("catch"), "{code}");
    let schema = model("@@unique([clubId, userId])");
    let found = findings(&[("schema.prisma", &schema), ("src/join.ts", &code)]);
    assert_eq!(found, [("db-check-then-insert".to_owned(), Level::Warning)]);
}

/// A handler that gives a row a name that no other row may have.
fn renaming(column: &str) -> Level {
    let code = "import { PrismaClient } from \"@prisma/client\";\n\
         const prisma = new PrismaClient();\n\
         export async function rename(id: string, slug: string) {\n\
         const taken = await prisma.garden.findFirst({ where: { slug } });\n\
         if (taken) throw new Error(\"taken\");\n\
         return prisma.garden.update({ where: { id }, data: { slug } });\n}\n";
    let schema = format!("model Garden {{\n  id String @id\n  slug String {column}\n}}\n");
    let found = findings(&[("schema.prisma", &schema), ("src/rename.ts", code)]);
    found.iter().map(|(_, level)| *level).max().unwrap_or(Level::Off)
}

#[test]
fn a_name_that_a_key_refuses_leaves_the_row_as_it_was() {
    assert_eq!(renaming("@unique"), Level::Warning, "an error that nobody prepared for");
    assert!(renaming("") > Level::Note);
}

/// A bill numbered after the bills that are there.
fn numbered(column: &str, around: &str, before: &str) -> Level {
    let code = format!(
        "import {{ PrismaClient }} from \"@prisma/client\";\n\
         const prisma = new PrismaClient();\n\
         export async function bill(shops: any[], paper: any) {{\n\
         {around} {{\n\
         const bills = await prisma.bill.count({{ where: {{ shopId: shops[0] }} }});\n\
         const number = `B-${{bills + 1}}`;\n\
         {before}\n\
         await prisma.bill.create({{ data: {{ shopId: shops[0], number }} }});\n}}\n}}\n"
    );
    let schema = format!("model Bill {{\n  id String @id\n  shopId String\n  number String {column}\n}}\n");
    let found = findings(&[("schema.prisma", &schema), ("src/bill.ts", &code)]);
    found.iter().map(|(_, level)| *level).max().unwrap_or(Level::Off)
}

#[test]
fn a_number_is_not_given_twice_where_a_key_holds_it() {
    assert_eq!(numbered("@unique", "", ""), Level::Note);
    assert!(numbered("", "", "") > Level::Note);
}

#[test]
fn a_refused_number_that_ends_a_loop_or_was_printed_before_is_more() {
    assert_eq!(numbered("@unique", "for (const shop of shops)", ""), Level::Warning);
    assert!(numbered("@unique", "", "await paper.print(number);") > Level::Note);
    let drawn = "const page = paper.page(); page.draw(number); await page.print();";
    assert!(numbered("@unique", "", drawn) > Level::Note, "it is drawn, and the page printed then");
    assert_eq!(numbered("@unique", "", "console.log(number); await paper.rest();"), Level::Note);
}

/// An invitation that is taken up by a row of which there can be one, in one transaction.
fn taken_up(gain: &str) -> Level {
    let code = format!(
        "import {{ PrismaClient }} from \"@prisma/client\";\n\
         const prisma = new PrismaClient();\n\
         export async function accept(token: string, me: string) {{\n\
         const invite = await prisma.invite.findUnique({{ where: {{ token }} }});\n\
         if (!invite || invite.usedAt) throw new Error(\"not valid\");\n\
         await prisma.$transaction(async (tx) => {{\n\
         await tx.member.create({{ data: {{ clubId: invite.clubId, userId: {gain} }} }});\n\
         await tx.invite.update({{ where: {{ token }}, data: {{ usedAt: new Date() }} }});\n}});\n}}\n"
    );
    let schema = model("@@unique([clubId, userId])");
    let found = findings(&[("schema.prisma", &schema), ("src/accept.ts", &code)]);
    found.iter().map(|(_, level)| *level).max().unwrap_or(Level::Off)
}

#[test]
fn a_code_whose_gain_can_stand_there_once_is_used_once() {
    assert_eq!(taken_up("invite.userId"), Level::Note);
    assert!(taken_up("me") > Level::Note);
}

#[test]
fn what_is_there_for_tests_or_fills_a_database_once_is_a_note() {
    let code = renaming_text();
    assert_eq!(loudest("src/seed-gardens.ts", &code), Level::Note);
    assert!(loudest("src/seedling.ts", &code) > Level::Note);
    assert_eq!(loudest("src/gardens.ts", &code.replace("rename", "renameForTests")), Level::Note);
    assert!(loudest("src/gardens.ts", &code.replace("rename", "renameTests")) > Level::Note);
}

fn renaming_text() -> String {
    changing("views: note.views + 1").replace("change", "rename")
}

#[test]
fn a_key_that_lets_two_rows_in_changes_nothing() {
    assert!(level(("schema.prisma", &model("")), "") > Level::Note);
    assert!(level(("schema.prisma", &model("@@index([clubId, userId])")), "") > Level::Note);
    assert!(level(("schema.prisma", &model("@@unique([clubId, userId, id])")), "") > Level::Note);
    let partial = "CREATE TABLE members (id text PRIMARY KEY, club_id text, user_id text);\n\
        CREATE UNIQUE INDEX one ON members (club_id, user_id) WHERE left_at IS NULL;";
    assert!(level(("migrations/001.sql", partial), "") > Level::Note);
}

#[test]
fn what_is_done_before_the_insert_is_done_twice_all_the_same() {
    let schema = model("@@unique([clubId, userId])");
    assert!(level(("schema.prisma", &schema), "await mails.sendMail({ to: userId });") > Level::Note);
}

#[test]
fn schemas_of_tests_say_nothing_of_the_code() {
    let schema = model("@@unique([clubId, userId])");
    assert!(level(("test/schema.prisma", &schema), "") > Level::Note);
}

/// A request that finds a key and writes some of its columns where these are old.
fn stamping(sets: &str, after: &str) -> Level {
    let code = format!(
        "import {{ PrismaClient }} from \"@prisma/client\";\n\
         const prisma = new PrismaClient();\n\
         export async function enter(hash: string, mails: any) {{\n\
         const key = await prisma.accessKey.findFirst({{ where: {{ hash }} }});\n\
         if (!key) return null;\n\
         if (key.lastUsedAt < new Date(Date.now() - 60000) || key.failedAttempts > 3) {{\n\
         await prisma.accessKey.update({{ where: {{ id: key.id }}, data: {{ {sets} }} }});\n\
         {after}\n}}\n\
         return key.name;\n}}\n"
    );
    let found = findings(&[("src/enter.ts", &code)]);
    found.iter().map(|(_, level)| *level).max().unwrap_or(Level::Off)
}

#[test]
fn what_is_kept_for_the_books_is_a_note() {
    assert!(stamping("lastUsedAt: new Date()", "") <= Level::Note);
    assert!(stamping("failedAttempts: 0", "") <= Level::Note);
    assert!(stamping("lastUsedAt: new Date(), failedAttempts: 0", "") <= Level::Note);
}

#[test]
fn a_stamp_beside_an_effect_or_a_count_is_more() {
    assert!(stamping("lastUsedAt: new Date()", "await mails.sendMail({ to: key.owner });") > Level::Note);
    assert!(stamping("failedAttempts: key.failedAttempts - 1", "") > Level::Note);
}

/// Level of what is found in one file under this path.
fn loudest(path: &str, code: &str) -> Level {
    findings(&[(path, code)]).iter().map(|(_, level)| *level).max().unwrap_or(Level::Off)
}

/// A row's settings are read and written back.
fn saving(between: &str, settings: &str) -> Level {
    let code = format!(
        "import {{ PrismaClient }} from \"@prisma/client\";\n\
         const prisma = new PrismaClient();\n\
         export async function save(owner: string, theme: string, crawl: any) {{\n\
         const site = await prisma.site.findFirst({{ where: {{ owner }} }});\n\
         if (!site) throw new Error(\"none\");\n\
         const current = (site.settings as any) ?? {{}};\n\
         {between}\n\
         await prisma.site.update({{ where: {{ id: site.id }}, data: {{ settings: {settings} }} }});\n}}\n"
    );
    loudest("src/save.ts", &code)
}

#[test]
fn a_setting_put_into_what_was_read_a_moment_ago_is_a_note() {
    assert_eq!(saving("", "{ ...current, theme }"), Level::Note);
    assert_eq!(saving("", "theme ?? site.settings"), Level::Note);
}

#[test]
fn a_list_that_grows_or_a_long_way_to_the_write_is_more() {
    assert!(saving("", "[...current.themes, theme]") > Level::Note);
    assert!(saving("await crawl(owner);", "{ ...current, theme }") > Level::Note);
    assert!(saving("", "{ ...current, saves: current.saves + 1 }") > Level::Note);
}

#[test]
fn a_place_filled_with_what_is_only_looked_up_is_a_note() {
    let code = |make: &str| {
        format!(
            "let kept: unknown;\n\
             export async function get(settings: any) {{\n\
             if (!kept) {{ kept = {make}; }}\n\
             return kept;\n}}\n"
        )
    };
    assert_eq!(loudest("src/kept.ts", &code("(await import(\"yaml\")).parse")), Level::Note);
    assert_eq!(loudest("src/kept.ts", &code("new Client(await settings.load())")), Level::Note);
    assert!(loudest("src/kept.ts", &code("await settings.connect()")) > Level::Note);
}

#[test]
fn a_key_that_was_worked_with_is_cleared_away_at_the_end() {
    let code = |name: &str| {
        format!(
            "import Redis from \"ioredis\";\n\
             const redis = new Redis();\n\
             export async function run(site: string, ask: any) {{\n\
             const kept = await redis.get(`{name}:${{site}}`);\n\
             if (!kept) throw new Error(\"none\");\n\
             await ask(site, kept);\n\
             await redis.del(`{name}:${{site}}`);\n}}\n"
        )
    };
    assert_eq!(loudest("src/run.ts", &code("crawl-access")), Level::Note);
    assert!(loudest("src/run.ts", &code("coupon")) > Level::Note);
}

#[test]
fn whether_it_is_the_first_is_told_and_decides_nothing() {
    let code = |value: &str| {
        format!(
            "import {{ PrismaClient }} from \"@prisma/client\";\n\
             const prisma = new PrismaClient();\n\
             export async function add(owner: string, slug: string) {{\n\
             const known = await prisma.domain.count({{ where: {{ owner }} }});\n\
             await prisma.domain.create({{ data: {{ owner, slug, rank: {value} }} }});\n}}\n"
        )
    };
    assert!(loudest("src/add.ts", &code("known === 0")) <= Level::Note);
    assert!(loudest("src/add.ts", &code("known + 1")) > Level::Note);
}

/// What is answered under a key, made by `make` where it is not there and kept by `keep`.
fn kept(make: &str, keep: &str) -> Vec<(String, Level)> {
    let code = format!(
        "import Redis from \"ioredis\";\n\
         import {{ prisma }} from \"./prisma\";\n\
         const redis = new Redis();\n\
         export async function token(vendor: any, name: string) {{\n\
         const known = await redis.get(`token:${{name}}`);\n\
         if (known) return known;\n\
         const made = await {make};\n\
         await {keep};\n\
         return made.text;\n}}\n"
    );
    findings(&[("src/token.ts", &code)])
}

#[test]
fn what_is_kept_until_it_expires_and_given_back_is_a_note() {
    let keep = "redis.setex(`token:${name}`, 3540, made.text)";
    let found = kept("vendor.accessTokens.issue({ name })", keep);
    assert_eq!(found, [("kv-check-then-set".to_owned(), Level::Note)]);
    let made = kept("prisma.token.create({ data: { name } })", keep);
    assert!(made.iter().any(|(_, level)| *level > Level::Note), "{made:?}");
}

#[test]
fn a_lock_that_lasts_long_is_a_note_where_nothing_takes_longer() {
    let code = |seconds: u32| {
        format!(
            "import {{ Redis }} from \"@upstash/redis\";\n\
             const redis = Redis.fromEnv();\n\
             export async function sweep(work: any) {{\n\
             const taken = await redis.set(\"lock:sweep\", \"1\", {{ nx: true, ex: {seconds} }});\n\
             if (taken) await work();\n}}\n"
        )
    };
    let level = |seconds: u32| findings(&[("src/sweep.ts", &code(seconds))]);
    assert_eq!(level(900), [("lock-shared-token".to_owned(), Level::Note)]);
    assert_eq!(level(60), [("lock-shared-token".to_owned(), Level::Warning)]);
}

#[test]
fn a_lock_that_outlasts_every_run_is_none_of_the_next_holder() {
    let code = |unit: &str, time: u32| {
        format!(
            "import {{ Redis }} from \"@upstash/redis\";\n\
             const redis = Redis.fromEnv();\n\
             export const maxDuration = 300;\n\
             export async function sweep(work: any) {{\n\
             const taken = await redis.set(\"lock:sweep\", \"1\", {{ nx: true, {unit}: {time} }});\n\
             if (!taken) return;\n\
             try {{ await work(); }} finally {{ await redis.del(\"lock:sweep\"); }}\n}}\n"
        )
    };
    assert_eq!(findings(&[("src/sweep.ts", &code("ex", 300))]), []);
    assert_eq!(findings(&[("src/sweep.ts", &code("px", 300_000))]), []);
    assert_eq!(findings(&[("src/sweep.ts", &code("px", 300))]).len(), 2);
}

/// A handler that changes one column of a row that it has just looked up.
fn changing(column: &str) -> String {
    format!(
        "import {{ PrismaClient }} from \"@prisma/client\";\n\
         const prisma = new PrismaClient();\n\
         export async function change(id: string) {{\n\
         const note = await prisma.note.findUniqueOrThrow({{ where: {{ id }} }});\n\
         await tell(note);\n\
         return prisma.note.update({{ where: {{ id }}, data: {{ {column} }} }});\n}}\n"
    )
}

#[test]
fn a_flag_that_is_turned_is_a_note() {
    let turned = findings(&[("src/note.ts", &changing("pinned: !note.pinned"))]);
    assert_eq!(turned, [("db-lost-update".to_owned(), Level::Note)]);
    let turned = findings(&[("src/note.ts", &changing("pinned: !(note.pinned ?? false)"))]);
    assert_eq!(turned, [("db-lost-update".to_owned(), Level::Note)]);
    let counted = findings(&[("src/note.ts", &changing("views: note.views + 1"))]);
    assert!(
        matches!(counted.as_slice(), [(rule, level)] if rule == "db-lost-update" && *level > Level::Note)
    );
}

/// Level of a flag of a class that is raised after a wait.
fn raised(around: &str, rest: &str) -> Level {
    let code = format!(
        "{around}class Link {{\n  ready = false;\n  async open() {{\n    if (!this.ready) {{\n      \
         await greet(this);\n      this.ready = true;\n      start();\n    }}\n  }}\n}}\n{rest}\n"
    );
    loudest("src/link.ts", &code)
}

#[test]
fn a_plain_field_is_more_where_everybody_has_the_object() {
    assert_eq!(raised("export ", ""), Level::Note);
    assert!(raised("", "export const link = new Link();") > Level::Note);
    assert!(raised("", "let link;\nexport function get() { return (link ??= new Link()); }") > Level::Note);
    assert!(raised("", "export class Links { static only = new Link(); }") > Level::Note);
    assert!(raised("@Injectable()\nexport ", "") > Level::Note);
}

#[test]
fn an_error_that_is_only_given_back_is_prepared_for_by_nobody() {
    let schema =
        "model votes {\n  id String @id\n  post String\n  voter String\n  @@unique([post, voter])\n}\n";
    let code = "import { createClient } from \"@supabase/supabase-js\";\n\
        const db = createClient(\"url\", \"key\");\n\
        export async function vote(post: string, voter: string) {\n\
        try {\n\
        const { data: seen } = await db.from(\"votes\").select().eq(\"post\", post).eq(\"voter\", voter).maybeSingle();\n\
        if (seen) return \"voted\";\n\
        const { error } = await db.from(\"votes\").insert({ post, voter });\n\
        if (error) throw error;\n\
        } catch (error) { console.error(error); return \"failed\"; }\n}\n";
    let found = findings(&[("schema.prisma", schema), ("src/vote.ts", code)]);
    assert!(found.iter().any(|(_, level)| *level > Level::Note), "{found:?}");
}

/// Level of a map that is filled with what a call of this name makes, without a wait.
fn shelved(make: &str) -> Level {
    let code = format!(
        "use std::collections::HashMap;\nuse std::sync::{{Arc, RwLock}};\n\
         pub struct Shelf {{ books: RwLock<HashMap<String, Arc<Book>>> }}\n\
         impl Shelf {{\n  pub fn book(&self, id: &str) -> std::io::Result<Arc<Book>> {{\n\
         if let Some(book) = self.books.read().unwrap().get(id) {{ return Ok(book.clone()); }}\n\
         let book = Arc::new({make}?);\n\
         self.books.write().unwrap().insert(id.to_string(), book.clone());\n    Ok(book)\n  }}\n}}\n"
    );
    loudest("src/shelf.rs", &code)
}

#[test]
fn what_is_opened_twice_is_more_than_what_is_read_twice() {
    assert_eq!(shelved("Book::parse(id)"), Level::Note);
    assert!(shelved("Book::open(id)") > Level::Note);
}

/// How loud a rule is over one file.
fn told(rule: &str, path: &str, code: &str) -> Level {
    let found = findings(&[(path, code)]);
    found.iter().filter(|(name, _)| name == rule).map(|(_, level)| *level).max().unwrap_or(Level::Off)
}

/// A flag that is raised because it is late, and one more function of its object.
fn raising(beside: &str) -> Level {
    let code = format!(
        "use std::sync::atomic::{{AtomicBool, Ordering}};\npub struct Watch {{ over: AtomicBool }}\n\
         impl Watch {{\n    pub fn is_over(&self, late: bool) -> bool {{\n        \
         if self.over.load(Ordering::Relaxed) {{\n            return true;\n        }}\n        \
         if late {{\n            self.over.store(true, Ordering::Relaxed);\n        }}\n        \
         late\n    }}\n    {beside}\n}}\n"
    );
    told("atomic-load-then-store", "src/watch.rs", &code)
}

#[test]
fn a_flag_that_is_only_ever_raised_says_the_same_twice() {
    assert_eq!(raising(""), Level::Note);
    assert_eq!(raising("pub fn end(&self) { self.over.store(true, Ordering::Relaxed); }"), Level::Note);
    assert!(raising("pub fn again(&self) { self.over.store(false, Ordering::Relaxed); }") > Level::Note);
}

/// A value that is read, changed and written back, by one way of a change to a store.
fn migrating(way: &str, back: &str) -> Level {
    let code = format!(
        "import {{ Pool }} from \"pg\";\nconst pool = new Pool();\n\
         async function {way}() {{\n\
         const rows = await pool.query(\"SELECT balance FROM purses WHERE id = 1\");\n\
         await pool.query(\"UPDATE purses SET balance = $1 WHERE id = 1\", [rows.rows[0].balance + 1]);\n}}\n\
         async function {back}() {{}}\nexport default {{ {way}, {back} }};\n"
    );
    told("db-lost-update", "src/purses.ts", &code)
}

#[test]
fn a_migration_is_run_once() {
    assert!(migrating("up", "down") <= Level::Note);
    assert!(migrating("up", "aside") > Level::Note, "there is no way back");
    assert!(migrating("give", "take") > Level::Note);
}

#[test]
fn a_table_may_be_called_as_a_layer_calls_its_own() {
    let code = |table: &str| {
        format!(
            "import {{ PrismaClient }} from \"@prisma/client\";\n\
             export class Shelf {{\n  constructor(private readonly prisma: PrismaClient) {{}}\n  \
             async add(name: string) {{\n    \
             const old = await this.prisma.{table}.findFirst({{ where: {{ name }} }});\n    \
             if (old) throw new Error(\"taken\");\n    \
             await this.prisma.document.create({{ data: {{ name }} }});\n  }}\n}}\n"
        )
    };
    assert!(told("db-check-then-insert", "src/shelf.ts", &code("document")) > Level::Note);
    assert_eq!(told("db-check-then-insert", "src/shelf.ts", &code("collection")), Level::Off);
}

/// A file of a fixed name that is removed and made anew in some folder.
fn renewing(folder: &str) -> Level {
    let code = format!(
        "use std::fs;\npub fn renew(text: &str, own: &std::path::Path) -> std::io::Result<()> {{\n    \
         let path = {folder}.join(\"state.txt\");\n    fs::remove_file(&path)?;\n    fs::write(&path, text)\n}}\n"
    );
    told("fs-remove-then-create", "src/renew.rs", &code)
}

#[test]
fn a_file_of_ones_own_is_made_anew_where_nobody_else_makes_names() {
    assert_eq!(renewing("own"), Level::Note);
    assert!(renewing("std::env::temp_dir()") > Level::Note, "anybody may come in between there");
    assert!(renewing("std::path::Path::new(\"/tmp\")") > Level::Note);
}

#[test]
fn what_is_fetched_by_its_key_may_be_kept_twice() {
    let code = |name: &str| {
        format!(
            "use std::collections::HashMap;\nuse tokio::sync::RwLock;\n\
             pub struct Harbor;\nimpl Harbor {{\n    pub async fn {name}(&self, day: u64) -> Result<Tide, Error> {{\n        \
             let answer = self.line.post(day).await?;\n        \
             let told = self.line.reply(answer).await?;\n        Ok(told)\n    }}\n}}\n\
             pub struct Tides {{ known: RwLock<HashMap<u64, Tide>> }}\n\
             impl Tides {{\n    pub async fn of(&self, day: u64, harbor: &Harbor) -> Result<(), Error> {{\n        \
             if self.known.read().await.contains_key(&day) {{\n            return Ok(());\n        }}\n        \
             let tide = harbor.{name}(day).await?;\n        \
             self.known.write().await.insert(day, tide);\n        Ok(())\n    }}\n}}\n"
        )
    };
    assert_eq!(told("lock-gap", "src/tides.rs", &code("fetch_tide")), Level::Note);
    assert!(told("lock-gap", "src/tides.rs", &code("book_tide")) > Level::Note, "it is booked twice");
}

/// A draft that is thrown away because the row it belongs to was counted, and is none.
fn counted(condition: &str) -> Level {
    let code = format!(
        "import {{ PrismaClient }} from \"@prisma/client\";\nconst prisma = new PrismaClient();\n\
         export async function tidy(id: string, teamId: string) {{\n\
         const left = await prisma.draft.count({{ where: {{ {condition} }} }});\n\
         if (left === 0) await prisma.draft.deleteMany({{ where: {{ teamId }} }});\n}}\n"
    );
    told("db-count-then-write", "src/tidy.ts", &code)
}

#[test]
fn a_row_that_is_counted_by_its_identifier_is_gone_for_good() {
    assert_eq!(counted("id, teamId"), Level::Note);
    assert!(counted("teamId") > Level::Note, "one more may have come in");
    assert!(counted("id, state: \"open\"") > Level::Note, "it may be opened again");
}

/// One of several that take turns.
fn next_one(step: &str) -> Level {
    let code = format!(
        "use std::sync::atomic::{{AtomicUsize, Ordering}};\npub struct Ring {{ at: AtomicUsize, hosts: Vec<String> }}\n\
         impl Ring {{\n    pub fn turn(&self) {{\n        let at = self.at.load(Ordering::Relaxed);\n        \
         self.at.store({step}, Ordering::Relaxed);\n    }}\n}}\n"
    );
    told("atomic-load-then-store", "src/ring.rs", &code)
}

#[test]
fn which_of_several_comes_next_may_be_lost() {
    assert_eq!(next_one("(at + 1) % self.hosts.len()"), Level::Note);
    assert!(next_one("at + 1") > Level::Note);
    assert!(next_one("(at + 1) % 4096") > Level::Note, "a number that may be given to somebody");
}

/// A codec that is made where none is kept for a key.
fn codec(look: &str) -> Level {
    let code = format!(
        "use dashmap::DashMap;\nuse std::sync::Arc;\n\
         pub struct Pool {{ made: DashMap<String, Arc<Codec>> }}\npub struct Codec {{ name: String }}\n\
         impl Pool {{\n    pub fn codec(&self, name: String) -> Option<Arc<Codec>> {{\n        {look}\n        \
         let codec = Arc::new(Codec {{ name: name.clone() }});\n        \
         self.made.insert(name, codec.clone());\n        Some(codec)\n    }}\n}}\n"
    );
    told("map-check-then-insert", "src/pool.rs", &code)
}

#[test]
fn what_is_made_of_its_key_may_be_made_twice() {
    assert_eq!(
        codec("if let Some(codec) = self.made.get(&name) { return Some(codec.clone()); }"),
        Level::Note
    );
    assert!(codec("if self.made.contains_key(&name) { return None; }") > Level::Note, "it is claimed");
}

/// Keys that code declares count like those of schema files, under the names that code asks by.
#[test]
fn a_unique_key_that_code_declares_counts() {
    let drizzle = |key: &str| {
        format!(
            "import {{ pgTable, text }} from 'drizzle-orm/pg-core';\nimport {{ eq, and }} from 'drizzle-orm';\n\
             import {{ drizzle }} from 'drizzle-orm/node-postgres';\nconst db = drizzle(process.env.URL!);\n\
             export const people = pgTable('users', {{ email: text('e_mail'), team: text() }}, (t) => [{key}]);\n\
             export async function enrol(email: string, team: string) {{\n\
             const known = await db.select().from(people).where(and(eq(people.email, email), eq(people.team, team)));\n\
             if (known.length > 0) return;\n\
             try {{ await db.insert(people).values({{ email, team }}); }}\n\
             catch (error) {{ throw new Error('not added'); }}\n}}\n"
        )
    };
    let mongoose = |key: &str| {
        format!(
            "import mongoose from 'mongoose';\n\
             const schema = new mongoose.Schema({{ email: String, team: String }});\n{key}\n\
             export const UserModel = mongoose.model('User', schema);\n\
             export async function enrol(email: string, team: string) {{\n\
             const known = await UserModel.findOne({{ email, team }});\n\
             if (known) return;\n\
             try {{ await UserModel.create({{ email, team }}); }}\n\
             catch (error) {{ throw new Error('not added'); }}\n}}\n"
        )
    };
    let typeorm = |key: &str| {
        format!(
            "import {{ Entity, Column, Repository, Unique, Index }} from 'typeorm';\n@Entity('people')\n{key}\n\
             export class UserEntity {{ @PrimaryGeneratedColumn() id: number; @Column() email: string; @Column() team: string; }}\n\
             export class People {{ constructor(private users: Repository<UserEntity>) {{}}\n\
             async enrol(email: string, team: string) {{\n\
             const known = await this.users.findOneBy({{ email, team }});\n\
             if (known) return;\n\
             try {{ await this.users.insert({{ email, team }}); }}\n\
             catch (error) {{ throw new Error('not added'); }}\n}} }}\n"
        )
    };
    let knex = |key: &str| {
        format!(
            "import knex from 'knex';\nconst db = knex({{}});\n\
             export const up = () => db.schema.createTable('people', (t) => {{ t.string('email'); {key} }});\n\
             export async function enrol(email: string, team: string) {{\n\
             const known = await db('people').where({{ email, team }}).first();\n\
             if (known) return;\n\
             try {{ await db('people').insert({{ email, team }}); }}\n\
             catch (error) {{ throw new Error('not added'); }}\n}}\n"
        )
    };
    let level = |code: String| {
        let found = findings(&[("src/enrol.ts", &code)]);
        let insert = found.iter().find(|(rule, _)| rule == "db-check-then-insert");
        insert.unwrap_or_else(|| panic!("{found:?}\n{code}")).1
    };
    assert_eq!(level(drizzle("")), Level::Warning);
    assert_eq!(level(drizzle("uniqueIndex('x').on(t.team, t.email)")), Level::Note);
    assert_eq!(level(drizzle("uniqueIndex('x').on(t.team, t.email).where(sql`open`)")), Level::Warning);
    assert_eq!(level(drizzle("uniqueIndex('x').on(t.team, t.nick)")), Level::Warning);
    assert_eq!(level(mongoose("")), Level::Warning);
    assert_eq!(level(mongoose("schema.index({ email: 1, team: 1 }, { unique: true });")), Level::Note);
    assert_eq!(level(mongoose("schema.index({ email: 1, team: 1 });")), Level::Warning);
    assert_eq!(level(typeorm("")), Level::Warning);
    assert_eq!(level(typeorm("@Unique(['email', 'team'])")), Level::Note);
    assert_eq!(level(typeorm("@Index(['email', 'team'])")), Level::Warning);
    assert_eq!(level(knex("")), Level::Warning);
    assert_eq!(level(knex("t.unique(['email', 'team']);")), Level::Note);
}
