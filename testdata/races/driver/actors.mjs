// Starts the processes that run the examples, and talks to them: a line of JSON each way.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { ended } from "./servers.mjs";

/** No run of an example takes longer than this, in milliseconds. */
const LIMIT = 20_000;

export class Actor {
  constructor(program, args, env) {
    this.child = spawn(program, args, { env: { ...process.env, ...env }, stdio: ["pipe", "pipe", "pipe"] });
    this.said = "";
    this.child.stderr.on("data", (text) => (this.said = (this.said + text).slice(-4000)));
    this.child.stdin.on("error", () => {});
    this.waiting = [];
    createInterface({ input: this.child.stdout }).on("line", (line) => this.waiting.shift()?.(JSON.parse(line)));
    this.child.on("exit", () => {
      this.isDead = true;
      for (const done of this.waiting.splice(0)) done({ died: true, error: `the actor has ended: ${this.said}` });
    });
    this.child.on("error", (error) => (this.said += error.message));
  }

  /** Runs an example; answers `{ value, done }`, `{ error, code }`, or `{ died }`. */
  run(order) {
    if (this.isDead) return Promise.resolve({ died: true, error: `the actor has ended: ${this.said}` });
    return new Promise((done, failed) => {
      const timer = setTimeout(() => failed(new Error(`no answer to ${JSON.stringify(order)} within ${LIMIT} ms: ${this.said}`)), LIMIT);
      this.waiting.push((reply) => (clearTimeout(timer), done(reply)));
      this.child.stdin.write(JSON.stringify(order) + "\n");
    });
  }

  /** Ends the actor as a crash would: at once, without a word. */
  kill() {
    this.isDead = true;
    this.child.kill("SIGKILL");
  }

  async stop() {
    this.child.stdin.end();
    await ended(this.child, "SIGTERM");
  }
}
