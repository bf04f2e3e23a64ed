// The project's own `./redis` of the examples.
import Redis from "ioredis";

export const redis = new Redis();
