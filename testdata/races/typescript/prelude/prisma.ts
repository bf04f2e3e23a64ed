// The project's own `./prisma` of the examples.
import { PrismaClient } from "@prisma/client";

export const prisma = new PrismaClient();
