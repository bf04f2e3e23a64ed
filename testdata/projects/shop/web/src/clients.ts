import { PrismaClient } from "@prisma/client";
import Redis from "ioredis";
import { Pool } from "pg";
import Stripe from "stripe";

export const prisma = new PrismaClient();
export const redis = new Redis(process.env.REDIS_URL!);
export const pool = new Pool();
export const stripe = new Stripe(process.env.STRIPE_KEY!);
