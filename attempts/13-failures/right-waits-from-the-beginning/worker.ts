// Waits inside the worker, and counts for itself what killed it.
import { setTimeout as sleep } from "node:timers/promises";
import { connect, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager, type JsMsg } from "@nats-io/jetstream";
import { charge, WorldError } from "#world";
import { deadHeaders, type Reason } from "./letter.ts";
const ackWait = Number(process.env.ACK_WAIT_MS ?? 30_000);
const retryMs = Number(process.env.RETRY_MS ?? 200);
const max = Number(process.env.MAX_DELIVER ?? 5);
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222" });
const jsm = await jetstreamManager(nc);
try {
  await jsm.consumers.add("WORK", { durable_name: "payments", ack_policy: "explicit", ack_wait: nanos(ackWait), max_deliver: -1 });
} catch (e: any) {
  if (e.code !== 10148) throw e;
}
const js = jetstream(nc);
const c = await js.consumers.get("WORK", "payments");
let on = true;
process.once("SIGTERM", () => (on = false)); process.once("SIGINT", () => (on = false));
const running = new Set<Promise<void>>();
while (on) {
  const m = await c.next({ expires: 1000 }).catch(() => null);
  if (!m) continue;
  const p = one(m).catch((e) => console.error(e));
  running.add(p); p.then(() => running.delete(p));
}
await Promise.all(running);
await nc.drain();

async function one(m: JsMsg) {
  const t = setInterval(() => m.working(), ackWait / 4);
  try {
    // a delivery more than the tries there may be: the last one killed us
    if (m.info.deliveryCount > max) return await park(m, max, "crashed");
    let order: any;
    try { order = m.json(); } catch { return await park(m, 1, "malformed"); }
    for (let n = m.info.deliveryCount; ; n++) {
      const began = Date.now();
      try { await charge(order, { idempotencyKey: order.id }); m.ack(); return; }
      catch (e) {
        if (e instanceof WorldError && e.status === 400) return await park(m, n, "refused");
        if (n >= max) return await park(m, n, "exhausted");
        await sleep(began + retryMs * 2 ** (n - 1) - Date.now() + 2);
      }
    }
  } finally { clearInterval(t); }
}
async function park(m: JsMsg, attempts: number, reason: Reason) {
  await js.publish(`dead.${m.subject}`, m.data, { headers: deadHeaders(m.headers, { seq: m.seq, attempts, reason }) });
  m.ack();
}
