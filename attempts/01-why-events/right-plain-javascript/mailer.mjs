import { connect } from "@nats-io/transport-node";

const { NATS_URL, WORLD_URL } = process.env;
const nc = await connect({ servers: NATS_URL });

// One subscription for each region, and three loops side by side.
await Promise.all(["eu", "us", "asia"].map(async (region) => {
  for await (const message of nc.subscribe(`orders.placed.${region}.*`)) {
    const { orderId, customer } = JSON.parse(message.string());
    await fetch(`${WORLD_URL}/mail`, { method: "POST", body: JSON.stringify({ orderId, to: customer }) });
  }
}));
