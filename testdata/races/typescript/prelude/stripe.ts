// `new Stripe(key)` as the examples write it; requests go to the harness's own stand-in for the payment service.
import Real from "races:stripe";

export default class Stripe extends (Real as any) {
  constructor(key: string) {
    const port = Number(process.env.PAYMENTS_PORT);
    super(key, { host: "127.0.0.1", port, protocol: "http", maxNetworkRetries: 0, telemetry: false });
  }
}
