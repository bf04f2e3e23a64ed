import { prisma, pool, redis } from "./clients";

/** Two purchases at once: both see enough money. */
export async function debit(accountId: string, cents: number) {
  const account = await prisma.account.findUnique({ where: { id: accountId } });
  if (!account || account.balance < cents) {
    throw new Error("not enough money");
  }
  await prisma.account.update({
    where: { id: accountId },
    data: { balance: account.balance - cents },
  });
}

/** The count that was read is written back, whatever others wrote meanwhile. */
export async function countVisit(productId: string) {
  const product = await prisma.product.findUniqueOrThrow({ where: { id: productId } });
  await prisma.product.update({ where: { id: productId }, data: { visits: product.visits + 1 } });
}

/** A transaction at the default isolation changes nothing about it. */
export function cancelOrder(orderId: string) {
  return prisma.$transaction(async (tx) => {
    const order = await tx.order.findUnique({ where: { id: orderId } });
    if (order?.status !== "OPEN") throw new Error("too late");
    await tx.order.update({ where: { id: orderId }, data: { status: "CANCELLED" } });
  });
}

export async function sellTicket(showId: number) {
  const found = await pool.query("SELECT seats FROM shows WHERE id = $1", [showId]);
  if (found.rows[0].seats > 0) {
    await pool.query("UPDATE shows SET seats = seats - 1 WHERE id = $1", [showId]);
    return true;
  }
  return false;
}

export async function addPoints(userId: string, points: number) {
  const before = Number(await redis.get(`points:${userId}`));
  await redis.set(`points:${userId}`, before + points);
}

export async function welcomeOnce(userId: string, send: () => Promise<void>) {
  if (await redis.exists(`welcome:${userId}`)) return;
  await redis.set(`welcome:${userId}`, "sent");
  await send();
}
