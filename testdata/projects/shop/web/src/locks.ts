import { randomUUID } from "node:crypto";
import { pool, redis } from "./clients";

/** No expiry: if this process dies, nobody gets the lock again. */
export async function acquireLock(name: string): Promise<string | null> {
  const token = randomUUID();
  const taken = await redis.set(`lock:${name}`, token, "NX");
  return taken === "OK" ? token : null;
}

/** Compared in one step, deleted in the next. */
export async function releaseLock(name: string, token: string) {
  if ((await redis.get(`lock:${name}`)) === token) {
    await redis.del(`lock:${name}`);
  }
}

/** If the work throws, the connection goes back to the pool with the lock on it. */
export async function withAdvisoryLock(id: number, work: () => Promise<void>) {
  const client = await pool.connect();
  await client.query("SELECT pg_advisory_lock($1)", [id]);
  await work();
  await client.query("SELECT pg_advisory_unlock($1)", [id]);
  client.release();
}
