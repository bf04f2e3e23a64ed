// Runs a row: both forms of its example, many times, and counts how often what must hold did not.

import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Actor } from "./actors.mjs";
import { FileGate, Meeting, cutHttp, cutPostgres, cutRedis, proxy } from "./gates.mjs";

/** Two actors of a row, with gates of their own between them and the world. */
class Stage {
  async open(row, world) {
    this.row = row;
    this.world = world;
    this.meeting = new Meeting();
    this.folder = join(world.folder, "gated");
    this.files = row.gate === "files" ? new FileGate(join(world.folder, "page")) : undefined;
    this.proxies = {};
    this.actors = [];
    for (let actor = 0; actor < (row.actors ?? 2); actor++) await this.start(actor);
  }

  async start(actor) {
    const { row, world } = this;
    this.hangUp(actor);
    const via = async (port, cut) => {
      const made = await proxy(port, actor, this.meeting, cut);
      this.proxies[actor].push(made);
      return made.port;
    };
    const postgres = await via(world.postgres.port, cutPostgres);
    const redis = await via(world.redis.port, cutRedis);
    const dynamo = await via(world.dynamo.port, cutHttp);
    const env = {
      PGHOST: "127.0.0.1", PGPORT: postgres, PGUSER: "race", PGDATABASE: "postgres",
      DATABASE_URL: `postgresql://race@127.0.0.1:${postgres}/postgres`,
      URL: `postgresql://race@127.0.0.1:${postgres}/postgres`,
      REDIS_PORT: redis, REDIS_URL: `redis://127.0.0.1:${redis}`,
      PAYMENTS_PORT: world.payments.port,
      AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${dynamo}`, AWS_REGION: "local",
      AWS_ACCESS_KEY_ID: "race", AWS_SECRET_ACCESS_KEY: "race",
      STRIPE_KEY: "sk_test_race", SECRET: "whsec",
      LOCKS: join(world.folder, "locks"),
    };
    if (this.files) Object.assign(env, { LD_PRELOAD: world.gate, GATE_PAGE: this.files.path, GATE_FOLDER: this.folder, GATE_ACTOR: actor });
    const [program, args] = world.program(row);
    this.actors[actor] = new Actor(program, args, env);
  }

  /** Ends all connections of an actor to the servers. */
  hangUp(actor) {
    for (const one of this.proxies[actor] ?? []) one.close();
    this.proxies[actor] = [];
  }

  /** Starts dead actors anew, when the server has noticed that they are gone and taken back what they left undone. */
  async revive() {
    const dead = [...this.actors.entries()].filter(([, one]) => one.isDead);
    if (dead.length === 0) return;
    for (const [actor] of dead) this.hangUp(actor);
    const busy = `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`;
    for (let tries = 0; (await this.world.sql(busy)).length > 0; tries++) {
      if (tries > 500) throw new Error(`${this.row.name}: the server still works for an actor that is gone`);
      await new Promise((done) => setTimeout(done, 10));
    }
    for (const [actor] of dead) await this.start(actor);
  }

  /** One trial; answers whether what must hold was violated. */
  async trial(form, number) {
    const { row, world } = this;
    rmSync(this.folder, { recursive: true, force: true });
    mkdirSync(this.folder);
    world.payments.forget();
    const scene = { ...world, folder: this.folder, trial: number, form };
    await row.reset?.(scene);
    const isWarmUp = number === 0;
    const between = row.between && (isWarmUp ? undefined : (step) => row.between(scene, step, this.actors[0]));
    const gate = this.files ?? this.meeting;
    if (!isWarmUp) gate.arm(this.actors.length, between);
    const outcomes = await Promise.all(
      this.actors.map(async (one, actor) => {
        const reply = await one.run({ row: row.name, form, actor, trial: number, folder: this.folder });
        if (!isWarmUp) gate.finish(actor);
        return reply;
      }),
    );
    if (!isWarmUp && row.lingers) await gate.quiet();
    if (!isWarmUp) await gate.disarm();
    const died = outcomes.find((one) => one.died);
    if (died && !row.crashes) throw new Error(`${row.name}, ${form}: ${died.error}`);
    await this.revive();
    // Nothing is proven by runs that all fail; only what is attacked may be kept from its work altogether.
    if (outcomes.every((one) => one.error !== undefined) && !(between || row.crashes)) {
      throw new Error(`${row.name}, ${form}: all runs failed: ${outcomes[0].error}`);
    }
    if (process.env.RACE_SHOW) console.error(row.name, form, number, JSON.stringify(outcomes));
    scene.kill = () => this.actors[0].kill();
    scene.again = (actor = 0) => this.actors[actor].run({ row: row.name, form, actor, trial: number, folder: this.folder });
    const violated = Boolean(await row.violated(scene, outcomes));
    await this.revive();
    return violated;
  }

  async close() {
    await this.files?.disarm();
    this.meeting.disarm();
    await Promise.all(this.actors.map((one) => one.stop()));
    for (const actor of this.actors.keys()) this.hangUp(actor);
    this.files?.close();
  }
}

/** Answers `{ trials, before, after }`. */
export async function prove(row, world) {
  const count = async (form) => {
    const stage = new Stage();
    try {
      await stage.open(row, world);
      let violations = 0;
      // Nothing is counted of the first, which lets the libraries connect and prepare.
      for (let trial = row.isCold ? 1 : 0; trial <= row.trials; trial++) {
        const violated = await stage.trial(form, trial);
        if (violated && trial > 0) violations++;
      }
      return violations;
    } finally {
      await stage.close();
    }
  };
  return { trials: row.trials, before: await count("flagged"), after: await count("clean") };
}
