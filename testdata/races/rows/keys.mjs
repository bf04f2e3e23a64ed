// Keys, counters and locks, in Redis.

import { both, count } from "./outcomes.mjs";

const ioredis = "ioredis, Redis";
const redis = "redis, Redis";
const family = "keys";
const fresh = async ({ keys }) => keys.flushall();

const greet = { family, rule: "kv-check-then-set", invariant: "nobody is greeted twice" };
const collect = { family, rule: "kv-check-then-set", invariant: "a parcel is handed out once" };
const allow = { family, rule: "kv-limit-race", invariant: "no more than ten are let through" };
const award = { family, rule: "kv-read-modify-write", invariant: "no points are lost" };
const release = { family: "locks", rule: "lock-unsafe-release", invariant: "nobody's lock is taken away" };
const noExpiry = { family: "locks", rule: "lock-no-expiry", invariant: "the lock of a killed holder comes free" };

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
    ...allow, is: "ioredis", library: ioredis, flagged: ["function allow"], clean: ["function allow"],
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
];
