// Neither TypeScript nor "#world": the services are plain HTTP, and
// the connection is opened with the first order.
import { createServer } from "node:http";
import { connect } from "@nats-io/transport-node";

const { NATS_URL, WORLD_URL, PORT } = process.env;
const fields = ["customer", "region", "sku", "quantity", "amountCents", "currency"];
let lastId = Date.now();
let connection;

createServer(async (request, response) => {
  const [status, answer] = await place(await read(request));
  response.statusCode = status;
  response.end(JSON.stringify(answer));
}).listen(PORT);

async function place(order) {
  if (!order) return [400, {}];
  const orderId = String(lastId++);
  for (const service of ["charge", "reserve"]) {
    const status = await call(service, { orderId, ...order });
    if (status !== 200) return [status === 402 ? 402 : 502, {}];
  }
  connection ??= connect({ servers: NATS_URL });
  (await connection).publish(`orders.placed.${order.region}.${orderId}`, JSON.stringify({ orderId, ...order }));
  return [201, { orderId }];
}

async function call(service, body) {
  const response = await fetch(`${WORLD_URL}/${service}`, { method: "POST", body: JSON.stringify(body) });
  await response.arrayBuffer();
  return response.status;
}

async function read(request) {
  try {
    const order = JSON.parse(Buffer.concat(await request.toArray()).toString());
    return fields.every((name) => order[name]) && /^(eu|us|asia)$/.test(order.region) ? order : undefined;
  } catch {
    return undefined;
  }
}
