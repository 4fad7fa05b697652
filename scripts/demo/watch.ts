import { setTimeout as pause } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { subjectOf } from "#engine/lab/orders.ts";
import { makeWorkStream } from "#engine/lab/streams.ts";
import { nextFree } from "#engine/server/ports.ts";
import { get, scrape, statesOf } from "../../lessons/15-observability/check.metrics.ts";

/** What can be wrong with the pipeline. */
export type Illness = "slow" | "hangs" | "fails";

/** Each illness in words, and the state that lesson 15's rules make of it. */
export const ILLNESSES: Record<Illness, { says: string; state: string }> = {
  slow: { says: "the provider is slow", state: "lagging" },
  hangs: { says: "the worker hangs", state: "stalled" },
  fails: { says: "the provider fails", state: "redelivering" },
};

/** What the two programs showed at one moment, over HTTP, as Prometheus would get it. */
export interface Numbers {
  pending: number;
  ackPending: number;
  redelivered: number;
  /** Orders handled since the worker began. */
  handled: number;
  /** The state that is 1; empty while nobody answers. */
  state: string;
  /** The status of `/healthz`. */
  healthz: number;
}

/** The pipeline of lesson 15 at work, with a trickle of orders. */
export interface WatchedPipeline extends AsyncDisposable {
  /** The port of `watch.ts` and of the worker's metrics. */
  ports: { watch: number; worker: number };
  look(): Promise<Numbers>;
  /** One illness at a time; none makes it well again. */
  makeIll(illness?: Illness): void;
  /** What is wrong now. */
  readonly illness: Illness | undefined;
}

const PER_SECOND = 20;
const SLOW_MS = 400;
const ACK_WAIT_MS = 1_500;

/** Starts it. The lab must be one of lesson 15 with programs that keep its contract. */
export async function openPipeline(lab: Lab): Promise<WatchedPipeline> {
  const ports = { watch: await nextFree(8080), worker: await nextFree(9464) };
  await makeWorkStream(lab);
  await (await lab.jsm()).streams.add({ name: "DEAD", subjects: ["dead.>"], storage: "file" });
  const worker = await lab.start("worker", { env: { METRICS_PORT: String(ports.worker), ACK_WAIT_MS: String(ACK_WAIT_MS) } });
  const watch = await lab.start("watch", { env: { PORT: String(ports.watch) } });
  const shop = trickle(lab);
  let ill: { illness: Illness; cure: () => void } | undefined;
  return {
    ports,
    look: () => look(watch, worker),
    makeIll(illness) {
      ill?.cure();
      ill = illness && { illness, cure: infect(lab, worker, illness) };
    },
    get illness() {
      return ill?.illness;
    },
    async [Symbol.asyncDispose]() {
      ill?.cure();
      await shop.stop();
    },
  };
}

/** Makes it ill in each way, one after the other, and waits each time until the watchman has seen it, and its end. */
export async function tour(pipeline: WatchedPipeline, { tell, stays, signal }: { tell: (text: string) => void; stays: number; signal: AbortSignal }): Promise<string[]> {
  const seen: string[] = [];
  const until = async (state: string) => {
    for (let now = ""; now !== state && !signal.aborted; await pause(200)) now = (await pipeline.look()).state;
    seen.push(state);
    await pause(stays, undefined, { signal }).catch(() => {});
  };
  tell("All is well: orders come in and are charged.");
  await until("healthy");
  for (const [illness, { says, state }] of Object.entries(ILLNESSES) as [Illness, { says: string; state: string }][]) {
    if (signal.aborted) break;
    tell(`Now ${says}. Which number moves first?`);
    pipeline.makeIll(illness);
    await until(state);
    tell(`The watchman says ${state}, and /healthz ${(await pipeline.look()).healthz}. Now it is well again.`);
    pipeline.makeIll();
    await until("healthy");
  }
  return seen;
}

function infect(lab: Lab, worker: Handle, illness: Illness): () => void {
  if (illness === "hangs") {
    worker.signal("SIGSTOP");
    return () => worker.signal("SIGCONT");
  }
  const trouble = illness === "slow" ? lab.world.delay(SLOW_MS, { service: "charge" }) : lab.world.fail(503, { service: "charge" });
  return () => trouble.undo();
}

async function look(watch: Handle, worker: Handle): Promise<Numbers> {
  // A worker that hangs does not answer either: what it said last is not known here.
  const [its, health, works] = await Promise.all([scrape(watch), get(watch.port, "/healthz"), soon(scrape(worker))]);
  const gauge = (name: string) => its?.samples.get(`pipeline_${name}`) ?? 0;
  return {
    pending: gauge("pending"), ackPending: gauge("ack_pending"), redelivered: gauge("redelivered"),
    handled: works?.samples.get("pipeline_process_seconds_count") ?? Number.NaN,
    state: its ? (statesOf(its)[0] ?? "") : "", healthz: health?.status ?? 0,
  };
}

function soon<T>(answer: Promise<T>): Promise<T | undefined> {
  return Promise.race([answer, pause(300, undefined)]);
}

function trickle(lab: Lab): { stop(): Promise<void> } {
  let going = true;
  const shop = (async () => {
    const js = jetstream(await lab.nats);
    for (; going; await pause(1_000 / PER_SECOND)) {
      const [order] = lab.orders(1);
      if (order) await js.publish(subjectOf(order), JSON.stringify(order));
    }
  })();
  return { async stop() { going = false; await shop; } };
}
