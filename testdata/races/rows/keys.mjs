// Keys, counters and locks, in Redis.

import { both } from "./outcomes.mjs";

const ioredis = "ioredis, Redis";
const redis = "redis, Redis";
const family = "keys";
const fresh = async ({ keys }) => keys.flushall();

const greet = { family, rule: "kv-check-then-set", invariant: "nobody is greeted twice" };
const collect = { family, rule: "kv-check-then-set", invariant: "a parcel is handed out once" };
const allow = { family, rule: "kv-limit-race", invariant: "no more than ten are let through" };
const award = { family, rule: "kv-read-modify-write", invariant: "no points are lost" };
const release = { family: "locks", rule: "lock-unsafe-release", invariant: "nobody's lock is taken away" };
const noExpiry = { family: "locks", rule: "lock-no-expiry", invariant: "the lock of a killed holder ends", actors: 1, trials: 4, reset: fresh };

/** The holder is killed; whether its key will stay for good. */
const forEver = (key) => async ({ keys, kill }, [{ error }]) => {
  if (error) throw new Error(error);
  kill();
  return (await keys.pttl(key)) === -1;
};

/** Our lease runs out and somebody else takes the lock: before the first step of our release, or before the second. */
const stolen = {
  actors: 1,
  reset: ({ keys }) => keys.set("lock:books", "ours"),
  between: async (scene, step) => {
    if (step !== 1 + (scene.trial % 2)) return;
    await scene.keys.set("lock:books", "theirs");
    scene.isStolen = true;
  },
  violated: async ({ keys, isStolen }) => isStolen && (await keys.get("lock:books")) !== "theirs",
};

const notReleased = {
  family: "locks", rule: "lock-not-released", invariant: "the lock comes free when the work fails", actors: 1, trials: 5,
  violated: async ({ sql, trial }) => {
    const [{ free }] = await sql(`SELECT pg_try_advisory_lock($1) AS free`, [trial]);
    if (free) await sql(`SELECT pg_advisory_unlock($1)`, [trial]);
    return !free;
  },
};

export default [
  {
    ...greet, is: "ioredis", library: ioredis, flagged: ["function greetOnce"], clean: ["function greetOnce"],
    reset: fresh,
    call: async (page, { note }) => page.greetOnce("ada", async () => note("greeted")),
    violated: (_, outcomes) => outcomes.flatMap((one) => one.done ?? []).length > 1,
  },
  {
    ...collect, is: "ioredis-take", library: ioredis, flagged: ["function collect"], clean: ["function collect"],
    reset: ({ keys }) => keys.set("box:7", "a book"),
    call: (page) => page.collect("7"),
    violated: (_, outcomes) => both(outcomes, (parcel) => parcel === "a book"),
  },
  {
    ...greet, is: "redis", language: "Rust", library: redis, flagged: ["fn greet_once"], clean: ["fn greet_once"],
    reset: fresh, violated: (_, outcomes) => both(outcomes),
  },
  {
    ...allow, is: "ioredis", library: ioredis, flagged: ["ioredis", "function allow"], clean: ["ioredis", "function allow"],
    reset: ({ keys }) => keys.set("rate:ada", "9"),
    call: (page) => page.allow("ada"),
    violated: (_, outcomes) => both(outcomes),
  },
  {
    ...allow, is: "node-redis", library: "node-redis, Redis", flagged: ["createClient", "function allow"], clean: ["createClient", "function allow"],
    reset: ({ keys }) => keys.set("rate:ada", "9"),
    call: (page) => page.allow("ada"),
    violated: (_, outcomes) => both(outcomes),
  },
  {
    ...allow, is: "redis", language: "Rust", library: redis, flagged: ["fn allow", "con.get"], clean: ["fn allow"],
    reset: ({ keys }) => keys.set("rate:1", "9"), violated: (_, outcomes) => both(outcomes),
  },
  {
    ...award, is: "ioredis", library: ioredis, flagged: ["function award"], clean: ["function award"],
    reset: ({ keys }) => keys.set("points:ada", "10"),
    call: (page) => page.award("ada", 5),
    violated: async ({ keys }) => (await keys.get("points:ada")) !== "20",
  },
  {
    ...award, is: "redis", language: "Rust", library: redis, flagged: ["fn award"], clean: ["fn award"],
    reset: ({ keys }) => keys.set("points:ada", "10"),
    violated: async ({ keys }) => (await keys.get("points:ada")) !== "20",
  },
  {
    ...release, ...stolen, is: "ioredis", library: ioredis,
    flagged: ["function releaseLock"], clean: ["function releaseLock"],
    call: (page) => page.releaseLock("books", "ours"),
  },
  {
    ...release, ...stolen, is: "redis", language: "Rust", library: redis,
    flagged: ["fn release_lock", "con.get"], clean: ["fn release_lock"],
  },
  {
    ...noExpiry, is: "ioredis", library: ioredis, flagged: ["function tryLock"], clean: { kind: "Fixed", words: ["function tryLock"] },
    call: (page) => page.tryLock("books"),
    violated: forEver("lock:books"),
  },
  {
    family: "locks", rule: "lock-acquire-unchecked", is: "ioredis", library: ioredis, invariant: "the work of a night is done once",
    flagged: ["ioredis", "function nightly"], clean: ["ioredis", "function nightly"],
    reset: fresh,
    call: async (page, { note }) => void (await page.nightly(async () => note("worked"))),
    violated: (_, outcomes) => outcomes.flatMap((one) => one.done ?? []).length > 1,
  },
  {
    family, rule: "kv-expire-apart", is: "ioredis", library: ioredis, invariant: "a counter ends, though its maker was killed in between",
    flagged: ["function count"], clean: ["function tries"], actors: 1, crashes: true, trials: 4,
    reset: fresh,
    call: (page) => (page.count ?? page.tries)("ada"),
    between: (_, step, actor) => {
      if (step !== 2) return "";
      actor.kill();
      return "dies";
    },
    violated: async (scene) => {
      await scene.again();
      return (await scene.keys.pttl("rate:ada")) === -1 || (await scene.keys.pttl("tries:ada")) === -1;
    },
  },
  {
    family: "objects", rule: "object-check-then-put", is: "dynamo", library: "@aws-sdk/client-dynamodb, dynalite", invariant: "a name is given once",
    flagged: ["function register"], clean: ["function register"],
    reset: ({ dynamo }) => dynamo.forget("ada"),
    call: (page) => page.register("ada"),
    violated: (_, outcomes) => both(outcomes),
  },
  {
    family: "locks", rule: "lock-shared-token", is: "ioredis", library: ioredis, actors: 1,
    invariant: "a holder whose lease has ended releases nobody else's lock",
    flagged: ["ioredis", "function tryLock"], clean: ["function tryLock"],
    reset: fresh,
    call: (page) => page.tryLock("books"),
    violated: async ({ keys, again }) => {
      const ours = await keys.get("lock:books");
      await keys.del("lock:books");
      await again();
      const release = `if redis.call("GET", KEYS[1]) == ARGV[1] then return redis.call("DEL", KEYS[1]) else return 0 end`;
      await keys.eval(release, 1, "lock:books", ours);
      return (await keys.exists("lock:books")) === 0;
    },
  },
  {
    ...notReleased, is: "pg", library: "pg, PostgreSQL", flagged: ["pg", "function rebuild"], clean: ["pg", "function rebuild"],
    call: (page, { trial }) => page.rebuild(trial, () => Promise.reject(new Error("no work today"))).catch(() => null),
  },
  {
    family: "locks", rule: "lock-check-then-act", is: "mutex", library: "async-mutex, Prisma", actors: 1, invariant: "one closes the books at a time",
    flagged: ["mutex", "function close"], clean: ["mutex", "function close"],
    reset: ({ sql }) => sql(`DELETE FROM "Book"; INSERT INTO "Book" VALUES ('a', false)`),
    call: async (page) => void (await Promise.all([page.close("a"), page.close("a")])),
    // A change is under way while it waits here.
    between: async (scene) => {
      scene.isTwice ||= scene.isUnderWay;
      scene.isUnderWay = true;
      await new Promise((done) => setTimeout(done, 30));
      scene.isUnderWay = false;
    },
    violated: ({ isTwice }) => isTwice,
  },
  {
    ...collect, is: "redis-take", language: "Rust", library: redis, flagged: ["fn collect"], clean: ["fn collect"],
    reset: ({ keys }) => keys.set("box:7", "a book"),
    violated: (_, outcomes) => both(outcomes, (parcel) => parcel === "a book"),
  },
  {
    ...noExpiry, is: "redis", language: "Rust", library: redis, flagged: ["fn elect"], clean: ["fn elect"],
    violated: forEver("leader:lock"),
  },
  {
    ...notReleased, is: "sqlx", language: "Rust", library: "sqlx, PostgreSQL",
    flagged: ["fn rebuild"], clean: ["fn rebuild", "outcome"],
  },
];
