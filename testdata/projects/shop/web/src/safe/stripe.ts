import express from "express";
import { prisma, stripe } from "../clients";

export const hooks = express.Router();

/** Claim and credit are one transaction: both happen, once, or neither. */
hooks.post("/hooks/credits", express.raw({ type: "*/*" }), async (req, res) => {
  const event = stripe.webhooks.constructEvent(
    req.body,
    req.headers["stripe-signature"]!,
    process.env.WEBHOOK_SECRET!,
  );
  try {
    await prisma.$transaction(async (tx) => {
      await tx.processedEvent.create({ data: { id: event.id } });
      await tx.account.update({
        where: { stripeId: event.account! },
        data: { balance: { increment: 500 } },
      });
    });
  } catch (error: any) {
    if (error.code !== "P2002") throw error;
  }
  res.json({ received: true });
});

/** Claimed first; Stripe drops a repetition by its key; then the claim is settled. */
hooks.post("/hooks/payouts", express.raw({ type: "*/*" }), async (req, res) => {
  const event = stripe.webhooks.constructEvent(
    req.body,
    req.headers["stripe-signature"]!,
    process.env.WEBHOOK_SECRET!,
  );
  try {
    await prisma.processedEvent.create({ data: { id: event.id, state: "started" } });
  } catch (error: any) {
    if (error.code === "P2002") return res.status(409).json({ received: false });
    throw error;
  }
  await stripe.transfers.create(
    { amount: 500, currency: "eur", destination: event.account! },
    { idempotencyKey: event.id },
  );
  await prisma.processedEvent.update({ where: { id: event.id }, data: { state: "done" } });
  res.json({ received: true });
});
