import { connect } from "@nats-io/transport-node";
import { ship } from "#world";

const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "greeter" });
for await (const message of nc.subscribe("greet.*")) await ship({ orderId: message.subject.slice(6) });
