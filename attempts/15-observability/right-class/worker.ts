import http from "node:http";
import { randomBytes } from "node:crypto";
import { connect, headers, nanos } from "@nats-io/transport-node";
import { jetstream, jetstreamManager, type JsMsg } from "@nats-io/jetstream";
import prom from "prom-client";
import { charge, WorldError } from "#world";
const wait = Number(process.env.ACK_WAIT_MS ?? 30_000);
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", name: "w" });
const jsm = await jetstreamManager(nc);
await jsm.consumers.add("WORK", { durable_name: "payments", filter_subject: "orders.placed.>", ack_policy: "explicit", ack_wait: nanos(wait) })
  .catch((e) => { if (e.code !== 10148) throw e; });
const h = new prom.Histogram({ name: "pipeline_process_seconds", help: "s", buckets: prom.exponentialBuckets(0.005, 2, 12) });
const server = http.createServer(async (_q, r) => { r.setHeader("Content-Type", prom.register.contentType); r.end(await prom.register.metrics()); })
  .listen(Number(process.env.METRICS_PORT ?? 9464), "127.0.0.1");
const js = jetstream(nc);
const hex = (n: number) => randomBytes(n).toString("hex");
function traceOf(m: JsMsg) {
  const ok = /^[0-9a-f]{2}-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})/.exec(m.headers?.get("traceparent") ?? "");
  const trace = ok?.[1] ?? hex(16);
  const flags = ok?.[3] ?? "01";
  const corr = m.headers?.get("Correlation-Id");
  return (): Record<string, string> => ({ traceparent: `00-${trace}-${hex(8)}-${flags}`, ...(corr ? { "Correlation-Id": corr } : {}) });
}
async function dead(m: JsMsg, why: string, step: Record<string, string>) {
  const hd = headers();
  for (const [k, vs] of m.headers ?? []) if (!k.startsWith("Nats-") && k !== "traceparent") for (const v of vs) hd.append(k, v);
  for (const [k, v] of Object.entries(step)) hd.set(k, v);
  hd.set("Dead-Reason", why);
  await js.publish("dead." + m.subject, m.data, { headers: hd });
  m.ack();
}
async function one(m: JsMsg) {
  const t0 = performance.now();
  const step = traceOf(m);
  try {
    let o: any;
    try { o = JSON.parse(m.string()); } catch { return await dead(m, "malformed", step()); }
    try { await charge(o, { headers: step() }); m.ack(); }
    catch (e) { if ((e as WorldError).status === 400) await dead(m, "refused", step()); else m.nak(1000); }
  } finally { h.observe((performance.now() - t0) / 1000); }
}
const msgs = await (await js.consumers.get("WORK", "payments")).consume({ max_messages: 5, callback: (m) => { void one(m).catch(console.error); } });
const bye = async () => { await msgs.close(); server.close(); await nc.drain(); };
process.once("SIGTERM", bye); process.once("SIGINT", bye);
