// A stand-in for a payment service: takes payments over HTTP, and drops repetitions of an idempotency key as such a
// service does. As often as `failing` says it takes the payment and loses the answer on its way.

import { createServer } from "node:http";

export async function startPayments() {
  let known = new Map();
  let made = [];
  const service = { failing: 0, made: () => made, forget: () => ((known = new Map()), (made = []), (service.failing = 0)) };
  const server = createServer((request, response) => {
    request.resume();
    request.on("end", () => {
      const key = request.headers["idempotency-key"];
      const kind = request.url.split("/")[2];
      const id = known.get(key) ?? `${kind}_${made.length + 1}`;
      if (!known.has(key)) made.push(kind);
      if (key) known.set(key, id);
      if (service.failing > 0) {
        service.failing--;
        request.socket.destroy();
        return;
      }
      response.writeHead(200, { "content-type": "application/json" });
      response.end(JSON.stringify({ id, object: kind }));
    });
  });
  await new Promise((done) => server.listen(0, "127.0.0.1", done));
  service.port = server.address().port;
  service.stop = () => (server.closeAllConnections(), new Promise((done) => server.close(done)));
  return service;
}
