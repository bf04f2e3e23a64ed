// Rows of tables, in PostgreSQL.

import { both, count } from "./outcomes.mjs";

const prisma = "Prisma, PostgreSQL";
const pg = "pg, PostgreSQL";
const sqlx = "sqlx, PostgreSQL";
const family = "rows";

/** Every successful call must have changed the number by one. */
const everyCallCounts = (query) => async ({ sql }, outcomes) => Number((await sql(query))[0].n) !== count(outcomes);

const countView = { family, rule: "db-lost-update", invariant: "every view is counted", flagged: ["function countView"] };
const cancel = { family, rule: "db-check-then-update", invariant: "an order is cancelled once" };
const withdraw = { family, rule: "db-check-then-update", invariant: "no more is paid out than there was" };
const redeem = { family, rule: "db-single-use-token", invariant: "a coupon is credited once" };
const save = { family, rule: "db-version-not-checked", invariant: "no text is overwritten unseen" };
const join = { family, rule: "db-count-then-write", invariant: "no team has more than five members" };
const next = { family, rule: "db-queue-claim", invariant: "no job is given to two workers" };

export default [
  {
    ...countView, is: "prisma", library: prisma, flagged: ["function countView"], clean: ["function countView"],
    reset: ({ sql }) => sql(`DELETE FROM "Post"; INSERT INTO "Post" (id) VALUES ('a')`),
    call: (page) => page.countView("a"),
    violated: everyCallCounts(`SELECT views AS n FROM "Post"`),
  },
  {
    ...countView, is: "pg", library: pg, invariant: "every download is counted",
    flagged: ["function countDownload"], clean: ["function countDownload"],
    reset: ({ sql }) => sql(`DELETE FROM files; INSERT INTO files (id) VALUES (1)`),
    call: (page) => page.countDownload(1),
    violated: everyCallCounts(`SELECT downloads AS n FROM files`),
  },
  {
    ...countView, is: "drizzle", library: "Drizzle, PostgreSQL, in a transaction", invariant: "every seat that is added counts",
    flagged: ["function widen"], clean: ["function widen"],
    reset: ({ sql }) => sql(`DELETE FROM spaces; INSERT INTO spaces VALUES ('a', 0)`),
    call: (page) => page.widen("a", 1),
    violated: everyCallCounts(`SELECT seats AS n FROM spaces`),
  },
  {
    ...countView, is: "sqlx", language: "Rust", library: sqlx, flagged: ["fn count_view"], clean: ["fn count_view"],
    reset: ({ sql }) => sql(`DELETE FROM posts; INSERT INTO posts (id) VALUES (1)`),
    violated: everyCallCounts(`SELECT views AS n FROM posts`),
  },
  {
    ...withdraw, is: "prisma", library: prisma, invariant: "what is paid out leaves the account", flagged: ["function withdraw"], clean: ["function withdraw"],
    reset: ({ sql }) => sql(`DELETE FROM "Account"; INSERT INTO "Account" (id, balance) VALUES ('a', 100)`),
    // Enough for both: the flagged one would not say that it refused.
    call: (page) => page.withdraw("a", 40),
    violated: async ({ sql }, outcomes) => (await sql(`SELECT balance FROM "Account"`))[0].balance !== 100 - 40 * count(outcomes),
  },
  {
    ...withdraw, is: "knex", library: "Knex, PostgreSQL", invariant: "the last copy is lent once",
    flagged: ["knex", "function lend"], clean: ["knex", "function lend"],
    reset: ({ sql }) => sql(`DELETE FROM books; INSERT INTO books VALUES (1, 1)`),
    call: (page) => page.lend(1),
    violated: (_, outcomes) => both(outcomes),
  },
  {
    ...withdraw, is: "sqlx", language: "Rust", library: sqlx, flagged: ["fn withdraw"], clean: ["fn withdraw"],
    reset: ({ sql }) => sql(`DELETE FROM accounts; INSERT INTO accounts (id, balance) VALUES (1, 100)`),
    violated: async ({ sql }, outcomes) => {
      const [{ balance }] = await sql(`SELECT balance FROM accounts`);
      return Number(balance) < 0 || Number(balance) !== 100 - 70 * count(outcomes, (paid) => paid);
    },
  },
  {
    ...withdraw, is: "rusqlite", language: "Rust", library: "rusqlite, SQLite", gate: "files", invariant: "no more calls than the budget allows",
    flagged: ["fn may_call"], clean: ["fn reserve"],
    violated: (_, outcomes) => both(outcomes),
  },
  {
    ...cancel, is: "prisma-transaction", library: `${prisma}, in a transaction`, flagged: ["function cancel"], clean: ["function cancel"],
    reset: ({ sql }) => sql(`DELETE FROM "Order"; INSERT INTO "Order" VALUES ('a', 'OPEN')`),
    call: (page) => page.cancel("a"),
    violated: (_, outcomes) => both(outcomes),
  },
  {
    ...cancel, is: "pg", library: pg, invariant: "a parcel is shipped once", flagged: ["function ship"], clean: ["function ship"],
    reset: ({ sql }) => sql(`DELETE FROM parcels; INSERT INTO parcels VALUES (1, 'packed')`),
    call: (page) => page.ship(1),
    violated: (_, outcomes) => both(outcomes),
  },
  {
    family, rule: "db-check-then-insert", is: "prisma", library: `${prisma}, no unique constraint`, invariant: "a user has one cart",
    flagged: ["const open ="], clean: ["pg_advisory_xact_lock", "tx.cart"],
    reset: ({ sql }) => sql(`DELETE FROM "Cart"`),
    call: (page) => page.open("ada"),
    violated: async ({ sql }) => (await sql(`SELECT id FROM "Cart"`)).length > 1,
  },
  {
    family, rule: "db-check-then-insert", is: "kysely", library: "Kysely, PostgreSQL",
    invariant: "who comes second is told so, and sees no failure of the database",
    flagged: ["kysely", "function enrol"], clean: ["kysely", "function enrol"],
    reset: ({ sql }) => sql(`DELETE FROM readers`),
    call: (page) => page.enrol("ada@example.org"),
    violated: (_, outcomes) => both(outcomes) || outcomes.some((one) => one.error !== undefined),
  },
  {
    family, rule: "db-check-then-insert", is: "sqlx", language: "Rust", library: sqlx,
    invariant: "who comes second is told so, and sees no failure of the database",
    flagged: ["fn register"], clean: ["fn register"],
    reset: ({ sql }) => sql(`DELETE FROM users`),
    violated: (_, outcomes) => outcomes.some((one) => one.error?.includes("duplicate key")),
  },
  {
    ...join, is: "prisma", library: prisma, flagged: ["function join", "members >= 5"], clean: ["function join", "members >= 5"],
    reset: ({ sql }) => sql(`DELETE FROM "Member"; INSERT INTO "Member" (id, "teamId") SELECT n, 'a' FROM generate_series(1, 4) n`),
    call: (page, { actor }) => page.join("a", `user ${actor}`),
    violated: async ({ sql }) => (await sql(`SELECT id FROM "Member"`)).length > 5,
  },
  {
    ...join, is: "sqlx", language: "Rust", library: sqlx, flagged: ["fn join"], clean: ["fn join"],
    reset: ({ sql }) => sql(`DELETE FROM members; INSERT INTO members SELECT 1, n FROM generate_series(1, 4) n`),
    violated: async ({ sql }) => (await sql(`SELECT member FROM members`)).length > 5,
  },
  {
    ...next, is: "prisma", library: prisma, flagged: ["prisma.job"], clean: ["prisma.job"],
    reset: ({ sql }) => sql(`DELETE FROM "Job"; INSERT INTO "Job" (id, status) VALUES ('a', 'PENDING')`),
    call: async (page) => (await page.next())?.id ?? null,
    violated: (_, outcomes) => both(outcomes, (job) => job === "a"),
  },
  {
    ...next, is: "pg", library: pg, flagged: ["pool", "function next"], clean: ["pool", "function next"],
    reset: ({ sql }) => sql(`DELETE FROM tasks; INSERT INTO tasks VALUES (1, 'queued'), (2, 'queued')`),
    call: (page) => page.next(),
    violated: (_, [one, other]) => one.value !== null && one.value === other.value,
  },
  {
    ...next, is: "sqlx", language: "Rust", library: sqlx, flagged: ["fn next"], clean: ["fn next"],
    reset: ({ sql }) => sql(`DELETE FROM jobs; INSERT INTO jobs VALUES (1, 'pending'), (2, 'pending')`),
    violated: (_, [one, other]) => one.value !== null && one.value === other.value,
  },
  {
    ...redeem, is: "prisma", library: prisma, flagged: ["function redeem"], clean: ["function redeem"],
    reset: ({ sql }) =>
      sql(`DELETE FROM "Coupon"; DELETE FROM "Account"; INSERT INTO "Coupon" VALUES ('c'); INSERT INTO "Account" VALUES ('a')`),
    call: (page) => page.redeem("c", "a"),
    violated: async ({ sql }) => (await sql(`SELECT credits FROM "Account"`))[0].credits !== 50,
  },
  {
    ...redeem, is: "sequelize", library: "Sequelize, PostgreSQL", invariant: "an invitation makes one guest",
    flagged: ["sequelize", "function accept"], clean: ["sequelize", "function accept"],
    reset: ({ sql }) => sql(`DELETE FROM guests; DELETE FROM invites; INSERT INTO invites (token, used) VALUES ('t', false)`),
    call: (page, { actor }) => page.accept("t", `guest ${actor}`),
    violated: async ({ sql }) => (await sql(`SELECT id FROM guests`)).length !== 1,
  },
  {
    ...redeem, is: "sqlx", language: "Rust", library: sqlx, flagged: ["fn redeem"], clean: ["fn redeem"],
    reset: ({ sql }) =>
      sql(`DELETE FROM coupons; DELETE FROM accounts; INSERT INTO coupons VALUES ('c'); INSERT INTO accounts VALUES (1)`),
    violated: async ({ sql }) => Number((await sql(`SELECT credits FROM accounts`))[0].credits) !== 50,
  },
  {
    ...redeem, is: "ioredis", library: "ioredis, Prisma", invariant: "an invitation makes one member",
    flagged: ["function acceptInvite"], clean: ["function acceptInvite"],
    reset: async ({ sql, keys }) => {
      await sql(`DELETE FROM "Member"`);
      await keys.set("invite:t", "a");
    },
    call: (page) => page.acceptInvite("t", "ada@example.org"),
    violated: async ({ sql }) => (await sql(`SELECT id FROM "Member"`)).length !== 1,
  },
  {
    ...save, is: "prisma", library: prisma, flagged: ["function save"], clean: ["function save"],
    reset: ({ sql }) => sql(`DELETE FROM "Page"; INSERT INTO "Page" VALUES ('a', '', 3)`),
    call: (page, { actor }) => page.save("a", `text of ${actor}`, 3).then(() => true),
    violated: (_, outcomes) => both(outcomes),
  },
  {
    ...save, is: "sqlx", language: "Rust", library: sqlx, flagged: ["fn save"], clean: ["fn save"],
    reset: ({ sql }) => sql(`DELETE FROM pages; INSERT INTO pages VALUES (1, '', 3)`),
    violated: (_, outcomes) => both(outcomes),
  },
  {
    family, rule: "db-claim-unchecked", is: "prisma", library: prisma, invariant: "only who has the seat is told so",
    flagged: ["function take"], clean: ["function take(id: string, userId: string): Promise<boolean>"],
    reset: ({ sql }) => sql(`DELETE FROM "Seat"; INSERT INTO "Seat" VALUES ('a')`),
    call: async (page, { actor }) => Boolean(await page.take("a", `user ${actor}`)),
    violated: (_, outcomes) => both(outcomes),
  },
  {
    family, rule: "db-claim-unchecked", is: "sqlx", language: "Rust", library: sqlx, invariant: "only who has the seat is told so",
    flagged: ["fn take"], clean: ["fn take"],
    reset: ({ sql }) => sql(`DELETE FROM seats; INSERT INTO seats (id) VALUES (1)`),
    violated: (_, outcomes) => both(outcomes, (told) => Boolean(told)),
  },
  {
    family, rule: "db-claim-misread", is: "pg", library: pg, invariant: "one is told that the seat is theirs",
    flagged: ["function take"], clean: ["function take"],
    reset: ({ sql }) => sql(`DELETE FROM seats; INSERT INTO seats (id) VALUES (1)`),
    call: (page) => page.take(1),
    violated: (_, outcomes) => count(outcomes, (told) => told) !== 1,
  },
  {
    family, rule: "db-conflict-code-mismatch", is: "pg", library: pg, invariant: "who comes second sees no failure of the database",
    flagged: ["pool", "function register"], clean: ["pool", "function register"],
    reset: ({ sql }) => sql(`DELETE FROM users`),
    call: (page) => page.register("ada@example.org"),
    violated: (_, outcomes) => outcomes.some((one) => one.error !== undefined),
  },
  {
    family, rule: "db-row-lock-outside-transaction", is: "sqlx", language: "Rust", library: sqlx,
    invariant: "what is read under the lock is still so when it is written",
    flagged: ["fn balance"], clean: ["fn balance"],
    reset: ({ sql }) => sql(`DELETE FROM wallets; INSERT INTO wallets VALUES (1, 100)`),
    violated: async ({ sql }) => Number((await sql(`SELECT cents FROM wallets`))[0].cents) !== 40,
  },
  {
    family, rule: "db-session-lock-on-pool", is: "pg", library: pg, invariant: "one is at work at a time", actors: 1,
    flagged: ["pool.query", "function exclusively"], clean: ["pool.connect", "function exclusively"],
    // A lock of its own for each trial: the flagged one may leave it held.
    call: async (page, { trial }) => {
      let inside = 0;
      let most = 0;
      const work = async () => {
        most = Math.max(most, ++inside);
        await new Promise((done) => setTimeout(done, 30));
        inside--;
      };
      const first = page.exclusively(trial, work);
      // The second comes while the first is at work, and its connection back in the pool.
      while (inside === 0) await new Promise((done) => setTimeout(done, 1));
      await Promise.all([first, page.exclusively(trial, work)]);
      return most;
    },
    violated: (_, [{ value }]) => value > 1,
  },
  {
    family, rule: "db-transaction-escape", is: "sqlx", language: "Rust", library: sqlx,
    invariant: "no order without its payment, though the process is killed before the commit", actors: 1, crashes: true,
    flagged: ["fn order"], clean: ["fn order"],
    reset: ({ sql }) => sql(`DELETE FROM orders; DELETE FROM accounts; INSERT INTO accounts (id, cents) VALUES (1, 100)`),
    between: (_, step, actor) => {
      if (step !== 4) return "";
      actor.kill();
      return "dies";
    },
    violated: async ({ sql }) => {
      const [{ cents }] = await sql(`SELECT cents FROM accounts`);
      return Number(cents) !== 100 - 30 * (await sql(`SELECT * FROM orders`)).length;
    },
  },
  {
    family, rule: "db-transaction-on-pool", is: "pg", library: pg, actors: 1, crashes: true, isCold: true, trials: 12,
    invariant: "no half of a move is kept, though the process is killed among twelve of them",
    flagged: ["function move"], clean: ["function move"],
    reset: ({ sql }) => sql(`DELETE FROM wallets; INSERT INTO wallets SELECT n, 100 FROM generate_series(1, 24) n`),
    call: async (page) => void (await Promise.all(Array.from({ length: 12 }, (_, n) => page.move(2 * n + 1, 2 * n + 2)))),
    between: ({ trial }, step, actor) => {
      if (step < 26 + trial) return "";
      actor.kill();
      return "dies";
    },
    violated: async ({ sql }) => {
      const wallets = await sql(`SELECT cents FROM wallets ORDER BY id`);
      return wallets.some(({ cents }, at) => at % 2 === 0 && Number(cents) + Number(wallets[at + 1].cents) !== 200);
    },
  },
];
