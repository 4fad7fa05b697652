import { setTimeout as pause } from "node:timers/promises";
import type { Handle } from "#engine/lab/handle.ts";
import type { Lab } from "#engine/lab/lab.ts";
import type { OrderEvent } from "#engine/lab/orders.ts";
import { makeOrdersStream, store } from "#engine/lab/streams.ts";
import type { Hold } from "#engine/world/world.ts";

/** How fast the story goes, in milliseconds. */
export interface Pace {
  /** One charge. */
  charge: number;
  /** The consumer's ack wait. */
  ackWait: number;
  /** Time to read what was said last. */
  read: number;
}

/** A pace a person can follow, and one for tests: with a shorter ack wait a busy machine would have orders delivered twice. */
export const PACES = { steady: { charge: 1_200, ackWait: 6_000, read: 2_500 }, fast: { charge: 30, ackWait: 2_000, read: 0 } } as const satisfies Record<string, Pace>;

/** How the story is told. */
export interface RecoveryOptions {
  pace: Pace;
  /** Kills the worker after its charge has gone through and before it could ack: the card is charged again. */
  late?: boolean;
  /** Told what happens, in sentences. */
  say?: (text: string) => void;
}

/** What is left at the end, from the world's ledger and the server's own state. */
export interface Balance {
  /** Orders in the stream, as the server counts them. */
  stored: number;
  /** Orders up to which everything is acked, of those that `payments` has to give. */
  acked: number;
  /** Orders of the consumer that are out or were never given to anybody. */
  open: number;
  /** Orders whose card was charged, of all that were placed. */
  charged: number;
  /** Orders whose card was never charged, and those whose card was charged more than once. */
  lost: string[];
  twice: string[];
  /** Who was killed, and the order that was in its hands. */
  victim: string;
  order: string;
  /** Who charged that order in the end. */
  rescuer: string;
}

const ORDERS = 12;
const WORKERS = 3;

/**
 * Three workers share twelve orders, one is killed in the middle of its second charge, the others take over what it
 * had. All of it is real: processes, server, SIGKILL. The lab must be one of lesson 08, with its solution.
 */
export async function recover(lab: Lab, { pace, late = false, say = () => {} }: RecoveryOptions): Promise<Balance> {
  await makeOrdersStream(lab);
  lab.world.delay(pace.charge, { service: "charge" });
  const workers = await startWorkers(lab, pace);
  const victim = workers[1]!;
  const charge = lab.world.hold(late ? "before-answer" : "before-effect", { service: "charge", program: victim.name, after: 1, times: 1 });
  say(`${WORKERS} workers ask for orders. The shop places ${ORDERS}.`);
  await pause(pace.read);
  const orders = lab.orders(ORDERS);
  await store(lab, orders);
  const orderId = await caught(lab, charge);
  say(`${victim.name} is in the middle of a charge for ${orderId}. ${late ? "The card is charged, and the answer is on its way: there is no ack yet." : "The provider has not answered yet."}`);
  await pause(pace.read);
  victim.signal("SIGKILL");
  await victim.exited();
  charge.drop();
  say(`${victim.name} was killed with SIGKILL. The server does not know: it waits for an ack of ${orderId} until ${pace.ackWait / 1_000} s after the worker's last sign of life.`);
  await allAcked(lab, orders, pace);
  return balanceOf(lab, { orders, victim, orderId });
}

/** Waits until the worker's charge is held, and answers the order it is for. */
async function caught(lab: Lab, charge: Hold): Promise<string> {
  const call = await lab.until(() => charge.waiting[0], { evenIfQuiet: true, within: 20_000, expected: "a second charge by the worker that is to die", seen: () => "it made none" });
  return call.orderId ?? "";
}

async function startWorkers(lab: Lab, { ackWait }: Pace): Promise<Handle[]> {
  const env = { ACK_WAIT_MS: String(ackWait) };
  return Promise.all(Array.from({ length: WORKERS }, () => lab.start("worker", { env })));
}

async function allAcked(lab: Lab, orders: OrderEvent[], { ackWait, charge }: Pace): Promise<void> {
  const left = async () => {
    const { num_pending = 0, num_ack_pending = 0 } = (await payments(lab)) ?? {};
    return num_pending + num_ack_pending;
  };
  await lab.until(async () => (await left()) === 0, {
    evenIfQuiet: true,
    within: 10_000 + 3 * ackWait + orders.length * charge,
    expected: `${orders.length} orders to be acked`,
    seen: () => "some of them still are not",
  });
  await lab.settled();
}

async function balanceOf(lab: Lab, { orders, victim, orderId }: { orders: OrderEvent[]; victim: Handle; orderId: string }): Promise<Balance> {
  const [stream] = await lab.streams();
  const consumer = await payments(lab);
  const charges = (id: string) => lab.world.ledger.filter((call) => call.service === "charge" && call.orderId === id && call.effect);
  const ids = orders.map((order) => order.orderId);
  return {
    stored: stream?.state.messages ?? 0,
    acked: consumer?.ack_floor.stream_seq ?? 0,
    open: (consumer?.num_pending ?? 0) + (consumer?.num_ack_pending ?? 0),
    charged: ids.filter((id) => charges(id).length > 0).length,
    lost: ids.filter((id) => charges(id).length === 0),
    twice: ids.filter((id) => charges(id).length > 1),
    victim: victim.name,
    order: orderId,
    rescuer: charges(orderId).at(-1)?.program ?? "nobody",
  };
}

async function payments(lab: Lab) {
  const [stream] = await lab.streams();
  return stream?.consumers.find(({ name }) => name === "payments");
}
