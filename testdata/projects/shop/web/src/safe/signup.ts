import type { Request, Response } from "express";
import { prisma } from "../clients";

/** The unique column decides, and its refusal is an answer like any other. */
export async function signUp(req: Request, res: Response) {
  const { email, name } = req.body;
  try {
    const user = await prisma.user.create({ data: { email, name } });
    return res.status(201).json(user);
  } catch (error: any) {
    if (error.code === "P2002") {
      return res.status(409).json({ error: "the address is in use" });
    }
    throw error;
  }
}

export function openCart(userId: string) {
  return prisma.cart.upsert({ where: { userId }, update: {}, create: { userId } });
}
