// `new PrismaClient()` as the examples write it, at the harness's server.
import { PrismaPg } from "@prisma/adapter-pg";
import { Prisma, PrismaClient as Real } from "races:prisma";

export class PrismaClient extends (Real as any) {
  constructor(options: object = {}) {
    super({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL, max: 2 }), ...options });
  }
}
export { Prisma };
