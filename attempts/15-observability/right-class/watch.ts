import http from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "@nats-io/transport-node";
import { Gauge, Registry } from "prom-client";

type Nums = { d: number; a: number; p: number; ap: number; r: number };
const names = ["healthy", "lagging", "stalled", "redelivering"] as const;
type State = (typeof names)[number];

class Watchman {
  #prev?: Nums;
  state: State = "healthy";
  last = 0;
  readonly registry = new Registry();
  readonly #g: Record<string, Gauge> = {};
  constructor(private nc: any) {
    for (const n of ["pipeline_pending", "pipeline_ack_pending", "pipeline_redelivered"])
      this.#g[n] = new Gauge({ name: n, help: n, registers: [this.registry] });
    const self = this;
    new Gauge({ name: "pipeline_health", help: "state", labelNames: ["state"], registers: [this.registry],
      collect() { for (const n of names) this.set({ state: n }, Number(n === self.state)); } });
  }
  async tick() {
    const reply = await this.nc.request("$JS.API.CONSUMER.INFO.WORK.payments", "", { timeout: 900 });
    const i: any = reply.json();
    if (i.error) { this.#prev = undefined; this.state = "healthy"; this.last = Date.now(); return; }
    const now: Nums = { d: i.delivered.consumer_seq, a: i.ack_floor.consumer_seq, p: i.num_pending, ap: i.num_ack_pending, r: i.num_redelivered };
    this.#g.pipeline_pending!.set(now.p);
    this.#g.pipeline_ack_pending!.set(now.ap);
    this.#g.pipeline_redelivered!.set(now.r);
    if (this.#prev) this.state = Watchman.judge(this.#prev, now);
    this.#prev = now;
    this.last = Date.now();
  }
  static judge(b: Nums, n: Nums): State {
    const rose = n.d > b.d, acked = n.a > b.a;
    switch (true) {
      case rose && !acked && n.r > 0: return "redelivering";
      case !rose && !acked && (n.p > 0 || n.ap > 0): return "stalled";
      case n.p > 100: return "lagging";
      default: return "healthy";
    }
  }
  get ok() { return Date.now() - this.last < 4000 && ["healthy", "lagging"].includes(this.state); }
}
const nc = await connect({ servers: process.env.NATS_URL ?? "nats://127.0.0.1:4222", maxReconnectAttempts: -1 });
const w = new Watchman(nc);
let on = true;
const server = http.createServer((req, res) => {
  const { pathname } = new URL(req.url!, "http://x");
  if (pathname === "/healthz") res.writeHead(w.ok ? 200 : 503).end(w.state);
  else if (pathname === "/metrics") w.registry.metrics().then((t) => res.writeHead(200, { "content-type": w.registry.contentType }).end(t));
  else res.writeHead(404).end();
}).listen(Number(process.env.PORT ?? 8080), "127.0.0.1");
const bye = () => { on = false; server.close(); };
process.once("SIGTERM", bye); process.once("SIGINT", bye);
while (on) { await w.tick().catch((e) => console.error(String(e))); await sleep(1000); }
await nc.close();
