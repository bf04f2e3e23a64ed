import express from "express";
import { prisma, stripe } from "./clients";

export const hooks = express.Router();

/** Each delivery credits the account, and deliveries are repeated. */
hooks.post("/hooks/credits", express.raw({ type: "*/*" }), async (req, res) => {
  const event = stripe.webhooks.constructEvent(
    req.body,
    req.headers["stripe-signature"]!,
    process.env.WEBHOOK_SECRET!,
  );
  await prisma.account.update({
    where: { stripeId: event.account! },
    data: { balance: { increment: 500 } },
  });
  res.json({ received: true });
});

/** Seen? No. Pay. Note it. A second delivery comes between the first and the last. */
hooks.post("/hooks/payouts", express.raw({ type: "*/*" }), async (req, res) => {
  const event = stripe.webhooks.constructEvent(
    req.body,
    req.headers["stripe-signature"]!,
    process.env.WEBHOOK_SECRET!,
  );
  const seen = await prisma.processedEvent.findUnique({ where: { id: event.id } });
  if (seen) return res.json({ received: true });
  await stripe.transfers.create({ amount: 500, currency: "eur", destination: event.account! });
  await prisma.processedEvent.create({ data: { id: event.id } });
  res.json({ received: true });
});
