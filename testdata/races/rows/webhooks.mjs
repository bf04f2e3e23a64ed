// Webhooks and idempotency keys: deliveries that overlap, repeat, or meet a crash.

const prisma = "Prisma, PostgreSQL";
const sqlx = "sqlx, PostgreSQL";

/** A delivery as the payment service signs it. */
function delivery(require, event) {
  const body = JSON.stringify({ object: "event", ...event });
  const Stripe = require("stripe");
  const signature = new (Stripe.default ?? Stripe)("sk_test").webhooks.generateTestHeaderString({ payload: body, secret: "whsec" });
  return { body, signature };
}

const event = (trial) => ({ id: `evt_${trial}`, type: "checkout.session.completed", account: "1" });

/** The handler of an express application, over HTTP. */
async function post(page, { body, signature }) {
  page.server ??= await new Promise((done) => {
    const server = page.app.listen(0, "127.0.0.1", () => done(server));
  });
  const answer = await fetch(`http://127.0.0.1:${page.server.address().port}/hooks/stripe`, {
    method: "POST", body, headers: { "stripe-signature": signature, "content-type": "application/json" },
  });
  if (!answer.ok) throw new Error(await answer.text());
}

/** What express hands to a handler, as far as the examples look; `answered` resolves when the handler has answered. */
function exchange(key, body) {
  let told;
  const answered = new Promise((done) => (told = done));
  const response = { statusCode: 200, json: told, send: told, end: () => told(null), status: () => response };
  return { request: { headers: { "idempotency-key": key }, header: () => key, body }, response, answered };
}

const reset = async ({ sql, keys }) => {
  await keys.flushall();
  await sql(`DELETE FROM "Account"; INSERT INTO "Account" (id) VALUES ('1'); DELETE FROM "ProcessedEvent"; DELETE FROM "IdempotencyKey";
             DELETE FROM accounts; INSERT INTO accounts (id) VALUES (1); DELETE FROM webhook_events; DELETE FROM processed_events;
             DELETE FROM licences; DELETE FROM idempotency_keys; DELETE FROM stock; INSERT INTO stock VALUES ('mug', 10)`);
};
const credited = (table) => async ({ sql }) => Number((await sql(`SELECT credits FROM ${table}`))[0].credits) !== 50;
const family = "webhooks";
const paidTwice = ({ payments }) => payments.made().length > 1;

const noDedup = { family, rule: "webhook-no-dedup", invariant: "an event that comes twice is credited once", reset };
const dedupRace = { family, rule: "webhook-dedup-race", invariant: "an event is credited once", reset };
/** Killed before the first step, the second, the third, or the fourth, if there are as many. */
const dies = {
  trials: 8,
  between: ({ trial }, step, actor) => {
    if (step !== 1 + (trial % 4)) return "";
    actor.kill();
    return "dies";
  },
};
const mark = { family, rule: "webhook-mark-before-effect", reset, actors: 1, crashes: true, invariant: "after a crash at any step, the event's second delivery credits it" };
const late = { family: "idempotency", rule: "idempotency-late-record", reset };

export default [
  {
    ...noDedup, is: "express", library: `express, ${prisma}`, flagged: ["express.raw"], clean: ["function credit"], expose: { flagged: "app" },
    call: async (page, { require, trial, form }) => {
      const object = { client_reference_id: "1", amount_total: 50 };
      const sent = delivery(require, { ...event(trial), data: { object } });
      await (form === "flagged" ? post(page, sent) : page.credit(sent.body, sent.signature));
    },
    violated: credited(`"Account"`),
  },
  {
    ...dedupRace, is: "pg", library: "pg, PostgreSQL",
    flagged: ["class Hook"], clean: ["pool.connect"],
    call: async (page, { require, trial, form }) => {
      const { body, signature } = delivery(require, event(trial));
      if (form === "clean") return page.handle(body, signature);
      page.hook ??= new page.Hook(new (require("pg").Pool)());
      await page.hook.handle(body, signature);
    },
    violated: credited("accounts"),
  },
  {
    ...dedupRace, is: "ioredis", library: "ioredis, Redis", invariant: "an event is paid out once",
    flagged: ["webhook:seen", "transfers"], clean: ["webhook:seen", "transfers"],
    call: async (page, { require, trial }) => {
      const { body, signature } = delivery(require, event(trial));
      await page.handle(body, signature, "payee");
    },
    violated: paidTwice,
  },
  {
    ...mark, is: "ioredis", library: `ioredis, ${prisma}`, 
    ...dies, flagged: ["webhook:seen", "prisma.account"], clean: ["$transaction"],
    call: async (page, { require, trial, form }) => {
      const { body, signature } = delivery(require, event(trial));
      if (form === "clean") return page.handle(body, signature);
      const headers = { "stripe-signature": signature };
      await page.POST(new Request("http://localhost/", { method: "POST", body, headers }));
    },
    violated: async (scene) => {
      await scene.again();
      return credited(`"Account"`)(scene);
    },
  },
  {
    ...late, is: "prisma", library: prisma, invariant: "a repeated request is charged once",
    flagged: ["function pay"], clean: ["function pay"],
    call: async (page, { trial }) => {
      const { request, response } = exchange(`key ${trial}`, { amount: 100 });
      await page.pay(request, response);
    },
    violated: paidTwice,
  },
  {
    family: "idempotency", rule: "idempotency-key-per-attempt", is: "delivery", library: "stripe", reset,
    invariant: "an event that comes twice is paid out once",
    flagged: ["function forward"], clean: ["function forward"],
    call: async (page, { require, trial }) => {
      const { body, signature } = delivery(require, event(trial));
      await page.forward(body, signature);
    },
    violated: paidTwice,
  },
  {
    family: "idempotency", rule: "idempotency-key-per-attempt", is: "retry", library: "stripe, async-retry", actors: 1, trials: 2,
    invariant: "a payment whose answer was lost is made once",
    flagged: ["function charge"], clean: ["function charge"],
    // The library itself tries once more, with the same key; that answer is lost, too.
    reset: ({ payments }) => (payments.failing = 2),
    call: async (page) => void (await page.charge(100)),
    violated: paidTwice,
  },
  {
    family: "idempotency", rule: "idempotency-record-not-awaited", is: "prisma", library: prisma, actors: 1, crashes: true, lingers: true, trials: 6,
    invariant: "who was answered finds the key recorded, even after a crash",
    flagged: ["setImmediate"], clean: ["function keepHandler"],
    reset: async (scene) => {
      await reset(scene);
      if (scene.form === "clean") await scene.sql(`INSERT INTO "IdempotencyKey" (key) VALUES ('key')`);
    },
    call: async (page, { note }) => {
      const { request, response, answered } = exchange("key");
      page.keepHandler(request, response);
      await answered;
      note("answered");
    },
    between: async ({ trial }, step, actor) => {
      if (trial % 2 === 0) return "";
      // The answer, if it was given, has left the process by now.
      await new Promise((done) => setTimeout(done, 20));
      actor.kill();
      return "dies";
    },
    violated: async ({ sql }, [{ done }]) =>
      done !== undefined && (await sql(`SELECT 1 FROM "IdempotencyKey" WHERE status IS NOT NULL`)).length === 0,
  },
  {
    ...noDedup, is: "sqlx", language: "Rust", library: sqlx, invariant: "an event that comes twice has one effect",
    flagged: ["struct Hook"], clean: ["fn credit"],
    violated: async ({ sql }) =>
      (await sql(`SELECT * FROM licences`)).length > 1 || Number((await sql(`SELECT credits FROM accounts`))[0].credits) > 50,
  },
  {
    ...dedupRace, is: "sqlx", language: "Rust", library: sqlx, flagged: ["pub async fn handle(pool"], clean: ["let claim"],
    violated: credited("accounts"),
  },
  {
    ...mark, ...dies, is: "sqlx", language: "Rust", library: sqlx, flagged: ["fn handle"], clean: ["fn handle"],
    violated: async (scene) => {
      await scene.again();
      return credited("accounts")(scene);
    },
  },
  {
    ...late, is: "sqlx", language: "Rust", library: "axum, sqlx, PostgreSQL", invariant: "a repeated order takes one unit from the stock",
    flagged: ["fn order"], clean: ["fn order"],
    violated: async ({ sql }) => (await sql(`SELECT units FROM stock`))[0].units !== 9,
  },
];
