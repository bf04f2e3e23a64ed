// Runs every row, prints the table, and with --write or --check compares it with the documents.

import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildRust, buildTypeScript, extract, generatePrisma, tablesOf } from "./build.mjs";
import { startPayments } from "./payments.mjs";
import { startDynamo, startPostgres, startRedis } from "./servers.mjs";
import { differences, unspoken, whole, write, wrong } from "./table.mjs";
import { prove } from "./trials.mjs";
import all from "../rows/all.mjs";

const here = join(dirname(fileURLToPath(import.meta.url)), "..");
const root = join(here, "../..");
const work = process.env.RACE_WORK;
const modules = join(work, "node");
const options = process.argv.slice(2);
const only = options.filter((one) => !one.startsWith("--"));
const rows = all.filter((row) => only.length === 0 || only.some((word) => row.name.includes(word)));

/** Compiles `gate.c`. */
function gate(out) {
  const done = spawnSync("cc", ["-shared", "-fPIC", "-O1", "-o", out, join(here, "gate.c"), "-ldl"], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`cc: ${done.stderr}`);
  return out;
}

async function prepare() {
  const pages = join(modules, "pages");
  rmSync(pages, { recursive: true, force: true });
  // The Rust actor holds all its rows, whichever are run.
  const rust = all.filter((row) => row.language === "Rust");
  const typescript = rows.filter((row) => row.language === "TypeScript");
  extract(root, [...rust, ...typescript], pages);
  generatePrisma(here, modules);
  await buildTypeScript(here, typescript, modules);
  const program = rows.some((row) => row.language === "Rust") ? buildRust(here, pages, join(work, "rust")) : undefined;
  return (row) => {
    if (row.language === "Rust") return [program, []];
    return [process.execPath, [join(here, "typescript/actor.mjs"), join(here, "rows/all.mjs"), row.name, join(pages, row.name)]];
  };
}

async function main() {
  // What a file made without a mode lets others do must not depend on who runs this.
  process.umask(0o022);
  const folder = mkdtempSync(join(tmpdir(), "races-"));
  mkdirSync(join(folder, "locks"));
  const started = [];
  const results = [];
  const stop = async () => {
    for (const one of started.splice(0).reverse()) await one.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stop().finally(() => process.exit(130)));
  try {
    const program = await prepare();
    const postgres = await startPostgres(folder);
    started.push(postgres);
    const redis = await startRedis(folder);
    started.push(redis);
    const payments = await startPayments();
    started.push(payments);
    const require = createRequire(join(modules, "package.json"));
    const dynamo = await startDynamo(require);
    started.push(dynamo);
    const client = new (require("pg").Client)({ host: "127.0.0.1", port: postgres.port, user: "race", database: "postgres", statement_timeout: 15_000 });
    await client.connect();
    started.push({ stop: () => client.end() });
    await client.query(tablesOf(readFileSync(join(here, "schema.prisma"), "utf8")));
    await client.query(readFileSync(join(here, "schema.sql"), "utf8"));
    const keys = new (require("ioredis").Redis)({ port: redis.port, host: "127.0.0.1" });
    started.push({ stop: async () => keys.disconnect() });
    const sql = async (text, values) => (await client.query(text, values)).rows;
    const world = { folder, postgres, redis, payments, dynamo, program, sql, keys, gate: gate(join(folder, "gate.so")) };
    for (const row of rows) {
      const begun = Date.now();
      const result = { row, ...(await prove(row, world)) };
      results.push(result);
      console.error(`${row.name}: ${result.before} of ${result.trials} before, ${result.after} after (${Date.now() - begun} ms)`);
    }
  } finally {
    await stop();
  }
  console.log(whole(results));
  const told = wrong(results);
  if (options.includes("--write") && told.length === 0) write(root, results);
  if (options.includes("--check")) told.push(...differences(root, results));
  if (only.length === 0) told.push(...unspoken(root, rows));
  for (const line of told) console.error(line);
  process.exitCode = told.length === 0 ? 0 : 1;
}

if (only.length > 0 && options.some((one) => one === "--write" || one === "--check")) {
  console.error("the table is written and checked whole: leave the words out");
  process.exit(2);
}
await main();
