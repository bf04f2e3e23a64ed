// Starts PostgreSQL and Redis on free loopback ports, in a folder of their own, and stops them.

import { execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from "node:fs";
import { createServer, connect } from "node:net";
import { join } from "node:path";

/** A loopback port that was free a moment ago. */
export function freePort() {
  return new Promise((done, failed) => {
    const server = createServer();
    server.once("error", failed);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => done(port));
    });
  });
}

/** Waits until something answers on `port`, at most `limit` milliseconds. */
async function answers(port, limit) {
  const end = Date.now() + limit;
  while (Date.now() < end) {
    const ok = await new Promise((done) => {
      const socket = connect(port, "127.0.0.1", () => (socket.destroy(), done(true)));
      socket.once("error", () => done(false));
    });
    if (ok) return;
    await new Promise((done) => setTimeout(done, 50));
  }
  throw new Error(`nothing answers on port ${port} after ${limit} ms`);
}

/** Where Debian keeps the server's programs, which are in nobody's PATH. */
export function postgresPrograms() {
  const versions = "/usr/lib/postgresql";
  const newest = existsSync(versions) ? readdirSync(versions).sort((a, b) => Number(b) - Number(a)) : [];
  const folder = newest.map((version) => join(versions, version, "bin")).find((bin) => existsSync(join(bin, "initdb")));
  if (folder) return folder;
  const initdb = spawnSync("sh", ["-c", "command -v initdb"], { encoding: "utf8" }).stdout.trim();
  return initdb ? initdb.replace(/\/initdb$/, "") : undefined;
}

/** PostgreSQL refuses to run as root; then it runs as the user that its package has made. */
const asPostgres = () => (process.getuid() === 0 ? ["--reuid=postgres", "--regid=postgres", "--clear-groups"] : []);

/** Starts a server that ends when we do, even if we are killed. */
function server(program, args, signal, settings, options = {}) {
  return spawn("setpriv", [...settings, "--pdeathsig", signal, program, ...args], { stdio: "ignore", ...options });
}

/** An empty database server; answers `{ port, stop }`. Durability is off: what is proven is isolation. */
export async function startPostgres(folder) {
  const programs = postgresPrograms();
  const data = join(folder, "postgres");
  mkdirSync(data, { mode: 0o700 });
  if (process.getuid() === 0) {
    const id = (kind) => Number(execFileSync("id", [kind, "postgres"], { encoding: "utf8" }));
    chmodSync(folder, 0o755);
    chownSync(data, id("-u"), id("-g"));
  }
  const run = (name, args) => {
    const done = spawnSync("setpriv", [...asPostgres(), join(programs, name), ...args], { encoding: "utf8", cwd: data });
    if (done.status !== 0) throw new Error(`${name}: ${done.stderr || done.error}`);
  };
  run("initdb", ["-D", data, "-U", "race", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C"]);
  const port = await freePort();
  const args = [
    ...["-D", data, "-p", String(port), "-k", "", "-c", "listen_addresses=127.0.0.1"],
    ...["-c", "fsync=off", "-c", "shared_buffers=32MB", "-c", "max_connections=80", "-c", "deadlock_timeout=200ms"],
  ];
  const started = server(join(programs, "postgres"), args, "INT", asPostgres(), { cwd: data });
  await answers(port, 20_000);
  return { port, stop: () => ended(started, "SIGINT") };
}

/** An empty Redis that keeps nothing on disk; answers `{ port, stop }`. */
export async function startRedis(folder) {
  const port = await freePort();
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  const started = server("redis-server", args, "TERM", []);
  await answers(port, 10_000);
  return { port, stop: () => ended(started, "SIGTERM") };
}

/** A server that speaks DynamoDB's protocol, in this process, with a table `names`; answers `{ port, forget, stop }`. */
export async function startDynamo(require) {
  const server = require("dynalite")({ createTableMs: 0, deleteTableMs: 0 });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address();
  const { DynamoDB } = require("@aws-sdk/client-dynamodb");
  const credentials = { accessKeyId: "race", secretAccessKey: "race" };
  const client = new DynamoDB({ endpoint: `http://127.0.0.1:${port}`, region: "local", credentials });
  await client.createTable({
    TableName: "names",
    BillingMode: "PAY_PER_REQUEST",
    KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
    AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
  });
  const forget = (name) => client.deleteItem({ TableName: "names", Key: { pk: { S: name } } });
  const stop = async () => {
    client.destroy();
    server.closeAllConnections?.();
    await new Promise((done) => server.close(done));
  };
  return { port, forget, stop };
}

/** Ends a process that we started, first politely. */
export function ended(child, signal) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    const harder = setTimeout(() => child.kill("SIGKILL"), 5_000);
    child.once("exit", () => (clearTimeout(harder), done()));
    child.kill(signal);
  });
}
