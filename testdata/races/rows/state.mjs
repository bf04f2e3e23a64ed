// What lives in one process: calls that overlap at an `await`, and threads.

const family = "state";
const isFresh = true;
const actors = 1;
const soon = () => new Promise((done) => setImmediate(done));
/** How many of the calls, all begun at once, were fulfilled with what `test` holds of. */
async function fulfilled(calls, test = () => true) {
  const all = await Promise.allSettled(calls.map((call) => call()));
  return all.filter((one) => one.status === "fulfilled" && test(one.value)).length;
}
/** Two threads of one Rust program. */
const threads = { family, actors, language: "Rust", library: "std::sync::atomic" };
/** Two tasks of one Rust program, on one thread. */
const tasks = { family, actors, language: "Rust", library: "tokio" };
const more = (limit) => (_, [{ value }]) => value > limit;

export default [
  {
    family, isFresh, actors, rule: "state-check-await-act", is: "node", library: "JavaScript", invariant: "no more than ten are open",
    flagged: ["sockets.length >= LARGEST"], clean: ["open >= LARGEST"],
    call: (page) => fulfilled(Array(12).fill(() => page.add(soon))),
    violated: more(10),
  },
  {
    family, isFresh, actors, rule: "state-lazy-init", is: "node", library: "JavaScript", invariant: "one client is connected",
    flagged: ["function getClient"], clean: ["function getClient"],
    call: async (page) => {
      let made = 0;
      const connect = async () => (await soon(), { number: ++made });
      await Promise.all([page.getClient(connect), page.getClient(connect)]);
      return made;
    },
    violated: more(1),
  },
  {
    family: "locks", isFresh, actors, rule: "lock-gap", is: "node", library: "async-mutex", invariant: "a job is started once",
    flagged: ["function start"], clean: ["export function start"],
    call: (page) => fulfilled([() => page.start("a", "one"), () => page.start("a", "two")], (started) => started === true),
    violated: more(1),
  },
  {
    family: "locks", isFresh, actors, rule: "lock-per-call", is: "node", library: "async-mutex", invariant: "one is at work at a time",
    flagged: ["function add"], clean: ["function add"],
    call: async (page) => {
      let inside = 0;
      let most = 0;
      const work = async () => {
        most = Math.max(most, ++inside);
        await soon();
        inside--;
      };
      await Promise.all([page.add(work), page.add(work)]);
      return most;
    },
    violated: more(1),
  },
  {
    family, isFresh, actors, rule: "state-stale-across-await", is: "node", library: "JavaScript", invariant: "every price is added",
    flagged: ["let total", "function add"], clean: ["const more = await price()", "function add"],
    expose: { flagged: "read: () => total", clean: "read: () => total" },
    call: async (page) => {
      const price = async () => (await soon(), 10);
      await Promise.all([page.add(price), page.add(price)]);
      return page.read();
    },
    violated: (_, [{ value }]) => value !== 20,
  },
  {
    ...threads, rule: "atomic-load-then-store", is: "take", invariant: "no credit is spent twice",
    flagged: ["fn take(credits"], clean: ["fn take(credits"], violated: more(1),
  },
  {
    ...threads, rule: "atomic-load-then-store", is: "open", invariant: "no more are open than may be",
    flagged: ["fn try_open"], clean: ["fn try_open"], violated: more(1),
  },
  {
    ...threads, rule: "map-check-then-insert", is: "register", library: "dashmap", invariant: "one gets the name",
    flagged: ["fn register"], clean: ["fn register"], violated: more(1),
  },
  {
    ...threads, rule: "map-check-then-insert", is: "count", library: "dashmap", invariant: "every hit is counted",
    flagged: ["fn count"], clean: ["fn count"], violated: (_, [{ value }]) => value !== 2,
  },
  {
    ...threads, family: "locks", rule: "lock-gap", is: "mutex", library: "std::sync::Mutex", invariant: "a job is started once",
    flagged: ["struct Jobs"], clean: ["struct Jobs"], violated: more(1),
  },
  {
    ...threads, family: "locks", rule: "lock-gap", is: "rwlock", library: "std::sync::RwLock", invariant: "a user has one session",
    flagged: ["fn session"], clean: ["fn session"], violated: more(1),
  },
  {
    ...tasks, rule: "state-check-await-act", is: "tokio", invariant: "the last seat is booked once",
    flagged: ["fn book"], clean: ["fn book"], violated: more(1),
  },
  {
    ...tasks, rule: "state-lazy-init", is: "tokio", invariant: "one client is connected",
    flagged: ["fn client"], clean: ["tokio::sync::Mutex", "fn client"], violated: more(1),
  },
  {
    ...tasks, rule: "state-stale-across-await", is: "tokio", invariant: "every price is added",
    flagged: ["fn add"], clean: ["Cell", "fn add"], violated: (_, [{ value }]) => value !== 20,
  },
  {
    ...tasks, family: "locks", rule: "lock-guard-dropped", is: "tokio", invariant: "one is at work at a time",
    flagged: ["fn add"], clean: ["fn add"], violated: more(1),
  },
  {
    ...tasks, family: "locks", rule: "lock-per-call", is: "tokio", invariant: "one is at work at a time",
    flagged: ["fn add"], clean: ["fn add"], violated: more(1),
  },
];
