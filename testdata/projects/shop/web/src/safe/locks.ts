import { randomUUID } from "node:crypto";
import { pool, redis } from "../clients";

const RELEASE = `
  if redis.call("GET", KEYS[1]) == ARGV[1] then
    return redis.call("DEL", KEYS[1])
  end
  return 0`;

/** Taken only if free, with an owner and an end, in one command. */
export async function acquireLock(name: string, ms: number): Promise<string | null> {
  const token = randomUUID();
  const taken = await redis.set(`lock:${name}`, token, "PX", ms, "NX");
  return taken === "OK" ? token : null;
}

/** Tells whether the lock was still ours. */
export async function releaseLock(name: string, token: string): Promise<boolean> {
  return (await redis.eval(RELEASE, 1, `lock:${name}`, token)) === 1;
}

export async function withAdvisoryLock(id: number, work: () => Promise<void>) {
  const client = await pool.connect();
  try {
    await client.query("SELECT pg_advisory_lock($1)", [id]);
    try {
      await work();
    } finally {
      await client.query("SELECT pg_advisory_unlock($1)", [id]);
    }
  } finally {
    client.release();
  }
}
