// `new Redis()` as the examples write it, at the harness's server.
import Real from "races:ioredis";

export class Redis extends (Real as any) {
  constructor() {
    super({ port: Number(process.env.REDIS_PORT), host: "127.0.0.1" });
  }
}
export default Redis;
