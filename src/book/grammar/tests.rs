//! Every construct of the grammar, and what the errors say.

use super::*;
use crate::book::api::{CodeKind, HeldWhile, Root, What};

fn parse(body: &str) -> (Library, Vec<String>) {
    let mut library = empty_library("page", "page.md");
    let errors = parse_into(&mut library, body, 1);
    (library, errors.iter().map(ToString::to_string).collect())
}

fn good(body: &str) -> Library {
    let (library, errors) = parse(body);
    assert_eq!(errors, Vec::<String>::new());
    library
}

fn bad(body: &str) -> String {
    parse(body).1.join("\n")
}

#[test]
fn the_drafts_parse() {
    let typescript = good(TYPESCRIPT);
    let rust = good(RUST);
    assert_eq!(typescript.calls.len() + typescript.types.len(), 50);
    assert_eq!(rust.calls.len() + rust.types.len(), 23);
    assert!(typescript.sql && typescript.types[0].pooled);
    assert_eq!(typescript.types[2].made_by.len(), 2);
}

#[test]
fn a_clause_keeps_its_modifiers() {
    let library = good(
        "*.$transaction(body, options): take transaction(tx) isolation options.isolationLevel during body(tx);\n  \
         take transaction(body.*) isolation batch if body has x\n",
    );
    let [first, second] = library.calls[0].clauses.as_slice() else { panic!() };
    let What::Event(event) = &first.what else { panic!() };
    assert_eq!(event.slots[0].root, Root::Callback("tx".into()));
    assert_eq!(
        event.during.as_ref().map(|(slot, names)| (&slot.root, names.len())),
        Some((&Root::Param(0), 1))
    );
    assert!(second.when.is_some());
    let library =
        good("f(a): take lock(\"x\") while session when a fails = throws A|\"b:c\" at error.kind or 0\n");
    let What::Event(event) = &library.calls[0].clauses[0].what else { panic!() };
    assert_eq!(
        event.held.first().map(|(held, when)| (held, when.is_some())),
        Some((&HeldWhile::Session, true))
    );
    assert_eq!(event.fails.len(), 3);
    assert_eq!(event.fails[1].kind, CodeKind::Throws(Some("b:c".into())));
    assert!(event.fails[1].at.is_some() && event.fails[2].at.is_none());
}

#[test]
fn facts_are_kept() {
    let library = good(
        "format 1\nlanguage typescript\nmodule @prisma/client@>=4 std::fs\nmacro a|b! arms\nlexicon money cents\n  price\n\
         new Redlock(clients): result fresh # a comment\nstd::fs::read(path): read file(path)\n",
    );
    assert_eq!(library.modules[0].name, "@prisma/client");
    assert_eq!(library.modules[0].versions.as_deref(), Some(">=4"));
    assert_eq!(library.modules[1].name, "std::fs");
    assert_eq!(library.macros[1].0, "b");
    assert_eq!(library.lexicons[0].1, ["cents", "price"]);
    assert!(library.calls[0].is_new);
    assert_eq!(library.calls[1].target.parts.len(), 3);
}

#[test]
fn errors_name_the_line_and_the_nearest_word() {
    let cases = [
        ("\nf(path): exsits file(path)", "page.md:2: unknown verb `exsits`, did you mean `exists`?"),
        ("f(path): exists fil(path)", "page.md:1: unknown noun `fil`, did you mean `file`?"),
        (
            "f(path):\n  exists file(paht)",
            "page.md:2: unknown name `paht`, did you mean `path`? (a slot begins with a parameter; quote a literal: \"paht\")",
        ),
        (
            "f(path): exists file(path) exclusiv",
            "page.md:1: unknown trait or modifier `exclusiv`, did you mean `exclusive`?",
        ),
        ("f(x): x frsh", "page.md:1: unknown adjective `frsh`, did you mean `fresh`?"),
        ("f(x): invokes x() tsak", "page.md:1: unknown region `tsak`, did you mean `task`?"),
        (
            "f(x): invokes x() taskss22",
            "page.md:1: unknown region `taskss22`; known are task, attempt, instance, transaction, lock, session",
        ),
        ("f(x): inspect file(x) [knd]", "page.md:1: unknown field `knd`, did you mean `kind`?"),
        ("f(x): exists key(x)", "page.md:1: `key` takes 2 or 3 slots, here are 1"),
        ("f(x): exists file x", "page.md:1: expected `(` and slots after the noun"),
        ("f(x, x): x fresh", "page.md:1: two parameters are called `x`"),
        ("f(result): result fresh", "page.md:1: a parameter cannot be called `result`, which is a slot"),
        ("f(x): ", "page.md:1: expected a slot, found the end of the line"),
        ("f(x) x fresh", "page.md:1: expected `:` after the parameters, found `x`"),
        ("modul fs", "page.md:1: unknown line `modul …`, did you mean `module`?"),
        ("language python", "page.md:1: unknown language `python`; known are rust, typescript, sql"),
        ("dialect postgre", "page.md:1: unknown dialect `postgre`, did you mean `postgres`?"),
        ("format 2", "page.md:1: format `2` is not known, this program reads format 1"),
        ("f(x): x fresh &", "page.md:1: `&` has no meaning here"),
        ("f(x): perform outside(\"x)", "page.md:1: string without its closing quote"),
        ("*(x): x fresh", "page.md:1: a path needs a name: `*.name(…)`"),
    ];
    for (body, message) in cases {
        assert_eq!(bad(body), message, "{body}");
    }
    assert_eq!(parse("f(x): y fresh\ng(x): x fresh\nh(x): z fresh").1.len(), 2);
}

#[test]
fn hostile_lines_end_in_an_error() {
    assert!(bad(&format!("f(x): read file({}", "map(".repeat(100_000))).contains("too often"));
    assert!(!bad(&"f(".repeat(10_000)).is_empty());
    assert!(!bad("f(x): read file(x) \u{0}é☃").is_empty());
}

/// Cutting, joining and doubling real lines reaches most of the parser; none of it may panic.
#[test]
fn broken_lines_never_panic() {
    for text in [TYPESCRIPT, RUST] {
        for line in text.lines() {
            let cuts: Vec<usize> = line.char_indices().map(|(at, _)| at).collect();
            for at in &cuts {
                let (head, tail) = line.split_at(*at);
                for broken in
                    [head.to_owned(), tail.to_owned(), format!("{head}{line}"), format!("{tail}{head}")]
                {
                    parse(&broken);
                }
            }
        }
    }
    let many = (0..100_000).map(|at| format!("p{at}")).collect::<Vec<_>>().join(", ");
    assert!(bad(&format!("f({many}): p0 fresh")).contains("at most 32"));
}

/// The draft lines the grammar was made for.
const TYPESCRIPT: &str = r#"# TypeScript basics
raised error.code
path.join|resolve(base, ...rest): result part-of base rest
*.then(next): invokes next(receiver)
setTimeout(body): invokes body() task; body published
randomUUID|nanoid(): result fresh
Map.has(name): exists state(receiver, name) absent = false
Map.set(name, value): write state(receiver, name) sets value
with*Lock(name, body): take lock(name) during body()
module fs node:fs fs/promises
callback error result
exists(path): exists file(path) absent = false
lstat(path): inspect file(path) [kind link size owner mode] absent = throws ENOENT
readFile(path): read file(path) absent = throws ENOENT
writeFile(path, data, options): write file(path) [mode] when options.mode sets data
  exclusive when options.flag in wx|ax fails = throws EEXIST
open(path, flags): write file(path) exclusive when flags in wx|ax fails = throws EEXIST if flags in w|a|wx|ax;
  read file(path) absent = throws ENOENT if flags in r|r+
rename(from, to): remove file(from); write file(to)
rm(path, options): remove file(path) absent = fine when options.force or throws ENOENT
mkdir(path, options): create directory(path) exclusive unless options.recursive
  idempotent when options.recursive fails = throws EEXIST
chmod(path, bits): update file(path) [mode]
fstat(fd): inspect handle(fd)
module @prisma/client
type PrismaClient: new PrismaClient named prisma|db pooled
*.{model}.findUnique|findFirst(args{where}): read row(model, args.where) absent = null
*.{model}.count(args): count row(model, args.where) absent = 0
*.{model}.create(args{data}): create row(model, args.data) sets args.data fails = throws P2002
*.{model}.update(args{where, data}): update row(model, args.where) sets args.data
  relative when args.data.* has increment|decrement absent = throws P2025
*.{model}.updateMany(args{data}): update row(model, args.where) sets args.data affected = result.count
*.{model}.upsert(args{where, update}): write row(model, args.where) sets args.update exclusive
*.$transaction(body, options): take transaction(tx) isolation options.isolationLevel during body(tx);
  take transaction(body.*) isolation batch
*.$executeRaw(text): sql(text) affected = result fails = throws P2010
module pg
dialect postgres
type Pool: new Pool named pool pooled
type Client: new Client, Pool.connect() named client
Pool.connect(): take session(result)
Client.release(): release session(receiver)
*.query(text, values): sql(text, values) absent = [] at result.rows or 0 at result.rowCount
  affected = result.rowCount fails = throws 23505
# functions; statements (FOR UPDATE: while transaction; ON CONFLICT: exclusive) are the SQL reader's
language sql
pg_advisory_lock(name): take lock(name) while session
pg_try_advisory_lock(name): take lock(name) while session fails = false
pg_advisory_xact_lock(name): take lock(name) while transaction
pg_advisory_unlock(name): release lock(name) fails = false
module ioredis
type Redis: new Redis, new Cluster named redis|kv
type Pipeline is Redis: Redis.multi()
Redis.get(name): read key(receiver, name) absent = null
Redis.set(name, value, ...flags): write key(receiver, name) sets value exclusive when flags has NX
  expires when flags has EX|PX fails = null when flags has NX
Redis.incr|decr(name): update key(receiver, name) relative
Redis.expire(name, ttl): update key(receiver, name) [expiry]
Redis.del(name): remove key(receiver, name) affected = result
Redis.eval(script, count, name): remove key(receiver, name) conditional affected = result if script has del
Redis.multi(): take transaction(result) isolation batch
Pipeline.exec(): release transaction(receiver)
# other pages, for the constructs left
*.webhooks.constructEvent(body): read delivery(result.id)
*.transfers.create(params, options): perform outside("money") once(options.idempotencyKey)
*.findOne(args{model, where}): read row(args.model, map(args.where, field, value)) absent = null
*.findByPk(id, options): read row(receiver, id) on options.transaction while transaction when options.lock
entry handler(event) in "**/lambda/**": read delivery(event.Records.*.messageId); attempt; instance
attests domain domainVerified
"#;

const RUST: &str = r#"# Rust basics
raised error.kind
macro format|println|assert expressions
*.clone|as_ref|unwrap(): result same-as receiver
Path.join(part): result part-of receiver part
Arc.new(value): result same-as value; value published
spawn(body): invokes body() task; body published
drop(value): value ended
assert!(truth): truth asserted
module std::fs std::path tokio::fs
Path.exists(): exists file(receiver) absent = false
symlink_metadata(path): inspect file(path) [kind link size owner mode] absent = throws NotFound
File.create(path): write file(path)
File.create_new(path): create file(path) exclusive fails = throws AlreadyExists
OpenOptions.open(path): write file(path) exclusive when chain.create_new [mode] when chain.mode
  fails = throws AlreadyExists if chain.write; read file(path) if chain.read
remove_file(path): remove file(path) absent = throws NotFound
create_dir_all(path): create directory(path) idempotent
File.lock(): take lock(receiver) while receiver
module std::sync std::sync::atomic std::collections
type Atomic: AtomicBool.new(), AtomicUsize.new()
Mutex.lock(): take lock(receiver) local while result; result same-as receiver
Mutex.try_lock(): take lock(receiver) local while result fails = throws
RwLock.read(): take lock(receiver) local shared while result; result same-as receiver
Atomic.load(): read atomic(receiver)
Atomic.store(value): write atomic(receiver) sets value
Atomic.compare_exchange(old, new): write atomic(receiver) sets new conditional(old) fails = throws
HashMap.contains_key(name): exists state(receiver, name) absent = false
HashMap.insert(name, value): write state(receiver, name) sets value conditional when result
"#;
