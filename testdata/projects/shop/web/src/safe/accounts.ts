import { prisma, pool, redis } from "../clients";

/** The database tests and takes in one statement, and the count says whether it did. */
export async function debit(accountId: string, cents: number) {
  const touched = await prisma.$executeRaw`
    UPDATE accounts SET balance = balance - ${cents}
    WHERE id = ${accountId} AND balance >= ${cents}`;
  if (touched === 0) throw new Error("not enough money");
}

export async function countVisit(productId: string) {
  await prisma.product.update({ where: { id: productId }, data: { visits: { increment: 1 } } });
}

export async function cancelOrder(orderId: string) {
  const { count } = await prisma.order.updateMany({
    where: { id: orderId, status: "OPEN" },
    data: { status: "CANCELLED" },
  });
  if (count === 0) throw new Error("too late");
}

/** The row is locked before it is looked at. */
export async function sellTicket(showId: number) {
  const client = await pool.connect();
  try {
    await client.query("BEGIN");
    const found = await client.query("SELECT seats FROM shows WHERE id = $1 FOR UPDATE", [showId]);
    const free = found.rows[0].seats > 0;
    if (free) await client.query("UPDATE shows SET seats = seats - 1 WHERE id = $1", [showId]);
    await client.query("COMMIT");
    return free;
  } catch (error) {
    await client.query("ROLLBACK");
    throw error;
  } finally {
    client.release();
  }
}

export async function addPoints(userId: string, points: number) {
  await redis.incrby(`points:${userId}`, points);
}

export async function welcomeOnce(userId: string, send: () => Promise<void>) {
  const first = await redis.set(`welcome:${userId}`, "sent", "NX");
  if (first === "OK") await send();
}
