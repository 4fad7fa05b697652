import { connect } from "@nats-io/transport-node";

await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });
