import { connect } from "@nats-io/transport-node";

const SECOND = 1_000_000_000;
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "setup" });

const settings = {
  name: "ORDERS",
  subjects: ["orders.>"],
  storage: "file",
  retention: "limits",
  discard: "new",
  num_replicas: 1,
  max_msgs: Number(process.env.MAX_MSGS ?? 100_000),
  max_age: 7 * 24 * 60 * 60 * SECOND,
  duplicate_window: 120 * SECOND,
};
const there = !(await ask("INFO")).error;
const { error } = await ask(there ? "UPDATE" : "CREATE", settings);
if (error) console.error(error.description);
process.exitCode = error ? 1 : 0;
await nc.close();

async function ask(what: string, body?: object): Promise<{ error?: { description: string } }> {
  const answer = await nc.request(`$JS.API.STREAM.${what}.ORDERS`, body ? JSON.stringify(body) : undefined, { timeout: 5000 });
  return answer.json();
}
