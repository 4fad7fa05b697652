import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect, type NatsConnection } from "@nats-io/transport-node";
import { repositoryRoot } from "#engine/files/root.ts";
import { addressOf } from "#engine/lab/address.ts";
import type { Lab } from "#engine/lab/lab.ts";
import { openLab } from "#engine/lab/open.ts";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lesson } from "#engine/lessons/catalogue.ts";
import { prepare } from "../pipeline/streams.ts";

/** How long a server waits for an ack in a run of chaos, in milliseconds: short, so that what was lost comes again soon. */
const ACK_WAIT_MS = 3_000;
/** A supervisor starts a worker that has ended by itself again after so long, in milliseconds. */
const RESTART_MS = 300;
/** After so many deliveries an order would be parked as crashed: faults alone must not get there. */
const MAX_DELIVER = 50;

const folder = join(repositoryRoot, "pipeline");

/** The pipeline in the shape of a lesson, so that a lab can hold it. */
const PIPELINE: Lesson = {
  id: "chaos", slug: "chaos", script: "chaos", root: repositoryRoot, folder, solution: folder, attempts: folder,
  title: "The reference pipeline under random faults", task: "", minutes: 0, pace: "load", budget: 0,
  needs: { jetstream: true, cluster: true },
  programs: { worker: { kind: "service", copies: true, env: { ACK_WAIT_MS: String(ACK_WAIT_MS), MAX_DELIVER: String(MAX_DELIVER), RECONNECT_WAIT_MS: "100", RETRY_MS: "100" } } },
  starter: { check: "", diagnosis: "" }, checks: [], diagnoses: [],
};

/** Three servers, the world, the workers under a supervisor, and the shop's connection. All of it behind the tap. */
export class Place implements AsyncDisposable {
  readonly lab: Lab;
  /** The workers' present lives. */
  readonly workers: Handle[];
  /** Every address of the cluster, through the tap, as the program `shop`. */
  readonly shop: NatsConnection;
  /** Workers that ended by themselves, and were started again. */
  fallen = 0;
  #supervised = true;

  constructor(lab: Lab, workers: Handle[], shop: NatsConnection) {
    this.lab = lab;
    this.workers = workers;
    this.shop = shop;
    for (const [index, worker] of workers.entries()) this.#watch(worker, index);
  }

  /** The next life of a worker whose last one is over. */
  async startAgain(index: number): Promise<void> {
    const next = await this.lab.restart(this.workers[index]!, { wait: false });
    this.workers[index] = next;
    this.#watch(next, index);
  }

  /** SIGTERM to every worker; resolves when they have finished what they held and are gone. */
  async leave(): Promise<void> {
    this.#supervised = false;
    for (const worker of this.workers) worker.signal("SIGTERM");
    await Promise.all(this.workers.map((worker) => worker.exited({ within: 30_000 })));
  }

  #watch(worker: Handle, index: number): void {
    void worker.program.exited.then(({ signal }) => {
      // Who was killed is started again by whoever killed it.
      if (!this.#supervised || signal === "SIGKILL" || this.workers[index] !== worker) return;
      this.fallen++;
      setTimeout(() => this.#supervised && void this.startAgain(index), RESTART_MS);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#supervised = false;
    await this.shop.close().catch(() => {});
    await this.lab[Symbol.asyncDispose]();
  }
}

/** Opens the place; orders may come. `from` is a folder with a `worker.ts` in place of the pipeline's own. */
export async function openPlace({ seed, workers, from }: { seed: string; workers: number; from?: string }): Promise<Place> {
  const lab = await openLab(PIPELINE, { seed, noLimits: true, ...(from ? { from } : {}) });
  try {
    const shop = await connectShop(lab);
    await eventually(() => prepare(shop, { replicas: 3, ackWaitMs: ACK_WAIT_MS }));
    const handles = await Promise.all(Array.from({ length: workers }, () => lab.start("worker", { wait: false })));
    return new Place(lab, handles, shop);
  } catch (error) {
    await lab[Symbol.asyncDispose]();
    throw error;
  }
}

/** Tries again what a busy machine, or servers that are not of one mind yet, may have kept from being answered in time. */
export async function eventually<T>(ask: () => Promise<T>, tries = 6): Promise<T> {
  for (let left = tries; ; left--) {
    try {
      return await ask();
    } catch (error) {
      if (left <= 1) throw error;
      await sleep(500);
    }
  }
}

async function connectShop(lab: Lab): Promise<NatsConnection> {
  const as = { program: "shop", life: 1 };
  const doors = await Promise.all(lab.servers.map((server) => lab.wire.door({ to: addressOf(server), as })));
  return connect({ servers: doors.map(({ port }) => `127.0.0.1:${port}`), name: "shop", maxReconnectAttempts: -1, reconnectTimeWait: 100, waitOnFirstConnect: true });
}
