import type { Request, Response } from "express";
import { prisma } from "./clients";

async function isTaken(email: string): Promise<boolean> {
  const user = await prisma.user.findUnique({ where: { email } });
  return user !== null;
}

/** A double click makes two users, or an error that nobody prepared for. */
export async function signUp(req: Request, res: Response) {
  const { email, name } = req.body;
  if (await isTaken(email)) {
    return res.status(409).json({ error: "the address is in use" });
  }
  const user = await prisma.user.create({ data: { email, name } });
  return res.status(201).json(user);
}

export async function openCart(userId: string) {
  const cart = await prisma.cart.findFirst({ where: { userId } });
  return cart ?? (await prisma.cart.create({ data: { userId } }));
}
