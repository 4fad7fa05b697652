/** One small program for each thing that NATS learned since 2.11 and that the pinned server and client can do. */
import { AckPolicy, jetstream, jetstreamManager, type JetStreamClient, type JetStreamManager, type StreamConfig } from "@nats-io/jetstream";
import { Kvm } from "@nats-io/kv";
import { headers, nanos, type NatsConnection } from "@nats-io/transport-node";

/** What a demonstration works with: one connection for all; each makes a stream of its own. */
interface At {
  nc: NatsConnection;
  js: JetStreamClient;
  jsm: JetStreamManager;
}

/** One feature. `run` shows it and answers with what was seen, in words; it throws when that is not so. */
export interface Feature {
  id: string;
  since: string;
  title: string;
  run(at: At): Promise<string>;
}

/** Opens the handles that every demonstration needs. */
export async function handles(nc: NatsConnection): Promise<At> {
  return { nc, js: jetstream(nc), jsm: await jetstreamManager(nc) };
}

export const FEATURES: Feature[] = [
  {
    id: "ttl", since: "2.11", title: "a message that goes by itself",
    async run({ js, jsm }) {
      await make(jsm, "TTL", { allow_msg_ttl: true });
      await js.publish("ttl.offer", "today only", { ttl: "1s" });
      await js.publish("ttl.order", "kept");
      await until("the offer to go", async () => (await count(jsm, "TTL")) === 1);
      return "two stored, one of them with a TTL of 1 s: one is left";
    },
  },
  {
    id: "kv-ttl", since: "2.11", title: "a key that goes by itself",
    async run({ nc }) {
      const locks = await new Kvm(nc).create("locks", { markerTTL: 1_000 });
      const [first, second] = await Promise.allSettled([locks.create("bench-7", "worker 3", "1s"), locks.create("bench-7", "worker 4", "1s")]);
      await until("the lock to go", async () => (await locks.get("bench-7"))?.string() !== "worker 3");
      return demand(first.status === "fulfilled" && second.status === "rejected", "a lock that a second one does not get, and that nobody has to give back");
    },
  },
  {
    id: "pause", since: "2.11", title: "a consumer that is told to wait",
    async run({ js, jsm }) {
      await make(jsm, "PAUSE");
      await jsm.consumers.add("PAUSE", { durable_name: "w", ack_policy: AckPolicy.Explicit });
      await js.publish("pause.a", "work");
      await jsm.consumers.pause("PAUSE", "w", new Date(Date.now() + 60_000));
      const consumer = await js.consumers.get("PAUSE", "w");
      const during = await consumer.next({ expires: 1_000 });
      await jsm.consumers.resume("PAUSE", "w");
      const after = await consumer.next({ expires: 5_000 });
      return demand(during === null && after !== null, "nothing while it was paused, the message once it was resumed");
    },
  },
  {
    id: "overflow", since: "2.11", title: "a second region that helps only when there is too much",
    async run({ js, jsm }) {
      await make(jsm, "OVER");
      await jsm.consumers.add("OVER", { durable_name: "w", ack_policy: AckPolicy.Explicit, priority_policy: "overflow", priority_groups: ["far"] });
      const consumer = await js.consumers.get("OVER", "w");
      const far = async () => {
        let got = 0;
        for await (const message of await consumer.fetch({ max_messages: 4, expires: 1_000, group: "far", min_pending: 3 })) {
          message.ack();
          got += 1;
        }
        return got;
      };
      for (const n of [1, 2]) await js.publish(`over.${n}`, "order");
      const few = await far();
      for (const n of [3, 4, 5]) await js.publish(`over.${n}`, "order");
      const many = await far();
      return demand(few === 0 && many > 0, `with 2 waiting it got ${few}, with 5 waiting ${many}: it asks with min_pending 3`);
    },
  },
  {
    id: "pinned", since: "2.11", title: "one worker at a time, chosen by the server",
    async run({ js, jsm }) {
      await make(jsm, "PIN");
      await jsm.consumers.add("PIN", { durable_name: "w", ack_policy: AckPolicy.Explicit, priority_policy: "pinned_client", priority_groups: ["one"], priority_timeout: nanos(60_000) });
      const got = [0, 0];
      const consumers = await Promise.all(got.map(() => js.consumers.get("PIN", "w")));
      const reading = await Promise.all(consumers.map((consumer, worker) => consumer.consume({ group: "one", callback: (message) => { got[worker]! += 1; message.ack(); } })));
      for (let n = 0; n < 20; n++) await js.publish(`pin.${n}`, "order");
      await until("twenty messages", () => got[0]! + got[1]! >= 20);
      for (const one of reading) one.stop();
      return demand(Math.max(...got) === 20, `20 messages for two workers: ${got.join(" and ")}. It is no mutex (lesson 11)`);
    },
  },
  {
    id: "batch-get", since: "2.11", title: "many stored messages with one question",
    async run({ js, jsm }) {
      await make(jsm, "GET", { allow_direct: true });
      for (let n = 1; n <= 50; n++) await js.publish(`get.${n}`, String(n));
      const got: number[] = [];
      for await (const message of await jsm.direct.getBatch("GET", { seq: 11, batch: 30 })) got.push(message.seq);
      return demand(got.length === 30 && got[0] === 11, "messages 11 to 40, with one request and no consumer");
    },
  },
  {
    id: "trace", since: "2.11", title: "the way of a message, told by the server",
    async run({ nc, jsm }) {
      await make(jsm, "WAY");
      const way: { events: { type: string; stream?: string }[] }[] = [];
      nc.subscribe("way-told", { callback: (_error, message) => void way.push(message.json()) });
      await nc.flush();
      const along = headers();
      along.set("Nats-Trace-Dest", "way-told");
      // Now and then the server gives no account of a message: then another one is sent on its way.
      const sent = setInterval(() => nc.publish("way.1", "order", { headers: along }), 1_000);
      nc.publish("way.1", "order", { headers: along });
      await until("the server's account", () => way.length > 0).finally(() => clearInterval(sent));
      const steps = way.flatMap(({ events }) => events.map(({ type, stream }) => (stream ? `${type} ${stream}` : type)));
      return demand(steps.some((step) => step.includes("WAY")), `it went: ${steps.join(", ")}`);
    },
  },
  {
    id: "atomic", since: "2.12", title: "several messages, all or none",
    async run({ js, jsm }) {
      await make(jsm, "ATOMIC", { allow_atomic: true });
      const batch = await js.startBatch("atomic.order", "placed");
      await batch.add("atomic.stock", "one less");
      const before = await count(jsm, "ATOMIC");
      const ack = await batch.commit("atomic.invoice", "to be written");
      return demand(before === 0 && ack.count === 3, "nothing stored until the commit, then three");
    },
  },
  {
    id: "counter", since: "2.12", title: "a subject that counts",
    async run({ js, jsm }) {
      await make(jsm, "COUNTER", { allow_msg_counter: true, allow_direct: true });
      let total = "";
      for (const step of ["+5", "+2", "-1"]) {
        const along = headers();
        along.set("Nats-Incr", step);
        // The types of this client do not know the sum yet; the PubAck has it.
        total = ((await js.publish("counter.mugs", "", { headers: along })) as { val?: string }).val ?? "";
      }
      return demand(total === "6", `+5, +2 and -1 make ${total}, and the server has added them`);
    },
  },
  {
    id: "schedule", since: "2.12", title: "a message for later",
    async run({ js, jsm }) {
      await make(jsm, "LATER", { allow_msg_schedules: true, allow_msg_ttl: true });
      const due = new Date(Date.now() + 1_500);
      await js.publish("later.plan.1", "pay the invoice", { schedule: { specification: due, target: "later.due.1" } });
      await until("the message to be due", async () => (await onSubject(jsm, "LATER", "later.due.1")) === 1);
      const stored = await jsm.streams.getMessage("LATER", { last_by_subj: "later.due.1" });
      return demand(stored !== null && stored.time >= due, "asked for in a second and a half, and it was stored then and not before");
    },
  },
  {
    id: "repeat", since: "2.14", title: "a message again and again",
    async run({ js, jsm }) {
      await make(jsm, "AGAIN", { allow_msg_schedules: true, allow_msg_ttl: true });
      await js.publish("again.plan", "count the stock", { schedule: { specification: "@every 1s", target: "again.due" } });
      await until("the third one", async () => (await onSubject(jsm, "AGAIN", "again.due")) >= 3, 40_000);
      await jsm.streams.delete("AGAIN");
      return "\"@every 1s\", and three have come; a cron line does as well";
    },
  },
  {
    id: "reset", since: "2.14", title: "a durable that begins again",
    async run({ nc, js, jsm }) {
      await make(jsm, "RESET");
      for (const n of [1, 2, 3]) await js.publish(`reset.${n}`, "order");
      await jsm.consumers.add("RESET", { durable_name: "w", ack_policy: AckPolicy.Explicit });
      const consumer = await js.consumers.get("RESET", "w");
      for await (const message of await consumer.fetch({ max_messages: 3, expires: 5_000 })) message.ack();
      await nc.request("$JS.API.CONSUMER.RESET.RESET.w", JSON.stringify({ seq: 2 }));
      const again = await consumer.next({ expires: 5_000 });
      return demand(again?.seq === 2, "read to the end, reset to 2, and it reads from message 2. The client has no call for it yet: it is a request");
    },
  },
];

async function make(jsm: JetStreamManager, name: string, config: Partial<StreamConfig> = {}): Promise<void> {
  await jsm.streams.add({ name, subjects: [`${name.toLowerCase()}.>`], ...config });
}

async function count(jsm: JetStreamManager, stream: string): Promise<number> {
  return (await jsm.streams.info(stream)).state.messages;
}

async function onSubject(jsm: JetStreamManager, stream: string, subject: string): Promise<number> {
  const { state } = await jsm.streams.info(stream, { subjects_filter: subject });
  return state.subjects?.[subject] ?? 0;
}

/** Asks again until it is so. Throws after `within` milliseconds, with what was waited for. */
async function until(what: string, holds: () => boolean | Promise<boolean>, within = 30_000): Promise<void> {
  const deadline = performance.now() + within;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`waited ${within / 1_000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function demand(holds: boolean, seen: string): string {
  if (!holds) throw new Error(`this is not so: ${seen}`);
  return seen;
}
