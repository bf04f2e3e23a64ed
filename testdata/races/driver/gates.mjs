// Holds the window open: no actor does its k-th step before the other has come to its k-th.

import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import { connect, createServer } from "node:net";

/** How long one waits for another that may itself wait for a lock of the first, in milliseconds. */
const PATIENCE = 120;

/** Where the commands of the actors meet on their way to the servers. */
export class Meeting {
  armed = false;
  attacking = 0;

  /** Opens the gate for a trial of `actors`; `between(step)` is what an attacker does before each step. */
  arm(actors, between) {
    this.between = between;
    this.come = Array(actors).fill(0);
    this.done = Array(actors).fill(false);
    this.stalled = Array(actors).fill(false);
    this.waiting = [];
    this.armed = true;
  }

  disarm() {
    this.armed = false;
    for (const one of this.waiting ?? []) one.go();
    this.waiting = [];
  }

  finish(actor) {
    this.done[actor] = true;
    this.settle();
  }

  /** Waits until some step has come and no attack is under way: what an example leaves running comes after its answer. */
  async quiet() {
    for (let tries = 0; tries < 1000 && (this.attacking > 0 || this.come.every((come) => come === 0)); tries++) {
      await new Promise((done) => setTimeout(done, 5));
    }
  }

  /** Resolves when the step of `actor` may go on: to false if the actor has died before it. */
  async step(actor) {
    if (!this.armed) return true;
    const mine = ++this.come[actor];
    this.stalled[actor] = false;
    this.settle();
    if (this.between) {
      this.attacking++;
      const outcome = await this.between(mine);
      this.attacking--;
      if (outcome === "dies") return false;
    }
    if (this.armed && !this.met(actor, mine)) await this.wait(actor, mine);
    return true;
  }

  wait(actor, mine) {
    return new Promise((go) => {
      const late = () => {
        // They are waited for again only when they have moved.
        for (const other of this.come.keys()) if (this.come[other] < mine) this.stalled[other] = true;
        one.go();
      };
      const timer = setTimeout(late, PATIENCE);
      const one = { actor, mine, go: () => (clearTimeout(timer), go()) };
      this.waiting.push(one);
    });
  }

  met(actor, mine) {
    return this.come.every((come, other) => other === actor || this.done[other] || this.stalled[other] || come >= mine);
  }

  settle() {
    const ready = this.waiting.filter((one) => this.met(one.actor, one.mine));
    this.waiting = this.waiting.filter((one) => !ready.includes(one));
    for (const one of ready) one.go();
  }
}

/**
 * Listens for one actor and passes all on to `target`; each piece that `cut` makes of what the client sends is a step.
 * Answers `{ port, close }`.
 */
export function proxy(target, actor, meeting, cut) {
  const open = new Set();
  const server = createServer((client) => {
    const upstream = connect(target, "127.0.0.1");
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      open.add(socket);
      socket.on("close", () => (open.delete(socket), client.destroy(), upstream.destroy()));
      socket.on("error", () => {});
    }
    const cutter = cut();
    let turn = Promise.resolve();
    client.on("data", (chunk) => {
      for (const piece of cutter(chunk)) {
        turn = turn.then(async () => {
          if (!piece.isStep || (await meeting.step(actor))) upstream.write(piece.bytes);
          else upstream.destroy();
        });
      }
    });
    upstream.pipe(client);
  });
  return new Promise((done) => {
    server.listen(0, "127.0.0.1", () => {
      const close = () => {
        server.close();
        for (const socket of open) socket.destroy();
      };
      done({ port: server.address().port, close });
    });
  });
}

/**
 * Cuts what a client of PostgreSQL sends: a query, or all up to a Sync. Only what executes something is a step, for
 * statements are prepared at times that the library chooses.
 */
export function cutPostgres() {
  let rest = Buffer.alloc(0);
  let begun = false;
  let batch = [];
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const pieces = [];
    while (rest.length >= (begun ? 5 : 8)) {
      // The first messages, a request for encryption and the start-up, have a length and no type.
      const length = begun ? 1 + rest.readInt32BE(1) : rest.readInt32BE(0);
      if (rest.length < length) break;
      const message = rest.subarray(0, length);
      rest = rest.subarray(length);
      if (!begun) {
        begun = message.readInt32BE(4) === 196608;
        pieces.push({ bytes: message, isStep: false });
        continue;
      }
      batch.push(message);
      const type = String.fromCharCode(message[0]);
      if (!"QSXp".includes(type)) continue;
      const isStep = type === "Q" || batch.some((one) => one[0] === "E".charCodeAt(0));
      pieces.push({ bytes: Buffer.concat(batch), isStep });
      batch = [];
    }
    return pieces;
  };
}

/** What a client of Redis sends at once is one command, or one pipeline: one step. Its own introduction is none. */
export function cutRedis() {
  const introduces = /^\*\d+\r\n\$\d+\r\n(client|hello|info|ping|select)\r\n/i;
  return (chunk) => [{ bytes: chunk, isStep: !introduces.test(chunk.subarray(0, 64).toString("latin1")) }];
}

/** A request over HTTP is one step, with whatever of its body comes later. */
export function cutHttp() {
  return (chunk) => [{ bytes: chunk, isStep: chunk.subarray(0, 5).toString() === "POST " }];
}

/** The page that `gate.c` shares with the actors; the same meeting, for files. */
export class FileGate {
  constructor(path) {
    this.path = path;
    writeFileSync(path, Buffer.alloc(4096));
    this.file = openSync(path, "r+");
  }

  #write(at, value) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    writeSync(this.file, bytes, 0, 4, at * 4);
  }

  #read(at) {
    const bytes = Buffer.alloc(4);
    readSync(this.file, bytes, 0, 4, at * 4);
    return bytes.readInt32LE();
  }

  arm(actors, between) {
    for (let at = 1; at < 5; at++) this.#write(at, 0);
    this.#write(5, between ? 1 : 0);
    this.#write(0, 1);
    this.between = between;
    if (actors === 1 && !between) this.finish(1);
    this.watch = between && this.#attack();
  }

  /** Acts as the second actor: whenever the first has come to a step, does its own and lets it go on. */
  async #attack() {
    this.isOver = false;
    for (let seen = 0; !this.isOver; ) {
      const come = this.#read(1);
      if (come > seen) {
        seen = come;
        await this.between(seen);
        this.#write(2, seen);
      }
      await new Promise((next) => setTimeout(next, 1));
    }
  }

  finish(actor) {
    this.#write(3 + actor, 1);
  }

  async disarm() {
    this.isOver = true;
    await this.watch;
    this.#write(0, 0);
  }

  close() {
    closeSync(this.file);
  }
}
